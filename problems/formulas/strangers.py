"""Letters that nobody declared: which of them are no plain factors."""

from __future__ import annotations

from itertools import pairwise

from .lexer import Token, depths
from .names import Names
from .tree import Node, Unreadable, elem, every, num, rebuilt, sym

_SINGLE = ("word", "greek", "number")


class Strangers:
    """The undeclared letters of a text that look like functions, or stand in two styles."""

    def __init__(self, stream: list[Token], names: Names) -> None:
        calls: set[str] = set()
        factors: set[str] = set()
        styles: dict[str, set[str]] = {}
        for at, token in enumerate(stream):
            if token.kind not in ("word", "greek") or token.text in names.known:
                continue
            styles.setdefault(token.text, set()).add(token.style)
            if at and stream[at - 1].kind == "_":
                continue
            (calls if _is_call(stream, at) else factors).add(token.text)
        self.functions = calls - factors
        after = pairwise([*stream, Token("", "", 0)])
        self.has_e = any(t.text == "e" and t.kind == "word" and a.kind != "^" for t, a in after)
        self.ambiguous = {letter for letter, found in styles.items() if len(found - {"raised"}) > 1}

    def check(self, token: Token) -> None:
        """Raises Unreadable where a letter may be a function, or two letters."""
        if token.text in self.functions:
            raise Unreadable(f"is {token.text} a function? what it does is not known", token.at)
        if token.text in self.ambiguous:
            raise Unreadable(f"{token.text} stands in two styles: is it one letter?", token.at)


def _is_call(stream: list[Token], at: int) -> bool:
    """Whether a bracket follows at once, with one name, number or call in it, or with several."""
    name, at = stream[at].text, at + 1
    primed = False
    while at < len(stream) and stream[at].kind == "'":
        at, primed = at + 1, True
    if at < len(stream) and stream[at].kind == "_":
        at += 2
    if at >= len(stream) or stream[at].kind not in ("(", "[") or stream[at].gap:
        return False
    inner: list[Token] = []
    for token, depth in zip(stream[at:], depths(stream, at), strict=False):
        if depth == 0 and inner:
            break
        inner.append(token)
    content = inner[1:]
    expected = inner[0].kind == "[" and name in ("E", "P", "V")
    several = any(t.kind == "," for t in content)
    return primed or expected or several or _is_single(content)


def _is_single(content: list[Token]) -> bool:
    """One name with its index, one number, or one call."""
    if not content or content[0].kind not in _SINGLE:
        return False
    rest = content[1:]
    while rest and rest[0].kind == "_":
        rest = rest[2:]
    if rest and rest[0].kind in ("(", "[") and not rest[0].gap:
        found = list(depths(rest))
        return 0 not in found[1:-1] and rest[-1].kind in (")", "]")
    return not rest


def unified(trees: tuple[Node, ...], names: Names) -> tuple[Node, ...]:
    """Trees of one question: x_1 is a member where one of them sums x_i, which nobody declared."""
    families = {x.of for tree in trees for x in every(tree) if x.op == "elem"}
    families -= names.families.keys() | names.shapes.keys()
    return tuple(members(tree, families) for tree in trees) if families else trees


def members(node: Node, families: set[str]) -> Node:
    """With x_1 and x_n as members of these families. Raises Unreadable for other indices."""
    if node.op == "sym":
        base, mark, index = str(node.of).partition("_")
        return elem(base, _place(index, node), node.at) if mark and base in families else node
    return rebuilt(node, lambda child: members(child, families)) if families else node


def _place(index: str, node: Node) -> Node:
    if index.isdigit():
        return num(int(index), node.at)
    name, mark, shift = index.partition("+") if "+" in index else index.partition("-")
    if len(name) != 1 or (mark and not shift.isdigit()):
        raise Unreadable(f"is {node.of} a member of the family that is summed?", node.at)
    if not mark:
        return sym(name, node.at)
    by = int(shift) if mark == "+" else -int(shift)
    return Node("add", (sym(name, node.at), num(by)), None, node.at)
