"""Tables and text on standard output; rich alone, so that what needs no numbers imports none."""

from __future__ import annotations

import os
import sys

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

NARROW = 100  # below it, a step's reason stands under its value
PIPED = 140  # columns where nobody says how many there are


class Screen(Console):
    """A console that leaves a closed pipe to the caller; rich's own exits with 1."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def console() -> Console:
    """Standard output; as wide as the terminal, or as COLUMNS says, or wide enough to read in a file."""
    wide = None if sys.stdout.isatty() or os.environ.get("COLUMNS") else PIPED
    return Screen(width=wide, highlight=False, emoji=False, markup=False, soft_wrap=False)


def plain(words: str, style: str = "") -> Text:
    """Text in which no bracket is taken for markup."""
    return Text(words, style=style, overflow="fold")


def table(*headings: str) -> Table:
    out = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for heading in headings:
        out.add_column(heading, overflow="fold")
    return out
