"""1(b) The kernel of a scalar and of a two-dimensional model.

Scalar: α = 0.8, β = 1, γ = 1.5 up to L = 4 (the sheet gives δ no value). Two-dimensional:
A = [[0.7, 0.1], [0.2, 0.6]], B = [1, 0]ᵀ, C = [1, 0], D = 0 up to L = 3. Compute the kernels, and
read them as impulse responses.

    K_0 = D,   K_l = C A^{l−1} B;   with distinct eigenvalues λ_i:  K_l = Σ_i R_i λ_i^{l−1},
    R_i = C Π_{j≠i} (A − λ_j I)/(λ_i − λ_j) B.

Shapes: A (n, n), B (n, d), C (m, n), D (m, d); the sheet's kernels have one number a step, (L+1,),
that of a model of your own is (L+1, m, d). O(L n² d); the closed form costs O(n⁴) once.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from typing import Annotated, Any, Literal

import numpy as np
import sympy as sp

from .exact import Matrix, affordable, equal, holds, is_exact, matrix, rational, same, zeros
from .exact.system import (
    LONG,
    counted_from_zero,
    fits,
    impulse_response,
    impulses,
    kernel,
    term_size,
)
from .part import Case, Check, InputError, Slot, Solution, Step

Model = tuple[Matrix, Matrix, Matrix, Matrix, int]  # A, B, C, D, L
MOST_STATES = 6  # for a closed form
l = sp.Symbol("l", integer=True, positive=True)
delta = sp.Symbol("delta", real=True)
SHEET: dict[str, Model] = {
    "scalar": (matrix("0.8"), matrix("1"), matrix("1.5"), np.array([[delta]], dtype=object), 4),
    "2d": (matrix("0.7,0.1;0.2,0.6"), matrix("1;0"), matrix("1,0"), matrix("0"), 3),
}


def _factors(A: Matrix) -> list[tuple[Any, int]]:
    """The factors of the characteristic polynomial, each with how often it occurs.

    None in floating point or beyond MOST_STATES.
    """
    if not is_exact(A) or len(A) > MOST_STATES:
        return []
    return list(rational(A).charpoly().factor_list()[1])


def eigenvalues(A: Matrix) -> tuple[Any, ...]:
    """The eigenvalues, largest first, if they are distinct and written without nested roots.

    That is where all are rational, or n ≤ 2; else none.
    """
    factors, highest = _factors(A), 2 if len(A) == 2 else 1
    if any(times > 1 or factor.degree() > highest for factor, times in factors):
        return ()
    found = [root for factor, _ in factors for root in sp.roots(factor)]
    return tuple(sorted(found, key=lambda at: (-abs(sp.N(at)), str(at))))


def _why_powers(A: Matrix) -> str:
    """About what the eigenvalues are, and why no closed form is shown."""
    factors = _factors(A)
    found = [complex(x) for factor, times in factors for x in factor.nroots() * times]
    found = found or np.linalg.eigvals(A.astype(float)).tolist()
    shown = sorted((x if x.imag else x.real for x in found), key=abs, reverse=True)
    about = f"about {', '.join(f'{x:.4g}' for x in shown[:MOST_STATES])}"
    if not is_exact(A):
        return f"{about}: in floating point K comes by powers of A"
    if not factors:
        return f"{about}, …: no closed form is sought beyond n = {MOST_STATES}"
    if any(times > 1 for _, times in factors):
        return f"{about}: one is repeated, so powers alone do not sum up"
    return f"{about}: roots of a polynomial of degree 3 or more"


def residues(A: Matrix, B: Matrix, C: Matrix, lambdas: tuple[Any, ...]) -> list[Any]:
    """R_i with K_l = Σ R_i λ_i^{l−1}: Lagrange interpolation of λ^{l−1} at the λ_i, put into A."""
    a, out = rational(A), []
    for i, here in enumerate(lambdas):
        part = rational(B)
        for other in lambdas[:i] + lambdas[i + 1 :]:
            part = (a * part - other * part) / (here - other)
        out.append((rational(C) * part).applyfunc(lambda e: sp.radsimp(e) if e.is_number else e))
    return out


def closed_form(A: Matrix, B: Matrix, C: Matrix, lambdas: tuple[Any, ...]) -> Any:
    """K_l = Σ_i R_i λ_i^{l−1} as an m×d sympy matrix in l ≥ 1."""
    nothing = sp.zeros(len(C), B.shape[1])
    terms = zip(residues(A, B, C, lambdas), lambdas, strict=True)
    return sum((R * at ** (l - 1) for R, at in terms), nothing)


def fate(A: Matrix, B: Matrix, C: Matrix, lambdas: tuple[Any, ...]) -> str:
    """Whether the impulse response dies out, decided where there is a closed form."""
    if not lambdas:
        return "it dies out if every |λ| < 1"
    heard = [at for R, at in zip(residues(A, B, C, lambdas), lambdas, strict=True) if any(R)]
    if all(sp.expand(at * sp.conjugate(at)) < 1 for at in heard):
        return "it dies out, as each λ in it has |λ| < 1"
    return "it does not die out, as not each λ in it has |λ| < 1"


def chosen(
    case: str,
    A: Matrix | None,
    B: Matrix | None,
    C: Matrix | None,
    D: Matrix | None,
    length: int | None,
    floating: bool,
) -> dict[str, Model]:
    """The models asked for, by name."""
    if length is not None:
        counted_from_zero(length)
    if A is None and B is None and C is None:
        return _of_the_sheet(case, D, length, floating)
    if case != "sheet":
        raise InputError(
            f"--case {case} has matrices of its own: give either --case or --A, --B, --C"
        )
    if A is None or B is None or C is None:
        missing = ", ".join(o for o, v in (("--A", A), ("--B", B), ("--C", C)) if v is None)
        raise InputError(f"{missing} missing: a model of your own takes --A, --B and --C together")
    D = zeros((len(C), B.shape[1]), A) if D is None else D
    fits(A, B, C, D)
    return {"given": (A, B, C, D, 4 if length is None else length)}


def _of_the_sheet(
    case: str, D: Matrix | None, length: int | None, floating: bool
) -> dict[str, Model]:
    if D is not None and D.shape != (1, 1):
        raise InputError(
            f"--D is {D.shape[0]}×{D.shape[1]}, but the sheet's models have one output: make it 1×1"
        )
    models = {}
    for name in SHEET if case == "sheet" else (case,):
        a, b, c, d, up_to = SHEET[name]
        if floating:
            a, b, c = (M.astype(float) for M in (a, b, c))
            d = d if name == "scalar" else d.astype(float)
        models[name] = (a, b, c, d if D is None else D, up_to if length is None else length)
    return models


def solve(
    case: Annotated[
        Literal["sheet", "scalar", "2d"], "which of the sheet's two models, or both"
    ] = "sheet",
    A: Annotated[Matrix | None, "state matrix of a model of your own, n×n"] = None,
    B: Annotated[Matrix | None, "input matrix, n×d"] = None,
    C: Annotated[Matrix | None, "output matrix, m×n"] = None,
    D: Annotated[
        Matrix | None, "feed-through, m×d; δ in the scalar case and 0 elsewhere if left out"
    ] = None,
    length: Annotated[int | None, "L: the kernel goes from K_0 to K_L (sheet: 4 and 3)"] = None,
    floating: bool = False,
) -> Solution:
    kernels: dict[str, Any] = {}
    spectra: dict[str, Any] = {}
    forms: dict[str, Any] = {}
    steps: list[Step] = []
    for name, model in chosen(case, A, B, C, D, length, floating).items():
        a, b, c, d, up_to = model
        work = 4 * (up_to + 1) * a.size * b.shape[1]
        affordable("--length", work, a, b, c, growth=(up_to + 1) / 2, divides=False)
        K = kernel(a, b, c, d, up_to + 1)
        kernels[name] = K[:, 0, 0] if name in SHEET else K
        if lambdas := eigenvalues(a):
            spectra[name], forms[name] = lambdas, closed_form(a, b, c, lambdas)
        steps += explained(name, model, lambdas)
    there = {"eigenvalues": spectra, "closed form": forms} if forms else {}
    return Solution(kernels | there, tuple(steps))


def explained(name: str, model: Model, lambdas: tuple[Any, ...]) -> Iterator[Step]:
    """The steps of one model."""
    A, B, C, D, length = model
    through = "an impulse at step 0 reaches y_0 through D alone"
    yield Step(f"{name}: K_0 = D", None, through if D.any() else f"{through}, which is zero")
    yield Step(
        f"{name}: K_l = C A^(l-1) B",
        None,
        "the impulse enters the state through B, stays for l − 1 factors A, and is read by C",
    )
    yield Step(f"{name}: the kernel, K_0 … K_{length}", name, "one more factor A each time")
    if lambdas:
        projectors = "distinct, so A^(l-1) is Σ λ_i^(l-1) times a projector"
        alone = "A is its own eigenvalue"
        yield Step(
            f"{name}: eigenvalues of A",
            ("eigenvalues", name),
            projectors if len(A) > 1 else alone,
        )
        yield Step(
            f"{name}: K_l for l >= 1",
            ("closed form", name),
            "C and B around the projectors give the weights",
        )
    else:
        yield Step(f"{name}: eigenvalues of A", None, _why_powers(A))
    yield Step(
        f"{name}: impulse response",
        None,
        f"K_l is y_l after the input 1, 0, 0, …: {fate(A, B, C, lambdas)}",
    )


def prove() -> Iterator[Check]:
    """For a general 2×2 model: the closed form starts as its kernel does, and recurs as it does."""
    p, q, v = sp.symbols("lambda_1 lambda_2 v")
    A = np.array([[p, v], [sp.Integer(0), q]])  # any A is, in a basis in which it is triangular
    B, C = np.array([[*sp.symbols("b_1:3")]]).T, np.array([[*sp.symbols("c_1:3")]])
    K = kernel(A, B, C, np.zeros((1, 1), dtype=int), 4)[:, 0, 0]
    trace, determinant = sum(A.diagonal()), p * q
    R = [sum(weight) * (p - q) for weight in residues(A, B, C, (p, q))]
    for at in (1, 2):
        total = R[0] * p ** (at - 1) + R[1] * q ** (at - 1)
        yield equal(f"any A with λ_1 ≠ λ_2: Σ_i R_i λ_i^(l-1) at l = {at}", total, (p - q) * K[at])
    claim = "K_3 = tr A · K_2 − det A · K_1, and so on with C A for C"
    yield equal(claim, K[3], trace * K[2] - determinant * K[1])
    recurs = (
        W * at ** (l - 1) * (at**2 - trace * at + determinant)
        for W, at in zip(R, (p, q), strict=True)
    )
    yield equal("the sum too: K_{l+2} = tr A · K_{l+1} − det A · K_l for every l", sum(recurs), 0)


def cases(found: Solution, **inputs: Any) -> Iterator[Case]:
    """The sheet's kernels, where nothing of the sheet was changed."""
    if all(inputs.get(name) is None for name in ("A", "B", "C", "D")):
        for name, (*_, length) in SHEET.items():
            if name in found.answer and inputs.get("length") in (None, length):
                yield Case(name, {"δ": delta} if name == "scalar" else {}, found.answer[name])


