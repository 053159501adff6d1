"""From which sizes on an identity between matrices is settled for all sizes: the vectors that an
evaluation touches.

Theorem 3 of the notes on deciding, the small model: what is built of products, sums,
transposes, inverses, powers and scalar products keeps its value when every matrix is compressed
to a space that contains the vectors touched. Needs that each inverted matrix is invertible
where square symbols are multiples of I and all others 0.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from ..formulas.declare import Symbol, Table
from ..formulas.instance import Evaluation, Instance, family_counted
from ..formulas.shape import NUMBER, Shape, shape
from ..formulas.tree import (
    Node,
    add,
    diag,
    div,
    every,
    ident,
    inverse,
    mul,
    power,
    summed,
    sym,
    transpose,
)
from ..formulas.values import Scaled, plain
from ..formulas.walk import Unsupported, walk
from ..formulas.write import shown
from .orders import Linear
from .prime import PRIME, SECRET
from .roots import is_root, is_squared_norm, is_transcendental

MOST_POWER = 16
MOST_SLOPE = 3
MOST_VECTORS = 8
Suffix = tuple[Any, ...]  # what has been applied: the same suffix is the same vector


def sufficient_sizes(
    trees: Iterable[Node], table: Table, least: Mapping[str, int]
) -> dict[str, int]:
    """Size -> how many suffice, for trees without symbols declared by an expression.

    `least` has the integers with their least values. Raises Unsupported where the theorem does
    not apply.
    """
    trees = tuple(trees)
    found = _Touched(table, frozenset(least), dict(least))
    result = next((s for s in (shape(t, table) for t in trees) if s not in (None, NUMBER)), None)
    for tree in trees:
        for term in tree.args if tree.op == "add" else (tree,):
            found.used.clear()
            if shape(term, table) == NUMBER:
                found.number(term)
            else:
                found.applied(term, () if result is None or result[1] == "1" else ("the vector",))
    if result is not None and result[1] != "1":
        found.touch(result[1])
    for rows, columns in found.isometries:
        found.touch(rows, found.need.get(columns, 0) + 1)
    if any(len(names) > 1 for names in found.diagonals.values()):
        raise Unsupported("two diagonal matrices of one size")
    if max(found.need.values(), default=0) > MOST_VECTORS:
        raise Unsupported(f"{max(found.need.values())} vectors are touched")
    _two_ways(trees, table, frozenset(least))
    _regular(trees, table, least)
    return found.need


@dataclass
class _Touched:
    """The vectors of each size touched so far."""

    table: Table
    integers: frozenset[str]
    least: dict[str, int]
    need: dict[str, int] = field(default_factory=dict)
    seen: set[Suffix] = field(default_factory=set)
    used: set[str] = field(default_factory=set)  # integers that a power in this product has
    diagonals: dict[str, set[str]] = field(default_factory=dict)
    isometries: set[tuple[str, str]] = field(default_factory=set)

    def shape(self, node: Node) -> Shape:
        return shape(node, self.table)

    def touch(self, size: str, count: int = 1) -> None:
        if not size.isdigit():
            self.need[size] = self.need.get(size, 0) + count

    def new(self, suffix: Suffix, size: str) -> Suffix:
        if suffix not in self.seen:
            self.seen.add(suffix)
            self.touch(size)
        return suffix

    def applied(self, node: Node, suffix: Suffix) -> Suffix:
        """The node applied to a vector."""
        if self.shape(node) == NUMBER:
            self.number(node)
            return suffix
        rule = getattr(self, f"_{node.op}", None)
        if rule is None:
            raise Unsupported(f"{shown(node)} depends on the basis")
        found: Suffix = rule(node, suffix)
        return found

    def _ident(self, node: Node, suffix: Suffix) -> Suffix:
        return suffix

    def _mul(self, node: Node, suffix: Suffix) -> Suffix:
        for factor in reversed(node.args):
            suffix = self.applied(factor, suffix)
        return suffix

    def _add(self, node: Node, suffix: Suffix) -> Suffix:
        before = set(self.used)
        for term in node.args:
            self.used = set(before)
            self.applied(term, suffix)
        self.used |= before | {n for t in node.args for n in t.names & self.integers}
        return (node, *suffix)

    def _div(self, node: Node, suffix: Suffix) -> Suffix:
        self.number(node.args[1])
        return self.applied(node.args[0], suffix)

    def _sym(self, node: Node, suffix: Suffix) -> Suffix:
        symbol = self.table.symbols[node.of]
        self.known(symbol)
        return self.new((node, *suffix), symbol.rows)

    def known(self, symbol: Symbol) -> None:
        """Remember what a matrix's properties ask for."""
        if symbol.value:
            raise Unsupported(f"{symbol.name} is declared by an expression")
        if "diagonal" in symbol.properties:
            if symbol.rows != symbol.columns:
                raise Unsupported(f"{symbol.name} is a diagonal matrix that is not square")
            self.diagonals.setdefault(symbol.rows, set()).add(symbol.name)
        if symbol.properties & {"orthonormal", "orthogonal"} and symbol.rows != symbol.columns:
            self.isometries.add((symbol.rows, symbol.columns))

    def _transpose(self, node: Node, suffix: Suffix) -> Suffix:
        inner = node.args[0]
        if inner.op == "sym":
            self.known(self.table.symbols[inner.of])
            if (
                self.table.symbols[inner.of].columns == "1"
            ):  # a row pᵀ: a scalar product, p must be there
                return self.vector(inner)
            return self.new((node, *suffix), self.table.symbols[inner.of].columns)
        return self.applied(_transposed_inside(inner), suffix)

    def _pow(self, node: Node, suffix: Suffix) -> Suffix:
        base, exponent = node.args
        if exponent.names.isdisjoint(self.integers):
            return self.fixed_power(node, suffix)
        slopes, constant = _linear(exponent, self.integers)
        if self.used & set(slopes):
            raise Unsupported("two powers of matrices with the same integer in one product")
        self.used |= set(slopes)
        start = sum((v * self.least[n] for n, v in slopes.items()), Fraction(0)) + constant
        if any(v.denominator > 1 or not 0 < v <= MOST_SLOPE for v in slopes.values()):
            raise Unsupported("a falling power")
        if start.denominator > 1 or abs(start) > MOST_POWER:
            raise Unsupported("a high power")
        for _ in range(abs(int(start))):
            suffix = self.applied(base, suffix) if start > 0 else self.inverted(base, suffix)
        size = self.shape(base)
        for name, slope in sorted(slopes.items()):
            suffix = self.new((base, name, *suffix), size[0] if size else "")  # y = (I − z Mᵃ)⁻¹ x
            last = suffix
            for _ in range(int(slope) - 1):  # Mᵃ y is a combination of y and x
                last = self.applied(base, last)
        return suffix

    def fixed_power(self, node: Node, suffix: Suffix) -> Suffix:
        base, exponent = node.args
        if exponent.op != "num" or exponent.of.denominator > 1 or abs(exponent.of) > MOST_POWER:
            raise Unsupported(f"the power {shown(node)}")
        for _ in range(abs(int(exponent.of))):
            suffix = self.applied(base, suffix) if exponent.of > 0 else self.inverted(base, suffix)
        return suffix

    def inverted(self, base: Node, suffix: Suffix) -> Suffix:
        """y = M⁻¹ x is new; M y = x is not."""
        found: Suffix = (inverse(base), *suffix)
        if found in self.seen:
            return found
        self.seen.add(found)
        size = self.shape(base)
        if size is not None:
            self.touch(size[0])
            before = self.need.get(size[0], 0)
            self.applied(base, found)
            if not size[0].isdigit() and self.need.get(size[0], 0) > before:
                self.need[size[0]] -= 1
        return found

    def _sum(self, node: Node, suffix: Suffix) -> Suffix:
        """Σ_j κʲ M^j x: the same resolvents, where the index stands in one power and in no other
        number.
        """
        body, low, high = node.args
        if family_counted(body, node.of):
            raise Unsupported("a sum over a family")
        if low.op != "num" or low.of not in (0, 1):
            raise Unsupported("a sum that begins elsewhere than at 0 or 1")
        if _as_number(body, frozenset((node.of,)), self.table):
            raise Unsupported("the index of a sum is a number beside a power")
        inner = _Touched(
            self.table,
            self.integers | {node.of},
            {**self.least, node.of: 0},
            self.need,
            self.seen,
            set(self.used),
            self.diagonals,
            self.isometries,
        )
        inner.applied(body, suffix)
        self.used |= inner.used | (high.names & self.integers)
        return (node, *suffix)

    def _diag(self, node: Node, suffix: Suffix) -> Suffix:
        family = self.table.families.get(family_counted(node.args[0], node.of)) if node.of else None
        if family is None or family.member[0] != "diagonal":
            raise Unsupported(f"{shown(node)} depends on the basis")
        return self.applied(_lifted(node.args[0], sym(family.member[1])), suffix)

    def vector(self, node: Node) -> Suffix:
        """A column is among the vectors."""
        before, self.used = self.used, set()
        found = self.applied(node, ())
        self.used |= before
        return found

    def number(self, node: Node) -> None:
        """A number: the vectors of its scalar products."""
        if node.op == "mul" and any(self.shape(f) != NUMBER for f in node.args):
            self.scalar_product(node)
        elif node.op == "norm" and self.shape(node.args[0]) != NUMBER:
            inner = node.args[0]
            sizes = self.shape(inner)
            if sizes is None or "1" not in sizes:
                raise Unsupported("the norm of a matrix")
            self.vector(inner if sizes[1] == "1" else transpose(inner))
        elif node.op in ("elem", "grid", "diag") or (node.op == "call" and node.of == "tr"):
            raise Unsupported(f"{shown(node)} depends on the basis")
        elif node.op == "sum" and family_counted(node.args[0], node.of):
            raise Unsupported("a sum over a family")
        else:
            for child in node.args:
                self.number(child) if self.shape(child) == NUMBER else self.vector(child)

    def scalar_product(self, node: Node) -> None:
        """From the right to the left."""
        suffix: Suffix = ()
        for factor in reversed(node.args):
            sizes = self.shape(factor)
            if sizes == NUMBER:
                self.number(factor)
            elif sizes is not None and sizes[0] == "1":
                self.vector(transpose(factor))
                suffix = ()
            else:
                suffix = self.applied(factor, suffix)


