"""A formula's value where its symbols have values: given ones, or drawn; modulo a prime or in
exact fractions.

An instance holds what does not depend on the integer symbols, so that one serves every
assignment of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from .declare import Symbol, Table, plain_name
from .interval import Interval
from .tree import Node, OverBound, Unreadable
from .values import (
    Given,
    Mismatch,
    Rows,
    Scaled,
    Value,
    exactly,
    identity,
    inverse_of,
    members_of,
    plain,
    product_of,
    raised,
    real_root,
    reduced,
    single,
    square_of,
    sum_of,
    transposed,
)
from .walk import Bound, walk
from .write import shown

MOST_TERMS = 2_000
ENDLESS = "∞"  # what counts a family that has a member at every whole number
MOST_POWER_OF_POWER = 64


class Unknown(ValueError):
    """A symbol has no value here."""


def _nothing_drawn(instance: Instance, symbol: Symbol) -> Value:
    raise Unknown(f"{symbol.name} has no value here")


@dataclass(eq=False)
class Instance:
    """Values for the symbols of a table at given sizes. `draw` makes those that are missing."""

    table: Table
    sizes: Mapping[str, int]
    modulus: int = 0
    draw: Callable[[Instance, Symbol], Value] = _nothing_drawn
    root: Callable[[Evaluation, Node, Bound], Any] = field(
        default=lambda e, n, b: _real_root(e, n, b)  # noqa: PLW0108 — it is defined further down
    )
    values: dict[str, Value] = field(default_factory=dict)
    members: dict[str, list[Value]] = field(default_factory=dict)
    free_index: Callable[[str], int] | None = None  # which member an index means that nothing binds
    kept: dict[Node, Value] = field(default_factory=dict)
    powers: dict[Node, dict[int, Value]] = field(default_factory=dict)

    def size(self, name: str) -> int:
        return int(name) if name.isdigit() else self.sizes[name]

    def number(self, value: Fraction | int) -> Any:
        """A rational number in this arithmetic."""
        if not self.modulus:
            return Fraction(value)
        return value.numerator * pow(value.denominator, -1, self.modulus) % self.modulus

    def value(self, name: str) -> Value:
        """The value of a plain symbol, a size included."""
        if name in self.values:
            return self.values[name]
        if name in self.sizes:
            return self.number(self.sizes[name])
        symbol = self.table.symbols.get(name)
        if symbol is None:
            raise Unknown(f"{name} has no value here")
        if symbol.value:
            made = walk(self.table.values[name], Evaluation(self))
        else:
            made = self.draw(self, symbol)
        self.values[name] = made
        return made

    def sequence(self, base: str, at: int) -> Value:
        """Member `at` of an endless family."""
        name = f"{base}_{at}"
        if name not in self.values:
            self.values[name] = self.draw(
                self, replace(self.table.families[base], name=name, counted_by="")
            )
        return self.values[name]

    def family(self, base: str) -> list[Value]:
        """All members of a family, in order."""
        if base not in self.members:
            symbol = self.table.families[base]
            how, whole = symbol.member
            of = self.value(whole) if how else self.draw(self, symbol)
            self.members[base] = members_of(of, how) if how else of
        return self.members[base]


@dataclass(eq=False)
class Evaluation:
    """Instance × an assignment of the integer symbols: the algebra of values."""

    instance: Instance
    integers: Mapping[str, int] = field(default_factory=dict)
    mine: dict[Node, Value] = field(default_factory=dict)

    @property
    def rules(self) -> Mapping[str, Callable[[Evaluation, Node, Bound], Value]]:
        return _RULES

    def kept(self, node: Node, bound: Bound) -> MutableMapping[Node, Value] | None:
        if bound and not node.names.isdisjoint(bound):
            return None
        free = not self.integers or node.names.isdisjoint(self.integers)
        return self.instance.kept if free else self.mine

    def tied(self) -> Evaluation:
        """With sizes as they are: what bounds a sum over a family is no number of its own."""
        kept = {n: v for n, v in self.integers.items() if n not in self.instance.sizes}
        return self if len(kept) == len(self.integers) else Evaluation(self.instance, kept)


def evaluated(node: Node, instance: Instance, integers: Mapping[str, int] | None = None) -> Value:
    """The value of a tree.

    Raises Mismatch, ZeroDivisionError (undefined there), Unknown (a symbol without a value),
    Unreadable (over a bound, or no value of that kind), Unsupported.
    """
    return walk(node, Evaluation(instance, integers or {}))


def _num(e: Evaluation, node: Node, bound: Bound) -> Value:
    return e.instance.number(node.of)


def _sym(e: Evaluation, node: Node, bound: Bound) -> Value:
    whole = bound.get(node.of, e.integers.get(node.of))
    return e.instance.value(node.of) if whole is None else e.instance.number(whole)


def _elem(e: Evaluation, node: Node, bound: Bound) -> Value:
    at = whole_number(node.args[0], e, bound)
    if node.of not in e.instance.table.families:
        return _entry(e, node, at, bound)
    if e.instance.table.families[node.of].counted_by == ENDLESS:
        return e.instance.sequence(node.of, at)
    members = e.instance.family(node.of)
    if not 1 <= at <= len(members):
        raise ZeroDivisionError(f"{node.of}_{at} does not exist")
    return members[at - 1]


def _entry(e: Evaluation, node: Node, at: int, bound: Bound) -> Value:
    """An entry of a vector x_i, or of a matrix A_ij."""
    of = e.instance.value(node.of)
    column = whole_number(node.args[1], e, bound) if len(node.args) > 1 else 1
    if not isinstance(of, tuple) or not (1 <= at <= len(of) and 1 <= column <= len(of[0])):
        raise ZeroDivisionError(f"{node.of} has no such entry")
    return of[at - 1][column - 1]


def _ident(e: Evaluation, node: Node, bound: Bound) -> Value:
    if not node.of:
        return Scaled(1)
    if not node.of.isdigit() and node.of not in e.instance.sizes:
        raise Unreadable(f"nobody declared the size {node.of!r} of I", node.at)
    return identity(e.instance.size(node.of))


def _add(e: Evaluation, node: Node, bound: Bound) -> Value:
    terms = [t for t in node.args if not (t.op == "num" and not t.of)] or [node.args[0]]
    total = walk(terms[0], e, bound)
    for term in terms[1:]:
        total = sum_of(total, walk(term, e, bound), e.instance.modulus)
    return total


def _mul(e: Evaluation, node: Node, bound: Bound) -> Value:
    values = [walk(factor, e, bound) for factor in node.args]
    modulus = e.instance.modulus
    last = values[-1]
    is_vector = isinstance(last, tuple) and len(last[0]) == 1 and len(last) > 1
    if len(values) > 2 and is_vector and all(isinstance(v, tuple) and len(v) > 1 for v in values):
        for value in values[-2::-1]:  # A (B x) costs less than (A B) x
            last = product_of(value, last, modulus)
        return last
    out = values[0]
    for value in values[1:]:
        out = product_of(out, value, modulus)
    return out


def _div(e: Evaluation, node: Node, bound: Bound) -> Value:
    below = plain(walk(node.args[1], e, bound))
    if isinstance(below, tuple):
        raise Mismatch(f"division by a {len(below)}×{len(below[0])} matrix")
    if isinstance(below, Scaled):
        raise Mismatch("division by a multiple of I")
    above = walk(node.args[0], e, bound)
    return product_of(above, inverse_of(below, e.instance.modulus), e.instance.modulus)


def _pow(e: Evaluation, node: Node, bound: Bound) -> Value:
    base, exponent = node.args
    if (
        base.op == "norm"
        and exponent.op == "num"
        and exponent.of.denominator == 1
        and exponent.of % 2 == 0
    ):
        square = square_of(walk(base.args[0], e, bound), e.instance.modulus, base.of)
        return raised(square, int(exponent.of) // 2, e.instance.modulus)
    if exponent.op == "num" and exponent.of.denominator != 1:
        return e.instance.root(e, node, bound)
    value, to = walk(base, e, bound), whole_number(exponent, e, bound)
    if exponent.op == "num" or not isinstance(value, tuple):
        return raised(value, to, e.instance.modulus)
    return _from_the_power_before(e, base, value, to, bound)


def _from_the_power_before(e: Evaluation, base: Node, value: Rows, to: int, bound: Bound) -> Value:
    """A power of a matrix that runs through its exponents: one product more than the one before."""
    if base.names.isdisjoint(bound) and base.names.isdisjoint(e.integers):
        known = e.instance.powers.setdefault(base, {})
        if to not in known:
            before = known.get(to - 1)
            modulus = e.instance.modulus
            known[to] = (
                raised(value, to, modulus) if before is None else product_of(before, value, modulus)
            )
        return known[to]
    return raised(value, to, e.instance.modulus)


def _transpose(e: Evaluation, node: Node, bound: Bound) -> Value:
    return transposed(walk(node.args[0], e, bound))


def _rooted(e: Evaluation, node: Node, bound: Bound) -> Value:
    return e.instance.root(e, node, bound)


def _sum(e: Evaluation, node: Node, bound: Bound) -> Value:
    body, low, high = node.args
    ends = e.tied() if family_counted(body, node.of) else e
    first, last = whole_number(low, ends, bound), whole_number(high, ends, bound)
    if last - first > MOST_TERMS:
        raise OverBound(f"a sum has over {MOST_TERMS:,} terms")
    if last < first:  # the empty sum, in the shape of its terms
        return product_of(walk(body, e, {**bound, node.of: first}), 0, e.instance.modulus)
    total = walk(body, e, {**bound, node.of: first})
    for at in range(first + 1, last + 1):
        total = sum_of(total, walk(body, e, {**bound, node.of: at}), e.instance.modulus)
    return total


def _diag(e: Evaluation, node: Node, bound: Bound) -> Value:
    entries = _along(e, node, bound)
    return tuple(
        tuple(x if i == j else x * 0 for j in range(len(entries))) for i, x in enumerate(entries)
    )


def _along(e: Evaluation, node: Node, bound: Bound) -> list[Any]:
    """What stands on the diagonal."""
    if node.of:
        count = len(e.instance.family(family_counted(node.args[0], node.of)))
        return [single(walk(node.args[0], e, {**bound, node.of: at})) for at in range(1, count + 1)]
    if len(node.args) > 1:
        return [single(walk(entry, e, bound)) for entry in node.args]
    inner = walk(node.args[0], e, bound)
    if not isinstance(inner, tuple) or 1 not in (len(inner), len(inner[0])):
        raise Unreadable("diag is read of a family σ_i, of a vector, or of numbers", node.at)
    return [x for row in inner for x in row]


def family_counted(node: Node, index: str) -> str:
    """The family whose members an index counts, or nothing."""
    if node.op == "elem" and any(index in a.names for a in node.args):
        return str(node.of)
    return next((found for child in node.args if (found := family_counted(child, index))), "")


def _grid(e: Evaluation, node: Node, bound: Bound) -> Value:
    entries = [single(walk(x, e, bound)) for x in node.args]
    return tuple(tuple(entries[at : at + node.of]) for at in range(0, len(entries), node.of))


def _call(e: Evaluation, node: Node, bound: Bound) -> Value:
    rule = _CALLS.get(node.of)
    if rule is None:
        raise Unreadable(f"{node.of} has no value here", node.at)
    return rule(e, node, bound)


def _binom(e: Evaluation, node: Node, bound: Bound) -> Value:
    top, bottom = (whole_number(x, e, bound) for x in node.args)
    if not 0 <= top <= MOST_TERMS:
        raise OverBound(f"a binomial of {top} is over the bound of {MOST_TERMS:,}")
    return e.instance.number(math.comb(top, bottom) if bottom >= 0 else 0)


def _trace(e: Evaluation, node: Node, bound: Bound) -> Value:
    inner = plain(walk(node.args[0], e, bound))
    if isinstance(inner, Scaled):
        raise Unreadable("the trace of a multiple of I has no size", node.at)
    if not isinstance(inner, tuple):
        return inner
    if len(inner) != len(inner[0]):
        raise Mismatch(f"the trace of {len(inner)}×{len(inner[0])}")
    return reduced(sum(row[i] for i, row in enumerate(inner)), e.instance.modulus)


def _real_root(e: Evaluation, node: Node, bound: Bound) -> Any:
    """Roots, absolute values, logarithms and exponentials of real numbers: exact, or intervals."""
    inner = walk(node.args[0], e, bound)
    if node.op == "norm":
        return real_root(square_of(inner, 0, node.of))
    inner = single(inner)
    if node.op == "abs":
        return real_root(inner * inner)
    if node.op == "pow":
        return _fractional(inner, node.args[1].of)
    if node.of == "sqrt":
        return real_root(inner)
    if node.of == "log2":
        return _log2(inner)
    return Interval.of(inner).log() if node.of == "log" else Interval.of(inner).exp()


def _log2(x: Any) -> Any:
    if isinstance(x, int | Fraction) and x > 0:
        exact = Fraction(x)
        if exact.numerator.bit_count() == exact.denominator.bit_count() == 1:
            return Fraction(exact.numerator.bit_length() - exact.denominator.bit_length())
    return Interval.of(x).log() * Interval.of(2).log().inverse()


def _fractional(x: Any, exponent: Fraction) -> Any:
    """x^(a/2^k), of x ≥ 0."""
    if exponent.denominator & (exponent.denominator - 1):
        raise Unreadable("roots other than square roots have no value here")
    for _ in range(exponent.denominator.bit_length() - 1):
        x = real_root(x)
    return raised(x, exponent.numerator, 0)


_CALLS: dict[str, Callable[[Evaluation, Node, Bound], Value]] = {
    "binom": _binom,
    "tr": _trace,
    **dict.fromkeys(("sqrt", "log", "log2", "exp"), _rooted),
}
_RULES: dict[str, Callable[[Evaluation, Node, Bound], Value]] = {
    "num": _num,
    "sym": _sym,
    "elem": _elem,
    "ident": _ident,
    "add": _add,
    "mul": _mul,
    "div": _div,
    "pow": _pow,
    "transpose": _transpose,
    "norm": _rooted,
    "abs": _rooted,
    "sum": _sum,
    "diag": _diag,
    "grid": _grid,
    "call": _call,
}


def whole_number(node: Node, e: Evaluation, bound: Bound) -> int:
    """An exponent, an index or a bound of a sum: computed without a modulus. Unreadable where it
    is not whole.
    """
    value = _whole(node, e, bound)
    if Fraction(value).denominator != 1:
        raise Unreadable(f"the exponent or index {shown(node)} is not whole", node.at)
    return int(value)


def _whole(node: Node, e: Evaluation, bound: Bound) -> Any:
    if node.op == "num":
        return node.of
    if node.op == "sym":
        return _whole_symbol(node, e, bound)
    parts = [_whole(child, e, bound) for child in node.args]
    if node.op == "add":
        return sum(parts)
    if node.op == "mul":
        return math.prod(parts)
    if node.op == "div":
        return Fraction(parts[0]) / Fraction(parts[1])
    if node.op == "pow" and 0 <= parts[1] <= MOST_POWER_OF_POWER and abs(parts[0]) <= MOST_TERMS:
        return parts[0] ** int(parts[1])
    raise Unreadable(f"{shown(node)} is not read as an exponent or index", node.at)


def _whole_symbol(node: Node, e: Evaluation, bound: Bound) -> Any:
    name, instance = node.of, e.instance
    for known in (bound, e.integers, instance.sizes):
        if name in known:
            return known[name]
    symbol = instance.table.symbols.get(name)
    if symbol is not None and symbol.kind in ("integer", "size") and not instance.modulus:
        return instance.value(name)
    if symbol is None and instance.free_index is not None:
        return instance.free_index(name)
    raise Unreadable(f"the exponent or index {name} is not a declared integer", node.at)


def given(table: Table, values: Given) -> Instance:
    """The exact instance in which the symbols have these values; sizes are read off them.

    Matrices and vectors are nested sequences or arrays of fractions. Raises Mismatch where two
    of them do not agree on a size.
    """
    sizes: dict[str, int] = {}
    held: dict[str, Value] = {}
    members: dict[str, list[Value]] = {}
    for written, value in values.items():
        name = plain_name(written)
        symbol = table.symbols.get(name) or table.families.get(name)
        if symbol is None:
            if isinstance(value, int):  # a size by its name; nothing else of no name here is needed
                sizes[name] = value
            continue
        if symbol.is_family:
            members[name] = [exactly(member) for member in value]
            _agree(sizes, symbol.counted_by, len(members[name]), name)
            continue
        held[name] = exactly(value)
        if symbol.kind == "size":
            _agree(sizes, name, int(value), name)
        elif symbol.kind == "matrix":
            _agree(sizes, symbol.rows, len(held[name]), name)
            _agree(sizes, symbol.columns, len(held[name][0]), name)
    return Instance(table, sizes, values=held, members=members)


def _agree(sizes: dict[str, int], size: str, found: int, name: str) -> None:
    wanted = int(size) if size.isdigit() else sizes.setdefault(size, found)
    if wanted != found:
        raise Mismatch(f"{name} has {found} where {size} is {wanted}")
