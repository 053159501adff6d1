"""1(c) How parallel the convolution is, and the naive recursion.

Given the kernel K, how parallel can y = K ∗ u be computed, and what is the critical path? And by
the recursion?

Every y_k is a sum of L + 1 matrix-vector products of its own, so all of them go at once. Depth:

                     unit-cost products   binary trees of scalars
    convolution      O(log L)             O(log L + log d)
    recursion        O(L)                 O(L (1 + log n) + log d)
    associative scan O(log L)             O(log L (1 + log n) + log d)

Work: direct O(L² m d); FFT O((m d + m + d) L log L + L m d), the kernel's transforms included;
recursion O(L (n² + n d + m n + m d)); scan O(L (n³ + n d + m n + m d)). The recursion as written is
O(L) deep; the model is not, because (A, b) ∘ (A', b') = (A A', A b' + b) is associative.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Annotated, Any

import numpy as np
import sympy as sp

from .exact import equal
from .exact.cost import Cost, L, Path, counts, d, lg, m, n, tight
from .exact.counting import PRIME, Circuit, Model, Wire, prefixes, stacked, transform
from .formulas.formula import Formula, formula
from .part import Case, Check, InputError, Slot, Solution, Step

MOST_LENGTH, MOST_SIZE = 512, 16  # of what is really built
UNIT, TREE, WORK = "depth, unit cost", "depth, binary trees", "work"
PATHS: tuple[Path, ...] = (
    *(
        {"L": (1, 0), "n": (x, 0), "m": (y, 0), "d": (z, 0)}
        for x, y, z in (
            (0, 0, 0),
            (1, 2, 3),
            (3, 1, 0),
            (0, 5, 1),
            (0, 1, 5),
            (1, 0, 4),
            (1, 4, 0),
        )
    ),
    {"L": (1, 0), "n": (0, 0), "m": (0, 0), "d": (0, 1)},
    {"L": (1, 0), "n": (0, 1), "m": (0, 0), "d": (0, 0)},
    {"L": (1, 0), "n": (0, 1), "m": (0, 1), "d": (0, 2)},
    {"L": (0, 1), "n": (1, 0), "m": (1, 0), "d": (1, 0)},
    {"L": 2, "n": (0, 0), "m": (0, 0), "d": (1, 0)},
)


def count_of(what: str, quantity: str, exact: sp.Expr, rate: str = "", slot: str = "") -> Cost:
    """A count of one computation; `slot` where the key asks for its rate."""
    model: Model = "unit" if quantity == UNIT else "tree"
    sizes = ((1, 2, 1, 3), (2, 1, 3, 1), (4, 2, 3, 2), (7, 3, 2, 5))
    return Cost(
        slot=slot,
        exact=exact,
        run=lambda drawn, **at: built(what, model, **at)[quantity == WORK],
        at=tuple(dict(zip("Lnmd", at, strict=True)) for at in sizes),
        paths=PATHS,
        rate=rate,
        what=quantity,
    )


padded, points = 2 ** lg(L), 2 ** lg(2 * L + 1)  # lengths of the scan and of the transforms
levels = sp.Max(2 * lg(L) - 2, lg(L))  # compositions in sequence in the scan
composition = n**2 * (2 * n - 1) + 2 * n**2  # (A A', A b' + b)
read_out = 2 * m * n  # C x + …
dot = 2 * d - 1  # one entry of B u or D u
COUNTS = {
    "convolution": (
        count_of("convolution", UNIT, 1 + lg(L + 1), slot="convolution"),
        count_of(
            "convolution",
            TREE,
            1 + lg(d) + lg(L + 1),
            "O(log L + log d)",
            "convolution",
        ),
        count_of(
            "convolution",
            WORK,
            m * dot * (L + 1) * (L + 2) / 2 + m * L * (L + 1) / 2,
            "O(L^2 m d)",
        ),
    ),
    "convolution by FFT": (
        count_of(
            "convolution by FFT",
            TREE,
            4 * lg(2 * L + 1) + lg(d) + 2,
            "O(log L + log d)",
        ),
        count_of(
            "convolution by FFT",
            WORK,
            (m * d + d + m) * 3 * points * lg(2 * L + 1) / 2 + 2 * points * m * d,
            "O((m d + m + d) L log L + L m d)",
        ),
    ),
    "recurrence": (
        count_of("recurrence", UNIT, 1 + 2 * L, slot="recurrence"),
        count_of(
            "recurrence",
            TREE,
            1 + lg(d) + L * (2 + lg(n)),
            "O(L (1 + log n) + log d)",
            "recurrence",
        ),
        count_of(
            "recurrence",
            WORK,
            L * n * dot + 2 * (L - 1) * n**2 + L * read_out + (L + 1) * m * dot,
            "O(L (n^2 + n d + m n + m d))",
        ),
    ),
    "associative scan": (
        count_of("associative scan", UNIT, 1 + 2 * (levels + 1), "O(log L)"),
        count_of(
            "associative scan",
            TREE,
            1 + lg(d) + (levels + 1) * (2 + lg(n)),
            "O(log L (1 + log n) + log d)",
        ),
        count_of(
            "associative scan",
            WORK,
            (2 * padded - 2 - lg(L)) * composition
            + padded * (n * dot + read_out)
            + (padded + 1) * m * dot,
            "O(L (n^3 + n d + m n + m d))",
        ),
    ),
}
COSTS = (
    *(cost for costs in COUNTS.values() for cost in costs),
    replace(  # where the trees over n outweigh that over d
        COUNTS["recurrence"][1],
        rate="O(L log n)",
        paths=(
            {"L": (1, 0), "n": (1, 0), "m": (0, 0), "d": (1, 0)},
            {"L": (1, 0), "n": (0, 1), "m": (1, 0), "d": (0, 0)},
            {"L": (0, 1), "n": (1, 0), "m": (0, 0), "d": (2, 0)},
        ),
    ),
)


def solve(
    length: Annotated[int, "L: the sequence is u_0 … u_L"] = 16,
    n: Annotated[int, "state size"] = 3,
    m: Annotated[int, "outputs"] = 2,
    d: Annotated[int, "inputs"] = 4,
) -> Solution:
    if not 1 <= length <= MOST_LENGTH:
        raise InputError(
            f"--length is {length}, but the computations are really built: pass 1 to {MOST_LENGTH}"
        )
    for option, size in (("--n", n), ("--m", m), ("--d", d)):
        if not 1 <= size <= MOST_SIZE:
            raise InputError(
                f"{option} is {size}, but the computations are really built: pass 1 to {MOST_SIZE}"
            )
    lengths = tuple(sorted({max(1, length >> halvings) for halvings in range(4)}))
    here = {
        what: {
            cost.what: {f"L = {at}": cost.here(L=at, n=n, m=m, d=d) for at in lengths}
            for cost in costs
        }
        for what, costs in COUNTS.items()
    }
    rates = {
        what: {c.what: Formula(c.rate, "L, n, m, d", is_rate=True) for c in costs if not c.slot}
        for what, costs in COUNTS.items()
    }
    return Solution(
        answer={
            **{what: {cost.what: cost.exact for cost in costs} for what, costs in COUNTS.items()},
            "growth": rates,
            "count": here,
        },
        steps=(
            Step(
                "y_k = Σ_l K_l u_{k−l}",
                None,
                "no y needs another y: all of them at once, each L + 1 products at once",
            ),
            *(step for what in COUNTS for step in explained(what, lengths, n, m, d)),
            Step(
                "least possible depth",
                formula(KEY, "convolution", "O(log L + log d)"),
                "y_L depends on d(L+1) inputs; pairs reach 2^depth of them",
            ),
        ),
    )


def explained(what: str, lengths: tuple[int, ...], n: int, m: int, d: int) -> Iterator[Step]:
    """The steps of one computation."""
    for cost in COUNTS[what]:
        asked = formula(KEY, cost.slot, cost.rate) if cost.slot else ("growth", what, cost.what)
        yield Step(f"{what}: {cost.what}", asked, _WHY[what, cost.what])
    yield Step(f"{what}: exact counts", what, "lg is ⌈log₂⌉; counted on the computation built")
    at = ", ".join(map(str, lengths))
    yield Step(f"{what}, L = {at}", ("count", what), f"with n = {n}, m = {m}, d = {d}")


_WHY = {
    ("convolution", UNIT): "one step for the products, then a tree of L + 1 vectors",
    ("convolution", TREE): "each product is itself a tree over d terms",
    ("convolution", WORK): "(L+1)(L+2)/2 products of an m×d matrix and a vector",
    ("convolution by FFT", TREE): "log L levels of butterflies there and back, "
    "d terms at each frequency",
    ("convolution by FFT", WORK): "md + d + m transforms, then an m×d product at each frequency",
    ("recurrence", UNIT): "the schedule as written: x_{k+1} waits for x_k",
    ("recurrence", TREE): "A x_k is a tree over n terms, L times in sequence",
    ("recurrence", WORK): "four matrix-vector products a step",
    ("associative scan", UNIT): "(A, b)∘(A', b') is associative, so prefixes go by a tree: "
    "not sequential at all",
    ("associative scan", TREE): "each composition is a product over n terms",
    ("associative scan", WORK): "2L − 2 − log L compositions, each a product of n×n matrices",
}


def prove() -> Iterator[Check]:
    """The scan's operation is associative; the counts grow with L as the computations do."""
    A = [sp.Symbol(f"A_{i}", commutative=False) for i in range(3)]
    b = [sp.Symbol(f"b_{i}", commutative=False) for i in range(3)]
    first, second, third = zip(A, b, strict=True)

    def then(late: Any, early: Any) -> Any:
        return composed(late, early, operator.mul, operator.add)

    left, right = then(then(third, second), first), then(third, then(second, first))
    yield equal("the scan's operation is associative: matrices", left[0], right[0])
    yield equal("the scan's operation is associative: vectors", left[1], right[1])
    state = A[2] * (A[1] * b[0] + b[1]) + b[2]
    yield equal("three of them composed are three steps of the recursion", left[1], state)
    N = sp.Symbol("N", integer=True, positive=True)
    direct, recursion, scan = (
        COUNTS[what][2].exact for what in ("convolution", "recurrence", "associative scan")
    )
    claim = "direct work: y_L has L + 1 products and L sums, and y_0 one product"
    yield equal(claim, direct - direct.subs(L, L - 1), (L + 1) * m * dot + L * m)
    yield equal("direct work: L = 0", direct.subs(L, 0), m * dot)
    claim = "recursion: one more step is A x + B u and C x + D u"
    step = n * dot + 2 * n**2 + 2 * m * n + m * dot
    yield equal(claim, recursion.subs(L, L + 1) - recursion, step)
    more = scan.subs(lg(L), N + 1) - scan.subs(lg(L), N)
    entries = 2**N * (n * dot + read_out + m * dot)
    claim = "scan: W(2^{N+1}) − W(2^N) is 2^{N+1} − 1 compositions, and 2^N more inputs and outputs"
    yield equal(claim, more, (2 ** (N + 1) - 1) * composition + entries)


