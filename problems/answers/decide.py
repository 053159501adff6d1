"""The door: an answer as somebody wrote it, a slot of a key, a verdict."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from ..formulas.declare import table
from ..part import InputError, Slot
from .judging import guarded, verdict_of
from .key import KINDS, Key, homework
from .references import against
from .verdict import Verdict, undecided
from .whole import all_slots

__all__ = ["consistent", "decide", "equal", "row", "verdict_of"]

MOST_REMEMBERED = 1_000  # characters of an answer


def decide(
    slot: str,
    answer: str,
    key: Key | None = None,
    *,
    reference: str | None = None,
    kind: str | None = None,
    where: str = "",
) -> Verdict:
    """Whether `answer` is right for `slot` ("4f.output", or a part: its only slot, or all of them
    in order).

    With a `reference`, the answer is held against that instead, as a `kind` of answer (the slot's,
    or what the reference looks like), in the symbols of the slot's part, if it has one, and those
    that `where` declares ("K: n×d, q: d, λ > 0"). Never raises for an answer, however broken: what
    cannot be read or decided within bounds is undecided, with the place. Raises InputError for a
    slot, a kind, a reference or a declaration that is no good. Thread-safe. A simple answer costs
    some tenths of a millisecond, a matrix identity a few, one that was seen before next to nothing.
    """
    key = homework() if key is None else key
    asked = (key, slot, answer, reference, kind, where)
    if not isinstance(answer, str) or len(answer) > MOST_REMEMBERED:
        return decided_anew(*asked)
    return _remembered(*asked)


def decided_anew(
    key: Key, slot: str, answer: str, reference: str | None, kind: str | None, where: str
) -> Verdict:
    """The same, whether or not the answer was seen before."""
    if reference is not None:
        return against(key, slot, answer, reference, kind, where)
    slots = key.find(slot)
    if len(slots) == 1:
        return verdict_of(key.slots[slots[0]], answer)
    return all_slots(answer, {name: key.slots[name] for name in slots})


_remembered = lru_cache(maxsize=4096)(decided_anew)  # a class writes the same answers again


def equal(left: str, right: str, where: str = "") -> Verdict:
    """Whether two expressions are equal, in the symbols of `where`: "K: n×d, q: d, λ > 0"."""
    try:
        symbols = table(where, strangers=True)
    except ValueError as error:
        raise InputError(f"--where: {error}") from None
    slot = Slot("", "matrix_expr", right)
    found = guarded(right, slot, symbols)
    if found.verdict != "correct":  # it is equal to itself, or it cannot be read
        raise InputError(f"the right side cannot be read: {found.why}")
    return guarded(left, slot, symbols)


def row(found: Mapping[str, Any], key: Key) -> Verdict:
    """The verdict on a row: answer, and part and slot, or a reference. Never raises for it."""
    texts = {
        name: found.get(name) for name in ("part", "slot", "answer", "reference", "kind", "where")
    }
    wrong = next((n for n, v in texts.items() if v is not None and not isinstance(v, str)), None)
    if wrong or texts["answer"] is None:
        return undecided(f"{wrong or 'answer'!r} is missing or is no text")
    part, slot = texts["part"] or "", texts["slot"] or ""
    name = slot if "." in slot or not part else f"{part}.{slot}" if slot else part
    if not name and texts["reference"] is None:
        return undecided("'part' is missing, and there is no reference")
    kind = texts["kind"] or None
    if kind is not None and kind not in KINDS:
        return undecided(f"the kind {str(kind)[:40]!r} is none of {', '.join(KINDS)}")
    try:
        return decide(
            name,
            str(texts["answer"]),
            key,
            reference=texts["reference"],
            kind=kind,
            where=texts["where"] or "",
        )
    except InputError as error:
        return undecided(str(error))


def consistent(key: Key) -> list[tuple[str, str]]:
    """What is wrong with a key: a right text refused, a twin not refuted, a symbol never used."""
    faults = []
    for name, slot in key.slots.items():
        for text in (slot.right, *slot.also):
            verdict = verdict_of(slot, text)
            if verdict.verdict != "correct":
                faults.append(
                    (name, f"{text!r}, which is right, is {verdict.verdict}: {verdict.why}")
                )
        for what, text in slot.twins.items():
            verdict = verdict_of(slot, text)
            if verdict.verdict != "incorrect":
                faults.append(
                    (name, f"the twin {what!r}, {text!r}, is {verdict.verdict}: {verdict.why}")
                )
        faults += [(name, f"nothing uses the symbol {symbol}") for symbol in _unused(slot)]
    return faults


def _unused(slot: Slot) -> list[str]:
    """Symbols that no text of the slot and no other declaration names."""
    if slot.kind in ("choice", "select_all"):
        return []
    found = table(slot.where)
    texts = [
        slot.right,
        *slot.also,
        *slot.also.values(),
        *slot.twins.values(),
        *slot.facts,
        *slot.assuming,
    ]
    made = [s.value for s in found.symbols.values()] + [s.member[1] for s in found.symbols.values()]
    everything = " ".join([*texts, *made, *found.aliases.values(), *found.sizes])
    everything += " ".join(size for pair in found.smaller for size in pair)
    return [
        n
        for n, s in found.symbols.items()
        if s.base not in everything and not s.value and s.kind != "size"
    ]
