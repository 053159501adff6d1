"""The one road from a page to what is printed: a function a format, one envelope for all JSON."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from .page import Block, Line, Page, Steps, Value

SCHEMA = 2


@contextmanager
def whole_numbers() -> Iterator[None]:
    """Python's limit on the digits of an integer is for what is read, not for what we write."""
    limit = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(0)
    try:
        yield
    finally:
        sys.set_int_max_str_digits(limit)


def show(page: Page, style: str) -> int:
    """Print a page in one of FORMATS; its exit code."""
    print(written(page, style), flush=True)
    return page.code


def written(page: Page, style: str) -> str:
    """What is printed of a page."""
    with whole_numbers():
        return FORMATS[style](page)


def _table(page: Page) -> str:
    from .screen import as_table  # rich: not before a table is wanted

    return as_table(page)


def _json(page: Page, indent: int | None = 2) -> str:
    """An object that says its schema first, whatever the command."""
    import json

    return json.dumps(
        {"schema": SCHEMA, **page.data},
        indent=indent,
        ensure_ascii=indent is None,
        allow_nan=False,
        default=_value,
    )


def _value(found: Any) -> Any:
    from .values import as_json  # not before there is a value to write

    return as_json(found.of if isinstance(found, Value) else found)


def _markdown(block: Block) -> str:
    if isinstance(block, Line):
        words = _plain(block.words)
        if block.at is not None:
            return f"- **{_cell(block)}**"
        return (
            f"## {words}"
            if block.style == "title"
            else words
            if block.style in ("", "aside")
            else f"**{words}**"
        )
    table = block.table if isinstance(block, Steps) else block
    rows = [
        f"| {' | '.join(map(_cell, row))} |".replace("|  |", "| |")
        for row in (tuple(table.columns), *table.rows)
    ]
    return "\n".join([rows[0], "|---" * len(table.columns) + "|", *rows[1:]])


def _plain(words: str) -> str:
    """The words with nothing left that Markdown would take for markup."""
    return re.sub(r"[|*_\[\]]", r"\\\g<0>", words).replace("<", "&lt;")


def _cell(cell: str | Line) -> str:
    return _plain(_words(cell)).replace("\n", "<br>")


def _words(cell: str | Line) -> str:
    return cell if isinstance(cell, str) else cell.words


def _latex(block: Block) -> str:
    """For XeLaTeX or LuaLaTeX with amsmath: the text keeps its Unicode."""
    from .values import escaped, latex

    if isinstance(block, Line):
        return (
            f"\\subsection*{{{escaped(block.words)}}}"
            if block.style == "title"
            else f"\n{escaped(block.words)}\n"
        )
    if isinstance(block, Steps):
        steps = block.of.steps
        values = ["" if s.value is None else f"\\[ {latex(block.of.value(s))} \\]" for s in steps]
        kind = "enumerate"
        items = [
            f"{escaped(s.title)} {value} {escaped(s.why)}."
            for s, value in zip(steps, values, strict=True)
        ]
    else:
        kind, rows = "itemize", [[escaped(_words(cell)) for cell in row] for row in block.rows]
        items = [f"[{{{first}}}] {': '.join(filter(None, rest))}" for first, *rest in rows]
    return "\n".join(
        [f"\\begin{{{kind}}}", *(f"  \\item {item}" for item in items), f"\\end{{{kind}}}"]
    )


def _junit(page: Page) -> str:
    """JUnit XML: a suite a part, a case a check."""
    from xml.etree import ElementTree

    root = ElementTree.Element("testsuites", name="hw8")
    for part in page.data["parts"]:
        checks, crash, seconds = part["checks"], part.get("error", ""), part["seconds"] or 0
        failures = str(sum(not c["passed"] for c in checks))
        suite = ElementTree.SubElement(
            root,
            "testsuite",
            name=f"{part['part']} {part['command']}",
            tests=str(max(len(checks), 1)),
            failures=failures,
            errors=str(int(bool(crash))),
            time=f"{seconds:.3f}",
        )
        for c in checks:
            name, group = f"{c['claim']} {c['on']}".strip(), f"{part['part']}.{c['kind']}"
            case = ElementTree.SubElement(suite, "testcase", classname=group, name=name)
            if not c["passed"]:
                ElementTree.SubElement(case, "failure", message=c["evidence"])
        if crash:
            case = ElementTree.SubElement(suite, "testcase", classname=part["part"], name="runs")
            ElementTree.SubElement(
                case, "error", message=crash.strip().splitlines()[-1]
            ).text = crash
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True)


def _github(page: Page) -> str:
    """Annotations: an error where a line is of a fault, and else a notice."""
    shown = []
    for line in (block for block in page.blocks if isinstance(block, Line)):
        kind, title, words = "notice ", "hw8 check-all", line.words
        if line.at is not None:
            kind, (title, _, words) = (
                f"error file={line.at[0]},line={line.at[1]},",
                words.partition(":"),
            )
        words = words.strip().replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
        shown.append(f"::{kind}title={title}::{words}")
    return "\n".join(shown)


FORMATS: dict[str, Callable[[Page], str]] = {
    "table": _table,
    "json": _json,
    "json line": lambda page: _json(page, None),
    "markdown": lambda page: "\n\n".join(map(_markdown, page.blocks)),
    "latex": lambda page: "\n".join(map(_latex, page.blocks)),
    "junit": _junit,
    "github": _github,
}
