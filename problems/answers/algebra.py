"""Values of a tree, exact in integers modulo a prime or in fractions, and its shape in the names of the sizes."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from .symbols import Instance, Scaled, Table, Value
from .tree import Add, Call, Diag, Div, Elem, Grid, Ident, Mul, Node, Norm, Num, Pow, Sum, Sym, T, Unreadable, children, shown

MOST_TERMS = 2_000
MOST_EXPONENT = 10_000
MOST_BITS = 20_000
MOST_WORK = 10_000  # steps of one evaluation


ZERO = Num(Fraction(0))  # fits any shape


class Mismatch(ValueError):  # noqa: N818  it is no error of ours
    """Two things whose sizes do not fit: in the answer's own terms."""


class Uncertain(Exception):  # noqa: N818  likewise
    """The value is not exact in this arithmetic: a root, a logarithm, an exponential."""


def inverse_of(x: Any, modulus: int) -> Any:
    if modulus:
        if x % modulus == 0:
            raise ZeroDivisionError("division by zero")
        return pow(int(x), -1, modulus)
    return 1 / Fraction(x)


def product_of(a: Value, b: Value, modulus: int) -> Value:
    """The product of two values; numbers and 1×1 matrices are scalars."""
    if isinstance(a, Scaled) and isinstance(b, Scaled):
        return Scaled(_mod(a.by * b.by, modulus))
    if isinstance(a, Scaled):
        a, b = b, a
    if isinstance(b, Scaled):
        return scaled(a, b.by, modulus) if isinstance(a, tuple) else Scaled(_mod(a * b.by, modulus))
    if isinstance(a, tuple) and isinstance(b, tuple):
        if len(a[0]) == len(b):
            columns = tuple(zip(*b, strict=True))
            if modulus:
                return tuple(tuple(sum(map(int.__mul__, row, column)) % modulus for column in columns) for row in a)
            return tuple(tuple(sum(x * y for x, y in zip(row, column, strict=True)) for column in columns) for row in a)
        if len(a) == len(a[0]) == 1:
            return scaled(b, a[0][0], modulus)
        if len(b) == len(b[0]) == 1:
            return scaled(a, b[0][0], modulus)
        raise Mismatch(f"{len(a)}×{len(a[0])} times {len(b)}×{len(b[0])}")
    if isinstance(a, tuple):
        return scaled(a, b, modulus)
    return scaled(b, a, modulus) if isinstance(b, tuple) else _mod(a * b, modulus)


def scaled(a: tuple[tuple[Any, ...], ...], by: Any, modulus: int) -> Value:
    return tuple(tuple(_mod(x * by, modulus) for x in row) for row in a)


def _mod(x: Any, modulus: int) -> Any:
    return x % modulus if modulus else x


def plain(value: Value) -> Value:
    """A 1×1 matrix as the number in it."""
    return value[0][0] if isinstance(value, tuple) and len(value) == len(value[0]) == 1 else value


def sum_of(a: Value, b: Value, modulus: int) -> Value:
    a, b = plain(a), plain(b)
    if isinstance(a, Scaled) and isinstance(b, Scaled):
        return Scaled(_mod(a.by + b.by, modulus))
    if isinstance(a, Scaled):
        a, b = b, a
    if isinstance(b, Scaled):
        if not isinstance(a, tuple):
            return _mod(a + b.by, modulus)  # 1×1: the only size that fits a number
        if len(a) != len(a[0]):
            raise Mismatch(f"{len(a)}×{len(a[0])} plus a multiple of I")
        return tuple(tuple(_mod(x + b.by, modulus) if i == j else x for j, x in enumerate(row)) for i, row in enumerate(a))
    if isinstance(a, tuple) != isinstance(b, tuple):
        raise Mismatch("a number plus a matrix")
    if isinstance(a, tuple):
        if (len(a), len(a[0])) != (len(b), len(b[0])):
            raise Mismatch(f"{len(a)}×{len(a[0])} plus {len(b)}×{len(b[0])}")
        return tuple(tuple(_mod(x + y, modulus) for x, y in zip(r, s, strict=True)) for r, s in zip(a, b, strict=True))
    return _mod(a + b, modulus)


