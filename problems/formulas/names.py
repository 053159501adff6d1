"""What words may mean in an expression: the declared names, and what is known of their sizes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from .notation import LETTERS
from .tree import Node

Outline = tuple[str, str]  # rows and columns, by the names of the sizes
NUMBER: Outline = ("1", "1")
ANY: Outline = ("?", "?")  # I: square, of whatever size fits


@dataclass(frozen=True)
class Names:
    """Declared symbols, families (x_i), other spellings, and whether strangers are let in.

    `shapes` has the rows and columns of what is no number, members of families included; `numbers`
    has the names of what is one; a name in neither, such as a local one, may be either.
    """

    symbols: frozenset[str]
    families: Mapping[str, str] = field(default_factory=dict)  # base -> the size that counts it
    aliases: Mapping[str, str] = field(default_factory=dict)
    strangers: bool = False
    renamed: Mapping[str, str] = field(default_factory=dict)  # an answer's letters for the key's
    shapes: Mapping[str, Outline] = field(default_factory=dict)
    numbers: frozenset[str] = frozenset()
    sizes: frozenset[str] = frozenset()
    bound: frozenset[str] = frozenset()  # the indices of the sums around

    @cached_property
    def known(self) -> frozenset[str]:
        """The names without their indices."""
        every = (*self.symbols, *self.families, *self.aliases)
        return frozenset(name.partition("_")[0] for name in every)

    def bases(self) -> frozenset[str]:
        return self.known

    def has(self, name: str) -> bool:
        return name in self.symbols or name in self.aliases

    def within(self, indices: Iterable[str]) -> Names:
        """In a sum: its indices are numbers, whatever else these letters mean outside."""
        bound = frozenset(indices)

        def others(of: Mapping[str, Any]) -> dict[str, Any]:
            return {name: value for name, value in of.items() if name not in bound}

        return replace(
            self,
            symbols=self.symbols | bound,
            families=others(self.families),
            aliases=others(self.aliases),
            renamed=others(self.renamed),
            shapes=others(self.shapes),
            numbers=self.numbers | bound,
            bound=self.bound | bound,
        )

    def defining(self, name: str, node: Node) -> Names:
        """With a name that a text defines by a tree: what is known of its sizes."""
        found = outline(node, self)
        numbers, shapes = self.numbers - {name}, {n: s for n, s in self.shapes.items() if n != name}
        if found == NUMBER:
            numbers |= {name}
        elif found is not None and found != ANY:
            shapes[name] = found
        return replace(self, symbols=self.symbols | {name}, numbers=numbers, shapes=shapes)


def outline(node: Node, names: Names) -> Outline | None:
    """The rows and columns of a tree, as far as they are known; None where they are not."""
    op = node.op
    if op in ("num", "norm", "abs", "call"):
        return NUMBER
    if op in ("sym", "elem"):
        return _named(node, names)
    if op == "mul":
        return _product(node, names)
    if op == "add":
        found = [outline(term, names) for term in node.args]
        return next((x for x in found if x not in (None, ANY)), found[0])
    if op in ("div", "pow"):
        return outline(node.args[0], names)
    if op == "transpose":
        inner = outline(node.args[0], names)
        return inner and (inner[1], inner[0])
    if op == "sum":
        return outline(node.args[0], names.within((node.of,)))
    return ANY if op in ("ident", "diag") else (str(len(node.args) // node.of), str(node.of))


def _named(node: Node, names: Names) -> Outline | None:
    name = str(node.of)
    if node.op == "elem" and name not in names.families:
        return NUMBER
    return NUMBER if name in names.numbers else names.shapes.get(name)


def _product(node: Node, names: Names) -> Outline | None:
    out = NUMBER
    for factor in node.args:
        found = outline(factor, names)
        if found is None:
            return None
        if out == NUMBER:
            out = found
        elif found not in (NUMBER, ANY):
            out = found if out == ANY else (out[0], found[1])
    return out


def is_number(node: Node, names: Names) -> bool:
    """Whether it surely is one: an undeclared Greek letter counts where strangers are let in."""
    if outline(node, names) == NUMBER:
        return True
    return (
        names.strangers
        and all(x in names.numbers or (x in LETTERS and x not in names.shapes) for x in node.names)
        and outline(node, replace(names, numbers=names.numbers | node.names)) == NUMBER
    )


def is_column(found: Outline | None) -> bool:
    return found is not None and found[1] == "1" and found[0] not in ("1", "?")


def is_row(found: Outline | None) -> bool:
    return found is not None and found[0] == "1" and found[1] not in ("1", "?")


def only_numbers(node: Node, names: Names) -> bool:
    """Whether no vector and no matrix stands in it."""
    if node.op in ("sym", "elem"):
        return is_number(node, names)
    matrix = node.op in ("ident", "diag", "grid")
    return not matrix and all(only_numbers(child, names) for child in node.args)