def _transposed_inside(node: Node) -> Node:
    """(A B)ᵀ as Bᵀ Aᵀ, and so on."""
    if node.op == "transpose":
        return node.args[0]
    if node.op == "ident":
        return node
    if node.op == "mul":
        return mul(*(transpose(f) for f in reversed(node.args)))
    if node.op == "add":
        return add(*map(transpose, node.args))
    if node.op == "div":
        return div(transpose(node.args[0]), node.args[1])
    if node.op == "pow":
        return power(transpose(node.args[0]), node.args[1])
    if node.op == "sum":
        return summed(node.of, transpose(node.args[0]), *node.args[1:])
    if node.op == "diag":
        return diag(node.args, node.of)
    raise Unsupported(f"the transpose of {shown(node)}")


def _lifted(node: Node, matrix: Node) -> Node:
    """f(σ_i) along the diagonal as f(S): a rational function of the one matrix."""
    if node.op == "elem":
        return matrix
    if node.op in ("num", "sym"):
        return mul(node, ident())
    if node.op == "div":
        return mul(_lifted(node.args[0], matrix), inverse(_lifted(node.args[1], matrix)))
    if node.op in ("add", "mul"):
        return Node(node.op, tuple(_lifted(x, matrix) for x in node.args))
    if node.op == "pow" and node.args[1].op == "num" and node.args[1].of.denominator == 1:
        return power(_lifted(node.args[0], matrix), node.args[1])
    raise Unsupported(shown(node))


