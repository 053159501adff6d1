"""One part's report, written as a table, JSON, Markdown or LaTeX."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from rich.text import Text

from problems.part import Check, Report

from .markdown import cell
from .screen import NARROW, console, plain, table
from .values import as_json, block, escaped, latex


def verdict(ok: bool) -> Text:
    return plain("holds", "bold green") if ok else plain("does not hold", "bold red")


def mark(passed: bool) -> Text:
    return plain("✓", "green") if passed else plain("✗", "bold red")


def merged(checks: Iterable[Check]) -> list[Check]:
    """One check a claim: the first that fails, or else the first."""
    found: dict[tuple[str, str], Check] = {}
    for c in checks:
        kept = found.setdefault((c.kind, c.claim), c)
        if kept.passed and not c.passed:
            found[c.kind, c.claim] = c
    return list(found.values())


def as_table(report: Report) -> None:
    out = console()
    narrow = out.width < NARROW
    out.print(plain(f"{report.part.id}  {report.part.title}", "bold"))
    working = table("step", "value") if narrow else table("step", "value", "because")
    for step in report.solution.steps:
        value = plain(block(report.solution.value(step)))
        if narrow:
            value.append("\n" if value.plain else "").append(step.why, "dim")
            working.add_row(plain(step.title, "cyan"), value)
        else:
            working.add_row(plain(step.title, "cyan"), value, plain(step.why, "dim"))
        working.add_section() if narrow else None
    out.print(working)
    out.print()
    checks = table("", "kind", "claim", "evidence")
    for c in merged(report.checks):
        checks.add_row(mark(c.passed), plain(c.kind), plain(c.claim), plain(c.evidence, "dim"))
    out.print(checks)
    out.print(Text.assemble(f"\n{report.part.id} ", verdict(report.ok), f": {counted(report)}, {report.seconds:.2f} s"))


def counted(report: Report) -> str:
    kinds = [(kind, [c for c in merged(report.checks) if c.kind == kind]) for kind in ("proof", "check", "twin")]
    return ", ".join(f"{sum(c.passed for c in found)} of {len(found)} {kind}s" for kind, found in kinds if found)


def envelope(part: str | None, report: Report | None = None, error: str | None = None) -> dict[str, Any]:
    """The JSON of a report, or of an error in its place."""
    out: dict[str, Any] = {"schema": 1, "part": part, "inputs": {}, "answer": None, "steps": [], "checks": [], "ok": False}
    if report is not None:
        out |= {
            "inputs": {name.rstrip("_"): as_json(value) for name, value in report.inputs.items()},
            "answer": as_json(report.solution.answer),
            "steps": [{"title": s.title, "value": as_json(report.solution.value(s)), "why": s.why} for s in report.solution.steps],
            "checks": [check_json(c) for c in report.checks],
            "ok": report.ok,
            "seconds": round(report.seconds, 4),
        }
    return out if error is None else {**out, "error": error}


def check_json(c: Check) -> dict[str, Any]:
    return {"claim": c.claim, "kind": c.kind, "on": c.on, "passed": bool(c.passed), "evidence": c.evidence}


def as_json_text(report: Report) -> None:
    print(json.dumps(envelope(report.part.id, report), ensure_ascii=False, indent=2))


def as_markdown(report: Report) -> None:
    lines = [f"## {report.part.id} {cell(report.part.title)}", "", "| step | value | because |", "|---|---|---|"]
    lines += [f"| {cell(s.title)} | {cell(block(report.solution.value(s)))} | {cell(s.why)} |" for s in report.solution.steps]
    lines += ["", "| | kind | claim | evidence |", "|---|---|---|---|"]
    lines += [
        f"| {'✓' if c.passed else '✗'} | {c.kind} | {cell(c.claim)} | {cell(c.evidence)} |" for c in merged(report.checks)
    ]
    lines += ["", f"**{report.part.id} {'holds' if report.ok else 'does not hold'}**: {counted(report)}."]
    print("\n".join(lines))


def as_latex(report: Report) -> None:
    """A fragment for XeLaTeX or LuaLaTeX with amsmath: the text keeps its Unicode."""
    lines = [f"\\subsection*{{{escaped(f'{report.part.id} {report.part.title}')}}}", "\\begin{enumerate}"]
    for step in report.solution.steps:
        value = f"\\[ {latex(report.solution.value(step))} \\]" if step.value is not None else ""
        lines.append(f"  \\item {escaped(step.title)} {value} {escaped(step.why)}.")
    lines += ["\\end{enumerate}", "\\begin{itemize}"]
    for c in merged(report.checks):
        tick = "$\\checkmark$" if c.passed else "$\\times$"
        lines.append(f"  \\item[{tick}] {escaped(f'{c.kind}: {c.claim} ({c.evidence})')}")
    print("\n".join([*lines, "\\end{itemize}"]))


FORMATS = {"table": as_table, "json": as_json_text, "markdown": as_markdown, "latex": as_latex}
