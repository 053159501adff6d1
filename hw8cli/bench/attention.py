"""Causal ridge attention at every position.

Peers: JAX's scan of Sherman and Morrison, the same as a loop, conjugate gradients.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from problems.numeric import causal_ridge_attention
from problems.numeric.causal import BLOCK

from .peers import compiled, jax, torch
from .race import Call, Cost, Peer, Race, power_of_two

LAM = 1.0
# steps; positions in a chunk, and chunks at once, the fastest that was found
CG_STEPS, CG_KEYS, CG_CHUNKS = (30, 32, 8)


def drawn(n: int, d: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Q, K and V, (n, d) each; the same every time."""
    rng = np.random.default_rng(d)
    return rng.normal(size=(n, d)), rng.normal(size=(n, d)), rng.normal(size=(n, d))


def jax_scan(Q: np.ndarray, K: np.ndarray, V: np.ndarray) -> Call:
    """A ← A − A k kᵀ A / (1 + kᵀ A k), C ← C + k vᵀ, o = Cᵀ (A q)."""
    xp = jax().numpy

    def outputs(Q: Any, K: Any, V: Any) -> Any:
        def step(state: tuple[Any, Any], now: tuple[Any, Any, Any]) -> tuple[Any, Any]:
            (A, C), (q, k, v) = state, now
            Ak = A @ k
            A, C = A - xp.outer(Ak, Ak / (1 + k @ Ak)), C + xp.outer(k, v)
            return (A, C), (A @ q) @ C

        begun = xp.eye(K.shape[1]) / LAM, xp.zeros((K.shape[1], V.shape[1]))
        return jax().lax.scan(step, begun, (Q, K, V))[1]

    return compiled(outputs, Q, K, V)


def numpy_loop(Q: np.ndarray, K: np.ndarray, V: np.ndarray) -> Call:
    """The same, a step at a time."""

    def outputs() -> np.ndarray:
        A, C, out = np.eye(K.shape[1]) / LAM, np.zeros((K.shape[1], V.shape[1])), np.empty_like(V)
        for t, (q, k, v) in enumerate(zip(Q, K, V, strict=True)):
            Ak = A @ k
            A -= np.outer(Ak, Ak / (1 + k @ Ak))
            C += np.outer(k, v)
            out[t] = (A @ q) @ C
        return out

    return outputs


def torch_loop(Q: np.ndarray, K: np.ndarray, V: np.ndarray) -> Call:
    """The same, in place in torch."""
    library = torch()
    Q_, K_, V_ = (library.as_tensor(M) for M in (Q, K, V))

    def outputs() -> Any:
        A = library.eye(K.shape[1], dtype=library.float64) / LAM
        C = library.zeros(K.shape[1], V.shape[1], dtype=library.float64)
        out = library.empty_like(V_)
        for t, (q, k, v) in enumerate(zip(Q_, K_, V_, strict=True)):
            Ak = A @ k
            A.addr_(Ak, Ak / (1 + k @ Ak), alpha=-1)
            C.addr_(k, v)
            out[t] = (A @ q) @ C
        return out

    return outputs


def conjugate_gradients(Q: np.ndarray, K: np.ndarray, V: np.ndarray) -> Call:
    """Thirty steps on (Σ k kᵀ + λI) x = q at every position, some chunks at once.

    The sums up to each chunk are made first.
    """
    n, d = Q.shape
    q, k, v = (M.reshape(-1, CG_KEYS, M.shape[1]) for M in (Q, K, V))
    lower = np.tri(CG_KEYS)

    def dots(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        products: np.ndarray = np.einsum("bcd,bcd->bc", a, b)[..., None]
        return products.clip(1e-300)  # where a residual is 0, nothing moves

    def solved(q: np.ndarray, k: np.ndarray, across: np.ndarray, gram: np.ndarray) -> np.ndarray:
        x, r = np.zeros_like(q), q.copy()
        p, size = r.copy(), dots(r, r)
        for _ in range(CG_STEPS):
            moved = p @ gram + (p @ across * lower) @ k
            step = size / dots(p, moved)
            x += step * p
            r -= step * moved
            new = dots(r, r)
            p, size = r + new / size * p, new
        return x

    def outputs() -> np.ndarray:
        across = np.ascontiguousarray(k.swapaxes(1, 2))
        grams, moments, out = across @ k, across @ v, np.empty_like(v)
        grams = np.cumsum(grams, 0) - grams + LAM * np.eye(d)
        moments = np.cumsum(moments, 0) - moments
        for at in range(0, len(q), CG_CHUNKS):
            some = slice(at, at + CG_CHUNKS)
            x = solved(q[some], k[some], across[some], grams[some])
            out[some] = x @ moments[some] + (x @ across[some] * lower) @ v[some]
        return out.reshape(n, -1)

    return outputs


def causal(d: int, fraction: float, quick: bool) -> Race:
    """All positions of a sequence with keys and values of d."""
    n = 2**8 if quick else 2**14
    d = d // 16 if quick else d
    Q, K, V = drawn(n, d)
    peers = (
        Peer("JAX lax.scan", "jax", partial(jax_scan, Q, K, V), 1.6),
        Peer("numpy, a loop", "numpy", partial(numpy_loop, Q, K, V), 6),
        Peer("torch, a loop", "torch", partial(torch_loop, Q, K, V), 8),
        # so far off where a position has about d keys, and the system is ill-conditioned
        Peer(f"numpy, {CG_STEPS} CG steps", "numpy", partial(conjugate_gradients, Q, K, V), 9, 0.5),
    )
    flops = n * (10 * d * d + 8 * BLOCK * d)
    what = f"n = {n}, d = {d}"
    ours = partial(causal_ridge_attention, Q, K, V, LAM)
    return Race("causal ridge", what, lambda: ours().output, peers, flops, fraction)


def linear(quick: bool) -> Cost:
    d, lengths = (4, (2**6, 2**8)) if quick else (16, tuple(2**k for k in range(12, 21, 2)))
    Q, K, V = drawn(lengths[-1], d)
    what = f"d = {d}, n = {power_of_two(lengths[0])} … {power_of_two(lengths[-1])}"

    def at(n: int) -> Call:
        return lambda: causal_ridge_attention(Q[:n], K[:n], V[:n], LAM).output

    return Cost("causal ridge, cost", what, lengths, at)


RACES = (partial(causal, 64, 0.45), partial(causal, 128, 0.55), linear)
