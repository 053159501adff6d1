"""Values for the symbols of a table: generic ones modulo a prime, or small exact ones that a
reader can follow.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

from ..formulas.declare import Symbol, Table
from ..formulas.instance import Instance
from ..formulas.values import Rows, Value, inverted, product_of
from .prime import PRIME, SECRET
from .roots import Signs, rooted

Sizes = tuple[tuple[str, int], ...]
_SKEW = tuple(
    Fraction(x) for x in (2, "1/2", 3, -2, "1/3", 0)
)  # ±1 would turn by 90° and hide UᵀDU = UDUᵀ
MOST_INDEX = 40


@dataclass(frozen=True, slots=True)
class Special:
    """What is asked of a world besides: a property forgotten or imposed, a symbol that is 1, a
    component of O(n).
    """

    dropped: str = ""  # "A_t symmetric"
    imposed: str = ""  # "p of norm 1"
    reflected: frozenset[str] = frozenset()  # orthogonal matrices of determinant −1


PLAIN = Special()


def sized(sizes: Mapping[str, int]) -> Sizes:
    return tuple(sorted(sizes.items()))


@lru_cache(maxsize=512)
def generic(
    table: Table,
    sizes: Sizes,
    seed: int = 0,
    literal: frozenset[int] = frozenset(),
    special: Special = PLAIN,
) -> Instance:
    """The instance of this process modulo its prime: the same for the same question, so that
    values are kept.
    """
    return _instance(table, sizes, PRIME, f"{SECRET} {seed}", literal, special, None)


def with_roots(
    table: Table,
    sizes: Sizes,
    prime: int,
    attempt: int,
    literal: frozenset[int],
    special: Special,
    signs: Signs,
) -> Instance:
    """One for a question with roots: their signs belong to it alone."""
    return _instance(table, sizes, prime, f"{SECRET} roots {attempt}", literal, special, signs)


@lru_cache(maxsize=4096)
def small(
    table: Table,
    sizes: Sizes,
    seed: int,
    literal: frozenset[int] = frozenset(),
    special: Special = PLAIN,
) -> Instance:
    """Small exact values, the same in every process."""
    return _instance(table, sizes, 0, f"small {seed}", literal, special, None)


def _instance(
    table: Table,
    sizes: Sizes,
    modulus: int,
    seed: str,
    literal: frozenset[int],
    special: Special,
    signs: Signs | None,
) -> Instance:
    draw = _Draw(modulus, seed, special, signs)
    free = [at for at in range(1, MOST_INDEX) if at not in literal]

    def free_index(name: str) -> int:
        """Another member than every literal index names, so that none is meant by accident."""
        return free["ijk".find(name) if name in ("i", "j", "k") else 3]

    made = Instance(table, dict(sizes), modulus, draw, free_index=free_index)
    if modulus:
        made.root = lambda e, node, bound: rooted(e, node, bound, signs)
    return made


@dataclass(frozen=True)
class _Draw:
    """Draws a symbol's value: from its own generator, so that the order in which they are asked
    for does not matter.
    """

    modulus: int
    seed: str
    special: Special
    signs: Signs | None

    def __call__(self, instance: Instance, symbol: Symbol) -> Value:
        rng = random.Random(f"{self.seed} {symbol.name}")
        if symbol.is_family:
            count = instance.size(symbol.counted_by)
            return [self.one(instance, symbol, rng) for _ in range(count)]
        return self.one(instance, symbol, rng)

    def one(self, instance: Instance, symbol: Symbol, rng: random.Random) -> Value:
        if symbol.kind == "matrix":
            rows, columns = instance.size(symbol.rows), instance.size(symbol.columns)
            return self.matrix(symbol, rng, rows, columns)
        if self.signs is not None and symbol.name in self.signs.of_symbols:
            return self.signs.drawn(symbol.name, rng)
        return self.number(rng, symbol.least, symbol.strict)

    def number(
        self, rng: random.Random, least: Fraction | None = None, strict: bool = False
    ) -> Any:
        if self.modulus:
            return rng.randrange(2, self.modulus)
        low = Fraction(-2) if least is None else least + (1 if strict else 0)
        if "small" in self.seed and rng.random() < 0.25:
            return low + rng.choice((1, 2))
        return low + rng.randint(0, 4)

    def matrix(self, symbol: Symbol, rng: random.Random, rows: int, columns: int) -> Rows:
        properties = {p for p in symbol.properties if f"{symbol.name} {p}" != self.special.dropped}
        name, _, imposed = self.special.imposed.partition(" ")
        if name == symbol.name:
            properties.add(imposed)
        if properties & {"orthogonal", "orthonormal"}:
            square = self.orthogonal(rng, max(rows, columns), symbol.name in self.special.reflected)
            return tuple(row[:columns] for row in square[:rows])
        if "of norm 1" in properties:
            return tuple((row[-1],) for row in self.orthogonal(rng, rows, False))
        entries = [[self.number(rng) for _ in range(columns)] for _ in range(rows)]
        for i, row in enumerate(entries):
            for j in range(columns):
                if "diagonal" in properties and i != j:
                    row[j] = row[j] * 0
                if "symmetric" in properties and j < i < columns:
                    row[j] = entries[j][i]
        return tuple(map(tuple, entries))

    def orthogonal(self, rng: random.Random, n: int, reflected: bool) -> Rows:
        """Cayley's transform of a random skew matrix; its first row negated for the other
        component.
        """
        p = self.modulus
        skew = [[Fraction(0) if not p else 0] * n for _ in range(n)]
        for i in range(n):
            for j in range(i):
                skew[i][j] = rng.randrange(p) if p else rng.choice(_SKEW)
                skew[j][i] = -skew[i][j]
        plus, minus = (
            tuple(tuple(_kept((i == j) + sign * skew[i][j], p) for j in range(n)) for i in range(n))
            for sign in (1, -1)
        )
        made = product_of(minus, inverted(plus, p), p)
        made = made if isinstance(made, tuple) else ((made,),)
        flip = reflected or (not p and rng.random() < 0.5)
        return tuple(
            tuple(_kept(-x, p) for x in row) if flip and not i else row
            for i, row in enumerate(made)
        )


def _kept(x: Any, modulus: int) -> Any:
    return x % modulus if modulus else Fraction(x)
