"""The convolution kernel K_0 = D, K_l = C A^{l−1} B, at any length.

    split        K_{1+i+sj} = (C A^{sj})(A^i B): s columns and L/s rows by doubling, then one matrix product is all of K;
                 O(n³ log L + √L n² (m + d) + L n m d)
    recurrence   one product with A an entry, O(L n² d): the plain reference
    closed form  for A = I + p pᵀ, K_l = C B + c_{l−1} (C p)(pᵀ B) of part 1f, O(n (m + d) + L m d)

The split is run a second time in float32, on the tables and a few rows of K only: the same operations lose 2²⁹ times as much
there, so the difference tells what float64 lost. Where that is over 1e-13 of the largest entry, the tables are made anew in
twofold precision (`powers`), and a warning says where the recurrence's own error bound passes 1e-10. For a diagonal A the
tables are always exact to some units in the last place.
"""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from ..core import InputError
from .arrays import Array, all_finite, given_back, on_device, transposed
from .powers import Plain, Twofold, table, table_and_power
from .state_space import Dense, Diagonal, DiagonalPlusLowRank, IdentityPlusOuter, StateSpace

TOLERANCE = 1e-13  # of the largest entry of K
WARNED = 1e-10  # the same, for the recurrence's error bound
CACHED = 1 << 16  # numbers that stay in a processor's cache
SAFETY = 4  # the factor by which the estimate in float32 may be too small


class PrecisionWarning(UserWarning):
    """A result that rounding alone can move by more than 1e-10 of its largest entry."""


def kernel(system: StateSpace, count: int) -> Array:
    """K_0 … K_{count−1}, (…, count, m, d), in the precision of the system. Cost and method: see this module.

    Raises InputError where a count is negative or K overflows. Warns (PrecisionWarning) where the powers of A magnify
    rounding so much that the recurrence's own error bound passes 1e-10 of the largest entry.
    """
    return kernel_and_method(system, count)[0]


def kernel_and_method(system: StateSpace, count: int) -> tuple[Array, str]:
    """K, and by which method it was computed."""
    if isinstance(count, bool) or not isinstance(count, int | np.integer) or count < 0:
        raise InputError(f"count is {count!r}, but it is how many entries of the kernel are wanted: pass 0, 1, 2, …")
    count = int(count)
    if count == 0:
        return given_back(
            system.xp, _with_feedthrough(system, system.D[..., None, :, :])[..., :0, :, :], system.dtype
        ), "nothing"
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        K, method = _computed(system, count)
        finite = all_finite(system.xp, K)
    if not finite:
        raise InputError(
            f"the kernel overflows float64 within {count:,} entries, as the powers of A grow: pass a smaller count, or scale A"
        )
    return given_back(system.xp, K, system.dtype), method


def _computed(system: StateSpace, count: int) -> tuple[Array, str]:
    A = system.A
    if isinstance(A, IdentityPlusOuter):
        return _with_feedthrough(system, _closed_form(system, A, count - 1)), "closed form"
    if isinstance(A, Diagonal):
        s, j = plan(system, count - 1)
        rows, columns = _tables(A.factor(system.xp), Plain(system.xp, system.B), Plain(system.xp, system.C), s, j)
        return _product(system, rows.hi, columns.hi, count, s), "split"
    if _recurrence_is_cheaper(system, count):
        return recurrence(system, count), "recurrence"
    return _dense(system, A.dense(), count)


def recurrence(system: StateSpace, count: int) -> Array:
    """The plain reference: X ← A X from X = B, K_l = C X; O(count · n² d), or n d for a structured A."""
    K, X = [], system.B
    for _ in range(count - 1):
        K.append(system.output(system.C, X))
        X = system.A.times(X)
    shape = (*system.batch, 1, system.m, system.d)
    parts = [system.xp.broadcast_to(k, shape[:-3] + k.shape[-2:])[..., None, :, :] for k in K]
    return system.xp.concat([system.xp.broadcast_to(system.D[..., None, :, :], shape), *parts], axis=-3)


