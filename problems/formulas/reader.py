"""Tokens to trees: one expression. What cannot be read is refused, with place and reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction

from . import brackets, code, functions, naming, sums
from .brackets import CLOSES
from .building import minus, quotient, raised_to, times
from .lexer import Token, parted, tokens, told
from .names import Names, is_column, is_number, only_numbers, outline
from .notation import REFUSED
from .spelling import FUNCTIONS, MODULES, group_end, spelled, split
from .strangers import Strangers, unified
from .tree import Node, Unreadable, ident, num, sym

__all__ = ["Names", "Reader", "bounded", "chained", "expression", "growth", "parted"]

MOST_NODES = 400
MOST_TOKENS = 1_600
MOST_DIGITS = 60
MOST_DEPTH = 60
_STOPS = frozenset(("where", "with", "and", "also", "for", "if", "when", "or", "by", "in", "else",
    "then", "otherwise",
                    "unless"))  # fmt: skip
_STARTS = frozenset((
    "number", "word", "greek", "identity", "(", "[", "{", "‖", "|", "⟨", "sqrt", "frac", "sum",
    "log", "exp", "binom",
    "diag", "begin", "refused", "text", "string", "∞",
))  # fmt: skip
_CLOSED = frozenset(("(", "[", "{", "‖", "|", "⟨", "frac", "sqrt", "binom", "exp", "begin"))
_IN_INDEX = frozenset(
    ("number", "word", "greek", "text", "identity", "+", "-", "*", ",", "_", "⊥", "(", ")")
)


class Reader:
    """A recursive descent over the tokens of one expression.

    `loose`: an index that nothing binds may count, in a sum without an index and along a diagonal.
    """

    def __init__(self, stream: list[Token], names: Names, length: int) -> None:
        if len(stream) > MOST_TOKENS:
            raise Unreadable(f"it has over {MOST_TOKENS:,} signs", stream[MOST_TOKENS].at)
        self.stream, self.names, self.place, self.length = spelled(stream, names), names, 0, length
        self.end = Token("end of it", "", length)
        self.depth, self.bar, self.loose = 0, "", False
        self.tuples: set[int] = set()  # where (1, 2) begins, which is a row or a column
        self.is_code = code.is_code(self.stream)
        self.strangers = Strangers(self.stream, names) if names.strangers else None

    # -------------------------------------------------------------- the stream

    def peek(self, ahead: int = 0) -> Token:
        at = self.place + ahead
        return self.stream[at] if at < len(self.stream) else self.end

    def take(self, kind: str = "") -> Token:
        token = self.peek()
        if kind and token.kind != kind:
            raise Unreadable(f"{told(token)} stands where {kind!r} was expected", token.at)
        self.place += 1
        return token

    def took(self, kind: str) -> bool:
        """Whether the next token is of a kind; it is taken then."""
        if self.peek().kind != kind:
            return False
        self.place += 1
        return True

    def at_end(self) -> bool:
        return self.place >= len(self.stream)

    def split(self, text: str) -> list[str] | None:
        return split(text, self.names.known)

    @contextmanager
    def inside(
        self, *, names: Names | None = None, loose: bool | None = None, bar: str = ""
    ) -> Iterator[None]:
        """Within a bracket, where a bar opens again; or where other names hold."""
        before = self.bar, self.names, self.loose
        self.bar, self.names = bar, names or self.names
        self.loose = self.loose if loose is None else loose
        yield
        self.bar, self.names, self.loose = before

    # -------------------------------------------------------------- sums and products

    def expression(self) -> Node:
        at = self.peek().at
        terms = [self.product()]
        while self.peek().kind in ("+", "-"):
            mark = self.take()
            if mark.kind == "+" and self.peek().kind == "…":
                terms = self.continued(terms)
                continue
            term = self.product()
            if self.is_code:
                code.check_sum(terms[-1], term, self.names, mark)
            terms.append(minus(term, mark.at) if mark.kind == "-" else term)
        if len(terms) == 1:
            return terms[0]
        self.refuse_tuples(terms)
        return Node("add", tuple(terms), None, at)

    def refuse_tuples(self, parts: list[Node]) -> None:
        """(1, 2) may stand by itself, not beside a matrix."""
        found = next((x for x in parts if x.op == "grid" and x.at in self.tuples), None)
        if found is not None:
            raise Unreadable("is it a row or a column? write [1; 2] or [1, 2]", found.at)

    def continued(self, terms: list[Node]) -> list[Node]:
        """x_1 + … + x_n as a sum."""
        dots = self.take("…")
        self.take("+")
        return sums.continued(terms, self.product(), self.names, dots)

    def signs(self) -> bool:
        """Whether the signs that stand here make a minus."""
        negative = False
        while self.peek().kind in ("+", "-"):
            negative ^= self.take().kind == "-"
        return negative

    def signed(self) -> Node:
        """A factor after × or /, with its sign."""
        at = self.peek().at
        negative = self.peek().kind == "-" and bool(self.take())
        right = self.power()
        return minus(right, at) if negative else right

    def product(self) -> Node:
        at = self.peek().at
        negative = self.signs()
        factors = [self.power()]
        while True:
            token = self.peek()
            if token.kind in ("*", "@"):
                self.take()
                factors = self.times(factors, token)
            elif token.kind == "/":
                self.take()
                factors = self.divided(factors, token)
            elif self.begins(token):
                factors.append(self.beside(token))
            else:
                break
        if len(factors) > 1 and self.tuples:
            self.refuse_tuples(factors)
        node = times(factors)
        return minus(node, at) if negative else node

    def begins(self, token: Token) -> bool:
        """Whether a token begins another factor: no word between statements, no bar that closes."""
        if token.kind not in _STARTS or token.kind == self.bar:
            return False
        return token.kind != "word" or token.text not in _STOPS or token.text in self.names.known

    def beside(self, token: Token) -> Node:
        """A factor that stands beside another without a sign."""
        before = self.stream[self.place - 1]
        if token.kind == "number" and before.kind != "}":  # 2^{n} 3^{m} is plain
            raise Unreadable("a number stands right of a factor: is it a power?", token.at)
        if token.kind == "[" and not token.gap and before.kind in ("word", "greek"):
            self.refuse_entry(token)
        node = self.power()
        if before.kind == "number" and token.kind == "frac" and node.op == "num":
            raise Unreadable("is it a mixed number or a product?", token.at)
        return node

    def refuse_entry(self, token: Token) -> None:
        """x[i] is an entry, counted from 0 or from 1."""
        end = group_end(self.stream, self.place)
        kinds = {inner.kind for inner in self.stream[self.place + 1 : end - 1]}
        if self.is_code or kinds <= {"number", "word", "greek", ",", ":", "-", "+"}:
            raise Unreadable("is it an entry or a product? write x_i, or a round bracket", token.at)

    def times(self, factors: list[Node], mark: Token) -> list[Node]:
        right = self.signed()
        if mark.kind == "@":
            return code.matmul(factors, right, self.names, mark.at)
        if self.is_code:
            code.check_elementwise(times(factors), right, self.names, mark)
        if mark.text != "*" and not self.is_code and len(factors) == 1:
            left, other = outline(factors[0], self.names), outline(right, self.names)
            if is_column(left) and left == other:
                if mark.text == "·":  # as products are shown, those that do not fit as well
                    raise Unreadable("is it a scalar product? write u^T v", mark.at)
                return [Node("transpose", (factors[0],), None, factors[0].at), right]
        return [*factors, right]

    def divided(self, factors: list[Node], mark: Token) -> list[Node]:
        """What stands below the line, and what stands beside it."""
        top, first = times(factors), self.peek()
        if code.is_derivative(self.stream[self.place - 2 : self.place + 3]):
            raise Unreadable("derivatives are not read", mark.at)
        bottom, rest, starts = self.signed(), [], []
        while self.begins(self.peek()):
            starts.append(self.peek())
            rest.append(self.beside(self.peek()))
        below = self.below(bottom, rest, starts, (mark, first)) if rest else 0
        under = times([bottom, *rest[:below]])
        if self.is_code and outline(under, self.names) not in (None, ("1", "1")):
            raise Unreadable("/ divides entry by entry in NumPy", mark.at)
        return [quotient(top, under, mark.at), *rest[below:]]

    def below(
        self, bottom: Node, rest: list[Node], starts: list[Token], line: tuple[Token, Token]
    ) -> int:
        """How many factors after a divisor belong to it; refused where two readings make sense."""
        found = [outline(times([bottom, *rest[:k]]), self.names) for k in range(len(rest) + 1)]
        possible = [k for k, shape in enumerate(found) if shape in (None, ("1", "1"))]
        is_row = bottom.op == "transpose"
        if is_row:
            possible = [k for k in possible if k]
        if len(possible) == 1:
            return possible[0]
        mark, first = line
        tight = next((k for k, token in enumerate(starts) if token.gap), len(rest))
        if is_row and 0 < tight < len(rest) and tight in possible:
            return tight
        close = not mark.gap and not first.gap
        apart = starts[0].gap or (bottom.op == "num" and starts[0].kind in ("sqrt", "frac", "sum"))
        if 0 in possible and (first.kind in _CLOSED or (close and apart)):
            return 0
        why = "is what follows the divisor below the line or beside it? write a bracket"
        raise Unreadable(why, starts[0].at)

    # -------------------------------------------------------------- powers

    def power(self) -> Node:
        node, bare = self.atom(), False
        while True:
            token = self.peek()
            kind = token.kind
            if kind == "^":
                self.take()
                raised = self.raised(node, token)
                if node.op == "pow" and raised.op != "transpose" and bare:
                    why = "a power of a power is read in no one way: write a bracket"
                    raise Unreadable(why, token.at)
                node, bare = raised, True
            elif kind == "'":
                self.take()
                node = self.primed(node, token)
            elif kind == "." and self.peek(1).kind == "word" and not self.peek(1).gap:
                node = code.method(self, node)
            elif kind == "!":
                raise Unreadable("factorials are not read", token.at)
            else:
                return node

    def primed(self, node: Node, mark: Token) -> Node:
        """x' of a vector or a matrix; refused where it may be another x, or a derivative."""
        letter = node.op in ("sym", "elem")
        capital = letter and str(node.of)[:1].isupper()
        declared = letter and (node.of in self.names.symbols or node.of in self.names.shapes)
        if is_number(node, self.names) or (
            self.names.strangers and letter and not (capital or declared)
        ):
            raise Unreadable(
                "is the prime a transposition, a derivative or part of a name?", mark.at
            )
        return self.transposed(node, mark)

    def transposed(self, node: Node, mark: Token) -> Node:
        if only_numbers(node, self.names):
            raise Unreadable("a number is transposed: is T an exponent? declare it", mark.at)
        with_one = node.op == "add" and any(t.op == "num" and t.of for t in node.args)
        if self.names.strangers and with_one:
            raise Unreadable("a number is transposed: is T an exponent? declare it", mark.at)
        return Node("transpose", (node,), None, node.at)

    def is_transposition(self, token: Token) -> bool:
        """Whether what is raised is ⊤, a prime, or a T that is no declared number."""
        if token.kind != "word" or token.text != "T":
            return token.kind in ("⊤", "'")
        names = self.names
        return not names.has("T") or names.shapes.get("T", ("1", "1")) != ("1", "1")

    def raised(self, base: Node, mark: Token) -> Node:
        """What follows ^: a transpose, an inverse, a power."""
        token = self.peek()
        if self.is_code and mark.text == "**":
            code.check_power(base, self.names, mark)
        if token.kind in ("{", "("):
            close = CLOSES[token.kind]
            sign = self.peek(1).kind == "-"
            if self.is_transposition(self.peek(1 + sign)) and self.peek(2 + sign).kind == close:
                self.place += 3 + sign
                return self.raised_t(base, sign, token)
            self.take()
            with self.inside():
                exponent = self.expression()
            self.take(close)
            return raised_to(base, exponent, mark.at)
        sign = token.kind == "-" and bool(self.take())
        token = self.peek()
        if self.is_transposition(token):
            self.take()
            return self.raised_t(base, sign, token)
        found = outline(base, self.names)
        if token.text == "T" and found is not None and found[0] != found[1]:
            raise Unreadable("is T the exponent, or a transposition? write \\top", token.at)
        exponent = self.bare("a power")
        return raised_to(base, minus(exponent, token.at) if sign else exponent, mark.at)

    def raised_t(self, base: Node, inverse: bool, mark: Token) -> Node:
        return self.transposed(
            raised_to(base, num(-1, mark.at), mark.at) if inverse else base, mark
        )

    def bare(self, what: str) -> Node:
        """One token as an argument: a number, a letter, a fraction."""
        token = self.peek()
        if token.kind in ("frac", "sqrt", "binom", "identity"):
            return self.atom()
        self.take()
        if token.kind == "number":
            return num(number(token), token.at)
        named = token.kind == "greek" or (token.kind == "word" and token.text not in FUNCTIONS)
        if named and not self.names.has(token.text) and token.text == "e":
            return Node("call", (num(1, token.at),), "exp", token.at)
        if named:
            return naming.named(self, token, "", ())
        raise Unreadable(f"{told(token)} stands where {what} was expected", token.at)

    # -------------------------------------------------------------- values

    def atom(self) -> Node:
        token = self.take()
        rule = _ATOMS.get(token.kind)
        if rule is None:
            raise Unreadable(f"{told(token)} stands where a value was expected", token.at)
        self.depth += 1
        if self.depth > MOST_DEPTH:
            raise Unreadable(f"it is nested over {MOST_DEPTH} deep", token.at)
        node = rule(self, token)
        self.depth -= 1
        return node

    def number(self, token: Token) -> Node:
        if self.peek().kind == "_":
            index, _ = self.subscript_if_any()
            if token.text != "0":
                raise Unreadable(f"{token.text}_{index} is not read", token.at)
        return num(number(token), token.at)

    def word(self, token: Token) -> Node:
        text, names = token.text, self.names
        if token.style in ("double", "script") and not names.has(text):
            if text == "I" and token.style == "double" and self.peek().kind not in ("(", "{", "["):
                return self.identity(token)
            raise Unreadable(f"what the styled letter {text} stands for is not read", token.at)
        if text in names.known or text in names.symbols:
            return self.symbol(token)
        if text in MODULES and self.peek().kind == ".":
            return code.module(self)
        if text in FUNCTIONS:
            return functions.called(self, text, token)
        if text == "I":
            return self.identity(token)
        if text == "e" and self.peek().kind == "^":
            return self.euler(token)
        return self.symbol(token)

    def euler(self, token: Token) -> Node:
        """e^x where nobody declared e."""
        if not self.names.strangers and self.is_transposition(self.peek(1)):
            raise Unreadable("nobody declared 'e'", token.at)
        raised = self.raised(sym("e", token.at), self.take("^"))
        whole = raised.op == "pow" and raised.args[1].op == "num"
        alone = self.strangers is not None and self.strangers.has_e
        if raised.op == "transpose" or (whole and self.names.strangers) or alone:
            raise Unreadable(
                "is e Euler's number or a letter of its own? declare it, or write exp", token.at
            )
        return Node("call", (raised.args[1],), "exp", token.at)

    def identity(self, token: Token) -> Node:
        index, _ = self.subscript_if_any()
        size = index or ("" if token.kind == "word" else token.text)
        rows, _, columns = size.partition("*")
        if columns and rows != columns:
            raise Unreadable(f"I with the sizes {size} is no identity", token.at)
        known = not self.names.sizes or rows in self.names.sizes or rows.isdigit()
        if rows and not known and not self.names.strangers:
            raise Unreadable(f"nobody declared the size {rows!r} of I", token.at)
        return ident(rows, token.at)

    def symbol(self, token: Token) -> Node:
        if self.strangers is not None:
            self.strangers.check(token)
        if self.peek().kind != "_":
            return naming.named(self, token, "", ())
        return naming.named(self, token, *self.subscript_if_any())

    def group(self) -> Node:
        """{…} after a command, or a single token: \\frac12 has two."""
        token = self.peek()
        if token.kind == "{":
            self.take()
            with self.inside():
                inner = self.expression()
            self.take("}")
            return inner
        if token.kind == "number" and len(token.text) > 1 and token.text.isdigit():
            self.stream[self.place : self.place + 1] = [
                Token("number", token.text[0], token.at),
                Token("number", token.text[1:], token.at + 1),
            ]
        return self.bare("an argument")

    def fraction(self, token: Token) -> Node:
        start = self.place
        top, middle = self.group(), self.place
        bottom = self.group()
        written = self.stream[start:middle], self.stream[middle : self.place]
        if code.is_derivative([*_inner(written[0]), token, *_inner(written[1])]):
            raise Unreadable("derivatives are not read", token.at)
        return quotient(top, bottom, token.at)

    def refused(self, token: Token) -> Node:
        what = REFUSED.get(token.text, "")
        sign = "1" if token.text == "1" else token.text
        why = f"{sign} is {what}: it is not read" if what else f"{sign} is not known here"
        raise Unreadable(why, token.at)

    def words(self, token: Token) -> Node:
        raise Unreadable(f"the words {token.text!r} are not read", token.at)

    # -------------------------------------------------------------- names

    def subscript_if_any(self) -> tuple[str, tuple[Token, ...]]:
        """A subscript without spaces (t-1, n+1, inv), and its tokens."""
        if self.peek().kind != "_":
            return "", ()
        self.take()
        token = self.take()
        if token.kind not in ("{", "("):
            if token.kind not in ("number", "word", "greek", "text", "⊥", "*"):
                raise Unreadable(f"{told(token)} stands where an index was expected", token.at)
            return "*" if token.kind == "*" else token.text, (token,)
        close, start = CLOSES[token.kind], self.place
        text = ""
        while self.peek().kind != close and not self.at_end():
            inner = self.take()
            if inner.kind not in _IN_INDEX:
                raise Unreadable(f"{told(inner)} is not read in an index", inner.at)
            text += inner.kind if inner.kind in "+-*" else inner.text
        self.take(close)
        return text, tuple(self.stream[start : self.place - 1])


