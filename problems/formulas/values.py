"""Values of a formula: numbers, matrices as tuples of rows, multiples of I; modulo a prime, or
exact where it is 0.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from .interval import Interval
from .tree import OverBound, Unreadable

MOST_EXPONENT = 10_000
MOST_BITS = 20_000
MOST_FRACTION_POWER = 64  # of a matrix in fractions, whose entries grow

Rows = tuple[tuple[Any, ...], ...]
Value = Any  # a number, Rows, or Scaled


class Mismatch(ValueError):
    """Two things whose sizes do not fit: in the answer's own terms."""


@dataclass(frozen=True, slots=True)
class Scaled:
    """A multiple of the identity whose size is not yet known."""

    by: Any


def plain(value: Value) -> Value:
    """A 1×1 matrix as the number in it."""
    return value[0][0] if isinstance(value, tuple) and len(value) == len(value[0]) == 1 else value


def single(value: Value) -> Any:
    """A number; Unreadable where it is a matrix."""
    value = plain(value)
    if isinstance(value, tuple | Scaled):
        raise Unreadable("a matrix stands where one number is expected")
    return value


def sized(value: Rows) -> str:
    return f"{len(value)}×{len(value[0])}"


def identity(size: int) -> Rows:
    return tuple(tuple(int(i == j) for j in range(size)) for i in range(size))


def spread(value: Scaled, size: int) -> Rows:
    """A multiple of I at a size."""
    return tuple(tuple(value.by if i == j else 0 for j in range(size)) for i in range(size))


def transposed(value: Value) -> Value:
    return tuple(zip(*value, strict=True)) if isinstance(value, tuple) else value


def reduced(x: Any, modulus: int) -> Any:
    return x % modulus if modulus else x


def inverse_of(x: Any, modulus: int) -> Any:
    """1/x; ZeroDivisionError where there is none."""
    if isinstance(x, Interval):
        return x.inverse()
    if not modulus:
        return 1 / (Fraction(x) if isinstance(x, int) else x)
    if x % modulus == 0:
        raise ZeroDivisionError("division by zero")
    return pow(int(x), -1, modulus)


def scaled(a: Rows, by: Any, modulus: int) -> Rows:
    return tuple(tuple(reduced(x * by, modulus) for x in row) for row in a)


def product_of(a: Value, b: Value, modulus: int) -> Value:
    """The product of two values; numbers and 1×1 matrices are scalars."""
    if isinstance(a, tuple) and isinstance(b, tuple):
        return _multiplied(a, b, modulus)
    if isinstance(a, Scaled) or isinstance(b, Scaled):
        a, b = plain(a), plain(b)  # a number times I, where uᵀv is the number
    if isinstance(a, tuple) or isinstance(b, tuple):
        rows, by = (a, b) if isinstance(a, tuple) else (b, a)
        return scaled(rows, by.by if isinstance(by, Scaled) else by, modulus)
    if isinstance(a, Scaled) or isinstance(b, Scaled):
        factors = [v.by if isinstance(v, Scaled) else v for v in (a, b)]
        return Scaled(reduced(factors[0] * factors[1], modulus))
    return reduced(a * b, modulus)


def _multiplied(a: Rows, b: Rows, modulus: int) -> Rows:
    if len(a[0]) == len(b):
        columns = tuple(zip(*b, strict=True))
        if modulus:
            return tuple(
                tuple(sum(map(int.__mul__, row, column)) % modulus for column in columns)
                for row in a
            )
        return tuple(
            tuple(sum(x * y for x, y in zip(row, column, strict=True)) for column in columns)
            for row in a
        )
    for number, other in ((a, b), (b, a)):
        if len(number) == len(number[0]) == 1:
            return scaled(other, number[0][0], modulus)
    raise Mismatch(f"{sized(a)} times {sized(b)}")


def sum_of(a: Value, b: Value, modulus: int) -> Value:
    """The sum of two values; a multiple of I takes the size of the other."""
    a, b = plain(a), plain(b)
    if isinstance(a, Scaled):
        a, b = b, a
    if isinstance(b, Scaled):
        return _with_multiple(a, b, modulus)
    if isinstance(a, tuple) != isinstance(b, tuple):
        raise Mismatch("a number plus a matrix")
    if not isinstance(a, tuple):
        return reduced(a + b, modulus)
    if (len(a), len(a[0])) != (len(b), len(b[0])):
        raise Mismatch(f"{sized(a)} plus {sized(b)}")
    return tuple(
        tuple(reduced(x + y, modulus) for x, y in zip(r, s, strict=True))
        for r, s in zip(a, b, strict=True)
    )


