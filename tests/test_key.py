"""The key, to TOML and back; what is refused; rows; the door that never raises for an answer."""

from __future__ import annotations

import pytest

from problems.answers.decide import consistent, decide, row
from problems.answers.key import Key, from_toml, homework, to_toml
from problems.part import InputError, Slot

TOML = """
[1x.interval]
kind = "interval"
right = "1 <= λ <= 4"
where = "λ: scalar > 0"
assuming = ["λ > 0"]
twins = { open = "1 < λ < 4" }

[1x.cost]
kind = "complexity"
right = "O(N D^2)"
where = "N: size, D: size, D < N"
also = { "O(N)" = "D is a constant" }
twins = { "as softmax" = "O(N^2 D)" }
"""


def test_a_key_survives_toml() -> None:
    key = from_toml(TOML)
    assert from_toml(to_toml(key)).slots == key.slots
    assert from_toml(to_toml(homework())).slots == homework().slots
    assert key.slots["1x.cost"].also == {"O(N)": "D is a constant"}


def test_a_consistent_key() -> None:
    assert consistent(from_toml(TOML)) == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (("1 < λ < 4", "λ >= 1 and λ <= 4"), "the twin 'open'"),
        (("O(N^2 D)", "O(D^2 N)"), "the twin 'as softmax'"),
        (("λ: scalar > 0", "λ: scalar > 0, μ: scalar"), "nothing uses the symbol μ"),
        (("1 <= λ <= 4", "1 <= λ <= sqrt(2)"), "which is right, is undecided"),
    ],
)
def test_faults_of_a_key_are_found(change: tuple[str, str], fault: str) -> None:
    faults = consistent(from_toml(TOML.replace(*change)))
    assert any(fault in said for _, said in faults), faults


SLOT = "[a.b]\nkind = 'matrix_expr'\nright = 'A B'\n"


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("x = 1", "no table"),
        ("", "no slot"),
        ("[a]\nb = 1", "no table"),
        (SLOT + "x", "TOML"),
        ("[a.b]\nkind = 'number'", "right"),
        ("[a.b]\nkind = 'number'\nright = ' '", "right"),
        ("[a.b]\nkind = 'poem'\nright = '1'", "kind"),
        (SLOT + "colour = 'red'", "colour"),
        (SLOT + "reference = 'A B'", "called right now"),
        (SLOT + "symbols = {A = 'n×n'}", "where declares them"),
        (SLOT + "names = ['K_l']", "left of = in right"),
        (SLOT + "where = ['d < n', 'A: n×n']", 'where = "d < n, A: n×n"'),
        (SLOT + "also = ['A']", "table of texts"),
        (SLOT + "form = 'no inverse'", "list of texts"),
        (SLOT + "form = ['no inverse']", "no inverse of a sum"),
        (SLOT + "where = 'A: many'", "declaration"),
        (SLOT + "where = 'A: n n n'", "declaration"),
        (SLOT + "where = 'x: foo'", "declaration"),
        (SLOT + "where = 'A is a matrix'", "declaration"),
        (SLOT + "where = 'd > n'", "declaration"),
        (SLOT + "where = 'C = D'", "nobody declared"),
        (SLOT + "where = 'x_i: d = row i of A'", "no declared matrix"),
    ],
)
def test_bad_keys_are_refused_with_the_place(toml: str, said: str) -> None:
    with pytest.raises(InputError, match=said) as error:
        from_toml(toml, "key.toml")
    assert "key.toml" in str(error.value)


def test_words_and_capitals_of_declarations() -> None:
    key = from_toml(SLOT + "where = 'A: N×D, B: D×N, x: real, n: int, p: natural'")
    symbols = key.table_of("a", "").symbols
    assert symbols["x"].kind == "scalar"
    assert symbols["n"].kind == symbols["p"].kind == "integer"
    assert (symbols["A"].rows, symbols["A"].columns) == ("N", "D")


