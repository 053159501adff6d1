"""How formulas in sizes grow: a quotient of sums of terms, proofs that one bounds another, paths along which two part.

A rate is kept up to constant factors and for large sizes: a sum of terms Π v^a (log v)^b (log log v)^c over another such sum.
One engine for the parts and for answers; standard library only.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import product

from .tree import Node, Unreadable
from .write import shown, unsigned

MOST_TERMS = 64
MOST_SIZES = 8
MOST_EXPONENT = 64
Conditions = tuple[tuple[str, str], ...]  # (d, n): d < n
Powers = Mapping[str, Fraction]


@dataclass(frozen=True, slots=True)
class Term:
    """Π v^a (log v)^b (log log v)^c: the exponents by (size, how often the logarithm is taken), none of them 0."""

    exponents: tuple[tuple[tuple[str, int], Fraction], ...] = ()

    @staticmethod
    def of(found: Mapping[tuple[str, int], Fraction]) -> Term:
        kept = tuple(sorted((key, value) for key, value in found.items() if value))
        if any(abs(value) > MOST_EXPONENT for _, value in kept):
            raise Unreadable(f"an exponent is over the bound of {MOST_EXPONENT}")
        return Term(kept)

    def __mul__(self, other: Term) -> Term:
        out = dict(self.exponents)
        for key, value in other.exponents:
            out[key] = out.get(key, Fraction(0)) + value
        return Term.of(out)

    def __pow__(self, exponent: Fraction) -> Term:
        return Term.of({key: value * exponent for key, value in self.exponents})

    @property
    def sizes(self) -> frozenset[str]:
        return frozenset(name for (name, _), _ in self.exponents)


Sum = tuple[Term, ...]
ONE = Term()


@dataclass(frozen=True, slots=True)
class Rate:
    """(Σ top) / (Σ bottom), up to constants."""

    top: Sum
    bottom: Sum = (ONE,)

    def __add__(self, other: Rate) -> Rate:
        if self.bottom == other.bottom:
            return Rate(_sum(self.top + other.top), self.bottom)
        crossed = _product(self.top, other.bottom) + _product(other.top, self.bottom)
        return Rate(_sum(crossed), _product(self.bottom, other.bottom))

    def __mul__(self, other: Rate) -> Rate:
        return Rate(_product(self.top, other.top), _product(self.bottom, other.bottom))

    def __pow__(self, exponent: Fraction) -> Rate:
        """Σᵖ and Σ tᵖ bound each other, for p > 0."""
        top, bottom = (self.top, self.bottom) if exponent >= 0 else (self.bottom, self.top)
        p = abs(exponent)
        return Rate(tuple(t**p for t in top), tuple(t**p for t in bottom)) if p else Rate((ONE,))


def _sum(terms: Sum) -> Sum:
    out = tuple(dict.fromkeys(terms))
    if len(out) > MOST_TERMS:
        raise Unreadable(f"it has over {MOST_TERMS} terms")
    return out


def _product(a: Sum, b: Sum) -> Sum:
    if len(a) * len(b) > 16 * MOST_TERMS:
        raise Unreadable(f"it has over {MOST_TERMS} terms")
    return _sum(tuple(x * y for x in a for y in b))


def rate(node: Node, powers_of_two: Mapping[str, str] | None = None) -> Rate:
    """The rate that a formula in sizes grows like. Raises Unreadable where it is none.

    `powers_of_two` has N: "L" where L = 2^N is known; N is then log L, and 2^N is L.
    """
    return _rate(node, powers_of_two or {})


def _rate(node: Node, known: Mapping[str, str]) -> Rate:
    rule = {"num": _num, "sym": _sym, "add": _add, "mul": _mul, "div": _div, "pow": _pow, "call": _call}
    if node.op not in rule:
        raise Unreadable(f"{shown(node)} is not read in a growth rate", node.at)
    return rule[node.op](node, known)


def _num(node: Node, known: Mapping[str, str]) -> Rate:
    if node.of <= 0:
        raise Unreadable("a growth rate is positive", node.at)
    return Rate((ONE,))


def _sym(node: Node, known: Mapping[str, str]) -> Rate:
    key = (known[node.of], 1) if node.of in known else (node.of, 0)
    return Rate((Term.of({key: Fraction(1)}),))


def _add(node: Node, known: Mapping[str, str]) -> Rate:
    split = [unsigned(term) for term in node.args if not (term.op == "num" and not term.of)]
    parts = [(minus, _rate(term, known)) for minus, term in split]
    plus = [found for minus, found in parts if not minus]
    if not plus:
        raise Unreadable("a growth rate is positive", node.at)
    total = plus[0]
    for found in plus[1:]:
        total += found
    for minus, found in parts:
        if minus and not vanishes(found, total):
            raise Unreadable("a term is taken away that is not smaller than the others", node.at)
    return total


def _mul(node: Node, known: Mapping[str, str]) -> Rate:
    out = Rate((ONE,))
    for factor in node.args:
        out *= _rate(factor, known)
    return out


def _div(node: Node, known: Mapping[str, str]) -> Rate:
    top, bottom = (_rate(x, known) for x in node.args)
    return top * Rate(bottom.bottom, bottom.top)


def _pow(node: Node, known: Mapping[str, str]) -> Rate:
    base, exponent = node.args
    if exponent.op == "num":
        return _rate(base, known) ** exponent.of
    slope = _slope(exponent, known)
    if base.op != "num" or base.of != 2 or slope is None:
        raise Unreadable(f"{shown(node)} is not read in a growth rate", node.at)
    size, times = slope
    return Rate((Term.of({(size, 0): times}),))


def _slope(exponent: Node, known: Mapping[str, str]) -> tuple[str, Fraction] | None:
    """a·N + b as (L, a) where L = 2^N is known."""
    if exponent.op == "sym":
        return (known[exponent.of], Fraction(1)) if exponent.of in known else None
    if exponent.op == "add":
        rest = [t for t in exponent.args if t.op != "num"]
        return _slope(rest[0], known) if len(rest) == 1 else None
    if exponent.op == "mul" and len(exponent.args) == 2 and exponent.args[0].op == "num":
        inner = _slope(exponent.args[1], known)
        return (inner[0], inner[1] * exponent.args[0].of) if inner else None
    if exponent.op == "call" and exponent.of == "log2" and exponent.args[0].op == "sym":
        return exponent.args[0].of, Fraction(1)
    return None


def _call(node: Node, known: Mapping[str, str]) -> Rate:
    if node.of == "sqrt":
        return _rate(node.args[0], known) ** Fraction(1, 2)
    if node.of not in ("log", "log2"):
        raise Unreadable(f"{node.of} is not read in a growth rate", node.at)
    inside = _rate(node.args[0], known)
    if inside.bottom != (ONE,):
        raise Unreadable("the logarithm of a quotient is not read in a growth rate", node.at)
    found = [term for each in inside.top for term in _logarithm(each, node)]
    return Rate(_sum(tuple(t for t in found if t != ONE) or (ONE,)))


def _logarithm(term: Term, node: Node) -> list[Term]:
    """log of a product: the sum of the logarithms of its factors, those that grow slower left out."""
    if any(value < 0 or depth > 1 for (_, depth), value in term.exponents):
        raise Unreadable(f"{shown(node)} is not read in a growth rate", node.at)
    return [Term.of({(name, depth + 1): Fraction(1)}) for (name, depth), _ in term.exponents] or [ONE]


# ------------------------------------------------------------------ proofs


_STEEP = Fraction(1000)  # log v ≤ constant · v^(1/1000): any power would do


def bounded(term: Term, by: Sum, conditions: Conditions = ()) -> bool:
    """Whether it is certain that term = O(Σ by): a weighted geometric mean of `by` is at least the term.

    In logarithms x = log v, y = log x, z = log y, a product is a linear form, and x, y, z, x − 1000 y, y − 1000 z and, where
    d < n, x_n − x_d and so on are bounded below. If some mean of the forms of `by` less the term's is a sum of these with
    weights ≥ 0, then the term is bounded by that mean, hence by the largest of `by`. Whether there is one is a linear
    programme, solved in fractions. Costs some microseconds where one of `by` does it alone, else a millisecond.
    """
    gaps = [dict((b * term ** Fraction(-1)).exponents) for b in by]
    if any(all(value > 0 for value in gap.values()) for gap in gaps):
        return True
    names = sorted({name for gap in gaps for name, _ in gap})
    if len(names) > MOST_SIZES:
        raise Unreadable(f"it has over {MOST_SIZES} sizes")
    cone = _cone(tuple(names), conditions)
    rows = [(name, depth) for name in names for depth in range(3)]
    columns = [[gap.get(row, Fraction(0)) for row in rows] for gap in gaps]
    columns += [[-direction.get(row, Fraction(0)) for row in rows] for direction in cone]
    weights = [Fraction(1)] * len(gaps) + [Fraction(0)] * len(cone)
    return _solvable([*map(list, zip(*columns, strict=True)), weights])


@lru_cache(maxsize=256)
def _cone(names: tuple[str, ...], conditions: Conditions) -> tuple[dict[tuple[str, int], Fraction], ...]:
    """Linear forms that are bounded below."""
    out = []
    for name in names:
        for depth in range(2):
            out.append({(name, depth): Fraction(1), (name, depth + 1): -_STEEP})
        out.append({(name, 2): Fraction(1)})
    for small, large in conditions:
        if small in names and large in names:
            out += [{(large, k): Fraction(1), (small, k): Fraction(-1)} for k in range(3)]
    return tuple(out)


def _solvable(rows: list[list[Fraction]]) -> bool:
    """Whether w ≥ 0 exists with (all rows but the last)·w = 0 and (the last row)·w = 1: phase one of the simplex method.

    Bland's rule, so it ends; only the last row's artificial variable starts above 0.
    """
    height, width = len(rows), len(rows[0])
    table = [[*row, Fraction(at == height - 1)] for at, row in enumerate(rows)]
    basis = [width + 1 + at for at in range(height)]  # artificial variables
    cost = [sum((row[j] for row in table), Fraction(0)) for j in range(width + 1)]
    while cost[-1] > 0:
        enter = next((j for j in range(width) if cost[j] > 0), None)
        if enter is None:
            return False
        ratios = [(row[-1] / row[enter], basis[i], i) for i, row in enumerate(table) if row[enter] > 0]
        *_, leave = min(ratios)
        pivot = table[leave][enter]
        table[leave] = [x / pivot for x in table[leave]]
        for i, row in enumerate(table):
            if i != leave and row[enter]:
                factor = row[enter]
                table[i] = [x - factor * y for x, y in zip(row, table[leave], strict=True)]
        factor = cost[enter]
        cost = [x - factor * y for x, y in zip(cost, table[leave], strict=True)]
        basis[leave] = enter
    return True


def within(f: Rate, g: Rate, conditions: Conditions = ()) -> bool:
    """Whether it is certain that f = O(g)."""
    left, right = _product(f.top, g.bottom), _product(g.top, f.bottom)
    return all(bounded(term, right, conditions) for term in left)


def alike(f: Rate, g: Rate, conditions: Conditions = ()) -> bool:
    """Whether it is certain that each bounds the other."""
    return within(f, g, conditions) and within(g, f, conditions)


def vanishes(f: Rate, g: Rate) -> bool:
    """Whether f/g goes to 0 whichever of its sizes grows: for certain."""
    left, right = _product(f.top, g.bottom), _product(g.top, f.bottom)
    slower = [[dict((b * a ** Fraction(-1)).exponents) for b in right] for a in left]
    return all(any(gap and all(v > 0 for v in gap.values()) for gap in gaps) for gaps in slower)


# ------------------------------------------------------------------ paths


@dataclass(frozen=True, slots=True)
class Speed:
    """How a size goes along a path, x → ∞: a constant, log x, xᵖ, or x^(log x). Its logarithm is a·tᵏ, t = log₂ x."""

    told: str
    order: tuple[Fraction, Fraction, Fraction, Fraction]  # of its logarithm: t², t, log t, log log t

    def at(self, t: float) -> float:
        """log₂ of the size where x = 2^t; a constant is as told."""
        square, line, log, _ = (float(x) for x in self.order)
        if not any(self.order):
            return math.log2(float(self.told))
        return square * t * t + line * t + log * math.log2(t)

    @property
    def log_order(self) -> tuple[Fraction, Fraction, Fraction, Fraction]:
        """The order of log log of the size, for log of its logarithm."""
        square, line, log, _ = self.order
        zero, one = Fraction(0), Fraction(1)
        return (zero, zero, one * (2 if square else 1 if line else 0), one if log and not (square or line) else zero)


def _speed(told: str, square: int = 0, line: int | Fraction = 0, log: int = 0) -> Speed:
    return Speed(told, (Fraction(square), Fraction(line), Fraction(log), Fraction(0)))


_SPEEDS = (
    _speed("2"),
    _speed("log x", log=1),
    _speed("x", line=1),
    _speed("x²", line=2),
    _speed("x³", line=3),
    _speed("x⁴", line=4),
    _speed("x^(log x)", square=1),
)
_FEWER = {4: (0, 1, 2, 3, 5), 5: (0, 2, 3, 5), 6: (0, 2, 3), 7: (0, 2), 8: (0, 2)}  # for so many sizes
Path = Mapping[str, Speed]


def told(path: Path) -> str:
    """A path in words: d = x, n = x², x → ∞."""
    return ", ".join(f"{name} = {speed.told}" for name, speed in path.items()) + ", x → ∞"


def _order(term: Term, path: Path) -> tuple[Fraction, ...]:
    """The leading coefficients of the term's logarithm along a path; compared one after the other."""
    out = [Fraction(0)] * 5
    for (name, depth), exponent in term.exponents:
        speed = path[name]
        if depth == 0:
            parts: tuple[Fraction, ...] = speed.order
        elif depth == 1:
            parts = speed.log_order
        else:
            _, _, log, log_log = speed.log_order
            parts = (Fraction(0),) * 3 + (Fraction(bool(log)), Fraction(bool(log_log)))
        for at, value in enumerate(parts):
            out[at] += exponent * value
    return tuple(out)


