"""verify, equal, grade, audit, check-key and export-key as a user meets them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .test_cli import hw8

CODES = [
    (["verify", "4f.output", "C_t^T A_t q_t"], 0),
    (["verify", "4f.output", "A_t C_t^T q_t"], 1),
    (["verify", "4f.output", "-A_t C_t^T q_t"], 1),
    (["verify", "4f.output", "-A q"], 1),
    (["verify", "4f.output", "the usual thing"], 4),
    (["verify", "3c", "1 <= λ <= 4"], 0),
    (["verify", "3c", "(1, 4)"], 1),
    (["verify", "no.such", "1"], 2),
    (["verify", "4f.output"], 2),
    (["verify", "--list"], 0),
    (["equal", "(A B)^T", "B^T A^T", "--where", "A: n×m, B: m×k"], 0),
    (["equal", "(A B)^T", "A^T B^T", "--where", "A: n×n, B: n×n"], 1),
    (["equal", "A", "A", "--where", "A is a matrix"], 2),
    (["equal", "A", "Z", "--where", "A: n×n"], 1),
    (["equal", "A B", "B A"], 4),
    (["equal", "(a+b)^2", "a^2 + 2ab + b^2"], 0),
    (["audit", "--source"], 1),
    (["audit"], 2),
    (["grade", "no-such-file.jsonl"], 2),
    (["check-key", "no-such-file.toml"], 2),
]


@pytest.mark.parametrize(
    ("words", "code"), CODES, ids=lambda v: " ".join(v) if isinstance(v, list) else ""
)
def test_exit_codes(words: list[str], code: int) -> None:
    done = hw8(*words)
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_a_wrong_answer_shows_everything() -> None:
    shown = hw8("verify", "4f.output", "A_t C_t^T q_t").stdout
    for words in (
        "incorrect",
        "A_t·C_tᵀ·q_t : d",
        "with A_t = [",
        "the answer is (",
        "the key (",
        "factors swapped",
    ):
        assert words in shown


def test_an_unread_answer_has_a_caret_under_the_place() -> None:
    shown = hw8("verify", "4f.output", "C_t^T A_t q_t $ + \\frac{1").stdout
    line, caret = (part for part in shown.splitlines() if "\\frac" in part or part.strip() == "^")
    assert caret.index("^") > line.index("\\frac")


@pytest.mark.parametrize("style", ["json", "markdown"])
def test_other_formats_of_a_verdict(style: str) -> None:
    done = hw8("verify", "3c", "[1, 4)", "--format", style)
    assert done.returncode == 1
    assert "endpoint 4 missing" in done.stdout
    if style == "json":
        assert json.loads(done.stdout)["verdict"] == "incorrect"


def test_an_answer_on_standard_input() -> None:
    assert hw8("verify", "4c", "-", stdin="O(n d^2)\n").returncode == 0


ROWS = [
    {"id": 1, "part": "4f", "slot": "output", "answer": "C_t^T A_t q_t"},
    {"id": "b", "part": "3c", "answer": "[1, 4)"},
    {"id": None, "part": "4a", "answer": "x/2", "reference": "x/3", "kind": "scalar"},
    {"id": 4, "part": "4e", "answer": "O(d^2) or so"},
    {"id": 5, "part": "9z", "answer": "1"},
    {"id": 6, "part": "4e"},
    {"id": 7, "part": "4e", "answer": "1", "kind": "poem", "reference": "1"},
    {"id": 8, "part": ["4e"], "answer": "O(d^2)"},
    {
        "id": 9,
        "part": "4f",
        "slot": "output",
        "answer": "W q",
        "where": "W d×d",
        "reference": "W q",
    },
]
VERDICTS = ["correct", "incorrect", "incorrect", *["undecided"] * 6]


def test_grade_answers_every_row_in_order(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(
        "\n".join(
            [
                *map(json.dumps, ROWS),
                "{broken",
                "[1, 2]",
                "",
                "nonsense\x00\ud800".encode("utf-8", "replace").decode(),
            ]
        )
    )
    done = hw8("grade", str(path))
    assert done.returncode == 0
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [r["verdict"] for r in found] == [*VERDICTS, *["undecided"] * 3]
    assert {
        "id",
        "part",
        "slot",
        "verdict",
        "why",
        "counterexample",
        "assuming",
        "holds_if",
        "seconds",
    } <= found[0].keys()
    assert "12 answers: 1 correct, 2 incorrect, 9 undecided" in done.stderr


def test_grade_goes_on_after_what_is_no_json(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    right = '"part": "4f", "slot": "output", "answer": "C_t^T A_t q_t"}'
    names = ["1e400", "NaN", '{"a": [1e999]}', '"\\ud800"', "[1]"]
    path.write_text("\n".join(f'{{"id": {name}, {right}' for name in names))
    done = hw8("grade", str(path))
    assert done.returncode == 0
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [r["verdict"] for r in found] == ["correct"] * 5
    assert [r["id"] for r in found] == ["inf", "nan", "{'a': [inf]}", "\ud800", [1]]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_grade_reads_tables_of_spreadsheets(delimiter: str) -> None:
    rows = [["ID", " Part ", "Answer"], ["1", "3c", '"[1, 4]"']]
    done = hw8("grade", "-", stdin="\ufeff" + "\r\n".join(map(delimiter.join, rows)))
    assert [json.loads(line)["verdict"] for line in done.stdout.splitlines()] == ["correct"]


def test_grade_reads_csv_and_standard_input() -> None:
    done = hw8(
        "grade", "-", stdin='id,part,slot,answer\n1,4f,output,"C_t^T A_t q_t"\n2,3c,,"(1, 4)"\n'
    )
    assert [json.loads(line)["verdict"] for line in done.stdout.splitlines()] == [
        "correct",
        "incorrect",
    ]


def test_the_audit_finds_the_two_wrong_answers_and_the_false_claims() -> None:
    found = {
        row["part"]: row
        for row in json.loads(hw8("audit", "--source", "--format", "json").stdout)["rows"]
    }
    assert len(found) == 17
    wrong = {
        part
        for part, row in found.items()
        if any(a["verdict"] == "incorrect" for a in row["answers"])
    }
    false = {
        part
        for part, row in found.items()
        if any(c["verdict"] == "incorrect" for c in row["claims"])
    }
    assert wrong == {"1f", "4f"}
    assert false == {"1c", "1d", "3b", "4f"}
    assert not [a for row in found.values() for a in row["answers"] if a["verdict"] == "undecided"]


def test_a_key_of_another_homework(tmp_path: Path) -> None:
    path = tmp_path / "key.toml"
    path.write_text(
        "[1.product]\nkind = 'matrix_expr'\nright = '(A B)^T'\n"
        "where = 'A: n×m, B: m×k'\ntwins = {order = 'A^T B^T'}\n",
        encoding="utf-8",
    )
    assert hw8("check-key", str(path)).returncode == 0
    assert hw8("verify", "1.product", "B^T A^T", "--key", str(path)).returncode == 0
    assert hw8("verify", "1", "A^T B^T", "--key", str(path)).returncode == 1
    path.write_text(
        path.read_text(encoding="utf-8").replace("A^T B^T", "B^T A^T"), encoding="utf-8"
    )
    assert hw8("check-key", str(path)).returncode == 1
    exported = tmp_path / "hw8.toml"
    exported.write_text(hw8("export-key").stdout, encoding="utf-8")
    assert hw8("check-key", str(exported)).returncode == 0


def test_verify_imports_neither_numpy_nor_sympy() -> None:
    import subprocess
    import sys

    script = (
        "import sys; sys.argv = ['hw8', 'verify', '4f.output', 'A_t C_t^T q_t']\n"
        "from hw8cli.__main__ import main\nmain()\n"
    )
    script += "sys.exit(' '.join({'numpy', 'sympy'} & set(sys.modules)) or None)"
    assert (
        subprocess.run([sys.executable, "-c", script], capture_output=True, check=False).returncode
        == 0
    )
