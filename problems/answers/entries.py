"""Numbers one by one: a number, a vector in order, a matrix in rows and columns, by name or by
place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import permutations
from typing import Any

from ..formulas.declare import Symbol, Table
from ..formulas.instance import Instance, evaluated
from ..formulas.interval import Interval
from ..formulas.lexer import GREEK, Token, tokens
from ..formulas.reader import Reader, bounded
from ..formulas.tree import Node, Unreadable, num, rows_of
from ..formulas.values import Scaled, plain
from ..formulas.write import shown
from ..part import Slot
from .numerals import exact, spelled
from .patterns import Pattern
from .verdict import Verdict, agreed, undecided
from .wrapping import Passage, unwrapped

MOST_ENTRIES = 400
MOST_BITS = 12_000  # of a number that is computed with
Rows = tuple[tuple[Node, ...], ...]  # a vector is one row
OPENING, CLOSING = ("(", "[", "{", "{:", "begin"), (")", "]", "}", ":}", "end")


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


# ------------------------------------------------------------------ from text to entries


_CALLED = Pattern(
    r"(?:(?:np|numpy|jnp|torch|jax\.numpy|tf)\s*\.\s*)?(?:array|asarray|matrix|tensor|Matrix|vec|vector)\s*(?=\()",
    *("array", "matrix", "tensor", "vec"),
)
_INDEX = Pattern(r"(?<=[A-Za-z])\[(\d+)\]", "[")
_LETTER_INDEX = Pattern(r"\b([A-Za-z])(\d)(?=\s*=)", "=")
_TABLE_RULE = Pattern(
    r"(?m)^\s*\|?[\s:|-]*-[\s:|-]*\|?\s*$|\\hline|\\toprule|\\midrule|\\bottomrule",
    "--",
    "rule",
    "hline",
)
_TABULAR = Pattern(r"\\(?:begin|end)\s*\{(?:tabular|array)\}(?:\s*\{[^{}]*\})?", "tabular", "array")
_COMMA_INSIDE = Pattern(r"(?<=\d),(?=\d)", ",")
_MAYBE_DECIMAL = Pattern(r"\s*-?\d+(?:,\d+)?\s*")


def _read(here: Passage, slot: Slot, table: Table) -> list[Written]:
    """Every way to read an answer. Raises Unreadable."""
    here = exact(here)
    if slot.kind == "number":
        return [Written(((_single(spelled(here, True), table, slot),),), "number")]
    here = here.replaced(_CALLED, "").replaced(_INDEX, r"_\1")
    commas = _decimal_commas(here) if slot.kind == "vector" else None
    found, refused = [], []
    for way in (here, commas) if commas else (here,):
        try:
            found.append(_rows(spelled(way, False), slot, table))
        except Unreadable as error:
            refused.append(error)
    if not found:
        raise refused[0]
    return found


def _decimal_commas(here: Passage) -> Passage | None:
    """(0 ; 0,7 ; 0,51) with points, where ; separates and every comma may be a decimal one."""
    groups = here.text.strip(" ()[]").split(";")
    if len(groups) < 2 or not all(_MAYBE_DECIMAL.fullmatch(g) for g in groups):
        return None
    return here.replaced(_COMMA_INSIDE, ".") if "," in here.text else None


def _rows(here: Passage, slot: Slot, table: Table) -> Written:
    try:
        if (grid := _table_text(here)) is not None:
            return _tabled(grid, table, slot, here)
        stream = [t for t in tokens(here.replaced(_LETTER_INDEX, r"\1_\2").text)]
        return _written(_stripped(stream), table, len(here.text), slot)
    except Unreadable as error:
        raise Unreadable(error.why, here.place(error.at)) from None


def _stripped(stream: list[Token]) -> list[Token]:
    while stream and stream[-1].kind in ("\n", ","):
        stream = stream[:-1]
    while stream and stream[0].kind == "\n":
        stream = stream[1:]
    if not stream:
        raise Unreadable("there is nothing to read", 0)
    return stream


def _written(stream: list[Token], table: Table, length: int, slot: Slot) -> Written:
    """Rows and columns in brackets, names with values, or a list."""
    if _has_table_names(stream, table):
        return _by_table_names(stream, table, length)
    labelled = _split(stream, {",", ";", "\n"})
    if sum(any(t.kind == "=" for t in part) for part in labelled) > 1:
        entries, first = _named(labelled, table, length)
        return Written((tuple(entries),), "list", first)
    return _bracketed(_without_name(stream, slot, table), table, length)


def _without_name(stream: list[Token], slot: Slot, table: Table) -> list[Token]:
    """Without `K =`, where that is a name, and no symbol that means something else."""
    at = next((i for i, t in enumerate(_outside(stream)) if t is not None and t.kind == "="), -1)
    if at < 0:
        return stream
    name = _name(stream[:at])
    if name is None:
        raise Unreadable("what stands before = is no name", stream[0].at)
    if name in table.symbols and not slot.right.replace(" ", "").startswith(f"{name}="):
        raise Unreadable(f"{name} is something else here", stream[0].at)
    return stream[at + 1 :]


def _name(part: list[Token]) -> str | None:
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


def _outside(stream: list[Token]) -> Iterator[Token | None]:
    """The tokens; None for those inside brackets."""
    depth = 0
    for token in stream:
        closing = token.kind in CLOSING
        depth -= closing
        yield token if not depth and not closing else None
        depth += token.kind in OPENING


def _split(stream: list[Token], separators: set[str]) -> list[list[Token]]:
    """At separators outside brackets; an empty stretch is kept."""
    out: list[list[Token]] = [[]]
    for token, outside in zip(stream, _outside(stream), strict=True):
        if outside is not None and token.kind in separators:
            out.append([])
        else:
            out[-1].append(token)
    return out


def _bracketed(stream: list[Token], table: Table, length: int) -> Written:
    """[[1, 2], [3, 4]], (1, 2)ᵀ, [1; 2], 1 2 3, lines: or whatever formula it is."""
    body, turns = _without_transposes(stream)
    inner = _inside(body)
    if inner is None:
        if not turns and (found := _plain_list(stream, table, length)) is not None:
            return found
        return _evaluated(_node(stream, table, length), table)
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


def _inside(stream: list[Token]) -> list[Token] | None:
    """What stands in the brackets around the whole stream; None where there are none."""
    outside = list(_outside(stream))
    whole = len(stream) > 1 and stream[0].kind in OPENING and stream[-1].kind in CLOSING
    return stream[1:-1] if whole and all(t is None for t in outside[1:]) else None


def _cells(inner: list[Token], table: Table, length: int) -> Written:
    """The rows of what stands in brackets."""
    inner = [t for t in inner if t.kind != "\n"]
    parts = _split(inner, {","})
    nested = [_inside(part) for part in parts]
    if len(parts) == 1 and nested[0] and nested[0][0].kind in OPENING:
        return _cells(nested[0], table, length)
    if all(n is not None for n in nested) and not any(
        _is_expression(n) for n in nested if n is not None
    ):
        rows = [_split(n, {","}) for n in nested if n is not None]
        return _grid(
            rows, table, length, "matrix" if len(rows[0]) > 1 or len(parts) > 1 else "list"
        )
    if len(parts) == 1 and nested[0] is not None:
        return _cells(nested[0], table, length)
    rows = [_split(row, {",", "&"}) for row in _split(inner, {";", "\\\\"})]
    if len(rows) > 1 and rows[-1] == [[]]:
        rows = rows[:-1]
    rows = [
        [cell for each in row for cell in _apart(each)] if len(row) == 1 else row for row in rows
    ]
    drawn = any(t.kind in ("&", "\\\\") for t in inner)
    return _grid(rows, table, length, "matrix" if drawn or len(rows) > 1 else "list")


def _is_expression(inner: list[Token]) -> bool:
    """(1+2) in brackets is a number, [1] is a row."""
    return False if len(_split(inner, {","})) > 1 else len(inner) > 2


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
    lines = [row for row in _split(stream, {"\n", ";"}) if row]
    rows = [[cell for part in _split(line, {","}) for cell in _apart(part)] for line in lines]
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
    nodes = tuple(tuple(_node(cell, table, length) for cell in row) for row in rows)
    if form == "matrix" and 1 in (len(nodes), len(nodes[0])):
        form = "column" if len(nodes[0]) == 1 else "row"
    return Written(nodes, form)


def _node(part: list[Token], table: Table, length: int) -> Node:
    part = [t for t in part if t.kind != "\n"]
    if not part:
        raise Unreadable("an entry is missing", length)
    links = _split(part, {"="})
    nodes = [_formula(link, table, length) for link in links]
    if any(_differ(other, nodes[0], table) for other in nodes[1:]):
        raise Unreadable("the two sides of its = are not the same", part[0].at)
    return nodes[0]


def _formula(part: list[Token], table: Table, length: int) -> Node:
    if not part:
        raise Unreadable("something is missing beside =", length)
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
        if token.kind == "word" and token.text == "e":
            at = token.at
            out += [
                Token("exp", "exp", at),
                Token("(", "(", at),
                Token("number", "1", at),
                Token(")", ")", at),
            ]
        else:
            out.append(token)
    return out


def _evaluated(node: Node, table: Table) -> Written:
    """A formula for a matrix, as its entries: 2·[…], […]ᵀ, I_2, diag(1, 1)."""
    if node.op == "grid":
        rows = tuple(rows_of(node))
        return Written(rows, "list" if len(rows) == 1 else "matrix")
    value = plain(evaluated(node, Instance(table, {}))) if not node.names else None
    if isinstance(value, tuple):
        if not all(isinstance(x, int | Fraction) for row in value for x in row):
            raise Unreadable("its entries are not rational", node.at)
        rows = tuple(tuple(num(Fraction(x)) for x in row) for row in value)
        form = "column" if len(rows[0]) == 1 else "row" if len(rows) == 1 else "matrix"
        return Written(rows, form)
    return Written(((node,),), "number")


# ------------------------------------------------------------------ entries by name


def _named(parts: list[list[Token]], table: Table, length: int) -> tuple[list[Node], int | None]:
    """K_0 = 0, K_1 = 1, or x = 1, y = 2: the entries in the order of their names, and the first
    index.
    """
    found: dict[str, Node] = {}
    tail: list[Node] = []
    for at, part in enumerate(p for p in parts if p):
        equals = next((i for i, t in enumerate(part) if t.kind == "="), -1)
        name = _name(part[:equals]) if equals > 0 else None
        if name is None:
            raise Unreadable("an entry was expected here, by its name and one =", part[0].at)
        if name in found:
            raise Unreadable(f"{name} is given twice", part[0].at)
        value = part[equals + 1 :]
        inner = _inside(value) if at and at == len(parts) - 1 else None
        if inner is not None and len(_split(inner, {","})) > 1:
            tail = [_node(cell, table, length) for cell in _split(inner, {","})]
            continue
        found[name] = _node(value, table, length)
    ordered, first = _in_order(found)
    return [*ordered, *tail], first


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


def _has_table_names(stream: list[Token], table: Table) -> bool:
    """Whether it begins with the name of a row and a colon, or with the name of a column."""
    words = _spread(stream[:2])
    label = _label(words[0], table)
    is_named = len(words) > 1 and words[1].kind == ":"
    return label is not None and (label[0] == "column" or is_named)


def _by_table_names(stream: list[Token], table: Table, length: int) -> Written:
    """α: 0, 2; β: 0.001, 1, by rows or by columns, in any order. Raises Unreadable."""
    stream = _spread([t for t in stream if t.kind != "text" or t.text.strip()])
    labels = [(i, found) for i, t in enumerate(stream) if (found := _label(t, table)) is not None]
    outer = labels[0][1][0]
    starts = [i for i, (kind, _) in labels if kind == outer] + [len(stream)]
    cells: dict[tuple[int, int], Node] = {}
    for start, end in zip(starts, starts[1:], strict=False):
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
    inner = _inside(part)
    values = _split(inner if inner is not None else part, {",", ";"})
    for at, value in enumerate(values):
        label = _label(value[0], table) if value else None
        rest = value[1:] if label else value
        rest = rest[1:] if label and rest and rest[0].kind in (":", "=") else rest
        yield (label[1] if label else at), _node(rest, table, length)


# ------------------------------------------------------------------ tables


def _table_text(here: Passage) -> list[list[Passage]] | None:
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


def _tabled(grid: list[list[Passage]], table: Table, slot: Slot, here: Passage) -> Written:
    """A table with a head of indices and one row of values, or with the names of the loss table.
    Raises Unreadable.
    """
    head, *body = grid
    if not body or any(len(row) != len(head) for row in body):
        raise Unreadable("this is no table of a head and rows of as many cells", 0)
    cells = [[[t for t in tokens(c.text) if t.kind != "\n"] for c in row] for row in grid]
    if len(body) == 1:
        named = [_name(c) or "".join(t.text for t in c) for c in cells[0]]
        values = cells[1]
        if _name(values[0]) is not None:
            named, values = named[1:], values[1:]
        numbers = [n.partition("_")[2] or n for n in named]
        wanted = [str(i) for i in range(len(numbers))]
        if numbers not in (wanted, [str(i + 1) for i in range(len(numbers))]):
            raise Unreadable("the head of the table does not count its entries", 0)
        return Written((tuple(_node(v, table, len(here.text)) for v in values),), "list")
    stream: list[Token] = []
    for row in cells[1:]:
        pairs = zip(cells[0][1:], row[1:], strict=True)
        stream += [*row[0], Token(":", ":", 0)]
        for name, value in pairs:
            stream += [*name, *value, Token(",", ",", 0)]
    if not stream or _label(stream[0], table) is None:
        raise Unreadable("the rows and columns of the table have names that say nothing here", 0)
    return _by_table_names(stream, table, len(here.text))


# ------------------------------------------------------------------ one number


def _single(here: Passage, table: Table, slot: Slot) -> Node:
    try:
        stream = _stripped([t for t in tokens(here.text)])
        if any(t.kind in (";", "\n") for t in stream):
            raise Unreadable("one number was expected", 0)
        first = _split(stream, {"="})
        if len(first) > 1 and (name := _name(first[0])) is not None and name not in table.symbols:
            stream = stream[len(first[0]) + 1 :]
        node = _node(stream, table, len(here.text))
    except Unreadable as error:
        raise Unreadable(error.why, here.place(error.at)) from None
    if node.op == "grid" and len(node.args) == 1:
        node = node.args[0]
    if node.op == "grid":
        raise Unreadable("one number was expected", 0)
    return node


# ------------------------------------------------------------------ verdicts


def decide(text: str, slot: Slot, table: Table, reference: str | None = None) -> Verdict:
    """Whether the entries are the slot's, or the reference's, one by one and in their places.

    Raises Unreadable, and what evaluation raises.
    """
    right = slot.right if reference is None else reference
    (key, *others) = _read(unwrapped(right)[0], slot, table)
    if others:
        key = next((o for o in (key, *others) if o.form == "list"), key)
    verdicts = []
    for here in unwrapped(text):
        verdicts += [_against(found, key, slot, table) for found in _read(here, slot, table)]
    return agreed(verdicts, "it can be read in several ways")


def _against(found: Written, key: Written, slot: Slot, table: Table) -> Verdict:
    read = _told(found, slot.kind)
    begins = key.first if key.first is not None or not slot.name else 0
    if found.first is not None and begins is not None and found.first != begins:
        return undecided(
            f"its entries are counted from {found.first}, not from {begins}", read=read
        )
    if (misfit := _misfit(found, key, slot.kind)) is not None:
        if misfit.verdict == "undecided":
            return _refuted(found, key, table, read, slot.kind) or undecided(misfit.why, read=read)
        return Verdict(
            "incorrect",
            misfit.why,
            read,
            counterexample=misfit.counterexample,
            hint=_shifted(found, key),
        )
    wrong = _refuted(found, key, table, read, slot.kind)
    if wrong is not None:
        return wrong
    for a, b in zip(found.flat, key.flat, strict=True):
        if (open_one := _proved(a, b, table, read)) is not None:
            return open_one
    return Verdict(
        "correct", f"the same {'number' if slot.kind == 'number' else 'entries'}, exactly", read
    )


def _misfit(found: Written, key: Written, kind: str) -> Verdict | None:
    """Why the answer has another form than the key; undecided where it has as many entries, in a
    form that may be meant.
    """
    a, b = ((len(w.rows), len(w.rows[0])) for w in (found, key))
    if kind == "vector":
        if len(found.flat) == len(key.flat):
            two_dimensional = found.form == "matrix" and key.form != "matrix"
            return (
                undecided("a vector was expected, and this is a matrix")
                if two_dimensional
                else None
            )
        sizes = f"{len(found.flat)} entries against {len(key.flat)}"
        return Verdict(
            "incorrect",
            f"it has {len(found.flat)} entries, the key {len(key.flat)}",
            counterexample=sizes,
        )
    if a == b:
        return None
    return Verdict(
        "incorrect",
        f"it is {a[0]}×{a[1]}, the key {b[0]}×{b[1]}",
        counterexample=f"{a[0]}×{a[1]} against {b[0]}×{b[1]}",
    )


def _refuted(found: Written, key: Written, table: Table, read: str, kind: str) -> Verdict | None:
    """Incorrect, with the first entry that differs; undecided where it may be the key's, rounded;
    None where none differs.
    """
    width = len(found.rows[0])
    rounded: Verdict | None = None
    for at, (a, b) in enumerate(zip(found.flat, key.flat, strict=True)):
        seen = _differ(a, b, table)
        if seen is None:
            continue
        if _rounded(seen, a):
            rounded = rounded or undecided(f"{shown(a)} could be {shown(b)}, rounded", read=read)
            continue
        place = {"number": "", "vector": f"entry {at + 1}: "}.get(
            kind, f"entry ({at // width + 1}, {at % width + 1}): "
        )
        return Verdict(
            "incorrect",
            "it is another value",
            read,
            counterexample=f"{place}{seen.told} against {seen.against}",
            hint=_shifted(found, key),
            witness=seen.witness,
        )
    return rounded


@dataclass(frozen=True, slots=True)
class Difference:
    """Two entries that differ: as texts, and as values where these are rational, where the symbols
    have these values.
    """

    told: str
    against: str
    answer: Fraction | Interval
    key: Fraction | Interval
    where: dict[str, Fraction]

    @property
    def told_value(self) -> Fraction | None:
        return None if isinstance(self.answer, Interval) else self.answer

    @property
    def witness(self) -> dict[str, Any] | None:
        if isinstance(self.answer, Interval) or isinstance(self.key, Interval):
            return None
        return {"with": self.where, "answer": self.answer, "key": self.key}


def _differ(a: Node, b: Node, table: Table) -> Difference | None:
    """How two entries differ; None where no difference was seen. Raises what evaluation raises."""
    if a == b:
        return None
    names = sorted(a.names | b.names)
    for seed in (1, 2, 3) if names else (0,):
        where = {name: Fraction(7 * seed + 3 * i, 2 + i) for i, name in enumerate(names)}
        left, right = (_value(x, table, where) for x in (a, b))
        gap = (
            Interval.of(left) - Interval.of(right)
            if Interval in (type(left), type(right))
            else left - right
        )
        if gap.apart_from_zero() if isinstance(gap, Interval) else gap:
            told = [_told_as(x, v) for x, v in ((a, left), (b, right))]
            said = f" at {', '.join(f'{n} = {v}' for n, v in where.items())}" if names else ""
            return Difference(told[0], told[1] + said, left, right, where)
    return None


def _value(node: Node, table: Table, where: dict[str, Fraction]) -> Fraction | Interval:
    """The value of a number where its symbols have these; exact, or an interval around it."""
    for name in node.names:
        symbol = table.symbols.get(name)
        if symbol is None or not _admits(symbol):
            raise Unreadable(f"a number was expected, not {name}", node.at)
    value = plain(evaluated(node, Instance(table, {}, values=dict(where))))
    if isinstance(value, tuple | Scaled):
        raise Unreadable("a number was expected", node.at)
    if isinstance(value, Interval):
        return value
    out = Fraction(value)
    if max(out.numerator.bit_length(), out.denominator.bit_length()) > MOST_BITS:
        raise Unreadable("its numbers are over every bound", node.at)
    return out


def _admits(symbol: Symbol) -> bool:
    """A real number without conditions, so that any fraction may be tried."""
    return symbol.kind == "scalar" and symbol.least is None and not symbol.value


def _proved(a: Node, b: Node, table: Table, read: str) -> Verdict | None:
    """None where two entries that did not differ are the same for certain; else the verdict."""
    if a == b:
        return None
    if not a.names and not b.names:
        values = [_value(x, table, {}) for x in (a, b)]
        if all(isinstance(v, Fraction) for v in values):
            return None
    from .compare import compare  # roots and symbols: a proof is wanted

    found = compare(a, b, table)
    return None if found.verdict == "correct" else undecided(found.why, read=read)


def _rounded(seen: Difference, answer: Node) -> bool:
    """Whether a decimal is the key's endless one, rounded or cut after three digits or more."""
    given, right = seen.told_value, seen.key
    if given is None or answer.names or seen.where or 10**60 % given.denominator:
        return False
    wanted = Fraction(right.low) if isinstance(right, Interval) else right
    if not isinstance(right, Interval) and not 10**60 % wanted.denominator:
        return False
    places = next(k for k in range(61) if not 10**k % given.denominator)
    if abs(given.numerator) * 10**places // given.denominator < 100:
        return False
    shifted = wanted * 10**places
    return given * 10**places in (round(shifted), int(shifted))