def asked(inputs: dict[str, Any]) -> dict[str, Model]:
    """The models that a check expects, written out once more from the sheet."""
    given: dict[str, Any] = {name: inputs.get(name) for name in ("A", "B", "C", "D", "length")}
    if given["A"] is not None:
        nothing = np.array([[Fraction(0)] * given["B"].shape[1]] * len(given["C"]))
        D = nothing if given["D"] is None else given["D"]
        length = 4 if given["length"] is None else given["length"]
        return {"given": (given["A"], given["B"], given["C"], D, length)}
    unknown = np.array([[sp.Symbol("delta", real=True)]])
    sheet = {
        "scalar": (matrix("4/5"), matrix("1"), matrix("3/2"), unknown, 4),
        "2d": (matrix("7/10,1/10;1/5,3/5"), matrix("1;0"), matrix("1,0"), matrix("0"), 3),
    }
    case = inputs.get("case", "sheet")
    models = {}
    for name in sheet if case == "sheet" else [case]:
        A, B, C, D, length = sheet[name]
        if inputs.get("floating"):
            A, B, C = A.astype(float), B.astype(float), C.astype(float)
        D = D if given["D"] is None else given["D"]
        models[name] = (A, B, C, D, length if given["length"] is None else given["length"])
    return models


def expects_closed_form(A: Matrix) -> bool:
    """n ≤ 6 and distinct eigenvalues, rational ones beyond n = 2."""
    if not is_exact(A) or len(A) > 6:
        return False
    polynomial = rational(A).charpoly()
    if len(A) > 1 and sp.discriminant(polynomial.as_expr(), *polynomial.gens) == 0:
        return False
    return len(A) <= 2 or len(sp.Poly(polynomial, domain="QQ").ground_roots()) == len(A)


