"""Whether a reader can be shown a wrong step: one value replaced at a time, and the judge asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import problems
from hw8cli.solving import defaults
from problems.examine import Instance, examined, instances_of
from problems.formulas.formula import Formula, formula
from problems.part import Slot, Solution

FORMULAS = ("scalar", "matrix_expr", "complexity")  # the kinds of slots that ask for one


def unguarded(part_id: str) -> list[tuple[str, int, str]]:
    """(fate, number of the step, what was replaced) for each step, instance and other value.

    The fate is "lives" where the judge is as content with the other value.
    """
    part, found = problems.parts()[part_id], []
    module, asked = part.load(), defaults(part)
    for which, instance in enumerate(instances_of(module, asked)):
        for at, step in enumerate(instance.found.steps):
            for other in others(step.value, instance.found, module.KEY):
                instances = instances_of(module, asked)
                show(instances[which], at, other)
                fate = "lives" if all(c.passed for c in examined(module, instances)) else "checks"
                told = f"{step.title} on {instance.on}: {_short(step.value)}  ->  {_short(other)}"
                found.append((fate, at + 1, told))
    return found


def show(instance: Instance, at: int, other: Any) -> None:
    """Another value in one step of what was found on this instance, and nothing else changed."""
    steps = list(instance.found.steps)
    steps[at] = replace(steps[at], value=other)
    vars(instance)["found"] = replace(instance.found, steps=tuple(steps))


def _short(value: Any) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= 60 else text[:59] + "…"


def others(value: Any, found: Solution, key: Sequence[Slot]) -> Iterator[Any]:
    """What else a step could show: other entries, other formulas of the key, a text, a number."""
    if value is None:
        return
    yield from (other for other in _entries(found) if other not in (value, (value,)))
    for slot in key:
        for text in (slot.right, *slot.also):
            if slot.kind in FORMULAS and text != getattr(value, "text", ""):
                yield formula(key, slot.name, text)
    if isinstance(value, Formula):
        yield replace(value, text="O(1)" if value.is_rate else f"2 ({value.right})")
    yield "no such entry"
    yield 1


def _entries(found: Solution) -> Iterator[str | tuple[str, ...]]:
    """The names of all entries, and the paths to what is in those that are mappings."""
    for name in (*found.answer, *found.working):
        yield name
        value = found.entry(name)
        if isinstance(value, Mapping):
            yield from ((name, *path) for path in _paths(value))


def _paths(value: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    for key, inner in value.items():
        yield (key,)
        if isinstance(inner, Mapping):
            yield from ((key, *path) for path in _paths(inner))
