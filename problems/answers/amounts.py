"""Two numbers of answers: their values, how they differ, whether one is the other rounded."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ..formulas.declare import Symbol, Table
from ..formulas.instance import Instance
from ..formulas.interval import Interval
from ..formulas.tree import Node, Unreadable, every
from ..formulas.values import Scaled, plain
from ..formulas.write import shown
from .effort import value_within

_TOTAL = frozenset(("num", "sym", "elem", "add", "mul"))  # these have a value everywhere
MOST_BITS = 12_000  # of a number that is computed with


@dataclass(frozen=True, slots=True)
class Difference:
    """Two entries that differ where the symbols have these values: as texts, and as values."""

    told: str
    against: str
    answer: Fraction | Interval
    key: Fraction | Interval
    where: dict[str, Fraction]

    @property
    def told_value(self) -> Fraction | None:
        return None if isinstance(self.answer, Interval) else self.answer

    @property
    def witness(self) -> dict[str, Any] | None:
        if isinstance(self.answer, Interval) or isinstance(self.key, Interval):
            return None
        return {"with": self.where, "answer": self.answer, "key": self.key}


def differ(a: Node, b: Node, table: Table) -> Difference | None:
    """How two entries differ; None where no difference was seen. Raises what evaluation raises."""
    if a == b and all(node.op in _TOTAL for node in every(a)):
        return None
    names = sorted(a.names | b.names)
    for seed in (1, 2, 3) if names else (0,):
        where = {name: Fraction(7 * seed + 3 * i, 2 + i) for i, name in enumerate(names)}
        left, right = (value_of(x, table, where) for x in (a, b))
        gap = (
            Interval.of(left) - Interval.of(right)
            if Interval in (type(left), type(right))
            else left - right
        )
        if gap.apart_from_zero() if isinstance(gap, Interval) else gap:
            told = [told_as(x, v) for x, v in ((a, left), (b, right))]
            said = f" at {', '.join(f'{n} = {v}' for n, v in where.items())}" if names else ""
            return Difference(told[0], told[1] + said, left, right, where)
    return None


def value_of(node: Node, table: Table, where: dict[str, Fraction]) -> Fraction | Interval:
    """The value of a number where its symbols have these; exact, or an interval around it."""
    for name in node.names:
        symbol = table.symbols.get(name)
        if symbol is None or not _admits(symbol):
            raise Unreadable(f"a number was expected, not {name}", node.at)
    value = plain(value_within(node, Instance(table, {}, values=dict(where))))
    if isinstance(value, tuple | Scaled):
        raise Unreadable("a number was expected", node.at)
    if isinstance(value, Interval):
        return value
    out = Fraction(value)
    if max(out.numerator.bit_length(), out.denominator.bit_length()) > MOST_BITS:
        raise Unreadable("its numbers are over every bound", node.at)
    return out


def _admits(symbol: Symbol) -> bool:
    """A real number without conditions, so that any fraction may be tried."""
    return symbol.kind == "scalar" and symbol.least is None and not symbol.value


def rounded(seen: Difference, answer: Node) -> bool:
    """Whether a decimal is the key's endless one, rounded or cut after three digits or more."""
    given, right = seen.told_value, seen.key
    if given is None or answer.names or seen.where or 10**60 % given.denominator:
        return False
    wanted = Fraction(right.low) if isinstance(right, Interval) else right
    if not isinstance(right, Interval) and not 10**60 % wanted.denominator:
        return False
    places = next(k for k in range(61) if not 10**k % given.denominator)
    if abs(given.numerator) * 10**places // given.denominator < 100:
        return False
    shifted = wanted * 10**places
    return given * 10**places in (round(shifted), int(shifted))


def told_as(node: Node, value: Fraction | Interval) -> str:
    said, number = shown(node), short(value)
    return number if said == number or len(said) > 200 else f"{said} = {number}"


def short(x: Fraction | Interval) -> str:
    """A number of at most some dozens of digits; longer ones by their size."""
    if isinstance(x, Interval):
        return str(x)
    if max(x.numerator.bit_length(), x.denominator.bit_length()) <= 200:
        return str(x)
    digits = (abs(x.numerator).bit_length() - x.denominator.bit_length()) * 30_103 // 100_000
    return f"{'-' if x < 0 else ''}about 10^{digits}"
