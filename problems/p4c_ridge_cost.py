"""4(c) The cost of non-causal ridge self-attention.

With n keys, values and queries of d < n entries, what does it cost to answer every query from one fit?

    W = (KᵀK + λI)⁻¹ KᵀV,  O = Q W:   O(n d²).

KᵀK and KᵀV take n d² each, the solve d³ ≤ n d², Q W another n d². (The n×n system K Kᵀ + λI would take O(n² d + n³).)
Shapes: K, V, Q (n, d), W (d, d), O (n, d).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Annotated, Any

import numpy as np
import sympy as sp

from .part import Answer, Check, InputError, Solution, Step
from .counting import Tally
from .exact import equal, integers, same, scalar
from .growth import Growth, counter, d, n, tight
from .ridge import attend, dual

GRAMS = 2 * d**2 * (2 * n - 1) + d  # KᵀK, KᵀV and the ridge
READ = n * d * (2 * d - 1)  # Q W
FORWARD = (1 + 2 * d) * d * (d - 1) / 2 + (d - 1) * d * (
    2 * d - 1
) / 3  # elimination below the diagonal
BACK = d**3  # back substitution for d right sides
OPERATIONS = sp.expand(GRAMS + FORWARD + BACK + READ)
COST = Growth(n * d**2, where="d < n")
DUAL = Growth(n**3, where="d < n")  # the n×n system costs at least its elimination
PATHS = tuple(
    {"n": (x, p), "d": (y, q)}
    for x, p, y, q in ((1, 0, 0, 0), (2, 0, 1, 0), (1, 0, 1, 0), (3, 0, 2, 0), (0, 1, 1, 0))
)


def solve(
    n: Annotated[int, "keys, values and queries"] = 12,
    d: Annotated[int, "entries of each, below n"] = 3,
) -> Solution:
    if not 1 <= d < n:
        raise InputError(
            f"--d is {d} and --n is {n}, but d < n is asked: pass a d between 1 and n − 1"
        )
    if n > 10**6:
        raise InputError(
            f"--n is {n}, but counts are exact only for what can be built: pass 10**6 at most"
        )
    here = {"n": n, "d": d}
    parts = {
        "KᵀK, KᵀV, λI": (
            GRAMS,
            "each entry is a sum over n points: 2n − 1 operations, 2d² entries",
        ),
        "elimination": (
            sp.expand(FORWARD + BACK),
            "a d×d system with d right sides: d³ <= n d² as d < n",
        ),
        "Q W": (READ, "each of n outputs is d sums over d"),
    }
    return Solution(
        answer={"cost": COST, "operations": OPERATIONS, "here": int(counter(OPERATIONS)(**here))},
        steps=(
            *(
                Step(name, expr, f"{why}; {counter(expr)(**here)} here")
                for name, (expr, why) in parts.items()
            ),
            Step(
                "all together",
                OPERATIONS,
                f"{counter(OPERATIONS)(**here)} operations at n = {n}, d = {d}, counted",
            ),
            Step("growth", COST, "the leading term; d³ is within it because d < n"),
            Step("by the n×n system instead", DUAL, "K Kᵀ + λI: n² d to form and n³ to solve"),
        ),
    )


def prove() -> Iterator[Check]:
    """Elimination's operations are sums over the pivots; the whole is at least n d² and at most twelve times that."""
    j, D = sp.Symbol("j", integer=True), sp.Symbol("d", integer=True, positive=True)
    forward = sp.summation(
        j * (1 + 2 * (j + D)), (j, 0, D - 1)
    )  # j rows below: a factor, then j + d entries
    back = sp.summation(D + 2 * D * j, (j, 0, D - 1))  # d divisions, then j rows above
    yield equal("elimination: Σ over the pivots", forward, FORWARD.subs(d, D))
    yield equal("back substitution: Σ over the pivots", back, BACK.subs(d, D))
    more = sp.Symbol("e", positive=True)  # n = d + e
    gaps = sp.Poly(
        sp.expand((OPERATIONS - n * d**2).subs(n, d + more).subs(d, D + 1)), D, more
    ).coeffs()
    yield Check(
        "n d² <= operations wherever 1 <= d < n",
        all(c > 0 for c in gaps),
        "every coefficient in d − 1, n − d is positive",
    )
    gaps = sp.Poly(
        sp.expand((12 * n * d**2 - OPERATIONS).subs(n, d + more).subs(d, D + 1)), D, more
    ).coeffs()
    yield Check("operations <= 12 n d² wherever 1 <= d < n", all(c > 0 for c in gaps), "likewise")


