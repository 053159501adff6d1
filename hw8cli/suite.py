"""`check-all`: every part examined, and the outcome as a table, JSON, Markdown, JUnit XML or GitHub annotations."""

from __future__ import annotations

import inspect
import json
import multiprocessing
import os
import traceback
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from problems.part import Check, Part, Report
from problems.source import line_of


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one part: its report, or the traceback of its crash."""

    part: Part
    report: Report | None
    crash: str = ""

    @property
    def ok(self) -> bool:
        return self.report is not None and self.report.ok

    @property
    def failures(self) -> list[Check]:
        return [c for c in self.report.checks if not c.passed] if self.report else []


def defaults(part: Part) -> dict[str, object]:
    """The homework's own numbers for a part."""
    parameters = inspect.signature(part.load().solve).parameters.values()
    return {p.name: p.default for p in parameters if p.name != "watch"}


def examine(part: Part) -> Outcome:
    from problems.examine import examine as judge

    """Run everything a part has; a crash becomes its outcome and does not stop the others."""
    try:
        return Outcome(part, judge(part, **defaults(part)))
    except Exception:  # whatever a solver raises is its crash
        return Outcome(part, None, traceback.format_exc())


def run(parts: list[Part], fail_fast: bool) -> Iterator[Outcome]:
    """Outcomes in order; on two processes where they can be forked, so that the solvers are imported once."""
    if "fork" not in multiprocessing.get_all_start_methods() or len(parts) < 2 or (os.cpu_count() or 1) < 2:
        for part in parts:
            yield (outcome := examine(part))
            if fail_fast and not outcome.ok:
                return
        return
    import problems.exact  # noqa: F401  before the fork

    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("fork")) as pool:
        for outcome in pool.map(examine, parts):
            yield outcome
            if fail_fast and not outcome.ok:
                pool.shutdown(cancel_futures=True)
                return


def exit_code(outcomes: list[Outcome]) -> int:
    """0 all hold, 1 something does not, 3 a solver crashed, which comes before 1."""
    return 3 if any(o.crash for o in outcomes) else 0 if all(o.ok for o in outcomes) else 1


def _tally(outcome: Outcome, kind: str) -> str:
    found = [c for c in outcome.report.checks if c.kind == kind] if outcome.report else []
    return f"{sum(c.passed for c in found)}/{len(found)}"


def _summary(outcomes: list[Outcome]) -> str:
    checks = sum(len(o.report.checks) for o in outcomes if o.report)
    held = sum(o.ok for o in outcomes)
    return f"{held} of {len(outcomes)} parts hold, {checks} proofs, checks and twins"


def as_table(outcomes: list[Outcome]) -> None:
    from .render import mark
    from .screen import console, plain, table

    out, rows = console(), table("", "part", "what", "proofs", "checks", "twins refuted", "seconds")
    for o in outcomes:
        counts = [plain("crashed", "bold red")] if o.crash else [plain(_tally(o, kind)) for kind in ("proof", "check", "twin")]
        took = f"{o.report.seconds:.2f}" if o.report else ""
        rows.add_row(
            mark(o.ok), plain(o.part.id, "cyan"), plain(o.part.title), *counts, *([plain("")] * (3 - len(counts))), plain(took)
        )
    out.print(rows)
    for o in outcomes:
        for c in o.failures:
            out.print(plain(f"{o.part.id} {c.kind} {f'on {c.on} ' if c.on else ''}fails: {c.claim}: {c.evidence}", "red"))
        if o.crash:
            out.print(plain(f"{o.part.id} crashed:\n{o.crash}", "red"))
    out.print(plain(f"\n{_summary(outcomes)}", "bold"))


def as_json(outcomes: list[Outcome]) -> None:
    from .render import check_json

    parts = [
        {
            "part": o.part.id,
            "ok": o.ok,
            "checks": [check_json(c) for c in o.report.checks] if o.report else [],
            "seconds": round(o.report.seconds, 4) if o.report else None,
            **({"error": o.crash} if o.crash else {}),
        }
        for o in outcomes
    ]
    print(json.dumps({"schema": 1, "ok": all(o.ok for o in outcomes), "parts": parts}, ensure_ascii=False, indent=2))


def as_markdown(outcomes: list[Outcome]) -> None:
    from .markdown import cell

    print("| | part | what | proofs | checks | twins refuted |\n|---|---|---|---|---|---|")
    for o in outcomes:
        counts = " | ".join(_tally(o, kind) for kind in ("proof", "check", "twin"))
        print(f"| {'✓' if o.ok else '✗'} | {o.part.id} | {cell(o.part.title)} | {counts} |")
    for o in outcomes:
        for c in o.failures:
            print(f"\n- **{o.part.id}** {c.kind} fails: {cell(c.claim)}: {cell(c.evidence)}")
        if o.crash:
            print(f"\n- **{o.part.id}** crashed: `{o.crash.strip().splitlines()[-1]}`")
    print(f"\n{_summary(outcomes)}")


def junit(outcomes: list[Outcome]) -> str:
    """JUnit XML: a suite a part, a case a check."""
    root = ElementTree.Element("testsuites", name="hw8")
    for o in outcomes:
        checks = o.report.checks if o.report else ()
        suite = ElementTree.SubElement(
            root, "testsuite", name=f"{o.part.id} {o.part.command}", tests=str(max(len(checks), 1)),
            failures=str(len(o.failures)), errors=str(int(bool(o.crash))), time=f"{o.report.seconds if o.report else 0:.3f}",
        )  # fmt: skip
        for c in checks:
            case = ElementTree.SubElement(
                suite, "testcase", classname=f"{o.part.id}.{c.kind}", name=f"{c.claim} {c.on}".strip()
            )
            if not c.passed:
                ElementTree.SubElement(case, "failure", message=c.evidence)
        if o.crash:
            case = ElementTree.SubElement(suite, "testcase", classname=o.part.id, name="runs")
            ElementTree.SubElement(case, "error", message=o.crash.strip().splitlines()[-1]).text = o.crash
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True)


def as_junit(outcomes: list[Outcome]) -> None:
    print(junit(outcomes))


def _annotated(words: str) -> str:
    return words.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def as_github(outcomes: list[Outcome]) -> None:
    """Annotations that name the file and the line of the proof, check or twin."""
    where = {"proof": "prove", "check": "check", "twin": "twins"}
    for o in outcomes:
        file = os.path.relpath(o.part.path, Path.cwd())
        for c in o.failures:
            line = line_of(o.part, where[c.kind])
            print(f"::error file={file},line={line},title={o.part.id} {c.kind}::{_annotated(f'{c.claim}: {c.evidence}')}")
        if o.crash:
            print(f"::error file={file},line={line_of(o.part, 'solve')},title={o.part.id} crashed::{_annotated(o.crash)}")
    print(f"::notice title=hw8 check-all::{_summary(outcomes)}")


FORMATS = {"table": as_table, "json": as_json, "markdown": as_markdown, "junit": as_junit, "github": as_github}
