"""A mutant: one change of one file, named by what it changes and not by where that stands."""

from __future__ import annotations

import ast
import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from .changes import CHANGES, Kind
from .places import Place, Where, places


@dataclass(frozen=True, slots=True)
class Mutant:
    """`original` and `mutated` are one line each, as Python itself would write them."""

    file: str  # from the root of the repository
    unit: str
    line: int
    kind: Kind
    where: Where
    original: str
    mutated: str
    start: int  # bytes of the file that are replaced
    end: int
    text: str

    @property
    def name(self) -> tuple[str, str, str, str]:
        """What it is known by, however the file moves around it."""
        return self.file, self.unit, self.original, self.mutated

    def rank(self, seed: int) -> str:
        """Its place in the sample of a seed: the others do not move when one comes or goes."""
        return hashlib.sha256(repr((seed, *self.name)).encode()).hexdigest()

    def applied(self, source: bytes) -> bytes:
        """The file with the change, its lines where they were."""
        return source[: self.start] + self.text.encode() + source[self.end :]

    def __str__(self) -> str:
        place = f"{self.file}:{self.line} {self.unit} [{self.kind}, {self.where}]"
        return f"{place} {self.original}  ->  {self.mutated}"


_Made = tuple[Mutant, Place, ast.AST]  # and where it was made, and what stands there now


def mutants(root: Path, file: str) -> list[Mutant]:
    """Every mutant of one file, in its order; no two of one name."""
    source = (root / file).read_bytes()
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    found: dict[tuple[int, int, str], _Made] = {}
    for place in places(ast.parse(source)):
        for mutant, new in _at(place, file, starts):
            found.setdefault((mutant.start, mutant.end, mutant.text), (mutant, place, new))
    return _told_apart([found[where] for where in sorted(found)])


def _at(place: Place, file: str, starts: list[int]) -> Iterator[tuple[Mutant, ast.AST]]:
    node = place.node
    if not (isinstance(node, ast.AugAssign) or (isinstance(node, ast.expr) and place.above)):
        return
    parent = place.above[-1] if place.above else node
    original = ast.unparse(node)
    for change in CHANGES:
        for kind, new in change(node, parent):
            mutated = ast.unparse(new)
            if mutated == original or node.end_lineno is None or node.end_col_offset is None:
                continue
            start, end = (
                starts[node.lineno - 1] + node.col_offset,
                starts[node.end_lineno - 1] + node.end_col_offset,
            )
            text = _written(new, mutated, node.end_lineno - node.lineno)
            yield (
                Mutant(
                    file,
                    place.unit,
                    node.lineno,
                    kind,
                    place.where,
                    original,
                    mutated,
                    start,
                    end,
                    text,
                ),
                new,
            )


def _written(new: ast.AST, mutated: str, lines: int) -> str:
    """In brackets where it is more than one word, and as many lines long as what it replaces."""
    bare = isinstance(new, ast.Slice | ast.AugAssign | ast.Constant | ast.Name)
    blank = "\n" * lines
    return (
        mutated + blank
        if bare and not (lines and isinstance(new, ast.expr))
        else f"({mutated}{blank})"
    )


def _wider(place: Place, new: ast.AST) -> list[tuple[str, str]]:
    """The change as it reads within each expression around it, and within its statement."""
    found, inner, within = [], place.node, new
    for outer in reversed(place.above):
        if isinstance(outer, ast.stmt) and hasattr(outer, "body"):
            break
        changed = _with_child(outer, inner, within)
        if isinstance(outer, ast.expr | ast.stmt | ast.keyword) and not isinstance(
            outer, ast.JoinedStr
        ):
            found.append((_unparsed(outer), _unparsed(changed)))
        inner, within = outer, changed
    return found


def _unparsed(node: ast.AST) -> str:
    """As Python writes it; a Step without its why, whose words are no part of a name."""
    match node:
        case ast.Call(ast.Name("Step") as called, [title, value, _], []):
            return ast.unparse(ast.Call(called, [title, value], []))
    return ast.unparse(node)


def _with_child(outer: ast.AST, child: ast.AST, other: ast.AST) -> ast.AST:
    """The same node with one child exchanged; a copy, and a shallow one."""
    fields: dict[str, Any] = {}
    for name, value in ast.iter_fields(outer):
        if isinstance(value, list):
            fields[name] = [other if item is child else item for item in value]
        else:
            fields[name] = other if value is child else value
    copy: ast.AST = type(outer)(**fields)
    return ast.copy_location(copy, outer)


def _told_apart(found: list[_Made]) -> list[Mutant]:
    """Where a change fits several places of a unit, with as much around it as tells them apart."""
    told, wider = [mutant for mutant, _, _ in found], dict[int, list[tuple[str, str]]]()
    while True:
        often, narrow = Counter(mutant.name for mutant in told), True
        for at, (mutant, place, new) in enumerate(found):
            if often[told[at].name] == 1:
                continue
            if wider.setdefault(at, _wider(place, new)):
                original, mutated = wider[at].pop(0)
                told[at], narrow = replace(mutant, original=original, mutated=mutated), False
        if narrow:
            return _numbered(told)


def _numbered(told: list[Mutant]) -> list[Mutant]:
    """The same statement twice in one function: nothing but their order tells them apart."""
    seen, found = Counter[tuple[str, str, str, str]](), []
    for mutant in told:
        seen[mutant.name] += 1
        count = seen[mutant.name]
        found.append(
            replace(mutant, original=f"{mutant.original} ({count})") if count > 1 else mutant
        )
    return found
