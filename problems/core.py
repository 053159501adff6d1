"""The types every part is written in. Standard library only, so that listing the parts imports no solver."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import Any, Literal

Kind = Literal["proof", "check", "twin"]
Watch = Callable[[str, int, int], None]  # called as watch(what, done, of_how_many) while something long runs


class InputError(ValueError):
    """The question was ill-posed; the message names the option, the value and the fix."""


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the worked solution: a heading, what it equals, and why."""

    title: str
    value: Any
    why: str


@dataclass(frozen=True, slots=True)
class Check:
    """One claim and what became of it. A value, so it cannot be dropped unseen.

    The claim is the same text for every input; what depends on the numbers stands in the evidence.
    """

    claim: str
    passed: bool
    evidence: str = ""
    kind: Kind = "check"
    on: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """One slot of the key, as data: what is asked there and what is right. Literals only: it is read unimported."""

    slot: str
    kind: Literal["number", "vector", "matrix", "scalar", "matrix_expr", "interval", "complexity", "choice", "select_all"]
    reference: str
    symbols: Mapping[str, str] = field(default_factory=dict)  # name -> shape and properties
    assuming: tuple[str, ...] = ()  # what the reference rests on
    also: Mapping[str, str] = field(default_factory=dict)  # another right answer -> under which assumption
    where: tuple[str, ...] = ()  # conditions on sizes, as d < n
    names: tuple[str, ...] = ()  # what an answer may call itself on the left of =
    facts: tuple[str, ...] = ()  # true statements that an answer may add
    twins: Mapping[str, str] = field(default_factory=dict)  # wrong answers, each of which must be refuted


@dataclass(frozen=True, slots=True)
class Solution:
    """What a solver returns: the answer, and how it was reached."""

    answer: Mapping[str, Any]
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """One run of one part: what the renderers see."""

    part: Part
    inputs: Mapping[str, Any]
    solution: Solution
    checks: tuple[Check, ...]
    seconds: float

    @property
    def ok(self) -> bool:
        """True if there was something to check and all of it passed."""
        return bool(self.checks) and all(c.passed for c in self.checks)


@dataclass(frozen=True, slots=True)
class Part:
    """A homework part that has been found but not yet imported.

    Its module holds `solve`, `prove`, `check`, `twins`, `GENERIC` (inputs outside the homework's blind spots, one for
    each branch of `solve`) and `ANSWERS`, the key.
    """

    id: str
    command: str
    title: str
    path: str = field(repr=False)

    def load(self) -> Any:
        """Import the solver."""
        return import_module(f"problems.{self.path.rpartition('/')[2].removesuffix('.py')}")

    def run(self, **inputs: Any) -> Report:
        """Solve, prove, and check: on these inputs, and on the first generic instance."""
        began, m = time.perf_counter(), self.load()
        from .exact import agreement, in_floating_point, within_float64  # numpy: not before a solver is wanted

        with within_float64():
            solution = m.solve(**inputs)
            found = [replace(c, on="these inputs") for c in m.check(solution, **inputs)]
        checks = [*(replace(c, kind="proof") for c in m.prove()), *found]
        generic = m.solve(**m.GENERIC[0])
        checks += [replace(c, on="generic 1") for c in m.check(generic, **m.GENERIC[0])]
        checks += [replace(c, on="generic 1") for c in agreement(generic, in_floating_point(m), getattr(m, "MEASURED", ()))]
        return Report(self, inputs, solution, tuple(checks), time.perf_counter() - began)

    def examine(self, **inputs: Any) -> Report:
        """`run`, then every generic instance, with every wrong twin put through the same checks.

        A twin must fail wherever it differs from the right answer, and it must differ somewhere; a check that no twin
        can fail proves nothing, so it fails here.
        """
        from .exact import (
            agreement,
            exact_throughout,
            in_float64,
            in_floating_point,
            unchanged,
            within_float64,
        )  # numpy: not before a solver is wanted

        began, report, m = time.perf_counter(), self.run(**inputs), self.load()
        checks, fallible, outcomes = list(report.checks), set[str](), dict[str, list[str]]()
        floating = in_floating_point(m)
        claims = {c.claim for c in checks if c.kind == "check"}
        for number, instance in enumerate(m.GENERIC, 1):
            found = m.solve(**instance)
            if number > 1:
                checks += [replace(c, on=f"generic {number}") for c in m.check(found, **instance)]
            for name, wrong in m.twins(found, **instance).items():
                failures = outcomes.setdefault(name, [])
                if all(unchanged(wrong[key], found.answer[key]) for key in wrong):
                    continue
                failed, twin = [], replace(found, answer={**found.answer, **wrong})
                if number == 1:  # not counted as a refutation: it would refute any number
                    fallible.update(c.claim for c in agreement(twin, floating, ()) if not c.passed)
                for c in m.check(twin, **instance):
                    failed += [] if c.passed else [c.claim]
                    if failed and fallible >= claims:
                        break  # refuted, and there is no check left to show fallible
                fallible.update(failed)
                failures.append(failed[0] if failed else "")
        exactly = m.solve(**m.GENERIC[0]).answer
        measured = getattr(m, "MEASURED", ())
        loose = [name for name, value in exactly.items() if name not in measured and not exact_throughout(value)]
        checks.append(Check("exact numbers in, exact numbers out", not loose, ", ".join(loose), "proof"))
        floated = {name: in_float64(value) for name, value in m.GENERIC[0].items()}
        with within_float64():
            checks += [replace(c, on="generic 1 in float64") for c in m.check(floating, **floated)]
        checks += [_twin(name, failures) for name, failures in outcomes.items()]
        checks.append(Check("at least three wrong twins", len(outcomes) >= 3, f"{len(outcomes)} twins", "twin"))
        for claim in dict.fromkeys(c.claim for c in checks if c.kind == "check"):
            if claim not in fallible:
                checks.append(Check(f"some twin fails: {claim}", False, "no twin does: it would pass anything", "twin"))
        return replace(report, checks=tuple(checks), seconds=time.perf_counter() - began)


def _twin(name: str, failures: list[str]) -> Check:
    """`failures`: for each instance on which the twin is wrong, the first check that it failed, or nothing."""
    if not failures:
        return Check(name, False, "differs from the right answer on no generic instance", "twin")
    if "" in failures:
        return Check(name, False, "passed every check", "twin")
    return Check(name, True, f"refuted by: {failures[0]}", "twin")
