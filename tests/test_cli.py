"""The commands as a user meets them: exit codes, formats, streams, bad input."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from hw8cli import app as cli
from problems import parts

PARTS = parts()
RUN = [sys.executable, "-m", "hw8cli"]


def hw8(*words: str, stdin: str | None = None, **env: str) -> subprocess.CompletedProcess[str]:
    settings = {**os.environ, "COLUMNS": "160", "NO_COLOR": "1", **env}
    return subprocess.run(
        [*RUN, *words],
        input=stdin,
        capture_output=True,
        text=True,
        env=settings,
        timeout=120,
        check=False,
    )


def test_bare_and_help_list_every_part() -> None:
    bare, asked = hw8(), hw8("--help")
    assert bare.returncode == asked.returncode == 0
    for part in PARTS.values():
        assert part.command in bare.stdout
        assert part.command in asked.stdout


@pytest.mark.parametrize("part", PARTS.values(), ids=lambda p: p.id)
def test_json_keys_and_the_two_names(part: Any) -> None:
    by_id, by_name = hw8(part.id, "--format", "json"), hw8(part.command, "--format", "json")
    for done in (by_id, by_name):
        assert done.returncode == 0, done.stderr
        report = json.loads(done.stdout)
        assert {"schema", "part", "inputs", "answer", "steps", "checks", "ok"} <= report.keys()
        assert report["part"] == part.id
        assert report["ok"] is True


def test_golden_json() -> None:
    report = json.loads(hw8("3c", "--format", "json").stdout)
    number = {"text": "1", "latex": "1", "float": 1.0}
    assert report["answer"] == {
        "interval": {
            "text": "[1, 4]",
            "latex": "\\left[1, 4\\right]",
            "low": number,
            "high": {"text": "4", "latex": "4", "float": 4.0},
            "low_closed": True,
            "high_closed": True,
        }
    }
    answer = json.loads(hw8("1b", "--case", "scalar", "--format", "json").stdout)["answer"]
    assert answer["scalar"][0] == {"text": "δ", "latex": "\\delta", "float": None}
    assert answer["scalar"][3] == {"text": "24/25", "latex": "\\frac{24}{25}", "float": 0.96}
    steps = json.loads(hw8("4c", "--format", "json").stdout)["steps"]
    assert [s["value"]["text"] for s in steps if s["title"] == "growth"] == ["O(n d^2)"]
    assert json.loads(hw8("4d", "--format", "json").stdout)["answer"]["gradients"] == [
        "lambda",
        "keys",
        "values",
        "queries",
    ]


@pytest.mark.parametrize("style", ["table", "markdown", "latex"])
def test_other_formats(style: str) -> None:
    done = hw8("1f", "--p", "1,2", "--length", "4", "--format", style)
    assert done.returncode == 0
    assert "518" in done.stdout
    assert "\x1b" not in done.stdout


def test_brackets_are_not_markup() -> None:
    assert "[1, 4]" in hw8("3c").stdout
    assert "[1/1000, ∞)" in hw8("3a").stdout


def test_narrow_and_piped_tables_lose_nothing() -> None:
    narrow = hw8("3c", COLUMNS="60").stdout
    assert max(map(len, narrow.splitlines())) <= 60
    assert "…" not in narrow.replace(" … ", "")
    settings = {k: v for k, v in os.environ.items() if k != "COLUMNS"}
    piped = subprocess.run(
        [*RUN, "3c"], capture_output=True, text=True, env=settings, check=False
    ).stdout
    assert "\x1b" not in piped
    assert "both, and λ > 0" in piped


BAD = [
    (["ssm-kernel", "--A", "1,2;3", "--B", "1;0", "--C", "1,0"], "--A"),
    (["ssm-kernel", "--A", "1,2,3;4,5,6", "--B", "1;0", "--C", "1,0"], "--A"),
    (["ssm-kernel", "--A", "nan,0;0,1", "--B", "1;0", "--C", "1,0"], "--A"),
    (["ssm-kernel", "--A", "@no-such-file.csv", "--B", "1;0", "--C", "1,0"], "no-such-file"),
    (["ssm-kernel", "--case", "2d", "--length", "-1"], "--length"),
    (["ssm-kernel", "--case", "3d"], "--case"),
    (["ssm-kernel", "--length", "1000000"], "--float"),
    (["purify", "--sigmas", "1,2,3"], "--sigmas"),
    (["purify", "--sigmas", ""], "--sigmas"),
    (["purify", "--sigmas", "3,2,x"], "--sigmas"),
    (["ridge-causal", "--lam", "0"], "--lam"),
    (["ridge-weights", "--q", "1"], "--q"),
    (["no-such-part"], "no-such-part"),
    (["9z"], "9z"),
    (["1f", "--nonsense", "3"], "--nonsense"),
    (["check-all", "--part", "9z"], "9z"),
    (["show", "9z"], "9z"),
    (["check-all", "--part", "4a", "--junit-xml", "/no/such/folder/x.xml"], "--junit-xml"),
]


@pytest.mark.parametrize(
    ("words", "named"), BAD, ids=lambda v: " ".join(v)[:40] if isinstance(v, list) else ""
)
def test_bad_input_is_one_sentence_and_exit_2(words: list[str], named: str) -> None:
    done = hw8(*words)
    assert done.returncode == 2
    assert done.stdout == ""
    assert named in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_errors_in_json_keep_the_envelope() -> None:
    done = hw8("3c", "--sigmas", "1,2", "--format", "json")
    report = json.loads(done.stdout)
    assert done.returncode == 2
    assert report["ok"] is False
    assert "--sigmas" in report["error"]
    assert report["part"] == "3c"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "a.csv").write_text("0.7,0.1\n0.2,0.6\n", encoding="utf-8")
    (tmp_path / "a.txt").write_text("# a comment\n0.7 0.1\n0.2 0.6\n", encoding="utf-8")
    (tmp_path / "a.json").write_text("[[0.7, 0.1], [0.2, 0.6]]", encoding="utf-8")
    np.save(tmp_path / "a.npy", np.array([[0.7, 0.1], [0.2, 0.6]]))
    (tmp_path / "nan.json").write_text("[[NaN, 1], [0, 1]]", encoding="utf-8")
    (tmp_path / "deep.json").write_text("[" * 100000, encoding="utf-8")
    (tmp_path / "binary.csv").write_bytes(bytes(range(256)))
    (tmp_path / "empty.csv").write_text("", encoding="utf-8")
    (tmp_path / "big.csv").write_text("\n".join([",".join(["1"] * 1000)] * 1000), encoding="utf-8")
    (tmp_path / "cut.npy").write_bytes((tmp_path / "a.npy").read_bytes()[:-8])
    np.save(tmp_path / "words.npy", np.array(["a", "b"]))
    return tmp_path


@pytest.mark.parametrize("name", ["a.csv", "a.txt", "a.json", "a.npy"])
def test_matrices_from_files(files: Path, name: str) -> None:
    done = hw8(
        "1b",
        "--A",
        f"@{files / name}",
        "--B",
        "1;0",
        "--C",
        "1,0",
        "--length",
        "3",
        "--format",
        "json",
    )
    kernel = json.loads(done.stdout)["answer"]["given"]
    assert [K[0][0]["text"] for K in kernel] == ["0", "1", "7/10", "51/100"]


def test_a_matrix_from_standard_input() -> None:
    done = hw8(
        "1b", "--A", "-", "--B", "1;0", "--C", "1,0", "--length", "3", stdin="0.7,0.1\n0.2,0.6\n"
    )
    assert "0.51" in done.stdout


@pytest.mark.parametrize(
    "name",
    ["nan.json", "deep.json", "binary.csv", "empty.csv", "big.csv", "cut.npy", "words.npy", "."],
)
def test_bad_files(files: Path, name: str) -> None:
    done = hw8("1b", "--A", f"@{files / name}", "--B", "1;0", "--C", "1,0")
    assert done.returncode == 2
    assert "--A" in done.stderr
    assert "Traceback" not in done.stderr


def test_float_reaches_further() -> None:
    done = hw8("1b", "--case", "2d", "--length", "20000", "--float", "--format", "json")
    assert done.returncode == 0
    assert len(json.loads(done.stdout)["answer"]["2d"]) == 20001


@pytest.mark.parametrize("part", PARTS, ids=str)
def test_float_agrees_with_exact(part: str) -> None:
    exact = hw8(part, "--format", "json")
    floating = hw8(part, "--float", "--format", "json")
    if part in ("1c", "4c"):
        assert floating.returncode == 2  # nothing but sizes goes in
        return
    assert floating.returncode == 0, floating.stderr
    shared = {
        **{"1a": "kernel", "1b": "2d", "1d": "kernel", "1e": "kernel", "1f": "power", "2": "y"},
        **{"3b": "encoder", "4a": "update", "4b": "gram", "4e": "inverse", "4f": "output"},
    }
    if part in shared:
        answers = [json.loads(done.stdout)["answer"][shared[part]] for done in (exact, floating)]
        pair = [numbers(answer) for answer in answers]
        assert np.allclose(pair[0], pair[1], rtol=1e-9)


def numbers(value: Any) -> list[float]:
    return (
        [value["float"]]
        if isinstance(value, dict)
        else [x for inner in value for x in numbers(inner)]
    )


def test_check_all_in_every_format(tmp_path: Path) -> None:
    chosen = ["--part", "4a", "--part", "running-mean", "--part", "4b"]
    path = tmp_path / "out.xml"
    done = hw8("check-all", *chosen, "--format", "json", "--junit-xml", str(path))
    assert done.returncode == 0
    assert [p["part"] for p in json.loads(done.stdout)["parts"]] == ["4a", "4b"]
    assert len(ElementTree.parse(path).getroot()) == 2
    assert (
        ElementTree.fromstring(hw8("check-all", *chosen, "--format", "junit").stdout).tag
        == "testsuites"
    )
    assert "2 of 2 parts hold" in hw8("check-all", *chosen).stdout
    assert hw8("check-all", *chosen, "--format", "markdown").stdout.startswith("| |")
    assert "::notice" in hw8("check-all", *chosen, "--format", "github").stdout


BREAK = """
import sys
import problems.p4a_running_mean as m
real = m.solve
def solve(**inputs):
    {body}
