"""The same functions on arrays of others: the strictest array API, PyTorch, JAX.

PyTorch and JAX are tested where they are installed: pip install torch jax.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
import pytest

from problems.numeric import (
    Dense,
    Diagonal,
    DiagonalPlusLowRank,
    IdentityPlusOuter,
    StateSpace,
    causal_ridge_attention,
    causal_ridge_attention_vjp,
    forward,
    gains,
    kernel,
    purify,
    ridge_attention,
    ridge_attention_vjp,
    ridge_weights,
)
from problems.numeric.forward import METHODS
from problems.part import InputError

LIBRARIES = {"array_api_strict": "array_api_strict", "torch": "torch", "jax": "jax.numpy"}


@pytest.fixture(params=LIBRARIES)
def array(request: pytest.FixtureRequest) -> Any:
    """From a NumPy array to one of the library's."""
    if request.param == "jax":
        pytest.importorskip("jax", reason="JAX is not installed").config.update(
            "jax_enable_x64", True
        )
    library = pytest.importorskip(
        request.param, reason=f"{request.param} is not installed"
    ) and import_module(LIBRARIES[request.param])
    return library.asarray


def back(value: Any) -> Any:
    return np.asarray(value)


def close(found: Any, right: Any) -> bool:
    assert not isinstance(found, np.ndarray)
    return np.shape(back(found)) == np.shape(right) and np.allclose(
        back(found), right, rtol=1e-9, atol=1e-9 * (np.abs(right).max() if np.size(right) else 0)
    )


def models(rng: np.random.Generator) -> dict[str, tuple[Any, Any, Any, Any]]:
    n, d, m = 4, 2, 3
    B, C, D = rng.normal(size=(n, d)), rng.normal(size=(m, n)), rng.normal(size=(m, d))
    non_normal = np.triu(rng.normal(size=(n, n)), 1) * 30 + np.diag(rng.uniform(-0.9, 0.9, n))
    Q = np.linalg.qr(rng.normal(size=(n, n)))[0]
    pairs = 0.9 * np.exp(1j * rng.uniform(0.1, 3, n))
    return {
        "dense": (lambda a: a(rng.normal(size=(n, n)) * 0 + Q * 0.9), B, C, D),
        "non-normal": (lambda a: a(Q @ non_normal @ Q.T), B, C, D),
        "batch": (lambda a: Dense(a(np.stack([Q * 0.9, Q * 0.5]))), B, C, D),
        "diagonal": (lambda a: a(np.diag([0.9, -0.5, 0.3, 0.99])), B, C, D),
        "complex": (lambda a: Diagonal(a(pairs)), B + 1j, C - 1j, D),
        "identity plus outer": (lambda a: IdentityPlusOuter(a(B[:, 0] * 0.1)), B, C, D),
        "low rank": (
            lambda a: DiagonalPlusLowRank(a(B[:, 0] * 0.2), a(B * 0.1), a(B * 0.2)),
            B,
            C,
            D,
        ),
    }


NAMES = list(models(np.random.default_rng(0)))


@pytest.mark.parametrize("name", NAMES)
def test_kernel_and_forward(array: Any, name: str) -> None:
    rng = np.random.default_rng(0)
    A, B, C, D = models(rng)[name]
    ours, theirs = (
        StateSpace(A(np.asarray), B, C, D),
        StateSpace(A(array), array(B), array(C), array(D)),
    )
    for count in (0, 1, 2, 90):
        assert close(kernel(theirs, count), kernel(ours, count))
    u = rng.normal(size=(150, 2))
    x0 = rng.normal(size=4) + (1j if name == "complex" else 0)
    method: Any
    for method in METHODS:
        found, right = forward(theirs, array(u), array(x0), method), forward(ours, u, x0, method)
        assert close(found.y, right.y), method
        assert close(found.x, right.x), method
    assert close(forward(theirs, array(u)).y, forward(ours, u).y)


