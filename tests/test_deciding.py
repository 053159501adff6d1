"""The engine that decides: traps, each of which broke something once, and random trees.

Those are held against exact values far beyond what was looked at.

The oracle evaluates both sides in exact fractions at sizes and integers that the decision never
looked at.
"""

from __future__ import annotations

import random
from fractions import Fraction

import pytest

from problems.answers.compare import Different, Equal, decided
from problems.answers.explain import compare
from problems.answers.worlds import small
from problems.formulas.declare import Table, table
from problems.formulas.instance import Evaluation, Instance, Unknown
from problems.formulas.reader import expression
from problems.formulas.tree import Node, Unreadable
from problems.formulas.values import Mismatch, differ
from problems.formulas.walk import Unsupported, walk

MATRICES = "A: n×n, B: n×n, C: n×n"
RIGHT = [
    ("C A^{l-2} A B", "C A^{l-1} B", "C: m×n, A: n×n, B: n×d, l: integer >= 2"),
    ("sum_{j=1}^{L} binom(L,j) s^{j-1}", "((1+s)^L-1)/s", "s: scalar, L: integer >= 0"),
    ("sum_{j=0}^{L} binom(L,j) x^j y^{L-j}", "(x+y)^L", "x: scalar, y: scalar, L: integer >= 0"),
    ("sqrt(x^2)", "x", "x: scalar > 0"),
    ("(x^2)^0.5", "x", "x: scalar > 0"),
    ("3 x^0.5", "(9x)^0.5", "x: scalar > 0"),
    ("(2 V m/(q B^2))^0.5", "(1/B) (2 V m/q)^0.5", "B > 0, V > 0, m: scalar > 0, q > 0"),
    ("1 + sum_{j=1}^{L-1} (1+s)^j", "((1+s)^L-1)/s", "s: scalar, L: integer >= 1"),
    ("sum_{j=0}^{L-1} A^j (I-A)", "I - A^L", "A: n×n, L: integer >= 0"),
    ("K (K^T K + λ I)^{-1} q", "(K K^T + λ I)^{-1} K q", "K: n×d, q: d, λ > 0"),
    ("A - A k k^T A/(1+k^T A k)", "(A^{-1} + k k^T)^{-1}", "A: d×d symmetric, k: d"),
    ("‖-2 p‖", "2 ‖p‖", "p: n"),
    ("sqrt(x y)", "sqrt(x) sqrt(y)", "x > 0, y > 0"),
    ("sqrt(8)", "2 sqrt(2)", ""),
    ("sqrt(11) sqrt(13)", "sqrt(143)", ""),
    ("log(x)+1", "1+log(x)", "x > 0"),
    ("log(x y)", "log(x)+log(y)", "x > 0, y > 0"),
    ("log(8)", "3 log(2)", ""),
    ("exp(x+y)", "exp(x) exp(y)", "x: scalar, y: scalar"),
    ("Q^T Q", "I", "Q: n×n orthogonal"),
    ("n (n-1)/n", "n-1", "n: integer >= 0"),
    ("1/((n-3)(n-2))", "1/(n-3) - 1/(n-2)", "n: integer >= 0"),
    ("sum_{i=1}^{n} i", "n(n+1)/2", "n: integer >= 1"),
    ("x^{n+m}", "x^n x^m", "x: scalar, n: integer >= 1, m: integer >= 1"),
    ("binom(2n,n) x + x", "x (1 + binom(2n,n))", "n: integer >= 0, x: scalar"),
    ("(n I + A)^{-1} (n I + A)", "I", "A: d×d, n: integer >= 1"),
    ("(sum_i c_i)^2", "sum_i sum_j c_i c_j", "c: n, c_i: scalar = entry i of c"),
    ("x + sqrt(-(x-5)) - sqrt(5-x)", "x", "x: scalar"),
]
WRONG = [
    ("(-1)^{l-1} C A^{l-1} B", "C A^{l-1} B", "C: m×n, A: n×n, B: n×d, l: integer >= 1"),
    ("n^2", "2^n", "n: integer >= 0"),
    ("6 n", "n^2 + 8", "A: n×d"),
    ("q (d-2)(d-3)(d-4)", "0", "q: scalar, K: n×d"),
    ("d(d-1)/2 + 1", "2^{d-1}", "K: n×d"),
    ("sum_{j=1}^{9} binom(L,j) s^{j-1}", "((1+s)^L-1)/s", "s: scalar, L: integer >= 0"),
    ("2^n", "sum_{k=0}^{12} binom(n,k)", "n: integer >= 0"),
    ("1/(n+1)", "1/(n+2)", "n: integer >= 0"),
    ("2^{n} 3^{m}", "6^n", "n: integer >= 1, m: integer >= 1"),
    ("x^{n m}", "x^n x^m", "x: scalar, n: integer >= 1, m: integer >= 1"),
    ("1 + sum_{j=1}^{L-1} (1+s)^j", "((1+s)^L-1)/s", "s: scalar, L: integer >= 0"),
    ("0^n", "0", "n: integer >= 0"),
    ("sum_{i=1}^{n} i", "n(n+1)/2", "n: integer >= -3"),
    ("(A-A^T)(B-B^T)", "(B-B^T)(A-A^T)", MATRICES),
    ("(A B - B A)^2 C", "C (A B - B A)^2", MATRICES),
    ("Q P", "P Q", "Q: n×n orthogonal, P: n×n orthogonal"),
    ("Q R", "R Q", "Q: n×n orthogonal, R: n×n orthogonal"),
    ("U^T D U", "U D U^T", "U: n×n orthogonal, D: n×n diagonal"),
    ("sqrt(x^2)", "x", "x: scalar"),
    ("-3", "sqrt(9)", ""),
    ("-3 x^0.5", "(9x)^0.5", "x: scalar > 0"),
    ("sqrt((x-1)^3 (x-2))", "(x-1) sqrt((x-1)(x-2))", "x: scalar"),
    ("sqrt((x-5)^2)", "x-5", "x: scalar > 0"),
    ("log(x)", "2 log(x)", "x > 0"),
    ("log(x+y)", "log(x)+log(y)", "x > 0, y > 0"),
    ("exp(x) + exp(y)", "exp(x+y)", "x: scalar, y: scalar"),
    ("2305843009213693951 x", "0", "x: scalar"),
    ("sum_i λ/(s_i^2+λ)", "3 - sum_i s_i^2/(s_i^2+λ)", "s_i: scalar family n, λ > 0"),
    ("sum_i (x_i/x_i) sum_j x_j", "4 sum_j x_j", "x_i: scalar family n"),
    ("sum_i u_i^0", "2", "u_i: scalar family n"),
    ("sum_{j=m}^{n} 1", "n - m + 1", "n: integer >= 1, m: integer >= 1"),
    ("(-1)^d A", "-A", "A: n×d"),
]
OPEN = [
    ("log(x^2)", "2 log(x)", "x: scalar"),
    ("log(exp(x))", "x", "x: scalar"),
    ("sqrt(x^2+2 x y+y^2)", "x+y", "x > 0, y > 0"),
]


