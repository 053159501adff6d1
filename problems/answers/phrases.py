"""The words in which sets of numbers are described, rewritten as the signs that they stand for."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from .numerals import PERCENT, exact
from .patterns import Pattern, words
from .wrapping import Passage

_SURE = (
    r"[\s,(]*\b(?:both\s+|(?:the\s+)?ends?\s+|(?:the\s+)?endpoints?\s+)*(?:{0})"
    r"(?:\s+(?:of\s+)?(?:both|the\s+)?\s*(?:ends|endpoints))?\b\)?"
)
_FRAGMENTS = {
    "⟨CLOSED⟩": _SURE.format("inclusive|included|inclusively"),
    "⟨OPEN⟩": _SURE.format("exclusive|excluded|exclusively"),
    "⟨REALS⟩": r"(?:ℝ|\\mathbb\s*\{?\s*R\s*\}?|\\R(?![A-Za-z]))",
    "⟨TWO⟩": r"\s+([^\s,]+)\s+and\s+([^\s,.;()]+)",
    "⟨TO⟩": r"\s+([^\s,]+)\s+(?:up\s+)?to\s+([^\s,.;()]+)",
    "⟨LARGER⟩": r"(?:greater|larger|bigger|more|higher)\s+than",
    "⟨SMALLER⟩": r"(?:less|smaller|lower|fewer)\s+than",
    "⟨SIGN⟩": r"(?:[<>≤≥∈]|\\[lg]eq?(?![A-Za-z])|\\[lg]t(?![A-Za-z]))",
    "⟨VALUES⟩": r"(?:values?\s+(?:of\s+)?|numbers?\s+)?",
}


def _book(text: str) -> tuple[tuple[Pattern, str], ...]:
    """Rows of: what is put, of which words one must occur (- any), the phrase; two spaces apart.

    An indented line goes on with the one before it; - puts nothing, _ a space.
    """
    rows: list[str] = []
    for line in text.strip().split("\n"):
        if line.startswith(" "):
            rows[-1] += ("" if rows[-1].count("  ") > 1 else "  ") + line.strip()
        else:
            rows.append(line)
    return tuple(_phrase(*row.split("  ")) for row in rows)


def _phrase(by: str, needs: str, phrase: str) -> tuple[Pattern, str]:
    for name, fragment in _FRAGMENTS.items():
        phrase = phrase.replace(name, fragment)
    put = {"-": "", "_": " "}.get(by, f" {by} ")
    return words(phrase, "" if needs == "-" else needs), put


# in order: an earlier phrase may be part of a later one
_BOOK = _book(r"""
without  \  (?<=[\])}])\s*\\(?=\s*\\?[\[({])
without  \  (?<=ℝ)\s*\\(?=\s)|(?<=R\})\s*\\(?=\s)
without  \  (?<=[\w∞])(?<!\\in)\s*\\(?=\s+\\?[\[({])
<=  =<  =<
< -  <-  <-(?!-?>)
or  u  (?<=[\])}])\s*U\s*(?=[\[({])
not  ¬ \  ¬|\\(?:neg|lnot)(?![A-Za-z])
\1\2  \text \m \op  \\text(?:bf|it|rm)?\s*\{([^{}]*)\}|\\(?:mbox|mathrm
      |operatorname)\s*\{([^{}]*)\}
-  \left \right \big  \\(?:left|right|[bB]ig+[lr]?)(?![A-Za-z])(?!\.)
_  \  \\[,;:! ]|\\q?quad(?![A-Za-z])
(0, ∞)  ℝ \mathbb \r  ⟨REALS⟩\s*_?\{?\s*(?:>|\\gt)\s*0\s*\}?
[0, ∞)  ℝ \mathbb \r  ⟨REALS⟩\s*_?\{?\s*(?:≥|>=|\\geq?)\s*0\s*\}?
reals  real ℝ \mathbb \r  ⟨REALS⟩|\b(?:the\s+)?reals?\s+(?:numbers?|line)\b
without  reals  (?<=reals)\s*(?:\\setminus|\\backslash|\\|∖|-|−|–|except|without)(?=\s*[\[({\]\\])
without  \setminus ∖ \backslash  \\setminus|∖|\\backslash
nothing  ∅ empty \var {  ∅|\\emptyset|\\varnothing|\\?\{\s*\\?\}|\b(?:the\s+)?empty(?:\s+set)?\b
notin  ∉ \not  ∉|\\notin(?![A-Za-z])|\\not\s*\\in(?![A-Za-z])
<=  ≯ \n  ≯|\\ngtr(?![A-Za-z])|\\not\s*(?:>|\\gt(?![A-Za-z]))
>=  ≮ \n  ≮|\\nless(?![A-Za-z])|\\not\s*(?:<|\\lt(?![A-Za-z]))
<  ≱ \n  ≱|\\n(?:geq?|geqslant)(?![A-Za-z])
>  ≰ \n  ≰|\\n(?:leq?|leqslant)(?![A-Za-z])
same  ⇔ ⟺ \  ⇔|⟺|\\iff(?![A-Za-z])|\\Leftrightarrow(?![A-Za-z])
and  &  \\&|&&?
-  work suffice fine allowed admissible  \s+(?:works?|suffices?|is\s+(?:fine|allowed
      |admissible))\s*$
without  except excluding including other apart not
      \s*,?\s*\b(?:except(?:\s+for)?|with\s+the\s+exception\s+of|excluding|not\s+including
      |other\s+than|apart\s+from|but\s+not(?=\s*[\d\[{.]))\b
but  but  ,\s*but\b
_  any  \b(?:can|may)\s+be\s+any(?:thing|where|\s+(?:value|number))\b
_  anything  \banything\s+(?=(?:between|from|in|above|below|at|up)\b)
given \1 in reals  real  [,;]\s*(\S+)\s+(?:is\s+|being\s+)?real\s*$
same \1  or  \s\(\s*or\s+([^()]*⟨SIGN⟩[^()]*)\)\s*$
same  i. that other equivalent namely  \b(?:i\.\s?e\.|that (?:is|means)|in other words
      |(?:or )?equivalently|namely)\s*[,:]?
given  if when  \b(?:if and only if|exactly when|precisely when|iff)\b
in (\1, \2)  between  \bstrictly\s+between⟨TWO⟩
in [\1, \2]  between  \bbetween⟨TWO⟩⟨CLOSED⟩
in (\1, \2)  between  \bbetween⟨TWO⟩⟨OPEN⟩
in (\1, \2)  from  \bfrom⟨TO⟩⟨OPEN⟩
in [\1, \2]  from  \bfrom⟨TO⟩(?:⟨CLOSED⟩)?
>=  no  \b(?:no|not)\s+⟨SMALLER⟩\b|\bnot\s+below\b
<=  no  \b(?:no|not)\s+⟨LARGER⟩\b|\bnot\s+above\b
<=  exceed  \b(?:(?:does|must|may)\s+not|doesn't|cannot|not)\s+exceed(?:ing)?\b
>=  than least  \b⟨LARGER⟩\s+or\s+equal(?:s)?(?:\s+to)?\b|\bat\s+least\b
<=  than most  \b⟨SMALLER⟩\s+or\s+equal(?:s)?(?:\s+to)?\b|\bat\s+most\b
>  than above exceed  \b(?:strictly\s+)?(?:⟨LARGER⟩|above)\b|\b(?:strictly\s+)?exceed(?:s|ing)?\b
<  than below  \b(?:strictly\s+)?(?:⟨SMALLER⟩|below)\b
!=  equal different  \b(?:not\s+equal\s+to|different\s+from|unequal\s+to)\b
=  equal  \b(?:is\s+|be\s+)?(?:equal\s+to|equals)\b
>= 0  negative  \bnon-?negative\b
<= 0  positive  \bnon-?positive\b
> 0  positive  \b(?:strictly\s+)?positive\b
< 0  negative  \b(?:strictly\s+)?negative\b
notin  outside  \boutside(?:\s+of)?\b
in  in  \b(?:lies?|lying|is|be|are)?\s*(?:with)?in(?:side)?\s+(?:the\s+)?(?:interval|range
      |set)?(?=[\s\[({\]])
given  such which satisf s.t. provided long whe with if given assum
      \b(?:such\s+that|for\s+which|satisf(?:y|ies|ying)|s\.t\.|provided(?:\s+that)?
      |as\s+long\s+as|whenever|when|where|with|if|given|assuming)\b
and  also simul well  \b(?:but\s+also|and\s+also|and\s+simultaneously|as\s+well\s+as)\b
or  union  \bunion\b
_  interval range  \b(?:the\s+)?(?:interval|range)\s+(?=[\[({\]])
and  intersect  \bintersect(?:ed with|ion)?\b
every  all every any each  \b(?:for\s+)?(?:all|every|any|each)\s+(?:the\s+)?(?:possible\s+
      |real\s+)?⟨VALUES⟩
no  no  \b(?:for\s+)?(?:no|not\s+any)\s+(?:real\s+)?⟨VALUES⟩(?=\\?\w+\s*$|[α-ω])
every  always  \balways\b
nothing  never  \bnever\b
every  of  \b(?:values?|numbers?)\s+of\b|\bthe\s+(?:set|range)\s+of\b
_  -  \b(?:is|are|be|must|should|has\s+to|have\s+to|real|exactly|either|both|simultaneously
      |the|valid)\b
given \1  )
      (?<=\S)(?<!not)(?<!without)(?<!or)(?<!and)(?<!but)(?<![∧∨∪∩¬&])\s*\(([^(),;]*⟨SIGN⟩[^(),;]*)\)\s*$
given  for  \s*,?\s*\bfor\b\s*(?=\S)
""")
_SO = words(r"\s*(?:so|thus|hence|therefore|(?:we\s+)?(?:need|require))\s*[,:]?\s+(?=\S)")
_NAMED = words(
    r"\s*(?:(?:the|valid|admissible|allowed|solution|required|whole|full)\s+)*"
    r"(?:answer|range|interval|set|solution|region|condition|domain|threshold)s?\s*"
    r"(?:(?:of|for)\s+(?:\\?\w+|[α-ωΑ-Ω])\s*)?(?:is|are|:|=)\s*(?=\S)",
    "answer range interval set solution region condition domain threshold",
)
_STRICT = words(
    r"[\s,]*\(\s*(?:strict(?:ly)?|strict inequality|exclusive|open(?: interval)?"
    r"|endpoints? (?:not included|excluded))\s*\)"
    r"|(?<!half )(?<![-\w])open\s+(?:interval|range|set)\b",
    "strict exclusive open endpoint",
)
_INCLUSIVE = words(
    r"[\s,]*\(\s*(?:inclusive|closed(?: interval)?|(?:both )?end(?:point)?s? included)\s*\)"
    r"|\s+inclusive(?:ly)?$|,\s*closed$|(?<!half )(?<![-\w])closed\s+(?:interval|range|set)\b",
    "inclusive closed included",
)
_RANGED = words(r"between|from", "between from")
_LEADING_FOR = words(
    r"^\s*(?:for|when|if|given|assuming|with)\s+([^:]*?[<>≤≥=∈\\][^:]*?)\s*:\s*(?=\S)", ":"
)
_DECIMAL_COMMA = Pattern(r"(?<![\d.,])0,(\d+)(?![\d,])", "0,")
_THOUSANDS = Pattern(r"(?<![\d.,])([1-9]\d{0,2}(?:,\d{3})+)(?![\d,])", ",")


@dataclass(frozen=True, slots=True)
class Said:
    """A description in signs, what was said before it to hold, and whether its ends were said to be
    open or closed.
    """

    text: Passage
    conditions: tuple[Passage, ...]
    ends: str


def said(here: Passage) -> Said:
    """A description without what introduces it. Raises Unreadable where it is not exact."""
    here, ends = _ends(exact(here).without(_SO, _NAMED))
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
    here = here.replaced(PERCENT, r"(\1/100)")
    for pattern, by in _BOOK:
        here = here.replaced(pattern, by)
    return here.stripped(";,")


def _outside_brackets(
    text: str, by: Callable[[re.Match[str]], str]
) -> Callable[[re.Match[str]], str]:
    """Rewrites 1,000 and 0,5 outside brackets: inside them a comma parts two ends, or members."""

    def rewritten(found: re.Match[str]) -> str:
        before = text[: found.start()]
        opened = sum(before.count(c) for c in "[({") - sum(before.count(c) for c in "])}")
        return found[0] if opened else by(found)  # ]0,1[ is an interval as well

    return rewritten