def cases(found: Solution, **sizes: int) -> Iterator[Case]:
    """None: this part asks for rates alone."""
    return iter(())


def check(found: Solution, length: int, n: int, m: int, d: int) -> Iterator[Check]:
    """Forget the formulas: build each computation, make sure that it computes y, and count it."""
    for what, costs in COUNTS.items():
        for cost in costs:
            claim = f"{what}, {cost.what}: as counted on the computation built"
            yield counts(claim, cost, found.answer[what][cost.what])
    lengths = sorted({1 if length < 2**j else length // 2**j for j in (0, 1, 2, 3)})
    counted = {
        what: {
            cost.what: {f"L = {at}": cost.counted(L=at, n=n, m=m, d=d) for at in lengths}
            for cost in costs
        }
        for what, costs in COUNTS.items()
    }
    yield equal(
        "the counts here are those of the computations built", found.answer["count"], counted
    )
    yield _rates(found.answer)


def _rates(answer: Mapping[str, Any]) -> Check:
    """Whether every rate that the key does not ask for is that of its count."""
    claim = "every rate beyond the key is that of its count"
    rates = [(what, *rate) for what, of in answer["growth"].items() for rate in of.items()]
    for what, quantity, rate in rates:
        settled = tight(claim, rate, answer[what][quantity], PATHS)
        if not settled.passed:
            return replace(settled, evidence=f"{what}, {quantity}: {settled.evidence}")
    return Check(claim, bool(rates), f"{len(rates)} rates along {len(PATHS)} paths")


def composed(
    late: Any, early: Any, times: Callable[..., Any], plus: Callable[..., Any]
) -> tuple[Any, Any]:
    """(A, b) ∘ (A', b') = (A A', A b' + b): a step after others, itself a step x → A x + b."""
    return times(late[0], early[0]), plus(times(late[0], early[1]), late[1])


@cache
def built(what: str, model: Model, L: int, n: int, m: int, d: int) -> tuple[int, int]:
    """Depth and work of one computation, really built on random numbers; −1 each if it is not y."""
    rng, circuit = np.random.default_rng(0), Circuit(model)
    A, B, C, D = (rng.integers(0, PRIME, shape) for shape in ((n, n), (n, d), (m, n), (m, d)))
    steps = 2 ** (L - 1).bit_length() if what == "associative scan" else L
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
    if any((got.value != want).any() for got, want in zip(out, y, strict=True)):
        return -1, -1
    return max(w.ready for w in out), circuit.work


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
    def then(late: tuple[Wire, Wire], early: tuple[Wire, Wire]) -> tuple[Wire, Wire]:
        return composed(late, early, c.multiply, c.add)

    pairs = [(A, c.multiply(B, u_k)) for u_k in u[:-1]]
    return _outputs(c, C, D, [b for _, b in prefixes(pairs, then)], u)


_BUILDERS = {
    "convolution": _convolution,
    "convolution by FFT": _fft,
    "recurrence": _recursion,
    "associative scan": _scan,
}


GENERIC = (
    {"length": 7, "n": 3, "m": 2, "d": 5},
    {"length": 4, "n": 2, "m": 3, "d": 1},
    {"length": 1, "n": 1, "m": 2, "d": 3},
)
ILL_POSED = (
    ({"length": 0}, "--length"),
    ({"length": MOST_LENGTH + 1}, "--length"),
    ({"n": 0}, "--n"),
    ({"m": 0}, "--m"),
    ({"d": MOST_SIZE + 1}, "--d"),
)
KEY = (
    Slot(
        "convolution",
        "complexity",
        "O(log L)",
        where="L, d, n, m",
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
    Slot(
        "recurrence",
        "complexity",
        "O(L)",
        where="L, d, n, m",
        also={
            "O(L log n)": "binary trees of scalars: a product over n terms takes log n steps",
            "O(L (1 + log n) + log d)": "binary trees of scalars",
        },
        assuming=("the recursion as written, one step of it at unit cost",),
        twins={"as the convolution": "O(log L)", "constant": "O(1)", "quadratic": "O(L^2)"},
    ),
)
