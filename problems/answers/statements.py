"""What an answer says, statement by statement: what each is about, the links of its equalities,
under which conditions.

Every token is read into one of these, or the answer is refused with the place: nothing is dropped.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from ..formulas.lexer import GREEK, Token, tokens
from ..formulas.reader import Names, Reader, bounded
from ..formulas.tree import Node, Unreadable, sym

MOST_STATEMENTS = 16
_RELATIONS = frozenset(("<", ">", "<=", ">=", "!=", "∈"))
_SEPARATORS = frozenset((";", ",", "\n", "\\\\", "and", "?=>"))
_ASIDE = frozenset(("where", "with", "and", "also", "while"))  # between two statements
_CONDITION = frozenset(("for", "if", "when", "whenever", "provided", "assuming", "where", "with"))
_LEADS = frozenset((
    "previously", "therefore", "thus", "hence", "so", "answer", "final", "the", "is", "are", "we",
    "get", "have", "obtain", "result", "then", "earlier", "our", "output", "outputs", "kernel",
    "impulse", "response", "formula", "update", "rule", "weights", "weight", "coefficient",
    "encoder", "minimiser", "minimizer", "solution", "recurrence", "expression", "general",
    "closed", "form", "optimal", "let", "define", "denote", "set", "put", "note", "that",
    "running", "mean", "given", "by", "as", "follows", "which", "gives", "finally",
    "namely",
))  # fmt: skip
_ALL = frozenset(("all", "every", "each", "any", "integer", "integers", "real", "positive"))
_DOTS = frozenset(("…", "...", "dots"))


@dataclass(frozen=True, slots=True)
class Label:
    """What stands left of an =: K_l, A^L, m', o_tᵀ, K(l)."""

    base: str
    index: str = ""  # l, l+1, 0
    exponent: tuple[Token, ...] = ()
    primed: bool = False
    transposed: bool = False
    at: int = 0

    @property
    def name(self) -> str:
        name = f"{self.base}_{self.index}" if self.index else self.base
        return name + "'" * self.primed


