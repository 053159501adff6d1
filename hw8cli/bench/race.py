"""A race: one computation, ours and theirs; and a cost: how ours grows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

SUITES = ("kernel", "forward", "attention", "verify")
# where a package is installed under another name than it is imported by
PYPI = {"math_verify": "math-verify"}
Call = Callable[[], Any]


@dataclass(frozen=True, slots=True)
class Peer:
    """Somebody else's way to the same result."""

    name: str
    package: str  # what it is imported by
    # imports it, puts the data where it wants them, and returns what is timed
    prepare: Callable[[], Call]
    least: float | None = None  # how many times as long as ours it should take, at least
    # of the largest difference relative to our largest entry; None: not held against it
    tolerance: float | None = 1e-8
    # from our result and theirs, what the table should say
    note: Callable[[Any, Any], str] = lambda ours, theirs: ""


@dataclass(frozen=True, slots=True)
class Race:
    """One computation, ours and theirs."""

    name: str
    what: str
    ours: Call
    peers: tuple[Peer, ...] = ()
    flops: int | None = None  # of a call of ours, where they are matrix products
    # the fraction of the rate of a large matrix product that ours should reach
    least: float | None = None
    each: int = 1  # how many things one call does, where they are told by the second


@dataclass(frozen=True, slots=True)
class Cost:
    """How the time of ours grows with the length: the slope of log time against log length."""

    name: str
    what: str
    lengths: tuple[int, ...]
    at: Callable[[int], Call]
    low: float = 0.95
    high: float = 1.05


def power_of_two(length: int) -> str:
    """A power of two as people write it, 2^20."""
    return f"2^{length.bit_length() - 1}"
