"""1(d) The kernel by doubling, when L = 2^N.

Compute K_1 … K_L fast and in parallel by divide and conquer.

    Kernel(C, A, B, 1) = (C B),
    Kernel(C, A, B, 2τ) = Kernel(C, A, B, τ) ++ Kernel(C A^τ, A, B, τ):
    K_{M+r} = (C A^M) A^{r−1} B.

Depth in matrix products, the final ·B included, depends on who squares A, and when:

    level by level, powers shared             N + 1          top down, powers shared    2N
    every call squares for itself             1 + N(N+1)/2   the right half waits for   2L − 1
                                                             the left call to return A^τ

Work: doubling O(n³ log L + L m n² + L m n d). Splitting l − 1 = i + s·j and multiplying the rows
C A^{sj} by the columns A^i B, s ≈ √L, leaves O(n³ log L + √L n² (m + d) + L m n d).
Shapes: A (n, n), B (n, d), C (m, n), K (L, m, d).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from typing import Annotated, Any

import numpy as np
import sympy as sp

from .exact import Matrix, affordable, equal, is_exact, matrix, symbols, zeros
from .exact.cost import Cost, L, Path, counts, d, half_lg, lg, m, n
from .exact.counting import PRIME, Circuit, Wire, prefixes, stacked
from .exact.system import LONG, fits, impulse_response, impulses, kernel, term_size
from .formulas.formula import formula
from .part import Case, Check, InputError, Slot, Solution, Step

MOST_CASES = 20  # entries of a block at which the key is held
FAR = 32  # a power of A beyond which the key is not evaluated
Build = Callable[[Circuit, Wire, Wire, Wire, int], Wire]  # (circuit, A, B, C, N) -> K


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


@cache
def built(build: Build, levels: int, n: int = 1, m: int = 1, d: int = 1) -> tuple[int, int, int]:
    """Depth in products, work and depth on scalars of a computation that is really built.

    −1 each where it does not give C A^{l−1} B.
    """
    rng = np.random.default_rng(1)
    A, B, C = (rng.integers(0, PRIME, shape) for shape in ((n, n), (n, d), (m, n)))
    rows = [C]
    for _ in range(2**levels - 1):
        rows.append(rows[-1] @ A % PRIME)
    want = np.concatenate(rows) @ B % PRIME
    unit, tree = Circuit("unit"), Circuit("tree")
    in_products, on_scalars = (
        build(circuit, Wire(A), Wire(B), Wire(C), levels) for circuit in (unit, tree)
    )
    if (in_products.value != want).any() or (on_scalars.value != want).any():
        return -1, -1, -1
    return in_products.ready, tree.work, on_scalars.ready


product = 2 * n - 1  # operations for one entry of a product over n terms
squarings = sp.Max(lg(L) - 1, 0) * n**2 * product
s = 2 ** half_lg(L)  # the width of the split: a power of two near √L
PATHS: tuple[Path, ...] = (
    *(
        {"L": (2, 0), "n": (x, 0), "m": (y, 0), "d": (z, 0)}
        for x, y, z in (
            (0, 0, 0), (3, 0, 0), (1, 0, 0), (1, 2, 0), (1, 0, 2),
            (0, 1, 1), (4, 1, 2), (1, 1, 3), (4, 0, 4), (3, 5, 1),
        )
    ),
    {"L": (2, 0), "n": (0, 1), "m": (0, 0), "d": (0, 0)},
)  # fmt: skip


def depth_of(build: Build, exact: sp.Expr, rate: str = "") -> Cost:
    """The depth of a schedule in matrix products, which does not depend on their sizes."""
    return Cost(
        slot="depth",
        exact=exact,
        run=lambda drawn, L: built(build, L.bit_length() - 1)[0],
        at=tuple({"L": 2**levels} for levels in range(7)),
        paths=({"L": (1, 0)}, {"L": (0, 1)}),
        rate=rate,
    )


def work_of(build: Build, exact: sp.Expr, rate: str = "") -> Cost:
    """The operations of a method on scalars."""
    sizes = ((1, 2, 3, 1), (2, 2, 1, 3), (4, 3, 2, 1), (8, 2, 3, 2), (16, 3, 2, 1), (32, 2, 1, 2))
    return Cost(
        slot="work",
        exact=exact,
        run=lambda drawn, L, **sizes: built(build, L.bit_length() - 1, **sizes)[1],
        at=tuple(dict(zip("Lnmd", at, strict=True)) for at in sizes),
        paths=PATHS,
        rate=rate,
    )


def one_channel(cost: Cost, rate: str) -> Cost:
    """The same with one input and one output."""
    return replace(
        cost,
        exact=cost.exact.subs({m: 1, d: 1}),
        at=tuple({**at, "m": 1, "d": 1} for at in cost.at),
        paths=tuple({**path, "m": 1, "d": 1} for path in PATHS),
        rate=rate,
    )


DEPTHS = {
    "level by level, powers shared": depth_of(_level_by_level, lg(L) + 1),
    "top down, powers shared": depth_of(_top_down, sp.Max(2 * lg(L), 1)),
    "every call squares for itself": depth_of(
        _own_squarings, 1 + lg(L) * (lg(L) + 1) / 2, "O(log^2 L)"
    ),
    "right half waits for the left to return": depth_of(_waiting, 2 * L - 1),
}
WORKS = {
    "doubling": replace(
        work_of(_level_by_level, squarings + (L - 1) * m * n * product + L * m * d * product),
        run=lambda drawn, L, n, m, d: doubled(
            drawn(n, n), drawn(n, d), drawn(m, n), L.bit_length() - 1
        ),
    ),
    "two-sided split": work_of(
        _split,
        squarings + ((s - 1) * n * d + (L / s - 1) * m * n + L * m * d) * product,
        "O(n^3 log L + sqrt(L) n^2 (m + d) + L m n d)",
    ),
    "scan over dense A": work_of(
        _dense_scan,
        ((2 * L - 2 - lg(L)) * n**2 + (L - 1) * m * n + L * m * d) * product,
        "O(L n^3 + L m n^2 + L m n d)",
    ),
}
_shared, _down, _own, _waits = DEPTHS.values()
_doubling, _two_sided, _scan = WORKS.values()
COSTS = (
    _shared,
    _down,
    _own,
    Cost(
        slot="depth",
        exact=sp.Symbol("N") + 1,
        run=lambda drawn, N: built(_level_by_level, N)[0],
        at=tuple({"N": levels} for levels in range(7)),
        paths=({"N": (1, 0), "L": 1},),  # L = 2^N is named by no rate that has N
        rate="O(N)",
    ),
    Cost(
        slot="depth",
        exact=(lg(L) + 1) * (lg(n) + 1),
        run=lambda drawn, L, n: built(_level_by_level, L.bit_length() - 1, n)[2],
        at=({"L": 1, "n": 3}, {"L": 4, "n": 1}, {"L": 8, "n": 5}, {"L": 16, "n": 2}),
        paths=({"L": (1, 0), "n": (1, 0)}, {"L": (1, 0), "n": (0, 1)}, {"L": (0, 1), "n": (1, 0)}),
        rate="O(log L log n)",
    ),
    _doubling,
    _two_sided,
    _scan,
    one_channel(_doubling, "O(n^3 log L + L n^2)"),
    one_channel(_two_sided, "O(n^3 log L + sqrt(L) n^2 + L n)"),
    one_channel(_scan, "O(L n^3)"),
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
    work = 5 * length * (A.size + B.size) * len(C) + 40 * len(A) ** 3 * length.bit_length()
    affordable("--length", work, A, B, C, growth=length / 2, divides=False)
    nothing = zeros((len(C), B.shape[1]), A)
    K = doubled(A, B, C, levels) if is_exact(A, B, C) else kernel(A, B, C, nothing, length + 1)[1:]
    half = length // 2
    block = [
        Step(
            f"K_(M+r) for r = 1 … M, M = {half}",
            "block",
            f"the kernel of C A^{half}, A, B: the second half",
        )
    ]
    return Solution(
        answer={
            "kernel": K,
            **({"block": K[half:]} if half else {}),
            "depth": {name: cost.exact for name, cost in DEPTHS.items()},
            "depth here": {name: cost.here(L=length) for name, cost in DEPTHS.items()},
            "squarings": max(levels - 1, 0),
            "work": {name: cost.exact for name, cost in WORKS.items()},
            "work here": {name: cost.here(L=length, **sizes) for name, cost in WORKS.items()},
        },
        steps=(
            Step(
                "K_(M+r) for r = 1 … M",
                formula(KEY, "block"),
                "A^(M+r-1) = A^M A^(r-1): the second half is a kernel with C A^M for C",
            ),
            *(block if half else ()),
            Step(
                f"K_1 … K_{length}",
                "kernel",
                "rows C A^l doubled level by level, multiplied by B once",
            ),
            Step(
                "squarings, shared",
                "squarings",
                "A², A⁴, …, A^(L/2) once for all calls, not once for each call",
            ),
            *(Step(f"depth: {name}", ("depth", name), why) for name, why in _DEPTH_WHY.items()),
            Step(f"depth for L = {length}", "depth here", "in matrix products, ·B included"),
            Step(
                "depth with shared powers",
                formula(KEY, "depth"),
                "as every product costs one step; log L log n if its n terms are added by a tree",
            ),
            *(Step(f"work: {name}", ("work", name), why) for name, why in _WORK_WHY.items()),
            Step(f"work for L = {length}", "work here", "operations on numbers, counted"),
            *(
                Step(f"{name} grows as", formula(KEY, "work", cost.rate), _GROWS_WHY[name])
                for name, cost in WORKS.items()
            ),
        ),
    )


_DEPTH_WHY = {
    "level by level, powers shared": "A^(2^j) is ready when the rows C A^l, l < 2^j, are; "
    "then all double at once",
    "top down, powers shared": "the first split needs A^(L/2), N−1 squarings deep; "
    "then N splits and ·B",
    "every call squares for itself": "N + (N−1) + … + 1 products on the way to the last leaf, "
    "then ·B",
    "right half waits for the left to return": "T(2τ) = 2 T(τ) + 1: nothing is parallel any more",
}
_WORK_WHY = {
    "doubling": "log L − 1 squarings, a row block for each l, ·B",
    "two-sided split": "rows C A^(sj) times columns A^i B, s ≈ √L",
    "scan over dense A": "2L − 2 − log L compositions, each a product of n×n matrices",
}
_GROWS_WHY = {
    "doubling": "O(L n²) alone forgets the squarings",
    "two-sided split": "only √L vectors meet an n×n matrix",
    "scan over dense A": "L products of n×n matrices",
}


def prove() -> Iterator[Check]:
    """The split for every M and r; the depth recurrences and work sums for every N."""
    M, r, N = sp.symbols("M r N", integer=True, positive=True)
    a, b, c = (sp.Symbol(name, commutative=False) for name in "ABC")
    key = formula(KEY, "block")
    shifted = key.sympy({"M": M, "r": r, "C": c * a}), key.sympy({"M": M + 1, "r": r})
    yield equal("K_{M+r} with C A for C is K_{M+1+r}", *shifted)
    yield equal(
        "K_{M+r} = C A^M · A^{r−1} B", key.sympy({"M": M, "r": r}), c * a**M * a ** (r - 1) * b
    )
    A, B, C = symbols("a", 2, 2), symbols("b", 2, 1), symbols("c", 1, 2)
    block = [key.value({"A": A, "B": B, "C": C, "M": 2, "r": at})[0][0] for at in (1, 2)]
    yield equal("n = 2, any A, B, C: K_3 and K_4 by doubling", doubled(A, B, C, 2)[2:, 0, 0], block)

    def at(cost: Cost, levels: Any) -> Any:
        return cost.exact.subs(lg(L), levels).subs(L, 2**levels)

    def more(cost: Cost) -> Any:
        return at(cost, N + 1) - at(cost, N)

    yield equal("level by level: one more level, one more product", more(_shared), 1)
    yield equal("top down: one more squaring before, one more product after", more(_down), 2)
    yield equal("own squarings: T(N+1) = N + 1 + T(N)", more(_own), N + 1)
    yield equal("waiting: T(2τ) = 2 T(τ) + 1", at(_waits, N + 1), 2 * at(_waits, N) + 1)
    entries = 2**N * (m * n + m * d)
    claim = "doubling: one more level, one more squaring, L rows ·A, L more rows ·B"
    yield equal(claim, more(_doubling), (n**2 + entries) * product)
    claim = "scan: one more level, 2^{N+1} − 1 more compositions, L rows ·A, L more rows ·B"
    yield equal(claim, more(_scan), ((2 ** (N + 1) - 1) * n**2 + entries) * product)


def cases(found: Solution, A: Matrix, B: Matrix, C: Matrix, length: int) -> Iterator[Case]:
    """The key at these numbers: the second half, or one that is not too far."""
    M = min(length // 2, FAR)
    for r, K in enumerate(found.answer["kernel"][M : 2 * M][:MOST_CASES], 1):
        yield Case("block", {"A": A, "B": B, "C": C, "M": M, "r": r}, K)


def check(found: Solution, A: Matrix, B: Matrix, C: Matrix, length: int) -> Iterator[Check]:
    """Forget the halves: run the recurrence; build every schedule, and count it."""
    K, half, levels = found.answer["kernel"], length // 2, length.bit_length() - 1
    yield _response("K is the response to unit impulses", K, A, B, C, length)
    if half:
        rows = C
        for _ in range(half):
            rows = rows @ A
        claim = "the second half is the response with C A^M for C"
        yield _response(claim, found.answer["block"], A, B, rows, half)
    for name, cost in DEPTHS.items():
        claim = f"the depth of the schedule built: {name}"
        yield counts(claim, cost, found.answer["depth"][name])
    for name, cost in WORKS.items():
        claim = f"the work of the method built: {name}"
        yield counts(claim, cost, found.answer["work"][name])
    depths = {name: counted(build, 0, levels) for name, build in _SCHEDULES.items()}
    yield equal("the depths here", found.answer["depth here"], depths)
    sizes = (len(A), len(C), B.shape[1])
    works = {name: counted(build, 1, levels, *sizes) for name, build in _METHODS.items()}
    yield equal("the work here", found.answer["work here"], works)
    alone = Circuit("unit")
    _level_by_level(alone, *(Wire(np.ones((1, 1), dtype=np.int64)),) * 3, levels)
    claim = "squarings: products beyond one a level and ·B"
    yield equal(claim, found.answer["squarings"], alone.work - levels - 1)


def _response(claim: str, K: Any, A: Matrix, B: Matrix, C: Matrix, length: int) -> Check:
    """Whether K_1 … K_length are those of the recurrence."""
    count, nothing = min(length, LONG), zeros((len(C), B.shape[1]), A)
    return equal(
        claim,
        K[:count] if len(K) == length else (),
        impulse_response(A, B, C, nothing, count + 1)[1:],
        term_size(A, B, C, nothing, *impulses(count + 1, B.shape[1], A)),
    )


_SCHEDULES = dict(zip(DEPTHS, (_level_by_level, _top_down, _own_squarings, _waiting), strict=True))
_METHODS = dict(zip(WORKS, (_level_by_level, _split, _dense_scan), strict=True))
# Depths are sums of 1, N, N² and 2^N, works of 1, N, 2^N and 2^(±N/2): they obey the recurrences of
# (x − 1)³ (x − 2) and of (x − 1)² (x − 2) (x² − 2), which `counted` holds against what is built.
RECURRENCES = ((7, (5, -9, 7, -2)), (6, (4, -3, -6, 10, -4)))


def counted(build: Build, what: int, levels: int, *sizes: int) -> int:
    """The depth (0) or the work (1) at 2^levels: built, and past 2^7 or 2^6 continued.

    −1 where what is built does not obey the recurrence, or does not give the kernel.
    """
    most, rule = RECURRENCES[what]
    if levels <= most:
        return built(build, levels, *sizes)[what]
    found = [built(build, at, *sizes)[what] for at in range(1, most + 1)]

    def following(upto: int) -> int:
        return sum(by * found[upto - back] for back, by in enumerate(rule, 1))

    if any(found[at] != following(at) for at in range(len(rule), most)):
        return -1
    for at in range(most, levels):
        found.append(following(at))
    return found[-1]


GENERIC = (
    {
        "A": matrix("1/2,1/3,0;-1,2,1;1,0,-1/2"),
        "B": matrix("1,0;2,1;-1,3"),
        "C": matrix("1,1,2;0,3,-1"),
        "length": 8,
    },
    {"A": matrix("1,2;3,-1"), "B": matrix("1;2"), "C": matrix("3,1;1,1;0,2"), "length": 2},
    {"A": matrix("1,2;3,-1"), "B": matrix("1;2"), "C": matrix("3,1"), "length": 1},
    {"A": matrix("0,1;-1,1"), "B": matrix("1;2"), "C": matrix("3,1;1,2"), "length": 256},
)
ILL_POSED = (
    ({"length": 0}, "--length"),
    ({"length": -4}, "--length"),
    ({"length": 3}, "--length"),
    ({"length": 6}, "--length"),
    ({"A": matrix("1,2")}, "--A"),
    ({"B": matrix("1,2")}, "--B"),
    ({"C": matrix("1;2")}, "--C"),
)
KEY = (
    Slot(
        "block",
        "matrix_expr",
        "K_{M+r} = C A^(M+r-1) B",
        where="A: n×n, B: n×d, C: m×n, M: integer >= 1, r: integer >= 1",
        twins={
            "one power too many": "C A^(M+r) B",
            "A^M on the wrong side": "A^M C A^(r-1) B",
            "powers multiplied": "C A^(M (r-1)) B",
            "A transposed": "C (A^T)^(M+r-1) B",
        },
    ),
    Slot(
        "work",
        "complexity",
        "O(n^3 log L + L m n^2 + L m n d)",
        where="L, n, m, d",
        also={
            "O(n^3 log L + sqrt(L) n^2 (m + d) + L m n d)": "the two-sided split",
            "O(L n^3 + L m n^2 + L m n d)": "an associative scan over dense A",
            "O(n^3 log L + L n^2)": "doubling, one input and one output",
            "O(n^3 log L + sqrt(L) n^2 + L n)": "the two-sided split, one input and one output",
            "O(L n^3)": "an associative scan over dense A, one input and one output",
        },
        assuming=("doubling with shared powers",),
        twins={
            "the squarings forgotten": "O(L n^2)",
            "the kernel forgotten": "O(n^3 log L)",
            "L squared": "O(L^2 n^2)",
        },
    ),
    Slot(
        "depth",
        "complexity",
        "O(log L)",
        where="L, n, N",
        also={
            "O(N)": "L = 2^N",
            "O(log^2 L)": "every call squares for itself",
            "O(log L log n)": "binary trees of scalars, powers shared",
        },
        assuming=("powers shared, depth in matrix products",),
        twins={"sequential": "O(L)", "constant": "O(1)", "root": "O(sqrt(L))"},
    ),
)
