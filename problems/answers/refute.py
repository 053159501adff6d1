"""A small instance on which two trees differ: computed exactly, the simplest of those looked at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..formulas.declare import Table
from ..formulas.instance import Evaluation, Instance, Unknown
from ..formulas.tree import Node, Unreadable
from ..formulas.values import Mismatch, Value, differ, plain, printed, weight
from ..formulas.walk import Unsupported, walk
from ..formulas.write import named
from .compare import Different, Open, Question, question
from .effort import effort
from .worlds import PLAIN, Special, small

SEEDS = 12
MOST_STEPS = 1_500  # of an instance that is looked at
LIGHT = 12  # so simple that no simpler one is looked for
REAL_POINTS = 40
NOT_HERE = (
    ZeroDivisionError,
    Mismatch,
    Unreadable,
    Unsupported,
    Unknown,
    OverflowError,
)


@dataclass(frozen=True)
class Witness:
    """Values of the symbols, and both sides there."""

    values: Mapping[str, Value]
    answer: Value
    key: Value

    @property
    def told(self) -> str:
        given = ", ".join(
            f"{named(name)} = {printed(value)}" for name, value in self.values.items()
        )
        before = f"with {given}: " if given else ""
        return f"{before}the answer is {printed(self.answer)}, the key {printed(self.key)}"

    @property
    def data(self) -> dict[str, Any]:
        return {"with": dict(self.values), "answer": self.answer, "key": self.key}

    @property
    def weight(self) -> int:
        return sum(map(weight, self.values.values())) + weight(self.answer) + weight(self.key)


def witness(
    answer: Node, key: Node, table: Table, parted: Different, special: Special = PLAIN
) -> Witness | Open:
    """The simplest small instance on which they differ; without one, what was seen where one was
    looked for.
    """
    asked = question(answer, key, table)
    best: Witness | None = None
    integers = {n: v for n, v in parted.integers.items() if n not in table.sizes}
    for sizes in _small_sizes(asked, parted):
        for seed in range(SEEDS):
            instance = small(table, tuple(sorted(sizes.items())), seed, asked.literal, special)
            found = _tried(asked, instance, integers)
            if found is not None and (best is None or found.weight < best.weight):
                best = found
            if best is not None and (best.weight < LIGHT or seed > 3):
                return best
        if best is not None:
            return best
    return _elsewhere(asked, parted)


def _small_sizes(asked: Question, parted: Different) -> Iterator[dict[str, int]]:
    """Sizes of two, of one, and those that parted them, capped."""
    table, least = asked.table, max([1, *(at + 1 for at in asked.literal)])
    ties = {n: v for n, v in parted.integers.items() if n in table.sizes and v <= SEEDS}
    for sizes in (
        dict.fromkeys(table.sizes, max(2, least)),
        dict.fromkeys(table.sizes, least),
        {s: min(max(v, least), 4) for s, v in parted.sizes.items()},
        parted.sizes if max(parted.sizes.values(), default=0) <= SEEDS else {},
    ):
        yield _ordered({**sizes, **ties}, table)


def _ordered(sizes: dict[str, int], table: Table) -> dict[str, int]:
    for _ in table.smaller:
        for few, many in table.smaller:
            if few in sizes and many in sizes and sizes[few] >= sizes[many]:
                sizes = {**sizes, many: sizes[few] + 1}
    return sizes


def _tried(asked: Question, instance: Instance, integers: Mapping[str, int]) -> Witness | None:
    """Both sides at an instance, where they are defined and certainly differ."""
    e = Evaluation(instance, integers)
    try:
        if sum(effort(tree, e) for tree in asked.trees) > MOST_STEPS:
            return None
        answer, key = plain(walk(asked.answer, e)), plain(walk(asked.key, e))
        if differ(answer, key) is not True:
            return None
    except NOT_HERE:
        return None
    return Witness(_values(asked, instance, integers), answer, key)


def _values(asked: Question, instance: Instance, integers: Mapping[str, int]) -> dict[str, Value]:
    """What the trees are made of, in the order of the declarations, sizes that are numbers last."""
    table = asked.table
    names = set(asked.answer.names | asked.key.names)
    for name in tuple(names):
        if name in table.values:
            names |= table.values[name].names
    out: dict[str, Value] = {}
    for symbol in table.symbols.values():
        if symbol.is_family and symbol.base in names and symbol.base in instance.members:
            out[symbol.base] = instance.members[symbol.base]
        elif symbol.name in integers:
            out[symbol.name] = integers[symbol.name]
        elif symbol.name in names and symbol.kind != "size" and symbol.name not in instance.sizes:
            out[symbol.name] = instance.value(symbol.name)
    out |= {size: instance.sizes[size] for size in table.sizes if size in asked.numbers}
    return out


def _elsewhere(asked: Question, parted: Different) -> Witness | Open:
    """Roots, logarithms, sizes that are numbers: real points decide, or nothing does."""
    ties = [size for size in asked.numbers if size in asked.shapes]
    agreed = 0
    integers = {n: v for n, v in asked.integers.items() if n not in asked.table.sizes}
    plainly = not asked.has_roots and not ties
    varied = list(asked.table.sizes) if plainly else ties
    for at in range(REAL_POINTS):
        sizes = {s: min(v, 3) for s, v in parted.sizes.items()} | _mixed(varied, at)
        here = {n: v + at % 4 for n, v in integers.items()}
        sized = tuple(sorted(_ordered(sizes, asked.table).items()))
        instance = small(asked.table, sized, 100 + at, asked.literal, PLAIN)
        found = _tried(asked, instance, here)
        if found is not None:
            return found
        agreed += _defined(asked, instance, here)
    if plainly:
        return Open("they differ modulo a prime, but no small instance shows it")
    if not agreed:
        return Open("no real point was found where both are defined")
    return Open(f"equal at {agreed} real points to 60 digits, not proved")


def _mixed(sizes: list[str], at: int) -> dict[str, int]:
    """Sizes from 1 on, in all their orders as `at` runs."""
    most = 5 if len(sizes) == 1 else 3
    return {size: at // most**i % most + 1 for i, size in enumerate(sizes)}


def _defined(asked: Question, instance: Instance, integers: Mapping[str, int]) -> bool:
    e = Evaluation(instance, integers)
    try:
        return all(walk(tree, e) is not None for tree in asked.trees)
    except NOT_HERE:
        return False
