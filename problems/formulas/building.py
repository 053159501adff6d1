"""Nodes as the reader makes them, each with its place: 1/2 and −3 are one number."""

from __future__ import annotations

from .lexer import Token
from .tree import Node, Unreadable, num


def times(factors: list[Node]) -> Node:
    return factors[0] if len(factors) == 1 else Node("mul", tuple(factors), None, factors[0].at)


def minus(node: Node, at: int | None) -> Node:
    return num(-node.of, at) if node.op == "num" else Node("mul", (num(-1, at), node), None, at)


def quotient(top: Node, bottom: Node, at: int | None) -> Node:
    """A fraction; of two numbers it is one number."""
    if top.op == bottom.op == "num" and bottom.of:
        return num(top.of / bottom.of, top.at)
    return Node("div", (top, bottom), None, at)


def raised_to(base: Node, exponent: Node, at: int | None) -> Node:
    return Node("pow", (base, exponent), None, at)


def matrix(rows: list[list[Node]], token: Token) -> Node:
    if len({len(row) for row in rows}) != 1:
        raise Unreadable("the rows are not equally long", token.at)
    if len(rows) == len(rows[0]) == 1:
        return rows[0][0]
    return Node("grid", tuple(x for row in rows for x in row), len(rows[0]), token.at)
