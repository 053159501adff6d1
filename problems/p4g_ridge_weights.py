"""4(g) The weights that ridge attention gives the values.

Ridge attention answers a query by a weighted sum of the values, o = Σ_i a_i v_i. What are the weights?

    a = K (KᵀK + λI)⁻¹ q = (K Kᵀ + λI)⁻¹ K q,   a_i = k_iᵀ (KᵀK + λI)⁻¹ q.

Unlike softmax's, they may be negative and need not sum to 1. Shapes: K (n, d), q (d,), a (n,). O(n d² + d³), or O(n² d + n³) by
the second form.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import numpy as np
import sympy as sp

from .part import Answer, Check, InputError, Solution, Step
from .exact import (
    Matrix,
    Scalar,
    Vector,
    affordable,
    equal,
    identity,
    integers,
    inverse,
    is_exact,
    linear_solve,
    matrix,
    rational,
    scalar,
    symbols,
    vector,
    written_out,
)
from .numeric import ridge_weights
from .ridge import fit, fits, with_ridge

k, kt, one, q_, lam = (
    *(sp.Symbol(x, commutative=False) for x in ("K", "Kᵀ", "I", "q")),
    sp.Symbol("lambda", positive=True),
)
WEIGHTS = k * (kt * k + lam * one) ** -1 * q_


def weights(K: Matrix, q: Vector, lam: Any) -> Vector:
    """a = K (KᵀK + λI)⁻¹ q, by the d×d system; in floating point by the engines."""
    if K.dtype.kind == "f":
        return np.asarray(ridge_weights(q, K, lam))
    return K @ linear_solve(with_ridge(K.T @ K, lam), q[:, None])[:, 0]


def solve(
    K: Annotated[Matrix, "keys, one a row, n×d"] = matrix("1,2;0,1;3,-1"),
    q: Annotated[Vector, "the query, d entries"] = vector("1,1"),
    lam_: Annotated[Scalar, "the ridge penalty λ > 0"] = scalar("1"),
) -> Solution:
    n, size = fits(K, None, None, lam_)
    if len(q) != size:
        raise InputError(f"--q has {len(q)} entries, but a key has {size}: give {size}")
    affordable("--K", n * size * size + size**3, K, q, growth=2 * size)
    a = weights(K, q, lam_)
    scores = (K @ q).astype(float) / np.sqrt(size)
    soft = np.exp(scores - scores.max()) / np.exp(scores - scores.max()).sum()
    negative = tuple(int(i) + 1 for i in np.flatnonzero(a < 0))
    return Solution(
        answer={"a": WEIGHTS, "weights": a, "sum": a.sum(), "negative": negative},
        steps=(
            Step(
                "o = Wᵀ q = Vᵀ K (KᵀK + λI)⁻¹ q",
                None,
                "W = (KᵀK + λI)⁻¹KᵀV and the inverse is symmetric",
            ),
            Step("a", WEIGHTS, "what multiplies Vᵀ: o = Vᵀ a = Σ_i a_i v_i"),
            Step(
                "(KᵀK + λI)⁻¹ q",
                linear_solve(with_ridge(K.T @ K, lam_), q[:, None])[:, 0],
                "one d×d system",
            ),
            Step("a = K times that", a, "a_i = k_iᵀ (KᵀK + λI)⁻¹ q: one number a key"),
            Step(
                "a = (K Kᵀ + λI)⁻¹ K q",
                None,
                "the same: (K Kᵀ + λI) K = K (KᵀK + λI), push-through",
            ),
            Step(
                "negative weights",
                negative or "none",
                "positions at which a value is subtracted; softmax has none",
            ),
            Step("sum of the weights", a.sum(), "softmax's is always 1"),
            Step(
                "softmax's weights, about", tuple(soft.tolist()), f"exp(k_iᵀq/√{size}), normalised"
            ),
        ),
    )


def prove() -> Iterator[Check]:
    """Push-through on symbols, and that the weights give the output of the fit."""
    K, l = symbols("k", 3, 2), sp.Symbol("lambda", positive=True)
    dense = rational(K)
    left = (dense * dense.T + l * sp.eye(3)) * dense
    yield equal(
        "(K Kᵀ + λI) K = K (KᵀK + λI)",
        left.applyfunc(sp.expand),
        (dense * (dense.T * dense + l * sp.eye(2))).applyfunc(sp.expand),
    )
    P, V, q = symbols("p", 2, 2), symbols("v", 3, 2), symbols("q", 2)
    P[1, 0] = P[0, 1]  # the inverse of a symmetric matrix
    yield equal("Wᵀ q = Vᵀ a", ((P @ K.T @ V).T @ q), V.T @ (K @ P @ q))
    first, *rest = WEIGHTS.subs(one, 1).args
    yield equal(
        "a = K M⁻¹ q with M = KᵀK + λI: M times what follows K is q",
        (kt * k + lam) * sp.Mul(*rest),
        q_,
    )
    yield equal(
        "so (K Kᵀ + λI) a = K M M⁻¹ q = K q",
        sp.expand((k * kt + lam) * first - k * (kt * k + lam)),
        0,
    )


def check(found: Solution, K: Matrix, q: Vector, lam_: Scalar) -> Iterator[Check]:
    """Forget the formula: the weights must solve the n×n system, and reproduce the fit for any values."""
    a, n = found.answer["weights"], len(K)
    yield equal("(K Kᵀ + λI) a = K q", (K @ K.T + lam_ * identity(n, K)) @ a, K @ q)
    V = integers(np.random.default_rng(0), n, 2)
    V = V if is_exact(K) else V.astype(float)
    yield equal("Σ a_i v_i is the output of the fit", a @ V, fit(K, V, lam_).T @ q)
    left, right = matrix("1,2;0,1;3,-1"), matrix("1;2")
    n_by_n = inverse(left @ left.T + 2 * identity(3, left)) @ left @ right
    cases = [(left, left.T, identity(2, left), right, 2, n_by_n)]
    yield written_out(
        "the formula for a is (K Kᵀ + λI)⁻¹ K q, multiplied out",
        found.answer["a"],
        (k, kt, one, q_, lam),
        cases,
    )
    total, below = a[0] * 0, []
    for i, a_i in enumerate(a, 1):
        total = total + a_i
        below += [i] if a_i < 0 else []
    yield equal("their sum, added up", found.answer["sum"], total)
    yield Check(
        "the negative ones, looked up",
        list(found.answer["negative"]) == below,
        f"{below or 'none'}",
    )


def twins(found: Solution, K: Matrix, q: Vector, lam_: Scalar) -> dict[str, dict[str, Any]]:
    a, n = found.answer["weights"], len(K)
    return {
        "softmax: positive, summing to 1": {
            "weights": np.abs(a) / np.abs(a).sum(),
            "sum": a.sum() / a.sum() + 1,
        },
        "Kq without the inverse": {"weights": K @ q},
        "λ left out of the inverse": {"weights": weights(K, q, lam_ / 2)},
        "the n×n inverse without Kq's K": {
            "weights": inverse(K @ K.T + lam_ * identity(n, K)) @ np.resize(q, n)
        },
        "K transposed in the formula": {"a": kt * (k * kt + lam * one) ** -1 * q_},
        "(KᵀK + λI)⁻¹ K q": {"a": (kt * k + lam * one) ** -1 * k * q_},
        "never negative": {"negative": () if found.answer["negative"] else (1,)},
    }


GENERIC = (
    {"K": matrix("1,2,0;0,1,1;3,-1,2;1,1,-2"), "q": vector("1,1,2"), "lam_": scalar("2/3")},
    {"K": matrix("1,0;0,1"), "q": vector("1,0"), "lam_": scalar("1")},  # a weight of exactly 0
    {"K": matrix("1,2,1;0,1,-1"), "q": vector("2,1,5"), "lam_": scalar("3")},
)
ANSWERS = (
    Answer(
        slot="weights",
        kind="matrix_expr",
        reference="K (K^T K + λ I)^(-1) q",
        symbols={"K": "n×d", "V": "n×d", "q": "d", "k_i": "d = row i of K", "λ": "scalar > 0"},
        names=("a", "α", "w"),
        also={"k_i^T (K^T K + λ I)^(-1) q": "it is a_i, for every i"},
        assuming=("λ > 0",),
        twins={
            "K transposed": "K^T (K K^T + λ I)^(-1) q",
            "inverse and K exchanged": "(K^T K + λ I)^(-1) K q",
            "without the inverse": "K q",
            "the values put in": "K (K^T K + λ I)^(-1) K^T V q",
            "λ left out": "K (K^T K)^(-1) q",
        },
    ),
)
