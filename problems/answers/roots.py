"""Roots modulo a prime: taken apart into atoms whose roots may have either sign, so that all
choices can be tried.

Theorem 5 of the notes on deciding: adjoin y with y² = e for each atom e; what vanishes for
every choice of signs at a random point vanishes in the algebra, hence for the positive roots.
Logarithms and exponentials are free letters, keyed by the value of what stands inside: that
proves what does not depend on them.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from ..formulas.declare import Table
from ..formulas.instance import Evaluation
from ..formulas.shape import NUMBER, shape
from ..formulas.tree import ONE, Node, Unreadable, div, every, mul, norm, transpose
from ..formulas.values import Mismatch, plain, raised, single, square_of
from ..formulas.walk import Bound, walk

MOST_ROOTS = 5  # of which all choices of signs are tried
_TRIAL = 1_000  # primes below are split off numbers under a root


class NoRoot(Exception):
    """Not defined in this region of signs (with a reason), or no root modulo this prime at this
    point (without).
    """


class NeedSign(Exception):
    """Whether a sum under a root is positive is not known: both are tried."""

    def __init__(self, of: Node) -> None:
        super().__init__(of)
        self.of = of


@dataclass(eq=False)
class Signs:
    """One region of signs, and one choice of roots: symbols as ±t², sums of unknown sign, and
    which root of each atom.
    """

    modulus: int
    of_symbols: dict[str, int]
    of_sums: dict[Node, int] = field(default_factory=dict)
    flipped: int = 0  # bit k: the other root of atom k
    atoms: dict[Any, tuple[int, int]] = field(default_factory=dict)  # value -> (k, root)
    halves: dict[str, int] = field(default_factory=dict)  # symbol -> t
    letters: dict[tuple[str, int], int] = field(default_factory=dict)

    def drawn(self, name: str, rng: random.Random) -> int:
        t = self.halves[name] = rng.randrange(2, self.modulus)
        return self.of_symbols[name] * t * t % self.modulus

    def root(self, value: int) -> int:
        """The chosen root of an atom: the same for equal values."""
        if value not in self.atoms:
            found = pow(value, (self.modulus + 1) // 4, self.modulus)
            if found * found % self.modulus != value:
                raise NoRoot
            self.atoms[value] = (len(self.atoms), found)
        at, found = self.atoms[value]
        return -found % self.modulus if self.flipped >> at & 1 else found

    def flips(self) -> Iterator[Signs]:
        """The same region with every other choice of roots."""
        for flipped in range(1, 1 << len(self.atoms)):
            yield Signs(
                self.modulus,
                self.of_symbols,
                self.of_sums,
                flipped,
                dict(self.atoms),
                self.halves,
                self.letters,
            )


def is_root(node: Node) -> bool:
    """Whether a root stands on top of this node; an even power of a norm has none."""
    if node.op in ("norm", "abs") or (node.op == "call" and node.of == "sqrt"):
        return True
    return node.op == "pow" and node.args[1].op == "num" and node.args[1].of.denominator > 1


def is_squared_norm(node: Node) -> bool:
    if node.op != "pow" or node.args[0].op != "norm" or node.args[1].op != "num":
        return False
    exponent = node.args[1].of
    return bool(exponent.denominator == 1 and exponent % 2 == 0)


def is_transcendental(node: Node) -> bool:
    return node.op == "call" and node.of in ("log", "log2", "exp")


def symbols_under_roots(node: Node, table: Table) -> set[str] | None:
    """The numbers that stand under a root somewhere; None where there is no root at all."""
    roots = [x for x in _unsquared(node) if is_root(x)]
    if not roots:
        return None
    numbers = {s.name for s in table.symbols.values() if s.kind == "scalar" and not s.is_family}
    return {x.of for root in roots for x in every(root) if x.op == "sym"} & numbers


def _unsquared(node: Node) -> Iterator[Node]:
    """All nodes, but for the norms that are squared."""
    yield node
    for child in node.args[0].args if is_squared_norm(node) else node.args:
        yield from _unsquared(child)


def rooted(e: Evaluation, node: Node, bound: Bound, signs: Signs | None) -> Any:
    """The value of a node with a root, logarithm or exponential on top, modulo the prime."""
    if signs is None:
        raise Unreadable("a root stands where none was looked for", node.at)
    if is_transcendental(node):
        return _letter(e, node, bound, signs)
    return _Root(e, bound, signs).value(node)


def _letter(e: Evaluation, node: Node, bound: Bound, signs: Signs) -> int:
    """exp of a sum is the product of the terms'; log of a product of positive numbers the sum of
    the factors'.
    """
    p, inner = signs.modulus, node.args[0]
    if node.of == "exp":
        out = 1
        for whole, term in _multiples(inner):
            value = single(walk(term, e, bound))
            out = out * raised(_free_letter("exp", value, signs), whole, p) % p
        return int(out)
    found: Powers = {}
    _Root(e, bound, signs).split(inner, Fraction(1), found)
    if _ZERO in found:
        raise ZeroDivisionError("the logarithm of 0")
    if all(_surely_positive(atom, e.instance.table, signs) for atom in found):
        total = 0
        for (kind, what), exponent in found.items():
            value = what if kind == "number" else single(walk(what, e, bound))
            total += e.instance.number(exponent) * _free_letter("log", value, signs)
    else:
        total = _free_letter("log", single(walk(inner, e, bound)), signs)
    below = _free_letter("log", 2, signs) if node.of == "log2" else 1
    return int(total * pow(below, -1, p) % p)


def _free_letter(name: str, value: Any, signs: Signs) -> int:
    """A number of its own for each value of what stands inside."""
    key = (name, int(value))
    if key not in signs.letters:
        rng = random.Random(f"{signs.modulus} {name} {value}")
        signs.letters[key] = rng.randrange(2, signs.modulus)
    return 0 if key == ("log", 1) else 1 if key == ("exp", 0) else signs.letters[key]


def _multiples(node: Node) -> Iterator[tuple[int, Node]]:
    """A sum as whole multiples of its terms."""
    if node.op == "add":
        for term in node.args:
            yield from _multiples(term)
    elif node.op == "mul" and node.args[0].op == "num" and node.args[0].of.denominator == 1:
        rest = mul(*node.args[1:])
        yield from ((int(node.args[0].of) * whole, term) for whole, term in _multiples(rest))
    else:
        yield 1, node


def _surely_positive(atom: tuple[str, Any], table: Table, signs: Signs) -> bool:
    kind, what = atom
    return what > 0 if kind == "number" else positive(what, table, signs) > 0


Atom = tuple[str, Any]  # ("number", prime) or ("tree", node)
Powers = dict[Atom, Fraction]
_MINUS: Atom = ("number", -1)
_ZERO: Atom = ("number", 0)


@dataclass(frozen=True)
class _Root:
    """Takes what stands under a root apart along ·, /, powers, and puts the roots of its atoms
    together.
    """

    e: Evaluation
    bound: Bound
    signs: Signs

    @property
    def table(self) -> Table:
        return self.e.instance.table

    def value(self, node: Node) -> int:
        found: Powers = {}
        self.split(node, Fraction(1), found)
        out, sign, p = 1, 1, self.signs.modulus
        for atom, exponent in found.items():
            if atom == _ZERO:
                return 0
            if exponent.denominator > 2:
                raise Unreadable("a root of a root is not decided", node.at)
            factor, factor_sign = self.atom(atom, exponent)
            out, sign = out * factor % p, sign * factor_sign
        if sign < 0:
            raise NoRoot("the root of a negative number")
        return out

    def atom(self, atom: Atom, exponent: Fraction) -> tuple[int, int]:
        """|atom|^exponent, and the atom's sign where an odd power of it stands under the root."""
        p, odd = self.signs.modulus, exponent.denominator > 1
        kind, what = atom
        if atom == _MINUS:
            return 1, -1 if odd else 1
        if kind == "number":
            return self.raised(what % p, exponent), 1
        if any(is_root(x) for child in what.args for x in _unsquared(child)):
            raise Unreadable("a root of a root is not decided", what.at)
        if what.op == "sym" and what.of in self.signs.of_symbols:
            self.e.instance.value(what.of)
            half = self.signs.halves[what.of]
            return raised(half, int(2 * exponent), p), self.signs.of_symbols[what.of] if odd else 1
        if what.op == "norm":
            square = square_of(walk(what.args[0], self.e, self.bound), p, what.of)
            if exponent.denominator > 1:
                raise Unreadable("a root of a norm is not decided", what.at)
            return self.raised(square, exponent / 2), 1
        value, sign = self.of_sum(what, exponent)
        return self.raised(value * sign % p, exponent), sign if odd else 1

    def of_sum(self, node: Node, exponent: Fraction) -> tuple[int, int]:
        """The value of a tree that is taken no further apart, and its sign in this region."""
        p = self.signs.modulus
        value = plain(walk(node, self.e, self.bound))
        if not isinstance(value, int):
            raise Unreadable("a root of a matrix is not decided", node.at)
        if (exponent.denominator == 1 and exponent % 2 == 0) or positive(
            node, self.table, self.signs
        ) >= 0:
            return value, 1
        if node not in self.signs.of_sums:
            for known, sign in list(self.signs.of_sums.items()):
                other = plain(walk(known, self.e, self.bound))
                if other in (value, -value % p):
                    self.signs.of_sums[node] = sign if other == value else -sign
        if node not in self.signs.of_sums:
            raise NeedSign(node)
        return value, self.signs.of_sums[node]

    def raised(self, value: int, exponent: Fraction) -> int:
        """value^exponent, of a positive atom."""
        base = value if exponent.denominator == 1 else self.signs.root(value)
        whole = exponent if exponent.denominator == 1 else 2 * exponent
        return int(raised(base, int(whole), self.signs.modulus))

    # ---- taking apart: into atoms whose absolute values, to these powers, make the node

    def split(self, node: Node, exponent: Fraction, out: Powers) -> None:
        rules: dict[str, Callable[[Node, Fraction, Powers], None]] = {
            "num": self.number,
            "mul": self.product,
            "div": self.quotient,
            "pow": self.power,
            "norm": self.norm,
            "abs": self.absolute,
            "call": self.call,
            "transpose": lambda n, e, o: self.split(n.args[0], e, o),
        }
        rules.get(node.op, self.tree)(node, exponent, out)

    def put(self, atom: Atom, exponent: Fraction, out: Powers) -> None:
        out[atom] = out.get(atom, Fraction(0)) + exponent

    def tree(self, node: Node, exponent: Fraction, out: Powers) -> None:
        self.put(("tree", node), exponent, out)

    def number(self, node: Node, exponent: Fraction, out: Powers) -> None:
        if not node.of:
            out[_ZERO] = Fraction(1)
            return
        if node.of < 0:
            self.put(_MINUS, exponent, out)
        for part, sign in ((abs(node.of.numerator), 1), (node.of.denominator, -1)):
            for prime in _primes(part):
                self.put(("number", prime), sign * exponent, out)

    def product(self, node: Node, exponent: Fraction, out: Powers) -> None:
        if shape(node, self.table) != NUMBER:
            raise Mismatch("the root of a matrix")
        groups = _groups(node, self.table)
        if len(groups) == 1:  # xᵀ…y: one number that is no product of numbers
            first, *rest = node.args
            if len(rest) == 1 and (first == transpose(rest[0]) or transpose(first) == rest[0]):
                column = rest[0] if first.op == "transpose" else first
                self.norm(norm(column), 2 * exponent, out)
            else:
                self.tree(node, exponent, out)
            return
        for group in groups:
            self.split(group, exponent, out)

    def quotient(self, node: Node, exponent: Fraction, out: Powers) -> None:
        self.split(node.args[0], exponent, out)
        self.split(node.args[1], -exponent, out)

    def power(self, node: Node, exponent: Fraction, out: Powers) -> None:
        base, to = node.args
        if to.op != "num" or shape(base, self.table) != NUMBER:
            self.tree(node, exponent, out)
            return
        self.split(base, exponent * to.of, out)  # under a root all is |·|, and |b^x| is |b|^x

    def call(self, node: Node, exponent: Fraction, out: Powers) -> None:
        if node.of == "sqrt":
            self.split(node.args[0], exponent / 2, out)
        else:
            self.tree(node, exponent, out)

    def absolute(self, node: Node, exponent: Fraction, out: Powers) -> None:
        inner = node.args[0]
        self.split(mul(inner, inner), exponent / 2, out)

    def norm(self, node: Node, exponent: Fraction, out: Powers) -> None:
        """‖c v‖ = |c| ‖v‖, with |c| as (c²)^(1/2)."""
        inner = node.args[0]
        if shape(inner, self.table) == NUMBER:
            self.split(mul(inner, inner), exponent / 2, out)
            return
        numbers, rest = _scaled(inner, self.table)
        for number in numbers:
            self.split(mul(number, number), exponent / 2, out)
        self.put(("tree", norm(rest, node.of)), exponent, out)


