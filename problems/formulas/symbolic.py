"""A tree as a sympy expression, for proofs: numbers commute, matrices are symbols that do not, I is
1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any

import sympy as sp

from .declare import Table
from .tree import Node, transpose
from .walk import Bound, Unsupported, walk


@dataclass(frozen=True)
class Sympy:
    """The algebra of sympy expressions, with some symbols given."""

    symbols: Mapping[str, Any]
    table: Table
    done: dict[Node, Any] = field(default_factory=dict)

    @property
    def rules(self) -> Mapping[str, Callable[[Sympy, Node, Bound], Any]]:
        return _RULES

    def kept(self, node: Node, bound: Bound) -> MutableMapping[Node, Any]:
        return self.done

    def named(self, name: str) -> Any:
        """The expression for a name."""
        if name in self.symbols:
            return self.symbols[name]
        symbol = self.table.symbols.get(name)
        if symbol is not None and symbol.value:
            return walk(self.table.values[name], self)
        return sp.Symbol(name, commutative=symbol is None or symbol.kind != "matrix")


def expressed(node: Node, symbols: Mapping[str, Any], table: Table) -> Any:
    """The tree as sympy reads it. Raises Unsupported for members of families, norms and matrices
    written out.
    """
    return walk(node, Sympy(symbols, table))


def _sum(s: Sympy, node: Node, bound: Bound) -> Any:
    body, low, high = (walk(x, s) for x in node.args)
    return sp.Sum(body, (sp.Symbol(node.of), low, high))


def _transpose(s: Sympy, node: Node, bound: Bound) -> Any:
    inner = node.args[0]
    if inner.op == "sym":
        return s.symbols.get(f"{inner.of}ᵀ", sp.Symbol(f"{inner.of}ᵀ", commutative=False))
    if inner.op == "transpose":
        return walk(inner.args[0], s)
    if inner.op in ("mul", "add"):
        parts = [walk(transpose(x), s) for x in inner.args]
        return sp.Mul(*reversed(parts)) if inner.op == "mul" else sp.Add(*parts)
    return walk(inner, s) if inner.op in ("num", "ident") else _unknown(inner)


def _unknown(node: Node) -> Any:
    raise Unsupported(f"the transpose of {node.op}")


def _call(s: Sympy, node: Node, bound: Bound) -> Any:
    functions = {"binom": sp.binomial, "sqrt": sp.sqrt, "log": sp.log, "exp": sp.exp}
    if node.of not in functions:
        raise Unsupported(node.of)
    return functions[node.of](*(walk(x, s) for x in node.args))


_RULES: dict[str, Callable[[Sympy, Node, Bound], Any]] = {
    "num": lambda s, node, b: sp.Rational(node.of.numerator, node.of.denominator),
    "sym": lambda s, node, b: s.named(node.of),
    "ident": lambda s, node, b: s.symbols.get("I", sp.Integer(1)),
    "add": lambda s, node, b: sp.Add(*(walk(x, s) for x in node.args)),
    "mul": lambda s, node, b: sp.Mul(*(walk(x, s) for x in node.args)),
    "div": lambda s, node, b: walk(node.args[0], s) / walk(node.args[1], s),
    "pow": lambda s, node, b: walk(node.args[0], s) ** walk(node.args[1], s),
    "transpose": _transpose,
    "sum": _sum,
    "call": _call,
}
