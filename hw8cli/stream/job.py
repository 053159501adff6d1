"""A stream that was asked for: what is read, what is written, and what is refused before either."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from problems.exact.numbers import in_float64, positive
from problems.exact.system import fits
from problems.numeric import StateSpace
from problems.part import InputError, Part
from problems.source import Option

from ..files import refuse
from ..inputs import read
from ..solving import defaults
from .model import Causal, Forward, Model, piece
from .source import Source, source
from .state import Carried, load
from .target import Target

LAST = 64  # positions that are a piece by themselves, compared with the plain reference


@dataclass(frozen=True)
class Job:
    """What was asked for."""

    part: Part
    model: Model
    target: Target
    shown: dict[str, Any]  # the inputs, as the report shows them
    start: Carried
    to_state: Path | None
    resume: bool
    replaces: bool  # what has the final names already
    identity: dict[str, str]  # what a run that goes on with it must have too

    @property
    def total(self) -> int:
        """Positions."""
        return self.target.shape[0]

    @property
    def body(self) -> int:
        """Where the last piece begins, which is compared with the plain reference."""
        return max(0, self.total - LAST)


def planned(part: Part, wanted: tuple[Option, ...], typed: dict[str, Any]) -> Job:
    """Everything read but the streams themselves; nothing is written yet."""
    output = Path(typed["output"])
    from_state, to_state = (
        None if typed[name] is None else Path(typed[name]) for name in ("from_state", "to_state")
    )
    beside = Target(output, (0, 0), np.dtype(float))
    _refuse_what_is_there(beside, to_state, typed["resume"], typed["force"])
    model, shown = (_forward if part.id == "2" else _causal)(part, wanted, typed)
    given = [
        Path(text[1:]) for text in typed.values() if isinstance(text, str) and text.startswith("@")
    ]
    reads = [*given, *(file.path for file in model.inputs), *([from_state] if from_state else [])]
    writes = [("--output", path) for path in (output, beside.partial, beside.state)]
    _refuse_to_write_over(reads, [*writes, *([("--to-state", to_state)] if to_state else [])])
    start = _from_file(model, from_state) if from_state else model.begin()
    single = all((file.dtype.kind, file.dtype.itemsize) == ("f", 4) for file in model.inputs)
    target = Target(
        output, (model.inputs[0].shape[0], model.columns), np.dtype("f4" if single else "f8")
    )
    identity = {
        "the part": part.id,
        "the size of a piece": str(piece(model)),
        **model.identity(),
        **{
            ("--input" if file.flag == "--u" else file.flag): file.fingerprint()
            for file in model.inputs
        },
        "--from-state": hashlib.sha256(from_state.read_bytes()).hexdigest() if from_state else "",
        "--to-state": str(to_state.resolve()) if to_state else "",
    }
    shown |= {"from_state": str(from_state)} if from_state else {}
    return Job(
        part, model, target, shown, start, to_state, typed["resume"], typed["force"], identity
    )


def _refuse_what_is_there(target: Target, to_state: Path | None, resume: bool, force: bool) -> None:
    if resume and force:
        raise InputError("--resume goes on and --force starts anew: give one of them")
    if resume and not target.partial.exists():
        why = (
            f"{target.path} is complete"
            if target.path.exists()
            else f"there is no {target.partial}"
        )
        raise InputError(f"--resume: {why}, so there is nothing to resume: leave --resume out")
    if target.partial.exists() and not (resume or force):
        left = f"--output: an interrupted run left {target.partial}"
        raise InputError(f"{left}: add --resume to go on with it, or --force to start anew")
    for flag, path, ending in (("--output", target.path, ".npy"), ("--to-state", to_state, ".npz")):
        if path is None:
            continue
        if path.suffix != ending:
            raise InputError(f"{flag} is {str(path)!r}: let it end in {ending}")
        if path.name.endswith(".partial.state.npz"):
            raise InputError(
                f"{flag} is {str(path)!r}, which is what an interrupted run is called: name another"
            )
        refuse(flag, path, force or resume)


def _refuse_to_write_over(reads: list[Path], writes: list[tuple[str, Path]]) -> None:
    for flag, path in writes:
        for other in reads:
            if path.resolve() == other.resolve() or (
                path.exists() and other.exists() and path.samefile(other)
            ):
                raise InputError(
                    f"{flag}: {path} would be written over {other}, which is read: name another"
                )


def _forward(
    part: Part, wanted: tuple[Option, ...], typed: dict[str, Any]
) -> tuple[Model, dict[str, Any]]:
    for name in ("length", "seed"):
        if typed[name] is not None:
            raise InputError(
                f"--{name} is of a random input, but --output runs a file: leave it out"
            )
    if typed["input"] and typed["u"]:
        raise InputError("--input and --u are both given: give one of them")
    given = "--input" if typed["u"] is None else "--u"
    file = (
        source("--input", Path(typed["input"]))
        if typed["input"]
        else _named(given, typed["u"], "--input u.npy")
    )
    A, B, C, D = (_number(part, option, typed) for option in wanted if option.name in "ABCD")
    _, d, _ = fits(A, B, C, D)
    if file.shape[1] != d:
        raise InputError(
            f"{file.flag}: {file.path} has {file.shape[1]} columns, but B takes {d} inputs: "
            f"give {d} numbers a row"
        )
    numbers = {"--A": A, "--B": B, "--C": C, "--D": D}
    return Forward(StateSpace(A, B, C, D), numbers, (file,)), {
        "A": A,
        "B": B,
        "C": C,
        "D": D,
        "u": str(file.path),
    }


def _causal(
    part: Part, wanted: tuple[Option, ...], typed: dict[str, Any]
) -> tuple[Model, dict[str, Any]]:
    K, V, Q = (_named(f"--{name}", typed[name], f"--{name} @{name.lower()}.npy") for name in "KVQ")
    lam = _number(part, next(option for option in wanted if option.name == "lam_"), typed)
    positive("--lam", lam, "with λ <= 0 the fit need not exist")
    for file, each in ((V, "value"), (Q, "query")):
        if file.shape[0] != K.shape[0]:
            has = f"{file.path} has {file.shape[0]} rows, but {K.path} has {K.shape[0]}"
            raise InputError(f"{file.flag}: {has}: give one {each} for each key")
    if Q.shape[1] != K.shape[1]:
        raise InputError(
            f"--Q: {Q.path} has {Q.shape[1]} columns, but a key has {K.shape[1]} entries: "
            "give queries as many"
        )
    shown = {"K": str(K.path), "V": str(V.path), "Q": str(Q.path), "lam": lam}
    return Causal(lam, (K, V, Q)), shown


def _named(flag: str, text: str | None, example: str) -> Source:
    """The npy file that an option names as @file."""
    if text is None or not (text.startswith("@") and text.lower().endswith(".npy")):
        given = f"{flag} is missing" if text is None else f"{flag} is {text[:40]!r}"
        raise InputError(f"{given}, but --output reads npy files: give {example}")
    return source(flag, Path(text[1:]))


def _number(part: Part, option: Option, typed: dict[str, Any]) -> Any:
    text = typed[option.name]
    return in_float64(defaults(part)[option.name]) if text is None else read(option, text, True)


def _from_file(model: Model, path: Path) -> Carried:
    try:
        return model.read(load(path))
    except InputError as error:
        raise InputError(
            f"--from-state: {path} is of another model: {error}; give the state of this one"
        ) from None
    except OSError as error:
        raise InputError(
            f"--from-state: cannot read {str(path)!r} ({error.strerror}): give an existing npz file"
        ) from None
    except (KeyError, ValueError):
        raise InputError(
            f"--from-state: {path} is not a state of this part: give what --to-state wrote"
        ) from None
