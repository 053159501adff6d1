"""4(a) A mean, updated with one more point.

The mean of n points is m. What is it once x_{n+1} has come in?

    m' = (n m + x_{n+1})/(n + 1) = m + (x_{n+1} − m)/(n + 1).

Shapes: m and x (d,). O(d), whatever n is: the points themselves are not needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import numpy as np
import sympy as sp

from .core import Answer, Check, InputError, Solution, Step
from .exact import Vector, equal, is_exact, same, vector

N, M, X = sp.Symbol("n", positive=True), sp.Symbol("m", real=True), sp.Symbol("x", real=True)
UPDATE = (N * M + X) / (N + 1)


def solve(
    m: Annotated[Vector, "mean so far; several numbers are a vector"] = vector("2,-1"),
    n: Annotated[int, "how many points it is the mean of"] = 4,
    x: Annotated[Vector, "the new point"] = vector("7,4"),
) -> Solution:
    if n < 1:
        raise InputError(f"--n is {n}, but a mean is of one point at least: pass 1 or more")
    if len(m) != len(x):
        raise InputError(f"--x has {len(x)} entries, but m has {len(m)}: give {len(m)}")
    total = n * m + x
    new = total / (n + 1)
    return Solution(
        answer={"m'": new, "update": UPDATE},
        steps=(
            Step("n m", n * m, "the sum of the points so far, though the points are gone"),
            Step("n m + x", total, "the sum with the new one"),
            Step("m' = (n m + x)/(n + 1)", new, f"divide by the new count, {n + 1}"),
            Step("m + (x − m)/(n + 1)", m + (x - m) / (n + 1), "the same: a step of 1/(n + 1) towards x, without large sums"),
        ),
    )


def prove() -> Iterator[Check]:
    """Sums of n and n + 1 points; the step form; and the mean of all that it gives by induction."""
    total = N * M  # Σ x_i, since m = (Σ x_i)/n
    yield equal("m' is (Σ x_i + x)/(n + 1)", UPDATE, (total + X) / (N + 1))
    yield equal("m' = m + (x − m)/(n + 1)", UPDATE, M + (X - M) / (N + 1))
    points = sp.symbols("x_1:6", real=True)
    mean = points[0]
    for count, point in enumerate(points[1:], 1):
        mean = UPDATE.subs({N: count, M: mean, X: point}, simultaneous=True)
    yield equal("five points, one by one", mean, sum(points) / 5)


def check(found: Solution, m: Vector, n: int, x: Vector) -> Iterator[Check]:
    """Forget the formula: lay out n points whose mean is m, put x beside them, and average; or follow the update."""
    few = min(n, 40)  # a mean of many points is laid out on a few, each standing for n/few of them
    spread = np.arange(few) * 2 - (few - 1)
    exact = is_exact(m, x)
    weight = n / few if not exact else (m[0] * 0 + n) / few
    points = [m + (int(s) * (m * 0 + 1) if exact else float(s)) for s in spread]
    average = (sum(points[1:], points[0]) * weight + x) / (n + 1)
    yield equal("the average of all n + 1 points", found.answer["m'"], average)
    update = found.answer["update"]
    right = all(same(update.subs({N: c, M: sum(range(c)) * sp.Rational(1, c), X: c}), sp.Rational(c, 2)) for c in (1, 2, 5, 9))
    yield Check("the update turns the mean of 0 … n−1 into that of 0 … n", right, "n = 1, 2, 5, 9")


def twins(found: Solution, m: Vector, n: int, x: Vector) -> dict[str, dict[str, Any]]:
    return {
        "the middle of m and x": {"m'": (m + x) / 2, "update": (M + X) / 2},
        "divided by n": {"m'": (n * m + x) / n, "update": (N * M + X) / N},
        "m not multiplied by n": {"m'": (m + x) / (n + 1), "update": (M + X) / (N + 1)},
        "step of 1/n": {"m'": m + (x - m) / n, "update": M + (X - M) / N},
        "the formula alone divided by n": {"update": (N * M + X) / N},
    }


GENERIC = (
    {"m": vector("2/3,-5,1"), "n": 6, "x": vector("3,1/2,-4")},
    {"m": vector("3"), "n": 100, "x": vector("-2")},
    {"m": vector("3,5"), "n": 2, "x": vector("7,-2")},
)
ANSWERS = (
    Answer(
        slot="update",
        kind="scalar",
        reference="(n m + x_{n+1})/(n + 1)",
        symbols={"n": "integer >= 1", "m": "scalar", "x_{n+1}": "scalar", "x": "= x_{n+1}"},
        names=("m'",),
        twins={
            "the middle of m and x": "(m + x)/2",
            "divided by n": "(n m + x)/n",
            "m not multiplied by n": "(m + x)/(n + 1)",
        },
    ),
)
