"""3(c) Which ridge penalties λ keep the signal and suppress the rest?

The encoder of 3(b) scales the i-th singular direction of X by g(σ, λ) = σ²/(σ² + λ). For
σ = 10, 8, 4, 1, 0.5, 0.36, 0.16, 0.01 find every λ > 0 that keeps the first three directions at
80 % or more and the others at 50 % or less.

    σ²_{k+1} (1 − drop)/drop  ≤  λ  ≤  σ²_k (1 − keep)/keep:

g rises with σ and falls with λ, so σ_k and σ_{k+1} decide for all. Shapes: sigmas (r,), largest
first. O(r).
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from itertools import pairwise
from typing import Annotated, Any

import numpy as np
import sympy as sp

from . import numeric
from .exact import (
    Matrix,
    Scalar,
    Vector,
    equal,
    holds,
    identity,
    is_exact,
    linear_solve,
    same,
    scalar,
    vector,
    zeros,
)
from .formulas.sets import above, below
from .p3b_purify_encoder import gain
from .part import Case, Check, InputError, Slot, Solution, Step

POSITIVE = above(Fraction(0), strict=True)
ENDS = {"lower": 0, "upper": -1}  # where each stands among the ends of an interval


def penalty_at(level: Any, singular_value: Any) -> Any:
    """The one λ at which g(σ, λ) is `level`; `prove` shows that it is."""
    return singular_value**2 * (1 - level) / level


def gains_at(sigmas: Vector, penalty: Any) -> Vector:
    """g(σ, λ) for each σ, as λ falls to 0 where it is 0; floats by the engines, for λ > 0."""
    if is_exact(sigmas) or not penalty > 0:
        return np.array([gain(s**2, penalty) if s else s for s in sigmas])
    return np.asarray(numeric.gains(sigmas, float(penalty)))


def solve(
    sigmas: Annotated[Vector, "singular values, largest first"] = vector(
        "10,8,4,1,0.5,0.36,0.16,0.01"
    ),
    keep_first: Annotated[int, "how many directions to keep"] = 3,
    keep: Annotated[Scalar, "least gain of a kept direction, between 0 and 1"] = scalar("0.8"),
    drop: Annotated[Scalar, "greatest gain of the others, between 0 and 1"] = scalar("0.5"),
) -> Solution:
    well_posed(sigmas, keep_first, keep, drop)
    weakest, strongest = sigmas[keep_first - 1], sigmas[keep_first]
    kept = POSITIVE & below(penalty_at(keep, weakest))
    dropped = POSITIVE & above(penalty_at(drop, strongest))
    both = kept & dropped
    gains = {end: gains_at(sigmas, both.ends[at]) for end, at in ENDS.items() if both}
    return Solution(
        answer={"interval": both},
        working={"kept": kept, "dropped": dropped, "gains": gains},
        steps=(
            Step(
                "g(σ, λ) = t at λ = σ² (1 − t)/t",
                None,
                "solve σ²/(σ² + λ) = t; g falls as λ rises: one-sided",
            ),
            Step(
                f"σ_{keep_first} = {weakest}, the weakest kept",
                "kept",
                f"g >= {keep} up to the upper end; σ = 0 has gain 0 at every λ > 0",
            ),
            Step(
                f"σ_{keep_first + 1} = {strongest}, the strongest dropped",
                "dropped",
                f"g <= {drop} from the lower end on",
            ),
            Step(
                "both, and λ > 0",
                "interval",
                "the other σ are easier, as g rises with σ; ∅ where these two clash",
            ),
            *(Step(f"gains at the {end} end", ("gains", end), "one for each σ") for end in gains),
        ),
    )


def well_posed(sigmas: Vector, keep_first: int, keep: Scalar, drop: Scalar) -> None:
    """Raise InputError unless there are falling σ ≥ 0 on both sides, and gains between 0 and 1."""
    if len(sigmas) < 2:
        raise InputError(
            "--sigmas has one value, but some are kept and some dropped: give two or more"
        )
    for place, (a, b) in enumerate(pairwise(sigmas), 1):
        if a < b:
            raise InputError(
                f"--sigmas must fall, but number {place} is {a} and the next {b}: "
                "give the largest first"
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
    for option, level in (("--keep", keep), ("--drop", drop)):
        if not 0 < level < 1:
            raise InputError(
                f"{option} is {level}, but a gain lies between 0 and 1: pass 0.8 or 4/5"
            )


def prove() -> Iterator[Check]:
    """The two monotonicities that leave two singular values that matter, and the bound."""
    sigma, lam, t = sp.symbols("sigma lambda t", positive=True)
    g = gain(sigma**2, lam)
    fall, rise = sp.factor(sp.diff(g, lam)), sp.factor(sp.diff(g, sigma))
    yield holds("g falls as λ rises", fall.is_negative, "its derivative in λ is negative")
    yield holds("g rises with σ", rise.is_positive, "its derivative in σ is positive")
    yield equal("g(σ, σ² (1 − t)/t) = t", gain(sigma**2, penalty_at(t, sigma)), t)


def cases(
    found: Solution, sigmas: Vector, keep_first: int, keep: Scalar, drop: Scalar
) -> Iterator[Case]:
    """The key, which is about the sheet's numbers."""
    sheet_sigmas, *rest = solve.__defaults__ or ()
    if np.array_equal(sigmas, sheet_sigmas) and [keep_first, keep, drop] == rest:
        yield Case("interval", {}, found.answer["interval"])


