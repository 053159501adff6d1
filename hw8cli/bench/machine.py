"""What the races ran on.

Processor, Python, numpy and its BLAS, the settings that bear on speed, the peers' versions.
"""

from __future__ import annotations

import contextlib
import os
import platform
import re
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from .peers import installed, versions

SETTINGS = re.compile(r"BLAS|^(OMP|MKL|VECLIB|XLA|JAX|TORCH|NPY|NUMPY)_")


def described() -> dict[str, Any]:
    """All of it; after the races, since a library tells its BLAS only once it is loaded."""
    return {
        "processor": processor(),
        "cores": os.cpu_count(),
        "pinned_to": sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None,
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "numpy": np.__version__,
        "blas": blas(),
        "environment": {
            name: value for name, value in sorted(os.environ.items()) if SETTINGS.search(name)
        },
        "peers": versions(),
    }


def processor() -> str:
    """The processor's name as the system has it."""
    with contextlib.suppress(OSError):
        found = re.search(
            r"^model name\s*: (.+)$",
            Path("/proc/cpuinfo").read_text(encoding="utf-8"),
            re.MULTILINE,
        )
        if found:
            return found[1].strip()
    return platform.processor() or platform.machine()


def blas() -> list[str]:
    """Name, version and kernels of each loaded BLAS; without threadpoolctl, what numpy has."""
    if installed("threadpoolctl"):
        found = [
            info
            for info in import_module("threadpoolctl").threadpool_info()
            if info["user_api"] == "blas"
        ]
        keys = ("internal_api", "version", "architecture")
        return list(
            dict.fromkeys(
                " ".join(str(info[key]) for key in keys if info.get(key)) for info in found
            )
        )
    built: Any = np.show_config(mode="dicts")
    library = built.get("Build Dependencies", {}).get("blas", {})
    return [f"{library.get('name', 'unknown')} {library.get('version', '')}".strip()]
