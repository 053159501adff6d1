"""The one way to write a file: all of it or nothing.

What is there is replaced only when that was asked for.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from problems.part import InputError


def refuse(option: str, path: Path, force: bool) -> None:
    """InputError for a path that cannot be written, or that exists, unless `force`.

    Asked before any work is done.
    """
    given = f"{option} is {str(path)!r}"
    with _named(option, path):
        if path.is_dir():
            raise InputError(f"{given}, which is a folder: name a file")
        if path.exists() and not force:
            raise InputError(
                f"{given}, which is there already: name another, or add --force to replace it"
            )
        if not path.parent.is_dir():
            raise InputError(f"{given}, but there is no folder {str(path.parent)!r}: make it first")
        if not os.access(path if _is_device(path) else path.parent, os.W_OK):
            raise InputError(
                f"{given}, where nothing may be written: name a file in a folder of your own"
            )


def save(option: str, path: Path, text: str) -> None:
    """The text in UTF-8, all of it or nothing; InputError where the system refuses."""
    with _named(option, path), replacing(path) as file:
        file.write(text.encode())


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A file beside `path` that takes its name once it is on the disk; `path` stays until then."""
    if _is_device(path):  # a device or a pipe has nothing to lose, and must stay what it is
        with path.open("wb") as file:
            yield file
        return
    path = path.resolve()  # a link stays a link
    # the same each time: what a killed run leaves, the next one takes away
    beside = path.with_name(f".{path.name}.tmp")
    try:
        with beside.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def _is_device(path: Path) -> bool:
    return path.exists() and not path.is_file()


@contextmanager
def _named(option: str, path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InputError(
            f"{option}: cannot write {str(path)!r} ({error.strerror}): name another file"
        ) from None
