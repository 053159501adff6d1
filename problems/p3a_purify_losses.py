"""3(a) Two encoders under a ridge penalty.

X = [[−2.17, 1.98, 2.41, −2.03], [0.02, −0.01, 0.01, −0.02]], W(α) = I, W(β) = diag(1, 0). Fill in the table of the
reconstruction loss ‖X − WX‖²_F and the penalty ‖W‖²_F. For which λ is α worse in ‖X − WX‖²_F + λ‖W‖²_F?

    α is worse than β  iff  λ (reg_α − reg_β) > rec_β − rec_α,  λ ≥ 0.

With t = (rec_β − rec_α)/(reg_α − reg_β): λ > t if reg_α > reg_β, λ < t if reg_α < reg_β; strict, as both are equal at t. For
equal penalties every λ or none. Shapes: X (m, n), each W (m, m). O(m² n) an encoder.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import combinations
from typing import Annotated, Any

import sympy as sp

from .part import Answer, Check, InputError, Solution, Step
from .exact import Matrix, affordable, equal, inside, is_exact, matrix, rational, same, shaped

lam = sp.Symbol("lambda", real=True, nonnegative=True)
HALF_LINE = sp.Interval(0, sp.oo)
GREEK = "αβγδεζηθικμνξοπρστυφχψω"  # λ is the penalty


def squares(M: Matrix) -> Any:
    """‖M‖²_F."""
    return (M * M).sum()


def worse(rec_a: Any, reg_a: Any, rec_b: Any, reg_b: Any) -> sp.Set:
    """Every λ ≥ 0 with rec_a + λ reg_a > rec_b + λ reg_b."""
    gap, slope = rational(rec_b - rec_a), rational(reg_a - reg_b)
    if slope == 0:
        return HALF_LINE if gap < 0 else sp.S.EmptySet
    t = gap / slope
    beyond = sp.Interval.open(t, sp.oo) if slope > 0 else sp.Interval.open(-sp.oo, t)
    return HALF_LINE & beyond


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
            f"--W was given {len(W)} times, but encoders are compared: give it 2 to {len(GREEK)} times"
        )
    for encoder in W:
        shaped("--W", encoder, len(X), len(X), f"X has {len(X)} rows")
    affordable("--X", len(W) * len(X) * X.size, X, *W)
    losses = {name: (squares(X - w @ X), squares(w)) for name, w in zip(GREEK, W, strict=False)}
    pairs = {
        f"{a} worse than {b}": worse(*losses[a], *losses[b]) for a, b in combinations(losses, 2)
    }
    pairs |= {
        f"{b} worse than {a}": worse(*losses[b], *losses[a]) for a, b in combinations(losses, 2)
    }
    best = {
        a: HALF_LINE
        - sp.Union(*(pairs[f"{a} worse than {b}"] for b in losses if b != a), sp.S.EmptySet)
        for a in losses
    }
    steps = [
        Step(
            f"{a}: ‖X − WX‖², ‖W‖²",
            losses[a],
            "sums of squared entries: reconstruction, then penalty",
        )
        for a in losses
    ]
    for a, b in combinations(losses, 2):
        slope, gap = losses[a][1] - losses[b][1], losses[b][0] - losses[a][0]
        if slope:
            sign = ">" if slope > 0 else "<"
            why = f"{slope} λ > {gap}; dividing by a {'positive' if slope > 0 else 'negative'} number: λ {sign} {gap / slope}"
            why += ", strict: they tie there" if gap / slope >= 0 else ", and λ ≥ 0"
        else:
            why = (
                f"equal penalties: {gap} < 0 decides, for every λ"
                if gap < 0
                else f"equal penalties: 0 > {gap} never"
            )
        steps.append(Step(f"{a} worse than {b}", pairs[f"{a} worse than {b}"], why))
    steps += [
        Step(f"{a} is best", best[a], "where no other is better; ties count for both")
        for a in losses
    ]
    return Solution({"losses": losses, "worse": pairs, "best": best}, tuple(steps))


def prove() -> Iterator[Check]:
    """The difference of the two losses is a line in λ; its sign changes at t, where it is 0."""
    rec_a, reg_a, rec_b, reg_b = sp.symbols("rec_a reg_a rec_b reg_b", real=True)
    e = sp.Symbol("epsilon", positive=True)
    difference = rec_a + lam * reg_a - rec_b - lam * reg_b
    t = (rec_b - rec_a) / (reg_a - reg_b)
    yield equal("α and β tie at t", difference.subs(lam, t), 0)
    yield equal(
        "ε beyond t the difference is ε (reg_α − reg_β)",
        difference.subs(lam, t + e),
        e * (reg_a - reg_b),
    )
    for (a, b, c, d), claim in _CASES.items():
        region, numbers = (
            worse(*map(Fraction, (a, b, c, d))),
            {rec_a: a, reg_a: b, rec_b: c, reg_b: d},
        )
        crossing = sp.solve(difference.subs(numbers), lam)
        spots = {sp.Integer(0), *(max(e + s, sp.Integer(0)) for e in crossing for s in (-1, 0, 1))}
        agree = all(
            (difference.subs({**numbers, lam: at}) > 0) == inside(region, at) for at in spots
        )
        yield Check(
            claim,
            agree and region.boundary <= sp.FiniteSet(0, *crossing),
            "on both sides of every end",
        )


_CASES = {
    (1, 2, 5, 1): "reg_α > reg_β: λ > t",
    (5, 1, 1, 3): "reg_α < reg_β: λ < t",
    (3, 2, 1, 2): "equal penalties, α reconstructs worse: every λ",
    (1, 2, 3, 2): "equal penalties, α reconstructs better: no λ",
    (2, 3, 1, 1): "t < 0, reg_α > reg_β: every λ >= 0",
    (1, 1, 5, 2): "t < 0, reg_α < reg_β: no λ >= 0",
}


def check(found: Solution, X: Matrix, W: Sequence[Matrix]) -> Iterator[Check]:
    """Forget the thresholds: add up the two losses entry by entry, at many λ, and see which is larger."""
    m, n = X.shape
    names = list(found.answer["losses"])

    def rec(w: Matrix) -> Any:
        return sum(
            (X[i, j] - sum(w[i, k] * X[k, j] for k in range(m))) ** 2
            for i in range(m)
            for j in range(n)
        )

    losses = {
        a: (rec(w), sum(x**2 for row in w for x in row)) for a, w in zip(names, W, strict=True)
    }
    gaps = [a for a in names if not all(map(same, found.answer["losses"][a], losses[a]))]
    yield Check(
        "the table, entry by entry",
        not gaps,
        f"{len(losses)} encoders"
        if not gaps
        else f"{gaps[0]} has {losses[gaps[0]][0]} and {losses[gaps[0]][1]}",
    )
    ends = {
        abs(rational(e))
        for s in (*found.answer["worse"].values(), *found.answer["best"].values())
        for e in s.boundary
    }
    ends |= {abs(rational(losses[a][0] - losses[b][0])) for a, b in combinations(names, 2)}
    near = [
        sp.Rational(f, 10**12) for f in (0, 5 * 10**11, 10**12 - 1, 10**12, 10**12 + 1, 2 * 10**12)
    ]
    trials = sorted({e * f for e in ends for f in near} | {sp.Integer(1), sp.Integer(10**6)})
    for value in trials:
        at = {a: rational(rec_a) + value * rational(reg_a) for a, (rec_a, reg_a) in losses.items()}
        if not is_exact(X, *W) and _tied(list(at.values())):
            continue
        for name, region in found.answer["worse"].items():
            a, b = name.split(" worse than ")
            if (at[a] > at[b]) != inside(region, value):
                yield Check(
                    "worse exactly where the loss is larger",
                    False,
                    f"{name}: {at[a]} and {at[b]} at λ = {value}",
                )
                return
        for a, region in found.answer["best"].items():
            if (at[a] == min(at.values())) != inside(region, value):
                yield Check(
                    "best exactly where the loss is least", False, f"{a} at λ = {value}: {at}"
                )
                return
    yield Check(
        "worse exactly where the loss is larger",
        True,
        f"at {len(trials)} values of λ, the ends among them",
    )
    yield Check(
        "best exactly where the loss is least",
        True,
        f"at {len(trials)} values of λ, the ends among them",
    )


def _tied(losses: list[Any]) -> bool:
    """Whether rounding could have decided between two of them."""
    return any(abs(a - b) <= 1e-9 * max(abs(a), abs(b)) for a, b in combinations(losses, 2))


def twins(found: Solution, X: Matrix, W: Sequence[Matrix]) -> dict[str, dict[str, Any]]:
    losses, pairs = found.answer["losses"], found.answer["worse"]
    crossing = next(
        (name for name, s in pairs.items() if any(e > 0 for e in s.boundary)), next(iter(pairs))
    )
    a, b = crossing.split(" worse than ")

    def region(value: sp.Set) -> dict[str, Any]:
        return {"worse": {**pairs, crossing: value}}

    t = max((e for e in pairs[crossing].boundary), default=sp.Integer(0))
    return {
        "columns of the table exchanged": {"losses": {**losses, a: losses[a][::-1]}},
        "norms not squared": {
            "losses": {**losses, b: (losses[b][0], sp.sqrt(rational(losses[b][1] + 1)))}
        },
        "the end of the interval included": region(pairs[crossing].closure),
        "reversed: α better for λ > t": region(HALF_LINE - pairs[crossing]),
        "threshold t² for t": region(sp.Interval.open(t**2 + 1, sp.oo)),
        "best and worst exchanged": {
            "best": dict(
                zip(found.answer["best"], list(found.answer["best"].values())[::-1], strict=True)
            )
        },
    }


GENERIC = (  # every pair of slopes and crossings: either penalty larger, equal ones, t < 0, a tie throughout
    {
        "X": matrix("1,2,-1;0,1,3"),
        "W": (matrix("1,0;0,1"), matrix("1,1;0,1/2"), matrix("0,1/2;1/3,1")),
    },
    {"X": matrix("1/2;0"), "W": (matrix("0,0;0,1"), matrix("1,0;0,0"))},
    {
        "X": matrix("1,2;3,-1"),
        "W": (matrix("1,0;0,0"), matrix("0,0;0,1"), matrix("2,0;0,2"), matrix("0,0;0,1")),
    },
)
ANSWERS = (
    Answer(
        slot="losses",
        kind="vector",
        reference="(0, 2, 0.001, 1)",
        twins={
            "columns exchanged": "(0, 2, 1, 0.001)",
            "norms not squared": "(0, 1.4142, 0.0316, 1)",
            "rows exchanged": "(0.001, 1, 0, 2)",
        },
    ),
    Answer(
        slot="threshold",
        kind="interval",
        reference="λ > 0.001",
        symbols={"λ": "scalar >= 0"},
        twins={
            "the end included": "λ >= 0.001",
            "reversed": "λ < 0.001",
            "off by a power of ten": "λ > 0.01",
        },
    ),
)
