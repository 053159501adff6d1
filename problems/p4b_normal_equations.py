"""4(b) The normal equations as sums over the points.

With x_iᵀ the rows of A, write AᵀA + λI and Aᵀy as sums.

    AᵀA + λI = λI + Σ_i x_i x_iᵀ,   Aᵀy = Σ_i x_i y_i.

Shapes: A (n, d), y (n,), gram (d, d), moment (d,). O(n d²), one point at a time: the state is d² + d numbers whatever n is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import numpy as np
import sympy as sp

from .core import Answer, Check, InputError, Solution, Step
from .exact import Matrix, Scalar, Vector, affordable, equal, identity, matrix, rational, scalar, symbols, vector, zeros


def include(gram: Matrix, moment: Vector, x: Vector, y: Any) -> tuple[Matrix, Vector]:
    """One more point: x xᵀ and x y join the sums; O(d²)."""
    return gram + np.outer(x, x), moment + x * y


def solve(
    A: Annotated[Matrix, "the points, one row x_iᵀ each, n×d"] = matrix("1,2;0,1;3,-1"),
    y: Annotated[Vector, "the targets y_i"] = vector("1,2,-1"),
    lam_: Annotated[Scalar, "the ridge penalty λ >= 0"] = scalar("1/2"),
) -> Solution:
    n, d = A.shape
    if len(y) != n:
        raise InputError(f"--y has {len(y)} entries, but A has {n} rows: give {n}")
    if lam_ < 0:
        raise InputError(f"--lam is {lam_}, but a penalty is not negative: pass 0 or more")
    affordable("--A", n * d * d, A, y)
    gram, moment = lam_ * identity(d, A), zeros(d, A)
    steps = [Step("minimise ‖A w − y‖² + λ‖w‖²", None, "gradient 2 Aᵀ(A w − y) + 2 λ w = 0: (AᵀA + λI) w = Aᵀy")]
    for i, (x_i, y_i) in enumerate(zip(A, y, strict=True), 1):
        gram, moment = include(gram, moment, x_i, y_i)
        if i <= 3:
            steps.append(Step(f"x_{i} x_{i}ᵀ", np.outer(x_i, x_i), f"column i of Aᵀ times row i of A; x_{i} y_{i} joins Aᵀy"))
    return Solution(
        answer={"gram": gram, "moment": moment},
        steps=(
            *steps,
            Step("λI + Σ x_i x_iᵀ = AᵀA + λI", gram, f"{n} outer products on top of λI: d×d however many points there are"),
            Step("Σ x_i y_i = Aᵀy", moment, "a vector of d entries"),
        ),
    )


def prove() -> Iterator[Check]:
    """Entry by entry for three points in the plane; then that one more row is one more term, for every n."""
    A, y, lam = symbols("a", 3, 2), symbols("y", 3), sp.Symbol("lambda", positive=True)
    gram, moment = lam * np.eye(2, dtype=int).astype(object), np.zeros(2, dtype=int).astype(object)
    for x_i, y_i in zip(A, y, strict=True):
        gram, moment = include(gram, moment, x_i, y_i)
    dense = rational(A)
    yield equal("λI + Σ x_i x_iᵀ = AᵀA + λI", gram, dense.T * dense + lam * sp.eye(2))
    yield equal("Σ x_i y_i = Aᵀy", moment, (dense.T * sp.Matrix(y))[:])
    w = symbols("w", 2)
    loss = ((A @ w - y) ** 2).sum() + lam * (w @ w)
    gradient = [sp.expand(sp.diff(loss, v) / 2) for v in w]
    yield equal("half the gradient of the loss is (AᵀA + λI) w − Aᵀy", np.array(gradient), gram @ w - moment)


def check(found: Solution, A: Matrix, y: Vector, lam_: Scalar) -> Iterator[Check]:
    """Forget both forms: read every entry off the ridge loss itself, which is quadratic."""
    d = A.shape[1]
    unit = identity(d, A)

    def loss(w: Vector) -> Any:
        residual = A @ w - y
        return residual @ residual + lam_ * (w @ w)

    nothing = loss(zeros(d, A))
    ahead, behind = [loss(e) for e in unit], [loss(-e) for e in unit]
    gram = zeros((d, d), A)
    for i in range(d):
        for j in range(d):
            both = loss(unit[i] + unit[j])
            gram[i, j] = (both - ahead[i] - ahead[j] + nothing) / 2
    moment = np.array([(b - a) / 4 for a, b in zip(ahead, behind, strict=True)])
    yield equal("gram is half the Hessian of the ridge loss", found.answer["gram"], gram)
    yield equal("moment is minus half its gradient at 0", found.answer["moment"], moment)


def twins(found: Solution, A: Matrix, y: Vector, lam_: Scalar) -> dict[str, dict[str, Any]]:
    gram, moment, d = found.answer["gram"], found.answer["moment"], A.shape[1]
    n, one = len(A), identity(d, A)
    return {
        "A Aᵀ + λI": {"gram": A @ A.T + lam_ * identity(n, A)},
        "λ added for every point": {"gram": gram + (n - 1) * lam_ * one},
        "λ left out": {"gram": gram - lam_ * one},
        "only the diagonal: Σ ‖x_i‖²": {"gram": gram * one},
        "x_i x_jᵀ: outer product of the sums": {"gram": np.outer(A.sum(axis=0), A.sum(axis=0)) + lam_ * one},
        "the targets in reverse": {"moment": A.T @ y[::-1]},
        "y_i squared": {"moment": A.T @ (y * y)},
        "the mean, not the sum": {"moment": moment / n},
    }


GENERIC = (
    {"A": matrix("1,2,-1;0,1,4;3,-1,1;2,2,5"), "y": vector("1,2,-1,3"), "lam_": scalar("2/3")},
    {"A": matrix("1,2,5;3,-1,2"), "y": vector("2,-3"), "lam_": scalar("3")},
)
ANSWERS = (
    Answer(
        slot="gram",
        kind="matrix_expr",
        reference="λ I + sum_{i=1}^{n} x_i x_i^T",
        symbols={"A": "n×d", "x_i": "d = row i of A", "λ": "scalar > 0", "n": "size"},
        twins={
            "A Aᵀ": "A A^T + λ I",
            "inner for outer product": "λ I + sum_{i=1}^{n} x_i^T x_i",
            "λ for every point": "sum_{i=1}^{n} (x_i x_i^T + λ I)",
        },
    ),
    Answer(
        slot="moment",
        kind="matrix_expr",
        reference="sum_{i=1}^{n} x_i y_i",
        symbols={"A": "n×d", "x_i": "d = row i of A", "y": "n", "y_i": "scalar = entry i of y", "n": "size"},
        twins={
            "a row": "sum_{i=1}^{n} y_i x_i^T",
            "y_i squared": "sum_{i=1}^{n} x_i y_i^2",
            "A for its transpose": "A y",
        },
    ),
)
