"""Causal ridge attention: position t fits the first t keys and values, and its query reads them.

This is part 4f.

With A_t = (Σ_{s≤t} k_s k_sᵀ + λI)⁻¹ and W_t = A_t Σ_{s≤t} k_s v_sᵀ, o_t = W_tᵀ q_t: recursive least
squares, and the mesa layer of von Oswald et al. (arXiv 2309.05858). Three ways:

    one_by_one     a positive definite system solved anew at every position, the plainest
                   reference; O(n d² (d + e))
    step_by_step   Sherman and Morrison's update of A and W with every key, a few vector
                   operations a position; O(n d (d + e))
    causal_ridge_attention
                   the same for blocks of c keys, exact, in a dozen matrix products a block;
                   O(n d (d + e + c))

A block is an update of rank c (Woodbury, 1950). From A and W before it and its keys K_c and values
V_c,

    S = I + K_c A K_cᵀ = R Rᵀ,   Z = R⁻¹ K_c A,   E = R⁻¹ (V_c − K_c W),
    A ← A − Zᵀ Z,   W ← W + Zᵀ E,
    out = Q_c W + tril(Q_c Zᵀ) E:

the leading blocks of R are the Cholesky factors of the leading blocks of S, so the first t rows of
Z and E are those of a block that ends at its t-th key; that is why tril suffices. Everything is
computed in float64 whatever comes in.

While A shrinks from I/λ to the inverse of a well-conditioned sum, small λ would leave behind what
rounding lost beside 1/λ. So after 2d and 4d keys, and from d on after every 8 where λ is tiny, A
and W are made anew from the sums Σ k kᵀ + λI and Σ k vᵀ. Then a long sequence of small keys is cut
into segments that begin with such sums and go on side by side, as one more leading dimension:
fewer, wider calls.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from ..part import InputError
from .arrays import (
    Array,
    common_shape,
    eye,
    given_back,
    namespace,
    on_device,
    penalty,
    refuse_infinite,
    transposed,
)
from .ridge import (
    Gradients,
    attended,
    cholesky,
    collected,
    finite,
    matching,
    positive_inverse,
    solved,
    warn_if_lost,
    within_range,
)

# keys at once: where O(d²) and O(c d) work a position cost about the same, for d of 16 … 128
BLOCK = 32
SEGMENTS = 16  # side by side, in blocks of half that size
SHORTEST = 64  # positions of a segment


class State(NamedTuple):
    """What is kept of the keys and values so far; what follows goes on from it."""

    A: Array  # (…, d, d): (Σ k kᵀ + λI)⁻¹
    W: Array  # (…, d, e): A Σ k vᵀ
    gram: Array  # (…, d, d): Σ k kᵀ + λI over the first `summed` keys
    moment: Array  # (…, d, e): Σ k vᵀ over the same
    summed: int  # all that were seen, as long as something will be made anew from the sums
    seen: int
    lam: float


class Causal(NamedTuple):
    """The outputs (…, n, e), and the state after the last position."""

    output: Array
    state: State


def causal_ridge_attention(
    Q: Array, K: Array, V: Array, lam: float, state: State | None = None
) -> Causal:
    """Q, K (…, n, d), V (…, n, e), λ > 0 → outputs (…, n, e) and the state.

    Pass the state on to continue the sequence.

    Exact: no approximation but rounding, of about 1e-16 cond(Σ k kᵀ + λI). O(n d (d + e + c))
    operations for blocks of c, and O(d (d + e)) memory beside input and output. float32 where all
    three are, else float64. Leading dimensions broadcast. Raises InputError for shapes that do not
    fit, entries that are not finite, λ ≤ 0, and a state of another model. Warns (PrecisionWarning)
    where keys do not span their space and λ is so small that rounding shows.
    """
    xp, dtype, Q, K, V, batch = _causal(Q, K, V, check=False)
    lam = penalty(lam)
    state = (
        begin(xp, K, V, lam, batch) if state is None else _continued(xp, state, K, V, lam, batch)
    )
    try:
        within_range(xp, K, lam)
        with np.errstate(all="ignore"):
            out, state = _whole(xp, Q, K, V, state)
            finite(xp, out)
            finite(xp, state.W)
    except InputError:
        for name, value in (("Q", Q), ("K", K), ("V", V)):  # it may be for a NaN that was given
            refuse_infinite(xp, name, value)
        raise
    _warn(xp, state)
    return Causal(given_back(xp, out, dtype), state)


def _warn(xp: Any, state: State) -> None:
    """Say so where rounding may move outputs by over 1e-7.

    It may by ε times the condition of Σ k kᵀ + λI on what the keys should span.

    Of up to d keys that is as many directions as keys, by the eigenvalues; of more all of them, for
    which ‖A‖ tells the least.
    """
    seen, d = state.seen, state.A.shape[-1]
    if not seen:
        return
    if seen <= d:
        values = xp.linalg.eigvalsh(state.gram)
        condition = values[..., -1] / values[..., d - seen]
    else:
        size = xp.sum(xp.linalg.diagonal(state.gram), axis=-1) * (seen / state.summed)
        condition = xp.sqrt(xp.sum(state.A * state.A, axis=(-2, -1))) * size
    warn_if_lost(xp, condition, state.lam)


def _whole(xp: Any, Q: Array, K: Array, V: Array, state: State) -> tuple[Array, State]:
    """The first keys block by block, then segments side by side if that pays, then what is left."""
    n, d = K.shape[-2:]
    head = min(n, max(0, 4 * d - state.seen))
    long = n - head >= SEGMENTS * SHORTEST and _small(state) and state.summed == state.seen
    body = (n - head) // SEGMENTS * SEGMENTS if long else 0
    shape = (*state.A.shape[:-2], n, V.shape[-1])
    out, parts = np.empty(shape) if xp is np else None, []
    for at, to, run in (
        (0, head, _run),
        (head, head + body, _run_in_segments),
        (head + body, n, _run),
    ):
        if to > at:
            place = None if out is None else out[..., at:to, :]
            part, state = run(
                xp, Q[..., at:to, :], K[..., at:to, :], V[..., at:to, :], state, place
            )
            parts.append(part)
    if out is not None:
        return out, state
    return (
        xp.concat(parts, axis=-2) if parts else xp.zeros(shape, dtype=xp.float64, **on_device(V))
    ), state


def _small(state: State) -> bool:
    """Whether the calls, and not the operations, are what takes the time, so that segments pay."""
    *batch, _, d = state.A.shape
    return bool(d <= 64 and math.prod(batch) < SEGMENTS)


def one_by_one(Q: Array, K: Array, V: Array, lam: float) -> Array:
    """The plainest reference: o_t from its own positive definite system."""
    xp, _, Q, K, V, _ = _causal(Q, K, V)
    lam = penalty(lam)
    gram, moment, out = lam * eye(xp, K.shape[-1], K), 0.0, []
    for t in range(K.shape[-2]):
        k, v = K[..., t, :, None], V[..., t, None, :]
        gram, moment = gram + k * transposed(k), moment + k * v
        out.append(Q[..., t, None, :] @ solved(xp, gram, moment))
    return xp.concat(out, axis=-2)


def step_by_step(Q: Array, K: Array, V: Array, lam: float) -> Array:
    """Sherman and Morrison (1950), key by key; rounding errors add up over the positions."""
    xp, _, Q, K, V, _ = _causal(Q, K, V)
    A, W, out = eye(xp, K.shape[-1], K) / penalty(lam), 0.0, []
    for t in range(K.shape[-2]):
        k, v = K[..., t, :, None], V[..., t, None, :]
        Ak = A @ k
        gain = Ak / (1 + transposed(k) @ Ak)
        A = A - gain * transposed(Ak)
        W = W + gain * (v - transposed(k) @ W if t else v)
        out.append(Q[..., t, None, :] @ W)
    return xp.concat(out, axis=-2)


def begin(xp: Any, K: Array, V: Array, lam: float, batch: tuple[int, ...]) -> State:
    """The state before the first key."""
    d, e = K.shape[-1], V.shape[-1]
    unit = xp.broadcast_to(eye(xp, d, K), (*batch, d, d))
    nothing = xp.zeros((*batch, d, e), dtype=xp.float64, **on_device(K))
    return State(unit / lam, nothing, unit * lam, nothing, 0, 0, lam)


def _run(
    xp: Any, Q: Array, K: Array, V: Array, state: State, out: Array | None, block: int = BLOCK
) -> tuple[Array, State]:
    """The outputs, into `out` where there is one, and the state after them."""
    parts = []
    for at, to, before, Z, E, after in _walk(xp, K, V, state, block):
        queries = Q[..., at:to, :]
        part = queries @ before.W + _lower(xp, queries @ transposed(Z)) @ E
        if out is None:
            parts.append(part)
        else:
            out[..., at:to, :] = part
        state = after
    return (xp.concat(parts, axis=-2) if out is None else out), state


def _run_in_segments(
    xp: Any, Q: Array, K: Array, V: Array, state: State, out: Array | None
) -> tuple[Array, State]:
    """The same, in segments that begin where the sums over all keys before them leave off."""

    def cut(M: Array) -> Array:
        return xp.reshape(M, (*M.shape[:-2], SEGMENTS, M.shape[-2] // SEGMENTS, M.shape[-1]))

    q, k, v = cut(Q), cut(K), cut(V)
    more_gram, more_moment = transposed(k) @ k, transposed(k) @ v
    grams, moments = [state.gram], [state.moment]
    for p in range(SEGMENTS):
        grams.append(grams[-1] + more_gram[..., p, :, :])
        moments.append(moments[-1] + more_moment[..., p, :, :])
    A, W = _anew(xp, xp.stack(grams[:-1], axis=-3), xp.stack(moments[:-1], axis=-3))
    begun = State(A, W, A, A, 0, state.seen, state.lam)  # without sums of its own
    found, end = _run(xp, q, k, v, begun, None if out is None else cut(out), BLOCK // 2)
    seen = state.seen + K.shape[-2]
    after = State(
        end.A[..., -1, :, :], end.W[..., -1, :, :], grams[-1], moments[-1], seen, seen, state.lam
    )
    return xp.reshape(found, (*found.shape[:-3], K.shape[-2], V.shape[-1])), after


def _anew(xp: Any, gram: Array, moment: Array) -> tuple[Array, Array]:
    """A and W from the sums; W refined once, so that it is as good as solved for."""
    A = positive_inverse(xp, gram)
    W = A @ moment
    return A, W + A @ (moment - gram @ W)


def _walk(
    xp: Any, K: Array, V: Array, state: State, block: int = BLOCK
) -> Iterator[tuple[int, int, State, Array, Array, State]]:
    """Block by block: where it lies, the state before it, its Z and E, the state after it."""
    n, d = K.shape[-2:]
    summing = state.summed == state.seen
    begins = K[..., : min(n, 4 * d), :] if summing and state.seen < 4 * d and n else None
    tiny = begins is not None and 2.0**-53 * d * float(xp.max(begins * begins)) > 1e-12 * state.lam
    marks = (*range(d, 4 * d, 8), 4 * d) if tiny else (2 * d, 4 * d)
    sums_go_on, unit, at = _small(state), eye(xp, block, K), 0
    while at < n:
        to = min(n, at + block)
        if summing and state.seen < 4 * d:
            to = min([to, *(at + mark - state.seen for mark in marks if mark > state.seen)])
        keys, values = K[..., at:to, :], V[..., at:to, :]
        Y = keys @ state.A
        S = Y @ transposed(keys) + (unit if to - at == block else unit[: to - at, : to - at])
        inverse = xp.linalg.inv(cholesky(xp, S))
        Z, E = inverse @ Y, inverse @ (values - keys @ state.W)
        across, seen = transposed(Z), state.seen + to - at
        A, W, gram, moment, summed = (
            state.A - across @ Z,
            state.W + across @ E,
            state.gram,
            state.moment,
            state.summed,
        )
        if summing:
            gram, moment, summed = (
                gram + transposed(keys) @ keys,
                moment + transposed(keys) @ values,
                seen,
            )
            if seen in marks:
                A, W = _anew(xp, gram, moment)
            summing = sums_go_on or seen < 4 * d
        after = State(A, W, gram, moment, summed, seen, state.lam)
        yield at, to, state, Z, E, after
        at, state = to, after


def _lower(xp: Any, M: Array) -> Array:
    return M * _triangle(*M.shape[-2:]) if xp is np else xp.tril(M)


@cache
def _triangle(rows: int, columns: int) -> Array:
    return np.tri(rows, columns)


def causal_ridge_attention_vjp(
    Q: Array, K: Array, V: Array, lam: float, output_bar: Array
) -> Gradients:
    """The gradients of ⟨output_bar, causal_ridge_attention(Q, K, V, lam)[0]⟩ in closed form.

    At about three times the cost.

    With g_t = A_t q_t and h_t = W_t ō_t, read forward, and sums over t ≥ j, run backward:

        Q̄_t = h_t,   V̄_j = Σ ō_t (g_tᵀ k_j),   λ̄ = −Σ g_tᵀ h_t,
        K̄_j = Σ [g_t (ō_tᵀ v_j − h_tᵀ k_j) − h_t (g_tᵀ k_j)].
    """
    xp, dtype, q, k, v, batch = _causal(Q, K, V)
    bar = matching(xp, output_bar, q, k, v)
    if not k.shape[-2]:
        raise InputError("there is no position to differentiate at: pass one or more")
    lam = within_range(xp, k, penalty(lam))
    g, h = [], []
    with np.errstate(all="ignore"):
        for at, to, before, Z, E, _ in _walk(xp, k, v, begin(xp, k, v, lam, batch)):
            queries, bars = q[..., at:to, :], bar[..., at:to, :]
            g.append(queries @ before.A - _lower(xp, queries @ transposed(Z)) @ Z)
            h.append(bars @ transposed(before.W) + _lower(xp, bars @ transposed(E)) @ Z)
        g_all, h_all = xp.concat(g, axis=-2), xp.concat(h, axis=-2)
        K_sum, V_sum = _backward(xp, k, v, g_all, h_all, bar)
        lam_bar = -xp.sum(g_all * h_all)
    return collected(xp, dtype, ((h_all, q), (K_sum, k), (V_sum, v)), lam_bar)


def _backward(xp: Any, K: Array, V: Array, g: Array, h: Array, bar: Array) -> tuple[Array, Array]:
    """K̄ and V̄: the sums over t ≥ j.

    A matrix carried backward over blocks, and an upper triangle within each.
    """
    F, H, n = 0.0, 0.0, K.shape[-2]
    K_bar, V_bar = [], []
    for at in reversed(range(0, n, BLOCK)):
        k, v, g_c, h_c, o_c = (M[..., at : min(at + BLOCK, n), :] for M in (K, V, g, h, bar))
        seen = xp.triu(k @ transposed(g_c))
        rest = xp.triu(v @ transposed(o_c) - k @ transposed(h_c))
        V_part, K_part = seen @ o_c, rest @ g_c - seen @ h_c
        if at + BLOCK < n:
            V_part, K_part = V_part + k @ F, K_part + v @ transposed(F) - k @ H
        V_bar.append(V_part)
        K_bar.append(K_part)
        F = F + transposed(g_c) @ o_c
        H = H + transposed(g_c) @ h_c + transposed(h_c) @ g_c
    return xp.concat(K_bar[::-1], axis=-2), xp.concat(V_bar[::-1], axis=-2)


def _causal(
    Q: Array, K: Array, V: Array, check: bool = True
) -> tuple[Any, Any, Array, Array, Array, tuple[int, ...]]:
    xp, dtype, Q, K, V = attended(Q, K, V, check)
    if Q.shape[-2] != K.shape[-2]:
        raise InputError(
            f"Q has shape {tuple(Q.shape)}, but there are {K.shape[-2]} positions: "
            "give one query for each"
        )
    batch = common_shape(Q=tuple(Q.shape[:-2]), K=tuple(K.shape[:-2]), V=tuple(V.shape[:-2]))
    return xp, dtype, Q, K, V, batch


def _continued(
    xp: Any, state: State, K: Array, V: Array, lam: float, batch: tuple[int, ...]
) -> State:
    if not isinstance(state, State):
        raise InputError(
            f"state is a {type(state).__name__}: pass the state that came with the outputs before"
        )
    namespace(K, state.A)
    d, e = K.shape[-1], V.shape[-1]
    wanted = {
        "A": (*batch, d, d),
        "W": (*batch, d, e),
        "gram": (*batch, d, d),
        "moment": (*batch, d, e),
    }
    for name, shape in wanted.items():
        part = getattr(state, name)
        if tuple(part.shape) != shape:
            raise InputError(
                f"state is of another model: its {name} has shape {tuple(part.shape)}, "
                f"this one needs {shape}"
            )
        refuse_infinite(xp, f"the state's {name}", part)
    if state.lam != lam:
        raise InputError(f"state was made with lam {state.lam:g}, this is {lam:g}: pass the same")
    return state
