"""What is read in one expression, what is refused and where, and that what is shown reads back as the same tree."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from problems.formulas.declare import table
from problems.formulas.reader import expression
from problems.formulas.tree import Node, Unreadable, call, diag, elem, ident, norm, num, sym
from problems.formulas.write import shown

WHERE = (
    "A: n×n, B: n×n, S: n×n symmetric, v: n, w: n, K: n×d, q: d, x_i: d = row i of K, c_i: scalar family n, "
    "λ: scalar > 0, a: scalar, b: scalar, L: integer >= 1, l: integer >= 1"
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
