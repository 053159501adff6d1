"""The JSON of every part is what it was."""

from __future__ import annotations

import json

import pytest

from problems import parts

from . import golden


@pytest.mark.parametrize("part", parts())
def test_the_report_is_the_one_that_is_kept(part: str) -> None:
    assert golden.now(part) == json.loads(golden.path(part).read_text(encoding="utf-8"))


def test_one_golden_file_a_part() -> None:
    assert {path.stem for path in golden.FOLDER.glob("*.json")} == set(parts())
