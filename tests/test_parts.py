"""The contract that every part keeps, and the layers that must not mix."""

from __future__ import annotations

import ast
import functools
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy as sp
from problems.growth import Growth, log

import problems
from hw8cli.solving import defaults
from problems.part import Part, Solution
from problems.source import key, options

PARTS = list(problems.parts().values())
every_part = pytest.mark.parametrize("part", PARTS, ids=lambda p: p.id)


def test_the_seventeen_parts_in_order() -> None:
    ids = "1a 1b 1c 1d 1e 1f 2 3a 3b 3c 4a 4b 4c 4d 4e 4f 4g"
    assert [p.id for p in PARTS] == ids.split()
    assert len({p.command for p in PARTS}) == 17


@every_part
def test_holds_with_proofs_checks_and_refuted_twins(part: Part) -> None:
    report = part.examine(**defaults(part))
    assert report.ok, [c for c in report.checks if not c.passed]
    kinds = [c.kind for c in report.checks]
    assert kinds.count("proof") >= 1
    assert kinds.count("check") >= 1
    assert kinds.count("twin") >= 4  # three twins and the sentence that there are three


@every_part
def test_every_step_says_why_and_every_option_has_help(part: Part) -> None:
    report = part.run(**defaults(part))
    assert all(step.why.strip() and step.title.strip() for step in report.solution.steps)
    assert len(report.solution.steps) >= 3
    assert all(option.help for option in options(part))


@every_part
def test_the_key_is_data(part: Part) -> None:
    assert key(part) == part.load().ANSWERS


def leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from leaves(inner)
    elif isinstance(value, np.ndarray):
        yield from value.flat
    elif isinstance(value, tuple):
        for inner in value:
            yield from leaves(inner)
    else:
        yield value


@every_part
def test_exact_input_gives_exact_answers(part: Part) -> None:
    measured = {"apart", "largest y"}  # of part 2: how far floating-point FFT is from the others
    module = part.load()
    for instance in (defaults(part), *(g for g in module.GENERIC if not g.get("floating"))):
        answer = {
            name: v for name, v in module.solve(**instance).answer.items() if name not in measured
        }
        assert not [v for v in leaves(answer) if isinstance(v, float)]


def changed(value: Any) -> Iterator[Any]:
    """The value with one thing in it changed, for everything in it."""
    match value:
        case Mapping():
            for name, inner in value.items():
                yield from ({**value, name: other} for other in changed(inner))
        case np.ndarray():
            for at in np.ndindex(*value.shape):
                other = value.copy()
                other[at] = other[at] + 1
                yield other
        case str():
            return
        case tuple():
            yield value[1:] if value else ("1",)
        case Growth():
            for size in value.expr.free_symbols:
                yield from (
                    Growth(value.expr * size),
                    Growth(value.expr * log(size)),
                    Growth(value.expr / size),
                )
        case sp.Set():
            yield sp.Interval(2, 3) if value != sp.Interval(2, 3) else sp.S.EmptySet
        case sp.MatrixBase():
            yield value * 2
        case sp.Expr() if not value.is_commutative:
            yield value + value
        case _:
            yield value + 1


@every_part
def test_no_value_of_the_answer_is_unguarded(part: Part) -> None:
    module = part.load()
    instance = module.GENERIC[0]
    found: Solution = module.solve(**instance)
    for name, value in found.answer.items():
        if name == "apart":
            continue  # differences below rounding are not told apart
        for other in changed(value):
            twin = replace(found, answer={**found.answer, name: other})
            assert not all(c.passed for c in module.check(twin, **instance)), (name, other)


def test_problems_never_import_the_interface() -> None:
    for path in Path(problems.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = (
                [a.name for a in node.names]
                if isinstance(node, ast.Import)
                else [getattr(node, "module", "") or ""]
            )
            roots = (
                {name.partition(".")[0] for name in names}
                if isinstance(node, ast.Import | ast.ImportFrom)
                else set()
            )
            assert not roots & {"typer", "rich", "click", "hw8cli"}, path


@pytest.mark.parametrize("words", [["--help"], ["1f", "--help"]], ids=" ".join)
def test_reading_about_parts_imports_no_solver(words: list[str]) -> None:
    script = f"import sys; sys.argv = ['hw8', *{words}]; from hw8cli.__main__ import main; main()"
    script += "; sys.exit(' '.join({'numpy', 'sympy'} & set(sys.modules)) or None)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_a_check_that_no_twin_fails_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    part = problems.parts()["4a"]
    module = part.load()
    real = module.check
    monkeypatch.setattr(
        module,
        "check",
        lambda found, **inputs: [*real(found, **inputs), problems.part.Check("vacuous", True)],
    )
    report = part.examine(**defaults(part))
    assert [c.claim for c in report.checks if not c.passed] == ["some twin fails: vacuous"]


def test_a_twin_that_slips_through_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    part = problems.parts()["4a"]
    module = part.load()
    monkeypatch.setattr(
        module, "twins", lambda found, **inputs: {"unlooked at": {"extra": Fraction(1)}}
    )
    real = module.solve
    monkeypatch.setattr(
        module, "solve", functools.wraps(real)(lambda **inputs: _with_extra(real(**inputs)))
    )
    report = part.examine(**defaults(part))
    assert "passed every check" in {c.evidence for c in report.checks if not c.passed}


def _with_extra(found: Solution) -> Solution:
    return replace(found, answer={**found.answer, "extra": Fraction(0)})
