"""What commands and characters stand for: LaTeX and Unicode."""

from __future__ import annotations

GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "varepsilon": "ε",
    "zeta": "ζ", "eta": "η",
    "theta": "θ", "vartheta": "θ", "iota": "ι", "kappa": "κ", "lambda": "λ", "lam": "λ",
    "mu": "μ", "nu": "ν", "xi": "ξ",
    "pi": "π", "rho": "ρ", "varrho": "ρ", "sigma": "σ", "tau": "τ", "upsilon": "υ", "phi": "φ",
    "varphi": "φ", "chi": "χ",
    "psi": "ψ", "omega": "ω", "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ",
    "Pi": "Π", "Sigma": "Σ",
    "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω",
}  # fmt: skip
LETTERS = frozenset(GREEK.values())
COMMANDS = {
    "cdot": "*", "times": "*", "ast": "*", "bullet": "*", "div": "/", "le": "<=", "leq": "<=",
    "leqslant": "<=",
    "ge": ">=", "geq": ">=", "geqslant": ">=", "lt": "<", "gt": ">", "ne": "!=", "neq": "!=",
    "in": "∈", "cup": "∪",
    "cap": "∩", "land": "and", "wedge": "and", "lor": "or", "vee": "or", "infty": "∞",
    "sum": "sum", "frac": "frac",
    "tfrac": "frac", "dfrac": "frac", "cfrac": "frac", "sqrt": "sqrt", "log": "log", "ln": "log",
    "lg": "log",
    "exp": "exp", "binom": "binom", "dbinom": "binom", "tbinom": "binom", "|": "‖", "Vert": "‖",
    "lVert": "‖",
    "rVert": "‖", "{": "{:", "}": ":}", "lbrace": "{:", "rbrace": ":}", "lbrack": "[",
    "rbrack": "]", "mid": "|",
    "vert": "|", "lvert": "|", "rvert": "|", "langle": "⟨", "rangle": "⟩", "colon": ":",
    "top": "⊤", "intercal": "⊤",
    "prime": "'", "ell": "l", "leftarrow": "=", "gets": "=", "coloneqq": "=", "triangleq": "=",
    "doteq": "=",
    "equiv": "=", "diag": "diag", "dots": "…", "ldots": "…", "cdots": "…", "dotsb": "…",
    "dotsc": "…", "%": "%",
    "&": "and", "approx": "≈", "sim": "≈", "perp": "⊥", "star": "*",
}  # fmt: skip
SKIPPED = {
    *("left", "right", "middle", "big", "Big", "bigl", "bigr", "Bigl", "Bigr", "bigg", "Bigg",
    "biggl", "biggr"),
    *("Biggl", "Biggr", "quad", "qquad", "displaystyle", "textstyle", "scriptstyle", "limits",
    "nolimits", "boxed"),
    *("checkmark", "nonumber", "notag", "thinspace", "enspace", "hfill", "mathstrut", "strut"),
    *(",", ";", ":", "!", ">", "[", "]", "(", ")", " ", "\n"),
}  # fmt: skip
STYLES = {
    **dict.fromkeys(("mathrm", "operatorname", "rm", "mathit", "mathnormal", "mathsf", "mathtt"),
    ""),
    **dict.fromkeys(("mathbf", "boldsymbol", "bm", "bf", "pmb", "symbf"), "bold"),
    **dict.fromkeys(("mathcal", "mathscr", "mathfrak", "cal"), "script"),
    **dict.fromkeys(("mathbb", "mathds", "Bbb"), "double"),
}  # fmt: skip
ACCENTS = {
    **dict.fromkeys(("hat", "widehat"), "\u0302"),
    **dict.fromkeys(("tilde", "widetilde"), "\u0303"),
    **dict.fromkeys(("bar", "overline"), "\u0304"),
    **dict.fromkeys(("vec", "overrightarrow"), "\u20d7"),
    "dot": "\u0307", "ddot": "\u0308", "check": "\u030c", "underline": "\u0332",
}  # fmt: skip
ACCENT_NAMES = {"\u0302": "hat", "\u0303": "tilde", "\u0304": "bar", "\u20d7": "vec",
    "\u0307": "dot", "\u0308": "ddot",
                "\u030c": "check", "\u0332": "underline"}  # fmt: skip
