"""Linear systems in any exact field: fractions, symbols, counted numbers; floats go to LAPACK."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .numbers import Matrix, identity


def linear_solve(M: Matrix, R: Matrix) -> Matrix:
    """X with M X = R, by elimination in any exact field; float64 goes to LAPACK.

    M: (n, n), R: (n, r); O(n³ + n² r). Raises ZeroDivisionError where M is singular.
    """
    if M.dtype.kind in "fc":
        try:
            return np.linalg.solve(M, R)
        except np.linalg.LinAlgError:
            raise ZeroDivisionError("the matrix is singular") from None
    n, W = len(M), np.concatenate([M, R], axis=1)
    _eliminated(W)
    for k in reversed(range(n)):
        W[k, n:] = W[k, n:] / W[k, k]
        for i in range(k):
            W[i, n:] = W[i, n:] - W[i, k] * W[k, n:]
    return W[:, n:]


def _eliminated(W: Matrix) -> int:
    """Gauss's elimination below the diagonal, in place; the sign of its row exchanges.

    ZeroDivisionError where a pivot lacks.
    """
    n, sign = len(W), 1
    for k in range(n):
        pivot = next((i for i in range(k, n) if W[i, k]), None)
        if pivot is None:
            raise ZeroDivisionError("the matrix is singular")
        if pivot != k:
            W[[k, pivot]] = W[[pivot, k]]
            sign = -sign
        for i in range(k + 1, n):
            W[i, k + 1 :] = W[i, k + 1 :] - W[i, k] / W[k, k] * W[k, k + 1 :]
    return sign


def inverse(M: Matrix) -> Matrix:
    """M⁻¹, as `linear_solve`."""
    return linear_solve(M, identity(len(M), M))


def determinant_ratio(top: Matrix, bottom: Matrix) -> Any:
    """det(top)/det(bottom), both invertible, by two eliminations.

    ZeroDivisionError where one of them is not.
    """
    if top.dtype.kind in "fc":
        (sign, size), (sign_below, size_below) = np.linalg.slogdet(top), np.linalg.slogdet(bottom)
        return float(sign * sign_below * np.exp(size - size_below))
    above, below = top.copy(), bottom.copy()
    sign = _eliminated(above) * _eliminated(below)
    return sign * math.prod(above[i, i] / below[i, i] for i in range(len(above)))
