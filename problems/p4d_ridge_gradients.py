"""4(d) What receives gradients in ridge self-attention?

Which of the ridge λ, the keys, the values and the queries receive gradients when the output is differentiated?

All four. With M = KᵀK + λI, W = M⁻¹KᵀV, O = Q W, an upstream gradient G of O, H = QᵀG and S = M⁻¹H:

    ∂Q = G Wᵀ,   ∂V = K S,   ∂K = (V − K W) Sᵀ − K S Wᵀ,   ∂λ = −⟨S, W⟩.

For λ > 0; at λ = 0 with fewer keys than entries M is singular. V = 0 makes W = 0 and kills ∂Q, ∂K and ∂λ, not ∂V.
Shapes: K (n, d), V (n, e), Q, (t, d), G (t, e). O((n + t) d (d + e) + d³).
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Annotated, Any

import numpy as np
import sympy as sp

from .core import Answer, Check, Solution, Step
from .exact import (
    Matrix,
    Scalar,
    affordable,
    equal,
    integers,
    is_exact,
    linear_solve,
    matrix,
    scalar,
    shaped,
    symbols,
)
from .numeric import ridge_attention_vjp
from .ridge import attend, fit, fits, with_ridge

NAMES = ("lambda", "keys", "values", "queries")


def gradients(K: Matrix, V: Matrix, Q: Matrix, lam: Any, G: Matrix) -> dict[str, Any]:
    """The gradient of ⟨G, O⟩ with respect to each input; in floating point by the engines."""
    if K.dtype.kind == "f":
        found = ridge_attention_vjp(Q, K, V, lam, G)
        return {"lambda": found.lam, "keys": found.K, "values": found.V, "queries": found.Q}
    S = linear_solve(with_ridge(K.T @ K, lam), Q.T @ G)
    return {**pulled_back(K, V, fit(K, V, lam), S), "queries": G @ fit(K, V, lam).T}


def pulled_back(K: Matrix, V: Matrix, W: Matrix, S: Matrix) -> dict[str, Any]:
    """What ⟨S, dKᵀ V + Kᵀ dV − (dKᵀ K + Kᵀ dK + dλ I) W⟩ weighs dλ, dK and dV with; `prove` shows it."""
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
    affordable("--K", (n + len(Q)) * d * (d + V.shape[1]) + d**3, K, V, Q, growth=3 * d)
    found = gradients(K, V, Q, lam_, upstream)
    zero = tuple(name for name in NAMES if not np.any(found[name]))
    return Solution(
        answer={"receive gradients": NAMES, "gradients": found, "zero here": zero},
        steps=(
            Step(
                "O = Q W, so ∂Q = G Wᵀ",
                found["queries"],
                "0 iff every row of G is orthogonal to W's, as for W = 0",
            ),
            Step(
                "M W = KᵀV, so dW = M⁻¹ (dKᵀ V + Kᵀ dV − dM W)",
                None,
                "differentiate both sides, M = KᵀK + λI",
            ),
            Step(
                "∂V = K S, S = M⁻¹ Qᵀ G",
                found["values"],
                "the term Kᵀ dV: linear, so V itself does not matter",
            ),
            Step(
                "∂K = (V − K W) Sᵀ − K S Wᵀ",
                found["keys"],
                "dKᵀ V and dM = dKᵀ K + Kᵀ dK: K stands on both sides",
            ),
            Step(
                "∂λ = −⟨S, W⟩",
                found["lambda"],
                "dM = dλ I: λ is an input like any other, and is learnt like one",
            ),
            Step("receive gradients", NAMES, "all four, wherever M is invertible: λ > 0 is enough"),
            Step("zero for these numbers", zero or "none", _why_zero(V, Q, upstream, zero)),
        ),
    )


def ones(Q: Matrix, V: Matrix) -> Matrix:
    """The upstream gradient of Σ O."""
    return (
        np.full((len(Q), V.shape[1]), Fraction(1)) if is_exact(Q) else np.ones((len(Q), V.shape[1]))
    )


def _why_zero(V: Matrix, Q: Matrix, G: Matrix, zero: tuple[str, ...]) -> str:
    if not zero:
        return "every one of them moves the output"
    if not np.any(V):
        return "V = 0 makes W = 0: the output is 0 whatever Q, K and λ are"
    return (
        "Q or G is 0: nothing flows back"
        if not (np.any(Q) and np.any(G))
        else "a coincidence of these numbers"
    )


def prove() -> Iterator[Check]:
    """The derivative of an inverse; what moves from one side of the product to the other; and the differential, read off."""
    M, dM, R = sp.symbols("M dM R", commutative=False)
    dA = -(M**-1) * dM * M**-1
    yield equal("d(M⁻¹) = −M⁻¹ dM M⁻¹ keeps M M⁻¹ = I", sp.expand(dM * M**-1 + M * dA), 0)
    yield equal("so dW = M⁻¹ (dR − dM W) for W = M⁻¹R", dA * R, -(M**-1) * dM * (M**-1 * R))
    P, H, E = symbols("p", 2, 2), symbols("h", 2, 2), symbols("e", 2, 2)
    P[1, 0] = P[0, 1]
    yield equal(
        "⟨H, M⁻¹ E⟩ = ⟨M⁻¹ H, E⟩, as M is symmetric",
        sp.expand((H * (P @ E)).sum()),
        sp.expand(((P @ H) * E).sum()),
    )
    K, V, W, S = symbols("k", 3, 2), symbols("v", 3, 2), symbols("w", 2, 2), symbols("s", 2, 2)
    dK, dV, dlam = symbols("dk", 3, 2), symbols("dv", 3, 2), sp.Symbol("dlambda")
    moved = (
        dK.T @ V + K.T @ dV - (dK.T @ K + K.T @ dK + dlam * np.eye(2, dtype=int).astype(object)) @ W
    )
    found = pulled_back(K, V, W, S)
    read = (found["keys"] * dK).sum() + (found["values"] * dV).sum() + found["lambda"] * dlam
    yield equal(
        "⟨S, dKᵀ V + Kᵀ dV − dM W⟩ = ⟨∂K, dK⟩ + ⟨∂V, dV⟩ + ∂λ dλ",
        sp.expand((S * moved).sum()),
        sp.expand(read),
    )
    G, dQ = symbols("g", 2, 2), symbols("dq", 2, 2)
    yield equal(
        "⟨G, dQ W⟩ = ⟨G Wᵀ, dQ⟩", sp.expand((G * (dQ @ W)).sum()), sp.expand(((G @ W.T) * dQ).sum())
    )


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
        return (
            Dual(self.a * o.a, self.a * o.b + self.b * o.a)
            if isinstance(o, Dual)
            else NotImplemented
        )

    def __truediv__(self, o: Any) -> Any:
        return (
            Dual(self.a / o.a, (self.b * o.a - self.a * o.b) / (o.a * o.a))
            if isinstance(o, Dual)
            else NotImplemented
        )

    def __bool__(self) -> bool:
        return bool(self.a)


_dual: Any = np.frompyfunc(Dual, 2, 1)


def check(
    found: Solution, K: Matrix, V: Matrix, Q: Matrix, lam_: Scalar, G: Matrix | None = None
) -> Iterator[Check]:
    """Forget the closed forms: move each input along random directions and differentiate the attention itself."""
    upstream, rng = (
        np.array([[Q[0, 0] ** 0] * V.shape[1]] * len(Q)) if G is None else G,
        np.random.default_rng(0),
    )
    inputs = {"keys": K, "values": V, "queries": Q, "lambda": np.array([[lam_]])}
    moved = set()
    for name, value in inputs.items():
        claimed = np.asarray(found.answer["gradients"][name]).reshape(value.shape)
        for _ in range(2):
            E = integers(rng, *value.shape, top=99)
            E = E + (E == 0) if is_exact(K) else (E + (E == 0)).astype(float) / 99
            slope = slope_along(inputs, name, E, upstream)
            if slope:
                moved.add(name)
            met = equal(
                f"the gradient of {name} is the slope of the attention", (claimed * E).sum(), slope
            )
            if not met.passed:
                break
        yield met
    still = {name for name in NAMES if name not in moved}
    yield Check(
        "zero exactly where no direction moves the output",
        set(found.answer["zero here"]) == still,
        f"still: {', '.join(sorted(still)) or 'none'}",
    )
    generic = (
        {"lambda", "keys", "values", "queries"} if moved == set(NAMES) else None
    ) or _moves_somewhere()
    yield Check(
        "those named are those that can move it",
        set(found.answer["receive gradients"]) == generic,
        ", ".join(sorted(generic)),
    )


def slope_along(inputs: dict[str, Matrix], name: str, E: Matrix, upstream: Matrix) -> Any:
    """The derivative of ⟨G, O⟩ as one input moves along E."""
    dual = {other: _dual(v, E if other == name else v * 0) for other, v in inputs.items()}
    out = attend(dual["keys"], dual["values"], dual["queries"], dual["lambda"][0, 0])
    return (np.vectorize(lambda o: o.b, otypes=[object])(out) * upstream).sum()


def _moves_somewhere() -> set[str]:
    """The inputs with a non-zero slope on an instance of their own."""
    inputs = {
        "keys": matrix("1,2;0,1;3,-1"),
        "values": matrix("1,0;2,1;-1,3"),
        "queries": matrix("1,1;2,-1"),
        "lambda": matrix("1"),
    }
    upstream, rng = matrix("1,1;1,1"), np.random.default_rng(1)
    return {
        name
        for name, v in inputs.items()
        if slope_along(inputs, name, integers(rng, *v.shape, top=99) + v, upstream)
    }


def twins(
    found: Solution, K: Matrix, V: Matrix, Q: Matrix, lam_: Scalar, G: Matrix | None = None
) -> dict[str, dict[str, Any]]:
    upstream, W = ones(Q, V) if G is None else G, fit(K, V, lam_)
    S = linear_solve(with_ridge(K.T @ K, lam_), Q.T @ upstream)
    right = found.answer["gradients"]

    def wrong(name: str, value: Any) -> dict[str, Any]:
        return {"gradients": {**right, name: value}}

    return {
        "λ is a constant, not learnt": {"receive gradients": NAMES[1:]},
        "queries only: the fit is detached": {"receive gradients": ("queries",)},
        "keys through KᵀV alone, KᵀK held fixed": wrong("keys", V @ S.T),
        "keys without the second side of KᵀK": wrong("keys", (V - K @ W) @ S.T),
        "sign of ∂λ": wrong("lambda", -right["lambda"]),
        "∂V without the inverse": wrong("values", K @ Q.T @ upstream),
        "∂Q = G V": wrong("queries", right["queries"] * 2),
        "nothing vanishes, or all": {"zero here": () if found.answer["zero here"] else NAMES},
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
)
ANSWERS = (
    Answer(
        slot="gradients",
        kind="select_all",
        reference="lambda, keys, values, queries",
        assuming=("λ > 0",),
        twins={
            "λ is not learnt": "keys, values, queries",
            "the fit is detached": "queries",
            "half": "lambda, queries",
        },
    ),
)
