"""The key: slots of the homework, read from the parts' own data, or of another homework, read from TOML."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from problems.part import Answer, InputError

from .symbols import Table, table

KINDS = (
    "number",
    "vector",
    "matrix",
    "scalar",
    "matrix_expr",
    "interval",
    "inequality",
    "complexity",
    "choice",
    "select_all",
)


@dataclass(frozen=True)
class Key:
    """Slots by id, in order: "4f.output" -> Answer."""

    slots: Mapping[str, Answer]

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

    @cached_property
    def tables(self) -> dict[str, Table]:
        return {slot: table(a.symbols, a.where) for slot, a in self.slots.items()}

    def symbols_of(self, part: str) -> dict[str, str]:
        """Every declaration of a part's slots, the first one of a name."""
        out: dict[str, str] = {}
        for slot in self.parts.get(part, ()):
            for name, text in self.slots[slot].symbols.items():
                out.setdefault(name, text)
        return out

    def where_of(self, part: str) -> tuple[str, ...]:
        return tuple(
            dict.fromkeys(w for slot in self.parts.get(part, ()) for w in self.slots[slot].where)
        )


@cache
def homework(only: str = "") -> Key:
    """The built-in key, or the slots of one part of it, where there is such a part."""
    from problems import parts
    from problems.source import key

    every = parts()
    chosen = [every[only]] if only in every else every.values()
    return Key({f"{part.id}.{answer.slot}": answer for part in chosen for answer in key(part)})


def load(path: Path) -> Key:
    """A key from a TOML file. Raises InputError with the place."""
    try:
        return from_toml(path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"--key: cannot read {str(path)!r} ({error}): give a TOML file") from None


def from_toml(text: str, name: str = "the key") -> Key:
    """[part.slot] tables with kind, reference, and what else an Answer has."""
    import tomllib

    try:
        read = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{name} is not TOML: {error}") from None
    slots = dict(_slots(read, name))
    if not slots:
        raise InputError(f"{name} has no slot: write a table [1a.kernel] with kind and reference")
    return Key(slots)


def _slots(read: Mapping[str, Any], name: str) -> Iterator[tuple[str, Answer]]:
    allowed = {f.name: f.type for f in fields(Answer) if f.name != "slot"}
    for part, inner in read.items():
        if not isinstance(inner, dict) or not inner:
            raise InputError(f"{name}: {part!r} is no table of slots: write [{part}.answer]")
        for slot, values in inner.items():
            where = f"{name}: [{part}.{slot}]"
            if not isinstance(values, dict):
                raise InputError(f"{where} is no table: give it kind and reference")
            if unknown := set(values) - set(allowed):
                raise InputError(
                    f"{where} has {sorted(unknown)[0]!r}: allowed are {', '.join(allowed)}"
                )
            if values.get("kind") not in KINDS:
                raise InputError(
                    f"{where} has kind {values.get('kind')!r}: give one of {', '.join(KINDS)}"
                )
            if not isinstance(values.get("reference"), str):
                raise InputError(f"{where} has no reference: give the right answer as text")
            for field_name, value in values.items():
                shaped: Any = (
                    str
                    if field_name in ("kind", "reference")
                    else dict
                    if field_name in ("symbols", "also", "twins")
                    else list
                )
                inside = (
                    value.values()
                    if isinstance(value, dict)
                    else value
                    if isinstance(value, list)
                    else ()
                )
                if not isinstance(value, shaped) or not all(isinstance(x, str) for x in inside):
                    raise InputError(
                        f"{where}: {field_name} is to be {'text' if shaped is str else 'texts'}"
                    )
            values = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}
            try:
                table(values.get("symbols", {}), values.get("where", ()))
            except ValueError as error:
                raise InputError(f"{where}: {error}") from None
            yield f"{part}.{slot}", Answer(slot=slot, **values)


def to_toml(key: Key) -> str:
    """The key in the format that `from_toml` reads."""
    lines = []
    for slot, answer in key.slots.items():
        part, _, name = slot.partition(".")
        lines.append(f"[{_quoted(part)}.{_quoted(name)}]")
        for field in fields(Answer):
            value = getattr(answer, field.name)
            if field.name == "slot" or not value:
                continue
            if isinstance(value, str):
                lines.append(f"{field.name} = {_quoted(value)}")
            elif isinstance(value, Mapping):
                lines.append(
                    f"{field.name} = {{ {', '.join(f'{_quoted(k)} = {_quoted(v)}' for k, v in value.items())} }}"
                )
            else:
                lines.append(f"{field.name} = [{', '.join(map(_quoted, value))}]")
        lines.append("")
    return "\n".join(lines)


def _quoted(text: str) -> str:
    import json

    return json.dumps(text, ensure_ascii=False)
