"""The state-space model x_{k+1} = A x_k + B u_k, y_k = C x_k + D u_k; A's structure is a type.

A structure is the numbers that define it (a vector, a vector p, factors), never a claim about a
matrix, so it cannot be wrong. A plain array is looked at: where every entry off the diagonal is
exactly 0 it becomes Diagonal, else it is Dense.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..part import InputError
from .arrays import (
    Array,
    checked,
    common_shape,
    eye,
    in_double,
    kept,
    namespace,
    precision,
    transposed,
)
from .powers import Scaling, Twofold


@dataclass(frozen=True, slots=True)
class Dense:
    """A (…, n, n), real. A product with a vector costs 2n² operations."""

    matrix: Array

    def __post_init__(self) -> None:
        matrix = checked(namespace(self.matrix), "A", self.matrix)
        if matrix.shape[-1] != matrix.shape[-2]:
            raise InputError(
                f"A has shape {tuple(matrix.shape)}, but it is square: "
                "pass (n, n), or Diagonal(lambdas) for a batch"
            )
        object.__setattr__(self, "matrix", kept(namespace(matrix), matrix))

    @property
    def n(self) -> int:
        return int(self.matrix.shape[-1])

    @property
    def batch(self) -> tuple[int, ...]:
        return tuple(self.matrix.shape[:-2])

    def times(self, X: Array) -> Array:
        """A X for X (…, n, k)."""
        return self.matrix @ X

    def factor(self, xp: Any) -> Any:
        """A as what `powers` multiplies."""
        return Twofold.of(xp, self.matrix)

    def transposed(self) -> Dense:
        return Dense(transposed(self.matrix))

    def dense(self) -> Dense:
        return self


@dataclass(frozen=True, slots=True)
class Diagonal:
    """A = diag(lambdas), lambdas (…, n). A product with a vector costs n operations.

    Complex lambdas stand for one of each conjugate pair: the model is real and its output is 2·Re
    of theirs. B and C may then be complex, the state is, and u, D and y are real; a real λ among
    them counts twice too. Giving both of a pair is an error.
    """

    lambdas: Array

    def __post_init__(self) -> None:
        xp = namespace(self.lambdas)
        lambdas = checked(xp, "lambdas", self.lambdas, 1, allow_complex=True)
        if xp.isdtype(lambdas.dtype, "complex floating"):
            twins = (lambdas[..., :, None] == xp.conj(lambdas)[..., None, :]) & (
                xp.imag(lambdas) != 0
            )[..., None]
            if bool(xp.any(twins)):
                raise InputError(
                    "lambdas holds both of a conjugate pair: give one of each, "
                    "as the output is 2·Re of theirs"
                )
        object.__setattr__(self, "lambdas", kept(xp, lambdas))

    @property
    def n(self) -> int:
        return int(self.lambdas.shape[-1])

    @property
    def batch(self) -> tuple[int, ...]:
        return tuple(self.lambdas.shape[:-1])

    def times(self, X: Array) -> Array:
        """A X for X (…, n, k)."""
        return self.lambdas[..., None] * X

    def factor(self, xp: Any) -> Any:
        """A as what `powers` multiplies."""
        return Scaling(xp, self.lambdas, xp.zeros_like(self.lambdas))


@dataclass(frozen=True, slots=True)
class IdentityPlusOuter:
    """A = I + p pᵀ, p (…, n), real: part 1f. A product with a vector costs 4n operations."""

    p: Array

    def __post_init__(self) -> None:
        xp = namespace(self.p)
        object.__setattr__(self, "p", kept(xp, checked(xp, "p", self.p, 1)))

    @property
    def n(self) -> int:
        return int(self.p.shape[-1])

    @property
    def batch(self) -> tuple[int, ...]:
        return tuple(self.p.shape[:-1])

    def times(self, X: Array) -> Array:
        """A X for X (…, n, k)."""
        return X + self.p[..., None] * (self.p[..., None, :] @ X)

    def transposed(self) -> IdentityPlusOuter:
        return self

    def dense(self) -> Dense:
        return Dense(
            eye(namespace(self.p), self.n, self.p) + self.p[..., None] * self.p[..., None, :]
        )


@dataclass(frozen=True, slots=True)
class DiagonalPlusLowRank:
    """A = diag(lambdas) + P Qᵀ, lambdas (…, n), P and Q (…, n, r), real.

    A product with a vector takes (1 + 4r) n operations.
    """

    lambdas: Array
    P: Array
    Q: Array

    def __post_init__(self) -> None:
        xp = namespace(self.lambdas, self.P, self.Q)
        lambdas, P, Q = (
            checked(xp, "lambdas", self.lambdas, 1),
            checked(xp, "P", self.P),
            checked(xp, "Q", self.Q),
        )
        if P.shape[-2:] != Q.shape[-2:] or P.shape[-2] != lambdas.shape[-1]:
            shapes = f"P {tuple(P.shape)}, Q {tuple(Q.shape)}, lambdas {tuple(lambdas.shape)}"
            raise InputError(
                f"{shapes} do not fit: give P and Q as (n, r), one row for each of the n lambdas"
            )
        for name, value in (("lambdas", lambdas), ("P", P), ("Q", Q)):
            object.__setattr__(self, name, kept(xp, value))

    @property
    def n(self) -> int:
        return int(self.lambdas.shape[-1])

    @property
    def batch(self) -> tuple[int, ...]:
        return common_shape(
            lambdas=tuple(self.lambdas.shape[:-1]),
            P=tuple(self.P.shape[:-2]),
            Q=tuple(self.Q.shape[:-2]),
        )

    def times(self, X: Array) -> Array:
        """A X for X (…, n, k)."""
        return self.lambdas[..., None] * X + self.P @ (transposed(self.Q) @ X)

    def transposed(self) -> DiagonalPlusLowRank:
        return DiagonalPlusLowRank(self.lambdas, self.Q, self.P)

    def dense(self) -> Dense:
        return Dense(self.times(eye(namespace(self.P), self.n, self.P)))


Structure = Dense | Diagonal | IdentityPlusOuter | DiagonalPlusLowRank


def structured(A: Array) -> Structure:
    """Diagonal for a vector, or a square matrix that is exactly 0 off the diagonal; else Dense."""
    xp = namespace(A)
    A = checked(xp, "A", A, 1, allow_complex=True)
    if A.ndim == 1:
        return Diagonal(A)
    if A.ndim == 2 and A.shape[0] == A.shape[1] and not xp.isdtype(A.dtype, "complex floating"):
        diagonal = xp.linalg.diagonal(A)
        if bool(xp.all(diagonal[:, None] * eye(xp, A.shape[0], A) == A)):
            return Diagonal(diagonal)
    return Dense(A)


@dataclass(frozen=True, eq=False)
class StateSpace:
    """x_{k+1} = A x_k + B u_k, y_k = C x_k + D u_k.

    A: (n,) or (n, n), or a structure of this module; B (…, n, d), C (…, m, n), D (…, m, d), 0 if
    left out. Leading dimensions broadcast. Arrays are copied to float64. Raises InputError where
    shapes do not fit, entries are not finite, or complex numbers appear outside a complex Diagonal.
    """

    A: Any  # a Structure, once constructed
    B: Array
    C: Array
    D: Array = None
    batch: tuple[int, ...] = field(init=False, repr=False)  # the leading dimensions, broadcast
    is_complex: bool = field(init=False, repr=False)  # the state is complex, and the output 2·Re
    xp: Any = field(init=False, repr=False)
    dtype: Any = field(init=False, repr=False)
    # what `forward` has computed once
    prepared: dict[Any, Any] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        structures = (Dense, Diagonal, IdentityPlusOuter, DiagonalPlusLowRank)
        A, own = self.A, isinstance(self.A, structures)
        inside = [getattr(A, name) for name in A.__slots__] if own else [A]
        xp = namespace(*inside, self.B, self.C, self.D)
        dtype = precision(xp, *([] if own else [A]), self.B, self.C, self.D)
        A = A if own else structured(A if xp is np else xp.asarray(A))
        is_complex = isinstance(A, Diagonal) and bool(
            xp.isdtype(A.lambdas.dtype, "complex floating")
        )
        B = checked(xp, "B", self.B, allow_complex=is_complex)
        C = checked(xp, "C", self.C, allow_complex=is_complex)
        B, C = (in_double(xp, M, is_complex) for M in (B, C))
        if B.shape[-2] != A.n:
            raise InputError(
                f"B has shape {tuple(B.shape)}, but A has {A.n} states: "
                f"give B as (n, d) = ({A.n}, d)"
            )
        if C.shape[-1] != A.n:
            raise InputError(
                f"C has shape {tuple(C.shape)}, but A has {A.n} states: "
                f"give C as (m, n) = (m, {A.n})"
            )
        m, d = C.shape[-2], B.shape[-1]
        if not m:
            raise InputError(f"C is empty, of shape {tuple(C.shape)}: give at least one output")
        D = (
            xp.zeros((m, d), dtype=xp.float64, device=B.device)
            if self.D is None
            else checked(xp, "D", self.D)
        )
        if tuple(D.shape[-2:]) != (m, d):
            raise InputError(
                f"D has shape {tuple(D.shape)}, but C has {m} rows and B {d} columns: "
                f"give D as ({m}, {d})"
            )
        batch = common_shape(
            A=A.batch, B=tuple(B.shape[:-2]), C=tuple(C.shape[:-2]), D=tuple(D.shape[:-2])
        )
        found = {
            "A": A,
            "B": kept(xp, B),
            "C": kept(xp, C),
            "D": kept(xp, D),
            "batch": batch,
            "is_complex": is_complex,
            "xp": xp,
            "dtype": dtype,
        }
        for name, value in found.items():
            object.__setattr__(self, name, value)

    @property
    def n(self) -> int:
        """How many states; of a complex Diagonal, one for each conjugate pair."""
        return int(self.A.n)

    @property
    def d(self) -> int:
        """How many inputs."""
        return int(self.B.shape[-1])

    @property
    def m(self) -> int:
        """How many outputs."""
        return int(self.C.shape[-2])

    def output(self, rows: Array, states: Array) -> Array:
        """rows · states, as 2·Re where the states are complex."""
        return 2 * self.xp.real(rows @ states) if self.is_complex else rows @ states