def _highest(terms: Sum, path: Path) -> tuple[Fraction, ...]:
    return max(_order(t, path) for t in terms)


def parting(f: Rate, g: Rate, conditions: Conditions = ()) -> Path | None:
    """A path along which f/g goes to infinity: its leading order, computed exactly, is that of a growing function."""
    left, right = _product(f.top, g.bottom), _product(g.top, f.bottom)
    names = sorted({name for t in (*left, *right) for name in t.sizes})
    if len(names) > MOST_SIZES:
        raise Unreadable(f"it has over {MOST_SIZES} sizes")
    for path in _paths(tuple(names), conditions):
        if _highest(left, path) > _highest(right, path):
            return path
    return None


@lru_cache(maxsize=128)
def _paths(names: tuple[str, ...], conditions: Conditions) -> tuple[Path, ...]:
    """The simplest first; a size under a condition is of lower order, or both are constant."""
    chosen = _FEWER.get(len(names), range(len(_SPEEDS)))
    every = sorted(product(chosen, repeat=len(names)), key=lambda at: (sum(at), max(at, default=0)))
    return tuple(_made(names, at, conditions) for at in every if _allowed(names, at, conditions))


def _allowed(names: tuple[str, ...], at: tuple[int, ...], conditions: Conditions) -> bool:
    place = dict(zip(names, at, strict=True))
    inside = [(place[a], place[b]) for a, b in conditions if a in place and b in place]
    return all(a < b or a == b == 0 for a, b in inside)


