"""Linear systems in any exact field: fractions, symbols, counted numbers; float64 goes to LAPACK."""

from __future__ import annotations

import numpy as np

from .numbers import Matrix, identity


def linear_solve(M: Matrix, R: Matrix) -> Matrix:
    """X with M X = R, by elimination in any exact field; float64 goes to LAPACK. M: (n, n), R: (n, r); O(n³ + n² r).

    Raises ZeroDivisionError where M is singular.
    """
    if M.dtype.kind in "fc":
        try:
            return np.linalg.solve(M, R)
        except np.linalg.LinAlgError:
            raise ZeroDivisionError("the matrix is singular") from None
    n, W = len(M), np.concatenate([M, R], axis=1)
    for k in range(n):
        pivot = next((i for i in range(k, n) if W[i, k]), None)
        if pivot is None:
            raise ZeroDivisionError("the matrix is singular")
        W[[k, pivot]] = W[[pivot, k]]
        for i in range(k + 1, n):
            W[i, k + 1 :] = W[i, k + 1 :] - W[i, k] / W[k, k] * W[k, k + 1 :]
    for k in reversed(range(n)):
        W[k, n:] = W[k, n:] / W[k, k]
        for i in range(k):
            W[i, n:] = W[i, n:] - W[i, k] * W[k, n:]
    return W[:, n:]


def inverse(M: Matrix) -> Matrix:
    """M⁻¹, as `linear_solve`."""
    return linear_solve(M, identity(len(M), M))
