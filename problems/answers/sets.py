"""Sets of reals as people write them: intervals, inequalities, set-builders, words; compared
exactly, with a witness.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction

from ..formulas import sets
from ..formulas.declare import Symbol, Table
from ..formulas.lexer import GREEK, Token, tokens
from ..formulas.reader import Names, Reader
from ..formulas.sets import LINE, NOTHING, Piece, RealSet
from ..formulas.tree import Node, Unreadable
from ..part import Slot
from .patterns import Pattern, words
from .piecewise import Pieces, piecewise, where_sign
from .verdict import Verdict, agreed, undecided
from .wrapping import Passage, unwrapped

_RELATIONS = {"<": "<", "<=": "<=", ">": ">", ">=": ">=", "=": "=", "!=": "!="}
_TURNED = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "=": "!=", "!=": "="}

# ------------------------------------------------------------------ words


_SURE = r"[\s,(]*\b(?:both\s+|ends?\s+)*(?:{0})(?:\s+(?:of\s+)?(?:both|the\s+)?\s*(?:ends|endpoints))?\b\)?"
_CLOSED, _OPEN = (
    _SURE.format("inclusive|included|inclusively"),
    _SURE.format("exclusive|excluded|exclusively"),
)
_REALS = r"(?:ℝ|\\mathbb\s*\{?\s*R\s*\}?|\\R(?![A-Za-z]))"
_R = ("ℝ", "\\mathbb", "\\r")
# in order: each rewrites what it matches; what is left must be read as a formula
_WORDS: tuple[tuple[Pattern, str], ...] = (
    (Pattern(r"(?<=ℝ)\s*\\(?=\s)|(?<=R\})\s*\\(?=\s)", "\\ "), " without "),
    (words(r"\\text(?:bf|it|rm)?\s*\{([^{}]*)\}|\\(?:mbox|mathrm|operatorname)\s*\{([^{}]*)\}", "\\text", "\\m", "\\op"), r" \1\2 "),
    (words(r"\\(?:left|right|[bB]ig+[lr]?)(?![A-Za-z])(?!\.)", "\\left", "\\right", "\\big"), ""),
    (words(r"\\[,;:! ]|\\q?quad(?![A-Za-z])", "\\"), " "),
    (Pattern(_REALS + r"\s*_?\{?\s*(?:>|\\gt)\s*0\s*\}?", *_R), " (0, ∞) "),
    (Pattern(_REALS + r"\s*_?\{?\s*(?:≥|>=|\\geq?)\s*0\s*\}?", *_R), " [0, ∞) "),
    (Pattern(_REALS + r"|\b(?:the\s+)?reals?\s+(?:numbers?|line)\b", *_R, "real"), " reals "),
    (words(r"(?<=reals)\s*(?:\\setminus|\\backslash|\\|∖|-|−|–|except|without)(?=\s*[\[({\]\\])", "reals"), " without "),
    (Pattern(r"(?<=[\])}])\s*\\(?=\s*\\?[\[({])", "\\"), " without "),
    (words(r"\\setminus|∖|\\backslash", "\\setminus", "∖", "\\backslash"), " without "),
    (words(r"∅|\\emptyset|\\varnothing|\\?\{\s*\\?\}|\b(?:the\s+)?empty(?:\s+set)?\b", "∅", "empty", "\\var", "{"), " nothing "),
    (words(r"∉|\\notin(?![A-Za-z])|\\not\s*\\in(?![A-Za-z])", "∉", "\\not"), " notin "),
    (words(r"≯|\\ngtr(?![A-Za-z])|\\not\s*(?:>|\\gt(?![A-Za-z]))", "≯", "\\n"), " <= "),
    (words(r"≮|\\nless(?![A-Za-z])|\\not\s*(?:<|\\lt(?![A-Za-z]))", "≮", "\\n"), " >= "),
    (words(r"≱", "≱"), " < "),
    (words(r"≰", "≰"), " > "),
    (words(r"⇔|⟺|\\iff(?![A-Za-z])|\\Leftrightarrow(?![A-Za-z])|\\equiv(?![A-Za-z])", "⇔", "⟺", "\\"), " same "),
    (words(r"\b(?:i\.\s?e\.|that is|that means|in other words|or equivalently|equivalently|namely)\s*[,:]?",
           "i.", "that", "in other", "equivalent", "namely"), " same "),
    (words(r"\b(?:if and only if|exactly when|precisely when|iff)\b", "iff", "if and", "when"), " given "),
    (words(r"\bstrictly\s+between\s+([^\s,]+)\s+and\s+([^\s,.;]+)", "between"), r" in (\1, \2) "),
    (words(rf"\bbetween\s+([^\s,]+)\s+and\s+([^\s,.;()]+){_CLOSED}", "between"), r" in [\1, \2] "),
    (words(rf"\bbetween\s+([^\s,]+)\s+and\s+([^\s,.;()]+){_OPEN}", "between"), r" in (\1, \2) "),
    (words(rf"\bfrom\s+([^\s,]+)\s+(?:up\s+)?to\s+([^\s,.;()]+){_OPEN}", "from"), r" in (\1, \2) "),
    (words(rf"\bfrom\s+([^\s,]+)\s+(?:up\s+)?to\s+([^\s,.;()]+)(?:{_CLOSED})?", "from"), r" in [\1, \2] "),
    (words(r"\b(?:no|not)\s+(?:less|smaller|lower|fewer)\s+than\b|\bnot\s+below\b", "no"), " >= "),
    (words(r"\b(?:no|not)\s+(?:more|greater|larger|bigger|higher)\s+than\b|\bnot\s+above\b", "no"), " <= "),
    (words(r"\b(?:does\s+not|doesn't|must\s+not|may\s+not|cannot|not)\s+exceed(?:ing)?\b", "exceed"), " <= "),
    (words(r"\b(?:greater|larger|bigger|more|higher)\s+than\s+or\s+equal(?:s)?(?:\s+to)?\b|\bat\s+least\b", "than", "least"), " >= "),
    (words(r"\b(?:less|smaller|lower)\s+than\s+or\s+equal(?:s)?(?:\s+to)?\b|\bat\s+most\b", "than", "most"), " <= "),
    (words(r"\b(?:strictly\s+)?(?:(?:greater|larger|bigger|more|higher)\s+than|above)\b|\b(?:strictly\s+)?exceed(?:s|ing)?\b",
           "than", "above", "exceed"), " > "),
    (words(r"\b(?:strictly\s+)?(?:(?:less|smaller|lower)\s+than|below)\b", "than", "below"), " < "),
    (words(r"\b(?:not\s+equal\s+to|different\s+from|unequal\s+to)\b", "equal", "different"), " != "),
    (words(r"\b(?:is\s+|be\s+)?(?:equal\s+to|equals)\b", "equal"), " = "),
    (words(r"\bnon-?negative\b", "negative"), " >= 0 "),
    (words(r"\bnon-?positive\b", "positive"), " <= 0 "),
    (words(r"\b(?:strictly\s+)?positive\b", "positive"), " > 0 "),
    (words(r"\b(?:strictly\s+)?negative\b", "negative"), " < 0 "),
    (words(r"\boutside(?:\s+of)?\b", "outside"), " notin "),
    (words(r"\b(?:lies?|lying|is|be|are)?\s*(?:with)?in(?:side)?\s+(?:the\s+)?(?:closed\s+|open\s+)?(?:interval|range|set)?(?=[\s\[({\]])", "in"), " in "),
    (words(r"\b(?:such\s+that|for\s+which|satisf(?:y|ies|ying)|s\.t\.|provided(?:\s+that)?|as\s+long\s+as|whenever|when|where|with|if|given|assuming)\b",
           "such", "which", "satisf", "s.t.", "provided", "long", "whe", "with", "if", "given", "assum"), " given "),
    (words(r"\b(?:but\s+also|and\s+also|and\s+simultaneously|as\s+well\s+as|but)\b", "but", "and", "well"), " and "),
    (Pattern(r"\\&|&&?", "&"), " and "),
    (words(r"\bunion\b", "union"), " or "),
    (words(r"\b(?:the\s+)?(?:interval|range)\s+(?=[\[({\]])", "interval", "range"), " "),
    (words(r"\bintersect(?:ed with|ion)?\b", "intersect"), " and "),
    (words(r"\b(?:for\s+)?(?:all|every|any|each)\s+(?:the\s+)?(?:possible\s+|real\s+)?(?:values?\s+(?:of\s+)?|numbers?\s+)?",
           "all", "every", "any", "each"), " every "),
    (words(r"\b(?:for\s+)?(?:no|not\s+any)\s+(?:real\s+)?(?:values?\s+(?:of\s+)?|numbers?\s+)?(?=\\?\w+\s*$|[α-ω])", "no"), " no "),
    (words(r"\balways\b", "always"), " every "),
    (words(r"\bnever\b", "never"), " nothing "),
    (words(r"\b(?:values?|numbers?)\s+of\b|\bthe\s+(?:set|range)\s+of\b", " of"), " every "),
    (words(r"\b(?:is|are|be|must|should|has\s+to|have\s+to|real|exactly|either|both|simultaneously|the|valid)\b",
           "is", "are", "be", "must", "should", "ha", "real", "exactly", "either", "both", "simul", "the", "valid"), " "),
    (Pattern(r"(?<=\S)\s*\(([^(),;]*(?:[<>≤≥]|\\[lg]eq?(?![A-Za-z])|\\[lg]t(?![A-Za-z]))[^(),;]*)\)\s*$", ")"), r" given \1 "),
)  # fmt: skip
_NAMED = words(
    r"\s*(?:(?:the|valid|admissible|allowed|solution|required|whole|full)\s+)*"
    r"(?:answer|range|interval|set|solution|region|condition|domain|threshold)s?\s*"
    r"(?:(?:of|for)\s+(?:\\?\w+|[α-ωΑ-Ω])\s*)?(?:is|are|:|=)\s*(?=\S)",
    *(
        "answer",
        "range",
        "interval",
        "set",
        "solution",
        "region",
        "condition",
        "domain",
        "threshold",
    ),
)
_STRICT = words(
    r"[\s,]*\(\s*(?:strict(?:ly)?|strict inequality|exclusive|open(?: interval)?|endpoints? (?:not included|excluded))\s*\)",
    *("strict", "exclusive", "open", "endpoint"),
)
_INCLUSIVE = words(
    r"[\s,]*\(\s*(?:inclusive|closed(?: interval)?|(?:both )?end(?:point)?s? included)\s*\)|\s+inclusive(?:ly)?$",
    *("inclusive", "closed", "included"),
)
_RANGED = words(r"between|from", "between", "from")
_LEADING_FOR = words(
    r"^\s*(?:for|when|if|given|assuming|with)\s+([^:]*?[<>≤≥=∈\\][^:]*?)\s*:\s*(?=\S)", ":"
)
_TAIL_FOR = words(r"\s*,?\s*\bfor\b\s*(?=\S)", "for")
_DECIMAL_COMMA = Pattern(r"(?<![\d.,])0,(\d+)(?![\d,])", "0,")
_THOUSANDS = Pattern(r"(?<![\d.,])([1-9]\d{0,2}(?:,\d{3})+)(?![\d,])", ",")
_PERCENT = Pattern(r"(?<![\w.])(\d+(?:\.\d+)?)\s*\\?%", "%")
_ABOUT = words(
    r"(?:^|[\s=<>])(?:~|≈|≃|∼|\\approx\b|\\sim\b|about|approximately|roughly|around|nearly|almost)",
    *(
        "~",
        "≈",
        "≃",
        "∼",
        "\\approx",
        "\\sim",
        "about",
        "approx",
        "roughly",
        "around",
        "nearly",
        "almost",
    ),
)


# ------------------------------------------------------------------ reading


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


def read(text: str) -> RealSet:
    """The set that a text describes, without conditions. Raises Unreadable."""
    found = described(unwrapped(text)[0])
    out = found.found
    for condition in found.conditions:
        out = out & condition
    return out


def described(here: Passage) -> Described:
    """What an answer describes. Raises Unreadable, with the place in the answer."""
    if _ABOUT.search(here.text):
        raise Unreadable("an approximate value is no exact one", here.places[0])
    here, ends = _ends_said(here.without(_NAMED))
    conditions = []
    if leading := _LEADING_FOR.match(here.text):
        conditions.append(here[leading.start(1) : leading.end(1)])
        here = here[leading.end() :]
    here = _reworded(here)
    reading = _Reading(len(here.text))
    try:
        stated, *given = _at_words(_tokens(here), "given")
        given_too = [_tokens(_reworded(c)) for c in conditions]
        out = _stated(stated, given, given_too, reading)
    except Unreadable as error:
        raise Unreadable(error.why, here.place(error.at)) from None
    _check_ends(out.found, ends, here)
    if len(reading.variables) > 1:
        raise Unreadable(f"it is about {' and '.join(sorted(reading.variables))}", here.places[0])
    variable = next(iter(reading.variables), "")
    return Described(out.found, variable, out.conditions, out.is_bare)


def _ends_said(here: Passage) -> tuple[Passage, str]:
    """Without "(strict)" or "inclusive", and which of them was said."""
    for pattern, ends in ((_STRICT, "open"), (_INCLUSIVE, "closed")):
        if (found := pattern.search(here.text)) and not _RANGED.search(here.text):
            return here[: found.start()] + here[found.end() :], ends
    return here, ""


def _check_ends(found: RealSet, ends: str, here: Passage) -> None:
    sides = {
        side == 0 for p in found.pieces for end, side in (p.low, p.high) if not sets.infinite(end)
    }
    if ends and sides != {ends == "closed"}:
        raise Unreadable(f"it says {ends}, and its ends are not", here.places[0])


def _reworded(here: Passage) -> Passage:
    here = here.replaced(_DECIMAL_COMMA, _outside_brackets(here.text, lambda m: f"0.{m[1]}"))
    here = here.replaced(_THOUSANDS, _outside_brackets(here.text, lambda m: m[0].replace(",", "")))
    here = here.replaced(_PERCENT, r"(\1/100)")
    for pattern, by in _WORDS:
        here = here.replaced(pattern, by)
    return here.replaced(_TAIL_FOR, " given ").stripped(";,")


def _outside_brackets(
    text: str, by: Callable[[re.Match[str]], str]
) -> Callable[[re.Match[str]], str]:
    """Rewrites numbers like 1,000 and 0,5, except in brackets: there a comma parts two ends, or
    members of a set.
    """

    def rewritten(found: re.Match[str]) -> str:
        before = text[: found.start()]
        opened = sum(before.count(c) for c in "[({") - sum(before.count(c) for c in "])}")
        return found[0] if opened > 0 else by(found)

    return rewritten


def _tokens(here: Passage) -> list[Token]:
    return [t for t in tokens(here.text) if t.kind not in ("\n",)]


def _at_words(stream: list[Token], *separators: str) -> list[list[Token]]:
    """The stretches between such words or operators outside brackets, empty ones included."""
    out: list[list[Token]] = [[]]
    at = 0
    while at < len(stream):
        token = stream[at]
        if token.kind in ("{", "{:"):
            end = _closing(stream, at)
            out[-1] += stream[at : end + 1]
            at = end + 1
            continue
        if (token.text if token.kind == "word" else token.kind) in separators:
            out.append([])
        else:
            out[-1].append(token)
        at += 1
    return out


def _closing(stream: list[Token], at: int) -> int:
    """Where the brace that opens at a place closes."""
    depth = 0
    for end in range(at, len(stream)):
        depth += (stream[end].kind in ("{", "{:")) - (stream[end].kind in ("}", ":}"))
        if not depth:
            return end
    raise Unreadable("a brace is not closed", stream[at].at)


def _stated(
    stated: list[Token], given: list[list[Token]], before: list[list[Token]], reading: _Reading
) -> Described:
    """A set and its conditions; where no set is stated but a variable, or nothing, the first
    condition is the set.
    """
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
    known = (
        "nothing",
        "reals",
        "every",
        "no",
        "in",
        "notin",
        "or",
        "and",
        "same",
        "without",
        "not",
    )
    return token.kind == "greek" or (
        token.kind == "word"
        and token.text not in known
        and (len(token.text) == 1 or token.text in GREEK)
    )


def _plain(token: Token) -> str:
    return GREEK.get(token.text, token.text)


def _is_in(token: Token) -> bool:
    return token.kind == "∈" or (token.kind == "word" and token.text == "in")


def _same(part: list[Token], reading: _Reading) -> tuple[RealSet, bool]:
    """What is said in several ways, all of which must be the same set."""
    ways = _at_words(part, "same")
    ways = [w[:-1] if w and w[-1].kind in (",", ";", ":") else w for w in ways]
    if len(ways) > 1 and not ways[-1]:
        raise Unreadable("something is missing", reading.length)
    found = [_either(way, reading) for way in ways]
    if any(other != found[0][0] for other, _ in found[1:]):
        raise Unreadable("it says two things that differ", part[0].at if part else 0)
    return found[0]


def _either(part: list[Token], reading: _Reading) -> tuple[RealSet, bool]:
    parts = _at_words(part, "or", "∪")
    found = [_both(each, reading) for each in parts]
    out = NOTHING
    for each, _ in found:
        out = out | each
    return out, len(found) == 1 and found[0][1]


def _both(part: list[Token], reading: _Reading) -> tuple[RealSet, bool]:
    """Conditions that hold at once; a comma between two conditions is `and` where they can."""
    found = []
    by_comma = False
    for piece in _at_words(part, "and", "∩"):
        for each in _conjuncts(piece, reading):
            found.append(_one(each, reading))
        by_comma = by_comma or len(_conjuncts(piece, reading)) > 1
    out = LINE
    for each, _ in found:
        out = out & each
    if by_comma and not out:
        raise Unreadable("is a comma here `and`, or `or`?", part[0].at)
    return out, len(found) == 1 and found[0][1]


def _conjuncts(part: list[Token], reading: _Reading) -> list[list[Token]]:
    """λ >= 1, λ <= 4; in an interval or a list, and after a line that no relation ends, a comma is
    something else.
    """
    if not part:
        raise Unreadable(
            "something is missing beside `and`, `or`, a comma or a union", reading.length
        )
    out: list[list[Token]] = [[]]
    depth = 0
    for token in part:
        depth += (token.kind in ("(", "[", "{", "{:")) - (token.kind in (")", "]", "}", ":}"))
        if token.kind in (",", ";") and depth <= 0:
            out.append([])
        else:
            out[-1].append(token)
    if len(out) > 1 and all(any(t.kind in _RELATIONS or _is_in(t) for t in p) for p in out):
        return out
    return [part]


def _one(part: list[Token], reading: _Reading) -> tuple[RealSet, bool]:
    """One condition, one interval, one set; `without` takes sets away."""
    head, *rest = part
    if head.kind == "word" and head.text == "not":
        return LINE - _one(rest, reading)[0] if rest else NOTHING, False
    for word in ("without",):
        stated, *taken = _at_words(part, word)
        if taken:
            out = _one(stated, reading)[0]
            for each in taken:
                out = out - _one(each, reading)[0]
            return out, False
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
    """`e in S`, `e notin S`, `λ not > 1`, `λ = [1, 4]`, a chain of relations, or a set by itself."""
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
    depth = 0
    for at, token in enumerate(part):
        depth += (token.kind in ("(", "{", "{:")) - (token.kind in (")", "}", ":}"))
        if not depth and (
            _is_in(token) or (token.kind == "word" and token.text in ("notin", "not"))
        ):
            return at
    return -1


def _related(part: list[Token], reading: _Reading) -> tuple[RealSet, bool]:
    if (found := _set_by_itself(part, reading)) is not None:
        return found, False
    sides, relations = _sides(part)
    if not relations:
        value = _value(part, reading)
        return sets.points([value]), True
    if relations == ["="] and len(sides[0]) == 1 and _is_name(sides[0][0]):
        named = _set_by_itself(sides[1], reading)
        if named is not None:  # λ = [1, 4]
            reading.variables.add(_plain(sides[0][0]))
            return named, False
    return _chain(sides, relations, reading), False


def _sides(part: list[Token]) -> tuple[list[list[Token]], list[str]]:
    sides: list[list[Token]] = [[]]
    relations: list[str] = []
    depth = 0
    for token in part:
        depth += (token.kind in ("(", "[", "{")) - (token.kind in (")", "]", "}"))
        if token.kind in _RELATIONS and depth <= 0:
            relations.append(token.kind)
            sides.append([])
        else:
            sides[-1].append(token)
    return sides, relations


def _set_by_itself(part: list[Token], reading: _Reading) -> RealSet | None:
    """[1, 4], ]1; 4], {1, 2}, {λ : …}, reals, nothing; None where it is none of them."""
    if not part:
        raise Unreadable("something is missing beside a relation", reading.length)
    first, last = part[0].kind, part[-1].kind
    if (whole := _whole(part, reading)) is not None:
        return whole
    if first in ("{:", "{") and last in (":}", "}") and _closing(part, 0) == len(part) - 1:
        return _braced(part[1:-1], reading)
    if first not in ("(", "[", "]") or last not in (")", "]", "[") or len(part) < 3:
        return None
    ends = _ends(part[1:-1])
    if len(ends) == 1:
        if first == "(" and last == ")" and any(t.kind in _RELATIONS or _is_in(t) for t in ends[0]):
            return _same(ends[0], reading)[0]
        return None
    if len(ends) != 2 or not all(ends):
        raise Unreadable("an interval has two ends", part[0].at)
    low, high = (_value(end, reading) for end in ends)
    if low > high:
        raise Unreadable("the ends of an interval stand the wrong way round", part[0].at)
    return sets.between(low, high, first != "[", last != "]")


def _ends(inner: list[Token]) -> list[list[Token]]:
    out: list[list[Token]] = [[]]
    depth = 0
    for token in inner:
        depth += (token.kind in ("(", "[", "{")) - (token.kind in (")", "]", "}"))
        if depth < 0:
            return [inner]  # (1) + (2)
        if token.kind in (",", ";") and not depth:
            out.append([])
        else:
            out[-1].append(token)
    return out


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
        return sets.points([_value(part, reading) for part in _ends(inner)])
    named, condition = inner[:at], inner[at + 1 :]
    if not named or not condition:
        raise Unreadable("a set is read as {λ : condition}", inner[0].at)
    out = LINE
    for each in _at_words(condition, "given"):
        out = out & _same(each, reading)[0]
    if _quantified(named, reading) is not None:
        return out
    return out & _same(named, reading)[0]


def _value(part: list[Token], reading: _Reading) -> Fraction | float:
    """A number, or ±∞."""
    rest, sign = part, 1
    while rest and rest[0].kind in ("+", "-"):
        sign, rest = (-sign if rest[0].kind == "-" else sign), rest[1:]
    if len(rest) == 1 and (rest[0].kind == "∞" or rest[0].text in ("oo", "inf", "infinity")):
        return sign * math.inf
    before = set(reading.variables)
    found = piecewise(_expression(part, reading))
    if reading.variables != before:
        reading.variables = before
        raise Unreadable("a number was expected", part[0].at)
    return found.constant(part[0].at)


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
    opened = False
    for token in part:
        if token.kind != "|":
            out.append(token)
            continue
        at = token.at
        if opened:
            out += [
                Token(")", ")", at),
                Token("^", "^", at),
                Token("number", "2", at),
                Token(")", ")", at),
            ]
        else:
            out += [Token("sqrt", "sqrt", at), Token("(", "(", at), Token("(", "(", at)]
        opened = not opened
    return out


def _chain(sides: list[list[Token]], relations: list[str], reading: _Reading) -> RealSet:
    """1 <= λ <= 4, λ² − 5λ + 4 <= 0, |λ − 2.5| <= 1.5: each link in one variable, solved exactly."""
    infinite = [_infinite(side) for side in sides]
    if not sides[0]:  # "at least 1": about the variable that is meant
        trees: list[Node | None] = [
            None,
            *(
                None if i else _expression(s, reading)
                for s, i in zip(sides[1:], infinite[1:], strict=True)
            ),
        ]
    else:
        trees = [
            None if i else _expression(s, reading) for s, i in zip(sides, infinite, strict=True)
        ]
    if {"<", "<="} & set(relations) and {">", ">="} & set(relations):
        raise Unreadable("a chain goes one way", reading.length)
    if len(reading.variables) > 1:
        raise Unreadable("an inequality is about one variable", sides[-1][0].at if sides[-1] else 0)
    if sides[0] and not any(tree.names for tree in trees if tree):
        raise Unreadable("an inequality is about a variable", sides[0][0].at)
    out, forms = LINE, [None if t is None else piecewise(t) for t in trees]
    implied = piecewise(Node("sym", (), "x"))
    for at, relation in enumerate(relations):
        left, right = forms[at], forms[at + 1]
        if at == 0 and not sides[0]:
            left = implied
        out = out & _link(left, right, infinite[at], infinite[at + 1], relation)
    return out


def _link(left: Pieces | None, right: Pieces | None, low: int, high: int, relation: str) -> RealSet:
    if left is None and right is None:
        raise Unreadable("two infinities are compared")
    if left is None or right is None:
        holds = _against_infinity(low, high, relation)
        defined = (left or right).domain  # type: ignore[union-attr]  # one of them is there
        return defined if holds else NOTHING
    return where_sign(left - right, relation)


def _against_infinity(low: int, high: int, relation: str) -> bool:
    sign = low - high
    return {"<": sign < 0, "<=": sign < 0, ">": sign > 0, ">=": sign > 0, "=": False, "!=": True}[
        relation
    ]


def _infinite(side: list[Token]) -> int:
    kinds = [t.kind for t in side]
    if kinds in (["∞"], ["+", "∞"]):
        return 1
    return -1 if kinds == ["-", "∞"] else 0


def _preimage(node: Node, target: RealSet, reading: _Reading) -> RealSet:
    """Where an expression lies in a set."""
    if len(node.names) != 1:
        raise Unreadable("one variable stands before ∈")
    form = piecewise(node)
    out = NOTHING
    for piece in target.pieces:
        out = out | _in_piece(form, piece)
    return out


def _in_piece(form: Pieces, piece: Piece) -> RealSet:
    (low, low_side), (high, high_side) = piece.low, piece.high
    above = form.domain if sets.infinite(low) else where_sign(form - low, ">" if low_side else ">=")
    below = (
        form.domain if sets.infinite(high) else where_sign(form - high, "<" if high_side else "<=")
    )
    return above & below


# ------------------------------------------------------------------ verdicts


def decide(text: str, slot: Slot, table: Table, reference: str | None = None) -> Verdict:
    """Whether an answer describes the slot's set, or the reference's, within the domain of the
    variable that it is about.

    Raises Unreadable.
    """
    key = described(unwrapped(slot.right if reference is None else reference)[0])
    return agreed(
        (_against(described(here), key, table) for here in unwrapped(text)),
        "it gives several answers",
    )


def _against(answer: Described, key: Described, table: Table) -> Verdict:
    variable = _about(answer, key, table)
    domain = _domain(table.symbols.get(variable))
    if answer.is_bare and not (len(key.found.pieces) == 1 and key.found.pieces[0].is_point):
        raise Unreadable("a number alone is no set", 0)
    wanted = _under(key, domain) & domain
    read = f"the set {answer.found}"
    found = _under(answer, domain) & domain
    point = sets.apart(found, wanted)
    if point is None:
        return Verdict("correct", "the same set", read=read)
    here = point in found
    return Verdict(
        "incorrect",
        f"the key is {wanted}",
        read=read,
        counterexample=f"{point} is in {'the answer and not in the key' if here else 'the key and not in the answer'}",
        hint=_hint(found, wanted, point),
        witness={"with": {variable or "x": point}, "answer": here, "key": not here},
    )


def _about(answer: Described, key: Described, table: Table) -> str:
    """The variable that both are about. Raises Unreadable where they are about two."""
    if answer.variable and key.variable and answer.variable != key.variable:
        alias = table.aliases.get(answer.variable, answer.variable)
        if alias != key.variable:
            raise Unreadable(f"it is about {answer.variable}, not about {key.variable}", 0)
    declared = [n for n, s in table.symbols.items() if s.kind == "scalar"]
    if (
        answer.variable
        and not key.variable
        and declared
        and not table.strangers
        and answer.variable not in declared
    ):
        raise Unreadable(f"it is about {answer.variable}, not about {', '.join(declared)}", 0)
    return key.variable or answer.variable


def _domain(symbol: Symbol | None) -> RealSet:
    if symbol is None or symbol.least is None or symbol.kind != "scalar":
        return LINE
    return sets.above(symbol.least, symbol.strict)


def _under(said: Described, domain: RealSet) -> RealSet:
    """A set said under conditions: these must cover the domain, up to its ends, or it says nothing
    of the rest.
    """
    for condition in said.conditions:
        if not (domain - condition.closure) and not ((said.found & domain) - condition):
            continue
        raise Unreadable(f"it is said only for {condition}, and nothing of {domain - condition}")
    return said.found


def _hint(found: RealSet, key: RealSet, point: Fraction | float) -> str:
    if point in {*found.ends, *key.ends} and found.closure == key.closure:
        return f"endpoint {point} {'too many' if point in found else 'missing'}"
    if len(found.pieces) == len(key.pieces) == 1:
        low, high = (
            getattr(found.pieces[0], side) == getattr(key.pieces[0], side)
            for side in ("low", "high")
        )
        if low != high:
            return f"the {'lower' if low else 'upper'} end is right, the {'upper' if low else 'lower'} one is not"
    return ""
