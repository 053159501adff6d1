"""The door: an answer as somebody wrote it, a slot of a key, a verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from itertools import combinations, permutations
from typing import Any

from ..formulas.declare import Table, table
from ..formulas.lexer import MOST_CHARACTERS
from ..formulas.tree import Unreadable
from ..formulas.values import Mismatch
from ..formulas.walk import Unsupported
from ..part import InputError, Slot
from .key import KINDS, Key, homework
from .patterns import Pattern, words
from .verdict import Verdict, agreed, undecided

Judge = Callable[
    ..., Verdict
]  # (text, slot, table, reference): may raise Unreadable and what evaluation raises
MOST_PARTS = 8


def _judge(kind: str) -> Judge:
    """The judge of a kind of slot; each is imported where it is needed, so that hw8 verify starts
    fast.
    """
    if kind in ("scalar", "matrix_expr"):
        from .formulas import decide

        return decide
    if kind in ("interval", "inequality"):
        from . import sets

        return sets.decide
    if kind == "complexity":
        from . import rates

        return rates.decide
    if kind in ("choice", "select_all"):
        from . import choices

        return choices.decide
    from . import entries

    return entries.decide


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
    some tenths of a millisecond, a matrix identity a few.
    """
    key = homework() if key is None else key
    if reference is not None:
        return _own(key, slot, answer, reference, kind, where)
    slots = key.find(slot)
    if len(slots) == 1:
        return verdict_of(key.slots[slots[0]], answer)
    return _several(answer, {name: key.slots[name] for name in slots})


def equal(left: str, right: str, where: str = "") -> Verdict:
    """Whether two expressions are equal, in the symbols that `where` declares: "K: n×d, q: d, λ >
    0, d < n".
    """
    try:
        symbols = table(where)
    except ValueError as error:
        raise InputError(f"--where: {error}") from None
    slot = Slot("", "matrix_expr", right)
    found = _guarded(right, slot, symbols)
    if found.verdict != "correct":  # it is equal to itself, or it cannot be read
        raise InputError(f"the right side cannot be read: {found.why}")
    return _guarded(left, slot, symbols)


def row(found: Mapping[str, Any], key: Key) -> Verdict:
    """The verdict on a row of a file: answer, and part and slot, or slot, or a reference. Never
    raises for what is in it.
    """
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


# ------------------------------------------------------------------ one slot


def verdict_of(slot: Slot, text: str) -> Verdict:
    """The verdict on one answer to one slot: right, or one of `also` under its assumption, or wrong
    by all of them.

    Never raises for an answer. Raises ValueError where the slot's own `where` is no declaration.
    """
    return _by_all(text, slot, table(slot.where))


def _by_all(text: str, slot: Slot, symbols: Table) -> Verdict:
    first = _guarded(text, slot, symbols)
    if first.verdict == "correct":
        formula = slot.kind in ("scalar", "matrix_expr")  # what of the key was needed is in it
        return first if formula else first.under(*slot.assuming)
    open_one: Verdict | None = None
    for reference, assumption in slot.also.items():
        found = _guarded(text, slot, symbols, reference)
        if found.verdict == "correct":
            return found.under(assumption)
        if found.verdict == "undecided":
            open_one = open_one or found
    if first.verdict == "incorrect" and open_one is not None:  # it may be right in another way
        return open_one
    return first


def _guarded(text: str, slot: Slot, symbols: Table, reference: str | None = None) -> Verdict:
    """A judge's verdict, with every way of not being readable turned into undecided."""
    if not isinstance(text, str):
        return undecided("an answer is text")
    if len(text) > MOST_CHARACTERS:
        return undecided(
            f"it has {len(text):,} characters, over the bound of {MOST_CHARACTERS:,}",
            MOST_CHARACTERS,
        )
    if not text.strip():
        return undecided("there is nothing to read", 0)
    try:
        return _judge(slot.kind)(text, slot, symbols, reference)
    except Unreadable as error:
        return undecided(error.why, error.at)
    except Unsupported as error:
        return undecided(f"{error} is not decided")
    except Mismatch as error:
        return Verdict("incorrect", "the sizes do not fit", counterexample=str(error))
    except (ZeroDivisionError, OverflowError):
        return undecided("it divides by zero, or is over every bound")
    except (RecursionError, MemoryError):
        return undecided("it is nested too deeply, or too large")


# ------------------------------------------------------------------ a reference of one's own


def _own(key: Key, name: str, answer: str, reference: str, kind: str | None, where: str) -> Verdict:
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
        slot = replace(Slot("", "number", reference), kind=each, twins=options)
        verdicts.append(_in_either(answer, slot, merged, alone))
    decided = [v for v in verdicts if v.verdict != "undecided"]
    return agreed(decided or verdicts[:1], "the row does not say of which kind its reference is")


def _in_either(answer: str, slot: Slot, merged: Table, alone: Table) -> Verdict:
    """With what the part grants; where the row alone would get another verdict, that is said, or
    leaves it undecided.

    A domain of the part (λ > 0) may not be meant for a set; its sizes (d < n) are what its rates
    are about.
    """
    found = _guarded(answer, slot, merged)
    if slot.kind in ("interval", "inequality"):
        without = _guarded(answer, slot, alone)
        return agreed((found, without), "the row does not say what holds for its symbols")
    if slot.kind == "complexity" and found.verdict == "correct" and merged.smaller:
        if _guarded(answer, slot, alone).verdict != "correct":
            return found.under(*(f"{small} < {large}" for small, large in merged.smaller))
    return found


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


