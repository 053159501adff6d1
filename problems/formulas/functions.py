"""Functions by name: how their arguments are read, and the trees that they stand for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from . import brackets, code, sums
from .lexer import Token
from .names import is_column, outline
from .tree import Node, Unreadable, ident, num, sym

if TYPE_CHECKING:
    from .reader import Reader

_LOGARITHMS = {"log": "log", "ln": "log", "lg": "log", "log2": "log2"}
_BRACKETS = {"(": ")", "{": "}", "[": "]"}


def called(reader: Reader, name: str, token: Token) -> Node:
    """A function and its argument: in brackets, or one factor."""
    if name == "sum":
        return sums.summed(reader, token)
    if name == "binom" and reader.peek().kind != "(":
        return Node("call", (reader.group(), reader.group()), "binom", token.at)
    if name in _LOGARITHMS:
        return logarithm(reader, _LOGARITHMS[name], token)
    if name == "sqrt" and reader.peek().kind == "[":
        raise Unreadable("roots other than square roots are not read", token.at)
    if name == "exp" and reader.peek().kind == "^":
        raise Unreadable("a power of exp is read with a bracket", token.at)
    return applied(reader, name, arguments(reader, name, token), token)


def logarithm(reader: Reader, name: str, token: Token) -> Node:
    """log, log_2, log^2 x."""
    index, _ = reader.subscript_if_any()
    if index not in ("", "2", "b", "10", "e"):
        raise Unreadable(f"a logarithm to base {index} is not read", token.at)
    name = "log2" if index == "2" else name
    exponent = None
    if reader.took("^"):
        grouped = reader.peek().kind in ("{", "(")
        exponent = brackets.bracket(reader, reader.take()) if grouped else reader.bare("a power")
    node = applied(reader, name, arguments(reader, name, token), token)
    return node if exponent is None else Node("pow", (node, exponent), None, token.at)


def arguments(reader: Reader, name: str, token: Token) -> list[Node]:
    opened = reader.peek()
    if opened.kind not in _BRACKETS:
        if name in ("tr", "Tr", "trace"):
            raise Unreadable("what a trace is taken of is read in a bracket", token.at)
        argument = reader.power()
        after = reader.peek()
        function = after.kind in (*_LOGARITHMS, "sqrt", "exp") or after.text in _LOGARITHMS
        apart = after.kind == "(" and after.gap  # log L (1 + log n)
        if reader.begins(after) and not function and not apart:
            why = f"what {token.text} is taken of is not clear: write a bracket"
            raise Unreadable(why, after.at)
        return [argument]
    reader.take()
    close = _BRACKETS[opened.kind]
    with reader.inside(loose=reader.loose or name == "diag"):
        found = listed(reader, close, name)
    reader.take(close)
    return found


def listed(reader: Reader, close: str, name: str) -> list[Node]:
    """Arguments between commas; σ_1, …, σ_n of a diagonal is one that runs."""
    found: list[Node] = []
    while reader.peek().kind != close:
        token = reader.peek()
        if token.kind == "string":
            found.append(sym(f"'{reader.take().text}'", token.at))
        elif token.kind == "…" and name == "diag" and len(found) >= 1:
            return _run(reader, found, reader.take())
        else:
            found.append(reader.expression())
        if not reader.took(",") and reader.peek().kind != close:
            raise Unreadable(
                f"{reader.peek().text!r} stands where the bracket should close", reader.peek().at
            )
    if not found:
        raise Unreadable("there is nothing between the brackets", reader.peek().at)
    return found


def _run(reader: Reader, found: list[Node], dots: Token) -> list[Node]:
    """diag(σ_1, …, σ_n), where that is the whole family."""
    reader.take(",")
    body, low, high = sums.run(found[-1], reader.expression(), dots)
    counts = {reader.names.families.get(x) for x in body.names} - {None}
    count = str(high.of) if high.op in ("sym", "num") else ""
    if low - len(found) != 0 or counts != {count}:
        raise Unreadable("the diagonal is not seen to be a whole family", dots.at)
    return [body]


def applied(reader: Reader, name: str, given: list[Node], token: Token) -> Node:
    rule = _RULES.get(name)
    if rule is None:
        raise Unreadable(f"{token.text} is not read", token.at)
    return rule(reader, given, token)


def one(reader: Reader, given: list[Node], token: Token) -> Node:
    if len(given) != 1:
        raise Unreadable(f"{token.text} takes one argument", token.at)
    return given[0]


def two(given: list[Node], token: Token) -> tuple[Node, Node]:
    if len(given) != 2:
        raise Unreadable(f"{token.text} takes two arguments", token.at)
    return given[0], given[1]


def _call(name: str) -> Callable[[Reader, list[Node], Token], Node]:
    def rule(reader: Reader, given: list[Node], token: Token) -> Node:
        return Node("call", (one(reader, given, token),), name, token.at)

    return rule


def _inverse(reader: Reader, given: list[Node], token: Token) -> Node:
    return Node("pow", (one(reader, given, token), num(-1, token.at)), None, token.at)


def _transpose(reader: Reader, given: list[Node], token: Token) -> Node:
    return reader.transposed(one(reader, given, token), token)


def _norm(reader: Reader, given: list[Node], token: Token) -> Node:
    kind = "F" if len(given) == 2 and given[1].of in ("'fro'", "F") else ""
    if len(given) > 1 and not kind and given[1] != num(2):
        raise Unreadable(f"the norm of that kind is not read: {token.text}", token.at)
    found = outline(given[0], reader.names)
    matrix = found is not None and not is_column(found) and found != ("1", "1")
    if matrix and len(given) > 1 and not kind:
        raise Unreadable("the norm of a matrix is read as Frobenius's", token.at)
    return Node("norm", (given[0],), "F" if kind or (matrix and reader.is_code) else "", token.at)


def _eye(reader: Reader, given: list[Node], token: Token) -> Node:
    size = given[0]
    if len(given) > 2 or (len(given) == 2 and given[1] != size) or size.op not in ("sym", "num"):
        raise Unreadable("eye is read of a size by name", token.at)
    return ident(str(size.of), token.at)


def _outer(reader: Reader, given: list[Node], token: Token) -> Node:
    left, right = two(given, token)
    for side in (left, right):
        found = outline(side, reader.names)
        if found is not None and not is_column(found):
            raise Unreadable("outer is read of two vectors", side.at)
    return Node("mul", (left, Node("transpose", (right,), None, right.at)), None, token.at)


def _binom(reader: Reader, given: list[Node], token: Token) -> Node:
    return Node("call", two(given, token), "binom", token.at)


def _diag(reader: Reader, given: list[Node], token: Token) -> Node:
    """diag(σ_i²): the letter that counts a family's members runs over all of them."""
    free = sums.indices(given[0]) - reader.names.symbols if len(given) == 1 else set()
    if len(free) > 1:
        raise Unreadable("diag does not say which index runs along it", token.at)
    families = reader.names.families
    if free and not any(name in families for name in given[0].names):
        if given[0].op == "elem":  # the entries of a vector
            return Node("diag", (sym(given[0].of, given[0].at),), "", token.at)
        raise Unreadable("diag is read of a family, of a vector, or of numbers", token.at)
    if not free and len(given) == 1 and outline(given[0], reader.names) == ("1", "1"):
        raise Unreadable("diag is taken of one number: over which index?", token.at)
    return Node("diag", tuple(given), free.pop() if free else "", token.at)


