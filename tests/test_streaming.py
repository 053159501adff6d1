"""Streams longer than memory: the numbers of memory, whatever interrupts; nothing is lost."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer
from numpy.lib import format as npy

from hw8cli import app as cli
from hw8cli.stream import model, run
from hw8cli.stream.source import source
from hw8cli.stream.state import Carried, save
from hw8cli.stream.target import Target, growing
from problems.numeric import StateSpace, causal_ridge_attention, forward
from problems.part import InputError

A, B, C, D = (
    np.array(M)
    for M in ([[0.7, 0.1], [0.2, 0.6]], [[1.0, 0], [2, 1]], [[1.0, 1], [0, 3]], [[0.0, 0], [1, 0]])
)
SYSTEM = StateSpace(A, B, C, D)
RNG = np.random.default_rng(0)


def hw8(*words: str | Path) -> int:
    """One command in this process: its exit code, or the InputError that it raises."""
    try:
        return cli.run([str(word) for word in words])
    except typer.Exit as done:
        return done.exit_code


@pytest.fixture
def at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, with inputs of 1000 positions, and pieces of 128."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(model, "PIECE", 128)
    for name, columns in (("u", 2), ("k", 3), ("v", 2), ("q", 3)):
        np.save(tmp_path / f"{name}.npy", RNG.standard_normal((1000, columns)))
    return tmp_path


FORWARD = ("2", "--input", "u.npy", "--output", "y.npy")
CAUSAL = (
    "4f",
    "--K",
    "@k.npy",
    "--V",
    "@v.npy",
    "--Q",
    "@q.npy",
    "--lam",
    "1/2",
    "--output",
    "y.npy",
)
both = pytest.mark.parametrize("words", [FORWARD, CAUSAL], ids=["forward", "causal"])


def in_memory(words: tuple[str, ...], lam: float = 0.5) -> Any:
    if words[0] == "2":
        return forward(SYSTEM, np.load("u.npy")).y
    return causal_ridge_attention(np.load("q.npy"), np.load("k.npy"), np.load("v.npy"), lam).output


@both
@pytest.mark.parametrize("length", [1, 64, 65, 192, 193, 1000])
def test_the_numbers_are_those_in_memory(at: Path, words: tuple[str, ...], length: int) -> None:
    for name in "ukvq":
        np.save(f"{name}.npy", np.load(f"{name}.npy")[:length])
    assert hw8(*words) == 0
    found = np.load("y.npy")
    np.testing.assert_allclose(found, in_memory(words), rtol=1e-11, atol=1e-12)
    np.save("again.npy", found)
    # byte for byte a file of numpy.save
    assert Path("y.npy").read_bytes() == Path("again.npy").read_bytes()
    assert not list(at.glob("*partial*"))


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize(
    ("dtype", "gives"),
    [("f4", "f4"), (">f4", "f4"), ("f8", "f8"), ("f2", "f8"), ("i2", "f8"), ("u8", "f8")],
)
def test_types_and_orders(at: Path, order: Any, dtype: str, gives: str) -> None:
    u = (10 * np.abs(np.load("u.npy"))).astype(dtype)
    np.save("u.npy", np.asarray(u, order=order))
    assert hw8("ssm-forward", "--u", "@u.npy", "--output", "y.npy", "--A", "0.7,0.1;0.2,0.6") == 0
    found = np.load("y.npy")
    assert found.dtype == np.dtype(gives)
    np.testing.assert_allclose(
        found, forward(SYSTEM, u.astype(float)).y, rtol=1e-6 if gives == "f4" else 1e-12
    )


def test_float32_throughout_is_float32_and_mixed_is_not(at: Path) -> None:
    for name in "kvq":
        np.save(f"{name}.npy", np.load(f"{name}.npy").astype("f4"))
    assert hw8(*CAUSAL) == 0
    assert np.load("y.npy").dtype == np.float32
    np.save("v.npy", np.load("v.npy").astype(float))
    assert hw8(*CAUSAL, "--force") == 0
    assert np.load("y.npy").dtype == np.float64


@both
def test_a_sequence_over_several_files(at: Path, words: tuple[str, ...]) -> None:
    want = in_memory(words)
    whole = {name: np.load(f"{name}.npy") for name in "ukvq"}
    found = []
    for number, part in enumerate((slice(0, 7), slice(7, 400), slice(400, 1000))):
        for name, value in whole.items():
            np.save(f"{name}.npy", value[part])
        state = ("--from-state", f"s{number}.npz") if number else ()
        assert hw8(*words, "--force", *state, "--to-state", f"s{number + 1}.npz") == 0
        found.append(np.load("y.npy"))
    np.testing.assert_allclose(np.concatenate(found), want, rtol=1e-9, atol=1e-12)


def test_a_state_of_ones_own(at: Path) -> None:
    np.savez("x0.npz", x=[1, 2])
    assert hw8(*FORWARD, "--from-state", "x0.npz") == 0
    np.testing.assert_allclose(
        np.load("y.npy"), forward(SYSTEM, np.load("u.npy"), np.array([1.0, 2])).y, rtol=1e-12
    )


STOPPED = """
import os, signal, sys
from hw8cli.stream import model, run
from hw8cli.__main__ import main
model.PIECE, run.SAVED_EVERY = 128, {every}
def stopping(module, name, count, before):
    real, calls = getattr(module, name), []
    def wrapped(*given):
        calls.append(1)
        if len(calls) == count:
            before(real, *given)
            os.kill(os.getpid(), signal.{signal})
        return real(*given)
    setattr(module, name, wrapped)
