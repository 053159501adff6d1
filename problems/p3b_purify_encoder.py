"""3(b) The best linear encoder under a ridge penalty.

Minimise ‖X − WX‖²_F + λ‖W‖²_F over W, in terms of the singular value decomposition
X = U diag(σ) Vᵀ, U square.

    Ŵ = U diag(σ_i²/(σ_i² + λ)) Uᵀ = X Xᵀ (X Xᵀ + λI)⁻¹,

the unique minimiser iff λ > −σ_m², σ_m the smallest singular value (0 if X has fewer independent
columns than rows). Row i of it is the ridge regression of row i of X on all rows of X: m separate
problems with one matrix. At λ = 0 = σ_m there are many minimisers; as λ → 0⁺ Ŵ tends to the
projector on the range of X. For other λ ≤ −σ_m² there is no minimum.
Shapes: X (m, n), W (m, m). O(m² n + m³).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import numpy as np
import sympy as sp

from .exact import (
    Matrix,
    Scalar,
    Vector,
    affordable,
    decimals,
    equal,
    holds,
    identity,
    integers,
    inverse,
    is_exact,
    linear_solve,
    matrix,
    rational,
    same,
    scalar,
    symbols,
)
from .exact.ridge import fit
from .formulas.formula import formula
from .numeric import purify
from .part import Case, Check, InputError, Slot, Solution, Step

MOST_ROOTS = 6  # features up to which the σ_i² are found as exact algebraic numbers
EPSILON = 2.0**-52


def gain(square: Any, penalty: Any) -> Any:
    """What Ŵ leaves of a singular direction with σ² = `square`; σ² + λ is not 0."""
    return square / (square + penalty)


def spectrum(X: Matrix) -> list[Any]:
    """σ_1² ≥ … ≥ σ_m²: exact algebraic numbers up to MOST_ROOTS features; else floats."""
    if is_exact(X) and len(X) <= MOST_ROOTS:
        return list(reversed(sp.Poly(rational(X @ X.T).charpoly().as_expr()).real_roots()))
    found = np.linalg.svd(X.astype(float), compute_uv=False) ** 2
    return [*found.tolist(), *[0.0] * (len(X) - len(found))]


def definite(M: Matrix) -> bool:
    """Whether the symmetric M is positive definite, by the signs of all pivots; O(m³)."""
    M = M.copy()
    for k in range(len(M)):
        if not M[k, k] > 0:
            return False
        M[k + 1 :, k + 1 :] = M[k + 1 :, k + 1 :] - np.outer(M[k + 1 :, k], M[k, k + 1 :]) / M[k, k]
    return True


def encoder(X: Matrix, penalty: Any) -> Matrix:
    """X Xᵀ (X Xᵀ + λI)⁻¹, (m, m); in floating point by the engines, for λ > 0."""
    if X.dtype.kind == "f" and penalty > 0:
        return np.asarray(purify(X, penalty))
    G = X @ X.T
    return np.asarray(G @ inverse(G + penalty * identity(len(X), X)))


def row_losses(X: Matrix, W: Matrix, penalty: Any) -> Vector:
    """‖x_i − Xᵀ w_i‖² + λ‖w_i‖² for each row, (m,)."""
    residual = X - W @ X
    return np.asarray((residual * residual).sum(axis=1) + penalty * (W * W).sum(axis=1))


def solve(
    X: Annotated[Matrix, "data, one point a column, m×n"] = matrix(
        "-2.17,1.98,2.41,-2.03;0.02,-0.01,0.01,-0.02"
    ),
    lam_: Annotated[Scalar, "the ridge penalty λ > −σ_m²"] = scalar("0.001"),
) -> Solution:
    m = len(X)
    affordable("--X", 80 * (m**3 + m * X.size), X, growth=2 * m)
    G = X @ X.T
    if not definite(G + lam_ * identity(m, X)):
        if lam_ == 0:
            raise InputError(
                "--lam is 0 and X Xᵀ singular, so many W attain the minimum: pass --lam above 0 "
                "(as it falls to 0, Ŵ tends to the projector on the range of X)"
            )
        raise InputError(
            f"--lam is {lam_}, but at λ <= −σ_m² there is no unique minimum: "
            "pass --lam above −σ_m², as 0.1"
        )
    W = encoder(X, lam_)
    squares = spectrum(X)
    gains = [float(gain(square, rational(lam_))) for square in squares]
    losses = row_losses(X, W, lam_)
    edge = (
        {} if is_exact(X) and isinstance(squares[0], float) else {"unique above": 0 - squares[-1]}
    )
    shown = decimals if is_exact(X) else np.array
    return Solution(
        answer={"encoder": W, "least loss": losses.sum(), **edge},
        working={
            "gram": G,
            "squares": shown([float(square) for square in squares]),
            "gains": shown(gains),
            "losses by row": losses,
        },
        steps=(
            Step(
                "row by row",
                None,
                "row w_i of W stands in ‖x_i − Xᵀ w_i‖² + λ‖w_i‖² alone, x_i row i of X: "
                "m separate ridge regressions of x_i on the rows of X",
            ),
            Step(
                "gradient",
                None,
                "−2 X (x_i − Xᵀ w_i) + 2 λ w_i = 0, that is (X Xᵀ + λI) w_i = X x_i, "
                "with one matrix for all rows: W (X Xᵀ + λI) = X Xᵀ",
            ),
            Step(
                "Hessian",
                None,
                "2 (X Xᵀ + λI) on each row of W: positive definite iff λ > −σ_m², "
                "then strictly convex",
            ),
            Step("X Xᵀ", "gram", "U diag(σ²) Uᵀ with the singular vectors U of X"),
            Step("σ_i², about", "squares", "eigenvalues of X Xᵀ, largest first"),
            *(
                Step("−σ_m²", name, "the minimiser is unique for every λ above this")
                for name in edge
            ),
            Step("Ŵ", formula(KEY, "encoder"), "the inverse is there, as X Xᵀ + λI is definite"),
            Step(
                "Ŵ in the directions U",
                formula(KEY, "encoder", next(iter(KEY[0].also))),
                "each is scaled by its gain: for λ > 0 strong ones stay and weak ones shrink, "
                "λ = 0 keeps all, λ < 0 amplifies, the weak ones most",
            ),
            Step("gains, about", "gains", f"σ_i²/(σ_i² + λ) at λ = {lam_}"),
            Step("Ŵ", "encoder", "the same matrix without the decomposition"),
            Step("loss of each row at Ŵ", "losses by row", "‖x_i − Xᵀ w_i‖² + λ‖w_i‖²"),
            Step("loss at Ŵ", "least loss", "‖X − ŴX‖² + λ‖Ŵ‖², their sum: no W has less"),
        ),
    )


def prove() -> Iterator[Check]:
    """Each row alone; what any step E adds to the loss; and the gains, for every σ."""
    X, E, lam = symbols("x", 2, 2), symbols("e", 2, 2), sp.Symbol("lambda", positive=True)
    X[0, 1] *= 0  # any X is such a one times orthonormal rows, which no loss sees
    W = encoder(X, lam)
    text = np.array(formula(KEY, "encoder").value({"X": X, "λ": lam}))
    yield equal("Ŵ = X Xᵀ (X Xᵀ + λI)⁻¹", text, W)
    for i, x_i in enumerate(X):
        claim = "a row of Ŵ is the ridge regression of that row of X on the rows of X"
        yield equal(claim, W[i], fit(X.T, x_i[:, None], lam)[:, 0])
    free = symbols("w", 2, 2)
    more = row_losses(X, free + E, lam) - row_losses(X, free, lam)
    shifted = X @ X.T + lam * np.eye(2, dtype=int)
    slope = 2 * ((free @ shifted - X @ X.T) * E).sum(axis=1)
    curvature = ((E @ X) ** 2).sum(axis=1) + lam * (E**2).sum(axis=1)
    claim = "E adds 2⟨W (XXᵀ + λI) − XXᵀ, E⟩ + ‖E X‖² + λ‖E‖² to the loss, row by row"
    yield equal(claim, more, slope + curvature)
    yield equal("the first of these is 0 at Ŵ", W @ shifted, X @ X.T)
    g, h = sp.symbols("sigma_1 sigma_2", positive=True)
    S, U, V = np.array([[g, 0], [0, h]]), DECOMPOSED["U"], np.eye(3, 2, dtype=int).astype(object)
    spectral = formula(KEY, "encoder", next(iter(KEY[0].also)))
    text = np.array(spectral.value({"U": U, "S": S, "V": V, "λ": lam}))
    turned = U @ S @ V.T
    solved = text @ (turned @ turned.T + lam * np.eye(2, dtype=int))
    claim = "U diag(σ_i²/(σ_i² + λ)) Uᵀ is such a W, for every σ"
    yield equal(claim, solved, turned @ turned.T)
    by_gain = U @ np.diag([gain(g**2, lam), gain(h**2, lam)]) @ U.T
    yield equal("the gains are those on its diagonal", by_gain, text)


def cases(found: Solution, X: Matrix, lam_: Scalar) -> Iterator[Case]:
    """The key at these numbers; with the decomposition where it is known exactly."""
    known = np.array_equal(X, DECOMPOSED["U"] @ DECOMPOSED["S"] @ DECOMPOSED["V"].T)
    yield Case(
        "encoder", {**(DECOMPOSED if known else {"X": X}), "λ": lam_}, found.answer["encoder"]
    )


def check(found: Solution, X: Matrix, lam_: Scalar) -> Iterator[Check]:
    """Forget the algebra: leave Ŵ in random directions and the weakest, and look at the loss."""
    W, m, exact = found.answer["encoder"], len(X), is_exact(X)

    def terms(V: Matrix) -> tuple[Vector, Vector]:
        misfit = [sum(x**2 for x in row) for row in X - V @ X]
        return np.array(misfit), np.array([sum(v**2 for v in row) for row in V])

    def loss(V: Matrix) -> Any:
        misfit, size = terms(V)
        return sum(misfit) + lam_ * sum(size)

    here, rng = loss(W), np.random.default_rng(0)
    steps = [integers(rng, m, m, top=99) for _ in range(3)]
    steps = steps if exact else [E.astype(float) / 99 for E in steps]
    level = all(same(loss(W + E), loss(W - E)) for E in steps)
    yield holds("no slope at Ŵ: the loss is the same at Ŵ + E and Ŵ − E", level, "random E")
    steps += weakest(X, lam_, here)
    higher = all(loss(W + E) > here and loss(W - E) > here for E in steps)
    told = "random E, and along the weakest direction of X Xᵀ + λI"
    yield holds("a minimum: the loss is higher at Ŵ + E and Ŵ − E", bool(higher), told)
    misfit, size = terms(W)
    cancel = float(sum(misfit) + abs(lam_) * sum(size))
    yield equal("the least loss is the loss of Ŵ", found.answer["least loss"], here, cancel)
    rows = misfit + lam_ * size
    yield equal("each row's loss is its own", found.working["losses by row"], rows, cancel)
    products = [[sum(x * y for x, y in zip(p, q, strict=True)) for q in X] for p in X]
    yield equal("X Xᵀ, row by row", found.working["gram"], np.array(products))
    yield from _spectral(found, X, lam_)


def weakest(X: Matrix, penalty: Any, here: Any) -> Iterator[Matrix]:
    """Steps, (m, m), along the direction in which X Xᵀ + λI is least.

    In floating point they are so long that what they add shows beside the loss `here`. Exact ones
    are two: the direction as float64 finds it, and one step of inverse iteration closer, which
    sees on which side of −σ_m² a λ beside it is.
    """
    M = X @ X.T + penalty * identity(len(X), X)
    u = np.linalg.eigh(M.astype(float))[1][:, 0]
    rows = np.arange(1, len(X) + 1) * (X.flat[0] * 0 + 1)
    if not is_exact(X):
        curvature = abs(((u @ X) ** 2).sum() + penalty)
        yield np.outer(rows, u) * (abs(here) / curvature if here and curvature else 1) ** 0.5
        return
    u = decimals(u)
    yield np.outer(rows, u)
    yield np.outer(rows, linear_solve(M, u[:, None])[:, 0])


def _spectral(found: Solution, X: Matrix, lam_: Scalar) -> Iterator[Check]:
    """What Ŵ does to the singular vectors of X, from a numerical decomposition."""
    values = np.linalg.eigvalsh((X @ X.T).astype(float))[::-1]
    yield equal("σ² are the eigenvalues of X Xᵀ", found.working["squares"], values)
    U, gains = np.linalg.svd(X.astype(float))[0], found.working["gains"].astype(float)
    lost = 0 if is_exact(X) else EPSILON * values[0] / (values[-1] + float(lam_))
    scale = float(np.abs(gains).max() * (1 + lost * 1e8))  # rounding, where σ_m² + λ is small
    turned = U.T @ found.answer["encoder"].astype(float) @ U
    yield equal("Uᵀ Ŵ U is the diagonal of the gains", turned, np.diag(gains), scale)
    edge = found.answer.get("unique above")
    if (edge is None) != (is_exact(X) and len(X) > MOST_ROOTS):
        yield Check("uniqueness ends at −σ_m²", False, "said where it should not be, or missing")
    elif edge is not None:
        yield equal("uniqueness ends at −σ_m²", edge, -values[-1], 1e-5 * values[0])


DECOMPOSED = {  # X = U S Vᵀ, exactly
    "U": matrix("3/5,-4/5;4/5,3/5"),
    "S": matrix("3,0;0,1/2"),
    "V": matrix("1/3,-2/3;-2/3,1/3;-2/3,-2/3"),
}
GENERIC = (
    {"X": matrix("1,2,-1,0;0,1,3,1;2,-1,1,1"), "lam_": scalar("1/2")},
    {"X": DECOMPOSED["U"] @ DECOMPOSED["S"] @ DECOMPOSED["V"].T, "lam_": scalar("2/3")},
    {"X": matrix("1,2;3,5;1,1"), "lam_": scalar("2")},  # fewer points than features
    {"X": matrix("2,1;1,3"), "lam_": scalar("-1/2")},  # λ < 0, above −σ_m²
    {"X": matrix("2,1;1,3"), "lam_": scalar("0")},
    {
        "X": matrix("1,0,0,0,0,1;0,2,0,0,0,0;0,0,1,0,0,0;0,0,0,3,0,0;0,0,0,0,1,0;0,0,0,0,0,2"),
        "lam_": scalar("1"),
    },
    {"X": matrix("1;2;1;3;1;2;1"), "lam_": scalar("1")},
    {"X": matrix("1,3"), "lam_": scalar("2")},
)
ILL_POSED = (
    ({"X": matrix("2,1;1,3"), "lam_": scalar("-3")}, "--lam is -3, but"),  # a saddle
    ({"X": matrix("2,1;1,3"), "lam_": scalar("-6")}, "--lam is -6, but"),
    ({"X": matrix("2,1;1,3"), "lam_": scalar("-20")}, "--lam is -20, but"),  # a maximum
    ({"X": matrix("1,0;0,2"), "lam_": scalar("-1")}, "--lam is -1, but"),  # −σ_m² itself
    ({"X": matrix("1,2;2,4"), "lam_": scalar("0")}, "--lam is 0 and"),
    ({"X": matrix("1;1"), "lam_": scalar("0")}, "--lam is 0 and"),
    ({"X": matrix("1,0,1;0,1,1;1,1,2"), "lam_": scalar("-1/9")}, "--lam is -1/9, but"),
)
KEY = (
    Slot(
        "encoder",
        "matrix_expr",
        "W = X X^T (X X^T + λ I)^(-1)",
        where=(
            "X: m×n = U S V^T, U: m×m orthogonal, S: m×m diagonal, V: n×m orthonormal, "
            "λ: scalar > 0, σ_i: scalar = diagonal i of S, s_i: scalar = diagonal i of S, "
            "Σ = S, m < n"
        ),
        also={"U diag(σ_i^2/(σ_i^2 + λ)) U^T": "X = U diag(σ) V^T with U square"},
        assuming=("λ > 0",),
        twins={
            "λ lost": "I - (X X^T + λ I)^(-1)",
            "the inverse alone": "(X X^T + λ I)^(-1)",
            "n × n for m × m": "X^T X (X^T X + λ I)^(-1)",
            "σ for σ²": "U diag(σ_i/(σ_i + λ)) U^T",
            "λ squared": "X X^T (X X^T + λ^2 I)^(-1)",
        },
    ),
)