def check(found: Solution, **inputs: Any) -> Iterator[Check]:
    """Forget the formulas: hit the model with unit impulses and watch its output."""
    models = asked(inputs)
    forms, spectra = (found.answer.get(name, {}) for name in ("closed form", "eigenvalues"))
    kernels = {name: K for name, K in found.answer.items() if isinstance(K, np.ndarray)}
    responses = {name: _response(name, model) for name, model in models.items()}
    first, at_once = ({name: K[:1] for name, K in of.items()} for of in (kernels, responses))
    yield equal("each model asked for begins with D, the response at once", first, at_once)
    for name, (A, B, C, D, length) in models.items():
        inputs_used = impulses(len(responses[name]), B.shape[1], A)
        yield equal(
            "K is the response to unit impulses",
            kernels[name][1 : LONG + 1] if len(kernels.get(name, ())) == length + 1 else (),
            responses[name][1:],
            term_size(A, B, C, zeros(D.shape, A), *inputs_used),
        )
    singular = {name: [0] * len(A) for name, (A, *_) in models.items() if expects_closed_form(A)}
    both = [name for name in models if name in forms and name in spectra]
    at_them = {name: _determinants(models[name][0], spectra[name]) for name in both}
    yield equal("each of the distinct eigenvalues makes A − λI singular", at_them, singular)
    for name in both:
        yield from _closed(forms[name], spectra[name], models[name])


