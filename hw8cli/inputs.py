"""From what a user types to what `solve` takes."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from typing import Any

from problems.core import InputError
from problems.source import Option

MOST_BYTES = 1 << 30


def read(option: Option, typed: Any, floating: bool) -> Any:
    """The value of one option; InputError names the option, the value and the fix.

    `@file` is read as csv, txt, json or npy by its ending, `-` is standard input. Decimals are read as written, so 0.36 is
    9/25; a float in an npy file counts as its shortest decimal. `floating` turns the result into float64.
    """
    from problems.exact import matrix, scalar, vector

    if option.kind == "int" or "|" in option.kind:
        return typed
    reader = {"Scalar": scalar, "Vector": vector, "Matrix": matrix, "Sequence[Matrix]": matrix}[option.kind]
    try:
        if option.kind == "Sequence[Matrix]":
            return tuple(_one(reader, text, option.kind, floating) for text in typed)
        return _one(reader, typed, option.kind, floating)
    except InputError as error:
        raise InputError(f"{option.flag}: {error}") from None


def _one(reader: Any, text: str, kind: str, floating: bool) -> Any:
    if text.startswith("@") and text.endswith(".npy"):
        return _array(Path(text[1:]), kind, floating)
    if text == "-":
        text = sys.stdin.read()
    elif text.startswith("@"):
        text = _file(Path(text[1:]))
    value = reader(text)
    if not floating:
        return value
    return float(value) if kind == "Scalar" else value.astype(float)


def _file(path: Path) -> str:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise InputError(f"{path} has over {MOST_BYTES:,} bytes: save it as npy and add --float")
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{path} is not text: give csv, txt or json, or name it .npy") from None
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from None
    if path.suffix == ".json":
        return _from_json(path, text)
    return "\n".join(
        ",".join(cell for cell in row if cell.strip()) for row in csv.reader(_lines(text)) if any(map(str.strip, row))
    )


def _lines(text: str) -> list[str]:
    return [line.partition("#")[0] for line in text.splitlines()]


def _unreadable(path: Path, error: Exception) -> InputError:
    why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return InputError(f"cannot read {str(path)!r} ({why}): give an existing file, as @matrix.csv")


def _from_json(path: Path, text: str) -> str:
    try:
        value = json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is not JSON ({error}): give a list of numbers or a list of such lists") from None
    rows = value if isinstance(value, list) else [value]
    if all(isinstance(row, str) for row in rows):
        return ",".join(rows)
    if not all(isinstance(row, list) and row and all(isinstance(x, str) for x in row) for row in rows):
        raise InputError(f"{path} is neither a list of numbers nor a list of rows: give [[1, 2], [3, 4]]")
    return ";".join(",".join(row) for row in rows)


def _array(path: Path, kind: str, floating: bool) -> Any:
    import numpy as np

    from problems.exact import MOST_ENTRIES, matrix, scalar

    try:
        found = np.load(path, allow_pickle=False)
    except FileNotFoundError as error:
        raise _unreadable(path, error) from None
    except (OSError, ValueError, EOFError):
        raise InputError(f"{path} is not a complete npy file of numbers: save it again with numpy.save") from None
    dimensions = {"Scalar": 0, "Vector": 1}.get(kind, 2)
    if not isinstance(found, np.ndarray) or found.ndim != dimensions or found.dtype.kind not in "iuf" or not found.size:
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
