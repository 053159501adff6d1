"""The shape of a tree, in the names of the sizes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from .declare import Symbol, Table
from .instance import family_counted
from .tree import Node, Unreadable, mul
from .values import Mismatch
from .walk import Bound, walk
from .write import shown

Shape = tuple[str, str] | None  # None: a multiple of I, of whatever size fits
NUMBER: Shape = ("1", "1")


@dataclass(frozen=True, eq=False)
class Shapes:
    """The algebra of shapes in the symbols of a table."""

    table: Table
    found: dict[Node, Shape] = field(default_factory=dict)

    @property
    def rules(self) -> Mapping[str, Callable[[Shapes, Node, Bound], Shape]]:
        return _RULES

    def kept(self, node: Node, bound: Bound) -> MutableMapping[Node, Shape]:
        return self.found


_KEPT: WeakKeyDictionary[Table, Shapes] = WeakKeyDictionary()
MOST_KEPT = 2_000


def shape(node: Node, table: Table) -> Shape:
    """The shape of a tree. Raises Mismatch with the product and its sizes, and Unreadable."""
    shapes = _KEPT.get(table)
    if shapes is None or len(shapes.found) > MOST_KEPT:
        shapes = _KEPT[table] = Shapes(table)
    return walk(node, shapes)


def is_number(node: Node, table: Table) -> bool:
    return shape(node, table) == NUMBER


def told(found: Shape) -> str:
    """A shape as people write it: d for a column, n×d for a matrix."""
    if found is None or found == NUMBER:
        return "scalar" if found else "multiple of I"
    return found[0] if found[1] == "1" else f"{found[0]}×{found[1]}"


def _sizes(found: Shape) -> str:
    if found is None:
        return "a multiple of I"
    return "a number" if found == NUMBER else f"{found[0]}×{found[1]}"


def _of(symbol: Symbol | None) -> Shape:
    matrix = symbol is not None and symbol.kind == "matrix"
    return (symbol.rows, symbol.columns) if matrix and symbol is not None else NUMBER


def _elem(s: Shapes, node: Node, bound: Bound) -> Shape:
    family = s.table.families.get(node.of)
    if family is None or not family.member[0]:
        return _of(family)
    how, whole = family.member
    of = s.table.symbols[whole]
    return {"row": (of.columns, "1"), "column": (of.rows, "1")}.get(how, NUMBER)


def _add(s: Shapes, node: Node, bound: Bound) -> Shape:
    terms = [t for t in node.args if not (t.op == "num" and not t.of)] or [node.args[0]]
    out = walk(terms[0], s)
    for term in terms[1:]:
        other = walk(term, s)
        if out is None or other is None:
            known = out or other
            if known is not None and known[0] != known[1]:
                raise Mismatch(f"{shown(node)} adds a multiple of I to {_sizes(known)}")
            out = known
        elif out != other:
            raise Mismatch(f"{shown(node)} adds {_sizes(out)} and {_sizes(other)}")
    return out


def _mul(s: Shapes, node: Node, bound: Bound) -> Shape:
    out = walk(node.args[0], s)
    for position, factor in enumerate(node.args[1:], 1):
        other = walk(factor, s)
        if other == NUMBER:
            continue
        if other is None:
            out = None if out == NUMBER else out
        elif out is None or out == NUMBER:
            out = other
        elif out[1] != other[0]:
            left = shown(mul(*node.args[:position]))
            sides = f"{left} is {_sizes(out)} and {shown(factor)} is {_sizes(other)}"
            raise Mismatch(f"{sides}: they do not multiply")
        else:
            out = (out[0], other[1])
    return out


def _div(s: Shapes, node: Node, bound: Bound) -> Shape:
    top, bottom = node.args
    below = walk(bottom, s)
    if below != NUMBER:
        raise Mismatch(f"{shown(node)} divides by {_sizes(below)}")
    return walk(top, s)


def _pow(s: Shapes, node: Node, bound: Bound) -> Shape:
    if walk(node.args[1], s) != NUMBER:
        raise Mismatch(f"{shown(node)} has a matrix as its exponent")
    out = walk(node.args[0], s)
    if out is not None and out[0] != out[1]:
        raise Mismatch(f"{shown(node)} is a power of {_sizes(out)}")
    return out


def _transpose(s: Shapes, node: Node, bound: Bound) -> Shape:
    out = walk(node.args[0], s)
    return None if out is None else (out[1], out[0])


def _number_of(s: Shapes, node: Node, bound: Bound) -> Shape:
    for child in node.args:
        walk(child, s)
    return NUMBER


def _only_numbers(s: Shapes, node: Node, bound: Bound) -> Shape:
    for child in node.args:
        if walk(child, s) != NUMBER:
            raise Mismatch(f"{shown(node)}: {shown(child)} is {_sizes(walk(child, s))}, no number")
    return NUMBER


def _call(s: Shapes, node: Node, bound: Bound) -> Shape:
    if node.of != "tr":
        return _only_numbers(s, node, bound)
    inner = walk(node.args[0], s)
    if inner is not None and inner[0] != inner[1]:
        raise Mismatch(f"{shown(node)} is the trace of {_sizes(inner)}")
    return NUMBER


def _diag(s: Shapes, node: Node, bound: Bound) -> Shape:
    if node.of:
        family = s.table.families.get(family_counted(node.args[0], node.of))
        count = s.table.count_of(family) if family is not None else ""
        return (count, count)
    if len(node.args) > 1:
        return (str(len(node.args)),) * 2
    inner = walk(node.args[0], s)
    if inner is None or "1" not in inner:
        raise Unreadable("diag is read of a family σ_i, of a vector, or of numbers", node.at)
    size = inner[0] if inner[1] == "1" else inner[1]
    return (size, size)


def _grid(s: Shapes, node: Node, bound: Bound) -> Shape:
    for child in node.args:
        if walk(child, s) != NUMBER:
            raise Unreadable("a matrix stands where one number of a list is expected", child.at)
    return (str(len(node.args) // node.of), str(node.of))


_RULES: dict[str, Callable[[Shapes, Node, Bound], Shape]] = {
    "num": lambda s, node, b: NUMBER,
    "sym": lambda s, node, b: _of(s.table.symbols.get(node.of)),
    "elem": _elem,
    "ident": lambda s, node, b: (node.of, node.of) if node.of else None,
    "add": _add,
    "mul": _mul,
    "div": _div,
    "pow": _pow,
    "transpose": _transpose,
    "norm": _number_of,
    "abs": _only_numbers,
    "sum": lambda s, node, b: walk(node.args[0], s),
    "diag": _diag,
    "grid": _grid,
    "call": _call,
}
