"""Choices: names, letters, ticks and crosses, all and none."""

from __future__ import annotations

import pytest

from problems.answers.decide import decide, verdict_of
from problems.answers.key import Key
from problems.part import Slot

GRADIENTS = Slot(
    "gradients",
    "select_all",
    "lambda, keys, values, queries",
    assuming=("λ > 0",),
    twins={"λ is not learnt": "keys, values, queries"},
)
LETTERS = Slot("", "select_all", "A, C")
LETTER = Slot("", "choice", "B")
TRUTH = Slot("", "choice", "true")
ROWS = [
    (LETTER, "B as well as C", "incorrect"),
    (LETTER, "B since C", "undecided"),
    (LETTER, "B, since the matrix is symmetric", "correct"),
    (LETTERS, "A as well as C", "correct"),
    (LETTERS, "A, C, …", "undecided"),
    (GRADIENTS, "✓", "undecided"),
    (GRADIENTS, "each of them", "correct"),
    (GRADIENTS, "λ (yes), keys (yes), values (yes), queries (yes)", "correct"),
    (GRADIENTS, "queries, keys, values, λ all receive gradients", "correct"),
    (GRADIENTS, "not λ", "incorrect"),
    (LETTERS, "not B", "undecided"),
    (LETTERS, "both A and C", "correct"),
    (GRADIENTS, "all of the above", "correct"),
    (GRADIENTS, "All four receive gradients.", "correct"),
    (GRADIENTS, "**all four**: λ, keys, values and queries", "correct"),
    (
        GRADIENTS,
        "\\text{all four: }\\lambda,\\ \\text{keys},\\ \\text{values},\\ \\text{queries}",
        "correct",
    ),
    (GRADIENTS, "1. λ\n2. keys\n3. values\n4. queries", "correct"),
    (GRADIENTS, "λ ✓, keys ✓, values ✓, queries ✓", "correct"),
    (GRADIENTS, "- [x] keys\n- [x] λ\n- [x] values\n- [x] queries", "correct"),
    (GRADIENTS, "KVQλ", "correct"),
    (GRADIENTS, "queries/keys/values/lambda", "correct"),
    (GRADIENTS, "λ yes, keys yes, values yes, queries yes", "correct"),
    (GRADIENTS, "the keys, the values, the queries, and the ridge λ", "correct"),
    (GRADIENTS, "- [x] keys\n- [ ] λ\n- [x] values\n- [x] queries", "incorrect"),
    (GRADIENTS, "✅ keys ❌ λ ✅ values ✅ queries", "incorrect"),
    (GRADIENTS, "\\checkmark\\ \\text{keys, values, queries};\\ \\times\\ \\lambda", "incorrect"),
    (GRADIENTS, "all of them except λ", "incorrect"),
    (GRADIENTS, "keys, values, queries (lambda not ticked)", "incorrect"),
    (GRADIENTS, "keys, values, queries, \\sout{λ}", "incorrect"),
    (GRADIENTS, "keys, values, queries, no λ", "incorrect"),
    (GRADIENTS, "all keys", "incorrect"),
    (GRADIENTS, "none", "incorrect"),
    (GRADIENTS, "not all", "undecided"),
    (GRADIENTS, "all: keys, values, queries", "undecided"),
    (GRADIENTS, "keys, values, queries, and possibly λ", "undecided"),
    (GRADIENTS, "keys, values, queries, lambda, biases", "undecided"),
    (GRADIENTS, "{}", "undecided"),
    (LETTERS, "options A and C", "correct"),
    (LETTERS, "(c), (a)", "correct"),
    (LETTERS, "A, B", "incorrect"),
    (LETTERS, "ABCD", "incorrect"),
    (LETTERS, "all four", "incorrect"),
    (LETTERS, "all of the above", "undecided"),  # nobody said what the options are
    (LETTERS, "A or C", "undecided"),
    (LETTER, "b)", "correct"),
    (LETTER, "\\textbf{B}", "correct"),
    (LETTER, "B, since the sum is finite", "correct"),
    (LETTER, "Ｂ", "correct"),
    (LETTER, "A or B", "incorrect"),
    (LETTER, "all", "incorrect"),
    (LETTER, "not B", "incorrect"),
    (LETTER, "not C", "undecided"),
    (LETTER, "B, because it is not A unless n = 1", "undecided"),
    (TRUTH, "T", "correct"),
    (TRUTH, "yes", "correct"),
    (TRUTH, "untrue", "incorrect"),
    (Slot("", "choice", "none"), "none of the above", "correct"),
    (Slot("", "choice", "yes"), "yes and no", "incorrect"),
]


@pytest.mark.parametrize(("slot", "answer", "outcome"), ROWS)
def test_choices(slot: Slot, answer: str, outcome: str) -> None:
    verdict = verdict_of(slot, answer)
    assert verdict.verdict == outcome, verdict
    assert outcome != "incorrect" or verdict.counterexample


def test_the_score_is_the_share_of_right_choices() -> None:
    assert verdict_of(GRADIENTS, "keys, values, queries").score == 0.75
    assert verdict_of(GRADIENTS, "all").score == 1.0
    assert verdict_of(GRADIENTS, "all").assuming == ("λ > 0",)


def test_the_options_of_a_part_are_those_of_a_row_s_own_reference() -> None:
    key = Key({"4d.gradients": GRADIENTS})
    right = "lambda, keys, values, queries"
    kind = "select_all"
    assert decide("4d", "all of the above", key, reference=right, kind=kind).verdict == "correct"
    assert decide("4d", "all", key, reference="keys, values", kind=kind).verdict == "incorrect"
    assert decide("", "all", key, reference=right, kind=kind).verdict == "undecided"
