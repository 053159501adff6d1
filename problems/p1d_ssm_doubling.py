"""1(d) The kernel by doubling, when L = 2^N.

Compute K_1 … K_L fast and in parallel by divide and conquer.

    Kernel(C, A, B, 2τ) = Kernel(C, A, B, τ) ++ Kernel(C A^τ, A, B, τ),   Kernel(C, A, B, 1) = (C B):
    K_{M+r} = (C A^M) A^{r−1} B.

Depth in matrix products, the final ·B included, depends on who squares A, and when:

    level by level, powers shared             N + 1          top down, powers shared    2N
    every call squares for itself             1 + N(N+1)/2   the right half waits for   2L − 1
                                                             the left call to return A^τ
Work: doubling O(n³ log L + L m n² + L m n d). Splitting l − 1 = i + s·j and multiplying the rows C A^{sj} by the columns
A^i B, s ≈ √L, leaves O(n³ log L + √L n² (m + d) + L m n d). Shapes: A (n, n), B (n, d), C (m, n), K (L, m, d).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Annotated, Any

import numpy as np
import sympy as sp

from .part import Answer, Check, InputError, Solution, Step
from .counting import PRIME, Circuit, Wire, prefixes, stacked
from .exact import Matrix, affordable, equal, is_exact, matrix, written_out, zeros
from .growth import Growth, L, counter, d, half_lg, lg, log, m, n, tight
from .system import LONG, fits, impulse_response, kernel, labelled

a, b, c = (sp.Symbol(name, commutative=False) for name in "ABC")
M, r = sp.symbols("M r", integer=True, positive=True)
BLOCK = c * a**M * a ** (r - 1) * b  # K_{M+r}

product = 2 * n - 1  # operations for one entry of a product over n terms
squarings = sp.Max(lg(L) - 1, 0) * n**2 * product
s = 2 ** half_lg(L)  # the width of the split: a power of two near √L
DEPTHS = {
    "level by level, powers shared": lg(L) + 1,
    "top down, powers shared": sp.Max(2 * lg(L), 1),
    "every call squares for itself": 1 + lg(L) * (lg(L) + 1) / 2,
    "right half waits for the left to return": 2 * L - 1,
}
WORKS = {
    "doubling": (
        Growth(n**3 * log(L) + L * m * n**2 + L * m * n * d),
        squarings + (L - 1) * m * n * product + L * m * d * product,
    ),
    "two-sided split": (
        Growth(n**3 * log(L) + sp.sqrt(L) * n**2 * (m + d) + L * m * n * d),
        squarings + ((s - 1) * n * d + (L / s - 1) * m * n + L * m * d) * product,
    ),
    "scan over dense A": (
        Growth(L * (n**3 + m * n**2 + m * n * d)),
        (2 * L - 2 - lg(L)) * n**2 * product + (L - 1) * m * n * product + L * m * d * product,
    ),
}
PATHS = tuple(
    {"L": (2, 0), "n": (x, 0), "m": (y, 0), "d": (z, 0)}
    for x, y, z in (
        (0, 0, 0),
        (3, 0, 0),
        (1, 0, 0),
        (1, 2, 0),
        (1, 0, 2),
        (0, 1, 1),
        (4, 1, 2),
        (1, 1, 3),
        (4, 0, 4),
        (3, 5, 1),
    )
)


def doubled(A: Matrix, B: Matrix, C: Matrix, levels: int) -> Matrix:
    """K_1 … K_{2^levels}, (L, m, d): rows C A^l doubled level by level, then ·B once."""
    rows, power = C, A
    for level in range(levels):
        rows = np.concatenate([rows, rows @ power])
        if level < levels - 1:
            power = power @ power
    return np.asarray((rows @ B).reshape(-1, len(C), B.shape[1]))


def solve(
    A: Annotated[Matrix, "state matrix, n×n"] = matrix("1/2,1/3;-1,2"),
    B: Annotated[Matrix, "input matrix, n×d"] = matrix("1,0;2,1"),
    C: Annotated[Matrix, "output matrix, m×n"] = matrix("1,1;0,3"),
    length: Annotated[int, "L = 2^N: the kernel goes from K_1 to K_L"] = 8,
) -> Solution:
    sizes = dict(zip("ndm", fits(A, B, C), strict=True))
    if length < 1 or length & (length - 1):
        raise InputError(
            f"--length is {length}, but doubling needs a power of two: pass 1, 2, 4, 8, …"
        )
    levels = length.bit_length() - 1
    affordable("--length", length * (A.size + B.size) * len(C), A, B, C, growth=length)
    depths = {name: int(counter(depth)(L=length)) for name, depth in DEPTHS.items()}
    works = {name: int(counter(work)(L=length, **sizes)) for name, (_, work) in WORKS.items()}
    nothing = zeros((len(C), B.shape[1]), A)
    K = doubled(A, B, C, levels) if is_exact(A, B, C) else kernel(A, B, C, nothing, length + 1)[1:]
    return Solution(
        answer={
            "K_(M+r)": BLOCK,
            "K": K,
            "depth": depths,
            "depth formula": DEPTHS,
            "squarings": max(levels - 1, 0),
            "work": {name: rate for name, (rate, _) in WORKS.items()},
            "work formula": {name: work for name, (_, work) in WORKS.items()},
            "operations": works,
        },
        steps=(
            Step(
                "K_(M+r) for r = 1 … M",
                BLOCK,
                "A^(M+r-1) = A^M A^(r-1): the second half is a kernel with C A^M for C",
            ),
            Step(
                f"K_1 … K_{length}",
                labelled(K, 1),
                "rows C A^l doubled level by level, multiplied by B once",
            ),
            Step(
                "squarings, shared",
                max(levels - 1, 0),
                "A², A⁴, …, A^(L/2) once for all calls, not once for each call",
            ),
            *(
                Step(f"depth: {name}", DEPTHS[name], f"{_DEPTH_WHY[name]}: {depths[name]} here")
                for name in DEPTHS
            ),
            *(
                Step(f"work: {name}", WORKS[name][0], f"{_WORK_WHY[name]}: {works[name]:,} here")
                for name in WORKS
            ),
        ),
    )


_DEPTH_WHY = {
    "level by level, powers shared": "A^(2^j) is ready when the rows C A^l, l < 2^j, are; then all double at once",
    "top down, powers shared": "the first split needs A^(L/2), N−1 squarings deep; then N splits and ·B",
    "every call squares for itself": "N + (N−1) + … + 1 products on the way to the last leaf, then ·B",
    "right half waits for the left to return": "T(2τ) = 2 T(τ) + 1: nothing is parallel any more",
}
_WORK_WHY = {
    "doubling": "log L − 1 squarings, a row block for each l, ·B; O(L n²) alone forgets the squarings",
    "two-sided split": "rows C A^(sj) times columns A^i B, s ≈ √L: only √L vectors meet an n×n matrix",
    "scan over dense A": "about 2L compositions, each a product of n×n matrices",
}


def prove() -> Iterator[Check]:
    """The split for every M and r; the depth recurrences and work sums for every N."""
    yield equal("K_{M+r} = C A^{M+r−1} B", BLOCK, c * a ** (M + r - 1) * b)
    N, j = sp.symbols("N j", integer=True, positive=True)

    def at(name: str, exponent: Any) -> Any:
        return DEPTHS[name].subs(lg(L), exponent).subs(L, 2**exponent)

    shared, top, own, waits = DEPTHS
    yield equal(
        "level by level: one more level, one more product", at(shared, N + 1), at(shared, N) + 1
    )
    yield equal(
        "top down: one more squaring before, one more product after", at(top, N + 1), at(top, N) + 2
    )
    yield equal("own squarings: T(N+1) = N + 1 + T(N)", at(own, N + 1), N + 1 + at(own, N))
    yield equal("waiting: T(2τ) = 2 T(τ) + 1", at(waits, N + 1), 2 * at(waits, N) + 1)
    rows = sp.summation(2**j, (j, 0, N - 1)) * m * n * product
    squared = sp.summation(n**2 * product, (j, 1, N - 1))
    doubling = WORKS["doubling"][1].subs(lg(L), N).subs(L, 2**N)
    yield equal(
        "doubling work: Σ_j 2^j row blocks, N − 1 squarings, ·B",
        doubling,
        squared + rows + 2**N * m * d * product,
    )


def _level_by_level(c: Circuit, A: Wire, B: Wire, C: Wire, levels: int) -> Wire:
    rows, power = C, A
    for level in range(levels):
        rows = stacked(rows, c.multiply(rows, power))
        power = c.multiply(power, power) if level < levels - 1 else power
    return c.multiply(rows, B)


def _top_down(c: Circuit, A: Wire, B: Wire, C: Wire, levels: int) -> Wire:
    powers = [A]
    for _ in range(levels - 1):
        powers.append(c.multiply(powers[-1], powers[-1]))

    def call(C: Wire, level: int) -> Wire:
        if not level:
            return c.multiply(C, B)
        return stacked(call(C, level - 1), call(c.multiply(C, powers[level - 1]), level - 1))

    return call(C, levels)


def _own_squarings(c: Circuit, A: Wire, B: Wire, C: Wire, levels: int) -> Wire:
    if not levels:
        return c.multiply(C, B)
    power = Wire(A.value, C.ready)  # a call begins when its C is there
    for _ in range(levels - 1):
        power = c.multiply(power, power)
    right = _own_squarings(c, A, B, c.multiply(C, power), levels - 1)
    return stacked(_own_squarings(c, A, B, C, levels - 1), right)


def _waiting(c: Circuit, A: Wire, B: Wire, C: Wire, levels: int) -> Wire:
    def call(C: Wire, level: int) -> tuple[Wire, Wire]:
        if not level:
            return c.multiply(C, B), A
        left, power = call(C, level - 1)
        right, _ = call(c.multiply(C, power, after=left.ready), level - 1)
        return stacked(left, right), c.multiply(power, power, after=left.ready)

    return call(C, levels)[0]


def _split(c: Circuit, A: Wire, B: Wire, C: Wire, levels: int) -> Wire:
    rows, columns, power, half = C, B, A, levels // 2
    for level in range(levels):
        if level < half:
            columns = stacked(columns, c.multiply(power, columns), axis=1)
        else:
            rows = stacked(rows, c.multiply(rows, power))
        power = c.multiply(power, power) if level < levels - 1 else power
    K, (m, _), (_, d) = c.multiply(rows, columns), C.value.shape, B.value.shape
    blocks = K.value.reshape(-1, m, 2**half, d).transpose(0, 2, 1, 3)
    return Wire(blocks.reshape(-1, d), K.ready)


def _dense_scan(c: Circuit, A: Wire, B: Wire, C: Wire, levels: int) -> Wire:
    powers = prefixes([A] * 2**levels, c.multiply)[:-1]
    return stacked(c.multiply(C, B), *(c.multiply(c.multiply(C, power), B) for power in powers))


_SCHEDULES = dict(zip(DEPTHS, (_level_by_level, _top_down, _own_squarings, _waiting), strict=True))
_METHODS = dict(zip(WORKS, (_level_by_level, _split, _dense_scan), strict=True))


@cache
def built(build: Any, levels: int, n: int, m: int, d: int) -> tuple[int, int, bool]:
    """Depth in products, scalar work, and whether the computation built gives C A^{l−1} B."""
    rng = np.random.default_rng(1)
    A, B, C = (rng.integers(0, PRIME, shape) for shape in ((n, n), (n, d), (m, n)))
    rows = [C]
    for _ in range(2**levels - 1):
        rows.append(rows[-1] @ A % PRIME)
    tree, unit = Circuit("tree"), Circuit("unit")
    out = [build(circuit, Wire(A), Wire(B), Wire(C), levels) for circuit in (tree, unit)]
    return out[1].ready, tree.work, bool((out[0].value == np.concatenate(rows) @ B % PRIME).all())


def check(found: Solution, A: Matrix, B: Matrix, C: Matrix, length: int) -> Iterator[Check]:
    """Forget the halves: run the recurrence; build every schedule, and count it."""
    response = impulse_response(
        A, B, C, zeros((len(C), B.shape[1]), A), min(max(length, 4), LONG) + 1
    )[1:]
    yield equal(
        "K is the response to unit impulses", found.answer["K"][: len(response)], response[:length]
    )
    cases = [
        (C, A, B, at, by, response[at + by - 1])
        for at, by in ((1, 1), (1, 2), (2, 1), (1, 3), (2, 2), (3, 1))
    ]
    yield written_out("K_(M+r), multiplied out", found.answer["K_(M+r)"], (c, a, b, M, r), cases)
    levels, sizes = length.bit_length() - 1, dict(zip("ndm", fits(A, B, C), strict=True))
    for where, N, size in (
        ("here", levels, sizes),
        *(("", N, {"n": 3, "m": 2, "d": 1}) for N in range(5)),
    ):
        for name, build in _SCHEDULES.items():
            depth, _, right = built(build, min(N, 6), **size)
            formula = counter(found.answer["depth formula"][name])(L=2 ** min(N, 6))
            if (
                not right
                or formula != depth
                or (where and N < 7 and found.answer["depth"][name] != depth)
            ):
                yield Check(
                    "every depth is that of the schedule built",
                    False,
                    f"{name}: {depth} at L = {2**N}",
                )
                return
        for name, build in _METHODS.items():
            _, work, right = built(build, min(N, 6), **size)
            formula = counter(found.answer["work formula"][name])(L=2 ** min(N, 6), **size)
            if (
                not right
                or formula != work
                or (where and N < 7 and found.answer["operations"][name] != work)
            ):
                yield Check(
                    "every work is that of the computation built",
                    False,
                    f"{name}: {work:,} at L = {2**N}",
                )
                return
    yield Check(
        "every depth is that of the schedule built",
        True,
        "four schedules, each giving the right K, at six sizes",
    )
    yield Check(
        "every work is that of the computation built",
        True,
        "three methods, each giving the right K, at six sizes",
    )
    alone = Circuit("unit")
    _level_by_level(alone, *(Wire(np.ones((1, 1), dtype=np.int64)),) * 3, levels)
    yield equal(
        "squarings: products beyond one a level and ·B",
        found.answer["squarings"],
        alone.work - levels - 1,
    )
    for name, rate in found.answer["work"].items():
        settled = tight(
            "every rate is that of its formula", rate, found.answer["work formula"][name], PATHS
        )
        if not settled.passed:
            yield Check(settled.claim, False, f"{name}: {settled.evidence}")
            return
    yield Check(
        "every rate is that of its formula", True, f"{len(WORKS)} rates along {len(PATHS)} paths"
    )


def twins(
    found: Solution, A: Matrix, B: Matrix, C: Matrix, length: int
) -> dict[str, dict[str, Any]]:
    def other(group: str, name: str, value: Any) -> dict[str, Any]:
        return {group: {**found.answer[group], name: value}}

    split = found.answer["operations"]["two-sided split"]
    waits, shared = "right half waits for the left to return", "level by level, powers shared"
    return {
        "work O(L n²): the squarings forgotten": other(
            "work", "doubling", Growth(L * m * n**2 + L * m * n * d)
        ),
        "parallel although the right half waits": other(
            "depth", waits, found.answer["depth"][shared]
        ),
        "·B not counted": other("depth formula", shared, lg(L)),
        "the split without its squarings": other("operations", "two-sided split", split - 1),
        "A^M on the wrong side of C": {"K_(M+r)": a**M * c * a ** (r - 1) * b},
        "one power too many": {
            "K_(M+r)": c * a ** (M + r) * b,
            "K": doubled(A, A @ B, C, length.bit_length() - 1),
        },
        "A transposed": {"K": doubled(A.T, B, C, length.bit_length() - 1)},
        "one squaring for each level": {"squarings": length.bit_length() - 1},
    }


GENERIC = (
    {
        "A": matrix("1/2,1/3,0;-1,2,1;1,0,-1/2"),
        "B": matrix("1,0;2,1;-1,3"),
        "C": matrix("1,1,2;0,3,-1"),
        "length": 8,
    },
    {"A": matrix("1,2;3,-1"), "B": matrix("1;2"), "C": matrix("3,1;1,1;0,2"), "length": 2},
    {"A": matrix("1,2;3,-1"), "B": matrix("1;2"), "C": matrix("3,1"), "length": 1},
)
ANSWERS = (
    Answer(
        slot="block",
        kind="matrix_expr",
        reference="C A^(M+r-1) B",
        symbols={"A": "n×n", "B": "n×d", "C": "m×n", "M": "integer >= 1", "r": "integer >= 1"},
        names=("K_{M+r}",),
        twins={
            "one power too many": "C A^(M+r) B",
            "A^M on the wrong side": "A^M C A^(r-1) B",
            "powers multiplied": "C A^(M (r-1)) B",
        },
    ),
    Answer(
        slot="work",
        kind="complexity",
        reference="O(n^3 log L + L m n^2 + L m n d)",
        symbols={"L": "size", "n": "size", "m": "size", "d": "size"},
        also={
            "O(n^3 log L + sqrt(L) n^2 (m + d) + L m n d)": "the two-sided split",
            "O(L n^3 + L m n^2 + L m n d)": "an associative scan over dense A",
            "O(n^3 log L + L n^2)": "doubling, with one input and one output",
            "O(n^3 log L + sqrt(L) n^2 + L n)": "the two-sided split, with one input and one output",
            "O(L n^3)": "an associative scan over dense A, with one input and one output",
        },
        assuming=("doubling with shared powers",),
        twins={
            "the squarings forgotten": "O(L n^2)",
            "the kernel forgotten": "O(n^3 log L)",
            "L squared": "O(L^2 n^2)",
        },
    ),
    Answer(
        slot="depth",
        kind="complexity",
        reference="O(log L)",
        symbols={"L": "size", "n": "size", "N": "size"},
        also={
            "O(N)": "L = 2^N",
            "O(log^2 L)": "every call squares for itself",
            "O(log L log n)": "binary trees of scalars, powers shared",
        },
        assuming=("powers shared, depth in matrix products",),
        twins={"sequential": "O(L)", "constant": "O(1)", "root": "O(sqrt(L))"},
    ),
)
