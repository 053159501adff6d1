"""4(d) What receives gradients in ridge self-attention?

Which of the ridge λ, the keys, the values and the queries receive gradients when the output is
differentiated?

All four. With M = KᵀK + λI, W = M⁻¹KᵀV, O = Q W, an upstream gradient G of O, and S = M⁻¹QᵀG:

    ∂Q = G Wᵀ,   ∂V = K S,   ∂K = (V − K W) Sᵀ − K S Wᵀ,   ∂λ = −⟨S, W⟩.

For λ > 0; at λ = 0 with fewer keys than entries M is singular. V = 0 makes W = 0 and kills ∂Q, ∂K
and ∂λ, not ∂V. Shapes: K (n, d), V (n, e), Q (t, d), G (t, e). O((n + t) d (d + e) + d³).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from functools import cache
from typing import Annotated, Any

import numpy as np
import sympy as sp

from .exact import (
    Matrix,
    Scalar,
    affordable,
    equal,
    holds,
    integers,
    is_exact,
    linear_solve,
    matrix,
    same,
    scalar,
    shaped,
    symbols,
)
from .exact.ridge import attend, fit, fits, with_ridge
from .numeric import ridge_attention_vjp
from .part import Case, Check, Slot, Solution, Step

NAMES = ("lambda", "keys", "values", "queries")
SMALL = 500  # multiplications: inputs are moved one at a time up to it, beyond it all at once


def gradients(K: Matrix, V: Matrix, Q: Matrix, lam: Any, G: Matrix) -> dict[str, Any]:
    """The gradient of ⟨G, O⟩ with respect to each input; in floating point by the engines."""
    if K.dtype.kind == "f":
        found = ridge_attention_vjp(Q, K, V, lam, G)
        return {"lambda": found.lam, "keys": found.K, "values": found.V, "queries": found.Q}
    W, S = fit(K, V, lam), linear_solve(with_ridge(K.T @ K, lam), Q.T @ G)
    return {**pulled_back(K, V, W, S), "queries": G @ W.T}


def pulled_back(K: Matrix, V: Matrix, W: Matrix, S: Matrix) -> dict[str, Any]:
    """What ⟨S, dKᵀ V + Kᵀ dV − (dKᵀ K + Kᵀ dK + dλ I) W⟩ weighs dλ, dK and dV with."""
    return {"lambda": -(S * W).sum(), "keys": (V - K @ W) @ S.T - K @ S @ W.T, "values": K @ S}


def solve(
    K: Annotated[Matrix, "keys, n×d"] = matrix("1,2;0,1;3,-1"),
    V: Annotated[Matrix, "values, n×e"] = matrix("1,0;2,1;-1,3"),
    Q: Annotated[Matrix, "queries, t×d"] = matrix("1,1;2,-1"),
    lam_: Annotated[Scalar, "the ridge penalty λ > 0"] = scalar("1/2"),
    G: Annotated[Matrix | None, "upstream gradient of the output, t×e; ones if left out"] = None,
) -> Solution:
    fits(K, V, Q, lam_)
    upstream = ones(Q, V) if G is None else G
    shaped("--G", upstream, len(Q), V.shape[1], f"the output is {len(Q)}×{V.shape[1]}")
    n, d = K.shape
    work = 22 * (n + len(Q)) * d * (d + V.shape[1]) + 10 * d**3
    affordable("--K", work, K, V, Q, growth=2 * d)
    found = gradients(K, V, Q, lam_, upstream)
    zero = tuple(name for name in NAMES if not np.any(found[name]))
    return Solution(
        answer={"gradients": NAMES, "derivatives": found, "zero here": zero},
        steps=(
            Step(
                "O = Q W, so ∂Q = G Wᵀ",
                ("derivatives", "queries"),
                "0 iff every row of G is orthogonal to W's, as for W = 0",
            ),
            Step(
                "M W = KᵀV, so dW = M⁻¹ (dKᵀ V + Kᵀ dV − dM W)",
                None,
                "differentiate both sides, M = KᵀK + λI",
            ),
            Step(
                "∂V = K S, S = M⁻¹ Qᵀ G",
                ("derivatives", "values"),
                "the term Kᵀ dV: linear, so V itself does not matter",
            ),
            Step(
                "∂K = (V − K W) Sᵀ − K S Wᵀ",
                ("derivatives", "keys"),
                "dKᵀ V and dM = dKᵀ K + Kᵀ dK: K stands on both sides",
            ),
            Step(
                "∂λ = −⟨S, W⟩",
                ("derivatives", "lambda"),
                "dM = dλ I: λ is an input like any other, and is learnt like one",
            ),
            Step(
                "receive gradients",
                "gradients",
                "all four, wherever M is invertible: λ > 0 is enough",
            ),
            Step("zero for these numbers", "zero here", _why_zero(V, Q, upstream, zero)),
        ),
    )


def ones(Q: Matrix, V: Matrix) -> Matrix:
    """The upstream gradient of Σ O."""
    shape = (len(Q), V.shape[1])
    return np.full(shape, Fraction(1)) if is_exact(Q) else np.ones(shape)


def _why_zero(V: Matrix, Q: Matrix, G: Matrix, zero: tuple[str, ...]) -> str:
    if not zero:
        return "none: every one of them moves the output"
    if not np.any(V):
        return "V = 0 makes W = 0: the output is 0 whatever Q, K and λ are"
    if not (np.any(Q) and np.any(G)):
        return "Q or G is 0: nothing flows back"
    return "a coincidence of these numbers"


def prove() -> Iterator[Check]:
    """The gradients are the derivatives of the attention, on symbols; and their differential."""
    K, V, Q = symbols("k", 2, 1), symbols("v", 2, 1), symbols("q", 1, 1)
    G, l = symbols("g", 1, 1), sp.Symbol("lambda", positive=True)
    output, found = (G * attend(K, V, Q, l)).sum(), gradients(K, V, Q, l, G)
    for name, letters in (("keys", K), ("values", V), ("queries", Q), ("lambda", np.array(l))):
        slopes = [sp.diff(output, letter) for letter in letters.flat]
        told = [*np.asarray(found[name]).flat]
        yield equal(f"∂⟨G, O⟩/∂ {name}, two keys of one entry", told, slopes)
    K, V, W, S = symbols("k", 3, 2), symbols("v", 3, 2), symbols("w", 2, 2), symbols("s", 2, 2)
    dK, dV, dlam = symbols("dk", 3, 2), symbols("dv", 3, 2), sp.Symbol("dlambda")
    ridge = with_ridge(np.zeros((2, 2), dtype=int).astype(object), dlam)
    moved = dK.T @ V + K.T @ dV - (dK.T @ K + K.T @ dK + ridge) @ W
    back = pulled_back(K, V, W, S)
    read = (back["keys"] * dK).sum() + (back["values"] * dV).sum() + back["lambda"] * dlam
    claim = "⟨S, dKᵀ V + Kᵀ dV − dM W⟩ = ⟨∂K, dK⟩ + ⟨∂V, dV⟩ + ∂λ dλ"
    yield equal(claim, (S * moved).sum(), read)


def cases(found: Solution, **inputs: Any) -> Iterator[Case]:
    """Which of them receive gradients, whatever the numbers."""
    yield Case("gradients", {}, frozenset(found.answer["gradients"]))


class Dual:
    """a + b ε with ε² = 0: running a function on it differentiates it exactly."""

    __slots__ = ("a", "b")

    def __init__(self, a: Any, b: Any) -> None:
        self.a, self.b = a, b

    def __add__(self, o: Any) -> Any:
        return Dual(self.a + o.a, self.b + o.b) if isinstance(o, Dual) else NotImplemented

    def __sub__(self, o: Any) -> Any:
        return Dual(self.a - o.a, self.b - o.b) if isinstance(o, Dual) else NotImplemented

    def __mul__(self, o: Any) -> Any:
        if not isinstance(o, Dual):
            return NotImplemented
        return Dual(self.a * o.a, self.a * o.b + self.b * o.a)

    def __truediv__(self, o: Any) -> Any:
        if not isinstance(o, Dual):
            return NotImplemented
        return Dual(self.a / o.a, (self.b * o.a - self.a * o.b) / (o.a * o.a))

    def __bool__(self) -> bool:
        return bool(self.a)


_dual: Any = np.frompyfunc(Dual, 2, 1)
TINY = 1e-30  # of a step along the imaginary axis: nothing cancels, so it may be as small as that


def check(
    found: Solution, K: Matrix, V: Matrix, Q: Matrix, lam_: Scalar, G: Matrix | None = None
) -> Iterator[Check]:
    """Forget the closed forms: move the inputs along random directions through the attention."""
    yield holds(
        "those named are those that can move it",
        set(found.answer["gradients"]) == moved_somewhere(),
        ", ".join(sorted(moved_somewhere())),
    )
    upstream = np.array([[Q[0, 0] ** 0] * V.shape[1]] * len(Q)) if G is None else G
    inputs = {"keys": K, "values": V, "queries": Q, "lambda": np.array([[lam_]])}
    told = found.answer["derivatives"]
    claimed = {name: np.asarray(told[name]).reshape(M.shape) for name, M in inputs.items()}
    along = {name: direction(M, seed) for seed, (name, M) in enumerate(inputs.items())}
    parts = {name: claimed[name] * along[name] for name in NAMES}
    few = (len(K) + len(Q)) * K.shape[1] * (K.shape[1] + V.shape[1]) <= SMALL
    for names in [(name,) for name in NAMES] if few else [NAMES]:
        met = equal(
            "the gradients are the slopes of the attention along random directions",
            sum(parts[name].sum() for name in names),
            slope_along(inputs, {name: along[name] for name in names}, upstream),
            scale=sum(np.abs(parts[name]).sum() for name in names),
        )
        yield replace(met, evidence=f"{met.evidence}: {', '.join(names)} moved")
    still = [name for name in NAMES if name in found.answer["zero here"]]
    slope = slope_along(inputs, {name: along[name] for name in still}, upstream)
    largest = sum(np.abs(part).sum() for part in parts.values())
    yield holds(
        "zero exactly where no direction moves the output",
        tuple(still) == found.answer["zero here"]
        and same(slope, slope * 0, scale=largest)
        and all(claimed[name].any() for name in NAMES if name not in still),
        f"still: {', '.join(still) or 'none'}",
    )


def direction(M: Matrix, seed: int) -> Matrix:
    """A random direction without zeros to move M along."""
    E = integers(np.random.default_rng(seed), *M.shape, top=10**6, like=M)
    return np.asarray((E + (E == 0)) / (1 if is_exact(M) else 10**6))


def slope_along(inputs: Mapping[str, Matrix], along: Mapping[str, Matrix], upstream: Matrix) -> Any:
    """The slope of ⟨G, O⟩ as these inputs move: by dual numbers, or a complex step."""
    if not is_exact(*inputs.values()):
        moved = {name: M + 1j * TINY * along.get(name, 0) for name, M in inputs.items()}
        return float((_output(moved).imag / TINY * upstream).sum())
    moved = {name: _dual(M, along.get(name, M * 0)) for name, M in inputs.items()}
    slopes = np.vectorize(lambda o: o.b, otypes=[object])(_output(moved))
    return (slopes * upstream).sum()


def _output(inputs: Mapping[str, Matrix]) -> Matrix:
    lam = inputs["lambda"][0, 0]
    return attend(inputs["keys"], inputs["values"], inputs["queries"], lam)


@cache
def moved_somewhere() -> set[str]:
    """The inputs with a non-zero slope on an instance of their own."""
    inputs = {
        "keys": matrix("1,2;0,1;3,-1"),
        "values": matrix("1,0;2,1;-1,3"),
        "queries": matrix("1,1;2,-1"),
        "lambda": matrix("1"),
    }
    upstream = matrix("1,1;1,1")
    return {
        name for name, M in inputs.items() if slope_along(inputs, {name: direction(M, 1)}, upstream)
    }


GENERIC = (
    {
        "K": matrix("1,2,0;0,1,1;3,-1,2;1,1,-2"),
        "V": matrix("1,0;2,1;-1,3;2,2"),
        "Q": matrix("1,1,2;2,-1,0;0,3,1"),
        "lam_": scalar("2/3"),
        "G": matrix("1,2;-1,1;3,0"),
    },
    {
        "K": matrix("1,2,1;0,1,-1"),
        "V": matrix("0,0;0,0"),
        "Q": matrix("1,1,2;1,-1,3"),
        "lam_": scalar("2"),
    },
    {
        "K": matrix("1,2;0,1;3,-1"),
        "V": matrix("1;2;-1"),
        "Q": matrix("0,0"),
        "lam_": scalar("1"),
    },
    {
        "K": matrix("0,0"),
        "V": matrix("1"),
        "Q": matrix("1,2;3,1"),
        "lam_": scalar("3"),
        "G": matrix("1;-2"),
    },
    {  # more than SMALL: all inputs move at once
        "K": integers(np.random.default_rng(1), 10, 5),
        "V": integers(np.random.default_rng(2), 10, 4),
        "Q": integers(np.random.default_rng(3), 3, 5),
        "lam_": scalar("1"),
    },
)
ILL_POSED = (
    ({"lam_": scalar("0")}, "--lam"),
    ({"V": matrix("1;2")}, "--V"),
    ({"Q": matrix("1;2")}, "--Q"),
    ({"G": matrix("1,2")}, "--G"),
    ({"G": matrix("1;2")}, "--G"),
)
KEY = (
    Slot(
        "gradients",
        "select_all",
        "lambda, keys, values, queries",
        assuming=("λ > 0",),
        twins={
            "λ is not learnt": "keys, values, queries",
            "the fit is detached": "queries",
            "half": "lambda, queries",
            "the values alone are learnt": "values",
        },
    ),
)
