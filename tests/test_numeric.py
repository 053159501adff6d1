"""The floating-point engines: against plain references, in 300 bits where rounding counts."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from problems.numeric import (
    Dense,
    Diagonal,
    DiagonalPlusLowRank,
    IdentityPlusOuter,
    PrecisionWarning,
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
from problems.numeric.causal import one_by_one, step_by_step
from problems.numeric.forward import METHODS, cheapest
from problems.numeric.kernels import kernel_and_method, recurrence
from problems.part import InputError

RNG = np.random.default_rng
seeds = st.integers(0, 2**32 - 1)
ROTATION = np.linalg.qr(RNG(1).normal(size=(12, 12)))[0]


def model(
    structure: str, n: int = 5, d: int = 2, m: int = 3, seed: int = 0
) -> tuple[StateSpace, Any, Any, Any, Any]:
    """A system of each structure, complex ones included, and its dense A, B, C, D."""
    rng = RNG(seed)
    B, C, D = rng.normal(size=(n, d)), rng.normal(size=(m, n)), rng.normal(size=(m, d))
    match structure:
        case "dense":
            A: Any = rng.normal(size=(n, n))
            A *= 0.9 / np.abs(np.linalg.eigvals(A)).max()
            return StateSpace(A, B, C, D), A, B, C, D
        case "diagonal":
            lambdas = rng.uniform(-0.95, 0.95, n)
            return StateSpace(lambdas, B, C, D), np.diag(lambdas), B, C, D
        case "complex":
            lambdas = 0.95 * np.exp(1j * rng.uniform(0.1, 3, n))
            b, c = B + 1j * rng.normal(size=(n, d)), C + 1j * rng.normal(size=(m, n))
            both = (
                np.diag(np.r_[lambdas, lambdas.conj()]),
                np.r_[b, b.conj()],
                np.c_[c, c.conj()],
                D,
            )
            return StateSpace(Diagonal(lambdas), b, c, D), *both
        case "identity plus outer":
            p = rng.normal(size=n) * 0.1
            return StateSpace(IdentityPlusOuter(p), B, C, D), np.eye(n) + np.outer(p, p), B, C, D
        case "diagonal plus low rank":
            lambdas, P, Q = (
                rng.uniform(-0.5, 0.5, n),
                rng.normal(size=(n, 2)) * 0.2,
                rng.normal(size=(n, 2)) * 0.2,
            )
            return (
                StateSpace(DiagonalPlusLowRank(lambdas, P, Q), B, C, D),
                np.diag(lambdas) + P @ Q.T,
                B,
                C,
                D,
            )
    raise AssertionError(structure)


STRUCTURES = ["dense", "diagonal", "complex", "identity plus outer", "diagonal plus low rank"]
each_structure = pytest.mark.parametrize("structure", STRUCTURES)


def by_powers(model: list[Any], count: int) -> Any:
    A, B, C, D = model
    return np.array(
        [D, *(C @ np.linalg.matrix_power(A, l) @ B for l in range(count - 1))][:count]
    ).real


def by_steps(A: Any, B: Any, C: Any, D: Any, u: Any, x: Any) -> tuple[Any, Any]:
    y = []
    for u_k in u:
        y.append((C @ x + D @ u_k).real)
        x = A @ x + B @ u_k
    return np.array(y), x


@each_structure
@pytest.mark.parametrize("count", [0, 1, 2, 3, 17, 200])
def test_kernel_is_powers_multiplied_out(structure: str, count: int) -> None:
    system, *abcd = model(structure)
    K = kernel(system, count)
    assert K.shape == (count, 3, 2)
    assert np.allclose(K, by_powers(abcd, count).reshape(K.shape), rtol=1e-12, atol=1e-12)


@settings(max_examples=25, deadline=None)
@given(
    seeds,
    st.integers(1, 6),
    st.integers(1, 3),
    st.integers(1, 3),
    st.integers(1, 300),
    st.sampled_from(STRUCTURES),
)
def test_kernel_of_any_size(seed: int, n: int, d: int, m: int, count: int, structure: str) -> None:
    system, *abcd = model(structure, n, d, m, seed)
    assert np.allclose(kernel(system, count), by_powers(abcd, count), rtol=1e-11, atol=1e-11)


@each_structure
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("length", [1, 31, 64, 300, 700])
def test_forward_by_every_method(structure: str, method: Any, length: int) -> None:
    system, A, B, C, D = model(structure)
    rng = RNG(length)
    u, x0 = (
        rng.normal(size=(length, 2)),
        rng.normal(size=5) + (1j * rng.normal(size=5) if structure == "complex" else 0),
    )
    y, x = by_steps(A, B, C, D, u, np.r_[x0, x0.conj()] if structure == "complex" else x0)
    found = forward(system, u, x0, method)
    assert np.allclose(found.y, y, rtol=1e-10, atol=1e-10 * np.abs(y).max())
    assert np.allclose(found.x, x[:5], rtol=1e-10, atol=1e-10 * np.abs(x).max())


@each_structure
@pytest.mark.parametrize("method", ["auto", *METHODS])
def test_a_sequence_in_pieces_is_the_whole(structure: str, method: Any) -> None:
    system, *_ = model(structure)
    u, y = RNG(1).normal(size=(500, 2)), []
    x: Any = None
    for piece in (u[:70], u[70:71], u[71:71], u[71:]):
        found = forward(system, piece, x, method)
        x = found.x
        y.append(found.y)
    whole = forward(system, u)
    assert np.allclose(np.concatenate(y), whole.y, rtol=1e-10, atol=1e-10)
    assert np.allclose(x, whole.x, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize(
    ("A", "dead"),
    [
        (np.eye(4, k=1), 5),
        (np.diag([1e-200, 1e-100, 0, 0.0]), 5),
        (ROTATION[:4, :4] * 1e-9, 40),
        (np.zeros((4, 4)), 2),
    ],
    ids=["nilpotent", "diagonal", "dense", "zero"],
)
def test_a_kernel_that_dies_out(A: Any, dead: int) -> None:
    rng = RNG(8)
    for m, d in ((1, 1), (2, 3)):
        B, C = rng.normal(size=(4, d)), rng.normal(size=(m, 4))
        K = kernel(StateSpace(A, B, C), 3000)
        assert np.allclose(K[:30], by_powers([A, B, C, np.zeros((m, d))], 30), rtol=1e-13, atol=0)
        assert not K[dead:].any()
        u = rng.normal(size=(700, d))
        y, _ = by_steps(A, B, C, np.zeros((m, d)), u, np.zeros(4))
        assert np.allclose(
            forward(StateSpace(A, B, C), u, method="blocks").y, y, rtol=1e-12, atol=1e-14
        )


@pytest.mark.parametrize("n", [70, 900])
def test_wide_states_and_long_runs(n: int) -> None:
    rng = RNG(n)
    A = rng.normal(size=(n, n)) * 0.9 / np.sqrt(n)
    system = StateSpace(A, rng.normal(size=(n, 1)), rng.normal(size=(1, n)), [[0.5]])
    u = rng.normal(size=(40_000 if n < 100 else 600, 1))
    y, _ = by_steps(A, system.B, system.C, system.D, u, np.zeros(n))
    assert np.allclose(forward(system, u).y, y, rtol=1e-10, atol=1e-10 * np.abs(y).max())
    assert np.allclose(
        kernel(system, 40)[:, 0, 0],
        by_powers([A, system.B, system.C, system.D], 40)[:, 0, 0],
        atol=1e-11,
    )


@pytest.mark.parametrize("method", METHODS)
def test_leading_dimensions_broadcast(method: Any) -> None:
    rng = RNG(3)
    lambdas, B, C = (
        0.9 * np.exp(1j * rng.uniform(0.1, 3, (3, 4))),
        rng.normal(size=(3, 4, 1)),
        rng.normal(size=(1, 4)),
    )
    system, u = StateSpace(Diagonal(lambdas), B, C), rng.normal(size=(2, 1, 150, 1))
    y = forward(system, u, method=method).y
    assert y.shape == (2, 3, 150, 1)
    for b in range(2):
        for h in range(3):
            one = StateSpace(Diagonal(lambdas[h]), B[h], C)
            assert np.allclose(y[b, h], forward(one, u[b, 0], method="recurrence").y)
    dense = rng.normal(size=(3, 4, 4)) * 0.3
    K = kernel(StateSpace(Dense(dense), B, C), 50)
    assert K.shape == (3, 50, 1, 1)
    assert np.allclose(K[2], kernel(StateSpace(dense[2], B[2], C), 50))


@pytest.mark.parametrize("structure", ["dense", "diagonal", "complex"])
def test_a_long_batch_is_its_members(structure: str) -> None:
    """So long that states go over blocks in groups, and groups of groups, and some are left."""
    system, A, B, C, D = model(structure)
    u, x0 = RNG(2).normal(size=(2, 3, 9000, 2)), RNG(3).normal(size=(3, 5))
    found = forward(system, u, x0, method="blocks")
    for at in ((0, 0), (1, 2)):
        start = np.r_[x0[at[1]], x0[at[1]]] if structure == "complex" else x0[at[1]]
        y, x = by_steps(A, B, C, D, u[at], start)
        assert np.allclose(found.y[at], y, rtol=1e-10, atol=1e-11 * np.abs(y).max())
        assert np.allclose(found.x[at], x[:5], rtol=1e-10, atol=1e-11 * np.abs(x).max())


@pytest.mark.parametrize("of", ["A", "B", "C", "D"])
@each_structure
def test_each_part_may_be_a_batch_alone(structure: str, of: str) -> None:
    system, *_ = model(structure)
    names = type(system.A).__slots__

    def scaled(value: Any, by: Any) -> Any:
        return np.asarray(by).reshape((-1,) + (1,) * value.ndim if np.ndim(by) else ()) * value

    def built(by: Any) -> StateSpace:
        parts = {name: scaled(getattr(system, name), by if name == of else 1.0) for name in "BCD"}
        first, *rest = (getattr(system.A, name) for name in names)
        A = type(system.A)(scaled(first, by if of == "A" else 1.0), *rest)
        return StateSpace(A, *parts.values())

    by, u = np.array([1.0, -0.5, 0.25]), RNG(1).normal(size=(150, 2))
    K, y = kernel(built(by), 60), forward(built(by), u).y
    assert built(by).batch == (3,)
    assert (K.shape, y.shape) == ((3, 60, 3, 2), (3, 150, 3))
    for at in range(3):
        assert np.allclose(K[at], kernel(built(by[at]), 60), rtol=1e-12, atol=1e-12)
        assert np.allclose(y[at], forward(built(by[at]), u).y, rtol=1e-12, atol=1e-11)


def test_the_sign_of_the_output_changes_nothing_else() -> None:
    """What rounding loses is told from the size of entries, also where all of them are negative."""
    hump, rng = rotated(24, 1.2, 0.9, 2), RNG(5)
    A, B, C = np.eye(25), np.ones((25, 1)), np.ones((1, 25))
    A[:24, :24], B[:24], C[:, :24] = hump, rng.normal(size=(24, 1)), rng.normal(size=(1, 24))
    C[0, 24] = 1.5 * np.abs(recurrence(StateSpace(hump, B[:24], C[:, :24]), 400)).max()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PrecisionWarning)
        (K, method), (negative, same) = (
            kernel_and_method(StateSpace(A, B, sign * C), 400) for sign in (1, -1)
        )
    assert (K[1:] > 0).all()
    assert method == same != "split"
    assert np.array_equal(negative, -K)


def test_a_system_is_prepared_once_and_is_one_thing() -> None:
    system, u = model("dense", 16)[0], RNG(1).normal(size=(20_000, 2))
    found = forward(system, u)
    assert np.array_equal(found.y, forward(system, u, method="blocks").y)
    assert not np.array_equal(found.y, forward(system, u, method="recurrence").y)
    ready = system.prepared["blocks"]
    forward(system, u)
    assert system.prepared["blocks"] is ready
    assert {system: 1}[system] == 1


def test_the_cheaper_road_is_taken() -> None:
    for structure, n, length, road in (
        ("dense", 16, 4, "recurrence"),
        ("dense", 16, 20_000, "blocks"),
        ("dense", 900, 600, "recurrence"),
        ("diagonal", 16, 4, "recurrence"),
        ("diagonal", 300, 20_000, "blocks"),
        ("diagonal plus low rank", 400, 600, "recurrence"),
    ):
        assert cheapest(model(structure, n)[0], length) == road, (structure, n, length)
    for structure, n, count, method in (
        ("dense", 16, 1000, "split"),
        ("dense", 300, 8, "recurrence"),
        ("diagonal", 300, 8, "split"),
        ("diagonal plus low rank", 400, 100, "recurrence"),
        ("identity plus outer", 5, 100, "closed form"),
    ):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", PrecisionWarning)
            assert kernel_and_method(model(structure, n)[0], count)[1] == method, (
                structure,
                n,
                count,
            )


def test_structure_is_found_not_believed() -> None:
    B, C = np.ones((3, 1)), np.ones((1, 3))
    assert isinstance(StateSpace(np.diag([1.0, 2, 3]), B, C).A, Diagonal)
    assert isinstance(StateSpace(np.diag([1.0, 2, 3]) + 1e-300 * np.eye(3, k=1), B, C).A, Dense)
    assert isinstance(StateSpace(np.array([1.0, 2, 3]), B, C).A, Diagonal)
    A = np.eye(3)
    system = StateSpace(A, B, C)
    A[0, 1] = 5  # what the caller does to his array afterwards
    assert np.allclose(kernel(system, 4).ravel(), [0, 3, 3, 3])


def legs(n: int, step: float) -> tuple[Any, Any]:
    """HiPPO-LegS by the bilinear rule."""
    i, j = np.indices((n, n))
    A = -np.where(i > j, np.sqrt((2.0 * i + 1) * (2 * j + 1)), np.where(i == j, i + 1.0, 0))
    left = np.linalg.inv(np.eye(n) - step / 2 * A)
    return left @ (np.eye(n) + step / 2 * A), left @ np.sqrt(2.0 * np.arange(n) + 1)[:, None] * step


def rotated(n: int, size: float, radius: float, seed: int = 0) -> Any:
    """A non-normal A in a random orthonormal basis: its powers have a hump.

    No triangle hides what squaring them loses.
    """
    rng = RNG(seed)
    Q = np.linalg.qr(rng.normal(size=(n, n)))[0]
    return (
        Q
        @ (np.triu(rng.normal(size=(n, n)), 1) * size + np.diag(rng.uniform(-radius, radius, n)))
        @ Q.T
    )


HARD = {
    "HiPPO-LegS 16": legs(16, 0.01),
    "HiPPO-LegS 32": legs(32, 0.1),
    "Jordan block, 0.9": (0.9 * np.eye(8) + np.eye(8, k=1), None),
    "Jordan block, 1": (np.eye(6) + np.eye(6, k=1), None),
    "Jordan block, -0.99": (-0.99 * np.eye(10) + np.eye(10, k=1), None),
    "orthogonal": (ROTATION, None),
    "growing": (1.02 * ROTATION, None),
    "hump of 1e2": (rotated(16, 1.0, 0.9), None),
    "hump of 1e4": (rotated(16, 2.0, 0.8), None),
    "hump of 1e5": (rotated(24, 1.0, 0.9), None),
    "hump of 1e6": (rotated(24, 1.4, 0.9, 2), None),
}


@pytest.mark.parametrize("name", HARD)
def test_kernel_against_300_bits(name: str) -> None:
    A, B = HARD[name]
    n, rng, count = len(A), RNG(5), 400
    B, C = rng.normal(size=(n, 1)) if B is None else B, rng.normal(size=(1, n))
    system = StateSpace(A, B, C)
    with mp.workprec(300):
        rows, x, c = (
            [list(map(mp.mpf, row)) for row in A.tolist()],
            [mp.mpf(v) for v in B[:, 0]],
            [mp.mpf(v) for v in C[0]],
        )
        exact = []
        for _ in range(count - 1):
            exact.append(mp.fdot(c, x))
            x = [mp.fdot(row, x) for row in rows]
        largest = max(map(abs, exact))

        def error(K: Any) -> float:
            return float(
                max(
                    abs(mp.mpf(found) - right)
                    for found, right in zip(K[1:, 0, 0].tolist(), exact, strict=True)
                )
                / largest
            )

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", PrecisionWarning)
            assert error(kernel(system, count)) <= max(1e-13, 10 * error(recurrence(system, count)))


@pytest.mark.parametrize(
    "lambdas",
    [[1 - 1e-9, -0.9999999], np.exp(1j * np.array([0.3, 1.7, 2.9]))],
    ids=["real", "complex"],
)
def test_slow_modes_keep_their_digits(lambdas: Any) -> None:
    n, rng, count = len(lambdas), RNG(4), 100_000
    b, c = rng.normal(size=(n, 1)), rng.normal(size=(1, n))
    K = kernel(StateSpace(np.array(lambdas), b, c), count)[:, 0, 0]
    both = 2 if np.iscomplexobj(np.array(lambdas)) else 1
    with mp.workprec(300):
        for l in (1, 2, 999, 65_536, 99_999):
            terms = (
                mp.mpf(c[0, i]) * mp.mpf(b[i, 0]) * mp.mpmathify(lambdas[i]) ** (l - 1)
                for i in range(n)
            )
            assert abs(K[l] - both * mp.re(mp.fsum(terms))) < 2e-15 * np.abs(K).max()


def test_a_hump_is_warned_of_and_the_forward_run_keeps_to_the_recurrence() -> None:
    A, rng = rotated(24, 1.2, 0.9, 2), RNG(5)
    system = StateSpace(A, rng.normal(size=(24, 1)), rng.normal(size=(1, 24)))
    with pytest.warns(PrecisionWarning, match="largest entry"):
        _, method = kernel_and_method(system, 400)
    assert method.startswith("recurrence")
    u = rng.normal(size=(2000, 1))
    found = forward(system, u).y
    assert np.array_equal(found, forward(system, u, method="recurrence").y)


@pytest.mark.parametrize("structure", ["dense", "diagonal", "complex"])
def test_a_long_kernel_of_several_inputs_and_outputs(structure: str) -> None:
    """More rows than stay in the cache: they are multiplied some at a time."""
    system, *_ = model(structure, n=4, seed=7)
    K = kernel(system, 40_000)
    right = recurrence(system, 40_000)
    assert K.shape == (40_000, 3, 2)
    assert np.allclose(K, right, rtol=0, atol=1e-14 * np.abs(right).max())
    slow = StateSpace([-1.0, 1.0, 1j], np.ones((3, 2)), np.ones((3, 3)))
    periodic = kernel(slow, 40_001)[1:]  # nothing dies out: 1 + (−1)^l + Re i^l, twice
    assert np.array_equal(periodic[:, 2, 1], np.resize([6.0, 0, 2, 0], 40_000))
    assert (periodic == periodic[:, :1, :1]).all()


def warned(system: StateSpace, count: int) -> bool:
    """Whether the kernel by the recurrence is warned of."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert kernel_and_method(system, count)[1] == "recurrence"
    return bool(caught)


