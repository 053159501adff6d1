"""The races run in a process of their own; the page of their outcome, also saved as JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

from problems.part import InputError

from ..files import refuse, save
from ..page import Page
from ..progress import watching
from ..render import written
from .race import SUITES
from .table import reported

ONE_THREAD = [
    f"{library}_THREADS" for library in ("OPENBLAS_NUM", "OMP_NUM", "MKL_NUM", "VECLIB_MAXIMUM")
]
XLA = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"


def bench(suite: str | None, output: Path | None, force: bool, quick: bool) -> Page:
    """Race and save; exit code 1 where a peer's result is another than ours."""
    if suite is not None and suite not in SUITES:
        raise InputError(
            f"there is no suite {suite!r}: give {', '.join(SUITES)}, or none for all of them"
        )
    began = datetime.now().astimezone()
    path = Path(f"hw8-bench-{began:%Y-%m-%dT%H%M%S}.json") if output is None else output
    refuse("--output", path, force)
    found = {
        "began": began.isoformat(timespec="seconds"),
        "quick": quick,
        **raced([suite] if suite else SUITES, quick),
    }
    page = reported(found)
    save("--output", path, written(page, "json") + "\n")
    print(f"saved as {path}", file=sys.stderr)
    return page


def raced(suites: tuple[str, ...] | list[str], quick: bool) -> dict[str, Any]:
    """The races of these suites, on one thread and no GPU, and the machine they ran on.

    The process ends with this function, however that ends.
    """
    command = [sys.executable, "-m", "hw8cli.bench", *(["--quick"] if quick else []), *suites]
    flags = f"{os.environ.get('XLA_FLAGS', '')} {XLA}".strip()
    environment = {
        **os.environ,
        **dict.fromkeys(ONE_THREAD, "1"),
        "XLA_FLAGS": flags,
        "JAX_PLATFORMS": "cpu",
    }
    # so that this very hw8 is raced, wherever it is started
    here = Path(__file__).resolve().parents[2]
    races: list[dict[str, Any]] = []
    machine: dict[str, Any] = {}
    with (
        watching() as watch,
        tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as said,
        subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=said,
            cwd=here,
            env=environment,
            encoding="utf-8",
        ) as process,
    ):
        try:
            for line in process.stdout or ():
                event = json.loads(line)
                if "progress" in event:
                    watch(*event["progress"])
                elif "result" in event:
                    races.append(event["result"])
                else:
                    machine = event["machine"]
        except BaseException:
            process.kill()
            raise
        if process.wait():
            said.seek(0)
            raise RuntimeError(f"the races ended with {process.returncode}:\n{said.read()[-4000:]}")
    return {"machine": machine, "races": races}
