"""Growth rates, O(…), and whether a count really grows like one."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

import sympy as sp

from .core import Check

L, n, m, d = sp.symbols("L n m d", positive=True)


class lg(sp.Function):  # type: ignore[misc]  # noqa: N801  sympy has no types, and writes its functions so
    """⌈log₂ ·⌉, the depth of a binary tree; what the counts are written in."""

    @classmethod
    def eval(cls, size: sp.Expr) -> sp.Integer | None:
        return sp.Integer((int(size) - 1).bit_length()) if size.is_Integer else None


log = sp.Function("log")  # the logarithm of a growth rate, to any base
half_lg = sp.Function("half_lg")  # ⌊⌈log₂ ·⌉ / 2⌋
_EXACT = {
    "lg": lambda v: (int(v) - 1).bit_length(),
    "half_lg": lambda v: (int(v) - 1).bit_length() // 2,
    "log": lambda v: int(v).bit_length() - 1,
    "sqrt": math.isqrt,
}


@dataclass(frozen=True, slots=True)
class Growth:
    """O(expr), tight, under a condition such as d < n."""

    expr: sp.Expr
    where: str = ""


@cache
def counter(expr: sp.Expr) -> Callable[..., Fraction]:
    """The expression as a function of its sizes, exactly: n=4, d=2 and so on by keyword."""
    names = sorted(expr.free_symbols, key=str)
    both = sp.lambdify(names, sp.fraction(sp.together(expr)), modules=[_EXACT])
    return lambda **sizes: Fraction(*both(*(sizes[name.name] for name in names)))


# size -> (a, b): it is 2^(a·t + b·t²), so that logarithms part ways too; or a constant
Path = Mapping[str, tuple[int, int] | int]


def tight(claim: str, growth: Growth, count: sp.Expr, paths: Iterable[Path]) -> Check:
    """Along every path count / growth settles to a constant, neither 0 nor ∞, as t goes to infinity.

    The ratio at t = 64 and 128 differs by less than 10 % where the rate is right; any other power, or one logarithm
    more or less, at least halves or doubles it.
    """
    for path in paths:
        early, late = (_ratio(growth.expr, count, tuple(path.items()), t) for t in (64, 128))
        if not (early > 0 and late > 0 and Fraction(9, 10) < late / early < Fraction(11, 10)):
            road = ", ".join(f"{name} = {v if isinstance(v, int) else f'2^({v[0]}t + {v[1]}t²)'}" for name, v in path.items())
            return Check(claim, False, f"count / ({growth.expr}) does not settle: {road}")
    return Check(claim, True, "count / growth settles along every path")


@cache
def _ratio(rate: sp.Expr, count: sp.Expr, path: tuple[tuple[str, Any], ...], t: int) -> Fraction:
    sizes = {name: v if isinstance(v, int) else 2 ** (v[0] * t + v[1] * t * t) for name, v in path}
    divisor = counter(rate)(**sizes)
    return counter(count)(**sizes) / divisor if divisor else Fraction(0)
