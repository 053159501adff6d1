"""What the pages of documentation show: commands with their output, and tables of verdicts.

`python -m tests.shown` writes the outputs and the words of the verdicts anew. A verdict that has
become another one is left as it is and named: somebody has to look at it.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from problems.answers import Verdict, decide

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
GRAMMAR = ROOT / "problems" / "answers" / "README.md"
NUMERIC = ROOT / "problems" / "numeric" / "README.md"
JSON = ROOT / "hw8cli" / "README.md"
PAGES = (README, GRAMMAR, NUMERIC, JSON)
WIDTH = 100  # columns of every output shown
_BLOCK = re.compile(r"```console\n\$ (.*)\n((?:.*\n)*?)```")


def files(text: str, folder: Path) -> None:
    """Write the files that a page shows: a block that begins with ```toml NAME."""
    for name, inside in re.findall(r"```(?:toml|json) (\S+)\n(.*?)```", text, flags=re.DOTALL):
        (folder / name).write_text(inside, encoding="utf-8")


def ran(command: str, folder: Path = ROOT) -> tuple[int, str]:
    """Exit code and standard output of `hw8 …  # comment`, in a folder."""
    words = [sys.executable, "-m", "hw8cli", *shlex.split(command, comments=True)[1:]]
    env = {**os.environ, "COLUMNS": str(WIDTH), "NO_COLOR": "1", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(words, capture_output=True, text=True, env=env, cwd=folder, check=False)
    return done.returncode, "".join(line.rstrip() + "\n" for line in done.stdout.splitlines())


def blocks(text: str) -> list[tuple[str, str]]:
    """Commands with the output that is shown of them."""
    return _BLOCK.findall(text)


def code_of(command: str) -> int:
    """The exit code that a command's comment names: `# exit code 1`; 0 without."""
    found = re.search(r"# exit code (\d+)$", command)
    return int(found[1]) if found else 0


@dataclass(frozen=True)
class Row:
    """One row of a table of verdicts: how to ask, its cells, of which the last ones are told."""

    line: str
    ask: Callable[[], Verdict]
    asked: tuple[str, ...]  # cells as they stand
    told: tuple[Callable[[Verdict], str], ...]

    @property
    def says(self) -> tuple[str, ...]:
        """The cells that the program fills."""
        return tuple(cells(self.line)[len(self.asked) :])

    @property
    def verdict(self) -> str:
        word = self.says[-1].partition(":")[0]
        return word if word in ("incorrect", "undecided") else "correct"

    def anew(self) -> str:
        """The row with what the program says now."""
        found = self.ask()
        told = (tell(found).replace("|", "\\|") for tell in self.told)
        return f"|{'|'.join(f' {cell} ' if cell else ' ' for cell in (*self.asked, *told))}|"


def read(found: Verdict) -> str:
    return found.read


def briefly(found: Verdict) -> str:
    """A verdict in a cell: empty where it is correct and rests on nothing."""
    if found.verdict != "correct":
        return f"{found.verdict}: {found.why}"
    return f"assuming {'; '.join(found.assuming)}" if found.assuming else ""


def wholly(found: Verdict) -> str:
    """A verdict with its reason, its counterexample or what it rests on."""
    more = found.counterexample or "; ".join(found.assuming and ("assuming", *found.assuming))
    more = more.replace("assuming; ", "assuming ")
    return f"{found.verdict}: {found.why}" + (f"; {more}" if more else "")


def cells(line: str) -> list[str]:
    """The cells of a row; a bar after a backslash is no border."""
    return [c.strip() for c in re.split(r"(?<!\\)\|", line)[1:-1]]


def rows(text: str) -> Iterator[Row]:
    """Every row of the tables whose head says that they are verdicts."""
    head: list[str] = []
    for before, line in pairwise(text.splitlines()):
        if set(line) == set("|-"):
            head = cells(before)
        elif not line.startswith("|"):
            head = []
        elif head[-1:] in (["verdict"], ["it says"]):
            yield _row(head[0], line)


def _row(head: str, line: str) -> Row:
    found = cells(line)
    if head == "slot":
        slot, answer = found[0], found[1].strip("`")
        return Row(line, partial(decide, slot, answer), tuple(found[:2]), (read, briefly))
    if head == "answer":
        answer, reference, where = (c.strip("`") for c in found[:3])
        ask = partial(decide, "", answer, reference=reference, where=where)
        return Row(line, ask, tuple(found[:3]), (briefly,))
    return Row(line, partial(_by_command, found[1].strip("`")), tuple(found[:2]), (wholly,))


def _by_command(command: str) -> Verdict:
    """The verdict that a command prints, whose exit code says the same."""
    code, printed = ran(f"{command} --format json")
    found = json.loads(printed)
    assert code == {"correct": 0, "incorrect": 1, "undecided": 4}[found["verdict"]], command
    return Verdict(
        found["verdict"],
        found["why"],
        counterexample=found["counterexample"] or "",
        assuming=tuple(found["assuming"]),
    )


def rewritten(text: str) -> str:
    """A page with outputs and verdicts anew; rows whose verdict is another are named and left."""
    with TemporaryDirectory() as folder:
        files(text, Path(folder))
        for command, output in blocks(text):
            anew = ran(command, Path(folder))[1]
            text = text.replace(f"$ {command}\n{output}```", f"$ {command}\n{anew}```")
    for row in rows(text):
        line = row.anew()
        if any(row.says) and replace(row, line=line).verdict != row.verdict:
            print(f"another verdict: {line}", file=sys.stderr)
        else:
            text = text.replace(f"{row.line}\n", f"{line}\n")
    return text


def write() -> None:
    """Every page anew."""
    for page in PAGES:
        page.write_text(rewritten(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    write()
