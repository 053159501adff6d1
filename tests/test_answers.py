"""Verdicts: the public pairs and transcripts, blind spots, the grammar page, hostile text, random
mutations.
"""

from __future__ import annotations

import json
import random
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from problems.answers import compare, decide, effort, equal, formulas, infer, statements
from problems.answers.decide import consistent, decided_anew
from problems.answers.key import from_toml, homework, to_toml
from problems.formulas import instance, lexer, reader, values
from problems.part import InputError

from .fuzz_answers import PLACES, WHERE, mutated_pair, truth, written
from .shown import GRAMMAR, Row, rows

SHARED = Path(__file__).parent.parent.parent / "shared"
needs_shared = pytest.mark.skipif(
    not SHARED.exists(), reason="the shared data of the development workplace is not here"
)

RIGHT = [
    ("1a", "CA^{l-1}B"),
    ("1a.kernel", "(B' (A')^(l-1) C')'"),
    ("1b", "(δ, 1.5, 1.2, 0.96, 0.768); (0, 1, 0.7, 0.51)"),
    ("1c.convolution", "O(log L + log d)"),
    ("1c.recurrence", "O(L log n)"),
    ("1d.block", "(C A^M) A^(r-1) B"),
    ("1d.work", "O(L n^3)"),
    ("1e.kernel", "K_m = \\sum_{i=1}^n C_i \\lambda_i^{m-1} B_i, O(L n)"),
    ("1f.power", "A^{l-1} = I + f p p^T, f = ((1+s)^{l-1} - 1)/s"),
    ("1f.coefficient", "sum_{j=0}^{L-1} (1+s)^j"),
    ("3a.threshold", "λ ∈ (0.001, ∞)"),
    ("3b.encoder", "I - λ (X X^T + λ I)^{-1}"),
    ("3b.encoder", "X (X^T X + λ I)^{-1} X^T"),
    ("4a", "m + (x - m)/(n + 1)"),
    ("4b", "λI + Σ x_i x_iᵀ ; Σ x_i y_i"),
    ("4c", "O(n d^2 + d^3)"),
    ("4d", "keys, values, queries, lambda"),
    ("4f.output", "(A_t C_t)^T q_t"),
    ("4f.output", "W^T q"),
    ("4g", "(K K^T + λ I)^{-1} K q"),
    ("4g", "a_i = k_i^T (K^T K + λ I)^{-1} q"),
]
WRONG = [
    ("1a", "C A^l B"),
    ("1a", "C (A^T)^(l-1) B"),
    ("1b.scalar", "(1.5, 1.2, 0.96, 0.768)"),
    ("1c.convolution", "O(log L log n)"),
    ("1d.work", "O(L n^2)"),
    ("1f.power", "I + ((1+s)^L - 1) p p^T"),
    ("1f.kernel", "C B + ((1+s)^(l-1) - 1)/s (p^T B)(C p)"),
    ("3a.threshold", "λ >= 0.001"),
    ("3b.encoder", "X X^T (X X^T + λ^2 I)^{-1}"),
    ("3c", "(1, 4)"),
    ("4c", "O(n^2 d)"),
    ("4d", "keys, values, queries"),
    ("4f.output", "A_t C_t^T q_t"),
    ("4f.output", "A_t C_t q_t"),
    ("4f.output", "C_t A_t q_t"),
    ("4f.output", "-C_t^T A_t q_t"),
    ("4g", "K^T (K K^T + λ I)^{-1} q"),
    ("4g", "(K^T K + λ I)^{-1} K q"),
]
OPEN = [
    ("1f.power", "(I + p p^T)^L"),  # the question restated
    ("1f.kernel", "C (I + p p^T)^(l-1) B"),
    ("4b.gram", "A^T A + λ I"),
    ("4f.output", "the usual thing"),
    ("4f.output", "Z_t^T A_t q_t"),
    ("1a", "C A^{l-1} B or so"),
    ("4c", "O(n d^2) if d is small"),
    ("3c", "λ is about 2"),
    ("4f.output", ""),
    ("1e.kernel", "1/2n"),
]


