"""One walk over a tree for every meaning that a tree can have: a value, a shape, a sympy
expression, a text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from typing import Any, Protocol, TypeVar

from .tree import Node

V_co = TypeVar("V_co", covariant=True)
Bound = Mapping[str, int]  # the indices of sums that are being run through
FREE: Bound = {}


class Unsupported(Exception):
    """A meaning has no rule for a node: never a default."""


class Algebra(Protocol[V_co]):
    """What nodes mean: a rule for each operation that it knows, and where results may be kept."""

    @property
    def rules(self) -> Mapping[str, Callable[[Any, Node, Bound], V_co]]:
        """Operation -> rule(algebra, node, bound); a rule walks the children that it wants."""

    def kept(self, node: Node, bound: Bound) -> MutableMapping[Node, Any] | None:
        """Where the meaning of this node is kept; None where it depends on what is bound."""


_MISSING = object()


def walk(node: Node, algebra: Algebra[V_co], bound: Bound = FREE) -> V_co:
    """The meaning of a tree. Raises Unsupported where the algebra has no rule, and whatever its
    rules raise.
    """
    kept = algebra.kept(node, bound)
    if kept is not None:
        found: Any = kept.get(node, _MISSING)
        if found is not _MISSING:
            return found  # type: ignore[no-any-return]  # it was put there below
    rule = algebra.rules.get(node.op)
    if rule is None:
        raise Unsupported(node.op)
    meaning = rule(algebra, node, bound)
    if kept is not None:
        kept[node] = meaning
    return meaning