def _abs(reader: Reader, given: list[Node], token: Token) -> Node:
    inner = one(reader, given, token)
    if outline(inner, reader.names) not in (None, ("1", "1")):
        raise Unreadable("abs is read of a number", token.at)
    return Node("abs", (inner,), None, token.at)


def _dot(reader: Reader, given: list[Node], token: Token) -> Node:
    left, right = two(given, token)
    made = code.matmul([left], right, reader.names, token.at)
    return made[0] if len(made) == 1 else Node("mul", tuple(made), None, token.at)


def _inner(reader: Reader, given: list[Node], token: Token) -> Node:
    left, right = two(given, token)
    if not (is_column(outline(left, reader.names)) and is_column(outline(right, reader.names))):
        raise Unreadable("inner is read of two declared vectors", token.at)
    return Node("mul", (Node("transpose", (left,), None, left.at), right), None, token.at)


def _solve(reader: Reader, given: list[Node], token: Token) -> Node:
    left, right = two(given, token)
    return Node(
        "mul", (Node("pow", (left, num(-1, token.at)), None, left.at), right), None, token.at
    )


def _matrix_power(reader: Reader, given: list[Node], token: Token) -> Node:
    return Node("pow", two(given, token), None, token.at)


def _power(reader: Reader, given: list[Node], token: Token) -> Node:
    base, exponent = two(given, token)
    code.check_power(base, reader.names, token)
    return Node("pow", (base, exponent), None, token.at)


def _multi_dot(reader: Reader, given: list[Node], token: Token) -> Node:
    inner = one(reader, given, token)
    if inner.op != "grid":
        raise Unreadable("multi_dot is read of a list of factors", token.at)
    factors = [inner.args[0]]
    for right in inner.args[1:]:
        factors = code.matmul(factors, right, reader.names, token.at)
    return factors[0] if len(factors) == 1 else Node("mul", tuple(factors), None, token.at)


def _square(reader: Reader, given: list[Node], token: Token) -> Node:
    inner = one(reader, given, token)
    code.check_power(inner, reader.names, token)
    return Node("pow", (inner, num(2, token.at)), None, token.at)


def _einsum(reader: Reader, given: list[Node], token: Token) -> Node:
    return code.einsum(given, reader.names, token)


_RULES: dict[str, Callable[[Reader, list[Node], Token], Node]] = {
    **{name: _call(name) for name in ("log", "log2", "exp", "sqrt")},
    **dict.fromkeys(("tr", "Tr", "trace"), _call("tr")),
    **dict.fromkeys(("inv", "inverse"), _inverse),
    **dict.fromkeys(("eye", "identity"), _eye),
    **dict.fromkeys(("dot", "matmul"), _dot),
    **dict.fromkeys(("binom", "comb"), _binom),
    "transpose": _transpose,
    "norm": _norm,
    "outer": _outer,
    "inner": _inner,
    "array": one,
    "diag": _diag,
    "abs": _abs,
    "solve": _solve,
    "matrix_power": _matrix_power,
    "power": _power,
    "multi_dot": _multi_dot,
    "square": _square,
    "einsum": _einsum,
}