@pytest.mark.parametrize(("slot", "answer"), RIGHT)
def test_right(slot: str, answer: str) -> None:
    verdict = decide(slot, answer)
    assert verdict.verdict == "correct", verdict
    assert verdict.read
    assert verdict.why


@pytest.mark.parametrize(("slot", "answer"), WRONG)
def test_wrong_with_a_witness(slot: str, answer: str) -> None:
    verdict = decide(slot, answer)
    assert verdict.verdict == "incorrect", verdict
    assert verdict.counterexample


@pytest.mark.parametrize(("slot", "answer"), OPEN)
def test_unread_never_becomes_wrong(slot: str, answer: str) -> None:
    verdict = decide(slot, answer)
    assert verdict.verdict == "undecided", verdict
    assert verdict.why


def test_what_a_verdict_names() -> None:
    assert "A_t symmetric" in decide("4f.output", "(A_t C_t)^T q_t").assuming
    assert "A_t symmetric" not in decide("4f.output", "C_t^T (A_t q_t)").assuming
    assert "U orthogonal" in decide("3b", "U diag(σ_i^2/(σ_i^2+λ)) U^T").assuming
    assert "d < n" in decide("4c", "O(n d^2)").assuming
    assert "A invertible" in decide("1a", "C A^{-1} A^l B").assuming
    assert "δ = 0" in decide("1b.scalar", "(0, 1.5, 1.2, 0.96, 0.768)").assuming[0]
    assert decide("1f.power", "I + ((1+s)^L - 1) p p^T").holds_if == "if ‖p‖ = 1"
    assert (
        "one input and one output"
        in decide("1f.kernel", "C B + ((1+s)^(l-1) - 1)/s (p^T B)(C p)").holds_if
    )
    assert decide("4f.output", "A_t C_t^T q_t").hint == "factors swapped"
    assert decide("1a", "C A^l B").hint == "exponent one too high"
    assert decide("1f.power", "I + ((1+s)^L - 1) p p^T").hint.startswith("off by the factor 1/")
    assert "endpoint" in decide("3c", "[1, 4)").hint
    assert decide("1b.2d", "(1, 0.7, 0.51, 0.375)").hint == "index shifted by one"
    assert decide("4d", "keys, values, queries").score == 0.75
    assert decide("4f.output", "C_t^T A_t q_t +").at == len("C_t^T A_t q_t +")


BLIND = [  # each looks right in a special case that a check must not fall for
    ("4f.output", "C_t A_t q_t", "symmetric C_t"),
    ("4g", "K^T (K K^T + λ I)^{-1} q", "d = n"),
    ("4g", "K (K^T K + I)^{-1} q", "λ = 1"),
    ("1f.power", "I + ((1+s)^L - 1) p p^T", "‖p‖ = 1"),
    ("1f.power", "I + L p p^T", "L = 0, 1"),
    ("1a", "C (A^T)^{l-1} B", "A symmetric"),
    ("1a", "B^T (A^T)^{l-1} C^T", "C = Bᵀ, or one input and one output"),
    ("1e.kernel", "(sum_{i=1}^n c_i b_i) (sum_{i=1}^n λ_i)^(l-1)", "n = 1"),
    ("3b", "U diag(σ_i/(σ_i + λ)) U^T", "σ = 1"),
    ("4b.moment", "sum_{i=1}^n x_i", "y = 1"),
]


@pytest.mark.parametrize(("slot", "answer", "case"), BLIND)
def test_blind_spots(slot: str, answer: str, case: str) -> None:
    assert decide(slot, answer).verdict == "incorrect", case


def test_what_holds_for_2_by_2_alone() -> None:
    where = "A: n×n, B: n×n, C: n×n"
    square = "(A B - B A)^2"  # a multiple of I for 2×2 matrices
    assert equal(f"{square} C", f"C {square}", where).verdict == "incorrect"


def test_sherman_morrison_and_its_blind_spot() -> None:
    where = "M: d×d invertible, u: d, v: d"
    right = "M^-1 - (M^-1 u)(v^T M^-1)/(1 + v^T M^-1 u)"
    assert equal(right, "(M + u v^T)^-1", where).verdict == "correct"
    assert (
        equal(right.replace("v^T M^-1 u)", "u^T M^-1 v)"), "(M + u v^T)^-1", where).verdict
        == "incorrect"
    )
    symmetric = "M: d×d symmetric invertible, u: d, v: d"
    assert equal(
        right.replace("1 + v^T M^-1 u", "1 + u^T M^-1 v"), "(M + u v^T)^-1", symmetric
    ).assuming


