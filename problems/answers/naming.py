"""Entries by name: K_0 = 0, K_1 = 1; α: 0, 2; β: 0.001, 1; and tables in Markdown or LaTeX."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from ..formulas.declare import Table
from ..formulas.lexer import GREEK, Token, tokens
from ..formulas.tree import Node, Unreadable
from .cells import Written, entry_of, inside, name_of, split
from .patterns import Pattern
from .wrapping import Passage

_TABLE_RULE = Pattern(
    r"(?m)^\s*\|?[\s:|-]*-[\s:|-]*\|?\s*$|\\hline|\\toprule|\\midrule|\\bottomrule", "-- rule hline"
)
_TABULAR = Pattern(r"\\(?:begin|end)\s*\{(?:tabular|array)\}(?:\s*\{[^{}]*\})?", "tabular array")


def named(parts: list[list[Token]], table: Table, length: int) -> tuple[list[Node], int | None]:
    """K_0 = 0, K_1 = 1, or x = 1, y = 2: the entries in the order of their names, and the first
    index.
    """
    found: dict[str, Node] = {}
    tail: list[Node] = []
    for at, part in enumerate(p for p in parts if p):
        equals = next((i for i, t in enumerate(part) if t.kind == "="), -1)
        name = name_of(part[:equals]) if equals > 0 else None
        if name is None:
            raise Unreadable("an entry was expected here, by its name and one =", part[0].at)
        if name in found:
            raise Unreadable(f"{name} is given twice", part[0].at)
        value = part[equals + 1 :]
        is_last = at == len(parts) - 1 and bool(at)
        inner = inside(value) if is_last and not name[-1].isdigit() else None  # K_l = (1, 0.7)
        if inner is not None and len(split(inner, {","})) > 1:
            tail = [entry_of(cell, table, length) for cell in split(inner, {","})]
            continue
        found[name] = entry_of(value, table, length)
    ordered, first = _in_order(found)
    return [*ordered, *tail], first


def counted(left: list[Token]) -> tuple[int, int] | None:
    """K_0, K_1, K_2 before one =: where they begin, and how many they are; None for other names."""
    inner = inside(left)
    names = [name_of(part) for part in split(left if inner is None else inner, {","})]
    bases = {name and name.partition("_")[0] for name in names}
    numbers = [name and name.partition("_")[2] for name in names]
    for first in (0, 1):
        if len(names) > 1 and numbers == [str(first + i) for i in range(len(names))]:
            return (first, len(names)) if len(bases) == 1 else None
    return None


def _in_order(found: dict[str, Node]) -> tuple[list[Node], int | None]:
    bases = {name.partition("_")[0] for name in found}
    indices = [name.partition("_")[2] for name in found]
    if len(bases) == 1 and all(i.isdigit() for i in indices):
        ordered = sorted(found, key=lambda name: int(name.partition("_")[2]))
        numbers = sorted(map(int, indices))
        if numbers == list(range(numbers[0], numbers[0] + len(numbers))) and numbers[0] in (0, 1):
            return [found[name] for name in ordered], numbers[0]
        raise Unreadable("the entries are not numbered from 0 or 1 without a gap", 0)
    letters = sorted(found)
    if {"w", "x"} <= found.keys() and letters != list(found):  # x, y, z, w is an order too
        raise Unreadable("does w come first, or after z?", 0)
    if all(len(n) == 1 for n in letters) and ord(letters[-1]) - ord(letters[0]) == len(letters) - 1:
        return [found[name] for name in letters], None
    raise Unreadable("the names of the entries say no order", 0)


# the loss table of 3a: its rows and its columns, by what people call them
_ROW_NAMES = {"α": 0, "a": 0, "β": 1, "b": 1}
_COLUMN_NAMES = {
    **dict.fromkeys(("recon", "reconstruction", "rec", "loss", "fit", "error"), 0),
    **dict.fromkeys(("reg", "regularization", "regularisation", "penalty", "regularizer"), 1),
}


def _label(token: Token, table: Table) -> tuple[str, int] | None:
    if token.kind not in ("word", "greek") or token.text in table.symbols:
        return None
    name = GREEK.get(token.text, token.text.lower())
    if name in _COLUMN_NAMES:
        return "column", _COLUMN_NAMES[name]
    return ("row", _ROW_NAMES[name]) if name in _ROW_NAMES else None


def has_table_names(stream: list[Token], table: Table) -> bool:
    """Whether it begins with the name of a row and a colon, or with the name of a column."""
    words = _spread(stream[:2])
    label = _label(words[0], table)
    rows = [a for a, b in pairwise(stream) if b.kind == "=" and _label(a, table) is not None]
    is_pair = len(rows) > 1 and stream[1].kind == "=" and stream[2].kind in ("(", "[")
    is_named = is_pair or (len(words) > 1 and words[1].kind == ":")
    return label is not None and (label[0] == "column" or is_named)


def by_table_names(stream: list[Token], table: Table, length: int) -> Written:
    """α: 0, 2; β: 0.001, 1, by rows or by columns, in any order. Raises Unreadable."""
    stream = _spread([t for t in stream if t.kind != "text" or t.text.strip()])
    labels = [(i, found) for i, t in enumerate(stream) if (found := _label(t, table)) is not None]
    outer = labels[0][1][0]
    starts = [i for i, (kind, _) in labels if kind == outer] + [len(stream)]
    cells: dict[tuple[int, int], Node] = {}
    for start, end in pairwise(starts):
        found = _label(stream[start], table)
        assert found is not None, "it is a label"
        for at, node in _group(stream[start + 1 : end], table, length):
            place = (found[1], at) if outer == "row" else (at, found[1])
            if place in cells:
                raise Unreadable("an entry of the table is given twice", stream[start].at)
            cells[place] = node
    if set(cells) != {(0, 0), (0, 1), (1, 0), (1, 1)}:
        raise Unreadable("not every entry of the table is named once", 0)
    return Written((tuple(cells[place] for place in sorted(cells)),), "list")


def _spread(stream: list[Token]) -> list[Token]:
    """Words of text as words of their own, so that \\text{recon} is recon."""
    return [
        Token("word", t.text, t.at, t.gap) if t.kind == "text" and t.text.isalpha() else t
        for t in stream
    ]


def _group(part: list[Token], table: Table, length: int) -> Iterator[tuple[int, Node]]:
    """The values of one row or column, in order or each by its own label."""
    part = [t for t in part if t.kind not in ("\n",)]
    while part and part[0].kind in (":", "=", ","):
        part = part[1:]
    while part and part[-1].kind in (";", ",", "."):
        part = part[:-1]
    inner = inside(part)
    values = split(inner if inner is not None else part, {",", ";"})
    for at, value in enumerate(values):
        label = _label(value[0], table) if value else None
        rest = value[1:] if label else value
        rest = rest[1:] if label and rest and rest[0].kind in (":", "=") else rest
        yield (label[1] if label else at), entry_of(rest, table, length)


def table_text(here: Passage) -> list[list[Passage]] | None:
    """The cells of a Markdown or LaTeX table; None where it is none."""
    bare = here.replaced(_TABULAR, "").replaced(_TABLE_RULE, "\n" if "|" in here.text else "")
    text = bare.text
    if text.count("|") >= 4 and "\n" in text.strip():
        return [_at(_framed(line), "|") for line in _at(bare, "\n") if line.text.strip()]
    if "&" in text and "\\\\" in text and "\\begin" not in text:
        return [_at(line, "&") for line in _at(bare, "\\\\") if line.text.strip()]
    return None


def _framed(line: Passage) -> Passage:
    """A line of a table without the bars at its ends."""
    start, end = line.text.startswith("|"), len(line.text) - line.text.endswith("|")
    return line[int(start) : end]


def _at(here: Passage, separator: str) -> list[Passage]:
    out, start = [], 0
    for found in re.finditer(re.escape(separator), here.text):
        out.append(here[start : found.start()].stripped())
        start = found.end()
    return [*out, here[start:].stripped()]


def tabled(grid: list[list[Passage]], table: Table, here: Passage) -> Written:
    """A table with a head of indices, or with the names of the loss table. Raises Unreadable."""
    head, *body = grid
    if not body or any(len(row) != len(head) for row in body):
        raise Unreadable("this is no table of a head and rows of as many cells", 0)
    cells = [[[t for t in tokens(c.text) if t.kind != "\n"] for c in row] for row in grid]
    if len(body) == 1:
        named = [name_of(c) or "".join(t.text for t in c) for c in cells[0]]
        values = cells[1]
        if name_of(values[0]) is not None:
            named, values = named[1:], values[1:]
        numbers = [n.partition("_")[2] or n for n in named]
        wanted = [str(i) for i in range(len(numbers))]
        if numbers not in (wanted, [str(i + 1) for i in range(len(numbers))]):
            raise Unreadable("the head of the table does not count its entries", 0)
        return Written((tuple(entry_of(v, table, len(here.text)) for v in values),), "list")
    stream: list[Token] = []
    for row in cells[1:]:
        pairs = zip(cells[0][1:], row[1:], strict=True)
        stream += [*row[0], Token(":", ":", 0)]
        for name, value in pairs:
            stream += [*name, *value, Token(",", ",", 0)]
    if not stream or _label(stream[0], table) is None:
        raise Unreadable("the rows and columns of the table have names that say nothing here", 0)
    return by_table_names(stream, table, len(here.text))
