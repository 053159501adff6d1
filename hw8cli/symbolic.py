"""How what is sympy's is written. Imported by `values` when there is one to write."""

from __future__ import annotations

import re
from typing import Any

import sympy as sp
from sympy.printing.latex import LatexPrinter
from sympy.printing.precedence import PRECEDENCE
from sympy.printing.str import StrPrinter

GREEK = {
    "lambda": "λ",
    "delta": "δ",
    "sigma": "σ",
    "alpha": "α",
    "beta": "β",
    "gamma": "γ",
    "epsilon": "ε",
}


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
        return f"\\lceil{self._log2(expr)}\\rceil" + (f"^{{{exp}}}" if exp else "")

    def _print_half_lg(self, expr: Any, exp: str | None = None) -> str:
        half = f"\\lfloor\\tfrac12\\lceil{self._log2(expr)}\\rceil\\rfloor"
        return half + (f"^{{{exp}}}" if exp else "")

    def _log2(self, expr: Any) -> str:
        return f"\\log_2 {self.parenthesize(expr.args[0], PRECEDENCE['Atom'], strict=True)}"

    def _print_log(self, expr: Any, exp: str | None = None) -> str:
        inside = self.parenthesize(expr.args[0], PRECEDENCE["Atom"], strict=True)
        return f"\\log{f'^{{{exp}}}' if exp else ''} {inside}"


def latex(expr: sp.Basic) -> str:
    """An expression or a set as LaTeX mathematics."""
    return str(Tex().doprint(expr))


def expression_json(expr: sp.Basic) -> Any:
    """As text, LaTeX, and float where it is a number."""
    return {
        "text": expression(expr),
        "latex": latex(expr),
        "float": float(expr) if expr.is_real and expr.is_number else None,
    }