def _primes(number: int) -> Iterator[int]:
    factor = 2
    while factor * factor <= number and factor < _TRIAL:
        while number % factor == 0:
            number //= factor
            yield factor
        factor += 1
    if number > 1:
        yield number


def _groups(node: Node, table: Table) -> list[Node]:
    """A product that is a number, cut where a part of it is one: uᵀu·vᵀv."""
    out: list[Node] = []
    part: list[Node] = []
    for factor in node.args:
        if not part and shape(factor, table) == NUMBER:
            out.append(factor)
            continue
        part.append(factor)
        rows = shape(part[0], table)
        if rows is not None and rows[0] == "1" and shape(mul(*part), table) == NUMBER:
            out.append(mul(*part))
            part = []
    return out if not part else [node]


def _scaled(node: Node, table: Table) -> tuple[list[Node], Node]:
    """The numbers that a vector is multiplied with, and the rest of it."""
    if node.op == "transpose":
        return _scaled(node.args[0], table)
    if node.op == "div":
        numbers, rest = _scaled(node.args[0], table)
        return [*numbers, div(ONE, node.args[1])], rest
    if node.op == "mul":
        numbers = [f for f in node.args if shape(f, table) == NUMBER]
        others = [f for f in node.args if shape(f, table) != NUMBER]
        if numbers and others:
            inner, rest = _scaled(mul(*others), table)
            return [*numbers, *inner], rest
    return [], node


