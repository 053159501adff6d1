"""3(a) Two encoders under a ridge penalty.

X = [[−2.17, 1.98, 2.41, −2.03], [0.02, −0.01, 0.01, −0.02]], W(α) = I, W(β) = diag(1, 0). Fill in
the table of the reconstruction loss ‖X − WX‖²_F and the penalty ‖W‖²_F. For which λ is α worse in
‖X − WX‖²_F + λ‖W‖²_F?

    α is worse than β  iff  λ (reg_α − reg_β) > rec_β − rec_α,  λ ≥ 0.

With t = (rec_β − rec_α)/(reg_α − reg_β): λ > t if reg_α > reg_β, λ < t if reg_α < reg_β; strict, as
both are equal at t. For equal penalties every λ or none. Shapes: X (m, n), each W (m, m). O(m² n)
an encoder.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import combinations, permutations
from typing import Annotated, Any

import numpy as np
import sympy as sp

from .exact import Matrix, affordable, equal, holds, is_exact, matrix, same, shaped
from .formulas.sets import HALF_LINE, NOTHING, RealSet, above, below
from .part import Case, Check, InputError, Slot, Solution, Step

GREEK = "αβγδεζηθικμνξοπρστυφχψω"  # λ is the penalty
Losses = tuple[Any, Any]  # reconstruction, penalty
DIVIDED = "dividing by a negative number turns it, by 0 leaves every λ or none; strict, as they tie"


def squares(M: Matrix) -> Any:
    """‖M‖²_F."""
    return (M * M).sum()


def tie(a: Losses, b: Losses) -> Any:
    """The λ at which both lose the same; their penalties differ."""
    return (b[0] - a[0]) / (a[1] - b[1])


def worse(a: Losses, b: Losses) -> RealSet:
    """Every λ ≥ 0 at which a loses more than b."""
    if a[1] == b[1]:
        return HALF_LINE if a[0] > b[0] else NOTHING
    t = tie(a, b)
    return HALF_LINE & (above(t, strict=True) if a[1] > b[1] else below(t, strict=True))


def best_among(a: str, pairs: Mapping[tuple[str, str], RealSet]) -> RealSet:
    """Every λ ≥ 0 at which a is worse than none."""
    best = HALF_LINE
    for (loser, _), region in pairs.items():
        best = best - region if loser == a else best
    return best


def solve(
    X: Annotated[Matrix, "data, one point a column, m×n"] = matrix(
        "-2.17,1.98,2.41,-2.03;0.02,-0.01,0.01,-0.02"
    ),
    W: Annotated[Sequence[Matrix], "an encoder, m×m; give --W once for each"] = (
        matrix("1,0;0,1"),
        matrix("1,0;0,0"),
    ),
) -> Solution:
    if not 2 <= len(W) <= len(GREEK):
        raise InputError(
            f"--W was given {len(W)} times, but encoders are compared: "
            f"give it 2 to {len(GREEK)} times"
        )
    for encoder in W:
        shaped("--W", encoder, len(X), len(X), f"X has {len(X)} rows")
    affordable("--X", 4 * len(W) * len(X) * X.size, X, *W, divides=False)
    losses = {a: (squares(X - w @ X), squares(w)) for a, w in zip(GREEK, W, strict=False)}
    pairs = {(a, b): worse(losses[a], losses[b]) for a, b in permutations(losses, 2)}
    best = {a: best_among(a, pairs) for a in losses}
    ties = {
        f"{a} and {b}": tie(losses[a], losses[b])
        for a, b in combinations(losses, 2)
        if losses[a][1] != losses[b][1]
    }
    threshold = pairs.pop(("α", "β"))
    return Solution(
        answer={
            "losses": losses,
            "threshold": threshold,
            "worse": {f"{a} worse than {b}": region for (a, b), region in pairs.items()},
            "best": best,
        },
        working={"ties": ties},
        steps=(
            *(
                Step(
                    f"{a}: ‖X − WX‖², ‖W‖²",
                    ("losses", a),
                    "sums of squared entries: reconstruction, then penalty",
                )
                for a in losses
            ),
            *(step for a, b in combinations(losses, 2) for step in _compared(a, b, losses)),
            *(
                Step(f"{a} is best", ("best", a), "where no other is better; ties count for both")
                for a in losses
            ),
        ),
    )


def _compared(a: str, b: str, losses: Mapping[str, Losses]) -> Iterator[Step]:
    """The steps about two encoders: where they tie, and where which is worse."""
    if losses[a][1] != losses[b][1]:
        why = f"λ (reg_{a} − reg_{b}) = rec_{b} − rec_{a}, a line on either side"
        yield Step(f"{a} and {b} tie at λ =", ("ties", f"{a} and {b}"), why)
    for x, y in ((a, b), (b, a)):
        name = f"{x} worse than {y}"
        place = "threshold" if (x, y) == ("α", "β") else ("worse", name)
        why = f"λ (reg_{x} − reg_{y}) > rec_{y} − rec_{x}, λ ≥ 0: {DIVIDED}"
        yield Step(name, place, why)


def prove() -> Iterator[Check]:
    """The difference of the two losses is a line in λ; its sign changes at t, where it is 0."""
    rec_a, reg_a, rec_b, reg_b, lam = sp.symbols("rec_a reg_a rec_b reg_b lambda", real=True)
    e = sp.Symbol("epsilon", positive=True)
    difference = rec_a + lam * reg_a - rec_b - lam * reg_b
    t = tie((rec_a, reg_a), (rec_b, reg_b))
    yield equal("α and β tie at t", difference.subs(lam, t), 0)
    claim = "ε beyond t the difference is ε (reg_α − reg_β)"
    yield equal(claim, difference.subs(lam, t + e), e * (reg_a - reg_b))
    spots = [Fraction(at, 2) for at in range(-6, 20)]
    for (a, b, c, d), claim in _CASES.items():
        region = worse((Fraction(a), Fraction(b)), (Fraction(c), Fraction(d)))
        agree = all((x >= 0 and a + x * b > c + x * d) == (x in region) for x in spots)
        yield holds(claim, agree and {*region.ends} <= {*spots}, "on both sides of every end")


_CASES = {
    (1, 2, 5, 1): "reg_α > reg_β: λ > t",
    (5, 1, 1, 3): "reg_α < reg_β: λ < t",
    (3, 2, 1, 2): "equal penalties, α reconstructs worse: every λ",
    (1, 2, 3, 2): "equal penalties, α reconstructs better: no λ",
    (2, 3, 1, 1): "t < 0, reg_α > reg_β: every λ >= 0",
    (1, 1, 5, 2): "t < 0, reg_α < reg_β: no λ >= 0",
}


def cases(found: Solution, X: Matrix, W: Sequence[Matrix]) -> Iterator[Case]:
    """The key, which is about the sheet's numbers."""
    sheet_X, sheet_W = solve.__defaults__ or ()
    if np.array_equal(X, sheet_X) and np.array_equal(W, sheet_W):
        table = np.array(list(found.answer["losses"].values()), dtype=object)
        yield Case("losses", {}, table.reshape(-1))
        yield Case("threshold", {}, found.answer["threshold"])


