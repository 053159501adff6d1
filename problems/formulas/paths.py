"""Paths along which sizes go to infinity, and two rates part: in exact orders, and on numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

from .rates import MOST_SIZES, Conditions, Rate, Sum, constant, product_of
from .tree import Node, Unreadable
from .write import shown, unsigned

Order = tuple[int, int, int, int, int]  # of t², t, log t, log log t, log log log t


@dataclass(frozen=True, slots=True)
class Speed:
    """How a size goes along a path as t = log₂ x → ∞: the leading orders of its logarithms."""

    told: str
    orders: tuple[Order, Order, Order]

    def at(self, t: float) -> float:
        """log₂ of the size where x = 2^t; a constant is as told."""
        square, line, log, *_ = self.orders[0]
        if not any(self.orders[0]):
            return math.log2(float(self.told))
        return square * t * t + line * t + log * math.log2(t)


_STILL: Order = (0, 0, 0, 0, 0)


def _still(size: int) -> Speed:
    return Speed(str(size), (_STILL, _STILL, _STILL))


def _power_of_x(told: str, power: int) -> Speed:
    return Speed(told, ((0, power, 0, 0, 0), (0, 0, 1, 0, 0), (0, 0, 0, 1, 0)))


SPEEDS = (
    _still(2),
    Speed("log x", ((0, 0, 1, 0, 0), (0, 0, 0, 1, 0), (0, 0, 0, 0, 1))),
    _power_of_x("x", 1),
    _power_of_x("x²", 2),
    _power_of_x("x³", 3),
    _power_of_x("x⁴", 4),
    Speed("x^(log x)", ((1, 0, 0, 0, 0), (0, 0, 2, 0, 0), (0, 0, 0, 1, 0))),
)
_FEWER = {
    4: (0, 1, 2, 3, 5),
    5: (0, 2, 3, 5),
    6: (0, 2, 3),
    7: (0, 2),
    8: (0, 2),
}  # of so many sizes
Path = Mapping[str, Speed]


def told(path: Path) -> str:
    """A path in words: d = x, n = x², x → ∞."""
    return ", ".join(f"{name} = {speed.told}" for name, speed in path.items()) + ", x → ∞"


Scaled = list[
    tuple[tuple[str, int, int], ...]
]  # (size, logarithms, exponent in a common unit) of each term


def _scaled(sums: tuple[Sum, Sum]) -> tuple[Scaled, Scaled]:
    """Exponents as integers: both sums' times one number."""
    unit = math.lcm(*(v.denominator for s in sums for t in s for _, v in t.exponents))
    left, right = (
        [tuple((n, k, int(v * unit)) for (n, k), v in t.exponents) for t in s] for s in sums
    )
    return left, right


def _highest(terms: Scaled, path: Path) -> list[int]:
    """The leading orders of the largest term's logarithm along a path; compared in order."""
    best: list[int] = []
    for term in terms:
        order = [0, 0, 0, 0, 0]
        for name, depth, exponent in term:
            for at, value in enumerate(path[name].orders[depth]):
                if value:
                    order[at] += exponent * value
        best = max(best, order)
    return best


def partings(f: Rate, g: Rate, conditions: Conditions = ()) -> Iterator[Path]:
    """Paths along which f/g goes to infinity: its logarithm's exact leading order is positive."""
    sums = product_of(f.top, g.bottom), product_of(g.top, f.bottom)
    names = sorted({name for s in sums for t in s for name in t.sizes})
    if len(names) > MOST_SIZES:
        raise Unreadable(f"it has over {MOST_SIZES} sizes")
    left, right = _scaled(sums)
    deep = any(k > 1 for terms in (left, right) for term in terms for _, k, _ in term)
    paths = _paths(tuple(names), conditions, 16 if deep else 2)  # log log 2 is 0
    yield from (p for p in paths if _highest(left, p) > _highest(right, p))


@lru_cache(maxsize=128)
def _paths(names: tuple[str, ...], conditions: Conditions, least: int) -> tuple[Path, ...]:
    """The simplest first; a size under a condition is of lower order, or both are constant."""
    chosen = _FEWER.get(len(names), range(len(SPEEDS)))
    every = sorted(product(chosen, repeat=len(names)), key=_plainness)
    allowed = (at for at in every if _allowed(names, at, conditions))
    return tuple(_made(names, at, conditions, least) for at in allowed)


def _plainness(at: tuple[int, ...]) -> tuple[int, ...]:
    """x before x², that before log x and the rest."""
    return (sum((0, 3, 1, 2, 4, 5, 6)[which] for which in at), *at)


def _allowed(names: tuple[str, ...], at: tuple[int, ...], conditions: Conditions) -> bool:
    place = dict(zip(names, at, strict=True))
    inside = [(place[a], place[b]) for a, b in conditions if a in place and b in place]
    return all(a < b or a == b == 0 for a, b in inside)


def _made(names: tuple[str, ...], at: tuple[int, ...], conditions: Conditions, least: int) -> Path:
    """Constants are `least`, or larger where a condition wants them to be."""
    constant = {name: least for name, which in zip(names, at, strict=True) if not which}
    for _ in constant:
        for small, large in conditions:
            if small in constant and large in constant:
                constant[large] = max(constant[large], constant[small] + 1)
    return {
        name: SPEEDS[which] if which else _still(constant[name])
        for name, which in zip(names, at, strict=True)
    }


def logarithm(node: Node, sizes: Mapping[str, float]) -> float:
    """log₂ of a formula where log₂ of its sizes are these. Raises ValueError where it is ≤ 0."""
    if node.op == "num":
        return _log2(float(node.of))
    if node.op == "sym":
        return sizes[node.of]
    if node.op == "add":
        return _logarithm_of_sum(node, sizes)
    if node.op == "pow":
        return _logarithm_of_power(node, sizes)
    parts = [logarithm(child, sizes) for child in node.args]
    if node.op == "mul":
        return sum(parts)
    if node.op == "div":
        return parts[0] - parts[1]
    if node.op == "call" and node.of == "sqrt":
        return parts[0] / 2
    if node.op == "call" and node.of in ("log", "log2"):
        return _log2(parts[0])
    raise ValueError(f"{shown(node)} has no size")


def _log2(x: float) -> float:
    if x <= 0:
        raise ValueError("the logarithm of what is not positive")
    return math.log2(x)


def _logarithm_of_power(node: Node, sizes: Mapping[str, float]) -> float:
    base, exponent = node.args
    if (number := constant(exponent)) is not None:
        return logarithm(base, sizes) * float(number)
    return logarithm(base, sizes) * math.pow(2.0, logarithm(exponent, sizes))


def _logarithm_of_sum(node: Node, sizes: Mapping[str, float]) -> float:
    split = [unsigned(t) for t in node.args if not (t.op == "num" and not t.of)]
    parts = [(-1 if minus else 1, logarithm(t, sizes)) for minus, t in split]
    most = max(part for _, part in parts)
    return most + _log2(sum(sign * 2.0 ** (part - most) for sign, part in parts))


def gap(
    f: Node, g: Node, path: Path, known: Mapping[str, str] | None = None
) -> tuple[float, float]:
    """log₂ of f/g at two places of a path, x = 2^1024 and x = 2^65536, computed from the formulas
    themselves.

    Raises ValueError where one of them is not positive there.
    """
    out = []
    for t in (2.0**10, 2.0**16):
        sizes = {name: speed.at(t) for name, speed in path.items()}
        for whole, size in (known or {}).items():
            if size in sizes:
                sizes[whole] = math.log2(sizes[size])
        out.append(logarithm(f, sizes) - logarithm(g, sizes))
    return out[0], out[1]
