"""4(e) The cost of a rank-one update of an inverse.

Given M⁻¹ (d×d), what does (M + u vᵀ)⁻¹ cost?

    (M + u vᵀ)⁻¹ = M⁻¹ − (M⁻¹u)(vᵀM⁻¹)/(1 + vᵀM⁻¹u):   O(d²),

two matrix-vector products and an outer product, against O(d³) for a new inverse. It needs 1 + vᵀM⁻¹u ≠ 0: otherwise M + u vᵀ is
singular, since det(M + u vᵀ) = det M · (1 + vᵀM⁻¹u). Shapes: M (d, d), u and v (d,).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Annotated, Any

import numpy as np
import sympy as sp

from .part import Answer, Check, InputError, Solution, Step
from .counting import Tally
from .exact import (
    Matrix,
    Vector,
    affordable,
    equal,
    identity,
    integers,
    inverse,
    matrix,
    rational,
    shaped,
    symbols,
    vector,
)
from .growth import Growth, counter, d, tight

OPERATIONS = (
    2 * d * (2 * d - 1) + 2 * d + d + 2 * d**2
)  # M⁻¹u and vᵀM⁻¹; 1 + vᵀM⁻¹u; the column scaled; the outer product
COST = Growth(d**2)


def update(P: Matrix, u: Vector, v: Vector) -> Matrix:
    """(P⁻¹ + u vᵀ)⁻¹ for P = M⁻¹; O(d²). Raises ZeroDivisionError where M + u vᵀ is singular."""
    column, row = P @ u, v @ P
    return P - np.outer(column / denominator(column, v), row)


def denominator(column: Vector, v: Vector) -> Any:
    """1 + vᵀM⁻¹u, for column = M⁻¹u."""
    return column[0] ** 0 + v @ column


def solve(
    M: Annotated[Matrix, "an invertible matrix, d×d"] = matrix("2,1;0,3"),
    u: Annotated[Vector, "the vector u"] = vector("1,2"),
    v: Annotated[Vector, "the vector v"] = vector("3,-1"),
) -> Solution:
    size = len(M)
    shaped("--M", M, size, size, "only a square matrix has an inverse")
    for option, w in (("--u", u), ("--v", v)):
        if len(w) != size:
            raise InputError(f"{option} has {len(w)} entries, but M is {size}×{size}: give {size}")
    affordable("--M", size**3, M, growth=2 * size)
    try:
        P = inverse(M)
    except ZeroDivisionError:
        raise InputError(
            "--M is singular, so there is no inverse to update: give an invertible M"
        ) from None
    bottom = denominator(P @ u, v)
    if not bottom:
        raise InputError("--u and --v make 1 + vᵀM⁻¹u = 0, so M + u vᵀ is singular: change u or v")
    new = update(P, u, v)
    return Solution(
        answer={
            "inverse": new,
            "denominator": bottom,
            "cost": COST,
            "operations": OPERATIONS,
            "here": int(counter(OPERATIONS)(d=size)),
        },
        steps=(
            Step("M⁻¹", P, "given: it is what is kept from the step before"),
            Step("M⁻¹u", P @ u, "a matrix-vector product: d (2d − 1) operations"),
            Step("vᵀM⁻¹", v @ P, "another; for symmetric M and u = v the same vector"),
            Step("1 + vᵀM⁻¹u", bottom, "a number, and not 0: M + u vᵀ is invertible exactly then"),
            Step(
                "(M + u vᵀ)⁻¹",
                new,
                "M⁻¹ minus a column times a row over that number: 2d² operations",
            ),
            Step(
                "operations",
                OPERATIONS,
                f"{counter(OPERATIONS)(d=size)} for d = {size}, counted; a new inverse takes about 2d³",
            ),
            Step("growth", COST, "no product of two matrices anywhere"),
        ),
    )


def prove() -> Iterator[Check]:
    """Multiply out for symbols, d = 2; the determinant says when it is allowed."""
    P, u, v = symbols("p", 2, 2), symbols("u", 2), symbols("v", 2)
    bottom = denominator(P @ u, v)
    # (M + u vᵀ) X = I, multiplied by P = M⁻¹ from the left and by the denominator: no fractions are left
    scaled = rational(update(P, u, v) * bottom).applyfunc(sp.cancel)
    left = scaled + rational(np.outer(P @ u, v)) * scaled
    yield equal(
        "(I + M⁻¹u vᵀ) X = M⁻¹",
        left.applyfunc(sp.expand),
        (rational(P) * bottom).applyfunc(sp.expand),
    )
    M = symbols("m", 2, 2)
    dense = rational(M)
    determinant = (dense + rational(np.outer(u, v))).det()
    matched = dense.det() + (rational(v[None]) * dense.adjugate() * rational(u[:, None]))[0]
    yield equal("det(M + u vᵀ) = det M · (1 + vᵀM⁻¹u)", sp.expand(determinant), sp.expand(matched))


@cache
def counted(size: int) -> int:
    """Operations of `update`, counted while it runs."""
    tally, rng = Tally(), np.random.default_rng(0)
    P, u, v = (tally(integers(rng, *shape)) for shape in ((size, size), (size,), (size,)))
    update(P, u, v)
    return tally.work


def check(found: Solution, M: Matrix, u: Vector, v: Vector) -> Iterator[Check]:
    """Forget the formula: multiply by M + u vᵀ; eliminate it anew for the determinant; count the update as it runs."""
    changed = M + np.outer(u, v)
    yield equal(
        "(M + u vᵀ) times the answer is I", changed @ found.answer["inverse"], identity(len(M), M)
    )
    ratio = determinant_ratio(changed, M)
    yield equal("1 + vᵀM⁻¹u = det(M + u vᵀ)/det M", found.answer["denominator"], ratio)
    sizes = (2, 3, 5)
    off = [at for at in sizes if counter(found.answer["operations"])(d=at) != counted(at)]
    yield Check(
        "operations are those of the update run",
        not off,
        "counted at d = 2, 3, 5" if not off else f"not at d = {off[0]}",
    )
    yield equal("the count here", found.answer["here"], _quadratic(len(M)))
    yield tight(
        "the rate is that of the count",
        found.answer["cost"],
        found.answer["operations"],
        ({"d": (1, 0)},),
    )


def determinant_ratio(top: Matrix, bottom: Matrix) -> Any:
    """det(top)/det(bottom), by elimination."""
    if top.dtype.kind == "f":
        (sign, size), (sign_below, size_below) = np.linalg.slogdet(top), np.linalg.slogdet(bottom)
        return float(sign * sign_below * np.exp(size - size_below))
    value = rational(top).det() / rational(bottom).det()
    return bottom.flat[0] * 0 + value.p * bottom.flat[0] ** 0 / value.q


def _quadratic(size: int) -> int:
    """The count at any size: it is quadratic in d, so three counts determine it."""
    one, two, three = (counted(at) for at in (1, 2, 3))
    second = three - 2 * two + one
    return one + (size - 1) * (two - one) + (size - 1) * (size - 2) // 2 * second


def twins(found: Solution, M: Matrix, u: Vector, v: Vector) -> dict[str, dict[str, Any]]:
    P = inverse(M)
    column, row, bottom = P @ u, v @ P, found.answer["denominator"]
    crossed = 1 + u @ P @ v
    return {
        "plus for minus": {"inverse": P + np.outer(column, row) / bottom},
        "u and v exchanged in the denominator": {
            "inverse": P - np.outer(column, row) / (crossed or 7),
            "denominator": crossed,
        },
        "1 + missing": {
            "inverse": P - np.outer(column, row) / ((bottom - 1) or 7),
            "denominator": bottom - 1,
        },
        "transposed": {"inverse": found.answer["inverse"].T},
        "u and v exchanged": {"inverse": P - np.outer(P @ v, u @ P) / (crossed or 7)},
        "O(d³): a new inverse": {"cost": Growth(d**3)},
        "O(d): vectors only": {"cost": Growth(d)},
        "one product not counted": {"operations": OPERATIONS - d * (2 * d - 1)},
        "the count at d + 1": {"here": int(counter(OPERATIONS)(d=len(M) + 1))},
    }


GENERIC = (
    {"M": matrix("2,1,0;1/2,3,-1;4,0,1"), "u": vector("1,2,-1"), "v": vector("3,-1,2")},
    {"M": matrix("0,1,0;0,0,1;1,0,0"), "u": vector("1,2,-1"), "v": vector("3,-1,2")},
    {"M": matrix("0,1;2,5"), "u": vector("1,2"), "v": vector("1,4")},
)
ANSWERS = (
    Answer(
        slot="cost",
        kind="complexity",
        reference="O(d^2)",
        symbols={"d": "size", "M": "d×d invertible", "u": "d", "v": "d"},
        facts=("N = M^(-1) - (M^(-1) u)(v^T M^(-1))/(1 + v^T M^(-1) u)",),
        assuming=("1 + vᵀM⁻¹u ≠ 0",),
        twins={"a new inverse": "O(d^3)", "vectors only": "O(d)", "constant": "O(1)"},
    ),
)