def inverted(a: Value, modulus: int) -> Value:
    a = plain(a)
    if isinstance(a, Scaled):
        return Scaled(inverse_of(a.by, modulus))
    if not isinstance(a, tuple):
        return inverse_of(a, modulus)
    n = len(a)
    if n != len(a[0]):
        raise Mismatch(f"the inverse of {n}×{len(a[0])}")
    work = [list(row) + [int(i == j) for j in range(n)] for i, row in enumerate(a)]
    for k in range(n):
        pivot = next((i for i in range(k, n) if work[i][k] != 0), None)
        if pivot is None:
            raise ZeroDivisionError("a singular matrix is inverted")
        work[k], work[pivot] = work[pivot], work[k]
        by = inverse_of(work[k][k], modulus)
        work[k] = [_mod(x * by, modulus) for x in work[k]]
        for i in range(n):
            if i != k and work[i][k] != 0:
                factor = work[i][k]
                work[i] = [_mod(x - factor * y, modulus) for x, y in zip(work[i], work[k], strict=True)]
    return tuple(tuple(row[n:]) for row in work)


def raised(base: Value, exponent: int, modulus: int) -> Value:
    if abs(exponent) > MOST_EXPONENT:
        raise Unreadable(f"an exponent is over the bound of {MOST_EXPONENT:,}")
    base = plain(base)
    if not modulus and isinstance(base, tuple) and abs(exponent) > 32:
        raise Uncertain("a high power of a matrix in fractions")
    if isinstance(base, tuple) and len(base) != len(base[0]):
        raise Mismatch(f"a power of {len(base)}×{len(base[0])}")
    if not isinstance(base, tuple | Scaled):
        if modulus:
            if exponent < 0:
                return pow(inverse_of(base, modulus), -exponent, modulus)
            return pow(int(base), exponent, modulus)
        bits = base.numerator.bit_length() + base.denominator.bit_length()
        if bits * abs(exponent) > MOST_BITS:
            raise Unreadable(f"a power has over {MOST_BITS:,} bits")
        return Fraction(base) ** exponent
    if exponent < 0:
        base, exponent = inverted(base, modulus), -exponent
    out: Value = Scaled(1)
    while exponent:
        if exponent & 1:
            out = product_of(out, base, modulus)
        exponent >>= 1
        base = product_of(base, base, modulus) if exponent else base
    if isinstance(out, Scaled) and isinstance(base, tuple):
        return tuple(tuple(_mod(out.by * (i == j), modulus) for j in range(len(base))) for i in range(len(base)))
    return out


def _single(value: Value) -> Any:
    value = plain(value)
    if isinstance(value, tuple | Scaled):
        raise Unreadable("a matrix stands where one number of a list is expected")
    return value


def transposed(a: Value) -> Value:
    return tuple(zip(*a, strict=True)) if isinstance(a, tuple) else a


