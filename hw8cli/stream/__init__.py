"""Streams longer than memory: parts 2 and 4f from npy files to an npy file."""

from __future__ import annotations

import time
from typing import Any

from problems.part import Check, InputError, Part, Report, Solution, Step
from problems.source import Option

from ..progress import watching
from ..render import FORMATS
from .job import Job, planned
from .model import piece
from .run import completed


def stream(part: Part, wanted: tuple[Option, ...], typed: dict[str, Any], style: str) -> int:
    """Run a part from files to a file, write its report, and return the exit code.

    KeyboardInterrupt with a sentence about what is kept; InputError for everything else that stops it.
    """
    try:
        with watching() as watch:
            began = time.perf_counter()
            job = planned(part, wanted, typed)
            report = reported(job, began, *completed(job, watch))
    except OSError as error:
        raise InputError(f"--output: {error.filename or typed['output']} ({error.strerror}): give a path that works") from None
    FORMATS[style](report)
    return 0 if report.ok else 1


def reported(job: Job, began: float, checks: tuple[Check, ...], begun_at: int, seconds: float) -> Report:
    """What the renderers see."""
    target, (name, what) = job.target, job.model.method
    steps = [Step("positions", job.total, f"in pieces of {piece(job.model)}, the last {job.total - job.body} by themselves")]
    if job.resume:
        steps.append(Step("resumed at", begun_at, "what was written before is kept"))
    steps += [
        Step("seconds", round(seconds, 3), "reading, computing and writing"),
        Step("positions a second", round((job.total - begun_at) / seconds), "of those that this run computed"),
        Step("output", f"{target.path}: {target.dtype.name}, {target.shape[0]}×{target.shape[1]}", "complete"),
        Step("method", name, what),
    ]
    answer: dict[str, Any] = {
        "positions": job.total,
        "output": str(target.path),
        "shape": target.shape,
        "dtype": target.dtype.name,
    }
    if job.to_state is not None:
        answer["state"] = str(job.to_state)
        steps.append(Step("state", str(job.to_state), "the next file goes on from it: --from-state"))
    return Report(job.part, job.shown, Solution(answer, tuple(steps)), checks, time.perf_counter() - began)
