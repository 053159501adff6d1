"""1(c) How parallel the convolution is, and the naive recursion.

Given the kernel K, how parallel can y = K ∗ u be computed, and what is the critical path? And by the recursion?

Every y_k is a sum of L + 1 matrix-vector products of its own, so all of them go at once. Depth:

                     unit-cost products   binary trees of scalars
    convolution      O(log L)             O(log L + log d)
    recursion        O(L)                 O(L (1 + log n) + log d)
    associative scan O(log L)             O(log L (1 + log n) + log d)

Work: direct O(L² m d); FFT O((m d + m + d) L log L + L m d), the kernel's transforms included; recursion
O(L (n² + n d + m n + m d)); scan O(L (n³ + n d + m n + m d)). The recursion as written is O(L) deep; the model is not, because
(A, b) ∘ (A', b') = (A A', A b' + b) is associative.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Annotated, Any

import numpy as np
import sympy as sp

from .part import Answer, Check, InputError, Solution, Step
from .counting import PRIME, Circuit, Model, Wire, prefixes, stacked, transform
from .exact import equal
from .growth import Growth, L, Path, counter, d, lg, log, m, n, tight

padded, points = 2 ** lg(L), 2 ** lg(2 * L + 1)  # lengths of the scan and of the transforms
levels = sp.Max(2 * lg(L) - 2, lg(L))  # compositions in sequence in the scan
composition = n**2 * (2 * n - 1) + 2 * n**2  # (A A', A b' + b)
read_out = 2 * m * n  # C x + …

# (computation, quantity) -> (growth, exact count); `check` builds each computation and counts.
COSTS: dict[tuple[str, str], tuple[Growth, sp.Expr]] = {
    ("convolution", "depth, unit cost"): (Growth(log(L)), 1 + lg(L + 1)),
    ("convolution", "depth, binary trees"): (Growth(log(L) + log(d)), 1 + lg(d) + lg(L + 1)),
    ("convolution", "work"): (
        Growth(L**2 * m * d),
        m * (2 * d - 1) * (L + 1) * (L + 2) / 2 + m * L * (L + 1) / 2,
    ),
    ("convolution by FFT", "depth, binary trees"): (
        Growth(log(L) + log(d)),
        4 * lg(2 * L + 1) + lg(d) + 2,
    ),
    ("convolution by FFT", "work"): (
        Growth((m * d + m + d) * L * log(L) + L * m * d),
        (m * d + d + m) * 3 * points * lg(2 * L + 1) / 2 + 2 * points * m * d,
    ),
    ("recursion", "depth, unit cost"): (Growth(L), 1 + 2 * L),
    ("recursion", "depth, binary trees"): (
        Growth(L * (1 + log(n)) + log(d)),
        1 + lg(d) + L * (2 + lg(n)),
    ),
    ("recursion", "work"): (
        Growth(L * (n**2 + n * d + m * n + m * d)),
        L * n * (2 * d - 1) + 2 * (L - 1) * n**2 + L * read_out + (L + 1) * m * (2 * d - 1),
    ),
    ("associative scan", "depth, unit cost"): (Growth(log(L)), 1 + 2 * (levels + 1)),
    ("associative scan", "depth, binary trees"): (
        Growth(log(L) * (1 + log(n)) + log(d)),
        1 + lg(d) + (levels + 1) * (2 + lg(n)),
    ),
    ("associative scan", "work"): (
        Growth(L * (n**3 + n * d + m * n + m * d)),
        (2 * padded - 2 - lg(L)) * composition
        + padded * (n * (2 * d - 1) + read_out)
        + (padded + 1) * m * (2 * d - 1),
    ),
}
PATHS: tuple[Path, ...] = (
    {"L": (1, 0), "n": (0, 0), "m": (0, 0), "d": (0, 0)},
    {"L": (1, 0), "n": (1, 0), "m": (2, 0), "d": (3, 0)},
    {"L": (1, 0), "n": (3, 0), "m": (1, 0), "d": (0, 0)},
    {"L": (1, 0), "n": (0, 0), "m": (5, 0), "d": (1, 0)},
    {"L": (1, 0), "n": (0, 0), "m": (1, 0), "d": (5, 0)},
    {"L": (1, 0), "n": (0, 0), "m": (0, 0), "d": (0, 1)},
    {"L": (1, 0), "n": (0, 1), "m": (0, 0), "d": (0, 0)},
    {"L": (1, 0), "n": (0, 1), "m": (0, 1), "d": (0, 2)},
    {"L": (0, 1), "n": (1, 0), "m": (1, 0), "d": (1, 0)},
    {"L": (1, 0), "n": (1, 0), "m": (0, 0), "d": (4, 0)},
    {"L": (1, 0), "n": (1, 0), "m": (4, 0), "d": (0, 0)},
    {"L": 2, "n": (0, 0), "m": (0, 0), "d": (1, 0)},
)


def solve(
    length: Annotated[int, "L: the sequence is u_0 … u_L"] = 16,
    n: Annotated[int, "state size"] = 3,
    m: Annotated[int, "outputs"] = 2,
    d: Annotated[int, "inputs"] = 4,
) -> Solution:
    if not 1 <= length <= 512:
        raise InputError(
            f"--length is {length}, but the computations are really built: pass 1 to 512"
        )
    for option, size in (("--n", n), ("--m", m), ("--d", d)):
        if not 1 <= size <= 16:
            raise InputError(
                f"{option} is {size}, but the computations are really built: pass 1 to 16"
            )
    lengths = tuple(sorted({max(1, length >> j) for j in range(4)}))
    count = {
        f"{what}, {quantity}": {
            f"L = {at}": int(counter(exact)(L=at, n=n, m=m, d=d)) for at in lengths
        }
        for (what, quantity), (_, exact) in COSTS.items()
    }
    return Solution(
        answer={
            "growth": {
                f"{what}, {quantity}": rate for (what, quantity), (rate, _) in COSTS.items()
            },
            "formula": {
                f"{what}, {quantity}": exact for (what, quantity), (_, exact) in COSTS.items()
            },
            "count": count,
        },
        steps=(
            Step(
                "y_k = Σ_l K_l u_{k−l}",
                None,
                "no y needs another y: all of them at once, each L + 1 products at once",
            ),
            *(
                Step(
                    f"{what}: {quantity}",
                    rate,
                    f"{_WHY[what, quantity]}; counted: {_row(count[f'{what}, {quantity}'])}",
                )
                for (what, quantity), (rate, _) in COSTS.items()
            ),
            Step(
                "least possible depth",
                COSTS["convolution", "depth, binary trees"][0],
                "y_L depends on d(L+1) inputs; pairs reach 2^depth of them",
            ),
        ),
    )


_WHY = {
    ("convolution", "depth, unit cost"): "one step for the products, then a tree of L + 1 vectors",
    ("convolution", "depth, binary trees"): "each product is itself a tree over d terms",
    ("convolution", "work"): "(L+1)(L+2)/2 products of an m×d matrix and a vector",
    (
        "convolution by FFT",
        "depth, binary trees",
    ): "log L levels of butterflies there and back, d terms at each frequency",
    ("convolution by FFT", "work"): "md + d + m transforms, then an m×d product at each frequency",
    ("recursion", "depth, unit cost"): "the schedule as written: x_{k+1} waits for x_k",
    ("recursion", "depth, binary trees"): "A x_k is a tree over n terms, L times in sequence",
    ("recursion", "work"): "four matrix-vector products a step",
    (
        "associative scan",
        "depth, unit cost",
    ): "(A, b)∘(A', b') is associative, so prefixes go by a tree: not sequential at all",
    ("associative scan", "depth, binary trees"): "each composition is a product over n terms",
    ("associative scan", "work"): "2L − 2 − log L compositions, each a product of n×n matrices",
}


def _row(values: Mapping[str, int]) -> str:
    return ", ".join(f"{value:,} at {at}" for at, value in values.items())


def prove() -> Iterator[Check]:
    """The scan's operation is associative; the recurrences behind the counts have these solutions."""
    A = [sp.Symbol(f"A_{i}", commutative=False) for i in range(3)]
    b = [sp.Symbol(f"b_{i}", commutative=False) for i in range(3)]

    def then(late: tuple[Any, Any], early: tuple[Any, Any]) -> tuple[Any, Any]:
        return late[0] * early[0], late[0] * early[1] + late[1]

    e = list(zip(A, b, strict=True))
    left, right = then(then(e[2], e[1]), e[0]), then(e[2], then(e[1], e[0]))
    yield equal("the scan's operation is associative: matrices", left[0], right[0])
    yield equal("the scan's operation is associative: vectors", left[1], right[1])
    N = sp.Symbol("N", integer=True, positive=True)
    compositions = 2 * 2**N - 2 - N
    yield equal(
        "scan: W(2^N) = W(2^{N−1}) + 2^N − 1", compositions, compositions.subs(N, N - 1) + 2**N - 1
    )
    k = sp.Symbol("k", integer=True, nonnegative=True)
    direct = sp.summation((k + 1) * m * (2 * d - 1) + k * m, (k, 0, L))
    yield equal(
        "direct work: Σ_k (k + 1) products and k sums", direct, COSTS["convolution", "work"][1]
    )


