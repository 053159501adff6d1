"""How fast answers are decided: one process, one core; with Math-Verify beside in the same run where it is installed.

python tests/benchmarks/answers.py
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from problems.answers import decide

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


def per_second(judge: Callable[[str, str, str], bool], rounds: int) -> tuple[float, int]:
    """Answers a second, and how many of them are judged rightly."""
    right = sum(judge(kind, reference, answer) == truth for kind, reference, answer, truth in SIMPLE)
    began = time.perf_counter()
    for _ in range(rounds):
        for kind, reference, answer, _ in SIMPLE:
            judge(kind, reference, answer)
    return rounds * len(SIMPLE) / (time.perf_counter() - began), right


def ours(kind: str, reference: str, answer: str) -> bool:
    return decide("benchmark", answer, reference=reference, kind=kind).verdict == "correct"


def seconds(command: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, capture_output=True, check=False, env={**os.environ, "COLUMNS": "100"})
    return time.perf_counter() - began


def main() -> None:
    speed, right = per_second(ours, 100)
    print(f"{'hw8, simple answers a second':44} {speed:8.0f}   {right} of {len(SIMPLE)} right")
    try:
        from math_verify import parse, verify  # type: ignore[import-not-found]  # a peer, installed by who wants the race
    except ImportError:
        print(f"{'Math-Verify':44} not installed: pip install math-verify")
    else:
        theirs, right = per_second(lambda _, reference, answer: bool(verify(parse(f"${reference}$"), parse(f"${answer}$"))), 3)
        told = f"{right} of {len(SIMPLE)} right, ratio {speed / theirs:.1f}"
        print(f"{'Math-Verify, the same answers':44} {theirs:8.0f}   {told}")
    for slot, answer in HARD:
        decide(slot, answer)
        times = []
        for _ in range(50):
            began = time.perf_counter()
            decide(slot, answer)
            times.append(time.perf_counter() - began)
        print(f"{slot + ': ' + answer:44} {statistics.median(times) * 1e3:8.2f} ms")
    with tempfile.TemporaryDirectory() as folder:
        empty = Path(folder) / "empty.py"
        empty.write_text(EMPTY, encoding="utf-8")
        verify_it = [sys.executable, "-m", "hw8cli", "verify", "4f.output", "A_t C_t^T q_t"]
        ratios = [seconds(verify_it) / seconds([sys.executable, str(empty), "word"]) for _ in range(9)]
    print(f"{'hw8 verify / an empty typer command':44} {statistics.median(ratios[1:]):8.2f}")


if __name__ == "__main__":
    main()
