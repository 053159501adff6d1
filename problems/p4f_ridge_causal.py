"""4(f) Causal ridge attention for all n positions without O(n²).

Position t fits keys and values 1 … t only. How can all outputs be computed in O(n d²)?

    A_t = A_{t−1} − (A_{t−1} k_t)(k_tᵀ A_{t−1})/(1 + k_tᵀ A_{t−1} k_t), A_0 = I/λ (4e, u = v = k_t)
    C_t = C_{t−1} + k_t v_tᵀ,   C_0 = 0                                           (4b)
    o_t = W_tᵀ q_t = C_tᵀ A_t q_t,   as W_t = A_t C_t and A_t is symmetric.

Mind the order: A_t C_tᵀ q_t is another vector, even where it has the right shape. Shapes: K (n, d),
V (n, e), Q (n, d), A_t (d, d), C_t (d, e), o_t (e,). O(n d (d + e)); the state is d² + d e numbers.
The answer has A_t and C_t at every position, as long as that is MOST_STATES numbers or fewer;
beyond it those after the last position only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Any

import numpy as np
import sympy as sp

from .exact import (
    Matrix,
    Scalar,
    Vector,
    affordable,
    equal,
    identity,
    integers,
    is_exact,
    matrix,
    on_probes,
    probes,
    scalar,
    shaped,
    some,
    symbols,
    terms,
    zeros,
)
from .exact.cost import Cost, counts, d, extrapolated, n
from .exact.ridge import dual, fit, fits
from .formulas.formula import formula
from .numeric import causal_ridge_attention
from .part import Case, Check, Slot, Solution, Step

MOST_STATES = 2_000  # numbers in all A_t and C_t that are kept
e = sp.Symbol("e", positive=True)
# n positions: 4(e); the outer product k vᵀ, and its sum; A q, and Cᵀ times that
OPERATIONS = n * (
    2 * d * (2 * d - 1) + 2 * d + d + 2 * d**2 + 2 * d * e + d * (2 * d - 1) + e * (2 * d - 1)
)


def _positions_run(drawn: Any, n: int, d: int, e: int) -> None:
    A, C = drawn(d, d), drawn(d, e)
    for k_t, v_t, q_t in zip(drawn(n, d), drawn(n, e), drawn(n, d), strict=True):
        A, C = advance(A, C, k_t, v_t)
        read(A, C, q_t)


COSTS = (
    Cost(
        slot="cost",
        exact=OPERATIONS,
        run=_positions_run,
        at=({"n": 1, "d": 2, "e": 2}, {"n": 3, "d": 2, "e": 1}, {"n": 2, "d": 4, "e": 3}),
        paths=tuple({"n": (x, 0), "d": (y, 0), "e": (y, 0)} for x, y in ((1, 0), (2, 1), (1, 2))),
    ),
)


def advance(A: Matrix, C: Matrix, k: Vector, v: Vector) -> tuple[Matrix, Matrix]:
    """The state after one more key and value: 4(e) with u = v = k, and 4(b); O(d² + d e)."""
    column, row = A @ k, k @ A
    return A - np.outer(column / (k[0] ** 0 + k @ column), row), C + np.outer(k, v)


def read(A: Matrix, C: Matrix, q: Vector) -> Vector:
    """o = Cᵀ (A q); O(d² + d e)."""
    return np.asarray(C.T @ (A @ q))


def states(n: int, d: int, e: int) -> range:
    """The positions, from 0, after which the state is kept."""
    return range(0 if n * d * (d + e) <= MOST_STATES else n - 1, n)


def attention(
    K: Matrix, V: Matrix, Q: Matrix, lam: Any
) -> tuple[list[Matrix], list[Matrix], Matrix]:
    """The A_t and C_t that are kept, and every o_t (n, e); in floating point o_t by the engines."""
    A, C = begin(K, V, lam)
    kept = states(len(K), K.shape[1], V.shape[1])
    inverses, crosses, out = [], [], []
    found = causal_ridge_attention(Q, K, V, lam) if not is_exact(K) else None
    if found is not None and kept.start:
        return [found.state.A], [K.T @ V], found.output
    for t, (k_t, v_t, q_t) in enumerate(zip(K, V, Q, strict=True)):
        A, C = advance(A, C, k_t, v_t)
        out.append(read(A, C, q_t))
        if t in kept:
            inverses.append(A)
            crosses.append(C)
    return inverses, crosses, np.array(out) if found is None else found.output


def begin(K: Matrix, V: Matrix, lam: Any) -> tuple[Matrix, Matrix]:
    """A_0 = I/λ and C_0 = 0: no keys yet."""
    return identity(K.shape[1], K) / lam, zeros((K.shape[1], V.shape[1]), K)


def solve(
    K: Annotated[Matrix, "keys, one a row, n×d"] = matrix("1,2;0,1;3,-1"),
    V: Annotated[Matrix, "values, n×e"] = matrix("1,0;2,1;-1,3"),
    Q: Annotated[Matrix, "queries, n×d"] = matrix("1,1;2,-1;0,3"),
    lam_: Annotated[Scalar, "the ridge penalty λ > 0"] = scalar("1"),
) -> Solution:
    length, size = fits(K, V, Q, lam_)
    shaped("--Q", Q, length, size, f"each of the {length} positions asks once")
    work = 11 * length * size * (4 * size + 2 * V.shape[1])
    affordable("--K", work, K, V, growth=2 * size)
    inverses, crosses, out = attention(K, V, Q, lam_)
    A_0, C_0 = begin(K, V, lam_)
    every = f" … {length}" if length > 1 else ""
    which = f"1{every}" if len(inverses) == length else f"{length}"
    return Solution(
        answer={
            "inverse": np.array(inverses),
            "cross": np.array(crosses),
            "output": out,
            "cost": OPERATIONS,
            "here": COSTS[0].here(n=length, d=size, e=V.shape[1]),
        },
        working={"A_0": A_0, "C_0": C_0},
        steps=(
            Step(
                "o_t = W_tᵀ q_t, W_t = A_t C_t",
                None,
                "4(c) with the first t keys: A_t = (K_tᵀK_t + λI)⁻¹, C_t = K_tᵀV_t",
            ),
            Step(
                "o_t",
                formula(KEY, "output"),
                "(A_t C_t)ᵀ = C_tᵀ A_tᵀ = C_tᵀ A_t: transposing a product turns its factors round",
            ),
            Step("A_0 = I/λ", "A_0", "no keys yet"),
            Step("C_0 = 0", "C_0", "nor values"),
            Step(
                "A_t",
                formula(KEY, "inverse"),
                "4(e) with u = v = k_t; 1 + kᵀA k > 0, as A is positive definite: never singular",
            ),
            Step(f"A_t for t = {which}", "inverse", "each from the one before it"),
            Step("C_t", formula(KEY, "cross"), "4(b): one more outer product"),
            Step(f"C_t for t = {which}", "cross", "row by row of K and V"),
            Step(
                f"o_t for t = 1{every}",
                "output",
                "a matrix-vector product, then another: d² + d e multiplications each",
            ),
            Step("operations", "cost", "counted while it runs: O(d²) a position for e = d"),
            Step("operations here", "here", f"n = {length}, d = {size}, e = {V.shape[1]}"),
            Step(
                "cost",
                formula(KEY, "cost"),
                "a fit anew at each position would take O(n² d²)",
            ),
        ),
    )


def prove() -> Iterator[Check]:
    """One step keeps A symmetric and A⁻¹ = the Gram matrix; the output is W_tᵀ q_t; on symbols."""
    A, C = symbols("a", 2, 2), symbols("c", 2, 2)
    k, v, q = symbols("k", 2), symbols("v", 2), symbols("q", 2)
    A[1, 0] = A[0, 1]
    after, moment = advance(A, C, k, v)
    yield equal("A_t stays symmetric", after, after.T)
    claim = "(I + A_{t−1} k kᵀ) A_t = A_{t−1}: A_t⁻¹ is A_{t−1}⁻¹ + k kᵀ"
    yield equal(claim, after + A @ np.outer(k, k) @ after, A)
    yield equal("C_t = C_{t−1} + k vᵀ", moment, C + k[:, None] @ v[None])
    yield equal("Cᵀ (A q) = (A C)ᵀ q", read(A, C, q), (A @ C).T @ q)


def cases(found: Solution, K: Matrix, V: Matrix, Q: Matrix, lam_: Scalar) -> Iterator[Case]:
    """The recurrences and the output where every state is there; d = e, as in the key."""
    if K.shape[1] != V.shape[1] or len(found.answer["inverse"]) < len(K):
        return
    A = (found.working["A_0"], *found.answer["inverse"])
    C = (found.working["C_0"], *found.answer["cross"])
    for t in (at + 1 for at in some(len(K))):
        k, v, q = K[t - 1], V[t - 1], Q[t - 1]
        begun = {"A_0": A[0], "λ": lam_} if t == 1 else {}
        yield Case("inverse", {"A_{t-1}": A[t - 1], "k_t": k, **begun}, A[t])
        begun = {"C_0": C[0]} if t == 1 else {}
        yield Case("cross", {"C_{t-1}": C[t - 1], "k_t": k, "v_t": v, **begun}, C[t])
        known = {"A_t": A[t], "C_t": C[t], "q_t": q}
        yield Case("output", known, found.answer["output"][t - 1])


def check(found: Solution, K: Matrix, V: Matrix, Q: Matrix, lam_: Scalar) -> Iterator[Check]:
    """Forget the state: multiply the inverses out; sum the products; fit anew; count."""
    n, d = K.shape
    x, y = probes(d, K), probes(V.shape[1], K)
    gram, cross, kept = lam_ * x, zeros((d, y.shape[1]), K), states(n, d, V.shape[1])
    yield equal("λ A_0 = I", lam_ * found.working["A_0"], identity(d, K))
    yield equal("C_0 = 0", found.working["C_0"], zeros((d, V.shape[1]), K))
    grams, sums = [], []
    for t, (k, v) in enumerate(zip(K, V, strict=True)):
        gram, cross = gram + np.outer(k, k @ x), cross + np.outer(k, v @ y)
        if t in kept:
            grams.append(gram)
            sums.append(cross)
    told = f"at {len(kept)} positions,"
    unmoved = equal(
        "A_t (Σ k kᵀ + λI) = I",
        found.answer["inverse"] @ np.array(grams),
        np.array([x] * len(kept)),
    )
    yield replace(unmoved, evidence=f"{unmoved.evidence} {told} {on_probes(x)}")
    summed = equal(
        "C_t = Σ k vᵀ", found.answer["cross"] @ y, np.array(sums), scale=terms(K.T, V, y)
    )
    yield replace(summed, evidence=f"{summed.evidence} {told} {on_probes(y)}")
    few = some(n, min(20, max(3, 6 * n // d)))  # a fit costs d/6 positions or more
    refits = [refitted(K[: t + 1], V[: t + 1], Q[t], lam_) for t in few]
    told = f"{'all' if len(few) == n else 'a sample of'} {len(few)} positions"
    read_anew = equal(
        "every o_t is the ridge fit of the first t keys, read by q_t",
        found.answer["output"][few],
        np.array([o for o, _ in refits]),
        scale=max(size for _, size in refits),
    )
    yield replace(read_anew, evidence=f"{read_anew.evidence}, {told}")
    yield counts("operations are those of the positions run", COSTS[0], found.answer["cost"])
    here = extrapolated(COSTS[0], {"n": 1, "d": 2, "e": 1}, n=n, d=d, e=V.shape[1])
    yield equal("the count here, as runs at small sizes say", found.answer["here"], here)


def refitted(K: Matrix, V: Matrix, q: Vector, lam: Any) -> tuple[Vector, Any]:
    """The output for one query by a fit of all these keys, and how large its terms are."""
    if len(K) < 2 * K.shape[1]:
        a = dual(K, q, lam)
        return a @ V, terms(V.T, a)
    W = fit(K, V, lam)
    return W.T @ q, terms(W.T, q)


GENERIC = (
    {
        "K": matrix("1,2,0;0,1,1;3,-1,2;1,1,-2"),
        "V": matrix("1,0,2;2,1,-1;-1,3,0;2,2,1"),
        "Q": matrix("1,1,2;2,-1,0;0,3,1;1,4,-1"),
        "lam_": scalar("2/3"),
    },
    {
        "K": matrix("1,2;2,-1"),
        "V": matrix("1,0,2;2,1,-1"),
        "Q": matrix("1,1;2,-1"),
        "lam_": scalar("3"),
    },
    {"K": matrix("2"), "V": matrix("3"), "Q": matrix("5"), "lam_": scalar("1/2")},
    {  # more positions than entries
        "K": integers(np.random.default_rng(4), 48, 1),
        "V": integers(np.random.default_rng(5), 48, 1),
        "Q": integers(np.random.default_rng(6), 48, 1),
        "lam_": scalar("5"),
    },
    {  # more than MOST_STATES
        "K": integers(np.random.default_rng(1), 700, 1),
        "V": integers(np.random.default_rng(2), 700, 2),
        "Q": integers(np.random.default_rng(3), 700, 1),
        "lam_": scalar("1"),
    },
)
ILL_POSED = (
    ({"lam_": scalar("0")}, "--lam"),
    ({"V": matrix("1,0;2,1")}, "--V"),
    ({"Q": matrix("1;2;3")}, "--Q"),
    ({"Q": matrix("1,1;2,-1")}, "--Q"),
)
KEY = (
    Slot(
        "inverse",
        "matrix_expr",
        "A_t = A_{t-1} - (A_{t-1} k_t)(k_t^T A_{t-1})/(1 + k_t^T A_{t-1} k_t)",
        where="A_{t-1}: d×d symmetric, k_t: d, λ: scalar > 0, A = A_{t-1}, k = k_t",
        facts=("A_0 = I/λ",),
        assuming=("λ > 0",),
        form=("no inverse of a sum",),
        twins={
            "plus for minus": "A + (A k)(k^T A)/(1 + k^T A k)",
            "1 + missing": "A - (A k)(k^T A)/(k^T A k)",
            "inner for outer product": "A - (k^T A)(A k)/(1 + k^T A k)",
            "one factor A too few": "A - k (k^T A)/(1 + k^T A k)",
        },
    ),
    Slot(
        "cross",
        "matrix_expr",
        "C_t = C_{t-1} + k_t v_t^T",
        where="C_{t-1}: d×d, k_t: d, v_t: d, C = C_{t-1}, k = k_t, v = v_t",
        facts=("C_0 = 0",),
        twins={
            "v kᵀ": "C_{t-1} + v_t k_t^T",
            "minus": "C_{t-1} - k_t v_t^T",
            "inner for outer product": "C_{t-1} + k_t^T v_t",
        },
    ),
    Slot(
        "output",
        "matrix_expr",
        "o_t = C_t^T A_t q_t",
        where="A_t: d×d symmetric, C_t: d×d, q_t: d, W_t: d×d = A_t C_t, "
        "A = A_t, C = C_t, q = q_t, W = W_t",
        assuming=("A_t symmetric",),
        twins={
            "A_t C_tᵀ q_t": "A_t C_t^T q_t",
            "A_t C_t q_t": "A_t C_t q_t",
            "C_t A_t q_t": "C_t A_t q_t",
            "without the inverse": "C_t^T q_t",
        },
    ),
    Slot(
        "cost",
        "complexity",
        "O(n d^2)",
        where="n, d",
        twins={
            "a new inverse each time": "O(n d^3)",
            "quadratic in n": "O(n^2 d)",
            "vectors only": "O(n d)",
        },
    ),
)
