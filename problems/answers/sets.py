"""Sets of reals: intervals, chains of inequalities, set-builders, conjunctions, unions; compared exactly, with a witness."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

from .lexer import GREEK, Token, tokens
from .read import Names, Reader, parted
from .tree import Add, Div, Elem, Mul, Node, Num, Pow, Sym, Unreadable
from .verdict import Verdict

INFINITE = Fraction(10) ** 400  # beyond any number that is read


@dataclass(frozen=True, slots=True, order=True)
class Piece:
    """One interval; an end is (value, side): side 0 includes it, +1 begins just after, −1 ends just before."""

    low: tuple[Fraction, int]
    high: tuple[Fraction, int]


Set = tuple[Piece, ...]
LINE: Set = (Piece((-INFINITE, 1), (INFINITE, -1)),)
_SIDES = {"<": (-1, 1), "<=": (0, 0), ">": (1, -1), ">=": (0, 0)}
_FILLER = {"for", "all", "every", "any", "values", "value", "of", "with", "such", "that", "the", "is", "when", "iff", "if",
           "range", "valid", "where", "are", "be", "must", "satisfying", "exactly"}  # fmt: skip


def above(least: int, strict: bool) -> Set:
    """λ > least, or λ ≥ least: the domain in which two sets are compared."""
    return (Piece((Fraction(least), int(strict)), (INFINITE, -1)),)


def normal(pieces: Set) -> Set:
    """Sorted, without empty pieces, touching ones joined."""
    out: list[Piece] = []
    for piece in sorted(p for p in pieces if p.low <= p.high):
        if out and (
            piece.low <= out[-1].high
            or (piece.low[0] == out[-1].high[0] and piece.low[1] - out[-1].high[1] <= 1)
        ):
            out[-1] = Piece(out[-1].low, max(out[-1].high, piece.high))
        else:
            out.append(piece)
    return tuple(out)


def meet(a: Set, b: Set) -> Set:
    return normal(tuple(Piece(max(p.low, q.low), min(p.high, q.high)) for p in a for q in b))


def shown(found: Set) -> str:
    """[1, 4], (1/1000, ∞), ∅, with ∪ between."""
    if not found:
        return "∅"
    parts = []
    for piece in found:
        if piece.low == piece.high:
            parts.append(f"{{{piece.low[0]}}}")
            continue
        low = (
            "(-∞" if piece.low[0] == -INFINITE else f"{'(' if piece.low[1] else '['}{piece.low[0]}"
        )
        high = (
            "∞)" if piece.high[0] == INFINITE else f"{piece.high[0]}{')' if piece.high[1] else ']'}"
        )
        parts.append(f"{low}, {high}")
    return " ∪ ".join(parts)


def read(text: str) -> Set:
    """The set that an answer describes. Raises Unreadable."""
    stream = [
        t
        for t in tokens(text)
        if not (t.kind == "text" and t.text.strip(" .:,") in ("", "for", "for all", "all"))
    ]
    stream = _worded(stream)
    while stream and stream[-1].kind in (".", "\n"):
        stream = stream[:-1]
    if not stream:
        raise Unreadable("there is nothing to read", 0)
    return normal(_either(stream, len(text)))


def _worded(stream: list[Token]) -> list[Token]:
    """Words for relations as relations; filler left out."""
    out: list[Token] = []
    at = 0
    while at < len(stream):
        words = [t.text.lower() if t.kind == "word" else t.kind for t in stream[at : at + 5]]
        token, taken = stream[at], 1
        for phrase, relation in _PHRASES:
            if words[: len(phrase)] == phrase:
                token, taken = Token(relation, relation, token.at), len(phrase)
                break
        else:
            if token.kind == "word" and token.text.lower() in _FILLER:
                at += 1
                continue
        out.append(token)
        at += taken
    return out


_PHRASES = (
    (["greater", "than", "or", "equal", "to"], ">="),
    (["less", "than", "or", "equal", "to"], "<="),
    (["greater", "than"], ">"),
    (["larger", "than"], ">"),
    (["bigger", "than"], ">"),
    (["more", "than"], ">"),
    (["above"], ">"),
    (["less", "than"], "<"),
    (["smaller", "than"], "<"),
    (["below"], "<"),
    (["at", "least"], ">="),
    (["at", "most"], "<="),
    (["in"], "∈"),
    (["and"], "and"),
    (["or"], "∪"),
    (["union"], "∪"),
)


def _either(stream: list[Token], length: int) -> Set:
    parts = parted(stream, {"∪", "or"})
    return tuple(piece for part in parts for piece in _both(part, length))


def _both(stream: list[Token], length: int) -> Set:
    out = LINE
    for part in parted(stream, {"∩", "and"}):
        for piece in _conjuncts(part):
            out = meet(out, _one(piece, length))
    return out


def _conjuncts(part: list[Token]) -> list[list[Token]]:
    """λ >= 1, λ <= 4: a comma between two conditions is 'and'; inside an interval it is not met here."""
    pieces = parted(part, {",", ";"})
    return (
        pieces
        if len(pieces) > 1 and all(any(t.kind in (*_SIDES, "∈") for t in p) for p in pieces)
        else [part]
    )


def _one(part: list[Token], length: int) -> Set:
    """One condition or one interval."""
    if part[0].kind == "{:" and part[-1].kind == ":}":
        return _builder(part[1:-1], length)
    if part[0].kind == "{" and part[-1].kind == "}":
        return _builder(part[1:-1], length)
    at = next((i for i, t in enumerate(part) if t.kind == "∈"), -1)
    if at >= 0:
        if at != 1 or not (
            part[0].kind == "greek" or len(part[0].text) == 1 or part[0].text in GREEK
        ):
            raise Unreadable("one variable stands before ∈", part[at].at)
        return _either(part[2:], length)
    if any(t.kind in _SIDES for t in part):
        return _chain(part, length)
    equal = parted(part, {"="})
    if len(equal) == 2 and len(equal[0]) == 1 and equal[0][0].kind in ("word", "greek"):
        (value,) = [_value(equal[1], length)]
        return (Piece((value, 0), (value, 0)),)
    return _interval(part, length)


def _builder(inner: list[Token], length: int) -> Set:
    parts = parted(inner, {":", "|"})
    if len(parts) == 1:
        values = [_value(p, length) for p in parted(inner, {","})]
        return tuple(Piece((v, 0), (v, 0)) for v in values)
    if len(parts) != 2:
        raise Unreadable("a set is read as {λ : condition}", inner[0].at)
    named = _either(parts[0], length) if any(t.kind in (*_SIDES, "∈") for t in parts[0]) else LINE
    return meet(named, normal(_either(parts[1], length)))


def _interval(part: list[Token], length: int) -> Set:
    if len(part) == 1 and part[0].kind == "greek":
        raise Unreadable("a variable alone is no set", part[0].at)
    if part[0].kind in ("(", "[", "]") and part[-1].kind in (")", "]", "["):
        ends = parted(part[1:-1], {",", ";"})
        if len(ends) != 2:
            raise Unreadable("an interval has two ends", part[0].at)
        low, high = (_value(end, length) for end in ends)
        return (
            Piece(
                (low, int(part[0].kind != "[" or low == -INFINITE)),
                (high, -int(part[-1].kind != "]" or high == INFINITE)),
            ),
        )
    if len(part) == 1 and part[0].kind == "ℝ":
        return LINE
    raise Unreadable("this is no interval and no inequality", part[0].at)


def _value(part: list[Token], length: int) -> Fraction:
    sign = Fraction(1)
    rest = part
    while rest and rest[0].kind in ("+", "-"):
        sign, rest = (-sign if rest[0].kind == "-" else sign), rest[1:]
    if len(rest) == 1 and (rest[0].kind == "∞" or rest[0].text in ("oo", "inf", "infinity")):
        return sign * INFINITE
    slope, offset, _ = _linear(_node(part, length))
    if slope:
        raise Unreadable("a number was expected", part[0].at)
    return offset


def _node(part: list[Token], length: int) -> Node:
    if not part:
        raise Unreadable("something is missing beside a relation", length)
    reader = Reader(part, Names(frozenset(), strangers=True), length)
    node = reader.expression()
    if not reader.at_end():
        raise Unreadable(f"{reader.peek().text!r} is not read here", reader.peek().at)
    return node


def _chain(part: list[Token], length: int) -> Set:
    """1 <= λ <= 4; each link linear in one variable."""
    out, sides, relations, depth = LINE, [[]], [], 0  # type: tuple[Set, list[list[Token]], list[Token], int]
    for token in part:
        depth += token.kind in ("(", "[", "{")
        depth -= token.kind in (")", "]", "}")
        if token.kind in _SIDES and not depth:
            relations.append(token)
            sides.append([])
        else:
            sides[-1].append(token)
    variables: set[str] = set()
    infinite = [_is_infinite(s) for s in sides]
    linear = [
        (Fraction(0), Fraction(i) * INFINITE, "") if i else _linear(_node(s, length))
        for s, i in zip(sides, infinite, strict=True)
    ]
    for (a, b, x), (c, d, y), relation in zip(linear, linear[1:], relations, strict=False):
        variables |= {v for v in (x, y) if v}
        slope, offset = a - c, d - b  # slope·x REL offset
        if not slope:
            truth = {"<": offset > 0, "<=": offset >= 0, ">": offset < 0, ">=": offset <= 0}[
                relation.kind
            ]
            out = out if truth else ()
            continue
        kind = (
            relation.kind
            if slope > 0
            else {"<": ">", "<=": ">=", ">": "<", ">=": "<="}[relation.kind]
        )
        end = offset / slope
        if kind in ("<", "<="):
            out = meet(out, (Piece((-INFINITE, 1), (end, -int(kind == "<" or end == INFINITE))),))
        else:
            out = meet(out, (Piece((end, int(kind == ">" or end == -INFINITE)), (INFINITE, -1)),))
    if len(variables) != 1:
        raise Unreadable("an inequality is about one variable", part[0].at)
    return out


def _is_infinite(side: list[Token]) -> int:
    kinds = [t.kind for t in side]
    return 1 if kinds in (["∞"], ["+", "∞"]) else -1 if kinds == ["-", "∞"] else 0


def _linear(node: Node) -> tuple[Fraction, Fraction, str]:
    """(slope, offset, variable) of a linear expression in one variable."""
    match node:
        case Num(value):
            return Fraction(0), value, ""
        case Sym(name):
            return Fraction(1), Fraction(0), GREEK.get(name, name)
        case Elem(base, _):
            return Fraction(1), Fraction(0), base
        case Add(terms):
            parts = [_linear(t) for t in terms]
            return (
                sum((p[0] for p in parts), Fraction(0)),
                sum((p[1] for p in parts), Fraction(0)),
                _variable(parts),
            )
        case Mul(factors):
            slope, offset, variable = Fraction(0), Fraction(1), ""
            for factor in factors:
                a, b, x = _linear(factor)
                if slope and a:
                    raise Unreadable("only linear inequalities are read")
                slope, offset, variable = (
                    slope * b + a * offset,
                    offset * b,
                    _variable([(slope, offset, variable), (a, b, x)]),
                )
            return slope, offset, variable
        case Div(top, bottom):
            (a, b, x), (c, d, _) = _linear(top), _linear(bottom)
            if c or not d:
                raise Unreadable("only division by a number is read in an inequality")
            return a / d, b / d, x
        case Pow(base, Num(e)) if e.denominator == 1 and abs(e) <= 64:
            a, b, x = _linear(base)
            if a and e != 1:
                raise Unreadable("only linear inequalities are read")
            if not b and e < 0:
                raise Unreadable("it divides by zero")
            return (a, b, x) if e == 1 else (Fraction(0), b ** int(e), "")
    raise Unreadable("only linear inequalities are read")


def _variable(parts: list[Any]) -> str:
    names = {name for _, _, name in parts if name}
    if len(names) > 1:
        raise Unreadable("an inequality is about one variable")
    return names.pop() if names else ""


def apart(a: Set, b: Set) -> Fraction | None:
    """A number in one and not in the other: an end, a point between two ends, or one beyond all of them."""
    ends = sorted(
        {e[0] for s in (a, b) for p in s for e in (p.low, p.high) if abs(e[0]) != INFINITE}
    )
    points = [*ends, *((x + y) / 2 for x, y in pairwise(ends))]
    points += [ends[0] - 1, ends[-1] + 1] if ends else [Fraction(0)]
    return next((x for x in points if inside(a, x) != inside(b, x)), None)


def inside(found: Set, x: Fraction) -> bool:
    return any(p.low <= (x, 0) <= p.high for p in found)


def decide(
    answer: str, reference: str, domain: Set = LINE, named: frozenset[str] = frozenset()
) -> Verdict:
    """Whether the answer is the reference's set, within `domain` (λ > 0); about one of `named`, where any are."""
    others = {
        GREEK.get(t.text, t.text): t.at
        for t in tokens(answer)
        if t.kind == "greek" or t.text in GREEK
    }
    if named and (strange := set(others) - named):
        raise Unreadable(
            f"it is about {min(strange)}, not about {', '.join(sorted(named))}",
            others[min(strange)],
        )
    found, key = read(answer), read(reference)
    told = f"the set {shown(found)}"
    found, key = meet(found, domain), meet(key, domain)
    point = apart(found, key)
    if point is None:
        return Verdict("correct", "the same set", read=told)
    where = f"{point} is in {'the answer and not in the key' if inside(found, point) else 'the key and not in the answer'}"
    return Verdict(
        "incorrect",
        f"the key is {shown(key)}",
        read=told,
        counterexample=where,
        hint=_hint(found, key, point),
    )


def _hint(found: Set, key: Set, point: Fraction) -> str:
    ends = {e[0] for p in (*found, *key) for e in (p.low, p.high)}
    closed = tuple(Piece((p.low[0], 0), (p.high[0], 0)) for p in found)
    if point in ends and closed == tuple(Piece((p.low[0], 0), (p.high[0], 0)) for p in key):
        return f"endpoint {point} {'too many' if inside(found, point) else 'missing'}"
    if len(found) == len(key) == 1 and (found[0].low == key[0].low) != (
        found[0].high == key[0].high
    ):
        return (
            "the lower end is right, the upper one is not"
            if found[0].low == key[0].low
            else "the upper end is right, the lower one is not"
        )
    return ""