def verdict(answer: str, key: str, where: str) -> str:
    symbols = table(where)
    return compare(
        expression(answer, symbols.names), expression(key, symbols.names), symbols
    ).verdict


@pytest.mark.parametrize(("answer", "key", "where"), RIGHT)
def test_right(answer: str, key: str, where: str) -> None:
    assert verdict(answer, key, where) == "correct"
    assert verdict(key, answer, where) == "correct"


@pytest.mark.parametrize(("answer", "key", "where"), WRONG)
def test_wrong_with_a_witness(answer: str, key: str, where: str) -> None:
    symbols = table(where)
    found = compare(expression(answer, symbols.names), expression(key, symbols.names), symbols)
    assert found.verdict == "incorrect"
    assert found.witness is not None
    assert found.witness["answer"] != found.witness["key"]
    assert verdict(key, answer, where) == "incorrect"


@pytest.mark.parametrize(("answer", "key", "where"), OPEN)
def test_what_no_theorem_reaches_is_left_open(answer: str, key: str, where: str) -> None:
    assert verdict(answer, key, where) == "undecided"


def test_a_power_of_an_unknown_prime_is_not_proved_to_be_one() -> None:
    with pytest.raises(Unreadable, match="exponent"):
        verdict("x^(2305843009213693950)", "1", "x: scalar")