_ATOMS: dict[str, Callable[[Reader, Token], Node]] = {
    "number": Reader.number,
    "word": Reader.word,
    "greek": Reader.symbol,
    "identity": Reader.identity,
    **dict.fromkeys(("(", "[", "{"), brackets.bracket),
    **dict.fromkeys(("‖", "|"), brackets.barred),
    "⟨": brackets.angled,
    "begin": brackets.environment,
    "frac": Reader.fraction,
    "refused": Reader.refused,
    "text": Reader.words,
    "sum": sums.summed,
    **dict.fromkeys(
        ("sqrt", "log", "exp", "binom", "diag"),
        lambda r, token: functions.called(r, token.kind, token),
    ),
}


def _inner(group: list[Token]) -> list[Token]:
    """A group without its braces."""
    return group[1:-1] if group[0].kind == "{" else group


def number(token: Token) -> Fraction:
    mantissa, _, exponent = token.text.lower().partition("e")
    if len(mantissa) > MOST_DIGITS or len(exponent) > 4 or abs(int(exponent or 0)) > MOST_DIGITS:
        raise Unreadable(f"a number has over {MOST_DIGITS} digits", token.at)
    return Fraction(token.text)


def bounded(node: Node) -> Node:
    if node.size > MOST_NODES:
        raise Unreadable(f"it has over {MOST_NODES} parts", node.at)
    return node


