"""Which library an array belongs to, and what an array must be before anything is computed with it.

NumPy arrays (and lists) stay with NumPy; PyTorch, JAX and CuPy arrays go through the array API
standard, which the extra `hw8[arrays]` provides, and are computed with where they live. Everything
is computed in float64 (complex128) and given back in the precision it came in.
"""

from __future__ import annotations

import warnings
from importlib import import_module
from typing import Any

import numpy as np

from ..part import InputError

Array = Any  # of any library
PLAIN = (np.ndarray, np.generic, int, float, complex, list, tuple, type(None))  # what NumPy is for


class PrecisionWarning(UserWarning):
    """A result that rounding alone can move by more than it should."""


class TooLargeError(InputError, OverflowError):
    """Finite numbers whose result is beyond float64."""


def namespace(*values: Array) -> Any:
    """numpy, or the array API namespace of the one library that the arrays come from."""
    foreign = [v for v in values if not isinstance(v, PLAIN)]
    if not foreign:
        return np
    if any(isinstance(v, np.ndarray) for v in values):
        raise InputError(
            f"a {type(foreign[0]).__name__} and a NumPy array are mixed: pass arrays of one library"
        )
    try:
        compat = import_module("array_api_compat")
    except ImportError:
        kind = f"{type(foreign[0]).__module__}.{type(foreign[0]).__name__}"
        raise InputError(
            f"arrays of type {kind} need the array API standard: pip install 'hw8[arrays]'"
        ) from None
    try:
        return compat.array_namespace(*foreign)
    except TypeError:
        raise InputError(
            f"a {type(foreign[0]).__name__} is no array: pass arrays of one library"
        ) from None


def checked(
    xp: Any,
    name: str,
    value: Array,
    least: int = 2,
    allow_complex: bool = False,
    finite: bool = True,
) -> Array:
    """`value` in float64 (or complex128).

    Real numbers, finite, with at least `least` axes and no empty last one.

    Raises InputError that names what is off. One pass over the entries, for `finite`: what is not
    finite shows in the result, and a long computation looks there first.
    """
    if xp is np:
        try:
            value = np.asarray(value)
        except ValueError:
            raise InputError(
                f"{name} has rows of unequal length: give a rectangular array"
            ) from None
        numbers, is_complex = value.dtype.kind in "iufc", value.dtype.kind == "c"
    else:
        value = xp.asarray(value)
        numbers = xp.isdtype(value.dtype, "numeric")
        is_complex = xp.isdtype(value.dtype, "complex floating")
    if not numbers:
        raise InputError(f"{name} has entries of type {value.dtype}: give float32 or float64")
    if is_complex and not allow_complex:
        raise InputError(
            f"{name} is complex: complex numbers go with Diagonal(lambdas), "
            "one of each conjugate pair"
        )
    if value.ndim < least:
        fix = f"; {name}[:, None] makes a column, {name}[None] a row" if value.ndim == 1 else ""
        raise InputError(f"{name} has shape {tuple(value.shape)}: give at least {least} axes{fix}")
    if least and value.shape[-1] == 0:
        raise InputError(
            f"{name} is empty, of shape {tuple(value.shape)}: give at least one entry a row"
        )
    value = in_double(xp, value, is_complex)
    if finite:
        refuse_infinite(xp, name, value)
    return value


def refuse_infinite(xp: Any, name: str, value: Array) -> None:
    """Raise InputError where an entry is NaN or infinite."""
    if not all_finite(xp, value):
        raise InputError(f"{name} has an entry that is not finite: replace NaN and infinity")


def in_double(xp: Any, value: Array, is_complex: bool = False) -> Array:
    """In float64, or complex128; InputError where the library has neither."""
    wanted = xp.complex128 if is_complex else xp.float64
    if value.dtype == wanted:
        return value
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # JAX's own, of what the next line refuses
        value = xp.astype(value, wanted)
    if value.dtype != wanted:
        raise InputError(
            "JAX computes in float32 unless told otherwise: "
            "jax.config.update('jax_enable_x64', True)"
        )
    return value


def as_complex(xp: Any, real: Array, imag: Array) -> Array:
    """real + i·imag."""
    return xp.astype(real, xp.complex128) + 1j * xp.astype(imag, xp.complex128)


def all_finite(xp: Any, value: Array) -> bool:
    """Whether every entry is finite; the sum says so at once, unless it overflows by itself."""
    with np.errstate(over="ignore", invalid="ignore"):
        return bool(xp.isfinite(xp.sum(value))) or bool(xp.all(xp.isfinite(value)))


def quotient(xp: Any, top: Array, bottom: Array) -> Array:
    """top / bottom for a bottom ≥ 0, and 0 where that is 0."""
    there = bottom > 0
    found = top / xp.where(there, bottom, xp.ones_like(bottom))
    return xp.where(there, found, xp.zeros_like(found))


def kept(xp: Any, value: Array) -> Array:
    """A copy that nobody else writes into."""
    copy = xp.asarray(value, copy=True)
    if isinstance(copy, np.ndarray):
        copy.setflags(write=False)
    return copy


def penalty(lam: Any) -> float:
    """λ as a number above 0."""
    try:
        found = (
            float("nan")
            if isinstance(lam, bool | str | complex | np.complexfloating)
            else float(lam)
        )
    except (TypeError, ValueError):
        found = float("nan")
    except OverflowError:
        found = float("inf")
    if not 1e-300 <= found < np.inf:
        raise InputError(
            f"lam is {lam!r:.40}, but the fit exists for certain only where λ > 0: "
            "pass a number of 1e-300 or more"
        )
    return found


def precision(xp: Any, *values: Array) -> Any:
    """float32 where everything that has a precision has that one; else float64."""
    given = [v.dtype for v in values if hasattr(v, "dtype")]
    return (
        xp.float32
        if given and all(dtype in (xp.float32, xp.complex64) for dtype in given)
        else xp.float64
    )


def given_back(xp: Any, value: Array, dtype: Any) -> Array:
    """The result in the caller's precision; complex where it is complex.

    TooLargeError where it is beyond float32.
    """
    if dtype == xp.float64:
        return value
    with np.errstate(over="ignore", under="ignore"):
        single = xp.astype(value, xp.complex64 if value.dtype == xp.complex128 else xp.float32)
        if not all_finite(xp, single):
            raise TooLargeError("the result is beyond float32: pass float64")
    return single


def transposed(value: Array) -> Array:
    """The last two axes swapped; a view."""
    return value.mT if hasattr(value, "mT") else value.swapaxes(-1, -2)


def on_device(like: Array) -> dict[str, Any]:
    """Where `like` lives, as the keyword of the functions that make arrays."""
    return (
        {}
        if isinstance(like, np.ndarray)
        else {"device": import_module("array_api_compat").device(like)}
    )


def eye(xp: Any, n: int, like: Array) -> Array:
    """The n×n identity in float64, beside `like`."""
    return xp.eye(n, dtype=xp.float64, **on_device(like))


def common_shape(**shapes: tuple[int, ...]) -> tuple[int, ...]:
    """Leading dimensions broadcast together, or an InputError that names them."""
    if not any(shapes.values()):
        return ()
    try:
        return np.broadcast_shapes(*shapes.values())
    except ValueError:
        said = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
        raise InputError(
            f"leading dimensions do not broadcast: {said}; make them equal or 1"
        ) from None
