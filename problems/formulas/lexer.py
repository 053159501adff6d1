"""Characters to tokens: LaTeX as language models write it, Unicode, ASCII and NumPy, each token with its place."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from .tree import Unreadable

MOST_CHARACTERS = 4_000
MOST_NESTING = 40
GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "varepsilon": "ε", "zeta": "ζ", "eta": "η",
    "theta": "θ", "kappa": "κ", "lambda": "λ", "lam": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "rho": "ρ", "sigma": "σ",
    "tau": "τ", "phi": "φ", "varphi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω", "Delta": "Δ", "Theta": "Θ", "Omega": "Ω",
    "Sigma": "Σ", "Lambda": "Λ", "Phi": "Φ", "Psi": "Ψ", "Gamma": "Γ",
}  # fmt: skip
_COMMANDS = {
    "cdot": "*", "times": "*", "ast": "*", "odot": "?", "le": "<=", "leq": "<=", "leqslant": "<=", "ge": ">=", "geq": ">=",
    "geqslant": ">=", "lt": "<", "gt": ">", "ne": "!=", "neq": "!=", "in": "∈", "cup": "∪", "cap": "∩", "land": "and",
    "wedge": "and", "lor": "or", "infty": "∞", "sum": "sum", "frac": "frac", "tfrac": "frac", "dfrac": "frac",
    "cfrac": "frac", "sqrt": "sqrt", "log": "log", "ln": "log", "lg": "log", "exp": "exp", "binom": "binom", "|": "‖",
    "Vert": "‖", "lVert": "‖", "rVert": "‖", "{": "{:", "}": ":}", "lbrace": "{:", "rbrace": ":}", "lbrack": "[",
    "rbrack": "]", "mid": "|", "vert": "|", "lvert": "|", "rvert": "|", "colon": ":", "top": "⊤", "intercal": "⊤",
    "ell": "l", "leftarrow": "=", "gets": "=", "coloneqq": "=", "equiv": "=", "diag": "diag", "checkmark": "",
    "dots": "…", "ldots": "…", "cdots": "…", "%": "%", "&": "and", "implies": "?", "Rightarrow": "?", "to": "?",
}  # fmt: skip
_SKIPPED = {
    *(
        "left",
        "right",
        "big",
        "Big",
        "bigl",
        "bigr",
        "Bigl",
        "Bigr",
        "bigg",
        "Bigg",
        "quad",
        "qquad",
        "displaystyle",
    ),
    *("textstyle", "limits", "nolimits", ",", ";", ":", "!", "[", "]", "(", ")", " ", "\n"),
}
_STYLES = {
    *(
        "mathrm",
        "mathbf",
        "mathcal",
        "operatorname",
        "boldsymbol",
        "bm",
        "mathit",
        "mathsf",
        "boxed",
        "widehat",
        "hat",
    ),
    *("mathbb", "rm", "bf"),
}
_TEXTS = {"text", "textbf", "textit", "mbox", "textrm"}
_CHARACTERS = {
    "−": "-", "–": "-", "·": "*", "⋅": "*", "×": "*", "∗": "*", "•": "*", "≤": "<=", "⩽": "<=", "≦": "<=", "≥": ">=",
    "⩾": ">=", "≧": ">=", "≠": "!=", "∪": "∪", "∩": "∩", "∈": "∈", "∞": "∞", "‖": "‖", "∥": "‖", "Σ": "sum", "∑": "sum",
    "√": "sqrt", "⊤": "⊤", "←": "=", "≔": "=", "′": "'", "’": "'", "∧": "and", "∨": "or", "∣": "|", "…": "…", "ℓ": "l",
    "µ": "μ", "ϵ": "ε", "ϕ": "φ", "⟨": "?", "⟩": "?", "∝": "?", "→": "?", "⇒": "?", "≈": "≈", "∼": "≈", "±": "?",
}  # fmt: skip
_RAISED = {
    **dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾⁼", "0123456789+-()=", strict=True)),
    **dict(zip("ᵀᵗᴸˡⁿᵏⁱʲᵐᵈʳᴹᴺᵃᵇᶜᵉᵖˢ", "TTLlnkijmdrMNabceps", strict=True)),
}
_LOWERED = {
    **dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋₍₎", "0123456789+-()", strict=True)),
    **dict(zip("ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", "aehijklmnoprstuvx", strict=True)),
}
_TOKEN = re.compile(
    r"(?P<space>[ \t\r\f\v~$]+)|(?P<line>\n)|(?P<number>(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+(?![A-Za-z0-9]))?)"
    r"|(?P<row>\\\\)|\\(?P<command>[A-Za-z]+|.|\n)|(?P<word>[A-Za-z]+[0-9]*)"
    r"|(?P<op>\*\*|<=|>=|!=|==|:=|<-|\|\||[-+*/@^_(){}\[\]=<>|,;:'.!&])",
)


@dataclass(frozen=True, slots=True)
class Token:
    """kind: number, word, greek, text, or the operator itself; `gap` says that white space stood before it."""

    kind: str
    text: str
    at: int
    gap: bool = False


def tokens(text: str) -> list[Token]:
    """The tokens of an answer. Raises Unreadable at the first character that has no meaning here."""
    if len(text) > MOST_CHARACTERS:
        raise Unreadable(
            f"it has {len(text):,} characters, over the bound of {MOST_CHARACTERS:,}",
            MOST_CHARACTERS,
        )
    out: list[Token] = []
    at, gap, depth = 0, False, 0

    def put(kind: str, value: str, place: int) -> None:
        nonlocal gap
        out.append(Token(kind, value, place, gap))
        gap = False

    while at < len(text):
        found = _TOKEN.match(text, at)
        start, char = at, text[at]
        if found is None:
            at = _character(text, at, put)
            gap = False
            continue
        at = found.end()
        kind = found.lastgroup
        if kind == "space":
            gap = True
        elif kind == "line":
            put("\n", "\n", start)
        elif kind == "row":
            put("\\\\", "\\\\", start)
        elif kind == "number":
            put("number", found[0], start)
        elif kind == "word":
            put("word", found[0], start)
        elif kind == "command":
            at, skipped = _command(text, found["command"], start, at, put)
            gap = gap or skipped
        else:
            op = {"**": "^", "||": "‖", "==": "=", ":=": "=", "<-": "="}.get(
                char + text[start + 1 : at], found[0]
            )
            depth += op in "([{"
            depth -= op in ")]}"
            if depth > MOST_NESTING:
                raise Unreadable(f"brackets are nested over {MOST_NESTING} deep", start)
            put(op, op, start)
    return out


def _command(text: str, name: str, start: int, at: int, put: object) -> tuple[int, bool]:
    """One LaTeX command: where reading goes on, and whether it left a gap."""
    emit = put
    assert callable(emit)
    if name in _TEXTS or name in ("begin", "end"):
        group = re.compile(r"\s*\{([^{}]*)\}").match(text, at)
        if group is None:
            raise Unreadable(f"\\{name} has no group after it", start)
        emit(name if name in ("begin", "end") else "text", group[1].strip(), start)
        return group.end(), True
    if name in _STYLES:
        group = re.compile(r"\s*\{\s*([A-Za-z]+)\s*\}").match(text, at)
        if group is None:
            return at, True
        emit("word", group[1], group.start(1))
        return group.end(), False
    if name in ("left", "right") and text[at : at + 1] == ".":
        return at + 1, True
    if name in _SKIPPED:
        return at, True
    if name in GREEK:
        emit("greek", GREEK[name], start)
        return at, False
    if name not in _COMMANDS:
        raise Unreadable(f"\\{name} is not known here", start)
    value = _COMMANDS[name]
    if value == "?":
        raise Unreadable(f"\\{name} is not read here", start)
    if value:
        emit(
            "word" if value.isalpha() and value.isascii() and len(value) == 1 else value,
            value,
            start,
        )
    return at, not value


def _character(text: str, at: int, put: object) -> int:
    """A character that is not ASCII: an operator, a raised or lowered run, a Greek or a styled letter."""
    emit = put
    assert callable(emit)
    char = text[at]
    for table, mark in ((_RAISED, "^"), (_LOWERED, "_")):
        end = at
        while end < len(text) and text[end] in table:
            end += 1
        if end > at:
            emit(mark, mark, at)
            emit("(", "(", at)
            for token in _TOKEN.finditer("".join(table[c] for c in text[at:end])):
                emit(
                    token.lastgroup if token.lastgroup in ("number", "word") else token[0],
                    token[0],
                    at,
                )
            emit(")", ")", at)
            return end
    if char in _CHARACTERS:
        value = _CHARACTERS[char]
        if value == "?":
            raise Unreadable(f"{char!r} is not read here", at)
        emit("word" if value == "l" else "greek" if value in GREEK.values() else value, value, at)
        return at + 1
    plain = unicodedata.normalize("NFKC", char)
    if char in GREEK.values() or (len(plain) == 1 and plain in GREEK.values()):
        emit("greek", plain, at)
    elif len(plain) == 1 and plain.isascii() and plain.isalpha():
        emit("word", plain, at)
    elif plain.isspace():
        return at + 1
    else:
        raise Unreadable(f"the character U+{ord(char):04X} is not read here", at)
    return at + 1
