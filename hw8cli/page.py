"""What a command has to say, in no format yet: `render` alone knows how a page is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from problems.part import Solution

Style = Literal["", "title", "name", "aside", "strong", "good", "bad", "open", "careful", "number"]


@dataclass(frozen=True)
class Value:
    """A number, matrix, formula of the homework inside `data`, where a bare 2 is but a 2."""

    of: Any


@dataclass(frozen=True)
class Line:
    """Words in a style: a line, a paragraph, a cell. `at`: the file and line a fault is of."""

    words: str
    style: Style = ""
    at: tuple[str, int] | None = None


@dataclass(frozen=True)
class Table:
    """Rows under named columns, each with the style of its cells; `heads` is that of the names."""

    columns: Mapping[str, Style]
    rows: tuple[tuple[str | Line, ...], ...]
    heads: Style = "strong"


@dataclass(frozen=True)
class Steps:
    """A worked solution."""

    of: Solution

    @property
    def table(self) -> Table:
        """The same, where there is room for it."""
        from .values import block  # not before there is a value to write

        rows = tuple((s.title, block(self.of.value(s)), s.why) for s in self.of.steps)
        return Table({"step": "name", "value": "", "because": "aside"}, rows)


Block = Line | Table | Steps


@dataclass(frozen=True)
class Page:
    """What a command returns: `data` for machines, `blocks` for people, the exit code."""

    data: Mapping[str, Any]
    blocks: tuple[Block, ...] = ()
    code: int = 0


def mark(passed: bool | None) -> Line:
    """A tick, a cross, or nothing where nothing is asked."""
    return Line("") if passed is None else Line("✓", "good") if passed else Line("✗", "bad")
