"""Right numbers: the homework's own, and random ones against independent references."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from hw8cli.solving import defaults
from problems import examine, parts
from problems.exact import linear_solve, matrix, same, scalar, vector
from problems.exact.numbers import in_float64
from problems.formulas.sets import NOTHING, RealSet, above, between
from problems.part import InputError

PARTS = parts()
small = st.fractions(min_value=-3, max_value=3, max_denominator=4)


def exact(shape: tuple[int, int]) -> st.SearchStrategy[Any]:
    entries = st.lists(small, min_size=shape[0] * shape[1], max_size=shape[0] * shape[1])
    return entries.map(lambda values: np.array(values, dtype=object).reshape(shape))


def answer(part: str, **inputs: Any) -> Any:
    return PARTS[part].load().solve(**inputs).answer


def sym(M: Any) -> sp.Matrix:
    return sp.Matrix(
        M.shape[0], M.shape[1], [sp.Rational(x.numerator, x.denominator) for x in M.flat]
    )


HOMEWORK = [
    ("1b", {"case": "scalar"}, "scalar", ["delta", "3/2", "6/5", "24/25", "96/125"]),
    ("1b", {"case": "2d"}, "2d", ["0", "1", "7/10", "51/100"]),
    ("1f", {"p": vector("1,2"), "length": 4}, "power", ["260", "518", "518", "1037"]),
    ("1f", {"p": vector("0,0"), "length": 4}, "coefficient", ["4"]),
    ("1f", {"p": vector("2"), "length": 2}, "power", ["25"]),  # the report's formula gives 97
    ("4a", {"m": vector("2"), "n": 3, "x": vector("6")}, "update", ["3"]),
    (
        "4f",
        {"K": matrix("1,0"), "V": matrix("0,1"), "Q": matrix("1,0"), "lam_": scalar("1")},
        "output",
        ["0", "1/2"],
    ),
]


@pytest.mark.parametrize(("part", "inputs", "name", "want"), HOMEWORK)
def test_known_numbers(part: str, inputs: dict[str, Any], name: str, want: list[str]) -> None:
    assert [str(x) for x in np.asarray(answer(part, **inputs)[name]).flat] == want


def test_the_loss_table_and_its_threshold() -> None:
    found = answer("3a")
    assert found["losses"] == {"α": (0, 2), "β": (Fraction(1, 1000), 1)}
    assert found["threshold"] == above(Fraction(1, 1000), strict=True)


INTERVALS = [
    ({}, between(1, 4)),
    (
        {
            "sigmas": vector("9,6,1/2,1/4"),
            "keep_first": 2,
            "keep": scalar("3/4"),
            "drop": scalar("0.1"),
        },
        between(Fraction(9, 4), 12),
    ),
    (
        {"sigmas": vector("7,5,4"), "keep_first": 2, "keep": scalar("0.9"), "drop": scalar("0.1")},
        NOTHING,
    ),
    (
        {"sigmas": vector("2,0"), "keep_first": 1, "keep": scalar("1/2"), "drop": scalar("1/2")},
        between(0, 4, open_low=True),
    ),
    (
        {"sigmas": vector("0,0"), "keep_first": 1, "keep": scalar("1/2"), "drop": scalar("1/2")},
        NOTHING,
    ),
]


@pytest.mark.parametrize(("inputs", "want"), INTERVALS)
def test_intervals(inputs: dict[str, Any], want: RealSet) -> None:
    assert answer("3c", **inputs)["interval"] == want


@settings(max_examples=15, deadline=None)
@given(exact((3, 3)), exact((3, 2)), exact((2, 3)), exact((2, 2)))
def test_kernel_is_powers_multiplied_out(A: Any, B: Any, C: Any, D: Any) -> None:
    K = answer("1b", A=A, B=B, C=C, D=D, length=4)["given"]
    a, b, c = sym(A), sym(B), sym(C)
    for l in range(1, 5):
        assert same(K[l], c * a ** (l - 1) * b)
    doubled = answer("1d", A=A, B=B, C=C, length=4)["kernel"]
    assert same(doubled, K[1:])
    y = answer("1a", A=A, B=B, C=C, D=D, u=D)["output"]
    assert same(y, np.array([D @ D[0], C @ B @ D[0] + D @ D[1]]))


@pytest.mark.parametrize("levels", [0, 1, 6, 7, 8, 11, 14])
@pytest.mark.parametrize("entry", ["depth here", "work here", "squarings"])
def test_a_wrong_count_of_the_doubling_is_red_at_every_length(levels: int, entry: str) -> None:
    part = PARTS["1d"].load()
    A, B, C = (matrix(text).astype(float) for text in ("0,1;-1,1", "1;2", "3,1;1,2"))
    inputs = {"A": A, "B": B, "C": C, "length": 2**levels}
    found = part.solve(**inputs)
    assert all(check.passed for check in part.check(found, **inputs))
    right = found.answer[entry]
    names = right if isinstance(right, dict) else [""]
    for name in names:
        wrong = {**right, name: right[name] + 1} if name else right + 1
        changed = replace(found, answer={**found.answer, entry: wrong})
        assert not all(check.passed for check in part.check(changed, **inputs)), name


@settings(max_examples=15, deadline=None)
@given(exact((1, 3)), st.integers(0, 5))
def test_dplr_power(p: Any, length: int) -> None:
    column = sym(p).T
    assert same(
        answer("1f", p=p[0], length=length)["power"], (sp.eye(3) + column * column.T) ** length
    )


@settings(max_examples=15, deadline=None)
@given(
    exact((4, 2)),
    exact((4, 2)),
    exact((4, 2)),
    st.fractions(min_value="1/4", max_value=3, max_denominator=4),
)
def test_causal_ridge_and_weights(K: Any, V: Any, Q: Any, lam: Fraction) -> None:
    found = answer("4f", K=K, V=V, Q=Q, lam_=lam)["output"]
    k, v, q = sym(K), sym(V), sym(Q)
    for t in range(1, 5):
        M = k[:t, :].T * k[:t, :] + sp.Rational(lam) * sp.eye(2)
        assert same(
            found[t - 1], np.array((v[:t, :].T * k[:t, :] * M.inv() * q[t - 1, :].T).T.tolist())[0]
        )
    weights = answer("4g", K=K, q=Q[0], lam_=lam)["weights"]
    M = k * k.T + sp.Rational(lam) * sp.eye(4)
    assert same(weights, np.array((M.LUsolve(k * q[0, :].T)).T.tolist())[0])


@settings(max_examples=15, deadline=None)
@given(exact((2, 3)), st.fractions(min_value="1/4", max_value=3, max_denominator=4))
def test_encoder_is_ridge_regression_of_x_on_itself(X: Any, lam: Fraction) -> None:
    x = sym(X)
    normal = (x * x.T + sp.Rational(lam) * sp.eye(2)).LUsolve(x * x.T).T
    assert same(answer("3b", X=X, lam_=lam)["encoder"], normal)


SADDLES = [  # X and a λ at which there is no minimum, though the loss has a stationary point
    ("2,1;1,3", "-3"),
    ("2,1;1,3", "-6"),
    ("2,1;1,3", "-20"),
    ("1,0;0,2", "-3"),
    ("1;2", "-1"),
    ("1,0,1;0,1,1;1,1,2", "-1/9"),
    ("1,2,-1;0,1,3;2,-1,1", "-5"),
]


@pytest.mark.parametrize(("X", "lam"), SADDLES)
@pytest.mark.parametrize("floating", [False, True], ids=["exact", "float64"])
def test_a_point_that_is_no_minimum_fails_the_check(X: str, lam: str, floating: bool) -> None:
    module = PARTS["3b"].load()
    inputs: dict[str, Any] = {"X": matrix(X), "lam_": scalar(lam)}
    inputs = {name: in_float64(value) for name, value in inputs.items()} if floating else inputs
    with pytest.raises(InputError, match="--lam"):
        module.solve(**inputs)
    W = module.encoder(inputs["X"], inputs["lam_"])
    right = module.solve(X=inputs["X"], lam_=inputs["lam_"] * 0 + 1)
    found = replace(right, answer={**right.answer, "encoder": W})
    (minimum,) = (c for c in module.check(found, **inputs) if c.claim.startswith("a minimum"))
    assert not minimum.passed


def test_a_saddle_nearer_than_float64_sees_fails_the_check() -> None:
    module, X = PARTS["3b"].load(), matrix("1,1/2;0,1/2")
    edge = -module.solve(X=X, lam_=Fraction(1)).answer["unique above"]
    lam = -Fraction(str(edge.evalf(40))) - Fraction(1, 10**30)
    with pytest.raises(InputError, match="--lam"):
        module.solve(X=X, lam_=lam)
    right = module.solve(X=X, lam_=Fraction(1))
    found = replace(right, answer={**right.answer, "encoder": module.encoder(X, lam)})
    (minimum,) = (c for c in module.check(found, X=X, lam_=lam) if c.claim.startswith("a minimum"))
    assert not minimum.passed


def test_a_direct_sum_over_the_budget_is_left_out_and_said_so(monkeypatch: Any) -> None:
    module = PARTS["2"].load()
    inputs = module.GENERIC[0]  # 7 steps, 2 inputs and 2 outputs: 196 products
    for budget, left_out in ((195, ("direct",)), (196, ())):
        monkeypatch.setattr(module, "MOST_PRODUCTS", budget)
        found = module.solve(**inputs)
        assert found.working["left out"] == left_out
        assert all(c.passed for c in module.check(found, **inputs))
    monkeypatch.setattr(module, "MOST_PRODUCTS", 195)
    assert not all(c.passed for c in module.check(found, **inputs))


@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid")
def test_an_fft_beyond_float64_is_left_out_and_said_so() -> None:
    model = {
        name: matrix(text) for name, text in zip("ABCD", ("1", "1", "1e308", "0"), strict=True)
    }
    found = PARTS["2"].load().solve(**model, u=matrix("1/10;1/10;1/10;1/10"))
    assert found.working["left out"] == ("FFT",)
    assert "FFT" not in found.working["outputs"]


@settings(max_examples=20, deadline=None)
@given(exact((3, 3)), exact((3, 2)))
def test_linear_solve_against_sympy(M: Any, R: Any) -> None:
    if sym(M).det() == 0:
        with pytest.raises(ZeroDivisionError):
            linear_solve(M, R)
    else:
        assert same(linear_solve(M, R), sym(M).LUsolve(sym(R)))


@settings(max_examples=10, deadline=None)
@given(
    exact((2, 3)),
    st.lists(exact((2, 2)), min_size=2, max_size=4),
    st.fractions(0, 5, max_denominator=9),
)
def test_which_encoder_is_worse(X: Any, W: list[Any], lam: Fraction) -> None:
    found = answer("3a", X=X, W=tuple(W))
    total = {
        a: ((X - w @ X) ** 2).sum() + lam * (w**2).sum() for a, w in zip("αβγδ", W, strict=False)
    }
    assert (lam in found["threshold"]) == (total["α"] > total["β"])
    for name, region in found["worse"].items():
        a, b = name.split(" worse than ")
        assert (lam in region) == (total[a] > total[b])
    assert {a for a, region in found["best"].items() if lam in region} == {
        a for a in total if total[a] == min(total.values())
    }


def test_gradients_against_complex_steps() -> None:
    rng = np.random.default_rng(3)
    K, V, Q, G = (
        rng.normal(size=(4, 3)),
        rng.normal(size=(4, 2)),
        rng.normal(size=(5, 3)),
        rng.normal(size=(5, 2)),
    )
    found = answer("4d", K=K, V=V, Q=Q, lam_=0.7, G=G)["derivatives"]

    def loss(K: Any, V: Any, Q: Any, lam: Any) -> Any:
        return (G * (Q @ np.linalg.solve(K.T @ K + lam * np.eye(3), K.T @ V))).sum()

    for name, at in (("keys", 0), ("values", 1), ("queries", 2), ("lambda", 3)):
        inputs = [K, V, Q, np.array(0.7)]
        for index in np.ndindex(*inputs[at].shape):
            moved = [np.array(x, dtype=complex) for x in inputs]
            moved[at][index] += 1e-30j
            slope = loss(moved[0], moved[1], moved[2], moved[3]).imag / 1e-30
            assert np.isclose(np.asarray(found[name])[index], slope, rtol=1e-10)


BAD = [
    ("1b", {"A": matrix("1,2;3,4")}, "--B"),
    ("1b", {"B": matrix("1;2")}, "--A"),
    ("1b", {"C": matrix("1,2")}, "--A"),
    ("1b", {"A": matrix("1"), "B": matrix("1")}, "--C"),
    ("1b", {"case": "2d", "length": -1}, "--length"),
    ("1b", {"A": matrix("1,2;3,4"), "B": matrix("1"), "C": matrix("1,0")}, "--B"),
    ("1d", {"length": 6}, "--length"),
    ("1f", {"length": -1}, "--length"),
    ("3b", {"X": matrix("1,2;2,4"), "lam_": scalar("0")}, "--lam"),
    ("3b", {"X": matrix("1,0;0,1"), "lam_": scalar("-1")}, "--lam"),
    ("3c", {"sigmas": vector("1,2"), "keep_first": 1}, "--sigmas"),
    ("3c", {"keep": scalar("1")}, "--keep"),
    ("4a", {"n": 0}, "--n"),
    ("4c", {"n": 3, "d": 3}, "--d"),
    ("4e", {"M": matrix("1,2;2,4")}, "--M"),
    ("4e", {"M": matrix("1,0;0,1"), "u": vector("1,0"), "v": vector("-1,0")}, "--u"),
    ("4f", {"lam_": scalar("0")}, "--lam"),
    ("4g", {"q": vector("1,2,3")}, "--q"),
]


BAD += [
    ("1c", {"length": 0}, "--length"),
    ("1c", {"length": 513}, "--length"),
    ("1c", {"m": 0}, "--m"),
    ("1c", {"n": 17}, "--n"),
    ("1d", {"length": 0}, "--length"),
    ("1e", {"length": 0}, "--length"),
    ("2", {"length": 0}, "--length"),
    ("2", {"seed": -1}, "--seed"),
    ("2", {"u": matrix("1,2"), "length": 3}, "--length"),
    ("3a", {"W": (matrix("1,0;0,1"),)}, "--W"),
    ("3b", {"X": matrix("2,1;1,3"), "lam_": scalar("-3")}, "--lam"),
    ("3b", {"X": matrix("1;1"), "lam_": scalar("0")}, "--lam"),
    ("3c", {"sigmas": vector("2,-1"), "keep_first": 1}, "--sigmas"),
    ("3c", {"sigmas": vector("3,2,1"), "keep_first": 0}, "--keep-first"),
    ("3c", {"sigmas": vector("3,2,1"), "keep_first": 3}, "--keep-first"),
    ("3c", {"drop": scalar("0")}, "--drop"),
    ("4b", {"lam_": scalar("-1/9")}, "--lam"),
    ("4c", {"d": 0}, "--d"),
    ("4c", {"n": 10**6 + 1, "d": 2}, "--n"),
]
GOOD = [
    ("4a", {"n": 1}),
    ("4b", {"lam_": scalar("0")}),
    ("4c", {"n": 2, "d": 1}),
    ("4c", {"n": 10**6, "d": 3}),
    ("2", {"length": 1, "seed": 7}),
    ("3b", {"X": matrix("1;1"), "lam_": scalar("1")}),
    ("1c", {"length": 1, "n": 16, "m": 1, "d": 1}),
    ("1d", {"length": 1}),
    ("1f", {"p": vector("1,2"), "length": 0}),
]


@pytest.mark.parametrize(("part", "inputs"), GOOD)
def test_the_least_and_the_most_allowed(part: str, inputs: dict[str, Any]) -> None:
    assert examine.run(PARTS[part], **{**defaults(PARTS[part]), **inputs}).ok


@pytest.mark.parametrize(("part", "inputs", "option"), BAD)
def test_ill_posed_questions_name_the_option_and_the_fix(
    part: str, inputs: dict[str, Any], option: str
) -> None:
    with pytest.raises(InputError, match=option) as error:
        answer(part, **inputs)
    assert ":" in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "want"),
    [("0.36", "9/25"), ("9/25", "9/25"), ("1e-3", "1/1000"), ("-.5", "-1/2"), (" 4 ", "4")],
)
def test_numbers_are_read_as_written(text: str, want: str) -> None:
    assert str(scalar(text)) == want


@pytest.mark.parametrize(
    "text", ["nan", "inf", "1/0", "", "x", "1e9999", "0x10", "1_000", "1" * 2000, "--1", "1//2"]
)
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        scalar(text)