m.solve = solve
import inspect
m.solve.__signature__ = inspect.signature(real)
sys.argv = ["hw8", "check-all", "--part", "4a", "--part", "4b", "--format", {style!r}]
from hw8cli.__main__ import main
sys.exit(main())
"""
WRONG = 'found = real(**inputs); found.answer["update"] = found.answer["update"] * 2; return found'
CRASH = "raise KeyError('lost')"


@pytest.mark.parametrize("style", ["table", "json", "markdown", "junit", "github"])
@pytest.mark.parametrize(("body", "code"), [(WRONG, 1), (CRASH, 3)], ids=["wrong", "crash"])
def test_check_all_goes_on_and_goes_red(style: str, body: str, code: int) -> None:
    script = BREAK.format(body=body, style=style)
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done.stderr
    assert "4b" in done.stdout or style == "github"
    if style == "github":
        assert "::error file=" in done.stdout
        assert "p4a_running_mean.py,line=" in done.stdout


def test_a_closed_pipe_is_no_failure() -> None:
    for words in (["1f"], ["check-all", "--part", "4a"], ["--help"], ["list"]):
        process = subprocess.Popen([*RUN, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert process.stdout is not None
        process.stdout.close()
        _, error = process.communicate(timeout=60)
        assert process.returncode == 0, (words, error)
        assert b"Traceback" not in error


def test_an_interrupt_is_130() -> None:
    process = subprocess.Popen(
        [*RUN, "2", "--length", "3000000", "--float"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    time.sleep(4)
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"Traceback" not in error


def test_an_interrupt_while_it_starts_is_130() -> None:
    script = (
        "import sys\n"
        "class Stopped:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name == 'typer':\n            raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Stopped())\n"
        "from hw8cli.__main__ import main\nsys.exit(main())"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (130, "interrupted\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("words", [["list"], ["--help"], ["9z", "--format", "json"]])
def test_a_full_disk_is_said_and_is_no_defect(words: list[str], unbuffered: str) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        env = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
        done = subprocess.run(
            [*RUN, *words], stdout=full, stderr=subprocess.PIPE, text=True, env=env, check=False
        )
    assert done.returncode == 2
    assert done.stderr.startswith("hw8: standard input or output fails (No space left on device)")
    assert done.stderr.count("\n") == 1


def test_completion_imports_no_solver() -> None:
    script = "import sys, hw8cli.__main__ as m\ntry:\n m.main()\nexcept SystemExit:\n pass\n"
    script += "sys.exit(' '.join({'numpy', 'sympy'} & set(sys.modules)) or None)"
    env = {
        **os.environ,
        "_HW8_COMPLETE": "complete_bash",
        "COMP_WORDS": "hw8 ssm-kernel --",
        "COMP_CWORD": "2",
    }
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=env, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "--length" in done.stdout


def test_run_returns_for_library_use() -> None:
    assert set(cli.NAMES) == {name for p in PARTS.values() for name in (p.id, p.command)}


def test_a_warning_is_a_sentence_on_standard_error(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    Q = np.linalg.qr(rng.normal(size=(24, 24)))[0]
    hump = np.triu(rng.normal(size=(24, 24)), 1) * 1.4 + np.diag(rng.uniform(-0.9, 0.9, 24))
    for name, M in (
        ("A", Q @ hump @ Q.T),
        ("B", rng.normal(size=(24, 1))),
        ("C", rng.normal(size=(1, 24))),
    ):
        np.save(tmp_path / f"{name}.npy", M)
    model = [f"--{name}=@{tmp_path / name}.npy" for name in "ABC"]
    done = hw8("1b", *model, "--length", "400", "--float")
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith(
        "hw8: warning: powers of A, or terms that cancel, magnify rounding"
    )
    assert done.stderr.count("\n") == 1
