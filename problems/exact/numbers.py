"""Exact numbers in and out: `Fraction`, numpy arrays of them, float64 with --float, and what can be
asked of either.

A formula written once with `@` and `.T` runs on exact rationals, on float64, on sympy symbols in a
proof, and on counted numbers.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from ..part import InputError

Scalar = Fraction
Vector = NDArray[Any]
Matrix = NDArray[Any]

_NUMBER = re.compile(
    r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d{1,3})?(/\d+(\.\d*)?(e[+-]?\d{1,3})?)?",
    re.IGNORECASE | re.ASCII,
)
MOST_ENTRIES = 10_000  # in exact arithmetic
MOST_SECONDS = 60  # that a run may take; `affordable` says how they are estimated
SECONDS = 1e-6  # that an operation on short fractions takes
FLOAT_SECONDS = 1e-10  # that one on floating-point numbers takes
LONG_BITS = 2_000  # of fractions on which it takes twice as long
LONG_INTEGERS = 8_000  # and of integers


def scalar(text: str) -> Scalar:
    """`0.36` is 9/25, not 0.35999…: decimals are read as they are written.

    Also `9/25` and `1e-3`.
    """
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
        raise InputError(
            f"{text.strip()} is beyond float64: pass less than 1e308, or drop --float"
        ) from None


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
        raise InputError(
            "it has both semicolons and line breaks: "
            "separate rows by one of them, entries by commas"
        )
    rows = [r for r in re.split(r"[;\n]", text.strip()) if r.strip()]
    if not rows:
        raise InputError('it is empty: give rows, as "0.7,0.1;0.2,0.6"')
    _enough(sum(r.count(",") + 1 for r in rows), most)
    read = [vector(r, entry, most) for r in rows]
    for number, row in enumerate(read, 1):
        if len(row) != len(read[0]):
            raise InputError(
                f"row 1 has {len(read[0])} entries, row {number} has {len(row)}: "
                "make them equally long"
            )
    return np.array(read)


def _enough(entries: int, most: int) -> None:
    if entries > most:
        fix = "add --float" if most == MOST_ENTRIES else "pass fewer"
        raise InputError(f"it has {entries:,} entries, over {most:,}: {fix}")


def _array(values: Iterable[Any]) -> Vector:
    listed = list(values)
    out = np.empty(len(listed), dtype=object)
    out[:] = listed
    return out


def is_exact(*values: Any) -> bool:
    """True where nothing among the arrays and scalars is a float."""
    return not any(np.asarray(v).dtype.kind in "fc" for v in values)


def in_float64(value: Any) -> Any:
    """An input of a part in floating point; what is no number, or a size, stays."""
    if isinstance(value, np.ndarray):
        return value.astype(float)
    if isinstance(value, tuple):
        return tuple(map(in_float64, value))
    return float(value) if isinstance(value, Fraction) else value


def identity(n: int, like: Matrix) -> Matrix:
    """The n×n identity in the arithmetic of `like`."""
    return (
        np.eye(n, dtype=float)
        if like.dtype.kind in "fc"
        else np.eye(n, dtype=int).astype(object) * Fraction(1)
    )


def zeros(shape: int | tuple[int, ...], like: Matrix) -> Matrix:
    """Zeros in the arithmetic of `like`."""
    return (
        np.zeros(shape, dtype=float)
        if like.dtype.kind in "fc"
        else np.full(shape, Fraction(0), dtype=object)
    )


def decimals(values: Iterable[Any]) -> Vector:
    """Floating-point values in an exact answer: decimals, to eleven digits of the largest."""
    entries = np.array([float(v) for v in values])
    largest = float(np.abs(entries).max(initial=0))
    places = 10 - math.floor(math.log10(largest)) if largest else 0
    return _array(round(Fraction(v), places) for v in entries)


def integers(
    rng: np.random.Generator, *shape: int, top: int = 9, like: Matrix | None = None
) -> Matrix:
    """Random integers −top … top as exact numbers, or in the arithmetic of `like`."""
    drawn = rng.integers(-top, top + 1, shape)
    if like is not None and like.dtype.kind in "fc":
        return drawn.astype(float)
    return np.asarray(np.vectorize(Fraction, otypes=[object])(drawn))


def probes(size: int, like: Matrix, most: int = 6) -> Matrix:
    """Columns on which two matrices of `size` columns are compared without multiplying them out.

    All unit vectors up to `most`; beyond it two random integer ones, which two matrices that differ
    agree on with a chance of 1e-12.
    """
    if size <= most:
        return identity(size, like)
    return integers(np.random.default_rng(size), size, 2, top=10**6, like=like)


def some(count: int, most: int = 20) -> list[int]:
    """Indices below `count`: all of them, or `most` spread over them with both ends."""
    if count <= most:
        return list(range(count))
    return sorted({round(at * (count - 1) / (most - 1)) for at in range(most)})


def symbols(name: str, *shape: int) -> Matrix:
    """An array of real sympy symbols name_11, name_12, …"""
    names = [f"{name}_{''.join(str(i + 1) for i in at)}" for at in np.ndindex(*shape)]
    return _array(sp.Symbol(n, real=True) for n in names).reshape(shape)


def rational(value: Any) -> Any:
    """A Fraction or an array of them, as sympy takes it; anything else unchanged."""
    if isinstance(value, np.ndarray):
        return sp.Matrix(value.shape[0], value.shape[1], [rational(v) for v in value.flat])
    return sp.Rational(value.numerator, value.denominator) if isinstance(value, Fraction) else value


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
            "--float overflows with these numbers: "
            "give smaller ones or a shorter --length, or drop --float"
        ) from None


def positive(option: str, value: Any, why: str) -> None:
    """Raise InputError unless value > 0."""
    if not value > 0:
        raise InputError(f"{option} is {value}, but {why}: pass a number above 0, as 1/2")


def affordable(
    option: str, operations: float, *values: Any, growth: float = 1, divides: bool = True
) -> None:
    """Raise InputError where a run would take over MOST_SECONDS, with the estimate and the way out.

    `operations` are what is really done: the solver's, the checks' and those of the key at these
    numbers. `growth` is by what factor the digits of the entries multiply on the way; where nothing
    `divides`, integers stay integers, which stay cheap for longer. In exact arithmetic the seconds
    are estimated as

        operations · SECONDS · (1 + (growth · bits / LONG_BITS)^1.6),

    `bits` being those of the largest numerator and of the common denominator, and the exponent that
    of Python's long products. It was fitted to the processor time of whole runs (`examine.run`,
    CPython 3.11, one core of a server) on random integers and random fractions a/b, b < 10:

        4e  d = 20, 45, 70            0.1, 1.2, 5.4 s; of fractions 0.1, 1.9, 10.5 s
        4g  K 2000×5, 200×45          1.0, 7.3 s; 1.2, 13.3 s
        4f  K 3000×3, 100×25          1.7, 3.3 s; 1.9, 4.9 s
        4d  K 1000×3, 50×20           0.3, 0.4 s; 0.4, 0.5 s
        1f  n = 200, L = 100          0.9 s; n = 3, L = 20,000 of fractions 2.5 s

    and is within a factor of 2 of each. In floating point an operation is taken to cost
    FLOAT_SECONDS, as in products of matrices: 4e with d = 1000 took 0.8 s, 4g with K 20,000×200
    1.0 s.
    """
    if is_exact(*values):
        top, bottom = bits(values)
        long = LONG_BITS if divides or bottom > 1 else LONG_INTEGERS
        seconds = operations * SECONDS * (1 + (growth * (top + bottom) / long) ** 1.6)
        way_out = "add --float, or pass less"
    else:
        seconds, way_out = operations * FLOAT_SECONDS, "pass less"
    if seconds > MOST_SECONDS:
        about = f"{seconds:.0f}" if seconds < 1e6 else f"{seconds:.0e}"
        raise InputError(f"{option} asks for about {about} s of computing: {way_out}")


def bits(values: Iterable[Any]) -> tuple[int, int]:
    """The bits of the largest numerator, and of the common denominator, of all these fractions."""
    largest, common = 0, 1
    for value in values:
        for x in np.asarray(value, dtype=object).flat:
            if isinstance(x, Fraction):
                largest = max(largest, x.numerator.bit_length())
                if common.bit_length() < LONG_BITS:  # a longer one makes no difference
                    common = math.lcm(common, x.denominator)
    return largest, common.bit_length()
