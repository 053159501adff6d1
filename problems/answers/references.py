"""A reference of a row's own: of which kind it is, in which symbols, among which options."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from ..formulas.declare import Table
from ..part import InputError, Slot, SlotKind
from .judging import guarded
from .key import KINDS, Key
from .patterns import Pattern, words
from .verdict import Verdict, agreed, undecided


def against(
    key: Key, name: str, answer: str, reference: str, kind: str | None, where: str
) -> Verdict:
    if not reference.strip():
        return undecided("the reference is empty")
    if kind is not None and kind not in KINDS:
        raise InputError(f"the kind {kind!r} is none of {', '.join(KINDS)}")
    try:
        merged, alone = key.table_of(name, where), key.table_of("", where)
    except ValueError as error:
        raise InputError(f"where: {error}") from None
    kinds = (kind,) if kind else _kinds(key, name, reference)
    verdicts = []
    for each in kinds:
        options = _options(key, name, each, reference)
        slot = Slot("", cast(SlotKind, each), reference, twins=options)
        verdicts.append(_in_either(answer, slot, merged, alone))
    decided = [v for v in verdicts if v.verdict != "undecided"]
    return agreed(decided or verdicts[:1], "the row does not say of which kind its reference is")


def _in_either(answer: str, slot: Slot, merged: Table, alone: Table) -> Verdict:
    """With what the part grants; where the row alone would get another verdict, that is said, or
    leaves it undecided.

    A domain of the part (λ > 0) may not be meant for a set; its sizes (d < n) are what its rates
    are about.
    """
    found = guarded(answer, slot, merged)
    if slot.kind in ("interval", "inequality"):
        without = found if alone is merged else guarded(answer, slot, alone)
        return agreed((found, without), "the row does not say what holds for its symbols")
    if slot.kind != "complexity" or found.verdict != "correct" or not merged.smaller:
        return found
    without = guarded(answer, slot, alone)
    if without.verdict != "correct" and any(n in alone.symbols for p in merged.smaller for n in p):
        return agreed((found, without), "the row does not say what holds for its sizes")
    granted = (f"{small} < {large}" for small, large in merged.smaller)
    return found if without.verdict == "correct" else found.under(*granted)


def _options(key: Key, name: str, kind: str, reference: str) -> Mapping[str, str]:
    """The options among which a slot of the part chooses, where the reference is made of them."""
    if kind not in ("choice", "select_all"):
        return {}
    from . import choices

    for slot in key.parts.get(name.partition(".")[0], ()):
        if key.slots[slot].kind == kind:
            known = choices.options(key.slots[slot])
            if choices.listed(reference) <= known:
                return {"the options": ", ".join(sorted(known))}
    return {}


_RATE = Pattern(r"\s*\$*\s*(?:\\mathcal\s*\{?\s*O\s*\}?|O|Θ|\\Theta)\s*(?:\\left)?\s*\(", "o θ")
_RELATION = Pattern(
    r"[<>≤≥∈∪∅]|\\(?:[lg]eq?|[lg]t|in|cup|emptyset|infty)(?![A-Za-z])|∞", "< > ≤ ≥ ∈ ∪ ∅ \\ ∞"
)
_HALF_OPEN = Pattern(
    r"\s*(?:\[[^\[\](),;]+[,;][^\[\](),;]+\)|\([^\[\](),;]+[,;][^\[\](),;]+\])\s*", "["
)
_TWO_ENDS = Pattern(r"\s*[\[(][^\[\](),;]+[,;][^\[\](),;]+[\])]\s*", "[ (")
_SEVERAL = Pattern(r"\s*[\[({][^=]*[,;&][^=]*[\])}](?:\^\S+)?\s*", ", ; &")
_MATRIX = Pattern(r"(?s)\s*(?:\[\s*\[|\\begin\s*\{[bpvBV]?matrix\}).*", "[ matrix")
_PLAIN_NUMBER = Pattern(r"[\s\d.+\-−*/^(){}%]+|\s*\\[dt]?frac\s*\{?\d+\}?\s*\{?\d+\}?\s*")
_TRUTH = words(r"\s*(?:true|false|yes|no)\s*", "true false yes no")


def _kinds(key: Key, name: str, reference: str) -> tuple[str, ...]:
    """The kinds of a row that names none: its slot's, or those that its reference looks like."""
    slots = key.slots.keys() & {name} or key.parts.get(name, ())
    if len(slots) == 1:
        return (key.slots[next(iter(slots))].kind,)
    looks: tuple[tuple[Pattern, tuple[str, ...]], ...] = (
        (_MATRIX, ("matrix",)),
        (_HALF_OPEN, ("interval",)),
        (_TWO_ENDS, ("interval", "vector")),
        (_SEVERAL, ("vector",)),
        (_PLAIN_NUMBER, ("number",)),
        (_TRUTH, ("choice",)),
    )
    if _RATE.match(reference):
        return ("complexity",)
    if _RELATION.search(reference) and "sum" not in reference and "Σ" not in reference:
        return ("interval",)
    matched = (kinds for pattern, kinds in looks if pattern.fullmatch(reference))
    return next(matched, ("matrix_expr",))
