"""Every text of every key, changed mechanically so that its value changes, turns the judge red."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

import problems
from hw8cli.solving import defaults
from problems.answers.judging import verdict_of
from problems.examine import (
    Claims,
    Instance,
    examine,
    held,
    instances_of,
    judged,
    rated,
    refuted,
    unreadable,
    verified,
)
from problems.formulas.declare import table
from problems.part import Slot

PARTS = problems.parts()
SLOTS = [(part, slot.name) for part in PARTS for slot in PARTS[part].load().KEY]
every_slot = pytest.mark.parametrize(("part", "name"), SLOTS, ids=lambda word: word)
NUMBER = re.compile(r"\d+")
SIGNS = {"+": "-", "-": "+", "<=": "<", ">=": ">", "<": "<=", ">": ">="}
SIGN = re.compile(r"<=|>=|[<>+]|-")
TRANSPOSED, INVERTED = re.compile(r"\^T"), re.compile(r"\^\(-1\)")
FACTOR = re.compile(r"(?<= )1/n |(?<=\()[A-Zn] (?=\w)|/\([^()]*\)|/s\b|log L ")
TERM = re.compile(r" \+ [^()+]*(\([^()]*\)[^()+]*)*(?=\)$| \+|$)")
NAMES = ("lambda", "keys", "values", "queries")


@cache
def instances(part: str) -> tuple[Instance, ...]:
    """Solved once: what changes is the key alone."""
    return tuple(instances_of(PARTS[part].load(), defaults(PARTS[part])))


def slot_of(part: str, name: str) -> Slot:
    found: Slot = next(slot for slot in PARTS[part].load().KEY if slot.name == name)
    return found


def changes(text: str, slot: Slot) -> Iterator[str]:
    """Other texts, one change each, right of what the text calls itself."""
    head, equals, body = text.rpartition(" = ")
    if slot.kind == "select_all":
        names = body.split(", ")
        yield from (", ".join(n for n in names if n != left) for left in names)
        yield from (f"{body}, {name}" for name in ("residuals", *NAMES) if name not in names)
        return
    made = (
        *_replaced(body, NUMBER, lambda word: str(int(word) + 1)),
        *_replaced(body, SIGN, SIGNS.__getitem__),
        *(
            new
            for gone in (TRANSPOSED, INVERTED, FACTOR, TERM)
            for new in _replaced(body, gone, _no)
        ),
        *_with_other_symbols(body, slot),
        *_of_its_kind(body, text.startswith("O("), slot),
    )
    yield from (head + equals + new for new in dict.fromkeys(made) if new != body)


def _no(word: str) -> str:
    return ""


def _replaced(text: str, what: re.Pattern[str], by: Callable[[str], str]) -> Iterator[str]:
    for found in what.finditer(text):
        yield text[: found.start()] + by(found[0]) + text[found.end() :]


def _with_other_symbols(text: str, slot: Slot) -> Iterator[str]:
    """Each declared symbol as the next one of its kind, and each matrix transposed."""
    symbols = table(slot.where).symbols
    for name, symbol in symbols.items():
        alike = [n for n, other in symbols.items() if other.kind == symbol.kind and n != name]
        there = re.compile(rf"(?<![\w_'{{]){re.escape(name)}(?![\w_'{{])")
        if alike:
            yield from _replaced(text, there, lambda _, other=alike[0]: other)  # type: ignore[misc]
        if name.isupper() and symbol.kind == "matrix":
            yield from _replaced(text, re.compile(there.pattern + r"(?!\^)"), lambda n: f"{n}^T")


def _of_its_kind(text: str, is_rate: bool, slot: Slot) -> Iterator[str]:
    """A whole that is another one: a rate of another power, a multiple, entries exchanged."""
    if is_rate:
        inner = text[2:-1]
        yield from (f"O({size} ({inner}))" for size in table(slot.where).symbols)
        yield f"O(({inner})^2)"
        yield f"O(log L ({inner}))"
    elif slot.kind == "vector":
        first, *rest = text.strip("()").split(", ")
        yield f"({', '.join([*rest, first])})"
        yield f"({', '.join(rest)})"
    elif slot.kind in ("scalar", "matrix_expr"):
        yield f"2 ({text})"
        yield f"-({text})"
        yield f"({text})^T" if slot.kind == "matrix_expr" else f"({text})^2"


def other_forms(slot: Slot) -> Iterator[str]:
    """Texts that are right: the key's, and the same in other words."""
    yield from (slot.right, *slot.also)
    body = slot.right.rpartition(" = ")[2]
    match slot.kind:
        case "complexity":
            yield f"O(3 ({body[2:-1]}) + 1)"
        case "select_all":
            yield ", ".join(reversed(body.split(", ")))
        case "vector":
            yield body.replace(", ", ",  ")
        case "scalar" | "matrix_expr":
            yield body
            yield f"2 ({body})/2"
        case _:
            yield f"{body} and {body}"