def _with_multiple(a: Value, b: Scaled, modulus: int) -> Value:
    if isinstance(a, Scaled):
        return Scaled(reduced(a.by + b.by, modulus))
    if not isinstance(a, tuple):
        return reduced(a + b.by, modulus)  # 1×1: the only size that fits a number
    if len(a) != len(a[0]):
        raise Mismatch(f"{sized(a)} plus a multiple of I")
    return sum_of(a, spread(b, len(a)), modulus)


def inverted(a: Value, modulus: int) -> Value:
    """The inverse; ZeroDivisionError where there is none, Mismatch where it is not square."""
    a = plain(a)
    if isinstance(a, Scaled):
        return Scaled(inverse_of(a.by, modulus))
    if not isinstance(a, tuple):
        return inverse_of(a, modulus)
    n = len(a)
    if n != len(a[0]):
        raise Mismatch(f"the inverse of {sized(a)}")
    work = [list(row) + [int(i == j) for j in range(n)] for i, row in enumerate(a)]
    for k in range(n):
        _eliminate(work, k, modulus)
    return tuple(tuple(row[n:]) for row in work)


def _eliminate(work: list[list[Any]], k: int, modulus: int) -> None:
    """Column k of Gauss and Jordan's elimination, in place."""
    pivot = next((i for i in range(k, len(work)) if _certainly_not_zero(work[i][k])), None)
    if pivot is None:
        raise ZeroDivisionError("a singular matrix is inverted")
    work[k], work[pivot] = work[pivot], work[k]
    by = inverse_of(work[k][k], modulus)
    work[k] = [reduced(x * by, modulus) for x in work[k]]
    for i, row in enumerate(work):
        if i != k and not (isinstance(row[k], int | Fraction) and row[k] == 0):
            factor = row[k]
            work[i] = [reduced(x - factor * y, modulus) for x, y in zip(row, work[k], strict=True)]


def _certainly_not_zero(x: Any) -> bool:
    return x.apart_from_zero() if isinstance(x, Interval) else x != 0


def raised(base: Value, exponent: int, modulus: int) -> Value:
    """A whole power, 0⁰ = 1; ZeroDivisionError for a negative power of what has no inverse."""
    if abs(exponent) > MOST_EXPONENT:
        raise OverBound(f"an exponent is over the bound of {MOST_EXPONENT:,}")
    base = plain(base)
    if isinstance(base, tuple):
        if len(base) != len(base[0]):
            raise Mismatch(f"a power of {sized(base)}")
        if not modulus and abs(exponent) > MOST_FRACTION_POWER:
            raise OverBound(f"a matrix is raised to over {MOST_FRACTION_POWER} in fractions")
    elif not isinstance(base, Scaled | Interval):
        return _number_raised(base, exponent, modulus)
    if exponent < 0:
        base, exponent = inverted(base, modulus), -exponent
    out: Value = Scaled(1) if not isinstance(base, Interval) else Interval.of(1)
    while exponent:
        if exponent & 1:
            out = product_of(out, base, modulus)
        exponent >>= 1
        base = product_of(base, base, modulus) if exponent else base
    return spread(out, len(base)) if isinstance(out, Scaled) and isinstance(base, tuple) else out


def _number_raised(base: Any, exponent: int, modulus: int) -> Any:
    if modulus:
        return pow(inverse_of(base, modulus) if exponent < 0 else int(base), abs(exponent), modulus)
    if not isinstance(base, int | Fraction):
        return base**exponent  # a float, or a symbol of a proof
    base = Fraction(base)
    bits = base.numerator.bit_length() + base.denominator.bit_length()
    if bits * abs(exponent) > MOST_BITS:
        raise OverBound(f"a power has over {MOST_BITS:,} bits")
    return base**exponent


