"""Every command of the README runs, and every output that it shows is real.

`python -m tests.test_readme` writes the outputs anew.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

README = Path(__file__).parent.parent / "README.md"
TEXT = README.read_text(encoding="utf-8")
SHOWN = re.findall(r"```console\n\$ (.*)\n((?:.*\n)*?)```", TEXT)
INLINE = re.findall(
    r"`(hw8 (?:\d\w?|list|show|check-all|verify|equal|audit|export-key)(?: [^`]*)?)`", TEXT
)


def run(command: str) -> str:
    words = [sys.executable, "-m", "hw8cli", *shlex.split(command)[1:]]
    env = {**os.environ, "COLUMNS": "124", "NO_COLOR": "1"}
    done = subprocess.run(words, capture_output=True, text=True, env=env, check=False)
    assert done.returncode == (
        1 if "A_t C_t^T q_t" in command or command == "hw8 audit --source" else 0
    ), done.stderr
    return "".join(line.rstrip() + "\n" for line in done.stdout.splitlines())


def steady(output: str) -> str:
    """Without what differs from run to run: times."""
    return re.sub(r"\d+\.\d\d( s)?\b *$", "0.00", output, flags=re.MULTILINE)


@pytest.mark.parametrize(("command", "output"), SHOWN, ids=[c for c, _ in SHOWN])
def test_output_shown_is_real(command: str, output: str) -> None:
    assert steady(run(command)) == steady(output)


@pytest.mark.parametrize("command", sorted(set(INLINE) - {"hw8 verify", "hw8 equal"}))
def test_command_runs(command: str) -> None:
    assert run(command)


@pytest.mark.parametrize("code", re.findall(r"```python\n(.*?)```", TEXT, flags=re.DOTALL))
def test_python_shown_runs(code: str) -> None:
    exec(compile(code, "README.md", "exec"), {})


def test_the_two_commands_are_what_continuous_integration_runs() -> None:
    ci = (README.parent / ".ci" / "run").read_text(encoding="utf-8")
    for command in re.findall(r"^    (python3 -m venv .*)$", TEXT, flags=re.MULTILINE):
        assert all(step in ci for step in command.split(" && "))


if __name__ == "__main__":
    for command, output in SHOWN:
        TEXT = TEXT.replace(f"$ {command}\n{output}```", f"$ {command}\n{run(command)}```")
    README.write_text(TEXT, encoding="utf-8")
