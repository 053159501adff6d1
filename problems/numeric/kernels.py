"""The convolution kernel K_0 = D, K_l = C A^{l−1} B, at any length.

    split        K_{1+i+sj} = (C A^{sj})(A^i B): s columns and L/s rows by doubling (Keller-Gehrig,
                 Theor. Comput. Sci. 36, 1985), then one product is all of K (baby and giant steps:
                 Paterson and Stockmeyer, SIAM J. Comput. 2, 1973);
                 O(n³ log L + √L n² (m + d) + L n m d), for diagonal A without n³ and with n for n²
    recurrence   one product with A an entry, O(L n² d): the plain reference
    closed form  for A = I + p pᵀ, K_l = C B + c_{l−1} (C p)(pᵀ B) of part 1f, O(n (m + d) + L m d)

The split is run a second time in float32, on the tables and a few rows of K only: the same
operations lose 2²⁹ times as much there, so the difference tells what float64 lost. Where that is
over 1e-13 of the largest entry, the tables are made anew in twofold precision (`powers`), and where
even that loses so much, the recurrence runs. A warning says where the recurrence's own error bound
passes 1e-10. For a diagonal A the tables are always exact to some units in the last place.
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
    given_back,
    on_device,
    quotient,
    transposed,
)
from .powers import Plain, Twofold, exact_bits, some_columns, table_alive, table_and_power
from .state_space import Dense, Diagonal, DiagonalPlusLowRank, IdentityPlusOuter, StateSpace

TOLERANCE = 1e-13  # of the largest entry of K
WARNED = 1e-10  # the same, for the recurrence's error bound
FEW = 1 << 16  # entries that the recurrence is tried on where powers overflow
MOST = 1 << 35  # numbers of a kernel
AS_SQUARING_LOSES = "recurrence, as squaring A loses too much"
CACHED = 1 << 16  # numbers that stay in a processor's cache
SAFETY = 4  # the factor by which an estimate from a lower precision may be too small


def kernel(system: StateSpace, count: int) -> Array:
    """K_0 … K_{count−1}, (…, count, m, d).

    float32 for a float32 system, else float64, and real for complex pairs.

    O(n³ log L + √L n² (m + d) + L n m d) for L = count, by the split of rows and columns (see this
    module). Raises InputError for a negative count, and where K overflows. Warns (PrecisionWarning)
    where the powers of A magnify rounding so much that the recurrence's own error bound passes
    1e-10 of the largest entry.
    """
    return kernel_and_method(system, count)[0]


def kernel_and_method(system: StateSpace, count: int) -> tuple[Array, str]:
    """K, and by which method it was computed."""
    K, method = kernel_in_double(system, count)
    return given_back(system.xp, K, system.dtype), method


def kernel_in_double(system: StateSpace, count: int) -> tuple[Array, str]:
    """K in float64 whatever the system's precision, and the method."""
    if not isinstance(system, StateSpace):
        raise InputError(f"system is a {type(system).__name__}: pass a StateSpace")
    if isinstance(count, bool) or not isinstance(count, int | np.integer) or count < 0:
        raise InputError(
            f"count is {count!r}, but it is how many entries of the kernel are wanted: "
            "pass 0, 1, 2, …"
        )
    if int(count) * system.m * system.d * math.prod(system.batch) > MOST:
        raise TooLargeError(
            f"count is {count}, of {system.m}×{system.d} entries each: "
            "pass less than 2^35 numbers in all"
        )
    with np.errstate(over="ignore", invalid="ignore", under="ignore", divide="ignore"):
        K, method, finite = computed(system, int(count))
        if not finite and count <= FEW:  # powers of A may overflow where no entry does
            K, method, finite = _by_recurrence(system, int(count), "recurrence")
        if not finite:
            raise TooLargeError(
                f"the kernel overflows float64 within {count:,} entries, as powers of A grow: "
                "pass a smaller count, or scale A"
            )
        if count > 1 and (method != "split" or isinstance(system.A, Diagonal)):
            _warn(system, K, _bound(system, K))
    return K, method


class Computed(NamedTuple):
    """K in float64 as it comes, how, and whether all of it is finite."""

    K: Array
    method: str
    finite: bool