def test_the_built_in_key_is_consistent_and_survives_toml() -> None:
    assert consistent(homework()) == []
    assert all(len(a.twins) >= 3 for a in homework().slots.values())
    assert from_toml(to_toml(homework())).slots == homework().slots


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("x = 1", "no table"),
        ("[a.b]\nkind = 'number'", "right"),
        ("[a.b]\nkind = 'number'\nreference = '1'", "right"),
        ("[a.b]\nkind = 'poem'\nright = '1'", "kind"),
        ("[a.b]\nkind = 'number'\nright = '1'\ncolour = 'red'", "colour"),
        ("[a.b]\nkind = 'matrix_expr'\nright = 'A'\nwhere = 'A: n×n'x", "TOML"),
        ("[a.b]\nkind = 'matrix_expr'\nright = 'A'\nwhere = 'A: n n n'", "where"),
        ("", "no slot"),
    ],
)
def test_bad_keys(toml: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        from_toml(toml)


def test_faults_of_a_key_are_found() -> None:
    key = from_toml(
        "[a.b]\nkind = 'matrix_expr'\nright = 'A B'\nwhere = 'A: n×n, B: n×n, Z: n'\n"
        "twins = {same = 'A B'}"
    )
    faults = [fault for _, fault in consistent(key)]
    assert any("twin" in f for f in faults)
    assert any("Z" in f for f in faults)


GRAMMAR_ROWS = list(rows(GRAMMAR.read_text(encoding="utf-8")))


@pytest.mark.parametrize("row", GRAMMAR_ROWS, ids=["; ".join(row.asked) for row in GRAMMAR_ROWS])
def test_the_grammar_page(row: Row) -> None:
    assert row.anew() == row.line


def test_the_grammar_page_has_no_table_that_is_not_run() -> None:
    """Every line of a table is a row that is run, a head, or the line below a head."""
    lines = [x for x in GRAMMAR.read_text(encoding="utf-8").splitlines() if x.startswith("|")]
    heads = [x for x in lines if set(x) <= set("|-")]
    assert len(lines) == len(GRAMMAR_ROWS) + 2 * len(heads)


def test_the_bounds_on_the_grammar_page_are_those_that_hold() -> None:
    told = GRAMMAR.read_text(encoding="utf-8").partition("## Bounds")[2].replace("\n", " ")
    for bound, words in (
        (lexer.MOST_CHARACTERS, "{:,} characters"),
        (reader.MOST_NODES, "{:,} parts"),
        (formulas.MOST_NODES, "({:,} with definitions put in)"),
        (statements.MOST_STATEMENTS, "{:,} statements"),
        (lexer.MOST_NESTING, "brackets {:,} deep"),
        (reader.MOST_DIGITS, "{:,} digits"),
        (values.MOST_EXPONENT, "exponents to {:,}"),
        (instance.MOST_TERMS, "sums of {:,} terms"),
        (effort.MOST, "{:,} steps of evaluation"),
        (compare.MOST_POINTS, "{:,} places of integers"),
        (infer.MOST_READINGS, "{:,} ways to take undeclared letters"),
    ):
        assert words.format(bound) in told, words


@needs_shared
def test_every_public_pair() -> None:
    rows = [
        json.loads(line)
        for line in (SHARED / "answers" / "pairs.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    for r in rows:
        verdict = decide(r["part"], r["answer"], reference=r["reference"], kind=r["kind"])
        assert verdict.verdict == ("correct" if r["expected"] else "incorrect"), (r, verdict)


HOSTILE = [
    "__import__('os').system('touch /tmp/x')",
    "9**9**9**9",
    "(" * 3000 + "1" + ")" * 3000,
    "((((" * 8,
    "\\frac{" * 500,
    "x" * 1_000_000,
    "\x00\u202e\ud800",
    "factorial(10**9)",
    "sum_{i=1}^{1000000000} i",
    "A^(10^10^10)",
    "K^{9999}" * 90,
    "\\sum_{i=1}^{n} " * 60 + "x_i",
    "[" * 800,
    "1/0",
    "inf - inf",
    "K^{-1}^{-1}^{-1}",
    "{{}}",
    "\\begin{pmatrix}" * 50,
    "eval('1')",
    "().__class__.__mro__[1].__subclasses__()",
    "10**-999999999",
    "λ" * 3999,
    "K" * 3999,
    "1e999999999",
    "C_t^T" * 700,
    "a=a",
    "a=b, b=a",
    "'" * 500,
    "-" * 3000 + "1",
    "1" * 3999,
    "\\text{" + "x" * 3000 + "}",
    "^" * 100,
    "sum_{i=1}^{2000} sum_{j=1}^{2000} sum_{k=1}^{2000} i j k",
    "((A^99)^99)^99",
    "C_t^(2^(2^64))",
    "\\\\" * 500,
    "∪" * 400,
]


@pytest.mark.parametrize("answer", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_answered_at_once(answer: str) -> None:
    for slot in ("4f.output", "3c", "1b.2d", "4c", "4d", "1e.kernel", "4b"):
        decide(slot, "1")  # the key is read once
        began = time.process_time()
        verdict = decide(slot, answer)
        assert verdict.verdict != "correct"
        assert time.process_time() - began < 0.5, (
            slot,
            "a bound is missing",
        )  # 50 ms here; ten times that is no noise


def test_threads_agree() -> None:
    questions = [(slot, answer) for slot, answer in RIGHT + WRONG] * 3

    def anew(question: tuple[str, str]) -> str:
        return decided_anew(homework(), *question, None, None, "").verdict

    alone = list(map(anew, questions))
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(anew, questions)) == alone


def test_mutations_against_an_oracle_without_a_parser() -> None:
    draw = random.Random(1)
    decided = 0
    for _ in range(400):
        original, mutant = mutated_pair(draw)
        verdict = equal(written(mutant, draw), written(original, draw), WHERE)
        same = truth(original, mutant, PLACES)
        if verdict.verdict == "undecided":
            continue
        decided += 1
        assert (verdict.verdict == "correct") == same, (original, mutant, verdict)
    assert decided > 300


def test_slots_that_do_not_exist() -> None:
    with pytest.raises(InputError, match=r"4f\.output"):
        decide("4f.outptu", "1")
    with pytest.raises(InputError, match="where"):
        equal("A", "A", "A is a matrix")


def own(reference: str, answer: str, kind: str) -> str:
    return decide("4a", answer, reference=reference, kind=kind).verdict


PAIRS: list[tuple[str, str, str, bool]] = [
    ("number", "0.51", "\\frac{51}{100}", True),
    ("number", "3", "\\log_2 8", True),
    ("number", "2", "\\sqrt{4}", True),
    ("matrix", "[[8, 0], [0, 27]]", "\\begin{bmatrix}8&0\\\\0&27\\end{bmatrix}", True),
    ("matrix", "[[8, 0], [0, 27]]", "[[8, 0], [0, 9]]", False),
    ("scalar", "(a+b)^2", "a^2 + 2 a b + b^2", True),
    ("scalar", "(a+b)^2", "a^2 + b^2", False),
    ("scalar", "c1*b1*a1^(k-1)", "b1 c1 a1^{k-1}", True),
    ("interval", "(-∞, 2)", "x < 2", True),
    ("interval", "[1, 2] ∪ [3, 4]", "1 <= x <= 2 or 3 <= x <= 4", True),
    ("complexity", "O(n log n)", "O(n log(n^3))", True),
    ("complexity", "O(n log n)", "O(n log^2 n)", False),
    ("select_all", "A, B, C, D", "ABCD", True),
    ("choice", "B", "(B)", True),
    ("choice", "B", "C", False),
]


@pytest.mark.parametrize(("kind", "reference", "answer", "right"), PAIRS)
def test_references_of_a_row_s_own(kind: str, reference: str, answer: str, right: bool) -> None:
    assert own(reference, answer, kind) == ("correct" if right else "incorrect")