def seen(slot: Slot, part: str, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether the judge is red with this slot in the place of the key's; its twins left out."""
    module, claims = PARTS[part].load(), Claims()
    key = tuple(slot if other.name == slot.name else other for other in module.KEY)
    with monkeypatch.context() as patched:
        patched.setattr(module, "KEY", key)
        if any(unreadable(key)):
            return True
        for instance in instances(part):
            if instance.is_exact and not all(claims.note(c).passed for c in held(slot, instance)):
                return True
        alone = replace(slot, twins={})
        checks = judged(alone, module, [*instances(part)], claims)
        return not all(c.passed for c in checks if "three wrong twins" not in c.claim)


def is_the_same(slot: Slot, text: str, other: str) -> bool:
    """Whether the verifier takes one text for the other: the change changes no value."""
    kind: Any = "complexity" if text.startswith("O(") else slot.kind
    if kind == "complexity" and not text.startswith("O("):
        kind = "matrix_expr"
    asked = Slot(slot.name, kind, text.rpartition(" = ")[2], slot.where)
    return verdict_of(asked, other.rpartition(" = ")[2]).verdict == "correct"


def with_text(slot: Slot, text: str, other: str) -> Slot:
    """The slot with another text for one of its right ones, or for one of its facts."""
    if text == slot.right:
        return replace(slot, right=other)
    if text in slot.also:
        return replace(slot, also={other if t == text else t: a for t, a in slot.also.items()})
    return replace(slot, facts=tuple(other if fact == text else fact for fact in slot.facts))


@every_slot
def test_every_text_is_held(part: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    slot = slot_of(part, name)
    assert not seen(slot, part, monkeypatch)
    for text in (slot.right, *slot.also, *slot.facts):
        red = 0
        for other in changes(text, slot):
            if seen(with_text(slot, text, other), part, monkeypatch):
                red += 1
            else:
                assert is_the_same(slot, text, other), f"{text} may become {other}"
        assert red >= 2, text


@every_slot
def test_no_twin_may_be_right(part: str, name: str) -> None:
    slot, module = slot_of(part, name), PARTS[part].load()
    for twin in slot.twins:
        for text in other_forms(slot):
            if slot.kind == "complexity":
                checks = [*rated(replace(slot, twins={twin: text}), module)]
            else:
                checks = [refuted(slot, twin, text, [*instances(part)], Claims())]
                checks += verified(replace(slot, twins={twin: text}), module)
            assert not all(c.passed for c in checks), (twin, text)


@every_slot
def test_the_whole_judge_is_red(part: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    slot, module = slot_of(part, name), PARTS[part].load()
    wrong = replace(slot, right=next(changes(slot.right, slot)))
    key = tuple(wrong if other.name == name else other for other in module.KEY)
    asked = defaults(PARTS[part])
    monkeypatch.setattr(module, "KEY", key)
    assert not examine(PARTS[part], **asked).ok
