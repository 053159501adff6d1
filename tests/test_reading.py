"""What is read in one expression, what is refused and where; what is shown reads back."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from problems.formulas.declare import table
from problems.formulas.reader import expression
from problems.formulas.strangers import unified
from problems.formulas.tree import Node, Unreadable, call, diag, elem, every, ident, norm, num, sym
from problems.formulas.write import shown

WHERE = (
    "A: n×n, B: n×n, S: n×n symmetric, v: n, w: n, K: n×d, q: d, x_i: d = row i of K, "
    "c_i: scalar family n, λ: scalar > 0, a: scalar, b: scalar, L: integer >= 1, l: integer >= 1"
)
NAMES = table(WHERE).names

NUMBERS = st.fractions(-3, 9, max_denominator=4).map(num)
POSITIVE = st.integers(2, 12).map(num)
SCALARS = st.sampled_from(["λ", "a", "b", "L", "l", "n"]).map(sym)
MATRICES = st.sampled_from(["A", "B", "S", "K"]).map(sym)
VECTORS = st.sampled_from(["v", "w", "q"]).map(sym)


def _sums(body: Node, index: str, family: str) -> Node:
    counted = Node("mul", (elem(family, sym(index)), body))
    return Node("sum", (counted, num(1), sym("n")), index)


def _fraction(top: Node, bottom: Node) -> Node:
    """As the reader makes it: of two numbers it is one number."""
    if top.op == bottom.op == "num" and bottom.of:
        return num(top.of / bottom.of)
    return Node("div", (top, bottom))


def _negated(node: Node) -> Node:
    return num(-node.of) if node.op == "num" else Node("mul", (num(-1), node))


def _product(factors: list[Node]) -> Node:
    return Node("mul", tuple(factors))


def scalars(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    some = st.lists(inner, min_size=2, max_size=3)
    return st.one_of(
        some.map(lambda x: Node("add", tuple(x))),
        some.map(_product),
        inner.map(_negated),
        st.builds(_fraction, inner, inner),
        st.builds(
            lambda x, e: Node("pow", (x, e)), inner, st.one_of(POSITIVE, NUMBERS, SCALARS, inner)
        ),
        st.builds(lambda x: Node("abs", (x,)), inner),
        st.builds(call, st.sampled_from(["sqrt", "log", "log2", "exp"]), inner),
        st.builds(lambda x, y: call("binom", x, y), inner, inner),
        st.builds(_sums, inner, st.sampled_from(["i", "j"]), st.just("c")),
    )


NUMBER = st.recursive(
    st.one_of(
        NUMBERS,
        SCALARS,
        st.just(elem("c", num(2))),
        st.just(elem("c", Node("add", (sym("l"), num(1))))),
        st.just(norm(sym("v"))),
        st.just(norm(sym("K"), "F")),
        st.just(call("tr", sym("A"))),
        st.just(Node("elem", (num(1), sym("l")), "A")),
        st.just(elem("v", num(3))),
    ),
    scalars,
    max_leaves=8,
)


def matrices(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    some = st.lists(inner, min_size=2, max_size=3)
    return st.one_of(
        some.map(lambda x: Node("add", tuple(x))),
        some.map(_product),
        inner.map(_negated),
        inner.map(lambda x: Node("transpose", (x,))),
        st.builds(
            lambda x, e: Node("pow", (x, e)), inner, st.one_of(st.just(num(-1)), POSITIVE, SCALARS)
        ),
        st.builds(lambda s, x: Node("mul", (s, x)), NUMBER, inner),
        st.builds(lambda x, s: Node("mul", (x, s)), inner, NUMBER),
        st.builds(lambda x, s: Node("div", (x, s)), inner, NUMBER),
        st.builds(lambda x: norm(x, "F"), inner),
        st.builds(lambda x: _sums(x, "i", "x"), inner),
    )


TREE = st.recursive(
    st.one_of(
        MATRICES,
        VECTORS,
        st.just(ident()),
        st.just(ident("n")),
        st.just(diag((Node("pow", (elem("c", sym("k")), num(2))),), "k")),
        st.just(diag((sym("v"),))),
        st.just(Node("grid", (num(1), sym("a"), num(Fraction(1, 2)), sym("b")), 2)),
        st.just(Node("grid", (num(1), sym("a")), 1)),
    ),
    matrices,
    max_leaves=10,
)


@given(st.one_of(NUMBER, TREE))
@settings(max_examples=600, deadline=None)
def test_what_is_shown_reads_back_as_the_same_tree(tree: Node) -> None:
    text = shown(tree)
    try:
        expression(text, NAMES)
    except Unreadable as error:
        assume("scalar product" not in error.why)
    assert expression(text, NAMES) == tree, (text, shown(expression(text, NAMES)))


# ------------------------------------------------------------------ what is read

SLOT = (
    "C_t: d×d, A_t: d×d symmetric, q_t: d, k_t: d, C = C_t, A = A_t, q = q_t, K: n×d, "
    "x_i: d = row i of K, y: n, σ_i: scalar family n, λ: scalar > 0, s: scalar, L: integer >= 0, "
    "p: d, v: n, m: scalar, M_inv: d×d"
)
READ = [  # scripts, in every order and dress
    (r"C_t^T A_t q_t", "C_tᵀ·A_t·q_t"),
    (r"C^\top_t A_t q_t", "C_tᵀ·A_t·q_t"),
    (r"{C}_{t}^{T} q", "C_tᵀ·q_t"),
    (r"C_t{}^T q", "C_tᵀ·q_t"),
    ("CᵀA_tq_t", "C_tᵀ·A_t·q_t"),
    ("Cₜᵀ Aₜ⁻¹", "C_tᵀ·A_t⁻¹"),
    (r"C^{\text{T}} q", "C_tᵀ·q_t"),
    (r"\mathbf{C}_t^{\mathsf{T}} \vec{q}_t", "C_tᵀ·q_t"),
    ("σ^2_i", "σ_i²"),
    ("A^{-T}", "(A_t⁻¹)ᵀ"),
    ("A'^2", "(A_tᵀ)²"),
    ("A^-1 + inv(A)", "A_t⁻¹ + A_t⁻¹"),
    ("M_inv q", "M_{inv}·q_t"),
    (r"\left(C\right)^{\top}\!q", "C_tᵀ·q_t"),
    (r"\underbrace{A_t}_{d \times d} q", "A_t·q_t"),
    ("A inverse times C transpose", "A_t⁻¹·C_tᵀ"),
    # I
    (r"λ Id + A", "λ·I + A_t"),
    ("A + In", "A_t + I_n"),
    (r"I_{d\times d} + \mathbb{I}", "I_d + I"),
    # numbers
    ("s^{1/2} + s**0.5", "s^(1/2) + s^(1/2)"),
    (r"\frac12 s + ½ s", "1/2·s + 1/2·s"),
    ("|s| + |p|^2", "|s| + ‖p‖²"),
    ("e^{-s}", "exp(−s)"),
    (r"\log^2 s", "log(s)²"),
    ("log L log s", "log(L)·log(s)"),
    ("s ÷ λ", "s/λ"),
    ("s/-(1+L)*λ", "s/(−(1 + L))·λ"),
    (r"\|K\|^2_F", "‖K‖_F²"),
    (r"\mathrm{tr}(A C) + Tr(C)", "tr(A_t·C_t) + tr(C_t)"),
    (r"\langle p, q\rangle + p \cdot q", "pᵀ·q_t + pᵀ·q_t"),
    # below the line or beside it
    ("v v^T / v^T v", "v·vᵀ/(vᵀ·v)"),
    ("1/2 s", "1/2·s"),
    ("s/λ p p^T", "s/λ·p·pᵀ"),
    ("s/p^Tp Cpp^T", "s/(pᵀ·p)·C_t·p·pᵀ"),
    # sums
    (r"\sum_{i=1}^{n}\sum_{j=1}^n K_{ij}", "Σ_{i=1..n} Σ_{j=1..n} K_{i,j}"),
    ("sum_i=1^n x_i x_i^T", "Σ_{i=1..n} x_i·x_iᵀ"),
    ("∑ᵢ₌₁ⁿ yᵢxᵢ", "Σ_{i=1..n} y_i·x_i"),
    ("sum(i=1..n) σ_i", "Σ_{i=1..n} σ_i"),
    ("sum(σ_i) s", "(Σ_{i=1..n} σ_i)·s"),
    ("Σ_{i≤n} y_i", "Σ_{i=1..n} y_i"),
    (r"\sum_{1 \le i < n} y_i", "Σ_{i=1..n − 1} y_i"),
    (r"\sum_{i,j} K_{i,j}", "Σ_{i=1..n} Σ_{j=1..d} K_{i,j}"),
    (r"\sum_{s=1}^{L} s", "Σ_{s=1..L} s"),
    (r"λ I + x_1 x_1^T + \cdots + x_n x_n^T", "λ·I + Σ_{i=1..n} x_i·x_iᵀ"),
    ("1 + s + s^2 + … + s^L", "Σ_{i=0..L} s^i"),
    # diagonals
    ("diag(σ²/(σ²+λ))", "diag(σ_i²/(σ_i² + λ))"),
    (r"\operatorname{diag}(σ_1, …, σ_n) + Σ_{i} σ_i", "diag(σ_i) + Σ_{i=1..n} σ_i"),
    (r"\Sigma^{-2}", "diag(σ_i)⁻²"),
    (r"\begin{bmatrix}1&s\\λ&2\end{bmatrix}", "[1, s; λ, 2]"),
    ("[[1], [s]]", "[1; s]"),
    # NumPy, torch, jax
    ("C.T @ A @ q", "C_tᵀ·A_t·q_t"),
    ("A.dot(q) @ C", "C_tᵀ·(A_t·q_t)"),
    ("1 + p @ p", "1 + pᵀ·p"),
    ("s * A @ np.outer(p, q)", "s·A_t·(p·q_tᵀ)"),
    ("np.linalg.solve(A + lam*np.eye(d), q)", "(A_t + λ·I_d)⁻¹·q_t"),
    ("np.linalg.multi_dot([C.T, A, q])", "C_tᵀ·A_t·q_t"),
    ("torch.linalg.matrix_power(A, L) @ q", "A_t^L·q_t"),
    ("torch.einsum('ji,jk,k->i', C, A, q)", "C_tᵀ·A_t·q_t"),
    ("np.einsum('ij,ij->', A, C)", "tr(A_t·C_tᵀ)"),
    ("np.einsum('i,j->ij', p, q)", "p·q_tᵀ"),
    ("np.linalg.norm(K)", "‖K‖_F"),
    ("np.sum(v)", "Σ_{i=1..n} v_i"),
]


@pytest.mark.parametrize(("text", "tree"), READ)
def test_read_in_a_slot(text: str, tree: str) -> None:
    found = expression(text, table(SLOT).names)
    assert shown(found) == tree
    assert all(node.at is not None for node in every(found))


OWN = [  # letters that nobody declared
    ("xy + Xw", "", "x·y + X·w"),
    ("(X'X)^{-1} X'y", "", "(Xᵀ·X)⁻¹·Xᵀ·y"),
    ("p(1-p)", "", "p·(1 − p)"),
    ("v v^T / v^T v", "", "v·vᵀ/(vᵀ·v)"),
    (r"\hat{y} - y", "", "y\u0302 − y"),
    (r"\bar x_n", "", "x\u0304_n"),
    (r"\hat{v} + v", "v: n, v_hat: n", "v_{hat} + v"),
    (r"\sum_{i=1}^n x_i^2 + x_1", "", "Σ_{i=1..n} x_i² + x_1"),
    ("x_1 + x_2 + … + x_n", "", "Σ_{i=1..n} x_i"),
    ("c1*a1^(k-1)", "", "c_1·a_1^(k − 1)"),
    (r"2 \pi r", "", "2·π·r"),
    ("γ^T", "γ: scalar, T: integer >= 1", "γ^T"),
    ("A^{T-1} A^T", "A: n×n, T: integer >= 1", "A^(T − 1)·A^T"),
    ("A^T T", "A: n×n, T: n×n", "Aᵀ·T"),
    ("m' - m", "m: scalar, m': scalar", "m' − m"),
    ("UΣV^T", "U: n×n, Σ: n×n, V: n×n", "U·Σ·Vᵀ"),
]


@pytest.mark.parametrize(("text", "where", "tree"), OWN)
def test_read_with_strangers(text: str, where: str, tree: str) -> None:
    assert shown(expression(text, table(where, strangers=True).names)) == tree


def test_a_family_of_strangers_is_one_everywhere() -> None:
    names = table("", strangers=True).names
    first, total = expression("x_1 + x_2", names), expression("sum_{i=1}^2 x_i", names)
    assert {x.op for x in every(unified((first, total), names)[0])} == {"add", "elem", "num"}


# ------------------------------------------------------------------ what is refused, and where

REFUSED = [
    ("1/2n", 3, "below the line"),
    ("s / λ L", 6, "below the line"),
    ("s/λ(1+L)", 3, "below the line"),
    (r"2\frac12", 1, "mixed number"),
    ("(1+s)2", 5, "is it a power"),
    ("2 3", 2, "is it a power"),
    ("s^2^3", 3, "power of a power"),
    ("s!", 1, "factorials"),
    ("λ'", 1, "prime"),
    ("(1+s)^T", 6, "is T an exponent"),
    (r"\hat q", 0, "nobody declared"),
    (r"\mathbf{1}^T y", 0, "vector of ones"),
    (r"\nabla s", 0, "gradient"),
    (r"\frac{d}{ds} s", 0, "derivatives"),
    (r"\mathbb{E}[s]", 0, "styled letter E"),
    ("q_i", 0, "nobody declared"),
    ("A_i y", 0, "nobody declared"),
    ("A[0]", 1, "entry"),
    ("A (1, 2)", 2, "row or a column"),
    ("(1, 2) + p", 0, "row or a column"),
    ("C_12 q", 0, "nobody declared"),
    ("InA", 0, "nobody declared"),
    ("I_q", 0, "size"),
    ("|A|", 0, "determinant"),
    (r"\|p\|_1", 0, "norm"),
    ("log s L", 6, "bracket"),
    ("sum_j=0^L-1 s^j", 9, "bound"),
    ("p·q", 1, "scalar product"),
    ("s + ", 4, "its end"),
    ("(s", 2, "its end"),
    ("s)", 1, "')'"),
    ("C = A", 2, "'='"),
    ("C or so", 2, "'or'"),
    ("K * K.T @ y", 2, "entry by entry"),
    ("(A @ A)**2", 7, "entry by entry"),
    ("A.T / C", 4, "entry by entry"),
    ("A @ q + s", 6, "stretches"),
    ("v @ v.T", 2, "without sides"),
    ("np.einsum('i,i->i', p, q)", 3, "joins two places"),
    ("diag(s)", 0, "one number"),
    ("s + é", 4, "not known"),
    ("s" * 4001, 4000, "characters"),
    ("(" * 41, 40, "nested"),
    ("log " * 70 + "s", 240, "nested"),
    ("s+" * 1200 + "s", 1600, "signs"),
]


@pytest.mark.parametrize(("text", "at", "why"), REFUSED)
def test_refused_in_a_slot(text: str, at: int, why: str) -> None:
    with pytest.raises(Unreadable) as refused:
        expression(text, table(SLOT).names)
    assert why in refused.value.why
    assert refused.value.at == at


STRANGE = [
    ("f(x)", 0, "function"),
    ("f'(x)", 0, "function"),
    ("P(A) P(B)", 0, "function"),
    ("E[x^2]", 0, "function"),
    ("abcd", 0, "nobody declared"),
    ("sin x", 0, "not read"),
    ("x' - x", 1, "prime"),
    (r"\gamma^T V", 7, "is T an exponent"),
    ("(1+r)^T P", 6, "is T an exponent"),
    (r"\mathbf{x}^T x", 0, "two styles"),
    (r"\mathcal{L}(θ)", 0, "styled letter"),
    ("dx", 0, "nobody declared"),
    ("|x|", 0, "vector"),
    ("e^2", 0, "Euler"),
    ("x_val", 2, "braces"),
    (r"\sum_i x_i", 0, "how far"),
    (r"\sum_{i=1}^n x_{ij}", 16, "index"),
    ("a / b c", 6, "below the line"),
    ("c * X.T @ y", 2, "entry by entry"),
    ("x @ y", 2, "scalar product"),
    ("In + A", 0, "nobody declared"),
]


@pytest.mark.parametrize(("text", "at", "why"), STRANGE)
def test_refused_with_strangers(text: str, at: int, why: str) -> None:
    with pytest.raises(Unreadable) as refused:
        expression(text, table("", strangers=True).names)
    assert why in refused.value.why
    assert refused.value.at == at


def test_a_power_that_does_not_fit_may_be_a_transposition() -> None:
    with pytest.raises(Unreadable, match="transposition"):
        expression("B^T", table("B: n×d, T: integer >= 1").names)


def test_a_local_name_is_known_by_what_defines_it() -> None:
    names = table(SLOT).names
    local = names.defining("u", expression("A @ q", names))
    assert shown(expression("1 + q @ u", local)) == "1 + q_tᵀ·u"
    with pytest.raises(Unreadable):
        expression("u * u @ q", local)
    number = local.defining("c", expression("1/(1 + q @ u)", local))
    assert shown(expression("c * A @ u", number)) == "c·A_t·u"
