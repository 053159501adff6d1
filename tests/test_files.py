"""One way to write a file: all of it or nothing, refused before any work, and never a surprise."""

from __future__ import annotations

import errno
import os
import threading
from pathlib import Path
from typing import Any

import pytest

from hw8cli.app import check_all
from hw8cli.files import refuse, replacing, save
from problems.part import InputError


def contents(folder: Path) -> dict[str, str]:
    return {file.name: file.read_text(encoding="utf-8") for file in folder.iterdir()}


def test_all_of_it_or_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "out.json"
    save("--output", path, "old ✓")
    save("--output", path, "new ✓")
    assert contents(tmp_path) == {"out.json": "new ✓"}
    with pytest.raises(KeyboardInterrupt), replacing(path) as file:
        file.write(b"half")
        raise KeyboardInterrupt
    assert contents(tmp_path) == {"out.json": "new ✓"}

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(
        InputError,
        match=r"^--output: cannot write '.*out.json' \(No space left .*\): name another file$",
    ):
        save("--output", path, "newer")
    assert contents(tmp_path) == {"out.json": "new ✓"}


def test_what_a_killed_run_left_is_taken_away(tmp_path: Path) -> None:
    with (
        pytest.MonkeyPatch.context() as patched,
        pytest.raises(KeyboardInterrupt),
        replacing(tmp_path / "out.json") as file,
    ):
        # a kill leaves no time for it
        patched.setattr(Path, "unlink", lambda *given, **named: None)
        file.write(b"half of a longer text")
        raise KeyboardInterrupt
    assert len(contents(tmp_path)) == 1
    save("--output", tmp_path / "out.json", "whole")
    assert contents(tmp_path) == {"out.json": "whole"}


@pytest.mark.parametrize(
    ("name", "force", "said"),
    [
        ("folder", True, "which is a folder: name a file"),
        ("there.json", False, "which is there already: name another, or add --force to replace it"),
        ("no/out.json", True, "but there is no folder '.*no': make it first"),
        ("there.json/out.json", True, "but there is no folder '.*there.json': make it first"),
        ("n" * 300, True, None),
    ],
)
def test_what_is_refused(tmp_path: Path, name: str, force: bool, said: str | None) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "there.json").write_text("mine", encoding="utf-8")
    sentence = (
        rf"^--output is '.*{name}', {said}$"
        if said
        else r"^--output: cannot write 'n*.*' \(File name too long\): name"
    )
    with pytest.raises(InputError, match=sentence):
        refuse("--output", tmp_path / name if said else Path(name), force)


def test_what_is_not_refused(tmp_path: Path) -> None:
    (tmp_path / "there.json").write_text("mine", encoding="utf-8")
    refuse("--output", tmp_path / "there.json", force=True)
    refuse("--output", tmp_path / "new.json", force=False)
    assert contents(tmp_path) == {"there.json": "mine"}


def test_a_folder_of_somebody_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.access

    def others(path: Path, mode: int) -> bool:
        return path != tmp_path and real(path, mode)

    monkeypatch.setattr(os, "access", others)  # root may write everywhere, and tests are often root
    with pytest.raises(
        InputError,
        match=r"^--output is '.*new.json', where nothing may be written: name a file in a folder",
    ):
        refuse("--output", tmp_path / "new.json", force=False)


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link.json").symlink_to(tmp_path / "real" / "out.json")
    save("--output", tmp_path / "link.json", "text")
    assert (tmp_path / "link.json").is_symlink()
    assert contents(tmp_path / "real") == {"out.json": "text"}


def test_a_pipe_stays_a_pipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pipe, read = tmp_path / "pipe", list[str]()
    os.mkfifo(pipe)
    reader = threading.Thread(
        target=lambda: read.append(pipe.read_text(encoding="utf-8")), daemon=True
    )
    reader.start()
    # /dev itself takes no file of ours
    monkeypatch.setattr(os, "access", lambda path, mode: path == pipe)
    refuse("--junit-xml", pipe, force=True)
    save("--junit-xml", pipe, "text")
    reader.join(30)
    assert read == ["text"]
    assert pipe.is_fifo()


def test_junit_xml_is_refused_before_the_parts_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(*given: Any) -> Any:
        raise AssertionError("ran first")

    monkeypatch.setattr("hw8cli.suite.run", run)
    with pytest.raises(InputError, match=r"^--junit-xml is '.*', which is a folder: name a file$"):
        check_all(part=["4a"], junit_xml=tmp_path)
