"""A tree as people read it: one line of Unicode, which reads back as the same tree, or LaTeX."""

from __future__ import annotations

from collections.abc import Callable

from .notation import ACCENT_NAMES, GREEK
from .tree import Node, num, rows_of

_MINUS_ONE = num(-1)
_RAISED = str.maketrans("0123456789+-()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾")


def shown(node: Node, level: int = 0) -> str:
    """A_t·C_tᵀ·q_t. `level` 1 brackets sums, 2 also products."""
    return _SHOWN[node.op](node, level)


def named(name: str) -> str:
    """A_{t-1} for the plain name A_t-1."""
    base, _, index = name.partition("_")
    return f"{base}_{index if len(index) == 1 else '{' + index + '}'}" if index else base


def unsigned(node: Node) -> tuple[bool, Node]:
    """Whether a minus stands before it, and what follows: of −3, and of (−1)·x."""
    if node.op == "num" and node.of < 0:
        return True, num(-node.of)
    opposite = node.op == "mul" and len(node.args) == 2 and node.args[0] == _MINUS_ONE
    if opposite and node.args[1].op != "num":
        return True, node.args[1]
    return False, node


def _bracketed(text: str, needed: bool) -> str:
    return f"({text})" if needed else text


def _num(node: Node, level: int) -> str:
    return _bracketed(
        str(node.of).replace("-", "−"),
        bool(level) and (node.of < 0 or (level > 1 and node.of.denominator > 1)),
    )


def _scripted(base: str, index: str) -> str:
    return f"{base}_{index if len(index) == 1 else '{' + index + '}'}"


def _elem(node: Node, level: int) -> str:
    return _scripted(named(node.of), ",".join(map(shown, node.args)))


def _add(node: Node, level: int) -> str:
    first, *rest = node.args
    text = shown(first, int(first.op == "add"))
    for term in rest:
        minus, positive = unsigned(term)
        text += f" {'−' if minus else '+'} {shown(positive, 1)}"
    return _bracketed(text, level > 0)


def ends_open(node: Node) -> bool:
    """Whether it ends in a sum, which would take what follows."""
    return node.op == "sum" or (node.op == "mul" and ends_open(node.args[-1]))


def _mul(node: Node, level: int) -> str:
    minus, positive = unsigned(node)
    if minus:
        return _bracketed("−" + shown(positive, 1), level > 0)
    first, *rest = node.args
    parts = [shown(first, 2 if first.op == "mul" or ends_open(first) else 1)]
    for factor in rest[:-1]:
        parts.append(shown(factor, 2))
    last = rest[-1]
    parts.append(shown(last, 1 if last.op == "sum" else 2))
    return _bracketed("·".join(parts), level > 1)


def _div(node: Node, level: int) -> str:
    top, bottom = node.args
    return _bracketed(f"{shown(top, 2 if ends_open(top) else 1)}/{shown(bottom, 2)}", level > 1)


def _pow(node: Node, level: int) -> str:
    base, exponent = node.args
    below = shown(base, 3)
    if exponent.op == "num" and exponent.of.denominator == 1:
        return _bracketed(below + str(exponent.of).translate(_RAISED), level > 2)
    inner = shown(exponent)
    return _bracketed(f"{below}^{inner if len(inner) == 1 else '(' + inner + ')'}", level > 2)


def _transpose(node: Node, level: int) -> str:
    return _bracketed(shown(node.args[0], 3) + "ᵀ", level > 2)


def _barred(bar: str, node: Node) -> str:
    inner = shown(node.args[0])
    return bar + _bracketed(inner, "|" in inner or "‖" in inner) + bar


def _norm(node: Node, level: int) -> str:
    return _barred("‖", node) + ("_F" if node.of else "")


def _sum(node: Node, level: int) -> str:
    body, low, high = node.args
    text = f"Σ_{{{node.of}={shown(low)}..{shown(high)}}} {shown(body, 1)}"
    return _bracketed(text, level > 1)


def _grid(node: Node, level: int) -> str:
    return f"[{'; '.join(', '.join(map(shown, row)) for row in rows_of(node))}]"


def _applied(name: str, node: Node) -> str:
    return f"{name}({', '.join(map(shown, node.args))})"


_SHOWN: dict[str, Callable[[Node, int], str]] = {
    "num": _num,
    "sym": lambda node, level: named(node.of),
    "elem": _elem,
    "ident": lambda node, level: _scripted("I", node.of) if node.of else "I",
    "add": _add,
    "mul": _mul,
    "div": _div,
    "pow": _pow,
    "transpose": _transpose,
    "norm": _norm,
    "abs": lambda node, level: _barred("|", node),
    "sum": _sum,
    "diag": lambda node, level: _applied("diag", node),
    "grid": _grid,
    "call": lambda node, level: _applied(node.of, node),
}


