"""Numbers, vectors and matrices: what is read, right, wrong and open."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from problems.answers.decide import decide, verdict_of
from problems.answers.key import Key
from problems.part import Slot

KERNEL = Slot("2d", "vector", "(0, 1, 0.7, 0.51)")
SCALAR = Slot(
    "scalar",
    "vector",
    "(δ, 1.5, 1.2, 0.96, 0.768)",
    "δ: scalar",
    {"(0, 1.5, 1.2, 0.96, 0.768)": "δ = 0"},
    ("K_0 = δ",),
)
LOSSES = Slot("losses", "vector", "(0, 2, 0.001, 1)")
NUMBER = Slot("", "number", "5/2")
THIRD = Slot("", "number", "1/3")
COLUMN = Slot("", "matrix", "\\begin{pmatrix}1\\\\2\\end{pmatrix}")
SQUARE = Slot("", "matrix", "[[1, 2], [3, 4]]")
NAMED = Slot("", "vector", "(1, 2, 3)")
RIGHT = [
    (NUMBER, "two and half"),
    (NUMBER, "five halves"),
    (NUMBER, "ten quarters"),
    (KERNEL, "* 0\n* 1\n* 0.7\n* 0.51"),
    (KERNEL, "- 0\n- 1\n- 0.7\n- 0.51"),
    (KERNEL, "K_0, K_1, K_2, K_3 = 0, 1, 0.7, 0.51"),
    (KERNEL, "(K_0, K_1, K_2, K_3) = (0, 1, 0.7, 0.51)"),
    (KERNEL, "K(0) = 0, K(1) = 1, K(2) = 0.7, K(3) = 0.51"),
    (KERNEL, "The kernel is (0, 1, 0.7, 0.51)."),
    (LOSSES, "α = (0, 2), β = (0.001, 1)"),
    (SQUARE, "[1, 2]\n[3, 4]"),
    (SQUARE, "[[1 2]\n [3 4]]"),
    (SQUARE, "[[1, 2],\n [3, 4]]"),
    (SQUARE, "A = [[1, 2], [3, 4]]"),
    (SQUARE, "\\left[\\begin{array}{cc}1&2\\\\3&4\\end{array}\\right]"),
    (KERNEL, "K = (0, 1, 0.7, 0.51)"),
    (KERNEL, "K_0 = 0, K_1 = 1, K_2 = 7/10 = 0.7, K_3 = 51/100"),
    (KERNEL, "K_3 = 0.51, K_0 = 0, K_2 = 0.7, K_1 = 1"),
    (KERNEL, "K[0]=0, K[1]=1, K[2]=0.7, K[3]=0.51"),
    (KERNEL, "K₀ = 0\nK₁ = 1\nK₂ = 0.7\nK₃ = 0.51"),
    (KERNEL, "array([0.  , 1.  , 0.7 , 0.51])"),
    (KERNEL, "(0 ; 1 ; 0,7 ; 0,51)"),
    (KERNEL, "(0, 1, 70%, 51\\%)"),
    (KERNEL, "(0,1,0.7,0.51)^T"),
    (KERNEL, "\\begin{bmatrix} 0 \\\\ 1 \\\\ 0.7 \\\\ 0.51 \\end{bmatrix}"),
    (KERNEL, "\\{0, 1, 0.7, 0.51\\}"),
    (KERNEL, "| l | 0 | 1 | 2 | 3 |\n|---|---|---|---|---|\n| K_l | 0 | 1 | 0.7 | 0.51 |"),
    (KERNEL, "K_0 & K_1 & K_2 & K_3 \\\\ 0 & 1 & 0.7 & 0.51"),
    (KERNEL, "(0, 1, 0.7, 0.7^2 + 0.02)"),
    (KERNEL, "K_0 = 0, K_l = (1, 0.7, 0.51)"),
    (SCALAR, "[δ, 1\\frac12, 1.2, 0.96, 0.768]"),
    (SCALAR, "[0, 1.5, 1.5(0.8), 0.96, 0.768]"),
    (LOSSES, "α: recon 0, reg 2; β: recon 0.001, reg 1"),
    (LOSSES, "α: recon = 0, reg = 2; β: recon = 0.001, reg = 1"),
    (LOSSES, "\\alpha:\\ 0,\\ 2;\\quad\\beta:\\ 0.001,\\ 1"),
    (LOSSES, "β: 0.001, 1; α: 0, 2"),
    (LOSSES, "reg: 2, 1; recon: 0, 0.001"),
    (LOSSES, "α: (0, 2), β: (0.001, 1)"),
    (LOSSES, "|   | recon | reg |\n|---|---|---|\n| α | 0 | 2 |\n| β | 0.001 | 1 |"),
    (LOSSES, "|   | reg | recon |\n|---|---|---|\n| β | 1 | 0.001 |\n| α | 2 | 0 |"),
    (NUMBER, "2½"),
    (NUMBER, "2\\frac{1}{2}"),
    (NUMBER, "2 1/2"),
    (NUMBER, "250 %"),
    (NUMBER, "2,5"),
    (NUMBER, "two and a half"),
    (NUMBER, "the answer is **2.5**."),
    (NUMBER, "x = 10/4 = 2.5"),
    (NUMBER, "\\sqrt{6.25}"),
    (THIRD, "0.(3)"),
    (THIRD, "0.\\overline{3}"),
    (THIRD, "one third"),
    (Slot("", "number", "1234567"), "1,234,567"),
    (Slot("", "number", "1234567"), "1.234567 x 10^6"),
    (COLUMN, "[1; 2]"),
    (COLUMN, "[[1], [2]]"),
    (COLUMN, "[[1, 2]]^T"),
    (SQUARE, "np.array([[1,2],[3,4]])"),
    (SQUARE, "{{1,2},{3,4}}"),
    (SQUARE, "1 2\n3 4"),
    (SQUARE, "\\begin{pmatrix}1&3\\\\2&4\\end{pmatrix}^T"),
    (Slot("", "matrix", "\\begin{pmatrix}1&0\\\\0&1\\end{pmatrix}"), "I_2"),
    (NAMED, "x=1, y=2, z=3"),
    (NAMED, "x_2=2, x_1=1, x_3=3"),
    (NAMED, "1 2 3"),
]
WRONG = [
    (KERNEL, "(1, 0.7, 0.51, 0)"),
    (KERNEL, "(0, 1, 0.7)"),
    (KERNEL, "K_0=1, K_1=0.7, K_2=0.51"),
    (KERNEL, "(0, 1, 0.7, 0,51)"),  # five entries, as written
    (SCALAR, "(2δ, 1.5, 1.2, 0.96, 0.768)"),
    (SCALAR, "(δ, δ, 1.2, 0.96, 0.768)"),
    (LOSSES, "α: 2, 0; β: 1, 0.001"),
    (LOSSES, "β: 0, 2; α: 0.001, 1"),
    (LOSSES, "|   | reg | recon |\n|---|---|---|\n| α | 0 | 2 |\n| β | 0.001 | 1 |"),
    (NUMBER, "2 * 1/2"),
    (NUMBER, "½"),
    (NUMBER, "2.4999"),
    (THIRD, "0.334"),
    (COLUMN, "[1, 2]"),
    (COLUMN, "\\begin{pmatrix}1&2\\end{pmatrix}"),
    (SQUARE, "[[1,3],[2,4]]"),
    (SQUARE, "2\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}"),
    (NAMED, "x_1=1, x_2=3, x_3=2"),
    (NAMED, "{3, 2, 1}"),
    (Slot("", "number", "-0.05"), "(0.05)"),
]
OPEN = [
    (Slot("", "number", "2"), "two and "),
    (Slot("", "number", "2"), "two and"),
    (KERNEL, "1. 0\n2. 1\n3. 0.7\n4. 0.51"),
    (KERNEL, "K_1, K_2, K_3, K_4 = 0, 1, 0.7, 0.51"),
    (KERNEL, "K_0, K_1, K_2 = 0, 1, 0.7, 0.51"),
    (NAMED, "a = (1, 2), b = 3"),
    (NAMED, "[]"),
    (NAMED, "{}"),
    (NUMBER, "{}"),
    (SQUARE, "[1, 2;]; [3, 4]"),
    (KERNEL, "K = 2·(0, 1, 0.7, 0.51)"),
    (KERNEL, "2K = (0, 1, 0.7, 0.51)"),
    (KERNEL, "-K = (0, 1, 0.7, 0.51)"),
    (KERNEL, "7, 8, K = (0, 1, 0.7, 0.51)"),
    (KERNEL, "K_1=0, K_2=1, K_3=0.7, K_4=0.51"),
    (KERNEL, "[[0, 1], [0.7, 0.51]]"),
    (KERNEL, "(0, 1, 0.7, about 0.51)"),
    (KERNEL, "(0, 1, 0.7, 0.51, ...)"),
    (KERNEL, "(0, 1, 0.7, 0.51) or so"),
    (KERNEL, "(0, 1, 0.7, 0.51"),
    (SCALAR, "(α, 1.5, 1.2, 0.96, 0.768)"),
    (LOSSES, "α: 0, 2; α: 0.001, 1"),
    (LOSSES, "α: 0, 2"),
    (LOSSES, "α: 5, 5; β: 0.001, 1; α: 0, 2"),
    (KERNEL, "K_0 = 0, K_5 = (1, 0.7, 0.51)"),
    (NUMBER, "(2,5)"),
    (NUMBER, "≈ 2.5"),
    (NUMBER, "~2.5"),
    (NUMBER, "about 2.5"),
    (NUMBER, "2.5 = 3"),
    (NUMBER, "="),
    (NUMBER, "2.5 ="),
    (NUMBER, "9" * 3999),
    (NUMBER, "10^5000"),
    (NUMBER, "exp(exp(exp(9)))"),
    (NUMBER, "1/0"),
    (THIRD, "0.333"),  # rounded
    (THIRD, "0.333..."),
    (SQUARE, "[[1,2],[3]]"),
]


@pytest.mark.parametrize(("slot", "answer"), RIGHT)
def test_right(slot: Slot, answer: str) -> None:
    verdict = verdict_of(slot, answer)
    assert verdict.verdict == "correct", verdict
    assert verdict.read


@pytest.mark.parametrize(("slot", "answer"), WRONG)
def test_wrong_with_a_witness(slot: Slot, answer: str) -> None:
    verdict = verdict_of(slot, answer)
    assert verdict.verdict == "incorrect", verdict
    assert " against " in verdict.counterexample


@pytest.mark.parametrize(("slot", "answer"), OPEN)
def test_open(slot: Slot, answer: str) -> None:
    assert verdict_of(slot, answer).verdict == "undecided", answer


def test_what_a_verdict_names() -> None:
    assert verdict_of(KERNEL, "(1, 0.7, 0.51, 0.375)").hint == "index shifted by one"
    assert verdict_of(LOSSES, "(0.001, 1, 0, 2)").hint == "other order"
    assert verdict_of(SCALAR, "(0, 1.5, 1.2, 0.96, 0.768)").assuming == ("δ = 0",)
    assert verdict_of(SCALAR, "(δ, 1.5, 1.2, 0.96, 0.768)").assuming == ("K_0 = δ",)
    wrong = verdict_of(SCALAR, "(2δ, 1.5, 1.2, 0.96, 0.768)").witness
    assert wrong is not None
    assert wrong["answer"] == 2 * wrong["key"] == 2 * wrong["with"]["δ"]


def test_roots_are_told_apart_in_intervals() -> None:
    slot = Slot("", "number", "sqrt(2)")
    assert verdict_of(slot, "sqrt(2)").verdict == "correct"
    assert verdict_of(slot, "1.5").verdict == "incorrect"
    assert verdict_of(slot, "\\sqrt{3}").verdict == "incorrect"
    assert verdict_of(slot, "1.41421356").verdict == "undecided"  # rounded


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ("(δ, 1.5, 1.2, 0.96, 0.768); (0, 1, 0.7, 0.51)", "correct"),
        ("(a) (0, 1.5, 1.2, 0.96, 0.768)\n(b) (0, 1, 0.7, 0.51)", "correct"),
        ("(i) (0, 1.5, 1.2, 0.96, 0.768) (ii) (0, 1, 0.7, 0.51)", "correct"),
        ("K_0=0; K_1=1.5; K_2=1.2; K_3=0.96; K_4=0.768; (0, 1, 0.7, 0.51)", "correct"),
        ("(0, 1, 0.7, 0.51); (0, 1.5, 1.2, 0.96, 0.768)", "undecided"),  # in another order
        ("(1.5, 1.2, 0.96, 0.768); (0, 1, 0.7, 0.51)", "incorrect"),
        ("scalar: (0, 1.5, 1.2, 0.96, 0.768); 2d: (0, 1, 0.7, 0.51)", "correct"),
        ("2d = (0, 1, 0.7, 0.51)\nscalar case: (0, 1.5, 1.2, 0.96, 0.768)", "correct"),
        ("2d: (0, 1.5, 1.2, 0.96, 0.768); scalar: (0, 1, 0.7, 0.51)", "incorrect"),
        ("```\n(0, 1.5, 1.2, 0.96, 0.768)\n(0, 1, 0.7, 0.51)\n```", "correct"),
        ("a) (0, 1.5, 1.2, 0.96, 0.768) b) (0,1,0.7,0.51) ", "correct"),
        ("a) (0,0,1) b) (0, 1, 0.7, 0.51)", "incorrect"),
        ("a) " * 1300, "undecided"),
        ("(δ, 1.5, 1.2, 0.96, 0.768)", "undecided"),
        ("", "undecided"),
    ],
)
def test_a_whole_part(answer: str, outcome: str) -> None:
    key = Key({"1b.scalar": SCALAR, "1b.2d": KERNEL})
    assert decide("1b", answer, key).verdict == outcome


ENTRIES = st.lists(st.fractions(-9, 9, max_denominator=8), min_size=2, max_size=6)


def written(values: list[Fraction], form: int) -> str:
    texts = [str(v) for v in values]
    rows = " \\\\ ".join(texts)
    quotients = ", ".join(f"\\frac{{{v.numerator}}}{{{v.denominator}}}" for v in values)
    return (
        f"({', '.join(texts)})",
        f"[{'; '.join(texts)}]",
        f"np.array([{', '.join(texts)}])",
        f"\\begin{{bmatrix}} {rows} \\end{{bmatrix}}",
        ", ".join(f"K_{i} = {t}" for i, t in reversed(list(enumerate(texts)))),
        f"**{', '.join(texts)}**",
        f"({quotients})^T",
    )[form]


@given(ENTRIES, ENTRIES, st.integers(0, 6), st.integers(0, 3))
def test_no_false_verdict(a: list[Fraction], b: list[Fraction], form: int, key_form: int) -> None:
    verdict = verdict_of(Slot("", "vector", written(a, key_form)), written(b, form))
    assert verdict.verdict == ("correct" if a == b else "incorrect"), verdict
    again = verdict_of(Slot("", "vector", written(a, key_form)), written(a, form))
    assert again.verdict == "correct", again
