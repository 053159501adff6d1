"""The model run forward, y_k = C x_k + D u_k with x_{k+1} = A x_k + B u_k, five ways.

`x0` goes in, the final state comes out; of L steps with u of d, x of n and y of m numbers:

    recurrence   the plain reference, one step at a time     O(L (n² + nd + mn + md))
    direct       y_k = C A^k x_0 + Σ_l K_l u_{k−l}                              O(L² m d)
    fft          the same sum by spectra, padded to 2L        O(L log L (md + m + d)) and the kernel
    scan         x_k ← x_k + A^{2^j} x_{k−2^j}, j = 0, 1, …  O(n² L log L), log L steps
    blocks       a Toeplitz product in a block, the state    O(L (c m d + n m + n d + n²/c))
                 carried between

Blocks are of c steps. Their operators (the first c entries of K, C A^i, A^i B and some powers of
A^c) are made once a system, in twofold precision, and kept with it. The states between blocks are
themselves such a recursion, carried in groups of eight by a few matrix products: the work-efficient
prefix sum (Blelloch, CMU-CS-90-190, 1990).
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import numpy as np

from ..part import InputError
from .arrays import (
    Array,
    TooLargeError,
    all_finite,
    as_complex,
    checked,
    common_shape,
    given_back,
    in_double,
    namespace,
    on_device,
    precision,
    refuse_infinite,
    transposed,
)
from .kernels import AS_SQUARING_LOSES, CACHED, computed, kernel_in_double
from .powers import Plain, Scaling, Twofold, table
from .state_space import Dense, Diagonal, DiagonalPlusLowRank, StateSpace

Method = Literal["auto", "recurrence", "direct", "fft", "scan", "blocks"]
GROUP = 8  # blocks whose states are carried together


class Run(NamedTuple):
    """The outputs y (…, L, m), and x (…, n) after the last step: the x0 of what follows."""

    y: Array
    x: Array


def forward(system: StateSpace, u: Array, x0: Array = None, method: Method = "auto") -> Run:
    """Run the model on u (…, L, d) from the state x0 (…, n), zero if left out.

    Returns y (…, L, m) and x (…, n), dtypes as given.

    O(L (c m d + n m + n d + n²/c)) in blocks of c, after O(n³ log c) once a system. Leading
    dimensions broadcast. Of a complex Diagonal the state is complex, n numbers for n conjugate
    pairs, and y is 2·Re. Raises InputError where shapes do not fit, an entry is not finite, or the
    output overflows. `auto` takes the cheaper of recurrence and blocks, and the recurrence where
    blocks would lose digits; the errors of fft are relative to the largest output.
    """
    if not isinstance(system, StateSpace):
        raise InputError(f"system is a {type(system).__name__}: pass a StateSpace")
    xp = namespace(u, x0, system.B)
    dtype = (
        xp.float64
        if system.dtype == xp.float64
        else precision(xp, u, *([] if x0 is None else [x0]))
    )
    u = checked(xp, "u", u, finite=False)
    if u.shape[-1] != system.d:
        raise InputError(
            f"u has shape {tuple(u.shape)}, but B takes {system.d} inputs: "
            f"give u as (L, {system.d})"
        )
    batch = common_shape(system=system.batch, u=tuple(u.shape[:-2]))
    state_dtype = xp.complex128 if system.is_complex else xp.float64
    if x0 is None:
        x = xp.zeros((*batch, system.n), dtype=state_dtype, **on_device(u))
    else:
        x = checked(xp, "x0", x0, 1, allow_complex=system.is_complex)
        if x.shape[-1] != system.n:
            raise InputError(
                f"x0 has shape {tuple(x.shape)}, but the model has {system.n} states: "
                f"give x0 as ({system.n},)"
            )
        batch = common_shape(x0=tuple(x.shape[:-1]), system=batch)
        x = xp.broadcast_to(in_double(xp, x, system.is_complex), (*batch, system.n))
    if tuple(u.shape[:-2]) != batch:
        u = xp.broadcast_to(u, (*batch, *u.shape[-2:]))
    if method not in ("auto", *METHODS):
        raise InputError(f"method is {method!r}: pass auto, {', '.join(METHODS)}")
    if not u.shape[-2]:
        return Run(
            xp.zeros((*batch, 0, system.m), dtype=dtype, **on_device(u)),
            given_back(xp, xp.asarray(x, copy=True), dtype),
        )
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        chosen = cheapest(system, int(u.shape[-2])) if method == "auto" else method
        y, after = METHODS[chosen](system, u, x)
        if (
            method == "auto"
            and chosen != "recurrence"
            and not (all_finite(xp, y) and all_finite(xp, after))
        ):
            y, after = recurrence(system, u, x)  # powers of A may overflow where no state does
    if not (all_finite(xp, y) and all_finite(xp, after)):
        refuse_infinite(xp, "u", u)
        raise TooLargeError(
            "the output overflows float64, as the powers of A grow: pass a shorter u, or scale A"
        )
    return Run(given_back(xp, y, dtype), given_back(xp, after, dtype))


def cheapest(system: StateSpace, length: int) -> Method:
    """By operations: a call into a library counts as 10⁵, a product with a vector five times."""
    n, m, d, c, channels = system.n, system.m, system.d, width(system), math.prod(system.batch)
    cubic, square = (0, 2 * n) if isinstance(system.A, Diagonal) else (2 * n**3, 2 * n * n)
    product = (
        4 * n * (1 + system.A.P.shape[-1]) if isinstance(system.A, DiagonalPlusLowRank) else square
    )
    step = 4e5 + 5 * channels * (product + 2 * (n * d + m * n + m * d))
    blocks = 3e6 + channels * (
        30 * cubic + length * 2 * (c * m * d + n * m + n * d + 2 * square / c)
    )
    return "blocks" if blocks < length * step and _prepared(system).trusted else "recurrence"


def recurrence(system: StateSpace, u: Array, x: Array) -> Run:
    """The model itself, step by step."""
    y, column = [], x[..., None]
    for k in range(u.shape[-2]):
        u_k = u[..., k, :, None]
        y.append(system.output(system.C, column) + system.D @ u_k)
        column = system.A.times(column) + system.B @ in_double(system.xp, u_k, system.is_complex)
    return Run(system.xp.concat([transposed(y_k) for y_k in y], axis=-2), column[..., 0])


def direct(system: StateSpace, u: Array, x: Array) -> Run:
    """Every lag of the convolution at once for all k; x_0 adds a kernel with x_0 for B."""
    K = kernel_in_double(system, u.shape[-2])[0]
    free, after = _without_input(system, u, x)
    y = free + u @ transposed(system.D)
    for l in range(1, u.shape[-2]):
        late = u[..., :-l, :] @ transposed(K[..., l, :, :])
        y = y + system.xp.concat([system.xp.zeros_like(y[..., :l, :]), late], axis=-2)
    return Run(y, after)


def fft(system: StateSpace, u: Array, x: Array) -> Run:
    """The product of the spectra of K and u, padded to 2L so that nothing wraps around."""
    xp, length = system.xp, u.shape[-2]
    K = kernel_in_double(system, length)[0]
    size = 1 << (2 * length - 1).bit_length()
    spectrum = xp.fft.rfft(K, n=size, axis=-3) @ xp.fft.rfft(u, n=size, axis=-2)[..., None]
    free, after = _without_input(system, u, x)
    return Run(xp.fft.irfft(spectrum[..., 0], n=size, axis=-2)[..., :length, :] + free, after)


def scan(system: StateSpace, u: Array, x: Array) -> Run:
    """Prefixes of (A, B u_k) under (A, b)∘(A', b') = (A A', A b' + b).

    A is the same throughout, so there is one power a level.
    """
    xp, length = system.xp, u.shape[-2]
    driven = in_double(xp, u, system.is_complex) @ transposed(system.B)
    states = xp.concat([x[..., None, :], driven], axis=-2)
    power, reach, times = _factor(system), 1, _prepared(system).times
    while reach <= length:
        moved = times(states[..., :-reach, :], _for_rows(power))
        states = xp.concat([states[..., :reach, :], states[..., reach:, :] + moved], axis=-2)
        power, reach = power @ power, 2 * reach
    y = transposed(system.output(system.C, transposed(states[..., :-1, :]))) + u @ transposed(
        system.D
    )
    return Run(y, states[..., -1, :])


def blocks(system: StateSpace, u: Array, x: Array) -> Run:
    """Blocks of c steps, as many at once as stay in a processor's cache.

    What is left over at the end is a shorter block.
    """
    xp, ready, batch = system.xp, _prepared(system), tuple(u.shape[:-2])
    c, d, m, length = ready.width, system.d, system.m, int(u.shape[-2])
    count, left = divmod(length, c)
    pieces = Pieces(xp, (*batch, length * m))
    U = xp.reshape(u[..., : count * c, :], (*batch, count, c * d))
    some = at_once(batch, c * d)
    for at in range(0, count, some):
        piece = U[..., at : min(at + some, count), :]
        states, x = _carried(xp, ready, _reached(system, piece @ ready.reach), x, 0)
        pieces.add(xp.concat([piece, _real(system, states)], axis=-1), ready.both)
    if left:
        rest = u[..., count * c :, :]
        piece = xp.concat(
            [xp.reshape(rest, (*batch, 1, left * d)), _real(system, x[..., None, :])], axis=-1
        )
        over, under = ready.both[..., : left * d, : left * m], ready.both[..., c * d :, : left * m]
        pieces.add(piece, xp.concat([over, under], axis=-2))
        for k in reversed(range(left.bit_length())):
            if left >> k & 1:
                piece = xp.reshape(rest[..., : 1 << k, :], (*batch, 1, d << k))
                x = (
                    ready.times(x[..., None, :], ready.squares[k])
                    + _reached(system, piece @ ready.reach[..., -(d << k) :, :])
                )[..., 0, :]
                rest = rest[..., 1 << k :, :]
    return Run(xp.reshape(pieces.whole(), (*batch, length, m)), x)


class Pieces:
    """A long row (…, L) piece by piece: NumPy writes in place, the others concatenate it."""

    def __init__(self, xp: Any, shape: tuple[int, ...]) -> None:
        self.xp, self.at, self.parts = xp, 0, list[Array]()
        self.out = np.empty(shape) if xp is np else None

    def add(self, left: Array, right: Array) -> None:
        """The product left · right (…, r, k), read row by row, is the next r·k entries."""
        rows, columns = left.shape[-2], right.shape[-1]
        if self.out is None:
            product = left @ right
            self.parts.append(self.xp.reshape(product, (*product.shape[:-2], rows * columns)))
            return
        room = self.out[..., self.at : self.at + rows * columns]
        np.matmul(left, right, out=room.reshape(*room.shape[:-1], rows, columns))
        self.at += rows * columns

    def whole(self) -> Array:
        """All of it."""
        return self.xp.concat(self.parts, axis=-1) if self.out is None else self.out


METHODS = {"recurrence": recurrence, "direct": direct, "fft": fft, "scan": scan, "blocks": blocks}


class Prepared(NamedTuple):
    """The operators of a block, to be applied to rows from the right."""

    width: int
    # (…, c·d + n, c·m): above, row (j, b), column (i, a) is K_{i−j}[a, b];
    # below, (C A^i)ᵀ side by side
    both: Array
    # (…, c·d, n): (A^{c−1−j} B)ᵀ one above the other; their real beside their imaginary parts
    reach: Array
    squares: tuple[Array, ...]  # A^(2^k) for rows
    # for groups of 8^q blocks: their step, and its powers 1 … 7, for rows
    levels: tuple[tuple[Array, Array], ...]
    trusted: (
        bool  # whether powers of A lose so little that blocks are as accurate as the recurrence
    )
    # row times power: a matrix product, or entry by entry for a diagonal A
    times: Callable[[Array, Array], Array]


def width(system: StateSpace) -> int:
    """c, a power of two, 32 … 512.

    About where the Toeplitz product and the carrying of states cost the same.
    """
    if isinstance(system.A, Diagonal):
        return 64
    best = system.n * (2 / (system.m * system.d)) ** 0.5
    return 1 << min(9, max(5, round(math.log2(best * 1.2))))


def at_once(batch: tuple[int, ...], entries: int) -> int:
    """How many blocks of so many entries stay in a processor's cache."""
    return max(GROUP, CACHED // (math.prod(batch) * entries))


def _prepared(system: StateSpace) -> Prepared:
    if "blocks" not in system.prepared:
        with np.errstate(over="ignore", invalid="ignore", under="ignore"):
            system.prepared["blocks"] = _prepare(system)
    found: Prepared = system.prepared["blocks"]
    return found


def _prepare(system: StateSpace) -> Prepared:
    xp, c, m, d = system.xp, width(system), system.m, system.d
    A, exact = _factor(system), Plain if isinstance(system.A, Diagonal) else Twofold.of
    columns = table(A, exact(xp, system.B), c).hi  # (…, n, c·d): A^i B
    rows = table(A.T, exact(xp, transposed(system.C)), c).hi  # (…, n, c·m): (C A^i)ᵀ
    K, method, finite = computed(system, max(c, 512))
    trusted = finite and method != AS_SQUARING_LOSES
    K = K[..., :c, :, :]
    padded = xp.concat([xp.zeros_like(K), K], axis=-3)
    lags = c + np.arange(c)[None, :] - np.arange(c)[:, None]
    index = xp.asarray(lags.reshape(-1), **on_device(K))
    # j, i, a, b
    toeplitz = xp.reshape(xp.take(padded, index, axis=-3), (*K.shape[:-3], c, c, m, d))
    toeplitz = xp.reshape(xp.moveaxis(toeplitz, -1, -3), (*K.shape[:-3], c * d, c * m))
    reach = xp.reshape(
        xp.flip(xp.reshape(columns, (*columns.shape[:-1], c, d)), axis=-2), columns.shape
    )
    observe = (
        xp.concat([2 * xp.real(rows), -2 * xp.imag(rows)], axis=-2) if system.is_complex else rows
    )
    reach = xp.concat([xp.real(reach), xp.imag(reach)], axis=-2) if system.is_complex else reach
    batch = np.broadcast_shapes(toeplitz.shape[:-2], observe.shape[:-2])
    doubles = [A]
    while 1 << (len(doubles) - 1) < c:
        doubles.append(doubles[-1] @ doubles[-1])
    step, levels = doubles[-1], list[tuple[Array, Array]]()
    while GROUP ** len(levels) < at_once(system.batch, c * d) or not levels:
        powers = [step]
        for _ in range(GROUP - 1):
            powers.append(powers[-1] @ step)
        rows_of = [_for_rows(power) for power in powers]
        levels.append(
            (rows_of[0], xp.concat(rows_of[:-1], axis=-2 if isinstance(A, Scaling) else -1))
        )
        step = powers[-1]
    times = operator.mul if isinstance(A, Scaling) else operator.matmul
    both = xp.concat(
        [xp.broadcast_to(part, (*batch, *part.shape[-2:])) for part in (toeplitz, observe)], axis=-2
    )
    squares = tuple(map(_for_rows, doubles))
    return Prepared(c, both, _contiguous(transposed(reach)), squares, tuple(levels), trusted, times)


def _for_rows(power: Any) -> Array:
    """What a row of the state is multiplied by: the transposed matrix, or the diagonal."""
    return (
        power.hi[..., None, :] if isinstance(power, Scaling) else _contiguous(transposed(power.hi))
    )


def _contiguous(M: Array) -> Array:
    return np.ascontiguousarray(M) if isinstance(M, np.ndarray) else M  # BLAS takes it as it is


def _factor(system: StateSpace) -> Any:
    A = system.A if isinstance(system.A, Dense | Diagonal) else system.A.dense()
    return A.factor(system.xp)


def _carried(xp: Any, ready: Prepared, w: Array, x: Array, level: int) -> tuple[Array, Array]:
    """States before each of the blocks, (…, count, n), and after the last.

    x_{b+1} = S x_b + w_b, S the level's step.

    In groups of eight: each group from a zero state, all groups at once; then the states between
    groups, by the same function; then what those contribute inside their groups, in one product.
    """
    count, n, (step, powers), times = w.shape[-2], w.shape[-1], ready.levels[level], ready.times
    groups, left = divmod(count, GROUP)
    if groups < 2 or level == len(ready.levels) - 1:
        states, row = [], x[..., None, :]
        for b in range(count):
            states.append(row)
            row = times(row, step) + w[..., b : b + 1, :]
        return xp.concat(states, axis=-2), row[..., 0, :]
    grouped = xp.reshape(w[..., : groups * GROUP, :], (*w.shape[:-2], groups, GROUP, n))
    inside = [grouped[..., 0, :]]
    for k in range(1, GROUP):
        inside.append(times(inside[-1], step) + grouped[..., k, :])
    before, x = _carried(xp, ready, inside[-1], x, level + 1)
    if times is operator.mul:
        spread = before[..., None, :] * powers[..., None, :, :]
    else:
        spread = xp.reshape(before @ powers, (*before.shape[:-1], GROUP - 1, n))
    states = xp.concat([before[..., None, :], spread + xp.stack(inside[:-1], axis=-2)], axis=-2)
    states = xp.reshape(states, (*w.shape[:-2], groups * GROUP, n))
    if left:
        rest, x = _carried(xp, ready, w[..., groups * GROUP :, :], x, level)
        states = xp.concat([states, rest], axis=-2)
    return states, x


def _reached(system: StateSpace, product: Array) -> Array:
    return (
        as_complex(system.xp, product[..., : system.n], product[..., system.n :])
        if system.is_complex
        else product
    )


def _real(system: StateSpace, states: Array) -> Array:
    if not system.is_complex:
        return states
    return system.xp.concat([system.xp.real(states), system.xp.imag(states)], axis=-1)


def _without_input(system: StateSpace, u: Array, x: Array) -> tuple[Array, Array]:
    """C A^k x_0 for k < L, (…, L, m), and the state after all of u: x_L, by blocks alone."""
    length = u.shape[-2]
    released = StateSpace(system.A, x[..., None], system.C, None)
    free = kernel_in_double(released, length + 1)[0][..., 1:, :, 0]
    return free, blocks(system, u, x).x
