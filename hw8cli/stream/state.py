"""What is carried from piece to piece: an npz file that is the old one or the new one."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..files import replacing

Carried = dict[str, Any]  # a state, by the names it has in the file


def save(path: Path, arrays: Mapping[str, Any]) -> None:
    """All of it or nothing; OSError where the system refuses."""
    with replacing(path) as file:
        np.savez(file, **arrays)


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
