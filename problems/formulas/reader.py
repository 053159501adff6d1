"""Tokens to trees: expressions, and answers of several statements."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from .lexer import GREEK, Token, tokens
from .tree import (
    ONE,
    Node,
    Unreadable,
    add,
    call,
    diag,
    div,
    elem,
    every,
    grid,
    ident,
    inverse,
    mul,
    negated,
    norm,
    num,
    power,
    summed,
    sym,
    transpose,
)

MOST_NODES = 400
MOST_DIGITS = 60
MOST_STATEMENTS = 16
MOST_LETTERS = 40  # of a run of letters that is taken apart
FUNCTIONS = {"log": "log", "ln": "log", "lg": "log", "log2": "log2", "exp": "exp", "sqrt": "sqrt", "diag": "diag",
             "inv": "inv", "sum": "sum", "eye": "eye", "norm": "norm", "binom": "binom", "comb": "binom", "outer": "outer",
             "transpose": "transpose", "inverse": "inv", "array": "array"}  # fmt: skip
_ASIDE = {"where", "with", "and", "also"}  # words between two statements
_CONDITION = {"for", "if", "when"}  # words before a condition on sizes
_RELATIONS = {"<", ">", "<=", ">=", "!=", "∈"}
_STARTS = {
    "number",
    "word",
    "greek",
    "(",
    "[",
    "{",
    "‖",
    "sqrt",
    "frac",
    "sum",
    "log",
    "exp",
    "binom",
    "diag",
    "begin",
}


@dataclass(frozen=True, slots=True)
class Names:
    """What words may mean: declared symbols, families (x_i), other spellings, and whether strangers are real scalars."""

    symbols: frozenset[str]
    families: Mapping[str, str] = field(default_factory=dict)  # base -> the size that counts it
    aliases: dict[str, str] = field(default_factory=dict)
    strangers: bool = False
    renamed: dict[str, str] = field(
        default_factory=dict
    )  # letters that an answer uses for the key's: K_m for K_l

    def bases(self) -> frozenset[str]:
        return frozenset(
            n.partition("_")[0] for n in (*self.symbols, *self.families, *self.aliases)
        )


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement: what it is called, if it is, and the links of its chain of equalities."""

    label: str
    links: tuple[Node, ...]
    at: int