def expression(text: str, names: Names) -> Node:
    """One expression, nothing before or after it. Raises Unreadable, with the place."""
    reader = Reader([t for t in tokens(text) if t.kind != "\n"], names, len(text))
    node = whole(reader, "after a complete expression")
    return unified((node,), names)[0] if names.strangers else node


def whole(reader: Reader, where: str) -> Node:
    """The expression, if nothing follows it."""
    node = reader.expression()
    if not reader.at_end():
        raise Unreadable(f"{told(reader.peek())} is not read {where}", reader.peek().at)
    return bounded(node)


def chained(text: str) -> list[str]:
    """The links of a key's chain of equalities: K_l = C A^(l-1) B is K_l, and its right side."""
    parts = parted(tokens(text), {"="})
    if not parts:
        raise Unreadable("there is nothing to read", 0)
    ends = [part[0].at for part in parts[1:]] + [len(text)]
    return [
        text[part[0].at : end].strip().rstrip("=").strip()
        for part, end in zip(parts, ends, strict=True)
    ]


def growth(text: str, names: Names) -> Node:
    """The expression inside O(…). Raises Unreadable."""
    stream = [t for t in tokens(text) if t.kind != "\n"]
    opened = len(stream) > 3 and stream[0].text in ("O", "Θ") and stream[1].kind == "("
    if not opened or stream[-1].kind != ")":
        raise Unreadable("a growth rate is written O(…)", 0)
    return whole(Reader(stream[2:-1], names, len(text)), "in a growth rate")
