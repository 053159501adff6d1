"""The contract that every part keeps, and that the judge sees where it is not kept."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest
import sympy as sp

import problems
from hw8cli.solving import defaults
from problems import examine
from problems.exact import some
from problems.examine import Instance, agreement, another, instances_of
from problems.formulas.formula import Formula
from problems.part import Check, Part, Report, Solution, Step
from problems.source import key, options

PARTS = list(problems.parts().values())
every_part = pytest.mark.parametrize("part", PARTS, ids=lambda p: p.id)


def instances(part: Part) -> list[Instance]:
    return instances_of(part.load(), defaults(part))


def faults(report: Report) -> list[str]:
    return [c.claim for c in report.checks if not c.passed]


def test_the_seventeen_parts_in_order() -> None:
    ids = "1a 1b 1c 1d 1e 1f 2 3a 3b 3c 4a 4b 4c 4d 4e 4f 4g"
    assert [p.id for p in PARTS] == ids.split()
    assert len({p.command for p in PARTS}) == 17


@every_part
def test_holds_with_proofs_a_key_checks_and_refuted_twins(part: Part) -> None:
    report = examine.examine(part, **defaults(part))
    assert report.ok, faults(report)
    kinds = [c.kind for c in report.checks]
    for kind in ("proof", "key", "check", "twin"):
        assert kinds.count(kind) >= 1
    twins = [f"{s.name}: {name}: {text}" for s in key(part) for name, text in s.twins.items()]
    assert {*twins} <= {c.claim for c in report.checks if c.kind == "twin"}


@every_part
def test_every_step_says_why_and_every_option_has_help(part: Part) -> None:
    for instance in instances(part):
        steps = instance.found.steps
        assert all(step.why.strip() and step.title.strip() for step in steps)
        assert len(steps) >= 3
    assert all(option.help for option in options(part))


@every_part
def test_the_key_is_data(part: Part) -> None:
    assert key(part) == part.load().KEY


def leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from leaves(inner)
    elif isinstance(value, np.ndarray | tuple | list):
        for inner in value.flat if isinstance(value, np.ndarray) else value:
            yield from leaves(inner)
    elif isinstance(value, sp.MatrixBase):
        yield from value
    else:
        yield value


def entries(part: Part, found: Solution) -> dict[str, Any]:
    """Everything that was found but what is measured, as times are."""
    measured = getattr(part.load(), "MEASURED", ())
    return {n: v for n, v in {**found.answer, **found.working}.items() if n not in measured}


@every_part
def test_exact_input_gives_exact_answers(part: Part) -> None:
    for instance in instances(part):
        if instance.is_exact:
            values = entries(part, instance.found).values()
            assert not [x for v in values for x in leaves(v) if isinstance(x, float | sp.Float)]


def changed(value: Any) -> Iterator[Any]:
    """The value with one leaf changed, for every leaf; of long arrays those that checks sample."""
    match value:
        case Mapping():
            for name, inner in value.items():
                yield from ({**value, name: other} for other in changed(inner))
        case np.ndarray() | sp.MatrixBase():
            for place in product(*map(some, value.shape)):
                yield _with_another(value, place)
        case tuple() if value:
            for at, inner in enumerate(value):
                yield from ((*value[:at], other, *value[at + 1 :]) for other in changed(inner))
            yield value[1:]
        case sp.Expr() if value.free_symbols:  # a count, or a closed form
            yield value + 1
            yield from (value * size for size in sorted(value.free_symbols, key=str))
        case _:
            yield from another(value)


def _with_another(value: Any, at: tuple[int, ...]) -> Any:
    other: Any = value.copy() if isinstance(value, np.ndarray) else value.as_mutable()
    other[at] = other[at] + 1
    return other if isinstance(value, np.ndarray) else other.as_immutable()


@every_part
def test_no_leaf_of_any_entry_is_unguarded_on_any_instance(part: Part) -> None:
    for instance in instances(part):
        found = instance.found
        for name, value in entries(part, found).items():
            for other in changed(value):
                wrong = found.having(name, other)
                fails = any(not c.passed for c in instance.checks(wrong))
                assert fails, (instance.on, name, other)


@pytest.mark.parametrize("words", [["--help"], ["1f", "--help"], ["list"], ["show", "1f"]], ids=str)
def test_reading_about_parts_imports_no_solver(words: list[str]) -> None:
    script = f"import sys; sys.argv = ['hw8', *{words}]\n"
    script += "from hw8cli.__main__ import main\ntry: main()\nexcept SystemExit: pass\n"
    script += "sys.exit(' '.join({'numpy', 'sympy'} & set(sys.modules)) or None)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def wrongly_solved(monkeypatch: pytest.MonkeyPatch, module: Any, wrong: Any) -> None:
    """`solve` in whose place something else is found, everywhere."""
    real = module.solve

    def solve(**inputs: Any) -> Solution:
        found: Solution = wrong(real(**inputs))
        return found

    solve.__defaults__, solve.__annotations__ = real.__defaults__, real.__annotations__
    monkeypatch.setattr(module, "solve", solve)


def test_a_check_that_nothing_fails_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    part = problems.parts()["4a"]
    module = part.load()
    real = module.check
    monkeypatch.setattr(
        module,
        "check",
        lambda found, **inputs: [*real(found, **inputs), Check("vacuous", True)],
    )
    report = examine.examine(part, **defaults(part))
    assert faults(report) == ["something fails: vacuous"]


@pytest.mark.parametrize("in_answer", [True, False])
def test_an_entry_that_nobody_guards_is_a_failure(
    monkeypatch: pytest.MonkeyPatch, in_answer: bool
) -> None:
    part = problems.parts()["4a"]

    def with_extra(found: Solution) -> Solution:
        steps = (*found.steps, Step("extra", "extra", "nobody asks for it"))
        if in_answer:
            return replace(found, steps=steps, answer={**found.answer, "extra": 0})
        return replace(found, steps=steps, working={**found.working, "extra": 0})

    asked = defaults(part)
    wrongly_solved(monkeypatch, part.load(), with_extra)
    assert {*faults(examine.examine(part, **asked))} == {"every entry is guarded"}


HIDDEN = "every entry is shown by exactly one step"
SHOWN = "every step shows an entry or the key"
KEYS = "every formula of the key is shown, the same on every instance"


@pytest.mark.parametrize(
    ("step", "wanted"),
    [
        (lambda found: found.steps[:-1], {HIDDEN}),
        (lambda found: (*found.steps, found.steps[-1]), {HIDDEN}),
        (lambda found: (*found.steps, Step("one", "no entry", "why")), {SHOWN}),
        (lambda found: (*found.steps, Step("one", Formula("2"), "why")), {SHOWN}),
        (lambda found: [s for s in found.steps if not isinstance(s.value, Formula)], {KEYS}),
    ],
    ids=["hidden", "twice", "no entry", "no formula of the key", "the key is not shown"],
)
def test_what_a_step_may_show(monkeypatch: pytest.MonkeyPatch, step: Any, wanted: set[str]) -> None:
    part = problems.parts()["4a"]
    asked = defaults(part)
    wrongly_solved(monkeypatch, part.load(), lambda found: replace(found, steps=(*step(found),)))
    assert {*faults(examine.examine(part, **asked))} == wanted


def test_floats_in_an_exact_answer_are_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    part = problems.parts()["4a"]

    def floated(found: Solution) -> Solution:
        return replace(
            found, answer={**found.answer, "update": found.answer["update"].astype(float)}
        )

    asked = defaults(part)
    wrongly_solved(monkeypatch, part.load(), floated)
    assert "exact numbers in, exact numbers out" in faults(examine.examine(part, **asked))


def test_another_answer_than_in_float64_is_a_failure() -> None:
    generic = instances(problems.parts()["4a"])[1]
    wrong = generic.found.having("update", generic.found.answer["update"] * 2)
    assert [c.passed for c in agreement(generic)] == [True]
    assert [c.passed for c in agreement(generic, wrong)] == [False]