class Reader:
    """A recursive descent over the tokens of one statement."""

    def __init__(self, stream: list[Token], names: Names, length: int) -> None:
        self.stream, self.names, self.place, self.length = stream, names, 0, length
        self.bases, self.depth, self.norms = names.bases(), 0, 0

    def peek(self, ahead: int = 0) -> Token:
        at = self.place + ahead
        return self.stream[at] if at < len(self.stream) else Token("end of it", "", self.length)

    def take(self, kind: str = "") -> Token:
        token = self.peek()
        if kind and token.kind != kind:
            raise Unreadable(f"{_named(token)} stands where {kind!r} was expected", token.at)
        self.place += 1
        return token

    def at_end(self) -> bool:
        return self.place >= len(self.stream)

    def expression(self) -> Node:
        self.depth += 1
        if self.depth > 60:
            raise Unreadable("it is nested over 60 deep", self.peek().at)
        terms = [self.product()]
        while self.peek().kind in ("+", "-"):
            sign = self.take().kind
            term = self.product()
            terms.append(negated(term) if sign == "-" else term)
        self.depth -= 1
        return add(*terms)

    def product(self) -> Node:
        minus = False
        while self.peek().kind in ("+", "-"):
            minus ^= self.take().kind == "-"
        factors: list[Node] = [self.power()]
        while True:
            token = self.peek()
            if token.kind in ("*", "@"):
                self.take()
                sign = self.peek().kind == "-" and bool(self.take())
                right = self.power()
                factors.append(negated(right) if sign else right)
            elif token.kind == "/":
                self.take()
                sign = self.peek().kind == "-" and bool(self.take())
                plain = self.peek().kind in ("number", "word", "greek")
                bottom = self.power()
                after = self.peek()
                if plain and after.kind in ("word", "greek") and not after.gap and len(factors) > 0:
                    raise Unreadable(
                        "is what follows the divisor below the line or beside it? write a bracket",
                        after.at,
                    )
                top = mul(*factors)
                factors = [div(top, negated(bottom) if sign else bottom)]
            elif token.kind in _STARTS and not self._stops(token):
                if token.kind == "number" and self.stream[self.place - 1].kind == "number":
                    raise Unreadable("two numbers stand side by side", token.at)
                factors.append(self.power())
            else:
                break
        node = mul(*factors)
        return negated(node) if minus else node

    def _stops(self, token: Token) -> bool:
        """Whether a token ends the expression instead of multiplying it: a word between statements, or a closing ‖."""
        if token.kind == "‖":
            return self.norms > 0
        return (
            token.kind == "word"
            and token.text in (_ASIDE | _CONDITION | {"or", "by", "in"})
            and token.text not in self.bases
        )

    def power(self) -> Node:
        node, bare = self.atom(), False
        while True:
            kind = self.peek().kind
            if kind == "^":
                mark = self.take()
                raised = self.raised(node)
                if node.op == "pow" and raised.op != "transpose" and bare:
                    raise Unreadable(
                        "a power of a power is read in no one way: write a bracket", mark.at
                    )
                node, bare = raised, True
            elif kind == "'":
                self.take()
                node = transpose(node)
            elif kind == "." and self.peek(1).text in ("T", "transpose"):
                self.take()
                word = self.take()
                if word.text == "transpose":
                    self.take("(")
                    self.take(")")
                node = transpose(node)
            elif kind == "!":
                raise Unreadable("factorials are not read", self.peek().at)
            else:
                return node

    def raised(self, base: Node) -> Node:
        """What follows ^: a transpose, an inverse, a power."""
        token = self.peek()
        if token.kind in ("{", "("):
            close = {"{": "}", "(": ")"}[token.kind]
            self.take()
            minus = (
                self.peek().kind == "-"
                and self.peek(1).kind in ("⊤", "word")
                and self.peek(1).text in ("T", "⊤")
            )
            minus = minus and self.peek(2).kind == close
            if minus:
                self.take()
            if (self.peek().text in ("T", "⊤") or self.peek().kind == "'") and self.peek(
                1
            ).kind == close:
                self.take()
                self.take(close)
                return transpose(inverse(base)) if minus else transpose(base)
            exponent = self.expression()
            self.take(close)
            return power(base, exponent)
        if token.kind == "⊤":
            self.take()
            return transpose(base)
        sign = token.kind == "-" and bool(self.take())
        token = self.take()
        bare = self._first(token)
        if bare is None:
            return transpose(inverse(base)) if sign else transpose(base)
        return power(base, negated(bare) if sign else bare)

    def _first(self, token: Token) -> Node | None:
        """The exponent that a bare token means: one letter of a word, as LaTeX takes it; None for T."""
        if token.kind == "number":
            return num(_number(token), token.at)
        if token.kind == "greek" or token.text in GREEK:
            return self.symbol(GREEK.get(token.text, token.text), token)
        if token.kind == "word" and token.text not in FUNCTIONS:
            if len(token.text) > 1:  # the rest goes back
                self.place -= 1
                self.stream = list(self.stream)
                self.stream[self.place : self.place + 1] = [
                    Token("word", token.text[0], token.at),
                    Token("word", token.text[1:], token.at + 1)
                    if token.text[1:].isalpha()
                    else _digits(token),
                ]
                token = self.take()
            return None if token.text == "T" else self.symbol(token.text, token)
        raise Unreadable(f"{_named(token)} stands where a power was expected", token.at)

    def atom(self) -> Node:
        token = self.take()
        kind = token.kind
        if kind == "number":
            return num(_number(token), token.at)
        if kind == "greek":
            return self.symbol(token.text, token)
        if kind in ("sum", "sqrt", "frac", "log", "exp", "binom", "diag"):
            return self.call(kind, token)
        if kind == "word":
            return self.word(token)
        if kind in ("(", "{", "["):
            close = {"(": ")", "{": "}", "[": "]"}[kind]
            rows = self.rows(close, ",", ";") if kind != "{" else [[self.expression()]]
            self.take(close)
            if (
                len(rows) == 1
                and len(rows[0]) == 1
                and not (kind == "[" and rows[0][0].op == "grid")
            ):
                return rows[0][0]
            return _grid(rows, token)
        if kind == "‖":
            self.norms += 1
            inner = self.expression()
            self.norms -= 1
            self.take("‖")
            kind_of = self.subscript_if_any()
            if kind_of not in ("", "2", "F"):
                raise Unreadable(f"the norm ‖·‖_{kind_of} is not read", token.at)
            return norm(inner, "F" if kind_of == "F" else "")
        if kind == "begin":
            rows = self.rows("end", "&", "\\\\")
            self.take("end")
            return _grid([row for row in rows if row], token)
        raise Unreadable(f"{_named(token)} stands where a value was expected", token.at)

    def rows(self, close: str, between: str, below: str) -> list[list[Node]]:
        """Entries separated by `between`, rows by `below`, up to `close`."""
        rows: list[list[Node]] = [[]]
        if self.peek().kind == close:
            raise Unreadable("there is nothing between the brackets", self.peek().at)
        while self.peek().kind != close:
            rows[-1].append(self.expression())
            after = self.peek().kind
            if after == between:
                self.take()
            elif after == below:
                self.take()
                rows.append([])
            elif after != close:
                raise Unreadable(
                    f"{_named(self.peek())} stands where the bracket should close", self.peek().at
                )
        return rows

    def word(self, token: Token) -> Node:
        text = token.text
        if text in ("np", "numpy", "linalg", "jnp", "torch") and self.peek().kind == ".":
            self.take()
            return self.atom()
        if text in self.bases or text in self.names.symbols:
            return self.symbol(text, token)
        if text in FUNCTIONS:
            return self.call(FUNCTIONS[text], token)
        if text in GREEK:
            return self.symbol(GREEK[text], token)
        if text == "I" and "I" not in self.bases:
            return ident(self.subscript_if_any(), token.at)
        parts = self.split(text)
        if parts is None:
            return self.symbol(text, token)
        nodes: list[Node] = []
        for position, part in enumerate(parts):
            last = position == len(parts) - 1
            at = Token("word", part, token.at)
            if not last:
                nodes.append(ident() if part == "I" else self.named(part, "", at))
            elif part == "I":
                nodes.append(ident(self.subscript_if_any()))
            else:
                nodes.append(self.power_of(self.symbol(part, at)))
        return mul(*nodes)

    def power_of(self, node: Node) -> Node:
        """A power that belongs to the last letter of a run of letters: CA^2 is C (A^2)."""
        while self.peek().kind in ("^", "'"):
            node = self.raised(node) if self.take().kind == "^" else transpose(node)
        return node

    def split(self, text: str) -> list[str] | None:
        """A run of letters as known names, longest first; None where it is one name or cannot be split."""
        if len(text) == 1 or not text.isalpha() or len(text) > MOST_LETTERS:
            return None
        known = self.bases | {"I"}
        best: list[list[str] | None] = [[]] + [None] * len(text)
        for end in range(1, len(text) + 1):
            for start in range(end):
                before = best[start]
                if before is not None and text[start:end] in known:
                    best[end] = [*before, text[start:end]]
                    break
        return best[-1]

    def subscript_if_any(self) -> str:
        if self.peek().kind != "_":
            return ""
        self.take()
        return self.subscript()

    def subscript(self) -> str:
        """A subscript as text without spaces: t-1, n+1, inv."""
        token = self.take()
        if token.kind not in ("{", "("):
            if token.kind not in ("number", "word", "greek"):
                raise Unreadable(f"{_named(token)} stands where an index was expected", token.at)
            text = GREEK.get(token.text, token.text)
            if (
                token.kind == "word"
                and len(text) > 1
                and text.isalpha()
                and text not in ("inv", "new", "old")
            ):
                self.place -= 1
                self.stream = list(self.stream)
                self.stream[self.place : self.place + 1] = [
                    Token("word", text[0], token.at),
                    Token("word", text[1:], token.at + 1),
                ]
                return self.take().text
            return text
        close, text = {"{": "}", "(": ")"}[token.kind], ""
        while self.peek().kind != close:
            inner = self.take()
            if inner.kind not in ("number", "word", "greek", "+", "-", ",", "text"):
                raise Unreadable(f"{_named(inner)} is not read in an index", inner.at)
            text += GREEK.get(inner.text, inner.text)
        self.take(close)
        return text

    def symbol(self, base: str, token: Token) -> Node:
        if base == "I" and "I" not in self.bases:
            return ident(self.subscript_if_any(), token.at)
        return self.named(base, self.subscript_if_any(), token)

    def named(self, base: str, index: str, token: Token) -> Node:
        """What a name means: a declared symbol, a member of a family, another spelling, or a stranger."""
        names = self.names
        base = base if index else names.renamed.get(base, base)
        if not index and base[-1:].isdigit() and base.rstrip("0123456789"):
            letters = base.rstrip("0123456789")
            if base not in names.symbols and base not in names.aliases:
                base, index = letters, base[len(letters) :]
        full = f"{base}_{index}" if index else base
        for name in (full, names.aliases.get(full, "")):
            if name in names.symbols:
                return sym(name, token.at)
        base = names.aliases.get(base, base) if index else base
        if index and base in names.families:
            index = names.renamed.get(index, index)
            inner = Reader(
                tokens(index), Names(frozenset(), strangers=True), len(index)
            ).expression()
            return elem(base, inner, token.at)
        if index and f"{base}_{index}" in names.symbols:
            return sym(f"{base}_{index}", token.at)
        if names.strangers and len(base) == 1:
            return sym(full, token.at)
        raise Unreadable(f"nobody declared {full!r}", token.at)

    def call(self, name: str, token: Token) -> Node:
        if name == "frac":
            return div(self.group(), self.group())
        if name == "binom":
            if self.peek().kind == "(":
                self.take()
                top = self.expression()
                self.take(",")
                bottom = self.expression()
                self.take(")")
                return call("binom", top, bottom)
            return call("binom", self.group(), self.group())
        if name == "sum":
            return self.summed()
        if name == "log" and self.peek().kind == "_":
            base = self.subscript_if_any()
            if base not in ("2", "b", "10", "e"):
                raise Unreadable(f"a logarithm to base {base} is not read", token.at)
            name = "log2" if base == "2" else "log"
        if name == "sqrt" and self.peek().kind == "[":
            raise Unreadable("roots other than square roots are not read", token.at)
        has_power = self.peek().kind == "^" and name in ("log", "log2") and bool(self.take())
        exponent = (
            self._first(self.take())
            if has_power and self.peek().kind != "{"
            else self.group()
            if has_power
            else None
        )
        if self.peek().kind in ("(", "{", "["):
            close = {"(": ")", "{": "}", "[": "]"}[self.take().kind]
            (arguments, *more) = self.rows(close, ",", ";")
            self.take(close)
            if more:
                raise Unreadable("a function takes no rows", token.at)
        else:
            arguments = [self.power()]
        node = self.applied(name, arguments, token)
        return power(node, exponent) if exponent is not None else node

    def applied(self, name: str, arguments: list[Node], token: Token) -> Node:
        if name == "diag":
            return self.diagonal(arguments, token)
        if (
            name == "outer"
            and len(arguments) == 2
            and all(a.op in ("sym", "elem") for a in arguments)
        ):
            return mul(arguments[0], transpose(arguments[1]))
        if name == "outer":
            raise Unreadable("outer is read of two vectors by name", token.at)
        if len(arguments) != 1:
            raise Unreadable(f"{token.text} takes one argument", token.at)
        (inner,) = arguments
        if name == "inv":
            return inverse(inner)
        if name == "transpose":
            return transpose(inner)
        if name == "norm":
            return norm(inner)
        if name == "eye":
            if inner.op not in ("sym", "num"):
                raise Unreadable("eye is read of a size by name", token.at)
            return ident(str(inner.of))
        if name == "array":
            return inner
        return call(name, inner)

    def diagonal(self, entries: list[Node], token: Token) -> Node:
        """diag(σ_i²): the letter that counts a family's members runs over all of them."""
        free = _indices(entries[0]) - self.names.symbols if len(entries) == 1 else set()
        if len(free) > 1:
            raise Unreadable("diag does not say which index runs along it", token.at)
        return diag(tuple(entries), free.pop() if free else "")

    def ranged(self, index: str, body: Node, low: Node | None, high: Node | None) -> Node:
        """A sum with its range: the whole of the family that the index counts, where none is given."""
        if low is not None and high is not None:
            return summed(index, body, low, high)
        counts = {
            self.names.families[x.of]
            for x in every(body)
            if x.op == "elem" and x.args[0] == sym(index)
        }
        if len(counts) != 1:
            raise Unreadable(f"the sum over {index} does not say how far", self.peek().at)
        count = counts.pop()
        end = num(int(count)) if count.isdigit() else sym(count)
        return summed(index, body, low or ONE, high or end)

    def group(self) -> Node:
        """{…} after a command, or a single token."""
        if self.peek().kind != "{":
            token = self.take()
            if token.kind == "number" and len(token.text) > 1 and token.text.isdigit():  # \frac12
                self.place -= 1
                self.stream = list(self.stream)
                self.stream[self.place : self.place + 1] = [
                    Token("number", token.text[0], token.at),
                    Token("number", token.text[1:], token.at + 1),
                ]
                token = self.take()
            first = self._first(token)
            if first is None:
                raise Unreadable("T alone is no value", token.at)
            return first
        self.take("{")
        inner = self.expression()
        self.take("}")
        return inner

    def summed(self) -> Node:
        """Σ with its bounds, its index, or neither."""
        index, low, high = "", None, None
        bounds: dict[str, Node] = {}
        while self.peek().kind in ("_", "^"):
            mark = self.take().kind
            if mark == "^":
                bounds["high"] = (
                    self.group()
                    if self.peek().kind in ("{", "number", "word", "greek")
                    else self._bracketed()
                )
                continue
            token = self.take()
            if token.kind in ("{", "("):
                close = {"{": "}", "(": ")"}[token.kind]
                name = self.take()
                index = GREEK.get(name.text, name.text)
                if self.peek().kind == "=":
                    self.take()
                    bounds["low"] = self.expression()
                    if self.peek().kind == "." and self.peek(1).kind == ".":
                        self.take()
                        self.take()
                        bounds["high"] = self.expression()
                elif self.peek().kind not in (close,):
                    raise Unreadable("the range of a sum is read as i=1 or as i", self.peek().at)
                self.take(close)
            else:
                index = GREEK.get(token.text, token.text)
                if len(index) > 1 and index.isalpha():
                    raise Unreadable("put the index of the sum in a bracket", token.at)
        low, high = bounds.get("low"), bounds.get("high")
        body = self.over(index).product_only(self)
        if not index:
            free = _indices(body)
            if len(free) != 1:
                raise Unreadable("the sum does not say over which index", self.peek().at)
            index = free.pop()
        return self.ranged(index, body, low, high)

    def _bracketed(self) -> Node:
        self.take("(")
        inner = self.expression()
        self.take(")")
        return inner

    def over(self, index: str) -> Reader:
        """A reader of a sum's body, in which the index is a number."""
        if not index:
            return self
        names = self.names
        inner = replace(names, symbols=names.symbols | {index})
        reader = Reader(self.stream, inner, self.length)
        reader.place, reader.depth = self.place, self.depth
        return reader

    def product_only(self, owner: Reader) -> Node:
        node = self.product()
        owner.stream, owner.place = self.stream, self.place
        return node


