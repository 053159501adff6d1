"""How fast answers are decided.

Simple ones with Math-Verify beside, hard matrix identities, and the start of the command.
"""

from __future__ import annotations

import os
import subprocess
import sys
from functools import partial
from importlib import import_module
from typing import Any

from problems.answers.decide import decided_anew
from problems.answers.key import homework
from problems.answers.verdict import Verdict

from .race import Call, Peer, Race

SIMPLE = [
    ("number", "0.51", "51/100", True),
    ("number", "0.51", "0.49", False),
    ("number", "3", "\\log_2 8", True),
    ("number", "1/3", "\\frac{1}{3}", True),
    ("vector", "[0, 1, 0.7, 0.51]", "(0, 1, 7/10, 51/100)", True),
    ("vector", "[0, 1, 0.7, 0.51]", "[0, 1, 0.7, 0.53]", False),
    ("interval", "[1, 4]", "1 ≤ λ ≤ 4", True),
    ("interval", "[1, 4]", "\\lambda \\in [1,4)", False),
    ("inequality", "λ > 0.001", "2*lambda > lambda + 0.001", True),
    ("complexity", "O(n d^2)", "\\mathcal{O}(n d^2)", True),
    ("complexity", "O(L log L)", "O(L log(L^2))", True),
    ("select_all", "lambda, keys, values, queries", "keys, queries, values, lambda", True),
    ("scalar", "s^2/(s^2+t)", "1/(1+t/s^2)", True),
    ("scalar", "(n*m + x)/(n+1)", "m + (x-m)/(n+1)", True),
]
HARD = [
    ("4g.weights", "(K K^T + λ I)^{-1} K q"),
    ("3b.encoder", "I - λ (X X^T + λ I)^(-1)"),
    ("4f.output", "(q_t^T A_t C_t)^T"),
    ("1f.power", "(I + p p^T)^L"),
]
EMPTY = """
import typer
from rich.console import Console
from rich.table import Table
app = typer.Typer(add_completion=False)
@app.command()
def main(word: str):
    table = Table("word"); table.add_row(word); Console().print(table)
app()
"""


def _anew(slot: str, answer: str, reference: str | None = None, kind: str | None = None) -> Verdict:
    """A verdict for whose answer nothing was remembered."""
    return decided_anew(homework(), slot, answer, reference, kind, "")


def ours() -> list[bool]:
    """Which of the simple answers are found right."""
    return [
        _anew("", answer, reference, kind).verdict == "correct"
        for kind, reference, answer, _ in SIMPLE
    ]


def math_verify() -> Call:
    """The same, by Math-Verify: both sides as LaTeX, as it wants them."""
    library = import_module("math_verify")

    def judged() -> list[bool]:
        return [
            bool(library.verify(library.parse(f"${reference}$"), library.parse(f"${answer}$")))
            for _, reference, answer, _ in SIMPLE
        ]

    return judged


def judged_rightly(ours: Any, theirs: Any) -> str:
    """How many of the verdicts are true."""
    right, also = (
        sum(v == truth for v, (*_, truth) in zip(verdicts, SIMPLE, strict=True))
        for verdicts in (ours, theirs)
    )
    return f"judged rightly: {right} and {also} of {len(SIMPLE)}"


def simple(quick: bool) -> Race:
    peer = Peer("Math-Verify", "math_verify", math_verify, tolerance=None, note=judged_rightly)
    return Race("verify, simple", f"{len(SIMPLE)} answers", ours, (peer,), each=len(SIMPLE))


def hard(slot: str, answer: str, quick: bool) -> Race:
    """One matrix identity against its slot."""
    return Race("verify, hard", slot, lambda: _anew(slot, answer).verdict)


def started(*words: str) -> Call:
    """A command in a fresh Python, its output thrown away."""
    env = {**os.environ, "COLUMNS": "100"}
    return lambda: (
        subprocess.run(
            [sys.executable, *words], capture_output=True, check=False, env=env
        ).returncode
    )


def start(quick: bool) -> Race:
    empty = Peer(
        "an empty typer command", "typer", lambda: started("-c", EMPTY, "word"), tolerance=None
    )
    whole = started("-m", "hw8cli", "verify", "4f.output", "A_t C_t^T q_t")
    return Race("verify, start", "the command, from nothing", whole, (empty,))


RACES = (simple, *(partial(hard, slot, answer) for slot, answer in HARD), start)
