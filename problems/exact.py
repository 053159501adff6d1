"""Exact numbers in and out, and the two sentences in which parts state their checks.

Scalars are `Fraction`, vectors and matrices numpy arrays of them, so that a formula written once with `@` and `.T`
runs on exact rationals, on float64 (`--float`), on sympy symbols in a proof, and on counted numbers.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray
from sympy.matrices.exceptions import NonSquareMatrixError, ShapeError

from .core import Check, InputError, Solution

Scalar = Fraction
Vector = NDArray[Any]
Matrix = NDArray[Any]

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d{1,3})?(/\d+(\.\d*)?(e[+-]?\d{1,3})?)?", re.IGNORECASE | re.ASCII)
MOST_ENTRIES = 10_000  # in exact arithmetic
TOLERANCE = 1e-7  # relative to the largest entry and 1; used for floating-point input only
BUDGET = 8e6  # elementary exact operations on short fractions, about a microsecond each
MOST_FLOPS = 1e11  # elementary floating-point operations: about a minute


def scalar(text: str) -> Scalar:
    """`0.36` is 9/25, not 0.35999…: decimals are read as they are written; also `9/25` and `1e-3`."""
    text = text.strip()
    if not text:
        raise InputError("an entry is empty: write 0 where you mean 0")
    if len(text) > 1000 or not _NUMBER.fullmatch(text):
        shown = text if len(text) < 40 else text[:37] + "…"
        raise InputError(f"{shown!r} is not a number: write 0.36, 9/25 or 1e-3")
    top, _, bottom = text.partition("/")
    if bottom and not Fraction(bottom):
        raise InputError(f"{text!r} divides by zero: change the denominator")
    return Fraction(top) / Fraction(bottom or 1)


def nearest(text: str) -> float:
    """The float64 nearest to the number written."""
    try:
        return float(scalar(text))
    except OverflowError:
        raise InputError(f"{text.strip()} is beyond float64: pass less than 1e308, or drop --float") from None


def vector(text: str, entry: Callable[[str], Any] = scalar, most: int = MOST_ENTRIES) -> Vector:
    """`10,8,4`, separated by commas or spaces."""
    if not text.strip():
        raise InputError("it is empty: give numbers, as 10,8,4")
    entries = re.split(r"\s*,\s*|\s+", text.strip())
    _enough(len(entries), most)
    return _array(map(entry, entries)) if entry is scalar else np.array(list(map(entry, entries)))


def matrix(text: str, entry: Callable[[str], Any] = scalar, most: int = MOST_ENTRIES) -> Matrix:
    """`0.7,0.1;0.2,0.6`, rows separated by semicolons or else by line breaks; (rows, columns)."""
    if ";" in text and "\n" in text.strip():
        raise InputError("it has both semicolons and line breaks: separate rows by one of them, entries by commas")
    rows = [r for r in re.split(r"[;\n]", text.strip()) if r.strip()]
    if not rows:
        raise InputError('it is empty: give rows, as "0.7,0.1;0.2,0.6"')
    _enough(sum(r.count(",") + 1 for r in rows), most)
    read = [vector(r, entry, most) for r in rows]
    for number, row in enumerate(read, 1):
        if len(row) != len(read[0]):
            raise InputError(f"row 1 has {len(read[0])} entries, row {number} has {len(row)}: make them equally long")
    return np.array(read)


def _enough(entries: int, most: int) -> None:
    if entries > most:
        raise InputError(
            f"it has {entries:,} entries, over {most:,}: {'add --float' if most == MOST_ENTRIES else 'pass fewer'}"
        )


def _array(values: Iterable[Any]) -> Vector:
    listed = list(values)
    out = np.empty(len(listed), dtype=object)
    out[:] = listed
    return out


def is_exact(*values: Any) -> bool:
    """True where nothing among the arrays and scalars is a float."""
    return not any(np.asarray(v).dtype.kind in "fc" for v in values)


def exact_throughout(value: Any) -> bool:
    """True where no float is among the values of an answer."""
    if isinstance(value, dict):
        return all(map(exact_throughout, value.values()))
    if isinstance(value, np.ndarray | tuple):
        return all(not isinstance(v, float | np.floating) for v in np.asarray(value, dtype=object).flat)
    return not isinstance(value, float)


def in_float64(value: Any) -> Any:
    """An input of a part in floating point; what is no number, or a size, stays."""
    if isinstance(value, np.ndarray):
        return value.astype(float)
    if isinstance(value, tuple):
        return tuple(map(in_float64, value))
    return float(value) if isinstance(value, Fraction) else value


def in_floating_point(part: Any) -> Solution:
    """The part's first generic instance, solved in float64: by the engines of `numeric`."""
    with within_float64():
        found: Solution = part.solve(**{name: in_float64(value) for name, value in part.GENERIC[0].items()})
    return found


