"""The entries of a vector or a matrix as they are written: in brackets of every kind, in lines."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from fractions import Fraction

from ..formulas.declare import Table
from ..formulas.instance import Instance
from ..formulas.lexer import CLOSING, GREEK, OPENING, Token, depths, tokens
from ..formulas.reader import Reader, bounded, number
from ..formulas.tree import Node, Unreadable, num, rows_of
from ..formulas.values import plain
from .amounts import differ
from .effort import value_within

MOST_ENTRIES = 400
Rows = tuple[tuple[Node, ...], ...]  # a vector is one row


@dataclass(frozen=True, slots=True)
class Written:
    """The entries of an answer in rows; a list says nothing of rows, and `form` is then "list"."""

    rows: Rows
    form: str  # number, list, column, row, matrix
    first: int | None = None  # the index of the first entry, where they were named by theirs

    @property
    def flat(self) -> tuple[Node, ...]:
        return tuple(x for row in self.rows for x in row)

    @property
    def turned(self) -> Written:
        form = {"row": "column", "column": "row"}.get(self.form, self.form)
        return Written(tuple(zip(*self.rows, strict=True)), form)


def stripped(stream: list[Token]) -> list[Token]:
    while stream and stream[-1].kind in ("\n", ","):
        stream = stream[:-1]
    while stream and stream[0].kind == "\n":
        stream = stream[1:]
    if not stream:
        raise Unreadable("there is nothing to read", 0)
    return stream


def name_of(part: list[Token]) -> str | None:
    """K, K_l, K_{0}, x', \\hat is none."""
    if not part or part[0].kind not in ("word", "greek"):
        return None
    rest = part[1:]
    if rest and (
        rest[0].kind != "_"
        or any(t.kind not in ("_", "{", "}", "(", ")", "number", "word", "greek") for t in rest)
    ):
        return None
    base = GREEK.get(part[0].text, part[0].text)
    return base + "".join(t.text for t in rest if t.kind not in ("{", "}", "(", ")"))


def outside(stream: list[Token]) -> Iterator[Token | None]:
    """The tokens; None for those inside brackets, and for these; ]1, 4[ encloses nothing."""
    for token, depth in zip(stream, depths(stream), strict=True):
        yield token if depth <= 0 and token.kind not in CLOSING else None


def split(stream: list[Token], separators: AbstractSet[str]) -> list[list[Token]]:
    """At words or signs outside brackets; an empty stretch is kept."""
    out: list[list[Token]] = [[]]
    for token, seen in zip(stream, outside(stream), strict=True):
        if seen and (seen.text if seen.kind == "word" else seen.kind) in separators:
            out.append([])
        else:
            out[-1].append(token)
    return out


def inside(stream: list[Token]) -> list[Token] | None:
    """What stands in the brackets around the whole stream; None where there are none."""
    seen = list(outside(stream))
    whole = len(stream) > 1 and stream[0].kind in OPENING and stream[-1].kind in CLOSING
    return stream[1:-1] if whole and all(t is None for t in seen[1:]) else None


def bracketed(stream: list[Token], table: Table, length: int) -> Written:
    """[[1, 2], [3, 4]], (1, 2)ᵀ, [1; 2], 1 2 3, lines: or whatever formula it is."""
    body, turns = _without_transposes(stream)
    inner = inside(body)
    if inner is None:
        if not turns and (found := _lines(stream, table, length)) is not None:
            return found
        if not turns and (found := _plain_list(stream, table, length)) is not None:
            return found
        return _evaluated(node_of(stream, table, length), table)
    found = _cells(inner, table, length)
    return found.turned if turns % 2 else found


def _without_transposes(stream: list[Token]) -> tuple[list[Token], int]:
    """The stream without the transposes at its end, and how many they were."""
    turns = 0
    while True:
        texts = [t.text for t in stream]
        if texts[-2:] in (["^", "T"], ["^", "⊤"], [".", "T"]):
            stream = stream[:-2]
        elif texts[-4:] in (["^", "{", "T", "}"], ["^", "{", "⊤", "}"], ["^", "(", "T", ")"]):
            stream = stream[:-4]
        elif texts[-1:] == ["'"]:
            stream = stream[:-1]
        else:
            return stream, turns
        turns += 1
        if not stream:
            raise Unreadable("there is nothing to read", 0)


def _lines(stream: list[Token], table: Table, length: int) -> Written | None:
    """[1 2] above [3, 4]: a row in brackets in each line; None where it is something else."""
    lines = [inside(line) for line in split(stream, {"\n"}) if line]
    rows = [_row(line) for line in lines if line]
    if len(lines) < 2 or len(rows) < len(lines) or any(len(row) < 2 for row in rows):
        return None
    return _grid(rows, table, length, "matrix")


def _row(line: list[Token]) -> list[list[Token]]:
    """At commas and &, or at gaps between numbers; a comma at its end is no entry."""
    cells = split(line[:-1] if line[-1].kind == "," else line, {",", "&"})
    return _apart(cells[0]) if len(cells) == 1 else cells