def _indices(node: Node) -> set[str]:
    """The letters that count members of a family somewhere in it and that nothing in it binds."""
    found = {x.args[0].of for x in every(node) if x.op == "elem" and x.args[0].op == "sym"}
    return found & node.names


def _digits(token: Token) -> Token:
    return Token("number" if token.text[1:].isdigit() else "word", token.text[1:], token.at + 1)


def _named(token: Token) -> str:
    return (
        repr(token.text)
        if token.text.strip()
        else "a line break"
        if token.kind == "\n"
        else "its end"
    )


def _number(token: Token) -> Fraction:
    mantissa, _, exponent = token.text.lower().partition("e")
    if len(mantissa) > MOST_DIGITS or abs(int(exponent or 0)) > MOST_DIGITS:
        raise Unreadable(f"a number has over {MOST_DIGITS} digits", token.at)
    return Fraction(token.text)


def _grid(rows: list[list[Node]], token: Token) -> Node:
    if len(rows) == 1 and all(x.op == "grid" for x in rows[0]):  # [[8, 0], [0, 27]]
        if all(len(x.args) == x.of for x in rows[0]):
            rows = [list(x.args) for x in rows[0]]
    if len({len(row) for row in rows}) != 1:
        raise Unreadable("the rows are not equally long", token.at)
    return grid(tuple(x for row in rows for x in row), len(rows[0]))


