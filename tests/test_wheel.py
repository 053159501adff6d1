"""The wheel has every module that is here, and each imports from where it was put."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("hw8cli", "problems")
IMPORT = """
import importlib, json, sys
for name in json.load(sys.stdin):
    print(importlib.import_module(name).__file__)
"""


def cannot_build() -> str:
    """Why the wheel cannot be built here without a download; empty where it can."""
    try:
        version("pip")
        found = version("setuptools")
    except PackageNotFoundError as missing:
        return f"{missing.name} is not installed"
    return (
        f"setuptools {found} is older than 77, which pyproject.toml asks for"
        if int(found.split(".")[0]) < 77
        else ""
    )


def run(*words: str | Path, given: str = "") -> str:
    """A command of this Python that succeeds: what it prints."""
    env = {**os.environ, "PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    done = subprocess.run(
        [sys.executable, *words], input=given, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.skipif(bool(cannot_build()), reason=cannot_build())
def test_the_wheel_has_every_module(tmp_path: Path) -> None:
    copy, wheels, target = tmp_path / "copy", tmp_path / "wheels", tmp_path / "target"
    for package in (
        PACKAGES
    ):  # from a copy, as building leaves files in the tree that the next wheel would take in
        shutil.copytree(
            ROOT / package, copy / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    here = [file for package in PACKAGES for file in (copy / package).rglob("*") if file.is_file()]
    # no README is read at run time
    files = {file.relative_to(copy).as_posix() for file in here if file.suffix != ".md"}
    run("-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", wheels, copy)
    (wheel,) = wheels.iterdir()
    with zipfile.ZipFile(wheel) as archive:
        assert {name for name in archive.namelist() if ".dist-info/" not in name} == files
    run("-m", "pip", "install", "--no-deps", "--target", target, wheel)
    modules = sorted(file for file in files if file.endswith(".py"))
    names = [
        file.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for file in modules
    ]
    script = f"import sys; sys.path.insert(0, {str(target)!r}){IMPORT}"
    assert run("-c", script, given=json.dumps(names)).splitlines() == [
        str(target / file) for file in modules
    ]
