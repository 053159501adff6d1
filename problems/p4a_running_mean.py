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

from .exact import Vector, equal, vector
from .formulas.formula import formula
from .part import Case, Check, InputError, Slot, Solution, Step

FEW = 40  # points that stand for all of them where a check lays them out


def updated(m: Any, n: Any, x: Any) -> Any:
    """The mean of n points, m, once x has joined them."""
    return (n * m + x) / (n + 1)


def solve(
    m: Annotated[Vector, "mean so far; several numbers are a vector"] = vector("2,-1"),
    n: Annotated[int, "how many points it is the mean of"] = 4,
    x: Annotated[Vector, "the new point"] = vector("7,4"),
) -> Solution:
    if n < 1:
        raise InputError(f"--n is {n}, but a mean is of one point at least: pass 1 or more")
    if len(m) != len(x):
        raise InputError(f"--x has {len(x)} entries, but m has {len(m)}: give {len(m)}")
    return Solution(
        answer={"update": updated(m, n, x)},
        working={"sum": n * m, "new sum": n * m + x, "step": (x - m) / (n + 1)},
        steps=(
            Step("m'", formula(KEY, "update"), "the new sum divided by the new count"),
            Step("n m", "sum", "the sum of the points so far, though the points are gone"),
            Step("n m + x", "new sum", "the sum with the new one"),
            Step("m' = (n m + x)/(n + 1)", "update", f"divide by the new count, {n + 1}"),
            Step(
                "m' − m = (x − m)/(n + 1)",
                "step",
                "the same: a step of 1/(n + 1) towards x, without large sums",
            ),
        ),
    )


def prove() -> Iterator[Check]:
    """Sums of n and n + 1 points; the step form; and the mean of all that it gives by induction."""
    n, total, m, x = sp.symbols("n S m x", positive=True)
    update = formula(KEY, "update").sympy({"n": n, "m": m, "x_n+1": x})
    yield equal("m' is (Σ x_i + x)/(n + 1)", update.subs(m, total / n), (total + x) / (n + 1))
    yield equal("m' = m + (x − m)/(n + 1)", update, m + (x - m) / (n + 1))
    points = sp.symbols("x_1:6", real=True)
    mean = points[0]
    for count, point in enumerate(points[1:], 1):
        mean = updated(mean, count, point)
    yield equal("five points, one by one", mean, sum(points) / 5)


def cases(found: Solution, m: Vector, n: int, x: Vector) -> Iterator[Case]:
    """The key at these numbers, entry by entry."""
    for m_i, x_i, new in zip(m, x, found.answer["update"], strict=True):
        yield Case("update", {"n": n, "m": m_i, "x_n+1": x_i}, new)


def check(found: Solution, m: Vector, n: int, x: Vector) -> Iterator[Check]:
    """Forget the formula: lay out n points whose mean is m, put x beside them, and average."""
    points = [m * at for at in range(2 - min(n, FEW), min(n, FEW) + 1, 2)]  # their mean is m
    total = sum(points, m * 0) * n / len(points)
    longest = float(max(np.abs(n * m).max(), np.abs(x).max()))  # of the sums, which may cancel
    average = (total + x) / (n + 1)
    yield equal("the sum of n points whose mean is m", found.working["sum"], total)
    yield equal("the sum of all n + 1", found.working["new sum"], total + x, longest)
    far = longest / (n + 1)
    yield equal("the average of all n + 1 points", found.answer["update"], average, far)
    yield equal("how far the average went", found.working["step"], average - m, far)


GENERIC = (
    {"m": vector("2/3,-5,1"), "n": 6, "x": vector("3,1/2,-4")},
    {"m": vector("3"), "n": 100, "x": vector("-2")},
    {"m": vector("3,5"), "n": 2, "x": vector("7,-2")},
    {"m": vector("3,5"), "n": 1, "x": vector("-4,2")},
)
ILL_POSED = (
    ({"m": vector("3,5"), "n": 0, "x": vector("7,-2")}, "--n"),
    ({"m": vector("3,5"), "n": 2, "x": vector("7")}, "--x"),
    ({"m": vector("3,5"), "n": 2, "x": vector("7,1,2")}, "--x"),
)
KEY = (
    Slot(
        "update",
        "scalar",
        "m' = (n m + x_{n+1})/(n + 1)",
        where="n: integer >= 1, m: scalar, x_{n+1}: scalar, x = x_{n+1}",
        twins={
            "the middle of m and x": "(m + x)/2",
            "divided by n": "(n m + x)/n",
            "m not multiplied by n": "(m + x)/(n + 1)",
            "a step of 1/n": "m + (x - m)/n",
        },
    ),
)
