"""The two models that run piece by piece, and for each the plain reference of a piece.

Both read their inputs side by side, one row of each a position, and carry a state, from which
`advance` computes the next positions, and `plainly` the same ones one at a time.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from problems.exact import Matrix
from problems.numeric import (
    Method,
    PrecisionWarning,
    State,
    StateSpace,
    causal_ridge_attention,
    forward,
)
from problems.numeric.causal import begin, one_by_one
from problems.numeric.forward import cheapest
from problems.part import InputError

from .source import Source
from .state import Carried

PIECE = 1 << 16  # positions at once
NUMBERS = 1 << 22  # and no more numbers than these, 32 MiB
FIRST = 256  # positions that are compared with the plain reference, where it affords them
WITHIN = 1e-9  # of the largest output, where nothing magnifies rounding
LOST = 1e-6  # where rounding alone may move an output by more, it does not count as right
ROUNDING = float(np.finfo(float).eps)


@dataclass(frozen=True, slots=True)
class Reference:
    """Outputs by the plain road."""

    output: Matrix
    terms: float  # how large the terms are that an output is the sum of
    within: float  # how far rounding may part the two roads, relative to the largest output


@dataclass(frozen=True)
class Forward:
    """Part 2: the input u, with the state x carried."""

    system: StateSpace
    numbers: Mapping[str, Matrix]  # by option
    inputs: tuple[Source, ...]

    @property
    def method(self) -> tuple[Method, str]:
        """What `advance` runs, and what that is."""
        if cheapest(self.system, FIRST) == "blocks":
            return "blocks", "a Toeplitz product in a block, the state carried between"
        return "recurrence", "one step at a time: here blocks would lose digits, or cost more"

    @property
    def columns(self) -> int:
        """Of the output."""
        return self.system.m

    @property
    def first(self) -> int:
        """How many positions the plain reference affords."""
        return FIRST

    def identity(self) -> dict[str, str]:
        """What its numbers are, by option."""
        return {
            flag: f"{M.shape} {hashlib.sha256(M.tobytes()).hexdigest()}"
            for flag, M in self.numbers.items()
        }

    def begin(self) -> Carried:
        """The state before the first position."""
        return {"x": np.zeros(self.system.n)}

    def read(self, found: Mapping[str, Any]) -> Carried:
        """A state from a file.

        KeyError or ValueError where it is none, InputError where it is another model's.
        """
        x = _finite(found["x"])
        if x.shape != (self.system.n,):
            raise InputError(
                f"its state has shape {x.shape}, but A is {self.system.n}×{self.system.n}"
            )
        return {"x": x}

    def advance(self, state: Carried, *rows: Matrix) -> tuple[Matrix, Carried]:
        y, x = forward(self.system, rows[0], state["x"], method=self.method[0])
        return y, {"x": x}

    def plainly(self, state: Carried, *rows: Matrix) -> Reference:
        s, u = self.system, rows[0]
        states = forward(StateSpace(s.A, s.B, np.eye(s.n)), u, state["x"], method="recurrence").y
        terms = np.abs(states) @ np.abs(s.C).T + np.abs(u) @ np.abs(s.D).T
        return Reference(
            forward(s, u, state["x"], method="recurrence").y, float(terms.max()), WITHIN
        )


@dataclass(frozen=True)
class Causal:
    """Part 4f: keys, values and queries, with the inverse and the fit carried."""

    lam: float
    inputs: tuple[Source, ...]  # K, V, Q
    method: tuple[str, str] = ("blocks", "a block of keys is one update of their number's rank")

    @property
    def columns(self) -> int:
        return self.inputs[1].shape[1]

    @property
    def first(self) -> int:
        # a solution anew at each, for some seconds
        return min(FIRST, max(1, 2 * 10**10 // self.inputs[0].shape[1] ** 3))

    def identity(self) -> dict[str, str]:
        return {"--lam": repr(self.lam)}

    def begin(self) -> Carried:
        K, V, _ = (np.empty((0, file.shape[1])) for file in self.inputs)
        return begin(np, K, V, self.lam, ())._asdict()

    def read(self, found: Mapping[str, Any]) -> Carried:
        state: Carried = {name: _finite(found[name]) for name in State._fields}
        for name, like in self.begin().items():
            if state[name].shape != np.shape(like):
                raise InputError(
                    f"its {name} has shape {state[name].shape}, "
                    f"but these keys and values need {np.shape(like)}"
                )
        if state["lam"] != self.lam:
            raise InputError(
                f"it was made with lam {float(state['lam']):g}, but --lam is {self.lam:g}"
            )
        return {
            **state,
            "summed": int(state["summed"]),
            "seen": int(state["seen"]),
            "lam": self.lam,
        }

    def advance(self, state: Carried, *rows: Matrix) -> tuple[Matrix, Carried]:
        K, V, Q = rows
        output, after = causal_ridge_attention(Q, K, V, self.lam, State(**state))
        return output, after._asdict()

    def plainly(self, state: Carried, *rows: Matrix) -> Reference:
        K, V, Q = rows
        spectrum = np.linalg.eigvalsh(state["A"])
        with np.errstate(over="ignore"):
            condition = spectrum[-1] * (1 / max(spectrum[0], np.finfo(float).tiny) + (K * K).sum())
        after, output = state, []
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", PrecisionWarning)  # the pieces have said so
            for t in range(len(K)):
                row, after = self.advance(after, K[t : t + 1], V[t : t + 1], Q[t : t + 1])
                output.append(row)
        plain = np.concatenate(output) if state["seen"] else one_by_one(Q, K, V, self.lam)
        terms = np.linalg.norm(Q, axis=1).max() * np.linalg.norm(after["W"])
        return Reference(
            plain, float(terms), min(LOST, max(WITHIN, 4 * ROUNDING * float(condition)))
        )


Model = Forward | Causal


def piece(model: Model) -> int:
    """Positions at once: a power of two, as few as their numbers ask for."""
    row = sum(file.shape[1] for file in model.inputs) + model.columns
    return min(PIECE, 1 << max(0, (NUMBERS // row).bit_length() - 1))


def _finite(value: Any) -> Matrix:
    found = np.asarray(value)
    if found.dtype.kind not in "iuf" or not np.isfinite(found).all():
        raise ValueError("a state is of finite numbers")
    return found.astype(float)