# ------------------------------------------------ random trees, far beyond the window


def exact(
    node: Node, symbols: Table, sizes: dict[str, int], integers: dict[str, int], seed: int
) -> object:
    instance = small(symbols, tuple(sorted(sizes.items())), seed)
    return walk(node, Evaluation(instance, integers))


OUTSIDE = (ZeroDivisionError, Unknown, Unsupported, Unreadable)
INTEGERS = table("n: integer >= 0, s: scalar, x: scalar")


def of_integer(draw: random.Random, depth: int, index: str = "") -> str:
    """A random formula of an integer n, perhaps inside a sum over `index`."""
    leaves = [
        "n",
        "s",
        "x",
        "2",
        "s^n",
        "2^n",
        "(-1)^n",
        "x^{n+1}",
        "(1+s)^n",
        "(1/2)^n",
        "n^2",
        "binom(n,2)",
    ]
    leaves += ["s^j", "x^{n-j}", "j", "2^j", "(-1)^j"] if index else []
    if not depth:
        return draw.choice(leaves)
    kind = draw.randrange(5)
    if kind < 2:
        return f"({of_integer(draw, depth - 1, index)} + {of_integer(draw, depth - 1, index)})"
    if kind == 2:
        return f"({of_integer(draw, depth - 1, index)}) ({of_integer(draw, depth - 1, index)})"
    if index:
        return of_integer(draw, depth - 1, index)
    low, high = draw.choice(
        [("0", "n"), ("1", "n"), ("0", "n-1"), ("1", "n+2"), ("2", "n"), ("0", "4"), ("n", "2n")]
    )
    body = of_integer(draw, depth - 1, "j")
    if draw.random() < 0.3:
        return f"(sum_{{j={draw.choice('012')}}}^{{n}} binom(n,j) ({body}))"
    return f"(sum_{{j={low}}}^{{{high}}} ({body}))"


@pytest.mark.parametrize("seed", range(150))
def test_what_is_proved_of_an_integer_holds_far_beyond(seed: int) -> None:
    draw = random.Random(seed)
    left = of_integer(draw, 3)
    poles = "".join(f" (n-{at})" for at in range(draw.randrange(5)))
    right = draw.choice(
        [
            f"{left} + 0 s",
            f"{left} + {draw.choice(['1', 's', '2^n', '(-1)^n'])}{poles}",
            f"{left} (1+s) - s ({left})",
            of_integer(draw, 3),
        ]
    )
    a, b = (expression(text, INTEGERS.names) for text in (left, right))
    try:
        found = decided(a, b, INTEGERS)
    except (Unreadable, Unsupported):
        return
    same = True
    point = Instance(INTEGERS, {}, values={"s": Fraction(3, 7), "x": Fraction(-5, 3)})
    for n in range(41):
        try:
            values = [walk(t, Evaluation(point, {"n": n})) for t in (a, b)]
        except OUTSIDE:
            continue
        if differ(*values):
            same = False
            break
    if isinstance(found, Equal):
        assert same, (left, right, n)
    if isinstance(found, Different):
        assert not same or found.integers["n"] > 40 or poles, (left, right)


SHAPES = table(
    "A: n×n, B: n×m, C: m×n, S: n×n symmetric, Q: n×n orthogonal, u: n, v: n, λ > 0, n, m"
)
LEAVES = {
    ("n", "n"): ["A", "S", "Q", "u v^T", "I", "B C"],
    ("n", "m"): ["B", "A B", "C^T"],
    ("m", "n"): ["C", "B^T", "C A"],
    ("n", "1"): ["u", "v", "A u", "S v"],
}


