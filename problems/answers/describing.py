"""Sets of reals as they are described: intervals, inequalities, set-builders, unions. Exact."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import cycle, pairwise

from ..formulas import sets
from ..formulas.lexer import GREEK, Token, tokens
from ..formulas.reader import Names, Reader
from ..formulas.sets import LINE, NOTHING, Piece, RealSet
from ..formulas.tree import Node, Unreadable
from . import phrases
from .cells import inside, outside, split
from .piecewise import Pieces, holds, piecewise, where_sign
from .wrapping import Passage

MOST_STRETCHES = 64
_RELATIONS = {"<", "<=", ">", ">=", "=", "!="}
_TURNED = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "=": "!=", "!=": "="}


@dataclass(frozen=True, slots=True)
class Described:
    """A set, the variable that it was described by ("" for none), and the conditions under which it
    was said.
    """

    found: RealSet
    variable: str = ""
    conditions: tuple[RealSet, ...] = ()
    is_bare: bool = False  # a number alone


@dataclass
class _Reading:
    """The tokens of one answer, and the variables met."""

    length: int
    variables: set[str] = field(default_factory=set)


def described(here: Passage) -> Described:
    """What an answer describes. Raises Unreadable, with the place in the answer."""
    said = phrases.said(here)
    here = said.text
    reading = _Reading(len(here.text))
    try:
        stated, *given = split(_tokens(here), {"given"})
        given_too = [_tokens(c) for c in said.conditions]
        out = _stated(stated, given, given_too, reading)
    except Unreadable as error:
        raise Unreadable(error.why, here.place(error.at)) from None
    if said.ends and _ends_of(out.found) != {said.ends}:
        raise Unreadable(f"it says {said.ends}, and its ends are not", here.places[0])
    if len(reading.variables) > 1:
        raise Unreadable(f"it is about {' and '.join(sorted(reading.variables))}", here.places[0])
    variable = next(iter(reading.variables), "")
    return Described(out.found, variable, out.conditions, out.is_bare)


def _ends_of(found: RealSet) -> set[str]:
    """Whether its finite ends are open or closed."""
    ends = [end for piece in found.pieces for end in (piece.low, piece.high)]
    return {"open" if side else "closed" for x, side in ends if not sets.infinite(x)}


def _tokens(here: Passage) -> list[Token]:
    return [t for t in tokens(here.text) if t.kind not in ("\n",)]


def _stated(
    stated: list[Token], given: list[list[Token]], before: list[list[Token]], reading: _Reading
) -> Described:
    """A set and its conditions; where only a variable is stated, the first condition is the set."""
    if given and not any(given):
        raise Unreadable("a condition is missing", reading.length)
    if given and (not stated or _quantified(stated, reading) is not None):
        stated, given = given[0], given[1:]
    conditions = tuple(_same(part, reading)[0] for part in (*before, *given))
    found, is_bare = _same(stated, reading)
    return Described(found, "", conditions, is_bare)


def _quantified(part: list[Token], reading: _Reading) -> RealSet | None:
    """`every λ`, `λ`, `every λ in reals`: a variable that a condition is about."""
    rest = [t for t in part if not (t.kind == "word" and t.text == "every")]
    if len(rest) == 3 and _is_in(rest[1]) and rest[2].text == "reals":
        rest = rest[:1]
    if len(rest) == 1 and _is_name(rest[0]):
        reading.variables.add(_plain(rest[0]))
        return LINE
    return LINE if part and not rest else None


def _is_name(token: Token) -> bool:
    return token.kind == "greek" or (
        token.kind == "word" and (len(token.text) == 1 or token.text in GREEK)
    )


def _plain(token: Token) -> str:
    return GREEK.get(token.text, token.text)


def _says(token: Token, *words: str) -> bool:
    return token.kind == "word" and token.text in words


def _is_in(token: Token) -> bool:
    return token.kind == "∈" or _says(token, "in")


def _says_a_set(token: Token) -> bool:
    return _is_relation(token) or token.kind in ("∪", "∩") or _says(token, "or", "and", "without")


def _is_relation(token: Token) -> bool:
    return token.kind in _RELATIONS or _is_in(token)


def _same(part: list[Token], reading: _Reading) -> tuple[RealSet, bool]:
    """What is said in several ways, all of which must be the same set."""
    ways = _stretches(part, {"same"})
    ways = [w[:-1] if w and w[-1].kind in (",", ";", ":") else w for w in ways]
    if len(ways) > 1 and not ways[-1]:
        raise Unreadable("something is missing", reading.length)
    found = [_either(way, reading) for way in ways]
    if any(other != found[0][0] for other, _ in found[1:]):
        raise Unreadable("it says two things that differ", part[0].at if part else 0)
    return found[0]


def _stretches(part: list[Token], separators: set[str]) -> list[list[Token]]:
    out = split(part, separators)
    if len(out) > MOST_STRETCHES:
        raise Unreadable(f"it says over {MOST_STRETCHES} things", part[0].at)
    return out


def _either(part: list[Token], reading: _Reading) -> tuple[RealSet, bool]:
    parts = _stretches(part, {"or", "∪"})
    found = [_both(each, reading) for each in parts]
    if len(found) > 1:
        if any(bare for _, bare in found) and not all(each.is_finite for each, _ in found):
            raise Unreadable("a number alone stands beside `or`", part[0].at)
        _same_without(parts, [each for each, _ in found], reading)
    return _union(each for each, _ in found), len(found) == 1 and found[0][1]


def _union(found: Iterable[RealSet]) -> RealSet:
    out = NOTHING
    for each in found:
        out = out | each
    return out


def _same_without(parts: list[list[Token]], found: list[RealSet], reading: _Reading) -> None:
    """A ∪ B without C is read only where C meets A in nothing. Raises Unreadable."""
    for at, part in enumerate(parts[1:], 1):
        for taken in split(part, {"without"})[1:]:
            if _union(found[:at]) & _both(taken, reading)[0]:
                raise Unreadable("of what is this taken away?", part[0].at)


def _both(part: list[Token], reading: _Reading) -> tuple[RealSet, bool]:
    """Conditions that hold at once; `but` takes away where it can mean nothing else."""
    head, *more = split(part, {"but"})
    out, is_bare = _all_of(head, reading)
    for each in more:
        other, _ = _all_of(each, reading)
        if out == LINE and not any(map(_is_relation, head)):  # all λ but [1, 4]
            out = out - other
        elif any(map(_is_relation, each)):
            out = out & other
        else:
            raise Unreadable("is `but` here `and`, or `without`?", part[0].at)
    return out, is_bare and not more


def _all_of(part: list[Token], reading: _Reading) -> tuple[RealSet, bool]:
    """Conditions that hold at once; a comma between two conditions is `and` where they can."""
    pieces = [_conjuncts(piece, reading) for piece in _stretches(part, {"and", "∩"})]
    found = [_one(each, reading) for piece in pieces for each in piece]
    if len(found) > 1 and any(bare for _, bare in found):
        raise Unreadable("a number alone stands beside `and`", part[0].at)
    out = LINE
    for described_set, _ in found:
        out = out & described_set
    if not out and any(len(piece) > 1 for piece in pieces):
        raise Unreadable("is a comma here `and`, or `or`?", part[0].at)
    return out, len(found) == 1 and found[0][1]


def _conjuncts(part: list[Token], reading: _Reading) -> list[list[Token]]:
    """λ >= 1, λ <= 4: a comma between two conditions; anywhere else it is something else."""
    if not part:
        raise Unreadable(
            "something is missing beside `and`, `or`, a comma or a union", reading.length
        )
    out = _stretches(part, {",", ";"})
    is_several = len(out) > 1 and all(any(map(_is_relation, p)) for p in out)
    return out if is_several else [part]


def _one(part: list[Token], reading: _Reading) -> tuple[RealSet, bool]:
    """One condition, one interval, one set; `without` takes sets away."""
    if not part:
        raise Unreadable("something is missing beside `without`", reading.length)
    stated, *taken = split(part, {"without"})
    if taken:
        left = _one(stated, reading)[0]
        for each in taken:
            left = left - _one(each, reading)[0]
        return left, False
    head, *rest = part
    if _says(head, "not"):
        if not any(map(_is_relation, rest)):
            raise Unreadable("of what is this `not`?", part[0].at)
        return LINE - _one(rest, reading)[0], False
    whole = _whole(part, reading)
    if whole is not None:
        return whole, False
    if head.kind == "word" and head.text == "every":
        return _one(rest, reading)
    return _membership(part, reading)


def _whole(part: list[Token], reading: _Reading) -> RealSet | None:
    """All reals, or none, in a word."""
    if len(part) == 1 and part[0].kind == "word":
        if part[0].text in ("nothing", "none"):
            return NOTHING
        if part[0].text == "reals":
            return LINE
    if part[0].kind == "word" and part[0].text == "no" and len(part) == 2 and _is_name(part[1]):
        reading.variables.add(_plain(part[1]))
        return NOTHING
    if part[0].kind == "word" and part[0].text == "every":
        return _quantified(part, reading)
    return None


def _membership(part: list[Token], reading: _Reading) -> tuple[RealSet, bool]:
    """`e in S`, `e notin S`, `λ not > 1`, a chain of relations, or a set by itself."""
    at = _member_sign(part)
    if at < 0:
        return _related(part, reading)
    negated = part[at].text in ("notin", "not")
    if part[at].text == "not" and part[at + 1 : at + 2] and part[at + 1].kind in _RELATIONS:
        turned = _TURNED[part[at + 1].kind]
        stream = [*part[:at], Token(turned, turned, part[at].at), *part[at + 2 :]]
        return _related(stream, reading)
    if part[at].text == "not" and part[at + 1 : at + 2] and _is_in(part[at + 1]):
        at += 1
        left = part[: at - 1]
    else:
        left = part[:at]
    inner = part[at + 1 :]
    if not inner:
        raise Unreadable("something is missing after `in`", reading.length)
    target, _ = _related(inner, reading)
    target = LINE - target if negated else target
    if not left:
        return target, False
    return _preimage(_expression(left, reading), target, reading), False


def _member_sign(part: list[Token]) -> int:
    """Where `in`, `notin` or `not` stands outside brackets and braces; -1 where it does not."""
    signs = ("notin", "not")
    seen = enumerate(outside(part))
    return next((i for i, t in seen if t and (_is_in(t) or _says(t, *signs))), -1)


def _related(part: list[Token], reading: _Reading) -> tuple[RealSet, bool]:
    if (found := _set_by_itself(part, reading)) is not None:
        return found, False
    sides, relations = _sides(part)
    if not relations:
        value = _value(part, reading)
        return sets.points([value]), True
    if set(relations) == {"="} and (equal := _equal_sets(sides, reading)) is not None:
        return equal, False
    return _chain(sides, relations, reading), False


def _equal_sets(sides: list[list[Token]], reading: _Reading) -> RealSet | None:
    """λ = [1, 4], [1, 4] = {λ : …}; None where a side is no set."""
    is_named = len(sides[0]) == 1 and _is_name(sides[0][0])
    found = [_set_by_itself(side, reading) for side in sides[is_named:]]
    if any(each is None for each in found):
        return None
    if is_named:
        reading.variables.add(_plain(sides[0][0]))
    if any(each != found[0] for each in found):
        raise Unreadable("the two sides of its = are not the same", sides[0][0].at)
    return found[0]


def _sides(part: list[Token]) -> tuple[list[list[Token]], list[str]]:
    relations = [t.kind for t in outside(part) if t is not None and t.kind in _RELATIONS]
    return split(part, _RELATIONS), relations


def _set_by_itself(part: list[Token], reading: _Reading) -> RealSet | None:
    """[1, 4], ]1; 4], {1, 2}, {λ : …}, reals, nothing; None where it is none of them."""
    if not part:
        raise Unreadable("something is missing beside a relation", reading.length)
    first, last = part[0].kind, part[-1].kind
    if (named := _whole(part, reading)) is not None:
        return named
    whole = inside(part)
    if first in ("{:", "{") and last in (":}", "}") and whole is not None:
        return _braced(whole, reading)
    if first not in ("(", "[", "]") or last not in (")", "]", "[") or len(part) < 3:
        return None
    if whole is None and first != "]" and last != "[":
        return None  # (1) + (2)
    ends = split(part[1:-1], {",", ";"})
    if len(ends) == 1:
        is_said = first == "(" and last == ")" and any(map(_says_a_set, ends[0]))
        return _same(ends[0], reading)[0] if is_said else None
    if len(ends) != 2 or not all(ends):
        raise Unreadable("an interval has two ends", part[0].at)
    low, high = (_value(end, reading) for end in ends)
    if low > high:
        raise Unreadable("the ends of an interval stand the wrong way round", part[0].at)
    return sets.between(low, high, first != "[", last != "]")


def _braced(inner: list[Token], reading: _Reading) -> RealSet:
    """{1, 2}, or {λ ∈ ℝ : condition}."""
    if not inner:
        return NOTHING
    at = next(
        (
            i
            for i, t in enumerate(inner)
            if t.kind in (":", "|") or (t.kind == "word" and t.text == "given")
        ),
        -1,
    )
    if at < 0:
        return sets.points([_value(part, reading) for part in split(inner, {",", ";"})])
    named, condition = inner[:at], inner[at + 1 :]
    if not named or not condition:
        raise Unreadable("a set is read as {λ : condition}", inner[0].at)
    out = LINE
    for each in split(condition, {"given"}):
        out = out & _same(each, reading)[0]
    if _quantified(named, reading) is not None:
        return out
    return out & _same(named, reading)[0]


def _value(part: list[Token], reading: _Reading) -> Fraction | float:
    """A number, or ±∞."""
    if endless := _endless(part):
        return endless
    before = set(reading.variables)
    found = piecewise(_expression(part, reading))
    if reading.variables != before:
        reading.variables = before
        raise Unreadable("a number was expected", part[0].at)
    return found.constant(part[0].at)


def _endless(part: list[Token]) -> float:
    """±∞; 0 where it is something else."""
    signs, last = part[:-1], part[-1:]
    is_end = last and (last[0].kind == "∞" or _says(last[0], "oo", "inf", "infinity"))
    if not is_end or any(t.kind not in ("+", "-") for t in signs):
        return 0.0
    return -math.inf if sum(t.kind == "-" for t in signs) % 2 else math.inf


def _expression(part: list[Token], reading: _Reading) -> Node:
    if not part:
        raise Unreadable("something is missing beside a relation", reading.length)
    reader = Reader(_without_bars(part), Names(frozenset(), strangers=True), reading.length)
    node = reader.expression()
    if not reader.at_end():
        raise Unreadable(f"{reader.peek().text!r} is not read here", reader.peek().at)
    reading.variables |= node.names
    return node


def _without_bars(part: list[Token]) -> list[Token]:
    """|x| as √(x²), which is the same."""
    bars = [t for t in part if t.kind == "|"]
    if len(bars) % 2:
        raise Unreadable("a bar is not closed", bars[0].at)
    out: list[Token] = []
    signs = cycle(map(tokens, ("sqrt((", ")^2)")))
    for token in part:
        if token.kind == "|":
            out += [replace(t, at=token.at) for t in next(signs)]
        else:
            out.append(token)
    return out


def _chain(sides: list[list[Token]], relations: list[str], reading: _Reading) -> RealSet:
    """1 <= λ <= 4, λ² − 5λ + 4 <= 0, |λ − 2.5| <= 1.5: each link is solved exactly.

    "At least 1" has no first side: it is about the variable that is meant.
    """
    implied = [] if sides[0] else [piecewise(Node("sym", (), "x"))]
    given = sides[len(implied) :]
    forms = [*implied, *(_endless(s) or piecewise(_expression(s, reading)) for s in given)]
    if {"<", "<="} & set(relations) and {">", ">="} & set(relations):
        raise Unreadable("a chain goes one way", reading.length)
    if len(reading.variables) > 1:
        raise Unreadable("an inequality is about one variable", reading.length)
    if all(isinstance(form, float) or form.is_constant for form in forms):
        raise Unreadable("an inequality is about a variable", reading.length)
    out = LINE
    for (left, right), relation in zip(pairwise(forms), relations, strict=True):
        out = out & _link(left, right, relation)
    return out


def _link(left: Pieces | float, right: Pieces | float, relation: str) -> RealSet:
    if isinstance(left, Pieces) and isinstance(right, Pieces):
        return where_sign(left - right, relation)
    if isinstance(left, Pieces):
        return left.domain if holds(-1 if right == math.inf else 1, relation) else NOTHING
    if isinstance(right, Pieces):
        return right.domain if holds(1 if left == math.inf else -1, relation) else NOTHING
    raise Unreadable("two infinities are compared")


def _preimage(node: Node, target: RealSet, reading: _Reading) -> RealSet:
    """Where an expression lies in a set."""
    if len(node.names) != 1:
        raise Unreadable("one variable stands before ∈")
    form = piecewise(node)
    return _union(_in_piece(form, piece) for piece in target.pieces)


def _in_piece(form: Pieces, piece: Piece) -> RealSet:
    (low, low_side), (high, high_side) = piece.low, piece.high
    out = form.domain
    if not sets.infinite(low):
        out = out & where_sign(form - low, ">" if low_side else ">=")
    if not sets.infinite(high):
        out = out & where_sign(form - high, "<" if high_side else "<=")
    return out