def test_attention_and_its_gradients(array: Any) -> None:
    rng = np.random.default_rng(1)
    Q, K, V, bar = (rng.normal(size=(2, 70, width)) for width in (4, 4, 3, 3))
    q, k, v, g = map(array, (Q, K, V, bar))
    assert close(ridge_attention(q, k, v, 0.3), ridge_attention(Q, K, V, 0.3))
    assert close(ridge_weights(q, k, 0.3), ridge_weights(Q, K, 0.3))
    assert close(ridge_weights(q[0, 0, :], k[0, :2, :], 0.3), ridge_weights(Q[0, 0], K[0, :2], 0.3))
    first = causal_ridge_attention(q[:, :33, :], k[:, :33, :], v[:, :33, :], 0.3)
    rest = causal_ridge_attention(q[:, 33:, :], k[:, 33:, :], v[:, 33:, :], 0.3, first.state)
    whole = causal_ridge_attention(Q, K, V, 0.3)
    assert close(first.output, whole.output[:, :33])
    assert close(rest.output, whole.output[:, 33:])
    assert close(rest.state.W, whole.state.W)
    for vjp in (ridge_attention_vjp, causal_ridge_attention_vjp):
        found, right = vjp(q, k[:1, :, :], v, 0.3, g), vjp(Q, K[:1], V, 0.3, bar)
        assert all(close(getattr(found, name), getattr(right, name)) for name in "QKV")
        assert np.isclose(found.lam, right.lam)


@pytest.mark.parametrize(("shape", "lam"), [((3, 5), 0.4), ((5, 3), 0.4), ((4, 4), 1e-18)])
def test_purification(array: Any, shape: tuple[int, int], lam: float) -> None:
    X = np.random.default_rng(2).normal(size=shape)
    assert close(purify(array(X), lam), purify(X, lam))
    assert close(gains(array(abs(X)), lam), gains(abs(X), lam))


def test_float32_stays_float32(array: Any) -> None:
    X = array(np.random.default_rng(3).normal(size=(9, 3)).astype(np.float32))
    for found in (
        purify(X, 0.1),
        causal_ridge_attention(X, X, X, 0.1).output,
        kernel(StateSpace(X[:3, :] * 0.1, X[:3, :], X), 5),
    ):
        assert str(found.dtype).endswith("float32")


def test_a_singular_gram_is_refused_by_every_library(array: Any) -> None:
    K = array(np.tile([[1.0, 0.3]], (9, 1)))
    for act in (
        lambda: ridge_attention(K, K, K, 1e-20),
        lambda: ridge_weights(K, K, 1e-20),
        lambda: ridge_attention_vjp(K, K, K, 1e-20, K),
    ):
        with pytest.raises(InputError, match="float64 loses it"):
            act()


def test_a_state_stays_with_its_library(array: Any) -> None:
    state = causal_ridge_attention(np.ones((1, 1)), np.ones((1, 1)), np.ones((1, 1)), 1.0).state
    one = array(np.ones((1, 1)))
    with pytest.raises(InputError, match="mixed"):
        causal_ridge_attention(one, one, one, 1.0, state)
    with pytest.raises(InputError, match="mixed"):
        ridge_attention_vjp(one, one, one, 1.0, np.ones((1, 1)))


def test_jax_without_float64_is_told_how_to_get_it() -> None:
    jax = pytest.importorskip("jax", reason="jax is not installed")
    jax.config.update("jax_enable_x64", False)
    try:
        with pytest.raises(InputError, match="jax_enable_x64"):
            purify(jax.numpy.ones((2, 2)), 1.0)
    finally:
        jax.config.update("jax_enable_x64", True)


def test_libraries_are_not_mixed(array: Any) -> None:
    with pytest.raises(InputError, match="mixed"):
        ridge_attention(array(np.ones((2, 2))), np.ones((2, 2)), array(np.ones((2, 2))), 1)


def test_without_the_extra_the_error_names_it(array: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "array_api_compat", None)
    with pytest.raises(InputError, match=r"pip install 'hw8\[arrays\]'"):
        purify(array(np.ones((2, 2))), 1.0)