@pytest.mark.parametrize("low_rank", [False, True], ids=["dense", "diagonal plus low rank"])
@pytest.mark.parametrize("over", [0.97, 1.03])
def test_the_warning_is_where_the_bound_passes(low_rank: bool, over: float) -> None:
    """√n ε ‖A‖ max_l Σ_{a+b=l} ‖C A^a‖ ‖A^b B‖ of the largest entry is √n ε h².

    For A = h e₁e₂ᵀ, C = e₁ᵀ, B = e₂, K_2 = h.
    """
    n, count = (8, 4) if low_rank else (100, 20)
    h = (over * 1e-10 / (n**0.5 * 2.0**-53)) ** 0.5
    e = np.eye(n)[:, :2]
    A: Any = (
        DiagonalPlusLowRank(np.zeros(n), h * e[:, :1], e[:, 1:])
        if low_rank
        else h * np.eye(n, k=1) * (np.arange(n) == 1)
    )
    assert warned(StateSpace(A, e[:, 1:], e[:, :1].T), count) is (over > 1)
    # D is not what may be off
    assert warned(StateSpace(A, e[:, 1:], e[:, :1].T, [[1e9 * h]]), count) is (over > 1)
    # a batch, one of it 0, of another scale
    twice = StateSpace(A, np.stack([e[:, 1:], 0 * e[:, 1:]]), 1e-200 * e[:, :1].T)
    assert warned(twice, count) is (over > 1)


