"""Npy files longer than memory: rows of one through a map, an output that grows beside its final name, and states as npz."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import sys
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tokenize import TokenError
from typing import Any

import numpy as np
from numpy.lib import format as npy

from problems.part import InputError
from problems.exact import Matrix

ENDS = 1 << 16  # bytes at either end of an input that tell it from another


@dataclass(frozen=True, slots=True)
class Source:
    """An input file of rows of numbers, one row a position; `flag` is the option that named it."""

    flag: str
    path: Path
    shape: tuple[int, int]
    dtype: np.dtype[Any]

    def rows(self, start: int, stop: int) -> Matrix:
        """Rows start … stop − 1 in float64. The map is dropped at once, and with it the memory; InputError for NaN."""
        mapped = _mapped(self.flag, self.path)
        if mapped.shape != self.shape or mapped.dtype != self.dtype:
            raise InputError(f"{self.flag}: {self.path} was changed while it was read: leave it alone, and add --force")
        with np.errstate(over="ignore", invalid="ignore"):
            found = np.array(mapped[start:stop], dtype=float, order="C")
            finite = np.isfinite(found.sum()) or np.isfinite(found).all()
        if not finite:
            row, column = np.argwhere(~np.isfinite(found))[0]
            where = f"row {start + row}, column {column} (counted from 0)"
            raise InputError(f"{self.flag}: {self.path} has {found[row, column]} in {where}: replace NaN and infinity")
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
    """An npy file of real numbers with two axes and at least a row and a column, or an InputError."""
    mapped = _mapped(flag, path)
    if mapped.dtype.kind not in "iuf":
        raise InputError(f"{flag}: {path} holds {mapped.dtype}: save float32, float64 or integers")
    if mapped.ndim != 2:
        column = ", as u[:, None]" if mapped.ndim == 1 else ""
        raise InputError(f"{flag}: {path} has shape {mapped.shape}: save it with two axes, one row a position{column}")
    if not mapped.size:
        raise InputError(f"{flag}: {path} is empty, of shape {mapped.shape}: give at least a row and a column")
    return Source(flag, path, (mapped.shape[0], mapped.shape[1]), mapped.dtype)


def _mapped(flag: str, path: Path) -> np.ndarray[Any, Any]:
    try:
        other = path.exists() and not path.is_file()  # a folder, or a pipe, which has no place to map
        mapped = None if other else npy.open_memmap(path, mode="r")
    except OSError as error:
        if path.exists() and error.errno != errno.EACCES:
            raise InputError(f"{flag}: {path} is not a complete npy file: save it again with numpy.save") from None
        raise InputError(f"{flag}: cannot read {str(path)!r} ({error.strerror}): give an existing npy file") from None
    except (ValueError, TypeError, OverflowError, SyntaxError, TokenError) as error:
        if "Python objects" in str(error):
            raise InputError(f"{flag}: {path} holds objects: save float32, float64 or integers") from None
        raise InputError(f"{flag}: {path} is not a complete npy file: save it again with numpy.save") from None
    if mapped is None:
        raise InputError(f"{flag}: {path} is not a file: give an npy file")
    return mapped


@dataclass(frozen=True, slots=True)
class Target:
    """An output file that is written under another name until it is complete."""

    path: Path
    shape: tuple[int, int]
    dtype: np.dtype[Any]

    @property
    def partial(self) -> Path:
        return self.path.with_name(self.path.name + ".partial")

    @property
    def state(self) -> Path:
        return self.path.with_name(self.path.name + ".partial.state.npz")

    def header(self) -> bytes:
        """What numpy.save would write before the numbers."""
        out = io.BytesIO()
        npy.write_array_header_1_0(out, {"descr": self.dtype.str, "fortran_order": False, "shape": self.shape})
        return out.getvalue()

    def place(self, row: int) -> int:
        """The byte at which a row begins."""
        return len(self.header()) + row * self.shape[1] * self.dtype.itemsize


@dataclass(frozen=True, slots=True)
class Growing:
    """A target that is open and locked."""

    target: Target
    descriptor: int

    def start(self) -> None:
        """Nothing but the header."""
        os.ftruncate(self.descriptor, 0)
        self._write(0, memoryview(self.target.header()))

    def put(self, row: int, rows: Matrix) -> None:
        """Write rows from the given one on, in the target's type; InputError where that type is too small for them."""
        with np.errstate(over="ignore"):
            stored = np.ascontiguousarray(rows, dtype=self.target.dtype)
        if not np.isfinite(stored).all():
            raise InputError("the output is beyond float32: save the input as float64")
        self._write(self.target.place(row), stored.data.cast("B"))

    def _write(self, at: int, content: memoryview) -> None:
        os.lseek(self.descriptor, at, os.SEEK_SET)
        while content:  # a disk that fills up writes a part first
            content = content[os.write(self.descriptor, content) :]

    def cut(self, row: int) -> None:
        """Drop what lies behind so many rows."""
        os.ftruncate(self.descriptor, self.target.place(row))

    def sync(self) -> None:
        """On the disk, not in a buffer."""
        os.fsync(self.descriptor)

    def rows(self, start: int, stop: int) -> Matrix:
        """What the file says, once it is complete."""
        return source("--output", self.target.partial).rows(start, stop)

    def finish(self) -> None:
        """The final name; the state file is no longer wanted."""
        self.sync()
        self.target.partial.replace(self.target.path)
        self.target.state.unlink(missing_ok=True)

    def discard(self) -> None:
        """Leave nothing behind."""
        self.target.partial.unlink(missing_ok=True)
        self.target.state.unlink(missing_ok=True)


@contextmanager
def growing(target: Target, flags: int) -> Iterator[Growing]:
    """Open the partial file, as os.open takes flags, for this process alone."""
    descriptor = os.open(target.partial, os.O_RDWR | getattr(os, "O_BINARY", 0) | flags, 0o666)
    try:
        _lock(descriptor, target)
        yield Growing(target, descriptor)
    finally:
        os.close(descriptor)


def _lock(descriptor: int, target: Target) -> None:
    if sys.platform == "win32":
        return  # there, a file that is open is not renamed by another
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        mine = os.path.samestat(os.fstat(descriptor), target.partial.stat())
    except (BlockingIOError, FileNotFoundError):
        mine = False
    if not mine:  # locked, or renamed since it was opened
        raise InputError(f"--output: another run is writing {target.partial}: wait for it, or name another output")


def save(path: Path, arrays: Mapping[str, Any]) -> None:
    """An npz file that is either the old one or the new one, whatever happens meanwhile."""
    beside = path.with_name(path.name + ".tmp")
    try:
        with beside.open("wb") as file:
            np.savez(file, **arrays)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def load(path: Path) -> dict[str, np.ndarray[Any, Any]]:
    """The arrays of an npz file; ValueError where it is none."""
    try:
        found = np.load(path, allow_pickle=False)
        if not isinstance(found, np.lib.npyio.NpzFile):
            raise ValueError(f"{path} is a single array")
        with found:
            return {name: found[name] for name in found.files}
    except (EOFError, KeyError, zipfile.BadZipFile, zlib.error) as error:
        raise ValueError(f"{path} is not a complete npz file") from error
