"""M_t⁻¹ in an answer to a slot that calls this inverse A_t."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from itertools import pairwise

from ..formulas.declare import Table
from ..formulas.lexer import GREEK, Token
from ..formulas.spelling import group_end

_INVERSE = (["-", "1"], ["{", "-", "1", "}"], ["(", "-", "1", ")"])


def of_inverses(stream: list[Token], table: Table) -> tuple[list[Token], str]:
    """The tokens with the slot's own letter, and what that takes for granted.

    A capital that nobody declared, inverted wherever it stands, is the inverse of the one symmetric
    matrix of the slot that goes by an index, where the answer does not use that one's letter.
    """
    own = _symmetric(table)
    if not own or not any(token.kind == "^" for token in stream):
        return stream, ""
    stream = _apart(stream)
    if any(token.text == own for token in stream):
        return stream, ""
    known = {name.partition("_")[0] for name in (*table.symbols, *table.aliases, *table.sizes)}
    letters = {
        token.text
        for token, after in pairwise(stream)
        if after.kind in ("_", "^") and len(token.text) == 1 and token.text.isupper()
    }
    for letter in sorted(letters - known - {"I", "O", *GREEK.values()}):
        if changed := _changed(stream, letter, own):
            return changed, f"{letter}⁻¹ taken as {own}"
    return stream, ""


@lru_cache(maxsize=512)
def _symmetric(table: Table) -> str:
    """The letter of the one symmetric matrix that goes by an index, or nothing."""
    found = {
        s.base for s in table.symbols.values() if "symmetric" in s.properties and "_" in s.name
    }
    return found.pop() if len(found) == 1 else ""


def _apart(stream: list[Token]) -> list[Token]:
    """k^TS as k^T S."""
    out: list[Token] = []
    for token in stream:
        if out and out[-1].kind == "^" and len(token.text) == 2 and token.text[0] == "T":
            out += [replace(token, text="T"), replace(token, text=token.text[1], at=token.at + 1)]
        else:
            out.append(token)
    return out


def _changed(stream: list[Token], letter: str, own: str) -> list[Token]:
    """With `own` for the inverse of `letter`; nothing where that stands without an inverse."""
    out: list[Token] = []
    at = 0
    while at < len(stream):
        token = stream[at]
        out.append(token)
        at += 1
        if token.text != letter:
            continue
        out[-1] = replace(token, text=own)
        index: list[Token] = []
        if at < len(stream) and stream[at].kind == "_":
            end = group_end(stream, at + 1)
            index, at = stream[at:end], end
        if at >= len(stream) or stream[at].kind != "^":
            return []
        end = group_end(stream, at + 1)
        if [t.text for t in stream[at + 1 : end]] not in _INVERSE:
            return []
        out += index
        at = end
        if not index and at < len(stream) and stream[at].kind == "_":
            end = group_end(stream, at + 1)
            out, at = [*out, *stream[at:end]], end
    return out