def evaluated(node: Node, at: Instance, bound: dict[str, int] | None = None) -> Value:
    """The value of a tree at an instance. Raises Mismatch, ZeroDivisionError (undefined there), Uncertain, Unreadable."""
    bound = bound or {}
    modulus = at.modulus
    match node:
        case Num(value):
            return value if not modulus else value.numerator * pow(value.denominator, -1, modulus) % modulus
        case Sym(name):
            if name in bound:
                return bound[name]
            return at.value(name)
        case Elem(base, index):
            return at.member(base, _whole(index, at, bound))
        case Ident(dimension):
            if dimension:
                count = at.size(dimension) if dimension in at.sizes or dimension.isdigit() else 0
                if not count:
                    raise Unreadable(f"nobody declared the size {dimension!r} of I")
                return tuple(tuple(int(i == j) for j in range(count)) for i in range(count))
            return Scaled(1)
        case Add(terms):
            terms = tuple(t for t in terms if t != ZERO) or (ZERO,)
            out = evaluated(terms[0], at, bound)
            for term in terms[1:]:
                out = sum_of(out, evaluated(term, at, bound), modulus)
            return out
        case Mul(factors):
            out = evaluated(factors[0], at, bound)
            for factor in factors[1:]:
                out = product_of(out, evaluated(factor, at, bound), modulus)
            return out
        case Div(top, bottom):
            below = plain(evaluated(bottom, at, bound))
            if isinstance(below, tuple):
                raise Mismatch(f"division by a {len(below)}×{len(below[0])} matrix")
            above = evaluated(top, at, bound)
            if isinstance(below, Scaled):
                raise Mismatch("division by a multiple of I")
            return product_of(above, inverse_of(below, modulus), modulus)
        case Pow(Norm(inner, kind), Num(e)) if e.denominator == 1 and e % 2 == 0:
            return raised(_square(evaluated(inner, at, bound), modulus, kind), int(e) // 2, modulus)
        case Pow(base, Num(e)) if e == Fraction(1, 2):
            return _root(evaluated(base, at, bound), modulus)
        case Pow(base, exponent):
            return raised(evaluated(base, at, bound), _whole(exponent, at, bound), modulus)
        case T(inner):
            return transposed(evaluated(inner, at, bound))
        case Norm(inner, kind):
            return _root(_square(evaluated(inner, at, bound), modulus, kind), modulus)
        case Sum():
            return _summed(node, at, bound)
        case Diag(entries):
            return _diagonal(entries, at, bound)
        case Grid(rows):
            return tuple(tuple(_single(evaluated(x, at, bound)) for x in row) for row in rows)
        case Call("sqrt", (inner,)):
            return _root(evaluated(inner, at, bound), modulus)
        case Call("binom", (top, bottom)):
            n, k = _whole(top, at, bound), _whole(bottom, at, bound)
            if not 0 <= n <= MOST_TERMS:
                raise Unreadable(f"a binomial of {n} is over the bound of {MOST_TERMS}")
            return math.comb(n, k) if k >= 0 else 0
        case Call("log2", (inner,)) if not modulus:
            value = plain(evaluated(inner, at, bound))
            exact = Fraction(value) if isinstance(value, Fraction | int) else Fraction(0)
            if exact > 0 and exact.numerator.bit_count() == exact.denominator.bit_count() == 1:
                return Fraction(exact.numerator.bit_length() - exact.denominator.bit_length())
    raise Uncertain(shown(node))


def _square(value: Value, modulus: int, kind: str = "") -> Any:
    if isinstance(value, Scaled):
        raise Uncertain("the norm of a multiple of I")
    if not isinstance(value, tuple):
        return product_of(value, value, modulus)
    if kind != "F" and min(len(value), len(value[0])) > 1:
        raise Uncertain("the norm of a matrix, which is not said to be ‖·‖_F,")
    return _mod(sum(x * x for row in value for x in row), modulus)


def _root(value: Value, modulus: int) -> Any:
    """A square root modulo the prime where there is one (always the same of the two), or of a square fraction."""
    value = plain(value)
    if isinstance(value, tuple | Scaled):
        raise Mismatch("the root of a matrix")
    if modulus:
        root = pow(int(value), (modulus + 1) // 4, modulus)
        if root * root % modulus != value:
            raise ZeroDivisionError("no root here")
        return root
    value = Fraction(value)
    if value < 0:
        raise ZeroDivisionError("the root of a negative number")
    top, bottom = math.isqrt(value.numerator), math.isqrt(value.denominator)
    if Fraction(top * top, bottom * bottom) != value:
        raise Uncertain("a root that is no fraction")
    return Fraction(top, bottom)


def _whole(node: Node, at: Instance, bound: dict[str, int]) -> int:
    """An exponent, an index or a bound of a sum: a whole number, computed without a modulus."""
    match node:
        case Num(value):
            whole: Any = value
        case Sym(name):
            if name in bound:
                whole = bound[name]
            elif name in at.sizes:
                whole = at.sizes[name]
            else:
                symbol = at.table.key(name)
                if symbol is None and name in at.indices:
                    return at.indices[name]
                if symbol is None or symbol.kind not in ("integer", "size"):
                    raise Unreadable(f"the exponent or index {name} is not a declared integer")
                whole = at.value(name)
        case Add(terms):
            whole = sum(_whole(t, at, bound) for t in terms)
        case Mul(factors):
            whole = math.prod(_whole(f, at, bound) for f in factors)
        case Div(a, b):
            whole = Fraction(_whole(a, at, bound), _whole(b, at, bound) or 1)
        case Pow(a, b):
            base, exponent = _whole(a, at, bound), _whole(b, at, bound)
            if not 0 <= exponent <= 64 or abs(base) > MOST_EXPONENT:
                raise Unreadable("an exponent is itself a large power")
            whole = base**exponent
        case _:
            raise Unreadable(f"{shown(node)} is not read as an exponent or index")
    if Fraction(whole).denominator != 1:
        raise Unreadable(f"the exponent or index {shown(node)} is not whole")
    return int(whole)


def _summed(node: Sum, at: Instance, bound: dict[str, int]) -> Value:
    if node.low is None or node.high is None:
        family = _family_in(node.body, node.index)
        if not family:
            raise Unreadable(f"the sum over {node.index} does not say how far")
        low = 1 if node.low is None else _whole(node.low, at, bound)
        high = at.counted(family)
    else:
        low, high = _whole(node.low, at, bound), _whole(node.high, at, bound)
    if high - low > MOST_TERMS:
        raise Unreadable(f"a sum has over {MOST_TERMS:,} terms")
    out: Value | None = None
    for value in range(low, high + 1):
        term = evaluated(node.body, at, {**bound, node.index: value})
        out = term if out is None else sum_of(out, term, at.modulus)
    if out is None:
        zero = evaluated(node.body, at, {**bound, node.index: 1})
        return product_of(zero, 0, at.modulus)
    return out


def _family_in(node: Node, index: str) -> str:
    if isinstance(node, Elem) and node.index == Sym(index):
        return node.base
    return next((found for child in children(node) if (found := _family_in(child, index))), "")


def _diagonal(entries: tuple[Node, ...], at: Instance, bound: dict[str, int]) -> Value:
    if len(entries) == 1:
        family = next((f for i in ("i", "j", "k", "l") if (f := _family_in(entries[0], i))), "")
        if family:
            index = next(i for i in ("i", "j", "k", "l") if _family_in(entries[0], i))
            values = [_single(evaluated(entries[0], at, {**bound, index: v})) for v in range(1, at.counted(family) + 1)]
        else:
            inner = evaluated(entries[0], at, bound)
            if not isinstance(inner, tuple) or 1 not in (len(inner), len(inner[0])):
                raise Unreadable("diag is read of a family σ_i, of a vector, or of numbers")
            values = [x for row in inner for x in row]
    else:
        values = [_single(evaluated(e, at, bound)) for e in entries]
    return tuple(tuple(v if i == j else v * 0 for j in range(len(values))) for i, v in enumerate(values))


def work(node: Node, at: Instance, bound: dict[str, int] | None = None) -> int:
    """How many steps an evaluation takes. Raises Unreadable past the bound, before any of them is taken."""
    bound = bound or {}
    steps = 1
    if isinstance(node, Sum):
        inner = {**bound, node.index: 1}
        terms = 4
        if node.low is not None and node.high is not None:
            terms = max(_whole(node.high, at, inner) - _whole(node.low, at, inner) + 1, 1)
        steps += terms * work(node.body, at, inner)
    else:
        if isinstance(node, Pow) and isinstance(node.exponent, Num):
            steps += 2 * int(abs(node.exponent.value)).bit_length()
        elif isinstance(node, Pow):
            steps += 10
        steps += sum(work(child, at, bound) for child in children(node))
    if steps > MOST_WORK:
        raise Unreadable(f"it takes over {MOST_WORK:,} steps to evaluate")
    return steps


Shape = tuple[str, str] | None  # None: a multiple of I, of whatever size fits
NUMBER: Shape = ("1", "1")


def shape(node: Node, table: Table) -> Shape:
    """The shape in the names of the sizes. Raises Mismatch with the product and its sizes."""
    match node:
        case Num():
            return NUMBER
        case Sym(name):
            symbol = table.key(name)
            return (symbol.rows, symbol.columns) if symbol is not None and symbol.kind == "matrix" else NUMBER
        case Elem(base, _):
            symbol = table.family(base)
            return (symbol.rows, symbol.columns) if symbol is not None and symbol.kind == "matrix" else NUMBER
        case Ident(dimension):
            return (dimension, dimension) if dimension else None
        case Add(terms):
            terms = tuple(t for t in terms if t != ZERO) or (ZERO,)
            out = shape(terms[0], table)
            for term in terms[1:]:
                other = shape(term, table)
                if out is None or other is None:
                    known = out or other
                    if known is not None and known[0] != known[1]:
                        raise Mismatch(f"{shown(node)} adds a multiple of I to {_sizes(known)}")
                    out = known
                elif out != other:
                    raise Mismatch(f"{shown(node)} adds {_sizes(out)} and {_sizes(other)}")
            return out
        case Mul(factors):
            out = shape(factors[0], table)
            for position, factor in enumerate(factors[1:], 1):
                other = shape(factor, table)
                if other == NUMBER:
                    continue
                if other is None:
                    out = None if out == NUMBER else out
                    continue
                if out is None or out == NUMBER:
                    out = other
                elif out[1] != other[0]:
                    left = shown(Mul(factors[:position])) if position > 1 else shown(factors[0])
                    raise Mismatch(f"{left} is {_sizes(out)} and {shown(factor)} is {_sizes(other)}: they do not multiply")
                else:
                    out = (out[0], other[1])
            return out
        case Div(top, bottom):
            below = shape(bottom, table)
            if below != NUMBER:
                raise Mismatch(f"{shown(node)} divides by {_sizes(below)}")
            return shape(top, table)
        case Pow(base, _):
            out = shape(base, table)
            if out is not None and out[0] != out[1]:
                raise Mismatch(f"{shown(node)} is a power of {_sizes(out)}")
            return out
        case T(inner):
            out = shape(inner, table)
            return None if out is None else (out[1], out[0])
        case Norm(inner, _):
            shape(inner, table)
            return NUMBER
        case Sum(_, _, _, body):
            return shape(body, table)
        case Diag(entries):
            if len(entries) > 1:
                return (str(len(entries)),) * 2
            family = next((f for i in ("i", "j", "k", "l") if (f := _family_in(entries[0], i))), "")
            symbol = table.family(family)
            count = symbol.family if symbol is not None and symbol.family else ""
            if symbol is not None and symbol.member[0]:
                whole = table.key(symbol.member[1])
                count = whole.rows if whole is not None else ""
            return (count, count) if count else shape(entries[0], table)
        case Grid(rows):
            if any(shape(x, table) != NUMBER for row in rows for x in row):
                raise Unreadable("a matrix stands where one number of a list is expected")
            return (str(len(rows)), str(len(rows[0])))
    return NUMBER


def _sizes(found: Shape) -> str:
    if found is None:
        return "a multiple of I"
    return "a number" if found == NUMBER else f"{found[0]}×{found[1]}"


def sized(found: Shape) -> str:
    """A shape as people write it: d for a column, n×d for a matrix."""
    if found is None or found == NUMBER:
        return "scalar" if found else "multiple of I"
    return found[0] if found[1] == "1" else f"{found[0]}×{found[1]}"
