"""The words in which sets of numbers are described, rewritten as the signs that they stand for."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from ..formulas.tree import Unreadable
from .patterns import Pattern, words
from .wrapping import Passage

_SURE = (
    r"[\s,(]*\b(?:both\s+|ends?\s+)*(?:{0})"
    r"(?:\s+(?:of\s+)?(?:both|the\s+)?\s*(?:ends|endpoints))?\b\)?"
)
_CLOSED = _SURE.format("inclusive|included|inclusively")
_OPEN = _SURE.format("exclusive|excluded|exclusively")
_REALS = r"(?:ℝ|\\mathbb\s*\{?\s*R\s*\}?|\\R(?![A-Za-z]))"
_R = ("ℝ", "\\mathbb", "\\r")
_TWO = r"\s+([^\s,]+)\s+and\s+([^\s,.;()]+)"
_TO = r"\s+([^\s,]+)\s+(?:up\s+)?to\s+([^\s,.;()]+)"
_LARGER = r"(?:greater|larger|bigger|more|higher)\s+than"
_SMALLER = r"(?:less|smaller|lower|fewer)\s+than"
_SIGN = r"(?:[<>≤≥]|\\[lg]eq?(?![A-Za-z])|\\[lg]t(?![A-Za-z]))"
_FINE = ("work", "suffice", "fine", "allowed", "admissible")
_VALUES = r"(?:values?\s+(?:of\s+)?|numbers?\s+)?"

_NOTATION: tuple[tuple[Pattern, str], ...] = (
    (Pattern(r"(?<=[\])}])\s*\\(?=\s*\\?[\[({])", "\\"), " without "),
    (Pattern(r"(?<=ℝ)\s*\\(?=\s)|(?<=R\})\s*\\(?=\s)", "\\ "), " without "),
    (Pattern(r"(?<=[\w∞])(?<!\\in)\s*\\(?=\s+\\?[\[({])", "\\ "), " without "),
    (Pattern("=<", "=<"), "<="),
    (Pattern(r"¬|\\(?:neg|lnot)(?![A-Za-z])", "¬", "\\"), " not "),
    (
        words(
            r"\\text(?:bf|it|rm)?\s*\{([^{}]*)\}|\\(?:mbox|mathrm|operatorname)\s*\{([^{}]*)\}",
            *("\\text", "\\m", "\\op"),
        ),
        r" \1\2 ",
    ),
    (
        words(r"\\(?:left|right|[bB]ig+[lr]?)(?![A-Za-z])(?!\.)", "\\left", "\\right", "\\big"),
        "",
    ),
    (words(r"\\[,;:! ]|\\q?quad(?![A-Za-z])", "\\"), " "),
    (Pattern(_REALS + r"\s*_?\{?\s*(?:>|\\gt)\s*0\s*\}?", *_R), " (0, ∞) "),
    (Pattern(_REALS + r"\s*_?\{?\s*(?:≥|>=|\\geq?)\s*0\s*\}?", *_R), " [0, ∞) "),
    (
        Pattern(_REALS + r"|\b(?:the\s+)?reals?\s+(?:numbers?|line)\b", *_R, "real"),
        " reals ",
    ),
    (
        words(
            r"(?<=reals)\s*(?:\\setminus|\\backslash|\\|∖|-|−|–|except|without)(?=\s*[\[({\]\\])",
            "reals",
        ),
        " without ",
    ),
    (words(r"\\setminus|∖|\\backslash", "\\setminus", "∖", "\\backslash"), " without "),
    (
        words(
            r"∅|\\emptyset|\\varnothing|\\?\{\s*\\?\}|\b(?:the\s+)?empty(?:\s+set)?\b",
            *("∅", "empty", "\\var", "{"),
        ),
        " nothing ",
    ),
    (words(r"∉|\\notin(?![A-Za-z])|\\not\s*\\in(?![A-Za-z])", "∉", "\\not"), " notin "),
    (words(r"≯|\\ngtr(?![A-Za-z])|\\not\s*(?:>|\\gt(?![A-Za-z]))", "≯", "\\n"), " <= "),
    (words(r"≮|\\nless(?![A-Za-z])|\\not\s*(?:<|\\lt(?![A-Za-z]))", "≮", "\\n"), " >= "),
    (Pattern(r"≱|\\n(?:geq?|geqslant)(?![A-Za-z])", "≱", "\\n"), " < "),
    (Pattern(r"≰|\\n(?:leq?|leqslant)(?![A-Za-z])", "≰", "\\n"), " > "),
    (Pattern(r"⇔|⟺|\\iff(?![A-Za-z])|\\Leftrightarrow(?![A-Za-z])", "⇔", "⟺", "\\"), " same "),
    (Pattern(r"\\&|&&?", "&"), " and "),
)
# in order: an earlier phrase may be part of a later one
_ENGLISH: tuple[tuple[Pattern, str], ...] = (
    (words(r"\s+(?:works?|suffices?|is\s+(?:fine|allowed|admissible))\s*$", *_FINE), ""),
    (
        words(
            r"\s*,?\s*\b(?:except(?:\s+for)?|with\s+the\s+exception\s+of|excluding"
            r"|not\s+including|other\s+than|apart\s+from|(?:but|and)\s+not(?=\s*[\d\[({.]))\b",
            *("except", "excluding", "including", "other", "apart", "not"),
        ),
        " without ",
    ),
    (words(r"\b(?:can|may)\s+be\s+any(?:thing|where|\s+(?:value|number))\b", "any"), " "),
    (words(r"\banything\s+(?=(?:between|from|in|above|below|at|up)\b)", "anything"), " "),
    (words(r"[,;]\s*(\S+)\s+(?:is\s+|being\s+)?real\s*$", "real"), r" given \1 in reals "),
    (words(rf"\s\(\s*or\s+([^()]*{_SIGN}[^()]*)\)\s*$", "or"), r" same \1 "),
    (
        words(
            r"\b(?:i\.\s?e\.|that (?:is|means)|in other words|(?:or )?equivalently|namely)\s*[,:]?",
            *("i.", "that", "in other", "equivalent", "namely"),
        ),
        " same ",
    ),
    (words(r"\b(?:if and only if|exactly when|precisely when|iff)\b", "if", "when"), " given "),
    (words(rf"\bstrictly\s+between{_TWO}", "between"), r" in (\1, \2) "),
    (words(rf"\bbetween{_TWO}{_CLOSED}", "between"), r" in [\1, \2] "),
    (words(rf"\bbetween{_TWO}{_OPEN}", "between"), r" in (\1, \2) "),
    (words(rf"\bfrom{_TO}{_OPEN}", "from"), r" in (\1, \2) "),
    (words(rf"\bfrom{_TO}(?:{_CLOSED})?", "from"), r" in [\1, \2] "),
    (words(rf"\b(?:no|not)\s+{_SMALLER}\b|\bnot\s+below\b", "no"), " >= "),
    (words(rf"\b(?:no|not)\s+{_LARGER}\b|\bnot\s+above\b", "no"), " <= "),
    (
        words(r"\b(?:(?:does|must|may)\s+not|doesn't|cannot|not)\s+exceed(?:ing)?\b", "exceed"),
        " <= ",
    ),
    (
        words(rf"\b{_LARGER}\s+or\s+equal(?:s)?(?:\s+to)?\b|\bat\s+least\b", "than", "least"),
        " >= ",
    ),
    (words(rf"\b{_SMALLER}\s+or\s+equal(?:s)?(?:\s+to)?\b|\bat\s+most\b", "than", "most"), " <= "),
    (
        words(
            rf"\b(?:strictly\s+)?(?:{_LARGER}|above)\b|\b(?:strictly\s+)?exceed(?:s|ing)?\b",
            *("than", "above", "exceed"),
        ),
        " > ",
    ),
    (words(rf"\b(?:strictly\s+)?(?:{_SMALLER}|below)\b", "than", "below"), " < "),
    (
        words(r"\b(?:not\s+equal\s+to|different\s+from|unequal\s+to)\b", "equal", "different"),
        " != ",
    ),
    (words(r"\b(?:is\s+|be\s+)?(?:equal\s+to|equals)\b", "equal"), " = "),
    (words(r"\bnon-?negative\b", "negative"), " >= 0 "),
    (words(r"\bnon-?positive\b", "positive"), " <= 0 "),
    (words(r"\b(?:strictly\s+)?positive\b", "positive"), " > 0 "),
    (words(r"\b(?:strictly\s+)?negative\b", "negative"), " < 0 "),
    (words(r"\boutside(?:\s+of)?\b", "outside"), " notin "),
    (
        words(
            r"\b(?:lies?|lying|is|be|are)?\s*(?:with)?in(?:side)?\s+(?:the\s+)?"
            r"(?:interval|range|set)?(?=[\s\[({\]])",
            "in",
        ),
        " in ",
    ),
    (
        words(
            r"\b(?:such\s+that|for\s+which|satisf(?:y|ies|ying)|s\.t\.|provided(?:\s+that)?"
            r"|as\s+long\s+as|whenever|when|where|with|if|given|assuming)\b",
            *("such", "which", "satisf", "s.t.", "provided", "long", "whe", "with", "if"),
            *("given", "assum"),
        ),
        " given ",
    ),
    (
        words(
            r"\b(?:but\s+also|and\s+also|and\s+simultaneously|as\s+well\s+as)\b",
            *("also", "simul", "well"),
        ),
        " and ",
    ),
    (words(r"\bunion\b", "union"), " or "),
    (words(r"\b(?:the\s+)?(?:interval|range)\s+(?=[\[({\]])", "interval", "range"), " "),
    (words(r"\bintersect(?:ed with|ion)?\b", "intersect"), " and "),
    (
        words(
            r"\b(?:for\s+)?(?:all|every|any|each)\s+(?:the\s+)?(?:possible\s+|real\s+)?" + _VALUES,
            *("all", "every", "any", "each"),
        ),
        " every ",
    ),
    (
        words(rf"\b(?:for\s+)?(?:no|not\s+any)\s+(?:real\s+)?{_VALUES}(?=\\?\w+\s*$|[α-ω])", "no"),
        " no ",
    ),
    (words(r"\balways\b", "always"), " every "),
    (words(r"\bnever\b", "never"), " nothing "),
    (words(r"\b(?:values?|numbers?)\s+of\b|\bthe\s+(?:set|range)\s+of\b", " of"), " every "),
    (
        words(
            r"\b(?:is|are|be|must|should|has\s+to|have\s+to|real|exactly|either|both"
            r"|simultaneously|the|valid)\b",
            *("is", "are", "be", "must", "should", "ha", "real", "exactly", "either", "both"),
            *("simul", "the", "valid"),
        ),
        " ",
    ),
    (
        Pattern(
            rf"(?<=\S)(?<!not)(?<!without)(?<!or)(?<!and)(?<!but)\s*\(([^(),;]*{_SIGN}[^(),;]*)\)\s*$",
            ")",
        ),
        r" given \1 ",
    ),
    (words(r"\s*,?\s*\bfor\b\s*(?=\S)", "for"), " given "),
)
_TOPICS = [
    "answer",
    "range",
    "interval",
    "set",
    "solution",
    "region",
    "condition",
    "domain",
    "threshold",
]
_NAMED = words(
    r"\s*(?:(?:the|valid|admissible|allowed|solution|required|whole|full)\s+)*"
    rf"(?:{'|'.join(_TOPICS)})s?\s*"
    r"(?:(?:of|for)\s+(?:\\?\w+|[α-ωΑ-Ω])\s*)?(?:is|are|:|=)\s*(?=\S)",
    *_TOPICS,
)
_STRICT = words(
    r"[\s,]*\(\s*(?:strict(?:ly)?|strict inequality|exclusive|open(?: interval)?"
    r"|endpoints? (?:not included|excluded))\s*\)"
    r"|(?<!half )(?<![-\w])open\s+(?:interval|range|set)\b",
    *("strict", "exclusive", "open", "endpoint"),
)
_INCLUSIVE = words(
    r"[\s,]*\(\s*(?:inclusive|closed(?: interval)?|(?:both )?end(?:point)?s? included)\s*\)"
    r"|\s+inclusive(?:ly)?$|,\s*closed$|(?<!half )(?<![-\w])closed\s+(?:interval|range|set)\b",
    *("inclusive", "closed", "included"),
)
_RANGED = words(r"between|from", "between", "from")
_LEADING_FOR = words(
    r"^\s*(?:for|when|if|given|assuming|with)\s+([^:]*?[<>≤≥=∈\\][^:]*?)\s*:\s*(?=\S)", ":"
)
_DECIMAL_COMMA = Pattern(r"(?<![\d.,])0,(\d+)(?![\d,])", "0,")
_THOUSANDS = Pattern(r"(?<![\d.,])([1-9]\d{0,2}(?:,\d{3})+)(?![\d,])", ",")
_PERCENT = Pattern(r"(?<![\w.])(\d+(?:\.\d+)?)\s*\\?%", "%")
_NEARLY = ("about", "approximately", "roughly", "around", "nearly", "almost")
_ABOUT = words(
    rf"(?:^|[\s=<>])(?:~|≈|≃|∼|\\approx\b|\\sim\b|{'|'.join(_NEARLY)})",
    *("~", "≈", "≃", "∼", "\\approx", "\\sim", *_NEARLY),
)


@dataclass(frozen=True, slots=True)
class Said:
    """A description in signs, what was said before it to hold, and whether its ends were said to be
    open or closed.
    """

    text: Passage
    conditions: tuple[Passage, ...]
    ends: str


def said(here: Passage) -> Said:
    """A description without what introduces it. Raises Unreadable where it says that it is not
    exact.
    """
    if _ABOUT.search(here.text):
        raise Unreadable("an approximate value is no exact one", here.places[0])
    here, ends = _ends(here.without(_NAMED))
    conditions = []
    if leading := _LEADING_FOR.match(here.text):
        conditions.append(_in_signs(here[leading.start(1) : leading.end(1)]))
        here = here[leading.end() :]
    return Said(_in_signs(here), tuple(conditions), ends)


def _ends(here: Passage) -> tuple[Passage, str]:
    """Without "(strict)" or "inclusive", and which of them was said."""
    for pattern, ends in ((_STRICT, "open"), (_INCLUSIVE, "closed")):
        if (found := pattern.search(here.text)) and not _RANGED.search(here.text):
            return here[: found.start()] + here[found.end() :], ends
    return here, ""


def _in_signs(here: Passage) -> Passage:
    here = here.replaced(_DECIMAL_COMMA, _outside_brackets(here.text, lambda m: f"0.{m[1]}"))
    here = here.replaced(_THOUSANDS, _outside_brackets(here.text, lambda m: m[0].replace(",", "")))
    here = here.replaced(_PERCENT, r"(\1/100)")
    for pattern, by in (*_NOTATION, *_ENGLISH):
        here = here.replaced(pattern, by)
    return here.stripped(";,")


def _outside_brackets(
    text: str, by: Callable[[re.Match[str]], str]
) -> Callable[[re.Match[str]], str]:
    """Rewrites numbers like 1,000 and 0,5, except in brackets: a comma there parts two ends, or
    members of a set.
    """

    def rewritten(found: re.Match[str]) -> str:
        before = text[: found.start()]
        opened = sum(before.count(c) for c in "[({") - sum(before.count(c) for c in "])}")
        return found[0] if opened > 0 else by(found)

    return rewritten