def _told_as(node: Node, value: Fraction | Interval) -> str:
    said, number = shown(node), _short(value)
    return number if said == number or len(said) > 200 else f"{said} = {number}"


def _short(x: Fraction | Interval) -> str:
    """A number of at most some dozens of digits; longer ones by their size."""
    if isinstance(x, Interval):
        return str(x)
    if max(x.numerator.bit_length(), x.denominator.bit_length()) <= 200:
        return str(x)
    digits = (abs(x.numerator).bit_length() - x.denominator.bit_length()) * 30_103 // 100_000
    return f"{'-' if x < 0 else ''}about 10^{digits}"


def _shifted(found: Written, key: Written) -> str:
    a, b = found.flat, key.flat
    if len(a) > 2 and len(b) > 2 and a != b:
        if a[1:] == b[: len(a) - 1] or a[: len(b) - 1] == b[1 : len(a) + 1]:
            return "index shifted by one"
    if 1 < len(a) == len(b) <= 6 and a != b and any(p == b for p in permutations(a)):
        return "other order"
    return ""


def _told(found: Written, kind: str) -> str:
    if kind == "number":
        return _node_told(found.flat[0])
    flat = "; ".join(", ".join(map(_node_told, row)) for row in found.rows)
    if kind == "vector":
        return f"({flat}) : {len(found.flat)} entries"
    return f"[{flat}] : {len(found.rows)}×{len(found.rows[0])}"


def _node_told(node: Node) -> str:
    return shown(node)
