"""What the symbols of an answer are: shapes and properties, read from declarations, and instances of them in exact arithmetic.

A declaration is a name and what it is:

    "K": "n×d"                     a matrix; "q": "d" is a column
    "A_t": "d×d symmetric"         also orthogonal, orthonormal (columns), diagonal, invertible
    "λ": "scalar > 0"              also ">= 0"; "L": "integer >= 1"; "n": "size"
    "s": "scalar = p^T p"          anything "= expression" of the other symbols, after its shape
    "x_i": "d = row i of A"        a family; also "entry i of y", "diagonal i of S", or "family n" of its own
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any

from .read import Names, expression
from .tree import Node, Unreadable, node

_BASES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37)  # Miller and Rabin's test with these is exact below 2^64


def _prime(n: int) -> bool:
    odd, twos = n - 1, 0
    while not odd & 1:
        odd, twos = odd >> 1, twos + 1
    return all(
        (x := pow(base, odd, n)) in (1, n - 1) or any(pow(x, 1 << k, n) == n - 1 for k in range(1, twos)) for base in _BASES
    )


def _drawn_prime() -> int:
    """A random 61-bit prime ≡ 3 mod 4, where roots are powers; secret, so that no answer is written to vanish modulo it."""
    secret = random.SystemRandom()
    while True:
        n = secret.getrandbits(61) | 1 << 60 | 3
        if _prime(n):
            return n


PRIME = _drawn_prime()
_DECLARED = re.compile(
    r"(?P<shape>scalar|integer|size|[a-z0-9]+\s*[×x,]\s*[a-z0-9]+|[a-z0-9]+)"
    r"(?P<properties>(?:\s+(?:symmetric|orthogonal|orthonormal|diagonal|invertible|family\s+[a-z]))*)"
    r"(?:\s*(?P<sign>>=|>|≥)\s*(?P<least>-?\d+))?"
    r"(?:\s*=\s*(?P<value>.+))?"
)
_MEMBER = re.compile(r"(row|entry|diagonal|column) [a-z] of (\w+)")
_PAIRED = {"rows": "row", "entries": "entry"}


@dataclass(frozen=True)
class Symbol:
    """One declared symbol. `rows` and `columns` name sizes; a scalar has neither."""

    name: str
    kind: str  # scalar, integer, size or matrix
    rows: str = ""
    columns: str = ""
    properties: frozenset[str] = frozenset()
    least: int | None = None
    strict: bool = False
    value: str = ""
    member: tuple[str, str] = ("", "")  # ("row", "A"): x_i is row i of A
    family: str = ""  # the size it is counted by


def declared(name: str, text: str) -> Symbol:
    """One declaration. Raises ValueError with what is wrong."""
    text = text.strip().replace("*", "×")
    found = _DECLARED.fullmatch(text)
    if found is None:
        raise ValueError(f"{name}: {text!r} is no declaration: write n×d, d, scalar > 0, integer >= 1 or d×d symmetric")
    shape, value = found["shape"], (found["value"] or "").strip()
    member = _MEMBER.fullmatch(value)
    words = found["properties"].split()
    family = words[words.index("family") + 1] if "family" in words else ""
    common: dict[str, Any] = {
        "properties": frozenset(words) - {"family", family},
        "least": None if found["least"] is None else int(found["least"]),
        "strict": found["sign"] == ">",
        "member": (member[1], member[2]) if member else ("", ""),
        "family": family,
        "value": "" if member or value.partition(" ")[0] in _PAIRED else value,
    }
    if shape in ("scalar", "integer", "size"):
        return Symbol(name, shape, **common)
    rows, _, columns = (part.strip() for part in re.sub(r"\s*[×x,]\s*", "×", shape).partition("×"))
    return Symbol(name, "matrix", rows, columns or "1", **common)


@dataclass(frozen=True, eq=False)  # one table is one key of the caches
class Table:
    """The symbols that an answer may use, other spellings, and conditions on sizes (d < n)."""

    symbols: Mapping[str, Symbol]
    aliases: Mapping[str, str] = field(default_factory=dict)
    smaller: tuple[tuple[str, str], ...] = ()  # (d, n) for d < n
    strangers: bool = False

    @cached_property
    def names(self) -> Names:
        plain, families = set(self.sizes), set()
        for name, symbol in self.symbols.items():
            base, _, index = name.partition("_")
            if symbol.member[0] or symbol.family:
                families.add(base)
            else:
                plain.add(f"{base}_{index.strip('{}')}" if index else base)
        return Names(frozenset(plain), frozenset(families), dict(self.aliases), self.strangers)

    @cached_property
    def sizes(self) -> tuple[str, ...]:
        found = [s for symbol in self.symbols.values() for s in (symbol.rows, symbol.columns, symbol.family)]
        found += [name for name, symbol in self.symbols.items() if symbol.kind == "size"]
        return tuple(dict.fromkeys(s for s in found if s and not s.isdigit()))

    @cached_property
    def values(self) -> dict[str, Node]:
        """The expressions of those declared by one."""
        return {name: expression(s.value, self.names) for name, s in self.symbols.items() if s.value}

    def key(self, name: str) -> Symbol | None:
        """The symbol that a tree calls `name`."""
        return self._by_name.get(name)

    def family(self, base: str) -> Symbol | None:
        """The family whose members are called base_i."""
        found = (s for name, s in self.symbols.items() if name.partition("_")[0] == base and (s.member[0] or s.family))
        return next(found, None)

    @cached_property
    def _by_name(self) -> dict[str, Symbol]:
        return {re.sub(r"[{}]", "", name): symbol for name, symbol in self.symbols.items()}


def table(symbols: Mapping[str, str], where: tuple[str, ...] = (), strangers: bool = False) -> Table:
    """A table from declarations; "K'": "= K" is another spelling of K, "d < n" in `where` a condition."""
    plain = {name: declared(name, text) for name, text in symbols.items() if not text.startswith("=")}
    aliases = {re.sub(r"[{}]", "", n): re.sub(r"[{} =]", "", text) for n, text in symbols.items() if text.startswith("=")}
    smaller = []
    for condition in where:
        if pair := re.fullmatch(r"\s*([a-z])\s*<=?\s*([a-z])\s*", condition):
            smaller.append((pair[1], pair[2]))
    smaller += [(s.columns, s.rows) for s in plain.values() if "orthonormal" in s.properties and s.columns != s.rows]
    return Table(plain, aliases, tuple(smaller), strangers)


Value = Any  # a scalar, a tuple of rows, or Scaled


@node
class Scaled:
    """A multiple of the identity whose size is not yet known."""

    by: Any


class Instance:
    """Values for the symbols of a table: modulo PRIME, or small exact fractions where `small`.

    `drop` forgets a property (symmetric, orthogonal) so that one sees whether it was needed; `special` imposes one.
    """

    def __init__(
        self, table: Table, seed: int, sizes: Mapping[str, int], small: bool = False, drop: str = "", special: str = ""
    ) -> None:
        self.table, self.sizes, self.small, self.drop, self.special = table, dict(sizes), small, drop, special
        self.modulus = 0 if small else PRIME
        self.seed = seed
        turn = seed // 1000 % 4  # what nothing binds counts differently each round: no literal index is always meant
        self.indices = {letter: (place + turn) % 4 + 1 for place, letter in enumerate("ijk")}
        self.draw = random.Random(seed)
        self.found: dict[str, Value] = {}
        self.members: dict[str, list[Value]] = {}
        self.references: dict[Node, Value] = {}
        self.busy: set[str] = set()
        for name in table.symbols:  # all at once: afterwards nothing changes, and threads may share it
            base = name.partition("_")[0]
            if base in table.names.families:
                self.members[base] = self.members.get(base) or self._family(base)
            elif name not in self.sizes:
                self.value(re.sub(r"[{}]", "", name))

    def scalar(self, least: int = -3) -> Any:
        return Fraction(self.draw.randint(least, 3)) if self.small else self.draw.randrange(2, PRIME)

    def value(self, name: str) -> Value:
        """The value of a plain symbol, a size included."""
        if name in self.found:
            return self.found[name]
        if name in self.sizes:
            return Fraction(self.sizes[name]) if self.small else self.sizes[name]
        symbol = self.table.key(name)
        if symbol is None:  # a stranger, the same for everybody
            own = random.Random(f"{self.seed} {name}")
            return Fraction(own.randint(1, 5)) if self.small else own.randrange(2, PRIME)
        made = self._expressed(symbol) if symbol.value else self._drawn(symbol)
        self.found[name] = made
        return made

    def _expressed(self, symbol: Symbol) -> Value:
        from .algebra import evaluated

        if symbol.name in self.busy:
            raise Unreadable(f"{symbol.name} is declared by itself")
        self.busy.add(symbol.name)
        return evaluated(self.table.values[symbol.name], self)

    def _drawn(self, symbol: Symbol) -> Value:
        if symbol.kind == "integer":
            low = symbol.least or 0
            whole = self.draw.randint(max(low, 0), low + (3 if self.small else 9))
            return Fraction(whole) if self.small else whole
        if symbol.kind != "matrix":
            if self.special == f"{symbol.name} = 1":
                return Fraction(1) if self.small else 1
            least = symbol.least if symbol.least is not None else -3
            return self.scalar(least + 1 if symbol.strict and self.small else least)
        return self._matrix(symbol, self.size(symbol.rows), self.size(symbol.columns))

    def size(self, name: str) -> int:
        return int(name) if name.isdigit() else self.sizes[name]

    def _matrix(self, symbol: Symbol, rows: int, columns: int) -> Value:
        properties = {p for p in symbol.properties if f"{symbol.name} {p}" != self.drop}
        if self.special.startswith(symbol.name + " "):
            properties.add(self.special.partition(" ")[2])
        if properties & {"orthogonal", "orthonormal"}:
            square = self._orthogonal(max(rows, columns))
            return tuple(row[:columns] for row in square[:rows])
        entries = [[self.scalar(-2) for _ in range(columns)] for _ in range(rows)]
        if "diagonal" in properties:
            zero = entries[0][0] * 0
            entries = [[x if i == j else zero for j, x in enumerate(row)] for i, row in enumerate(entries)]
        if "symmetric" in properties:
            entries = [[entries[min(i, j)][max(i, j)] for j in range(columns)] for i in range(rows)]
        if "of norm 1" in properties:
            return self._unit(rows)
        return tuple(map(tuple, entries))

    def _orthogonal(self, n: int) -> tuple[tuple[Any, ...], ...]:
        """A product of two reflections I − 2 v vᵀ/(vᵀv)."""
        from .algebra import inverse_of, product_of

        out: Value = Scaled(Fraction(1) if self.small else 1)
        for _ in range(2):
            v = [self.scalar(1) for _ in range(n)]
            by = inverse_of(sum(x * x for x in v), self.modulus)
            reflection = tuple(tuple(self._reduced((i == j) - 2 * v[i] * v[j] * by) for j in range(n)) for i in range(n))
            out = product_of(out, reflection, self.modulus)
        assert isinstance(out, tuple)
        return out

    def _unit(self, n: int) -> Value:
        """A column of norm 1: the last one of an orthogonal matrix."""
        return tuple((row[-1],) for row in self._orthogonal(n)) if n > 1 else ((self.scalar(1) * 0 + 1,),)

    def _reduced(self, x: Any) -> Any:
        return x % self.modulus if self.modulus else Fraction(x)

    def member(self, base: str, index: int) -> Value:
        """Member `index`, counted from 1, of a family."""
        family = self.members[base]
        if not 1 <= index <= len(family):
            raise ZeroDivisionError(f"{base}_{index} does not exist")
        return family[index - 1]

    def _family(self, base: str) -> list[Value]:
        symbol = self.table.family(base)
        assert symbol is not None
        how, whole = symbol.member
        if not how:
            count = self.size(symbol.family)
            if symbol.kind == "matrix":
                return [self._matrix(symbol, self.size(symbol.rows), self.size(symbol.columns)) for _ in range(count)]
            return [self.scalar() for _ in range(count)]
        of = self.value(whole)
        assert isinstance(of, tuple)
        if how == "row":
            return [tuple((x,) for x in row) for row in of]
        if how == "column":
            return [tuple((row[j],) for row in of) for j in range(len(of[0]))]
        return [row[0] for row in of] if how == "entry" else [of[i][i] for i in range(min(len(of), len(of[0])))]

    def counted(self, base: str) -> int:
        """How many members a family has."""
        return len(self.members[base])


def sizes_for(table: Table, round_: int, least: int = 2) -> dict[str, int]:
    """Generic sizes: all different, from `least` on, in another order each round, keeping d < n where it is asked."""
    names = table.sizes
    start = least + (round_ if len(names) == 1 else round_ // 2)  # 2×2 matrices obey identities that larger ones do not
    pool = list(range(start, start + len(names)))
    turn = round_ // 2 % max(len(pool), 1)
    pool = (pool[turn:] + pool[:turn])[:: -1 if round_ % 2 else 1]
    chosen = dict(zip(names, pool, strict=True))
    for small, large in table.smaller:
        if small in chosen and large in chosen and chosen[small] > chosen[large]:
            chosen[small], chosen[large] = chosen[large], chosen[small]
    return chosen