def bounded(node: Node) -> Node:
    if node.size > MOST_NODES:
        raise Unreadable(f"it has over {MOST_NODES} parts")
    return node


def expression(text: str, names: Names) -> Node:
    """One expression, nothing before or after it."""
    reader = Reader([t for t in tokens(text) if t.kind != "\n"], names, len(text))
    node = reader.expression()
    if not reader.at_end():
        raise Unreadable(
            f"{_named(reader.peek())} is not read after a complete expression", reader.peek().at
        )
    return bounded(node)


def parted(stream: list[Token], separators: set[str]) -> list[list[Token]]:
    """The tokens between separators that stand outside every bracket; empty stretches are left out."""
    out: list[list[Token]] = [[]]
    depth = matrices = 0
    for token in stream:
        depth += token.kind in ("(", "[", "{", "{:")
        depth -= token.kind in (")", "]", "}", ":}")
        matrices += token.kind == "begin"
        matrices -= token.kind == "end"
        if (
            depth <= 0
            and not matrices
            and (token.kind in separators or (token.kind == "word" and token.text in separators))
        ):
            out.append([])
        else:
            out[-1].append(token)
    return [part for part in out if part]


def label_of(part: list[Token]) -> str:
    """The name to the left of the first =, if all that stands there is a name: K_l, m', output_t."""
    equals = len(parted(part, {"="})[0])
    if equals == len(part):
        return ""
    words = part[:equals]
    if not words or words[0].kind not in ("word", "greek"):
        return ""
    text = GREEK.get(words[0].text, words[0].text)
    rest = "".join(
        GREEK.get(t.text, t.text) for t in words[1:] if t.kind not in ("{", "}", "(", ")")
    )
    if not rest:
        return text
    if rest[0] == "_" and all(
        t.kind in ("number", "word", "greek", "_", "{", "}", "(", ")", "+", "-", "text")
        for t in words[1:]
    ):
        return text + rest
    return text + "'" if rest == "'" else ""