def check(
    found: Solution, sigmas: Vector, keep_first: int, keep: Scalar, drop: Scalar
) -> Iterator[Check]:
    """Forget the formula: make an X with these σ, minimise its ridge loss, and watch W act."""
    k, r = keep_first, len(sigmas)
    keep, drop = Fraction(keep), Fraction(drop)  # W is found exactly, whatever the solver did
    looked_at = sorted({0, k - 1, k, r - 1, *range(min(r, 3))})
    few = tuple(map(Fraction, sigmas[looked_at]))
    claims = {
        "the weakest to be kept is kept": (found.working["kept"], [k - 1]),
        "the strongest to be dropped is dropped": (found.working["dropped"], [k]),
        "W keeps and drops as asked": (found.answer["interval"], looked_at),
    }

    bounds = ((Fraction(sigmas[k - 1]), keep), (Fraction(sigmas[k]), drop))
    ends = {Fraction(end) for region, _ in claims.values() for end in region.ends}
    ends |= {s * s * (1 / level - 1) for s, level in bounds}
    trials = _trials(few[0], ends, is_exact(sigmas))
    seen = {x: dict(zip(looked_at, observed(few, x), strict=True)) for x in trials if x > 0}

    def works(penalty: Any, which: list[int]) -> bool:
        gains = seen.get(penalty, {})
        return bool(gains) and all(gains[i] >= keep if i < k else gains[i] <= drop for i in which)

    for claim, (region, which) in claims.items():
        wrong = [x for x in trials if works(x, which) != (x in region)]
        told = f"not so at λ = {wrong[0]}" if wrong else f"at {len(trials)} values of λ"
        yield holds(f"λ is in the set iff {claim}", not wrong, told)
    gains, ends_shown = found.working["gains"], found.answer["interval"].ends
    wanted = {"lower": min(ends_shown), "upper": max(ends_shown)} if ends_shown else {}
    right = [*gains] == [*wanted] and all(
        len(gains[end]) == r and all(map(_level, sigmas, gains[end], [penalty] * r))
        for end, penalty in wanted.items()
    )
    yield holds("(σ − gσ)² + λg² is level at the gains shown, at the ends", right, f"{r} σ")


def _level(sigma: Any, g: Any, penalty: Any) -> bool:
    """Whether the loss of one direction has no slope in g; as λ falls to 0, where it is 0."""
    pull, push = sigma * (sigma - g * sigma), (penalty if penalty or sigma else 1) * g
    return same(pull, push, 1e-8 * float(sigma * sigma))


def _trials(strongest: Fraction, ends: set[Fraction], exact: bool) -> list[Fraction]:
    """Values of λ far and wide, also ones not positive, and beside all ends, claimed and true.

    For floating-point sets none is so near to an end that rounding decided about it.
    """
    near = Fraction(1, 10**9 if exact else 10**6)
    grid = [max(strongest, Fraction(1)) ** 2 * Fraction(4) ** j for j in range(-9, 3)]
    grid += [end * by for end in ends for by in (1 - near, 1 + near)]
    if exact:
        return [*grid, *ends, Fraction(0), Fraction(-1)]
    far = [x for x in grid if all(abs(x - end) > abs(end) * near / 2 for end in ends)]
    return [*far, Fraction(0), Fraction(-1)]


