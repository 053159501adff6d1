"""A stream run piece by piece, from a place that is saved: what interrupts it, and how it goes on.

Between pieces nothing but the state is kept, so memory is flat. It is saved beside the output about
once a second and on the way out, after the output's bytes; and as the pieces are the same again, a
resumed run gives the bytes of one never stopped.
"""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import dataclass, field, replace

import numpy as np

from problems.part import Check, InputError, Watch

from .job import Job
from .model import LOST, piece
from .source import source
from .state import Carried, load, save
from .target import Growing, growing

SAVED_EVERY = 1.0  # seconds


@dataclass(frozen=True, slots=True)
class Place:
    """How many positions are done, and the state after them."""

    done: int
    state: Carried


@dataclass
class Run:
    """One run: where it is, and what is on the disk to go on from."""

    job: Job
    file: Growing
    place: Place
    saved: Place
    saved_at: float = field(default_factory=time.monotonic)

    def through(self, watch: Watch) -> Carried:
        """Every piece.

        The last one is written but not counted as done, as its checks begin from the state before.
        """
        job = self.job
        while self.place.done < job.body:
            watch(job.part.command, self.place.done, job.total)
            stop = min(job.body, self.place.done + piece(job.model))
            self.place = Place(stop, self.written(stop))
            if time.monotonic() - self.saved_at >= SAVED_EVERY:
                self.save()
        watch(job.part.command, self.place.done, job.total)
        return self.written(job.total)

    def written(self, stop: int) -> Carried:
        """Compute and write the positions up to `stop`; the state after them."""
        start, model = self.place.done, self.job.model
        rows = [file.rows(start, stop) for file in model.inputs]
        try:
            output, after = model.advance(self.place.state, *rows)
            self.file.put(start, output)
        except InputError as error:
            raise InputError(
                f"{model.inputs[0].flag}: in rows {start} … {stop - 1}: {error}"
            ) from None
        return after

    def save(self) -> None:
        """The output's bytes first, then the state after them."""
        os.fsync(self.file.descriptor)
        record = json.dumps({"identity": self.job.identity, "replaces": self.job.replaces})
        save(
            self.job.target.state,
            {**self.place.state, "done": self.place.done, "run": np.array(record)},
        )
        self.saved, self.saved_at = self.place, time.monotonic()

    def kept(self) -> str:
        """On the way out: save, drop what lies behind, and say what --resume goes on from."""
        self.file.cut(self.place.done)  # on a full disk this makes the room that the state takes
        try:
            self.save()
        except OSError as error:
            print(f"hw8: the state could not be saved anew ({error.strerror})", file=sys.stderr)
        return f"{self.saved.done:,} of {self.job.total:,} positions are kept"

    @property
    def again(self) -> str:
        """How to go on."""
        return (
            f"repeat the command with --resume{' in place of --force' if self.job.replaces else ''}"
        )

    def left(self) -> str:
        """What a run that was refused half-way leaves: nothing, where there was nothing yet."""
        if self.place.done or self.job.resume:
            return (
                f"; {self.kept()}, "
                "and --resume goes on from there if the ends of the files are the same"
            )
        self.file.discard()
        return ""


def completed(job: Job, watch: Watch) -> tuple[tuple[Check, ...], int, float]:
    """Run, check, and give the output its name.

    The checks, the positions that were there, the seconds without the checks.
    """
    began = time.perf_counter()
    flags = 0 if job.resume else os.O_CREAT | (0 if job.replaces else os.O_EXCL)
    with growing(job.target, flags) as file:
        now = resumed(job, file) if job.resume else started(job, file)
        begun_at = now.place.done
        try:
            end = now.through(watch)
            seconds = time.perf_counter() - began
            first, last = min(job.model.first, job.total), job.total
            checks = (
                compared(
                    job,
                    Place(0, job.start),
                    first,
                    "the first positions are those of the plain reference",
                ),
                compared(
                    job,
                    now.place,
                    last,
                    "the last positions are those of the plain reference from the state there",
                ),
            )
            now.save()
            if job.to_state is not None:
                save(job.to_state, end)
        except KeyboardInterrupt:
            raise KeyboardInterrupt(
                f"hw8: interrupted: {now.kept()}; {now.again} to go on"
            ) from None
        except InputError as error:
            raise InputError(f"{error}{now.left()}") from None
        except OSError as error:
            why = f"cannot write {error.filename or job.target.partial} ({error.strerror})"
            raise InputError(f"--output: {why}: {now.kept()}; mend that and {now.again}") from None
        file.finish()  # outside, as nothing may be cut once it has its name
    return checks, begun_at, seconds


def started(job: Job, file: Growing) -> Run:
    """From the beginning, with a state on the disk before anything else."""
    now = Run(job, file, Place(0, job.start), Place(0, job.start))
    try:
        file.start()
        now.save()
    except OSError:
        file.discard()
        raise
    return now


def resumed(job: Job, file: Growing) -> Run:
    """Where the interrupted run was, if it is the same; what it wrote after that is dropped."""
    target = job.target
    try:
        found = load(target.state)
        record, done = json.loads(str(found["run"])), int(found["done"])
        identity, replaces = dict(record["identity"]), bool(record["replaces"])
        state = job.model.read(found) if identity == job.identity else {}
    except OSError as error:
        raise InputError(
            f"--resume: cannot read {target.state} ({error.strerror}): start anew with --force"
        ) from None
    except (KeyError, TypeError, ValueError):
        raise InputError(
            f"--resume: {target.state} is no state of an interrupted run: start anew with --force"
        ) from None
    for name in sorted({*identity, *job.identity}):
        if identity.get(name) != job.identity.get(name):
            raise InputError(
                f"--resume: {name} is not what it was in the interrupted run: "
                "give the same, or start anew with --force"
            )
    if target.path.exists() and not replaces:
        raise InputError(
            f"--output: {target.path} has appeared since the interrupted run began: move it away"
        )
    if not 0 <= done <= job.body or target.partial.stat().st_size < target.place(done):
        raise InputError(
            f"--resume: {target.partial} is shorter than its state says: start anew with --force"
        )
    file.cut(done)
    return Run(replace(job, replaces=replaces), file, Place(done, state), Place(done, state))


def compared(job: Job, place: Place, stop: int, claim: str) -> Check:
    """The file from a place on, against the plain reference begun from the state there."""
    start = place.done
    want = job.model.plainly(
        place.state, *(source.rows(start, stop) for source in job.model.inputs)
    )
    within = want.within + (
        float(np.finfo(np.float32).eps) if job.target.dtype.itemsize == 4 else 0
    )
    # outputs in which all cancels are only rounding
    scale = max(float(np.abs(want.output).max()), 1e-4 * want.terms)
    found = source("--output", job.target.partial).rows(start, stop)
    apart = float(np.abs(found - want.output).max())
    share = apart / scale if scale else apart
    evidence = (
        f"positions {start} … {stop - 1}: apart by {share:.1g} of the largest, {within:.1g} allowed"
    )
    if want.within == LOST:
        evidence += "; the state is so ill-conditioned that float64 loses it"
    return Check(claim, apart <= within * scale, evidence, on="these inputs")