def agreement(exact: Solution, floating: Solution, measured: tuple[str, ...]) -> Iterator[Check]:
    """Whether the numbers of an exact answer and of a floating one are the same; nothing where there are none."""
    compared, worst, where = 0, 0.0, ""
    for name in exact.answer.keys() & floating.answer.keys() - set(measured):
        right, found = (list(_numbers(solution.answer[name])) for solution in (exact, floating))
        if not any(isinstance(value, float) for value in found):
            continue
        compared += len(found)
        scale = max([abs(value) for value in right], default=0.0) or 1.0
        gaps = [abs(a - b) / scale for a, b in zip(right, found, strict=True)] if len(right) == len(found) else [math.inf]
        if max(gaps) >= worst:
            worst, where = max(gaps), name
    if compared:
        shown = (
            f"{compared} numbers, {f'at most {worst:.0e} of the largest apart' if worst else 'the very same'}"
            if worst <= 1e-9
            else f"{where} is off by {worst:.0e}"
        )
        yield Check("exact and floating results agree", worst <= 1e-9, shown)


def _numbers(value: Any) -> Iterator[Any]:
    """Every number in an answer, as a float; of the exact ones too."""
    if isinstance(value, dict):
        for name in sorted(value, key=str):
            yield from _numbers(value[name])
    elif isinstance(value, np.ndarray | tuple | list):
        for inner in np.asarray(value, dtype=object).flat if isinstance(value, np.ndarray) else value:
            yield from _numbers(inner)
    elif isinstance(value, sp.Interval):
        yield from (float(end) for end in (value.start, value.end))
    elif isinstance(value, Fraction | float | np.floating) or (isinstance(value, sp.Expr) and value.is_number):
        yield float(value)


def identity(n: int, like: Matrix) -> Matrix:
    """The n×n identity in the arithmetic of `like`."""
    return np.eye(n, dtype=float) if like.dtype.kind in "fc" else np.eye(n, dtype=int).astype(object) * Fraction(1)


def zeros(shape: int | tuple[int, ...], like: Matrix) -> Matrix:
    """Zeros in the arithmetic of `like`."""
    return np.zeros(shape, dtype=float) if like.dtype.kind in "fc" else np.full(shape, Fraction(0), dtype=object)


def integers(rng: np.random.Generator, *shape: int, top: int = 9) -> Matrix:
    """Random integers −top … top as exact numbers."""
    return np.asarray(np.vectorize(Fraction, otypes=[object])(rng.integers(-top, top + 1, shape)))


def symbols(name: str, *shape: int) -> Matrix:
    """An array of real sympy symbols name_11, name_12, …"""
    names = [f"{name}_{''.join(str(i + 1) for i in at)}" for at in np.ndindex(*shape)]
    return _array(sp.Symbol(n, real=True) for n in names).reshape(shape)


def inside(region: sp.Set, value: Any) -> bool:
    """Whether a number lies in a set of reals: an interval, a union of them, or the empty set."""
    if isinstance(region, sp.Union):
        return any(inside(part, value) for part in region.args)
    if isinstance(region, sp.Interval):
        above = region.start < value or (region.start == value and not region.left_open)
        below = value < region.end or (value == region.end and not region.right_open)
        return bool(above and below)
    return bool(region.contains(value))


