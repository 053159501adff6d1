"""NumPy, torch and jax: * and ** go entry by entry, a vector is neither row nor column."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .lexer import Token
from .names import NUMBER, Names, is_column, is_number, is_row, outline
from .spelling import MODULES
from .tree import Node, Unreadable

if TYPE_CHECKING:
    from .reader import Reader

_METHODS = {"T": "", "mT": "", "t": "transpose", "transpose": "transpose", "inverse": "inv",
    "inv": "inv", "dot": "dot",
            "matmul": "dot", "trace": "trace", "norm": "norm", "sum": "sum"}  # fmt: skip


def is_code(stream: list[Token]) -> bool:
    """Whether an expression is code: it has @, .T, np., torch., or a method."""
    for at, token in enumerate(stream):
        if token.kind == "@":
            return True
        if token.kind == "." and 0 < at < len(stream) - 1:
            before, after = stream[at - 1], stream[at + 1]
            word = after.kind == "word" and not after.gap and not token.gap
            if word and (before.text in MODULES or after.text in _METHODS):
                return True
    return False


def module(reader: Reader) -> Node:
    """np.linalg.inv(…): the function after the dots."""
    from . import functions

    while reader.took("."):
        token = reader.take()
        if token.text not in MODULES or reader.peek().kind != ".":
            break
    if token.text == "sum":
        return _sum(reader, token)
    if token.text == "pi" or token.kind != "word":
        raise Unreadable(f"{token.text} is not read", token.at)
    return functions.called(reader, token.text, token)


def _sum(reader: Reader, token: Token) -> Node:
    """np.sum(x): of one argument."""
    from . import sums

    reader.take("(")
    with reader.inside(loose=True):
        body = reader.expression()
    reader.take(")")
    return sums.entries(reader.names, body, token)


def method(reader: Reader, node: Node) -> Node:
    """A.T, A.dot(B), A.transpose(), A.inverse()."""
    from . import functions, sums

    reader.take(".")
    token = reader.take("word")
    name = _METHODS.get(token.text)
    if name is None:
        raise Unreadable(f".{token.text} is not read", token.at)
    if not name:
        return reader.transposed(node, token)
    reader.take("(")
    given = [node]
    if name == "dot":
        given.append(reader.expression())
    reader.take(")")
    if name == "sum":
        return sums.entries(reader.names, node, token)
    return functions.applied(reader, name, given, token)


def matmul(factors: list[Node], right: Node, names: Names, at: int) -> list[Node]:
    """The factors of a product with @: left of it a vector is a row, and gives a vector."""
    left = factors[0] if len(factors) == 1 else Node("mul", tuple(factors), None, factors[0].at)
    mine, other = outline(left, names), outline(right, names)
    if NUMBER in (mine, other) and mine is not None and other is not None:
        if left.op != "mul" or right.op != "mul":
            raise Unreadable("@ takes no numbers", at)
        return [*factors, right]
    if is_column(mine) and is_column(other):
        return [Node("transpose", (left,), None, left.at), right]
    if (is_column(mine) and is_row(other)) or (is_row(other) and mine is not None):
        raise Unreadable("is the vector a column or without sides here? write np.outer", at)
    if is_column(mine) and other is not None:
        return [Node("transpose", (right,), None, right.at), left]
    if mine is None and left.op == "sym" and left.op == right.op and str(left.of)[0].islower():
        raise Unreadable("is it a scalar product? declare the vectors", at)
    if is_column(mine) and other is None:
        raise Unreadable("what stands right of @ is not known: declare it", at)
    return [*factors, right]


def check_elementwise(left: Node, right: Node, names: Names, mark: Token) -> None:
    if not is_number(left, names) and not is_number(right, names):
        why = (
            "* is entry by entry in NumPy: @ is the product; declare the numbers among its factors"
        )
        raise Unreadable(why, mark.at)


def check_power(base: Node, names: Names, mark: Token) -> None:
    if not is_number(base, names):
        why = "** is entry by entry in NumPy: np.linalg.matrix_power is the power of a matrix"
        raise Unreadable(why, mark.at)


def check_sum(left: Node, right: Node, names: Names, mark: Token) -> None:
    mine, other = outline(left, names), outline(right, names)
    if None in (mine, other) or mine == other or ("?", "?") in (mine, other):
        return
    if NUMBER in (mine, other) or is_column(mine) or is_column(other):
        raise Unreadable(f"NumPy's {mark.kind} stretches what is smaller: write it out", mark.at)


def is_derivative(written: list[Token]) -> bool:
    """Whether a fraction is d/dx or dy/dx."""
    line = next(i for i, token in enumerate(written) if token.kind in ("/", "frac"))
    above, below = written[:line], written[line + 1 :]
    return bool(above) and above[0].text == "d" and len(below) > 1 and _is_differential(below)


def _is_differential(below: list[Token]) -> bool:
    letters = below[1].kind in ("word", "greek") and not below[1].gap
    return below[0].text == "d" and letters


# ------------------------------------------------------------------ einsum


def einsum(given: list[Node], names: Names, token: Token) -> Node:
    """A literal signature as products and transposes: each index joins two places."""
    first = str(given[0].of) if given[0].op == "sym" else ""
    signature = re.fullmatch(r"'([a-z,\s]+)->([a-z\s]*)'", first)
    if signature is None:
        raise Unreadable("einsum is read with its signature written out, as 'ij,jk->ik'", token.at)
    operands = [part.strip() for part in signature[1].split(",")]
    kept = signature[2].strip()
    if len(operands) != len(given) - 1:
        raise Unreadable("einsum's signature does not fit its operands", token.at)
    counted = "".join(operands)
    for letter in set(counted + kept):
        if counted.count(letter) + kept.count(letter) != 2:
            raise Unreadable(
                f"einsum is read where each index joins two places: {letter}", token.at
            )
    if any(len(part) not in (1, 2) for part in operands) or len(kept) > 2:
        raise Unreadable("einsum is read of vectors and matrices", token.at)
    parts = list(zip(operands, given[1:], strict=True))
    for letters, node in parts:
        shape = outline(node, names)
        if shape is not None and shape != ("?", "?") and is_column(shape) != (len(letters) == 1):
            raise Unreadable("einsum's signature does not fit its operands", node.at)
    return _Contraction(parts, token).result(kept)


class _Contraction:
    """The operands that are not used yet."""

    def __init__(self, parts: list[tuple[str, Node]], token: Token) -> None:
        self.parts, self.token = parts, token

    def result(self, kept: str) -> Node:
        factors: list[Node] = []
        if kept:
            end, chain = self.chain(kept[0])
            factors = chain
            if len(kept) == 2 and end is None:  # u_i v_j
                factors = [*factors, *self.row(kept[1])]
            elif end != (kept[1] if len(kept) == 2 else None):
                raise Unreadable("einsum's signature is not read", self.token.at)
        numbers: list[Node] = []
        while self.parts:
            vector = next((p for p in self.parts if len(p[0]) == 1), None)
            numbers.append(self.trace() if vector is None else self.scalar(vector))
        made = [*numbers, *factors]
        return made[0] if len(made) == 1 else Node("mul", tuple(made), None, self.token.at)

    def chain(self, start: str) -> tuple[str | None, list[Node]]:
        """The product that begins with an index, and the index at its end, if it has one."""
        out: list[Node] = []
        here = start
        while (found := next((p for p in self.parts if here in p[0]), None)) is not None:
            self.parts.remove(found)
            letters, node = found
            if len(letters) == 1:
                return None, [*out, node]
            out.append(node if letters[0] == here else _transposed(node))
            here = letters[1] if letters[0] == here else letters[0]
        return here, out

    def row(self, start: str) -> list[Node]:
        end, chain = self.chain(start)
        if end is not None:
            raise Unreadable("einsum's signature is not read", self.token.at)
        made = chain[0] if len(chain) == 1 else Node("mul", tuple(chain), None, self.token.at)
        return [_transposed(made)]

    def scalar(self, vector: tuple[str, Node]) -> Node:
        self.parts.remove(vector)
        _, chain = self.chain(vector[0])
        return Node("mul", (_transposed(vector[1]), *chain), None, self.token.at)

    def trace(self) -> Node:
        letters, node = self.parts.pop(0)
        if letters[0] == letters[1]:
            return Node("call", (node,), "tr", self.token.at)
        _, chain = self.chain(letters[1])
        inner = Node("mul", (node, *chain), None, self.token.at)
        return Node("call", (inner,), "tr", self.token.at)


def _transposed(node: Node) -> Node:
    return Node("transpose", (node,), None, node.at)