def _response(name: str, model: Model) -> Matrix:
    """The response to unit impulses; one number a step for the sheet's models."""
    A, B, C, D, length = model
    response = impulse_response(A, B, C, D, min(length, LONG) + 1)
    return response if name == "given" else response[:, 0, 0]


def _determinants(A: Matrix, lambdas: Any) -> list[Any]:
    """det(A − λI) for each of them; O(n⁴) each."""
    return [sp.expand((rational(A) - at * sp.eye(len(A))).det()) for at in lambdas]


def _closed(form: Any, lambdas: Any, model: Model) -> Iterator[Check]:
    """The closed form against the response to unit impulses, and the order of the eigenvalues."""
    A, B, C, D, length = model
    last = max(2 * len(A), min(length, 100))  # as many numbers as it has weights and bases
    response = impulse_response(A, B, C, D, last + 1)
    wrong = [at for at in range(1, last + 1) if not same(form.subs(l, at), response[at])]
    told = f"not at l = {wrong[0]}" if wrong else f"at l = 1 … {last}"
    yield holds("the closed form gives the same numbers", not wrong, told)
    falling = all(abs(sp.N(a)) >= abs(sp.N(b)) - 1e-12 for a, b in pairwise(lambdas))
    distinct = len(set(lambdas)) == len(A)
    yield holds("the eigenvalues are all, largest first", falling and distinct, f"{len(A)} of them")


def _diagonal(n: int) -> Matrix:
    return np.array([[Fraction(i + 1 if i == j else 0) for j in range(n)] for i in range(n)])


