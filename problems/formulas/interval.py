"""An interval of reals with ends of 80 digits, rounded outward: what a root or a logarithm that is
no fraction lies in.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from fractions import Fraction
from typing import Any

_DOWN, _UP = Context(prec=80, rounding=ROUND_FLOOR), Context(prec=80, rounding=ROUND_CEILING)


@dataclass(frozen=True, slots=True, eq=False)
class Interval:
    """low ≤ x ≤ high. Two intervals are never compared by ==: ask whether their difference is apart
    from zero.
    """

    low: Decimal
    high: Decimal

    @staticmethod
    def of(x: Any) -> Interval:
        """The least interval around a rational number."""
        if isinstance(x, Interval):
            return x
        exact = Fraction(x)
        top, bottom = Decimal(exact.numerator), Decimal(exact.denominator)
        return Interval(_DOWN.divide(top, bottom), _UP.divide(top, bottom))

    def __add__(self, other: Any) -> Interval:
        o = Interval.of(other)
        return Interval(_DOWN.add(self.low, o.low), _UP.add(self.high, o.high))

    __radd__ = __add__

    def __neg__(self) -> Interval:
        return Interval(self.high.copy_negate(), self.low.copy_negate())

    def __sub__(self, other: Any) -> Interval:
        return self + -Interval.of(other)

    def __rsub__(self, other: Any) -> Interval:
        return Interval.of(other) - self

    def __mul__(self, other: Any) -> Any:
        if not isinstance(other, Interval) and other == 0:
            return 0
        o = Interval.of(other)
        ends = [(a, b) for a in (self.low, self.high) for b in (o.low, o.high)]
        return Interval(
            min(_DOWN.multiply(a, b) for a, b in ends), max(_UP.multiply(a, b) for a, b in ends)
        )

    __rmul__ = __mul__

    def inverse(self) -> Interval:
        """1/x; ZeroDivisionError where 0 may be meant."""
        if self.low <= 0 <= self.high:
            raise ZeroDivisionError("division by what may be zero")
        return Interval(_DOWN.divide(Decimal(1), self.high), _UP.divide(Decimal(1), self.low))

    def root(self) -> Interval:
        """√x; ZeroDivisionError where x may be negative."""
        if self.low < 0:
            raise ZeroDivisionError("the root of what may be negative")
        low = _DOWN.sqrt(self.low).next_minus(_DOWN) if self.low else self.low
        return Interval(low, _UP.sqrt(self.high).next_plus(_UP))

    def log(self) -> Interval:
        """The natural logarithm; ZeroDivisionError where x may not be positive."""
        if self.low <= 0:
            raise ZeroDivisionError("the logarithm of what may not be positive")
        return Interval(self.low.ln(_DOWN).next_minus(_DOWN), self.high.ln(_UP).next_plus(_UP))

    def exp(self) -> Interval:
        return Interval(self.low.exp(_DOWN).next_minus(_DOWN), self.high.exp(_UP).next_plus(_UP))

    def apart_from_zero(self) -> bool:
        return self.low > 0 or self.high < 0

    def __str__(self) -> str:
        return f"{float(self.low):.12g}…"
