"""2 Run the state-space model forward, five ways.

Compute y from u by the recurrence and by what problem 1 found: all must agree, and differ only in when they are fast.

    recurrence  x_{k+1} = A x_k + B u_k, one step at a time        O(L (n² + nd + mn + md))
    direct      y_k = Σ_l K_l u_{k−l}                              O(L² m d)
    FFT         the same sum, padded to length 2L                  O(L log L (md + m + d)), in floating point
    scan        b_k ← b_k + A^{2^j} b_{k−2^j}, j = 0, 1, …         O(n² L log L), log L steps
    blocks      y = T u + O x within a block, x carried between    O(L (c m d + n m + n d)), c the block's length

Shapes: A (n, n), B (n, d), C (m, n), D (m, d), u (L, d), y (L, m).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Annotated, Any

import numpy as np
import sympy as sp

from . import numeric
from .part import Answer, Check, InputError, Solution, Step, Watch
from .exact import Matrix, affordable, equal, identity, integers, is_exact, matrix, same, zeros
from .system import fits, impulse_response, run

MOST_PRODUCTS = 2e10  # beyond it the direct sum is left out, as it would take minutes


def direct(A: Matrix, B: Matrix, C: Matrix, D: Matrix, u: Matrix) -> Matrix:
    """Σ_l K_l u_{k−l}, all k of one l at once."""
    y = u @ D.T
    column = B
    for l in range(1, len(u)):
        y[l:] = y[l:] + u[:-l] @ (C @ column).T
        column = A @ column
    return np.asarray(y)


def fft(A: Matrix, B: Matrix, C: Matrix, D: Matrix, u: Matrix) -> Matrix:
    """The same sum as a product of spectra; padded to 2L, so that nothing wraps around. Always floating point."""
    return engine("fft")(*(np.asarray(M, dtype=float) for M in (A, B, C, D, u)))


def engine(method: numeric.Method) -> Callable[..., Matrix]:
    """One of the five ways in floating point, at any size."""

    def forward(A: Matrix, B: Matrix, C: Matrix, D: Matrix, u: Matrix) -> Matrix:
        return np.asarray(numeric.forward(numeric.StateSpace(A, B, C, D), u, method=method).y)

    return forward


def scan(A: Matrix, B: Matrix, C: Matrix, D: Matrix, u: Matrix) -> Matrix:
    """Prefixes of (A, B u_k) under (A, b)∘(A', b') = (A A', A b' + b), doubling their reach; A is the same throughout."""
    x, power, reach = u @ B.T, A, 1
    while reach < len(u):
        x = np.concatenate([x[:reach], x[reach:] + x[:-reach] @ power.T])
        power, reach = power @ power, 2 * reach
    before = np.concatenate([zeros((1, len(A)), A), x[:-1]])[: len(u)]
    return np.asarray(before @ C.T + u @ D.T)


def blocks(A: Matrix, B: Matrix, C: Matrix, D: Matrix, u: Matrix, width: int = 64) -> Matrix:
    """Within a block a Toeplitz product, between blocks the state."""
    n, d, m = len(A), B.shape[1], len(C)
    width = max(1, min(width, len(u)))
    rows, columns, T = [C], [B], zeros((width, m, width, d), A)
    for _ in range(width - 1):
        rows.append(rows[-1] @ A)
        columns.append(A @ columns[-1])
    for k in range(width):
        T[k, :, k] = D
        for j in range(k):
            T[k, :, j] = C @ columns[k - j - 1]
    toeplitz, observe = T.reshape(width * m, width * d), np.concatenate(rows)
    reach, step = np.concatenate(columns[::-1], axis=1), identity(n, A)
    for _ in range(width):
        step = step @ A
    count = -(-len(u) // width)
    padded = np.concatenate([u, zeros((count * width - len(u), d), u)]).reshape(count, width * d)
    x, y = zeros(n, A), []
    for block in padded:
        y.append(toeplitz @ block + observe @ x)
        x = step @ x + reach @ block
    return np.asarray(np.array(y).reshape(count * width, m)[: len(u)])


METHODS: dict[str, Callable[..., Matrix]] = {
    "recurrence": run,
    "direct": direct,
    "FFT": fft,
    "scan": scan,
    "blocks": blocks,
}
ENGINES: dict[str, Callable[..., Matrix]] = {
    "recurrence": engine("recurrence"),
    "direct": engine("direct"),
    "FFT": engine("fft"),
    "scan": engine("scan"),
    "blocks": engine("blocks"),
}


def drawn(A: Matrix, d: int, length: int, seed: int) -> Matrix:
    """A random input of small integers, in the arithmetic of A."""
    u = integers(np.random.default_rng(seed), length, d)
    return u if is_exact(A) else u.astype(float)


def solve(
    A: Annotated[Matrix, "state matrix, n×n"] = matrix("0.7,0.1;0.2,0.6"),
    B: Annotated[Matrix, "input matrix, n×d"] = matrix("1,0;2,1"),
    C: Annotated[Matrix, "output matrix, m×n"] = matrix("1,1;0,3"),
    D: Annotated[Matrix, "feed-through, m×d"] = matrix("0,0;1,0"),
    u: Annotated[
        Matrix | None, "the input, one row u_k a step; drawn at random if left out"
    ] = None,
    length: Annotated[int | None, "L, the steps of a random input; 12 if left out"] = None,
    seed: Annotated[int, "what the random input is drawn from"] = 0,
    watch: Watch = lambda what, done, total: None,
) -> Solution:
    n, d, m = fits(A, B, C, D)
    if u is not None and length is not None:
        raise InputError(
            f"--length is {length}, but --u says how long the input is: give one of them"
        )
    length = 12 if length is None else length
    if length < 1:
        raise InputError(f"--length is {length}, but there must be a step to run: pass 1 or more")
    if seed < 0:
        raise InputError(f"--seed is {seed}, but a seed is not negative: pass 0 or more")
    u = drawn(A, d, length, seed) if u is None else u
    if u.shape[1] != d:
        raise InputError(
            f"--u has {u.shape[1]} columns, but B takes {d} inputs: give {d} numbers a row"
        )
    length = len(u)
    sums = length**2 * m * d if is_exact(A, u) else 0
    affordable("--length", length * (n + m) * (n + d) + sums, A, B, C, D, growth=length)
    found, seconds = {}, {}
    for done, (name, method) in enumerate((METHODS if is_exact(A, u) else ENGINES).items()):
        watch(f"forward by {name}", done, len(METHODS))
        if name == "direct" and float(length) ** 2 * m * d > MOST_PRODUCTS:
            continue
        began = time.perf_counter()
        try:
            found[name] = method(A, B, C, D, u)
        except (OverflowError, FloatingPointError):
            if name != "FFT" or not is_exact(A):
                raise
            continue  # exact numbers beyond float64, in which alone the FFT runs
        seconds[name] = time.perf_counter() - began
    watch("forward", len(METHODS), len(METHODS))
    y = found["blocks"]
    apart = {name: float(np.abs((value - y).astype(float)).max()) for name, value in found.items()}
    largest = max(abs(value) for value in [*y.flat, y.flat[0] * 0 + 1])
    fastest = min(seconds, key=lambda name: seconds[name])
    timed = tuple(
        Step(f"by {name}", f"{seconds[name]:.2g} s" if name in found else "left out", _WHEN[name])
        for name in METHODS
    )
    return Solution(
        answer={"y": y, "apart": apart, "largest y": largest},
        steps=(
            Step("y", y, f"row k is y_k, k = 0 … {length - 1}"),
            *timed,
            Step(
                "largest difference between two of them",
                max(apart.values()),
                "|y| is its scale; FFT always rounds",
            ),
            Step("fastest here", fastest, f"at n = {n}, L = {length}; the order changes with both"),
        ),
    )


_WHEN = {
    "recurrence": "least work; sequential, so best for short or streamed input and large n",
    "direct": "no state at all; best for short kernels",
    "FFT": "best where the kernel is given, n is large and L long; needs the whole input, and rounds",
    "scan": "log L steps on a parallel machine, at more work",
    "blocks": "few large matrix products, exact, and streams: best for long input on one machine",
}


def prove() -> Iterator[Check]:
    """What each way rests on, with matrices that do not commute."""
    A, B = (sp.Symbol(name, commutative=False) for name in "AB")
    x, u = (
        sp.Symbol("x", commutative=False),
        [sp.Symbol(f"u_{j}", commutative=False) for j in range(4)],
    )
    state = x
    for u_k in u:
        state = A * state + B * u_k
    carried = A**4 * x + sum(A ** (3 - j) * B * u[j] for j in range(4))
    yield equal("blocks: x_{k+4} = A⁴ x_k + Σ_j A^{3−j} B u_{k+j}", state, carried)
    rng = np.random.default_rng(2)
    a, b, c, d, v = (
        integers(rng, *shape, top=3) for shape in ((2, 2), (2, 2), (3, 2), (3, 2), (11, 2))
    )
    yield equal(
        "blocks of 3, the last one short, on 11 steps", blocks(a, b, c, d, v, 3), run(a, b, c, d, v)
    )
    late, early = sp.symbols("A_2 b_2", commutative=False), sp.symbols("A_1 b_1", commutative=False)
    both = late[0] * (early[0] * x + early[1]) + late[1]
    yield equal(
        "scan: (A_2, b_2)∘(A_1, b_1) is one step after the other",
        both,
        late[0] * early[0] * x + late[0] * early[1] + late[1],
    )
    K, v, z = (
        sp.symbols("K_0:3"),
        sp.symbols("v_0:3"),
        sp.Symbol("z"),
    )  # z⁶ = 1, primitive: z² − z + 1 = 0
    spectra = [[sum(s[t] * z ** (-f * t % 6) for t in range(3)) for f in range(6)] for s in (K, v)]
    for k in range(3):
        back = (
            sum(a * b * z ** (f * k % 6) for f, (a, b) in enumerate(zip(*spectra, strict=True))) / 6
        )
        reduced = sp.Poly(sp.expand(back), z).rem(sp.Poly(z**2 - z + 1, z)).as_expr()
        want = sum(K[l] * v[k - l] for l in range(k + 1))
        yield equal("FFT: padded to 2L, the product of spectra is the convolution", reduced, want)


def check(found: Solution, **inputs: Any) -> Iterator[Check]:
    """Forget the methods: convolve with the impulse response, output by output, and compare what they said."""
    A, B, C, D = (inputs[name] for name in "ABCD")
    u = inputs.get("u")
    u = drawn(A, B.shape[1], inputs.get("length") or 12, inputs["seed"]) if u is None else u
    few = u[:20]
    response = impulse_response(A, B, C, D, len(few))
    y = [
        sum((response[l] @ few[k - l] for l in range(k + 1)), zeros(len(C), A))
        for k in range(len(few))
    ]
    yield equal(
        "y is the input against the impulse response", found.answer["y"][: len(few)], np.array(y)
    )
    yield equal("y obeys the recurrence to its end", found.answer["y"], run(A, B, C, D, u))
    top = max(1, *(abs(value) for value in found.answer["y"].flat))
    bound = found.answer["largest y"] * Fraction(1, 10**9)
    far = {name: gap for name, gap in found.answer["apart"].items() if not 0 <= gap <= bound}
    far |= {
        name: "left out"
        for name in METHODS
        if name not in found.answer["apart"] and len(u) <= 1000 and top < 1e100
    }
    yield Check(
        "all five ways agree",
        not far,
        "within 1e-9 of the largest |y|" if not far else f"apart: {', '.join(far)}",
    )
    yield Check("the largest |y| is the scale", same(found.answer["largest y"], top), "looked up")


def twins(found: Solution, **inputs: Any) -> dict[str, dict[str, Any]]:
    A, B, C, D = (inputs[name] for name in "ABCD")
    u = inputs.get("u")
    u = drawn(A, B.shape[1], inputs["length"], inputs["seed"]) if u is None else u
    K = impulse_response(A, B, C, D, len(u)).astype(float)
    spectrum = np.einsum("fmd,fd->fm", np.fft.rfft(K, axis=0), np.fft.rfft(u.astype(float), axis=0))
    wrapped = np.fft.irfft(spectrum, len(u), axis=0) - found.answer["y"].astype(float)
    return {
        "the state read after its update: y_k = C x_{k+1} + D u_k": {
            "y": run(A, A @ B, C, C @ B + D, u)
        },
        "A transposed": {"y": run(A.T, B, C, D, u)},
        "D left out": {"y": run(A, B, C, D - D, u)},
        "FFT without padding: the end wraps to the start": {
            "apart": {**found.answer["apart"], "FFT": float(np.abs(wrapped).max())}
        },
        "the direct sum left out": {
            "apart": {k: v for k, v in found.answer["apart"].items() if k != "direct"}
        },
        "the scale taken from the input": {"largest y": np.abs(u).max() + 100},
    }


GENERIC = (
    {
        "A": matrix("1/2,1/3,0;-1,1/2,1;1,0,-1/2"),
        "B": matrix("1,0;2,1;-1,3"),
        "C": matrix("1,1,2;0,3,-1"),
        "D": matrix("2,5;1,-3"),
        "u": matrix("1,0;0,1;2,-1;1,1;3,-2;0,2;1,1"),
        "seed": 0,
    },
    {
        "A": matrix("1,-1;1,0"),
        "B": matrix("1;2"),
        "C": matrix("1,1;0,3;2,1"),
        "D": matrix("1;0;2"),
        "length": 130,
        "seed": 1,
    },
    {
        "A": matrix("1/9"),
        "B": matrix("1"),
        "C": matrix("1/9"),
        "D": matrix("0"),
        "u": matrix("1/9;1/7"),
        "seed": 0,
    },
)
MEASURED = ("apart",)
ANSWERS: tuple[Answer, ...] = ()
