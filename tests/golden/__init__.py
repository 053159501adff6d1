"""The JSON of the seventeen parts, kept as files: what changes in it must change here too.

`python -m tests.golden` writes the files anew.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typer

from hw8cli import app

FOLDER = Path(__file__).parent
WIDTH = 120  # of a file, where its texts allow
ROUNDING = 1e-9  # a float below it is what rounding left, another one on another machine
MEASURED = ("seconds", "fastest here")  # steps of part 2 that show times
APART = re.compile(r"the very same|at most \de-\d+ of the largest apart")
TIMED = re.compile(r"[\d.]+ s")


def path(part: str) -> Path:
    """Where the report of a part is kept."""
    return FOLDER / f"{part}.json"


def now(part: str) -> Any:
    """The report of a part on the homework's own numbers, without what differs from run to run."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.suppress(typer.Exit):
        app.run([part, "--format", "json"])
    report = json.loads(said.getvalue())
    del report["seconds"]
    report["steps"] = [s for s in report["steps"] if s["title"] not in MEASURED]
    return steady(report)


def steady(value: Any) -> Any:
    """Without times, and without what rounding left."""
    if isinstance(value, list):
        return [steady(inner) for inner in value]
    if isinstance(value, Mapping):
        if 0 < abs(value.get("float") or 0) < ROUNDING:
            return "what rounding left"
        return {name: steady(inner) for name, inner in value.items()}
    if isinstance(value, str):
        return "a time" if TIMED.fullmatch(value) else APART.sub("apart by rounding", value)
    return value


def written(value: Any, indent: int = 0) -> str:
    """JSON with everything that fits on a line on one, so that a change is seen where it is."""
    flat = json.dumps(value, ensure_ascii=False, sort_keys=True)
    if len(flat) + indent <= WIDTH or not isinstance(value, dict | list):
        return flat
    inner = " " * (indent + 1)
    if isinstance(value, list):
        lines = [inner + written(x, indent + 1) for x in value]
    else:
        lines = [
            f"{inner}{json.dumps(k, ensure_ascii=False)}: {written(x, indent + 1)}"
            for k, x in sorted(value.items())
        ]
    begin, end = "{}" if isinstance(value, dict) else "[]"
    return "\n".join([begin, ",\n".join(lines), " " * indent + end])