@dataclass(frozen=True, slots=True)
class Condition:
    """A relation that must hold: l ≥ 1, λ > 0, l = 0, 1 ≤ t ≤ n; the sides as trees, or a range of
    whole numbers.
    """

    sides: tuple[Node, ...]
    relations: tuple[str, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Piece:
    """The tokens of one statement, cut at its = signs, with the tokens of its conditions."""

    label: Label | None
    links: tuple[tuple[Token, ...], ...]
    conditions: tuple[tuple[Token, ...], ...]
    at: int
    rate: bool = False

    @property
    def tokens(self) -> Iterator[Token]:
        for link in self.links:
            yield from link


def pieces(text: str) -> list[Piece]:
    """The statements of an answer, not yet read. Raises Unreadable."""
    return stated(tokens(text))


def stated(stream: list[Token]) -> list[Piece]:
    """The same of its tokens."""
    parts = _parted(_unfenced(stream))
    if len(parts) > 1:  # K_0 = D, K_1 = C B, …, K_l = …: the dots say nothing by themselves
        parts = [part for part in parts if not all(_is_dots(t) for t in part)]
    found = [piece for part in _continued(parts) for piece in _pieces_of(part)]
    if len(found) > MOST_STATEMENTS:
        raise Unreadable(f"it has over {MOST_STATEMENTS} statements", found[MOST_STATEMENTS].at)
    if not found:
        raise Unreadable("there is nothing to read", 0)
    return _conditions_joined(found)


def _unfenced(stream: list[Token]) -> list[Token]:
    """Without the frames of displayed equations and the marks at which their lines are aligned."""
    out: list[Token] = []
    matrices = 0
    for token in stream:
        if token.kind in ("begin", "end") and token.text.rstrip("*") in _FRAMES:
            continue
        matrices += (token.kind == "begin") - (token.kind == "end")
        if token.kind in ("&", "and") and token.text == "&" and not matrices:
            continue
        out.append(token)
    return out


_FRAMES = frozenset(
    ("aligned", "align", "equation", "gather", "gathered", "split", "displaymath", "math")
)


def _parted(stream: list[Token]) -> list[list[Token]]:
    """The stretches between separators that stand outside every bracket."""
    out: list[list[Token]] = [[]]
    depth = 0
    for place, token in enumerate(stream):
        depth += token.kind in ("(", "[", "{", "{:", "begin")
        depth -= token.kind in (")", "]", "}", ":}", "end")
        word = token.kind in ("word", "text") and token.text.strip(" .:,").lower() in _ASIDE
        word = word or (token.kind == "." and _ends_sentence(token, stream[place + 1 :]))
        if (
            depth <= 0
            and (token.kind in _SEPARATORS or word)
            and not _inside_condition(out[-1], token, stream[place + 1 :])
        ):
            out.append([token] if word and token.text.strip(" .:,").lower() in _CONDITION else [])
        else:
            out[-1].append(token)
    return [part for part in out if part]


def _continued(parts: list[list[Token]]) -> list[list[Token]]:
    """A line that begins with = goes on with the chain before it."""
    out: list[list[Token]] = []
    for part in parts:
        if part[0].kind == "=" and out and len(part) > 1:
            out[-1] = [*out[-1], *part]
        else:
            out.append(part)
    return out


def _ends_sentence(stop: Token, after: list[Token]) -> bool:
    """A full stop close to what it ends, and away from a word that begins another sentence."""
    begins = after and after[0].gap and after[0].kind in ("word", "text", "greek", "{")
    return bool(begins) and not stop.gap


def _is_dots(token: Token) -> bool:
    return not _DOTS.isdisjoint((token.kind, token.text))


def _inside_condition(before: list[Token], token: Token, after: list[Token]) -> bool:
    """A comma in l = 1, 2, … , or in i = 1, …, n, parts no statements."""
    if token.kind != "," or not before or not after:
        return False
    if not any(t.kind == "=" for t in before):
        return False
    if before[-1].kind in _DOTS or before[-1].text in _DOTS:
        return (len(before) > 3 and before[-4].kind == "=") or len(before) < 9
    return before[-1].kind == "number" and (
        after[0].kind in ("number", *_DOTS) or after[0].text in _DOTS
    )


def _pieces_of(part: list[Token]) -> Iterator[Piece]:
    """One statement, or one for each row of \\begin{cases}."""
    part = _without_lead(part)
    while part and part[-1].kind in (".", ":"):
        part = part[:-1]
    bracket = _last_bracket(part)
    aside = part[bracket + 1 : -1] if bracket else []
    if aside and _words(aside[0]) & _EARLIER:
        yield from _pieces_of(aside)
    if aside and (_words(aside[0]) & _EARLIER or all(_words(t) <= _FINAL for t in aside)):
        part = part[:bracket]
    if not part:
        return
    start = next((i for i, t in enumerate(part) if t.kind == "begin" and t.text == "cases"), -1)
    if start < 0:
        yield _piece(part)
        return
    end = next((i for i, t in enumerate(part) if t.kind == "end" and t.text == "cases"), -1)
    if end < start or end != len(part) - 1:
        raise Unreadable("something stands after the cases", part[min(end + 1, len(part) - 1)].at)
    said: list[tuple[Token, ...]] = []
    for row in _cut(part[start + 1 : end], "\\\\"):
        value, *rest = _cut(row, "&")
        value, rest = _without_stops(value), [_without_stops(r) for r in rest]
        if len(rest) == 1 and _words(rest[0][0]) & _OTHERWISE and len(rest[0]) == 1:
            conditions = tuple(_turned(one) for one in said)
        else:
            conditions = tuple(tuple(_without_condition_words(r)) for r in rest)
        said += conditions
        head = _piece([*part[:start], *value])
        yield replace(head, conditions=(*head.conditions, *conditions))


_EARLIER = frozenset(("earlier", "previously"))  # another answer, in brackets
_FINAL = frozenset(("final", "answer"))
_OTHERWISE = frozenset(("otherwise", "else"))
_OPPOSITE = {"=": "!=", "!=": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}


def _turned(one: tuple[Token, ...]) -> tuple[Token, ...]:
    """The opposite of a condition of one relation."""
    marks = [at for at, t in enumerate(one) if t.kind in _OPPOSITE]
    if len(marks) != 1 or any(_is_dots(t) for t in one):
        raise Unreadable("otherwise than under which condition?", one[0].at)
    mark = one[marks[0]]
    turned = replace(mark, kind=_OPPOSITE[mark.kind], text=_OPPOSITE[mark.kind])
    return (*one[: marks[0]], turned, *one[marks[0] + 1 :])


def _without_stops(part: list[Token]) -> list[Token]:
    """Without the comma or full stop at the end of a row."""
    while len(part) > 1 and part[-1].kind in (",", ".", ";"):
        part = part[:-1]
    return part


def _cut(stream: list[Token], at: str) -> list[list[Token]]:
    out: list[list[Token]] = [[]]
    for token in stream:
        if at in (token.kind, token.text):
            out.append([])
        else:
            out[-1].append(token)
    return [part for part in out if part]


def _without_lead(part: list[Token]) -> list[Token]:
    """Without the words that lead to an answer: Therefore, Answer:, so."""
    at = 0
    while (
        at < len(part)
        and part[at].kind in ("word", "text")
        and _words(part[at]) <= _LEADS
        and _words(part[at])
    ):
        at += 1
    if at < len(part) and part[at].kind == ":" and at:
        at += 1
    elif at and at < len(part) and part[at].kind in ("=", "_", "(", "^"):
        at -= 1  # output_t = …: the word is the name of what it gives
    return _without_number(part[at:])


_LETTERS = frozenset("abcdefgh")


def _without_number(part: list[Token]) -> list[Token]:
    """Without the letter of a question, as in (d) C A B; other numbers of that kind are refused."""
    if len(part) < 4 or part[0].kind != "(" or part[2].kind != ")" or not part[3].gap:
        return part
    if part[1].kind == "word" and part[1].text in _LETTERS:
        return part[3:]
    if part[1].kind == "number" and part[1].text.isdigit():
        raise Unreadable("is this the number of an equation, or a factor?", part[0].at)
    return part


def _words(token: Token) -> frozenset[str]:
    return frozenset(word.strip(".:,").lower() for word in token.text.split())


def _piece(part: list[Token]) -> Piece:
    """A statement with the conditions at its end."""
    body, conditions = _conditions(part)
    if not body:
        return Piece(None, (), conditions, part[0].at)
    if _is_range(body):
        return Piece(None, (), (*conditions, tuple(body)), part[0].at)
    chain = [tuple(link) for link in _cut_at_depth(_spelled_out(body), "=")]
    if body[0].kind == "=":
        raise Unreadable("nothing stands before the =", body[0].at)
    if body[-1].kind == "=":
        raise Unreadable("nothing stands after the =", body[-1].at)
    label = label_of(chain[0]) if len(chain) > 1 else None
    links = tuple(chain[1:] if label is not None else chain)
    return Piece(label, links, conditions, body[0].at, _is_rate(links[-1]))


def _spelled_out(body: list[Token]) -> list[Token]:
    """C += X as C = C + (X)."""
    at = next((i for i, t in enumerate(body) if t.kind == "="), 0)
    if at < 2 or body[at - 1].kind not in ("+", "-", "*", "/") or body[at].gap:
        return body
    name, mark, value = body[: at - 1], body[at - 1], body[at + 1 :]
    if label_of(tuple(name)) is None or not value or any(t.kind == "=" for t in value):
        return body
    open_, close = Token("(", "(", value[0].at), Token(")", ")", value[-1].at)
    return [*name, body[at], *name, mark, open_, *value, close]


def _is_range(body: list[Token]) -> bool:
    """l = 1, 2, …: a letter, and a list that goes on."""
    dots = any(t.kind in _DOTS or t.text in _DOTS for t in body)
    return dots and len(body) > 3 and body[0].kind in ("word", "greek") and body[1].kind == "="


def _is_rate(link: tuple[Token, ...]) -> bool:
    words = [t for t in link if t.text.lower() not in ("total", "work", "cost", "in", "time")]
    return len(words) > 2 and words[0].text in ("O", "Θ", "Theta") and words[1].kind == "("


def _cut_at_depth(stream: list[Token], at: str) -> list[list[Token]]:
    """Cut at signs that stand outside every bracket."""
    out: list[list[Token]] = [[]]
    depth = 0
    for token in stream:
        depth += token.kind in ("(", "[", "{", "{:", "begin")
        depth -= token.kind in (")", "]", "}", ":}", "end")
        if token.kind == at and depth <= 0 and not _begins_a_range(out[-1]):
            out.append([])
        else:
            out[-1].append(token)
    return [part for part in out if part]


def _begins_a_range(before: list[Token]) -> bool:
    """sum_i=1^n: this = belongs to the sum's index."""
    return len(before) > 2 and before[-3].text in ("sum", "Σ") and before[-2].kind == "_"


def _conditions(part: list[Token]) -> tuple[list[Token], tuple[tuple[Token, ...], ...]]:
    """What is said, and the conditions after it: for l ≥ 1, (l ≥ 1), ∀ l, where λ > 0; all of it
    where it is a condition.
    """
    for at, token in enumerate(part):
        words = _words(token) if token.kind in ("word", "text") else frozenset[str]()
        if _is_for_all(token) or (words and words & _CONDITION and words <= _CONDITION | _ALL):
            rest = _without_condition_words(part[at:])
            if not any(t.kind in _RELATIONS or t.kind == "=" for t in rest) and rest:
                if len(rest) == 1 or not at:
                    return part[:at], ()  # for all l: the whole domain
                raise Unreadable(f"what stands after {token.text!r} is not read", token.at)
            if (
                at == 0
                and any(t.kind == "=" for t in rest)
                and not any(t.kind in _RELATIONS for t in rest)
            ):
                return rest, ()  # where u = A q: a definition
            return part[:at], (tuple(rest),) if rest else ()
    bracket = _last_bracket(part)
    if bracket and (
        any(t.kind in _RELATIONS for t in part[bracket:]) or _is_range(part[bracket + 1 : -1])
    ):
        inner = _without_condition_words(part[bracket + 1 : -1])
        return part[:bracket], (tuple(inner),)
    relations = [t for t in _outside(part) if t.kind in _RELATIONS]
    if len(relations) == 1 and relations[0].kind == "∈":
        return _of_a_space(part, part.index(relations[0]))
    if relations:
        return [], (tuple(part),)
    return part, ()


def _of_a_space(part: list[Token], at: int) -> tuple[list[Token], tuple[tuple[Token, ...], ...]]:
    """a = K M q ∈ ℝ^n says a = K M q, and of which sizes that is; λ ∈ ℝ is a condition."""
    body = part[:at]
    if not body or label_of(tuple(body)) is not None:
        return [], (tuple(part),)
    last = _cut_at_depth(body, "=")[-1]
    return body, ((*last, *part[at:]),)


def _is_for_all(token: Token) -> bool:
    return token.text in ("∀", "\\forall")


def _outside(part: list[Token]) -> Iterator[Token]:
    depth = 0
    for token in part:
        depth += token.kind in ("(", "[", "{")
        depth -= token.kind in (")", "]", "}")
        if not depth:
            yield token


def _without_condition_words(part: list[Token]) -> list[Token]:
    out = list(part)
    while out and (
        _is_for_all(out[0])
        or (out[0].kind in ("word", "text") and _words(out[0]) <= _CONDITION | _ALL)
    ):
        out = out[1:]
    while out and out[-1].kind in (".", ",", ":"):
        out = out[:-1]
    return out


def _last_bracket(part: list[Token]) -> int:
    """Where the bracket begins that ends the part; 0 where none does."""
    if not part or part[-1].kind != ")":
        return 0
    depth = 0
    for at in range(len(part) - 1, -1, -1):
        depth += (part[at].kind == ")") - (part[at].kind == "(")
        if not depth:
            return at
    return 0


def _conditions_joined(found: list[Piece]) -> list[Piece]:
    """A condition by itself belongs to the statement before it, or to all where it comes first."""
    out: list[Piece] = []
    first: tuple[tuple[Token, ...], ...] = ()
    for piece in found:
        if piece.links:
            out.append(replace(piece, conditions=(*first, *piece.conditions)))
        elif out:
            out[-1] = replace(out[-1], conditions=(*out[-1].conditions, *piece.conditions))
        else:
            first = (*first, *piece.conditions)
    if not out:
        raise Unreadable("it states a condition, and nothing under it", found[0].at)
    return out


_INDEX = frozenset(("number", "word", "greek", "+", "-", ","))


def label_of(part: tuple[Token, ...]) -> Label | None:
    """The name that a part is: K_l, o_t^T, A^{L}, m', K(l), \\bar{x}_{n+1}; None where it is an
    expression.
    """
    named = part and part[0].kind == "text" and part[0].text.isalpha()
    if not part or (part[0].kind not in ("word", "greek") and not named):
        return None
    base = GREEK.get(part[0].text, part[0].text)
    label, rest = Label(base, at=part[0].at), list(part[1:])
    if len(base) > 1 and base.isascii() and base[-1].isdigit() and base[:-1].isalpha():
        label = replace(
            label, base=base.rstrip("0123456789"), index=base[len(base.rstrip("0123456789")) :]
        )
    while rest:
        step = _label_step(label, rest)
        if step is None:
            return None
        label, rest = step
    return label


def _label_step(label: Label, rest: list[Token]) -> tuple[Label, list[Token]] | None:
    kind = rest[0].kind
    if kind == "'":
        return replace(label, primed=True), rest[1:]
    if kind == "⊤":
        return replace(label, transposed=True), rest[1:]
    if kind == "." and len(rest) > 1 and rest[1].text == "T":
        return replace(label, transposed=True), rest[2:]
    if kind == "^":
        return _raised(label, *_group(rest[1:]))
    if kind == "_":
        group, after = _group(rest[1:])
        if not group or label.index or any(t.kind not in (*_INDEX, "text") for t in group):
            return None
        return replace(label, index=_joined(group)), after
    if kind in ("(", "[") and not label.index:
        group, after = _group(rest)
        if group and all(t.kind in _INDEX for t in group) and len(group) <= 3:
            return replace(label, index=_joined(group)), after
    return None


def _raised(
    label: Label, group: list[Token], after: list[Token]
) -> tuple[Label, list[Token]] | None:
    """⊤, a star, or an exponent."""
    if not group:
        return None
    if [t.text for t in group] in (["T"], ["⊤"]):
        return replace(label, transposed=True), after
    if len(group) == 1 and _is_decoration(group[0]):
        return label, after
    return (replace(label, exponent=tuple(group)), after) if not label.exponent else None


def _is_decoration(token: Token) -> bool:
    """W^*, W^\\star, m^+, m^{new}: it only says that this is the one that was asked for."""
    return token.kind in ("*", "+") or token.text in ("new", "opt", "next")


def _joined(group: list[Token]) -> str:
    return "".join(GREEK.get(t.text, t.text) for t in group)


def _group(rest: list[Token]) -> tuple[list[Token], list[Token]]:
    """A bracketed group, or one token, and what follows it."""
    if not rest:
        return [], []
    closing = {"{": "}", "(": ")", "[": "]"}.get(rest[0].kind)
    if closing is None:
        return rest[:1], rest[1:]
    depth = 0
    for at, token in enumerate(rest):
        depth += token.kind in ("(", "[", "{")
        depth -= token.kind in (")", "]", "}")
        if not depth:
            return rest[1:at], rest[at + 1 :]
    return [], []


# ------------------------------------------------------------------ reading


def tree(link: tuple[Token, ...], names: Names, length: int) -> Node:
    """One expression, all of it. Raises Unreadable."""
    reader = Reader(list(link), names, length)
    node = reader.expression()
    if not reader.at_end():
        token = reader.peek()
        raise Unreadable(
            f"{token.text.strip() or 'a line break'!r} is not read after a complete expression",
            token.at,
        )
    return bounded(node)


def condition(part: tuple[Token, ...], names: Names, length: int) -> Condition:
    """A chain of relations; l = 1, 2, … is l ≥ 1, and i = 1, …, n is 1 ≤ i ≤ n."""
    loose = replace(names, strangers=True)
    at = part[0].at
    equals = [i for i, t in enumerate(part) if t.kind == "="]
    if len(equals) == 1 and any(t.kind in _DOTS or t.text in _DOTS for t in part):
        return _range(part[: equals[0]], part[equals[0] + 1 :], loose, length)
    sides: list[list[Token]] = [[]]
    relations: list[str] = []
    depth = 0
    for token in part:
        depth += token.kind in ("(", "[", "{")
        depth -= token.kind in (")", "]", "}")
        if (token.kind in _RELATIONS or token.kind == "=") and not depth:
            relations.append(token.kind)
            sides.append([])
        else:
            sides[-1].append(token)
    if "∈" in relations:
        return _membership(sides, relations, loose, length, at)
    trees = tuple(tree(tuple(side), loose, length) for side in sides if side)
    if len(trees) != len(relations) + 1 or not relations:
        raise Unreadable("this condition is not read", at)
    return Condition(trees, tuple(relations), at)


def _range(
    name: tuple[Token, ...], values: tuple[Token, ...], names: Names, length: int
) -> Condition:
    commas = [replace(t, kind=",") if _is_dots(t) else t for t in values]
    listed = [tuple(part) for part in _cut_at_depth(commas, ",")]
    trees = [tree(part, names, length) for part in listed if not all(t.kind == "." for t in part)]
    variable = tree(name, names, length)
    whole = [t for t in trees if t.op == "num"]
    steps = all(b.of - a.of == 1 for a, b in pairwise(whole))
    if not whole or not steps or len(trees) - len(whole) > 1:
        raise Unreadable("this range is not read", name[0].at)
    if trees[-1].op != "num":
        return Condition((trees[0], variable, trees[-1]), ("<=", "<="), name[0].at)
    return Condition((variable, trees[0]), (">=",), name[0].at)


def _membership(
    sides: list[list[Token]], relations: list[str], names: Names, length: int, at: int
) -> Condition:
    """λ ∈ ℝ, A ∈ ℝ^{n×d}: a declaration; as a condition it keeps the text of what follows."""
    if len(sides) != 2 or relations != ["∈"]:
        raise Unreadable("this condition is not read", at)
    variable = tree(tuple(sides[0]), names, length)

    text = "".join(t.text for t in sides[1])
    return Condition((variable, sym(text)), ("∈",), at)
