"""One part on somebody's numbers: from what was typed to the page of its report."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from problems.part import Check, InputError, Part, Report
from problems.source import Option

from .inputs import read
from .page import Line, Page, Steps, Style, Table, Value, mark
from .render import whole_numbers

KINDS = {"proof": "proofs", "key": "keys", "check": "checks", "twin": "twins"}
CHECKS: dict[str, Style] = {"": "", "kind": "", "claim": "", "evidence": "aside"}


def defaults(part: Part) -> dict[str, Any]:
    """The homework's own numbers for a part."""
    parameters = inspect.signature(part.load().solve).parameters.values()
    return {p.name: p.default for p in parameters if p.name != "watch"}


def piped(wanted: tuple[Option, ...], typed: Mapping[str, Any]) -> None:
    """Refuse two options that both read standard input."""
    found = [
        o.flag
        for o in wanted
        if "-" in (typed[o.name] if isinstance(typed[o.name], list) else [typed[o.name]])
    ]
    if len(found) > 1:
        raise InputError(
            f"{' and '.join(found)} both read standard input: give one of them as @file"
        )


def solve(part: Part, wanted: tuple[Option, ...], typed: Mapping[str, Any], floating: bool) -> Page:
    """Read what was typed, run the part; the page of its report. Raises InputError."""
    given = {
        o.name: read(o, typed[o.name], floating) for o in wanted if typed[o.name] not in (None, [])
    }
    inputs = {**defaults(part), **given}
    if floating:
        from problems.exact.numbers import in_float64

        inputs = {
            name: True if name == "floating" else in_float64(value)
            for name, value in inputs.items()
        }
    with whole_numbers():
        return reported(_run(part, inputs))


def _run(part: Part, inputs: dict[str, Any]) -> Report:
    from problems import examine  # numpy and sympy: not before a solver is wanted

    if "watch" not in inspect.signature(part.load().solve).parameters:
        return examine.run(part, **inputs)
    from .progress import watching  # rich: not before there is something to watch

    with watching() as watch:
        report = examine.run(part, **inputs, watch=watch)
    report.inputs.pop("watch")  # type: ignore[attr-defined]  # a dict of ours
    return report


def reported(report: Report) -> Page:
    """The page of a report: the worked solution, the checks, the verdict."""
    part, checks = report.part, merged(report.checks)
    found = tallied(checks)
    counted = ", ".join(f"{n} of {of} {KINDS[kind]}" for kind, (n, of) in found.items() if of)
    held = "holds" if report.ok else "does not hold"
    verdict = f"{part.id} {held}: {counted}, {report.seconds:.2f} s"
    blocks = (
        Line(f"{part.id}  {part.title}", "title"),
        Steps(report.solution),
        Table(CHECKS, tuple((mark(c.passed), c.kind, c.claim, c.evidence) for c in checks)),
        Line(verdict, "good" if report.ok else "bad"),
    )
    return Page(told(part, report), blocks, 0 if report.ok else 1)


def tallied(checks: Sequence[Check]) -> dict[str, tuple[int, int]]:
    """Of each kind, how many passed of how many."""
    passed = {kind: [c.passed for c in checks if c.kind == kind] for kind in KINDS}
    return {kind: (sum(found), len(found)) for kind, found in passed.items()}


def merged(checks: Iterable[Check]) -> list[Check]:
    """One check a claim: the first that fails, or else the first."""
    found: dict[tuple[str, str], Check] = {}
    for c in checks:
        kept = found.setdefault((c.kind, c.claim), c)
        if kept.passed and not c.passed:
            found[c.kind, c.claim] = c
    return list(found.values())


def told(part: Part, report: Report | None) -> dict[str, Any]:
    """The data of a report; of none where the part was refused what it was asked."""
    if report is None:
        nothing: dict[str, Any] = {"inputs": {}, "answer": None, "steps": []}
        return {"part": part.id, **nothing, "checks": [], "ok": False, "seconds": None}
    found = report.solution
    return {
        "part": part.id,
        "inputs": {name.rstrip("_"): Value(value) for name, value in report.inputs.items()},
        "answer": Value(found.answer),
        "steps": [
            {"title": s.title, "value": Value(found.value(s)), "why": s.why} for s in found.steps
        ],
        "checks": [asdict(c) for c in report.checks],
        "ok": report.ok,
        "seconds": round(report.seconds, 4),
    }