def square_of(value: Value, modulus: int, kind: str = "") -> Any:
    """‖value‖² of a number or a vector; of a matrix only where it is said to be Frobenius's."""
    value = plain(value)
    if isinstance(value, Scaled):
        raise Unreadable("the norm of a multiple of I has no size")
    if not isinstance(value, tuple):
        return product_of(value, value, modulus)
    if kind != "F" and min(len(value), len(value[0])) > 1:
        raise Unreadable("the norm of a matrix is not read without F: write ‖·‖_F")
    return reduced(sum(x * x for row in value for x in row), modulus)


def real_root(value: Value) -> Any:
    """√value: exact where it is rational, an interval otherwise; ZeroDivisionError of a negative
    number.
    """
    value = single(value)
    if isinstance(value, Interval):
        return value.root()
    value = Fraction(value)
    if value < 0:
        raise ZeroDivisionError("the root of a negative number")
    top, bottom = math.isqrt(value.numerator), math.isqrt(value.denominator)
    if top * top == value.numerator and bottom * bottom == value.denominator:
        return Fraction(top, bottom)
    return Interval.of(value).root()


def differ(a: Value, b: Value) -> bool | None:
    """True where they certainly differ, False where they are exactly equal, None where an interval
    cannot tell.

    Mismatch where one is a matrix and the other a number, or of another size.
    """
    a, b = plain(a), plain(b)
    if isinstance(a, Scaled):
        a, b = b, a
    if isinstance(b, Scaled):
        if isinstance(a, tuple) and len(a) == len(a[0]):
            b = spread(b, len(a))
        elif isinstance(a, tuple):
            raise Mismatch(f"{sized(a)} against a multiple of I")
        else:
            a, b = a.by if isinstance(a, Scaled) else a, b.by
    if isinstance(a, tuple) != isinstance(b, tuple):
        raise Mismatch("a number against a matrix")
    if not isinstance(a, tuple):
        return _numbers_differ(a, b)
    if (len(a), len(a[0])) != (len(b), len(b[0])):
        raise Mismatch(f"{sized(a)} against {sized(b)}")
    found = [
        _numbers_differ(x, y) for r, s in zip(a, b, strict=True) for x, y in zip(r, s, strict=True)
    ]
    return True if True in found else None if None in found else False


def _numbers_differ(a: Any, b: Any) -> bool | None:
    if not isinstance(a, Interval) and not isinstance(b, Interval):
        return bool(a != b)
    return True if (Interval.of(a) - Interval.of(b)).apart_from_zero() else None


def exactly(value: Any) -> Value:
    """Numbers, nested sequences or arrays of them (with .tolist()) as a value: a vector is a
    column.
    """
    value = value.tolist() if hasattr(value, "tolist") else value
    if not isinstance(value, Sequence):
        return value
    rows = [row.tolist() if hasattr(row, "tolist") else row for row in value]
    return tuple(tuple(row) if isinstance(row, Sequence) else (row,) for row in rows)


def members_of(value: Value, how: str) -> list[Value]:
    """The members of a family made of a matrix: rows and columns as columns, entries and the
    diagonal as numbers.
    """
    if how == "row":
        return [tuple((x,) for x in row) for row in value]
    if how == "column":
        return [tuple((x,) for x in column) for column in zip(*value, strict=True)]
    if how == "entry":
        return [row[0] for row in value]
    return [value[i][i] for i in range(min(len(value), len(value[0])))]


def printed(value: Value) -> str:
    """A value as people write it: (1, 2) for a column, [1, 2; 3, 4] for a matrix."""
    if isinstance(value, list):
        return f"({', '.join(printed(plain(x)) for x in value)})"
    value = plain(value)
    if isinstance(value, Scaled):
        return "I" if value.by == 1 else f"{printed(value.by)} I"
    if not isinstance(value, tuple):
        return str(value)
    if len(value[0]) == 1:
        return f"({', '.join(printed(row[0]) for row in value)})"
    return f"[{'; '.join(', '.join(map(printed, row)) for row in value)}]"


def weight(value: Value) -> int:
    """How much a reader has to take in: the least is shown."""
    if isinstance(value, tuple | list):
        return sum(map(weight, value))
    if isinstance(value, Interval):
        return 3
    exact = Fraction(value.by if isinstance(value, Scaled) else value)
    return abs(exact.numerator) + 3 * (exact.denominator - 1)


Given = Mapping[str, Value]
