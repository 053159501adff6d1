"""4(c) The cost of non-causal ridge self-attention.

With n keys, values and queries of d < n entries, what does it cost to answer every query from
one fit?

    W = (KᵀK + λI)⁻¹ KᵀV,  O = Q W:   O(n d²).

KᵀK and KᵀV take n d² each, the solve d³ ≤ n d², Q W another n d². (The n×n system K Kᵀ + λI would
take O(n² d + n³).) Shapes: K, V, Q (n, d), W (d, d), O (n, d).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import numpy as np
import sympy as sp

from .exact import Matrix, equal, holds, integers, linear_solve, scalar, symbols
from .exact.cost import Cost, Path, Sizes, counts, d, extrapolated, n
from .exact.ridge import attend, dual, fit, with_ridge
from .formulas.formula import formula
from .part import Case, Check, InputError, Slot, Solution, Step

MOST_KEYS = 10**6


def elimination(size: Any, sides: Any) -> Any:
    """The operations of `linear_solve`: `size` equations, `sides` right sides.

    Below pivot k stand j = size − 1 − k rows, each a factor and then j + sides entries, two
    operations an entry; back, `sides` divisions a row, and two operations an entry above it.
    """
    below = size * (size - 1) / 2 * (1 + 2 * sides) + size * (size - 1) * (2 * size - 1) / 3
    return below + sides * size**2


SMALL: tuple[Sizes, ...] = ({"n": 7, "d": 3}, {"n": 5, "d": 4}, {"n": 4, "d": 1})
PATHS: tuple[Path, ...] = tuple(
    {"n": (x, p), "d": (y, q)}
    for x, p, y, q in ((1, 0, 0, 0), (2, 0, 1, 0), (1, 0, 1, 0), (3, 0, 2, 0), (0, 1, 1, 0))
)


def _grams_run(drawn: Any, n: int, d: int) -> None:
    K, V = drawn(n, d), drawn(n, d)
    with_ridge(K.T @ K, drawn() ** 0), K.T @ V


PIECES = {
    "KᵀK, KᵀV, λI": Cost(
        slot="cost",
        exact=2 * d**2 * (2 * n - 1) + d,
        run=_grams_run,
        at=SMALL,
        paths=PATHS,
    ),
    "elimination": Cost(
        slot="cost",
        exact=sp.expand(elimination(d, d)),
        run=lambda drawn, n, d: linear_solve(drawn(d, d), drawn(d, d)),
        at=SMALL,
        paths=(),
    ),
    "Q W": Cost(
        slot="cost",
        exact=n * d * (2 * d - 1),
        run=lambda drawn, n, d: drawn(n, d) @ drawn(d, d),
        at=SMALL,
        paths=PATHS,
    ),
}
OPERATIONS = sp.expand(sum(piece.exact for piece in PIECES.values()))
COSTS = (
    Cost(
        slot="cost",
        exact=OPERATIONS,
        run=lambda drawn, n, d: attend(drawn(n, d), drawn(n, d), drawn(n, d), drawn() ** 0),
        at=SMALL,
        paths=PATHS,
    ),
)
DUAL = Cost(  # K Kᵀ + λI; its elimination; Q Kᵀ, and that times the solution
    slot="cost",
    exact=sp.expand(2 * n**2 * (2 * d - 1) + n + elimination(n, d) + n * d * (2 * n - 1)),
    run=lambda drawn, n, d: attend_dually(drawn(n, d), drawn(n, d), drawn(n, d), drawn() ** 0),
    at=SMALL,
    paths=(),
)


def attend_dually(K: Matrix, V: Matrix, Q: Matrix, lam: Any) -> Matrix:
    """O = Q Kᵀ (K Kᵀ + λI)⁻¹ V, by the n×n system; O(n² d + n³)."""
    solved = linear_solve(with_ridge(K @ K.T, lam), V)
    return np.asarray((Q @ K.T) @ solved)


def solve(
    n: Annotated[int, "keys, values and queries"] = 12,
    d: Annotated[int, "entries of each, below n"] = 3,
) -> Solution:
    if not 1 <= d < n:
        raise InputError(
            f"--d is {d} and --n is {n}, but d < n is asked: pass a d between 1 and n − 1"
        )
    if n > MOST_KEYS:
        raise InputError(
            f"--n is {n}, but counts are exact only for what can be built: pass 10**6 at most"
        )
    sizes = {"n": n, "d": d}
    why = {
        "KᵀK, KᵀV, λI": "each entry is a sum over n points: 2n − 1 operations, 2d² entries",
        "elimination": "a d×d system with d right sides: O(d³), and d³ <= n d² as d < n",
        "Q W": "each of n outputs is d sums over d",
    }
    return Solution(
        answer={"cost": OPERATIONS, "here": COSTS[0].here(**sizes)},
        working={
            "pieces": {name: piece.exact for name, piece in PIECES.items()},
            "pieces here": {name: piece.here(**sizes) for name, piece in PIECES.items()},
            "n×n system": DUAL.exact,
            "n×n system here": DUAL.here(**sizes),
        },
        steps=(
            *(Step(name, ("pieces", name), why[name]) for name in PIECES),
            Step("each of them here", "pieces here", f"at n = {n}, d = {d}"),
            Step("all together", "cost", "their sum, as it is counted while the attention runs"),
            Step("all together here", "here", f"operations at n = {n}, d = {d}"),
            Step(
                "growth",
                formula(KEY, "cost"),
                "the leading term; d³ is within it because d < n",
            ),
            Step(
                "by the n×n system instead",
                "n×n system",
                "K Kᵀ + λI: n² d to form and n³ to solve",
            ),
            Step("by the n×n system, here", "n×n system here", f"at n = {n}, d = {d}"),
        ),
    )


def prove() -> Iterator[Check]:
    """Elimination sums over pivots; the whole is n d² to 12 n d²; both ways answer alike."""
    D, R = sp.symbols("D R", positive=True)
    one_more = elimination(D + 1, R) - elimination(D, R)
    yield equal("elimination of no equations", elimination(sp.Integer(0), R), 0)
    claim = "elimination: D rows below one more pivot, and one row more on the way back"
    yield equal(claim, sp.expand(one_more), sp.expand(D * (1 + 2 * (D + R)) + R + 2 * R * D))
    more = sp.Symbol("e", positive=True)  # n = d + e
    for claim, gap in (
        ("n d² <= operations wherever 1 <= d < n", OPERATIONS - n * d**2),
        ("operations <= 12 n d² wherever 1 <= d < n", 12 * n * d**2 - OPERATIONS),
    ):
        shifted = sp.Poly(sp.expand(gap.subs(n, d + more).subs(d, D + 1)), D, more)
        yield holds(
            claim,
            all(c > 0 for c in shifted.coeffs()),
            "every coefficient in d − 1, n − d is positive",
        )
    K, V, Q, l = symbols("k", 2, 1), symbols("v", 2, 1), symbols("q", 2, 1), sp.Symbol("l")
    ways = [way(K, V, Q, l)[:, 0] for way in (attend, attend_dually)]
    yield equal("O = Q Kᵀ (K Kᵀ + λI)⁻¹ V, n = 2, d = 1", *ways)


def cases(found: Solution, n: int, d: int) -> Iterator[Case]:
    """Numbers at which the key's facts are held; its rate is held against the count."""
    rng, lam = np.random.default_rng(0), scalar("2")
    K, V, Q = (integers(rng, min(n, 5), min(d, 3)) for _ in range(3))
    given = {"K": K, "V": V, "Q": Q, "q": Q[0], "λ": lam}
    made = {"W": fit(K, V, lam), "O": attend(K, V, Q, lam), "o": dual(K, Q[0], lam) @ V}
    yield Case("cost", {**given, **made}, None)


