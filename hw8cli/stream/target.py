"""An npy file that grows under another name until it is complete."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy

from problems.exact import Matrix
from problems.part import InputError


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
        npy.write_array_header_1_0(
            out, {"descr": self.dtype.str, "fortran_order": False, "shape": self.shape}
        )
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
        """Write rows from the given one on; InputError where the target's type cannot hold them."""
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

    def finish(self) -> None:
        """The final name, for what is on the disk; the state file is no longer wanted."""
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
        raise InputError(
            f"--output: another run is writing {target.partial}: "
            "wait for it, or name another output"
        )