def _linear(node: Node, integers: frozenset[str]) -> Linear:
    """A linear form in the integers, other numbers left out. Raises Unsupported."""
    if node.op == "num":
        return {}, node.of
    if node.op == "sym":
        if node.of not in integers:
            raise Unsupported(f"the exponent {shown(node)}")
        return {node.of: Fraction(1)}, Fraction(0)
    parts = [_linear(x, integers) for x in node.args]
    if node.op == "add":
        slopes: dict[str, Fraction] = {}
        for found, _ in parts:
            for name, value in found.items():
                slopes[name] = slopes.get(name, Fraction(0)) + value
        return {n: v for n, v in slopes.items() if v}, sum((c for _, c in parts), Fraction(0))
    if node.op == "mul" and len(parts) == 2 and not parts[0][0]:
        by = parts[0][1]
        return {n: v * by for n, v in parts[1][0].items()}, parts[1][1] * by
    raise Unsupported(f"the exponent {shown(node)}")


def _two_ways(trees: tuple[Node, ...], table: Table, integers: frozenset[str]) -> None:
    """Refuse a power of a matrix in an integer beside the integer itself, or beside a fraction of
    it.
    """
    powers = any(
        x.op == "pow"
        and not x.args[1].names.isdisjoint(integers)
        and shape(x.args[0], table) != NUMBER
        for t in trees
        for x in every(t)
    )
    if powers and any(_as_number(t, integers, table) for t in trees):
        raise Unsupported("a power of a matrix beside another function of the same integer")