def latex(node: Node, level: int = 0) -> str:
    """The same tree in LaTeX mathematics."""
    return _LATEX[node.op](node, level)


_GREEK = {letter: name for name, letter in reversed(GREEK.items())}


def _tex_name(name: str) -> str:
    base, _, index = name.partition("_")
    letters = "".join(f"\\{_GREEK[c]} " if c in _GREEK else c for c in base).strip()
    if base[-1:] in ACCENT_NAMES:
        letters = f"\\{ACCENT_NAMES[base[-1]]}{{{letters[:-1].strip()}}}"
    return f"{letters}_{{{index}}}" if index else letters


def _tex_bracketed(text: str, needed: bool) -> str:
    return f"\\left({text}\\right)" if needed else text


def _tex_add(node: Node, level: int) -> str:
    first, *rest = node.args
    text = latex(first, int(first.op == "add"))
    for term in rest:
        minus, positive = unsigned(term)
        text += f" {'-' if minus else '+'} {latex(positive, 1)}"
    return _tex_bracketed(text, level > 0)


def _tex_mul(node: Node, level: int) -> str:
    minus, positive = unsigned(node)
    if minus:
        return _tex_bracketed("-" + latex(positive, 1), level > 0)
    *before, last = node.args
    parts = [latex(f, 2 if f.op == "mul" or ends_open(f) else 1) for f in before]
    return _tex_bracketed(" ".join([*parts, latex(last, 2 if last.op == "mul" else 1)]), level > 1)


def _tex_num(node: Node, level: int) -> str:
    value = abs(node.of)
    text = (
        f"\\frac{{{value.numerator}}}{{{value.denominator}}}"
        if value.denominator > 1
        else str(value)
    )
    return _tex_bracketed("-" + text, level > 0) if node.of < 0 else text


def _tex_raised(node: Node, exponent: str, level: int) -> str:
    base = node.args[0]
    below = latex(base, 3)
    if base.op == "div" or (base.op == "num" and base.of.denominator > 1):
        below = _tex_bracketed(below, True)
    return _tex_bracketed(f"{below}^{{{exponent}}}", level > 2)


def _tex_call(node: Node, level: int) -> str:
    inner = [latex(x) for x in node.args]
    if node.of == "binom":
        return f"\\binom{{{inner[0]}}}{{{inner[1]}}}"
    if node.of == "sqrt":
        return f"\\sqrt{{{inner[0]}}}"
    name = {"log": "\\log", "log2": "\\log_2", "exp": "\\exp"}.get(
        node.of, f"\\operatorname{{{node.of}}}"
    )
    return f"{name}\\left({', '.join(inner)}\\right)"


def _tex_sum(node: Node, level: int) -> str:
    body, low, high = node.args
    sign = f"\\sum_{{{node.of}={latex(low)}}}^{{{latex(high)}}}"
    return _tex_bracketed(f"{sign} {latex(body, 1)}", level > 1)


def _tex_grid(node: Node, level: int) -> str:
    rows = " \\\\ ".join(" & ".join(map(latex, row)) for row in rows_of(node))
    return f"\\begin{{bmatrix}} {rows} \\end{{bmatrix}}"


_LATEX: dict[str, Callable[[Node, int], str]] = {
    "num": _tex_num,
    "sym": lambda node, level: _tex_name(node.of),
    "elem": lambda node, level: f"{_tex_name(node.of)}_{{{', '.join(map(latex, node.args))}}}",
    "ident": lambda node, level: f"I_{{{node.of}}}" if node.of else "I",
    "add": _tex_add,
    "mul": _tex_mul,
    "div": lambda node, level: f"\\frac{{{latex(node.args[0])}}}{{{latex(node.args[1])}}}",
    "pow": lambda node, level: _tex_raised(node, latex(node.args[1]), level),
    "transpose": lambda node, level: _tex_raised(node, "\\top", level),
    "norm": lambda node, level: (
        f"\\left\\|{latex(node.args[0])}\\right\\|{'_F' if node.of else ''}"
    ),
    "abs": lambda node, level: f"\\left|{latex(node.args[0])}\\right|",
    "sum": _tex_sum,
    "diag": lambda node, level: (
        f"\\operatorname{{diag}}\\left({', '.join(map(latex, node.args))}\\right)"
    ),
    "grid": _tex_grid,
    "call": _tex_call,
}
