"""The sentences in which parts state their checks: two things are equal, or a claim holds."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from ..part import Check
from .numbers import Matrix, is_exact, probes, rational

TOLERANCE = 1e-7  # of the largest entry of the two, where one of them is floating point


def same(lhs: Any, rhs: Any, scale: Any = 0) -> bool:
    """Whether two answers are equal: exactly, or within TOLERANCE of their own size where one of
    them is floating point.

    `scale` is how large the terms are that they are sums of, where those may cancel; exact
    arithmetic does not ask for it. False also where it cannot be told, and where shapes differ.
    """
    if isinstance(lhs, dict) and isinstance(rhs, dict):
        return lhs.keys() == rhs.keys() and all(same(lhs[k], rhs[k], scale) for k in lhs)
    a, b = _plain(lhs), _plain(rhs)
    if a.shape != b.shape:
        return False
    if is_exact(a, b) and not any(isinstance(x, float) for x in (*a.flat, *b.flat)):
        return all(map(_equal, a.flat, b.flat))
    try:
        x, y = a.astype(float), b.astype(float)
    except (TypeError, OverflowError):  # a symbol, or a fraction beyond float64
        return False
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        return False
    largest = max(float(scale), float(np.abs(x).max(initial=0)), float(np.abs(y).max(initial=0)))
    return float(np.abs(x - y).max(initial=0)) <= TOLERANCE * largest


def _plain(value: Any) -> NDArray[Any]:
    if isinstance(value, sp.MatrixBase):
        return np.array(value.tolist(), dtype=object)
    if isinstance(value, np.ndarray | float | int):
        return np.asarray(value)
    if isinstance(value, list | tuple) and not any(isinstance(x, np.ndarray) for x in value):
        out = np.empty(len(value), dtype=object)
        out[:] = value
        return out
    return np.array(value, dtype=object)


def _equal(x: Any, y: Any) -> bool:
    x, y = (Fraction(v.p, v.q) if isinstance(v, sp.Rational) else v for v in (x, y))
    if not isinstance(x, sp.Expr) and not isinstance(y, sp.Expr):
        return bool(x == y)
    gap = rational(x) - rational(y)
    if gap.is_commutative and any(power.exp.is_negative for power in gap.atoms(sp.Pow)):
        gap = sp.numer(sp.together(gap))
    gap = sp.expand(gap)
    if gap == 0:
        return True
    letters = sorted(gap.free_symbols, key=str)
    at_a_point = gap.subs({name: sp.prime(i) for i, name in enumerate(letters, 3)})
    if at_a_point.is_number and abs(at_a_point.evalf(20)) > 1e-9:
        return False
    return any(simpler(gap) == 0 for simpler in (sp.cancel, sp.powsimp, sp.simplify))


def terms(*factors: Any) -> Any:
    """How large the terms are that the entries of a product are sums of: a scale for `equal`."""
    out = np.abs(factors[-1])
    for factor in factors[-2::-1]:
        out = np.abs(factor) @ out
    return np.max(out)


def equal(claim: str, lhs: Any, rhs: Any, scale: Any = 0) -> Check:
    """lhs = rhs, for every value of the symbols in them.

    The evidence is the first entry where they part.
    """
    a, b = _plain(lhs), _plain(rhs)
    if same(lhs, rhs, scale):
        size = f"all {np.size(lhs)} entries" if np.size(lhs) > 1 else "equal"
        return Check(claim, True, size if is_exact(a, b) else f"{size} within {TOLERANCE:g}")
    if a.shape != b.shape:
        return Check(claim, False, f"shapes {a.shape} and {b.shape}")
    for at in np.ndindex(*a.shape):
        if not same(a[at], b[at], scale):
            where = f" at {tuple(i + 1 for i in at)}" if at else ""
            return Check(claim, False, f"{a[at]} against {b[at]}{where}")
    return Check(claim, False, f"{lhs} against {rhs}")


def alike(claim: str, left: tuple[Matrix, ...], right: tuple[Matrix, ...] = ()) -> Check:
    """Whether two products of matrices are equal, no factor at all being I.

    Each is applied to `probes`, so O(n²) a factor.
    """
    x = probes(left[-1].shape[-1], left[-1])
    found = equal(claim, *(_applied(factors, x) for factors in (left, right)))
    return replace(found, evidence=f"{found.evidence} {on_probes(x)}")


def on_probes(x: Matrix) -> str:
    """What a comparison on `probes` has shown, for the evidence."""
    return "on every unit vector" if len(x) == x.shape[1] else "on two random vectors"


def _applied(factors: tuple[Matrix, ...], x: Matrix) -> Matrix:
    for factor in reversed(factors):
        x = factor @ x
    return x


def holds(claim: str, truth: Any, evidence: str = "") -> Check:
    """A claim that is simply true or not; None, sympy's 'cannot tell', counts as not."""
    return Check(
        claim,
        truth is True or truth is sp.true or (isinstance(truth, np.bool_) and bool(truth)),
        evidence,
    )