def linear_solve(M: Matrix, R: Matrix) -> Matrix:
    """X with M X = R, by elimination in any exact field; float64 goes to LAPACK. M: (n, n), R: (n, r); O(n³ + n² r).

    Raises ZeroDivisionError where M is singular.
    """
    if M.dtype.kind in "fc":
        try:
            return np.linalg.solve(M, R)
        except np.linalg.LinAlgError:
            raise ZeroDivisionError("the matrix is singular") from None
    n, W = len(M), np.concatenate([M, R], axis=1)
    for k in range(n):
        pivot = next((i for i in range(k, n) if W[i, k]), None)
        if pivot is None:
            raise ZeroDivisionError("the matrix is singular")
        W[[k, pivot]] = W[[pivot, k]]
        for i in range(k + 1, n):
            W[i, k + 1 :] = W[i, k + 1 :] - W[i, k] / W[k, k] * W[k, k + 1 :]
    for k in reversed(range(n)):
        W[k, n:] = W[k, n:] / W[k, k]
        for i in range(k):
            W[i, n:] = W[i, n:] - W[i, k] * W[k, n:]
    return W[:, n:]


def inverse(M: Matrix) -> Matrix:
    """M⁻¹, as `linear_solve`."""
    return linear_solve(M, identity(len(M), M))


def rational(value: Any) -> Any:
    """A Fraction or an array of them, as sympy takes it; anything else unchanged."""
    if isinstance(value, np.ndarray):
        return sp.Matrix(value.shape[0], value.shape[1], [rational(v) for v in value.flat])
    return sp.Rational(value.numerator, value.denominator) if isinstance(value, Fraction) else value


def same(lhs: Any, rhs: Any) -> bool:
    """Whether two answers are equal: exactly, or within TOLERANCE where one of them is floating point.

    False also where it cannot be told, and where shapes differ.
    """
    if isinstance(lhs, sp.MatrixBase):
        lhs = np.array(lhs.tolist(), dtype=object)
    if isinstance(rhs, sp.MatrixBase):
        rhs = np.array(rhs.tolist(), dtype=object)
    if isinstance(lhs, dict) and isinstance(rhs, dict):
        return lhs.keys() == rhs.keys() and all(same(lhs[k], rhs[k]) for k in lhs)
    if isinstance(lhs, np.ndarray) or isinstance(rhs, np.ndarray):
        if np.shape(lhs) != np.shape(rhs):
            return False
        a, b = np.asarray(lhs), np.asarray(rhs)
        symbolic = any(isinstance(x, sp.Basic) for x in [*a.flat, *b.flat]) if object in (a.dtype, b.dtype) else False
        if is_exact(a, b) or symbolic:
            return all(_equal(x, y) for x, y in zip(a.flat, b.flat, strict=True))
        if not (np.isfinite(a.astype(float)).all() and np.isfinite(b.astype(float)).all()):
            return False
        scale = max(1.0, float(np.abs(a).max(initial=0)), float(np.abs(b).max(initial=0)))
        return float(np.abs(a - b).max(initial=0)) <= TOLERANCE * scale
    return _equal(lhs, rhs)


def unchanged(twin: Any, right: Any) -> bool:
    """Whether a twin's value is the right one here; formulas are compared as written, so a bad twin shows up."""
    if isinstance(twin, dict) and isinstance(right, dict):
        return twin.keys() == right.keys() and all(unchanged(twin[k], right[k]) for k in twin)
    return bool(twin == right) if isinstance(twin, sp.Basic | sp.MatrixBase) else same(twin, right)