KEY = from_toml(TOML)
ROWS = [
    ({"part": "1x", "slot": "interval", "answer": "[1, 4]"}, "correct"),
    ({"slot": "1x.interval", "answer": "[1, 4]"}, "correct"),
    ({"part": "1x.interval", "answer": "[1, 4]"}, "correct"),
    ({"part": "1x", "answer": "[1, 4]; O(N D^2)"}, "correct"),
    ({"answer": "O(n)", "reference": "O(2n)"}, "correct"),
    ({"part": "nowhere", "answer": "O(n)", "reference": "O(2n)"}, "correct"),
    ({"slot": "1x.interval", "answer": "(1, 4)", "reference": "[1, 4]"}, "incorrect"),
    ({"answer": "O(n)", "reference": "O(n^2)", "kind": None, "where": ""}, "incorrect"),
    ({"part": "1x", "slot": "interval", "answer": "[1, 4]", "reference": ""}, "undecided"),
    ({"part": "1x", "slot": "interval", "answer": "[1, 4]", "reference": None}, "correct"),
    ({"answer": "[1, 4]"}, "undecided"),
    ({"part": "9x", "answer": "[1, 4]"}, "undecided"),
    ({"part": "1x", "slot": "interval"}, "undecided"),
    ({"part": "1x", "slot": "interval", "answer": 4}, "undecided"),
    ({"part": 4, "slot": "interval", "answer": "[1, 4]"}, "undecided"),
    ({"answer": "1", "reference": "1", "kind": "poem"}, "undecided"),
    ({"answer": "1/0", "reference": "1/0", "kind": "number"}, "undecided"),
    ({"answer": "{}", "reference": "x", "kind": "scalar"}, "undecided"),
    ({"answer": "1", "reference": "$$", "kind": "scalar"}, "undecided"),
    ({"answer": "A, B", "reference": "A, B", "kind": "choice"}, "undecided"),
    ({"answer": "m >= 2", "reference": "m > 1", "where": "m: integer"}, "correct"),
    ({"answer": "0 < m < 5", "reference": "m ∈ {1, 2, 3, 4}", "where": "m: integer"}, "correct"),
    ({"answer": "m > 2", "reference": "m > 1", "where": "m: integer"}, "incorrect"),
    ({"answer": "m >= 2", "reference": "m > 1", "where": "m: scalar"}, "incorrect"),
    ({"answer": "m < 3 or m > 4", "reference": "m >= 0", "where": "m: integer"}, "incorrect"),
    ({"answer": "m < 3 or m > 2", "reference": "m ∈ ℝ", "where": "m: integer"}, "correct"),
    ({"answer": "1", "reference": "1", "kind": "number", "where": "x: foo"}, "undecided"),
]


@pytest.mark.parametrize(("found", "outcome"), ROWS)
def test_rows(found: dict[str, object], outcome: str) -> None:
    assert row(found, KEY).verdict == outcome


def test_an_empty_reference_is_none() -> None:
    assert decide("1x.interval", "[1, 4]", KEY, reference=" ").why == "the reference is empty"


def test_a_part_s_own_symbols_are_declared_anew() -> None:
    slot = Slot("gram", "matrix_expr", "K^T K", "K: n×d, q: d, k_i: d = row i of K, Q = K, d < n")
    key = Key({"4x.gram": slot})
    before = key.table_of("4x", "")
    assert (before.symbols["K"].columns, before.aliases, before.smaller) == (
        "d",
        {"Q": "K"},
        (("d", "n"),),
    )
    anew = key.table_of("4x", "K: p×p symmetric")
    assert anew.symbols["K"].columns == "p"
    assert "k_i" not in anew.symbols
    assert "Q" not in anew.aliases
    assert anew.symbols["q"].rows == "d"
    assert key.table_of("4x", "d: integer >= 2").smaller == ()


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
    "1e999999999",
    "[" * 800,
    "1/0",
    "inf - inf",
    "{{}}",
    "\\begin{pmatrix}" * 50,
    "λ" * 3999,
    "K" * 3999,
    "1" * 3999,
    "-" * 3000 + "1",
    "\\text{" + "x" * 3000 + "}",
    "^" * 100,
    "\\\\" * 500,
    "∪" * 400,
    "or " * 900,
    "not " * 900,
    "✓" * 900,
    "all " * 900,
    "α: recon " * 300,
    "| 1 " * 900,
    "O(" * 900,
    "log " * 900,
    "max(" * 900,
    "⌈" * 900,
    "\\boxed{" * 400,
    "`" * 900,
    "$" * 900,
    "where=",
    "K_0 keys =",
    "=",
    "…",
    "exp(exp(exp(9)))",
    "10^9999",
    "λ^8 > 1 and " * 200 + "λ > 1",
    "½" * 900,
    "1,000," * 600,
]


@pytest.mark.parametrize("answer", HOSTILE, ids=range(len(HOSTILE)))
def test_no_exception_for_an_answer(answer: str) -> None:
    slots = {
        "1x.number": Slot("number", "number", "5/2"),
        "1x.vector": Slot("vector", "vector", "(0, 2, 0.001, 1)"),
        "1x.matrix": Slot("matrix", "matrix", "[[1, 2], [3, 4]]"),
        "1x.interval": KEY.slots["1x.interval"],
        "1x.cost": KEY.slots["1x.cost"],
        "1x.choice": Slot("choice", "select_all", "keys, values"),
    }
    for name, slot in slots.items():
        assert decide(name, answer, Key({name: slot})).verdict != "correct", name
        assert decide(name, slot.right, Key({name: slot})).verdict == "correct", name
    assert decide("1x", answer, Key(slots)).verdict != "correct"


def test_slots_that_do_not_exist() -> None:
    with pytest.raises(InputError, match=r"1x\.interval"):
        decide("1x.intervall", "1", KEY)
    with pytest.raises(InputError, match="kind"):
        decide("1x", "1", KEY, reference="1", kind="poem")
    with pytest.raises(InputError, match="where"):
        decide("1x", "1", KEY, reference="1", kind="number", where="x: foo")
