"""`verify`, `equal`, `check-key`: thin over `problems.answers`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from problems.answers import Verdict, decide
from problems.answers import equal as decide_equal
from problems.answers.decide import consistent
from problems.answers.key import Key, homework, load
from problems.part import InputError

CODES = {"correct": 0, "incorrect": 1, "undecided": 4}
STYLES = {"correct": "bold green", "incorrect": "bold red", "undecided": "bold yellow"}
MOST_READ = 100_000  # characters of an answer on standard input


def key_from(path: Path | None) -> Key:
    return homework() if path is None else load(path)


def verify(slot: str | None, answer: str | None, listing: bool, key_file: Path | None, style: str) -> int:
    """One answer against its slot."""
    key = load(key_file) if key_file is not None else homework((slot or "").partition(".")[0])
    if listing:
        return list_slots(key, style)
    if slot is None or answer is None:
        raise InputError('verify takes a slot and an answer, as hw8 verify 4f.output "C_t^T A_t q_t"; --list has the slots')
    key.find(slot)
    if answer == "-":
        answer = sys.stdin.buffer.read(MOST_READ).decode("utf-8", errors="replace").strip()
    verdict = decide(slot, answer, key)
    show(verdict, answer, slot, "; ".join(key.slots[s].right for s in key.find(slot)), style)
    return CODES[verdict.verdict]


def equal(left: str, right: str, where: str, style: str) -> int:
    """Two expressions against each other."""
    verdict = decide_equal(left, right, where)
    show(verdict, left, "", right, style)
    return CODES[verdict.verdict]


def told(verdict: Verdict, answer: str) -> list[tuple[str, str]]:
    """What a reader is to see, in order; empty things left out."""
    lines = [
        ("why", verdict.why),
        ("read as", verdict.read),
        ("counterexample", verdict.counterexample),
        ("right if", verdict.holds_if.removeprefix("if ")),
        ("it would be right", verdict.hint and f"after one change: {verdict.hint}"),
        ("assuming", "; ".join(verdict.assuming)),
        ("score", f"{verdict.score:.0%}" if verdict.score is not None else ""),
        ("here", caret(answer, verdict.at) if verdict.at is not None else ""),
    ]
    return [(name, text) for name, text in lines if text]


def caret(answer: str, at: int) -> str:
    """The line of the answer, shortened, with a caret under the place."""
    at = min(at, len(answer))
    start = answer.rfind("\n", 0, at) + 1
    line = answer[start:].split("\n", 1)[0]
    column = at - start
    first = max(0, column - 40)
    cut = "".join(c if c.isprintable() else "·" for c in line[first : column + 40])
    return f"{cut}\n{' ' * (column - first)}^"


def show(verdict: Verdict, answer: str, slot: str, reference: str, style: str) -> None:
    """A verdict as a table, JSON or Markdown."""
    if style == "json":
        print(
            json.dumps(
                {"schema": 1, **as_json(verdict), **({"slot": slot} if slot else {}), "key": reference},
                ensure_ascii=False,
                indent=2,
            )
        )
        return
    rows = [*told(verdict, answer), ("key", reference)]
    if style == "markdown":
        from .markdown import cell

        print(f"**{verdict.verdict}**\n\n| | |\n|---|---|")
        print("\n".join(f"| {name} | {cell(text)} |" for name, text in rows))
        return
    from .screen import console, plain, table

    shown = table("", verdict.verdict)
    shown.columns[1].header_style = STYLES[verdict.verdict]
    for name, text in rows:
        shown.add_row(plain(name, "dim"), plain(text))
    console().print(shown)


def as_json(verdict: Verdict) -> dict[str, Any]:
    """The fields of a verdict, as grade rows have them."""
    return {
        "verdict": verdict.verdict,
        "why": verdict.why,
        "read": verdict.read,
        "counterexample": verdict.counterexample or None,
        "assuming": list(verdict.assuming),
        "holds_if": verdict.holds_if or None,
        "hint": verdict.hint or None,
        "at": verdict.at,
        **({"score": verdict.score} if verdict.score is not None else {}),
    }


def list_slots(key: Key, style: str) -> int:
    """Every slot with its kind, symbols and key."""
    rows = [
        (slot, a.kind, "\n".join([a.right, *a.also]), a.where)
        for slot, a in key.slots.items()
    ]
    if style == "json":
        print(
            json.dumps(
                [dict(zip(("slot", "kind", "key", "symbols"), row, strict=True)) for row in rows], ensure_ascii=False, indent=2
            )
        )
    elif style == "markdown":
        from .markdown import cell

        print("| slot | kind | key | symbols |\n|---|---|---|---|")
        print("\n".join(f"| {' | '.join(map(cell, row))} |" for row in rows))
    else:
        from .screen import console, plain, table

        shown = table("slot", "kind", "key", "symbols")
        for slot, kind, reference, symbols in rows:
            shown.add_row(plain(slot, "cyan"), plain(kind), plain(reference), plain(symbols, "dim"))
        console().print(shown)
    return 0


def check_key(path: Path) -> int:
    """What is wrong with a key, line by line; 0 where nothing is."""
    key = load(path)
    faults = consistent(key)
    for slot, fault in faults:
        print(f"{slot}: {fault}")
    print(f"{len(key.slots)} slots, {sum(len(a.twins) for a in key.slots.values())} twins, {len(faults)} faults")
    return 1 if faults else 0
