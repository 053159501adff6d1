"""How many consecutive values of the integer symbols decide an equality: the order of a recurrence
that both sides obey.

Theorem 2 of the notes on deciding: a sequence u(n) = Σ κᵢⁿ·(polynomial of degree ≤ gᵢ) obeys
∏(E − κᵢ)^(gᵢ+1) u = 0, whose leading coefficient is 1, so r = Σ(gᵢ + 1) consecutive zeros make
all later values zero. Here the κ and g of a tree's numerator and denominator are found: κ are
values modulo the prime times powers of letters for the eigenvalues of matrices that are raised.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from ..formulas.instance import Evaluation, Instance, family_counted, whole_number
from ..formulas.shape import NUMBER, shape
from ..formulas.tree import ONE, Node, div, mul
from ..formulas.values import Scaled, plain
from ..formulas.walk import Unsupported, walk
from ..formulas.write import shown

Base = tuple[
    int, tuple[tuple[Any, int], ...]
]  # a value modulo the prime, and powers of eigenvalue letters
UNIT: Base = (1, ())
Terms = dict[tuple[Base, ...], tuple[int, ...]]  # a base and a degree for each integer
Linear = tuple[dict[str, Fraction], Fraction]  # coefficients of the integers, and a constant
Tag = tuple[Any, ...]  # which denominator: equal tags mean equal denominators
Ratio = tuple[Terms, Terms, Tag]
MOST_TERMS, MOST_POWER, MOST_UNROLLED, MOST_CUT = 600, 12, 64, 32


def _multiplied(a: Base, b: Base, p: int) -> Base:
    if a == UNIT:
        return b
    if b == UNIT:
        return a
    letters = dict(a[1])
    for letter, exponent in b[1]:
        letters[letter] = letters.get(letter, 0) + exponent
    return (a[0] * b[0] % p, tuple(sorted(((k, e) for k, e in letters.items() if e), key=repr)))


def _raised(a: Base, exponent: int, p: int) -> Base:
    if exponent == 1:
        return a
    if a[0] == 0 and exponent < 0:
        raise Unsupported("0 to a negative power")
    return (pow(a[0], exponent, p), tuple((k, e * exponent) for k, e in a[1]) if exponent else ())


@dataclass(frozen=True)
class Orders:
    """The exponential terms of trees at one instance, as functions of the integers named, the
    others pinned to values.
    """

    instance: Instance
    start: Mapping[str, int]  # where an evaluation is tried: an index of a sum has none
    integers: tuple[str, ...]
    pinned: Mapping[str, int] = field(default_factory=dict)
    conditions: list[Linear] = field(default_factory=list)  # each ≥ 0 where the terms hold

    @property
    def prime(self) -> int:
        return self.instance.modulus

    @property
    def one(self) -> Terms:
        return {(UNIT,) * len(self.integers): (0,) * len(self.integers)}

    def free(self, node: Node) -> bool:
        """Whether a tree does not depend on the integers."""
        return node.names.isdisjoint(set(self.integers) - set(self.pinned))

    def evaluation(self) -> Evaluation:
        return Evaluation(self.instance, self.start)

    def value(self, node: Node) -> Any:
        return plain(walk(node, self.evaluation(), dict(self.pinned)))

    def whole(self, node: Node) -> int:
        return whole_number(node, self.evaluation(), dict(self.pinned))

    # ---- the arithmetic of terms

    def plus(self, a: Terms, b: Terms) -> Terms:
        out = dict(a)
        for base, degree in b.items():
            out[base] = tuple(map(max, out[base], degree)) if base in out else degree
        return _bounded(out)

    def times(self, a: Terms, b: Terms) -> Terms:
        if len(a) * len(b) > 4 * MOST_TERMS:
            raise Unsupported("its order is too large")
        out: Terms = {}
        for base, degree in a.items():
            for other, more in b.items():
                key = tuple(_multiplied(x, y, self.prime) for x, y in zip(base, other, strict=True))
                sums = tuple(x + y for x, y in zip(degree, more, strict=True))
                out[key] = tuple(map(max, out[key], sums)) if key in out else sums
        return _bounded(out)

    def power(self, a: Terms, exponent: int) -> Terms:
        if exponent > MOST_POWER:
            raise Unsupported("its order is too large")
        out = self.one
        for _ in range(exponent):
            out = self.times(out, a)
        return out

    def geometric(self, bases: Iterable[Base], exponent: Mapping[str, Fraction]) -> Terms:
        """κ^(linear) for each κ."""
        out: Terms = {}
        for base in bases:
            key = tuple(_raised(base, int(exponent.get(v, 0)), self.prime) for v in self.integers)
            out = self.plus(out, {key: (0,) * len(self.integers)})
        return out

    def polynomial(self, degree: int, of: Iterable[str]) -> Terms:
        names = set(of)
        return {
            (UNIT,) * len(self.integers): tuple(degree if v in names else 0 for v in self.integers)
        }

    # ---- linear forms in the integers

    def linear(self, node: Node) -> Linear:
        """A linear form with rational coefficients. Raises Unsupported."""
        if node.op == "num":
            return {}, node.of
        if node.op == "sym":
            if node.of in self.pinned:
                return {}, Fraction(self.pinned[node.of])
            if node.of in self.integers:
                return {node.of: Fraction(1)}, Fraction(0)
            return {}, Fraction(self.whole(node))
        parts = [self.linear(child) for child in node.args]
        if node.op == "add":
            return _added(parts)
        if node.op in ("mul", "div", "pow"):
            return _combined(node, parts)
        raise Unsupported(f"{shown(node)} is not linear in the integers")

    # ---- the terms of a tree

    def of(self, node: Node) -> Ratio:
        """Numerator, denominator, and which denominator it is. Raises Unsupported,
        ZeroDivisionError, Unreadable.
        """
        if self.free(node):
            return self.one, self.one, ()
        rule = _RULES.get(node.op)
        if rule is None:
            raise Unsupported(f"{shown(node)} as a function of an integer")
        return rule(self, node)

    def tag(self, node: Node) -> Tag:
        return ((node, tuple(sorted(self.pinned.items()))),)

    def total(self, parts: Iterable[Ratio]) -> Ratio:
        """The sum of fractions; equal denominators stay one."""
        (top, bottom, tag), *rest = parts
        for a, b, c in rest:
            if c == tag:
                top = self.plus(top, a)
            elif not c:
                top = self.plus(top, self.times(a, bottom))
            elif not tag:
                top, bottom, tag = self.plus(self.times(top, b), a), b, c
            else:
                top = self.plus(self.times(top, b), self.times(a, bottom))
                bottom, tag = self.times(bottom, b), _joined(tag, c)
        return top, bottom, tag


def order(terms: Terms, at: int) -> int:
    """The order in one of the integers, whatever the others are."""
    degrees: dict[Base, int] = {}
    for base, degree in terms.items():
        degrees[base[at]] = max(degrees.get(base[at], 0), degree[at])
    return sum(degree + 1 for degree in degrees.values())


def _bounded(terms: Terms) -> Terms:
    if len(terms) > MOST_TERMS:
        raise Unsupported("its order is too large")
    return terms


def _joined(a: Tag, b: Tag) -> Tag:
    return tuple(sorted((*a, *b), key=repr))


def _added(parts: list[Linear]) -> Linear:
    out: dict[str, Fraction] = {}
    for coefficients, _ in parts:
        for name, value in coefficients.items():
            out[name] = out.get(name, Fraction(0)) + value
    return {n: v for n, v in out.items() if v}, sum((c for _, c in parts), Fraction(0))


def _combined(node: Node, parts: list[Linear]) -> Linear:
    """A product, a quotient or a power of linear forms, where it is one."""
    if node.op == "mul":
        out: Linear = ({}, Fraction(1))
        for coefficients, constant in parts:
            if coefficients and out[0]:
                raise Unsupported(f"{shown(node)} is not linear in the integers")
            varying, by = ((coefficients, constant), out[1]) if coefficients else (out, constant)
            out = ({n: v * by for n, v in varying[0].items() if v * by}, varying[1] * by)
        return out
    (coefficients, constant), (others, second) = parts
    if node.op == "div" and not others and second:
        return {n: v / second for n, v in coefficients.items()}, constant / second
    if (
        node.op == "pow"
        and not coefficients
        and not others
        and second.denominator == 1
        and abs(second) < MOST_UNROLLED
    ):
        return {}, constant ** int(second)
    raise Unsupported(f"{shown(node)} is not linear in the integers")


def _symbol(o: Orders, node: Node) -> Ratio:
    return o.polynomial(1, (node.of,)), o.one, ()


def _product(o: Orders, node: Node) -> Ratio:
    top = bottom = o.one
    tag: Tag = ()
    for factor in node.args:
        a, b, c = o.of(factor)
        top, bottom, tag = o.times(top, a), o.times(bottom, b), _joined(tag, c)
    return top, bottom, tag


def _quotient(o: Orders, node: Node) -> Ratio:
    top, bottom, tag = o.of(node.args[0])
    if o.free(node.args[1]):
        return top, bottom, tag
    a, b, _ = o.of(node.args[1])
    return o.times(top, b), o.times(bottom, a), _joined(tag, o.tag(node.args[1]))


def _power(o: Orders, node: Node) -> Ratio:
    base, exponent = node.args
    if o.free(exponent):
        return _fixed_power(o, node)
    if not o.free(base):
        raise Unsupported(f"{shown(node)}: base and exponent both vary")
    coefficients, _ = o.linear(exponent)
    if any(v.denominator > 1 for v in coefficients.values()):
        raise Unsupported(f"{shown(node)}: its exponent is no whole multiple")
    return o.geometric(_bases(o.value(base)), coefficients), o.one, ()


def _bases(value: Any) -> list[Base]:
    """The numbers whose powers the powers of a value are made of."""
    if isinstance(value, Scaled):
        value = value.by
    if not isinstance(value, tuple):
        return [(value, ())]
    size = range(len(value))
    if all(value[i][j] == 0 for i in size for j in size if i != j):
        return [(value[i][i], ()) for i in size]
    name = hash(value)
    return [(1, (((name, i), 1),)) for i in size]


def _fixed_power(o: Orders, node: Node) -> Ratio:
    """A power whose exponent is one number; a negative one of a matrix is its adjugate over its
    determinant.
    """
    base, exponent = node.args
    to = exponent.of if exponent.op == "num" else Fraction(o.whole(exponent))
    if to.denominator > 1:
        raise Unsupported("a root of what depends on an integer")
    whole = int(to)
    top, bottom, tag = o.of(base)
    if whole >= 0:
        return o.power(top, whole), o.power(bottom, whole), tag * whole
    sizes = shape(base, o.instance.table)
    if sizes == NUMBER:
        return o.power(bottom, -whole), o.power(top, -whole), o.tag(node)
    size = 1 if sizes is None else o.instance.size(sizes[0])
    adjugate, determinant = o.times(o.power(top, size - 1), bottom), o.power(top, size)
    return o.power(adjugate, -whole), o.power(determinant, -whole), o.tag(node)


def _call(o: Orders, node: Node) -> Ratio:
    if node.of == "tr":
        return o.of(node.args[0])
    if node.of != "binom":
        raise Unsupported(f"{shown(node)} as a function of an integer")
    (top, above), (bottom, below) = (o.linear(x) for x in node.args)
    if bottom and bottom != top:
        raise Unsupported("a binomial in which both entries vary")
    chosen = below if not bottom else above - below
    if chosen.denominator > 1:
        raise Unsupported("a binomial of what is not whole")
    o.conditions.append((top, above))
    if chosen < 0:
        return o.one, o.one, ()
    return o.polynomial(int(chosen), top), o.one, ()


def _sum(o: Orders, node: Node) -> Ratio:
    body, low, high = node.args
    if family_counted(body, node.of):
        tied = Evaluation(o.instance, o.start).tied()
        ends = [whole_number(x, tied, dict(o.pinned)) for x in (low, high)]
        return _unrolled(o, node, *ends)
    (slopes_low, at_low), (slopes_high, at_high) = o.linear(low), o.linear(high)
    if any(
        x.denominator > 1 for x in (*slopes_low.values(), *slopes_high.values(), at_low, at_high)
    ):
        raise Unsupported("a bound of a sum is not whole")
    if not slopes_low and not slopes_high:
        return _unrolled(o, node, int(at_low), int(at_high))
    return _Summed(o, node, (slopes_low, at_low), (slopes_high, at_high)).terms()


def _unrolled(o: Orders, node: Node, low: int, high: int) -> Ratio:
    if high - low > MOST_UNROLLED:
        raise Unsupported("a long sum")
    parts = []
    for at in range(low, high + 1):
        inner = Orders(o.instance, o.start, o.integers, {**o.pinned, node.of: at}, o.conditions)
        parts.append(inner.of(node.args[0]))
    return o.total(parts) if parts else (o.one, o.one, ())


@dataclass(frozen=True)
class _Summed:
    """Σ_{j=low}^{high} of exponential terms in j, the bounds linear in the integers."""

    o: Orders
    node: Node
    low: Linear
    high: Linear

    def terms(self) -> Ratio:
        o = self.o
        inner = Orders(o.instance, o.start, (*o.integers, self.node.of), o.pinned, o.conditions)
        known = len(o.conditions)
        binomial, body = self.binomial(inner)
        top, bottom, tag = inner.of(body)
        o.conditions[known:] = [self.over_the_range(c) for c in o.conditions[known:]]
        if (
            tag
            or any(base != UNIT for key in bottom for base in key)
            or any(map(any, bottom.values()))
        ):
            raise Unsupported("a sum of fractions of its index")
        gap = _added([self.high, ({n: -v for n, v in self.low[0].items()}, -self.low[1])])
        o.conditions.append((gap[0], gap[1] + 1))
        out: Terms = {}
        for key, degree in top.items():
            if key[-1][0] == 0:
                raise Unsupported("a power of zero in a sum")
            of_index = (key[-1], degree[-1])
            rest: Terms = {key[:-1]: degree[:-1]}
            ends = self.binomial_ends(binomial, of_index) if binomial else self.plain_ends(of_index)
            for more in ends:
                out = o.plus(out, o.times(rest, more))
        return out, o.one, ()

    def over_the_range(self, condition: Linear) -> Linear:
        """A condition on the index, at that end of its range where it is hardest."""
        slopes, constant = condition
        slope = slopes.get(self.node.of, Fraction(0))
        if not slope:
            return condition
        rest = {n: v for n, v in slopes.items() if n != self.node.of}
        ends, at = self.low if slope > 0 else self.high
        return _added([(rest, constant), ({n: slope * v for n, v in ends.items()}, slope * at)])

    def binomial(self, inner: Orders) -> tuple[Linear | None, Node]:
        """A factor binom(T, j) with T free of j, alone or over a number, and the rest."""
        body = self.node.args[0]
        factors = list(body.args) if body.op == "mul" else [body]
        for at, factor in enumerate(factors):
            call = factor.args[0] if factor.op == "div" else factor
            if call.op != "call" or call.of != "binom" or call.args[1].of != self.node.of:
                continue
            if call.args[1].op != "sym" or self.node.of in call.args[0].names:
                continue
            below = [div(ONE, factor.args[1])] if factor.op == "div" else []
            rest = [*factors[:at], *below, *factors[at + 1 :]]
            return inner.linear(call.args[0]), mul(*rest) if rest else ONE
        return None, body

    def plain_ends(self, of_index: tuple[Base, int]) -> Iterable[Terms]:
        """F(high + 1) − F(low), F(x) = κ^x·(polynomial of degree g), of g + 1 where κ = 1."""
        base, degree = of_index
        reached = degree + (base == UNIT)
        for slopes, _ in (self.high, self.low):
            if any(v < 0 for v in slopes.values()) and base[0] == 0:
                raise Unsupported("a power of zero in a sum")
            yield self.o.times(self.o.geometric([base], slopes), self.o.polynomial(reached, slopes))

    def binomial_ends(self, binomial: Linear, of_index: tuple[Base, int]) -> Iterable[Terms]:
        """Σ_{j=c}^{T−c′} binom(T, j) κ^j j^g: the whole sum, less the c first and the c′ last
        terms.
        """
        (slopes, constant), (base, degree), o = binomial, of_index, self.o
        cut_low, cut_high = self.low[1], constant - self.high[1]
        if (
            self.low[0]
            or cut_low < 0
            or self.high[0] != slopes
            or not -1 < cut_high <= MOST_CUT
            or cut_low > MOST_CUT
        ):
            raise Unsupported("a part of a binomial sum")
        o.conditions.append((slopes, constant - cut_low - cut_high + 1))
        whole = ((1 + base[0]) % o.prime, ()) if not base[1] else (1, ((("1 +", base), 1),))
        yield o.times(o.geometric([whole], slopes), o.polynomial(degree, slopes))
        if cut_low:
            yield o.polynomial(int(cut_low) - 1, slopes)
        if cut_high:
            last = int(degree + cut_high) - 1
            yield o.times(o.geometric([base], slopes), o.polynomial(last, slopes))


_RULES: dict[str, Callable[[Orders, Node], Ratio]] = {
    "sym": _symbol,
    "add": lambda o, node: o.total(o.of(x) for x in node.args),
    "grid": lambda o, node: o.total(o.of(x) for x in node.args),
    "diag": lambda o, node: _along(o, node),  # noqa: PLW0108 — it is defined further down
    "mul": _product,
    "div": _quotient,
    "pow": _power,
    "transpose": lambda o, node: o.of(node.args[0]),
    "sum": _sum,
    "call": _call,
}


def _along(o: Orders, node: Node) -> Ratio:
    if not node.of:
        return o.total(o.of(x) for x in node.args)
    count = len(o.instance.family(family_counted(node.args[0], node.of)))
    return _unrolled(o, node, 1, count)


def start_of(conditions: Iterable[Linear], least: Mapping[str, int]) -> dict[str, int]:
    """From where on every condition holds in each integer, the others at their least values.

    Raises Unsupported where a condition gets worse as an integer grows.
    """
    out = dict(least)
    for slopes, constant in conditions:
        if any(v < 0 for v in slopes.values()):
            raise Unsupported("a bound falls as an integer grows")
        for name, slope in slopes.items():
            if name not in least:
                raise Unsupported("a bound of a sum depends on the index of another")
            others = sum((v * least[n] for n, v in slopes.items() if n != name), Fraction(0))
            out[name] = max(out[name], math.ceil(-(constant + others) / slope))
    return out
