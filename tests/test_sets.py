"""Sets of reals: right, wrong and open; random unions in several notations against membership."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from problems.answers.decide import decide, verdict_of
from problems.answers.key import Key
from problems.answers.sets import read
from problems.formulas.sets import LINE, NOTHING, RealSet, above, below, between, points
from problems.formulas.tree import Unreadable
from problems.part import Slot

INTERVAL = Slot("interval", "interval", "1 <= λ <= 4", "λ: scalar > 0", assuming=("λ > 0",))
THRESHOLD = Slot("threshold", "interval", "λ > 0.001", "λ: scalar >= 0")
RIGHT = [
    "[1, 4]",
    "`[1, 4]`",
    "**[1, 4]**",
    "$\\lambda \\in [1.0, 4.0]$.",
    "\\[ \\lambda \\in \\left[1, 4\\right] \\]",
    "\\boxed{1 \\le \\lambda \\le 4}",
    "Answer: λ ∈ [1; 4]",
    "4 >= λ >= 1",
    "λ >= 1, λ <= 4",
    "\\lambda \\ge 1 \\text{ and } \\lambda \\le 4",
    "{λ | 1 ≤ λ ≤ 4}",
    "\\{\\lambda\\in\\mathbb R: 1 \\le \\lambda \\le 4\\}",
    "[1,2] ∪ (2,4]",
    "{1} ∪ (1, 4]",
    "λ = [1, 4]",
    "2 ≤ 2λ ≤ 8",
    "2λ ∈ [2, 8]",
    "|λ − 2.5| ≤ 1.5",
    "λ² − 5λ + 4 ≤ 0",
    "1/λ >= 1/4 and λ >= 1",
    "between 1 and 4 inclusive",
    "λ from 1 to 4",
    "at least 1 and at most 4",
    "1 ≤ λ ≤ 4, i.e. λ ∈ [1, 4]",
    "For λ > 0: 1 ≤ λ ≤ 4",
    "1≤λ≤4 (λ>0)",
    "every λ satisfying 1 ≤ λ ≤ 4",
    "the range of λ is [1, 4]",
    "λ ∈ ]1; 2[ ∪ [1, 4] \\ {5}",
    "λ ∈ [100%, 400%]",
    "1 <= λ <= 4 or λ < 0",
    "¬(λ<1 ∨ λ>4)",
    "not (λ < 1) and not (λ > 4)",
    "(λ ≥ 1) ∧ (λ ≤ 4)",
    "(0, ∞) \\ ((0,1) ∪ (4,∞))",
    "λ ≥ 1, but λ ≤ 4",
    "We need 1 ≤ λ ≤ 4",
    "λ between 1 and 4, endpoints included",
    "1 ≤ λ ≤ 4 (λ ∈ ℝ)",
    "-∞ < 1 ≤ λ ≤ 4 < ∞",
    "not (λ < 1 or λ > 4)",
    "100% ≤ λ ≤ 400%",
    "λ is in the closed interval [1, 4]",
    "λ can be anything between 1 and 4 inclusive",
    "Any λ in [1, 4] works",
    "1=<λ<=4",
    "1 ≤ λ ≤ 4, λ real",
    "λ ∈ [1, 4] = {λ: 1 ≤ λ ≤ 4}",
    "λ ≥ 1 but λ ≤ 4",
    "all λ except (λ < 1 or λ > 4)",
    "1 ≤ λ ≤ 4 (or 2 ≤ 2λ ≤ 8)",
    "λ ≱ 4 and λ ≥ 1 or λ = 4",
]
WRONG = [
    "(1, 4)",
    "[1, 4)",
    "strictly between 1 and 4",
    "λ ≤ 4",
    "λ >= 1 or λ <= 4",
    "λ ∈ {1, 4}",
    "1 ≤ λ² ≤ 4",
    "λ ∉ [1, 4]",
    "λ ∈ [1, 4] and λ ≠ 2",
    "outside [1, 4]",
    "{1} ∪ [2, 4]",
    "λ ∈ ℝ",
    "all λ",
    "∅",
    "never",
    "[1, 4] without {2}",
    "all but [1, 4]",
    "any λ but 1 ≤ λ ≤ 4",
    "all reals except [1, 4]",
    "1 ≤ λ ≤ 4 \\ {1}",
    "1 ≤ λ ≤ 4 except λ = 2",
    "from 1 to 4 but not 4",
    "[1, 4], not including 2",
    "not (1 ≤ λ ≤ 4)",
    "1 ≤ λ ≤ 10^{60}*10^{60}*10^{60}*10^{60}*10^{60}*10^{60}",
]
OPEN = [
    "[1, 4] or",
    "or [1, 4]",
    "[1, 4] ∪",
    "λ >= 1 and",
    "λ ≥ 1 and μ ≤ 4",
    "1 <= x <= 4",
    "λ ∈ [1, 4] if n > 3",
    "1 ≤ λ ≤ 4 for λ < 3",
    "between 1 and 4",
    "about [1, 4]",
    "[1, 4] or so",
    "(1, 4) (inclusive)",
    "the half-open interval [1, 4]",
    "{1, 4]",
    "1 < 2 and 3 < 4",
    "1 or " * 70 + "4",
    "the open interval [1, 4]",
    "1 ≤ λ ≤ 4 or 2",
    "1 ≤ λ ≤ 4 and 2",
    "[1, 4] but [2, 3]",
    "λ = 2 or 1 ≤ λ ≤ 4 without 2",
    "[1, 4] = [1, 5]",
    "1 ≤ λ ≤ 4 does not work",
    "everything but [1, 4]",
    "[4, 1]",
    "[1, 4]; [2, 3]",
    "λ ≥ 1 ≤ 4",
    "4",
    "λ < 1, λ > 4",
    "\\boxed{[1, 4]} or \\boxed{(1, 4)}",
    "the answer is not \\boxed{[1, 4]}",
    "either λ < 1 or λ > 4 but not both",
    "λ > sqrt(2)",
    "",
]


@pytest.mark.parametrize("answer", RIGHT)
def test_right(answer: str) -> None:
    verdict = verdict_of(INTERVAL, answer)
    assert (verdict.verdict, verdict.assuming) == ("correct", ("λ > 0",)), verdict


@pytest.mark.parametrize("answer", WRONG)
def test_wrong_with_a_number_that_is_in_one_of_them_only(answer: str) -> None:
    verdict = verdict_of(INTERVAL, answer)
    assert verdict.verdict == "incorrect", verdict
    assert verdict.witness is not None
    (x,) = verdict.witness["with"].values()
    assert x > 0
    assert (x in read("[1, 4]")) == verdict.witness["key"] != verdict.witness["answer"]


@pytest.mark.parametrize("answer", OPEN)
def test_open(answer: str) -> None:
    assert verdict_of(INTERVAL, answer).verdict == "undecided", answer


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ("λ > 10^{-3}", "correct"),
        ("λ<-1 ∨ λ>0.001", "correct"),
        ("(-oo,-1) U (0.001, oo)", "correct"),
        ("]0,001; 5[ ∪ [1, ∞[", "undecided"),
        ("]0,1[ ∪ [1, ∞[", "incorrect"),
        ("λ > 0,001", "correct"),
        ("λ > 1 \\times 10^{-3}", "correct"),
        ("more than 0.001", "correct"),
        ("λ > 0.001 for λ ≥ 0", "correct"),
        ("λ > 0.001 for λ > 0", "correct"),
        ("λ > 0.001 (strict)", "correct"),
        ("λ > 1,000", "incorrect"),
        ("λ ≥ 0.001", "incorrect"),
        ("λ is not > 0.001", "incorrect"),
        ("λ ≯ 0.001", "incorrect"),
        ("λ > 0.001 for λ > 5", "undecided"),
        ("λ > 0.333...", "undecided"),
        ("λ > ~0.001", "undecided"),
    ],
)
def test_numbers_and_conditions(answer: str, outcome: str) -> None:
    assert verdict_of(THRESHOLD, answer).verdict == outcome


KEY = Key({"3c.interval": INTERVAL})


@pytest.mark.parametrize(
    ("slot", "reference", "answer", "where", "outcome"),
    [
        ("3c.interval", "[1, 4]", "(1, 4)", "", "incorrect"),
        ("3c.interval", "(1, 4)", "[1, 4]", "", "incorrect"),
        ("z", "-3 <= t < 7", "[0, 7)", "", "incorrect"),
        ("3c.interval", "-3 <= t < 7", "[-3, 7)", "", "correct"),
        ("3c", "x < 2 or x >= 5", "ℝ \\ [2, 5)", "x: scalar", "correct"),
        ("3c", "0 <= λ <= 4", "0 < λ <= 4", "", "undecided"),  # is λ > 0 meant, as in 3c?
        ("z", "0 < η < 2", "0 ≤ η < 2", "η: scalar > 0", "correct"),
        ("z", "[0,4]", "(0, 4]", "", "undecided"),  # an interval, or a vector?
        ("z", "[0,4)", "(0, 4)", "", "incorrect"),
        ("z", "λ < 0 and λ > 0", "∅", "", "correct"),
        ("z", "[1, 4]", "1 <= x <= 4", "", "correct"),
        ("z", "[1, 4]", "1 <= x <= 4", "x: scalar > 2", "correct"),
        ("z", "[1, 4]", "1 <= x < 4", "x: scalar > 2", "incorrect"),
    ],
)
def test_references_of_a_row_s_own(
    slot: str, reference: str, answer: str, where: str, outcome: str
) -> None:
    verdict = decide(slot, answer, KEY, reference=reference, where=where)
    assert verdict.verdict == outcome, verdict


def test_where_a_text_cannot_be_read() -> None:
    with pytest.raises(Unreadable) as error:
        read("1 <= λ <= 4 ?")
    assert error.value.at == len("1 <= λ <= 4 ")


NUMBERS = st.fractions(-20, 20, max_denominator=6)


@st.composite
def described(draw: st.DrawFn, depth: int = 2) -> tuple[str, RealSet]:
    """A set in one of many notations, and what it is."""
    low, high = sorted((draw(NUMBERS), draw(NUMBERS)))
    if depth and draw(st.booleans()):
        (a, s), (b, t) = draw(described(depth - 1)), draw(described(depth - 1))
        word = draw(st.sampled_from(("or", "∪", "∨", "\\cup")))
        return f"{a} {word} {b}", s | t
    simple = [
        (f"[{low}, {high}]", between(low, high)),
        (f"({low}; {high}]", between(low, high, open_low=True)),
        (f"]{low}, {high}[", between(low, high, True, True)),
        (f"{low} <= x < {high}", between(low, high, open_high=True)),
        (f"{high} > x >= {low}", between(low, high, open_high=True)),
        (f"x \\ge {low} and x \\le {high}", between(low, high)),
        (f"x > {low}", above(low, strict=True)),
        (f"{high} >= x", below(high)),
        (f"-2x > {low}", below(-low / 2, strict=True)),
        (f"x ≠ {low}", LINE - points([low])),
        (f"x in {{{low}, {high}}}", points([low, high])),
        (f"|x - {high}| <= {high - low}", between(low, 2 * high - low)),
        (f"(x - {low})(x - {high}) < 0", between(low, high, True, True)),
        (f"x notin [{low}, {high}]", LINE - between(low, high)),
        (f"{{x : {low} < x}}", above(low, strict=True)),
        ("no x", NOTHING),
        (f"x at least {low}", above(low)),
    ]
    return draw(st.sampled_from(simple))


@given(described(), NUMBERS)
def test_what_is_read_has_the_members_that_it_says(pair: tuple[str, RealSet], x: Fraction) -> None:
    text, wanted = pair
    found = read(text)
    for at in (x, *wanted.ends, *found.ends):
        assert (at in found) == (at in wanted), (text, str(found), str(wanted))


@given(described(), described())
def test_no_false_verdict(one: tuple[str, RealSet], other: tuple[str, RealSet]) -> None:
    slot = Slot("", "interval", one[0], "x: scalar")
    verdict = verdict_of(slot, other[0])
    if verdict.verdict != "undecided":
        assert (verdict.verdict == "correct") == (one[1] == other[1]), (one, other)
