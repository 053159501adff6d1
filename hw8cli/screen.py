"""A page on a terminal. rich alone, so that what needs no numbers imports none."""

from __future__ import annotations

import os
import sys

from rich.box import SIMPLE_HEAD
from rich.console import Console, RenderableType
from rich.table import Table as Grid
from rich.text import Text

from .page import Block, Line, Page, Steps, Style

NARROW = 100  # below it, a step's reason stands under its value
PIPED = 140  # columns where nobody says how many there are
STYLES = {"name": "cyan", "aside": "dim", "title": "bold", "strong": "bold", "careful": "yellow"}
STYLES |= {"good": "bold green", "bad": "bold red", "open": "bold yellow"}


def as_table(page: Page) -> str:
    """As wide as the terminal, or as COLUMNS says, or wide enough to read in a file."""
    wide = None if sys.stdout.isatty() or os.environ.get("COLUMNS") else PIPED
    console = Console(width=wide, highlight=False, emoji=False, markup=False, soft_wrap=False)
    with console.capture() as written:
        for before, block in zip((None, *page.blocks), page.blocks, strict=False):
            titled = isinstance(before, Line) and (
                before.style == "title" or isinstance(block, Line)
            )
            if before is not None and not titled:
                console.print()
            console.print(_drawn(block, console.width))
    return written.get().removesuffix("\n")


def _drawn(block: Block, width: int) -> RenderableType:
    if isinstance(block, Line):
        return _text(block)
    table = block.table if isinstance(block, Steps) else block
    narrow = isinstance(block, Steps) and width < NARROW
    grid = Grid(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name, style in list(table.columns.items())[: 2 if narrow else None]:
        grid.add_column(
            name,
            overflow="fold",
            header_style=STYLES[table.heads],
            justify="right" if style == "number" else "left",
        )
    for row in table.rows:
        cells = [
            _text(cell, style) for cell, style in zip(row, table.columns.values(), strict=True)
        ]
        if narrow:
            title, value, because = cells
            cells = [title, value.append("\n" if value.plain else "").append_text(because)]
        grid.add_row(*cells, end_section=narrow)
    return grid


def _text(cell: str | Line, style: Style = "") -> Text:
    """Words in which no bracket is taken for markup."""
    words = Line(cell) if isinstance(cell, str) else cell
    return Text(words.words, style=STYLES.get(words.style or style, ""), overflow="fold")
