"""What the symbols of a formula are, in one notation: that of a slot's `where`, of --where, of a
row and of TOML.

K: n×d                     a matrix; q: d is a column; N×D and R^{n×d} are read as well
A_t: d×d symmetric         also orthogonal, orthonormal (columns), diagonal, invertible
λ: scalar > 0, λ >= 1/2    a real number; L: integer >= 1; n: size, or n alone
A: n×n = I + p p^T         made of the other symbols
x_i: d = row i of A        a family; also column, entry i of y, diagonal i of S
c_i: scalar family n       a family of its own
W: matrix, w: vector       of sizes of their own, which nothing else has
C = C_t                    another spelling
d < n                      a condition on sizes
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import Any, Literal

from .lexer import GREEK
from .reader import Names, expression
from .tree import Node

Kind = Literal["scalar", "integer", "size", "matrix"]
_WORDS: dict[str, tuple[Kind, Fraction | None]] = {
    **dict.fromkeys(("scalar", "real", "number"), ("scalar", None)),
    **dict.fromkeys(("integer", "int"), ("integer", None)),
    **dict.fromkeys(("natural", "positive integer"), ("integer", Fraction(1))),
    "size": ("size", Fraction(1)),
}
_PROPERTIES = {"symmetric", "orthogonal", "orthonormal", "diagonal", "invertible"}
_SIZE = r"(?:\d+|[A-Za-z](?:_?\{?\w\}?)?)"
_SHAPE = re.compile(rf"({_SIZE})(?:\s*(?:×|x|\*|,|\\times)\s*({_SIZE}))?")
_SPACE = re.compile(r"(?:\\mathbb\s*\{?R\}?|ℝ|R)\s*\^\s*(?:\{(.*?)\}|\((.*?)\)|(\w))")
_MEMBER = re.compile(r"(row|entry|diagonal|column) ([a-z]) of (\w+)")
_BOUND = re.compile(r"(>=|≥|>)\s*(-?\d+(?:\.\d+|/\d+)?)")
_CONDITION = re.compile(rf"({_SIZE})\s*(?:<|<=|≤)\s*({_SIZE})")
_NAME = re.compile(r"\\?[^\W\d]\w*(?:_\{[^{}]*\}|'+|\^\w)*'*")
PROPERTY_WORDS = ", ".join(sorted(_PROPERTIES))


@dataclass(frozen=True, slots=True)
class Symbol:
    """One declared symbol. `rows` and `columns` name sizes; a number has neither.

    `value` is what it is declared equal to; `member` says of which row, column, entry or
    diagonal a family is made, and `counted_by` names the size that counts it.
    """

    name: str
    kind: Kind
    rows: str = ""
    columns: str = ""
    properties: frozenset[str] = frozenset()
    least: Fraction | None = None
    strict: bool = False
    value: str = ""
    member: tuple[str, str] = ("", "")
    counted_by: str = ""

    @property
    def is_family(self) -> bool:
        return bool(self.member[0] or self.counted_by)

    @property
    def base(self) -> str:
        return self.name.partition("_")[0]


def plain_name(text: str) -> str:
    """One spelling of a name: \\lambda_{i} and lam_i are λ_i, A_{t-1} is A_t-1."""
    base, mark, index = re.sub(r"[{}\s]", "", text.strip()).lstrip("\\").partition("_")
    return GREEK.get(base, base) + mark + index


def _parts(where: str) -> Iterator[str]:
    """The declarations of a line; commas and semicolons inside brackets do not part them."""
    depth, start = 0, 0
    for at, char in enumerate(where + ","):
        depth += (char in "([{") - (char in ")]}")
        if char in ",;\n" and depth <= 0:
            if where[start:at].strip():
                yield where[start:at].strip()
            start = at + 1


def declared(name: str, text: str) -> Symbol:
    """What stands after the colon. Raises ValueError with what is wrong."""
    what, _, value = (part.strip() for part in text.partition("="))
    if what.endswith((">", "<")):  # >= is no equals sign
        bound, _, rest = value.partition("=")
        what, value = f"{what}= {bound.strip()}", rest.strip()
    least, strict = None, False
    if found := _BOUND.search(what):
        least, strict = Fraction(found[2]), found[1] == ">"
        what = (what[: found.start()] + what[found.end() :]).strip()
    shape, properties, counted_by = _words(name, what)
    member = _MEMBER.fullmatch(value)
    common: dict[str, Any] = {
        "properties": properties,
        "least": least,
        "strict": strict,
        "counted_by": counted_by,
        "member": (member[1], plain_name(member[3])) if member else ("", ""),
        "value": "" if member else value,
    }
    if shape in _WORDS:
        kind, lowest = _WORDS[shape]
        common["least"] = lowest if least is None else least
        return Symbol(name, kind, **common)
    if shape in ("matrix", "vector"):  # sizes that nothing else has
        columns = "1" if shape == "vector" else f"columns of {name}"
        return Symbol(name, "matrix", f"rows of {name}", columns, **common)
    sizes = _SHAPE.fullmatch(shape)
    if sizes is None:
        raise ValueError(f"{name}: {text!r} is no declaration: {_FIX}")
    rows, columns = (plain_name(part) for part in (sizes[1], sizes[2] or "1"))
    return Symbol(name, "matrix", rows, columns, **common)


_FIX = (
    "write a shape (n×d, d), scalar, integer >= 1, size, matrix or vector, "
    f"and after it {PROPERTY_WORDS}, or = and what it equals"
)


def _words(name: str, what: str) -> tuple[str, frozenset[str], str]:
    """The shape, the properties, and the size that counts a family."""
    what = re.sub(
        r"\breal\s+(?=matrix|vector|number)",
        "",
        what.removeprefix("∈").removeprefix("\\in").strip(),
    )
    if space := _SPACE.match(what):
        inside = next(group for group in space.groups() if group)
        what = inside + what[space.end() :]
    words = what.split()
    counted_by = ""
    if "family" in words:
        at = words.index("family")
        counted_by = plain_name(" ".join(words[at + 1 : at + 2]))
        words = words[:at] + words[at + 2 :]
        if not re.fullmatch(_SIZE, counted_by):
            raise ValueError(f"{name}: a family is counted by a size: write scalar family n")
    properties = [word for word in words if word in _PROPERTIES]
    return " ".join(w for w in words if w not in _PROPERTIES), frozenset(properties), counted_by


@dataclass(frozen=True, eq=False)  # one table is one key of the caches
class Table:
    """The symbols that an answer may use by their plain names, other spellings, and conditions d <
    n on sizes.
    """

    symbols: Mapping[str, Symbol] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)
    smaller: tuple[tuple[str, str], ...] = ()  # (d, n) for d < n
    strangers: bool = False

    @cached_property
    def families(self) -> dict[str, Symbol]:
        """Family base -> its symbol."""
        return {symbol.base: symbol for symbol in self.symbols.values() if symbol.is_family}

    @cached_property
    def names(self) -> Names:
        """What the reader must know of it."""
        plain = {name: symbol for name, symbol in self.symbols.items() if not symbol.is_family}
        counts = {base: self.count_of(symbol) for base, symbol in self.families.items()}
        sizes = frozenset(size for size in self.sizes if " " not in size)
        shapes = {name: (s.rows, s.columns) for name, s in plain.items() if s.kind == "matrix"}
        shapes |= {base: found for base, s in self.families.items() if (found := self.member_of(s))}
        numbers = sizes.union(n for n in (*plain, *self.families) if n not in shapes)
        return Names(
            symbols=sizes.union(plain),
            families=counts,
            aliases=self.aliases,
            strangers=self.strangers,
            shapes=shapes,
            numbers=numbers,
            sizes=sizes,
        )

    @cached_property
    def sizes(self) -> tuple[str, ...]:
        found = [size for s in self.symbols.values() for size in (s.rows, s.columns, s.counted_by)]
        found += [name for name, symbol in self.symbols.items() if symbol.kind == "size"]
        return tuple(dict.fromkeys(size for size in found if size and not size.isdigit()))

    @cached_property
    def values(self) -> dict[str, Node]:
        """The trees of those declared by an expression."""
        return {
            name: expression(s.value, self.names) for name, s in self.symbols.items() if s.value
        }

    def count_of(self, family: Symbol) -> str:
        """The size that counts a family's members."""
        how, whole = family.member
        if not how:
            return family.counted_by
        of = self.symbols[whole]
        return of.columns if how == "column" else of.rows

    def member_of(self, family: Symbol) -> tuple[str, str] | None:
        """Rows and columns of a family's members; None where they are numbers."""
        how, whole = family.member
        if how in ("row", "column"):
            of = self.symbols[whole]
            return (of.columns if how == "row" else of.rows, "1")
        return (family.rows, family.columns) if family.kind == "matrix" and not how else None

    def with_symbols(self, added: Mapping[str, Symbol]) -> Table:
        return replace(self, symbols={**self.symbols, **added})