def computed(system: StateSpace, count: int) -> Computed:
    """By the structure of A, the sizes, and what rounding would lose."""
    A, xp = system.A, system.xp
    if count < 2:
        return Computed(
            _with_feedthrough(system, system.D[..., None, :, :])[..., :count, :, :],
            "closed form",
            True,
        )
    if isinstance(A, IdentityPlusOuter):
        K = _with_feedthrough(system, _closed_form(system, A, count - 1))
        return Computed(K, "closed form", all_finite(xp, K))
    s, j = plan(system, count - 1)
    if isinstance(A, Diagonal):
        tables = _tables([A.factor(xp), Plain(xp, system.B), Plain(xp, system.C)], s, j)
        return _product(system, *tables, count, s, "split")
    if _recurrence_is_cheaper(system, count):
        return _by_recurrence(system, count, "recurrence")
    return _dense(system, A.dense(), count, s, j)


def _by_recurrence(system: StateSpace, count: int, why: str) -> Computed:
    K = recurrence(system, count)
    return Computed(K, why, all_finite(system.xp, K))


def recurrence(system: StateSpace, count: int) -> Array:
    """The plain reference: X ← A X from X = B, K_l = C X.

    O(count · n² d), or n d for a structured A.
    """
    K, X = [], system.B
    for _ in range(count - 1):
        K.append(system.output(system.C, X))
        X = system.A.times(X)
    shape = (*system.batch, 1, system.m, system.d)
    parts = [system.xp.broadcast_to(k, shape[:-3] + k.shape[-2:])[..., None, :, :] for k in K]
    return system.xp.concat(
        [system.xp.broadcast_to(system.D[..., None, :, :], shape), *parts], axis=-3
    )


