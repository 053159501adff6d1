"""Linear purification: the encoder that minimises ‖X − W X‖² + λ‖W‖² is W = X Xᵀ (X Xᵀ + λI)⁻¹ (parts 3b, 3c).

X = U Σ Vᵀ makes it U diag(g) Uᵀ with gains g = σ²/(σ² + λ). For λ well above rounding it is solved by Cholesky, with the m×m
matrix X Xᵀ or, for fewer points than features, the n×n matrix XᵀX; below, where squaring X would lose λ, by a singular value
decomposition.
"""

from __future__ import annotations

import numpy as np

from .arrays import Array, checked, eye, given_back, namespace, penalty, precision, transposed
from .ridge import solved


def gains(sigmas: Array, lam: float) -> Array:
    """σ²/(σ² + λ) for singular values σ ≥ 0 of any shape and λ > 0, without overflow: 1/(1 + (√λ/σ)²). O(size)."""
    xp = namespace(sigmas)
    dtype = precision(xp, sigmas)
    s, root = xp.abs(checked(xp, "sigmas", sigmas, 0)), penalty(lam) ** 0.5
    large = s > root
    ratio = xp.where(large, root / xp.where(large, s, xp.ones_like(s)), s / root) ** 2
    return given_back(xp, xp.where(large, 1 / (1 + ratio), ratio / (1 + ratio)), dtype)


def purify(X: Array, lam: float) -> Array:
    """X (…, m, n), m features of n points, λ > 0 → W (…, m, m), symmetric. O(m n min(m, n) + m² min(m, n)).

    Raises InputError for λ ≤ 0 and entries that are not finite.
    """
    xp = namespace(X)
    dtype, X, lam = precision(xp, X), checked(xp, "X", X), penalty(lam)
    m, n = X.shape[-2:]
    # the largest of the traces bounds σ₁²
    largest = float(xp.max(xp.sum(X * X, axis=(-2, -1))))
    if not np.isfinite(largest) or lam <= 1e4 * np.finfo(float).eps * largest:
        U, s, _ = xp.linalg.svd(X, full_matrices=False)
        W = (U * gains(s, lam)[..., None, :]) @ transposed(U)
    elif n < m:
        W = X @ solved(xp, transposed(X) @ X + lam * eye(xp, n, X), transposed(X))
    else:
        gram = X @ transposed(X)
        W = solved(xp, gram + lam * eye(xp, m, X), gram)
    return given_back(xp, (W + transposed(W)) / 2, dtype)