@cache
def built(what: str, model: Model, length: int, n: int, m: int, d: int) -> tuple[int, int, bool]:
    """Depth and work of one computation, really built on random numbers, and whether it gives the recurrence's y."""
    rng, circuit = np.random.default_rng(0), Circuit(model)
    A, B, C, D = (rng.integers(0, PRIME, shape) for shape in ((n, n), (n, d), (m, n), (m, d)))
    steps = 2 ** (length - 1).bit_length() if what == "associative scan" else length
    u = [Wire(rng.integers(0, PRIME, (d, 1))) for _ in range(steps + 1)]
    x, y, K, column = np.zeros((n, 1), dtype=np.int64), [], [D], B
    for u_k in u:
        y.append((C @ x + D @ u_k.value) % PRIME)
        x = (A @ x + B @ u_k.value) % PRIME
        K.append(C @ column % PRIME)
        column = A @ column % PRIME
    out = _BUILDERS[what](
        circuit, Wire(A), Wire(B), Wire(C), Wire(D), [Wire(k) for k in K[: len(u)]], u
    )
    right = all((got.value == want).all() for got, want in zip(out, y, strict=True))
    return max(w.ready for w in out), circuit.work, right


def _convolution(
    c: Circuit, A: Wire, B: Wire, C: Wire, D: Wire, K: list[Wire], u: list[Wire]
) -> list[Wire]:
    return [c.total([c.multiply(K[j], u[k - j]) for j in range(k + 1)]) for k in range(len(u))]