def statements(
    text: str,
    names: Names,
    separators: set[str] | None = None,
    parts: list[list[Token]] | None = None,
) -> list[Statement]:
    """The statements of an answer, in order: `o = Cᵀu where u = A q`; `K_0 = D, K_l = C A^(l-1) B for l >= 1`."""
    parts = pieces(text, separators) if parts is None else parts
    if len(parts) > MOST_STATEMENTS:
        raise Unreadable(f"it has over {MOST_STATEMENTS} statements", parts[MOST_STATEMENTS][0].at)
    if not parts:
        raise Unreadable("there is nothing to read", 0)
    labels = [label_of(part) for part in parts]
    own = {label for label in labels if label and label not in names.symbols}
    local = replace(names, symbols=names.symbols | {name for name in own if "'" not in name})
    out = []
    for part, label in zip(parts, labels, strict=True):
        chain = parted(part, {"="})
        chain = chain[1:] if label else chain
        links = []
        for link in chain:
            reader = Reader(link, local, len(text))
            node = reader.expression()
            if not reader.at_end():
                raise Unreadable(
                    f"{_named(reader.peek())} is not read after a complete expression",
                    reader.peek().at,
                )
            links.append(bounded(node))
        if not links:
            raise Unreadable("nothing stands after the =", part[-1].at)
        out.append(Statement(label, tuple(links), part[0].at))
    return out


