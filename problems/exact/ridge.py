"""Ridge attention, as problem 4 has it: W = (KᵀK + λI)⁻¹ KᵀV is fitted to the keys and values, a
query reads Wᵀq.

K is (n, d), V (n, e), Q (t, d), λ > 0. Every function runs on exact, floating-point, symbolic and
counted numbers.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..part import InputError
from .linear import linear_solve
from .numbers import Matrix, Vector, positive, shaped


def fits(K: Matrix, V: Matrix | None, Q: Matrix | None, lam: Any) -> tuple[int, int]:
    """(n, d), or an InputError that names the option whose shape is off."""
    n, d = K.shape
    if V is not None:
        shaped("--V", V, n, None, f"K has {n} keys")
    if Q is not None:
        shaped("--Q", Q, None, d, f"a key has {d} entries")
    positive("--lam", lam, "with λ <= 0 the fit need not exist")
    if K.dtype.kind == "f" and np.finfo(float).eps * (K * K).sum() > 1e-9 * lam:
        raise InputError(
            f"--lam is {lam}, so small beside the keys that float64 loses it: "
            "pass a larger one, or drop --float"
        )
    return n, d


def with_ridge(G: Matrix, lam: Any) -> Matrix:
    """G + λI; d additions."""
    M = G.copy()
    for i in range(len(M)):
        M[i, i] = M[i, i] + lam
    return M


def fit(K: Matrix, V: Matrix, lam: Any) -> Matrix:
    """W = (KᵀK + λI)⁻¹ KᵀV, (d, e), by elimination; O(n d (d + e) + d³)."""
    return linear_solve(with_ridge(K.T @ K, lam), K.T @ V)


def attend(K: Matrix, V: Matrix, Q: Matrix, lam: Any) -> Matrix:
    """o_t = Wᵀ q_t for every query, (t, e)."""
    return Q @ fit(K, V, lam)


def dual(K: Matrix, q: Vector, lam: Any) -> Vector:
    """What the output is made of, a (n,) with o = Vᵀ a, by the n×n system: (K Kᵀ + λI)⁻¹ K q.

    An independent road, and dearer for n > d.
    """
    return linear_solve(with_ridge(K @ K.T, lam), (K @ q)[:, None])[:, 0]