@cache
def counted(n: int, d: int) -> tuple[int, bool]:
    """Operations of `attend`, counted while it runs, and whether it gives what the n×n system gives."""
    tally, rng, lam = Tally(), np.random.default_rng(0), scalar("2")
    K, V, Q = (integers(rng, n, d, top=999) for _ in range(3))
    out = attend(tally(K), tally(V), tally(Q), tally(lam))
    return tally.work, all(
        same(np.array([x.value for x in o]), dual(K, V, q, lam))
        for o, q in zip(out[:2], Q, strict=False)
    )


def check(found: Solution, n: int, d: int) -> Iterator[Check]:
    """Forget the sums: run the attention on numbers that count their operations."""
    sizes = [(7, 3), (5, 4), (4, 1)] + ([(n, d)] if n * d * d <= 500 else [])
    formula = counter(found.answer["operations"])
    wrong = [
        at for at in sizes if not counted(*at)[1] or counted(*at)[0] != formula(n=at[0], d=at[1])
    ]
    yield Check(
        "operations are those of the attention run",
        not wrong,
        f"counted at {len(sizes)} sizes" if not wrong else f"not at n, d = {wrong[0]}",
    )
    whole = counted(n, d)[0] if n * d * d <= 500 else _by_differences(n, d)
    yield equal("the count here", found.answer["here"], whole)
    yield tight(
        "the rate is that of the count, d < n",
        found.answer["cost"],
        found.answer["operations"],
        PATHS,
    )


def _by_differences(n: int, d: int) -> int:
    """The count at large sizes: linear in n, cubic in d, so eight counts on small ones determine it."""
    rows = []
    for few in (6, 7):
        table = [sp.Integer(counted(few, at)[0]) for at in (1, 2, 3, 4)]
        rows.append(
            sp.interpolate(list(zip((1, 2, 3, 4), table, strict=True)), sp.Symbol("x")).subs(
                sp.Symbol("x"), d
            )
        )
    return int(rows[0] + (n - 6) * (rows[1] - rows[0]))


def twins(found: Solution, n: int, d: int) -> dict[str, dict[str, Any]]:
    N, D = sp.symbols("n d", positive=True)
    return {
        "O(n² d), as softmax attention": {"cost": Growth(N**2 * D, "d < n")},
        "O(d³): the solve alone": {"cost": Growth(D**3, "d < n")},
        "O(n d): products of vectors": {"cost": Growth(N * D, "d < n")},
        "O(n³), the n×n system": {"cost": DUAL},
        "a new fit for every query": {
            "operations": OPERATIONS * N,
            "here": found.answer["here"] * n,
        },
        "KᵀV not counted": {
            "operations": OPERATIONS - D**2 * (2 * N - 1),
            "here": found.answer["here"] - d * d * (2 * n - 1),
        },
        "the count at n + 1": {"here": int(counter(OPERATIONS)(n=n + 1, d=d))},
    }


GENERIC = ({"n": 11, "d": 4}, {"n": 300, "d": 7})
ANSWERS = (
    Answer(
        slot="cost",
        kind="complexity",
        reference="O(n d^2)",
        symbols={
            "n": "size",
            "d": "size",
            "K": "n×d",
            "V": "n×d",
            "Q": "n×d",
            "q": "d",
            "λ": "scalar > 0",
        },
        facts=(
            "W = (K^T K + λ I)^(-1) K^T V",
            "O = Q (K^T K + λ I)^(-1) K^T V",
            "o = V^T K (K^T K + λ I)^(-1) q",
        ),
        where=("d < n",),
        assuming=("d < n",),
        twins={
            "as softmax attention": "O(n^2 d)",
            "the solve alone": "O(d^3)",
            "vectors only": "O(n d)",
        },
    ),
)
