"""Every command of the pages runs, and every output, verdict and excerpt that they show is real.

`python -m tests.test_readme` writes outputs and verdicts anew, as `python -m tests.shown` does.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .shown import (
    JSON,
    NUMERIC,
    PAGES,
    README,
    ROOT,
    Row,
    blocks,
    cells,
    code_of,
    files,
    ran,
    rows,
    write,
)

TEXTS = {page: page.read_text(encoding="utf-8") for page in PAGES}
TEXT = TEXTS[README]
SHOWN = [shown for text in TEXTS.values() for shown in blocks(text)]
ROWS = list(rows(TEXT))
WHOLE = {
    f"hw8 {c}" for c in ("verify", "equal", "check-all", "grade", "show", "bench")
}  # named; they take arguments, or minutes
WITH_FILES = ("hw8 grade ", "hw8 bench ")


def inline() -> Iterator[str]:
    """Commands in the text and in tables of anything but verdicts."""
    verdicts = {row.line for text in TEXTS.values() for row in rows(text)}
    for text in TEXTS.values():
        for line in (x for x in text.splitlines() if x not in verdicts):
            yield from re.findall(r"`(hw8 (?:\d\w?|[a-z-]+)(?: [^`]+)?)`", line)


INLINE = sorted(set(inline()))
NAMED = [c for c in INLINE if c in WHOLE or c.startswith(WITH_FILES)]
INDENTED = [
    c for text in TEXTS.values() for c in re.findall(r"^    (hw8 .*)$", text, flags=re.MULTILINE)
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files(TEXT, tmp_path)
    return tmp_path


def steady(output: str) -> str:
    """Without what differs from run to run: times."""
    return re.sub(r"\d+\.\d\d( s)?\b *$", "0.00", output, flags=re.MULTILINE)


@pytest.mark.parametrize(("command", "output"), SHOWN, ids=[c for c, _ in SHOWN])
def test_output_shown_is_real(command: str, output: str, folder: Path) -> None:
    code, printed = ran(command, folder)
    assert (code, steady(printed)) == (code_of(command), steady(output))
    assert max(map(len, printed.splitlines())) <= 100


@pytest.mark.parametrize("row", ROWS, ids=[row.asked[-1] for row in ROWS])
def test_verdict_shown_is_real(row: Row) -> None:
    assert row.anew() == row.line


@pytest.mark.parametrize("command", [c for c in INLINE if c not in NAMED])
def test_command_runs(command: str, folder: Path) -> None:
    code, printed = ran(command, folder)
    assert code == (1 if command == "hw8 audit --source" else 0)
    assert printed


@pytest.mark.parametrize("command", [*NAMED, *INDENTED])
def test_command_named_exists_with_its_options(command: str) -> None:
    code, printed = ran(f"{' '.join(command.split()[:2])} --help")
    assert code == 0
    assert all(option in printed for option in re.findall(r" (--[a-zA-Z-]+)", command))


def test_rows_of_grade_as_they_are_described(folder: Path) -> None:
    """A row has the names that the page gives."""
    (folder / "answers.jsonl").write_text('{"id": 1, "part": "3c", "answer": "[1, 4]"}\n')
    code, printed = ran("hw8 grade answers.jsonl", folder)
    assert code == 0
    assert '"verdict": "correct"' in printed
    told = next(line for line in TEXTS[JSON].splitlines() if line.startswith("| a line of `grade`"))
    names = set(re.findall(r"`(\w+)`", cells(told)[1]))
    assert names and names <= json.loads(printed).keys()


@pytest.mark.parametrize("command", ["verify", "equal", "grade", "check-key"])
def test_examples_of_a_help_run(command: str, folder: Path) -> None:
    printed = ran(f"hw8 {command} --help", folder)[1]
    examples = re.findall(r"^ +((?:echo .*)?hw8 .*)$", printed, flags=re.MULTILINE)
    assert len(examples) >= 2
    known = f'hw8() {{ {sys.executable} -m hw8cli "$@"; }}'
    script = "\n".join(["set -e", known, *examples])
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, cwd=folder, env=env, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("command", sorted(set(re.findall(r"`python -m (tests\.\w+)", TEXT))))
def test_developers_commands_exist(command: str) -> None:
    if command == "tests.shown":  # which writes: it is imported above
        return
    done = subprocess.run(
        [sys.executable, "-m", command, "--help"], capture_output=True, cwd=ROOT, check=False
    )
    assert done.returncode == 0


EXCERPTS = re.findall(r"```python\n# (problems/\S+)\n(.*?)```", TEXT, flags=re.DOTALL)


@pytest.mark.parametrize(("file", "shown"), EXCERPTS, ids=[file for file, _ in EXCERPTS])
def test_excerpt_is_real(file: str, shown: str) -> None:
    """Each piece stands in the file, in this order; how deep it is indented does not matter."""

    def flat(text: str) -> str:
        return "".join(f"{line.strip()}\n" for line in text.splitlines())

    source = flat((ROOT / file).read_text(encoding="utf-8"))
    pieces = [flat(piece) for piece in re.split(r"^# … .*\n", shown, flags=re.MULTILINE)[1:]]
    places = [source.find(f"\n{piece}") for piece in pieces]
    assert -1 not in places
    assert places == sorted(places)


@pytest.mark.parametrize(
    "code", re.findall(r"```python\n(import .*?)```", TEXTS[NUMERIC], flags=re.DOTALL)
)
def test_python_shown_runs(code: str) -> None:
    exec(compile(code, "README.md", "exec"), {})


ENTRIES = [
    (found[0], set(re.findall(r"`([^`]+)`", found[2])))
    for line in TEXTS[JSON].splitlines()
    if re.fullmatch(r"\d\w?", (found := [*cells(line), ""])[0])
]


@pytest.mark.parametrize(("part", "names"), ENTRIES, ids=[part for part, _ in ENTRIES])
def test_entries_of_schema_2_are_there(part: str, names: set[str]) -> None:
    """Each is an entry of the sheet's answer, or of that to the page's own numbers."""
    own = next(c for c in INLINE if c.startswith(f"hw8 {part} --") and "--help" not in c)
    found = json.loads(ran(f"{own} --format json")[1])
    assert found["schema"] == 2
    left = names - found["answer"].keys()
    assert not left or left <= json.loads(ran(f"hw8 {part} --format json")[1])["answer"].keys()


def test_the_two_commands_are_what_continuous_integration_runs() -> None:
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    for command in re.findall(r"^    (python3 -m venv .*)$", TEXT, flags=re.MULTILINE):
        assert all(step in ci for step in command.split(" && "))


def test_links_lead_somewhere() -> None:
    for page, text in TEXTS.items():
        for link in re.findall(r"\]\(([^)#]+)\)", text):
            assert (page.parent / link).exists(), (page, link)


if __name__ == "__main__":
    write()
