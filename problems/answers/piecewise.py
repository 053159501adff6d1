"""Formulas in one variable, piece by piece quotients of polynomials: where they are positive,
negative or zero, exactly.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from ..formulas import sets
from ..formulas.sets import LINE, NOTHING, RealSet
from ..formulas.tree import Node, Unreadable
from ..formulas.write import shown

MOST_DEGREE = 8
MOST_PIECES = 16
MOST_BITS = 4_096  # of a number
Polynomial = tuple[Fraction, ...]  # coefficients, the constant first; the last is not 0


def _polynomial(coefficients: list[Fraction]) -> Polynomial:
    out = list(coefficients)
    while out and not out[-1]:
        out.pop()
    if len(out) > MOST_DEGREE + 1:
        raise Unreadable(f"it is of degree over {MOST_DEGREE}")
    if any(max(c.numerator.bit_length(), c.denominator.bit_length()) > MOST_BITS for c in out):
        raise Unreadable("its numbers are over every bound")
    return tuple(out)


def _plus(a: Polynomial, b: Polynomial) -> Polynomial:
    width = max(len(a), len(b))
    padded = [[*p, *[Fraction(0)] * (width - len(p))] for p in (a, b)]
    return _polynomial([x + y for x, y in zip(*padded, strict=True)])


def _times(a: Polynomial, b: Polynomial) -> Polynomial:
    if not a or not b:
        return ()
    out = [Fraction(0)] * (len(a) + len(b) - 1)
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            out[i + j] += x * y
    return _polynomial(out)


def _at(p: Polynomial, x: Fraction) -> Fraction:
    out = Fraction(0)
    for coefficient in reversed(p):
        out = out * x + coefficient
    return out


def roots(p: Polynomial) -> tuple[Fraction, ...]:
    """All real roots of a polynomial that is not 0. Raises Unreadable for irrational ones."""
    found: set[Fraction] = set()
    while len(p) > 3:
        root = _rational_root(p)
        if root is None:
            raise Unreadable("an inequality of this degree is not solved")
        found.add(root)
        p = _divided(p, root)
    if len(p) == 2:
        found.add(-p[0] / p[1])
    if len(p) == 3:
        c, b, a = p
        square = b * b - 4 * a * c
        if square >= 0:
            root = rational_root(square)
            if root is None:
                raise Unreadable("an end of it is irrational")
            found |= {(-b - root) / (2 * a), (-b + root) / (2 * a)}
    return tuple(sorted(found))


def rational_root(x: Fraction) -> Fraction | None:
    """√x for x ≥ 0, if that is rational."""
    top, bottom = math.isqrt(x.numerator), math.isqrt(x.denominator)
    exact = top * top == x.numerator and bottom * bottom == x.denominator
    return Fraction(top, bottom) if exact else None


def _rational_root(p: Polynomial) -> Fraction | None:
    """A rational root with a numerator and a denominator of at most 100."""
    if not p[0]:
        return Fraction(0)
    scale = math.lcm(*(c.denominator for c in p))
    last, first = abs(int(p[0] * scale)), abs(int(p[-1] * scale))
    tops = [k for k in range(1, 101) if not last % k]
    bottoms = [k for k in range(1, 101) if not first % k]
    tried = (Fraction(s * a, b) for a in tops for b in bottoms for s in (1, -1))
    return next((x for x in tried if not _at(p, x)), None)


def _divided(p: Polynomial, root: Fraction) -> Polynomial:
    out, carry = [], Fraction(0)
    for coefficient in reversed(p):
        carry = carry * root + coefficient
        out.append(carry)
    return tuple(reversed(out[:-1]))


@dataclass(frozen=True, slots=True)
class Pieces:
    """(domain, numerator, denominator) on sets that do not meet; undefined outside of them."""

    parts: tuple[tuple[RealSet, Polynomial, Polynomial], ...]

    @property
    def domain(self) -> RealSet:
        """Where it is defined."""
        out = NOTHING
        for where, _, bottom in self.parts:
            out = out | (where - sets.points(roots(bottom)))
        return out

    @property
    def is_constant(self) -> bool:
        return len(self.parts) == 1 and len(self.parts[0][1]) <= 1 == len(self.parts[0][2])

    def constant(self, at: int | None) -> Fraction:
        """Its value, where that is one number. Raises Unreadable, ZeroDivisionError."""
        if not self.is_constant:
            raise Unreadable("a number was expected", at)
        ((_, top, bottom),) = self.parts
        return (top[0] if top else Fraction(0)) / bottom[0]

    def __sub__(self, other: Pieces | Fraction) -> Pieces:
        right = other if isinstance(other, Pieces) else _constant(Fraction(other))
        return _sum(self, _product(right, _constant(Fraction(-1))))


def _pieces(parts: list[tuple[RealSet, Polynomial, Polynomial]]) -> Pieces:
    kept = tuple(part for part in parts if part[0])
    if len(kept) > MOST_PIECES:
        raise Unreadable(f"it falls into over {MOST_PIECES} pieces")
    if not kept:
        raise Unreadable("it is defined nowhere")
    return Pieces(kept)


def _constant(value: Fraction) -> Pieces:
    return Pieces(((LINE, _polynomial([value]), (Fraction(1),)),))


def _combined(a: Pieces, b: Pieces, by: Callable[..., tuple[Polynomial, Polynomial]]) -> Pieces:
    out = []
    for where, p, q in a.parts:
        for there, r, s in b.parts:
            if both := where & there:
                out.append((both, *by(p, q, r, s)))
    return _pieces(out)


def _sum(a: Pieces, b: Pieces) -> Pieces:
    return _combined(
        a,
        b,
        lambda p, q, r, s: (
            (_plus(_times(p, s), _times(r, q)), _times(q, s)) if q != s else (_plus(p, r), q)
        ),
    )


def _product(a: Pieces, b: Pieces) -> Pieces:
    return _combined(a, b, lambda p, q, r, s: (_times(p, r), _times(q, s)))


def _inverse(a: Pieces) -> Pieces:
    """1/a; where a is 0 it is undefined, as where a is."""
    out = []
    for where, p, q in a.parts:
        if not p:
            continue
        out.append((where - sets.points(roots(q)), q, p))
    if not out:
        raise Unreadable("it divides by zero")
    return _pieces(out)


def _absolute(a: Pieces) -> Pieces:
    out = []
    for where, p, q in a.parts:
        one = Pieces(((where, p, q),))
        out.append((where_sign(one, ">="), p, q))
        out.append((where_sign(one, "<"), _times((Fraction(-1),), p), q))
    return _pieces(out)


def _power(a: Pieces, exponent: int) -> Pieces:
    if abs(exponent) > 1_000:
        raise Unreadable("a power is over the bound of 1,000")
    if exponent < 0:
        return _power(_inverse(a), -exponent)
    out = _constant(Fraction(1))
    for _ in range(exponent):
        out = _product(out, a)
    return out


def piecewise(node: Node) -> Pieces:
    """A formula in at most one variable. Raises Unreadable where it is none of that kind."""
    rule = _RULES.get(node.op)
    if rule is None:
        raise Unreadable(f"{shown(node)} is not read in a set of numbers", node.at)
    return rule(node)


def _pow(node: Node) -> Pieces:
    base, exponent = node.args
    if base.op == "pow" and exponent.op == "num" and exponent.of == Fraction(1, 2):
        return _root(base, node)
    power = piecewise(exponent).constant(node.at)
    if power == Fraction(1, 2):
        return _root(base, node)
    if power.denominator != 1:
        raise Unreadable(f"{shown(node)} is not read in a set of numbers", node.at)
    return _power(piecewise(base), int(power))


def _root(inner: Node, node: Node) -> Pieces:
    """√(e²) is |e|; else the root of a number that is a square."""
    if inner.op == "pow" and inner.args[1].op == "num" and inner.args[1].of == 2:
        return _absolute(piecewise(inner.args[0]))
    found = piecewise(inner)
    value = found.constant(node.at)
    root = rational_root(value) if value >= 0 else None
    if root is None:
        raise Unreadable(f"{shown(node)} is irrational or undefined", node.at)
    return _constant(root)


def _call(node: Node) -> Pieces:
    if node.of == "sqrt":
        return _root(node.args[0], node)
    raise Unreadable(f"{node.of} is not read in a set of numbers", node.at)


def _folded(by: Callable[[Pieces, Pieces], Pieces]) -> Callable[[Node], Pieces]:
    def rule(node: Node) -> Pieces:
        out = piecewise(node.args[0])
        for child in node.args[1:]:
            out = by(out, piecewise(child))
        return out

    return rule


_RULES: dict[str, Callable[[Node], Pieces]] = {
    "num": lambda node: _constant(node.of),
    "sym": lambda node: Pieces(((LINE, (Fraction(0), Fraction(1)), (Fraction(1),)),)),
    "elem": lambda node: piecewise(Node("sym", (), node.of)),
    "add": _folded(_sum),
    "mul": _folded(_product),
    "div": _folded(lambda a, b: _product(a, _inverse(b))),
    "pow": _pow,
    "abs": lambda node: _absolute(piecewise(node.args[0])),
    "call": _call,
}


def where_sign(form: Pieces, relation: str) -> RealSet:
    """Where form ⋈ 0, for ⋈ one of < <= > >= = !=."""
    out = NOTHING
    for where, top, bottom in form.parts:
        if len(top) == 2 and len(bottom) == 1:
            out = out | (where & _half_line(top, bottom, relation))
            continue
        poles = roots(bottom)
        marks = sorted({*poles, *(roots(top) if top else ())})
        edges: list[Fraction | float] = [-math.inf, *marks, math.inf]
        for low, high in pairwise(edges):
            sign = _sign(top, bottom, _between(low, high))
            if holds(sign, relation):
                out = out | (where & sets.between(low, high, True, True))
        kept = [x for x in marks if x not in poles and holds(0, relation)]
        out = out | (where & sets.points(kept))
    return out


_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "!=": "!="}


def _half_line(top: Polynomial, bottom: Polynomial, relation: str) -> RealSet:
    """Where a line is ⋈ 0: what is asked for most, without the search for marks."""
    root = -top[0] / top[1]
    if (top[1] < 0) != (bottom[0] < 0):
        relation = _FLIPPED[relation]
    if relation in ("=", "!="):
        return sets.points([root]) if relation == "=" else LINE - sets.points([root])
    side = sets.below if relation[0] == "<" else sets.above
    return side(root, len(relation) == 1)


def _between(low: Fraction | float, high: Fraction | float) -> Fraction:
    if sets.infinite(low):
        return Fraction(0) if sets.infinite(high) else Fraction(high) - 1
    return Fraction(low) + 1 if sets.infinite(high) else (Fraction(low) + Fraction(high)) / 2


def _sign(top: Polynomial, bottom: Polynomial, x: Fraction) -> int:
    value = _at(top, x) * _at(bottom, x)
    return (value > 0) - (value < 0)


def holds(sign: int, relation: str) -> bool:
    """Whether a number of this sign is ⋈ 0."""
    return {
        "<": sign < 0,
        "<=": sign <= 0,
        ">": sign > 0,
        ">=": sign >= 0,
        "=": not sign,
        "!=": bool(sign),
    }[relation]
