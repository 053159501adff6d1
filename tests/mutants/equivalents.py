"""The mutants that are known to change nothing that anyone can see, read from `equivalent.toml`."""

from __future__ import annotations

import tomllib
from pathlib import Path

from .mutant import Mutant, mutants

LIST = Path(__file__).parent / "equivalent.toml"
Name = tuple[str, str, str]  # file, unit, "original -> mutated"


def listed(path: Path = LIST) -> dict[Name, str]:
    """Each equivalent mutant and its reason. ValueError where a reason is empty."""
    read = tomllib.loads(path.read_text(encoding="utf-8"))
    found = {
        (file, unit, change): why
        for file, units in read.items()
        for unit, all_ in units.items()
        for change, why in all_.items()
    }
    for name, why in found.items():
        if not isinstance(why, str) or not why.strip():
            raise ValueError(
                f"{path.name}: {' '.join(name)} has no reason: say why nobody can see it"
            )
    return found


def named(mutant: Mutant) -> Name:
    """What a mutant is called in the list."""
    return mutant.file, mutant.unit, f"{mutant.original} -> {mutant.mutated}"


def stale(known: dict[Name, str], root: Path) -> list[Name]:
    """The entries that no mutant matches: the code has changed, and the reason may not hold."""
    there = {
        file: {named(m) for m in mutants(root, file)}
        for file, _, _ in known
        if (root / file).exists()
    }
    return [name for name in known if name not in there.get(name[0], set())]