def plan(system: StateSpace, length: int) -> tuple[int, int]:
    """(columns, rows) of the split: columns a power of two, about equal work for both tables, rows as few as will do."""
    best = math.sqrt(max(1, length) * system.m / system.d)
    s = 1 << max(0, min(round(math.log2(best)), math.ceil(math.log2(max(1, length)))))
    return s, -(-length // s)


def _dense(system: StateSpace, A: Dense, count: int) -> tuple[Array, str]:
    s, j = plan(system, count - 1)
    xp = system.xp
    rows, columns = _tables(A.factor(xp, twofold=False), Plain(xp, system.B), Plain(xp, system.C), s, j)
    if _lost(system, A, rows.hi, columns.hi, s, j) <= TOLERANCE:
        return _product(system, rows.hi, columns.hi, count, s), "split"
    B, C = (Twofold.of(xp, M) for M in (system.B, system.C))
    rows, columns = _tables(A.factor(xp), B, C, s, j)
    if not (all_finite(xp, rows.hi) and all_finite(xp, columns.hi)):
        return recurrence(system, count), "recurrence"
    K = _product(system, rows.hi, columns.hi, count, s)
    _warn(system, A, K, count)
    return K, "split in twofold precision"


def _tables(A: Any, B: Any, C: Any, s: int, j: int) -> tuple[Any, Any]:
    """(C A^{s·j'})ᵀ for j' < j, (…, n, j·m), and A^i B for i < s, (…, n, s·d)."""
    columns, power = table_and_power(A, B, s)
    return table(power.T, C.T, j), columns


def _lost(system: StateSpace, A: Dense, rows: Array, columns: Array, s: int, j: int) -> float:
    """What float64 lost, relative to the largest entry: by the same computation in float32, on rows 0, 1, 2, 4, … of K."""
    xp, m = system.xp, system.m
    a, b, c = (Plain(xp, xp.astype(M, xp.float32)) for M in (A.matrix, system.B, system.C))
    rows_32, columns_32 = _tables(a, b, c, s, j)
    sampled = sorted({0, j - 1, *(1 << k for k in range(j.bit_length()) if 1 << k < j)})
    index = xp.asarray([at * m + output for at in sampled for output in range(m)], **on_device(rows))
    exact = transposed(xp.take(rows, index, axis=-1)) @ columns
    gap = exact - transposed(xp.take(rows_32.hi, index, axis=-1)) @ columns_32.hi
    scale, lost = float(xp.max(xp.abs(exact))), float(xp.max(xp.abs(gap)))
    return SAFETY * 2.0**-29 * lost / scale if scale else 0.0


def _warn(system: StateSpace, A: Dense, K: Array, count: int) -> None:
    """Say so where the recurrence's error bound, n ε ‖A‖ max_l Σ_{a+b=l} ‖C A^a‖ ‖A^b B‖, passes 1e-10 of the largest entry."""
    xp, steps = system.xp, min(count, 1024)
    reach = table(A.factor(xp, twofold=False), Plain(xp, system.B), steps)
    seen = table(A.factor(xp, twofold=False).T, Plain(xp, transposed(system.C)), steps)
    batch = system.batch
    norms = []
    for norm_of, width in ((reach.hi, system.d), (seen.hi, system.m)):
        squares = xp.reshape(norm_of * norm_of, (*norm_of.shape[:-1], steps, width))
        norms.append(xp.broadcast_to(xp.sqrt(xp.sum(squares, axis=(-3, -1))), (*batch, steps)))
    sums = [np.convolve(a, b).max() for a, b in zip(*(np.asarray(v.tolist()).reshape(-1, steps) for v in norms), strict=True)]
    size = float(xp.max(xp.sqrt(xp.sum(A.matrix * A.matrix, axis=(-2, -1)))))
    largest = float(xp.max(xp.abs(K))) or 1.0
    bound = system.n * 2.0**-53 * size * max(sums) * max(1.0, count / (2 * steps) if _lasting(norms[0]) else 1.0) / largest
    if not bound <= WARNED:
        warnings.warn(
            f"the powers of A magnify rounding: the recurrence's error bound is {bound:.0e} of the kernel's largest entry, and "
            "rounding A itself may move the kernel by as much; it was computed by the split in twofold precision",
            PrecisionWarning,
            stacklevel=5,
        )


def _lasting(norms: Array) -> bool:
    """Whether the norms have not fallen to a half by the end."""
    return bool((norms[..., -1] > 0.5 * norms[..., norms.shape[-1] // 2]).any())


def _closed_form(system: StateSpace, A: IdentityPlusOuter, length: int) -> Array:
    """c_l = ((1+s)^l − 1)/s = expm1(l·log1p(s))/s, l where s is 0; then K_{l+1} = C B + c_l (C p)(pᵀ B)."""
    xp, p = system.xp, A.p
    s = xp.sum(p * p, axis=-1)[..., None]
    steps = xp.arange(length, dtype=xp.float64, **on_device(p))
    c = xp.where(s > 0, xp.expm1(steps * xp.log1p(s)) / xp.where(s > 0, s, xp.ones_like(s)), steps)
    along = (system.C @ p[..., None]) * (p[..., None, :] @ system.B)
    return (system.C @ system.B)[..., None, :, :] + c[..., None, None] * along[..., None, :, :]


def _product(system: StateSpace, rows: Array, columns: Array, count: int, s: int) -> Array:
    """rowsᵀ columns, from (…, n, j·m) and (…, n, s·d), as K (…, count, m, d) with D in front."""
    xp, m, d = system.xp, system.m, system.d
    rows = transposed(rows)
    if system.is_complex:
        rows = xp.concat([2 * xp.real(rows), -2 * xp.imag(rows)], axis=-1)
        columns = xp.concat([xp.real(columns), xp.imag(columns)], axis=-2)
    j = rows.shape[-2] // m
    if xp is np and system.batch == () and m == d == 1:
        K = np.empty(1 + j * s)
        np.matmul(rows, columns, out=K[1:].reshape(j, s))
        K[0] = system.D[0, 0]
        return K[:count].reshape(count, 1, 1)
    batch = np.broadcast_shapes(rows.shape[:-2], columns.shape[:-2])
    if xp is not np:
        K = xp.moveaxis(xp.reshape(rows @ columns, (*batch, j, m, s, d)), -3, -2)
        return _with_feedthrough(system, xp.reshape(K, (*batch, j * s, m, d))[..., : count - 1, :, :])
    K = np.empty((*system.batch, 1 + j * s, m, d))
    K[..., 0, :, :] = system.D
    row = np.dtype((np.void, 8 * d))  # a row of K_l moves as one item
    entries = K[..., 1:, :, :].reshape(*system.batch, j, s, m, d).view(row)[..., 0]
    some = max(1, CACHED // (m * s * d))
    for at in range(0, j, some):
        part = np.ascontiguousarray(rows[..., at * m : (at + some) * m, :]) @ columns
        entries[..., at : at + some, :, :] = part.reshape(*batch, -1, m, s, d).view(row)[..., 0].swapaxes(-1, -2)
    return K[..., :count, :, :]


def _with_feedthrough(system: StateSpace, K: Array) -> Array:
    xp, shape = system.xp, (*system.batch, 1, system.m, system.d)
    K = xp.broadcast_to(K, (*shape[:-3], *K.shape[-3:]))
    return xp.concat([xp.broadcast_to(system.D[..., None, :, :], shape), K], axis=-3)


def _recurrence_is_cheaper(system: StateSpace, count: int) -> bool:
    """By operations, a call into a library counted as 10⁵ and a product with a vector as five times its operations."""
    n = system.n
    step = system.d * (n * (1 + 4 * system.A.P.shape[-1]) if isinstance(system.A, DiagonalPlusLowRank) else 2 * n * n)
    doublings = math.ceil(math.log2(count + 1))
    return count * (2e5 + 5 * step) < doublings * (2 * n**3 + 5e5)
