"""How formulas in sizes grow: a quotient of sums of terms, proofs that one bounds another, paths
along which two part.

A rate is kept up to constant factors and for large sizes: a sum of terms Π v^a (log v)^b (log log
v)^c over another such sum. One engine for the parts and for answers; standard library only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from .tree import Node, Unreadable
from .write import shown, unsigned

MOST_TERMS = 64
MOST_SIZES = 8
MOST_EXPONENT = 64
Conditions = tuple[tuple[str, str], ...]  # (d, n): d < n
Powers = Mapping[str, Fraction]


@dataclass(frozen=True, slots=True)
class Term:
    """Π v^a (log v)^b (log log v)^c: the exponents, never 0, by (size, how many logarithms)."""

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
        crossed = product_of(self.top, other.bottom) + product_of(other.top, self.bottom)
        return Rate(_sum(crossed), product_of(self.bottom, other.bottom))

    def __mul__(self, other: Rate) -> Rate:
        return Rate(product_of(self.top, other.top), product_of(self.bottom, other.bottom))

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


def product_of(a: Sum, b: Sum) -> Sum:
    if (ONE,) in (a, b):
        return a if b == (ONE,) else b
    if len(a) * len(b) > 16 * MOST_TERMS:
        raise Unreadable(f"it has over {MOST_TERMS} terms")
    return _sum(tuple(x * y for x in a for y in b))


def rate(node: Node, powers_of_two: Mapping[str, str] | None = None) -> Rate:
    """The rate that a formula in sizes grows like. Raises Unreadable where it is none.

    `powers_of_two` has N: "L" where L = 2^N is known; N is then log L, and 2^N is L.
    """
    return _rate(node, powers_of_two or {})


def _rate(node: Node, known: Mapping[str, str]) -> Rate:
    rule = {
        "num": _num,
        "sym": _sym,
        "add": _add,
        "mul": _mul,
        "div": _div,
        "pow": _pow,
        "call": _call,
    }
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
    out, *others = (_rate(factor, known) for factor in node.args)
    for other in others:
        out *= other
    return out


def _div(node: Node, known: Mapping[str, str]) -> Rate:
    top, bottom = (_rate(x, known) for x in node.args)
    return top * Rate(bottom.bottom, bottom.top)


def _pow(node: Node, known: Mapping[str, str]) -> Rate:
    base, exponent = node.args
    if (number := constant(exponent)) is not None:
        return _rate(base, known) ** number
    slope = _slope(exponent, known)
    if base.op != "num" or base.of != 2 or slope is None:
        raise Unreadable(f"{shown(node)} is not read in a growth rate", node.at)
    size, times = slope
    return Rate((Term.of({(size, 0): times}),))


def constant(node: Node) -> Fraction | None:
    """The value of a number that is written as one, or as a quotient; None for anything else."""
    if node.op == "num":
        return Fraction(node.of)
    if node.op == "div" and all(part.op == "num" for part in node.args) and node.args[1].of:
        return Fraction(node.args[0].of) / Fraction(node.args[1].of)
    return None


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
    inside = _rate(_without_power(node.args[0]), known)
    if inside.bottom != (ONE,):
        raise Unreadable("the logarithm of a quotient is not read in a growth rate", node.at)
    found = [term for each in inside.top for term in _logarithm(each, node)]
    return Rate(_sum(tuple(t for t in found if t != ONE) or (ONE,)))


def _without_power(node: Node) -> Node:
    """x for x^p, p > 0: their logarithms differ by a factor."""
    while node.op == "pow" and (constant(node.args[1]) or 0) > 0:
        node = node.args[0]
    return node


def _logarithm(term: Term, node: Node) -> list[Term]:
    """log of a product: the sum of the logarithms of its factors, slower ones left out."""
    if any(value < 0 or depth > 1 for (_, depth), value in term.exponents):
        raise Unreadable(f"{shown(node)} is not read in a growth rate", node.at)
    return [Term.of({(name, depth + 1): Fraction(1)}) for (name, depth), _ in term.exponents] or [
        ONE
    ]


# ------------------------------------------------------------------ proofs


_STEEP = Fraction(1000)  # log v ≤ constant · v^(1/1000): any power would do


def bounded(term: Term, by: Sum, conditions: Conditions = (), means: bool = True) -> bool:
    """Whether it is certain that term = O(Σ by): a weighted geometric mean of `by` is at least the
    term.

    In logarithms x = log v, y = log x, z = log y, a product is a linear form, and x, y, z, x − 1000
    y, y − 1000 z and, where d < n, x_n − x_d and so on are bounded below. If some mean of the forms
    of `by` less the term's is a sum of these with weights ≥ 0, then the term is bounded by that
    mean, hence by the largest of `by`. Whether there is one is a linear programme, solved in
    fractions; without `means`, one of `by` must do it alone. Costs some microseconds where one of
    `by` does it size by size, else up to some milliseconds.
    """
    inverse = term ** Fraction(-1)
    gaps = [dict((b * inverse).exponents) for b in by]
    if any(_size_by_size(gap) for gap in gaps):
        return True
    if any(_is_tied(gap, conditions) and _mean_is_bounded([gap], conditions) for gap in gaps):
        return True
    return means and len(gaps) > 1 and _mean_is_bounded(gaps, conditions)


Gap = dict[tuple[str, int], Fraction]


def _size_by_size(gap: Gap) -> bool:
    """Whether each size's part is bounded below: a power counts before its logarithms."""
    leading: dict[str, tuple[int, Fraction]] = {}
    for (name, depth), value in gap.items():
        leading[name] = min(leading.get(name, (depth, value)), (depth, value))
    return all(value > 0 for _, value in leading.values())


