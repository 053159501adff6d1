"""What stands in brackets and between bars: groups, matrices, norms, scalar products."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .building import matrix
from .lexer import Token, told
from .names import is_column, is_number, is_row, outline
from .spelling import group_end
from .tree import Node, Unreadable

if TYPE_CHECKING:
    from .reader import Reader

CLOSES = {"(": ")", "{": "}", "[": "]"}
_MATRICES = frozenset(("matrix", "pmatrix", "bmatrix", "Bmatrix", "smallmatrix", "array"))


def bracket(reader: Reader, token: Token) -> Node:
    close = CLOSES[token.kind]
    with reader.inside():
        if token.kind == "{":
            node = reader.expression()
            reader.take(close)
            return node
        if token.kind == "[" and reader.peek().kind == "[":
            return _nested(reader, token)
        rows = _rows(reader, close, ",", ";")
    reader.take(close)
    if token.kind == "(" and len(rows) == 1 and len(rows[0]) > 1:
        reader.tuples.add(token.at)
    return rows[0][0] if len(rows) == len(rows[0]) == 1 else matrix(rows, token)


def _nested(reader: Reader, token: Token) -> Node:
    """[[8, 0], [0, 27]], or a bracket that begins with another."""
    end = group_end(reader.stream, reader.place)
    if reader.stream[end : end + 1] and reader.stream[end].kind not in (",", "]"):
        node = reader.expression()
        reader.take("]")
        return node
    rows = []
    while True:
        reader.take("[")
        rows += _rows(reader, "]", ",", ";")
        reader.take("]")
        if not reader.took(","):
            break
    reader.take("]")
    return rows[0][0] if len(rows) == len(rows[0]) == 1 else matrix(rows, token)


def barred(reader: Reader, token: Token) -> Node:
    """|x| of a number or a vector, ‖x‖, ‖A‖_F."""
    before, reader.bar = reader.bar, token.kind
    inner = reader.expression()
    reader.bar = before
    reader.take(token.kind)
    found = outline(inner, reader.names)
    if token.kind == "|":
        if is_column(found) or is_row(found):
            return Node("norm", (inner,), "", token.at)
        if found is not None and found != ("1", "1"):
            raise Unreadable("is |…| of a matrix a determinant or a norm?", token.at)
        if reader.names.strangers and inner.op == "sym" and not is_number(inner, reader.names):
            raise Unreadable("is |…| of a number or of a vector? declare it", token.at)
        return Node("abs", (inner,), None, token.at)
    kind, _ = reader.subscript_if_any()
    matrix = (
        found is not None and found != ("1", "1") and not is_column(found) and not is_row(found)
    )
    if kind not in ("", "2", "F") or (matrix and kind == "2"):
        raise Unreadable(f"the norm ‖·‖_{kind} is not read", token.at)
    return Node("norm", (inner,), "F" if kind == "F" else "", token.at)


def angled(reader: Reader, token: Token) -> Node:
    """⟨u, v⟩ of two vectors."""
    with reader.inside():
        left = reader.expression()
        reader.take(",")
        right = reader.expression()
    reader.take("⟩")
    if any(
        found not in (None, ("1", "1")) and not is_column(found)
        for found in (outline(left, reader.names), outline(right, reader.names))
    ):
        raise Unreadable("⟨·, ·⟩ is read of two vectors", token.at)
    return Node("mul", (Node("transpose", (left,), None, token.at), right), None, token.at)


def environment(reader: Reader, token: Token) -> Node:
    if token.text.rstrip("*") not in _MATRICES:
        raise Unreadable(f"{token.text} is not read here", token.at)
    with reader.inside():
        rows = _rows(reader, "end", "&", "\\\\")
    reader.take("end")
    return matrix([row for row in rows if row], token)


def _rows(reader: Reader, close: str, between: str, below: str) -> list[list[Node]]:
    """Entries separated by `between`, rows by `below`, up to `close`."""
    rows: list[list[Node]] = [[]]
    if reader.peek().kind == close:
        raise Unreadable("there is nothing between the brackets", reader.peek().at)
    while reader.peek().kind != close:
        rows[-1].append(reader.expression())
        after = reader.peek()
        if after.kind == between:
            reader.take()
        elif after.kind == below:
            reader.take()
            rows.append([])
        elif after.kind != close:
            raise Unreadable(f"{told(after)} stands where the bracket should close", after.at)
    return rows