def _made(names: tuple[str, ...], at: tuple[int, ...], conditions: Conditions) -> Path:
    """Constants are 2, or larger where a condition wants them to be."""
    constant = {name: 2 for name, which in zip(names, at, strict=True) if not which}
    for _ in constant:
        for small, large in conditions:
            if small in constant and large in constant:
                constant[large] = max(constant[large], constant[small] + 1)
    return {
        name: _SPEEDS[which] if which else _speed(str(constant[name]))
        for name, which in zip(names, at, strict=True)
    }


# ------------------------------------------------------------------ numbers


def logarithm(node: Node, sizes: Mapping[str, float]) -> float:
    """log₂ of a formula where log₂ of its sizes are these: what a path is checked on. Raises ValueError where it is not > 0."""
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
    if exponent.op == "num":
        return logarithm(base, sizes) * float(exponent.of)
    return logarithm(base, sizes) * 2.0 ** logarithm(exponent, sizes)


def _logarithm_of_sum(node: Node, sizes: Mapping[str, float]) -> float:
    split = [unsigned(t) for t in node.args if not (t.op == "num" and not t.of)]
    parts = [(-1 if minus else 1, logarithm(t, sizes)) for minus, t in split]
    most = max(part for _, part in parts)
    return most + _log2(sum(sign * 2.0 ** (part - most) for sign, part in parts))


def gap(f: Node, g: Node, path: Path, known: Mapping[str, str] | None = None) -> tuple[float, float]:
    """log₂ of f/g at two places of a path, x = 2^1024 and x = 2^65536, computed from the formulas themselves."""
    out = []
    for t in (2.0**10, 2.0**16):
        sizes = {name: speed.at(t) for name, speed in path.items()}
        for whole, size in (known or {}).items():
            if size in sizes:
                sizes[whole] = math.log2(sizes[size])
        out.append(logarithm(f, sizes) - logarithm(g, sizes))
    return out[0], out[1]