def _cells(inner: list[Token], table: Table, length: int) -> Written:
    """The rows of what stands in brackets."""
    if (found := _lines(inner, table, length)) is not None:
        return found
    inner = [t for t in inner if t.kind != "\n"]
    parts = split(inner, {","})
    nested = [inside(part) for part in parts]
    if len(parts) == 1 and nested[0] and nested[0][0].kind in OPENING:
        return _cells(nested[0], table, length)
    if all(n is not None for n in nested) and not any(
        _is_expression(n) for n in nested if n is not None
    ):
        rows = [split(n, {","}) for n in nested if n is not None]
        return _grid(
            rows, table, length, "matrix" if len(rows[0]) > 1 or len(parts) > 1 else "list"
        )
    if len(parts) == 1 and nested[0] is not None:
        return _cells(nested[0], table, length)
    below = split(inner, {";", "\\\\"})
    kept = below if below[-1] else below[:-1]
    if not all(kept) or not kept:
        raise Unreadable("an entry is missing", length)
    rows = [_row(row) for row in kept]
    drawn = any(t.kind in ("&", "\\\\") for t in inner)
    return _grid(rows, table, length, "matrix" if drawn or len(rows) > 1 else "list")


def _is_expression(inner: list[Token]) -> bool:
    """(1+2) in brackets is a number, [1] is a row."""
    return False if len(split(inner, {","})) > 1 else len(inner) > 2


def _apart(cell: list[Token]) -> list[list[Token]]:
    """1 2 3 as three numbers: nothing but numbers, signs and fractions, with gaps between them."""
    if len(cell) < 2 or any(t.kind not in ("number", "-", "/") for t in cell):
        return [cell]
    out: list[list[Token]] = [[]]
    for before, token in zip([None, *cell], cell, strict=False):
        starts = token.kind == "number" and before is not None and before.kind == "number"
        starts = starts or (token.kind == "-" and before is not None and token.gap)
        if starts and token.gap:
            out.append([])
        out[-1].append(token)
    return out


def _plain_list(stream: list[Token], table: Table, length: int) -> Written | None:
    """1, 2, 3; or lines of numbers with gaps between them; None where it is one formula."""
    lines = [row for row in split(stream, {"\n", ";"}) if row]
    rows = [[cell for part in split(line, {","}) for cell in _apart(part)] for line in lines]
    if len(rows) == 1 and len(rows[0]) == 1:
        return None
    if len(rows) > 1 and len(rows[0]) == 1 and len({len(r) for r in rows}) == 1:
        return _grid([[row[0] for row in rows]], table, length, "list")
    pairs = [cell for row in rows for cell in row]
    if len(rows) == 1 or len({len(r) for r in rows}) > 1:
        return _grid([pairs], table, length, "list")
    return _grid(rows, table, length, "matrix")


def _grid(rows: list[list[list[Token]]], table: Table, length: int, form: str) -> Written:
    if len({len(row) for row in rows}) != 1:
        raise Unreadable("the rows are not equally long", rows[0][0][0].at if rows[0][0] else 0)
    if len(rows) * len(rows[0]) > MOST_ENTRIES:
        raise Unreadable(f"it has over {MOST_ENTRIES} entries", 0)
    nodes = tuple(tuple(entry_of(cell, table, length) for cell in row) for row in rows)
    if form == "matrix" and 1 in (len(nodes), len(nodes[0])):
        form = "column" if len(nodes[0]) == 1 else "row"
    return Written(nodes, form)


def entry_of(part: list[Token], table: Table, length: int) -> Node:
    node = node_of(part, table, length)
    if node.op == "grid":
        raise Unreadable("an entry is one number", node.at)
    return node


def node_of(part: list[Token], table: Table, length: int) -> Node:
    part = [t for t in part if t.kind != "\n"]
    if not part:
        raise Unreadable("an entry is missing", length)
    links = split(part, {"="})
    nodes = [_formula(link, table, length) for link in links]
    if any(differ(other, nodes[0], table) for other in nodes[1:]):
        raise Unreadable("the two sides of its = are not the same", part[0].at)
    return nodes[0]


def _formula(part: list[Token], table: Table, length: int) -> Node:
    if not part:
        raise Unreadable("something is missing beside =", length)
    if len(part) == 1 and part[0].kind == "number":  # as most entries are
        return num(number(part[0]), part[0].at)
    reader = Reader(_with_e(part, table), table.names, length)
    node = reader.expression()
    if not reader.at_end():
        raise Unreadable(f"{reader.peek().text!r} is not read here", reader.peek().at)
    return bounded(node)


def _with_e(part: list[Token], table: Table) -> list[Token]:
    """e as exp(1), where nobody declared e; e^x as exp(x) is the same."""
    if "e" in table.symbols:
        return part
    out: list[Token] = []
    for token in part:
        is_e = token.kind == "word" and token.text == "e"
        out += [replace(t, at=token.at) for t in tokens("exp(1)")] if is_e else [token]
    return out


def _evaluated(node: Node, table: Table) -> Written:
    """A formula for a matrix, as its entries: 2·[…], […]ᵀ, I_2, diag(1, 1)."""
    if node.op == "grid":
        rows = tuple(rows_of(node))
        return Written(rows, "list" if len(rows) == 1 else "matrix")
    value = plain(value_within(node, Instance(table, {}))) if not node.names else None
    if isinstance(value, tuple):
        if not all(isinstance(x, int | Fraction) for row in value for x in row):
            raise Unreadable("its entries are not rational", node.at)
        rows = tuple(tuple(num(Fraction(x)) for x in row) for row in value)
        form = "column" if len(rows[0]) == 1 else "row" if len(rows) == 1 else "matrix"
        return Written(rows, form)
    return Written(((node,),), "number")