def check(found: Solution, X: Matrix, W: Sequence[Matrix]) -> Iterator[Check]:
    """Forget the thresholds: add up the losses entry by entry; see which is larger, at many λ."""
    losses = {a: tuple(_summed(X, w)) for a, w in zip(GREEK, W, strict=False)}
    terms = float((np.abs(X) ** 2).sum() * (1 + max(squares(w) for w in W)))
    shown, scale = found.answer["losses"], 1e-6 * terms  # as X − WX may cancel
    off = [
        a
        for a, (rec, reg) in losses.items()
        if len(shown[a]) != 2 or not same(shown[a][0], rec, scale) or not same(shown[a][1], reg)
    ]
    told = f"{off[0]} has {losses[off[0]]}" if off else f"{len(losses)} encoders"
    yield holds("the table, entry by entry", not off and [*shown] == [*losses], told)
    slopes = [(a, b) for a, b in combinations(losses, 2) if losses[a][1] != losses[b][1]]
    ties = found.working["ties"]
    level = [*ties] == [f"{a} and {b}" for a, b in slopes] and all(
        same(*(rec + t * reg for rec, reg in (losses[a], losses[b])))
        for t, (a, b) in zip(ties.values(), slopes, strict=True)
    )
    yield holds("both lose the same where they tie", level, f"{len(slopes)} pairs")
    regions = {"α worse than β": found.answer["threshold"], **found.answer["worse"]}
    trials = list(_trials(losses, [*regions.values(), *found.answer["best"].values()]))
    told = f"at {len(trials)} values of λ, the ends among them"
    wrong = _misplaced(losses, trials, regions, is_exact(X, *W))
    yield holds("worse exactly where the loss is larger", not wrong, wrong or told)
    wrong = _not_best(losses, trials, found.answer["best"], is_exact(X, *W))
    yield holds("best exactly where the loss is least", not wrong, wrong or told)


def _summed(X: Matrix, w: Matrix) -> Iterator[Any]:
    """Both losses of an encoder, by entries."""
    m, n = X.shape
    yield sum(
        (X[i, j] - sum(w[i, k] * X[k, j] for k in range(m))) ** 2
        for i in range(m)
        for j in range(n)
    )
    yield sum(x**2 for row in w for x in row)


