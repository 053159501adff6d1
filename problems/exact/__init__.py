"""The mathematics on fractions, symbols and counted numbers."""

from .claims import equal, holds, same
from .linear import inverse, linear_solve
from .numbers import (
    Matrix,
    Scalar,
    Vector,
    affordable,
    decimals,
    identity,
    integers,
    is_exact,
    matrix,
    positive,
    rational,
    scalar,
    shaped,
    symbols,
    vector,
    within_float64,
    zeros,
)

__all__ = [
    "Matrix",
    "Scalar",
    "Vector",
    "affordable",
    "decimals",
    "equal",
    "holds",
    "identity",
    "integers",
    "inverse",
    "is_exact",
    "linear_solve",
    "matrix",
    "positive",
    "rational",
    "same",
    "scalar",
    "shaped",
    "symbols",
    "vector",
    "within_float64",
    "zeros",
]