def _fft(
    c: Circuit, A: Wire, B: Wire, C: Wire, D: Wire, K: list[Wire], u: list[Wire]
) -> list[Wire]:
    m, d, size = *D.value.shape, 2 ** (2 * len(u) - 2).bit_length()

    def spectrum(rows: Any) -> Wire:
        return transform(c, Wire(np.pad(rows, ((0, 0), (0, size - len(u))))))

    kernel = spectrum(np.stack([k.value.ravel() for k in K], axis=1))
    inputs = spectrum(np.concatenate([v.value for v in u], axis=1))
    product = []
    for at in range(size):
        left = Wire(kernel.value[:, at].reshape(m, d), kernel.ready)
        product.append(c.multiply(left, Wire(inputs.value[:, at : at + 1], inputs.ready)))
    back = transform(c, stacked(*product, axis=1), inverse=True)
    y = c.scale(back, np.full((1, size), pow(size, -1, PRIME)))
    return [Wire(y.value[:, k : k + 1], y.ready) for k in range(len(u))]


def _outputs(c: Circuit, C: Wire, D: Wire, x: list[Wire], u: list[Wire]) -> list[Wire]:
    later = [
        c.add(c.multiply(C, x_k), c.multiply(D, u_k)) for x_k, u_k in zip(x, u[1:], strict=True)
    ]
    return [c.multiply(D, u[0]), *later]


def _recursion(
    c: Circuit, A: Wire, B: Wire, C: Wire, D: Wire, K: list[Wire], u: list[Wire]
) -> list[Wire]:
    x = [c.multiply(B, u[0])]
    for u_k in u[1:-1]:
        x.append(c.add(c.multiply(A, x[-1]), c.multiply(B, u_k)))
    return _outputs(c, C, D, x, u)


def _scan(
    c: Circuit, A: Wire, B: Wire, C: Wire, D: Wire, K: list[Wire], u: list[Wire]
) -> list[Wire]:
    Pair = tuple[Wire, Wire]

    def then(late: Pair, early: Pair) -> Pair:
        return c.multiply(late[0], early[0]), c.add(c.multiply(late[0], early[1]), late[1])

    pairs = [(A, c.multiply(B, u_k)) for u_k in u[:-1]]
    return _outputs(c, C, D, [b for _, b in prefixes(pairs, then)], u)


_BUILDERS = {
    "convolution": _convolution,
    "convolution by FFT": _fft,
    "recursion": _recursion,
    "associative scan": _scan,
}


