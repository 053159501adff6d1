"""Sets of reals: intervals and their unions, with exact ends: one type for parts and answers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

Real = Fraction | float
End = tuple[
    Any, int
]  # a number and a side: 0 includes it, +1 begins just after it, −1 ends just before it


@dataclass(frozen=True, slots=True, order=True)
class Piece:
    """One interval, from `low` to `high`."""

    low: End
    high: End

    @property
    def is_point(self) -> bool:
        return self.low == self.high


@dataclass(frozen=True, slots=True)
class RealSet:
    """Disjoint pieces in order.

    Made by `of`, `between`, `above` … and the operators & (both), | (either), - (without).
    """

    pieces: tuple[Piece, ...] = ()

    def __and__(self, other: RealSet) -> RealSet:
        if self is LINE or other is LINE:
            return other if self is LINE else self
        met = (
            Piece(max(p.low, q.low), min(p.high, q.high)) for p in self.pieces for q in other.pieces
        )
        return of(met)

    def __or__(self, other: RealSet) -> RealSet:
        return of((*self.pieces, *other.pieces))

    def __sub__(self, other: RealSet) -> RealSet:
        out = self
        for piece in other.pieces:
            before = Piece((-math.inf, 1), _just_before(piece.low))
            after = Piece(_just_after(piece.high), (math.inf, -1))
            out = out & of((before, after))
        return out

    def __contains__(self, x: Any) -> bool:
        return any(p.low <= (x, 0) <= p.high for p in self.pieces)

    def __bool__(self) -> bool:
        return bool(self.pieces)

    @property
    def ends(self) -> tuple[Any, ...]:
        """The finite ends, in order."""
        found = {end[0] for p in self.pieces for end in (p.low, p.high)}
        return tuple(sorted(x for x in found if not infinite(x)))

    @property
    def is_finite(self) -> bool:
        return all(piece.is_point for piece in self.pieces)

    @property
    def parts(self) -> tuple[RealSet, ...]:
        """Each piece as a set of its own."""
        return tuple(RealSet((piece,)) for piece in self.pieces)

    @property
    def closure(self) -> RealSet:
        """With its finite ends."""
        return of(Piece(_closed(p.low), _closed(p.high)) for p in self.pieces)

    def __str__(self) -> str:
        """[1, 4], (1/1000, ∞), {2}, ∅, with ∪ between."""
        return " ∪ ".join(map(_shown, self.pieces)) or "∅"

    @property
    def latex(self) -> str:
        return " \\cup ".join(map(_latex, self.pieces)) or "\\emptyset"


def infinite(x: Any) -> bool:
    """Whether a number is ±∞; a fraction may be too large for a float."""
    return bool(x in (math.inf, -math.inf))


def _just_before(end: End) -> End:
    return (end[0], end[1] - 1)


def _just_after(end: End) -> End:
    return (end[0], end[1] + 1)


def _closed(end: End) -> End:
    return end if infinite(end[0]) else (end[0], 0)


def of(pieces: Iterable[Piece]) -> RealSet:
    """Sorted, without empty pieces, touching ones joined."""
    out: list[Piece] = []
    real = [p for p in pieces if p.low <= p.high and -2 < p.low[1] < 2 and -2 < p.high[1] < 2]
    for piece in sorted(real) if len(real) > 1 else real:
        if out and _touch(out[-1], piece):
            out[-1] = Piece(out[-1].low, max(out[-1].high, piece.high))
        else:
            out.append(piece)
    return RealSet(tuple(out))


def _touch(a: Piece, b: Piece) -> bool:
    return b.low <= a.high or (b.low[0] == a.high[0] and b.low[1] - a.high[1] <= 1)


def between(low: Real, high: Real, open_low: bool = False, open_high: bool = False) -> RealSet:
    """The interval from low to high; an infinite end is never in it."""
    return of(
        [
            Piece(
                (low, int(open_low or low == -math.inf)),
                (high, -int(open_high or high == math.inf)),
            )
        ]
    )


def above(low: Real, strict: bool = False) -> RealSet:
    return between(low, math.inf, strict)


def below(high: Real, strict: bool = False) -> RealSet:
    return between(-math.inf, high, open_high=strict)


def points(values: Iterable[Real]) -> RealSet:
    return of(Piece((x, 0), (x, 0)) for x in values)


NOTHING, LINE, HALF_LINE = RealSet(), between(-math.inf, math.inf), above(Fraction(0))


def apart(a: RealSet, b: RealSet) -> Real | None:
    """A number in one and not in the other: an end, one between two ends, or beyond all of them."""
    return next((x for x in _trials(a, b) if (x in a) != (x in b)), None)


def integer_in(a: RealSet) -> Fraction | None:
    """An integer in a set; None where there is none."""
    for piece in a.pieces:
        low, high = piece.low[0], piece.high[0]
        near = 0 if infinite(low) and infinite(high) else math.floor(high if infinite(low) else low)
        found = (Fraction(near + step) for step in (0, 1, -1))
        if (inside := next((x for x in found if x in a), None)) is not None:
            return inside
    return None


def _trials(a: RealSet, b: RealSet) -> Iterator[Any]:
    ends = sorted({*a.ends, *b.ends})
    yield from ends
    yield from ((x + y) / 2 for x, y in pairwise(ends))
    yield from (ends[0] - 1, ends[-1] + 1) if ends else (Fraction(0),)


def _number(x: Any) -> str:
    if infinite(x):
        return "∞" if x > 0 else "-∞"
    return f"{x:.10g}" if isinstance(x, float) else str(x)


def _shown(piece: Piece) -> str:
    if piece.is_point:
        return f"{{{_number(piece.low[0])}}}"
    low, high = _number(piece.low[0]), _number(piece.high[0])
    return f"{'(' if piece.low[1] else '['}{low}, {high}{')' if piece.high[1] else ']'}"


def _latex(piece: Piece) -> str:
    def number(x: Any) -> str:
        if isinstance(x, Fraction) and x.denominator > 1:
            sign = "-" if x < 0 else ""
            return f"{sign}\\frac{{{abs(x.numerator)}}}{{{x.denominator}}}"
        return _number(x).replace("∞", "\\infty")

    if piece.is_point:
        return f"\\left\\{{{number(piece.low[0])}\\right\\}}"
    left, right = "(" if piece.low[1] else "[", ")" if piece.high[1] else "]"
    return f"\\left{left}{number(piece.low[0])}, {number(piece.high[0])}\\right{right}"
