"""Every command in every format it offers, the envelope of its JSON, how values are written."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
import sympy as sp
import typer

from hw8cli import app as cli
from hw8cli import render, values, verifying
from hw8cli.bench import run as racing
from hw8cli.page import Line, Page, Table
from problems import parts
from problems.answers import Verdict
from problems.exact.cost import lg
from problems.part import InputError

PART = ("part", "inputs", "answer", "steps", "checks", "ok", "seconds")
VERDICT = (
    *("verdict", "why", "read", "counterexample", "assuming", "holds_if"),
    *("hint", "at", "score", "witness", "slot", "key"),
)
KEY = '[1.product]\nkind = "matrix_expr"\nright = "A B"\nwhere = "A: n×m, B: m×k"\n'
RACES = {
    "machine": {
        **{"processor": "", "cores": 1, "pinned_to": None, "python": "", "numpy": "", "blas": []},
        **{"environment": {}, "peers": {}},
    },
    "races": [
        {
            **{"race": "a race", "what": "", "each": 1, "peers": []},
            **{"ours": {"median_s": 1.0}, "processor_share": 1.0},
        }
    ],
}
STREAM = ["4f", *(f"--{name}=@rows.npy" for name in "KVQ"), "--lam=1", "--output=o.npy", "--force"]
# what is typed, and the keys of its JSON after the schema
COMMANDS: dict[str, tuple[list[str], tuple[str, ...]]] = {
    **{part: ([part], PART) for part in parts()},
    "2, streamed": (["2", "--u=@rows.npy", "--output=o.npy", "--force"], PART),
    "4f, streamed": (STREAM, PART),
    "check-all": (["check-all", "--part", "4a"], ("ok", "parts")),
    "list": (["list"], ("parts",)),
    "show": (["show", "4f"], ("part", "question", "slots")),
    "verify": (["verify", "4f.output", "A_t C_t^T q_t"], VERDICT),
    "verify --list": (["verify", "--list"], ("slots",)),
    "equal": (["equal", "A B", "B A", "--where", "A: n×n, B: n×n"], VERDICT),
    "audit": (["audit", "--source"], ("rows",)),
    "check-key": (["check-key", "key.toml"], ("slots", "faults", "ok")),
    "bench": (
        ["bench", "kernel", "--output", "out.json", "--force"],
        ("began", "quick", "machine", "races"),
    ),
}
WITHOUT = {"grade", "export-key"}  # JSON lines, and TOML


@pytest.fixture
def at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with what the commands read, and races that are run already."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(racing, "raced", lambda suites, quick: RACES)
    np.save("rows.npy", np.arange(12.0).reshape(6, 2))
    Path("key.toml").write_text(KEY, encoding="utf-8")
    return tmp_path


def said(words: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """The exit code and the standard output of a command."""
    with pytest.raises(typer.Exit) as done:
        cli.run(words)
    return done.value.exit_code, capsys.readouterr().out


def offered(command: str) -> tuple[str, ...]:
    """The formats of a command, as its own options have them."""
    found = typer.main.get_command(cli.app).get_command(None, command)  # type: ignore[attr-defined]  # it is a group
    return next(
        (tuple(p.type_descriptor.annotation) for p in found.params if p.name == "format"), ()
    )


EVERY = [(name, style) for name, (words, _) in COMMANDS.items() for style in offered(words[0])]


def test_no_command_is_left_out() -> None:
    asked = {
        cli.NAMES[words[0]].command if words[0] in cli.NAMES else words[0]
        for words, _ in COMMANDS.values()
    }
    there = set(typer.main.get_command(cli.app).list_commands(None))  # type: ignore[attr-defined]  # it is a group
    assert there - asked == WITHOUT
    assert all(
        {"table", "json", "markdown", "latex"} <= {*offered(words[0])}
        for words, _ in COMMANDS.values()
    )
    assert {style for _, style in EVERY} == set(render.FORMATS) - {"json line"}


@pytest.mark.parametrize(("name", "style"), EVERY)
def test_every_command_in_every_format(
    name: str, style: str, at: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words, keys = COMMANDS[name]
    code, out = said([*words, "--format", style], capsys)
    assert code == (1 if words[0] in ("verify", "equal", "audit") and "--list" not in words else 0)
    assert len(out.split()) > 1
    assert "\x1b" not in out
    if style == "json":
        found = json.loads(out)
        assert list(found) == ["schema", *keys]
        assert found["schema"] == 2
    elif style == "latex":
        assert sorted(re.findall(r"\\begin\{(\w+)}", out)) == sorted(
            re.findall(r"\\end\{(\w+)}", out)
        )
        assert not re.search(r"(?<!\\)[#&%_]", re.sub(r"\\\[.*?\\\]", "", out, flags=re.DOTALL))
    elif style == "markdown":
        rows = [line for line in out.splitlines() if line.startswith("|")]
        assert len(rows) >= 3 or name == "check-key"
        assert not [line for line in out.splitlines() if "─" in line]
    elif style == "junit":
        assert ElementTree.fromstring(out)[0].get("name") == "4a running-mean"
    elif style == "github":
        assert out.startswith("::notice title=hw8 check-all::1 of 1 parts hold")


REFUSED = [
    ["3c", "--sigmas", "1,2"],
    ["check-all", "--part", "9z"],
    ["show", "9z"],
    ["verify", "9z", "1"],
    ["equal", "A", "A", "--where", "A is a matrix"],
    ["audit"],
    ["check-key", "no-such-file.toml"],
    ["bench", "kernels"],
    ["4f", "--resume"],
    ["no-such-command"],
]


@pytest.mark.parametrize("words", REFUSED, ids=" ".join)
def test_a_refusal_keeps_the_envelope(words: list[str]) -> None:
    run = [sys.executable, "-m", "hw8cli", *words, "--format", "json"]
    done = subprocess.run(run, capture_output=True, text=True, check=False)
    found = json.loads(done.stdout)
    assert done.returncode == 2
    assert list(found) == ["schema", *(PART if words[0] in cli.NAMES else ("ok",)), "error"]
    assert (found["schema"], found["ok"]) == (2, False)
    assert found["error"] in done.stderr


def test_a_line_of_grade_says_its_schema_and_keeps_its_keys(
    at: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("rows.jsonl").write_text(
        '{"id": 7, "part": "3c", "answer": "[1, 4)"}\n{"id": 8}\n', encoding="utf-8"
    )
    code, out = said(["grade", "rows.jsonl"], capsys)
    found = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert [list(line) for line in found] == [
        ["schema", "id", "part", "slot", *VERDICT[:-2], "seconds"]
    ] * 2
    assert [(line["schema"], line["id"]) for line in found] == [(2, 7), (2, 8)]


def test_what_bench_saves_is_what_it_shows(at: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, out = said(["bench", "kernel", "--output", "out.json", "--format", "json"], capsys)
    assert Path("out.json").read_text(encoding="utf-8") == out


def test_a_counterexample_is_data_beside_its_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shown: Mapping[str, Any] = {
        "with": {"A": [[1, Fraction(1, 2)]], "n": 2},
        "answer": (3, 2),
        "key": Fraction(-7, 3),
    }
    verdict = Verdict("incorrect", "it is not A", counterexample="with A = [1, 1/2]", witness=shown)
    monkeypatch.setattr(verifying, "decide_equal", lambda *_: verdict)
    found = json.loads(said(["equal", "A", "B", "--format", "json"], capsys)[1])
    assert found["counterexample"] == "with A = [1, 1/2]"
    assert found["witness"]["with"] == {
        "A": [[number("1", "1", 1.0), number("1/2", r"\frac{1}{2}", 0.5)]],
        "n": number("2", "2", 2.0),
    }
    assert [entry["text"] for entry in found["witness"]["answer"]] == ["3", "2"]
    assert found["witness"]["key"] == number("-7/3", r"- \frac{7}{3}", -7 / 3)


def number(text: str, latex: str, near: float | None) -> dict[str, Any]:
    return {"text": text, "latex": latex, "float": near}


def test_what_needs_no_numbers_imports_none() -> None:
    script = (
        "import sys, typer; from fractions import Fraction; from hw8cli import app, verifying\n"
        "from problems.answers import Verdict\n"
        "witness = {'answer': [Fraction(1, 3)]}\n"
        "verifying.decide_equal = lambda *_: Verdict('incorrect', '', witness=witness)\n"
        "for words in (['list'], ['show', '4f'], ['verify', '4e', 'O(d^2)'],\n"
        "              ['verify', '--list'], ['equal', 'A', 'B']):\n"
        "    for style in ('table', 'json', 'markdown', 'latex'):\n"
        "        try:\n            app.run([*words, '--format', style])\n"
        "        except typer.Exit:\n            pass\n"
        "sys.exit(' '.join({'numpy', 'sympy'} & set(sys.modules)) or None)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


LONG = [  # each has numbers of over 4,300 digits
    ["1f", "--length", "4350"],
    ["1f", "--p", "1e300,1", "--length", "10"],
    ["1b", "--A", "0.123457", "--B", "1", "--C", "1", "--length", "1000"],
    ["1e", "--lambdas", "0.123457123", "--B", "1", "--C", "1", "--length", "600"],
    ["1f", "--p", ",".join(f"1/{10**299 + k}" for k in range(1, 12)), "--length", "1"],
]


@pytest.mark.parametrize("words", LONG, ids=lambda words: " ".join(words)[:40])
def test_a_number_of_any_length_is_written(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    for style in ("table", "json", "markdown", "latex"):
        code, out = said([*words, "--format", style], capsys)
        assert code == 0
        longest = max(map(len, re.findall(r"\d+", out)))
        assert longest > 4300 if style in ("json", "latex") else "characters)" in out
    assert sys.get_int_max_str_digits() == sys.int_info.default_max_str_digits  # for what is typed


def test_the_limit_on_what_is_typed_stays() -> None:
    with pytest.raises(InputError, match="is not a number"):
        cli.run(["4a", "--m", "1" * 5000])


@pytest.mark.parametrize(
    ("value", "block", "json_"),
    [
        (Fraction(24, 25), "24/25 = 0.96", number("24/25", r"\frac{24}{25}", 0.96)),
        (Fraction(1, 3), "1/3 ≈ 0.333333", number("1/3", r"\frac{1}{3}", 1 / 3)),
        (
            Fraction(10**20 + 1, 10**20),
            f"{10**20 + 1}/{10**20} ≈ 1",
            number(f"{10**20 + 1}/{10**20}", rf"\frac{{{10**20 + 1}}}{{{10**20}}}", 1.0),
        ),
        (np.int64(3), "3", number("3", "3", 3.0)),
        (np.float32(0.5), "0.5", number("0.5", "0.5", 0.5)),
        (float("inf"), "∞", number("inf", "∞", None)),
        (np.bool_(True), "yes", True),
        (1 + 2j, "1+2i", "1+2i"),
        ({"a": None, "b": (1, "x")}, "a\nb = 1, x", {"a": None, "b": [number("1", "1", 1.0), "x"]}),
    ],
)
def test_a_value_is_written(value: Any, block: str, json_: Any) -> None:
    assert values.block(value) == block
    assert values.as_json(value) == json_


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Fraction("0.99994611866"), "0.99994611866"),
        (Fraction("100188.5"), "100188.5"),
        (Fraction("-0.000000000001"), "-1e-12"),
        (Fraction("123456.000000000001"), "123456000000000001/1000000000000"),  # not in 15 digits
        (Fraction(1, 3), "1/3"),
    ],
)
def test_a_decimal_is_the_whole_number_or_is_not_written(value: Fraction, text: str) -> None:
    assert values.text(value) == text
    assert Fraction(text) == value


def test_a_logarithm_keeps_its_brackets() -> None:
    n, m = sp.symbols("n m", positive=True)
    assert values.latex(lg(n + 1)) == r"\lceil\log_2 \left(n + 1\right)\rceil"
    assert values.latex(sp.log(n) ** 2) == r"\log^{2} n"
    assert values.latex(sp.log(m * n)) == r"\log \left(m n\right)"


@pytest.mark.parametrize(
    ("value", "near"), [(Fraction(1, 10**400), "1e-400"), (Fraction(10**400, 3), "3.33333e+399")]
)
def test_six_digits_of_what_is_past_the_floats(value: Fraction, near: str) -> None:
    assert values.block(value).endswith(f"{'=' if value < 1 else '≈'} {near}")


def test_what_nobody_knows_how_to_write_is_said() -> None:
    with pytest.raises(KeyError, match="object"):
        values.text(object())


def test_a_fault_names_its_file_and_line_and_what_it_is() -> None:
    page = Page(
        {}, (Line("4a check fails: 100 %\nof it", "bad", ("p4a.py", 7)), Line("0 of 1", "strong"))
    )
    want = (
        "::error file=p4a.py,line=7,title=4a check fails::100 %25%0Aof it\n"
        "::notice title=hw8 check-all::0 of 1"
    )
    assert render.written(page, "github") == want
    assert render.written(page, "markdown") == "- **4a check fails: 100 %<br>of it**\n\n**0 of 1**"


def test_markup_in_words_is_not_markup() -> None:
    page = Page({}, (Line("a_b *c*"), Table({"<x>": ""}, (("[1, 4] | ✓\n2",),))))
    assert (
        render.written(page, "markdown")
        == "a\\_b \\*c\\*\n\n| &lt;x> |\n|---|\n| \\[1, 4\\] \\| ✓<br>2 |"
    )
    assert r"\item [{[1, 4] | $\checkmark$" in render.written(page, "latex")
    assert "[1, 4] | ✓" in render.written(page, "table")
