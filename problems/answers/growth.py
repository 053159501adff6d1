"""The formulas of growth rates: O(…), max, min, ceilings, chains, bare logarithms, as trees."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import pairwise, product

from ..formulas.declare import Table
from ..formulas.lexer import GREEK, Token, depths, tokens
from ..formulas.reader import Names, Reader, bounded
from ..formulas.tree import Node, Unreadable
from . import topics
from .cells import split
from .patterns import Pattern
from .wrapping import Passage, unwrapped

MOST_READINGS = 8
_LOGS = {"log", "ln", "lg", "log2"}
_STARTS = {"number", "word", "greek", "(", "{", "sqrt", "frac"}
_O = Pattern(
    r"\\(?:mathcal|mathrm|operatorname|text|mathbf|mathbb)\s*\{?\s*O\s*\}?|\{\s*\\cal\s+O\s*\}|𝒪|\\Theta(?![A-Za-z])|Θ",
    "\\ 𝒪 θ",
)
_CEILING = Pattern(r"\\lceil(?![A-Za-z])|⌈", "\\lceil ⌈")
_CEILED = Pattern(r"\\rceil(?![A-Za-z])|⌉", "\\rceil ⌉")
_FLOOR = Pattern(r"\\lfloor(?![A-Za-z])|⌊", "\\lfloor ⌊")
_FLOORED = Pattern(r"\\rfloor(?![A-Za-z])|⌋", "\\rfloor ⌋")
_MAX = Pattern(r"\\(max|min)(?![A-Za-z])", "\\m")
_BRACE = Pattern(r"(?<=max|min)\s*\\?\{([^{}]*?)\\?\}", "max min")


def _spelled(here: Passage) -> Passage:
    """Words and signs as O(…), ceil(…), floor(…), max(…) and min(…)."""
    here = topics.bare(here).replaced(_O, "O")
    here = here.replaced(_CEILING, "ceil(").replaced(_CEILED, ")")
    here = here.replaced(_FLOOR, "floor(").replaced(_FLOORED, ")").replaced(_MAX, r"\1")
    return here.replaced(_BRACE, r"(\1)")


def _without_o(stream: list[Token], length: int) -> list[Token]:
    """O(…), ceil(…), floor(…), max(…, …), min(…, …) as what they are up to constants."""
    out: list[Token] = []
    at = 0
    while at < len(stream):
        token, after = stream[at], stream[at + 1 : at + 2]
        is_known = token.kind == "word" and token.text in _UP_TO_CONSTANTS
        if not is_known or not after or after[0].kind not in ("(", "{"):
            out.append(token)
            at += 1
            continue
        inner, at = _group(stream, at + 1, length)
        parts = [_without_o(part, length) for part in split(inner, {","})]
        fits = {"min": len(parts) == 2, "max": True}.get(token.text, len(parts) == 1)
        if not all(parts) or not fits or (token.text == "floor" and _may_vanish(inner)):
            raise Unreadable("this is no growth rate", token.at)
        bracketed = [_bracketed(part, token) for part in parts]
        out += _bracketed(_UP_TO_CONSTANTS[token.text](token.at, bracketed), token)
    return out


def _bracketed(part: list[Token], token: Token) -> list[Token]:
    return [Token("(", "(", token.at, True), *part, Token(")", ")", token.at)]


def _sum_of(at: int, parts: list[list[Token]]) -> list[Token]:
    """max(f, g) is f + g, up to a factor of 2."""
    return [t for part in parts for t in (Token("+", "+", at), *part)][1:]


def _harmonic(at: int, parts: list[list[Token]]) -> list[Token]:
    """min(f, g) is f g/(f + g), up to a factor of 2."""
    below = _bracketed(_sum_of(at, parts), Token("(", "(", at))
    return [*parts[0], Token("*", "*", at), *parts[1], Token("/", "/", at), *below]


def _and_one(at: int, parts: list[list[Token]]) -> list[Token]:
    """⌈f⌉ is f + 1, up to a factor of 2."""
    return [*parts[0], Token("+", "+", at), Token("number", "1", at)]


_UP_TO_CONSTANTS: dict[str, Callable[[int, list[list[Token]]], list[Token]]] = {
    "O": _sum_of,
    "floor": _sum_of,
    "max": _sum_of,
    "min": _harmonic,
    "ceil": _and_one,
}


def _may_vanish(inner: list[Token]) -> bool:
    """Whether a rounding down may give 0 for large sizes: it divides by more than a number."""
    after = [b for a, b in pairwise(inner) if a.kind == "/"]
    return any(t.kind == "frac" for t in inner) or any(t.kind != "number" for t in after)


def _group(stream: list[Token], at: int, length: int) -> tuple[list[Token], int]:
    """What stands in the bracket that opens at a place, and where it is over."""
    end = next((i for i, depth in enumerate(depths(stream, at), at) if i > at and depth <= 0), -1)
    if end < 0:
        raise Unreadable("a bracket is not closed", length)
    return stream[at + 1 : end], end + 1


def _bracketed_logs(stream: list[Token], names: Names, length: int) -> Iterator[list[Token]]:
    """Every way to read logarithms without brackets: of one factor, or of all beside it."""
    stream = _in_braces(_letters_apart(stream, names))
    choices: list[tuple[int, tuple[int, ...]]] = []
    for at, token in enumerate(stream):
        if token.text in _LOGS or token.kind == "log":
            start = _argument(stream, at + 1)
            if start < len(stream) and stream[start].kind in ("(", "{", "["):
                continue
            reader = Reader(stream, names, length)
            reader.place = start
            reader.power()
            ends = [reader.place]
            run = _run(stream, reader.place)
            if run > reader.place:
                ends.append(run)
            choices.append((start, tuple(ends)))
    if math.prod(len(each) for _, each in choices) > MOST_READINGS:
        raise Unreadable("too many of its logarithms have no bracket")
    for chosen in product(*(each for _, each in choices)):
        yield _with_brackets(
            stream, [(start, end) for (start, _), end in zip(choices, chosen, strict=True)]
        )


def _in_braces(stream: list[Token]) -> list[Token]:
    """log²: the power of a logarithm in braces, however it is written."""
    out = list(stream)
    for at, token in enumerate(stream[:-2]):
        is_log = token.text in _LOGS or token.kind == "log"
        if is_log and stream[at + 1].kind == "^" and stream[at + 2].kind == "(":
            end = _group(stream, at + 2, 0)[1] - 1
            out[at + 2], out[end] = (Token(k, k, stream[at].at) for k in ("{", "}"))
    return out


def _argument(stream: list[Token], at: int) -> int:
    """Where the argument of a logarithm begins: after its base and its power."""
    while at < len(stream) and stream[at].kind in ("_", "^"):
        at += 1
        at = (
            _group(stream, at, 0)[1]
            if at < len(stream) and stream[at].kind in ("(", "{")
            else at + 1
        )
    return at


def _run(stream: list[Token], at: int) -> int:
    """Where the factors beside each other end: at an operator, a closing bracket, a logarithm."""
    while at < len(stream):
        token = stream[at]
        if token.text in _LOGS or token.kind == "log" or token.kind not in (*_STARTS, "^", "_"):
            return at
        if token.kind in ("(", "{"):
            at = _group(stream, at, 0)[1]
        else:
            at += 1
    return at


def _with_brackets(stream: list[Token], ranges: list[tuple[int, int]]) -> list[Token]:
    opened = {start for start, _ in ranges}
    out: list[Token] = []
    for at in range(len(stream) + 1):
        out += [Token(")", ")", stream[at - 1].at) for _, end in ranges if end == at]
        if at in opened:
            out.append(Token("(", "(", stream[at].at))
        if at < len(stream):
            out.append(stream[at])
    return out


def _letters_apart(stream: list[Token], names: Names) -> list[Token]:
    """nL as n and L, where these are names and nL is none."""
    out: list[Token] = []
    for token in stream:
        known = (
            token.kind != "word"
            or token.text in names.bases()
            or token.text in _LOGS
            or token.text == "sqrt"
        )
        parts = None if known else Reader([], names, 0).split(token.text)
        if parts is None:
            out.append(token)
        else:
            at = token.at
            for part in parts:
                out.append(Token("word", part, at, token.gap and at == token.at))
                at += len(part)
    return out


def tree(text: str, table: Table) -> Node:
    """A key's rate: one reading. Raises Unreadable."""
    ((found, *more), *others) = chains(unwrapped(text)[0], names_of(table, text))
    if others or more:
        raise Unreadable(f"the reference {text!r} is no one rate")
    return found


