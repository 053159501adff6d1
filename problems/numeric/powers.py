"""Powers of A by doubling, and two arithmetics in which they stay exact enough.

[X, AX, …, A^{k−1}X] becomes twice as long by one product with A^k, and A^{2k} is one squaring: a
table of `count` entries takes log2(count) squarings and products. What squaring loses is the
trouble: the error of A^k doubles at every squaring, and where the powers of A have a hump it is
multiplied by the height of the hump. So there are three kinds of factors:

    Plain      a float64 matrix; 2n³ operations a product
    Twofold    an unevaluated sum hi + lo of two; three products, about 30 digits: the leading bits
               multiply exactly in float64 (the error-free transformation of Ozaki et al., Numerical
               Algorithms 59, 2012)
    Scaling    a diagonal matrix, in twofold entries (Dekker's product, Numerische Mathematik 18,
               1971)
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from .arrays import Array, as_complex, transposed


def exact_bits(n: int) -> int:
    """So many bits of two factors leave room to sum n of their products exactly in float64."""
    return (53 - math.ceil(math.log2(n))) // 2


class Plain(NamedTuple):
    """A matrix (…, n, k) in the precision it has."""

    xp: Any
    hi: Array

    def __matmul__(self, other: Plain) -> Plain:
        return Plain(self.xp, self.hi @ other.hi)

    def rounded_product(self, other: Plain) -> Array:
        """The product as one array."""
        return self.hi @ other.hi

    @property
    def T(self) -> Plain:
        return Plain(self.xp, transposed(self.hi))


class Twofold(NamedTuple):
    """A matrix (…, n, k) as hi + lo, and as lead + rest: the few bits of lead multiply exactly."""

    xp: Any
    hi: Array
    lead: Array
    rest: Array

    @classmethod
    def of(cls, xp: Any, hi: Array, lo: Array | float = 0.0) -> Twofold:
        """hi + lo, with the leading bits of hi apart, so few that a product of n is exact."""
        top = xp.max(xp.abs(hi), axis=(-2, -1), keepdims=True)
        exponent = xp.ceil(xp.log2(xp.where(top > 0, top, xp.ones_like(top))))
        anchor = 1.5 * 2.0 ** (exponent + (53 - exact_bits(hi.shape[-2])))
        lead = (hi + anchor) - anchor
        return cls(xp, hi, lead, (hi - lead) + lo)

    def rounded_product(self, other: Twofold) -> Array:
        """The product as one array, nearly as if rounded once."""
        return self.lead @ other.lead + (self.lead @ other.rest + self.rest @ other.hi)

    def __matmul__(self, other: Twofold) -> Twofold:
        exact = self.lead @ other.lead
        small = self.lead @ other.rest + self.rest @ other.hi
        hi = exact + small
        return Twofold.of(self.xp, hi, (exact - hi) + small)

    @property
    def T(self) -> Twofold:
        return Twofold(self.xp, *map(transposed, self[1:]))


class Scaling(NamedTuple):
    """A diagonal matrix (…, n), real or complex, as hi + lo."""

    xp: Any
    hi: Array
    lo: Array

    def __matmul__(self, other: Any) -> Any:
        if not isinstance(other, Scaling):
            return Plain(self.xp, self.hi[..., None] * other.hi)
        (a, b), (c, d) = _parts(self.xp, self.hi), _parts(self.xp, other.hi)
        high, low = _two_product(a, c)
        if b is None:
            return Scaling(self.xp, *_two_sum(high, low + self.hi * other.lo + self.lo * other.hi))
        minus, minus_low = _two_product(b, d)
        real, real_low = _two_sum(high, -minus)
        (p, p_low), (q, q_low) = _two_product(a, d), _two_product(b, c)
        imag, imag_low = _two_sum(p, q)
        low = as_complex(self.xp, real_low + low - minus_low, imag_low + p_low + q_low)
        low = low + self.hi * other.lo + self.lo * other.hi
        whole = as_complex(self.xp, real, imag)
        return Scaling(self.xp, whole + low, (whole - (whole + low)) + low)

    @property
    def T(self) -> Scaling:
        return self


CALL = 2e5  # operations that a matrix product takes as long as, however small it is


def table(A: Any, X: Any, count: int) -> Any:
    """[X, AX, …, A^{count−1}X] side by side, (…, n, count·k).

    Doubled while squarings are cheap, then block by block.
    """
    found = table_alive(A, X, count)
    missing = count * X.hi.shape[-1] - found.hi.shape[-1]
    if not missing:
        return found
    dead = (X.xp.zeros_like(part[..., :1]) for part in found[1:])
    return _joined(
        [
            found,
            type(X)(X.xp, *(X.xp.broadcast_to(one, (*one.shape[:-1], missing)) for one in dead)),
        ]
    )


def table_alive(A: Any, X: Any, count: int) -> Any:
    """The same without the columns at the end that have died out: all of them 0 in float64."""
    squaring = 0.0 if isinstance(A, Scaling) else 2.0 * A.hi.shape[-1] ** 3 + CALL
    blocks, have = [X], 1
    while 2 * have < count and (
        have * X.hi.shape[-1] < 16 or CALL * count / have > squaring * math.log2(count / have)
    ):
        blocks, A, have = [_joined([*blocks, A @ _joined(blocks)])], A @ A, 2 * have
        if not X.xp.any(A.hi):
            return blocks[0]
    wide = blocks[0].hi.shape[-1]
    rest = (count - have) * X.hi.shape[-1]
    while rest > 0:
        more = A @ some_columns(blocks[-1], 0, min(wide, rest))
        if not X.xp.any(more.hi):
            break
        blocks.append(more)
        rest -= wide
    return _joined(blocks)


def table_and_power(A: Any, X: Any, count: int) -> tuple[Any, Any]:
    """The same, and A^count, for a count that is a power of two."""
    while count > 1:
        X, A, count = _joined([X, A @ X]), A @ A, count // 2
    return X, A


def some_columns(X: Any, first: int, last: int) -> Any:
    """Some of the columns."""
    return type(X)(X.xp, *(part[..., first:last] for part in X[1:]))


def _joined(blocks: list[Any]) -> Any:
    """Side by side; the leading dimensions of later blocks may be more."""
    if len(blocks) == 1:
        return blocks[0]
    xp, batch = blocks[0].xp, blocks[-1].hi.shape[:-2]
    if blocks[0].hi.shape[:-2] != batch:
        first = (xp.broadcast_to(part, (*batch, *part.shape[-2:])) for part in blocks[0][1:])
        blocks = [type(blocks[0])(xp, *first), *blocks[1:]]
    return type(blocks[0])(
        xp,
        *(
            xp.concat(parts, axis=-1)
            for parts in zip(*(block[1:] for block in blocks), strict=True)
        ),
    )


def _two_sum(a: Array, b: Array) -> tuple[Array, Array]:
    """a + b rounded, and what the rounding lost (Knuth)."""
    total = a + b
    of_b = total - a
    return total, (a - (total - of_b)) + (b - of_b)


def _two_product(a: Array, b: Array) -> tuple[Array, Array]:
    """a·b rounded, and what the rounding lost (Dekker)."""
    product = a * b
    big_a, big_b = 134217729.0 * a, 134217729.0 * b
    high_a, high_b = big_a - (big_a - a), big_b - (big_b - b)
    low_a, low_b = a - high_a, b - high_b
    return product, ((high_a * high_b - product) + high_a * low_b + low_a * high_b) + low_a * low_b


def _parts(xp: Any, z: Array) -> tuple[Array, Array | None]:
    return (xp.real(z), xp.imag(z)) if xp.isdtype(z.dtype, "complex floating") else (z, None)
