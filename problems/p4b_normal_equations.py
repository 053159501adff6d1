"""4(b) The normal equations as sums over the points.

With x_iᵀ the rows of A, write AᵀA + λI and Aᵀy as sums.

    AᵀA + λI = λI + Σ_i x_i x_iᵀ,   Aᵀy = Σ_i x_i y_i.

Shapes: A (n, d), y (n,), gram (d, d), moment (d,). O(n d²), one point at a time: the
state is d² + d numbers whatever n is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Annotated, Any

import numpy as np
import sympy as sp

from .exact import (
    Matrix,
    Scalar,
    Vector,
    affordable,
    equal,
    identity,
    matrix,
    scalar,
    symbols,
    vector,
    zeros,
)
from .formulas.formula import formula
from .part import Case, Check, InputError, Slot, Solution, Step

SHOWN = 3  # points whose terms are written out


def include(gram: Matrix, moment: Vector, x: Vector, y: Any) -> tuple[Matrix, Vector]:
    """One more point: x xᵀ and x y join the sums; O(d²)."""
    return gram + np.outer(x, x), moment + x * y


def sums(A: Matrix, y: Vector, lam: Any) -> tuple[Matrix, Vector]:
    """λI + Σ x_i x_iᵀ and Σ x_i y_i, point by point; O(n d²)."""
    d = A.shape[1]
    gram, moment = lam * identity(d, A), zeros(d, A)
    for x_i, y_i in zip(A, y, strict=True):
        gram, moment = include(gram, moment, x_i, y_i)
    return gram, moment


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
    affordable("--A", 20 * n * d**2 + 2.5 * n * d**3, A, y, divides=False)
    gram, moment = sums(A, y, lam_)
    terms = {f"x_{i} x_{i}ᵀ": np.outer(x_i, x_i) for i, x_i in enumerate(A[:SHOWN], 1)}
    return Solution(
        answer={"gram": gram, "moment": moment},
        working={"terms": terms},
        steps=(
            Step(
                "minimise ‖A w − y‖² + λ‖w‖²",
                None,
                "gradient 2 Aᵀ(A w − y) + 2 λ w = 0: (AᵀA + λI) w = Aᵀy",
            ),
            Step("AᵀA + λI", formula(KEY, "gram"), "column i of Aᵀ times row i of A, added up"),
            *(
                Step(
                    term, ("terms", term), f"the point {term.split()[0]}; times its y it joins Aᵀy"
                )
                for term in terms
            ),
            Step(
                "λI + Σ x_i x_iᵀ = AᵀA + λI",
                "gram",
                f"{n} outer products on top of λI: d×d however many points there are",
            ),
            Step("Aᵀy", formula(KEY, "moment"), "column i of Aᵀ times entry i of y, added up"),
            Step("Σ x_i y_i = Aᵀy", "moment", "a vector of d entries"),
        ),
    )


def prove() -> Iterator[Check]:
    """Entry by entry for three points in the plane; the sums are what makes the gradient 0."""
    A, y, lam = symbols("a", 3, 2), symbols("y", 3), sp.Symbol("lambda", positive=True)
    gram, moment = sums(A, y, lam)
    dense = A.T @ A + lam * np.eye(2, dtype=int)
    text = np.array(formula(KEY, "gram").value({"A": A, "λ": lam}))
    yield equal("λI + Σ x_i x_iᵀ = AᵀA + λI", text, dense)
    yield equal("the sums point by point: AᵀA + λI", gram, dense)
    text = np.array(formula(KEY, "moment").value({"A": A, "y": y}))[:, 0]
    yield equal("Σ x_i y_i = Aᵀy", text, A.T @ y)
    w = symbols("w", 2)
    loss = ((A @ w - y) ** 2).sum() + lam * (w @ w)
    gradient = [sp.expand(sp.diff(loss, v) / 2) for v in w]
    claim = "half the gradient of the loss is (AᵀA + λI) w − Aᵀy"
    yield equal(claim, np.array(gradient), gram @ w - moment)


def cases(found: Solution, A: Matrix, y: Vector, lam_: Scalar) -> Iterator[Case]:
    """The key at these numbers."""
    yield Case("gram", {"A": A, "λ": lam_}, found.answer["gram"])
    yield Case("moment", {"A": A, "y": y}, found.answer["moment"])


def half_hessian(loss: Callable[[Vector], Any], unit: Matrix) -> Matrix:
    """Of a quadratic without a linear term, read off its values at e_i, e_j and e_i + e_j."""
    ahead, H = [loss(e) for e in unit], unit * 0
    for i, j in np.ndindex(H.shape):
        H[i, j] = (loss(unit[i] + unit[j]) - ahead[i] - ahead[j]) / 2
    return H


def check(found: Solution, A: Matrix, y: Vector, lam_: Scalar) -> Iterator[Check]:
    """Forget both forms: read every entry off the ridge loss itself, which is quadratic."""
    unit = identity(A.shape[1], A)

    def ridge(w: Vector) -> Any:
        return sum((x @ w) ** 2 for x in A) + lam_ * sum(v * v for v in w)

    def misfit(w: Vector) -> Any:
        return sum((x @ w - target) ** 2 for x, target in zip(A, y, strict=True))

    claim = "gram is half the Hessian of the ridge loss"
    yield equal(claim, found.answer["gram"], half_hessian(ridge, unit))
    entry, target = abs(A).max(), abs(y).max()
    t = target / entry if entry and target else 1  # so that A w and y are of one size
    moment = np.array([(misfit(-t * e) - misfit(t * e)) / (4 * t) for e in unit])
    claim, scale = "moment is minus half its gradient at 0", float(len(y) * entry * target)
    yield equal(claim, found.answer["moment"], moment, scale)
    alone = {
        f"x_{i} x_{i}ᵀ": half_hessian(partial(squared, x), unit) for i, x in enumerate(A[:3], 1)
    }
    yield equal("a term is half the Hessian of one point's loss", found.working["terms"], alone)


def squared(x: Vector, w: Vector) -> Any:
    return (x @ w) ** 2


GENERIC = (
    {
        "A": matrix("1,2,-1;0,1,4;3,-1,1;2,2,5"),
        "y": vector("1,2,-1,3"),
        "lam_": scalar("2/3"),
    },
    {"A": matrix("1,2,5;3,-1,2"), "y": vector("2,-3"), "lam_": scalar("3")},
    {"A": matrix("2,-3"), "y": vector("5"), "lam_": scalar("0")},
    {"A": matrix("0,0;0,0"), "y": vector("5,1"), "lam_": scalar("2")},
)
ILL_POSED = (
    ({"A": matrix("1,2;3,4"), "y": vector("1,2,3"), "lam_": scalar("1")}, "--y"),
    ({"A": matrix("1,2;3,4"), "y": vector("1"), "lam_": scalar("1")}, "--y"),
    ({"A": matrix("1,2;3,4"), "y": vector("1,2"), "lam_": scalar("-1/9")}, "--lam"),
)
KEY = (
    Slot(
        "gram",
        "matrix_expr",
        "λ I + sum_{i=1}^{n} x_i x_i^T",
        where="A: n×d, x_i: d = row i of A, λ: scalar > 0, n: size",
        form=("sums over i",),
        twins={
            "A Aᵀ": "A A^T + λ I",
            "inner for outer product": "λ I + sum_{i=1}^{n} x_i^T x_i",
            "λ for every point": "sum_{i=1}^{n} (x_i x_i^T + λ I)",
            "λ left out": "sum_{i=1}^{n} x_i x_i^T",
            "outer product of the sums": "λ I + (sum_{i=1}^{n} x_i)(sum_{i=1}^{n} x_i)^T",
        },
    ),
    Slot(
        "moment",
        "matrix_expr",
        "sum_{i=1}^{n} x_i y_i",
        where="A: n×d, x_i: d = row i of A, y: n, y_i: scalar = entry i of y, n: size",
        form=("sums over i",),
        twins={
            "a row": "sum_{i=1}^{n} y_i x_i^T",
            "y_i squared": "sum_{i=1}^{n} x_i y_i^2",
            "A for its transpose": "A y",
            "the mean, not the sum": "1/n sum_{i=1}^{n} x_i y_i",
        },
    ),
)
