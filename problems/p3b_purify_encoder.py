"""3(b) The best linear encoder under a ridge penalty.

Minimise ‖X − WX‖²_F + λ‖W‖²_F over W, in terms of the singular value decomposition X = U diag(σ) Vᵀ, U square.

    Ŵ = U diag(σ_i²/(σ_i² + λ)) Uᵀ = X Xᵀ (X Xᵀ + λI)⁻¹,

the unique minimiser iff λ > −σ_m², σ_m the smallest singular value (0 if X has fewer independent columns than rows). At
λ = 0 = σ_m there are many; as λ → 0⁺ Ŵ tends to the projector on the range of X. For other λ ≤ −σ_m² there is no minimum.
Shapes: X (m, n), W (m, m). O(m² n + m³).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import numpy as np
import sympy as sp

from .part import Answer, Check, InputError, Solution, Step
from .exact import (
    Matrix,
    Scalar,
    affordable,
    compiled,
    equal,
    identity,
    integers,
    inverse,
    is_exact,
    matrix,
    rational,
    same,
    scalar,
    symbols,
)
from .numeric import purify

sigma, lam = sp.Symbol("sigma", nonnegative=True), sp.Symbol("lambda", positive=True)
GAIN = sigma**2 / (sigma**2 + lam)


def smallest_square(X: Matrix) -> Any:
    """σ_m², the least eigenvalue of X Xᵀ: an exact algebraic number, a float for float X."""
    if not is_exact(X):
        return float(np.linalg.eigvalsh(X @ X.T)[0])
    roots = sp.Poly(rational(X @ X.T).charpoly().as_expr()).real_roots() if len(X) <= 6 else None
    return min(roots) if roots else None


def definite(M: Matrix) -> bool:
    """Whether the symmetric M is positive definite: all pivots positive, in the arithmetic of M; O(m³)."""
    M = M.copy()
    for k in range(len(M)):
        if not M[k, k] > 0:
            return False
        M[k + 1 :, k + 1 :] = M[k + 1 :, k + 1 :] - np.outer(M[k + 1 :, k], M[k, k + 1 :]) / M[k, k]
    return True


def encoder(X: Matrix, penalty: Any) -> Matrix:
    """X Xᵀ (X Xᵀ + λI)⁻¹; symmetric, so it is solved for from the left. In floating point by the engines, for λ > 0."""
    if X.dtype.kind == "f" and penalty > 0:
        return np.asarray(purify(X, penalty))
    G = X @ X.T
    return np.asarray(G @ inverse(G + penalty * identity(len(X), X)))


def solve(
    X: Annotated[Matrix, "data, one point a column, m×n"] = matrix(
        "-2.17,1.98,2.41,-2.03;0.02,-0.01,0.01,-0.02"
    ),
    lam_: Annotated[Scalar, "the ridge penalty λ > −σ_m²"] = scalar("0.001"),
) -> Solution:
    m = len(X)
    affordable("--X", m**3 + m * X.size, X, growth=2 * m)
    G = X @ X.T
    if not definite(G + lam_ * identity(m, X)):
        if lam_ == 0:
            raise InputError(
                "--lam is 0 and X Xᵀ singular, so many W attain the minimum: pass --lam above 0 "
                "(as it falls to 0, Ŵ tends to the projector on the range of X)"
            )
        raise InputError(
            f"--lam is {lam_}, but at λ <= −σ_m² there is no unique minimum: pass --lam above −σ_m², as 0.1"
        )
    W = encoder(X, lam_)
    least = smallest_square(X)
    values = np.linalg.eigvalsh(G.astype(float))
    gains = tuple(float(v / (v + float(lam_))) for v in np.maximum(values[::-1], 0))
    loss = squares(X - W @ X) + lam_ * squares(W)
    return Solution(
        answer={
            "W": W,
            "gain": GAIN,
            "least loss": loss,
            **({} if least is None else {"unique above": -least}),
        },
        steps=(
            Step("gradient", None, "−2 (X − W X) Xᵀ + 2 λ W = 0, that is W (X Xᵀ + λI) = X Xᵀ"),
            Step(
                "Hessian",
                None,
                "2 (X Xᵀ + λI) on each row of W: positive definite iff λ > −σ_m², then strictly convex",
            ),
            Step("X Xᵀ", G, "U diag(σ²) Uᵀ with the singular vectors U of X"),
            Step("σ_i², about", tuple(values[::-1].tolist()), "eigenvalues of X Xᵀ, largest first"),
            Step(
                "−σ_m²",
                "n/a" if least is None else -least,
                "the minimiser is unique for every λ above this",
            ),
            Step("gain of direction i", GAIN, "Ŵ = U diag(gain) Uᵀ: " + _effect(lam_)),
            Step("gains, about", gains, f"at λ = {lam_}"),
            Step("Ŵ = X Xᵀ (X Xᵀ + λI)⁻¹", W, "the same matrix without the decomposition"),
            Step("loss at Ŵ", loss, "‖X − ŴX‖² + λ‖Ŵ‖²: no W has less"),
        ),
    )


def _effect(penalty: Any) -> str:
    if penalty > 0:
        return "strong directions stay, weak ones shrink"
    return (
        "no penalty: every direction stays"
        if penalty == 0
        else "a negative penalty amplifies, weak directions most"
    )


def squares(M: Matrix) -> Any:
    return (M * M).sum()


def prove() -> Iterator[Check]:
    """The loss along any direction E, exactly; its linear term vanishes at Ŵ and its quadratic one is positive."""
    X, W, E = symbols("x", 2, 2), symbols("w", 2, 2), symbols("e", 2, 2)
    t, g, h = (
        sp.Symbol("t"),
        sp.Symbol("sigma_1", positive=True),
        sp.Symbol("sigma_2", positive=True),
    )

    def loss(V: Matrix) -> Any:
        return squares(X - V @ X) + lam * squares(V)

    line = sp.Poly(sp.expand(loss(W + t * E)), t)
    gradient = 2 * (W @ (X @ X.T + lam * np.eye(2, dtype=int)) - X @ X.T)
    yield equal(
        "slope of the loss along E: ⟨2 (W (XXᵀ + λI) − XXᵀ), E⟩",
        line.coeff_monomial(t),
        sp.expand((gradient * E).sum()),
    )
    yield equal(
        "curvature along E: ‖E X‖² + λ‖E‖²",
        line.coeff_monomial(t**2),
        sp.expand(squares(E @ X) + lam * squares(E)),
    )
    G = symbols("g", 2, 2)
    G[1, 0] = G[0, 1]
    shifted = G + lam * np.eye(2, dtype=int)
    scaled = rational(G) * rational(shifted).adjugate()  # det · G (G + λI)⁻¹
    residual = scaled * rational(shifted) - rational(shifted).det() * rational(G)
    yield equal("the slope is 0 at Ŵ = G (G + λI)⁻¹", residual.applyfunc(sp.expand), sp.zeros(2, 2))
    diagonal = np.array([[g, 0, 0], [0, h, 0]])
    by_gain = sp.diag(*(GAIN.subs(sigma, s) for s in (g, h)))
    yield equal(
        "for X = diag(σ): Ŵ = diag(σ²/(σ² + λ))",
        rational(encoder(diagonal.astype(object), lam)),
        by_gain,
    )


def check(found: Solution, X: Matrix, lam_: Scalar) -> Iterator[Check]:
    """Forget the algebra: go from Ŵ in random directions and look at the original loss alone."""
    W, rng = found.answer["W"], np.random.default_rng(0)

    def loss(V: Matrix) -> Any:
        residual = X - V @ X
        return sum(x**2 for x in residual.flat) + lam_ * sum(v**2 for v in V.flat)

    here, level, higher = loss(W), True, True
    for _ in range(3):
        E = integers(rng, *W.shape, top=99)
        E = E if is_exact(X) else E.astype(float) / 99
        ahead, behind = loss(W + E), loss(W - E)
        level = level and same(ahead, behind)
        higher = bool(higher and ahead > here and behind > here)
    yield Check(
        "no slope at Ŵ: the loss is the same at Ŵ + E and Ŵ − E", level, "three random directions E"
    )
    yield Check("a minimum: the loss is higher at Ŵ + E", higher, "three random directions E")
    yield equal("the least loss is the loss of Ŵ", found.answer["least loss"], here)
    flat = []
    for at, penalty in ((2, 3), (3, 5), (1, -2)):
        gain = found.answer["gain"].subs({sigma: at, lam: penalty})
        ahead, behind = (
            (at - (gain + step) * at) ** 2 + penalty * (gain + step) ** 2 for step in (1, -1)
        )
        flat.append(ahead == behind)
    yield Check("the gain g is level in (σ − gσ)² + λg²", all(flat), "at three pairs σ, λ")
    values, U = np.linalg.eigh((X @ X.T).astype(float))
    gain = compiled((sigma, lam), found.answer["gain"])
    spectral = U @ np.diag([gain(np.sqrt(max(v, 0.0)), float(lam_)) for v in values]) @ U.T
    close = bool(
        np.abs(spectral - W.astype(float)).max() <= 1e-6 * max(1.0, np.abs(spectral).max())
    )
    yield Check("U diag(gain) Uᵀ from a numerical decomposition is Ŵ", close, "within 1e-6")
    shown = "unique above" in found.answer
    if shown != (len(X) <= 6 or not is_exact(X)):
        yield Check("uniqueness ends at −σ_m²", False, "said where it should not be, or missing")
    elif shown:
        edge = found.answer["unique above"]
        off = abs(float(edge) + float(values[0])) > 1e-6 * max(1.0, float(values[-1]))
        yield Check(
            "uniqueness ends at −σ_m²",
            not off,
            f"{float(edge):.6g}, the least eigenvalue is {values[0]:.6g}",
        )


def twins(found: Solution, X: Matrix, lam_: Scalar) -> dict[str, dict[str, Any]]:
    m, G, one = len(X), X @ X.T, identity(len(X), X)
    singular = X @ inverse(X.T @ X + lam_ * identity(X.shape[1], X)) @ X.T
    return {
        "λ lost: I − (XXᵀ + λI)⁻¹": {"W": one - inverse(G + lam_ * one)},
        "inverse alone: (XXᵀ + λI)⁻¹": {"W": inverse(G + lam_ * one)},
        "λ² for λ": {"W": G @ inverse(G + lam_**2 * one), "gain": sigma**2 / (sigma**2 + lam**2)},
        "σ for σ²": {"gain": sigma / (sigma + lam)},
        "the identity: no penalty": {"W": one},
        "half the least loss": {"least loss": found.answer["least loss"] / 2 + 1},
        "off in one corner": {"W": singular + np.outer(one[0], one[m - 1])},
        "a minimum turned over": {"W": found.answer["W"] + one * 10**6},
        **(
            {"unique for every λ > 1 only": {"unique above": sp.Integer(1)}}
            if "unique above" in found.answer
            else {}
        ),
    }


GENERIC = (
    {"X": matrix("1,2,-1,0;0,1,3,1;2,-1,1,1"), "lam_": scalar("1/2")},
    {"X": matrix("1,2;3,5;1,1"), "lam_": scalar("2")},  # fewer points than features
    {"X": matrix("2,1;1,3"), "lam_": scalar("-1/2")},  # λ < 0, above −σ_m²
    {"X": matrix("2,1;1,3"), "lam_": scalar("0")},
    {
        "X": matrix("1,0,0,0,0,1;0,2,0,0,0,0;0,0,1,0,0,0;0,0,0,3,0,0;0,0,0,0,1,0;0,0,0,0,0,2"),
        "lam_": scalar("1"),
    },
    {"X": matrix("1;2;1;3;1;2;1"), "lam_": scalar("1")},
)
ANSWERS = (
    Answer(
        slot="encoder",
        kind="matrix_expr",
        reference="X X^T (X X^T + λ I)^(-1)",
        symbols={
            "X": "m×n = U S V^T",
            "U": "m×m orthogonal",
            "S": "m×m diagonal",
            "V": "n×m orthonormal",
            "λ": "scalar > 0",
            "σ_i": "scalar = diagonal i of S",
            "s_i": "scalar = diagonal i of S",
            "Σ": "= S",
        },
        where=("m < n",),
        names=("W",),
        assuming=("λ > 0",),
        twins={
            "λ lost": "I - (X X^T + λ I)^(-1)",
            "n × n for m × m": "X^T X (X^T X + λ I)^(-1)",
            "σ for σ²": "U diag(σ_i/(σ_i + λ)) U^T",
            "λ squared": "X X^T (X X^T + λ^2 I)^(-1)",
        },
    ),
)
