"""Counting work and depth on a computation that is really built.

`Circuit` wires whole matrices, under one of two cost models:

    unit   a matrix product or sum costs 1 work and 1 step, whatever its size;
    tree   scalars are added and multiplied in pairs: an inner dimension of k takes
           1 + ⌈log₂ k⌉ steps.

`Tally` counts scalar operations of an ordinary function by running it on numbers that count.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

# values are kept modulo the prime 3·2¹² + 1, which has roots of unity for transforms up to 4096
PRIME = 12289
ROOT = 11  # generates the units modulo PRIME
Model = Literal["unit", "tree"]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Wire:
    """A matrix in flight: its value modulo PRIME, and the step at which it is ready."""

    value: NDArray[np.int64]
    ready: int = 0


class Circuit:
    """Builds a computation and counts it: `work` so far.

    The depth is the `ready` of what comes out.
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        self.work = 0

    def _put(self, value: NDArray[np.int64], work: int, starts: int, steps: int) -> Wire:
        self.work += 1 if self.model == "unit" else work
        return Wire(value % PRIME, starts + (1 if self.model == "unit" else steps))

    def multiply(self, X: Wire, Y: Wire, after: int = 0) -> Wire:
        """X Y, begun when both are there and not before step `after`."""
        rows, inner = X.value.shape
        work = rows * Y.value.shape[1] * (2 * inner - 1)
        return self._put(
            X.value @ Y.value, work, max(X.ready, Y.ready, after), 1 + (inner - 1).bit_length()
        )

    def add(self, X: Wire, Y: Wire) -> Wire:
        return self._put(X.value + Y.value, X.value.size, max(X.ready, Y.ready), 1)

    def entrywise(self, X: Wire, Y: Wire) -> Wire:
        return self._put(X.value * Y.value, X.value.size, max(X.ready, Y.ready), 1)

    def scale(self, X: Wire, by: NDArray[np.int64]) -> Wire:
        """Entry by entry with constants."""
        return self._put(X.value * by, X.value.size, X.ready, 1)

    def total(self, wires: list[Wire]) -> Wire:
        """The sum, by a balanced binary tree."""
        while len(wires) > 1:
            paired = [self.add(x, y) for x, y in zip(wires[::2], wires[1::2], strict=False)]
            wires = paired + wires[len(wires) - len(wires) % 2 :]
        return wires[0]


def stacked(*wires: Wire, axis: int = 0) -> Wire:
    """Wires side by side, at no cost: ready when the last of them is."""
    return Wire(np.concatenate([w.value for w in wires], axis=axis), max(w.ready for w in wires))


def prefixes(elements: list[T], then: Callable[[T, T], T]) -> list[T]:
    """e_0, e_1∘e_0, e_2∘e_1∘e_0, … for 2^N elements.

    2^{N+1} − 2 − N compositions, at most max(N, 2N − 2) in sequence.
    """
    if len(elements) == 1:
        return elements
    paired = [then(late, early) for early, late in zip(elements[::2], elements[1::2], strict=True)]
    odd = prefixes(paired, then)
    even = [then(late, early) for late, early in zip(elements[2::2], odd, strict=False)]
    return [w for both in zip([elements[0], *even], odd, strict=True) for w in both]


def transform(circuit: Circuit, X: Wire, inverse: bool = False) -> Wire:
    """The discrete Fourier transform modulo PRIME of the rows of X, whose length is a power of two,
    by butterflies.
    """
    size = X.value.shape[1]
    if size == 1:
        return X
    even = transform(circuit, Wire(X.value[:, ::2], X.ready), inverse)
    odd = transform(circuit, Wire(X.value[:, 1::2], X.ready), inverse)
    root = pow(ROOT, (PRIME - 1) // size, PRIME)
    root = pow(root, -1, PRIME) if inverse else root
    turned = circuit.scale(odd, np.array([pow(root, j, PRIME) for j in range(size // 2)]))
    minus = Wire(-turned.value, turned.ready)
    return stacked(circuit.add(even, turned), circuit.add(even, minus), axis=1)


class Tally:
    """Counts additions, subtractions, multiplications and divisions of the numbers it hands out."""

    def __init__(self) -> None:
        self.work = 0

    def __call__(self, values: Any) -> Any:
        """The same scalar or array, in numbers that count."""
        if isinstance(values, np.ndarray):
            return np.frompyfunc(lambda v: Counted(v, self), 1, 1)(values)
        return Counted(values, self)


class Counted:
    """An exact number; every operation on it adds one to its tally."""

    __slots__ = ("tally", "value")

    def __init__(self, value: Any, tally: Tally) -> None:
        self.value, self.tally = Fraction(value), tally

    def _made(self, value: Fraction) -> Counted:
        self.tally.work += 1
        return Counted(value, self.tally)

    def __add__(self, other: Any) -> Any:
        return (
            self._made(self.value + other.value) if isinstance(other, Counted) else NotImplemented
        )

    def __sub__(self, other: Any) -> Any:
        return (
            self._made(self.value - other.value) if isinstance(other, Counted) else NotImplemented
        )

    def __mul__(self, other: Any) -> Any:
        return (
            self._made(self.value * other.value) if isinstance(other, Counted) else NotImplemented
        )

    def __truediv__(self, other: Any) -> Any:
        return (
            self._made(self.value / other.value) if isinstance(other, Counted) else NotImplemented
        )

    def __pow__(self, exponent: int) -> Counted:
        """Only x⁰, the constant 1, which costs nothing."""
        if exponent:
            raise ValueError("count a power as products")
        return Counted(1, self.tally)

    def __bool__(self) -> bool:
        return bool(self.value)