def check(found: Solution, n: int, d: int) -> Iterator[Check]:
    """Forget the sums: run the attention on numbers that count their operations."""
    sizes = {"n": n, "d": d}
    here = (sizes,) if n * d * d <= 500 else ()
    claim = "operations are those of the attention run"
    yield counts(claim, COSTS[0], found.answer["cost"], more=here)
    degrees = {"n": 1, "d": 3}
    claim = "the count here, as runs at small sizes say"
    yield equal(claim, found.answer["here"], extrapolated(COSTS[0], degrees, **sizes))
    for name, piece in PIECES.items():
        yield counts(f"{name}: counted", piece, found.working["pieces"][name])
        told = found.working["pieces here"][name]
        yield equal(f"{name}: counted here", told, extrapolated(piece, degrees, **sizes))
    claim = "the n×n system: counted"
    yield counts(claim, DUAL, found.working["n×n system"])
    claim, told = "the n×n system: counted here", found.working["n×n system here"]
    yield equal(claim, told, extrapolated(DUAL, {"n": 3, "d": 1}, **sizes))


GENERIC = ({"n": 11, "d": 4}, {"n": 300, "d": 7}, {"n": 2, "d": 1})
ILL_POSED = (
    ({"n": 3, "d": 3}, "--d"),
    ({"n": 5, "d": 0}, "--d"),
    ({"n": MOST_KEYS + 1, "d": 2}, "--n"),
)
KEY = (
    Slot(
        "cost",
        "complexity",
        "O(n d^2)",
        where="n, d, K: n×d, V: n×d, Q: n×d, q: d, λ: scalar > 0, d < n",
        facts=(
            "W = (K^T K + λ I)^(-1) K^T V",
            "O = Q (K^T K + λ I)^(-1) K^T V",
            "o = V^T K (K^T K + λ I)^(-1) q",
        ),
        assuming=("d < n",),
        twins={
            "as softmax attention": "O(n^2 d)",
            "the solve alone": "O(d^3)",
            "vectors only": "O(n d)",
            "the n×n system": "O(n^3)",
        },
    ),
)
