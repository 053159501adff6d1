"""Whether an answer describes the key's set of reals: compared exactly, with a number that is in
one of them only.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache

from ..formulas import sets
from ..formulas.declare import Symbol, Table
from ..formulas.sets import LINE, RealSet
from ..formulas.tree import Unreadable
from ..part import Slot
from .describing import Described, described
from .verdict import Verdict, agreed
from .wrapping import unwrapped


def read(text: str) -> RealSet:
    """The set that a text describes, without conditions. Raises Unreadable."""
    found = described(unwrapped(text)[0])
    out = found.found
    for condition in found.conditions:
        out = out & condition
    return out


def decide(text: str, slot: Slot, table: Table, reference: str | None = None) -> Verdict:
    """Whether an answer describes the slot's set, or the reference's, within the domain of the
    variable that it is about.

    Raises Unreadable.
    """
    key = _described(slot.right if reference is None else reference)[0]
    return agreed(
        (_against(found, key, table) for found in _described(text)),
        "it gives several answers",
    )


@lru_cache(maxsize=512)
def _described(text: str) -> tuple[Described, ...]:
    return tuple(map(described, unwrapped(text)))


def _against(answer: Described, key: Described, table: Table) -> Verdict:
    variable = _about(answer, key, table)
    domain = _domain(table.symbols.get(variable))
    if answer.is_bare and not (len(key.found.pieces) == 1 and key.found.pieces[0].is_point):
        raise Unreadable("a number alone is no set", 0)
    wanted = _under(key, domain) & domain
    read = f"the set {answer.found}"
    found = _under(answer, domain) & domain
    point = _apart(found, wanted, table.symbols.get(variable))
    if point is None:
        return Verdict("correct", "the same set", read=read)
    here = point in found
    sides = ("answer", "key") if here else ("key", "answer")
    return Verdict(
        "incorrect",
        f"the key is {wanted}",
        read=read,
        counterexample=f"{point} is in the {sides[0]} and not in the {sides[1]}",
        hint=_hint(found, wanted, point),
        witness={"with": {variable or "x": point}, "answer": here, "key": not here},
    )


def _about(answer: Described, key: Described, table: Table) -> str:
    """The variable that both are about. Raises Unreadable where they are about two."""
    if answer.variable and key.variable and answer.variable != key.variable:
        alias = table.aliases.get(answer.variable, answer.variable)
        if alias != key.variable:
            raise Unreadable(f"it is about {answer.variable}, not about {key.variable}", 0)
    declared = [n for n, s in table.symbols.items() if s.kind == "scalar"]
    if (
        answer.variable
        and not key.variable
        and declared
        and not table.strangers
        and answer.variable not in declared
    ):
        raise Unreadable(f"it is about {answer.variable}, not about {', '.join(declared)}", 0)
    return key.variable or answer.variable


def _domain(symbol: Symbol | None) -> RealSet:
    if symbol is None or symbol.least is None:
        return LINE
    return sets.above(symbol.least, symbol.strict)


def _under(said: Described, domain: RealSet) -> RealSet:
    """A set said under conditions, which must cover the domain: else it is silent on the rest."""
    for condition in said.conditions:
        if not (domain - condition.closure) and not ((said.found & domain) - condition):
            continue
        raise Unreadable(f"it is said only for {condition}, and nothing of {domain - condition}")
    return said.found


def _apart(found: RealSet, wanted: RealSet, about: Symbol | None) -> Fraction | float | None:
    """A number in one and not in the other: of the kind that the variable is."""
    if about is None or about.kind not in ("integer", "size"):
        return sets.apart(found, wanted)
    return sets.integer_in((found - wanted) | (wanted - found))


def _hint(found: RealSet, key: RealSet, point: Fraction | float) -> str:
    if point in {*found.ends, *key.ends} and found.closure == key.closure:
        return f"endpoint {point} {'too many' if point in found else 'missing'}"
    if len(found.pieces) == len(key.pieces) == 1:
        low, high = (
            getattr(found.pieces[0], side) == getattr(key.pieces[0], side)
            for side in ("low", "high")
        )
        if low != high:
            right, wrong = ("lower", "upper") if low else ("upper", "lower")
            return f"the {right} end is right, the {wrong} one is not"
    return ""
