"""The homework in order: each part is a file, found by its name and not imported."""

from __future__ import annotations

import re
from pathlib import Path

from .part import Part

_NAME = re.compile(r"p(\d[a-z]?)_(\w+)\.py")
_TITLE = re.compile(r'"""\S+ (.*)')


def parts() -> dict[str, Part]:
    """Part id -> Part. `p1f_ssm_dplr.py` is part 1f, command `ssm-dplr`, titled by line one."""
    found = {}
    for path in sorted(Path(__file__).parent.glob("p[0-9]*_*.py")):
        name = _NAME.fullmatch(path.name)
        with path.open(encoding="utf-8") as file:
            title = _TITLE.match(file.readline())
        if name is None or title is None:
            raise ImportError(
                f"{path.name} is not a part: name it p1f_command.py and begin it with its title"
            )
        found[name[1]] = Part(
            name[1], name[2].replace("_", "-"), title[1].rstrip('."'), path.as_posix()
        )
    return found