_RATE = Pattern(r"\s*\$*\s*(?:\\mathcal\s*\{?\s*O\s*\}?|O|Θ|\\Theta)\s*(?:\\left)?\s*\(", "o", "θ")
_RELATION = Pattern(
    r"[<>≤≥∈∪∅]|\\(?:[lg]eq?|[lg]t|in|cup|emptyset|infty)(?![A-Za-z])|∞", *"<>≤≥∈∪∅\\∞"
)
_HALF_OPEN = Pattern(
    r"\s*(?:\[[^\[\](),;]+[,;][^\[\](),;]+\)|\([^\[\](),;]+[,;][^\[\](),;]+\])\s*", "["
)
_TWO_ENDS = Pattern(r"\s*[\[(][^\[\](),;]+[,;][^\[\](),;]+[\])]\s*", "[", "(")
_SEVERAL = Pattern(r"\s*[\[({][^=]*[,;&][^=]*[\])}](?:\^\S+)?\s*", ",", ";", "&")
_MATRIX = Pattern(r"(?s)\s*(?:\[\s*\[|\\begin\s*\{[bpvBV]?matrix\}).*", "[", "matrix")
_PLAIN_NUMBER = Pattern(r"[\s\d.+\-−*/^(){}%]+|\s*\\[dt]?frac\s*\{?\d+\}?\s*\{?\d+\}?\s*")
_TRUTH = words(r"\s*(?:true|false|yes|no)\s*", "true", "false", "yes", "no")


def _kinds(key: Key, name: str, reference: str) -> tuple[str, ...]:
    """The kind of a row that names none: its slot's, or what its reference looks like; several
    where it may be either.
    """
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


# ------------------------------------------------------------------ a whole part


_ENUMERATED = Pattern(
    r"(?:(?<=\s)|(?<=^)|(?<=[;,]))\(?(?:[a-h]|[1-8]|i{1,3}|iv|v)[).]\s+(?=\S)", ")", "."
)


def _several(answer: str, slots: Mapping[str, Slot]) -> Verdict:
    """An answer to all slots of a part at once, in order, separated by ; or a line break, or
    enumerated.
    """
    wanted = f"{len(slots)} answers are wanted ({', '.join(slots)}), separated by ;"
    if not isinstance(answer, str) or len(answer) > MOST_CHARACTERS:
        return undecided(f"{wanted}, in at most {MOST_CHARACTERS:,} characters")
    pieces = _pieces(answer, len(slots))
    if not len(slots) <= len(pieces) <= MOST_PARTS:
        return undecided(f"{wanted}, and {len(pieces)} stand here")
    verdict = _cached_verdicts(tuple(slots.values()))
    for grouped in _groupings(pieces, len(slots)):
        found = [verdict(at, text) for at, text in enumerate(grouped)]
        if all(v.verdict == "correct" for v in found):
            return _joined(found)
    if len(pieces) != len(slots):
        return undecided(f"{wanted}, and {len(pieces)} stand here")
    return _in_another_order(pieces, verdict) or _worst(slots, pieces, verdict)


def _cached_verdicts(slots: tuple[Slot, ...]) -> Callable[[int, str], Verdict]:
    return lru_cache(maxsize=None)(lambda at, text: verdict_of(slots[at], text))


def _joined(found: list[Verdict]) -> Verdict:
    return Verdict(
        "correct", "; ".join(v.why for v in found), "; ".join(v.read for v in found)
    ).under(*(a for v in found for a in v.assuming))


def _in_another_order(pieces: list[str], verdict: Callable[[int, str], Verdict]) -> Verdict | None:
    """What would be right in another order: right if each says by its left side what it is, else
    undecided.
    """
    for order in permutations(range(len(pieces))):
        found = [verdict(at, pieces[place]) for at, place in enumerate(order)]
        if all(v.verdict == "correct" for v in found):
            named = all("=" in piece for piece in pieces)
            return _joined(found) if named else undecided("they are right in another order")
    return None


def _worst(
    slots: Mapping[str, Slot], pieces: list[str], verdict: Callable[[int, str], Verdict]
) -> Verdict:
    found = dict(zip(slots, (verdict(at, text) for at, text in enumerate(pieces)), strict=True))
    for outcome in ("incorrect", "undecided"):
        for name, each in found.items():
            if each.verdict == outcome:
                return replace(each, why=f"{name}: {each.why}", at=None)
    return _joined(list(found.values()))


def _pieces(answer: str, count: int) -> list[str]:
    """The answers as they stand apart: enumerated, at ; and line breaks, or at commas outside
    brackets.
    """
    stretches = _ENUMERATED.split(answer)
    listed = [p.strip(" \t\n;,") for p in stretches if p.strip(" \t\n;,")]
    if len(listed) == count == len(stretches) - 1:
        return listed
    for separators in (";\n", ";\n,"):
        found = [p.strip() for p in _apart(answer, separators) if p.strip()]
        if len(found) >= count:
            return found
    return found


def _apart(answer: str, separators: str) -> Iterator[str]:
    depth, start = 0, 0
    for at, char in enumerate(answer + separators[0]):
        depth += (char in "([{") - (char in ")]}")
        if char in separators and depth <= 0:
            yield answer[start:at]
            start = at + 1


def _groupings(pieces: list[str], count: int) -> Iterator[list[str]]:
    """The pieces as so many answers, each of neighbours."""
    for cuts in combinations(range(1, len(pieces)), count - 1):
        ends = (0, *cuts, len(pieces))
        yield ["; ".join(pieces[a:b]) for a, b in zip(ends, ends[1:], strict=False)]


# ------------------------------------------------------------------ a key against itself


def consistent(key: Key) -> list[tuple[str, str]]:
    """What is wrong with a key: a right text not accepted, a twin not refuted, a symbol that
    nothing uses.
    """
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