half = lambda write, descriptor, content: write(descriptor, content[:len(content) // 2])
stopping({module}, {name!r}, {count}, half if {name!r} == "write" else lambda *given: None)
sys.argv = ["hw8", *{words}]
sys.exit(main())
"""
# where: at the third piece, in the middle of the write of the fourth,
# with a state written but not yet in its place
WHERE = {
    "computing": ("run.Run", "written", 3),
    "writing": ("os", "write", 5),
    "saving": ("os", "fsync", 8),
}


def stopped(
    signal: str, where: tuple[str, str, int], words: tuple[str, ...], every: float = 0.0
) -> Any:
    """What became of a process that a signal meets at the so-manieth call of a function."""
    module, name, count = where
    script = STOPPED.format(
        signal=signal, module=module, name=name, count=count, words=words, every=every
    )
    return subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False
    )


def interrupted(*words: str) -> None:
    """Ctrl-C at the third piece, in this process."""
    real, calls = run.Run.written, []

    def interrupting(self: run.Run, stop: int) -> Carried:
        calls.append(stop)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return real(self, stop)

    with (
        pytest.MonkeyPatch.context() as patched,
        pytest.raises(KeyboardInterrupt, match="256 of 1,000 positions are kept"),
    ):
        patched.setattr(run.Run, "written", interrupting)
        hw8(*words)


@both
@pytest.mark.parametrize("where", WHERE)
@pytest.mark.parametrize("signal", ["SIGINT", "SIGKILL"])
def test_a_resumed_run_gives_the_same_bytes(
    at: Path, words: tuple[str, ...], where: str, signal: str
) -> None:
    assert hw8(*words) == 0
    want = Path("y.npy").read_bytes()
    Path("y.npy").unlink()
    done = stopped(signal, WHERE[where], words)
    assert done.returncode == (130 if signal == "SIGINT" else -9), done.stderr
    if signal == "SIGINT":
        kept = {"computing": "256", "writing": "384", "saving": "384"}[where]
        assert done.stderr == (
            f"hw8: interrupted: {kept} of 1,000 positions are kept; "
            "repeat the command with --resume to go on\n"
        )
    assert done.stdout == ""
    assert not Path("y.npy").exists()
    with pytest.raises(InputError, match="--resume to go on with it, or --force to start anew"):
        hw8(*words)
    assert hw8(*words, "--resume") == 0
    assert Path("y.npy").read_bytes() == want
    assert [path.name for path in at.glob("y*")] == ["y.npy"]


def test_how_to_go_on_after_force(at: Path) -> None:
    done = stopped("SIGINT", ("run.Run", "written", 3), (*FORWARD, "--force"))
    assert done.stderr.endswith(
        "kept; repeat the command with --resume in place of --force to go on\n"
    )


def test_an_interrupt_saves_what_the_clock_had_not(at: Path) -> None:
    done = stopped("SIGINT", ("run.Run", "written", 5), FORWARD, every=1000.0)
    assert "512 of 1,000 positions are kept" in done.stderr
    assert int(np.load("y.npy.partial.state.npz")["done"]) == 512


def test_resuming_twice_and_at_the_end(at: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert hw8(*FORWARD) == 0
    want = Path("y.npy").read_bytes()
    Path("y.npy").unlink()
    assert stopped("SIGKILL", ("run.Run", "written", 3), FORWARD).returncode == -9
    assert stopped("SIGKILL", ("run.Run", "written", 3), (*FORWARD, "--resume")).returncode == -9
    assert stopped("SIGKILL", ("run", "compared", 2), (*FORWARD, "--resume")).returncode == -9
    capsys.readouterr()
    assert hw8(*FORWARD, "--resume", "--format", "json") == 0
    steps = {step["title"]: step["value"] for step in json.loads(capsys.readouterr().out)["steps"]}
    assert steps["resumed at"]["text"] == "936"
    assert Path("y.npy").read_bytes() == want


def test_what_has_the_final_name_stays_until_the_end(at: Path) -> None:
    Path("y.npy").write_text("precious", encoding="utf-8")
    with pytest.raises(
        InputError,
        match=r"y.npy', which is there already: name another, or add --force to replace it",
    ):
        hw8(*FORWARD)
    interrupted(*FORWARD, "--force")
    assert Path("y.npy").read_text(encoding="utf-8") == "precious"
    assert hw8(*FORWARD, "--resume") == 0  # what --force allowed, its resumption does
    assert np.load("y.npy").shape == (1000, 2)


def test_a_final_name_taken_meanwhile_is_not_written_over(at: Path) -> None:
    interrupted(*FORWARD)
    Path("y.npy").write_text("precious", encoding="utf-8")
    with pytest.raises(InputError, match=r"y.npy has appeared since"):
        hw8(*FORWARD, "--resume")
    assert Path("y.npy").read_text(encoding="utf-8") == "precious"


def test_force_starts_anew(at: Path) -> None:
    interrupted(*FORWARD)
    np.save("u.npy", np.load("u.npy")[:100] + 1)  # shorter than what is left
    assert hw8(*FORWARD, "--force") == 0
    found = np.load("y.npy")
    np.testing.assert_allclose(found, in_memory(FORWARD), rtol=1e-11)
    assert Path("y.npy").stat().st_size == 128 + found.nbytes


def test_only_the_same_run_is_resumed(at: Path) -> None:
    interrupted(*FORWARD, "--to-state", "s.npz")
    words = (*FORWARD, "--to-state", "s.npz", "--resume")
    for changed, named in (
        ((*words, "--A", "0.7,0.1;0.2,0.5"), "--A"),
        ((*words, "--D", "0,0;1,1"), "--D"),
        ((*FORWARD, "--resume"), "--to-state"),
    ):
        with pytest.raises(
            InputError, match=f"--resume: {named} is not what it was .* or start anew with --force"
        ):
            hw8(*changed)
    kept = np.load("u.npy")
    for other in (
        kept.astype("f4"),
        kept[:-1],
        np.vstack([kept[:1] + 1, kept[1:]]),
        np.vstack([kept[:-1], kept[:1]]),
    ):
        np.save("u.npy", other)
        with pytest.raises(InputError, match="--resume: --input is not what it was"):
            hw8(*words)
    np.save("u.npy", kept)
    assert hw8(*words) == 0


def test_a_fingerprint_is_of_both_ends(at: Path) -> None:
    found = set()
    for changed in (None, 0, -1):
        u = np.zeros((20_000, 2))
        if changed is not None:
            u[changed] = 1
        np.save("u.npy", u)
        found.add(source("--input", Path("u.npy")).fingerprint())
    assert len(found) == 3


def test_a_state_is_the_old_or_the_new_one(at: Path) -> None:
    save(Path("s.npz"), {"x": 1})
    with Path("s.npz").open("rb") as old:
        save(Path("s.npz"), {"x": 2})
        assert np.load(old)["x"] == 1  # replaced, not written into
    assert np.load("s.npz")["x"] == 2


def test_another_lam_or_value_is_not_resumed(at: Path) -> None:
    interrupted(*CAUSAL)
    words = (*CAUSAL, "--resume")
    with pytest.raises(InputError, match="--resume: --lam is not what it was"):
        hw8(*(word.replace("1/2", "1/3") for word in words))
    np.save("v.npy", np.load("v.npy") + 1)
    with pytest.raises(InputError, match="--resume: --V is not what it was"):
        hw8(*words)


@pytest.mark.parametrize(
    "damage", ["no state", "cut state", "another npz", "cut partial", "states of another"]
)
def test_what_is_left_damaged_is_not_resumed(at: Path, damage: str) -> None:
    interrupted(*FORWARD)
    partial, state = Path("y.npy.partial"), Path("y.npy.partial.state.npz")
    match damage:
        case "no state":
            state.unlink()
        case "cut state":
            state.write_bytes(state.read_bytes()[:-30])
        case "another npz":
            np.savez(state, x=[1.0, 2.0])
        case "cut partial":
            partial.write_bytes(partial.read_bytes()[:-8])
        case "states of another":
            np.savez(state, **{**np.load(state), "x": [1.0]})
    with pytest.raises(
        InputError,
        match=r"^--resume: y.npy.partial.*: start anew with --force$|^--resume: cannot read y.npy",
    ):
        hw8(*FORWARD, "--resume")
    assert not Path("y.npy").exists()


def test_two_at_once(at: Path) -> None:
    with (
        growing(Target(Path("y.npy"), (1, 1), np.dtype(float)), os.O_CREAT),
        pytest.raises(InputError, match="another run is writing"),
    ):
        hw8(*FORWARD, "--force")


def test_entries_that_are_not_finite(at: Path) -> None:
    good = np.load("u.npy")
    np.save("u.npy", np.vstack([good[:5], [[np.nan, 1]], good[6:]]))
    with pytest.raises(
        InputError,
        match=r"^--input: u.npy has nan in row 5, column 0 \(counted from 0\): replace NaN and inf",
    ):
        hw8(*FORWARD)
    assert not list(at.glob("y*"))  # nothing was done, and nothing is left
    for name in "kvq":
        value = np.load(f"{name}.npy")
        value[700, 1] = np.inf
        np.save("bad.npy", value)
        with pytest.raises(
            InputError,
            match=rf"^--{name.upper()}: bad.npy has inf in row 700, column 1.*; 640 of 1,000 pos",
        ):
            hw8(*(word.replace(f"@{name}", "@bad") for word in CAUSAL), "--force")


def test_a_row_that_is_mended_far_from_the_ends(at: Path) -> None:
    u = RNG.standard_normal((20_000, 2))
    np.save("u.npy", u)
    assert hw8(*FORWARD) == 0
    want = Path("y.npy").read_bytes()
    u[10_000] = np.nan
    np.save("bad.npy", u)
    words = ("2", "--input", "bad.npy", "--output", "z.npy")
    with pytest.raises(
        InputError,
        match=r"in row 10000, .*; 9,984 of 20,000 positions are kept, and --resume goes on",
    ):
        hw8(*words)
    np.save("bad.npy", np.load("u.npy"))
    assert hw8(*words, "--resume") == 0
    assert Path("z.npy").read_bytes() == want


def test_outputs_that_overflow(at: Path) -> None:
    with pytest.raises(InputError, match=r"^--input: in rows \d+ … \d+: .*overflow.*float64"):
        hw8(*FORWARD, "--A", "9,0;0,9")
    np.save("u.npy", np.full((300, 2), 3e38, "f4"))
    with pytest.raises(
        InputError,
        match=r"^--input: in rows 0 … 127: the output is beyond float32: save the input as float64",
    ):
        hw8(*FORWARD, "--force")
    assert not list(at.glob("y*"))


REFUSED = [
    ("2 --input u.npy", r"^--input goes with --output: say where .* --output y.npy"),
    ("2 --resume", r"^--resume goes with --output"),
    ("2 --force", r"^--force goes with --output"),
    ("4f --from-state s.npz", r"^--from-state goes with --output"),
    ("2 --output y.npy", r"^--input is missing, .* give --input u.npy"),
    (
        "2 --output y.npy --u 1,2;3,4",
        r"^--u is '1,2;3,4', but --output reads npy files: give --input u.npy",
    ),
    ("2 --output y.npy --u @u.csv", r"^--u is '@u.csv'"),
    ("2 --output y.npy --u @u.npy --input u.npy", r"^--input and --u are both given"),
    ("2 --output y.npy --input u.npy --length 5", r"^--length is of a random input"),
    ("2 --output y.npy --input u.npy --seed 0", r"^--seed is of a random input"),
    ("2 --output y.npy --input none.npy", r"^--input: cannot read 'none.npy' \(No such file"),
    ("2 --output y.npy --input .", r"^--input: \. is not a file"),
    (
        "2 --output y.npy --input k.npy",
        r"^--input: k.npy has 3 columns, but B takes 2 inputs: give 2 numbers a row",
    ),
    ("2 --output y.npy --input u.npy --A 1,2", r"^--A is 1×2, but a state matrix is square"),
    ("2 --output y.npy --input u.npy --B 1", r"^--B is 1×1, but A is 2×2"),
    (
        "2 --output y.npy --input cut.npy",
        r"^--input: cut.npy is not a complete npy file: save it again with numpy.save",
    ),
    ("2 --output y.npy --input text.npy", r"^--input: text.npy is not a complete npy file"),
    ("2 --output y.npy --input nothing.npy", r"^--input: nothing.npy is not a complete npy file"),
    ("2 --output y.npy --input s.npz", r"^--input: s.npz is not a complete npy file"),
    ("2 --output y.npy --input objects.npy", r"^--input: objects.npy holds objects"),
    (
        "2 --output y.npy --input complex.npy",
        r"^--input: complex.npy holds complex128: save float32, float64 or integers",
    ),
    ("2 --output y.npy --input words.npy", r"^--input: words.npy holds <U1"),
    (
        "2 --output y.npy --input flat.npy",
        r"^--input: flat.npy has shape \(5,\): .* as u\[:, None\]",
    ),
    ("2 --output y.npy --input empty.npy", r"^--input: empty.npy is empty, of shape \(0, 2\)"),
    ("2 --output y.txt --input u.npy", r"^--output is 'y.txt': let it end in .npy"),
    ("2 --output no/y.npy --input u.npy", r"^--output is 'no/y.npy', but there is no folder 'no'"),
    (
        "2 --output folder.npy --input u.npy --force",
        r"^--output is 'folder.npy', which is a folder",
    ),
    (
        "2 --output u.npy --input u.npy --force",
        r"^--output: u.npy would be written over u.npy, which is read: name another",
    ),
    (
        "2 --output linked.npy --input u.npy --force",
        r"^--output: linked.npy would be written over u.npy",
    ),
    (
        "2 --output a.npy --A @a.npy --input u.npy --force",
        r"^--output: a.npy would be written over a.npy",
    ),
    (
        "2 --output y.npy --input u.npy --to-state s.npz",
        r"^--to-state is 's.npz', which is there already: .* --force",
    ),
    (
        "2 --output y.npy --input u.npy --to-state s.npy",
        r"^--to-state is 's.npy': let it end in .npz",
    ),
    (
        "2 --output y.npy --input u.npy --to-state y.npy.partial.state.npz",
        r"^--to-state is .*: name another",
    ),
    (
        "2 --output s.npz.npy --input s.npz.npy.partial --force",
        r"^--output: s.npz.npy.partial would be written over",
    ),
    (
        "2 --output y.npy --input u.npy --from-state s.npz --to-state s.npz --force",
        r"^--to-state: s.npz would be written over s.npz",
    ),
    (
        "2 --output y.npy --input u.npy --from-state no.npz",
        r"^--from-state: cannot read 'no.npz' \(No such file",
    ),
    (
        "2 --output y.npy --input u.npy --from-state u.npy",
        r"^--from-state: u.npy is not a state of this part",
    ),
    (
        "2 --output y.npy --input u.npy --from-state text.npy",
        r"^--from-state: text.npy is not a state of this part",
    ),
    (
        "2 --output y.npy --input u.npy --from-state nan.npz",
        r"^--from-state: nan.npz is not a state of this part",
    ),
    (
        "2 --output y.npy --input u.npy --from-state t.npz",
        r"^--from-state: t.npz is not a state of this part",
    ),
    (
        "2 --output y.npy --input u.npy --from-state s3.npz",
        r"^--from-state: s3.npz is of another model: .* \(3,\), but A is 2×2",
    ),
    (
        "2 --output y.npy --input u.npy --resume",
        r"^--resume: there is no y.npy.partial, so there is nothing to resume",
    ),
    (
        "2 --output y.npy --input u.npy --resume --force",
        r"^--resume goes on and --force starts anew",
    ),
    ("4f --output y.npy --K @k.npy --V @v.npy", r"^--Q is missing, .* give --Q @q.npy"),
    ("4f --output y.npy --K k.npy --V @v.npy --Q @q.npy", r"^--K is 'k.npy', .* give --K @k.npy"),
    (
        "4f --output y.npy --K @k.npy --V @v9.npy --Q @q.npy",
        r"^--V: v9.npy has 9 rows, but k.npy has 1000: give one value",
    ),
    (
        "4f --output y.npy --K @k.npy --V @v.npy --Q @v9.npy",
        r"^--Q: v9.npy has 9 rows, but k.npy has 1000: give one query",
    ),
    (
        "4f --output y.npy --K @k.npy --V @v.npy --Q @u.npy",
        r"^--Q: u.npy has 2 columns, but a key has 3 entries",
    ),
    ("4f --output y.npy --K @k.npy --V @v.npy --Q @q.npy --lam 0", r"^--lam is 0"),
    ("4f --output y.npy --K @k.npy --V @v.npy --Q @q.npy --lam=-1/2", r"^--lam is -0.5"),
    ("4f --output y.npy --K @k.npy --V @v.npy --Q @q.npy --lam x", r"^--lam: 'x' is not a number"),
    (
        "4f --output y.npy --K @k.npy --V @v.npy --Q @q.npy --from-state t.npz",
        r"t.npz is of another model: .* lam 2, but --lam is 1",
    ),
    (
        "4f --output y.npy --K @k.npy --V @k.npy --Q @q.npy --from-state t.npz --lam 2",
        r"its W has shape \(3, 2\)",
    ),
    (
        "4f --output y.npy --K @k.npy --V @v.npy --Q @q.npy --from-state s.npz",
        r"s.npz is not a state of this part",
    ),
]


@pytest.fixture
def odd(at: Path) -> Path:
    """Files that are refused."""
    Path("cut.npy").write_bytes(Path("u.npy").read_bytes()[:-8])
    Path("text.npy").write_text("1,2\n", encoding="utf-8")
    Path("nothing.npy").write_bytes(b"")
    Path("folder.npy").mkdir()
    os.link("u.npy", "linked.npy")
    arrays = {
        "objects": np.array([[None]]),
        "complex": np.ones((5, 2)) * 1j,
        "words": np.array([["a"]]),
        "flat": np.ones(5),
    }
    for name, value in {**arrays, "empty": np.ones((0, 2)), "v9": np.ones((9, 3)), "a": A}.items():
        np.save(f"{name}.npy", value, allow_pickle=True)
    np.savez("s.npz", x=np.zeros(2))
    np.savez("s3.npz", x=np.zeros(3))
    np.save("s.npz.npy.partial", A)
    Path("s.npz.npy.partial.npy").rename("s.npz.npy.partial")
    np.savez("nan.npz", x=[np.nan, 0])
    state = causal_ridge_attention(np.ones((1, 3)), np.ones((1, 3)), np.ones((1, 2)), 2.0).state
    np.savez("t.npz", **state._asdict())
    return at


def test_what_is_refused(odd: Path) -> None:
    before = {path.name: path.read_bytes() for path in odd.iterdir() if path.is_file()}
    for words, sentence in REFUSED:
        with pytest.raises(InputError, match=sentence):
            hw8(*words.split())
        assert {
            path.name: path.read_bytes() for path in odd.iterdir() if path.is_file()
        } == before, words


def test_an_output_that_cannot_be_written(at: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*given: Any) -> int:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), "y.npy.partial")

    monkeypatch.setattr(os, "open", denied)
    with pytest.raises(InputError, match=r"^--output: y.npy.partial \(Permission denied\)"):
        hw8(*FORWARD)


@both
@pytest.mark.parametrize("why", ["ENOSPC", "EDQUOT", "EFBIG"])
def test_a_full_disk_loses_nothing(
    at: Path, words: tuple[str, ...], why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert hw8(*words) == 0
    want = Path("y.npy").read_bytes()
    Path("y.npy").unlink()
    real, room = os.write, [len(want) // 2 + 100]

    def filling(descriptor: int, content: memoryview) -> int:
        if not room[0]:
            raise OSError(getattr(errno, why), os.strerror(getattr(errno, why)))
        written = real(descriptor, content[: room[0]])
        room[0] -= written
        return written

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", filling)
        with pytest.raises(
            InputError,
            match=r"^--output: cannot write y.npy.partial \(.*\): 384 of 1,000 .* with --resume$",
        ):
            hw8(*words)
    assert not Path("y.npy").exists()
    # the incomplete piece makes room for the state
    assert Path("y.npy.partial").stat().st_size == 128 + 384 * 16
    assert hw8(*words, "--resume") == 0
    assert Path("y.npy").read_bytes() == want


def test_a_disk_too_full_for_the_state_too(
    at: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert hw8(*FORWARD) == 0
    want = Path("y.npy").read_bytes()
    Path("y.npy").unlink()
    monkeypatch.setattr(run, "SAVED_EVERY", 0.0)
    real, calls = os.fsync, []

    def filling(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) > 5:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(descriptor)

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", filling)
        with pytest.raises(
            InputError, match=r"^--output: .*No space left.*: 128 of 1,000 positions are kept"
        ):
            hw8(*FORWARD)
    assert "the state could not be saved anew" in capsys.readouterr().err
    assert not list(at.glob(".*"))
    assert hw8(*FORWARD, "--resume") == 0
    assert Path("y.npy").read_bytes() == want


def test_a_file_system_that_takes_no_more(at: Path) -> None:
    """Not a mock: the kernel refuses bytes beyond a limit."""
    script = "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (9000, 9000))\n"
    script += (
        "from hw8cli.stream import model; model.PIECE = 128; from hw8cli.__main__ import main\n"
    )
    script += f"sys.argv = ['hw8', *{FORWARD}]; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2
    assert "(File too large): 512 of 1,000 positions are kept" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert hw8(*FORWARD, "--resume") == 0


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    script = "import resource, sys; from hw8cli.__main__ import main; code = main()\n"
    script += (
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr); sys.exit(code)"
    )
    model = ["--A", "1/2", "--B", "1,1,1,1,1,1,1,1", "--C", "1", "--D", "0,0,0,0,0,0,0,0"]
    peaks = {}
    for fortran, length in ((False, 100_000), (False, 1_000_000), (True, 1_000_000)):
        with (tmp_path / "u.npy").open("wb") as file:
            npy.write_array_header_1_0(
                file, {"descr": "<f8", "fortran_order": fortran, "shape": (length, 8)}
            )
            file.truncate(file.tell() + 64 * length)  # zeros that take no room on the disk
        words = [
            "2",
            "--input",
            str(tmp_path / "u.npy"),
            "--output",
            str(tmp_path / "y.npy"),
            "--force",
            *model,
        ]
        done = subprocess.run(
            [sys.executable, "-c", script, *words],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        peaks[fortran, length] = int(done.stderr) / 1024
    small, *large = peaks.values()
    assert max(large) - small < 16, peaks  # the files are 55 MiB apart


def test_the_envelope(at: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert hw8(*CAUSAL, "--to-state", "s.npz", "--format", "json") == 0
    report = json.loads(capsys.readouterr().out)
    assert list(report) == [
        "schema",
        "part",
        "inputs",
        "answer",
        "steps",
        "checks",
        "ok",
        "seconds",
    ]
    assert report["part"] == "4f"
    assert report["inputs"] == {
        "K": "k.npy",
        "V": "v.npy",
        "Q": "q.npy",
        "lam": {"text": "0.5", "latex": "0.5", "float": 0.5},
    }
    answer = report["answer"]
    assert answer["positions"]["float"] == 1000
    assert [size["float"] for size in answer["shape"]] == [1000, 2]
    assert (answer["output"], answer["dtype"], answer["state"]) == ("y.npy", "float64", "s.npz")
    assert [check["passed"] for check in report["checks"]] == [True, True]
    assert report["ok"] is True


@pytest.mark.parametrize("style", ["table", "markdown", "latex"])
def test_other_formats(at: Path, style: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert hw8(*FORWARD, "--format", style) == 0
    shown = capsys.readouterr()
    assert "positions a second" in shown.out
    assert "y.npy" in shown.out
    assert "complete: float64, 1000×2" in shown.out
    assert shown.err == ""  # no bar where there is no terminal


@pytest.mark.parametrize(
    ("piece", "passed"), [(0, [False, True]), (-1, [True, False])], ids=["first", "last"]
)
@both
def test_a_wrong_output_is_found(
    at: Path,
    words: tuple[str, ...],
    piece: int,
    passed: list[bool],
    monkeypatch: pytest.MonkeyPatch,
    capsys: Any,
) -> None:
    engine = model.Forward if words[0] == "2" else model.Causal
    real = engine.advance
    wrong_at = 128 if piece == 0 else 64  # rows of the piece that comes out wrong

    def wrong(self: Any, state: Carried, *rows: Any) -> Any:
        output, after = real(self, state, *rows)
        return (output * (1 + 1e-7) if len(rows[0]) == wrong_at else output), after

    monkeypatch.setattr(engine, "advance", wrong)
    assert hw8(*words, "--format", "json") == 1
    assert [check["passed"] for check in json.loads(capsys.readouterr().out)["checks"]] == passed


def test_a_lam_that_float64_loses_is_said(at: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.save("k.npy", np.tile([[1.0, 2.0, 3.0]], (1000, 1)))
    assert hw8(*CAUSAL, "--lam", "1e-11") == 1
    assert "so ill-conditioned that float64 loses it" in " ".join(capsys.readouterr().out.split())


def test_the_options_are_those_of_the_two_parts(capsys: pytest.CaptureFixture[str]) -> None:
    shown = {}
    for name in ("2", "ssm-forward", "4f", "ridge-causal", "1a"):
        hw8(name, "--help")
        shown[name] = capsys.readouterr().out
    for flag in ("--output", "--resume", "--force", "--from-state", "--to-state"):
        assert [flag in text for text in shown.values()] == [True, True, True, True, False], flag
    assert ["--input" in text for text in shown.values()] == [True, True, False, False, False]
