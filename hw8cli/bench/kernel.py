"""The convolution kernel K_l = C A^(l-1) B.

Peers: JAX's scan, S4's doubling and Vandermonde product in torch, scipy's filter.
"""

from __future__ import annotations

from functools import partial
from importlib import import_module
from typing import Any

import numpy as np

from problems.numeric import StateSpace, kernel

from .peers import compiled, jax, torch
from .race import Call, Peer, Race, power_of_two

Sizes = tuple[int, int, int]  # states, length, and inputs as well as outputs
# spectral radii: K is 0 in float64 from about 15,000 on, or nowhere up to 2^20
DIES, LASTS = (0.95, 0.9995)


def random_model(
    n: int, m: int, d: int, radius: float = LASTS
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """A (n, n) of that spectral radius, B (n, d), C (m, n), D (m, d); the same every time."""
    rng = np.random.default_rng(n)
    A = rng.normal(size=(n, n))
    A *= radius / np.abs(np.linalg.eigvals(A)).max()
    return A, rng.normal(size=(n, d)), rng.normal(size=(m, n)), rng.normal(size=(m, d))


def jax_scan(A: np.ndarray, B: np.ndarray, C: np.ndarray, length: int) -> Call:
    """x ← A x with C x read off; B (n,) or (n, d), C (n,) or (m, n)."""

    def entries(A: Any, B: Any, C: Any) -> Any:
        return jax().lax.scan(lambda x, _: (A @ x, C @ x), B, None, length=length)[1]

    return compiled(entries, A, B, C)


def doubling(A: np.ndarray, b: np.ndarray, c: np.ndarray, length: int) -> Call:
    """As S4's `krylov`: [x, A x, A² x, …] twice as long by one product, and c with all of it.

    A is squared each time.
    """
    library = torch()
    A_, b_, c_ = (library.as_tensor(M) for M in (A, b, c))

    def entries() -> Any:
        x, power = b_[:, None], A_
        while x.shape[-1] < length:
            x = library.cat([x, power @ x[:, : length - x.shape[-1]]], -1)
            power = power @ power
        return library.einsum("nl,n->l", x, c_)

    return entries


def impulse_response(
    A: np.ndarray, B: np.ndarray, C: np.ndarray, D: np.ndarray, length: int
) -> Call:
    """The transfer function's response to an impulse, which is K_0 … K_length."""
    signal = import_module("scipy.signal")
    numerator, denominator = signal.ss2tf(A, B, C, D)
    impulse = np.zeros(length + 1)
    impulse[0] = 1
    return lambda: signal.lfilter(numerator[0], denominator, impulse)[1:]


def dense(
    full: Sizes,
    tiny: Sizes,
    least: dict[str, float],
    fraction: float | None,
    radius: float,
    quick: bool,
) -> Race:
    """K_1 … K_length of a dense model."""
    n, length, width = tiny if quick else full
    A, B, C, D = random_model(n, width, width, radius)
    system = StateSpace(A, B, C, D)
    b, c = (B[:, 0], C[0]) if width == 1 else (B, C)
    peers = {
        "jax": ("JAX lax.scan", partial(jax_scan, A, b, c, length)),
        "torch": ("torch, S4's doubling", partial(doubling, A, b, c, length)),
        "scipy": ("scipy lfilter", partial(impulse_response, A, B, C, D, length)),
    }
    asked = tuple(Peer(peers[name][0], name, peers[name][1], by) for name, by in least.items())
    what = f"n = {n}, L = {power_of_two(length)}" + (f", {width}×{width}" if width > 1 else "")
    name = f"kernel that {'dies out' if radius == DIES else 'lasts'}"
    # what has died out is not multiplied
    flops = 2 * n * length * width * width if radius == LASTS else None
    limit = fraction if flops else None
    return Race(name, what, lambda: kernel(system, length + 1)[1:], asked, flops, limit)


def jax_diagonal(lambdas: np.ndarray, weights: np.ndarray, length: int) -> Call:
    """x ← λ x from x = c b, and its sum: nothing is multiplied twice."""

    def entries(lambdas: Any, weights: Any) -> Any:
        return jax().lax.scan(lambda x, _: (lambdas * x, x.sum()), weights, None, length=length)[1]

    return compiled(entries, lambdas, weights)


def vandermonde(lambdas: np.ndarray, weights: np.ndarray, length: int, by_logarithm: bool) -> Call:
    """The weights with all powers of the λ.

    As S4D has them, exp of log λ times l, or as torch's own power has them.
    """
    library = torch()
    lambdas_, weights_, steps = (
        library.as_tensor(lambdas),
        library.as_tensor(weights),
        library.arange(length),
    )
    if by_logarithm:
        return lambda: weights_ @ library.exp(library.log(lambdas_)[:, None] * steps)
    return lambda: weights_ @ lambdas_[:, None] ** steps


def diagonal(quick: bool) -> Race:
    n, length = (8, 2**8) if quick else (64, 2**20)
    rng = np.random.default_rng(n)
    lambdas, B, C = rng.uniform(0.5, 0.99, n), rng.normal(size=(n, 1)), rng.normal(size=(1, n))
    system, weights = StateSpace(lambdas, B, C), C[0] * B[:, 0]
    peers = (
        Peer("JAX lax.scan", "jax", partial(jax_diagonal, lambdas, weights, length), 25),
        Peer(
            "torch, Vandermonde", "torch", partial(vandermonde, lambdas, weights, length, True), 300
        ),
        Peer("torch, λ ** l", "torch", partial(vandermonde, lambdas, weights, length, False)),
    )
    what = f"n = {n}, L = {power_of_two(length)}"
    return Race(
        "diagonal kernel", what, lambda: kernel(system, length + 1)[1:], peers, 2 * n * length, 0.50
    )


DENSE = (
    partial(dense, (64, 2**20, 1), (4, 2**8, 1), {"jax": 100, "torch": 200, "scipy": 12}, 0.40),
    partial(dense, (256, 2**17, 1), (8, 2**7, 1), {"jax": 40}, None),
    partial(dense, (64, 2**17, 4), (4, 2**7, 2), {"jax": 25}, None),
)
RACES = (*(partial(race, radius) for race in DENSE for radius in (LASTS, DIES)), diagonal)