def names_of(table: Table, text: str) -> Names:
    """The sizes that are declared; where strangers are let in, the letters of the text as well."""
    symbols = frozenset(table.names.symbols | {n for n in table.symbols if "_" not in n})
    if table.strangers:
        written = (
            t.text for t in tokens(_spelled(Passage.of(text)).text) if t.kind in ("word", "greek")
        )
        bare = {w for w in written if w not in (*_LOGS, "sqrt", *_UP_TO_CONSTANTS)}
        symbols |= {
            letter
            for w in bare
            if w not in symbols
            for letter in GREEK.get(w, w)
            if letter.isalpha()
        }
    return Names(symbols)


def chains(here: Passage, names: Names) -> list[tuple[Node, ...]]:
    """Each reading of an answer, as the links of its chain of equalities."""
    here = _spelled(here)
    length = len(here.text)
    try:
        stream = [t for t in tokens(here.text) if t.kind != "\n"]
        links = [_without_o(link, length) for link in split(stream, {"=", "∈"})]
        if not all(links):
            raise Unreadable("there is nothing to read", 0)
        readings = [
            [_read(s, names, length) for s in _bracketed_logs(link, names, length)]
            for link in links
        ]
    except Unreadable as error:
        raise Unreadable(error.why, here.place(error.at)) from None
    chains = list(product(*([*dict.fromkeys(each)] for each in readings)))
    if len(chains) > MOST_READINGS:
        raise Unreadable("too many of its logarithms have no bracket")
    return chains


def _read(stream: list[Token], names: Names, length: int) -> Node:
    reader = Reader(stream, names, length)
    node = reader.expression()
    if not reader.at_end():
        raise Unreadable(f"{reader.peek().text!r} is not read in a growth rate", reader.peek().at)
    return bounded(node)
