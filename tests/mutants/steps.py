"""Whether a reader can be shown a wrong step: one value replaced at a time, and the judge asked."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from problems.formulas.formula import Formula, formula
from problems.part import Slot, Solution

FORMULAS = ("scalar", "matrix_expr", "complexity")  # the kinds of slots that ask for one


def unguarded(part_id: str) -> list[tuple[str, int, str]]:
    """(fate, number of the step, what was replaced) for each step, instance and other value.

    The fate is "lives" where the judge is as content with the other value.
    """
    import problems
    from hw8cli.suite import defaults
    from problems.examine import examined, instances_of

    part, found = problems.parts()[part_id], []
    module, asked = part.load(), defaults(part)
    solve = module.solve
    for instance in instances_of(module, asked):
        for at, step in enumerate(instance.found.steps):
            for other in others(step.value, instance.found, module.KEY):
                module.solve = _replaced(solve, instance.inputs, at, other)
                holds = all(c.passed for c in examined(module, instances_of(module, asked)))
                told = f"{step.title} on {instance.on}: {_short(step.value)}  ->  {_short(other)}"
                found.append(("lives" if holds else "checks", at + 1, told))
    module.solve = solve
    return found


def _short(value: Any) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= 60 else text[:59] + "…"


def _replaced(
    solve: Callable[..., Any], instance: Mapping[str, Any], at: int, other: Any
) -> Callable[..., Any]:
    """`solve` with another value in one step on one instance, and nothing else changed."""

    @functools.wraps(solve)
    def changed(**inputs: Any) -> Any:
        found = solve(**inputs)
        if not _same(inputs, instance):
            return found
        steps = [
            replace(step, value=other) if place == at else step
            for place, step in enumerate(found.steps)
        ]
        return replace(found, steps=tuple(steps))

    return changed


def _same(a: Any, b: Any) -> bool:
    """The same input in the same arithmetic."""
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        return a.keys() == b.keys() and all(_same(a[name], b[name]) for name in a)
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and bool((a == b).all())
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and all(map(_same, a, b))
    return type(a) is type(b) and bool(a == b)


def others(value: Any, found: Solution, key: Sequence[Slot]) -> Iterator[Any]:
    """What else a step could show: other entries and paths, the key's other formulas, another text, a number."""
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
