"""What the parts compute with: estimates, samples, comparisons that form no product."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp

from problems import parts
from problems.exact import alike, determinant_ratio, identity, matrix, rational, some, vector
from problems.exact.cost import extrapolated
from problems.exact.numbers import integers
from problems.part import InputError

RANDOM = np.random.default_rng(0)
REFUSED = [
    ("1f", {"p": vector("1/7,2/3"), "length": 10**6}, "--length"),
    ("4e", {"M": integers(RANDOM, 100, 100) * 10**9}, "--M"),
    ("4f", {"K": integers(RANDOM, 100, 100), "V": integers(RANDOM, 100, 100)}, "--K"),
]
DONE = [
    ("1f", {"length": 5_000}),  # once said to take over a minute
    ("1f", {"p": integers(RANDOM, 50), "length": 100}),
    ("4g", {"K": integers(RANDOM, 1_000, 2)}),
]


@pytest.mark.parametrize(("part", "inputs", "option"), REFUSED)
def test_minutes_are_refused_in_seconds_and_with_the_way_out(
    part: str, inputs: dict[str, Any], option: str
) -> None:
    given = {"u": vector(",".join("1" * 100)), "v": vector(",".join("1" * 100))}
    given = given if part == "4e" else {"Q": inputs["K"]} if part == "4f" else {}
    with pytest.raises(InputError, match=rf"^{option} asks for about .* s .*: add --float, or"):
        parts()[part].load().solve(**inputs, **given)


@pytest.mark.parametrize(("part", "inputs"), DONE)
def test_what_takes_a_second_is_done(part: str, inputs: dict[str, Any]) -> None:
    module = parts()[part].load()
    found = module.solve(**inputs)
    defaults: dict[str, Any] = {"p": vector("1,2,2")}
    if part == "4g":
        defaults = {"q": vector("1,1"), "lam_": 1}
    assert all(check.passed for check in module.check(found, **{**defaults, **inputs}))


def test_a_sample_has_both_ends() -> None:
    assert some(3) == [0, 1, 2]
    assert (some(1000)[0], some(1000)[-1], len(some(1000))) == (0, 999, 20)


def test_the_ratio_of_determinants_has_its_sign() -> None:
    top, bottom = matrix("0,2,1;1,0,3;4,5,6"), matrix("2,1,0;1,3,0;0,0,7")
    wanted = rational(top).det() / rational(bottom).det()
    assert sp.Rational(str(determinant_ratio(top, bottom))) == wanted
    assert np.isclose(determinant_ratio(top.astype(float), bottom.astype(float)), float(wanted))


@pytest.mark.parametrize("size", [3, 9])
def test_products_are_compared_without_being_formed(size: int) -> None:
    A, B = integers(RANDOM, size, size), integers(RANDOM, size, size)
    assert alike("", (A, B), (A @ B,)).passed
    assert not alike("", (A, B), (A @ B + identity(size, A),)).passed


def test_a_count_goes_on_as_its_polynomial() -> None:
    cost = parts()["4c"].load().COSTS[0]
    assert extrapolated(cost, {"n": 1, "d": 3}, n=9, d=6) == cost.counted(n=9, d=6)
