"""Ridge attention over all keys, parts 4c and 4g.

W = (KᵀK + λI)⁻¹ KᵀV is fitted to keys and values, a query reads o = Wᵀ q.

By the normal equations, d × d, or by their dual, n × n, whichever is smaller; both are positive
definite for λ > 0, and solved by Cholesky. Gradients in closed form: with M = KᵀK + λI and P = M⁻¹
Qᵀ Ō,

    Q̄ = Ō Wᵀ,   V̄ = K P,   K̄ = (V − K W) Pᵀ − V̄ Wᵀ,   λ̄ = −⟨P, W⟩;

dually, with T = (K Kᵀ + λI)⁻¹ V, so that W = KᵀT and V − K W = λT, and nothing is divided by λ:

    V̄ = (K Kᵀ + λI)⁻¹ K QᵀŌ,   K̄ = T (QᵀŌ − KᵀV̄)ᵀ − V̄ Wᵀ,   λ̄ = −⟨V̄, T⟩.
"""

from __future__ import annotations

import math
import warnings
from typing import Any, NamedTuple

import numpy as np

from ..part import InputError
from .arrays import (
    Array,
    PrecisionWarning,
    TooLargeError,
    all_finite,
    checked,
    common_shape,
    eye,
    given_back,
    namespace,
    penalty,
    precision,
    transposed,
)

LOG_LARGEST = 690.0  # of what stays well within float64
LOST = "lam is so small beside the keys that float64 loses it: pass a larger one"


class Gradients(NamedTuple):
    """The gradients of ⟨Ō, output⟩, each in the shape of what it belongs to; lam is a number."""

    Q: Array
    K: Array
    V: Array
    lam: float


def ridge_attention(Q: Array, K: Array, V: Array, lam: float) -> Array:
    """Q (…, t, d), K (…, n, d), V (…, n, e), λ > 0 → (…, t, e).

    O((n + t) d (d + e) + d³), or dually for n < d.

    float32 where all three are, else float64; computed in float64. Leading dimensions broadcast.
    Raises InputError for shapes that do not fit, entries that are not finite, λ ≤ 0, and a λ that
    float64 loses beside the keys; warns (PrecisionWarning) where rounding may move an output by
    1e-7.
    """
    xp, dtype, Q, K, V = attended(Q, K, V)
    lam = within_range(xp, K, penalty(lam))
    with np.errstate(all="ignore"):
        out = Q @ fitted(xp, K, V, lam)
    return given_back(xp, finite(xp, out), dtype)


def ridge_weights(q: Array, K: Array, lam: float) -> Array:
    """The weights a of the values, o = Vᵀ a, by a query: a = K (KᵀK + λI)⁻¹ q = (K Kᵀ + λI)⁻¹ K q.

    q (d,) or queries (…, t, d), K (…, n, d) → (n,) or (…, t, n). O(n d² + d³ + t n d), or dually
    for n < d.
    """
    xp, dtype = namespace(q, K), precision(namespace(q, K), q, K)
    q, K, lam = checked(xp, "q", q, 1), checked(xp, "K", K), penalty(lam)
    if q.shape[-1] != K.shape[-1]:
        raise InputError(
            f"q has shape {tuple(q.shape)}, but a key has {K.shape[-1]} entries: give as many"
        )
    rows = q[None, :] if q.ndim == 1 else q
    n, d = K.shape[-2:]
    lam = within_range(xp, K, lam)
    with np.errstate(all="ignore"):
        if n < d:
            weights = transposed(
                solved(xp, with_ridge(xp, K @ transposed(K), lam), K @ transposed(rows))
            )
        else:
            weights = transposed(
                solved(xp, with_ridge(xp, transposed(K) @ K, lam), transposed(rows))
            ) @ transposed(K)
    return given_back(xp, finite(xp, weights[..., 0, :] if q.ndim == 1 else weights), dtype)


def ridge_attention_vjp(Q: Array, K: Array, V: Array, lam: float, output_bar: Array) -> Gradients:
    """The gradients of ⟨output_bar, ridge_attention(Q, K, V, lam)⟩, in about two forward passes."""
    xp, dtype, q, k, v = attended(Q, K, V)
    bar = matching(xp, output_bar, q, k, v)
    lam = within_range(xp, k, penalty(lam))
    n, d = k.shape[-2:]
    with np.errstate(all="ignore"):
        H = transposed(q) @ bar
        if n < d:
            gram = with_ridge(xp, k @ transposed(k), lam)
            T, V_sum = solved(xp, gram, v), solved(xp, gram, k @ H)
            W = transposed(k) @ T
            K_sum = T @ transposed(H - transposed(k) @ V_sum) - V_sum @ transposed(W)
            lam_bar = -xp.sum(V_sum * T)
        else:
            gram = with_ridge(xp, transposed(k) @ k, lam)
            W, P = solved(xp, gram, transposed(k) @ v), solved(xp, gram, H)
            V_sum = k @ P
            K_sum = (v - k @ W) @ transposed(P) - V_sum @ transposed(W)
            lam_bar = -xp.sum(P * W)
        Q_sum = bar @ transposed(W)
    return collected(xp, dtype, ((Q_sum, q), (K_sum, k), (V_sum, v)), lam_bar)


def collected(
    xp: Any, dtype: Any, found: tuple[tuple[Array, Array], ...], lam_bar: Array
) -> Gradients:
    """Each gradient in the shape of its input and the caller's precision.

    TooLargeError where one is not finite.
    """
    Q_bar, K_bar, V_bar = (
        given_back(xp, finite(xp, gathered(xp, value, of.shape)), dtype) for value, of in found
    )
    return Gradients(Q_bar, K_bar, V_bar, float(finite(xp, lam_bar)))


