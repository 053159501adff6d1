"""The process that races: `python -m hw8cli.bench [--quick] SUITE …`.

It writes one JSON object a line on standard output.
"""

from __future__ import annotations

import json
import os
import sys
import time
from importlib import import_module
from typing import Any


def spent() -> tuple[float, float]:
    """Seconds gone by, and how many of them a processor worked for us and what we started."""
    return time.perf_counter(), sum(os.times()[:4])


def main(words: list[str]) -> None:
    """Run the suites named in `words`."""
    lines = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever a library prints must not stand between the lines

    def write(**fields: Any) -> None:
        print(json.dumps(fields, ensure_ascii=False, allow_nan=False), file=lines, flush=True)

    if hasattr(os, "sched_setaffinity"):
        # before any library counts the processors
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    from . import clock, machine
    from .race import Race

    quick, suites = "--quick" in words, [word for word in words if word != "--quick"]
    makers = [
        (suite, make) for suite in suites for make in import_module(f"{__package__}.{suite}").RACES
    ]
    for done, (suite, make) in enumerate(makers):

        def tell(what: str, done: int = done) -> None:
            write(progress=[what, done, len(makers)])

        tell(suite)
        entrant, began = make(quick), spent()
        is_race = isinstance(entrant, Race)
        found = (clock.race if is_race else clock.cost)(entrant, quick, tell)
        wall, processor = (now - then for now, then in zip(spent(), began, strict=True))
        write(result={"suite": suite, **found, "processor_share": min(1.0, processor / wall)})
        del entrant, found  # its arrays, before the next one's
    write(machine=machine.described())


if __name__ == "__main__":
    main(sys.argv[1:])