def _as_number(
    node: Node, integers: frozenset[str], table: Table, in_exponent: bool = False
) -> bool:
    """Whether an integer stands somewhere as a number, or below a fraction's line."""
    if node.names.isdisjoint(integers):
        return False
    if node.op == "sym":
        return not in_exponent
    if node.op == "div" and not node.args[1].names.isdisjoint(integers):
        return True
    if node.op == "pow":
        base, exponent = node.args
        return _as_number(base, integers, table, in_exponent) or _as_number(
            exponent, integers, table, True
        )
    if node.op == "sum":
        return _as_number(node.args[0], integers - {node.of}, table, in_exponent)
    return any(_as_number(child, integers, table, in_exponent) for child in node.args)


def _regular(trees: tuple[Node, ...], table: Table, least: Mapping[str, int]) -> None:
    """Every inverted matrix is invertible where square symbols are multiples of I and all other
    matrices are 0.
    """
    inversions = [x for t in trees for x in every(t) if _inverts(x, table)]
    if inversions and any(_matrix_root(x, table) for t in trees for x in _roots_of(t)):
        raise Unsupported("a root beside the inverse of a matrix")

    def draw(instance: Instance, symbol: Symbol) -> Any:
        if symbol.kind != "matrix":
            return random.Random(f"{SECRET} base {symbol.name}").randrange(2, PRIME)
        if symbol.rows != symbol.columns:
            return ((0,),)
        if symbol.properties & {"orthogonal", "orthonormal"}:
            return ((1,),)
        return ((random.Random(f"{SECRET} base {symbol.name}").randrange(2, PRIME),),)

    def no_root(e: Evaluation, node: Node, bound: Any) -> Any:
        raise Unsupported("a root beside the inverse of a matrix")

    base = Instance(table, dict.fromkeys(table.sizes, 1), PRIME, draw, no_root)
    e = Evaluation(base, {name: value + 2 for name, value in least.items()})
    for node in inversions:
        try:
            value = plain(walk(node.args[0], e))
        except ZeroDivisionError:
            value = 0
        if value == 0 or (isinstance(value, Scaled) and value.by == 0):
            raise Unsupported(f"{shown(node.args[0])} is not invertible near multiples of I")


def _inverts(node: Node, table: Table) -> bool:
    if node.op != "pow" or shape(node.args[0], table) == NUMBER:
        return False
    exponent = node.args[1]
    return exponent.op != "num" or exponent.of < 0


def _roots_of(node: Node) -> Iterable[Node]:
    return (x for x in every(node) if is_root(x) or is_transcendental(x))


def _matrix_root(node: Node, table: Table) -> bool:
    """Whether a root's number is made of matrices."""
    if is_squared_norm(node):
        return False
    return any(x.op == "sym" and shape(x, table) != NUMBER for x in every(node))
