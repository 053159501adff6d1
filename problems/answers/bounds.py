"""Degree and height of a tree, for the chance that a random point hides a difference (theorem 1 of
the notes on deciding).

For each tree: the degree of its numerator in the random entries, that of its common
denominator, and log₂ of the sum of the absolute values of the numerator's integer coefficients;
upper bounds all three.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass
from fractions import Fraction

from ..formulas.instance import Evaluation, family_counted, whole_number
from ..formulas.shape import NUMBER, shape
from ..formulas.tree import Node, Unreadable
from ..formulas.walk import Bound, walk
from .prime import BITS

Size = tuple[int, int, int]  # degree of the numerator, of the denominator, height
MOST_DEGREE, MOST_HEIGHT = 1 << 24, 1 << 40


@dataclass(frozen=True)
class Bounds:
    """The algebra of degrees and heights at one assignment of the integers."""

    e: Evaluation

    @property
    def rules(self) -> Mapping[str, Callable[[Bounds, Node, Bound], Size]]:
        return _RULES

    def kept(self, node: Node, bound: Bound) -> MutableMapping[Node, Size] | None:
        return None

    @property
    def largest(self) -> int:
        return max(self.e.instance.sizes.values(), default=1)


def chance_of_error(answer: Node, key: Node, e: Evaluation) -> float:
    """The chance that two different trees agree at this random point. Unreadable where the bound
    is not small.
    """
    (a, b, height), (c, d, more) = (walk(node, Bounds(e)) for node in (answer, key))
    degree, height = max(a + d, b + c), height + more + 2
    if degree > MOST_DEGREE or height > MOST_HEIGHT:
        raise Unreadable("its degree is over the bound")
    return 2.0 * degree / 2.0 ** (BITS - 1) + height / 2.0**117


def _sym(s: Bounds, node: Node, bound: Bound) -> Size:
    known = bound.get(node.of, s.e.integers.get(node.of, s.e.instance.sizes.get(node.of)))
    if known is not None:
        return 0, 0, abs(known).bit_length()
    symbol = s.e.instance.table.symbols.get(node.of)
    if symbol is not None and symbol.properties & {"orthogonal", "orthonormal"}:
        n = max(s.e.instance.size(symbol.rows), s.e.instance.size(symbol.columns))
        return n, n, n * n
    return 2, 0, 0  # ±t² where it stands under a root


def _add(s: Bounds, node: Node, bound: Bound) -> Size:
    parts = [walk(x, s, bound) for x in node.args]
    below = sum(d for _, d, _ in parts)
    height = sum(h for *_, h in parts) if below else max(h for *_, h in parts)
    return max(x + below - d for x, d, _ in parts), below, height + len(parts)


def _mul(s: Bounds, node: Node, bound: Bound) -> Size:
    parts = [walk(x, s, bound) for x in node.args]
    height = sum(h for *_, h in parts) + len(parts) * s.largest.bit_length()
    return sum(x for x, *_ in parts), sum(d for _, d, _ in parts), height


def _div(s: Bounds, node: Node, bound: Bound) -> Size:
    (a, c, g), (d, e, h) = (walk(x, s, bound) for x in node.args)
    return a + e, c + d, g + h


def _pow(s: Bounds, node: Node, bound: Bound) -> Size:
    base, exponent = node.args
    x, d, h = walk(base, s, bound)
    to = exponent.of if exponent.op == "num" else Fraction(whole_number(exponent, s.e, bound))
    sizes = shape(base, s.e.instance.table)
    n = 1 if sizes in (None, NUMBER) or sizes is None else s.e.instance.size(sizes[0])
    if to < 0:
        x, d, h = d + (n - 1) * x, n * x, (n + 1) * h + n * n
    times = math.ceil(abs(to))
    return x * times, d * times, times * (h + n.bit_length())


def _norm(s: Bounds, node: Node, bound: Bound) -> Size:
    x, d, h = walk(node.args[0], s, bound)
    return 2 * x, 2 * d, 2 * h + s.largest.bit_length()


def _sum(s: Bounds, node: Node, bound: Bound) -> Size:
    body, low, high = node.args
    ends = s.e.tied() if family_counted(body, node.of) else s.e
    first, last = (whole_number(x, ends, bound) for x in (low, high))
    x, d, h = (
        max(pair)
        for pair in zip(
            *(walk(body, s, {**bound, node.of: at}) for at in (first, last)), strict=True
        )
    )
    terms = max(last - first + 1, 1)
    return x + (terms - 1) * d, terms * d, (terms * h if d else h) + terms.bit_length()


def _entries(s: Bounds, node: Node, bound: Bound) -> Size:
    inner = {**bound, node.of: 1} if node.op == "diag" and node.of else bound
    parts = [walk(x, s, inner) for x in node.args]
    below = sum(d for _, d, _ in parts)
    return max(x for x, *_ in parts) + below, below, sum(h for *_, h in parts) + 4


def _call(s: Bounds, node: Node, bound: Bound) -> Size:
    if node.of == "binom":
        return 0, 0, abs(whole_number(node.args[0], s.e, bound)) + 1
    if node.of == "tr":
        x, d, h = walk(node.args[0], s, bound)
        return x, d, h + s.largest.bit_length()
    return _entries(s, node, bound)


_RULES: dict[str, Callable[[Bounds, Node, Bound], Size]] = {
    "num": lambda s, node, b: (
        0,
        0,
        max(abs(node.of.numerator).bit_length(), node.of.denominator.bit_length()),
    ),
    "sym": _sym,
    "elem": lambda s, node, b: (2, 0, 0),
    "ident": lambda s, node, b: (0, 0, 1),
    "add": _add,
    "mul": _mul,
    "div": _div,
    "pow": _pow,
    "transpose": lambda s, node, b: walk(node.args[0], s, b),
    "norm": _norm,
    "abs": lambda s, node, b: walk(node.args[0], s, b),
    "sum": _sum,
    "diag": _entries,
    "grid": _entries,
    "call": _call,
}
