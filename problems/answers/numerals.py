"""Numbers as people write them, as formulas: ½, 2½, 1,000, 51 %, 0.(3), two and a half."""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction

from ..formulas.tree import Unreadable
from .patterns import Pattern, words
from .wrapping import Passage

_VULGAR = Pattern(r"(\d*)\s*([¼½¾⅐-⅞↉])", "¼ ½ ¾ ⅐ ⅑ ⅒ ⅓ ⅔ ⅕ ⅖ ⅗ ⅘ ⅙ ⅚ ⅛ ⅜ ⅝ ⅞ ↉")
_MIXED = Pattern(
    r"(?<![\w.^_{(])(\d+)\s*\\[dt]?frac\s*(?:\{(\d+)\}\s*\{(\d+)\}|(\d)\s*(\d))", "frac"
)
_MIXED_PLAIN = Pattern(r"^(-?)(\d+)\s+(\d+)\s*/\s*(\d+)$", "/")
_GROUPED = Pattern(r"(?<![\w.,])\d{1,3}(?:(?:,|_|\{,\}|\\,)\d{3})+(?![\d,_])", ", _")
_DECIMAL_COMMA = Pattern(r"(?<![\w.,(\[{])(\d+),(\d+)(?![\d,])", ",")
PERCENT = Pattern(r"(?<![\w.])(\d+(?:\.\d+)?|\.\d+)\s*\\?%", "%")
_POINT = Pattern(r"(?<![\w.])(\d+)\.(?![\d.])", ".")
_TIMES = Pattern(r"(?<=\d)\s*[xX]\s*(?=10\s*(?:\^|\*\*|[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]))", "x")
_PERIOD = Pattern(
    r"(?<![\w.])(\d*)\.(\d*)(?:\((\d+)\)|\\overline\s*\{(\d+)\}|\\bar\s*\{(\d+)\})(?![\d(])", "( \\"
)
_ABOUT = words(
    r"(?:^|[=<>≤≥,;(\[:∈]|\bis\b)\s*(?:~|∼|\\sim\b)\s*[-+−.\d(\[]|≈|≃|\\approx\b|\\simeq\b"
    r"|\b(?:about|approximately|approx\.?|roughly|around|nearly|almost|circa|ca\.)",
    "~ ≈ ≃ ∼ \\approx \\sim about approx roughly around nearly almost ca",
)
_NOT_DIGIT = Pattern(r"\D")
_ANYTHING = Pattern(r"(?s)^.+$")
_UNITS = {
    **{"zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7},
    **{"eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12},
}
_PARTS = {
    **{"half": 2, "halve": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6},
    **{"eighth": 8, "tenth": 10, "hundredth": 100, "thousandth": 1000},
}
_WORDS = Pattern(
    rf"^(minus |negative )?(?:({'|'.join(_UNITS)})( and )?)?"
    rf"(?:(a|one|{'|'.join(_UNITS)})?[ -]?({'|'.join(_PARTS)})s?)?$",
    " ".join(_UNITS) + " " + " ".join(_PARTS),
)


def exact(here: Passage) -> Passage:
    """Refuses what says that it is rounded. Raises Unreadable."""
    if found := _ABOUT.search(here.text):
        raise Unreadable("an approximate value is no exact one", here.places[found.start()])
    return here


def spelled(here: Passage, alone: bool) -> Passage:
    """As formulas; `alone` says that no list is meant: 1,000 is a thousand. Raises Unreadable."""
    here = here.replaced(_VULGAR, _vulgar).replaced(_MIXED, _mixed).replaced(_PERIOD, _periodic)
    here = here.replaced(PERCENT, r"(\1/100)").replaced(_TIMES, "*")
    if alone:
        here = here.replaced(_GROUPED, lambda m: _NOT_DIGIT.sub("", m[0]))
        here = here.replaced(_DECIMAL_COMMA, r"\1.\2")
        here = here.replaced(_MIXED_PLAIN, r"\1(\2+\3/\4)")
        if said := _worded(here.text):
            return here.replaced(_ANYTHING, said)
    return here.replaced(_POINT, r"\1")


def _vulgar(found: re.Match[str]) -> str:
    value = Fraction(unicodedata.numeric(found[2])).limit_denominator(10)
    return f"({found[1] or 0}+{value})" if found[1] else f"({value})"


def _mixed(found: re.Match[str]) -> str:
    return f"({found[1]}+{found[2] or found[4]}/{found[3] or found[5]})"


def _periodic(found: re.Match[str]) -> str:
    period = found[3] or found[4] or found[5]
    if found[3] and found[2]:  # 0.5(3): a period, or a product?
        raise Unreadable("is the bracket a period, or a factor?", found.start(3))
    before = Fraction(f"{found[1] or 0}.{found[2] or 0}")
    value = before + Fraction(int(period), (10 ** len(period) - 1) * 10 ** len(found[2]))
    return f"({value})"


def _worded(text: str) -> str:
    """`two and a half` as 5/2; nothing where it is no number in words."""
    found = _WORDS.match(text.strip().lower())
    if found is None or not (found[2] or found[5]):
        return ""
    sign, units, and_, times, part = found.groups()
    value = Fraction(_UNITS[units] if units else 0)
    if part and units and not times and not and_:  # two thirds
        value = value / _PARTS[part]
    elif part:
        value += Fraction(_UNITS.get(times or "one", 1), _PARTS[part])
    elif and_:
        return ""
    return f"({-value if sign else value})"