def check(found: Solution, length: int, n: int, m: int, d: int) -> Iterator[Check]:
    """Forget the formulas: build each computation, make sure that it computes y, and count it."""
    lengths = sorted({max(1, length >> j) for j in range(4)})
    counted: dict[str, dict[str, int]] = {name: {} for name in found.answer["count"]}
    computes = True
    for at in lengths:
        for what in _BUILDERS:
            for model in ("tree", "unit"):
                depth, work, right = built(what, model, at, n, m, d)
                computes = computes and right
                name = f"{what}, depth, {'unit cost' if model == 'unit' else 'binary trees'}"
                if name in counted:
                    counted[name][f"L = {at}"] = depth
                if model == "tree":
                    counted[f"{what}, work"][f"L = {at}"] = work
    off = [name for name in counted if counted[name] != found.answer["count"][name] or not computes]
    evidence = (
        f"off: {off[0]}: counted {counted[off[0]]}"
        if off
        else f"{len(counted)} counts at L = {lengths}, y right"
    )
    yield Check("every count is that of the computation built", not off, evidence)
    for sizes in ({"n": n, "m": m, "d": d}, {"n": 2, "m": 1, "d": 3}):
        for name, exact in found.answer["formula"].items():
            what, _, quantity = name.partition(", ")
            depth, work, _ = built(
                what, "unit" if "unit" in quantity else "tree", lengths[0], **sizes
            )
            if counter(exact)(L=lengths[0], **sizes) != (work if quantity == "work" else depth):
                yield Check("every formula is that count", False, f"{name} at {sizes}")
                return
    yield Check("every formula is that count", True, f"{len(COSTS)} formulas at two more sizes")
    for name, rate in found.answer["growth"].items():
        settled = tight(
            "every rate is that of its formula", rate, found.answer["formula"][name], PATHS
        )
        if not settled.passed:
            yield Check(settled.claim, False, f"{name}: {settled.evidence}")
            return
    yield Check(
        "every rate is that of its formula", True, f"{len(COSTS)} rates along {len(PATHS)} paths"
    )


def twins(found: Solution, length: int, n: int, m: int, d: int) -> dict[str, dict[str, Any]]:
    def rate(name: str, wrong: sp.Expr) -> dict[str, Any]:
        return {"growth": {**found.answer["growth"], name: Growth(wrong)}}

    first = f"L = {max(1, length >> 3)}"
    off = {
        **found.answer["count"]["recursion, work"],
        first: found.answer["count"]["recursion, work"][first] - n * n,
    }
    longer = {**found.answer["formula"], "convolution, depth, unit cost": 2 + lg(L + 1)}
    return {
        "the recursion is sequential whatever one does": rate(
            "associative scan, depth, unit cost", L
        ),
        "O(1): a dot product at unit cost": rate("convolution, depth, unit cost", L**0),
        "log d left out": rate("convolution, depth, binary trees", log(L)),
        "O(log L · log n)": rate("convolution, depth, binary trees", log(L) * log(n)),
        "direct work without the products' size": rate("convolution, work", L**2),
        "FFT work without its transforms": rate("convolution by FFT, work", L * log(L)),
        "scan as cheap as the recursion": rate("associative scan, work", L * n**2),
        "one matrix-vector product not counted": {
            "count": {**found.answer["count"], "recursion, work": off}
        },
        "one step too deep": {"formula": longer},
    }


GENERIC = ({"length": 7, "n": 3, "m": 2, "d": 5}, {"length": 4, "n": 2, "m": 3, "d": 1})
ANSWERS = (
    Answer(
        slot="convolution",
        kind="complexity",
        reference="O(log L)",
        symbols={"L": "size", "d": "size", "n": "size", "m": "size"},
        also={
            "O(log L + log d)": "binary trees of scalars: a product over d terms takes log d steps"
        },
        assuming=("a matrix-vector product costs one step",),
        twins={
            "O(1): a dot product at unit cost": "O(1)",
            "sequential": "O(L)",
            "log n at each level": "O(log L log n)",
        },
    ),
    Answer(
        slot="recurrence",
        kind="complexity",
        reference="O(L)",
        symbols={"L": "size", "d": "size", "n": "size", "m": "size"},
        also={
            "O(L log n)": "binary trees of scalars: a product over n terms takes log n steps",
            "O(L (1 + log n) + log d)": "binary trees of scalars",
        },
        assuming=("the recursion as written, one step of it at unit cost",),
        twins={"as the convolution": "O(log L)", "constant": "O(1)", "quadratic": "O(L^2)"},
    ),
)
