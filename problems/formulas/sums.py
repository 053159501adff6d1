"""Sums: how people write the range of an index, what a sum runs over, and x_1 + … + x_n."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .lexer import Token
from .names import Names
from .strangers import members
from .tree import ONE, ZERO, Node, Unreadable, every, num, rebuilt, sym

if TYPE_CHECKING:
    from .reader import Reader

Range = tuple[str, Node | None, Node | None]  # an index, and its bounds as far as they are written
_LETTERS = ("word", "greek")


def summed(reader: Reader, token: Token) -> Node:
    """Σ with its bounds, its index, or neither; a product after it belongs to it."""
    if token.kind == "word" and reader.peek().kind == "(":
        return _called(reader, token)
    return over(reader, _scripts(reader), token)


def over(reader: Reader, ranges: list[Range], token: Token, inside: bool = False) -> Node:
    """The body, and the sums over it, the last index innermost."""
    names = reader.names.within(index for index, _, _ in ranges)
    bar = "" if inside else reader.bar
    with reader.inside(names=names, loose=reader.loose or not ranges, bar=bar):
        body = reader.expression() if inside else reader.product()
    return ranged(reader, body, ranges, token)


def ranged(reader: Reader, body: Node, ranges: list[Range], token: Token) -> Node:
    if not ranges:
        free = indices(body) - reader.names.symbols
        if len(free) != 1:
            raise Unreadable("the sum does not say over which index", token.at)
        ranges = [(free.pop(), None, None)]
    for index, low, high in reversed(ranges):
        if low is None or high is None:
            low, high = _whole(reader.names, index, body, low, high, token)
        body = Node("sum", (body, low, high), index, token.at)
    return body


def _whole(
    names: Names, index: str, body: Node, low: Node | None, high: Node | None, token: Token
) -> tuple[Node, Node]:
    """The bounds that are not written: all members of what the index counts."""
    one = num(1, token.at)
    if high is not None:
        return low or one, high
    counts = set()
    for x in every(body):
        if x.op != "elem":
            continue
        for place, argument in enumerate(x.args):
            if argument.op == "sym" and argument.of == index:
                shape = names.shapes.get(x.of, ("", ""))
                counts.add(names.families[x.of] if x.of in names.families else shape[place])
    if len(counts) != 1 or not (count := counts.pop()):
        raise Unreadable(f"the sum over {index} does not say how far", token.at)
    return low or one, _count(count, token)


def _count(size: str, token: Token) -> Node:
    return num(int(size), token.at) if size.isdigit() else sym(size, token.at)


def indices(node: Node) -> set[str]:
    """The letters that count members of a family somewhere in it and that nothing in it binds."""
    found = {a.of for x in every(node) if x.op == "elem" for a in x.args if a.op == "sym"}
    return found & node.names


# ------------------------------------------------------------------ ranges


def _scripts(reader: Reader) -> list[Range]:
    """What stands below and above the sign."""
    ranges: list[Range] = []
    above: Node | None = None
    while reader.peek().kind in ("_", "^"):
        if reader.take().kind == "^":
            above = _bound(reader)
            continue
        if reader.peek().kind in ("{", "("):
            close = {"{": "}", "(": ")"}[reader.take().kind]
            with reader.inside():
                ranges += _ranges(reader, close)
            reader.take(close)
        else:
            ranges.append((_index(reader), None, None))
    if above is not None and ranges and ranges[-1][2] is None:
        ranges = [(index, low, high or above) for index, low, high in ranges]
    elif above is not None:
        raise Unreadable("the sum has a bound above and no index", reader.peek().at)
    return ranges


def _bound(reader: Reader) -> Node:
    """A bound in a bracket, or one token; a sign after it may belong to it or not."""
    token = reader.peek()
    if token.kind in ("{", "("):
        reader.take()
        with reader.inside():
            inner = reader.expression()
        reader.take({"{": "}", "(": ")"}[token.kind])
        return inner
    found = reader.bare("a bound of the sum")
    if reader.peek().kind in ("+", "-"):
        raise Unreadable("put the bound of the sum in a bracket", reader.peek().at)
    return found


def _index(reader: Reader) -> str:
    token = reader.take()
    if token.kind not in _LETTERS or (len(token.text) > 1 and not reader.names.has(token.text)):
        raise Unreadable("the index of a sum is one letter: write i=1", token.at)
    return token.text


def _ranges(reader: Reader, close: str) -> list[Range]:
    """i=1, i=1..n, i, j, i ≤ n, 1 ≤ i ≤ n, i ∈ [n]."""
    if reader.peek().kind == "number":
        low = reader.expression()
        strict = reader.peek().kind == "<"
        if not strict and reader.peek().kind != "<=":
            raise Unreadable("the range of a sum is read as i=1 or as i", reader.peek().at)
        reader.take()
        index = _index(reader)
        return [(index, _shifted(low, 1) if strict else low, _up_to(reader))]
    found = [_index(reader)]
    while reader.peek().kind in (",", *_LETTERS) and reader.peek().text not in ("to",):
        reader.took(",")
        found.append(_index(reader))
    kind = reader.peek().kind
    if kind == close:
        return [(index, None, None) for index in found]
    if kind == "=":
        reader.take()
        low, high = _from_to(reader)
    elif kind in ("<=", "<"):
        low, high = num(1, reader.peek().at), _up_to(reader)
    elif kind == "∈":
        reader.take()
        low, high = _members(reader)
    else:
        raise Unreadable("the range of a sum is read as i=1 or as i", reader.peek().at)
    return [(index, low, high) for index in found]


def _from_to(reader: Reader) -> tuple[Node, Node | None]:
    """1, 1..n, 1, …, n, 1 to n."""
    low = reader.expression()
    commas = reader.took(",")
    if reader.took("…") or (reader.peek().text == "to" and reader.take().text == "to"):
        reader.took(",")
        return low, reader.expression()
    if commas:
        raise Unreadable("the range of a sum is read as i=1..n", reader.peek().at)
    return low, None


def _up_to(reader: Reader) -> Node:
    mark = reader.take()
    if mark.kind not in ("<=", "<"):
        raise Unreadable("the range of a sum is read as i=1 or as i", mark.at)
    high = reader.expression()
    return _shifted(high, -1) if mark.kind == "<" else high


def _members(reader: Reader) -> tuple[Node, Node | None]:
    """[n], {1, …, n}, {1..n}."""
    opened = reader.take()
    close = {"[": "]", "{:": ":}", "{": "}"}.get(opened.kind)
    if close is None:
        raise Unreadable("the range of a sum is read as i=1..n", opened.at)
    with reader.inside():
        low, high = _from_to(reader)
    reader.take(close)
    if high is None and opened.kind != "[":
        raise Unreadable("the range of a sum is read as i=1..n", opened.at)
    return (num(1, opened.at), low) if high is None else (low, high)


def _shifted(node: Node, by: int) -> Node:
    return (
        num(node.of + by, node.at)
        if node.op == "num"
        else Node("add", (node, num(by, node.at)), None, node.at)
    )


def _called(reader: Reader, token: Token) -> Node:
    """sum(c_i b_i), sum(i=1..n) c_i, sum(i=1..n, c_i), sum(c_i, i=1..n)."""
    letter, mark = reader.peek(1), reader.peek(2)
    if letter.kind in _LETTERS and mark.kind in ("=", "∈", "<="):
        reader.take("(")
        with reader.inside():
            ranges = _ranges(reader, ")")
            inner = reader.took(",")
            node = over(reader, ranges, token, inside=True) if inner else None
        reader.take(")")
        return over(reader, ranges, token) if node is None else node
    reader.take("(")
    with reader.inside(loose=True):
        body = reader.expression()
    if reader.took(","):
        ranges = _ranges(reader, ")")
        reader.take(")")
        return ranged(reader, body, ranges, token)
    reader.take(")")
    return entries(reader.names, body, token)


def entries(names: Names, body: Node, token: Token) -> Node:
    """The sum over the one free index, or over the entries of a vector."""
    if body.op == "sym" and (shape := names.shapes.get(body.of)) and shape[1] == "1":
        entry = Node("elem", (sym(_INDEX, body.at),), body.of, body.at)
        bounds = num(1, token.at), _count(shape[0], token)
        return Node("sum", (entry, *bounds), _INDEX, token.at)
    free = indices(body) - names.symbols
    if len(free) != 1:
        raise Unreadable("the sum does not say over which index", token.at)
    index = free.pop()
    low, high = _whole(names, index, body, None, None, token)
    return Node("sum", (body, low, high), index, token.at)


# ------------------------------------------------------------------ x_1 + … + x_n


def continued(terms: list[Node], last: Node, names: Names, dots: Token) -> list[Node]:
    """The terms with x_1 + … + x_n as one sum, which begins as early as the terms before allow."""
    body, low, high = run(terms[-1], last, dots)
    families = {x.of for x in every(body) if x.op == "elem"} - names.families.keys()
    terms = [members(term, families) for term in terms[:-1]]
    while terms and _at(body, num(low - 1)) == terms[-1]:
        low, terms = low - 1, terms[:-1]
    return [*terms, Node("sum", (body, num(low, dots.at), high), _INDEX, dots.at)]


_INDEX = "i"


def run(first: Node, last: Node, dots: Token) -> tuple[Node, int, Node]:
    """What runs from the first to the last, from where and to where. Raises Unreadable."""
    found: set[tuple[Node, Node]] = set()
    body = _common(first, last, found)
    if body is None or len(found) != 1 or _INDEX in first.names | last.names:
        raise Unreadable("what the dots stand for is not seen: write a sum", dots.at)
    low, high = found.pop()
    return body, int(low.of), high


def _common(a: Node, b: Node, found: set[tuple[Node, Node]]) -> Node | None:
    """The tree of which both are cases, with the index where they differ, if there is one."""
    if a == b:
        return b
    if a.op == "num" and a.of.denominator == 1 and b.op in ("sym", "add"):
        found.add((a, b))
        return sym(_INDEX, b.at)
    if a.op == b.op == "sym":
        return _members_of_one(a, b, found)
    if a.op != b.op or a.of != b.of or len(a.args) != len(b.args):
        return None
    parts = [_common(x, y, found) for x, y in zip(a.args, b.args, strict=True)]
    return None if None in parts else Node(b.op, tuple(p for p in parts if p), b.of, b.at)


def _members_of_one(a: Node, b: Node, found: set[tuple[Node, Node]]) -> Node | None:
    """x_1 and x_n of a family that nobody declared."""
    (base, _, first), (other, _, last) = str(a.of).partition("_"), str(b.of).partition("_")
    if base != other or not first.isdigit() or len(last) != 1:
        return None
    found.add((num(int(first), a.at), sym(last, b.at)))
    return Node("elem", (sym(_INDEX, b.at),), base, b.at)


def _at(body: Node, place: Node) -> Node:
    """A term at one place, x¹ as x and x⁰ as 1."""
    if body.op == "sym" and body.of == _INDEX:
        return place
    made = rebuilt(body, lambda child: _at(child, place))
    if made.op == "pow" and made.args[1] in (ZERO, ONE):
        return made.args[0] if made.args[1] == ONE else ONE
    return made
