"""1(f) Powers of the diagonal-plus-low-rank matrix A = I + p pᵀ.

Find A^L in closed form, so that the kernel K_l = C A^{l−1} B needs no matrix power.

    A^L = I + c_L p pᵀ,   c_L = ((1 + s)^L − 1) / s,   s = ‖p‖²,   c_L → L as s → 0:
    K_l = C B + c_{l−1} (C p)(pᵀ B).

Shapes: p (n,), B (n, d), C (m, n), K (L, m, d). O(n m d + n (m + d) + L m d): O(n + L) with one
input and one output, where a dense A takes O(L n²).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Any

import numpy as np
import sympy as sp

from . import numeric
from .exact import (
    Matrix,
    Vector,
    affordable,
    equal,
    identity,
    is_exact,
    matrix,
    on_probes,
    probes,
    shaped,
    some,
    symbols,
    vector,
)
from .exact.cost import Cost, L, counts, d, m, n
from .exact.system import LONG
from .formulas.formula import formula
from .part import Case, Check, InputError, Slot, Solution, Step

PATHS = tuple(
    {"L": (w, 0), "n": (x, 0), "m": (y, 0), "d": (z, 0)}
    for w, x, y, z in (
        (1, 0, 0, 0),
        (1, 1, 0, 0),
        (1, 2, 0, 0),
        (3, 1, 2, 0),
        (1, 2, 0, 1),
        (1, 3, 1, 1),
        (3, 0, 0, 1),
    )
)
OPERATIONS = (2 * n - 1) * (1 + m * d + m + d) + m * d + 1 + (L - 1) * (2 + 2 * m * d)
COSTS = (
    Cost(
        slot="work",
        exact=OPERATIONS,
        run=lambda drawn, L, n, m, d: kernel(drawn(n), drawn(n, d), drawn(m, n), L),
        at=({"L": 6, "n": 4, "m": 1, "d": 1}, {"L": 3, "n": 2, "m": 3, "d": 2}),
        paths=PATHS,
    ),
    Cost(
        slot="work",
        exact=OPERATIONS.subs({m: 1, d: 1}),
        run=lambda drawn, L, n: kernel(drawn(n), drawn(n, 1), drawn(1, n), L),
        at=({"L": 6, "n": 4}, {"L": 2, "n": 3}),
        paths=({"L": (1, 0), "n": (0, 0)}, {"L": (1, 0), "n": (2, 0)}, {"L": (2, 0), "n": (1, 0)}),
        rate="O(n + L)",
    ),
)


def kernel(p: Vector, B: Matrix, C: Matrix, length: int) -> Matrix:
    """K_1 … K_length, (length, m, d), no power of A: c_{l+1} = (1 + s) c_l + 1 from c_1 = 1."""
    unit = p[0] ** 0
    growth, first, along = unit + p @ p, C @ B, np.outer(C @ p, p @ B)
    K, c = [first], unit
    for _ in range(1, length):
        K.append(first + c * along)
        c = growth * c + unit
    return np.array(K).reshape(-1, *first.shape)[:length]


def coefficient(s: Any, length: int) -> Any:
    """c_L for a number s: the formula, its limit L at s = 0.

    In floating point without cancelling for small s.
    """
    if not s:
        return s + length
    if isinstance(s, float):
        return float(np.expm1(length * np.log1p(s)) / s)
    return ((1 + s) ** length - 1) / s


def in_float(p: Vector, B: Matrix, C: Matrix, length: int) -> Matrix:
    """`kernel` by the engine, at any size."""
    model = numeric.StateSpace(numeric.IdentityPlusOuter(p), B, C)
    return np.asarray(numeric.kernel(model, length + 1)[1:])


def work_of(n: int, length: int, B: Matrix | None, C: Matrix | None) -> int:
    """The operations of a run: A^L, the vectors it is applied to, the kernel and its response."""
    steps = 2 * n**3 * length.bit_length() if by_squaring(n, length) else 8 * n * length
    power = 15 * n**2 + steps
    if B is None or C is None:
        return power
    return int(power + 4 * length * B.shape[1] * (n + len(C)) + 400 * n**2)


def by_squaring(n: int, length: int) -> bool:
    """Whether A^L costs less by squaring, O(n³ log L), than a step at a time on vectors, O(n L)."""
    return n**2 * length.bit_length() < length


def solve(
    p: Annotated[Vector, "the vector p"] = vector("1,2,2"),
    length: Annotated[int, "the power L, and the kernel's length"] = 5,
    B: Annotated[Matrix | None, "input matrix, n×d, for the kernel's numbers"] = None,
    C: Annotated[Matrix | None, "output matrix, m×n, for the kernel's numbers"] = None,
) -> Solution:
    if length < 0:
        raise InputError(f"--length is {length}, but a power L >= 0 is wanted: pass 0 or more")
    if (B is None) != (C is None):
        missing = "--C" if C is None else "--B"
        raise InputError(f"{missing} missing: the kernel takes both --B and --C")
    work = work_of(len(p), length, B, C)
    affordable("--length", work, p, growth=2 * length, divides=False)
    s = p @ p
    c = coefficient(s, length)
    answer: dict[str, Any] = {
        "power": identity(len(p), p) + c * np.outer(p, p),
        "coefficient": c,
        "work": OPERATIONS,
    }
    kernel_steps: list[Step] = []
    if B is not None and C is not None:
        shaped("--B", B, len(p), None, f"p has {len(p)} entries")
        shaped("--C", C, None, len(p), f"p has {len(p)} entries")
        answer["kernel"] = (kernel if is_exact(p, B, C) else in_float)(p, B, C, length)
        kernel_steps = [Step(f"K_1 … K_{length}" if length else "K", "kernel", "for these B and C")]
    return Solution(
        answer=answer,
        working={"s": s},
        steps=(
            Step(
                "s = ‖p‖²",
                "s",
                "(p pᵀ)² = p (pᵀp) pᵀ = s p pᵀ, so powers of A stay in the span of I and p pᵀ",
            ),
            Step(
                "c_{L+1} = (1 + s) c_L + 1, c_0 = 0",
                formula(KEY, "coefficient"),
                "multiply I + c_L p pᵀ by I + p pᵀ; as s → 0, c_L tends to L, though A tends to I",
            ),
            Step(
                f"c_{length} for this p",
                "coefficient",
                f"s = {s}" if s else "p = 0, so the limit L",
            ),
            Step(
                "A^L", formula(KEY, "power"), "the factor is c_L, not (1 + s)^L − 1: mind the 1/s"
            ),
            Step(f"A^{length}", "power", f"I + c_{length} p pᵀ" if s else "A = I"),
            Step(
                "K_l for l ≥ 1",
                formula(KEY, "kernel"),
                "C A^(l-1) B with A^(l-1) = I + c_(l-1) p pᵀ: numbers C B, C p, pᵀ B and c",
            ),
            *kernel_steps,
            Step(
                "operations",
                "work",
                "for K_1 … K_L, counted: dot products once, then 2 + 2 m d an entry",
            ),
            Step(
                "work",
                formula(KEY, "work"),
                "O(n + L) with one input and one output, where a dense A takes O(L n²)",
            ),
        ),
    )


def prove() -> Iterator[Check]:
    """The induction on L for every s, then the claim itself entry by entry."""
    s, L = sp.symbols("s L", positive=True)
    c = formula(KEY, "coefficient").sympy({"s": s, "L": L})
    yield equal("base: c_0 = 0", c.subs(L, 0), 0)
    claim = "step: A (I + c_L p pᵀ) has c_{L+1} = c_L + 1 + s c_L"
    yield equal(claim, c + 1 + s * c, c.subs(L, L + 1))
    yield equal("as s → 0", sp.limit(c.subs(L, 7), s, 0), coefficient(sp.Integer(0), 7))
    P, B, C = symbols("p", 2), symbols("b", 2, 1), symbols("c", 1, 2)
    A = identity(2, P) + np.outer(P, P)
    c_3 = sp.cancel(c.subs(L, 3)).subs(s, P @ P)
    yield equal("n = 2, L = 3, all 4 entries", A @ A @ A, identity(2, P) + c_3 * np.outer(P, P))
    yield equal("K_3 without a power of A", kernel(P, B, C, 3)[2], C @ A @ A @ B)


def cases(
    found: Solution, p: Vector, length: int, B: Matrix | None = None, C: Matrix | None = None
) -> Iterator[Case]:
    """The key at these numbers."""
    yield Case("power", {"p": p, "L": length}, found.answer["power"])
    yield Case("coefficient", {"s": p @ p, "L": length}, found.answer["coefficient"])
    for at in some(length) if B is not None else ():
        given = {"p": p, "B": B, "C": C, "l": at + 1}
        yield Case("kernel", given, found.answer["kernel"][at])


def check(
    found: Solution, p: Vector, length: int, B: Matrix | None = None, C: Matrix | None = None
) -> Iterator[Check]:
    """Forget the algebra: apply A to vectors, double, run the recurrence, count the operations."""
    x = probes(len(p), p)
    moved = applied(p, x, length)
    met = equal("A applied L times", found.answer["power"] @ x, moved)
    yield replace(met, evidence=f"{met.evidence} {on_probes(x)}")
    doubled = by_doubling(p @ p, length)
    yield equal("c by doubling, c_2a = c_a (2 + s c_a)", found.answer["coefficient"], doubled)
    trace = sum(np.outer(p, p).diagonal())
    yield equal("s is the trace of A − I", found.working["s"], trace)
    if B is not None and C is not None:
        few = some(min(length, LONG), 100)
        told = equal(
            "K_l is C times what l − 1 steps make of B",
            found.answer["kernel"][few],
            response(p, B, C, few),
        )
        yield replace(told, evidence=f"{told.evidence}, at {len(few)} of {length} l")
    yield counts("operations are those of the kernel run", COSTS[0], found.answer["work"])


def applied(p: Vector, x: Matrix, length: int) -> Matrix:
    """A^L x, a step at a time, O(L n) a column, or by squaring, O(n³ log L), where that is less."""
    if by_squaring(len(p), length):
        return np.asarray(x + beyond_identity(np.outer(p, p), length) @ x)
    for _ in range(length):
        x = x + np.outer(p, p @ x)
    return x


def beyond_identity(E: Matrix, length: int) -> Matrix:
    """(I + E)^L − I by squaring, nothing small added to 1 on the way; O(n³ log L)."""
    if not length:
        return E * 0
    half = beyond_identity(E, length // 2)
    whole = half + half + half @ half
    return np.asarray(whole + E + whole @ E if length % 2 else whole)


def by_doubling(s: Any, length: int) -> Any:
    """1 + (1 + s) + … + (1 + s)^(L−1), by its two halves; O(log L)."""
    if not length:
        return s * 0
    half = by_doubling(s, length // 2)
    whole = half * (2 + s * half)
    return whole * (1 + s) + 1 if length % 2 else whole


def response(p: Vector, B: Matrix, C: Matrix, wanted: list[int]) -> Matrix:
    """C A^l B for the l that are wanted, in order, a step at a time.

    O(n d) each, and n m d where it is.
    """
    x, out = B, []
    for l in range(max(wanted, default=-1) + 1):
        if l in wanted:
            out.append(C @ x)
        x = x + np.outer(p, p @ x)
    return np.array(out).reshape(-1, len(C), B.shape[1])


GENERIC = (
    {
        "p": vector("1,2,-3"),
        "length": 4,
        "B": matrix("1,0;2,1;-1,3"),
        "C": matrix("1,1,2;0,3,-1"),
    },
    {"p": vector("0,0"), "length": 3, "B": matrix("1;2"), "C": matrix("3,1")},
    {"p": vector("1/2,2"), "length": 0, "B": matrix("1;2"), "C": matrix("3,1")},
    {"p": vector("2,1"), "length": 2},
    {"p": vector("3"), "length": 3, "B": matrix("1,2"), "C": matrix("5;1")},
    {"p": vector("1/2,-1"), "length": 25},
    {"p": vector("1e-6,2e-6"), "length": 3},  # where (1 + s)^L − 1 cancels in floating point
)
ILL_POSED = (
    ({"length": -1}, "--length"),
    ({"B": matrix("1;2;3")}, "--C"),
    ({"C": matrix("1,2,3")}, "--B"),
    ({"B": matrix("1;2"), "C": matrix("1,2,3")}, "--B"),
    ({"B": matrix("1;2;3"), "C": matrix("1,2")}, "--C"),
)
KEY = (
    Slot(
        "power",
        "matrix_expr",
        "A^L = I + ((1 + s)^L - 1)/s p p^T",
        where="p: n, A: n×n = I + p p^T, s: scalar = p^T p, L: integer >= 0, l = L, r = s, "
        "B: n×d, C: m×n",
        facts=("s = p^T p", "K_l = C B + ((1 + s)^(l-1) - 1)/s (C p)(p^T B)", "O(n + L)"),
        assuming=("p ≠ 0; the limit of the coefficient is L at p = 0",),
        form=("no matrix power in L",),
        twins={
            "lost the factor 1/s": "I + ((1+s)^L - 1) p p^T",
            "one power too few": "I + ((1+s)^(L-1) - 1)/s p p^T",
            "inner for outer product": "I + ((1+s)^L - 1)/s p^T p",
            "first order only": "I + L p p^T",
        },
    ),
    Slot(
        "coefficient",
        "scalar",
        "c_L = ((1+s)^L - 1)/s",
        where="s: scalar > 0, L: integer >= 0, l = L",
        assuming=("s ≠ 0; the limit is L at s = 0",),
        twins={
            "lost the factor 1/s": "(1+s)^L - 1",
            "one power too few": "((1+s)^(L-1) - 1)/s",
            "one term too many": "sum_{j=0}^{L} (1+s)^j",
        },
    ),
    Slot(
        "kernel",
        "matrix_expr",
        "K_l = C B + ((1 + s)^(l-1) - 1)/s (C p)(p^T B)",
        where="p: n, A: n×n = I + p p^T, s: scalar = p^T p, B: n×d, C: m×n, l: integer >= 1, r = s",
        facts=("s = p^T p", "A = I + p p^T"),
        assuming=("p ≠ 0; the limit of the coefficient is l − 1 at p = 0",),
        form=("no matrix power in l",),
        twins={
            "lost the factor 1/s": "C B + ((1+s)^(l-1) - 1) (C p)(p^T B)",
            "one power too many": "C B + ((1+s)^l - 1)/s (C p)(p^T B)",
            "order swapped": "C B + ((1+s)^(l-1) - 1)/s (p^T B)(C p)",
        },
    ),
    Slot(
        "work",
        "complexity",
        "O(n m d + n (m + d) + L m d)",
        where="L, n, m, d",
        also={"O(n + L)": "one input and one output"},
        twins={
            "a product of the two": "O(n L)",
            "L forgotten": "O(n)",
            "as a dense A": "O(L n^2)",
        },
    ),
)
