"""Who decides whether a mutant lives: `check-all` for a part, a package's own tests for the rest.

A worker is an interpreter in a copy of the tree, with the libraries imported; for each mutant it
writes the one file, forks, and the child imports what is mutated and asks the judge. So a mutant
costs no start of an interpreter, and none can leave anything behind for the next.
Run as `python -m tests.mutants.judges` it is such a worker.
"""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .mutant import Mutant

ROOT = Path(__file__).parent.parent.parent
LIVES, RED, CRASHED, REFUSED, SLOW = "lives", "checks", "crash", "refused", "time"
_CODES = {LIVES: 0, RED: 81, CRASHED: 82, REFUSED: 83}
_FATES = {code: fate for fate, code in _CODES.items()}
MUTATED = {
    "part": re.compile(r"problems\.p\d"),
    "tests": re.compile(r"problems\."),
}  # imported by the child, not before
MEMORY = 8 << 30  # bytes of address space, of which the libraries take one
# the tests that judge a package; those that are there are run, in this order
TESTS = {
    "numeric": ("numeric", "test_numeric*.py", "test_arrays*.py"),
    "answers": (
        "formulas",
        "answers",
        "test_formulas*.py",
        "test_answers*.py",
        "test_verifying*.py",
    ),
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a mutant, and what it cost; `found` is what else the judge had to say."""

    fate: str
    seconds: float  # of processor time
    found: tuple[Any, ...] = ()


def tests(package: str) -> list[str]:
    """The files of tests that judge a package of `problems`."""
    return [
        path.relative_to(ROOT).as_posix()
        for name in TESTS[package]
        for path in sorted((ROOT / "tests").glob(name))
    ]


class Worker(AbstractContextManager["Worker"]):
    """One interpreter in one copy of the tree. `judge` is for one thread at a time."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="mutants-")
        copy = (
            Path(self._folder.name) / "tree"
        )  # alone in a folder: nothing beside the repository is at hand
        shutil.copytree(
            ROOT,
            copy,
            ignore=shutil.ignore_patterns(".*", "__pycache__", "build", "dist", "*.egg-info"),
        )
        threads = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
        one = dict.fromkeys((*threads, "PYTHONDONTWRITEBYTECODE"), "1")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.mutants.judges"], cwd=copy, env={**os.environ, **one},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def judge(self, task: Mapping[str, Any], limit: float, mutant: Mutant | None = None) -> Verdict:
        """`task` is {"part": id}, {"steps": id} or {"tests": files}; `limit`: processor seconds."""
        change = (
            {}
            if mutant is None
            else {
                "file": mutant.file,
                "start": mutant.start,
                "end": mutant.end,
                "text": mutant.text,
            }
        )
        pipe = self._process
        assert pipe.stdin is not None
        assert pipe.stdout is not None
        print(json.dumps({**task, "limit": limit, "change": change}), file=pipe.stdin, flush=True)
        said = pipe.stdout.readline()
        if not said:
            raise RuntimeError(f"the worker in {self._folder.name} ended: its error stands above")
        fate, seconds, found = json.loads(said)
        return Verdict(fate, seconds, tuple(found))

    def __exit__(self, *raised: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()
        self._folder.cleanup()


def _serve() -> None:
    """Tasks in, one a line; verdicts out."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what the judged print is not an answer
    for line in sys.stdin:
        task = json.loads(line)
        _prepare("tests" not in task)
        path = Path(task["change"].get("file", "pyproject.toml"))
        source = path.read_bytes()
        if task["change"]:
            change = task["change"]
            path.write_bytes(
                source[: change["start"]] + change["text"].encode() + source[change["end"] :]
            )
        try:
            print(json.dumps(_forked(task)), file=answers, flush=True)
        finally:
            path.write_bytes(source)


def _prepare(judged_by_parts: bool) -> None:
    """Import what no mutant changes: for parts all but the parts; for tests the libraries alone."""
    names = ["numpy", "sympy"]
    if judged_by_parts:
        import problems

        found = pkgutil.walk_packages(problems.__path__, "problems.")
        names += [module.name for module in found if not MUTATED["part"].match(module.name)]
        names.append("hw8cli.suite")
    else:
        names += ["mpmath", "pytest", "hypothesis", "typer", "rich"]
    for name in names:
        importlib.import_module(name)
    judged = MUTATED["part" if judged_by_parts else "tests"]
    if early := [name for name in sys.modules if judged.match(name)]:
        raise RuntimeError(
            f"{early[0]} is imported before the fork, so that a mutant of it would not be run"
        )


def _forked(task: Mapping[str, Any]) -> tuple[str, float, list[Any]]:
    out = Path("../said.json").resolve()
    out.write_text("[]", encoding="utf-8")
    child = os.fork()
    if not child:
        os._exit(_child(task, out))
    _, status, used = os.wait4(child, 0)
    with suppress(ProcessLookupError):  # where it left nothing running; the group is its own
        os.killpg(child, signal.SIGKILL)
    shutil.rmtree(
        ".hypothesis", ignore_errors=True
    )  # examples that fail one mutant are no test of the next
    fate = (
        SLOW
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) in (signal.SIGXCPU, signal.SIGALRM)
        else CRASHED
    )
    if os.WIFEXITED(status):
        fate = _FATES.get(os.WEXITSTATUS(status), CRASHED)
    return fate, used.ru_utime + used.ru_stime, json.loads(out.read_text(encoding="utf-8"))


def _child(task: Mapping[str, Any], out: Path) -> int:
    """The exit code that says what became of it."""
    os.setsid()
    silent = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(silent, stream)
    limit = int(task["limit"]) + 1
    for what, most in (
        (resource.RLIMIT_CPU, limit),
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, resource.getrlimit(what)[1]))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(
        20 * limit
    )  # by the clock, for what waits without computing; the cores are shared, so a long one
    try:
        return _CODES[_fate(task, out)]
    except BaseException:  # whatever a mutant raises, an exit among it, is its crash
        out.write_text(json.dumps([traceback.format_exc(limit=-3)]), encoding="utf-8")
        return _CODES[CRASHED]


def _fate(task: Mapping[str, Any], out: Path) -> str:
    if "tests" in task:
        return _tested(task["tests"])
    if "steps" in task:
        from .steps import unguarded

        found = unguarded(task["steps"])
        out.write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")
        return LIVES
    import problems
    from hw8cli.solving import defaults
    from problems.examine import examined, instances_of
    from problems.part import InputError

    part = problems.parts()[task["part"]]
    module = part.load()
    try:  # what `check-all --part` asks, as far as the first fault
        instances = instances_of(module, defaults(part))
        return LIVES if all(c.passed for c in examined(module, instances)) else RED
    except InputError:
        return REFUSED


def _tested(files: list[str]) -> str:
    import hypothesis
    import pytest

    # a failing example is not made smaller, and the same ones are tried each time
    phases = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
    hypothesis.settings.register_profile("mutants", phases=phases, database=None, deadline=None)
    hypothesis.settings.load_profile("mutants")
    options = [
        "-x",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:xdist",
        "-o",
        "addopts=",
        "--hypothesis-seed=0",
    ]
    code = pytest.main([*options, *files])
    return {pytest.ExitCode.OK: LIVES, pytest.ExitCode.TESTS_FAILED: RED}.get(
        pytest.ExitCode(code), CRASHED
    )


if __name__ == "__main__":
    _serve()
