"""1(a) The output of a state-space model as a convolution.

Write the output of x_{k+1} = A x_k + B u_k, y_k = C x_k + D u_k, x_0 = 0, as a convolution of the
input, and give the kernel.

    y_k = Σ_{l=0..L} K_l u_{k−l},   K_0 = D,   K_l = C A^{l−1} B for l ≥ 1,   u_j = 0 for j < 0.

Shapes: A (n, n), B (n, d), C (m, n), D (m, d), u (L+1, d), y (L+1, m), K_0 (m, d),
K_1 … K_L (L, m, d). O(L n² d + L² m d).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import sympy as sp

from .exact import Matrix, affordable, equal, is_exact, matrix, zeros
from .exact.system import fits, impulse_response, impulses, kernel, run, term_size
from .formulas.formula import formula
from .numeric import StateSpace, forward
from .part import Case, Check, InputError, Slot, Solution, Step

MOST_CASES = 20  # entries of a kernel at which the key is held


def convolve(K: Matrix, u: Matrix) -> Matrix:
    """y_k = Σ_l K_l u_{k−l} with u_j = 0 for j < 0; K (L+1, m, d), u (L+1, d), y (L+1, m)."""
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
    L = len(u)
    sums = L**2 * m * d if is_exact(A, u) else 0
    work = 3 * (L * n * (n + m) * d + sums) + 40 * n**3 * L.bit_length()
    affordable("--u", work, A, B, C, D, u, growth=L / 6, divides=False)
    K = kernel(A, B, C, D, len(u))
    y = convolve(K, u) if is_exact(K, u) else forward(StateSpace(A, B, C, D), u).y
    return Solution(
        answer={"K_0": K[0], "kernel": K[1:], "output": y},
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
            Step("K_0", "K_0", "the part of y_k that u_k reaches without passing the state is D"),
            Step(
                "K_l for l ≥ 1",
                formula(KEY, "kernel"),
                "with l = k − j the weight of u_{k−l} depends on l alone: a convolution",
            ),
            Step(
                f"K_1 … K_{len(u) - 1}" if len(u) > 1 else "K_l, l ≥ 1: none for one step",
                "kernel",
                "for these matrices, one more factor A each time",
            ),
            Step(
                "y_k = Σ_l K_l u_{k−l}",
                "output",
                "row k is y_k; a u with negative index counts as 0",
            ),
        ),
    )


def prove() -> Iterator[Check]:
    """Induction on k for the weight of u_j in x_k; A, B, C do not commute."""
    j, k = sp.symbols("j k", integer=True, positive=True)
    K = formula(KEY, "kernel")
    a, b, c = (sp.Symbol(name, commutative=False) for name in "ABC")
    weight = K.sympy({"C": 1, "l": k - j})  # of u_j in x_k, j < k
    yield equal("base: u_k enters x_{k+1} as B", weight.subs(j, k - 1), b)
    claim = "step: A · (weight of u_j in x_k) is its weight in x_{k+1}"
    yield equal(claim, a * weight, weight.subs(k, k + 1))
    yield equal("with l = k − j: C · weight = K_l", c * weight, K.sympy({"l": k - j}))


def cases(found: Solution, A: Matrix, B: Matrix, C: Matrix, D: Matrix, u: Matrix) -> Iterator[Case]:
    """The key at these numbers."""
    given = {"A": A, "B": B, "C": C, "D": D, "K_0": found.answer["K_0"]}
    for l, K_l in enumerate(found.answer["kernel"][:MOST_CASES], 1):
        yield Case("kernel", {**given, "l": l}, K_l)


def check(
    found: Solution, A: Matrix, B: Matrix, C: Matrix, D: Matrix, u: Matrix
) -> Iterator[Check]:
    """Forget the convolution: run the model step by step, and on unit impulses."""
    yield equal(
        "y is what the recurrence gives",
        found.answer["output"],
        run(A, B, C, D, u),
        term_size(A, B, C, D, u),
    )
    response = impulse_response(A, B, C, D, len(u))
    yield equal("K_0 is the response at once", found.answer["K_0"], response[0])
    yield equal(
        "K is the response to unit impulses",
        found.answer["kernel"],
        response[1:],
        term_size(A, B, C, D - D, *impulses(len(u), B.shape[1], A)),
    )


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
    {
        "A": matrix("1,2;3,1"),
        "B": matrix("1;2"),
        "C": matrix("1,1"),
        "D": matrix("7"),
        "u": matrix("5"),
    },
)
ILL_POSED = (
    ({"A": matrix("1,2")}, "--A"),
    ({"B": matrix("1,2;3,4;5,6")}, "--B"),
    ({"C": matrix("1;2")}, "--C"),
    ({"D": matrix("1,2")}, "--D"),
    ({"u": matrix("1;2")}, "--u"),
)
KEY = (
    Slot(
        "kernel",
        "matrix_expr",
        "K_l = C A^(l-1) B",
        where="A: n×n, B: n×d, C: m×n, D: m×d, l: integer >= 1, K_0: m×d = D",
        facts=("K_0 = D",),
        twins={
            "one power too many": "C A^l B",
            "A transposed": "C (A^T)^(l-1) B",
            "A to the left of C": "A^(l-1) C B",
            "B and C exchanged": "B A^(l-1) C",
        },
    ),
)