def pieces(text: str, separators: set[str] | None = None) -> list[list[Token]]:
    """The tokens of each statement, without the conditions on sizes at their ends."""
    parts = [
        cleaned(part) for part in parted(tokens(text), separators or {";", ",", "\n", *_ASIDE})
    ]
    return [part for part in parts if part]


def cleaned(part: list[Token]) -> list[Token]:
    """Without a condition on sizes at its end: (l ≥ 1), for l ≥ 1."""
    for at, token in enumerate(part):
        if token.kind == "word" and token.text in _CONDITION:
            if any(t.kind in _RELATIONS for t in part[at:]):
                return part[:at]
            raise Unreadable(f"what stands after {token.text!r} is not read", token.at)
        if token.kind == "text":
            if token.text.strip(" .:,") in ("", "for", "if", "where"):
                rest = part[at + 1 :]
                if any(t.kind in _RELATIONS for t in rest) or not rest:
                    return part[:at]
            raise Unreadable(f"the words {token.text!r} are not read", token.at)
    if part and part[-1].kind == ")":
        depth = 0
        for at in range(len(part) - 1, -1, -1):
            depth += (part[at].kind == ")") - (part[at].kind == "(")
            if not depth:
                if any(t.kind in _RELATIONS for t in part[at:]):
                    return part[:at]
                break
    if part and part[-1].kind == ".":
        return part[:-1]
    return part


