"""What is said around a growth rate: of what it is the rate, on which condition, in which words."""

from __future__ import annotations

import re
from collections.abc import Callable

from ..formulas.tree import Unreadable
from .patterns import Pattern, words
from .wrapping import Passage, unwrapped

_RATE = r"(?:O|Θ|\\Theta)\s*(?:\\left)?\s*\("
_RELATION = (
    r"(?:<=?|>=?|≤|≥|≪|≫|\\[lg]eq?(?![A-Za-z])|\\ll(?![A-Za-z])|\\gg(?![A-Za-z])"
    r"|\\[lg]t(?![A-Za-z]))"
)
_SIGNS = "< > ≤ ≥ ≪ ≫ \\l \\g ="
_BUT_NOT = Pattern(
    r"\s*[,(]*\s*(?:instead\s+of|rather\s+than|not|as\s+opposed\s+to|compared\s+(?:to|with)"
    rf"|versus|vs\.?)\s+(?:the\s+)?(?:\w+\s+)?{_RATE}[^()]*\)\s*\)?$",
    "instead rather not opposed compared versus vs",
)
_GIVEN = Pattern(
    r"\s*[,(]?\s*\b(?:for|since|as|because|when|if|where|with|given|assuming|provided)\s+"
    rf"(?:that\s+)?([^,()]*?(?:{_RELATION}|=)[^()]*?)\s*\)?$",
    _SIGNS,
)
_ASIDE = Pattern(rf"\s*\(\s*([^()]*?{_RELATION}[^()]*?)\s*\)$", _SIGNS)
COMPARED = Pattern(rf"\s*([A-Za-z])\s*({_RELATION})\s*([A-Za-z])\s*", _SIGNS)
_DEGREES = {
    **{"constant": "1", "linear": "{0}", "quadratic": "{0}^2", "cubic": "{0}^3"},
    **{"quartic": "{0}^4", "logarithmic": "log({0})"},
    **dict.fromkeys(("linearithmic", "log-linear"), "{0} log({0})"),
}
_DEGREE = Pattern(
    rf"\b({'|'.join(_DEGREES)})(?:ly)?\b(?:\s+(?:time|cost|depth|work))?"
    r"(?:\s+in\s+\$?(\w)\$?(?!\w))?",
    " ".join(_DEGREES),
)
_JOINING = Pattern(r"[\s,]*(?:and|but|times)?[\s,]*")
_ANYTHING = Pattern(r"(?s)^.+$")
_PROPORTIONAL = words(
    r"(?:(?:on\s+the\s+|of\s+(?:the\s+)?|in\s+the\s+)?order(?:\s+of)?"
    r"|(?:it\s+)?(?:is\s+)?proportional\s+to|(?:it\s+)?(?:grows|scales)\s+(?:as|like|with))"
    r"\s+(?=\S)",
    "order proportional grows scales",
)
_UNITS = words(
    r"\s+(?:sequential\s+|parallel\s+|arithmetic\s+|scalar\s+|floating[- ]point\s+)?"
    r"(?:steps?|operations?|flops?|multiplications?|multiplies|products?|levels?|time|stages?"
    r"|rounds?)$",
    "step operation flop multipl product level time stage round",
)
_WORK = "work|operations|total (?:work|cost)|number of operations|flops"
_DEPTH = "depth|critical path(?: length)?|span|parallel (?:time|depth|steps)|latency"
_EITHER = (
    "cost|time|(?:time |computational )?complexity|run(?:ning )? ?time|computational cost|total"
)
_WHOLE = "in all|in total|overall|total|altogether"
_EACH = (
    r"(?:per|for each|for every|for one|each)\s+(?:\w+[- ])?"
    "(?:position|step|token|query|level|entry|update|time step|row|output)"
)
_SAID = words(
    rf"(?:(?:the|its|overall|asymptotic)\s+)*(?:(?P<work>{_WORK})|(?P<depth>{_DEPTH})"
    rf"|(?P<whole>{_WHOLE})|(?P<either>{_EITHER})|(?P<each>{_EACH}))"
    r"(?:\s+(?:is|of|in|grows as|complexity|cost))*\s*(?:[:=∼~]|\\sim\b|\s)\s*(?=\S)"
)
_SAID_AFTER = words(
    rf"\s*\(?\s*(?:of\s+|in\s+)?(?:(?P<work>{_WORK})|(?P<depth>{_DEPTH})|(?P<whole>{_WHOLE})"
    rf"|(?P<each>{_EACH}|each))\s*\)?$"
)
_SO = words(r"(?:so|hence|thus|therefore|and)\s+", "so hence thus therefore and")
_RESTATED = words(r"\s*,?\s*(?:which\s+is|i\.\s?e\.,?|that\s+is,?)\s+(?=\$?O\()", "is i.")
_CALLED = Pattern(
    r"\s*(?!O\b)[A-Za-z](?:_\{?\w+\}?)?\s*\(\s*\w(?:\s*,\s*\w)*\s*\)\s*(?:=|∈|\\in\b)\s*(?=\S)",
    "= ∈ \\in",
)


