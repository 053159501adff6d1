"""Whether a reader can be shown a wrong step: one value replaced at a time, and the judge asked."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp

MEASURED = re.compile(
    r"[\d.e+-]+ s|left out"
)  # seconds that a step took: true of one run, so that nothing can check them


def unguarded(part_id: str) -> list[tuple[str, int, str]]:
    """(fate, number of the step, what was replaced) for each step, instance and other value.

    The fate is "lives" where the judge is as content with the other value.
    """
    import problems
    from hw8cli.suite import defaults, examine

    part = problems.parts()[part_id]
    module, found = part.load(), []
    solve = module.solve
    for on, instance in {
        "the sheet's numbers": defaults(part),
        **{f"generic {n}": g for n, g in _numbered(module)},
    }.items():
        for at, step in enumerate(solve(**instance).steps):
            for other in () if step.value is None else others(step.value):
                module.solve = _replaced(solve, instance, at, other)
                outcome = examine(part)
                fate = "lives" if outcome.ok else "crash" if outcome.crash else "checks"
                found.append(
                    (
                        fate,
                        at + 1,
                        f"{step.title} on {on}: {_short(step.value)}  ->  {_short(other)}",
                    )
                )
    module.solve = solve
    return found


def _numbered(module: Any) -> Iterator[tuple[int, Mapping[str, Any]]]:
    return enumerate(module.GENERIC, 1)


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


def others(value: Any) -> Iterator[Any]:
    """Other values of the same type, one change each: of many entries the first and the last."""
    match value:
        case str():
            if not MEASURED.fullmatch(value):
                yield f"{value} + 1"
        case bool() | np.bool_():
            yield not value
        case int() | Fraction() | float() | complex() | np.number():
            yield value + 1
        case np.ndarray() | Mapping() | tuple() | list():
            yield from _other_entries(value)
        case _:
            yield from _other_expressions(value)


def _other_entries(value: Any) -> Iterator[Any]:
    match value:
        case np.ndarray(size=0):
            yield np.ones([max(length, 1) for length in value.shape], value.dtype)
        case np.ndarray():
            for at in _ends([*np.ndindex(*value.shape)]):
                for entry in others(value[at]):
                    other = value.copy()
                    other[at] = entry
                    yield other
        case Mapping() if not value:
            yield {"another": 1}
        case Mapping():
            for name in _ends([*value]):
                yield from ({**value, name: other} for other in others(value[name]))
        case _:
            for at in _ends([*range(len(value))]):
                yield from (
                    type(value)([*value[:at], other, *value[at + 1 :]])
                    for other in others(value[at])
                )
            yield value[:-1] if value else type(value)([1])


def _ends(names: list[Any]) -> list[Any]:
    return [*dict.fromkeys([*names[:1], *names[-1:]])]


def _other_expressions(value: Any) -> Iterator[Any]:
    match value:
        case sp.Interval():
            yield sp.Interval(value.start - 1, value.end + 1, value.left_open, value.right_open)
            yield sp.S.EmptySet
        case sp.Set():
            yield sp.Interval(2, 3)
        case sp.MatrixBase():
            yield value * 2 if value.is_zero_matrix is False else value + sp.ones(*value.shape)
        case sp.core.relational.Relational():
            yield type(value)(value.lhs, value.rhs + 1, evaluate=False)
        case sp.Expr():
            yield value + (1 if value.is_commutative else value)
        case _ if is_dataclass(value) and not isinstance(value, type):
            yield from _other_data(value)
        case _:
            raise _unknown(value)


def _unknown(value: Any) -> TypeError:
    kind = type(value).__name__
    return TypeError(
        f"{kind} in a step: no other value is known, add one in tests/mutants/steps.py"
    )


def _other_data(value: Any) -> Iterator[Any]:
    """A rate or a formula of ours, with one field another: its expression, or its text."""
    for name in ("expr", "exact", "right", "text"):
        if name in {field.name for field in fields(value)}:
            inner = getattr(value, name)
            sizes = sorted(getattr(inner, "free_symbols", ()), key=str)
            yield from (replace(value, **{name: inner * size}) for size in sizes[:1])
            if not sizes:
                yield from (replace(value, **{name: other}) for other in others(inner))
            return
    raise _unknown(value)
