"""The peers' libraries: which there are, and each at its fastest in float64 on one thread."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Any

import numpy as np

from .race import PYPI, Call

PACKAGES = ("scipy", "torch", "jax", "math_verify")


def installed(package: str) -> bool:
    """Whether a package can be found; nothing is imported."""
    try:
        return find_spec(package) is not None
    except (ImportError, ValueError):
        return False


def versions() -> dict[str, str | None]:
    """The version of each peer under its name on PyPI, None for a missing one."""
    found: dict[str, str | None] = {}
    for package in PACKAGES:
        name = PYPI.get(package, package)
        try:
            found[name] = version(name) if installed(package) else None
        except PackageNotFoundError:
            found[name] = "unknown"
    return found


def torch() -> Any:
    """torch on one thread, without a graph of gradients."""
    library = import_module("torch")
    library.set_num_threads(1)
    library.set_grad_enabled(False)
    return library


def jax() -> Any:
    """jax in float64; its threads are held to one by the environment, before it starts."""
    library = import_module("jax")
    library.config.update("jax_enable_x64", True)
    return library


def compiled(of: Callable[..., Any], *arrays: np.ndarray) -> Call:
    """A function by jax's compiler, called on arrays that it has already."""
    library = jax()
    made, on_device = library.jit(of), [library.numpy.asarray(M) for M in arrays]
    return lambda: made(*on_device).block_until_ready()
