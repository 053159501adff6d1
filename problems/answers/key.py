"""The key: the homework's slots, read from the parts' own data, or another's, read from TOML."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any, get_args

from ..formulas.declare import Symbol, Table, table
from ..part import InputError, Slot, SlotKind

KINDS: tuple[str, ...] = get_args(SlotKind)
_SHAPES = {"kind": str, "right": str, "where": str, "also": dict, "twins": dict,
           "assuming": list, "form": list, "facts": list}  # fmt: skip
_MOVED = {
    "reference": "it is called right now",
    "symbols": ('where declares them, in one line: where = "K: n×d, q: d, λ: scalar > 0, d < n"'),
    "names": (
        'what an answer may call itself stands left of = in right: right = "K_l = C A^(l-1) B"'
    ),
}


@dataclass(frozen=True, eq=False)
class Key:
    """Slots by id, in order: "4f.output" -> Slot."""

    slots: Mapping[str, Slot]

    @cached_property
    def parts(self) -> dict[str, tuple[str, ...]]:
        out: dict[str, tuple[str, ...]] = {}
        for slot in self.slots:
            part = slot.partition(".")[0]
            out[part] = (*out.get(part, ()), slot)
        return out

    def find(self, name: str) -> tuple[str, ...]:
        """The slots that a row means: one, or all of a part. Raises InputError."""
        if name in self.slots:
            return (name,)
        if name in self.parts:
            return self.parts[name]
        from difflib import get_close_matches

        near = get_close_matches(name, [*self.slots, *self.parts], 3)
        raise InputError(
            f"there is no slot {name!r}: "
            + (f"try {', '.join(near)}" if near else "hw8 verify --list has them all")
        )

    def table_of(self, name: str, where: str) -> Table:
        """What a row with a reference of its own may use: its part's symbols, where it has a part,
        and those of `where`.

        What `where` declares again hides the part's symbol and whatever is made of it; letters that
        neither declares are inferred. Raises ValueError for a declaration that is none.
        """
        part = name.partition(".")[0]
        return _merged(tuple(self.slots[s].where for s in self.parts.get(part, ())), where)


@lru_cache(maxsize=512)
def _merged(wheres: tuple[str, ...], where: str) -> Table:
    own = table(where, strangers=True)
    out = own
    for each in wheres:
        before = table(each)
        hidden = _hidden(before, own)
        symbols = {n: s for n, s in before.symbols.items() if n not in hidden}
        aliases = {n: to for n, to in before.aliases.items() if not {n, to} & hidden}
        smaller = [pair for pair in before.smaller if not set(pair) & hidden]
        out = replace(
            out,
            symbols={**symbols, **out.symbols},
            aliases={**aliases, **out.aliases},
            smaller=tuple(dict.fromkeys((*out.smaller, *smaller))),
        )
    return out


def _hidden(before: Table, own: Table) -> set[str]:
    """Names that are declared anew, and what is made of them."""
    hidden = {n for n, s in own.symbols.items() if before.symbols.get(n) != s} | {*own.aliases}
    hidden |= {own.symbols[n].base for n in hidden & own.symbols.keys()}
    hidden |= {n for n in own.sizes if n in before.symbols and before.symbols[n].kind != "size"}
    while True:
        more = {
            n for n, s in before.symbols.items() if n not in hidden and _made_of(before, s) & hidden
        }
        if not more:
            return hidden
        hidden |= more


def _made_of(before: Table, symbol: Symbol) -> frozenset[str]:
    """The names that a symbol's declaration uses; its sizes are names of their own."""
    value = before.values[symbol.name].names if symbol.value else frozenset[str]()
    return value | {symbol.member[1]} - {""} | {symbol.base}


@cache
def homework(only: str = "") -> Key:
    """The built-in key, or the slots of one part of it, where there is such a part."""
    from problems import parts
    from problems.source import key

    every = parts()
    chosen = [every[only]] if only in every else every.values()
    return Key({f"{part.id}.{slot.name}": slot for part in chosen for slot in key(part)})


def load(path: Path) -> Key:
    """A key from a TOML file. Raises InputError with the place."""
    try:
        return from_toml(path.read_text(encoding="utf-8-sig"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"--key: cannot read {str(path)!r} ({error}): give a TOML file") from None


def from_toml(text: str, name: str = "the key") -> Key:
    """[part.slot] tables with kind, right, and what else a Slot has."""
    import tomllib

    try:
        read = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{name} is not TOML: {error}") from None
    slots = dict(_slots(read, name))
    if not slots:
        raise InputError(f"{name} has no slot: write a table [1a.kernel] with kind and right")
    return Key(slots)


def _slots(read: Mapping[str, Any], name: str) -> Iterator[tuple[str, Slot]]:
    for part, inner in read.items():
        if not isinstance(inner, dict) or not inner:
            raise InputError(f"{name}: {part!r} is no table of slots: write [{part}.answer]")
        for slot, values in inner.items():
            yield f"{part}.{slot}", _slot(slot, values, f"{name}: [{part}.{slot}]")


def _slot(slot: str, values: Any, place: str) -> Slot:
    """One table as a Slot; every fault is said with its place."""
    if not isinstance(values, dict):
        raise InputError(f"{place} is no table: give it kind and right")
    for field in values:
        if field in _MOVED:
            raise InputError(f"{place} has {field!r}: {_MOVED[field]}")
        if field not in _SHAPES:
            raise InputError(f"{place} has {field!r}: allowed are {', '.join(_SHAPES)}")
    if values.get("kind") not in KINDS:
        raise InputError(f"{place} has kind {values.get('kind')!r}: give one of {', '.join(KINDS)}")
    if not isinstance(values.get("right"), str) or not values["right"].strip():
        raise InputError(f"{place} has no right: give the right answer as text")
    for field, value in values.items():
        _checked(field, value, place)
    if unknown := [form for form in values.get("form", ()) if form not in _forms()]:
        allowed = ", ".join(map(repr, _forms()))
        raise InputError(f"{place} has form {unknown[0]!r}: allowed are {allowed}")
    try:
        _ = table(values.get("where", "")).values
    except ValueError as error:
        raise InputError(f"{place}: where: {error}") from None
    given: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}
    return Slot(slot, **given)


def _forms() -> tuple[str, ...]:
    from .formulas import FORMS

    return tuple(FORMS)


def _checked(field: str, value: Any, place: str) -> None:
    if field == "where" and isinstance(value, list):
        raise InputError(f'{place}: where is one line now: where = "{", ".join(map(str, value))}"')
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if not isinstance(value, _SHAPES[field]) or not all(isinstance(x, str) for x in inside):
        shape = {str: "text", list: "a list of texts", dict: "a table of texts"}[_SHAPES[field]]
        raise InputError(f"{place}: {field} is to be {shape}")


def to_toml(key: Key) -> str:
    """The key in the format that `from_toml` reads."""
    lines = []
    for slot, answer in key.slots.items():
        part, _, name = slot.partition(".")
        lines.append(f"[{_quoted(part)}.{_quoted(name)}]")
        for field in fields(Slot):
            value = getattr(answer, field.name)
            if field.name == "name" or not value:
                continue
            lines.append(f"{field.name} = {_as_toml(value)}")
        lines.append("")
    return "\n".join(lines)


def _as_toml(value: Any) -> str:
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{_quoted(k)} = {_quoted(v)}' for k, v in value.items())} }}"
    return f"[{', '.join(map(_quoted, value))}]"


def _quoted(text: str) -> str:
    import json

    return json.dumps(text, ensure_ascii=False)
