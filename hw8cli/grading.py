"""`grade`: a file of answers, row by row, each judged and written at once."""

from __future__ import annotations

import csv
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from typing import Any, TextIO

from problems.answers import Verdict
from problems.answers.decide import row as decide_row
from problems.answers.key import Key
from problems.answers.verdict import undecided
from problems.part import InputError

from .page import Page
from .render import show
from .verifying import key_from, told

FIELDS = {"id", "part", "slot", "answer", "reference", "kind", "where"}
MOST_LINE = 2_000_000  # characters of a row; a longer one is not read


def rows(stream: Iterable[str], delimiter: str) -> Iterator[Any]:
    """Each row as a mapping, or as the reason why it is none; JSON lines where nothing delimits."""
    if delimiter:
        csv.field_size_limit(MOST_LINE)
        reader = csv.DictReader((line.replace("\0", "�") for line in stream), delimiter=delimiter)
        while True:
            try:
                row = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield f"this row is no CSV: {error}"
                continue
            named = {k.strip().lower(): v for k, v in row.items() if isinstance(k, str) and v}
            yield {k: v for k, v in named.items() if k in FIELDS}
    for line in stream:
        if not line.strip():
            continue
        if len(line) > MOST_LINE:
            yield f"this row has over {MOST_LINE:,} characters"
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            yield f"this row is no JSON: {error}"
            continue
        yield row if isinstance(row, dict) else "this row is no object"


def delimited(first: str) -> str:
    """What delimits the columns of a file with this first line; nothing where it is JSON lines."""
    if first.lstrip("\ufeff \t").startswith(("{", "[")):
        return ""
    found = max(",;\t", key=first.count)
    return found if found in first else ""


def _told_name(value: Any) -> Any:
    """A row's own name, as JSON has it; what JSON has not (NaN, an infinity) as text."""
    if value is None or isinstance(value, str | int):
        return value
    try:
        json.dumps(value, allow_nan=False)
    except (ValueError, RecursionError):
        return str(value)[:40]
    return value


def judged(row: Any, key: Key) -> tuple[dict[str, Any], Verdict]:
    """The names of a row and its verdict; whatever is wrong with it makes it undecided."""
    if isinstance(row, str):
        return {"id": None, "part": None, "slot": None}, undecided(row)
    names = {name: _told_name(row.get(name)) for name in ("id", "part", "slot")}
    try:
        return names, decide_row(row, key)
    except (
        Exception
    ) as error:  # one row must not cost the others; it is said on standard error as well
        print(f"hw8: a defect of hw8 at row {row.get('id')!r}: {error!r}", file=sys.stderr)
        return names, undecided(f"a defect of hw8: {type(error).__name__}")


def grade(file: str, key_file: Path | None) -> int:
    """Every row in order; exit 0 whenever every row came back."""
    key, counts, began = key_from(key_file), Counter[str](), time.perf_counter()
    with ExitStack() as stack:
        if file == "-":
            sys.stdin.reconfigure(encoding="utf-8-sig", errors="replace", newline="")  # type: ignore[union-attr]  # the real standard input has it
            stream: TextIO = sys.stdin
        else:
            try:
                stream = stack.enter_context(
                    Path(file).open(encoding="utf-8-sig", errors="replace", newline="")
                )
            except OSError as error:
                raise InputError(
                    f"cannot read {file!r} ({error.strerror}): give JSON lines or CSV"
                ) from None
        first = stream.readline()
        for row in rows(chain([first], stream), delimited(first)):
            start = time.perf_counter()
            names, verdict = judged(row, key)
            counts[verdict.verdict] += 1
            show(
                Page({**names, **told(verdict), "seconds": round(time.perf_counter() - start, 6)}),
                "json line",
            )
    took = time.perf_counter() - began
    each = ", ".join(f"{counts[name]} {name}" for name in ("correct", "incorrect", "undecided"))
    speed = counts.total() / max(took, 1e-9)
    print(f"{counts.total()} answers: {each}; {took:.2f} s, {speed:.0f} a second", file=sys.stderr)
    return 0
