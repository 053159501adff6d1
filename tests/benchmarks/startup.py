"""How long a user waits, as ratios to the imports that no such program can avoid.

Pairs are interleaved.

python tests/benchmarks/startup.py [pairs]
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time

HW8 = [sys.executable, "-m", "hw8cli"]
FOUR = [sys.executable, "-c", "import typer, rich, numpy, sympy"]
RACES = (
    ("hw8 --help / import typer", [*HW8, "--help"], [sys.executable, "-c", "import typer"]),
    (
        "hw8 1f --help / import typer",
        [*HW8, "1f", "--help"],
        [sys.executable, "-c", "import typer"],
    ),
    *(
        (f"hw8 {part} / the four imports", [*HW8, part], FOUR)
        for part in ("1b", "1c", "1f", "3b", "3c", "4f")
    ),
    ("hw8 check-all / the four imports", [*HW8, "check-all"], FOUR),
)


def seconds(command: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, capture_output=True, check=True, env={**os.environ, "COLUMNS": "100"})
    return time.perf_counter() - began


def main(pairs: int) -> None:
    for name, ours, theirs in RACES:
        ratios = sorted(seconds(ours) / seconds(theirs) for _ in range(pairs + 1))
        print(f"{name:40} {statistics.median(ratios):5.2f}   ({ratios[0]:.2f} … {ratios[-1]:.2f})")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 7)
