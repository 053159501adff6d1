"""Linear purification, parts 3b and 3c: W = X Xᵀ (X Xᵀ + λI)⁻¹ minimises ‖X − W X‖² + λ‖W‖².

X = U Σ Vᵀ makes it U diag(g) Uᵀ with gains g = σ²/(σ² + λ). For λ well above rounding it is solved
by Cholesky, with the m×m matrix X Xᵀ or, for fewer points than features, the n×n matrix XᵀX; below,
where squaring X would lose λ, by a singular value decomposition.
"""

from __future__ import annotations

import warnings

import numpy as np

from ..part import InputError
from .arrays import (
    Array,
    PrecisionWarning,
    checked,
    eye,
    given_back,
    namespace,
    penalty,
    precision,
    transposed,
)
from .ridge import solved

EPSILON = 2.0**-52
BY_CHOLESKY = 1e10 * EPSILON  # of σ₁²: a λ above it loses at most 1e-10


def gains(sigmas: Array, lam: float) -> Array:
    """σ²/(σ² + λ) = 1/(1 + (√λ/σ)²), without overflow; σ ≥ 0 of any shape, λ > 0. O(size)."""
    xp = namespace(sigmas)
    dtype = precision(xp, sigmas)
    s, root = checked(xp, "sigmas", sigmas, 0), penalty(lam) ** 0.5
    if bool(xp.any(s < 0)):
        raise InputError(
            "sigmas has a negative entry, but a singular value is 0 or more: pass those"
        )
    large = s > root
    small_over_large = xp.where(
        large,
        root / xp.where(large, s, xp.ones_like(s)),
        xp.where(large, xp.zeros_like(s), s) / root,
    )
    with np.errstate(under="ignore"):
        ratio = small_over_large**2
    return given_back(xp, xp.where(large, 1 / (1 + ratio), ratio / (1 + ratio)), dtype)


def purify(X: Array, lam: float) -> Array:
    """X (…, m, n), m features of n points, λ > 0 → W (…, m, m), symmetric.

    O(m n min(m, n) + m² min(m, n)).

    Raises InputError for λ ≤ 0 and entries that are not finite.
    """
    xp = namespace(X)
    dtype, X, lam = precision(xp, X), checked(xp, "X", X), penalty(lam)
    if 0 in X.shape:
        raise InputError(
            f"X is empty, of shape {tuple(X.shape)}: give at least one feature and one point"
        )
    m, n = X.shape[-2:]
    with np.errstate(all="ignore"):
        largest = float(xp.max(xp.sum(X * X, axis=(-2, -1))))  # of the traces, which bound σ₁²
        if not lam > BY_CHOLESKY * largest:
            U, s, _ = xp.linalg.svd(X, full_matrices=False)
            W = (U * gains(s, lam)[..., None, :]) @ transposed(U)
            lost = max(m, n) * EPSILON * s[..., :1]
            if bool(xp.any((s <= lost) & (s > 0) & (lost > lam**0.5))):
                warnings.warn(
                    "X has singular values that rounding cannot tell from 0, and lam is below them",
                    PrecisionWarning,
                    stacklevel=2,
                )
        elif n < m:
            W = X @ solved(xp, transposed(X) @ X + lam * eye(xp, n, X), transposed(X))
        else:
            gram = X @ transposed(X)
            W = solved(xp, gram + lam * eye(xp, m, X), gram)
        return given_back(xp, (W + transposed(W)) / 2, dtype)
