"""Answers that hostile testers wrote: rows for every kind of fault, judged by a careful reader."""

from __future__ import annotations

import pytest

from problems.answers import decide, equal

RIGHT, WRONG, OPEN = "correct", "incorrect", "undecided"
POWER = r"A^L = I + \frac{(1+s)^L-1}{s}pp^\top"
CAST = r"K_l = C A^{l-1} B"
STEP = r"\frac{A_{t-1}k_tk_t^\top A_{t-1}}{1+k_t^\top A_{t-1}k_t}"

ANSWERS = [
    # an answer gives a letter of the slot a meaning of its own
    ("1f.power", r"A^L = I + \frac{(1+s^2)^L-1}{s^2}pp^\top, s = \|p\|", RIGHT),
    ("1f.power", POWER + r", s = \|p\|", WRONG),
    ("1f.power", POWER + ", s = 1", OPEN),
    ("4f.output", "o_t = W_t q_t, W_t = C_t^T A_t", RIGHT),
    ("4f.output", "o_t = W_t q_t, W_t = A_t C_t", WRONG),
    ("4f.output", "C = C^T; o = C A q", OPEN),
    # a number that is counted up beside the answer
    ("4a.update", "m += (x - m)/(n+1); n += 1", RIGHT),
    ("4a.update", "m += (x - m)/n; n += 1", WRONG),
    ("4a.update", "n = n + 1; m = m + (x - m)/n", OPEN),
    # a prime is part of a name that the answer defines
    ("1d.block", "K_{M+r} = C' A^{r-1} B, C' = C A^M", RIGHT),
    ("4g.weights", "q' = (K^T K + λI)^{-1} K q, a = q'", WRONG),
    # conditions on members, and on a part of the positions
    ("1e.kernel", "sum_i c_i b_i λ_i^(l-1) for λ_i > 0", OPEN),
    ("4f.cross", "C_t = C_{t-1} + k_t v_t^T for t > 1", OPEN),
    ("4f.cross", "C_t = C_{t-1} + k_t v_t^T for t <= 1", OPEN),
    ("4f.cross", "C_t = C_{t-1} + k_t v_t^T for t > 0", RIGHT),
    ("4g.weights", "a_i = k_i^T (K^T K + λI)^{-1} q for i > 1", OPEN),
    ("1a.kernel", CAST + ", l = 1, …, L", RIGHT),
    ("1a.kernel", CAST + " for 2 <= l <= L", OPEN),
    # what is said of the beginning is held against the key's facts
    ("1a.kernel", r"K_l=\begin{cases}0&l=0\\CA^{l-1}B&l\geq1\end{cases}", WRONG),
    ("1a.kernel", r"K_l=\begin{cases}D,&\text{if }l=0,\\CA^{l-1}B,&l\geq1.\end{cases}", RIGHT),
    ("4f.inverse", rf"A_0 = \lambda I, A_t = A_{{t-1}} - {STEP}", WRONG),
    ("4f.inverse", rf"A_0 = \lambda^{{-1}} I, A_t = A_{{t-1}} - {STEP}", RIGHT),
    ("1a.kernel", r"K_l=\begin{cases}CA^{l-1}B&l=1\\CA^{l}B&\text{otherwise}\end{cases}", OPEN),
    ("1f.coefficient", "c_L = L + s L for L <= 1", WRONG),
    ("1f.kernel", r"K_0 = D, K_l = CB + \frac{(1+s)^{l-1}-1}{s} Cpp^\top B", RIGHT),
    ("1f.kernel", r"K_0 = D, K_l = CB + \frac{(1+s)^{l}-1}{s} Cpp^\top B", WRONG),
    # the question restated as a sum of its powers
    ("1f.power", r"\sum_{k=0}^L \binom{L}{k} (pp^\top)^k", OPEN),
    # boxes: what stands before them may define a letter, or set a condition
    ("1f.power", rf"Hence $$\boxed{{{POWER}}}$$ where $s = p^\top p$.", RIGHT),
    ("1f.power", rf"Let $s = \|p\|$. \boxed{{{POWER}}}", WRONG),
    ("1f.power", rf"If $\|p\| = 1$ then \boxed{{{POWER}}}", OPEN),
    ("1a.kernel", r"\boxed{K_l = C A^{l-1} B} for $l \ge 1$", RIGHT),
    ("1a.kernel", r"-\boxed{C A^{l-1} B}", WRONG),
    ("1a.kernel", "**Answer:** The kernel is $K_l = CA^{l-1}B$ for all $l \\geq 1$.", RIGHT),
    ("1a.kernel", "- K_0 = D\n- K_l = C A^{l-1} B for l ≥ 1", RIGHT),
    ("1a.kernel", CAST + r" \in \mathbb{R}^{m\times d}", RIGHT),
    ("1a.kernel", CAST + r" \in \mathbb{R}^{d\times m}", OPEN),
    # the letters that people use
    ("4a.update", r"\bar x_{n+1} = \bar x_n + \frac{x_{n+1}-\bar x_n}{n+1}", RIGHT),
    ("4a.update", r"m_n = m_{n-1} + \frac{x_n-m_{n-1}}{n}", RIGHT),
    ("4a.update", r"m_n = m_{n-1} + \frac{x_n-m_{n-1}}{n+1}", WRONG),
    ("4a.update", r"m_n = \frac{n m + x_{n+1}}{n+1}", OPEN),
    ("4f.output", r"o_t = C_t^\top M_t^{-1} q_t", RIGHT),
    ("4f.output", r"\text{output}_t = S_t^{-1}C_tq_t", WRONG),
    ("4f.output", r"o_t = C_t^\top M_t q_t", OPEN),
    ("4f.inverse", "x = Minv k; Minv <- Minv - x x^T/(1 + k^T x)", RIGHT),
    ("4f.inverse", "P ← P - P k k^T P/(1 + k^T P k), P = λ I", WRONG),
    ("4f.inverse", r"M_t = M_{t-1} + k_t k_t^\top, M_0 = \lambda I", OPEN),
    ("3b.encoder", r"W^\star = (XX^\top+\lambda I)^{-1} XX^\top", RIGHT),
    ("4f.cross", "C += np.outer(k, v)", RIGHT),
    ("4f.cross", "C -= np.outer(k, v)", WRONG),
    # an answer and an earlier one
    ("4f.output", "o_t = A_t C_t^T q_t (earlier o_t = A_t C_t q_t)", WRONG),
    ("4f.output", "o_t = C_t^T A_t q_t (earlier o_t = A_t C_t q_t)", OPEN),
]


