"""The model run forward, y_k = C x_k + D u_k.

Peers: scipy's FFT and filter, JAX's scan, and S4D's layer in torch.
"""

from __future__ import annotations

from functools import partial
from importlib import import_module
from typing import Any

import numpy as np

from problems.numeric import Diagonal, StateSpace, forward, kernel

from .kernel import random_model
from .peers import compiled, jax, torch
from .race import Call, Cost, Peer, Race, power_of_two


def with_kernel(K: np.ndarray, u: np.ndarray) -> Call:
    """The convolution of a kernel that is given, by spectra."""
    fft, length = import_module("scipy.fft"), len(u)
    size = fft.next_fast_len(2 * length - 1, real=True)
    return lambda: fft.irfft(fft.rfft(K, size) * fft.rfft(u, size), size)[:length]


def filtered(A: np.ndarray, B: np.ndarray, C: np.ndarray, D: np.ndarray, u: np.ndarray) -> Call:
    """The transfer function's filter."""
    signal = import_module("scipy.signal")
    numerator, denominator = signal.ss2tf(A, B, C, D)
    return lambda: signal.lfilter(numerator[0], denominator, u)


def jax_scan(A: np.ndarray, b: np.ndarray, c: np.ndarray, D: float, u: np.ndarray) -> Call:
    """The recurrence."""

    def outputs(A: Any, b: Any, c: Any, D: Any, u: Any) -> Any:
        return jax().lax.scan(lambda x, u_k: (A @ x + b * u_k, c @ x + D * u_k), 0 * b, u)[1]

    return compiled(outputs, A, b, c, np.array(D), u)


def one_input(quick: bool) -> Race:
    n, length = (4, 2**8) if quick else (64, 2**20)
    A, B, C, D = random_model(n, 1, 1)
    system, u = StateSpace(A, B, C, D), np.random.default_rng(1).normal(size=(length, 1))
    K = kernel(system, length)[:, 0, 0]
    peers = (
        Peer("scipy FFT, kernel given", "scipy", partial(with_kernel, K, u[:, 0]), 4),
        Peer("scipy lfilter", "scipy", partial(filtered, A, B, C, D, u[:, 0]), 2.5),
        Peer("JAX lax.scan", "jax", partial(jax_scan, A, B[:, 0], C[0], D[0, 0], u[:, 0]), 15),
    )
    what = f"n = {n}, L = {power_of_two(length)}"
    return Race("forward, dense", what, lambda: forward(system, u).y, peers)


def jax_channels(
    lambdas: np.ndarray, b: np.ndarray, c: np.ndarray, D: np.ndarray, u: np.ndarray
) -> Call:
    """The recurrence of all channels; states (n, channels), so that sums run along memory."""

    def outputs(lambdas: Any, b: Any, c: Any, D: Any, u: Any) -> Any:
        def step(x: Any, u_k: Any) -> tuple[Any, Any]:
            return lambdas * x + b * u_k, 2 * (c * x).real.sum(0) + D * u_k

        return jax().lax.scan(step, 0 * lambdas, u.T)[1].T

    return compiled(outputs, lambdas.T, b.T, c.T, D, u)


def delayed(u: np.ndarray) -> np.ndarray:
    """u one step later: S4D's kernel begins with C B, where ours begins with D."""
    return np.concatenate([np.zeros_like(u[:, :1]), u[:, :-1]], axis=1)


def s4d(lambdas: np.ndarray, b: np.ndarray, c: np.ndarray, D: np.ndarray, u: np.ndarray) -> Call:
    """S4D's layer as its authors publish it.

    The kernel as a Vandermonde product, then the convolution by spectra.
    """
    library = torch()
    logarithms, weights, D_, u_, late = (
        library.as_tensor(M) for M in (np.log(lambdas), b * c, D, u, delayed(u))
    )
    length = u.shape[-1]
    steps = library.arange(length)

    def outputs() -> Any:
        powers = library.exp(logarithms[..., None] * steps)
        K = 2 * library.einsum("hn,hnl->hl", weights, powers).real
        spectrum = library.fft.rfft(late, n=2 * length) * library.fft.rfft(K, n=2 * length)
        return library.fft.irfft(spectrum, n=2 * length)[..., :length] + u_ * D_[:, None]

    return outputs


def channels(quick: bool) -> Race:
    H, n, length = (4, 4, 2**7) if quick else (256, 32, 2**12)
    rng = np.random.default_rng(n)
    lambdas = np.exp(-rng.uniform(0.001, 0.1, (H, n)) + 1j * rng.uniform(0, 3, (H, n)))
    b, c = (rng.normal(size=(H, n)) + 1j * rng.normal(size=(H, n)) for _ in range(2))
    D, u = rng.normal(size=H), rng.normal(size=(H, length))
    system = StateSpace(Diagonal(lambdas), b[..., None], c[:, None, :], D[:, None, None])
    inputs = u[..., None]
    peers = (
        Peer("JAX lax.scan", "jax", partial(jax_channels, lambdas, b, c, D, u), 1.1),
        Peer("torch, S4D", "torch", partial(s4d, lambdas, b, c, D, u), 25),
    )
    what = f"{H} channels, n = {n}, L = {power_of_two(length)}"
    return Race("forward, S4D", what, lambda: forward(system, inputs).y, peers)


def linear(quick: bool) -> Cost:
    n, lengths = (4, (2**6, 2**8)) if quick else (64, tuple(2**k for k in range(12, 21)))
    system = StateSpace(*random_model(n, 1, 1))
    u = np.random.default_rng(1).normal(size=(lengths[-1], 1))
    what = f"n = {n}, L = {power_of_two(lengths[0])} … {power_of_two(lengths[-1])}"
    return Cost("forward, cost", what, lengths, lambda L: lambda: forward(system, u[:L]).y)


RACES = (one_input, channels, linear)