def _trials(losses: Mapping[str, Losses], regions: Sequence[RealSet]) -> Iterator[Any]:
    """The ends of what is claimed, where two losses really meet, and points beside these."""
    ends = {end for region in regions for end in region.ends}
    for (rec_a, reg_a), (rec_b, reg_b) in combinations(losses.values(), 2):
        at_0, at_1 = rec_a - rec_b, rec_a - rec_b + reg_a - reg_b
        if at_0 != at_1:
            ends.add(at_0 / (at_0 - at_1))  # where the line through both is 0
    for end in ends:
        for near in (Fraction(1, 2), 1 - Fraction(1, 10**12), 1, 1 + Fraction(1, 10**12), 2, -1):
            yield end * (near if isinstance(end, Fraction) else float(near))
    yield from map(Fraction, (-1, 0, 1, 10**6))


def _misplaced(
    losses: Mapping[str, Losses], trials: list[Any], regions: Mapping[str, RealSet], exact: bool
) -> str:
    """Where a set is wrong about who is worse, or nothing."""
    pairs = list(permutations(losses, 2))
    if sorted(regions) != sorted(f"{a} worse than {b}" for a, b in pairs):
        return f"{len(regions)} sets are shown for {len(pairs)} pairs"
    for x in trials:
        total = {a: rec + x * reg for a, (rec, reg) in losses.items()}
        for a, b in pairs:
            larger = x >= 0 and total[a] > total[b]
            told = larger == (x in regions[f"{a} worse than {b}"])
            if not told and (exact or not _tied(total[a], total[b])):
                return f"{a} and {b} lose {total[a]} and {total[b]} at λ = {x}"
    return ""


def _not_best(
    losses: Mapping[str, Losses], trials: list[Any], best: Mapping[str, RealSet], exact: bool
) -> str:
    """Where a set is wrong about who is best, or nothing."""
    if [*best] != [*losses]:
        return f"{len(best)} sets are shown for {len(losses)} encoders"
    for x in trials:
        total = {a: rec + x * reg for a, (rec, reg) in losses.items()}
        for a in losses:
            least = min(other for b, other in total.items() if b != a)
            told = (x >= 0 and total[a] <= least) == (x in best[a])
            if not told and (exact or not _tied(total[a], least)):
                return f"{a} loses {total[a]}, the least of the others {least}, at λ = {x}"
    return ""


def _tied(a: Any, b: Any) -> bool:
    """Whether rounding could have decided between two losses."""
    return bool(abs(a - b) <= 1e-9 * max(abs(a), abs(b)))


GENERIC = (  # either penalty larger, equal ones, t < 0, a tie throughout; the sheet's
    {
        "X": matrix("1,2,-1;0,1,3"),
        "W": (matrix("1,0;0,1"), matrix("1,1;0,1/2"), matrix("0,1/2;1/3,1")),
    },
    {"X": matrix("1/2;0"), "W": (matrix("0,0;0,1"), matrix("1,0;0,0"))},
    {
        "X": matrix("1,2;3,-1"),
        "W": (
            matrix("1,0;0,0"),
            matrix("0,0;0,1"),
            matrix("2,0;0,2"),
            matrix("0,0;0,1"),
        ),
    },
    {
        "X": matrix("-2.17,1.98,2.41,-2.03;0.02,-0.01,0.01,-0.02"),
        "W": (matrix("1,0;0,1"), matrix("1,0;0,0")),
    },
    {"X": matrix("2"), "W": (matrix("1"),) * len(GREEK)},
)
ILL_POSED = (
    ({"X": matrix("1,2"), "W": (matrix("1"),)}, "--W"),
    ({"X": matrix("1,2"), "W": (matrix("1"),) * 24}, "--W"),
    ({"X": matrix("1,2"), "W": (matrix("1"), matrix("1,2"))}, "--W"),
    ({"X": matrix("1,2"), "W": (matrix("1;2"), matrix("1"))}, "--W"),
)
KEY = (
    Slot(
        "losses",
        "vector",
        "(0, 2, 0.001, 1)",
        twins={
            "columns exchanged": "(0, 2, 1, 0.001)",
            "norms not squared": "(0, 1.4142, 0.0316, 1)",
            "rows exchanged": "(0.001, 1, 0, 2)",
        },
    ),
    Slot(
        "threshold",
        "interval",
        "λ > 0.001",
        where="λ: scalar >= 0",
        twins={
            "the end included": "λ >= 0.001",
            "reversed": "λ < 0.001",
            "off by a power of ten": "λ > 0.01",
            "the root of it": "λ > 0.0316",
        },
    ),
)
