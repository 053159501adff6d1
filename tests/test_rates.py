"""Growth rates: right, wrong and open; random pairs against ratios along random paths."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from problems.answers.decide import decide, verdict_of
from problems.answers.key import Key
from problems.formulas.paths import SPEEDS, Speed, gap, logarithm, partings
from problems.formulas.rates import Rate, alike, bounded, rate
from problems.formulas.reader import Names, expression
from problems.part import Slot

CONVOLUTION = Slot(
    "convolution", "complexity", "O(log L)", "L, n, d, m", {"O(log L + log d)": "binary trees"}
)
COST = Slot("cost", "complexity", "O(n d^2)", "n, d, d < n", assuming=("d < n",))
DEPTH = Slot("depth", "complexity", "O(log L)", "L, n, N", {"O(N)": "L = 2^N"})
WORK = Slot("work", "complexity", "O(n + L)", "n, L, m, d")
DPLR = Slot(
    "work", "complexity", "O(n m d + L m d)", "n, L, m, d", {"O(n + L)": "one input and one output"}
)
INVERSE = Slot("cost", "complexity", "O(d^2)", "d")
DOUBLING = Slot(
    "work",
    "complexity",
    "O(n^3 log L + L m n^2)",
    "L, n, m",
    {"O(n^3 log L + sqrt(L) n^2 + L n)": "one input and one output"},
)
RIGHT = [
    (COST, "nd^2 + d^3 ∈ O(nd^2)"),
    (COST, "O(d^2 n + d^3), which is O(n d^2) as d < n"),
    (COST, "O(d^2) each, so O(nd^2) altogether"),
    (INVERSE, "{\\cal O}(d^2)"),
    (Slot("", "complexity", "O(n log n)", "n"), "linearithmic"),
    (CONVOLUTION, "$\\mathcal{O}(\\log_2 L)$."),
    (CONVOLUTION, "O(log(L + 1))"),
    (CONVOLUTION, "O(⌈log_2 L⌉)"),
    (CONVOLUTION, "O(\\lfloor \\log \\sqrt{L} \\rfloor)"),
    (CONVOLUTION, "logarithmic in L"),
    (CONVOLUTION, "depth: O(log L)"),
    (CONVOLUTION, "work O(L), depth O(log L)"),
    (CONVOLUTION, "O(log(L d))"),
    (CONVOLUTION, "log L"),
    (COST, "nd^2"),
    (COST, "O(2nd^2 + d^3/3 + nd)"),
    (COST, "O(max(n, d) d^2)"),
    (COST, "O(n d min(n, d))"),
    (COST, "O(nd^2) + O(d^3) = O(nd^2)"),
    (COST, "n * O(d^2)"),
    (COST, "T(n, d) = O(nd^2)"),
    (COST, "quadratic in d and linear in n"),
    (COST, "O(n d^2), since d < n"),
    (COST, "order n d^2"),
    (COST, "O(d^2) per position, O(nd^2) in all"),
    (COST, "\\boxed{O(nd^2)}"),
    (DEPTH, "O(N) = O(log L)"),
    (DEPTH, "O(N), where L = 2^N"),
    (DEPTH, "O(\\log_2 2^{2N+1})"),
    (WORK, "O(max{n, L})"),
    (WORK, "O((n+L)^2/(n+L))"),
    (WORK, "O(n) + O(L)"),
    (DPLR, "O((n+L)^2/(n+L))"),
    (DPLR, "O(max(n, L))"),
    (INVERSE, "O(d^2) instead of O(d^3)"),
    (INVERSE, "O(d^2 - d)"),
    (INVERSE, "quadratic"),
]
WRONG = [
    (CONVOLUTION, "O(log L log n)"),
    (CONVOLUTION, "O(log nL)"),  # in either reading
    (CONVOLUTION, "O((\\log L)^{2})"),
    (CONVOLUTION, "O(log log L)"),
    (CONVOLUTION, "O(L^0.001)"),
    (CONVOLUTION, "O(1)"),
    (COST, "O(n^2 d)"),
    (COST, "O(n d^2 log n)"),
    (COST, "O(nd^{1.5})"),
    (COST, "O(n + d^2)"),
    (COST, "O(n d^2 / log n)"),
    (DEPTH, "O(2^N)"),
    (DEPTH, "O(log N)"),
    (WORK, "O(n L)"),
    (WORK, "O(n)"),
    (WORK, "O(sqrt(n L))"),
    (INVERSE, "O(d^{2.37})"),
]
OPEN = [
    (COST, "O(nd^2), i.e. O(d^2) per step"),
    (COST, "n ∈ O(nd^2)"),
    (CONVOLUTION, "O(log 2L)"),  # log(2) L, or log(2 L)
    (CONVOLUTION, "O(L) = O(log L)"),
    (CONVOLUTION, "work O(log L)"),
    (CONVOLUTION, "O(log L) or O(L)"),
    (CONVOLUTION, "O(log L) where L = 7"),
    (CONVOLUTION, "not O(log L)"),
    (CONVOLUTION, "Ω(log L)"),
    (COST, "O(n d^2) if d is small"),
    (COST, "O(n d^2) for n < d"),
    (COST, "quadratic"),
    (COST, "O(n d m)"),
    (INVERSE, "O(d - d^2)"),
    (WORK, "O(n + L + ⌊L/n⌋)"),  # 0 where n is larger
    (INVERSE, "O(d^2) per update"),
    (DOUBLING, "O(n^3 log L + L n)"),  # right for one input by a mean alone, wrong for several
    (INVERSE, ""),
    (INVERSE, "{}"),
]


@pytest.mark.parametrize(("slot", "answer"), RIGHT)
def test_right(slot: Slot, answer: str) -> None:
    verdict = verdict_of(slot, answer)
    assert verdict.verdict == "correct", verdict
    assert verdict.read.startswith("O(")


@pytest.mark.parametrize(("slot", "answer"), WRONG)
def test_wrong_along_a_path(slot: Slot, answer: str) -> None:
    verdict = verdict_of(slot, answer)
    assert verdict.verdict == "incorrect", verdict
    assert "x → ∞" in verdict.counterexample


@pytest.mark.parametrize(("slot", "answer"), OPEN)
def test_open(slot: Slot, answer: str) -> None:
    assert verdict_of(slot, answer).verdict == "undecided", answer


@pytest.mark.parametrize(
    ("slot", "reference", "answer", "where", "outcome"),
    [
        ("4c", "O(nd^2)", "O(d^2 n)", "", "correct"),
        ("4c", "O(nd^2)", "O((nd)^2)", "", "incorrect"),
        ("4c", "O(n d^2)", "O(3 n d^2 + 2 d^3)", "", "correct"),  # d < n, as 4c grants
        ("4c", "O(n d^2)", "O(3 n d^2 + 2 d^3)", "n: size, d: size", "undecided"),  # said anew
        ("", "O(N^2 D)", "O(N²D + ND)", "", "correct"),
        ("", "O(mk)", "O(k m)", "m: size, k: size", "correct"),
        ("", "O(a + b + c + d + e)", "O(max(a, b, c, d, e))", "", "correct"),
        ("", "O(a b c d e f)", "O(a b c d e)", "", "incorrect"),
        ("", "O(n^2 + d^2)", "O((n+d)(n+d))", "", "correct"),
        ("", "O(n d)", "O(n m)", "", "undecided"),
    ],
)
def test_references_of_a_row_s_own(
    slot: str, reference: str, answer: str, where: str, outcome: str
) -> None:
    key = Key({"4c.cost": COST})
    verdict = decide(slot, answer, key, reference=reference, where=where)
    assert verdict.verdict == outcome, verdict
    assert ("d < n" in verdict.assuming) == (slot == "4c" and "3 n" in answer and not where)


NAMES = ("d", "m", "n")


def tree_of(text: str) -> Rate:
    return rate(expression(text, Names(frozenset(NAMES))))


@st.composite
def rates(draw: st.DrawFn) -> str:
    """A sum of products of powers and logarithms; sometimes a quotient."""
    terms = []
    for _ in range(draw(st.integers(1, 3))):
        factors = [
            draw(st.sampled_from(("1", "{0}", "{0}^2", "{0}^(1/2)", "log({0})", "{0} log({0})")))
            for _ in NAMES
        ]
        terms.append(" ".join(f"({f.format(v)})" for f, v in zip(factors, NAMES, strict=True)))
    text = " + ".join(terms)
    return f"({text}) ({draw(st.sampled_from(NAMES))} + 1)" if draw(st.booleans()) else text


def ratio(f: str, g: str, exponents: tuple[float, ...], t: float) -> float:
    """log₂ of f/g where the sizes are 2^(e t), or t where e is 0."""
    trees = [expression(text, Names(frozenset(NAMES))) for text in (f, g)]
    sizes = {n: e * t if e else math.log2(t) for n, e in zip(NAMES, exponents, strict=True)}
    return logarithm(trees[0], sizes) - logarithm(trees[1], sizes)


@given(rates(), rates(), st.integers(0, 2**32), st.booleans())
def test_no_false_verdict(f: str, g: str, seed: int, is_tied: bool) -> None:
    """Proved alike: no random path parts them. Parted: the ratio grows along the path."""
    conditions = (("d", "n"),) if is_tied else ()
    left, right = tree_of(f), tree_of(g)
    trees = [expression(text, Names(frozenset(NAMES))) for text in (f, g)]
    path = next(partings(left, right, conditions), None)
    if path is not None:
        early, late = gap(trees[0], trees[1], path)
        assert late > early, (f, g, path)
        assert not alike(left, right, conditions)
    if not alike(left, right, conditions):
        return
    rng = random.Random(seed)
    for _ in range(6):
        exponents = tuple(rng.choice((0.0, 1.0, 2.0, rng.uniform(0.1, 3))) for _ in NAMES)
        if is_tied and exponents[0] >= exponents[2]:
            continue
        assert abs(ratio(f, g, exponents, 2.0**40)) < 64, (f, g, exponents)


def test_means_bound_what_no_single_term_does() -> None:
    nd, squares = tree_of("n d"), tree_of("n^2 + d^2")
    assert bounded(nd.top[0], squares.top)
    assert not bounded(nd.top[0], squares.top, means=False)
    assert not bounded(tree_of("n d m").top[0], squares.top)
    assert bounded(tree_of("d^2").top[0], tree_of("n d").top, (("d", "n"),))
    assert not bounded(tree_of("d^2").top[0], tree_of("n d").top)
    assert bounded(tree_of("log(n) sqrt(n d)").top[0], tree_of("n log(n) + d log(n)").top)
    assert bounded(tree_of("n^(9/10) d log(n)").top[0], squares.top)  # log n is below any power
    assert not bounded(tree_of("n d log(n)").top[0], squares.top)
    assert not bounded(tree_of("d^2").top[0], tree_of("n").top, (("d", "n"),))


def test_paths_keep_to_the_conditions() -> None:
    sizes = (("d", "n"),)
    assert next(partings(tree_of("d^3"), tree_of("n d^2"), sizes), None) is None
    assert next(partings(tree_of("d^3"), tree_of("n d^2")), None) is not None


@pytest.mark.parametrize("speed", SPEEDS, ids=lambda speed: speed.told)
def test_the_orders_of_a_speed_are_those_of_its_numbers(speed: Speed) -> None:
    t = 2.0**64
    scale = (t * t, t, 64.0, math.log2(64), math.log2(math.log2(64)))
    value = speed.at(t)
    for order in speed.orders:
        predicted = sum(a * b for a, b in zip(order, scale, strict=True))
        assert abs(value - predicted) <= max(3, 0.01 * predicted), order
        value = math.log2(value)
        if value <= 0:
            break
