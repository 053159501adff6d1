"""2 Run the state-space model forward, five ways.

Compute y from u by the recurrence and by what problem 1 found: all must agree, and differ only in
when they are fast.

    recurrence  x_{k+1} = A x_k + B u_k, a step at a time       O(L (n² + nd + mn + md))
    direct      y_k = Σ_l K_l u_{k−l}                           O(L² m d)
    FFT         the same sum, padded to length 2L; it rounds    O(L log L (md + m + d))
    scan        b_k ← b_k + A^{2^j} b_{k−2^j}, j = 0, 1, …      O(n² L log L), log L steps
    blocks      y = T u + O x in a block of c, x carried on     O(L (c m d + n m + n d))

Shapes: A (n, n), B (n, d), C (m, n), D (m, d), u (L, d), y (L, m).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Annotated, Any

import numpy as np
import sympy as sp

from . import numeric
from .exact import (
    Matrix,
    affordable,
    decimals,
    equal,
    holds,
    identity,
    integers,
    is_exact,
    matrix,
    symbols,
    zeros,
)
from .exact.system import fits, impulse_response, kernel, run
from .part import Case, Check, InputError, Slot, Solution, Step, Watch

MOST_PRODUCTS = 2e10  # beyond it the direct sum is left out, as it would take minutes


def direct(A: Matrix, B: Matrix, C: Matrix, D: Matrix, u: Matrix) -> Matrix:
    """Σ_l K_l u_{k−l}, all k of one l at once."""
    y = u @ D.T
    column = B
    for l in range(1, len(u)):
        y[l:] = y[l:] + u[:-l] @ (C @ column).T
        column = A @ column
    return np.asarray(y)


def padded(length: int) -> int:
    """To how many steps the FFT pads an input, so that nothing of the output wraps around."""
    return 2 * length


def fft(A: Matrix, B: Matrix, C: Matrix, D: Matrix, u: Matrix) -> Matrix:
    """The same sum as a product of spectra, always in floating point, from the exact kernel.

    Raises OverflowError for numbers beyond float64, in the kernel, the input or the output.
    """
    size, K = padded(len(u)), kernel(A, B, C, D, len(u)).astype(float)
    spectra = np.fft.rfft(K, size, axis=0), np.fft.rfft(u.astype(float), size, axis=0)
    y = np.fft.irfft(np.einsum("fmd,fd->fm", *spectra), size, axis=0)[: len(u)]
    if not np.isfinite(y).all():
        raise OverflowError("the product of spectra is beyond float64")
    return np.asarray(y)


def engine(method: numeric.Method) -> Callable[..., Matrix]:
    """One of the five ways in floating point, at any size."""

    def forward(A: Matrix, B: Matrix, C: Matrix, D: Matrix, u: Matrix) -> Matrix:
        return np.asarray(numeric.forward(numeric.StateSpace(A, B, C, D), u, method=method).y)

    return forward


def scan(A: Matrix, B: Matrix, C: Matrix, D: Matrix, u: Matrix) -> Matrix:
    """Prefixes of (A, B u_k) under (A, b)∘(A', b') = (A A', A b' + b), doubling their reach."""
    x, power, reach = u @ B.T, A, 1
    while reach < len(u):
        x = np.concatenate([x[:reach], x[reach:] + x[:-reach] @ power.T])
        power, reach = power @ power, 2 * reach
    before = np.concatenate([zeros((1, len(A)), A), x[:-1]])
    return np.asarray(before @ C.T + u @ D.T)


def blocks(A: Matrix, B: Matrix, C: Matrix, D: Matrix, u: Matrix, width: int = 64) -> Matrix:
    """Within a block a Toeplitz product, between blocks the state."""
    n, d, m = len(A), B.shape[1], len(C)
    width = min(width, len(u))
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


def timed(
    A: Matrix, B: Matrix, C: Matrix, D: Matrix, u: Matrix, watch: Watch
) -> tuple[dict[str, Matrix], dict[str, float], tuple[str, ...]]:
    """What each way found, in how many seconds, and which were left out; exact FFTs as decimals."""
    exact = is_exact(A, u)
    products = float(len(u)) ** 2 * B.shape[1] * len(C)
    found, seconds = {}, {}
    for done, (name, method) in enumerate((METHODS if exact else ENGINES).items()):
        watch(f"forward by {name}", done, len(METHODS))
        if name == "direct" and products > MOST_PRODUCTS:
            continue
        began = time.perf_counter()
        try:
            found[name] = method(A, B, C, D, u)
        except (OverflowError, FloatingPointError):
            if name != "FFT" or not exact:
                raise
            continue
        seconds[name] = time.perf_counter() - began
    watch("forward", len(METHODS), len(METHODS))
    if exact and "FFT" in found:
        found["FFT"] = decimals(found["FFT"].flat).reshape(found["FFT"].shape)
    return found, seconds, tuple(name for name in METHODS if name not in found)


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
    drawn_at_random = u is None
    u = drawn(A, d, length, seed) if u is None else u
    if u.shape[1] != d:
        raise InputError(
            f"--u has {u.shape[1]} columns, but B takes {d} inputs: give {d} numbers a row"
        )
    length = len(u)
    sums = length**2 * m * d if is_exact(A, u) else 0
    work = 4 * length * n**3 + 5 * sums
    affordable("--length", work, A, B, C, D, growth=length / 4, divides=False)
    found, seconds, left_out = timed(A, B, C, D, u, watch)
    y = found.pop("recurrence")
    return Solution(
        answer={"y": y},
        working={
            **({"u": u} if drawn_at_random else {}),
            "outputs": found,
            "left out": left_out,
            "seconds": seconds,
            "fastest": min(seconds, key=lambda name: seconds[name]),
        },
        steps=(
            *([Step("u", "u", f"drawn from the seed {seed}")] if drawn_at_random else []),
            Step(
                "y",
                "y",
                f"row k is y_k, k = 0 … {length - 1}; by recurrence: {_WHEN['recurrence']}",
            ),
            *(Step(f"by {name}", ("outputs", name), _WHEN[name]) for name in found),
            Step(
                "left out",
                "left out",
                f"the direct sum over {MOST_PRODUCTS:.0e} products, which take minutes; the FFT of "
                "numbers beyond float64, in which alone it runs",
            ),
            Step("seconds", "seconds", "of one run here"),
            Step(
                "fastest here", "fastest", f"at n = {n}, L = {length}; the order changes with both"
            ),
        ),
    )


_WHEN = {
    "recurrence": "least work; sequential, so best for short or streamed input and large n",
    "direct": "no state at all; best for short kernels",
    "FFT": "best where the kernel is given, n is large and L long; needs the whole input, rounds",
    "scan": "log L steps on a parallel machine, at more work",
    "blocks": "few large matrix products, exact, and streams: best for long input on one machine",
}


def prove() -> Iterator[Check]:
    """Each way is the recurrence for every small A, B, C, D and u; and what the FFT rests on."""
    A, B, C, D = (symbols(*of) for of in (("a", 2, 2), ("b", 2, 1), ("c", 1, 2), ("d", 1, 1)))
    u = symbols("u", 5, 1)
    want = run(A, B, C, D, u)
    yield equal("direct: the convolution is the recurrence", direct(A, B, C, D, u), want)
    yield equal("scan: prefixes of (A, B u_k) are the states", scan(A, B, C, D, u), want)
    for width in (1, 2, 3, 5):
        claim = "blocks, the last one short or not, are the recurrence"
        yield equal(claim, blocks(A, B, C, D, u, width), want)
    K, v, z, size = sp.symbols("K_0:3"), sp.symbols("v_0:3"), sp.Symbol("z"), padded(3)
    root = sp.Poly(sp.cyclotomic_poly(size, z), z)  # z is any primitive root of unity
    spectra = [
        [sum(s[t] * z ** (-f * t % size) for t in range(3)) for f in range(size)] for s in (K, v)
    ]
    for k in range(3):
        back = sum(
            a * b * z ** (f * k % size) for f, (a, b) in enumerate(zip(*spectra, strict=True))
        )
        reduced = sp.Poly(sp.expand(back / size), z).rem(root).as_expr()
        claim = "FFT: padded so far, the product of spectra is the convolution"
        yield equal(claim, reduced, sum(K[l] * v[k - l] for l in range(k + 1)))


def cases(found: Solution, **inputs: Any) -> Iterator[Case]:
    """None: the sheet asks for a program."""
    return iter(())


def check(found: Solution, **inputs: Any) -> Iterator[Check]:
    """Forget the methods: draw the input again, run the recurrence, hold every output to it."""
    A, B, C, D = (inputs[name] for name in "ABCD")
    u, shown = inputs.get("u"), found.working.get("u")
    if u is None:
        rng, length = np.random.default_rng(inputs["seed"]), inputs.get("length") or 12
        u = np.asarray(rng.integers(-9, 10, (length, B.shape[1])), dtype=A.dtype) + A.flat[0] * 0
        yield equal("the input is drawn from the seed", shown, u)
    few = u[:20]
    response = impulse_response(A, B, C, D, len(few))
    y = [
        sum((response[l] @ few[k - l] for l in range(k + 1)), zeros(len(C), A))
        for k in range(len(few))
    ]
    scale = max(np.abs(response).sum() * np.abs(few).max(), np.abs(found.answer["y"]).max())
    begun = found.answer["y"][: len(few)]
    yield equal("y is the input against the impulse response", begun, np.array(y), _float(scale))
    want = run(A, B, C, D, u)
    yield equal("y obeys the recurrence to its end", found.answer["y"], want, _float(scale))
    ran, left_out = found.working["outputs"], found.working["left out"]
    off = [name for name in ran if not _alike(ran[name], want, scale, name)]
    told = f"off: {', '.join(off)}" if off else f"{len(ran)} others, within 1e-9 where they round"
    whole = sorted((*ran, *left_out)) == sorted(name for name in METHODS if name != "recurrence")
    yield holds("every way gives the same output, or is left out by name", whole and not off, told)
    needed = ["direct"] if (C @ B).size * len(u) ** 2 > MOST_PRODUCTS else []
    if "FFT" in left_out and is_exact(A, u) and _beyond_float64(A, B, C, D, u):
        needed.append("FFT")
    told = f"{', '.join(left_out) or 'nothing'} of what {', '.join(needed) or 'nothing'} must be"
    yield holds("what is left out must be", sorted(left_out) == sorted(needed), told)
    seconds, fastest = found.working["seconds"], found.working["fastest"]
    timed = sorted(seconds) == sorted(("recurrence", *ran)) and fastest in seconds
    right = timed and all(0 <= seconds[fastest] <= taken for taken in seconds.values())
    yield holds("the fastest took the fewest seconds", right, f"{len(seconds)} ways")


def _float(scale: Any) -> float:
    """A scale for floating-point comparisons; exact ones have none, and may be beyond float64."""
    return float(scale) if isinstance(scale, float) else 0.0


def _alike(output: Matrix, want: Matrix, scale: Any, name: str) -> bool:
    """Whether an output is the one wanted; within 1e-9 of the scale where it was rounded."""
    if output.shape != want.shape:
        return False
    if name != "FFT" and is_exact(output):
        return bool((output == want).all())
    return bool((np.abs(output - want) <= scale * 1e-9).all())


def _beyond_float64(A: Matrix, B: Matrix, C: Matrix, D: Matrix, u: Matrix) -> bool:
    """Whether the kernel, the input, or the sums that the FFT makes of both may leave float64."""
    spread = np.abs(impulse_response(A, B, C, D, len(u))).sum()
    heard = np.abs(u).sum()
    return bool(max(spread, heard, spread * heard) > 10**300)


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
        "C": matrix("2,1"),
        "D": matrix("3"),
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
    {  # beyond float64, so there is no FFT
        "A": matrix("1e120"),
        "B": matrix("1"),
        "C": matrix("2"),
        "D": matrix("0"),
        "u": matrix("1;2;0;1;3;1"),
        "seed": 0,
    },
    {  # each within float64, but not the spectrum
        "A": matrix("1"),
        "B": matrix("1"),
        "C": matrix("1e308"),
        "D": matrix("0"),
        "u": matrix("1/10;1/10;1/10;1/10"),
        "seed": 0,
    },
    {
        "A": matrix("1/2,1;0,1/3"),
        "B": matrix("1;2"),
        "C": matrix("1,3"),
        "D": matrix("1"),
        "length": 1,
        "seed": 0,
    },
)
_MODEL = {"A": matrix("1,2;3,4"), "B": matrix("1;2"), "C": matrix("1,3"), "D": matrix("1")}
ILL_POSED = (
    ({**_MODEL, "u": matrix("1;2"), "length": 2}, "--length is 2, but --u"),
    ({**_MODEL, "length": 0}, "--length is 0"),
    ({**_MODEL, "seed": -1}, "--seed"),
    ({**_MODEL, "u": matrix("1,2")}, "--u"),
    ({**_MODEL, "A": matrix("1,2")}, "--A"),
    ({**_MODEL, "B": matrix("1")}, "--B"),
    ({**_MODEL, "C": matrix("1")}, "--C"),
    ({**_MODEL, "D": matrix("1,2")}, "--D"),
)
MEASURED = ("seconds",)
KEY: tuple[Slot, ...] = ()