def defined(
    found: list[Statement], target: Callable[[Statement], bool]
) -> tuple[list[Statement], dict[str, Node], list[Statement]]:
    """The statements that answer, the local definitions, and what is neither."""
    answers = [s for s in found if target(s)]
    used: dict[str, Any] = {s.label: s for s in found}
    if not answers:
        answers = [s for s in found if not s.label]
    if not answers:
        called = set().union(*(link.names for s in found for link in s.links))
        answers = [s for s in found if s.label not in called]
    needed: dict[str, Node] = {}
    queue = [name for s in answers for link in s.links for name in link.names]
    while queue:
        name = queue.pop()
        statement = used.get(name)
        if statement is not None and name not in needed and statement not in answers:
            needed[name] = statement.links[-1]
            queue += statement.links[-1].names
    extra = [s for s in found if s not in answers and s.label not in needed]
    return answers, needed, extra


def chained(text: str) -> list[str]:
    """The links of a key's chain of equalities as texts: K_l = C A^(l-1) B is K_l, and its right side."""
    stream = tokens(text)
    parts = parted(stream, {"="})
    ends = [part[0].at for part in parts[1:]] + [len(text)]
    return [
        text[part[0].at : end].strip().rstrip("=").strip()
        for part, end in zip(parts, ends, strict=True)
    ]


def growth(text: str, names: Names) -> Node:
    """The expression inside O(…). Raises Unreadable."""
    stream = [t for t in tokens(text) if t.kind != "\n"]
    if (
        len(stream) < 4
        or stream[0].text not in ("O", "Θ")
        or stream[1].kind != "("
        or stream[-1].kind != ")"
    ):
        raise Unreadable("a growth rate is written O(…)", 0)
    reader = Reader(stream[2:-1], names, len(text))
    node = reader.expression()
    if not reader.at_end():
        raise Unreadable(f"{_named(reader.peek())} is not read in a growth rate", reader.peek().at)
    return bounded(node)
