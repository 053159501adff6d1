"""How a value of an answer is written: as text, as LaTeX, as JSON."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp
from sympy.printing.latex import LatexPrinter
from sympy.printing.str import StrPrinter

from problems.formulas.formula import Formula
from problems.formulas.sets import RealSet

GREEK = {"lambda": "λ", "delta": "δ", "sigma": "σ", "alpha": "α", "beta": "β", "gamma": "γ", "epsilon": "ε"}
MOST_ROWS = 12  # of a long table; JSON has them all


class Plain(StrPrinter):  # type: ignore[misc]  # sympy's printers have no types
    """One line of Unicode: products by juxtaposition, powers with ^."""

    def _print_Symbol(self, expr: sp.Symbol) -> str:
        return re.sub(r"[a-z]+", lambda word: GREEK.get(word[0], word[0]), str(expr.name))

    def _print_Mul(self, expr: sp.Mul) -> str:
        weight, rest = expr.as_coeff_Mul()
        if weight.is_Rational and weight.q != 1 and rest.free_symbols:
            return f"{self._print(weight)}*{self.parenthesize(rest, 50)}"
        return str(super()._print_Mul(expr))

    def _print_Pow(self, expr: sp.Pow, rational: bool = False) -> str:
        base, exponent = expr.as_base_exp() if expr.base.is_Rational else (expr.base, expr.exp)
        if base.is_Rational and exponent.free_symbols and exponent.could_extract_minus_sign():
            return f"({self._print(1 / base)})**({self._print(-exponent)})"
        return str(super()._print_Pow(expr, rational))

    def _print_ImaginaryUnit(self, expr: Any) -> str:
        return "i"

    def _print_lg(self, expr: Any) -> str:
        return f"⌈log2({self._print(expr.args[0])})⌉"

    def _print_half_lg(self, expr: Any) -> str:
        return f"⌊⌈log2({self._print(expr.args[0])})⌉/2⌋"

    def _print_Max(self, expr: Any) -> str:
        return f"max({', '.join(self._print(a) for a in expr.args)})"


def expression(expr: Any) -> str:
    """A sympy expression on one line: C A^(l - 1) B."""
    return str(Plain().doprint(expr)).replace("**", "^").replace("*", " ")


class Tex(LatexPrinter):  # type: ignore[misc]  # sympy's printers have no types
    """LaTeX, with our own functions and transposed symbols."""

    def _print_Symbol(self, expr: sp.Symbol, style: str = "plain") -> str:
        if expr.name.endswith("ᵀ"):
            return f"{super()._print_Symbol(sp.Symbol(expr.name[:-1]))}^{{\\top}}"
        return str(super()._print_Symbol(expr))

    def _print_lg(self, expr: Any, exp: str | None = None) -> str:
        return f"\\lceil\\log_2 {self._print(expr.args[0])}\\rceil" + (f"^{{{exp}}}" if exp else "")

    def _print_half_lg(self, expr: Any, exp: str | None = None) -> str:
        return f"\\lfloor\\tfrac12\\lceil\\log_2 {self._print(expr.args[0])}\\rceil\\rfloor" + (f"^{{{exp}}}" if exp else "")

    def _print_log(self, expr: Any, exp: str | None = None) -> str:
        return f"\\log {self._print(expr.args[0])}" + (f"^{{{exp}}}" if exp else "")


def _number(value: Fraction | int, decimals: bool = True) -> str:
    """24/25, or 0.96 where that is the whole of it."""
    value = Fraction(value)
    if decimals and value.denominator > 1 and 10**9 % value.denominator == 0 and abs(value) < 10**6:
        return f"{float(value):.15g}"
    return _long(str(value))


def _long(digits: str) -> str:
    return digits if len(digits) <= 60 else f"{digits[:24]}…{digits[-12:]} ({len(digits)} characters)"


def _float(value: float) -> str:
    return f"{value:.10g}" if math.isfinite(value) else ("∞" if value > 0 else "-∞" if value < 0 else "NaN")


def text(value: Any) -> str:
    """One value on one line."""
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return "yes" if value else "no"
        case int() | Fraction():
            return _number(value)
        case float() | np.floating():
            return _float(float(value))
        case complex():
            return f"{value.real:.6g}{value.imag:+.6g}i"
        case Formula():
            return value.unicode
        case RealSet():
            return str(value)
        case sp.MatrixBase():
            return text(np.array(value.tolist(), dtype=object))
        case np.ndarray():
            return _array(value)
        case Mapping():
            return "; ".join(f"{name}: {text(inner)}" for name, inner in value.items())
        case Sequence():
            return ", ".join(text(inner) for inner in value)
    return expression(value)


def _array(value: np.ndarray[Any, Any]) -> str:
    if value.ndim <= 1:
        return f"({', '.join(text(x) for x in value)})"
    if value.ndim == 2:
        return text(value[0, 0]) if value.size == 1 else f"[{'; '.join(', '.join(text(x) for x in row) for row in value)}]"
    return f"({', '.join(_array(block) for block in value)})"


def block(value: Any) -> str:
    """One value on as many lines as it reads best: a matrix row by row, a kernel entry by entry, a number both ways."""
    if isinstance(value, Fraction) and value.denominator > 1:
        return f"{_long(str(value))} {'=' if f'{float(value):.6g}' == f'{float(value):.15g}' else '≈'} {float(value):.6g}"
    if isinstance(value, sp.MatrixBase):
        value = np.array(value.tolist(), dtype=object)
    if isinstance(value, np.ndarray) and value.ndim == 3:
        if value.shape[1:] == (1, 1):
            return block(value[:, 0, 0])
        return "\n".join(_shortened([_array(entry) for entry in value]))
    if isinstance(value, np.ndarray) and value.ndim == 2 and value.size > 1:
        rows = [[text(x) for x in row] for row in value]
        if len(rows[0]) > MOST_ROWS:
            rows = [[*row[: MOST_ROWS - 2], "…", row[-1]] for row in rows]
        if any(" " in cell for row in rows for cell in row):
            return "\n".join(_shortened([f"[{',  '.join(row)}]" for row in rows]))
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
        return "\n".join(_shortened(lines))
    if isinstance(value, np.ndarray) and value.ndim == 1 and len(value) > 2 * MOST_ROWS:
        return f"({', '.join(text(x) for x in value[:MOST_ROWS])}, … {len(value) - MOST_ROWS - 1} more …, {text(value[-1])})"
    if isinstance(value, Mapping):
        items = list(value.items())
        if len(items) > MOST_ROWS:
            items = [*items[: MOST_ROWS - 2], (f"… {len(items) - MOST_ROWS + 1} more …", ""), items[-1]]
        return "\n".join(f"{name} = {text(inner)}".removesuffix(" = ") for name, inner in items)
    return text(value)


def _shortened(lines: list[str]) -> list[str]:
    if len(lines) <= MOST_ROWS:
        return lines
    return [*lines[: MOST_ROWS - 2], f"… {len(lines) - MOST_ROWS + 1} more …", lines[-1]]


def latex(value: Any) -> str:
    """One value as LaTeX mathematics."""
    match value:
        case None:
            return ""
        case str():
            return f"\\text{{{escaped(value)}}}" if value else ""
        case int() | Fraction():
            return str(sp.latex(sp.Rational(value.numerator, value.denominator)))
        case float() | np.floating():
            return re.sub(r"e([+-])0*(\d+)", lambda e: f"\\cdot 10^{{{e[1].strip('+')}{e[2]}}}", _float(float(value)))
        case Formula() | RealSet():
            return value.latex
        case sp.MatrixBase():
            return latex(np.array(value.tolist(), dtype=object))
        case np.ndarray() if value.ndim == 2:
            rows = " \\\\ ".join(" & ".join(latex(x) for x in row) for row in value)
            return f"\\begin{{bmatrix}} {rows} \\end{{bmatrix}}"
        case Mapping():
            return ",\\quad ".join(f"{latex(str(name))}: {latex(inner)}" for name, inner in value.items())
        case np.ndarray() | list() | tuple():
            return f"\\left({', '.join(latex(inner) for inner in value)}\\right)"
        case sp.Basic():
            return str(Tex().doprint(value))
    return latex(text(value))


def escaped(plain: str) -> str:
    """Plain text inside LaTeX; Unicode stays, for an engine that reads it."""
    special = {"\\": r"\textbackslash{}", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}"}
    return re.sub(r"[\\^~&%$#_{}]", lambda found: special.get(found[0], "\\" + found[0]), plain)


def as_json(value: Any) -> Any:
    """One value as JSON: exact numbers as text, LaTeX and float; arrays as nested lists of those."""
    match value:
        case None | bool():
            return value
        case str():
            return value
        case int() | Fraction() | float() | np.floating() | np.integer():
            exact = Fraction(int(value)) if isinstance(value, int | np.integer) else value
            return {
                "text": str(exact) if isinstance(exact, Fraction) else repr(float(exact)),
                "latex": latex(exact),
                "float": _finite(exact),
            }
        case Formula():
            return {"text": value.right, "unicode": value.unicode, "latex": value.latex}
        case RealSet():
            return _set(value)
        case sp.MatrixBase():
            return [[as_json(x) for x in row] for row in value.tolist()]
        case Mapping():
            return {str(name): as_json(inner) for name, inner in value.items()}
        case np.ndarray() | list() | tuple():
            return [as_json(inner) for inner in value]
        case sp.Rational():
            return as_json(Fraction(value.p, value.q))
        case sp.Basic():
            return {
                "text": expression(value),
                "latex": latex(value),
                "float": float(value) if value.is_real and value.is_number else None,
            }
    return text(value)


def _finite(value: Any) -> float | None:
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _set(region: RealSet) -> dict[str, Any]:
    """The whole as text and LaTeX, and its ends where it is one interval; the parts where it is several."""
    out: dict[str, Any] = {"text": str(region), "latex": region.latex}
    if len(region.pieces) > 1:
        return {**out, "parts": [_set(RealSet((piece,))) for piece in region.pieces]}
    low = high = None
    low_closed = high_closed = False
    for piece in region.pieces:
        low, high = (None if math.isinf(end[0]) else as_json(end[0]) for end in (piece.low, piece.high))
        low_closed, high_closed = (not end[1] and not math.isinf(end[0]) for end in (piece.low, piece.high))
    return {**out, "low": low, "high": high, "low_closed": low_closed, "high_closed": high_closed}
