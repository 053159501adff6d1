"""Numbers one by one: a number, a vector in order, a matrix in rows and columns."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from itertools import permutations

from ..formulas.declare import Table
from ..formulas.lexer import Token, tokens
from ..formulas.tree import Node, Unreadable
from ..formulas.write import shown
from ..part import Slot
from .amounts import differ, rounded, value_of
from .cells import Written, bracketed, name_of, node_of, outside, split, stripped
from .naming import by_table_names, counted, has_table_names, named, table_text, tabled
from .numerals import exact, spelled
from .patterns import Pattern, words
from .verdict import Verdict, agreed, undecided
from .wrapping import Passage, unwrapped

_CALLED = Pattern(
    r"(?:(?:np|numpy|jnp|torch|jax\.numpy|tf)\s*\.\s*)?"
    r"(?:array|asarray|matrix|tensor|Matrix|vec|vector)\s*(?=\()",
    "array matrix tensor vec",
)
_INDEX = Pattern(r"(?<=[A-Za-z])\[(\d+)\]|(?<=[A-Za-z])\((\d+)\)(?=\s*=)", "[ (")
_INTRODUCED = words(
    r"\s*the\s+(?:kernel|vector|matrix|entries|values?|numbers?|losses)\s+(?:is|are)\s*:?\s*", "the"
)
_BULLET = Pattern(r"(?m)^[ \t]*(?:[-*•]|\d+[.)])[ \t]+(?=\S)", "- * • . )")
_SURE_BULLET = Pattern(r"(?m)^[ \t]*(?:[*•]|-[ \t]+(?:-|0(?:\.0*)?[ \t]*$))", "- * •")
_LETTER_INDEX = Pattern(r"\b([A-Za-z])(\d)(?=\s*=)", "=")
_COMMA_INSIDE = Pattern(r"(?<=\d),(?=\d)", ",")
_MAYBE_DECIMAL = Pattern(r"\s*-?\d+(?:,\d+)?\s*")


def _read(here: Passage, kind: str, own: str, table: Table) -> list[Written]:
    """Every way to read an answer to a slot of a kind, whose own formula is `own`. Raises
    Unreadable.
    """
    here = exact(here)
    if kind == "number":
        return [Written(((_single(spelled(here, True), table),),), "number")]
    here = here.without(_INTRODUCED).replaced(_CALLED, "")
    here = here.replaced(_INDEX, lambda m: f"_{m[1] or m[2]}")
    found, refused = [], []
    for way in _ways(here, kind):
        try:
            found.append(_rows(spelled(way, False), kind, own, table))
        except Unreadable as error:
            refused.append(error)
    if not found:
        raise refused[0]
    return found


def _ways(here: Passage, kind: str) -> list[Passage]:
    """With the marks of its lines as bullets or as signs, with its commas as decimal ones."""
    lines = [line for line in here.text.split("\n") if line.strip()]
    out = [here]
    if len(lines) > 1 and all(_BULLET.match(line) for line in lines):
        out = [here.replaced(_BULLET, "")]
        out += [] if _SURE_BULLET.search(here.text) else [here]
    commas = _decimal_commas(here) if kind == "vector" else None
    return [*out, commas] if commas else out


def _decimal_commas(here: Passage) -> Passage | None:
    """(0 ; 0,7 ; 0,51) with points, where ; separates and every comma may be a decimal one."""
    groups = here.text.strip(" ()[]").split(";")
    if len(groups) < 2 or not all(_MAYBE_DECIMAL.fullmatch(g) for g in groups):
        return None
    return here.replaced(_COMMA_INSIDE, ".") if "," in here.text else None


def _rows(here: Passage, kind: str, own: str, table: Table) -> Written:
    try:
        grid = table_text(here)
        if grid is not None and not (kind == "matrix" and "{array}" in here.text):
            return tabled(grid, table, here)
        stream = tokens(here.replaced(_LETTER_INDEX, r"\1_\2").text)
        return _written(stripped(stream), table, len(here.text), own)
    except Unreadable as error:
        raise Unreadable(error.why, here.place(error.at)) from None


def _written(stream: list[Token], table: Table, length: int, own: str) -> Written:
    """Rows and columns in brackets, names with values, or a list."""
    if has_table_names(stream, table):
        return by_table_names(stream, table, length)
    labelled = split(stream, {",", ";", "\n"})
    if sum(any(t.kind == "=" for t in part) for part in labelled) > 1:
        entries, first = named(labelled, table, length)
        return Written((tuple(entries),), "list", first)
    rest, names = _without_name(stream, own, table)
    found = bracketed(stripped(rest), table, length)
    if names and names[1] != len(found.flat):
        raise Unreadable(f"{names[1]} names stand before = and {len(found.flat)} entries after", 0)
    return replace(found, first=names[0]) if names else found


def _without_name(
    stream: list[Token], own: str, table: Table
) -> tuple[list[Token], tuple[int, int] | None]:
    """Without `K =`, where that means nothing else here, or `K_0, K_1 =`, and what these count."""
    at = next((i for i, t in enumerate(outside(stream)) if t is not None and t.kind == "="), -1)
    if at < 0:
        return stream, None
    if (names := counted(stream[:at])) is not None:
        return stream[at + 1 :], names
    name = name_of(stream[:at])
    if name is None:
        raise Unreadable("what stands before = is no name", stream[0].at)
    if name in table.symbols and not own.replace(" ", "").startswith(f"{name}="):
        raise Unreadable(f"{name} is something else here", stream[0].at)
    return stream[at + 1 :], None


def _single(here: Passage, table: Table) -> Node:
    try:
        stream = stripped(tokens(here.text))
        if any(t.kind in (";", "\n") for t in stream):
            raise Unreadable("one number was expected", 0)
        first = split(stream, {"="})
        if len(first) > 1 and (name := name_of(first[0])) is not None and name not in table.symbols:
            stream = stream[len(first[0]) + 1 :]
        node = node_of(stream, table, len(here.text))
    except Unreadable as error:
        raise Unreadable(error.why, here.place(error.at)) from None
    if node.op == "grid" and len(node.args) == 1:
        node = node.args[0]
    if node.op == "grid":
        raise Unreadable("one number was expected", 0)
    return node


def decide(text: str, slot: Slot, table: Table, reference: str | None = None) -> Verdict:
    """Whether the entries are the slot's, or the reference's, one by one and in their places.

    Raises Unreadable, and what evaluation raises.
    """
    right = slot.right if reference is None else reference
    key = _key(right, slot.kind, slot.right, table)
    verdicts = []
    for here in unwrapped(text):
        ways = _read(here, slot.kind, slot.right, table)
        verdicts += [_against(found, key, slot, table) for found in ways]
    return agreed(verdicts, "it can be read in several ways")


@lru_cache(maxsize=512)
def _key(right: str, kind: str, own: str, table: Table) -> Written:
    ways = _read(unwrapped(right)[0], kind, own, table)
    return next((way for way in ways[1:] if way.form == "list"), ways[0])


def _against(found: Written, key: Written, slot: Slot, table: Table) -> Verdict:
    read = _told(found, slot.kind)
    begins = key.first if key.first is not None or not slot.name else 0
    if found.first is not None and begins is not None and found.first != begins:
        return undecided(
            f"its entries are counted from {found.first}, not from {begins}", read=read
        )
    if (misfit := _misfit(found, key, slot.kind)) is not None:
        why, forms = misfit
        if not forms:
            return _refuted(found, key, table, read, slot.kind) or undecided(why, read=read)
        return Verdict("incorrect", why, read, counterexample=forms, hint=_shifted(found, key))
    wrong = _refuted(found, key, table, read, slot.kind)
    if wrong is not None:
        return wrong
    for a, b in zip(found.flat, key.flat, strict=True):
        if (open_one := _proved(a, b, table, read)) is not None:
            return open_one
    return Verdict(
        "correct", f"the same {'number' if slot.kind == 'number' else 'entries'}, exactly", read
    )


def _misfit(found: Written, key: Written, kind: str) -> tuple[str, str] | None:
    """Why the answer has another form than the key, and the two; without these it may be meant."""
    is_vector = kind == "vector"
    if is_vector and len(found.flat) == len(key.flat):
        is_misplaced = found.form == "matrix" != key.form
        return ("a vector was expected, and this is a matrix", "") if is_misplaced else None
    a, b = (
        f"{len(w.flat)} entries" if is_vector else f"{len(w.rows)}×{len(w.rows[0])}"
        for w in (found, key)
    )
    told = f"it {'has' if is_vector else 'is'} {a}, the key {b}"
    return None if a == b else (told, f"{a} against {b}")


def _refuted(found: Written, key: Written, table: Table, read: str, kind: str) -> Verdict | None:
    """Incorrect, with the first entry that differs; undecided where that may be rounded."""
    width = len(found.rows[0])
    maybe: Verdict | None = None
    for at, (a, b) in enumerate(zip(found.flat, key.flat, strict=True)):
        seen = differ(a, b, table)
        if seen is None:
            continue
        if rounded(seen, a):
            maybe = maybe or undecided(f"{shown(a)} could be {shown(b)}, rounded", read=read)
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
    return maybe


def _proved(a: Node, b: Node, table: Table, read: str) -> Verdict | None:
    """None where two entries that did not differ are the same for certain; else the verdict."""
    if a == b:
        return None
    is_number = not a.names and not b.names
    if is_number and all(isinstance(value_of(x, table, {}), Fraction) for x in (a, b)):
        return None
    from .explain import compare  # roots and symbols: a proof is wanted

    found = compare(a, b, table)
    return None if found.verdict == "correct" else undecided(found.why, read=read)


def _shifted(found: Written, key: Written) -> str:
    a, b = found.flat, key.flat
    is_shifted = a[1:] == b[: len(a) - 1] or a[: len(b) - 1] == b[1 : len(a) + 1]
    if min(len(a), len(b)) > 2 and a != b and is_shifted:
        return "index shifted by one"
    if 1 < len(a) == len(b) <= 6 and a != b and any(p == b for p in permutations(a)):
        return "other order"
    return ""


def _told(found: Written, kind: str) -> str:
    if kind == "number":
        return shown(found.flat[0])
    flat = "; ".join(", ".join(map(shown, row)) for row in found.rows)
    if kind == "vector":
        return f"({flat}) : {len(found.flat)} entries"
    return f"[{flat}] : {len(found.rows)}×{len(found.rows[0])}"