def reflected(M: Matrix, v: Vector, side: str) -> Matrix:
    """M times the reflection I − 2 v vᵀ/(vᵀv), which is orthogonal and rational."""
    along = 2 * np.outer(v, v) / (v @ v)
    return np.asarray(M - along @ M if side == "left" else M - M @ along)


@cache
def data(sigmas: tuple[Fraction, ...]) -> tuple[Matrix, Matrix, Matrix]:
    """X Xᵀ for a dense X with these σ, its left singular vectors, and the identity."""
    few = np.array(sigmas, dtype=object)
    S, one = zeros((len(few), len(few) + 1), few), identity(len(few), few)
    np.fill_diagonal(S, few)
    v = np.arange(1, len(few) + 1).astype(object) * Fraction(1)
    X = reflected(reflected(S, v, "left"), np.append(v[::-1], v[0]), "right")
    return X @ X.T, reflected(one, v, "left"), one


@cache
def observed(sigmas: tuple[Fraction, ...], penalty: Fraction) -> tuple[Any, ...]:
    """uᵀ W u along each singular direction u of `data`, for its minimiser: W (XXᵀ + λI) = XXᵀ."""
    G, U, one = data(sigmas)
    W = linear_solve(G + penalty * one, G).T
    return tuple(U[:, i] @ W @ U[:, i] for i in range(len(G)))


GENERIC = (
    {
        "sigmas": vector("9,6,1/2,1/4"),
        "keep_first": 2,
        "keep": scalar("3/4"),
        "drop": scalar("1/10"),
    },
    {  # they clash: no λ
        "sigmas": vector("7,5,4,1"),
        "keep_first": 2,
        "keep": scalar("0.9"),
        "drop": scalar("0.1"),
    },
    {  # σ = 0 to drop
        "sigmas": vector("3,2,0"),
        "keep_first": 2,
        "keep": scalar("0.6"),
        "drop": scalar("0.3"),
    },
    {  # σ = 0 to keep
        "sigmas": vector("3,0,0"),
        "keep_first": 2,
        "keep": scalar("0.6"),
        "drop": scalar("0.3"),
    },
    {  # keep < drop
        "sigmas": vector("5,5,5"),
        "keep_first": 1,
        "keep": scalar("0.2"),
        "drop": scalar("0.7"),
    },
    {  # one λ alone
        "sigmas": vector("3,3"),
        "keep_first": 1,
        "keep": scalar("1/2"),
        "drop": scalar("1/2"),
    },
    {
        "sigmas": vector("10,8,4,1,0.5,0.36,0.16,0.01"),
        "keep_first": 3,
        "keep": scalar("0.8"),
        "drop": scalar("0.5"),
    },
)
_ASKED: dict[str, Any] = {"keep_first": 1, "keep": scalar("0.8"), "drop": scalar("0.5")}
ILL_POSED = (
    ({**_ASKED, "sigmas": vector("3")}, "--sigmas has one"),
    ({**_ASKED, "sigmas": vector("1,2")}, "--sigmas must fall"),
    ({**_ASKED, "sigmas": vector("3,1,2")}, "--sigmas must fall, but number 2 is 1"),
    ({**_ASKED, "sigmas": vector("2,-1")}, "--sigmas has -1"),
    ({**_ASKED, "sigmas": vector("3,2,-1/9")}, "--sigmas has -1/9"),
    ({**_ASKED, "sigmas": vector("3,2,1"), "keep_first": 0}, "--keep-first"),
    ({**_ASKED, "sigmas": vector("3,2,1"), "keep_first": 3}, "--keep-first"),
    ({**_ASKED, "sigmas": vector("3,2"), "keep": scalar("1")}, "--keep"),
    ({**_ASKED, "sigmas": vector("3,2"), "keep": scalar("0")}, "--keep"),
    ({**_ASKED, "sigmas": vector("3,2"), "drop": scalar("1")}, "--drop"),
    ({**_ASKED, "sigmas": vector("3,2"), "drop": scalar("0")}, "--drop"),
)
KEY = (
    Slot(
        "interval",
        "interval",
        "1 <= λ <= 4",
        where="λ: scalar > 0",
        assuming=("λ > 0",),
        twins={
            "ends left out": "1 < λ < 4",
            "compared λ with σ, not σ²": "λ = 1",
            "fifth singular value for the fourth": "1/4 <= λ <= 4",
            "one condition only": "λ <= 4",
            "the strongest kept for the weakest": "1 <= λ <= 25",
            "keep/(1 − keep) upside down": "1 <= λ <= 64",
        },
    ),
)