GENERIC = (
    {
        "A": matrix("5/4,-3/4,3/4;1/2,0,-1/2;5/4,-5/4,3/4"),  # eigenvalues 2, 1/2, -1/2
        "B": matrix("1,0;2,1;-1,3"),
        "C": matrix("1,1,2;0,3,-1"),
        "D": matrix("2,5;1,-3"),
        "length": 4,
    },
    {  # eigenvalues with a root
        "A": matrix("1,1;3,2"),
        "B": matrix("1,2;-1,1"),
        "C": matrix("3,1"),
        "length": 4,
    },
    {"A": matrix("1,-2;3,2"), "B": matrix("1;2"), "C": matrix("3,1"), "length": 3},  # complex ones
    {"A": matrix("1,2;0,1"), "B": matrix("1;3"), "C": matrix("2,1"), "length": 3},  # a Jordan block
    {"case": "2d", "D": matrix("7"), "length": 5},
    {"case": "scalar"},
    {"case": "sheet", "length": 2},
    {
        "A": matrix("2"),
        "B": matrix("3,1"),
        "C": matrix("5;1"),
        "D": matrix("9,8;7,6"),
        "length": 6,
    },
    {"A": matrix("1/2,0;0,-3"), "B": matrix("1;2"), "C": matrix("1,1")},
    {  # cube roots of 2
        "A": matrix("0,0,2;1,0,0;0,1,0"),
        "B": matrix("1;2;0"),
        "C": matrix("1,1,3"),
        "length": 2,
    },
    {  # ±√2 and 3
        "A": matrix("0,2,0;1,0,0;0,0,3"),
        "B": matrix("1;2;0"),
        "C": matrix("1,1,3"),
        "length": 1,
    },
    {
        "A": _diagonal(6),
        "B": matrix("1;1;1;1;1;1"),
        "C": matrix("1,2,3,4,5,6"),
        "length": 2,
    },
    {
        "A": _diagonal(7),
        "B": matrix("1;1;1;1;1;1;1"),
        "C": matrix("1,2,3,4,5,6,7"),
        "length": 1,
    },
    {"case": "sheet", "floating": True},
)
_A, _B, _C = matrix("1,2;3,4"), matrix("1;2"), matrix("1,3")
ILL_POSED = (
    ({"length": -1}, "--length"),
    ({"D": matrix("1,2")}, "--D is 1×2, but the sheet's"),
    ({"case": "2d", "A": _A, "B": _B, "C": _C}, "--case"),
    ({"A": _A}, "--B, --C missing"),
    ({"B": _B}, "--A, --C missing"),
    ({"C": _C}, "--A, --B missing"),
    ({"A": _A, "B": _B}, "--C missing"),
    ({"A": _A, "C": _C}, "--B missing"),
    ({"B": _B, "C": _C}, "--A missing"),
    ({"A": _A, "B": _B, "C": _C, "D": matrix("1,2")}, "--D"),
    ({"A": _A, "B": _B, "C": matrix("1")}, "--C"),
)
KEY = (
    Slot(
        "scalar",
        "vector",
        "(δ, 1.5, 1.2, 0.96, 0.768)",
        where="δ: scalar, D = δ",
        also={"(0, 1.5, 1.2, 0.96, 0.768)": "δ = 0, as the sheet gives it no value"},
        assuming=("K_0 = δ, to which the sheet gives no value",),
        twins={
            "starts at CB: the key of another recurrence": "(1.5, 1.2, 0.96, 0.768)",
            "K_0 = CB": "(1.5, 1.5, 1.2, 0.96, 0.768)",
            "one power too many": "(0, 1.2, 0.96, 0.768, 0.6144)",
            "last entry left out": "(0, 1.5, 1.2, 0.96)",
        },
    ),
    Slot(
        "2d",
        "vector",
        "(0, 1, 0.7, 0.51)",
        twins={
            "starts at CB": "(1, 0.7, 0.51)",
            "powers of the entries of A": "(0, 1, 0.7, 0.49)",
            "K_0 = CB": "(1, 1, 0.7, 0.51)",
            "one power too many": "(0, 0.7, 0.51, 0.383)",
            "last entry left out": "(0, 1, 0.7)",
        },
    ),
)
