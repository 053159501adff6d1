"""How what is sympy's, and a growth rate, is written. Imported by `values` when there is one to write."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import sympy as sp
from sympy.printing.latex import LatexPrinter
from sympy.printing.str import StrPrinter

from problems.growth import Growth

from . import values

GREEK = {"lambda": "λ", "delta": "δ", "sigma": "σ", "alpha": "α", "beta": "β", "gamma": "γ", "epsilon": "ε"}


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


def growth(rate: Growth) -> str:
    """O(n d^2) and its condition: sizes before logarithms, the longest sequence first."""
    return f"O({_rate(rate.expr)})" + (f" for {rate.where}" if rate.where else "")


def _rate(expr: sp.Expr) -> str:
    if isinstance(expr, sp.Add):
        return " + ".join(_rate(a) for a in sorted(expr.args, key=lambda a: (-len(a.free_symbols), str(a))))
    if isinstance(expr, sp.Mul):
        factors = sorted(
            expr.args, key=lambda f: (bool(f.has(sp.Function("log"))), "Lnmd".find(str(f).removeprefix("sqrt(")[0]) % 9)
        )
        return " ".join(f"({_rate(f)})" if isinstance(f, sp.Add) else _rate(f) for f in factors)
    if isinstance(expr, sp.Function) and expr.func.__name__ == "log":
        return f"log {_rate(expr.args[0])}"
    return expression(expr)


def interval(region: sp.Set) -> str:
    """[1, 4], (1/1000, ∞), ∅, unions with ∪."""
    if isinstance(region, sp.Interval):
        low, high = ("∞" if e == sp.oo else "-∞" if e == -sp.oo else expression(e) for e in (region.start, region.end))
        return f"{'(' if region.left_open else '['}{low}, {high}{')' if region.right_open else ']'}"
    if isinstance(region, sp.Union):
        return " ∪ ".join(interval(part) for part in region.args)
    if isinstance(region, sp.FiniteSet):
        return "{" + ", ".join(expression(x) for x in region) + "}"
    return "∅"


def latex(expr: sp.Basic) -> str:
    """An expression or a set as LaTeX mathematics."""
    return str(Tex().doprint(expr))


def growth_latex(rate: Growth) -> str:
    """O\\left(n d^{2}\\right)."""
    return f"O\\left({latex(rate.expr)}\\right)"


def growth_json(rate: Growth) -> Any:
    """As text and LaTeX, with the condition where there is one."""
    where = {"where": rate.where} if rate.where else {}
    return {"text": growth(replace(rate, where="")), "latex": growth_latex(rate), **where}


def expression_json(expr: sp.Basic) -> Any:
    """As text, LaTeX, and float where it is a number."""
    return {
        "text": expression(expr),
        "latex": latex(expr),
        "float": float(expr) if expr.is_real and expr.is_number else None,
    }


def interval_json(region: sp.Set) -> dict[str, Any]:
    """As text and LaTeX, with its ends, or its parts where it has several."""
    out: dict[str, Any] = {"text": interval(region), "latex": str(sp.latex(region))}
    if isinstance(region, sp.FiniteSet) and len(region) == 1:
        only = values.as_json(region.args[0])
        return {**out, "low": only, "high": only, "low_closed": True, "high_closed": True}
    whole = region if isinstance(region, sp.Interval) else None
    low, high = (values.as_json(e) if e.is_finite else None for e in (whole.start, whole.end)) if whole else (None, None)
    out |= {"low": low, "high": high}
    out |= {"low_closed": bool(whole and not whole.left_open), "high_closed": bool(whole and not whole.right_open)}
    if isinstance(region, sp.Union):
        out["parts"] = [interval_json(part) for part in region.args]
    return out
