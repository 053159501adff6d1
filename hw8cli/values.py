"""How a value of an answer is written: as text, as LaTeX, as JSON.

One table says it for each type by its name, so that nothing is imported to write what is not there.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal
from fractions import Fraction
from functools import cache
from importlib import import_module
from typing import Any

from problems.formulas.sets import infinite

MOST_ROWS = 12  # of a long table; JSON has them all
MOST_DIGITS = 60  # of a number on screen


@dataclass(frozen=True)
class Writer:
    """How the values of one type are written; `block` where they read better on several lines."""

    text: Callable[[Any], str]
    latex: Callable[[Any], str]
    json: Callable[[Any], Any]
    block: Callable[[Any], str] | None = None


def text(value: Any) -> str:
    """One value on one line."""
    return _writer(value).text(value)


def block(value: Any) -> str:
    """On the lines it reads best on: a matrix by rows, a kernel by entries, a number twice."""
    writer = _writer(value)
    return (writer.block or writer.text)(value)


def latex(value: Any) -> str:
    """One value as LaTeX mathematics."""
    return _writer(value).latex(value)


def as_json(value: Any) -> Any:
    """Exact numbers as text, LaTeX and float; arrays as nested lists of those."""
    return _writer(value).json(value)


def _writer(value: Any) -> Writer:
    return _writer_of(type(value))  # type: ignore[arg-type]  # mypy takes no type for hashable


@cache
def _writer_of(kind: type) -> Writer:
    """The line of WRITERS for a type. Raises KeyError where there is none."""
    names = [f"{base.__module__.partition('.')[0]}.{base.__qualname__}" for base in kind.__mro__]
    return WRITERS[next((name for name in names if name in WRITERS), names[0])]


def escaped(plain: str) -> str:
    """Plain text inside LaTeX; Unicode stays, for an engine that reads it."""
    special = {"\\": r"\textbackslash{}", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}"}
    special |= {"✓": r"$\checkmark$", "✗": r"$\times$"}
    return re.sub(r"[\\^~&%$#_{}✓✗]", lambda found: special.get(found[0], "\\" + found[0]), plain)


def _words_latex(words: str) -> str:
    return f"\\text{{{escaped(words)}}}" if words else ""


def _number(value: Any) -> str:
    """24/25, or 0.96 where that is the whole of it, in 15 digits at most."""
    value = Fraction(value)
    if value.denominator > 1 and 10**12 % value.denominator == 0 and abs(value) < 10**6:
        decimal = f"{float(value):.15g}"
        if Fraction(decimal) == value:
            return decimal
    return _long(str(value))


def _long(digits: str) -> str:
    return (
        digits
        if len(digits) <= MOST_DIGITS
        else f"{digits[:24]}…{digits[-12:]} ({len(digits)} characters)"
    )


def _both_ways(value: Fraction) -> str:
    if value.denominator == 1:
        return _number(value)
    near = f"{_nearest(value) or _past_floats(value):.6g}"
    return f"{_long(str(value))} {'=' if Fraction(near) == value else '≈'} {near}"


def _past_floats(value: Fraction) -> Decimal:
    return Context(6, Emax=MAX_EMAX, Emin=MIN_EMIN).divide(
        Decimal(value.numerator), Decimal(value.denominator)
    )


def _nearest(value: Fraction) -> float | None:
    try:
        return float(value)
    except OverflowError:
        return None


def _number_latex(value: Any) -> str:
    value = Fraction(value)
    whole = value.denominator == 1
    return (
        str(value)
        if whole
        else f"{'- ' * (value < 0)}\\frac{{{abs(value.numerator)}}}{{{value.denominator}}}"
    )


def _number_json(value: Any) -> Any:
    value = Fraction(value)
    return {"text": str(value), "latex": _number_latex(value), "float": _nearest(value)}


def _float(value: float) -> str:
    return (
        f"{value:.10g}"
        if math.isfinite(value)
        else ("∞" if value > 0 else "-∞" if value < 0 else "NaN")
    )


def _float_latex(value: float) -> str:
    return re.sub(
        r"e([+-])0*(\d+)", lambda e: f"\\cdot 10^{{{e[1].strip('+')}{e[2]}}}", _float(value)
    )


def _float_json(value: float) -> Any:
    value = float(value)
    return {
        "text": repr(value),
        "latex": _float_latex(value),
        "float": value if math.isfinite(value) else None,
    }


def _complex(value: complex) -> str:
    return f"{value.real:.6g}{value.imag:+.6g}i"


def _listed(values: Any, write: Callable[[Any], str] = text, between: str = ", ") -> str:
    return between.join(map(write, values))


def _array(value: Any) -> str:
    if value.ndim == 2:
        return text(value[0, 0]) if value.size == 1 else f"[{_listed(value, _listed, '; ')}]"
    return f"({_listed(value)})"


def _array_block(value: Any) -> str:
    if value.ndim == 3 and value.shape[1:] == (1, 1):
        return _array_block(value[:, 0, 0])
    if value.ndim == 3:
        return _shortened([_array(entry) for entry in value])
    if value.ndim == 2 and value.size > 1:
        return _shortened(_rows([[text(x) for x in row] for row in value]))
    if value.ndim == 1 and len(value) > 2 * MOST_ROWS:
        first, last = _listed(value[:MOST_ROWS]), text(value[-1])
        return f"({first}, … {len(value) - MOST_ROWS - 1} more …, {last})"
    return _array(value)


def _rows(rows: list[list[str]]) -> list[str]:
    if len(rows[0]) > MOST_ROWS:
        rows = [[*row[: MOST_ROWS - 2], "…", row[-1]] for row in rows]
    if any(" " in cell for row in rows for cell in row):
        return [f"[{',  '.join(row)}]" for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(map(str.rjust, row, widths)) for row in rows]


def _shortened(lines: list[str]) -> str:
    if len(lines) > MOST_ROWS:
        lines = [*lines[: MOST_ROWS - 2], f"… {len(lines) - MOST_ROWS + 1} more …", lines[-1]]
    return "\n".join(lines)


def _array_latex(value: Any) -> str:
    if value.ndim != 2:
        return _series_latex(value)
    rows = _listed(value, lambda row: _listed(row, latex, " & "), " \\\\ ")
    return f"\\begin{{bmatrix}} {rows} \\end{{bmatrix}}"


def _series_latex(values: Any) -> str:
    return f"\\left({_listed(values, latex)}\\right)"


def _series_json(values: Any) -> Any:
    return [as_json(inner) for inner in values]


def _of_matrix(write: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def written(matrix: Any) -> Any:
        import numpy as np  # there is a matrix of sympy's

        return write(np.array(matrix.tolist(), dtype=object))

    return written


def _symbolic(name: str) -> Callable[[Any], Any]:
    def write(value: Any) -> Any:
        # imports sympy: there is a value of sympy's
        return getattr(import_module("hw8cli.symbolic"), name)(value)

    return write


def _set_json(region: Any) -> dict[str, Any]:
    """As text and LaTeX, with its ends, or its parts where it has several."""
    out: dict[str, Any] = {"text": str(region), "latex": region.latex}
    if len(region.pieces) > 1:
        return {**out, "parts": [_set_json(part) for part in region.parts]}
    ends = [end for piece in region.pieces for end in (piece.low, piece.high)] or [
        (math.inf, 1)
    ] * 2
    low, high = (None if infinite(at) else as_json(at) for at, _ in ends)
    low_closed, high_closed = (not side and not infinite(at) for at, side in ends)
    return {**out, "low": low, "high": high, "low_closed": low_closed, "high_closed": high_closed}


def _same(value: Any) -> Any:
    return value


NUMBER = Writer(_number, _number_latex, _number_json, _both_ways)
TRUTH = Writer(lambda b: "yes" if b else "no", lambda b: _words_latex("yes" if b else "no"), bool)
FLOAT = Writer(_float, _float_latex, _float_json)
COMPLEX = Writer(_complex, lambda z: _words_latex(_complex(z)), _complex)
SERIES = Writer(_listed, _series_latex, _series_json)
WRITERS = {  # package and class -> how it and its heirs are written
    "builtins.NoneType": Writer(lambda _: "", lambda _: "", _same),
    "builtins.str": Writer(_same, _words_latex, _same),
    "builtins.bool": TRUTH,
    "numpy.bool": TRUTH,
    "builtins.int": NUMBER,
    "numpy.integer": NUMBER,
    "fractions.Fraction": NUMBER,
    "builtins.float": FLOAT,
    "numpy.floating": FLOAT,
    "builtins.complex": COMPLEX,
    "numpy.complexfloating": COMPLEX,
    "builtins.list": SERIES,
    "builtins.tuple": SERIES,
    "builtins.dict": Writer(
        lambda named: "; ".join(f"{name}: {text(inner)}" for name, inner in named.items()),
        lambda named: ",\\quad ".join(
            f"{_words_latex(str(name))}: {latex(inner)}" for name, inner in named.items()
        ),
        lambda named: {str(name): as_json(inner) for name, inner in named.items()},
        lambda named: _shortened(
            [f"{name} = {text(inner)}".removesuffix(" = ") for name, inner in named.items()]
        ),
    ),
    "numpy.ndarray": Writer(_array, _array_latex, _series_json, _array_block),
    "sympy.MatrixBase": Writer(
        *map(_of_matrix, (_array, _array_latex, _series_json, _array_block))
    ),
    "sympy.Rational": Writer(
        _symbolic("expression"), _symbolic("latex"), lambda q: _number_json(Fraction(q.p, q.q))
    ),
    "sympy.Basic": Writer(
        _symbolic("expression"), _symbolic("latex"), _symbolic("expression_json")
    ),
    "problems.Formula": Writer(
        lambda f: f.right if f.is_rate else f.unicode,
        lambda f: f.latex,
        lambda f: {"text": f.right, "unicode": f.unicode, "latex": f.latex},
    ),
    "problems.RealSet": Writer(str, lambda region: region.latex, _set_json),
    "problems.Interval": Writer(str, lambda x: _words_latex(str(x)), str),
    "problems.Scaled": Writer(
        lambda multiple: f"{text(multiple.by)} I",
        lambda multiple: f"{latex(multiple.by)} I",
        lambda multiple: f"{text(multiple.by)} I",
    ),
}