@lru_cache(maxsize=1024)
def table(where: str, strangers: bool = False) -> Table:
    """A table from one line of declarations. Raises ValueError with what is wrong and how to mend
    it.
    """
    symbols: dict[str, Symbol] = {}
    aliases: dict[str, str] = {}
    smaller: list[tuple[str, str]] = []
    for part in _parts(where):
        name, colon, text = part.partition(":")
        if colon:
            names = [plain_name(n) for n in name.split()] or [""]
            for one in names:
                _checked_name(one, part)
                symbols[one] = declared(one, text.strip())
        elif bounded := re.fullmatch(rf"(\S+?)\s*({_BOUND.pattern})", part):
            name = plain_name(bounded[1])
            _checked_name(name, part)
            least, kind = Fraction(bounded[4]), symbols[name].kind if name in symbols else "scalar"
            symbols[name] = replace(
                symbols.get(name) or Symbol(name, kind), least=least, strict=bounded[3] == ">"
            )
        elif condition := _CONDITION.fullmatch(part):
            smaller.append((plain_name(condition[1]), plain_name(condition[2])))
        elif "=" in part and all(_NAME.fullmatch(side.strip()) for side in part.split("=", 1)):
            left, right = (plain_name(side) for side in part.split("=", 1))
            aliases[left] = right
        elif re.fullmatch(_SIZE, part):
            symbols[plain_name(part)] = Symbol(plain_name(part), "size", least=Fraction(1))
        else:
            raise ValueError(
                f"{part!r} is no declaration: write K: n×d, q: d, λ > 0, C = C_t or d < n"
            )
    return _complete(Table(symbols, aliases, tuple(smaller), strangers))


def _checked_name(name: str, part: str) -> None:
    if not _NAME.fullmatch(name) and not re.fullmatch(r"[^\W\d]\w*(_[\w+-]+)?'*", name):
        raise ValueError(f"{part!r} declares no name: write K: n×d, q: d, λ > 0, C = C_t or d < n")


def _complete(found: Table) -> Table:
    """The table with what orthonormal columns imply; ValueError where a family or a spelling is of
    nothing.
    """
    for symbol in found.symbols.values():
        how, whole = symbol.member
        if how and (whole not in found.symbols or found.symbols[whole].kind != "matrix"):
            raise ValueError(f"{symbol.name}: {how} of {whole!r}, which is no declared matrix")
    known = {*found.symbols, *found.sizes, *found.families}
    for name, other in found.aliases.items():
        if other not in known:
            raise ValueError(f"{name} = {other}: nobody declared {other!r}")
    implied = [
        (s.columns, s.rows)
        for s in found.symbols.values()
        if "orthonormal" in s.properties and s.columns != s.rows
    ]
    return replace(found, smaller=(*found.smaller, *implied))
