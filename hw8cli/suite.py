"""`check-all`: every part examined, and the page of what became of them."""

from __future__ import annotations

import gc
import multiprocessing
import os
import traceback
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from problems.part import Check, Part, Report
from problems.source import line_of

from .page import Block, Line, Page, Style, Table, mark
from .solving import defaults, tallied

COLUMNS: dict[str, Style] = {
    **{"": "", "part": "name", "what": "", "proofs": "", "key": "", "checks": ""},
    **{"twins refuted": "", "seconds": ""},
}
CHECK = tuple(field.name for field in fields(Check))
WHERE = {"proof": "prove", "check": "check", "key": "cases", "twin": "check"}  # what a fault is of


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one part: its report, or the traceback of its crash."""

    part: Part
    report: Report | None
    crash: str = ""

    @property
    def ok(self) -> bool:
        return self.report is not None and self.report.ok


def examine(part: Part) -> Outcome:
    """Run everything a part has; a crash becomes its outcome and does not stop the others."""
    from problems import examine as judge  # numpy and sympy: not before a part is examined

    try:
        return Outcome(part, judge.examine(part, **defaults(part)))
    except Exception:  # whatever a solver raises is its crash
        return Outcome(part, None, traceback.format_exc())


def run(parts: list[Part], fail_fast: bool) -> Iterator[Outcome]:
    """Outcomes in order; on two processes where they can be forked, the libraries imported once."""
    if (
        "fork" not in multiprocessing.get_all_start_methods()
        or len(parts) < 2
        or (os.cpu_count() or 1) < 2
    ):
        for part in parts:
            yield (outcome := examine(part))
            if fail_fast and not outcome.ok:
                return
        return
    import problems.examine  # noqa: F401  before the fork, as what follows
    from problems.answers import choices, entries, formulas, rates, sets  # noqa: F401

    gc.freeze()  # what is imported stays: no collection of either process looks through it again
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("fork")) as pool:
        for outcome in pool.map(examine, parts):
            yield outcome
            if fail_fast and not outcome.ok:
                pool.shutdown(cancel_futures=True)
                return


def reported(outcomes: list[Outcome]) -> Page:
    """Exit code 0: all hold; 1: something does not; 3: a solver crashed, which comes before 1."""
    checks = sum(len(o.report.checks) for o in outcomes if o.report)
    held = sum(o.ok for o in outcomes)
    blocks: tuple[Block, ...] = (
        Table(COLUMNS, tuple(_row(o) for o in outcomes)),
        *(fault for o in outcomes for fault in _faults(o)),
        Line(f"{held} of {len(outcomes)} parts hold, {checks} proofs, checks and twins", "strong"),
    )
    code = 3 if any(o.crash for o in outcomes) else 0 if held == len(outcomes) else 1
    return Page({"ok": held == len(outcomes), "parts": [_told(o) for o in outcomes]}, blocks, code)


def _row(outcome: Outcome) -> tuple[str | Line, ...]:
    part, report = outcome.part, outcome.report
    if report is None:
        return mark(False), part.id, part.title, Line("crashed", "bad"), "", "", "", ""
    tallies = [f"{passed}/{of}" for passed, of in tallied(report.checks).values()]
    return mark(outcome.ok), part.id, part.title, *tallies, f"{report.seconds:.2f}"


def _faults(outcome: Outcome) -> Iterator[Line]:
    """What does not hold, with the file and the line of the proof, check or twin."""
    part = outcome.part
    file = os.path.relpath(part.path, Path.cwd())
    for c in outcome.report.checks if outcome.report else ():
        if not c.passed:
            words = (
                f"{part.id} {c.kind} {f'on {c.on} ' if c.on else ''}fails: {c.claim}: {c.evidence}"
            )
            yield Line(words, "bad", (file, line_of(part, WHERE[c.kind])))
    if outcome.crash:
        yield Line(f"{part.id} crashed:\n{outcome.crash}", "bad", (file, line_of(part, "solve")))


def _told(outcome: Outcome) -> dict[str, Any]:
    report = outcome.report
    return {
        "part": outcome.part.id,
        "command": outcome.part.command,
        "ok": outcome.ok,
        "checks": [{name: getattr(c, name) for name in CHECK} for c in report.checks]
        if report
        else [],
        "seconds": round(report.seconds, 4) if report else None,
        **({"error": outcome.crash} if outcome.crash else {}),
    }
