"""From what a user types to what `solve` takes."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

from problems.part import InputError
from problems.source import Option

MOST_BYTES = 1 << 30
MOST_NUMBERS = 10_000_000  # in floating point


def read(option: Option, typed: Any, floating: bool) -> Any:
    """The value of one option; InputError names the option, the value and the fix.

    `@file` is read as npy by its ending, else as csv, txt or json; `-` is standard input. Decimals
    are read as written, so 0.36 is 9/25; a float in an npy file counts as its shortest decimal.
    `floating` turns the result into float64.
    """
    try:
        if option.kind == "int":
            return _whole(typed)
        if "|" in option.kind:
            return _choice(typed, option.kind.split("|"))
        if option.kind == "Sequence[Matrix]":
            return tuple(_one(text, "Matrix", floating) for text in typed)
        return _one(typed, option.kind, floating)
    except InputError as error:
        raise InputError(f"{option.flag}: {error}") from None


def _whole(text: str) -> int:
    if not re.fullmatch(r"[+-]?[0-9]{1,18}", text.strip()):
        raise InputError(f"{text[:40]!r} is not a whole number: write 5")
    return int(text)


def _choice(text: str, choices: list[str]) -> str:
    if text not in choices:
        raise InputError(f"{text[:40]!r} is not one of {', '.join(choices)}: pass one of them")
    return text


def _one(text: str, kind: str, floating: bool) -> Any:
    from problems.exact.numbers import MOST_ENTRIES, matrix, nearest, scalar, vector

    if text.startswith("@") and text.lower().endswith(".npy"):
        return _array(Path(text[1:]), kind, floating)
    if text == "-":
        text = _table("standard input", sys.stdin.buffer.read())
    elif text.startswith("@"):
        text = _file(Path(text[1:]))
    elif text.lstrip().startswith("["):
        text = _from_json("it", text)
    entry = nearest if floating else scalar
    if kind == "Scalar":
        return entry(text)
    reader = vector if kind == "Vector" else matrix
    return reader(text, entry, MOST_NUMBERS if floating else MOST_ENTRIES)


def _file(path: Path) -> str:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise InputError(
                f"{path} has over {MOST_BYTES:,} bytes: save it as npy and add --float"
            )
        content = path.read_bytes()
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from None
    return _table(str(path), content)


def _table(name: str, content: bytes) -> str:
    """Csv, text or JSON as rows on lines; `#` begins a comment."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{name} is not text: give csv, txt or json, or name it .npy") from None
    if text.lstrip().startswith("["):
        return _from_json(name, text)
    return "\n".join(
        line for line in (line.partition("#")[0].strip() for line in text.splitlines()) if line
    )


def _unreadable(path: Path, error: Exception) -> InputError:
    why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return InputError(f"cannot read {str(path)!r} ({why}): give an existing file, as @matrix.csv")


def _from_json(name: str, text: str) -> str:
    try:
        value = json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"{name} is not JSON ({error}): give a list of numbers or a list of such lists"
        ) from None
    rows = value if all(isinstance(row, list) for row in value) else [value]
    if not rows or not all(
        row and all(isinstance(x, str) and not re.search(r"[,;\s]", x) for x in row) for row in rows
    ):
        raise InputError(
            f"{name} is neither a list of numbers nor a list of rows: give [[1, 2], [3, 4]]"
        )
    return ";".join(",".join(row) for row in rows)


def _array(path: Path, kind: str, floating: bool) -> Any:
    import numpy as np

    from problems.exact.numbers import MOST_ENTRIES, matrix, scalar

    try:
        found = np.load(path, allow_pickle=False)
    except FileNotFoundError as error:
        raise _unreadable(path, error) from None
    except (OSError, ValueError, EOFError):
        raise InputError(
            f"{path} is not a complete npy file of numbers: save it again with numpy.save"
        ) from None
    dimensions = {"Scalar": 0, "Vector": 1}.get(kind, 2)
    if (
        not isinstance(found, np.ndarray)
        or found.ndim != dimensions
        or found.dtype.kind not in "iuf"
        or not found.size
    ):
        shape = f"{getattr(found, 'dtype', '?')} of shape {getattr(found, 'shape', '?')}"
        raise InputError(f"{path} holds {shape}: give a {dimensions}-dimensional array of numbers")
    if not np.isfinite(found).all():
        raise InputError(f"{path} has an entry that is not finite: replace NaN and infinity")
    if floating:
        return float(found) if kind == "Scalar" else found.astype(float)
    if found.size > MOST_ENTRIES:
        raise InputError(f"{path} has {found.size:,} entries, over {MOST_ENTRIES:,}: add --float")
    if kind == "Scalar":
        return scalar(str(found))
    exact = matrix(";".join(",".join(map(str, row)) for row in np.atleast_2d(found)))
    return exact if kind != "Vector" else exact[0]
