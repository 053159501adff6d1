"""`verify`, `equal`, `check-key`: thin over `problems.answers`; each returns its page."""

from __future__ import annotations

import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

from problems.answers import Verdict, decide
from problems.answers import equal as decide_equal
from problems.answers.decide import consistent
from problems.answers.key import Key, homework, load
from problems.part import InputError

from .listing import slots
from .page import Line, Page, Style, Table, Value

CODES = {"correct": 0, "incorrect": 1, "undecided": 4}
STYLES: dict[str, Style] = {"correct": "good", "incorrect": "bad", "undecided": "open"}
MOST_READ = 100_000  # characters of an answer on standard input


def key_from(path: Path | None) -> Key:
    return homework() if path is None else load(path)


def verify(slot: str | None, answer: str | None, listing: bool, key_file: Path | None) -> Page:
    """One answer against its slot."""
    key = load(key_file) if key_file is not None else homework((slot or "").partition(".")[0])
    if listing:
        return slots(key.slots.items())
    if slot is None or answer is None:
        raise InputError(
            'verify takes a slot and an answer, as hw8 verify 4f.output "C_t^T A_t q_t"; '
            "--list has the slots"
        )
    references = [key.slots[found].right for found in key.find(slot)]
    if answer == "-":
        answer = sys.stdin.buffer.read(MOST_READ).decode("utf-8", errors="replace").strip()
    return judged(decide(slot, answer, key), answer, "; ".join(references), slot)


def equal(left: str, right: str, where: str) -> Page:
    """Two expressions against each other."""
    return judged(decide_equal(left, right, where), left, right)


def judged(verdict: Verdict, answer: str, reference: str, slot: str | None = None) -> Page:
    """The page of a verdict."""
    columns: dict[str, Style] = {"": "aside", verdict.verdict: ""}
    table = Table(columns, (*_rows(verdict, answer), ("key", reference)), STYLES[verdict.verdict])
    return Page({**told(verdict), "slot": slot, "key": reference}, (table,), CODES[verdict.verdict])


def _rows(verdict: Verdict, answer: str) -> list[tuple[str, str]]:
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


def told(verdict: Verdict) -> dict[str, Any]:
    """A verdict, as it stands in every JSON; `witness` is its counterexample as data."""
    found = {f.name: getattr(verdict, f.name) for f in fields(verdict)}
    witness = verdict.witness and Value(verdict.witness)
    return {name: None if value == "" else value for name, value in found.items()} | {
        "witness": witness
    }


def check_key(path: Path) -> Page:
    """What is wrong with a key; exit code 0 where nothing is."""
    key = load(path)
    found = consistent(key)
    twins = sum(len(a.twins) for a in key.slots.values())
    data = {
        **slots(key.slots.items()).data,
        "faults": [{"slot": slot, "fault": fault} for slot, fault in found],
        "ok": not found,
    }
    lines = [Line(f"{slot}: {fault}", "bad") for slot, fault in found]
    return Page(
        data,
        (*lines, Line(f"{len(key.slots)} slots, {twins} twins, {len(found)} faults")),
        1 if found else 0,
    )
