"""4(g) The weights that ridge attention gives the values.

Ridge attention answers a query by a weighted sum of the values, o = Σ_i a_i v_i.
What are the weights?

    a = K (KᵀK + λI)⁻¹ q = (K Kᵀ + λI)⁻¹ K q,   a_i = k_iᵀ (KᵀK + λI)⁻¹ q.

Unlike softmax's, they may be negative and need not sum to 1. Shapes: K (n, d), q (d,), a (n,).
O(n d² + d³), or O(n² d + n³) by the second form.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Annotated, Any

import numpy as np
import sympy as sp

from .exact import (
    Matrix,
    Scalar,
    Vector,
    affordable,
    equal,
    holds,
    integers,
    is_exact,
    linear_solve,
    matrix,
    scalar,
    symbols,
    terms,
    vector,
)
from .exact.ridge import fit, fits, with_ridge
from .formulas.formula import formula
from .numeric import ridge_weights
from .part import Case, Check, InputError, Slot, Solution, Step

DECIMALS = 6  # of softmax's weights, which are not rational


def weights(K: Matrix, q: Vector, lam: Any) -> tuple[Vector, Vector]:
    """u = (KᵀK + λI)⁻¹ q by elimination, and a = K u; in floating point a by the engines."""
    u = linear_solve(with_ridge(K.T @ K, lam), q[:, None])[:, 0]
    return u, np.asarray(ridge_weights(q, K, lam)) if K.dtype.kind == "f" else K @ u


def softmax(K: Matrix, q: Vector) -> Vector:
    """The weights exp(k_iᵀq/√d)/Σ_j exp(k_jᵀq/√d) of softmax attention, rounded to DECIMALS."""
    scores = K @ q
    gaps = np.maximum(scores - scores.max(), -1e9)  # exp of less is 0, and may be beyond float64
    shares = np.exp(gaps.astype(float) / math.sqrt(K.shape[1]))
    rounded = np.round(shares / shares.sum(), DECIMALS)
    return np.array([Fraction(str(x)) for x in rounded]) if is_exact(K) else rounded


def solve(
    K: Annotated[Matrix, "keys, one a row, n×d"] = matrix("1,2;0,1;3,-1"),
    q: Annotated[Vector, "the query, d entries"] = vector("1,1"),
    lam_: Annotated[Scalar, "the ridge penalty λ > 0"] = scalar("1"),
) -> Solution:
    n, size = fits(K, None, None, lam_)
    if len(q) != size:
        raise InputError(f"--q has {len(q)} entries, but a key has {size}: give {size}")
    affordable("--K", 15 * n * size**2 + 40 * size**3, K, q, growth=2 * size)
    u, a = weights(K, q, lam_)
    return Solution(
        answer={
            "weights": a,
            "sum": a.sum(),
            "negative": tuple(int(i) + 1 for i in np.flatnonzero(a < 0)),
        },
        working={"solution": u, "softmax": softmax(K, q)},
        steps=(
            Step(
                "o = Wᵀ q = Vᵀ K (KᵀK + λI)⁻¹ q",
                None,
                "W = (KᵀK + λI)⁻¹KᵀV and the inverse is symmetric",
            ),
            Step("a", formula(KEY, "weights"), "what multiplies Vᵀ: o = Vᵀ a = Σ_i a_i v_i"),
            Step("(KᵀK + λI)⁻¹ q", "solution", "one d×d system"),
            Step("a = K times that", "weights", "a_i = k_iᵀ (KᵀK + λI)⁻¹ q: one number a key"),
            Step(
                "a = (K Kᵀ + λI)⁻¹ K q",
                None,
                "the same: (K Kᵀ + λI) K = K (KᵀK + λI), push-through",
            ),
            Step(
                "positions of negative weights",
                "negative",
                "a value is subtracted there; softmax has none" if (a < 0).any() else "none here",
            ),
            Step("sum of the weights", "sum", "softmax's is always 1"),
            Step(
                f"softmax's weights, to {DECIMALS} decimals",
                "softmax",
                f"exp(k_iᵀq/√{size}), normalised",
            ),
        ),
    )


def prove() -> Iterator[Check]:
    """The weights solve the n×n system and give the output of the fit; so does the key."""
    q, l = symbols("q", 2), sp.Symbol("lambda", positive=True)
    for K in (symbols("k", 1, 2), symbols("k", 3, 1)):
        n, d = K.shape
        V, (_, a) = symbols("v", n, 1), weights(K, q[:d], l)
        left = with_ridge(K @ K.T, l) @ a
        yield equal(f"(K Kᵀ + λI) a = K q, n = {n}, d = {d}", left, K @ q[:d])
        yield equal(f"Wᵀ q = Vᵀ a, n = {n}, d = {d}", fit(K, V, l).T @ q[:d], V.T @ a)
    k, kt = (sp.Symbol(name, commutative=False) for name in ("K", "Kᵀ"))
    lam = sp.Symbol("λ", positive=True)
    first, *rest = formula(KEY, "weights").sympy({"λ": lam}).args
    after = (kt * k + lam) * sp.Mul(*rest)
    yield equal(
        "a = K M⁻¹ q with M = KᵀK + λI: M times what follows K is q",
        after,
        sp.Symbol("q", commutative=False),
    )
    pushed = sp.expand((k * kt + lam) * first - k * (kt * k + lam))
    yield equal("so (K Kᵀ + λI) a = K M M⁻¹ q = K q", pushed, 0)


def cases(found: Solution, K: Matrix, q: Vector, lam_: Scalar) -> Iterator[Case]:
    """The key at these numbers; V is for a twin that has the values in it."""
    V = integers(np.random.default_rng(0), *K.shape)
    yield Case("weights", {"K": K, "V": V, "q": q, "λ": lam_}, found.answer["weights"])


def check(found: Solution, K: Matrix, q: Vector, lam_: Scalar) -> Iterator[Check]:
    """Forget the formula: the weights solve the n×n system, never formed, and reproduce the fit."""
    a, u = found.answer["weights"], found.working["solution"]
    yield equal("(K Kᵀ + λI) a = K q", K @ (K.T @ a) + lam_ * a, K @ q, scale=terms(K, q))
    yield equal("(KᵀK + λI) u = q", K.T @ (K @ u) + lam_ * u, q)
    V = integers(np.random.default_rng(0), len(K), 2, like=K)
    W = fit(K, V, lam_)
    yield equal("Σ a_i v_i is the output of the fit", a @ V, W.T @ q, scale=terms(W.T, q))
    yield equal("their sum, added up", found.answer["sum"], sum(a.tolist()), np.abs(a).sum())
    below = [i for i, a_i in enumerate(a.tolist(), 1) if a_i < 0]
    told = list(found.answer["negative"]) == below
    yield holds("the negative ones, looked up", told, f"{len(below)} of {len(a)}")
    scores = (K * q).sum(axis=1)
    beside = np.maximum(scores - max(scores), -1e9).astype(float) * len(q) ** -0.5
    wanted = np.exp(beside - np.logaddexp.reduce(beside))
    shown = found.working["softmax"]
    near = float(np.abs(shown.astype(float) - wanted).max()) <= 0.501e-6
    short = all(round(x, 6) == x for x in shown)
    claim = "softmax's weights are exp(score − log Σ exp score), to six decimals"
    yield holds(claim, near and short, f"{len(K)} keys")


GENERIC = (
    {"K": matrix("1,2,0;0,1,1;3,-1,2;1,1,-2"), "q": vector("1,1,2"), "lam_": scalar("2/3")},
    {"K": matrix("1,0;0,1"), "q": vector("1,0"), "lam_": scalar("1")},  # a weight of exactly 0
    {"K": matrix("1,2,1;0,1,-1"), "q": vector("2,1,5"), "lam_": scalar("3")},
    {"K": matrix("1,2;3,-1"), "q": vector("2,1"), "lam_": scalar("1/2")},  # as many keys as entries
    # scores that exp cannot take, and some that float64 cannot
    {"K": matrix("4000,1;-3,2000"), "q": vector("30,10"), "lam_": scalar("10")},
    {"K": matrix("1e200,1;-1e200,2;3,1"), "q": vector("1e200,1"), "lam_": scalar("1")},
)
ILL_POSED = (
    ({"lam_": scalar("0")}, "--lam"),
    ({"q": vector("1,2,3")}, "--q"),
    ({"q": vector("1")}, "--q"),
)
KEY = (
    Slot(
        "weights",
        "matrix_expr",
        "a = α = w = K (K^T K + λ I)^(-1) q",
        where="K: n×d, V: n×d, q: d, k_i: d = row i of K, λ: scalar > 0",
        also={"a_i = k_i^T (K^T K + λ I)^(-1) q": "it is a_i, for every i"},
        assuming=("λ > 0",),
        twins={
            "K transposed": "K^T (K K^T + λ I)^(-1) q",
            "inverse and K exchanged": "(K^T K + λ I)^(-1) K q",
            "without the inverse": "K q",
            "the values put in": "K (K^T K + λ I)^(-1) K^T V q",
            "λ left out": "K (K^T K)^(-1) q",
            "λ taken away": "K (K^T K - λ I)^(-1) q",
            "the query left out of K's side": "(K K^T + λ I)^(-1) q",
        },
    ),
)