def plan(system: StateSpace, length: int) -> tuple[int, int]:
    """(columns, rows) of the split.

    Columns a power of two, about equal work for both tables, rows as few as will do.
    """
    best = math.sqrt(max(1, length) * system.m / system.d)
    s = 1 << max(0, min(round(math.log2(best)), math.ceil(math.log2(max(1, length)))))
    return s, -(-length // s)


def _dense(system: StateSpace, A: Dense, count: int, s: int, j: int) -> Computed:
    """The first that loses less than 1e-13: the split, it in twofold precision, the recurrence."""
    xp, model = system.xp, (A.matrix, system.B, system.C)
    single = _tables([Plain(xp, xp.astype(M, xp.float32)) for M in model], s, j)
    double = _tables([Plain(xp, M) for M in model], s, j)
    if 2.0**-29 * _apart(system, single, double, j) <= TOLERANCE:
        return _product(system, *double, count, s, "split")
    twofold = _tables([Twofold.of(xp, M) for M in model], s, j)
    if 2.0 ** -exact_bits(system.n) * _apart(system, double, twofold, j) <= TOLERANCE:
        return _product(system, *twofold, count, s, "split in twofold precision")
    return _by_recurrence(system, count, AS_SQUARING_LOSES)


def _tables(model: list[Any], s: int, j: int) -> tuple[Any, Any]:
    """(C A^{s·j'})ᵀ for j' < j, (…, n, j·m), and A^i B for i < s, (…, n, s·d).

    Of the former what has not died out.
    """
    A, B, C = model
    columns, power = table_and_power(A, B, s)
    return table_alive(power.T, C.T, j), columns


def _apart(system: StateSpace, rough: tuple[Any, Any], fine: tuple[Any, Any], j: int) -> float:
    """How far two tables' kernels are apart, of the largest entry, with a factor to be safe.

    Looked at in blocks 0, 1, 2, 4, … of K.
    """
    xp, m = system.xp, system.m
    j = min(j, *(rows.hi.shape[-1] // m for rows, _ in (rough, fine)))
    sampled = sorted({0, j - 1, *(1 << k for k in range(j.bit_length()) if 1 << k < j)})
    index = xp.asarray(
        [at * m + output for at in sampled for output in range(m)], **on_device(system.B)
    )
    some = [
        transposed(xp.take(rows.hi, index, axis=-1)) @ columns.hi for rows, columns in (rough, fine)
    ]
    scale = xp.max(xp.abs(some[1]), axis=(-2, -1))  # of each model of a batch
    apart = xp.max(xp.abs(some[1] - some[0]), axis=(-2, -1))
    return SAFETY * float(xp.max(quotient(xp, apart, scale)))


def _warn(system: StateSpace, K: Array, bound: Array) -> None:
    """Say so where an error bound (of each model) passes 1e-10 of the largest entry."""
    # a part suffices where it is well
    worst = _of_largest(system, K[..., 1 : min(1025, K.shape[-3]), :, :], bound, math.inf)
    if not worst <= WARNED:
        worst = _of_largest(system, K[..., 1:, :, :], bound, 0.0)
    if not worst <= WARNED:
        warnings.warn(
            "powers of A, or terms that cancel, magnify rounding: "
            f"the error bound is {worst:.0e} of the kernel's "
            "largest entry, and rounding A itself may move the kernel by as much",
            PrecisionWarning,
            stacklevel=5,
        )


def _of_largest(system: StateSpace, K: Array, bound: Array, where_zero: float) -> float:
    """The bound relative to the largest entry, of the worst model; `where_zero` where all are 0."""
    xp = system.xp
    largest = xp.max(xp.abs(K), axis=(-3, -2, -1))
    return max(
        float(xp.max(quotient(xp, bound, largest))),
        where_zero if bool(xp.any((largest == 0) & (bound > 0))) else 0.0,
    )


def _bound(system: StateSpace, K: Array) -> Array:
    """What rounding may move an entry by, for each model.

    By the structure: for a diagonal A a few ε of the terms before they cancel; for I + p pᵀ ε of
    the terms of pᵀB and C p; else the recurrence's √n ε ‖A‖ max_l Σ_{a+b=l} ‖C A^a‖ ‖A^b B‖ (√n for
    n: Higham and Mary, SIAM J. Sci. Comput. 41, 2019).
    """
    xp, A, count = system.xp, system.A, K.shape[-3]
    B, C = xp.abs(system.B), xp.abs(system.C)
    if isinstance(A, Diagonal):
        size = xp.abs(A.lambdas)
        lasting = xp.where(size > 1, size, xp.ones_like(size)) ** max(0, count - 2)
        terms = xp.where(xp.isfinite(lasting), lasting, xp.ones_like(lasting))[..., None] * B
        return 2.0**-48 * xp.broadcast_to(xp.max(C @ terms, axis=(-2, -1)), system.batch)
    if isinstance(A, IdentityPlusOuter):
        p = xp.abs(A.p)
        s = xp.sum(p * p, axis=-1)
        grown = quotient(xp, xp.expm1(max(0, count - 2) * xp.log1p(s)), s)
        along = xp.max((C @ p[..., None]) * (p[..., None, :] @ B), axis=(-2, -1))
        return system.n**0.5 * 2.0**-53 * xp.broadcast_to(grown * along, system.batch)
    steps = min(count - 1, 1024)
    reached = _norms(system, A, system.B, steps)
    seen = _norms(system, A.transposed(), transposed(system.C), steps)
    longest = np.array(
        [np.convolve(a, b)[: count - 1].max() for a, b in zip(reached, seen, strict=True)]
    )
    lasting = (count - 1) / steps if (reached[:, -1] > reached[:, steps // 2] / 2).any() else 1.0
    size = xp.sqrt(xp.sum(A.dense().matrix ** 2, axis=(-2, -1)))
    found = xp.asarray(
        (system.n**0.5 * 2.0**-53 * lasting * longest).reshape(system.batch), **on_device(system.B)
    )
    return found * size


def _norms(system: StateSpace, A: Any, X: Array, steps: int) -> np.ndarray[Any, Any]:
    """‖X‖, ‖A X‖, …, ‖A^{steps−1} X‖ of each model, (models, steps); no over- or underflow."""
    xp, norms = system.xp, []
    for _ in range(steps):
        top = xp.max(xp.abs(X), axis=(-2, -1), keepdims=True)
        scaled = quotient(xp, X, top)
        norm = top[..., 0, 0] * xp.sqrt(xp.sum(scaled * scaled, axis=(-2, -1)))
        norms.append(xp.broadcast_to(norm, system.batch))
        X = A.times(X)
    return np.array([[float(v) for v in xp.reshape(row, (-1,))] for row in norms]).T


def _closed_form(system: StateSpace, A: IdentityPlusOuter, length: int) -> Array:
    """c_l = ((1+s)^l − 1)/s = expm1(l·log1p(s))/s, l where s is 0.

    K_{l+1} = C B + c_l (C p)(pᵀ B).
    """
    xp, p = system.xp, A.p
    s = xp.sum(p * p, axis=-1)[..., None]
    steps = xp.arange(length, dtype=xp.float64, **on_device(p))
    c = xp.where(s > 0, quotient(xp, xp.expm1(steps * xp.log1p(s)), s), steps)
    along = (system.C @ p[..., None]) * (p[..., None, :] @ system.B)
    return (system.C @ system.B)[..., None, :, :] + c[..., None, None] * along[..., None, :, :]


def _product(
    system: StateSpace, rows: Any, columns: Any, count: int, s: int, method: str
) -> Computed:
    """rowsᵀ columns, from (…, n, j·m) and (…, n, s·d), as K (…, count, m, d) with D in front.

    0 where rows have died out.
    """
    xp, m, d = system.xp, system.m, system.d
    if system.is_complex:
        rows = Plain(xp, xp.concat([2 * xp.real(rows.hi), -2 * xp.imag(rows.hi)], axis=-2))
        columns = Plain(xp, xp.concat([xp.real(columns.hi), xp.imag(columns.hi)], axis=-2))
    j = rows.hi.shape[-1] // m
    alive = min(count, 1 + j * s)
    batch = np.broadcast_shapes(rows.hi.shape[:-2], columns.hi.shape[:-2])
    if xp is not np:
        K = xp.moveaxis(xp.reshape(rows.T.rounded_product(columns), (*batch, j, m, s, d)), -3, -2)
        K = _with_feedthrough(system, xp.reshape(K, (*batch, j * s, m, d))[..., : alive - 1, :, :])
        dead = xp.zeros_like(K[..., :1, :, :])
        dead = xp.broadcast_to(dead, (*dead.shape[:-3], count - alive, m, d))
        return Computed(xp.concat([K, dead], axis=-3), method, all_finite(xp, K))
    K = (np.empty if alive == count else np.zeros)((*system.batch, max(count, 1 + j * s), m, d))
    K[..., 0, :, :] = system.D
    body = K[..., 1 : 1 + j * s, :, :]
    if batch == system.batch == () and m == d == 1 and isinstance(rows, Plain):
        np.matmul(rows.T.hi, columns.hi, out=body.reshape(j, s))
    else:
        row = np.dtype((np.void, 8 * d))  # a row of K_l moves as one item
        entries = body.reshape(*system.batch, j, s, m, d).view(row)[..., 0]
        some = max(1, CACHED // (m * s * d))
        for at in range(0, j, some):
            part = some_columns(rows, at * m, (at + some) * m).T.rounded_product(columns)
            entries[..., at : at + some, :, :] = (
                part.reshape(*batch, -1, m, s, d).view(row)[..., 0].swapaxes(-1, -2)
            )
    return Computed(K[..., :count, :, :], method, all_finite(np, K[..., :alive, :, :]))


def _with_feedthrough(system: StateSpace, K: Array) -> Array:
    xp, shape = system.xp, (*system.batch, 1, system.m, system.d)
    K = xp.broadcast_to(K, (*shape[:-3], *K.shape[-3:]))
    return xp.concat([xp.broadcast_to(system.D[..., None, :, :], shape), K], axis=-3)


def _recurrence_is_cheaper(system: StateSpace, count: int) -> bool:
    """By operations: a call into a library counts as 10⁵, a product with a vector five times."""
    n = system.n
    step = system.d * (
        n * (1 + 4 * system.A.P.shape[-1])
        if isinstance(system.A, DiagonalPlusLowRank)
        else 2 * n * n
    )
    doublings = math.ceil(math.log2(count + 1))
    return count * (2e5 + 5 * step) < doublings * (2 * n**3 + 5e5)
