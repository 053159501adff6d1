"""1(a) The output of a state-space model as a convolution.

Write the output of x_{k+1} = A x_k + B u_k, y_k = C x_k + D u_k, x_0 = 0, as a convolution of the input, and give
the kernel.

    y_k = Σ_{l=0..L} K_l u_{k−l},   K_0 = D,   K_l = C A^{l−1} B for l ≥ 1,   u_j = 0 for j < 0.

Shapes: A (n, n), B (n, d), C (m, n), D (m, d), u (L+1, d), y (L+1, m), K (L+1, m, d). O(L n² d + L² m d).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import numpy as np
import sympy as sp

from .part import Answer, Check, InputError, Solution, Step
from .exact import Matrix, affordable, equal, is_exact, matrix, written_out, zeros
from .numeric import StateSpace, forward
from .system import fits, kernel, labelled, run

l, j, k = sp.symbols("l j k", integer=True, positive=True)
a, b, c = (sp.Symbol(name, commutative=False) for name in "ABC")
KERNEL = c * a ** (l - 1) * b  # K_l; `prove` derives it, `check` evaluates it


def convolve(K: Matrix, u: Matrix) -> Matrix:
    """y_k = Σ_l K_l u_{k−l} with u_j = 0 for j < 0; (L, m)."""
    y = zeros((len(u), K.shape[1]), K)
    for at in range(len(u)):
        for back in range(at + 1):
            y[at] = y[at] + K[back] @ u[at - back]
    return y


def solve(
    A: Annotated[Matrix, "state matrix, n×n"] = matrix("1/2,1/3;-1,2"),
    B: Annotated[Matrix, "input matrix, n×d"] = matrix("1,0;2,1"),
    C: Annotated[Matrix, "output matrix, m×n"] = matrix("1,1;0,3"),
    D: Annotated[Matrix, "feed-through, m×d"] = matrix("0,0;1,0"),
    u: Annotated[Matrix, "the input, one row u_k a step"] = matrix("1,0;0,1;2,-1;1,1"),
) -> Solution:
    n, d, m = fits(A, B, C, D)
    if u.shape[1] != d:
        raise InputError(
            f"--u has {u.shape[1]} columns, but B takes {d} inputs: give {d} numbers a row"
        )
    sums = len(u) ** 2 * m * d if is_exact(A, u) else 0
    affordable("--u", len(u) * n * (n + m) * d + sums, A, B, C, D, u, growth=len(u))
    K = kernel(A, B, C, D, len(u))
    y = convolve(K, u) if is_exact(K, u) else forward(StateSpace(A, B, C, D), u).y
    return Solution(
        answer={"K_l": KERNEL, "K": K, "y": y},
        steps=(
            Step(
                "x_k = Σ_{j<k} A^{k−1−j} B u_j",
                None,
                "unroll x_{k+1} = A x_k + B u_k from x_0 = 0: induction on k",
            ),
            Step(
                "y_k = C x_k + D u_k",
                None,
                "put the sum in: u_j meets C A^{k−1−j} B, and u_k also D",
            ),
            Step(
                "K_0",
                K[0],
                "the part of y_k that u_k reaches without passing through the state is D",
            ),
            Step(
                "K_l for l ≥ 1",
                KERNEL,
                "with l = k − j the weight of u_{k−l} depends on l alone: a convolution",
            ),
            Step(
                f"K_0 … K_{len(u) - 1}",
                labelled(K, 0),
                "for these matrices, one more factor A each time",
            ),
            Step("y_k = Σ_l K_l u_{k−l}", y, "row k is y_k; a u with negative index counts as 0"),
        ),
    )


def prove() -> Iterator[Check]:
    """Induction on k for the weight of u_j in x_k; A, B, C do not commute."""
    weight = a ** (k - 1 - j) * b  # of u_j in x_k, j < k
    yield equal("base: u_k enters x_{k+1} as B", weight.subs(j, k - 1), b)
    yield equal(
        "step: A · (weight of u_j in x_k) is its weight in x_{k+1}",
        a * weight,
        weight.subs(k, k + 1),
    )
    yield equal("with l = k − j: C · weight = K_l", c * weight.subs(j, k - l), KERNEL)


def check(
    found: Solution, A: Matrix, B: Matrix, C: Matrix, D: Matrix, u: Matrix
) -> Iterator[Check]:
    """Forget the convolution: run the model step by step, and on unit impulses; multiply the formula out."""
    yield equal("y is what the recurrence gives", found.answer["y"], run(A, B, C, D, u))
    K = np.asarray(found.answer["K"])
    reached = zeros(K.shape, A)
    for channel in range(B.shape[1]):
        impulse = zeros(u.shape, A)
        impulse[0, channel] = impulse[0, channel] + 1
        reached[:, :, channel] = run(A, B, C, D, impulse)
    yield equal("K is the response to unit impulses", K, reached)
    cases = [(C, A, B, at, reached[at]) for at in range(1, len(u))]
    yield written_out(
        "the formula for K_l, multiplied out", found.answer["K_l"], (c, a, b, l), cases
    )


def twins(
    found: Solution, A: Matrix, B: Matrix, C: Matrix, D: Matrix, u: Matrix
) -> dict[str, dict[str, Any]]:
    late = kernel(A, A @ B, C, D, len(u))
    turned = kernel(A.T, B, C, D, len(u))
    return {
        "one power too many: C A^l B": {"K_l": c * a**l * b, "K": late, "y": convolve(late, u)},
        "A transposed": {"K": turned, "y": convolve(turned, u)},
        "D left out": {"y": convolve(kernel(A, B, C, D - D, len(u)), u)},
        "B and C exchanged in the formula": {"K_l": b * a ** (l - 1) * c},
        "A to the left of C": {"K_l": a ** (l - 1) * c * b},
        "correlation: u_{k+l} for u_{k−l}": {"y": convolve(found.answer["K"], u[::-1])},
    }


GENERIC = (
    {
        "A": matrix("1/2,1/3,0;-1,2,1;1,0,-1/2"),
        "B": matrix("1,0;2,1;-1,3"),
        "C": matrix("1,1,2;0,3,-1"),
        "D": matrix("2,5;1,-3"),
        "u": matrix("1,0;0,1;2,-1;1,1;3,-2"),
    },
    {
        "A": matrix("1,2;0,1"),
        "B": matrix("1;2"),
        "C": matrix("1,1;0,3;2,1"),
        "D": matrix("1;0;2"),
        "u": matrix("1;2;3;-1"),
    },
)
ANSWERS = (
    Answer(
        slot="kernel",
        kind="matrix_expr",
        reference="C A^(l-1) B",
        symbols={"A": "n×n", "B": "n×d", "C": "m×n", "D": "m×d", "l": "integer >= 1"},
        names=("K_l",),
        facts=("K_0 = D",),
        twins={
            "one power too many": "C A^l B",
            "A transposed": "C (A^T)^(l-1) B",
            "A to the left of C": "A^(l-1) C B",
            "B and C exchanged": "B A^(l-1) C",
        },
    ),
)
