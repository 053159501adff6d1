"""1(e) The kernel when A is diagonal.

What does the kernel cost when A = diag(λ_1, …, λ_n)?

    K_l = Σ_i c_i b_i λ_i^{l−1}   (c_i: column i of C, b_i: row i of B),

one product of the Vandermonde matrix (λ_i^{l−1}) with the coefficients c_i b_i: O(n L) work with
one input and one output, O(n L m d) in general, no product of n×n matrices, and O(log n) depth once
the powers are there (O(log L) for those).
Shapes: lambdas (n,), B (n, d), C (m, n), K (L, m, d).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from functools import cache
from typing import Annotated, Any

import numpy as np
import sympy as sp

from . import numeric
from .exact import (
    Matrix,
    Vector,
    affordable,
    equal,
    is_exact,
    matrix,
    shaped,
    symbols,
    vector,
    zeros,
)
from .exact.cost import Cost, L, counts, d, lg, m, n
from .exact.counting import PRIME, Circuit, Wire, stacked
from .exact.system import LONG, impulse_response, impulses, term_size
from .formulas.formula import formula
from .part import Case, Check, InputError, Slot, Solution, Step

MOST_DENSE = 20  # states up to which a check takes A as a dense matrix
MOST_CASES = 20  # entries of a kernel at which the key is held
OPERATIONS = n * m * d + sp.Max(L - 2, 0) * n + L * m * d * (2 * n - 1)
DEPTH = lg(sp.Max(L - 1, 2)) + 1 + lg(n)  # powers beside coefficients, then the sum
COSTS = (
    Cost(
        slot="work",
        exact=OPERATIONS.subs({m: 1, d: 1}),
        run=lambda drawn, L, n: kernel(drawn(n), drawn(n, 1), drawn(1, n), L),
        at=({"L": 6, "n": 4}, {"L": 2, "n": 3}),
        paths=(
            {"L": (1, 0), "n": (0, 0)},
            {"L": (1, 0), "n": (2, 0)},
            {"L": (2, 0), "n": (1, 0)},
            {"L": 3, "n": (1, 0)},
        ),
    ),
    Cost(
        slot="work",
        exact=OPERATIONS,
        run=lambda drawn, L, n, m, d: kernel(drawn(n), drawn(n, d), drawn(m, n), L),
        at=tuple(
            dict(zip("Lnmd", sizes, strict=True))
            for sizes in ((2, 4, 2, 3), (7, 2, 3, 1), (1, 2, 1, 2), (5, 3, 2, 2))
        ),
        paths=tuple(
            {"L": (w, 0), "n": (x, 0), "m": (y, 0), "d": (z, 0)}
            for w, x, y, z in ((1, 0, 0, 0), (1, 2, 0, 0), (1, 0, 2, 1), (1, 3, 1, 2), (3, 1, 1, 1))
        ),
        rate="O(n L m d)",
    ),
)
BUILT = Cost(
    slot="depth",
    exact=DEPTH,
    run=lambda drawn, L, n: depth(L, n),
    at=tuple({"L": L, "n": n} for L in (1, 2, 3, 7, 9, 17) for n in (1, 2, 5)),
    paths=(),
)


def vandermonde(lambdas: Vector, length: int) -> Matrix:
    """(length, n), length >= 1: row l − 1 holds λ_i^{l−1}; (length − 2) n products."""
    rows = [lambdas**0]
    for at in range(1, length):
        rows.append(lambdas if at == 1 else rows[-1] * lambdas)
    return np.array(rows)


def coefficients(B: Matrix, C: Matrix) -> Matrix:
    """c_i b_i for every output, input and i: (m, d, n)."""
    return C[:, None, :] * B.T[None, :, :]


def weighted(powers: Matrix, weights: Matrix) -> Matrix:
    """Σ_i weights_i powers_li for every output and input: (L, m, d)."""
    m, d, n = weights.shape
    return np.asarray(powers @ weights.reshape(m * d, n).T).reshape(len(powers), m, d)


def kernel(lambdas: Vector, B: Matrix, C: Matrix, length: int) -> Matrix:
    """K_1 … K_length, (length, m, d), by the Vandermonde matrix."""
    return weighted(vandermonde(lambdas, length), coefficients(B, C))


def in_float(lambdas: Vector, B: Matrix, C: Matrix, length: int) -> Matrix:
    """`kernel` by the engine, at any size."""
    model = numeric.StateSpace(numeric.Diagonal(lambdas), B, C)
    return np.asarray(numeric.kernel(model, length + 1)[1:])


def solve(
    lambdas: Annotated[Vector, "diagonal of A, λ_1 … λ_n"] = vector("4/5,1/2,-1/3"),
    B: Annotated[Matrix, "input matrix, n×d"] = matrix("1,0;2,1;1,-1"),
    C: Annotated[Matrix, "output matrix, m×n"] = matrix("1,1,2;0,3,-1"),
    length: Annotated[int, "L: the kernel goes from K_1 to K_L"] = 5,
) -> Solution:
    count, (d, m) = len(lambdas), (B.shape[1], len(C))
    shaped("--B", B, count, None, f"lambdas has {count} entries")
    shaped("--C", C, None, count, f"lambdas has {count} entries")
    if length < 1:
        raise InputError(f"--length is {length}, but K_1 is the first entry: pass 1 or more")
    dense = 2 * (length + 1) * count * min(count, MOST_DENSE) * d
    work = dense + 4 * length * count * m * d
    affordable("--length", work, lambdas, B, C, growth=length / 2, divides=False)
    c_b = coefficients(B, C)
    return Solution(
        answer={
            "kernel": (kernel if is_exact(lambdas, B, C) else in_float)(lambdas, B, C, length),
            "work": OPERATIONS,
            "work here": COSTS[1].here(L=length, n=count, m=m, d=d),
            "depth": DEPTH,
            "depth here": BUILT.here(L=length, n=count),
        },
        working={"weights": {f"c_{i + 1} b_{i + 1}": c_b[:, :, i] for i in range(count)}},
        steps=(
            Step(
                "A = diag(λ), so A^(l-1) = diag(λ_i^(l-1))",
                None,
                "a product of diagonal matrices multiplies entry by entry",
            ),
            Step("c_i b_i", "weights", "column i of C times row i of B"),
            Step(
                "K_l = Σ_i c_i b_i λ_i^(l-1)",
                formula(KEY, "kernel"),
                "C A^(l-1) B, written as a sum over the diagonal",
            ),
            Step(
                f"K_1 … K_{length}",
                "kernel",
                "the Vandermonde matrix (λ_i^(l-1)) times the coefficients",
            ),
            Step("operations", "work", "powers, coefficients, and 2 n − 1 for each entry: counted"),
            Step("operations here", "work here", f"L = {length}, n = {count}, m = {m}, d = {d}"),
            Step(
                "work with one input and one output",
                formula(KEY, "work"),
                "no product of n×n matrices, and none of A with a vector",
            ),
            Step("work", formula(KEY, "work", "O(n L m d)"), "with m outputs and d inputs"),
            Step(
                "depth",
                "depth",
                "powers by doubling, log L; then Σ_i is a binary tree, log n, for all l at once",
            ),
            Step("depth here", "depth here", f"L = {length}, n = {count}"),
        ),
    )


def prove() -> Iterator[Check]:
    """Powers of a diagonal matrix, then the sum: n = 3, two inputs, two outputs, every l."""
    lambdas, power = symbols("lambda", 3), symbols("p", 3)
    B, C = symbols("b", 3, 2), symbols("c", 2, 3)
    claim = "row l + 1 of the Vandermonde matrix is diag(λ) times row l, and row 1 is 1"
    rows, ones = vandermonde(lambdas, 5), np.array([sp.Integer(1)] * 3)
    yield equal(claim, rows, [ones, *(np.diag(lambdas) @ row for row in rows[:-1])])
    claim = "C diag(p) B = Σ_i c_i b_i p_i, whatever stands on the diagonal"
    yield equal(claim, weighted(power[None], coefficients(B, C))[0], C @ np.diag(power) @ B)
    given = {"c": C[0], "b": B[:, 1], "λ": lambdas, "n": 3, "l": 4}
    dense = (C @ np.diag(lambdas**3) @ B)[0, 1]
    yield equal("K_4 by a dense A", formula(KEY, "kernel").value(given), dense)


def cases(found: Solution, lambdas: Vector, B: Matrix, C: Matrix, length: int) -> Iterator[Case]:
    """The key at these numbers: from every input to every output."""
    for l, j, k in np.ndindex(min(length, MOST_CASES), len(C), B.shape[1]):
        given = {"c": C[j], "b": B[:, k], "λ": lambdas, "n": len(lambdas), "l": l + 1}
        yield Case("kernel", given, found.answer["kernel"][l, j, k])


def check(found: Solution, lambdas: Vector, B: Matrix, C: Matrix, length: int) -> Iterator[Check]:
    """Forget that A is diagonal: run the dense recurrence; count the operations when it is run."""
    count, K = min(length, LONG), found.answer["kernel"]
    begun: Any = K[:count] if np.shape(K)[:1] == (length,) else ()
    yield responds(begun, lambdas, B, C, count)
    outer = {f"c_{i} b_{i}": np.outer(c, b) for i, (c, b) in enumerate(zip(C.T, B, strict=True), 1)}
    yield equal("c_i b_i is the outer product", found.working["weights"], outer)
    yield counts("operations are those of the kernel run", COSTS[1], found.answer["work"])
    yield counts("depth is that of the circuit built", BUILT, found.answer["depth"])
    here = {"n": len(lambdas), "m": len(C), "d": B.shape[1]}
    two, three = (COSTS[1].counted(L=at, **here) for at in (2, 3))  # from then on as much for each
    whole = COSTS[1].counted(L=1, **here) if length < 2 else two + (length - 2) * (three - two)
    yield equal("the count here", found.answer["work here"], whole)
    yield equal("the depth here", found.answer["depth here"], depth(length, len(lambdas)))


def responds(K: Matrix, lambdas: Vector, B: Matrix, C: Matrix, count: int) -> Check:
    """Whether K is what the model answers to unit impulses, run step by step.

    O(count n² d) with A dense; beyond MOST_DENSE exact states O(count n d), with A as a diagonal.
    """
    claim = "K is the response to unit impulses, step by step"
    if is_exact(lambdas, B, C) and len(lambdas) > MOST_DENSE:
        column, outputs = B, []
        for _ in range(count):
            outputs.append(C @ column)
            column = lambdas[:, None] * column
        met = equal(claim, K, np.array(outputs))
        return replace(met, evidence=f"{met.evidence}, λ_i by λ_i: a dense A is too dear")
    A, nothing = np.diag(lambdas), zeros((len(C), B.shape[1]), lambdas)
    want = impulse_response(A, B, C, nothing, count + 1)[1:]
    scale = term_size(A, B, C, nothing, *impulses(count + 1, B.shape[1], A))
    met = equal(claim, K, want, scale)
    return replace(met, evidence=f"{met.evidence}, A as a dense matrix")


def depth(length: int, n: int) -> int:
    """The depth of the circuit; past 300 entries each doubling of L adds a step to that of 2^8."""
    if length <= 300:
        return built_depth(length, n)
    return built_depth(257, n) + (length - 2).bit_length() - (257 - 2).bit_length()


@cache
def built_depth(length: int, n: int) -> int:
    """Depth of the circuit for one input and one output; −1 where it does not give the kernel.

    Powers by doubling beside the coefficients, then the sum.
    """
    rng, circuit = np.random.default_rng(0), Circuit("tree")
    lambdas, b, c = (Wire(rng.integers(0, PRIME, (1, n))) for _ in range(3))
    powers = {0: Wire(np.ones((1, n), dtype=np.int64)), 1: lambdas}
    for e in range(2, length):
        half = 1 << (e - 1).bit_length() - 1
        powers[e] = circuit.entrywise(powers[half], powers[e - half])
    table = stacked(*(powers[e] for e in range(length)))
    weights = circuit.entrywise(c, b)
    K = circuit.multiply(table, Wire(weights.value.T, weights.ready))
    want, term = [], b.value * c.value % PRIME
    for _ in range(length):
        want.append(int(term.sum() % PRIME))
        term = term * lambdas.value % PRIME
    return K.ready if K.value[:, 0].tolist() == want else -1


GENERIC = (
    {
        "lambdas": vector("2,1/2,-3"),
        "B": matrix("1,4;2,1;-1,3"),
        "C": matrix("1,1,2;0,3,-1"),
        "length": 6,
    },
    {"lambdas": vector("2,3"), "B": matrix("1;2"), "C": matrix("5,7;1,2;0,1"), "length": 1},
    {"lambdas": vector("0,3"), "B": matrix("1;2"), "C": matrix("5,7"), "length": 2},
    {"lambdas": vector("1/2,-1"), "B": matrix("1;2"), "C": matrix("5,7"), "length": 303},
    {  # more than MOST_DENSE
        "lambdas": np.array([Fraction(i, 7) for i in range(-10, 11)]),
        "B": np.array([[Fraction(i % 5)] for i in range(21)]),
        "C": np.array([[Fraction(i % 3 + 1) for i in range(21)]]),
        "length": 3,
    },
)
ILL_POSED = (
    ({"length": 0}, "--length"),
    ({"length": -1}, "--length"),
    ({"B": matrix("1;2")}, "--B"),
    ({"C": matrix("1,2")}, "--C"),
)
KEY = (
    Slot(
        "kernel",
        "scalar",
        "K_l = sum_{i=1}^{n} c_i b_i λ_i^(l-1)",
        where="c_i: scalar family n, b_i: scalar family n, λ_i: scalar family n, l: integer >= 1, "
        "C_i = c_i, B_i = b_i, C = c, B = b, a = λ",
        facts=("O(n L)",),
        twins={
            "one power too many": "sum_{i=1}^{n} c_i b_i λ_i^l",
            "power of the sum": "(sum_{i=1}^{n} c_i b_i) (sum_{i=1}^{n} λ_i)^(l-1)",
            "sums multiplied": "(sum_{i=1}^{n} c_i) (sum_{i=1}^{n} b_i λ_i^(l-1))",
            "indices crossed": "sum_{i=1}^{n} c_i b_{n+1-i} λ_i^(l-1)",
        },
    ),
    Slot(
        "work",
        "complexity",
        "O(n L)",
        where="n, L, m, d",
        also={"O(n L m d)": "m outputs and d inputs"},
        assuming=("one input and one output",),
        twins={
            "a matrix-vector product a step": "O(n^2 L)",
            "n forgotten": "O(L)",
            "a matrix product a step": "O(n^3 L)",
        },
    ),
)
