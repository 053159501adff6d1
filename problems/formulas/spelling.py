"""What runs of letters mean, and scripts in one order: settled once, before reading."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from .lexer import Token, depths
from .names import Names
from .notation import ACCENT_NAMES
from .tree import Unreadable

MOST_LETTERS = 40  # of a run that is taken apart
MODULES = frozenset(("np", "numpy", "jnp", "torch", "jax", "linalg", "scipy", "LA"))
FUNCTIONS = frozenset((
    "log", "ln", "lg", "log2", "exp", "sqrt", "diag", "inv", "sum", "eye", "norm", "binom",
    "comb", "outer",
    "transpose", "inverse", "array", "tr", "Tr", "trace", "abs", "dot", "matmul", "inner",
    "solve", "matrix_power",
    "multi_dot", "einsum", "identity", "square", "pinv", "power",
))  # fmt: skip
_OPERATORS = {"times": ("*",), "plus": ("+",), "minus": ("-",), "transpose": ("^", "⊤"),
              "transposed": ("^", "⊤"),
              "inverse": ("^", "(", "-", "1", ")"), "squared": ("^", "2")}  # fmt: skip
_LABELS = frozenset(("inv", "new", "old", "prev", "next", "max", "min", "avg", "mean", "true",
    "pred",
                     *ACCENT_NAMES.values()))  # fmt: skip
# short words that are no products of letters
_WORDS = frozenset((
    "sin", "cos", "tan", "cot", "sec", "max", "min", "det", "var", "cov", "lim", "arg", "gcd",
    "lcm", "mod", "rank",
    "sgn", "sup", "inf", "std", "erf", "pdf", "cdf", "KL", "and", "or", "not", "for", "if", "all",
    "the", "is", "to",
    "of", "in", "as", "by", "so", "we", "be", "it", "at", "on", "an", "no", "are", "has", "let",
    "any", "but", "out",
    "nan", "NaN", "del", "div", "rot", "adj", "ker", "dim", "deg", "mse", "MSE", "vec", "Var",
    "Cov", "Id",
))  # fmt: skip
_SIZES = frozenset("dmnDMN")  # what I is of, where it is said
_COUNTING = frozenset("ijklmnpqrst")
_ENDS_VALUE = frozenset(("word", "greek", "number", ")", "]", "}", "‖", "|", "'", "⊤", "identity"))
_TAKES_GROUP = frozenset(("^", "_", "frac", "sqrt", "log", "exp", "binom", "}", "]", "diag", "sum"))


def split(text: str, known: frozenset[str]) -> list[str] | None:
    """A run of letters as known names and I; None where it is one name or no run of names."""
    if len(text) == 1 or not text.isalpha() or len(text) > MOST_LETTERS:
        return None
    best: list[list[str] | None] = [[]] + [None] * len(text)
    for end in range(1, len(text) + 1):
        for start in range(end):
            before = best[start]
            if before is not None and (text[start:end] in known or text[start:end] == "I"):
                best[end] = [*before, text[start:end]]
                break
    return best[-1]


def spelled(stream: list[Token], names: Names) -> list[Token]:
    """The tokens with runs of letters taken apart, subscripts before superscripts, no empty braces.

    One token stays one where it is one name: streams without runs of letters keep their places.
    """
    speller = _Speller(names)
    plain = True
    for at, token in enumerate(stream):
        kind = token.kind
        if kind == "word" and (len(token.text) > 1 or token.style == "raised"):
            speller.word(token, stream[at + 1] if at + 1 < len(stream) else None)
        elif kind == "text" and token.text in FUNCTIONS:
            speller.out.append(replace(token, kind="word"))
        elif token.text == "Σ" and kind in ("sum", "greek"):
            speller.sigma(stream, at)
        else:
            if kind == "_":
                speller.index(stream, at)
            if kind == "word":
                speller.seen.add(token.text)
            speller.out.append(token)
        plain = plain and kind not in ("{", "^", "'")
    return speller.out if plain else _in_order(speller.out)


class _Speller:
    """The one place that says what a run of letters means; `known` grows by the indices of sums."""

    def __init__(self, names: Names) -> None:
        self.names, self.known = names, names.known
        self.seen: set[str] = set()  # the single letters before
        self.out: list[Token] = []

    def index(self, stream: list[Token], at: int) -> None:
        """Learns the index of a sum whose subscript begins here."""
        if not at or (stream[at - 1].kind != "sum" and stream[at - 1].text != "sum"):
            return
        at += 2 if at + 1 < len(stream) and stream[at + 1].kind in ("{", "(") else 1
        if at < len(stream) and stream[at].kind == "word":
            self.known |= {stream[at].text[:1]}

    def sigma(self, stream: list[Token], at: int) -> None:
        """Σ is a letter where it is declared and no range stands below it; else the sign."""
        token = stream[at]
        below = [t.kind for t in stream[at + 1 : at + 5]]
        ranged = below[:1] == ["_"] and any(kind in ("=", "<=", "∈") for kind in below)
        if ranged or (token.kind == "sum" and "Σ" not in self.known):
            self.out.append(replace(token, kind="sum"))
        else:
            self.out.append(replace(token, kind="greek"))

    def word(self, token: Token, after: Token | None) -> None:
        text, before = token.text, self.out[-1].kind if self.out else ""
        if token.style == "raised":
            transposed = text == "t" and "t" not in self.known and not self.names.strangers
            self.out.append(replace(token, kind="⊤") if transposed else token)
        elif before == "^" and self._is_run(text):
            self._first(token)
        elif before == "_":
            self._subscript(token, after)
        else:
            made = self.meaning(token, after)
            self.seen.update(part.text for part in made)
            self.out += made

    def _is_run(self, text: str) -> bool:
        return text not in self.known and text.isalpha() and text not in FUNCTIONS

    def _first(self, token: Token) -> None:
        """A script without braces is one letter, as in TeX; the rest stands beside."""
        self.out.append(replace(token, text=token.text[0]))
        if len(token.text) > 1:
            rest = Token("word", token.text[1:], token.at + 1, style=token.style)
            self.out += self.meaning(rest, None)

    def _subscript(self, token: Token, after: Token | None) -> None:
        """A subscript without braces: what makes a name, an entry, or the first letter."""
        text, names = token.text, self.names
        base = self.out[-2].text if len(self.out) > 1 else ""
        of_sum = len(self.out) > 1 and (base == "sum" or self.out[-2].kind == "sum")
        whole = names.has(f"{base}_{text}") or text in _LABELS or not text.isalpha()
        if whole and not of_sum:
            return self.out.append(token)
        entry = len(text) == 2 and names.shapes.get(base, ("", "1"))[1] != "1"
        rest = text[1:]
        beside = rest in self.known or split(rest, self.known) is not None
        if of_sum or (beside and not entry):
            return self._first(token)
        if entry or not names.strangers:
            return self.out.append(token)
        return self._of_stranger(token, after)

    def _of_stranger(self, token: Token, after: Token | None) -> None:
        """x_ix where x is seen as a factor; x_ij. Raises Unreadable for others."""
        first, rest = token.text[0], token.text[1:]
        followed = after is not None and after.kind == "_" and not after.gap
        if len(rest) == 1 and (rest in self.seen or followed):
            return self._first(token)
        if len(rest) == 1 and first in _COUNTING and rest in _COUNTING:
            return self.out.append(token)
        raise Unreadable("is it one index, or an index and a factor? write braces", token.at)

    def meaning(self, token: Token, after: Token | None) -> list[Token]:
        """A name, a function, I, an operator in words, or several names side by side."""
        text, known = token.text, self.known
        if text in known or text in self.names.symbols or len(text) == 1:
            return [token]
        calls = after is not None and after.kind == "(" and not after.gap
        if text in _OPERATORS and self.out and self.out[-1].kind in _ENDS_VALUE and not calls:
            kinds = _OPERATORS[text]
            return [replace(token, kind="number" if k.isdigit() else k, text=k) for k in kinds]
        if text in FUNCTIONS or text in MODULES:
            return [token]
        if "I" not in known and self._is_identity(text):
            return [replace(token, kind="identity", text="" if text == "Id" else text[1])]
        parts = split(text, known) or self._letters(text, calls)
        if parts is None or ("I" not in known and self._hides_identity(parts)):
            return [token]
        return _apart(token, parts)

    def _hides_identity(self, parts: list[str]) -> bool:
        """InA is neither I·n·A nor surely I_n·A."""
        sizes = self.names.sizes | _SIZES
        return any(a == "I" and b in sizes for a, b in pairwise(parts))

    def _is_identity(self, text: str) -> bool:
        return text == "Id" or (len(text) == 2 and text[0] == "I" and text[1] in self.names.sizes)

    def _letters(self, text: str, calls: bool) -> list[str] | None:
        """Undeclared: xy, Xw, AB; None where it may be a word, a function, a differential."""
        short = self.names.strangers and 2 <= len(text) <= 3 and text.isalpha() and text.isascii()
        differential = text[0] == "d" and "d" not in self.known
        if not short or text in _WORDS or differential or (text[0] == "I" and len(text) == 2):
            return None
        return None if text.islower() and calls else list(text)


def _apart(token: Token, parts: list[str]) -> list[Token]:
    at, made = token.at, []
    for part in parts:
        made.append(Token("word", part, at, token.gap and at == token.at, token.style))
        at += len(part)
    return made


# ------------------------------------------------------------------ scripts


def _in_order(stream: list[Token]) -> list[Token]:
    """C^T_t as C_t^T, {C}_t as C_t, C_t{}^T as C_t^T."""
    out: list[Token] = []
    at = 0
    while at < len(stream):
        token = stream[at]
        kind = token.kind
        before = out[-1].kind if out else ""
        if kind in ("^", "'"):
            end = group_end(stream, at + 1) if kind == "^" else at + 1
            if end < len(stream) and stream[end].kind == "_":
                last = group_end(stream, end + 1)
                out += stream[end:last]
                out += stream[at:end]
                at = last
                continue
        elif kind == "{" and before not in _TAKES_GROUP:
            close = [t.kind for t in stream[at + 1 : at + 4]]
            if close[:1] == ["}"]:
                at += 2
                continue
            if close[:1] in (["word"], ["greek"]) and close[1:2] == ["}"] and close[2:3] == ["_"]:
                out.append(stream[at + 1])
                at += 3
                continue
        out.append(token)
        at += 1
    return out


def group_end(stream: list[Token], at: int) -> int:
    """Where a group in brackets, or one token with its sign, is over."""
    if at < len(stream) and stream[at].kind == "-":
        at += 1
    if at >= len(stream) or stream[at].kind not in ("{", "(", "["):
        return at + 1
    for end, depth in enumerate(depths(stream, at), at):
        if end > at and depth <= 0:
            return end + 1
    return len(stream)
