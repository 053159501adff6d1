"""1(b) The kernel of a scalar and of a two-dimensional model.

Scalar: α = 0.8, β = 1, γ = 1.5 up to L = 4 (the sheet gives δ no value). Two-dimensional: A = [[0.7, 0.1], [0.2, 0.6]],
B = [1, 0]ᵀ, C = [1, 0], D = 0 up to L = 3. Compute the kernels, and read them as impulse responses.

    K_0 = D,   K_l = C A^{l−1} B;   with distinct eigenvalues λ_i:  K_l = Σ_i R_i λ_i^{l−1},
    R_i = C Π_{j≠i} (A − λ_j I)/(λ_i − λ_j) B.

Shapes: A (n, n), B (n, d), C (m, n), D (m, d), K (L+1, m, d). O(L n² d); the closed form costs O(n⁴) once.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from typing import Annotated, Any, Literal

import numpy as np
import sympy as sp

from .part import Answer, Check, InputError, Solution, Step
from .exact import Matrix, affordable, equal, is_exact, matrix, rational, same, zeros
from .system import LONG, counted_from_zero, fits, impulse_response, kernel, labelled

l = sp.Symbol("l", integer=True, positive=True)
delta = sp.Symbol("delta", real=True)
SHEET = {
    "scalar": (matrix("0.8"), matrix("1"), matrix("1.5"), np.array([[delta]], dtype=object), 4),
    "2d": (matrix("0.7,0.1;0.2,0.6"), matrix("1;0"), matrix("1,0"), matrix("0"), 3),
}


def _power(at: int) -> str:
    """What K_at is a product of."""
    return (
        "C B: the impulse has just entered the state"
        if at == 1
        else f"C A{'^' + str(at - 1) if at > 2 else ''} B: {at - 1} step{'s' if at > 2 else ''} later"
    )


def eigenvalues(A: Matrix) -> list[Any] | None:
    """The eigenvalues if they are distinct and written without nested roots (all rational, or n ≤ 2), else None."""
    if not is_exact(A) or len(A) > 6:
        return None
    _, factors = rational(A).charpoly().factor_list()
    if any(times > 1 or factor.degree() > (2 if len(A) == 2 else 1) for factor, times in factors):
        return None
    found = [root for factor, _ in factors for root in sp.roots(factor)]
    return sorted(found, key=lambda f: (-abs(sp.N(f)), str(f)))


def _why_powers(A: Matrix) -> str:
    """Why no closed form is shown."""
    if not is_exact(A):
        return "in floating point: K by powers of A"
    if len(A) > 6:
        return "no closed form is sought beyond n = 6: K by powers of A"
    repeated = any(times > 1 for _, times in rational(A).charpoly().factor_list()[1])
    return (
        "one is repeated, so powers alone do not sum up"
        if repeated
        else "roots of a polynomial of degree 3 or more"
    )


def residues(A: Matrix, B: Matrix, C: Matrix, lambdas: list[Any]) -> list[Any]:
    """R_i with K_l = Σ R_i λ_i^{l−1}: Lagrange interpolation of λ^{l−1} at the eigenvalues, put into A."""
    a, out = rational(A), []
    for i, here in enumerate(lambdas):
        part = rational(B)
        for other in lambdas[:i] + lambdas[i + 1 :]:
            part = (a * part - other * part) / (here - other)
        out.append((rational(C) * part).applyfunc(lambda e: sp.radsimp(e) if e.is_number else e))
    return out


def solve_one(
    A: Matrix, B: Matrix, C: Matrix, D: Matrix, length: int, name: str
) -> tuple[dict[str, Any], list[Step]]:
    """The kernel of one model, and its closed form where the eigenvalues allow one."""
    K = kernel(A, B, C, D, length + 1)
    answer: dict[str, Any] = {"K": K}
    steps = [
        Step(
            f"{name}: K_0 = D",
            K[0],
            "an impulse at step 0 reaches y_0 through D alone" if D.any() else "D is zero",
        ),
        *(Step(f"{name}: K_{at}", K[at], _power(at)) for at in range(1, min(length, 4) + 1)),
        Step(
            f"{name}: the kernel",
            K[:, 0, 0] if K[0].size == 1 else labelled(K, 0),
            "one more factor A each time",
        ),
    ]
    lambdas = eigenvalues(A)
    if lambdas is not None:
        R = residues(A, B, C, lambdas)
        answer["K_l"] = sum(
            (r * at ** (l - 1) for r, at in zip(R, lambdas, strict=True)),
            sp.zeros(len(C), B.shape[1]),
        )
        answer["eigenvalues"] = tuple(lambdas)
        steps += [
            Step(
                f"{name}: eigenvalues of A",
                tuple(lambdas),
                "distinct, so A^(l-1) is Σ λ_i^(l-1) times a projector"
                if len(A) > 1
                else "A is its own eigenvalue",
            ),
            Step(
                f"{name}: K_l for l >= 1",
                answer["K_l"],
                "C and B around the projectors give the weights",
            ),
        ]
    else:
        about = tuple(sorted(np.linalg.eigvals(A.astype(float)).tolist(), key=abs, reverse=True))
        steps.append(Step(f"{name}: eigenvalues of A, about", about, _why_powers(A)))
    grows = max(abs(np.linalg.eigvals(A.astype(float))), default=0)
    fate = "dies out" if grows < 1 else "does not die out"
    steps.append(
        Step(
            f"{name}: impulse response",
            K[:, 0, 0],
            f"y after u = 1, 0, 0, …: largest |λ| = {grows:.4g}: {fate}",
        )
    )
    return answer, steps


def chosen(
    case: str,
    A: Matrix | None,
    B: Matrix | None,
    C: Matrix | None,
    D: Matrix | None,
    length: int | None,
    floating: bool,
) -> dict[str, tuple[Matrix, Matrix, Matrix, Matrix, int]]:
    """The models asked for, by name."""
    if length is not None:
        counted_from_zero(length)
    if A is None and B is None and C is None:
        if D is not None and D.shape != (1, 1):
            raise InputError(
                f"--D is {D.shape[0]}×{D.shape[1]}, but the sheet's models have one output: make it 1×1"
            )
        names = ("scalar", "2d") if case == "sheet" else (case,)
        models = {}
        for name in names:
            a, b, c, d, up_to = SHEET[name]
            a, b, c = (M.astype(float) if floating else M for M in (a, b, c))
            models[name] = (a, b, c, d if D is None else D, up_to if length is None else length)
        return models
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
    models = chosen(case, A, B, C, D, length, floating)
    answer: dict[str, Any] = {}
    steps: list[Step] = []
    for name, (a, b, c, d, up_to) in models.items():
        affordable("--length", (up_to + 1) * a.size * b.shape[1], a, b, c, growth=up_to + 1)
        answer[name], working = solve_one(a, b, c, d, up_to, name)
        steps += working
    return Solution(answer if len(answer) > 1 else next(iter(answer.values())), tuple(steps))


def prove() -> Iterator[Check]:
    """For a general 2×2 model: the closed form obeys the recurrence of its kernel, and starts as the kernel does."""
    p, q = sp.symbols("lambda_1 lambda_2")
    A = np.array([[p - sp.Symbol("t"), sp.Symbol("v")], [0, q + sp.Symbol("t")]], dtype=object)
    A[1, 0] = (
        sp.Symbol("t") * (p - q - sp.Symbol("t")) / sp.Symbol("v")
    )  # so that λ_1 and λ_2 are the eigenvalues
    B, C = (
        np.array([[sp.Symbol("b_1")], [sp.Symbol("b_2")]]),
        np.array([[sp.Symbol("c_1"), sp.Symbol("c_2")]]),
    )
    R = [sum(r) * (p - q) for r in residues(A, B, C, [p, q])]
    dense = rational(A)
    yield equal("tr A = λ_1 + λ_2", dense.trace(), p + q)
    yield equal("det A = λ_1 λ_2", dense.det(), p * q)
    for at in (1, 2):
        K = (rational(C) * dense ** (at - 1) * rational(B))[0]
        yield equal(
            f"any A with λ_1 ≠ λ_2: the sum at l = {at}",
            R[0] * p ** (at - 1) + R[1] * q ** (at - 1),
            (p - q) * K,
        )
    gap = sum(
        r * at ** (l - 1) * (at**2 - (p + q) * at + p * q) for r, at in zip(R, (p, q), strict=True)
    )
    yield equal("K_{l+2} = tr A · K_{l+1} − det A · K_l for every l", gap, 0)
    cayley = dense**2 - (p + q) * dense + p * q * sp.eye(2)
    yield equal(
        "Cayley–Hamilton: A² − tr A · A + det A · I = 0",
        cayley.applyfunc(sp.expand),
        sp.zeros(2, 2),
    )


def asked(inputs: dict[str, Any]) -> dict[str, tuple[Matrix, Matrix, Matrix, Matrix, int]]:
    """The models that a check expects, written out once more from the sheet."""
    given: dict[str, Any] = {name: inputs.get(name) for name in ("A", "B", "C", "D", "length")}
    if given["A"] is not None:
        nothing = np.array([[Fraction(0)] * given["B"].shape[1]] * len(given["C"]))
        D = nothing if given["D"] is None else given["D"]
        return {
            "given": (
                given["A"],
                given["B"],
                given["C"],
                D,
                4 if given["length"] is None else given["length"],
            )
        }
    sheet = {
        "scalar": (
            matrix("4/5"),
            matrix("1"),
            matrix("3/2"),
            np.array([[sp.Symbol("delta", real=True)]]),
            4,
        ),
        "2d": (matrix("7/10,1/10;1/5,3/5"), matrix("1;0"), matrix("1,0"), matrix("0"), 3),
    }
    case = inputs.get("case", "sheet")
    chosen_here = {}
    for name in sheet if case == "sheet" else [case]:
        A, B, C, D, length = sheet[name]
        if inputs.get("floating"):
            A, B, C = A.astype(float), B.astype(float), C.astype(float)
        D = D if given["D"] is None else given["D"]
        chosen_here[name] = (A, B, C, D, length if given["length"] is None else given["length"])
    return chosen_here


def expects_closed_form(A: Matrix) -> bool:
    """n ≤ 6 and distinct eigenvalues, rational ones beyond n = 2."""
    if not is_exact(A) or len(A) > 6:
        return False
    polynomial = rational(A).charpoly()
    distinct = sp.discriminant(polynomial.as_expr(), *polynomial.gens) != 0 if len(A) > 1 else True
    return bool(
        distinct and (len(A) <= 2 or len(sp.Poly(polynomial, domain="QQ").ground_roots()) == len(A))
    )


def check(found: Solution, **inputs: Any) -> Iterator[Check]:
    """Forget the formulas: hit the model with unit impulses and watch its output."""
    models = asked(inputs)
    one = len(models) == 1
    named = all("K" in (found.answer if one else found.answer.get(name) or {}) for name in models)
    named = named and (one or set(found.answer) == set(models))
    yield Check("a kernel for each model asked for, K_0 to K_L", named, ", ".join(models))
    for name, (A, B, C, D, length) in models.items() if named else ():
        got = found.answer if one else found.answer[name]
        response = impulse_response(A, B, C, D, min(length, LONG) + 1)
        full = len(got["K"]) == length + 1
        yield equal(
            "K is the response to unit impulses",
            got["K"][: len(response)] if full else got["K"],
            response,
        )
        if ("K_l" in got) != expects_closed_form(A):
            yield Check(
                "the closed form gives the same numbers",
                False,
                "there where it should not be, or missing",
            )
        elif "K_l" in got:
            wrong = [
                at
                for at in range(1, min(length, 100) + 1)
                if not same(got["K_l"].subs(l, at), response[at])
            ]
            evidence = f"at l = 1 … {min(length, 100)}" if not wrong else f"not at l = {wrong[0]}"
            yield Check("the closed form gives the same numbers", not wrong, evidence)
            lambdas = got["eigenvalues"]
            roots = [sp.simplify((rational(A) - at * sp.eye(len(A))).det()) for at in lambdas]
            fall = all(abs(sp.N(a)) >= abs(sp.N(b)) - 1e-12 for a, b in pairwise(lambdas))
            alike = len(set(lambdas)) == len(A) and not any(roots) and fall
            yield Check(
                "each eigenvalue makes A − λI singular, largest first",
                alike,
                "its determinant is 0" if alike else f"{roots}",
            )


def twins(found: Solution, **inputs: Any) -> dict[str, dict[str, Any]]:
    models = asked(inputs)
    wrong: dict[str, dict[str, Any]] = {}
    for name, (A, B, C, D, length) in models.items():

        def put(title: str, name: str = name, **values: Any) -> None:
            wrong.setdefault(title, {}).update(
                {name: {**found.answer[name], **values}} if name in found.answer else values
            )

        K = found.answer[name]["K"] if name in found.answer else found.answer["K"]
        put(
            "starts at CB: the kernel of x_k = A x_{k−1} + B u_k",
            K=kernel(A, B, C, C @ B, length + 1)[1:],
        )
        put("one power too many: C A^l B", K=kernel(A, A @ B, C, D, length))
        put("A transposed", K=kernel(A.T, B, C, D, length))
        put(
            "powers of the entries of A, not of A",
            K=np.array([D, *(C @ A**at @ B for at in range(length))]),
        )
        put("last entry left out", K=K[:-1])
        got = found.answer.get(name, found.answer)
        if "K_l" in got:
            put("λ^l for λ^(l-1) in the closed form", K_l=got["K_l"].subs(l, l + 1))
            put("diagonal of A for its eigenvalues", eigenvalues=tuple(rational(A).diagonal()))
    if len(models) > 1:
        wrong["one model left out"] = {list(models)[1]: None}
    return wrong


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
    {
        "A": matrix("1,1;3,2"),
        "B": matrix("1,2;-1,1"),
        "C": matrix("3,1"),
        "length": 4,
    },  # eigenvalues with a root
    {
        "A": matrix("1,2;0,1"),
        "B": matrix("1;3"),
        "C": matrix("2,1"),
        "length": 3,
    },  # a Jordan block: no closed form
    {"case": "2d", "D": matrix("7"), "length": 5},
    {"case": "scalar"},
    {"case": "sheet", "length": 2},
    {"A": matrix("2"), "B": matrix("3,1"), "C": matrix("5;1"), "D": matrix("9,8;7,6"), "length": 6},
    {"A": matrix("1/2,0;0,-3"), "B": matrix("1;2"), "C": matrix("1,1")},
    {
        "A": matrix("0,0,2;1,0,0;0,1,0"),
        "B": matrix("1;2;0"),
        "C": matrix("1,1,3"),
        "length": 2,
    },  # cube roots of 2
    {
        "A": matrix("0,2,0;1,0,0;0,0,3"),
        "B": matrix("1;2;0"),
        "C": matrix("1,1,3"),
        "length": 1,
    },  # ±√2 and 3
    {"A": _diagonal(6), "B": matrix("1;1;1;1;1;1"), "C": matrix("1,2,3,4,5,6"), "length": 2},
    {"A": _diagonal(7), "B": matrix("1;1;1;1;1;1;1"), "C": matrix("1,2,3,4,5,6,7"), "length": 1},
    {"case": "sheet", "floating": True},
)
ANSWERS = (
    Answer(
        slot="scalar",
        kind="vector",
        reference="(δ, 1.5, 1.2, 0.96, 0.768)",
        symbols={"δ": "scalar", "D": "= δ"},
        also={"(0, 1.5, 1.2, 0.96, 0.768)": "δ = 0, as the sheet gives it no value"},
        assuming=("K_0 = δ, to which the sheet gives no value",),
        twins={
            "starts at CB: the key of another recurrence": "(1.5, 1.2, 0.96, 0.768)",
            "one power too many": "(0, 1.2, 0.96, 0.768, 0.6144)",
            "last entry left out": "(0, 1.5, 1.2, 0.96)",
        },
    ),
    Answer(
        slot="2d",
        kind="vector",
        reference="(0, 1, 0.7, 0.51)",
        twins={
            "starts at CB": "(1, 0.7, 0.51)",
            "powers of the entries of A": "(0, 1, 0.7, 0.49)",
            "K_0 = CB": "(1, 1, 0.7, 0.51)",
        },
    ),
)
