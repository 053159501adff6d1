"""What a name with its index means: a symbol, a member of a family, an entry, a stranger."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from .lexer import Token, parted, told
from .names import Names
from .notation import ACCENT_NAMES, ARROW
from .tree import Node, Unreadable, sym

if TYPE_CHECKING:
    from .reader import Reader


def named(reader: Reader, token: Token, index: str, indices: tuple[Token, ...]) -> Node:
    """A declared symbol, by any spelling, a member of a family, an entry, or a stranger."""
    names, at = reader.names, token.at
    base = token.text if index else names.renamed.get(token.text, token.text)
    if not index and base[-1:].isdigit() and not names.has(base):
        letters = base.rstrip("0123456789")
        if letters:
            base, index = letters, base[len(letters) :]
            indices = (Token("number", index, at + len(letters)),)
    full = f"{base}_{index}" if index else base
    found = _declared(reader, full, at)
    if found is not None:
        return found
    base = names.aliases.get(base, base) if index else base
    if index and base in names.families:
        return _member(reader, base, index, indices, at)
    if index and f"{base}_{index}" in names.symbols:
        return sym(f"{base}_{index}", at)
    entry = _entry(reader, base, indices, token) if index else None
    if entry is not None:
        return entry
    if reader.loose and not index and base in names.families:  # diag(σ) of a family
        return Node("elem", (sym("i", at),), base, at)
    return _stranger(reader, base, full, indices, token)


def _declared(reader: Reader, full: str, at: int) -> Node | None:
    names = reader.names
    if reader.peek().kind == "'" and names.has(full + "'"):
        reader.take()
        full += "'"
    for name in (full, names.aliases.get(full, "")):
        if name in names.symbols:
            return sym(name, at)
    base, mark, index = full.partition("_")
    accent = base[-1:]
    if len(base) > 1 and accent in ACCENT_NAMES:
        spoken = f"{base[:-1]}_{ACCENT_NAMES[accent]}{mark}{index}"
        if names.has(spoken):
            return _declared(reader, spoken, at)
        if accent == ARROW:
            return _declared(reader, base[:-1] + mark + index, at)
    return None


def _member(reader: Reader, base: str, index: str, indices: tuple[Token, ...], at: int) -> Node:
    renamed = reader.names.renamed.get(index, index)
    if renamed != index:
        indices = (Token("word", renamed, at),)
    return Node("elem", (_index(reader, indices),), base, at)


def _index(reader: Reader, indices: tuple[Token, ...]) -> Node:
    """An index as a tree: any letter may count; ij is no product. Raises Unreadable."""
    names = [token.kind in ("word", "greek") for token in indices]
    if any(a and b for a, b in pairwise(names)):
        raise Unreadable("what the index counts is not known", indices[0].at)
    free = Names(reader.names.symbols, {}, reader.names.aliases, strangers=True)
    inner = type(reader)(list(indices), free, reader.length)
    node = inner.expression()
    if not inner.at_end():
        raise Unreadable(f"{told(inner.peek())} is not read in an index", inner.peek().at)
    return node


def _entry(reader: Reader, base: str, indices: tuple[Token, ...], token: Token) -> Node | None:
    """An entry of a matrix, A_ij or A_{i,j}, or of a vector that goes by its plain name, x_i."""
    shape = reader.names.shapes.get(base)
    if shape is None or base not in reader.names.symbols or base in reader.names.families:
        return None
    places = [_index(reader, part) for part in _places(indices)]
    numbered = len(indices) == 1 and indices[0].kind == "number"
    if numbered and base != token.text:  # C_12 where C is C_t: C at 12
        return None
    if shape[1] != "1" and len(places) == 2:
        return Node("elem", tuple(places), base, token.at)
    plain = shape[1] == "1" and len(places) == 1 and base == token.text
    if plain and _counts(reader, places[0]):
        return Node("elem", tuple(places), base, token.at)
    return None


def _counts(reader: Reader, place: Node) -> bool:
    """Whether an index is a number here: written out, declared, or bound by a sum."""
    bare = place.op == "sym" and len(str(place.of)) == 1
    return place.names <= reader.names.numbers or (reader.loose and bare)


def _stranger(
    reader: Reader, base: str, full: str, indices: tuple[Token, ...], token: Token
) -> Node:
    names = reader.names
    greek = {"Λ": "λ", "Σ": "σ"}.get(base, "")
    if greek in names.families and not indices:  # Λ = diag(λ_i)
        return Node("diag", (Node("elem", (sym("i", token.at),), greek, token.at),), "i", token.at)
    if not names.strangers or len(base) > 1 + (base[-1:] in ACCENT_NAMES):
        why = {"sin", "cos", "tan", "det", "max", "min", "rank", "softmax", "sup"} & {base}
        raise Unreadable(f"{base} is not read" if why else f"nobody declared {full!r}", token.at)
    place = _bound(reader, indices)
    return sym(full, token.at) if place is None else Node("elem", (place,), base, token.at)


def _bound(reader: Reader, indices: tuple[Token, ...]) -> Node | None:
    """The index of a member of a family that nobody declared, where a sum binds it."""
    letters = {c for t in indices if t.kind in ("word", "greek") for c in t.text}
    bound = letters & reader.names.bound or (reader.loose and len(indices) == 1 and letters)
    if not bound:
        return None
    if any(len(t.text) > 1 or t.kind in ("text", ",") for t in indices):
        raise Unreadable("what the index counts is not declared", indices[0].at)
    return _index(reader, indices)


def _places(indices: tuple[Token, ...]) -> list[tuple[Token, ...]]:
    """The indices of an entry: at commas, or the letters or digits of one run."""
    if any(token.kind == "," for token in indices):
        return [tuple(part) for part in parted(list(indices), {","})]
    names = [token for token in indices if token.kind in ("word", "greek", "number")]
    if len(names) == len(indices) == 2:
        return [(token,) for token in indices]
    if len(indices) == 1 and len(indices[0].text) == 2:
        token = indices[0]
        return [(Token(token.kind, c, token.at + i),) for i, c in enumerate(token.text)]
    return [indices]