def _is_tied(gap: Gap, conditions: Conditions) -> bool:
    """Whether a condition is about two of its sizes, so that one may make up for the other."""
    names = {name for name, _ in gap}
    return any(small in names and large in names for small, large in conditions)


def _mean_is_bounded(gaps: list[Gap], conditions: Conditions) -> bool:
    """Whether a mean of these forms is a sum, with weights ≥ 0, of forms that are bounded below."""
    names = {name for gap in gaps for name, _ in gap}
    if all(value < 0 for gap in gaps for value in gap.values()):
        return False
    names |= {n for pair in conditions if names & set(pair) for n in pair}
    if len(names) > MOST_SIZES:
        raise Unreadable(f"it has over {MOST_SIZES} sizes")
    depth = max(depth for gap in gaps for _, depth in gap)
    cone = _cone(tuple(sorted(names)), depth, conditions)
    rows = [(name, k) for name in sorted(names) for k in range(depth + 1)]
    columns = [[gap.get(row, Fraction(0)) for row in rows] for gap in gaps]
    columns += [[-direction.get(row, Fraction(0)) for row in rows] for direction in cone]
    weights = [Fraction(1)] * len(gaps) + [Fraction(0)] * len(cone)
    return _solvable([*map(list, zip(*columns, strict=True)), weights])


@lru_cache(maxsize=256)
def _cone(names: tuple[str, ...], most: int, conditions: Conditions) -> tuple[Gap, ...]:
    """Linear forms that are bounded below, in up to `most` logarithms."""
    out: list[Gap] = []
    for name in names:
        out += [{(name, k): Fraction(1), (name, k + 1): -_STEEP} for k in range(most)]
        out.append({(name, most): Fraction(1)})
    for small, large in conditions:
        if small in names and large in names:
            out += [{(large, k): Fraction(1), (small, k): Fraction(-1)} for k in range(most + 1)]
    return tuple(out)


def _solvable(rows: list[list[Fraction]]) -> bool:
    """Whether w ≥ 0 exists with (all rows but the last)·w = 0 and (the last row)·w = 1: phase one
    of the simplex method.

    Bland's rule, so it ends; only the last row's artificial variable starts above 0.
    """
    height, width = len(rows), len(rows[0])
    table = [[*row, Fraction(at == height - 1)] for at, row in enumerate(rows)]
    basis = [width + at for at in range(height)]  # artificial variables
    cost = [sum((row[j] for row in table), Fraction(0)) for j in range(width + 1)]
    while cost[-1] > 0:
        enter = next((j for j in range(width) if cost[j] > 0), None)
        if enter is None:
            return False
        ratios = [(r[-1] / r[enter], basis[i], i) for i, r in enumerate(table) if r[enter] > 0]
        *_, leave = min(ratios)
        _pivot(table, cost, leave, enter)
        basis[leave] = enter
    return True


def _pivot(table: list[list[Fraction]], cost: list[Fraction], leave: int, enter: int) -> None:
    by = table[leave][enter]
    row = table[leave] = [x / by if x else x for x in table[leave]]
    for other in (*(r for r in table if r is not row), cost):
        if factor := other[enter]:
            other[:] = [x - factor * y if y else x for x, y in zip(other, row, strict=True)]


def within(f: Rate, g: Rate, conditions: Conditions = (), means: bool = True) -> bool:
    """Whether it is certain that f = O(g)."""
    left, right = product_of(f.top, g.bottom), product_of(g.top, f.bottom)
    return all(bounded(term, right, conditions, means) for term in left)


def alike(f: Rate, g: Rate, conditions: Conditions = (), means: bool = True) -> bool:
    """Whether it is certain that each bounds the other; without `means`, term by term."""
    return f == g or (within(f, g, conditions, means) and within(g, f, conditions, means))


def vanishes(f: Rate, g: Rate) -> bool:
    """Whether f/g goes to 0 whichever of its sizes grows: for certain."""
    left, right = product_of(f.top, g.bottom), product_of(g.top, f.bottom)
    slower = [[dict((b * a ** Fraction(-1)).exponents) for b in right] for a in left]
    return all(any(gap and all(v > 0 for v in gap.values()) for gap in gaps) for gaps in slower)