def _asked(name: str) -> str:
    """What a slot asks for: work, or depth."""
    if name in ("work", "cost", "operations"):
        return "work"
    return "depth" if name in ("depth", "convolution", "recurrence") else ""


def answering(text: str, name: str, sizes: Callable[[], list[str]]) -> tuple[Passage, list[str]]:
    """The statement that answers, and the conditions said beside it. Raises Unreadable where there
    is none, or several.
    """
    (whole, *others) = unwrapped(text)
    if others:
        raise Unreadable("it has two boxes that differ")
    conditions: list[str] = []
    whole = whole.replaced(_RESTATED, " = ")
    whole = _without_tail(whole, conditions)
    if worded := _worded(whole, sizes):
        return worded, conditions
    found: list[tuple[str, Passage]] = []
    for statement in (part.stripped(".") for part in whole.parted(",;\n")):
        if not statement.text:
            continue
        if compared := COMPARED.fullmatch(statement.text):
            conditions.append(compared[0])
            continue
        found.append(_labelled(_without_tail(statement, conditions)))
    said = [label for label, _ in found]
    asked = _asked(name)
    if len(found) > 1:
        wanted = [f for f in found if f[0] in (asked, "whole")] if asked else []
        if "" in said or len(wanted) != 1:
            raise Unreadable("it is more than one rate, and does not say which is meant")
        return wanted[0][1], conditions
    ((label, only),) = found or [("", whole)]
    if label == "each" or (asked and label in ("work", "depth") and label != asked):
        raise Unreadable("this is said of something else than what is asked", only.places[0])
    return only, conditions


def _without_tail(whole: Passage, conditions: list[str]) -> Passage:
    """Without `instead of O(d³)`, and without conditions, which are noted."""
    if found := _BUT_NOT.search(whole.text):
        whole = whole[: found.start()].stripped()
    while found := (_GIVEN.search(whole.text) or _ASIDE.search(whole.text)):
        conditions.append(found[1])
        whole = whole[: found.start()].stripped(",")
    return whole


def _labelled(statement: Passage) -> tuple[str, Passage]:
    """What a statement says that it is about, and the rest."""
    label = ""
    statement = statement.without(_SO)
    for pattern in (_SAID, _CALLED):
        if found := pattern.match(statement.text):
            label = label or _kind_of(found)
            statement = statement[found.end() :].stripped()
    if found := _SAID_AFTER.search(statement.text):
        label = label or _kind_of(found)
        statement = statement[: found.start()].stripped()
    return label, statement


def _kind_of(found: re.Match[str]) -> str:
    named = {name for name, value in found.groupdict().items() if value}
    return next((name for name in ("work", "depth", "whole", "each") if name in named), "")


def _worded(whole: Passage, sizes: Callable[[], list[str]]) -> Passage | None:
    """`quadratic in d and linear in n` as d^2 n; without a size it is about the key's only one."""
    _, here = _labelled(whole)
    degrees = list(_DEGREE.finditer(here.text.lower()))
    if not degrees or _JOINING.sub("", _DEGREE.sub("", here.text.lower())):
        return None
    factors = []
    for found in degrees:
        size = here.text[found.start(2) : found.end(2)] if found[2] else ""
        if not size and found[1] != "constant":
            known = sizes()
            if len(known) != 1 or len(degrees) > 1:
                raise Unreadable(f"{found[1]!r} does not say in which size", here.places[0])
            size = known[0]
        factors.append(f"({_DEGREES[found[1]].format(size)})")
    return here.replaced(_ANYTHING, "O(" + " ".join(factors).replace("\\", "") + ")")


def bare(here: Passage) -> Passage:
    """Without `order`, `proportional to`, and the units of what is counted."""
    return here.replaced(_PROPORTIONAL, "").replaced(_UNITS, "")