@pytest.mark.parametrize(("slot", "answer", "said"), ANSWERS)
def test_answers(slot: str, answer: str, said: str) -> None:
    verdict = decide(slot, answer)
    assert verdict.verdict == said, verdict


FAMILIES = "a_i: scalar family n, b_i: scalar family d"
ROWS = "A: n×d, x_i: d = row i of A"
IDENTITIES = [
    # a size that is also a number is no other number than the size
    ("n sum_{i=1}^n a_i sum_{j=1}^d b_j", "d sum_{i=1}^n a_i sum_{j=1}^d b_j", FAMILIES, WRONG),
    ("(n-1)(n-2)(n-3)(n-4)(n-5)(n-6)(n-7) sum_{i=1}^n a_i", "0", FAMILIES, WRONG),
    ("sum_{i=1}^n (x_i+m)^2", "sum_{i=1}^n x_i^2 + 2m sum_{i=1}^n x_i + n m^2",
     "x: n, m: scalar", RIGHT),
    ("(1/n X^T X + λ I)^{-1} X^T y / n", "(X^T X + n λ I)^{-1} X^T y",
     "X: n×d, y: n, λ > 0", RIGHT),
    # members that are named by a number, or from the end
    ("sum_{i=1}^6 x_i", "sum_{i=1}^n x_i", "x: n", WRONG),
    ("sum_{i=1}^{n-6} x_i", "0", "x: n", WRONG),
    ("sum_{i=1}^{n^2-36} x_i", "0", "x: n", OPEN),
    ("x_1 + x_2", "sum_{i=1}^n x_i", "x: n", WRONG),
    # places in a sum that are numbers
    ("sum_{i=1}^n (i-1)(i-2)(i-3)(i-4)(i-5)(i-6) x_i", "0", "x: n", WRONG),
    ("sum_{i=1}^n 2^i x_i", "sum_{i=1}^n (i^2-i+2) x_i", "x: n", WRONG),
    ("sum_{i=1}^n 2^{i+1} x_i", "2 sum_{i=1}^n 2^i x_i", "x: n", RIGHT),
    (r"sum_{i=1}^n \binom{i}{9} x_i", "0", "x: n", OPEN),
    # what differs is shown, at sizes that differ
    ("sum_{i=1}^d x_i x_i^T", "sum_{i=1}^n x_i x_i^T", ROWS, WRONG),
    ("I", "X (X^T X)^{-1} X^T", "X: n×d", WRONG),
    ("x/y*z", "x/(y*z)", "x: scalar, y: scalar, z: scalar", WRONG),
]  # fmt: skip


@pytest.mark.parametrize(("left", "right", "where", "said"), IDENTITIES)
def test_identities(left: str, right: str, where: str, said: str) -> None:
    verdict = equal(left, right, where)
    assert verdict.verdict == said, verdict


def test_no_special_case_is_said_that_fails() -> None:
    verdict = equal("(n-2)(n-6)(n-7) sum_{i=1}^n x_i", "0", "x: n")
    assert verdict.verdict == WRONG
    assert verdict.holds_if == ""
