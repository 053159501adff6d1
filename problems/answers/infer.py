"""Symbols that nobody declared: what they must be for both sides to make sense, and what is then
taken for granted.

A small letter is a number, unless something says that it is a vector; what is transposed,
inverted, normed or put beside I is a matrix or a vector, and a capital letter may be one. Every
reading in which both sides fit is decided, and only what all of them agree on is said.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import product
from typing import Literal

from ..formulas.declare import Symbol, Table
from ..formulas.instance import family_counted
from ..formulas.tree import ONE, Node, every
from ..formulas.write import named
from .verdict import Verdict, undecided

Role = Literal["number", "integer", "vector", "matrix"]
MOST_READINGS = 24
_LETTERS = "ndmkpqrst"
_ROLES: dict[Role, str] = {"number": "a real number", "integer": "an integer ≥ 1"}


class Misfit(Exception):
    """A reading in which the sizes do not fit."""


@dataclass(frozen=True)
class Reading:
    """One way to take the undeclared symbols: the table with them, and what that grants."""

    table: Table
    granted: tuple[str, ...]
    fits: bool  # whether the answer fits as well


def undeclared(trees: tuple[Node, ...], table: Table) -> frozenset[str]:
    """Names that a table does not have; an index that nothing binds counts members, and is none of
    them.
    """
    nodes = [x for t in trees for x in every(t)]
    plain = {x.of for x in nodes if x.op == "sym"} - {*table.symbols, *table.sizes}
    families = {x.of for x in nodes if x.op == "elem"} - {*table.symbols, *table.families}
    indices = {x.args[0].of for x in nodes if x.op == "elem" and x.args[0].op == "sym"}
    free = frozenset().union(*(t.names for t in trees))
    return frozenset((plain - indices) | families) & free


def unsized(trees: tuple[Node, ...], table: Table) -> dict[str, Role]:
    """Symbols that were declared as a matrix or a vector without sizes."""
    return {
        name: "vector" if table.symbols[name].columns == "1" else "matrix"
        for name in frozenset().union(*(t.names for t in trees))
        if name in table.symbols and table.symbols[name].rows == f"rows of {name}"
    }


def readings(answer: Node, key: Node, table: Table) -> Iterator[Reading]:
    """Every way of taking the undeclared symbols in which the key makes sense."""
    trees = (answer, key)
    declared = unsized(trees, table)
    table = replace(table, symbols={n: s for n, s in table.symbols.items() if n not in declared})
    names = undeclared(trees, table)
    families = {x.of for t in trees for x in every(t) if x.op == "elem"} & names
    whole = _integers(trees) & names - families
    counted = _counted(trees, families)
    others = sorted(names - families - whole - set(counted.values()))
    choices = [(declared[n],) if n in declared else _roles(n, trees) for n in others]
    for roles in product(*choices):
        taken: dict[str, Role] = dict(zip(others, roles, strict=True))
        taken |= dict.fromkeys(whole - set(counted.values()), "integer")
        made = _read(answer, key, table, taken, {f: counted.get(f, "") for f in families})
        if made is not None:
            yield made


def _integers(trees: tuple[Node, ...]) -> set[str]:
    """Names in exponents that are no numbers, in bounds of sums, and in binomials."""
    out: set[str] = set()
    for tree in trees:
        for x in every(tree):
            if x.op == "pow" and x.args[1].op != "num":
                out |= x.args[1].names
            elif x.op == "sum":
                out |= x.args[1].names | x.args[2].names
            elif x.op == "call" and x.of == "binom":
                out |= x.args[0].names | x.args[1].names
    return out


def _counted(trees: tuple[Node, ...], families: set[str]) -> dict[str, str]:
    """Families that are summed from 1 to one name: that counts them."""
    out: dict[str, str] = {}
    for tree in trees:
        for x in every(tree):
            if x.op != "sum" or (family := family_counted(x.args[0], x.of)) not in families:
                continue
            if (
                x.args[1] == ONE
                and x.args[2].op == "sym"
                and out.get(family, x.args[2].of) == x.args[2].of
            ):
                out[family] = x.args[2].of
            else:
                out.pop(family, None)
                families = families - {family}
    return out


def _roles(name: str, trees: tuple[Node, ...]) -> tuple[Role, ...]:
    base = name.partition("_")[0]
    capital = base[:1].isascii() and base[:1].isupper()
    wide = any(_shows_matrix(name, t) for t in trees)
    if capital:
        return ("matrix",) if wide else ("matrix", "number")
    vectors = (
        wide
        or any(_is_matrix_letter(n) for t in trees for n in t.names)
        or any(map(_any_transpose, trees))
    )
    return (
        ("vector",) if wide else ("number", "vector") if vectors and base.isascii() else ("number",)
    )


def _is_matrix_letter(name: str) -> bool:
    return name[:1].isascii() and name[:1].isupper()


def _any_transpose(tree: Node) -> bool:
    return any(x.op in ("transpose", "ident") for x in every(tree))


def _shows_matrix(name: str, tree: Node) -> bool:
    """Transposed, inverted, normed, or added to I, by itself."""
    for x in every(tree):
        if x.op in ("transpose", "norm") and x.args[0].op == "sym" and x.args[0].of == name:
            return True
        if (
            x.op == "pow"
            and x.args[0].op == "sym"
            and x.args[0].of == name
            and x.args[1].op == "num"
            and x.args[1].of < 0
        ):
            return _is_matrix_letter(name)
        if (
            x.op == "add"
            and any(_multiple_of_identity(t) for t in x.args)
            and any(t.op == "sym" and t.of == name for t in x.args)
        ):
            return True
    return False


def _multiple_of_identity(node: Node) -> bool:
    return node.op == "ident" or (node.op == "mul" and node.args[-1].op == "ident")


# ------------------------------------------------------------------ sizes that make both sides fit


@dataclass
class _Fit:
    """Sizes as classes that are joined where two things must fit."""

    table: Table
    roles: Mapping[str, Role]
    joined: dict[str, str] = field(default_factory=dict)
    fresh: int = 0

    def root(self, size: str) -> str:
        while size in self.joined:
            size = self.joined[size]
        return size

    def join(self, a: str, b: str) -> None:
        a, b = self.root(a), self.root(b)
        if a == b:
            return
        if self.is_rigid(a):
            a, b = b, a
        if self.is_rigid(a) or b == "1":
            raise Misfit
        self.joined[a] = b

    def is_rigid(self, size: str) -> bool:
        return size.isdigit() or size in self.table.sizes

    def new(self) -> str:
        self.fresh += 1
        return f"?{self.fresh}"

    def shape(self, node: Node) -> tuple[str, str]:
        """The shape of a tree, with sizes joined as it needs. Raises Misfit."""
        rule = getattr(self, f"_{node.op}", None)
        if rule is None:
            for child in node.args:
                self.shape(child)
            return ("1", "1")
        found: tuple[str, str] = rule(node)
        return self.root(found[0]), self.root(found[1])

    def _sym(self, node: Node) -> tuple[str, str]:
        role = self.roles.get(node.of)
        if role in ("matrix", "vector"):
            return f"rows {node.of}", f"columns {node.of}" if role == "matrix" else "1"
        symbol = self.table.symbols.get(node.of)
        if symbol is not None and symbol.kind == "matrix":
            return symbol.rows, symbol.columns
        return "1", "1"

    def _ident(self, node: Node) -> tuple[str, str]:
        size = node.of or self.new()
        return size, size

    def _add(self, node: Node) -> tuple[str, str]:
        first, *rest = (self.shape(t) for t in node.args if not (t.op == "num" and not t.of))
        for rows, columns in rest:
            self.join(first[0], rows)
            self.join(first[1], columns)
        return first

    def _mul(self, node: Node) -> tuple[str, str]:
        out = ("1", "1")
        for factor in node.args:
            rows, columns = self.shape(factor)
            out = self.root(out[0]), self.root(out[1])
            if (rows, columns) == ("1", "1"):
                continue
            if out == ("1", "1"):
                out = rows, columns
            else:
                self.join(out[1], rows)
                out = out[0], columns
        return out

    def _div(self, node: Node) -> tuple[str, str]:
        if self.shape(node.args[1]) != ("1", "1"):
            raise Misfit
        return self.shape(node.args[0])

    def _pow(self, node: Node) -> tuple[str, str]:
        rows, columns = self.shape(node.args[0])
        self.join(rows, columns)
        return rows, columns

    def _transpose(self, node: Node) -> tuple[str, str]:
        rows, columns = self.shape(node.args[0])
        if (rows, columns) == ("1", "1") and node.args[0].op not in ("mul", "norm"):
            raise Misfit  # a number is not transposed: T may be an exponent
        return columns, rows

    def _elem(self, node: Node) -> tuple[str, str]:
        return "1", "1"

    def _sum(self, node: Node) -> tuple[str, str]:
        return self.shape(node.args[0])


def _read(
    answer: Node, key: Node, table: Table, roles: Mapping[str, Role], families: Mapping[str, str]
) -> Reading | None:
    """The table of one reading; None where the key does not fit in it."""
    fit = _Fit(table, roles)
    try:
        wanted = fit.shape(key)
    except Misfit:
        return None
    before = dict(fit.joined)
    try:
        found = fit.shape(answer)
        fit.join(wanted[0], found[0])
        fit.join(wanted[1], found[1])
        fits = True
    except Misfit:
        fit.joined, fits = before, False
    return _table(table, fit, roles, families, fits)


def _table(
    table: Table, fit: _Fit, roles: Mapping[str, Role], families: Mapping[str, str], fits: bool
) -> Reading:
    taken = {*table.symbols, *table.sizes, *roles, *families}
    letters = iter(letter for letter in _LETTERS if letter not in taken)
    names: dict[str, str] = {}

    def size(of: str) -> str:
        root = fit.root(of)
        if fit.is_rigid(root):
            return root
        if root not in names:
            names[root] = next(letters, f"size {len(names)}")
        return names[root]

    symbols: dict[str, Symbol] = {}
    granted: list[str] = []
    for name, role in roles.items():
        if role == "integer":
            symbols[name] = Symbol(name, "integer", least=Fraction(1))
        elif role == "number":
            symbols[name] = Symbol(name, "scalar")
        else:
            columns = "1" if role == "vector" else size(f"columns {name}")
            symbols[name] = Symbol(name, "matrix", size(f"rows {name}"), columns)
        made = symbols[name]
        shape = (
            f"a {role} of {made.rows} numbers"
            if role == "vector"
            else f"a {made.rows}×{made.columns} matrix"
        )
        granted.append(f"{named(name)} taken as {_ROLES.get(role, shape)}")
    for name, count in families.items():
        symbols[name] = Symbol(name, "scalar", counted_by=count or "∞")
        if count:
            symbols[count] = Symbol(count, "size", least=Fraction(1))
        granted.append(f"{name}_i taken as numbers, one for each i")
    return Reading(table.with_symbols(symbols), tuple(granted), fits)


def agreed(verdicts: list[tuple[Reading, Verdict]]) -> Verdict:
    """What all readings agree on, with what was taken for granted; undecided otherwise, with the
    declaration that settles it.
    """
    said = {verdict.verdict for _, verdict in verdicts}
    reading, first = verdicts[0]
    if len(said) == 1:
        return first.under(*reading.granted)
    other = next((r, v) for r, v in verdicts if v.verdict != first.verdict)
    shown = (verdicts[0], other)
    parts = "; or ".join(f"{v.verdict} with {', '.join(r.granted)}" for r, v in shown)
    return undecided(f"it depends on what the letters are: {parts}: declare them", read=first.read)