ARROW = "\u20d7"  # an arrow says that it is a vector: it tells no two names apart
TEXTS = {"text", "textbf", "textit", "mbox", "textrm", "textsf", "texttt", "textup"}
CHARACTERS = {
    "−": "-", "–": "-", "‐": "-", "‑": "-", "·": "*", "⋅": "*", "×": "*", "∗": "*", "•": "*",
    "∙": "*", "÷": "/",
    "∕": "/", "⁄": "/", "≤": "<=", "⩽": "<=", "≦": "<=", "≥": ">=", "⩾": ">=", "≧": ">=",
    "≠": "!=", "∪": "∪",
    "∩": "∩", "∈": "∈", "∞": "∞", "‖": "‖", "∥": "‖", "Σ": "sum", "∑": "sum", "√": "sqrt",
    "⊤": "⊤", "⟙": "⊤",
    "←": "=", "≔": "=", "≜": "=", "≡": "=", "′": "'", "’": "'", "‘": "'", "∧": "and", "∨": "or",
    "∣": "|", "…": "…",
    "⋯": "…", "ℓ": "l", "µ": "μ", "ϵ": "ε", "ϕ": "φ", "ϑ": "θ", "⟨": "⟨", "⟩": "⟩", "〈": "⟨",
    "〉": "⟩", "≈": "≈",
    "∼": "≈", "≃": "≈", "⊥": "⊥", "⋆": "*",
}  # fmt: skip
RAISED = {
    **dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾⁼", "0123456789+-()=", strict=True)),
    **dict(zip("ᵀᵗᴸˡⁿᵏⁱʲᵐᵈʳᴹᴺᵃᵇᶜᵉᵖˢˣʸᶻʰᵍᵘᵛʷᴬᴮᴰ", "⊤tLlnkijmdrMNabcepsxyzhguvwABD", strict=True)),
    **dict(zip("ᵅᵝᵞᵟᶿᵠ", "αβγδθφ", strict=True)),
}  # fmt: skip
LOWERED = {
    **dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋₍₎₌", "0123456789+-()=", strict=True)),
    **dict(zip("ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", "aehijklmnoprstuvx", strict=True)),
    **dict(zip("ᵦᵧᵨᵩᵪ", "βγρφχ", strict=True)),
}
# what is known and not read, and what it says
REFUSED = {
    **dict.fromkeys(("\\nabla", "∇"), "a gradient"),
    **dict.fromkeys(("\\partial", "∂"), "a derivative"),
    **dict.fromkeys(("\\int", "∫", "\\oint"), "an integral"),
    **dict.fromkeys(("\\prod", "∏"), "a product over an index"),
    **dict.fromkeys(("\\lim", "\\limsup", "\\liminf"), "a limit"),
    **dict.fromkeys(("\\arg", "\\argmin", "\\argmax", "\\min", "\\max", "\\sup", "\\inf"),
    "an optimum"),
    **dict.fromkeys(("\\Pr", "\\Var", "\\Cov", "\\E"), "a probability or an expectation"),
    **dict.fromkeys(("\\pm", "±", "\\mp", "∓"), "two signs at once"),
    **dict.fromkeys(("\\odot", "⊙", "\\circ", "∘"), "a product entry by entry"),
    **dict.fromkeys(("\\otimes", "⊗", "\\oplus", "⊕"), "a product or sum of spaces"),
    **dict.fromkeys(("\\to", "→", "\\implies", "\\Rightarrow", "⇒", "\\iff", "⇔", "⟹"), "an arrow"),
    **dict.fromkeys(("\\propto", "∝"), "a proportion"),
    "\\det": "a determinant",
    "\\overset": "a sign above another",
    "\\underset": "a sign below another",
    "1": "a vector of ones, or an indicator",
}  # fmt: skip
