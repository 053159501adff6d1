"""An npy file longer than memory, read row by row through a map."""

from __future__ import annotations

import errno
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from tokenize import TokenError
from typing import Any

import numpy as np
from numpy.lib import format as npy

from problems.exact import Matrix
from problems.part import InputError

ENDS = 1 << 16  # bytes at either end of an input that tell it from another


@dataclass(frozen=True, slots=True)
class Source:
    """An input file of rows of numbers, one row a position; `flag` is the option that named it."""

    flag: str
    path: Path
    shape: tuple[int, int]
    dtype: np.dtype[Any]

    def rows(self, start: int, stop: int) -> Matrix:
        """Rows start … stop − 1 in float64; InputError for NaN.

        The map is dropped at once, and with it the memory.
        """
        mapped = _mapped(self.flag, self.path)
        if mapped.shape != self.shape or mapped.dtype != self.dtype:
            raise InputError(
                f"{self.flag}: {self.path} was changed while it was read: "
                "leave it alone, and add --force"
            )
        with np.errstate(over="ignore", invalid="ignore"):
            found = np.array(mapped[start:stop], dtype=float, order="C")
            finite = np.isfinite(found.sum()) or np.isfinite(found).all()
        if not finite:
            row, column = np.argwhere(~np.isfinite(found))[0]
            where = f"row {start + row}, column {column} (counted from 0)"
            raise InputError(
                f"{self.flag}: {self.path} has {found[row, column]} in {where}: "
                "replace NaN and infinity"
            )
        return found

    def fingerprint(self) -> str:
        """Shape, type, size, and a hash of the first and the last 64 KiB."""
        with self.path.open("rb") as file:
            size, ends = file.seek(0, os.SEEK_END), hashlib.sha256()
            for at in (0, max(0, size - ENDS)):
                file.seek(at)
                ends.update(file.read(ENDS))
        return f"{self.shape} {self.dtype.str} {size} {ends.hexdigest()}"


def source(flag: str, path: Path) -> Source:
    """An npy file of real numbers with two axes, a row and a column at least; or InputError."""
    mapped = _mapped(flag, path)
    if mapped.dtype.kind not in "iuf":
        raise InputError(f"{flag}: {path} holds {mapped.dtype}: save float32, float64 or integers")
    if mapped.ndim != 2:
        column = ", as u[:, None]" if mapped.ndim == 1 else ""
        raise InputError(
            f"{flag}: {path} has shape {mapped.shape}: "
            f"save it with two axes, one row a position{column}"
        )
    if not mapped.size:
        raise InputError(
            f"{flag}: {path} is empty, of shape {mapped.shape}: give at least a row and a column"
        )
    return Source(flag, path, (mapped.shape[0], mapped.shape[1]), mapped.dtype)


def _mapped(flag: str, path: Path) -> np.ndarray[Any, Any]:
    try:
        # a folder, or a pipe, which has no place to map
        other = path.exists() and not path.is_file()
        mapped = None if other else npy.open_memmap(path, mode="r")
    except OSError as error:
        if path.exists() and error.errno != errno.EACCES:
            raise InputError(
                f"{flag}: {path} is not a complete npy file: save it again with numpy.save"
            ) from None
        raise InputError(
            f"{flag}: cannot read {str(path)!r} ({error.strerror}): give an existing npy file"
        ) from None
    except (ValueError, TypeError, OverflowError, SyntaxError, TokenError) as error:
        if "Python objects" in str(error):
            raise InputError(
                f"{flag}: {path} holds objects: save float32, float64 or integers"
            ) from None
        raise InputError(
            f"{flag}: {path} is not a complete npy file: save it again with numpy.save"
        ) from None
    if mapped is None:
        raise InputError(f"{flag}: {path} is not a file: give an npy file")
    return mapped
