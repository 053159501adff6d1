"""1(e) The kernel when A is diagonal.

What does the kernel cost when A = diag(λ_1, …, λ_n)?

    K_l = Σ_i c_i b_i λ_i^{l−1}   (c_i: column i of C, b_i: row i of B),

one product of the Vandermonde matrix (λ_i^{l−1}) with the coefficients c_i b_i: O(n L) work with one input and one output,
O(n L m d) in general, no product of n×n matrices, and O(log n) depth once the powers are there (O(log L) for those).
Shapes: lambdas (n,), B (n, d), C (m, n), K (L, m, d).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Annotated, Any

import numpy as np
import sympy as sp

from . import numeric
from .part import Answer, Check, InputError, Solution, Step
from .counting import PRIME, Circuit, Tally, Wire, stacked
from .exact import (
    Matrix,
    Vector,
    affordable,
    equal,
    integers,
    is_exact,
    matrix,
    rational,
    shaped,
    vector,
    zeros,
)
from .growth import Growth, L, counter, d, lg, m, n, tight
from .system import LONG, impulse_response, labelled

l = sp.Symbol("l", integer=True, positive=True)
OPERATIONS = n * m * d + sp.Max(L - 2, 0) * n + L * m * d * (2 * n - 1)
DEPTH = (
    sp.Max(lg(sp.Max(L - 1, 1)), 1) + 1 + lg(n)
)  # powers and coefficients at the same time, then the sum over i
WORK = Growth(n * L * m * d)
PATHS = tuple(
    {"L": (1, 0), "n": (x, 0), "m": (y, 0), "d": (z, 0)}
    for x, y, z in ((0, 0, 0), (2, 0, 0), (0, 2, 1), (3, 1, 2))
)


def vandermonde(lambdas: Vector, length: int) -> Matrix:
    """(length, n): row l − 1 holds λ_i^{l−1}."""
    rows = [lambdas**0]
    for at in range(1, length):
        rows.append(lambdas if at == 1 else rows[-1] * lambdas)
    return np.array(rows[:length])


def coefficients(B: Matrix, C: Matrix) -> Matrix:
    """c_i b_i for every output, input and i: (m, d, n)."""
    return C[:, None, :] * B.T[None, :, :]


def weighted(powers: Matrix, weights: Matrix) -> Matrix:
    """Σ_i weights_i powers_li for every output and input: (L, m, d)."""
    m, d, n = weights.shape
    return np.asarray(powers @ weights.reshape(m * d, n).T).reshape(len(powers), m, d)


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
    affordable("--length", length * count * (1 + m * d), lambdas, B, C, growth=length)
    c_b = coefficients(B, C)
    if is_exact(lambdas, B, C):
        K = weighted(vandermonde(lambdas, length), c_b)
    else:
        K = numeric.kernel(numeric.StateSpace(numeric.Diagonal(lambdas), B, C), length + 1)[1:]
    formula = sum(
        (
            rational(c_b[:, :, i]) * sp.sympify(rational(at)) ** (l - 1)
            for i, at in enumerate(lambdas)
        ),
        sp.zeros(m, d),
    )
    sizes = {"L": length, "n": count, "m": m, "d": d}
    return Solution(
        answer={
            "K_l": formula,
            "K": K,
            "work": WORK,
            "operations": OPERATIONS,
            "depth": DEPTH,
            "operations here": int(counter(OPERATIONS)(**sizes)),
            "depth here": int(counter(DEPTH)(L=length, n=count)),
        },
        steps=(
            Step(
                "A = diag(λ), so A^(l-1) = diag(λ_i^(l-1))",
                lambdas,
                "a product of diagonal matrices multiplies entry by entry",
            ),
            Step(
                "c_i b_i",
                {f"c_{i + 1} b_{i + 1}": c_b[:, :, i] for i in range(count)},
                "column i of C times row i of B",
            ),
            Step(
                "K_l = Σ_i c_i b_i λ_i^(l-1)",
                formula,
                "C A^(l-1) B, written as a sum over the diagonal",
            ),
            Step(
                f"K_1 … K_{length}",
                labelled(K, 1),
                "the Vandermonde matrix (λ_i^(l-1)) times the coefficients",
            ),
            Step("operations", OPERATIONS, f"counted: {counter(OPERATIONS)(**sizes)} here"),
            Step("work", WORK, "no product of n×n matrices: O(n L) with one input and one output"),
            Step(
                "depth",
                DEPTH,
                "powers by doubling, log L; then the sum over i is a binary tree, log n, for all l at once",
            ),
        ),
    )


def prove() -> Iterator[Check]:
    """Powers of a diagonal matrix by induction, then the sum itself for n = 3, two inputs, two outputs and every l."""
    lambdas = sp.symbols("lambda_1:4", nonzero=True)
    step = sp.diag(*lambdas) * sp.diag(*(at ** (l - 1) for at in lambdas))
    yield equal(
        "step: diag(λ) · diag(λ^(l-1)) = diag(λ^l)", step, sp.diag(*(at**l for at in lambdas))
    )
    B = np.array(sp.symbols("b_1:7")).reshape(3, 2)
    C = np.array(sp.symbols("c_1:7")).reshape(2, 3)
    power = np.array([[at ** (l - 1) for at in lambdas]])
    dense = sp.Matrix(C.tolist()) * sp.diag(*power[0]) * sp.Matrix(B.tolist())
    yield equal(
        "C diag(λ^(l-1)) B = Σ_i c_i b_i λ_i^(l-1)", weighted(power, coefficients(B, C))[0], dense
    )


def check(found: Solution, lambdas: Vector, B: Matrix, C: Matrix, length: int) -> Iterator[Check]:
    """Forget that A is diagonal: run the dense recurrence; count the operations of the computation itself."""
    A = zeros((len(lambdas), len(lambdas)), lambdas)
    np.fill_diagonal(A, lambdas)
    response = impulse_response(A, B, C, zeros((len(C), B.shape[1]), A), min(length, LONG) + 1)[1:]
    yield equal(
        "K is the response to unit impulses of the dense model",
        found.answer["K"][: len(response)],
        response,
    )
    few = min(length, 100)
    written = np.array(
        [np.array(found.answer["K_l"].subs(l, at).tolist()) for at in range(1, few + 1)]
    )
    yield equal(
        "the formula gives the same numbers", written.astype(response.dtype), response[:few]
    )
    off = []
    for at in ((2, 4, 2, 3), (7, 2, 3, 1), (1, 2, 1, 2)):
        sizes = dict(zip("Lnmd", at, strict=True))
        right = counter(found.answer["operations"])(**sizes) == counted(*at)
        off += (
            []
            if right and counter(found.answer["depth"])(L=at[0], n=at[1]) == built_depth(*at[:2])
            else [at]
        )
    yield Check(
        "operations and depth are those of the computation run",
        not off,
        "counted at three sizes" if not off else f"not at {off}",
    )
    shape = (len(lambdas), len(C), B.shape[1])
    two, three = counted(2, *shape), counted(3, *shape)  # from L = 2 on, each entry costs the same
    whole = counted(length, *shape) if length < 2 else two + (length - 2) * (three - two)
    yield equal("the count here", found.answer["operations here"], whole)
    yield equal("the depth here", found.answer["depth here"], _depth(length, len(lambdas)))
    yield tight(
        "the rate is that of the count", found.answer["work"], found.answer["operations"], PATHS
    )


@cache
def counted(length: int, n: int, m: int, d: int) -> int:
    """Operations of the kernel, counted while it runs."""
    tally, rng = Tally(), np.random.default_rng(0)
    lambdas, B, C = (tally(integers(rng, *shape)) for shape in ((n,), (n, d), (m, n)))
    weighted(vandermonde(lambdas, length), coefficients(B, C))
    return tally.work


@cache
def built_depth(length: int, n: int) -> int:
    """Depth of the circuit for one input and one output: powers by doubling beside the coefficients, then the sum."""
    rng, circuit = np.random.default_rng(0), Circuit("tree")
    lambdas, b, c = (Wire(rng.integers(0, PRIME, (1, n))) for _ in range(3))
    powers = {0: Wire(np.ones((1, n), dtype=np.int64)), 1: lambdas}
    for e in range(2, length):
        half = 1 << (e - 1).bit_length() - 1
        powers[e] = circuit.entrywise(powers[half], powers[e - half])
    table = stacked(*(powers[e] for e in range(length)))
    weights = circuit.entrywise(c, b)
    K = circuit.multiply(table, Wire(weights.value.T, weights.ready))
    want = [
        int(
            (
                b.value * c.value * np.array([[pow(int(v), e, PRIME) for v in lambdas.value[0]]])
            ).sum()
            % PRIME
        )
        for e in range(length)
    ]
    return K.ready if K.value[:, 0].tolist() == want else -1


def _depth(length: int, n: int) -> int:
    """The depth built; past 300 entries from 2^8, as each doubling of L adds one step."""
    if length <= 300:
        return built_depth(length, n)
    return built_depth(257, n) + (length - 2).bit_length() - (257 - 2).bit_length()


def twins(
    found: Solution, lambdas: Vector, B: Matrix, C: Matrix, length: int
) -> dict[str, dict[str, Any]]:
    c_b, powers = coefficients(B, C), vandermonde(lambdas, length)
    crossed = coefficients(B[::-1], C)
    return {
        "λ^l for λ^(l-1)": {
            "K": weighted(powers * lambdas, c_b),
            "K_l": found.answer["K_l"].subs(l, l + 1),
        },
        "indices crossed: c_i b_j": {"K": weighted(powers, crossed)},
        "power of the sum: (Σ c b)(Σ λ)^(l-1)": {
            "K": weighted(
                vandermonde(lambdas.sum(keepdims=True), length), c_b.sum(axis=2, keepdims=True)
            )
        },
        "the formula with λ^l": {"K_l": found.answer["K_l"].subs(l, l + 1)},
        "O(n² L): a matrix-vector product a step": {"work": Growth(n**2 * L * m * d)},
        "O(L): n forgotten": {"work": Growth(L * m * d)},
        "one product too few counted": {"operations": OPERATIONS - n},
        "operations here without the last": {
            "operations here": found.answer["operations here"] - len(lambdas)
        },
        "one step fewer": {"depth here": found.answer["depth here"] - 1},
        "depth O(log L + n)": {"depth": sp.Max(lg(sp.Max(L - 1, 1)), 1) + 1 + n},
    }


GENERIC = (
    {
        "lambdas": vector("2,1/2,-3"),
        "B": matrix("1,4;2,1;-1,3"),
        "C": matrix("1,1,2;0,3,-1"),
        "length": 6,
    },
    {"lambdas": vector("2,3"), "B": matrix("1;2"), "C": matrix("5,7;1,2;0,1"), "length": 1},
    {"lambdas": vector("0,3"), "B": matrix("1;2"), "C": matrix("5,7"), "length": 2},
)
ANSWERS = (
    Answer(
        slot="kernel",
        kind="scalar",
        reference="sum_{i=1}^{n} c_i b_i λ_i^(l-1)",
        symbols={
            "c_i": "scalar family n",
            "b_i": "scalar family n",
            "λ_i": "scalar family n",
            "n": "size",
            "l": "integer >= 1",
            "C_i": "= c_i",
            "B_i": "= b_i",
            "C": "= c",
            "B": "= b",
            "a": "= λ",
        },
        names=("K_l",),
        facts=("O(n L)",),
        twins={
            "one power too many": "sum_{i=1}^{n} c_i b_i λ_i^l",
            "power of the sum": "(sum_{i=1}^{n} c_i b_i) (sum_{i=1}^{n} λ_i)^(l-1)",
            "sums multiplied": "(sum_{i=1}^{n} c_i) (sum_{i=1}^{n} b_i λ_i^(l-1))",
        },
    ),
    Answer(
        slot="work",
        kind="complexity",
        reference="O(n L)",
        symbols={"n": "size", "L": "size", "m": "size", "d": "size"},
        also={"O(n L m d)": "m outputs and d inputs"},
        assuming=("one input and one output",),
        twins={
            "a matrix-vector product a step": "O(n^2 L)",
            "n forgotten": "O(L)",
            "a matrix product a step": "O(n^3 L)",
        },
    ),
)
