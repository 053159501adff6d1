"""3(c) Which ridge penalties λ keep the signal and suppress the rest?

The encoder of 3(b) scales the i-th singular direction of X by g(σ, λ) = σ²/(σ² + λ). For σ = 10, 8, 4, 1, 0.5, 0.36, 0.16, 0.01
find every λ > 0 that keeps the first three directions at 80 % or more and the others at 50 % or less.

    σ²_{k+1} (1 − drop)/drop  ≤  λ  ≤  σ²_k (1 − keep)/keep:

g rises with σ and falls with λ, so σ_k and σ_{k+1} decide for all. Shapes: sigmas (r,), largest first. O(r).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import Annotated, Any

import numpy as np
import sympy as sp

from . import numeric
from .part import Answer, Check, InputError, Solution, Step
from .exact import (
    Matrix,
    Scalar,
    Vector,
    equal,
    holds,
    identity,
    inside,
    is_exact,
    linear_solve,
    rational,
    scalar,
    vector,
    zeros,
)

sigma, lam, t = sp.symbols("sigma lambda t", positive=True)
GAIN = sigma**2 / (sigma**2 + lam)


def penalty_at(gain: Any, singular_value: Any) -> Any:
    """The one λ at which g(σ, λ) is `gain`; `prove` shows that it is."""
    return singular_value**2 * (1 - gain) / gain


def gains_at(sigmas: Vector, penalty: Any) -> tuple[Any, ...]:
    """g(σ, λ) for each σ, as λ falls to 0 where it is 0; in floating point by the engines, for λ > 0."""
    if is_exact(sigmas) or not penalty > 0:
        return tuple(
            GAIN.subs({sigma: rational(s), lam: penalty}) if s else sp.S.Zero for s in sigmas
        )
    return tuple(numeric.gains(sigmas, float(penalty)).tolist())


def solve(
    sigmas: Annotated[Vector, "singular values, largest first"] = vector(
        "10,8,4,1,0.5,0.36,0.16,0.01"
    ),
    keep_first: Annotated[int, "how many directions to keep"] = 3,
    keep: Annotated[Scalar, "least gain of a kept direction, between 0 and 1"] = scalar("0.8"),
    drop: Annotated[Scalar, "greatest gain of the others, between 0 and 1"] = scalar("0.5"),
) -> Solution:
    if len(sigmas) < 2:
        raise InputError(
            "--sigmas has one value, but some are kept and some dropped: give two or more"
        )
    for place, (a, b) in enumerate(pairwise(sigmas), 1):
        if a < b:
            raise InputError(
                f"--sigmas must fall, but number {place} is {a} and the next {b}: give the largest first"
            )
    if sigmas[-1] < 0:
        raise InputError(
            f"--sigmas has {sigmas[-1]}, but a singular value is not negative: pass 0 or more"
        )
    if not 0 < keep_first < len(sigmas):
        fix = f"pass 1 to {len(sigmas) - 1}"
        raise InputError(
            f"--keep-first is {keep_first}, but it must split {len(sigmas)} sigmas in two: {fix}"
        )
    for option, gain in (("--keep", keep), ("--drop", drop)):
        if not 0 < gain < 1:
            raise InputError(
                f"{option} is {gain}, but a gain lies between 0 and 1: pass 0.8 or 4/5"
            )
    weakest, strongest = sigmas[keep_first - 1], sigmas[keep_first]
    high, low = rational(penalty_at(keep, weakest)), rational(penalty_at(drop, strongest))
    both = sp.Interval(low, high) & sp.Interval.open(0, sp.oo)
    if both is not sp.S.EmptySet:
        why = "the other σ are easier: g rises with σ"
    elif high <= 0:
        why = f"σ_{keep_first} = 0 has gain 0 at every λ > 0: it cannot be kept"
    else:
        why = f"none: σ_{keep_first} wants λ <= {high} and σ_{keep_first + 1} wants λ >= {low}: these two clash"
    gains = gains_at(sigmas, both.start) + gains_at(sigmas, both.end) if both.is_Interval else ()
    return Solution(
        answer={"lambda": both},
        steps=(
            Step(
                "g(σ, λ) = t at λ = σ² (1 − t)/t",
                penalty_at(t, sigma),
                "solve σ²/(σ² + λ) = t; g falls as λ rises: one-sided",
            ),
            Step(
                f"σ_{keep_first} = {weakest}, the weakest kept",
                sp.Le(lam, high, evaluate=False),
                f"g >= {keep} up to here",
            ),
            Step(
                f"σ_{keep_first + 1} = {strongest}, the strongest dropped",
                sp.Ge(lam, low, evaluate=False),
                f"g <= {drop} from here on",
            ),
            Step("both, and λ > 0", both, why),
            *(
                Step(f"gains at the {end} end", gains[i : i + len(sigmas)], "one for each σ")
                for end, i in (("lower", 0), ("upper", len(sigmas)))
                if gains
            ),
        ),
    )


def prove() -> Iterator[Check]:
    """The two monotonicities that leave two singular values as the only ones that matter, and the bound."""
    fall, rise = sp.factor(sp.diff(GAIN, lam)), sp.factor(sp.diff(GAIN, sigma))
    yield holds("g falls as λ rises", fall.is_negative, "its derivative in λ is negative")
    yield holds("g rises with σ", rise.is_positive, "its derivative in σ is positive")
    yield equal("g(σ, σ² (1 − t)/t) = t", GAIN.subs(lam, penalty_at(t, sigma)), t)


def reflected(M: Matrix, v: Vector, side: str) -> Matrix:
    """M times the reflection I − 2 v vᵀ/(vᵀv), which is orthogonal and rational."""
    along = 2 * np.outer(v, v) / (v @ v)
    return np.asarray(M - along @ M if side == "left" else M - M @ along)


def check(
    found: Solution, sigmas: Vector, keep_first: int, keep: Scalar, drop: Scalar
) -> Iterator[Check]:
    """Forget the formula: make an X with these σ, minimise its ridge loss, and watch W act on its directions."""
    claimed, r = found.answer["lambda"], len(sigmas)
    chosen = tuple(
        sorted({0, keep_first - 1, keep_first, r - 1, *range(min(r, 3))})
    )  # the directions looked at
    few = tuple(sigmas[list(chosen)])
    ends = [abs(e) for e in claimed.boundary if e.is_finite]
    exact = isinstance(few[0], Scalar)
    near = [
        sp.Rational(f, 10**9)
        for f in ((10**9 - 1, 10**9, 10**9 + 1) if exact else (10**9 - 10**3, 10**9 + 10**3))
    ]
    grid = [rational(max(few[0], 1)) ** 2 * sp.Rational(4) ** j for j in range(-9, 3)]
    grid += [e * f for e in ends for f in near if e > 0]
    if not exact:  # at an end rounding would decide
        grid = [value for value in grid if all(abs(value - e) > 1e-9 * e for e in ends)]
    slack = 0 if exact else 1e-12
    for value in grid:
        gains = observed(few, value)
        works = all(
            g >= keep - slack if i < keep_first else g <= drop + slack
            for i, g in zip(chosen, gains, strict=True)
        )
        if works != inside(claimed, value):
            shown = ", ".join(f"{float(g):.4g}" for g in gains)
            yield Check(
                "λ is in the set iff W keeps and drops as asked",
                False,
                f"at λ = {value} the gains are {shown}",
            )
            return
    yield Check(
        "λ is in the set iff W keeps and drops as asked",
        True,
        f"at {len(grid)} values of λ, the ends among them",
    )


@cache
def data(sigmas: tuple[Any, ...]) -> tuple[Matrix, Matrix, Matrix]:
    """X Xᵀ for a dense X with these σ, its left singular vectors, and the identity."""
    few = np.array(sigmas, dtype=object if isinstance(sigmas[0], Scalar) else float)
    S, one = zeros((len(few), len(few) + 1), few), identity(len(few), few)
    np.fill_diagonal(S, few)
    v = np.arange(1, len(few) + 1) * (few[0] * 0 + 1)
    X = reflected(reflected(S, v, "left"), np.append(v[::-1], v[0]), "right")
    return X @ X.T, reflected(one, v, "left"), one


@cache
def observed(sigmas: tuple[Any, ...], penalty: Any) -> tuple[Any, ...]:
    """uᵀ W u along each singular direction u, W minimising the ridge loss of `data`: W (XXᵀ + λI) = XXᵀ."""
    G, U, one = data(sigmas)
    at = scalar(str(penalty)) if G.dtype == object else float(penalty)
    W = linear_solve(G + at * one, G).T
    return tuple(U[:, i] @ W @ U[:, i] for i in range(len(G)))


def twins(
    found: Solution, sigmas: Vector, keep_first: int, keep: Scalar, drop: Scalar
) -> dict[str, dict[str, Any]]:
    weakest, strongest = rational(sigmas[keep_first - 1]), rational(sigmas[keep_first])
    keep, drop = rational(keep), rational(drop)
    high, low = penalty_at(keep, weakest), penalty_at(drop, strongest)
    half_line = sp.Interval.open(0, sp.oo)
    return {
        "ends left out": {"lambda": sp.Interval.open(low, high) & half_line},
        "σ for σ²": {
            "lambda": sp.Interval(low / (strongest or 1), high / (weakest or 1)) & half_line
        },
        "the strongest kept for the weakest": {
            "lambda": sp.Interval(low, penalty_at(keep, rational(sigmas[0]))) & half_line
        },
        "the weakest dropped for the strongest": {
            "lambda": sp.Interval(penalty_at(drop, rational(sigmas[-1])), high) & half_line
        },
        "one condition only": {"lambda": sp.Interval(0, high) & half_line},
        "keep/(1 − keep) upside down": {
            "lambda": sp.Interval(low, weakest**2 * keep / (1 - keep)) & half_line
        },
    }


GENERIC = (
    {
        "sigmas": vector("9,6,1/2,1/4"),
        "keep_first": 2,
        "keep": scalar("3/4"),
        "drop": scalar("1/10"),
    },
    {
        "sigmas": vector("7,5,4,1"),
        "keep_first": 2,
        "keep": scalar("0.9"),
        "drop": scalar("0.1"),
    },  # clash: empty
    {
        "sigmas": vector("3,2,0"),
        "keep_first": 2,
        "keep": scalar("0.6"),
        "drop": scalar("0.3"),
    },  # σ = 0 to drop
    {
        "sigmas": vector("3,0,0"),
        "keep_first": 2,
        "keep": scalar("0.6"),
        "drop": scalar("0.3"),
    },  # σ = 0 to keep
    {
        "sigmas": vector("5,5,5"),
        "keep_first": 1,
        "keep": scalar("0.2"),
        "drop": scalar("0.7"),
    },  # keep < drop
)
ANSWERS = (
    Answer(
        slot="interval",
        kind="interval",
        reference="1 <= λ <= 4",
        symbols={"λ": "scalar > 0"},
        assuming=("λ > 0",),
        twins={
            "ends left out": "1 < λ < 4",
            "compared λ with σ, not σ²": "λ = 1",
            "fifth singular value for the fourth": "1/4 <= λ <= 4",
            "one condition only": "λ <= 4",
        },
    ),
)