@pytest.mark.parametrize("over", [0.97, 1.03])
def test_the_bound_of_what_does_not_die_out_grows_with_the_length(over: float) -> None:
    """For A = I and C = Bᵀ it is n ε (count − 1) of the entries, which are all the same."""
    n, one = 400, np.eye(400)[:, :1]
    count = 1 + round(over * 1e-10 / (n * 2.0**-53))
    assert warned(StateSpace(DiagonalPlusLowRank(np.ones(n), 0 * one, one), one, one.T), count) is (
        over > 1
    )


@pytest.mark.parametrize("name", ["HiPPO-LegS 32", "Jordan block, 0.9", "orthogonal"])
def test_no_warning_where_nothing_is_lost(name: str) -> None:
    A, B = HARD[name]
    B = np.ones((len(A), 1)) if B is None else B
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert kernel_and_method(StateSpace(A, B, B.T), 400)[1] == "split"


def sequence(n: int, d: int, e: int, seed: int = 0, *batch: int) -> tuple[Any, Any, Any]:
    rng = RNG(seed)
    return tuple(rng.normal(size=(*batch, n, width)) for width in (d, d, e))  # type: ignore[return-value]  # three of them


@settings(max_examples=20, deadline=None)
@given(
    seeds,
    st.integers(1, 90),
    st.integers(1, 6),
    st.integers(1, 4),
    st.sampled_from([1e-3, 0.7, 40.0]),
)
def test_causal_attention_is_a_fit_at_every_position(
    seed: int, n: int, d: int, e: int, lam: float
) -> None:
    Q, K, V = sequence(n, d, e, seed)
    out = causal_ridge_attention(Q, K, V, lam).output
    for t in {1, n // 2 + 1, n}:
        k, v = K[:t], V[:t]
        assert np.allclose(
            out[t - 1],
            v.T @ np.linalg.solve(k @ k.T + lam * np.eye(t), k @ Q[t - 1]),
            rtol=1e-7,
            atol=1e-7,
        )
    assert np.allclose(out, one_by_one(Q, K, V, lam), rtol=1e-9, atol=1e-9)
    assert np.allclose(out, step_by_step(Q, K, V, lam), rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("lam", [1e-6, 1e-3, 1.0])
def test_causal_attention_keeps_its_digits(lam: float) -> None:
    Q, K, V = sequence(65_536, 8, 8, 7)
    out = causal_ridge_attention(Q, K, V, lam).output
    for t in (9, 40, 1000, 65_536):
        k, v = K[:t].astype(np.longdouble), V[:t].astype(np.longdouble)
        gram, moment = k.T @ k + lam * np.eye(8), k.T @ v
        plain = np.linalg.solve(gram.astype(float), moment.astype(float))
        exact = plain.astype(np.longdouble)
        for _ in range(4):
            exact = exact + np.linalg.solve(
                gram.astype(float), (moment - gram @ exact).astype(float)
            )
        error = np.abs(out[t - 1] - Q[t - 1] @ exact).max()
        allowed = max(
            10 * np.abs(Q[t - 1] @ plain - Q[t - 1] @ exact).max(),
            10 * 2.3e-16 * np.linalg.norm(K[:t], 2) ** 2 / lam,
        )
        assert error <= (allowed if t < 16 else min(allowed, 1e-10))


def refined(K: Any, V: Any, lam: float) -> tuple[Any, float]:
    """The fit to all keys by the smaller system, refined in long double, and its condition."""
    k, v = K.astype(np.longdouble), V.astype(np.longdouble)
    dual = len(k) < k.shape[1]
    gram, right = (k @ k.T, v) if dual else (k.T @ k, k.T @ v)
    gram = gram + np.longdouble(lam) * np.eye(len(gram))
    inverse, found = np.linalg.inv(gram.astype(float)), 0 * right
    for _ in range(4):
        found = found + inverse @ (right - gram @ found)
    return k.T @ found if dual else found, float(np.linalg.cond(gram.astype(float)))


@pytest.mark.parametrize("lam", [1e-12, 1e-6, 1e-3])
@pytest.mark.parametrize("d", [4, 20, 64, 100])
def test_causal_attention_keeps_its_digits_at_every_position(d: int, lam: float) -> None:
    Q, K, V = sequence(5 * d + 3, d, 3, 1)
    out = causal_ridge_attention(Q, K, V, lam).output
    for t in sorted({*range(1, len(K), 1 + d // 5), *range(d - 1, d + 3), 2 * d, 4 * d, 4 * d + 1}):
        fit, condition = refined(K[:t], V[:t], lam)
        right = (Q[t - 1] @ fit).astype(float)
        allowed = (1e-11 + 20 * 2.0**-53 * condition) * max(1, np.abs(right).max())
        assert np.abs(out[t - 1] - right).max() <= allowed, t


@pytest.mark.parametrize("cuts", [(7, 7, 150), (5000, 5001, 9400), (3, 4600)], ids=str)
@pytest.mark.parametrize("d", [5, 70])
def test_a_long_causal_sequence_in_pieces(d: int, cuts: tuple[int, ...]) -> None:
    Q, K, V = sequence(9500 if max(cuts) > 1000 else 300, d, 3, 2)
    right, parts = step_by_step(Q, K, V, 0.3), []
    state: Any = None
    for at, to in pairwise((0, *cuts, len(K))):
        found = causal_ridge_attention(Q[at:to], K[at:to], V[at:to], 0.3, state)
        state = found.state
        parts.append(found.output)
    assert np.allclose(np.concatenate(parts), right, rtol=1e-8, atol=1e-8)
    assert np.allclose(
        state.W, np.linalg.solve(K.T @ K + 0.3 * np.eye(d), K.T @ V), rtol=1e-9, atol=1e-11
    )


def test_causal_attention_in_pieces_and_with_heads() -> None:
    Q, K, V = sequence(300, 5, 3, 2, 2, 4)
    whole = causal_ridge_attention(Q, K, V, 0.3)
    state, parts = None, []
    for at, to in ((0, 7), (7, 7), (7, 150), (150, 300)):
        found = causal_ridge_attention(
            Q[..., at:to, :], K[..., at:to, :], V[..., at:to, :], 0.3, state
        )
        state = found.state
        parts.append(found.output)
    assert np.allclose(np.concatenate(parts, axis=-2), whole.output, rtol=1e-11, atol=1e-11)
    assert np.allclose(
        whole.output[1, 2], causal_ridge_attention(Q[1, 2], K[1, 2], V[1, 2], 0.3).output
    )
    shared = causal_ridge_attention(Q, K[:1], V[0, 0], 0.3).output
    assert np.allclose(shared[1, 3], causal_ridge_attention(Q[1, 3], K[0, 3], V[0, 0], 0.3).output)


def test_long_causal_sequences_of_a_batch() -> None:
    """Long enough to be cut into segments side by side."""
    Q, K, V = sequence(1500, 5, 3, 2, 2, 3)
    found = causal_ridge_attention(Q, K, V, 0.3)
    for at in ((0, 0), (1, 2)):
        assert np.allclose(
            found.output[at], step_by_step(Q[at], K[at], V[at], 0.3), rtol=1e-8, atol=1e-9
        )
        one = causal_ridge_attention(Q[at], K[at], V[at], 0.3)
        assert np.allclose(found.output[at], one.output, rtol=1e-11, atol=1e-12)
        assert all(
            np.allclose(a[at], b, rtol=1e-10)
            for a, b in zip(found.state[:4], one.state[:4], strict=True)
        )


@pytest.mark.parametrize(("n", "d"), [(9, 4), (3, 7)])
def test_attention_and_weights(n: int, d: int) -> None:
    Q, K, V = sequence(n, d, 2)
    lam = 0.4
    a = ridge_weights(Q[1], K, lam)
    assert np.allclose(a, np.linalg.solve(K @ K.T + lam * np.eye(n), K @ Q[1]))
    assert np.allclose(ridge_weights(Q, K, lam)[1], a)
    assert np.allclose(ridge_attention(Q, K, V, lam)[1], V.T @ a)


def complex_step(loss: Any, inputs: list[Any], at: int) -> Any:
    slope = np.zeros_like(inputs[at])
    for index in np.ndindex(slope.shape):
        moved = [np.array(value, dtype=complex) for value in inputs]
        moved[at][index] += 1e-30j
        slope[index] = loss(*moved).imag / 1e-30
    return slope


@pytest.mark.parametrize("causal", [False, True])
def test_gradients_against_complex_steps(causal: bool) -> None:
    Q, K, V = sequence(45, 3, 2, 9)
    bar = RNG(1).normal(size=V.shape)

    def loss(Q: Any, K: Any, V: Any, lam: Any) -> Any:
        if not causal:
            return (bar * (Q @ np.linalg.solve(K.T @ K + lam * np.eye(3), K.T @ V))).sum()
        return sum(
            bar[t]
            @ (
                V[: t + 1].T
                @ K[: t + 1]
                @ np.linalg.solve(K[: t + 1].T @ K[: t + 1] + lam * np.eye(3), Q[t])
            )
            for t in range(len(K))
        )

    found = (causal_ridge_attention_vjp if causal else ridge_attention_vjp)(Q, K, V, 0.7, bar)
    inputs = [Q, K, V, np.array(0.7)]
    for at, name in enumerate(("Q", "K", "V", "lam")):
        assert np.allclose(
            getattr(found, name), complex_step(loss, inputs, at), rtol=1e-9, atol=1e-10
        ), name


@pytest.mark.parametrize("vjp", [ridge_attention_vjp, causal_ridge_attention_vjp])
def test_gradients_of_what_was_broadcast_are_sums(vjp: Any) -> None:
    Q, K, V = sequence(20, 3, 2, 1, 4)
    bar = RNG(2).normal(size=(4, 20, 2))
    shared = vjp(Q, K[:1], V[0], 0.5, bar)
    apart = [vjp(Q[h], K[0], V[0], 0.5, bar[h]) for h in range(4)]
    assert np.allclose(shared.K, sum(one.K for one in apart)[None])
    assert np.allclose(shared.V, sum(one.V for one in apart))
    assert np.isclose(shared.lam, sum(one.lam for one in apart))


@settings(max_examples=20, deadline=None)
@given(seeds, st.integers(1, 6), st.integers(1, 6), st.sampled_from([1e-18, 1e-3, 1.0, 1e9]))
def test_purifier_and_its_gains(seed: int, m: int, n: int, lam: float) -> None:
    X = RNG(seed).normal(size=(m, n))
    W, s = purify(X, lam), np.linalg.svd(X, compute_uv=False)
    U = np.linalg.svd(X)[0][:, : len(s)]
    assert np.allclose(W, (U * gains(s, lam)) @ U.T, rtol=1e-9, atol=1e-11 * np.abs(W).max())
    assert np.allclose(gains(s, lam), s**2 / (s**2 + lam), rtol=1e-14)


@pytest.mark.parametrize(("m", "n"), [(4, 6), (6, 4), (5, 5)])
@pytest.mark.parametrize("lam", [1e-18, 0.3])
def test_purifiers_of_a_batch(m: int, n: int, lam: float) -> None:
    """By Cholesky, its dual and, where one of them needs it, singular values."""
    X = RNG(5).normal(size=(2, 3, m, n)) * np.array([1.0, 1e-3, 30.0])[:, None, None]
    W = purify(X, lam)
    assert W.shape == (2, 3, m, m)
    for at in np.ndindex(2, 3):
        U, s, _ = np.linalg.svd(X[at])
        assert np.allclose(
            W[at], (U[:, : len(s)] * (s**2 / (s**2 + lam))) @ U[:, : len(s)].T, rtol=0, atol=1e-12
        ), at
        assert np.allclose(W[at], purify(X[at], lam), rtol=0, atol=1e-12), at


def test_a_lambda_below_what_rounding_leaves_is_warned_of() -> None:
    flat, good = RNG(3).normal(size=(4, 1)) @ np.ones((1, 5)), RNG(4).normal(size=(4, 5))
    with pytest.warns(PrecisionWarning, match="cannot tell from 0"):
        purify(np.stack([good, flat]), 1e-40)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        purify(np.stack([good, 2 * good]), 1e-40)
        purify(np.stack([good, flat]), 1e-20)
        purify(np.diag([1.0, 0]), 1e-40)  # 0 is no rounding
        # nor does a large one beside it round a small one
        purify(np.stack([1e12 * np.eye(2), np.diag([1, 1e-5])]), 1e-40)


def test_gains_at_the_ends_of_float64() -> None:
    assert np.array_equal(gains([0.0, 1e200, 1e-200], 1.0), [0.0, 1.0, 0.0])
    assert gains([1e160], 1e300)[0] == pytest.approx(1.0)


def test_float32_comes_back_as_float32_computed_in_float64() -> None:
    Q, K, V = (M.astype(np.float32) for M in sequence(50, 4, 4))
    out = causal_ridge_attention(Q, K, V, 0.1).output
    assert out.dtype == np.float32
    exact = causal_ridge_attention(Q.astype(float), K.astype(float), V.astype(float), 0.1).output
    assert np.array_equal(out, exact.astype(np.float32))
    A, B = (RNG(0).normal(size=(4, k)).astype(np.float32) * 0.2 for k in (4, 1))
    system = StateSpace(A, B, B.T)
    assert kernel(system, 9).dtype == forward(system, B).y.dtype == np.float32
    for vjp in (ridge_attention_vjp, causal_ridge_attention_vjp):
        assert {slope.dtype for slope in vjp(Q, K, V, 0.1, V)[:3]} == {np.dtype(np.float32)}
    assert ridge_attention(Q, K, V, 0.1).dtype == purify(K, 1.0).dtype == np.float32


ONE = np.ones((1, 1))


def single(value: float) -> Any:
    """A 1×1 array in float32."""
    return np.array([[value]], dtype=np.float32)


BAD: dict[str, tuple[Callable[[], Any], str]] = {
    "A is not square": (lambda: StateSpace(np.ones((2, 3)), ONE, ONE), "A has shape (2, 3)"),
    "rows of unequal length": (
        lambda: StateSpace([[1.0], [1.0, 2.0]], ONE, ONE),
        "A has rows of unequal length",
    ),
    "B does not fit": (
        lambda: StateSpace(np.ones((2, 2)), np.ones((3, 1)), np.ones((1, 2))),
        "B has shape (3, 1)",
    ),
    "C does not fit": (
        lambda: StateSpace(np.ones((2, 2)), np.ones((2, 1)), np.ones((1, 3))),
        "C has shape (1, 3)",
    ),
    "D does not fit": (lambda: StateSpace(ONE, ONE, ONE, np.ones((2, 1))), "D has shape (2, 1)"),
    "B is a vector": (lambda: StateSpace(ONE, np.ones(1), ONE), "B[:, None]"),
    "NaN": (lambda: StateSpace([[np.nan]], ONE, ONE), "A has an entry that is not finite"),
    "infinity": (
        lambda: forward(StateSpace(ONE, ONE, ONE), [[np.inf]]),
        "u has an entry that is not finite",
    ),
    "text": (lambda: StateSpace([["x"]], ONE, ONE), "A has entries of type"),
    "complex and dense": (
        lambda: StateSpace(np.full((2, 2), 1j), np.ones((2, 1)), np.ones((1, 2))),
        "A is complex",
    ),
    "complex, dense and diagonal": (
        lambda: kernel(StateSpace(ONE * (0.5 + 0j), ONE, ONE), 3),
        "go with Diagonal(lambdas)",
    ),
    "both of a pair": (
        lambda: Diagonal(np.array([0.5 + 0.1j, 0.5 - 0.1j])),
        "both of a conjugate pair",
    ),
    "factors do not fit": (
        lambda: DiagonalPlusLowRank(np.ones(3), np.ones((3, 1)), np.ones((3, 2))),
        "P (3, 1)",
    ),
    "negative count": (lambda: kernel(StateSpace(ONE, ONE, ONE), -1), "count is -1"),
    "powers overflow": (lambda: kernel(StateSpace([[3.0]], ONE, ONE), 1000), "overflows float64"),
    "dense powers overflow": (
        lambda: kernel(StateSpace([[3.0, 1], [0, 2]], np.ones((2, 1)), np.ones((1, 2))), 1000),
        "overflows",
    ),
    "the output overflows": (
        lambda: forward(StateSpace([[9.0]], ONE, ONE), np.ones((999, 1))),
        "output overflows",
    ),
    "u does not fit": (
        lambda: forward(StateSpace(ONE, ONE, ONE), np.ones((4, 2))),
        "u has shape (4, 2)",
    ),
    "x0 does not fit": (
        lambda: forward(StateSpace(ONE, ONE, ONE), ONE, np.ones(2)),
        "x0 has shape (2,)",
    ),
    "x0 is a number": (
        lambda: forward(StateSpace(ONE, ONE, ONE), ONE, np.float64(1)),
        "x0 has shape ()",
    ),
    "no such method": (
        lambda: forward(StateSpace(ONE, ONE, ONE), ONE, method="magic"),  # type: ignore[arg-type]  # on purpose
        "method is 'magic'",
    ),
    "batches do not broadcast": (
        lambda: forward(StateSpace(ONE, np.ones((2, 1, 1)), ONE), np.ones((3, 4, 1))),
        "do not broadcast",
    ),
    "λ = 0": (lambda: ridge_attention(ONE, ONE, ONE, 0), "lam is 0"),
    "λ is NaN": (lambda: causal_ridge_attention(ONE, ONE, ONE, float("nan")), "lam is nan"),
    "λ is text": (lambda: gains([1.0], "x"), "lam is 'x'"),  # type: ignore[arg-type]  # on purpose
    "Q does not fit": (lambda: ridge_attention(np.ones((1, 2)), ONE, ONE, 1), "Q has shape (1, 2)"),
    "V does not fit": (lambda: ridge_attention(ONE, ONE, np.ones((2, 1)), 1), "V has shape (2, 1)"),
    "a query for each position": (
        lambda: causal_ridge_attention(np.ones((2, 1)), ONE, ONE, 1),
        "2, 1",
    ),
    "q does not fit": (lambda: ridge_weights(np.ones(2), ONE, 1), "q has shape (2,)"),
    "a state of another model": (
        lambda: causal_ridge_attention(
            ONE, ONE, ONE, 1, causal_ridge_attention(*sequence(3, 2, 2), lam=1).state
        ),
        "state is of another model",
    ),
    "a state of another λ": (
        lambda: causal_ridge_attention(
            ONE, ONE, ONE, 1, causal_ridge_attention(ONE, ONE, ONE, 2).state
        ),
        "state was made with lam 2",
    ),
    "an output for a state": (
        lambda: causal_ridge_attention(ONE, ONE, ONE, 1, causal_ridge_attention(ONE, ONE, ONE, 1)),  # type: ignore[arg-type]  # on purpose
        "state is a Causal",
    ),
    "a state with NaN": (
        lambda: causal_ridge_attention(
            ONE,
            ONE,
            ONE,
            1,
            causal_ridge_attention(ONE, ONE, ONE, 1).state._replace(W=np.nan * ONE),
        ),
        "the state's W has an entry that is not finite",
    ),
    "no state space": (lambda: forward([1], ONE), "system is a list"),  # type: ignore[arg-type]  # on purpose
    "no outputs": (lambda: StateSpace(ONE, ONE, np.zeros((0, 1))), "C is empty"),
    "no data": (lambda: purify(np.zeros((0, 2, 3)), 1.0), "X is empty"),
    "negative sigmas": (lambda: gains([-1.0], 1.0), "sigmas has a negative entry"),
    "λ is complex": (lambda: gains([1.0], 1j), "lam is 1j"),  # type: ignore[arg-type]  # on purpose
    "λ is beyond float64": (lambda: gains([1.0], 10**400), "lam is 1000"),
    "nothing to differentiate": (
        lambda: causal_ridge_attention_vjp(
            *(np.zeros((0, 2)),) * 3, lam=1, output_bar=np.zeros((0, 2))
        ),
        "no position",
    ),
    "a gradient of another shape": (
        lambda: ridge_attention_vjp(ONE, ONE, ONE, 1, np.ones((2, 1))),
        "output_bar has shape",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_one_clear_sentence(name: str) -> None:
    act, says = BAD[name]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(InputError) as error:
            act()
    assert says in str(error.value)
    assert "\n" not in str(error.value)
    assert ":" in str(error.value)


HUGE: dict[str, Callable[[], Any]] = {
    "KᵀK": lambda: ridge_attention([[1.0]], [[1e200]], [[1.0]], 1.0),
    "the output": lambda: ridge_attention([[1e300]], [[1.0]], [[1e300]], 1.0),
    "weights": lambda: ridge_weights([1e300, 1e300], [[1e10, 1e10]], 1.0),
    "gradients": lambda: ridge_attention_vjp([[1e200]], [[1e-100]], [[1e200]], 1.0, [[1e200]]),
    "causal": lambda: causal_ridge_attention(ONE, 1e160 * ONE, ONE, 1.0),
    "causal beside λ": lambda: causal_ridge_attention(ONE, 1e150 * ONE, ONE, 1e-8),
    "causal gradients": lambda: causal_ridge_attention_vjp(
        [[1e200]], [[1e-10]], [[1e200]], 1.0, [[1e200]]
    ),
    "float32": lambda: kernel(StateSpace(single(0.5), single(1e30), single(1e30)), 3),
    "float32 attention": lambda: ridge_attention(single(1e30), single(1e-30), single(1e30), 1e-60),
    "more than fits a memory": lambda: kernel(StateSpace(ONE, ONE, ONE), 10**15),
}


@pytest.mark.parametrize("name", HUGE)
def test_what_is_beyond_floating_point_is_refused(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises((InputError, OverflowError), match=r"large|overflow|beyond|less"):
            HUGE[name]()


@pytest.mark.parametrize("lam", [1e-3, 1e-8, 1e-12])
def test_gradients_with_fewer_keys_than_entries(lam: float) -> None:
    rng = RNG(0)
    Q, K, V, bar = (
        rng.normal(size=(3, 5)),
        rng.normal(size=(2, 5)),
        rng.normal(size=(2, 2)),
        rng.normal(size=(3, 2)),
    )

    def loss(Q: Any, K: Any, V: Any, lam: Any) -> Any:
        return (bar * (Q @ K.T @ np.linalg.solve(K @ K.T + lam * np.eye(2), V))).sum()

    found = ridge_attention_vjp(Q, K, V, lam, bar)
    for at, name in enumerate(("Q", "K", "V", "lam")):
        slope = complex_step(loss, [Q, K, V, np.array(lam)], at)
        assert np.allclose(getattr(found, name), slope, rtol=1e-8, atol=1e-9), name


def test_tiny_lambda_keeps_its_digits_or_is_warned_of() -> None:
    Q, K, V = sequence(40, 6, 2)
    out = causal_ridge_attention(Q, K, V, 1e-12).output
    for t in range(1, 41):
        assert np.allclose(
            out[t - 1], ridge_attention(Q[t - 1 : t], K[:t], V[:t], 1e-12)[0], rtol=1e-9, atol=1e-9
        ), t
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        causal_ridge_attention(Q[:4], K[:4], V[:4], 1e-12)
        several = np.stack([K[:4]] * 6).reshape(2, 3, 4, 6)
        causal_ridge_attention(Q[:4], several, V[:4], 1e-12)
    flat = np.tile(K[:3], (10, 1))  # they span three of six directions
    for n in (5, 30):
        beside = np.stack([K[:n], flat[:n]])
        for attention in (causal_ridge_attention, ridge_attention):
            for keys in (flat[:n], beside, beside[::-1]):  # one model of a batch suffices
                with pytest.warns(PrecisionWarning, match="lam is 1e-12"):
                    attention(Q[:n], keys, V[:n], 1e-12)
    with pytest.warns(
        PrecisionWarning, match="lam is 1e-12"
    ):  # a model that λ settles at once hides none that it does not
        ridge_attention(Q[:30], np.stack([flat, 1e-9 * K[:30]]), V[:30], 1e-12)


@pytest.mark.parametrize(
    "system",
    [
        StateSpace(IdentityPlusOuter([1.0, 1, 1]), [[1.0], [1], [1]], [[0.1, 0.2, -0.3]]),
        StateSpace(Diagonal([0.99, 0.99 - 1e-13]), [[1.0], [1]], [[1.0, -1]]),
    ],
    ids=["identity plus outer", "diagonal"],
)
def test_terms_that_cancel_are_warned_of(system: StateSpace) -> None:
    with pytest.warns(PrecisionWarning, match="largest entry"):
        kernel(system, 100)


def test_a_large_model_in_the_batch_hides_nothing() -> None:
    A, rng = rotated(12, 2.9, 0.5, 3), RNG(1)
    B, C = rng.normal(size=(12, 1)), rng.normal(size=(1, 12))
    calm = np.diag(np.linspace(0.1, 0.9, 12)) + 1e-3 * rng.normal(size=(12, 12))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PrecisionWarning)
        alone, method = kernel_and_method(StateSpace(A, B, C), 600)
        beside, same = kernel_and_method(
            StateSpace(Dense(np.stack([A, calm])), np.stack([B, B * 1e12]), C), 600
        )
    assert method == same != "split"
    assert np.allclose(beside[0], alone, rtol=0, atol=1e-13 * np.abs(alone).max())


def test_powers_that_overflow_where_nothing_else_does() -> None:
    late = np.zeros((10_000, 1))
    late[-100:] = 1
    for A in ([[3.0]], [[3.0, 0.1], [0.1, 0.2]]):
        n = len(A)
        system = StateSpace(A, np.ones((n, 1)), np.ones((1, n)))
        assert np.array_equal(forward(system, late).y, forward(system, late, method="recurrence").y)
    unreached = StateSpace([0.5, 1.5], [[1.0], [0]], [[1.0, 1]])
    assert np.allclose(
        kernel(unreached, 2000)[1:, 0, 0], 0.5 ** np.arange(1999.0), rtol=1e-14, atol=0
    )


def test_scales_do_not_matter_to_the_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        kernel(StateSpace([[0.5, 0.1], [0, 0.3]], [[1e200]] * 2, [[1e-200] * 2]), 500)
        kernel(StateSpace([[3.0, 1], [0, 2]], [[1.0], [1]], [[1.0, 1]]), 500)
    A, rng = rotated(24, 1.2, 0.9, 2), RNG(5)
    with pytest.warns(PrecisionWarning):
        kernel(StateSpace(A, 1e-200 * rng.normal(size=(24, 1)), rng.normal(size=(1, 24))), 400)


def test_a_float32_model_and_a_float64_input_lose_nothing_on_the_way() -> None:
    A, B = (RNG(0).normal(size=(4, k)).astype(np.float32) * 0.2 for k in (4, 1))
    system, u = StateSpace(A, B, B.T), RNG(1).normal(size=(200, 1)).astype(np.float32)
    exact = forward(
        StateSpace(A.astype(float), B.astype(float), B.T.astype(float)), u.astype(float)
    ).y
    method: Any
    for method in METHODS:
        assert np.allclose(forward(system, u, method=method).y, exact, rtol=1e-6)
    assert kernel(StateSpace(np.array([1 / 3]), single(1), single(1)), 3).dtype == np.float64


def test_what_the_caller_passes_stays_his() -> None:
    """Nothing is written into it, nothing forbids him to, and no result is a view of it."""
    rng = RNG(6)
    own = {
        "A": rng.normal(size=(3, 3)) * 0.3,
        "B": rng.normal(size=(3, 2)),
        "C": rng.normal(size=(2, 3)),
        "D": np.ones((2, 2)),
    }
    own |= {"p": np.ones(3), "u": rng.normal(size=(200, 2)), "x": np.ones(3)}
    own |= {
        "K": rng.normal(size=(200, 4)),
        "V": rng.normal(size=(200, 2)),
        "Q": rng.normal(size=(200, 4)),
        "s": np.ones(3),
    }
    before = {name: value.copy() for name, value in own.items()}
    A, B, C, D, p, u, x, K, V, Q, s = own.values()
    results: list[Any] = []
    for one in (A, p, Dense(A), Diagonal(p), IdentityPlusOuter(p), DiagonalPlusLowRank(p, B, C.T)):
        system = StateSpace(one, B, C, D)
        results += [
            system.B,
            system.C,
            system.D,
            *(getattr(system.A, name) for name in type(system.A).__slots__),
        ]
        results += [
            kernel(system, 1),
            kernel(system, 50),
            *forward(system, u, x),
            *forward(system, u[:0], x),
        ]
    run = causal_ridge_attention(Q, K, V, 0.5)
    results += [
        run.output,
        *run.state[:4],
        *causal_ridge_attention(Q[:0], K[:0], V[:0], 0.5).state[:4],
    ]
    results += [
        ridge_attention(Q, K, V, 0.5),
        ridge_weights(Q, K, 0.5),
        purify(K, 0.5),
        gains(s, 0.5),
    ]
    results += [
        *ridge_attention_vjp(Q, K, V, 0.5, V)[:3],
        *causal_ridge_attention_vjp(Q, K, V, 0.5, V)[:3],
    ]
    for name, value in own.items():
        assert value.flags.writeable, name
        assert np.array_equal(value, before[name]), name
        assert not any(np.shares_memory(value, result) for result in results), name


def test_only_a_singular_matrix_is_taken_for_a_lambda_too_small(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(InputError, match="float64 loses it"), pytest.warns(PrecisionWarning):
        ridge_attention(np.ones((3, 2)), np.ones((3, 2)), np.ones((3, 2)), 1e-20)

    def full(M: Any) -> Any:
        raise MemoryError("no room")

    monkeypatch.setattr(np.linalg, "cholesky", full)
    for act in (ridge_attention, causal_ridge_attention):
        with pytest.raises(MemoryError):
            act(ONE, ONE, ONE, 1.0)


def test_finite_where_a_sum_would_overflow() -> None:
    large: Any = np.full((3, 1), 1.7e308)
    assert np.array_equal(forward(StateSpace(np.zeros((1, 1)), ONE, 0 * ONE, ONE), large).y, large)
