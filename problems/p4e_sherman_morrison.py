"""4(e) The cost of a rank-one update of an inverse.

Given M⁻¹ (d×d), what does (M + u vᵀ)⁻¹ cost?

    (M + u vᵀ)⁻¹ = M⁻¹ − (M⁻¹u)(vᵀM⁻¹)/(1 + vᵀM⁻¹u):   O(d²),

two matrix-vector products and an outer product, against O(d³) for a new inverse. It needs
1 + vᵀM⁻¹u ≠ 0: otherwise M + u vᵀ is singular, since det(M + u vᵀ) = det M · (1 + vᵀM⁻¹u).
Shapes: M (d, d), u and v (d,).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import numpy as np
import sympy as sp

from .exact import (
    Matrix,
    Vector,
    affordable,
    alike,
    determinant_ratio,
    equal,
    inverse,
    matrix,
    rational,
    shaped,
    symbols,
    terms,
    vector,
)
from .exact.cost import Cost, counts, d, extrapolated
from .formulas.formula import formula
from .part import Case, Check, InputError, Slot, Solution, Step

# M⁻¹u and vᵀM⁻¹; 1 + vᵀM⁻¹u; the column over it; the outer product, and what it is taken from
OPERATIONS = 2 * d * (2 * d - 1) + 2 * d + d + 2 * d**2
COSTS = (
    Cost(
        slot="cost",
        exact=OPERATIONS,
        run=lambda drawn, d: update(drawn(d, d), drawn(d), drawn(d)),
        at=({"d": 2}, {"d": 3}, {"d": 5}),
        paths=({"d": (1, 0)}, {"d": (2, 0)}),
    ),
)


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
    affordable("--M", 14 * size**3, M, u, v, growth=2 * size)
    try:
        P = inverse(M)
    except ZeroDivisionError:
        raise InputError(
            "--M is singular, so there is no inverse to update: give an invertible M"
        ) from None
    bottom = denominator(P @ u, v)
    if not bottom:
        raise InputError("--u and --v make 1 + vᵀM⁻¹u = 0, so M + u vᵀ is singular: change u or v")
    return Solution(
        answer={
            "inverse": update(P, u, v),
            "denominator": bottom,
            "cost": OPERATIONS,
            "here": COSTS[0].here(d=size),
        },
        working={"given": P, "column": P @ u, "row": v @ P},
        steps=(
            Step("M⁻¹", "given", "it is what is kept from the step before"),
            Step("M⁻¹u", "column", "a matrix-vector product: d (2d − 1) operations"),
            Step("vᵀM⁻¹", "row", "another; for symmetric M and u = v the same vector"),
            Step(
                "1 + vᵀM⁻¹u",
                "denominator",
                "a number, and not 0: M + u vᵀ is invertible exactly then",
            ),
            Step(
                "(M + u vᵀ)⁻¹",
                "inverse",
                "M⁻¹ minus a column times a row over that number: 2d² operations",
            ),
            Step("operations", "cost", "as they are counted while it runs"),
            Step("operations here", "here", f"for d = {size}"),
            Step(
                "growth",
                formula(KEY, "cost"),
                "no product of two matrices anywhere; a new inverse takes O(d³)",
            ),
        ),
    )


def prove() -> Iterator[Check]:
    """Multiply out for symbols, d = 2; the determinant says when it is allowed."""
    P, u, v = symbols("p", 2, 2), symbols("u", 2), symbols("v", 2)
    X = update(P, u, v)  # (M + u vᵀ) X = I, times P = M⁻¹ from the left
    yield equal("(I + M⁻¹u vᵀ) X = M⁻¹", X + np.outer(P @ u, v) @ X, P)
    M = symbols("m", 2, 2)
    dense = rational(M)
    adjugate = np.array(dense.adjugate().tolist(), dtype=object)
    determinant = (dense + rational(np.outer(u, v))).det()
    matched = dense.det() * denominator(adjugate @ u / dense.det(), v)
    yield equal("det(M + u vᵀ) = det M · (1 + vᵀM⁻¹u)", determinant, sp.expand(matched))


def cases(found: Solution, M: Matrix, u: Vector, v: Vector) -> Iterator[Case]:
    """Where the key's fact about the inverse is held; its rate is held against the count."""
    yield Case("cost", {"M": M, "u": u, "v": v, "N": found.answer["inverse"]}, None)


def check(found: Solution, M: Matrix, u: Vector, v: Vector) -> Iterator[Check]:
    """Forget the formula: multiply by M and M + u vᵀ; compare the determinants; count a run."""
    changed = M + np.outer(u, v)
    P, column, row = (found.working[name] for name in ("given", "column", "row"))
    yield alike("M times the inverse given is I", (M, P))
    yield equal("M times the column is u", M @ column, u, scale=terms(M, column))
    yield equal("the row times M is v", row @ M, v, scale=terms(row[None], M))
    yield alike("(M + u vᵀ) times the answer is I", (changed, found.answer["inverse"]))
    yield equal(
        "1 + vᵀM⁻¹u = det(M + u vᵀ)/det M",
        found.answer["denominator"],
        determinant_ratio(changed, M),
        scale=1 + terms(v[None], column),
    )
    yield counts("operations are those of the update run", COSTS[0], found.answer["cost"])
    here = extrapolated(COSTS[0], {"d": 2}, d=len(M))
    yield equal("the count here, as runs at d = 1, 2, 3 say", found.answer["here"], here)


GENERIC = (
    {"M": matrix("2,1,0;1/2,3,-1;4,0,1"), "u": vector("1,2,-1"), "v": vector("3,-1,2")},
    {"M": matrix("0,1,0;0,0,1;1,0,0"), "u": vector("1,2,-1"), "v": vector("3,-1,2")},
    {"M": matrix("0,1;2,5"), "u": vector("1,2"), "v": vector("1,4")},
    {"M": matrix("-3"), "u": vector("2"), "v": vector("5")},
)
ILL_POSED = (
    ({"M": matrix("1,2")}, "--M"),
    ({"M": matrix("1,2;2,4")}, "--M"),
    ({"u": vector("1,2,3")}, "--u"),
    ({"v": vector("1")}, "--v"),
    ({"M": matrix("1,0;0,1"), "u": vector("1,0"), "v": vector("-1,0")}, "--u"),
)
KEY = (
    Slot(
        "cost",
        "complexity",
        "O(d^2)",
        where="d, M: d×d invertible, u: d, v: d",
        facts=("N = M^(-1) - (M^(-1) u)(v^T M^(-1))/(1 + v^T M^(-1) u)",),
        assuming=("1 + vᵀM⁻¹u ≠ 0",),
        twins={"a new inverse": "O(d^3)", "vectors only": "O(d)", "constant": "O(1)"},
    ),
)