def of_matrices(draw: random.Random, wanted: tuple[str, str], depth: int) -> str:
    if not depth:
        return draw.choice(LEAVES[wanted])
    kind = draw.randrange(6)
    if kind < 2:
        sign = draw.choice("+-")
        left, right = (of_matrices(draw, wanted, depth - 1) for _ in range(2))
        return f"({left} {sign} {right})"
    if kind == 2 and wanted[::-1] in LEAVES:
        return f"({of_matrices(draw, wanted[::-1], depth - 1)})^T"
    if kind == 3 and wanted == ("n", "n"):
        square = of_matrices(draw, wanted, depth - 1)
        return f"(({square}) ({square})^T + λ I)^(-1)"
    if kind == 4:
        number, rest = (of_matrices(draw, s, depth - 1) for s in (("n", "n"), wanted))
        return f"(u^T ({number}) v) ({rest})"
    inner = draw.choice(["n", "m"])
    if (wanted[0], inner) in LEAVES and (inner, wanted[1]) in LEAVES:
        left, right = (
            of_matrices(draw, s, depth - 1) for s in ((wanted[0], inner), (inner, wanted[1]))
        )
        return f"({left}) ({right})"
    return of_matrices(draw, wanted, depth - 1)


def rearranged(draw: random.Random, text: str) -> str:
    """Something that may be equal: an identity applied, or one thing changed."""
    return draw.choice(
        [
            f"(({text})^T)^T",
            f"{text} + 0 ({text})",
            text.replace("A", "S", 1),
            text.replace("u^T", "v^T", 1),
            text.replace("B C", "(C^T B^T)^T", 1),
            text.replace("S", "S^T"),
            text.replace("Q", "Q^T", 1),
            text.replace("+", "-", 1),
        ]
    )


@pytest.mark.parametrize("seed", range(150))
def test_what_is_proved_for_all_sizes_holds_at_others(seed: int) -> None:
    draw = random.Random(1000 + seed)
    wanted = draw.choice(list(LEAVES))
    left = of_matrices(draw, wanted, draw.randint(1, 3))
    a, b = (expression(text, SHAPES.names) for text in (left, rearranged(draw, left)))
    try:
        found = decided(a, b, SHAPES)
    except (Unreadable, Unsupported, Mismatch):
        return
    for n, m in ((1, 1), (1, 3), (2, 2), (3, 1), (4, 6), (9, 2)):
        for point in range(2):
            try:
                values = [exact(t, SHAPES, {"n": n, "m": m}, {}, point) for t in (a, b)]
            except OUTSIDE:
                continue
            if differ(*values):
                assert not isinstance(found, Equal), (left, n, m)


@pytest.mark.parametrize("seed", range(80))
def test_index_sums_hold_at_other_sizes(seed: int) -> None:
    draw = random.Random(2000 + seed)
    symbols = table("x_i: scalar family n, y_i: scalar family n, λ > 0, s: scalar")
    parts = ["x_i", "y_i", "x_i^2", "1/(x_i^2+λ)", "x_i y_i", "x_i/x_i", "s"]
    sums = [f"(sum_i {draw.choice(parts)} {draw.choice(parts)})" for _ in range(3)]
    left = f"{sums[0]} {sums[1]} + {sums[2]}"
    right = draw.choice(
        [
            f"{sums[1]} {sums[0]} + {sums[2]}",
            f"sum_i sum_j ({sums[0][7:-1]}) ({sums[1][7:-1].replace('_i', '_j')}) + {sums[2]}",
            f"{sums[0]} {sums[1]} + {draw.choice('234')} s",
            f"{sums[2]} {sums[1]} + {sums[0]}",
        ]
    )
    try:
        a, b = (expression(text, symbols.names) for text in (left, right))
        found = decided(a, b, symbols)
    except (Unreadable, Unsupported, Mismatch):
        return
    for n in (1, 2, 3, 4, 7, 11):
        try:
            values = [exact(t, symbols, {"n": n}, {}, 3) for t in (a, b)]
        except OUTSIDE:
            continue
        if differ(*values):
            assert not isinstance(found, Equal), (left, right, n)


def test_the_chance_of_error_is_computed() -> None:
    symbols = table("x: scalar, n: integer >= 0")
    a, b = (expression(t, symbols.names) for t in ("(1+x)^n (1+x)", "(1+x)^{n+1}"))
    found = decided(a, b, symbols)
    assert isinstance(found, Equal)
    assert "chance of error below 2^-1" in found.how
