"""1(f) Powers of the diagonal-plus-low-rank matrix A = I + p pᵀ.

Find A^L in closed form, so that the kernel K_l = C A^{l−1} B needs no matrix power.

    A^L = I + c_L p pᵀ,   c_L = ((1 + s)^L − 1) / s,   s = ‖p‖²,   c_L → L as s → 0:
    K_l = C B + c_{l−1} (C p)(pᵀ B).

Shapes: p (n,), B (n, d), C (m, n), K (L, m, d). With one input and one output: four dot products once and four operations
an entry, O(n + L) in all, where a dense A takes O(L n²).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Annotated, Any

import numpy as np
import sympy as sp

from . import numeric
from .core import Answer, Check, InputError, Solution, Step
from .counting import Tally
from .exact import (
    Matrix,
    Vector,
    affordable,
    equal,
    identity,
    integers,
    matrix,
    shaped,
    symbols,
    vector,
    written_out,
    zeros,
)
from .growth import Growth, counter, d, m, n, tight
from .growth import L as SIZE
from .system import impulse_response, labelled

L, l = sp.Symbol("L", integer=True, nonnegative=True), sp.Symbol("l", integer=True, positive=True)
s = sp.Symbol("s", positive=True)
COEFFICIENT = ((1 + s) ** L - 1) / s  # c_L; `prove` shows that the recurrence for one more factor of A forces it
b, c, p_, p_t, one = (sp.Symbol(name, commutative=False) for name in ("B", "C", "p", "pᵀ", "I"))
KERNEL = c * b + COEFFICIENT.subs(L, l - 1) * (c * p_) * (p_t * b)
WORK = Growth(n * m * d + n * (m + d) + SIZE * m * d)
OPERATIONS = (2 * n - 1) * (1 + m * d + m + d) + m * d + 1 + (SIZE - 1) * (2 + 2 * m * d)
PATHS = tuple(
    {"L": (w, 0), "n": (x, 0), "m": (y, 0), "d": (z, 0)}
    for w, x, y, z in ((1, 0, 0, 0), (1, 1, 0, 0), (1, 2, 0, 0), (3, 1, 2, 0), (1, 2, 0, 1), (1, 3, 1, 1), (3, 0, 0, 1))
)


def kernel(p: Vector, B: Matrix, C: Matrix, length: int) -> Matrix:
    """K_1 … K_length, (length, m, d), no power of A: c_{l+1} = (1 + s) c_l + 1 from c_1 = 1; floating by the engines."""
    if p.dtype.kind == "f":
        return np.asarray(numeric.kernel(numeric.StateSpace(numeric.IdentityPlusOuter(p), B, C), length + 1)[1:])
    unit = p[0] ** 0
    growth, first, along = unit + p @ p, C @ B, np.outer(C @ p, p @ B)
    K, coefficient = [first], unit
    for _ in range(1, length):
        K.append(first + coefficient * along)
        coefficient = growth * coefficient + unit
    return np.array(K).reshape(-1, *first.shape)[:length]


def coefficient(norm2: Any, length: int) -> Any:
    """c_L for a number s: the formula, its limit L at s = 0; in floating point without cancelling for small s."""
    if not norm2:
        return norm2 + length
    if isinstance(norm2, float):
        return float(np.expm1(length * np.log1p(norm2)) / norm2)
    return ((1 + norm2) ** length - 1) / norm2


def solve(
    p: Annotated[Vector, "the vector p"] = vector("1,2,2"),
    length: Annotated[int, "the power L, and the kernel's length"] = 5,
    B: Annotated[Matrix | None, "input matrix, n×d, for the kernel's numbers"] = None,
    C: Annotated[Matrix | None, "output matrix, m×n, for the kernel's numbers"] = None,
) -> Solution:
    if length < 0:
        raise InputError(f"--length is {length}, but a power L >= 0 is wanted: pass 0 or more")
    if (B is None) != (C is None):
        raise InputError(f"{'--C' if C is None else '--B'} missing: the kernel takes both --B and --C")
    affordable("--length", len(p) ** 2 + length, p, growth=2 * length)
    size, norm2 = len(p), p @ p
    c_L = coefficient(norm2, length)
    answer: dict[str, Any] = {
        "A^L": identity(size, p) + c_L * np.outer(p, p),
        "c_L": COEFFICIENT,
        "s": norm2,
        "c": c_L,
        "K_l": KERNEL,
        "work": WORK,
        "operations": OPERATIONS,
    }
    steps = [
        Step("s = ‖p‖²", norm2, "(p pᵀ)² = p (pᵀp) pᵀ = s p pᵀ, so powers of A stay in the span of I and p pᵀ"),
        Step("c_{L+1} = (1 + s) c_L + 1, c_0 = 0", COEFFICIENT, "multiply I + c_L p pᵀ by I + p pᵀ; the solution c_L"),
        Step("c_L as s → 0", L, "the derivative of (1 + s)^L at 0; A tends to I, yet c_L to L"),
        Step(f"c_{length} for this p", c_L, f"s = {norm2}" if norm2 else "p = 0, so the limit L"),
        Step(
            f"A^{length} = I + c_{length} p pᵀ",
            answer["A^L"],
            "the factor is c_L, not (1 + s)^L − 1: mind the 1/s" if norm2 else "A = I",
        ),
        Step(
            "K_l for l ≥ 1",
            KERNEL,
            "C A^(l-1) B with A^(l-1) = I + c_(l-1) p pᵀ: numbers C B, C p, pᵀ B and c; at s = 0 read l − 1 for c",
        ),
    ]
    if B is not None and C is not None:
        shaped("--B", B, size, None, f"p has {size} entries")
        shaped("--C", C, None, size, f"p has {size} entries")
        answer["K"] = kernel(p, B, C, length)
        steps.append(Step(f"K_1 … K_{length}" if length else "K", labelled(answer["K"], 1), "for these B and C"))
    steps.append(Step("operations", OPERATIONS, "for K_1 … K_L, counted: dot products once, then 2 + 2 m d an entry"))
    steps.append(Step("work", WORK, "O(n + L) with one input and one output, where a dense A takes O(L n²)"))
    return Solution(answer, tuple(steps))


def prove() -> Iterator[Check]:
    """The induction on L for every s, then the claim itself entry by entry."""
    yield equal("base: c_0 = 0", COEFFICIENT.subs(L, 0), 0)
    yield equal(
        "step: A (I + c_L p pᵀ) has c_{L+1} = c_L + 1 + s c_L", COEFFICIENT + 1 + s * COEFFICIENT, COEFFICIENT.subs(L, L + 1)
    )
    yield equal("as s → 0", sp.limit(COEFFICIENT.subs(L, 7), s, 0), 7)
    P = symbols("p", 2)
    A, S = identity(2, P) + np.outer(P, P), P @ P
    c_3 = sp.cancel(COEFFICIENT.subs(L, 3)).subs(s, S)
    yield equal("n = 2, L = 3, all 4 entries", A @ A @ A, identity(2, P) + c_3 * np.outer(P, P))
    B, C = symbols("b", 2, 1), symbols("c", 1, 2)
    yield equal("K_3 without a power of A", kernel(P, B, C, 3)[2], C @ A @ A @ B)


def check(found: Solution, p: Vector, length: int, B: Matrix | None = None, C: Matrix | None = None) -> Iterator[Check]:
    """Forget the algebra: multiply A by itself, run the recurrence, count the operations."""
    A = identity(len(p), p) + np.outer(p, p)
    power = identity(len(p), p)
    for _ in range(length):
        power = power @ A
    yield equal("A multiplied by itself L times", found.answer["A^L"], power)
    if p.any():
        yield equal("I + c p pᵀ is that power", identity(len(p), p) + found.answer["c"] * np.outer(p, p), power)
    else:
        yield equal("c is L where p = 0", found.answer["c"], p @ p + length)
    series = found.answer["s"] * 0
    for _ in range(length):
        series = series * (1 + found.answer["s"]) + 1
    yield equal("c is 1 + (1+s) + … + (1+s)^(L−1)", found.answer["c"] - length, series - length)
    yield equal("s is the trace of A − I", found.answer["s"], np.trace(A - identity(len(p), p)))
    column, left, right = matrix("1;2;2"), matrix("1,0,2;3,1,-1"), matrix("1,2;0,1;-1,1")
    powers = [np.linalg.matrix_power(identity(3, column) + column @ column.T, e) for e in range(4)]
    power_l = one + found.answer["c_L"] * p_ * p_t
    cases: list[tuple[Any, ...]] = [(identity(3, column), column, column.T, 9, e, powers[e]) for e in range(4)]
    yield written_out("I + c_L p pᵀ, multiplied out for p = (1, 2, 2)", power_l, (one, p_, p_t, s, L), cases)
    cases = [(left, right, column, column.T, 9, e + 1, left @ powers[e] @ right) for e in range(4)]
    yield written_out("the formula for K_l, multiplied out", found.answer["K_l"], (c, b, p_, p_t, s, l), cases)
    if B is not None and C is not None:
        nothing = zeros((len(C), B.shape[1]), p)
        yield equal("K is the response to unit impulses", found.answer["K"], impulse_response(A, B, C, nothing, length + 1)[1:])
    off = [
        at
        for at in ((6, 4, 1, 1), (3, 2, 3, 2))
        if counter(found.answer["operations"])(**dict(zip("Lnmd", at, strict=True))) != counted(*at)
    ]
    yield Check(
        "operations are those of the kernel run",
        not off,
        "counted at two sizes" if not off else f"not at L, n, m, d = {off[0]}",
    )
    yield tight("the rate is that of the count", found.answer["work"], found.answer["operations"], PATHS)


@cache
def counted(length: int, n: int, m: int, d: int) -> int:
    """Operations of `kernel`, counted while it runs."""
    tally, rng = Tally(), np.random.default_rng(0)
    p, B, C = (tally(integers(rng, *shape)) for shape in ((n,), (n, d), (m, n)))
    kernel(p, B, C, length)
    return tally.work


def twins(
    found: Solution, p: Vector, length: int, B: Matrix | None = None, C: Matrix | None = None
) -> dict[str, dict[str, Any]]:
    norm2, c_L, square, eye = p @ p, found.answer["c"], np.outer(p, p), identity(len(p), p)
    shorter = ((1 + norm2) ** (length - 1) - 1) / norm2 if norm2 and length else c_L
    wrong: dict[str, dict[str, Any]] = {
        "lost the factor 1/s": {"A^L": eye + ((1 + norm2) ** length - 1) * square, "c_L": (1 + s) ** L - 1},
        "c itself without 1/s": {"c": (1 + norm2) ** length - 1},
        "one power too few": {"A^L": eye + shorter * square, "c": shorter, "c_L": COEFFICIENT.subs(L, L - 1)},
        "first order only": {"A^L": eye + length * square},
        "inner for outer product": {"A^L": eye + c_L * norm2},
        "‖p‖ for ‖p‖²": {"s": sum(abs(x) for x in p)},
        "c_l for c_{l−1} in the kernel": {"K_l": c * b + COEFFICIENT.subs(L, l) * (c * p_) * (p_t * b)},
        "(a − b) + b γ^(l-1): the kernel without 1/s": {"K_l": c * b + ((1 + s) ** (l - 1) - 1) * (c * p_) * (p_t * b)},
        "(pᵀB)(Cp) for (Cp)(pᵀB)": {"K_l": c * b + COEFFICIENT.subs(L, l - 1) * (p_t * b) * (c * p_)},
        "the formula without 1/s": {"c_L": (1 + s) ** L - 1},
        "O(n L)": {"work": Growth(n * SIZE * m * d)},
        "O(1) an entry: L forgotten": {"work": Growth(n * m * d + n * (m + d))},
        "four dot products for five": {"operations": OPERATIONS - 2 * n + 1},
    }
    if B is not None and C is not None:
        wrong["K without the 1/s"] = {"K": C @ B + (found.answer["K"] - C @ B) * norm2}
    return wrong


GENERIC = (
    {"p": vector("1,2,-3"), "length": 4, "B": matrix("1,0;2,1;-1,3"), "C": matrix("1,1,2;0,3,-1")},
    {"p": vector("0,0"), "length": 3, "B": matrix("1;2"), "C": matrix("3,1")},
    {"p": vector("1/2,2"), "length": 0, "B": matrix("1;2"), "C": matrix("3,1")},
    {"p": vector("2,1"), "length": 2},
)
ANSWERS = (
    Answer(
        slot="power",
        kind="matrix_expr",
        reference="I + ((1 + p^T p)^L - 1)/(p^T p) p p^T",
        symbols={
            "p": "n",
            "A": "n×n = I + p p^T",
            "s": "scalar = p^T p",
            "L": "integer >= 0",
            "l": "= L",
            "r": "= s",
            "B": "n×d",
            "C": "m×n",
        },
        names=("A^L",),
        facts=(
            "s = p^T p",
            "r = p^T p",
            "K_l = C B + ((1 + p^T p)^(l-1) - 1)/(p^T p) (C p)(p^T B)",
            "O(n + L)",
        ),
        assuming=("p ≠ 0; the limit of the coefficient is L at p = 0",),
        twins={
            "lost the factor 1/s": "I + ((1+s)^L - 1) p p^T",
            "one power too few": "I + ((1+s)^(L-1) - 1)/s p p^T",
            "inner for outer product": "I + ((1+s)^L - 1)/s p^T p",
            "first order only": "I + L p p^T",
        },
    ),
    Answer(
        slot="coefficient",
        kind="scalar",
        reference="((1+s)^L - 1)/s",
        symbols={"s": "scalar > 0", "L": "integer >= 0", "l": "= L"},
        names=("c_L",),
        assuming=("s ≠ 0; the limit is L at s = 0",),
        twins={
            "lost the factor 1/s": "(1+s)^L - 1",
            "one power too few": "((1+s)^(L-1) - 1)/s",
            "one term too many": "sum_{j=0}^{L} (1+s)^j",
        },
    ),
    Answer(
        slot="kernel",
        kind="matrix_expr",
        reference="C B + ((1 + p^T p)^(l-1) - 1)/(p^T p) (C p)(p^T B)",
        symbols={
            "p": "n",
            "A": "n×n = I + p p^T",
            "s": "scalar = p^T p",
            "B": "n×d",
            "C": "m×n",
            "l": "integer >= 1",
            "r": "= s",
        },
        names=("K_l",),
        facts=("s = p^T p", "r = p^T p", "A = I + p p^T"),
        assuming=("p ≠ 0; the limit of the coefficient is l − 1 at p = 0",),
        twins={
            "lost the factor 1/s": "C B + ((1+s)^(l-1) - 1) (C p)(p^T B)",
            "order swapped": "C B + ((1+s)^(l-1) - 1)/s (p^T B)(C p)",
            "one power too many": "C B + ((1+s)^l - 1)/s (C p)(p^T B)",
        },
    ),
    Answer(
        slot="work",
        kind="complexity",
        reference="O(n + L)",
        symbols={"n": "size", "L": "size", "m": "size", "d": "size"},
        also={"O(n m d + n (m + d) + L m d)": "m outputs and d inputs"},
        assuming=("one input and one output",),
        twins={"a product of the two": "O(n L)", "L forgotten": "O(n)", "as a dense A": "O(L n^2)"},
    ),
)
