"""Streams longer than memory: parts 2 and 4f from npy files to an npy file."""

from __future__ import annotations

import time
from typing import Any

from problems.part import Check, InputError, Part, Report, Solution, Step
from problems.source import Option

from ..page import Page
from ..progress import watching
from ..solving import reported as page_of
from .job import Job, planned
from .model import piece
from .run import completed


def stream(part: Part, wanted: tuple[Option, ...], typed: dict[str, Any]) -> Page:
    """Run a part from files to a file; the page of its report.

    KeyboardInterrupt with a sentence about what is kept; InputError for everything else that stops
    it.
    """
    try:
        with watching() as watch:
            began = time.perf_counter()
            job = planned(part, wanted, typed)
            return page_of(reported(job, began, *completed(job, watch)))
    except OSError as error:
        raise InputError(
            f"--output: {error.filename or typed['output']} ({error.strerror}): "
            "give a path that works"
        ) from None


def reported(
    job: Job, began: float, checks: tuple[Check, ...], begun_at: int, seconds: float
) -> Report:
    """The run, as the report of its part."""
    target, (name, what) = job.target, job.model.method
    rows, columns = target.shape
    answer: dict[str, Any] = {
        "positions": job.total,
        "output": str(target.path),
        "shape": target.shape,
        "dtype": target.dtype.name,
    }
    working: dict[str, Any] = {
        "seconds": round(seconds, 3),
        "positions a second": round((job.total - begun_at) / seconds),
        "method": name,
    }
    pieces = f"in pieces of {piece(job.model)}, the last {job.total - job.body} by themselves"
    steps = [Step("positions", "positions", pieces)]
    if job.resume:
        working["resumed at"] = begun_at
        steps.append(Step("resumed at", "resumed at", "what was written before is kept"))
    steps += [
        Step("seconds", "seconds", "reading, computing and writing"),
        Step("positions a second", "positions a second", "of those that this run computed"),
        Step("output", "output", f"complete: {target.dtype.name}, {rows}×{columns}"),
        Step("method", "method", what),
    ]
    if job.to_state is not None:
        answer["state"] = str(job.to_state)
        steps.append(Step("state", "state", "the next file goes on from it: --from-state"))
    solution = Solution(answer, tuple(steps), working)
    return Report(job.part, job.shown, solution, checks, time.perf_counter() - began)
