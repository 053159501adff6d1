"""What there is: the parts, one part's question, the slots of a key."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict

from problems.part import Part, Slot
from problems.source import key, question

from .page import Line, Page, Style, Table

PARTS: dict[str, Style] = {"part": "name", "command": "", "what": "", "answer": ""}
SLOTS: dict[str, Style] = {
    "slot": "name",
    "kind": "",
    "key": "",
    "symbols": "aside",
    "assuming": "aside",
}


def parts(found: Iterable[Part]) -> Page:
    """Every part, its command and its answers in brief."""
    keys = {p: [a.right for a in key(p)] for p in found}
    data = [
        {"part": p.id, "command": p.command, "title": p.title, "answers": answers}
        for p, answers in keys.items()
    ]
    rows = tuple(
        (p.id, p.command, p.title, "\n".join(answers) or "in code") for p, answers in keys.items()
    )
    return Page({"parts": data}, (Table(PARTS, rows),))


def part(asked: Part) -> Page:
    """The question of a part, in our words, and its key."""
    found = slots((f"{asked.id}.{answer.name}", answer) for answer in key(asked))
    words = "\n\n".join(question(asked))
    return Page({"part": asked.id, "question": words, **found.data}, (Line(words), *found.blocks))


def slots(found: Iterable[tuple[str, Slot]]) -> Page:
    """Every slot with its kind, its key, its symbols, and what the key rests on."""
    data, rows = [], []
    for slot, a in found:
        data.append({**asdict(a), "slot": slot})
        rows.append((slot, a.kind, "\n".join([a.right, *a.also]), a.where, "; ".join(a.assuming)))
    return Page({"slots": data}, (Table(SLOTS, tuple(rows)),) if rows else ())
