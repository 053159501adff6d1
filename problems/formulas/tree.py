"""What a formula says, as a tree: one class of node. Products keep their order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal

# what `of` holds and what `args` are:
#   num        a Fraction                  sym   a name
#   elem       the family; (index,)        ident a size, or ""
#   add, mul   (terms or factors …)        div   (top, bottom)     pow (base, exponent)
#   transpose  (x,)                        norm  "", "F"; (x,)     abs (x,)
#   sum        its index; (body, low, high)
#   diag       the index that runs over a family, or ""; (entries …)
#   grid       its number of columns; (entries, row by row)
#   call       sqrt log log2 exp binom tr; (arguments …)
Op = Literal[
    "num", "sym", "elem", "ident", "add", "mul", "div", "pow", "transpose", "norm", "abs",
    "sum", "diag", "grid", "call",
]  # fmt: skip


class Unreadable(ValueError):
    """The text cannot be read, or not decided within bounds: why, and where in it."""

    def __init__(self, why: str, at: int | None = None) -> None:
        super().__init__(why)
        self.why, self.at = why, at


class OverBound(Unreadable):
    """Evaluating it here would be more work than is undertaken: it has a value, but not at such
    sizes.
    """


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """One node; equal to another of the same content, wherever they stand in their texts.

    `names` are those of its symbols and families that nothing in it binds, `size` counts its nodes.
    """

    op: Op
    args: tuple[Node, ...] = ()
    of: Any = None
    at: int | None = None
    hash: int = field(init=False, repr=False)
    names: frozenset[str] = field(init=False, repr=False)
    size: int = field(init=False, repr=False)
    below: tuple[Node, ...] | None = field(init=False, repr=False, default=None)

    def __post_init__(self) -> None:
        put = object.__setattr__
        put(self, "hash", hash((self.op, self.of, self.args)))
        put(self, "names", _names(self))
        size = 1
        for child in self.args:
            size += child.size
        put(self, "size", size)

    def __hash__(self) -> int:
        return self.hash

    def __eq__(self, other: object) -> bool:
        return self is other or (
            isinstance(other, Node)
            and self.hash == other.hash
            and self.op == other.op
            and self.of == other.of
            and self.args == other.args
        )


_NO_NAMES: frozenset[str] = frozenset()


def _names(node: Node) -> frozenset[str]:
    if node.op in ("sum", "diag"):
        body, *bounds = node.args if node.op == "sum" else (grid(node.args),)
        inner = body.names - {node.of}
        return inner.union(*(bound.names for bound in bounds))
    own = frozenset((node.of,)) if node.op in ("sym", "elem") else _NO_NAMES
    return own.union(*[child.names for child in node.args]) if node.args else own


def num(value: int | Fraction, at: int | None = None) -> Node:
    return Node("num", (), Fraction(value), at)


def sym(name: str, at: int | None = None) -> Node:
    return Node("sym", (), name, at)


def elem(family: str, index: Node, at: int | None = None) -> Node:
    """Member `index` of a family: x_i, σ_i, c_{i+1}."""
    return Node("elem", (index,), family, at)


def ident(size: str = "", at: int | None = None) -> Node:
    """I; its size is found where it stands, unless it is written I_n."""
    return Node("ident", (), size, at)


def add(*terms: Node) -> Node:
    return terms[0] if len(terms) == 1 else Node("add", terms)


def mul(*factors: Node) -> Node:
    return factors[0] if len(factors) == 1 else Node("mul", factors)


def div(top: Node, bottom: Node) -> Node:
    return Node("div", (top, bottom))


def power(base: Node, exponent: Node | int | Fraction) -> Node:
    return Node("pow", (base, exponent if isinstance(exponent, Node) else num(exponent)))


def inverse(of: Node) -> Node:
    return power(of, -1)


def transpose(of: Node) -> Node:
    return Node("transpose", (of,))


def norm(of: Node, kind: str = "") -> Node:
    """‖…‖; kind F is Frobenius's, without it only a vector has one here."""
    return Node("norm", (of,), kind)


def summed(index: str, body: Node, low: Node, high: Node) -> Node:
    return Node("sum", (body, low, high), index)


def diag(entries: tuple[Node, ...], index: str = "") -> Node:
    """diag(…): of numbers, of a vector, or of what `index` runs over."""
    return Node("diag", entries, index)


def grid(entries: tuple[Node, ...], columns: int = 1) -> Node:
    """A matrix or vector written out, row by row."""
    return Node("grid", entries, columns)


def call(name: str, *arguments: Node) -> Node:
    return Node("call", arguments, name)


ZERO, ONE, TWO = num(0), num(1), num(2)


def negated(node: Node) -> Node:
    return num(-node.of, node.at) if node.op == "num" else mul(num(-1), node)


def rows_of(node: Node) -> Iterator[tuple[Node, ...]]:
    """The rows of a grid."""
    for start in range(0, len(node.args), node.of):
        yield node.args[start : start + node.of]


def rebuilt(node: Node, change: Callable[[Node], Node]) -> Node:
    """The node with `change` applied to each of its children."""
    args = tuple(map(change, node.args))
    same = all(a is b for a, b in zip(args, node.args, strict=True))
    return node if same else Node(node.op, args, node.of, node.at)


def substituted(node: Node, names: Mapping[str, Node]) -> Node:
    """Definitions put in, except where a sum binds the name."""
    if node.op == "sym" and node.of in names:
        return names[node.of]
    if node.names.isdisjoint(names):
        return node
    if node.op in ("sum", "diag") and node.of in names:
        body, *bounds = node.args
        outer = [substituted(bound, names) for bound in bounds]
        inner = {name: tree for name, tree in names.items() if name != node.of}
        return Node(node.op, (substituted(body, inner), *outer), node.of, node.at)
    return rebuilt(node, lambda child: substituted(child, names))


def canonical(node: Node, depth: int = 0) -> Node:
    """The tree with the indices of its sums named by their depth: Σ_i x_i and Σ_j x_j are one."""
    if all(x.op not in ("sum", "diag") for x in every(node)):
        return node
    if node.op == "sum" or (node.op == "diag" and node.of):
        name = f"·{depth}"
        body, *bounds = node.args
        inner = substituted(body, {node.of: sym(name)})
        return Node(node.op, (canonical(inner, depth + 1), *bounds), name, node.at)
    return rebuilt(node, lambda child: canonical(child, depth))


def every(node: Node) -> tuple[Node, ...]:
    """The node and all below it, kept on the node once somebody asked."""
    kept = node.below
    if kept is None:
        found = [node]
        for each in found:  # it grows while it is run through
            found += each.args
        kept = tuple(found)
        object.__setattr__(node, "below", kept)
    return kept
