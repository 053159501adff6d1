"""The races run, are fair about what they find, and are saved whole or not; no time is asserted."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hw8cli.bench import clock, run, table
from hw8cli.bench.race import SUITES, Cost, Peer, Race

from .test_cli import RUN, hw8


def silent(what: str) -> None:
    pass


def against(peer: Peer) -> dict[str, Any]:
    """What a race of a vector of ones against one peer finds."""
    found: dict[str, Any] = clock.race(
        Race("a race", "n = 3", lambda: np.ones(3), (peer,)), True, silent
    )["peers"][0]
    return found


def test_every_race_runs_and_is_saved(tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    done = hw8("bench", "--quick", "--output", str(path))
    assert done.returncode == 0, done.stderr
    assert f"saved as {path}" in done.stderr
    assert list(tmp_path.iterdir()) == [path]
    found = json.loads(path.read_text(encoding="utf-8"))
    assert found["quick"] is True
    assert found["machine"]["numpy"] == np.__version__
    assert found["machine"]["environment"]["OMP_NUM_THREADS"] == "1"
    assert {race["suite"] for race in found["races"]} == set(SUITES)
    peers = [peer for race in found["races"] for peer in race.get("peers", [])]
    assert {peer["status"] for peer in peers} <= {"raced", "not installed"}, peers
    raced = [peer for peer in peers if peer["status"] == "raced"]
    assert {"numpy, a loop", "numpy, 30 CG steps", "an empty typer command"} <= {
        peer["peer"] for peer in raced
    }
    for peer in raced:
        assert len(peer["ratios"]) == len(peer["rounds_s"]) >= 3
        assert peer["ratio"] > 0
        assert peer["holds"] is None
        assert peer["agrees"] is not False
    for name, version in found["machine"]["peers"].items():
        assert (f"{name} {version}" if version else f"pip install {name}") in " ".join(
            done.stdout.split()
        )


def test_one_suite_alone(tmp_path: Path) -> None:
    done = hw8("bench", "attention", "--quick", "--output", str(tmp_path / "out.json"))
    assert done.returncode == 0, done.stderr
    assert {
        race["suite"]
        for race in json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))["races"]
    } == {"attention"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["kernels"], "there is no suite 'kernels': give kernel, forward, attention, verify"),
        (
            ["--output", "there.json"],
            "--output is 'there.json', which is there already: name another, or add --force",
        ),
        (["--output", "."], "--output is '.', which is a folder"),
        (["--output", "no/out.json"], "--output is 'no/out.json', but there is no folder 'no'"),
    ],
)
def test_refused_before_anything_runs(tmp_path: Path, words: list[str], said: str) -> None:
    (tmp_path / "there.json").write_text("mine", encoding="utf-8")
    script = (
        "import os, sys\nos.chdir(sys.argv.pop(1))\n"
        "from hw8cli.__main__ import main\nsys.exit(main())"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path), "bench", "--quick", *words],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 2
    assert said in done.stderr
    assert (tmp_path / "there.json").read_text(encoding="utf-8") == "mine"


def test_the_process_is_pinned_before_any_library_counts_the_processors() -> None:
    script = "import sys, hw8cli.bench.__main__; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_an_interrupt_ends_the_races_and_saves_nothing(tmp_path: Path) -> None:
    words = [*RUN, "bench", "attention", "--output", str(tmp_path / "out.json")]
    process = subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )
    time.sleep(3)
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=30)
    assert process.returncode == 130
    assert b"Traceback" not in error
    assert not list(tmp_path.iterdir())
    with pytest.raises(
        ProcessLookupError
    ):  # the session is empty: the process that raced has ended too
        os.killpg(process.pid, 0)


def test_a_missing_peer_is_told() -> None:
    found = against(Peer("Nobody", "no_such_package", lambda: lambda: np.ones(3), least=2))
    assert found["status"] == "not installed"
    _, cells = table.from_peer({"ours": {"median_s": 0.001}, "each": 1}, found)
    assert cells[-1] == "not installed: pip install no_such_package"


def test_a_broken_peer_does_not_stop_the_race() -> None:
    def broken() -> Any:
        raise ImportError("libmissing.so")

    found = against(Peer("Broken", "numpy", broken))
    assert (found["status"], found["why"]) == ("failed", "ImportError: libmissing.so")


@pytest.mark.parametrize(
    ("theirs", "diverged", "agrees", "said"),
    [
        ([1.0, 1.0, 1.0], False, True, "off by 0e+00"),
        ([1.0, 1.0, 1.1], False, False, "ANOTHER RESULT: off by 1e-01"),
        ([1.0, 1.0, 1e9], True, None, "diverges, to 1e+09"),
        ([1.0, 1.0, np.inf], True, None, "diverges, past 1e308"),
        ([1.0, np.nan, 1.0], True, None, "diverges, past 1e308"),
    ],
)
def test_a_result_is_held_against_ours(
    theirs: list[float], diverged: bool, agrees: bool | None, said: str
) -> None:
    found = against(Peer("Other", "numpy", lambda: lambda: np.array(theirs)))
    assert (found["diverged"], found["agrees"]) == (diverged, agrees)
    assert list(table.compared({"each": 1}, found)) == [said]
    json.dumps(found, allow_nan=False)


@pytest.mark.parametrize(("agrees", "code"), [(True, 0), (None, 0), (False, 1)])
def test_another_result_is_exit_code_1(
    agrees: bool | None, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    peer = against(Peer("Other", "numpy", lambda: lambda: np.ones(3))) | {"agrees": agrees}
    race = {
        "race": "a race",
        "what": "n = 3",
        "each": 1,
        "ours": {"median_s": 1.0},
        "processor_share": 1.0,
        "peers": [peer],
    }
    machine = {
        "processor": "",
        "cores": 1,
        "pinned_to": None,
        "python": "",
        "numpy": "",
        "blas": [],
        "environment": {},
        "peers": {},
    }
    monkeypatch.setattr(run, "raced", lambda suites, quick: {"machine": machine, "races": [race]})
    assert run.bench("kernel", tmp_path / "out.json", False, True).code == code


def test_thresholds_of_the_full_sizes_are_held() -> None:
    race = Race(
        "a race",
        "n = 3",
        lambda: np.ones(3),
        (Peer("Same", "numpy", lambda: lambda: np.ones(3), least=1e6),),
        8,
        0.9,
    )
    found = clock.race(race, False, silent)
    assert (found["peers"][0]["least"], found["peers"][0]["holds"]) == (1e6, False)
    assert (found["limit"]["least"], found["limit"]["holds"]) == (0.9, False)
    assert table.verdicts(found | {"holds": None}) == [None, False, False]


def test_the_slope_of_what_is_linear_and_quadratic(monkeypatch: pytest.MonkeyPatch) -> None:
    for power in (1, 2):
        now = [0.0]
        monkeypatch.setattr("hw8cli.bench.clock.time.perf_counter", lambda now=now: now[0])

        def at(length: int, now: list[float] = now, power: int = power) -> Any:
            return lambda: now.__setitem__(0, now[0] + length**power)

        found = clock.cost(Cost("a cost", "", (2, 4, 8), at), False, silent)
        assert abs(found["slope"] - power) < 1e-9
        assert found["holds"] is (power == 1)
