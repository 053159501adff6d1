"""4(f) Causal ridge attention for all n positions without O(n²).

Position t fits keys and values 1 … t only. How can all outputs be computed in O(n d²)?

    A_t = A_{t−1} − (A_{t−1} k_t)(k_tᵀ A_{t−1})/(1 + k_tᵀ A_{t−1} k_t),   A_0 = I/λ      (4e, u = v = k_t)
    C_t = C_{t−1} + k_t v_tᵀ,   C_0 = 0                                                   (4b)
    o_t = W_tᵀ q_t = C_tᵀ A_t q_t,   as W_t = A_t C_t and A_t is symmetric.

Mind the order: A_t C_tᵀ q_t is another vector, even where it has the right shape. Shapes: K (n, d), V (n, e), Q (n, d),
A_t (d, d), C_t (d, e), o_t (e,). O(n d (d + e)); the state is d² + d e numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Annotated, Any

import numpy as np
import sympy as sp

from .part import Answer, Check, Solution, Step
from .counting import Tally
from .exact import (
    Matrix,
    Scalar,
    Vector,
    affordable,
    equal,
    identity,
    integers,
    matrix,
    rational,
    scalar,
    shaped,
    symbols,
    written_out,
    zeros,
)
from .growth import Growth, counter, d, n, tight
from .numeric import causal_ridge_attention
from .ridge import attend, dual, fits

A_, C_, q_, At, Ct = (
    sp.Symbol(name, commutative=False) for name in ("A_t", "C_t", "q_t", "A_tᵀ", "C_tᵀ")
)
OUTPUT = Ct * A_ * q_  # o_t
OPERATIONS = n * (
    (2 * d * (2 * d - 1) + 2 * d + d + 2 * d**2) + 2 * d**2 + 2 * d * (2 * d - 1)
)  # e = d, a position at a time
COST = Growth(n * d**2)
PATHS = ({"n": (1, 0), "d": (0, 0)}, {"n": (2, 0), "d": (1, 0)}, {"n": (1, 0), "d": (2, 0)})


def advance(A: Matrix, C: Matrix, k: Vector, v: Vector) -> tuple[Matrix, Matrix]:
    """The state after one more key and value: 4(e) with u = v = k, and one more outer product; O(d² + d e)."""
    column, row = A @ k, k @ A
    return A - np.outer(column / (k[0] ** 0 + k @ column), row), C + np.outer(k, v)


def read(A: Matrix, C: Matrix, q: Vector) -> Vector:
    """o = Cᵀ (A q); O(d² + d e)."""
    return np.asarray(C.T @ (A @ q))


def outputs(
    K: Matrix, V: Matrix, Q: Matrix, lam: Any
) -> tuple[Matrix, list[tuple[Matrix, Matrix]], Matrix, Matrix]:
    """Every o_t (n, e), the first three states, and A_n and C_n; in floating point by the engines, in blocks."""
    A, C = identity(K.shape[1], K) / lam, zeros((K.shape[1], V.shape[1]), K)
    out, states = [], []
    floating = K.dtype.kind == "f"
    for k_t, v_t, q_t in list(zip(K, V, Q, strict=True))[: 3 if floating else None]:
        A, C = advance(A, C, k_t, v_t)
        states.append((A, C))
        out.append(read(A, C, q_t))
    if floating:
        found = causal_ridge_attention(Q, K, V, lam)
        return found.output, states, found.state.A, K.T @ V
    return np.array(out), states[:3], A, C


def solve(
    K: Annotated[Matrix, "keys, one a row, n×d"] = matrix("1,2;0,1;3,-1"),
    V: Annotated[Matrix, "values, n×e"] = matrix("1,0;2,1;-1,3"),
    Q: Annotated[Matrix, "queries, n×d"] = matrix("1,1;2,-1;0,3"),
    lam_: Annotated[Scalar, "the ridge penalty λ > 0"] = scalar("1"),
) -> Solution:
    length, size = fits(K, V, Q, lam_)
    shaped("--Q", Q, length, size, f"each of the {length} positions asks once")
    affordable("--K", length * size * (4 * size + 2 * V.shape[1]), K, V, growth=2 * size)
    out, states, A, C = outputs(K, V, Q, lam_)
    steps = [
        Step(
            "o_t = W_tᵀ q_t, W_t = A_t C_t",
            None,
            "4(c) with the first t keys: A_t = (K_tᵀK_t + λI)⁻¹, C_t = K_tᵀV_t",
        ),
        Step(
            "o_t",
            OUTPUT,
            "(A_t C_t)ᵀ = C_tᵀ A_tᵀ = C_tᵀ A_t: transposing a product turns its factors round",
        ),
        Step("A_0 = I/λ, C_0 = 0", identity(size, K) / lam_, "no keys yet"),
    ]
    for t, ((A_t, C_t), o_t) in enumerate(zip(states, out, strict=False), 1):
        steps += [
            Step(
                f"A_{t}",
                A_t,
                f"4(e) with u = v = k_{t}; 1 + kᵀA k > 0, as A is positive definite: never singular",
            ),
            Step(f"C_{t}", C_t, f"4(b): C + k_{t} v_{t}ᵀ"),
            Step(
                f"o_{t} = C_{t}ᵀ A_{t} q_{t}",
                o_t,
                "a matrix-vector product, then another: d² + d e multiplications",
            ),
        ]
    here = int(counter(OPERATIONS)(n=length, d=size))
    steps += [
        Step("o_1 … o_n", out, "row t is o_t"),
        Step(
            "cost",
            COST,
            f"O(d²) a position: {here} operations here if e = d; a fit anew each time is O(n² d²)",
        ),
    ]
    return Solution(
        answer={
            "o_t": OUTPUT,
            "outputs": out,
            "A_n": A,
            "C_n": C,
            "cost": COST,
            "operations": OPERATIONS,
            "here": here,
        },
        steps=tuple(steps),
    )


def prove() -> Iterator[Check]:
    """One step keeps A symmetric and A⁻¹ = the Gram matrix; the output is W_tᵀ q_t; on symbols."""
    A, C, k, v, q = (
        symbols("a", 2, 2),
        symbols("c", 2, 2),
        symbols("k", 2),
        symbols("v", 2),
        symbols("q", 2),
    )
    A[1, 0] = A[0, 1]
    after, moment = advance(A, C, k, v)
    bottom = 1 + k @ A @ k
    scaled = rational(after * bottom).applyfunc(sp.cancel)
    yield equal("A_t stays symmetric", scaled, scaled.T)
    left = scaled + rational(A) * rational(np.outer(k, k)) * scaled
    yield equal(
        "(I + A_{t−1} k kᵀ) A_t = A_{t−1}: A_t⁻¹ is A_{t−1}⁻¹ + k kᵀ",
        left.applyfunc(sp.expand),
        (rational(A) * bottom).applyfunc(sp.expand),
    )
    yield equal(
        "C_t = C_{t−1} + k vᵀ", moment, rational(C) + rational(k[:, None]) * rational(v[None])
    )
    yield equal("Cᵀ (A q) = (A C)ᵀ q", read(A, C, q), (A @ C).T @ q)


@cache
def counted(n: int, d: int) -> int:
    """Operations of `advance` and `read` over n positions, e = d, counted while they run."""
    tally, rng = Tally(), np.random.default_rng(0)
    K, V, Q = (tally(integers(rng, n, d)) for _ in range(3))
    A, C = tally(identity(d, np.empty(0, object))), tally(zeros((d, d), np.empty(0, object)))
    for k_t, v_t, q_t in zip(K, V, Q, strict=True):
        A, C = advance(A, C, k_t, v_t)
        read(A, C, q_t)
    return tally.work


def check(found: Solution, K: Matrix, V: Matrix, Q: Matrix, lam_: Scalar) -> Iterator[Check]:
    """Forget the state: solve the n×n system anew at every position; multiply the inverse out; sum the products."""
    some = (
        range(len(K))
        if len(K) <= 200
        else sorted({*range(100), *range(100, len(K), len(K) // 100), len(K) - 1})
    )
    refits = [
        dual(K[: t + 1], V[: t + 1], Q[t], lam_)
        if t < 2 * K.shape[1]
        else attend(K[: t + 1], V[: t + 1], Q[t : t + 1], lam_)[0]
        for t in some
    ]
    yield equal(
        "every o_t is the ridge fit of the first t keys, read by q_t",
        found.answer["outputs"][list(some)],
        np.array(refits),
    )
    gram = K.T @ K + lam_ * identity(K.shape[1], K)
    yield equal("A_n (KᵀK + λI) = I", found.answer["A_n"] @ gram, identity(K.shape[1], K))
    cross = sum(
        (np.outer(k, v) for k, v in zip(K, V, strict=True)), zeros((K.shape[1], V.shape[1]), K)
    )
    yield equal("C_n = Σ k_t v_tᵀ", found.answer["C_n"], cross)
    A, C, q = matrix("2,1,0;1,3,1;0,1,1"), matrix("1,2;0,3;-1,1"), matrix("1;2;-2")
    want = np.array(
        [[sum(A[i, j] * C[i, at] * q[j, 0] for i in range(3) for j in range(3))] for at in range(2)]
    )
    cases = [(A, C, q, A.T, C.T, want)]
    yield written_out(
        "the formula for o_t is (A_t C_t)ᵀ q_t, multiplied out",
        found.answer["o_t"],
        (A_, C_, q_, At, Ct),
        cases,
    )
    sizes = ((1, 2), (3, 2), (2, 4))
    off = [
        at for at in sizes if counter(found.answer["operations"])(n=at[0], d=at[1]) != counted(*at)
    ]
    yield Check(
        "operations are those of the positions run",
        not off,
        f"counted at {len(sizes)} sizes" if not off else f"not at n, d = {off[0]}",
    )
    one, two, three = (counted(1, at) for at in (1, 2, 3))
    size = K.shape[1] - 1
    each = one + size * (two - one) + size * (size - 1) // 2 * (three - 2 * two + one)
    yield equal("the count here", found.answer["here"], len(K) * each)
    yield tight(
        "the rate is that of the count", found.answer["cost"], found.answer["operations"], PATHS
    )


def twins(
    found: Solution, K: Matrix, V: Matrix, Q: Matrix, lam_: Scalar
) -> dict[str, dict[str, Any]]:
    def outputs(form: Any) -> Matrix:
        A, C, out = identity(K.shape[1], K) / lam_, zeros((K.shape[1], V.shape[1]), K), []
        for k_t, v_t, q_t in zip(K, V, Q, strict=True):
            before = A
            A, C = advance(A, C, k_t, v_t)
            out.append(form(A, C, q_t, before))
        return np.array(out)

    wrong: dict[str, dict[str, Any]] = {
        "the formula A_t C_tᵀ q_t": {"o_t": A_ * Ct * q_},
        "the formula A_t C_t q_t": {"o_t": A_ * C_ * q_},
        "the formula C_t A_t q_t": {"o_t": C_ * A_ * q_},
        "the state before k_t joined": {
            "outputs": outputs(lambda A, C, q, before: C.T @ before @ q)
        },
        "A_t⁻¹ for A_t": {"outputs": outputs(lambda A, C, q, before: C.T @ q)},
        "not causal: one fit for all": {"outputs": np.array([dual(K, V, q, lam_) for q in Q])},
        "started from λI": {"A_n": found.answer["A_n"] + (lam_ + 1) * identity(K.shape[1], K)},
        "v kᵀ for k vᵀ": {"C_n": found.answer["C_n"].T * 2},
        "O(n d³): a new inverse at each position": {"cost": Growth(n * d**3)},
        "O(n² d)": {"cost": Growth(n**2 * d)},
        "reading the output not counted": {"operations": OPERATIONS - n * 2 * d * (2 * d - 1)},
        "the count without the last position": {
            "here": found.answer["here"] * (len(K) - 1) // len(K)
        },
    }
    if K.shape[1] == V.shape[1]:
        wrong["A_t C_tᵀ q_t"] = {"outputs": outputs(lambda A, C, q, before: A @ C.T @ q)}
        wrong["A_t C_t q_t"] = {"outputs": outputs(lambda A, C, q, before: A @ C @ q)}
        wrong["C_t A_t q_t"] = {"outputs": outputs(lambda A, C, q, before: C @ A @ q)}
    return wrong


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
)
ANSWERS = (
    Answer(
        slot="inverse",
        kind="matrix_expr",
        reference="A_{t-1} - (A_{t-1} k_t)(k_t^T A_{t-1})/(1 + k_t^T A_{t-1} k_t)",
        symbols={
            "A_{t-1}": "d×d symmetric",
            "k_t": "d",
            "λ": "scalar > 0",
            "A": "= A_{t-1}",
            "k": "= k_t",
        },
        names=("A_t",),
        facts=("A_0 = I/λ",),
        assuming=("λ > 0",),
        twins={
            "plus for minus": "A + (A k)(k^T A)/(1 + k^T A k)",
            "1 + missing": "A - (A k)(k^T A)/(k^T A k)",
            "inner for outer product": "A - (k^T A)(A k)/(1 + k^T A k)",
        },
    ),
    Answer(
        slot="cross",
        kind="matrix_expr",
        reference="C_{t-1} + k_t v_t^T",
        symbols={
            "C_{t-1}": "d×d",
            "k_t": "d",
            "v_t": "d",
            "C": "= C_{t-1}",
            "k": "= k_t",
            "v": "= v_t",
        },
        names=("C_t",),
        facts=("C_0 = 0",),
        twins={
            "v kᵀ": "C_{t-1} + v_t k_t^T",
            "minus": "C_{t-1} - k_t v_t^T",
            "inner for outer product": "C_{t-1} + k_t^T v_t",
        },
    ),
    Answer(
        slot="output",
        kind="matrix_expr",
        reference="C_t^T A_t q_t",
        symbols={
            "A_t": "d×d symmetric",
            "C_t": "d×d",
            "q_t": "d",
            "W_t": "d×d = A_t C_t",
            "A": "= A_t",
            "C": "= C_t",
            "q": "= q_t",
            "W": "= W_t",
        },
        names=("o_t",),
        assuming=("A_t symmetric",),
        twins={
            "A_t C_tᵀ q_t": "A_t C_t^T q_t",
            "A_t C_t q_t": "A_t C_t q_t",
            "C_t A_t q_t": "C_t A_t q_t",
            "without the inverse": "C_t^T q_t",
        },
    ),
    Answer(
        slot="cost",
        kind="complexity",
        reference="O(n d^2)",
        symbols={"n": "size", "d": "size"},
        twins={
            "a new inverse each time": "O(n d^3)",
            "quadratic in n": "O(n^2 d)",
            "vectors only": "O(n d)",
        },
    ),
)
