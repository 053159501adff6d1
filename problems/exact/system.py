"""The state-space model of problems 1 and 2: x_{k+1} = A x_k + B u_k, y_k = C x_k + D u_k, x_0 = 0.

A is (n, n), B (n, d), C (m, n), D (m, d). The recurrence here is the model itself: what every
check falls back on.
"""

from __future__ import annotations

import numpy as np

from .. import numeric
from ..part import InputError
from .numbers import Matrix, identity, is_exact, shaped, zeros


def fits(A: Matrix, B: Matrix, C: Matrix, D: Matrix | None = None) -> tuple[int, int, int]:
    """(n, d, m), or an InputError that names the option whose shape is off."""
    n, d, m = len(A), B.shape[1], len(C)
    shaped("--A", A, n, n, "a state matrix is square")
    shaped("--B", B, n, None, f"A is {n}×{n}")
    shaped("--C", C, None, n, f"A is {n}×{n}")
    if D is not None:
        shaped("--D", D, m, d, f"C has {m} rows and B {d} columns")
    return n, d, m


def run(A: Matrix, B: Matrix, C: Matrix, D: Matrix, u: Matrix) -> Matrix:
    """y (L, m) for the input u (L, d), one step at a time; O(L(n² + nd + mn + md))."""
    x, y = zeros(len(A), A), []
    for u_k in u:
        y.append(C @ x + D @ u_k)
        x = A @ x + B @ u_k
    return np.array(y)


def kernel(A: Matrix, B: Matrix, C: Matrix, D: Matrix, count: int) -> Matrix:
    """K_0 … K_{count−1}, (count, m, d), by one more factor A each time, O(count · n² d).

    In floating point by the engines.
    """
    if all(M.dtype.kind == "f" for M in (A, B, C, D)):
        return np.asarray(numeric.kernel(numeric.StateSpace(A, B, C, D), count))
    K, column = [D], B
    for _ in range(count - 1):
        K.append(C @ column)
        column = A @ column
    return np.array(K[:count])


def impulses(count: int, d: int, like: Matrix) -> list[Matrix]:
    """For each of d channels the input e_j, 0, 0, … of `count` steps, in `like`'s arithmetic."""
    inputs = [zeros((count, d), like) for _ in range(d)]
    for j, u in enumerate(inputs):
        u[:1, j] = u[:1, j] + 1
    return inputs


def impulse_response(A: Matrix, B: Matrix, C: Matrix, D: Matrix, count: int) -> Matrix:
    """(count, m, d): column j is the output after u_0 = e_j and silence."""
    responses = [run(A, B, C, D, u).reshape(count, len(C)) for u in impulses(count, B.shape[1], A)]
    return np.stack(responses, axis=2)


def term_size(A: Matrix, B: Matrix, C: Matrix, D: Matrix, *inputs: Matrix) -> float:
    """How large the terms are that the outputs for these inputs are sums of; 0 in exact arithmetic.

    Where the terms cancel, rounding is measured against them and not against what is left.
    """
    if is_exact(A, B, C, D, *inputs):
        return 0.0
    no_output = zeros(B.shape, A)
    states = [run(A, B, identity(len(A), A), no_output, u) for u in inputs]
    state, entry = (max(float(np.abs(v).max(initial=0)) for v in of) for of in (states, inputs))
    through_state, at_once = (float(np.abs(M).sum(axis=1).max(initial=0)) for M in (C, D))
    return through_state * state + at_once * entry


LONG = 20_000  # steps: a check of a longer kernel looks at so many


def labelled(K: Matrix, first: int) -> dict[str, Matrix]:
    """The kernel under its own names, K_first and on, as people read it."""
    return {f"K_{at}": entry for at, entry in enumerate(K, first)}


def counted_from_zero(length: int) -> None:
    """Raise InputError unless length >= 0."""
    if length < 0:
        raise InputError(
            f"--length is {length}, but a kernel K_0 … K_L needs L >= 0: pass 0 or more"
        )
