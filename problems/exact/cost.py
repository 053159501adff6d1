"""Exact counts of operations and depths, the runs that are counted, and the rates of the key."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import product
from typing import Any

import numpy as np
import sympy as sp

from ..formulas.formula import Formula
from ..formulas.tree import Node, every
from ..formulas.walk import Bound, walk
from ..part import Check, Slot
from .counting import Tally
from .numbers import integers

L, n, m, d = sp.symbols("L n m d", positive=True)
Sizes = Mapping[str, int]
# size -> (a, b): it is 2^(a·t + b·t²), so that logarithms part ways too; or a constant
Path = Mapping[str, tuple[int, int] | int]


class lg(sp.Function):  # type: ignore[misc]  # noqa: N801  # as it is written in a formula
    """⌈log₂ ·⌉, the depth of a binary tree; what the counts are written in."""

    @classmethod
    def eval(cls, size: sp.Expr) -> sp.Integer | None:
        return sp.Integer((int(size) - 1).bit_length()) if size.is_Integer else None


half_lg = sp.Function("half_lg")  # ⌊⌈log₂ ·⌉ / 2⌋


def _lg(size: Any) -> int:
    if size < 1:
        raise ValueError(f"the logarithm of {size} is in a count")
    return (int(size) - 1).bit_length()


def _power(base: Any, exponent: Any) -> Any:
    if exponent == Fraction(1, 2):
        return math.isqrt(int(base))
    return base**exponent if exponent >= 0 else Fraction(1, base**-exponent)


_EXACT: dict[Any, Callable[..., Any]] = {
    sp.Add: lambda *terms: sum(terms),
    sp.Mul: lambda *factors: math.prod(factors),
    sp.Pow: _power,
    sp.Max: max,
    lg: _lg,
    half_lg: lambda size: _lg(size) // 2,
}


def value(count: sp.Expr, sizes: Sizes) -> Any:
    """A count at these sizes, exactly. KeyError for a size that is not among them."""
    if count.is_Symbol:
        return sizes[count.name]
    if count.is_Rational:
        return int(count) if count.is_Integer else Fraction(int(count.p), int(count.q))
    return _EXACT[count.func](*(value(inner, sizes) for inner in count.args))


@dataclass(frozen=True, eq=False)
class Cost:
    """One count of one computation: its exact formula, the run that is counted, and which rate of
    the key it grows like.

    `run(drawn, **sizes)` does the computation on numbers from `drawn(*shape)` and returns what is
    counted where that is not the operations on those numbers. `at` are sizes at which formula and
    run are compared, `paths` the ways in which sizes go to infinity. `rate` is the slot's right
    text, or that one of its `also` for which this is the count; `what` tells several costs of a
    slot apart.
    """

    slot: str
    exact: sp.Expr
    run: Callable[..., Any]
    at: tuple[Sizes, ...]
    paths: tuple[Path, ...]
    rate: str = ""
    what: str = ""

    def here(self, **sizes: int) -> int:
        """The formula at these sizes."""
        return int(value(self.exact, sizes))

    def counted(self, **sizes: int) -> int:
        """What a run at these sizes really costs."""
        return _counted(self.run, tuple(sorted(sizes.items())))

    def rate_of(self, slot: Slot) -> str:
        return self.rate or slot.right


@cache
def _counted(run: Callable[..., Any], sizes: tuple[tuple[str, int], ...]) -> int:
    tally, rng = Tally(), np.random.default_rng(0)
    result = run(lambda *shape: tally(integers(rng, *shape)), **dict(sizes))
    return int(result) if isinstance(result, int) else tally.work


def counts(claim: str, cost: Cost, exact: sp.Expr, more: tuple[Sizes, ...] = ()) -> Check:
    """Whether a formula gives what the computation costs when run, at these and more sizes."""
    for sizes in (*cost.at, *more):
        try:
            found = value(exact, sizes)
        except KeyError as missing:
            return Check(claim, False, f"it depends on {missing}, which is no size of the run")
        if found != cost.counted(**sizes):
            shown = ", ".join(f"{name} = {value}" for name, value in sizes.items())
            return Check(
                claim, False, f"{found} against {cost.counted(**sizes)} counted at {shown}"
            )
    return Check(claim, True, f"counted at {len(cost.at) + len(more)} sizes")


def extrapolated(cost: Cost, degrees: Mapping[str, int], **sizes: int) -> int:
    """The count at any sizes, as the polynomial of these degrees through counts at the least ones.

    Nothing of the formula.
    """
    total = Fraction(0)
    for at in product(*(range(1, degree + 2) for degree in degrees.values())):
        weight = Fraction(1)
        for (name, degree), here in zip(degrees.items(), at, strict=True):
            others = (other for other in range(1, degree + 2) if other != here)
            weight *= math.prod(Fraction(sizes[name] - other, here - other) for other in others)
        total += weight * cost.counted(**dict(zip(degrees, at, strict=True)))
    return int(total)


def tight(claim: str, rate: Formula, count: sp.Expr, paths: tuple[Path, ...]) -> Check:
    """Along every path count / rate settles to a constant, neither 0 nor ∞, as t goes to infinity.

    The ratio at t = 64 and 128 differs by less than 10 % where the rate is right; any other power,
    or one logarithm more or less, at least halves or doubles it.
    """
    for path in paths:
        if strange := names(rate.tree) - path.keys():
            return Check(claim, False, f"{min(strange)} is no size of what is counted")
        early, late = (_ratio(rate.tree, count, tuple(path.items()), t) for t in (64, 128))
        if not (early > 0 and late > 0 and Fraction(9, 10) < late / early < Fraction(11, 10)):
            return Check(claim, False, f"count / {rate.unicode} does not settle: {_road(path)}")
    return Check(claim, bool(paths), f"count / rate settles along {len(paths)} paths")


def names(rate: Node) -> set[str]:
    """The sizes that a rate is in."""
    return {str(node.of) for node in every(rate) if node.op == "sym"}


def _road(path: Path) -> str:
    return ", ".join(
        f"{name} = {v if isinstance(v, int) else f'2^({v[0]}t + {v[1]}t²)'}"
        for name, v in path.items()
    )


@cache
def _ratio(rate: Node, count: sp.Expr, path: tuple[tuple[str, Any], ...], t: int) -> Fraction:
    sizes = {name: v if isinstance(v, int) else 2 ** (v[0] * t + v[1] * t * t) for name, v in path}
    divisor = Fraction(walk(rate, _Growth(sizes)))
    return Fraction(value(count, sizes)) / divisor if divisor else Fraction(0)


@dataclass(frozen=True)
class _Growth:
    """The algebra of a rate at sizes: exact integers, logarithms and roots rounded down."""

    sizes: Sizes

    @property
    def rules(self) -> Mapping[str, Callable[[_Growth, Node, Bound], Any]]:
        return _RULES

    def kept(self, node: Node, bound: Bound) -> MutableMapping[Node, Any] | None:
        return None


def _parts(g: _Growth, node: Node) -> Iterator[Any]:
    return (walk(child, g) for child in node.args)


_CALLS: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("log", "log2"), lambda x: int(x).bit_length() - 1),
    "sqrt": lambda x: math.isqrt(int(x)),
}
_RULES: dict[str, Callable[[_Growth, Node, Bound], Any]] = {
    "num": lambda g, node, b: node.of,
    "sym": lambda g, node, b: g.sizes[node.of],
    "add": lambda g, node, b: sum(_parts(g, node)),
    "mul": lambda g, node, b: math.prod(_parts(g, node)),
    "div": lambda g, node, b: Fraction(walk(node.args[0], g)) / walk(node.args[1], g),
    "pow": lambda g, node, b: walk(node.args[0], g) ** int(walk(node.args[1], g)),
    "call": lambda g, node, b: _CALLS[node.of](walk(node.args[0], g)),
}