def _equal(x: Any, y: Any) -> bool:
    x, y = (Fraction(v.p, v.q) if isinstance(v, sp.Rational) else v for v in (x, y))
    if isinstance(x, float | np.floating) or isinstance(y, float | np.floating):
        if any(getattr(v, "free_symbols", None) for v in (x, y)):
            return False
        return math.isclose(x, y, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    if isinstance(x, sp.Expr) or isinstance(y, sp.Expr):
        gap = sp.expand(rational(x) - rational(y))
        if gap == 0:
            return True
        at_a_point = gap.subs({name: sp.prime(i) for i, name in enumerate(sorted(gap.free_symbols, key=str), 3)})
        if at_a_point.is_number and abs(at_a_point.evalf(20)) > 1e-9:
            return False
        return bool(sp.cancel(gap) == 0 or sp.simplify(gap) == 0)
    return bool(x == y)


def equal(claim: str, lhs: Any, rhs: Any) -> Check:
    """lhs = rhs, for every value of the symbols in them; the evidence is the first entry where they part."""
    if same(lhs, rhs):
        size = f"all {np.size(lhs)} entries" if np.size(lhs) > 1 else "equal"
        return Check(claim, True, size + ("" if is_exact(_plain(lhs), _plain(rhs)) else f" within {TOLERANCE:g}"))
    a, b = _plain(lhs), _plain(rhs)
    if np.shape(a) != np.shape(b):
        return Check(claim, False, f"shapes {np.shape(a)} and {np.shape(b)}")
    for at in np.ndindex(*np.shape(a)):
        if not same(a[at], b[at]):
            where = f" at {tuple(i + 1 for i in at)}" if at else ""
            return Check(claim, False, f"{a[at]} against {b[at]}{where}")
    return Check(claim, False, f"{lhs} against {rhs}")


def _plain(value: Any) -> NDArray[Any]:
    if isinstance(value, sp.MatrixBase):
        return np.array(value.tolist(), dtype=object)
    return np.asarray(value) if isinstance(value, np.ndarray | float | int) else np.array(value, dtype=object)


def holds(claim: str, truth: Any, evidence: str = "") -> Check:
    """A claim that is simply true or not; None, sympy's 'cannot tell', counts as not."""
    return Check(claim, truth in (True, sp.true) and truth is not None, evidence)


def shaped(option: str, value: Matrix, rows: int | None, columns: int | None, fits: str) -> None:
    """Raise InputError unless `value` is rows × columns (None: any)."""
    r, c = value.shape
    if (rows not in (None, r)) or (columns not in (None, c)):
        wanted = f"{'any' if rows is None else rows}×{'any' if columns is None else columns}"
        raise InputError(f"{option} is {r}×{c}, but {fits}: make it {wanted}")


@contextmanager
def within_float64() -> Iterator[None]:
    """InputError, not infinity or NaN, where floating point overflows."""
    try:
        with np.errstate(over="raise", invalid="raise", divide="raise"):
            yield
    except (FloatingPointError, OverflowError):
        raise InputError(
            "--float overflows with these numbers: give smaller ones or a shorter --length, or drop --float"
        ) from None


def positive(option: str, value: Any, why: str) -> None:
    """Raise InputError unless value > 0."""
    if not value > 0:
        raise InputError(f"{option} is {value}, but {why}: pass a number above 0, as 1/2")


def affordable(option: str, operations: float, *values: Any, growth: int = 1) -> None:
    """Raise InputError where exact, or even floating-point, arithmetic would take minutes.

    `growth` is by what factor the digits of the entries multiply on the way; an operation on b-bit fractions is taken
    to cost (1 + b/256)^1.6 short ones, which is what Python's integers do.
    """
    if not is_exact(*values):
        if operations > MOST_FLOPS:
            raise InputError(f"{option} asks for about {operations:.0e} operations: pass less")
        return
    entries = [x for v in values for x in np.asarray(v, dtype=object).flat if isinstance(x, Fraction)]
    bits = max((x.numerator.bit_length() + x.denominator.bit_length() for x in entries), default=1) * growth
    if operations * (1 + bits / 256) ** 1.6 > BUDGET:
        raise InputError(f"{option} asks for about {operations:.0e} exact operations, over a minute: add --float")


def written_out(claim: str, formula: Any, symbols: tuple[Any, ...], cases: Iterable[tuple[Any, ...]]) -> Check:
    """`formula`, in symbols that do not commute, multiplied out: a case is a value for each symbol, and the result."""
    evaluate, tried = compiled(symbols, formula), 0
    for *values, expected in cases:
        try:
            found = equal(claim, evaluate(*(rational(v) for v in values)), expected)
        except (ShapeError, NonSquareMatrixError) as error:
            return Check(claim, False, f"the sizes do not fit: {error}")
        if not found.passed:
            return found
        tried += 1
    return Check(claim, True, f"in {tried} cases")


@cache
def compiled(symbols: tuple[Any, ...], formula: Any) -> Any:
    """A formula of ours as a function of its symbols."""
    return sp.lambdify(symbols, formula, modules=[])