def warn_if_lost(xp: Any, condition: Array, lam: float) -> None:
    """Say so where a system's condition lets rounding move outputs by over 1e-7."""
    lost = 2.0**-53 * float(xp.max(xp.abs(condition)))
    if not lost <= 1e-7:
        warnings.warn(
            f"lam is {lam:g}, too small for keys that do not span their space: "
            f"rounding may move outputs by {lost:.0e}",
            PrecisionWarning,
            stacklevel=4,
        )


def with_ridge(xp: Any, gram: Array, lam: float) -> Array:
    """gram + λI; a PrecisionWarning where its condition passes 1e9.

    The eigenvalues are asked only where λ does not settle it.
    """
    M = gram + lam * eye(xp, gram.shape[-1], gram)
    size = xp.sum(xp.linalg.diagonal(M), axis=-1)
    if not 2.0**-53 * float(xp.max(size)) <= 1e-7 * lam:
        values = xp.linalg.eigvalsh(M)
        warn_if_lost(xp, values[..., -1] / values[..., 0], lam)
    return M


def within_range(xp: Any, K: Array, lam: float) -> float:
    """λ, if no sum of products of keys, divided by it or not, can overflow; else TooLargeError.

    One pass over the keys.
    """
    if K.shape[-2]:
        largest = max(float(xp.max(K)), -float(xp.min(K)))
        if (
            largest
            and 2 * math.log(largest)
            + math.log(K.shape[-2] * K.shape[-1])
            - min(0.0, math.log(lam))
            > LOG_LARGEST
        ):
            raise TooLargeError(
                f"the keys, up to {largest:.0e}, are too large beside lam {lam:.0e}: "
                "scale them down"
            )
    return lam


def finite(xp: Any, value: Array) -> Array:
    """The value, or TooLargeError where an entry is not finite."""
    if not all_finite(xp, value):
        raise TooLargeError("the result overflows float64: scale the queries, keys and values down")
    return value


def fitted(xp: Any, K: Array, V: Array, lam: float) -> Array:
    """W = (KᵀK + λI)⁻¹ KᵀV = Kᵀ (K Kᵀ + λI)⁻¹ V, (…, d, e)."""
    n, d = K.shape[-2:]
    if n < d:
        return transposed(K) @ solved(xp, with_ridge(xp, K @ transposed(K), lam), V)
    return solved(xp, with_ridge(xp, transposed(K) @ K, lam), transposed(K) @ V)


def solved(xp: Any, M: Array, R: Array) -> Array:
    """M⁻¹ R for a positive definite M; InputError where float64 sees a singular one."""
    L = cholesky(xp, M)
    return xp.linalg.solve(transposed(L), xp.linalg.solve(L, R))


def positive_inverse(xp: Any, M: Array) -> Array:
    """M⁻¹, symmetric to the last bit, for a positive definite M."""
    inverse = xp.linalg.inv(cholesky(xp, M))
    return transposed(inverse) @ inverse


def cholesky(xp: Any, M: Array) -> Array:
    """L with L Lᵀ = M; InputError where M is not positive definite in float64."""
    try:
        L = xp.linalg.cholesky(M)
    except getattr(
        xp.linalg, "LinAlgError", np.linalg.LinAlgError
    ) as error:  # PyTorch's is its own
        raise InputError(LOST) from error
    if xp is not np and not all_finite(xp, L):  # JAX says it so
        raise InputError(LOST)
    return L


def attended(
    Q: Array, K: Array, V: Array, finite: bool = True
) -> tuple[Any, Any, Array, Array, Array]:
    """(xp, dtype, Q, K, V), checked to fit, and to be finite if asked."""
    xp = namespace(Q, K, V)
    dtype = precision(xp, Q, K, V)
    Q, K, V = (checked(xp, name, M, finite=finite) for name, M in (("Q", Q), ("K", K), ("V", V)))
    if Q.shape[-1] != K.shape[-1]:
        raise InputError(
            f"Q has shape {tuple(Q.shape)}, but a key has {K.shape[-1]} entries: "
            "give queries as many"
        )
    if V.shape[-2] != K.shape[-2]:
        raise InputError(
            f"V has shape {tuple(V.shape)}, but there are {K.shape[-2]} keys: "
            "give one value for each"
        )
    common_shape(Q=tuple(Q.shape[:-2]), K=tuple(K.shape[:-2]), V=tuple(V.shape[:-2]))
    return xp, dtype, Q, K, V


def matching(xp: Any, output_bar: Array, Q: Array, K: Array, V: Array) -> Array:
    """The gradient of the output, checked to have its shape."""
    namespace(output_bar, Q)
    batch = common_shape(Q=tuple(Q.shape[:-2]), K=tuple(K.shape[:-2]), V=tuple(V.shape[:-2]))
    shape = (*batch, Q.shape[-2], V.shape[-1])
    bar = checked(xp, "output_bar", output_bar)
    if tuple(bar.shape) != shape:
        raise InputError(
            f"output_bar has shape {tuple(bar.shape)}, but the output has {shape}: "
            "give one entry for each"
        )
    return bar


def gathered(xp: Any, bar: Array, shape: tuple[int, ...]) -> Array:
    """A gradient summed over the leading dimensions along which its input was broadcast."""
    extra = bar.ndim - len(shape)
    bar = xp.sum(bar, axis=tuple(range(extra))) if extra else bar
    along = tuple(i for i, size in enumerate(shape) if size == 1 and bar.shape[i] != 1)
    return xp.sum(bar, axis=along, keepdims=True) if along else bar