def positive(node: Node, table: Table, signs: Signs) -> int:
    """1 positive, 0 not negative, −1 unknown: on the whole domain, and in this region of signs."""
    rule = _POSITIVE.get(node.op)
    return rule(node, table, signs) if rule is not None else -1


def _positive_symbol(node: Node, table: Table, signs: Signs) -> int:
    if signs.of_symbols.get(node.of) == 1:
        return 1
    symbol = table.symbols.get(node.of)
    if node.of in table.sizes or (symbol is not None and symbol.kind == "size"):
        return 1
    if symbol is None or symbol.least is None or symbol.least < 0:
        return -1
    return 1 if symbol.least > 0 or symbol.strict else 0


def _positive_sum(node: Node, table: Table, signs: Signs) -> int:
    found = [positive(x, table, signs) for x in node.args]
    return -1 if -1 in found else max(found)


def _positive_product(node: Node, table: Table, signs: Signs) -> int:
    if (
        len(node.args) == 2
        and node.args[0] == transpose(node.args[1])
        and shape(node, table) == NUMBER
    ):
        return 0
    found = [positive(x, table, signs) for x in node.args]
    return -1 if -1 in found else min(found)


def _positive_power(node: Node, table: Table, signs: Signs) -> int:
    base, exponent = node.args
    found = positive(base, table, signs)
    even = exponent.op == "num" and exponent.of.denominator == 1 and exponent.of % 2 == 0
    return 0 if found < 0 and even and shape(base, table) == NUMBER else found


_POSITIVE: dict[str, Callable[[Node, Table, Signs], int]] = {
    "num": lambda node, t, s: 1 if node.of > 0 else 0 if not node.of else -1,
    "sym": _positive_symbol,
    "add": _positive_sum,
    "mul": _positive_product,
    "div": _positive_product,
    "pow": _positive_power,
    "transpose": lambda node, t, s: positive(node.args[0], t, s),
    "norm": lambda node, t, s: 0,
    "abs": lambda node, t, s: 0,
    "call": lambda node, t, s: 0 if node.of == "sqrt" else 1 if node.of == "exp" else -1,
}
