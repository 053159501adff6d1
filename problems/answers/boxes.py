"""An answer of a formula without what stands around it, with what the text outside its box
defines.
"""

from __future__ import annotations

from ..formulas.lexer import tokens
from ..formulas.tree import Unreadable
from .patterns import Pattern, words
from .wrapping import BOX, Passage, unwrapped

_BULLET = Pattern(r"(?:(?<=\n)|^)[ \t]*[-*•][ \t]+")
_SENTENCE = Pattern(r"(?<![0-9])\.\s|\n\s*\n|\$\$")
_UNDER = words(
    r"\b(?:for|if|when|whenever|only|unless|except|assum\w*|suppos\w*|provided|special|case)\b",
    "for if when only unless except assum suppos provided case",
)
_DEFINED = Pattern(
    r"(?:^|[$,;(\n]|(?<![\\A-Za-z])[A-Za-z]{2,}:?\s+\$?)\s*((?:\\?[A-Za-zͰ-Ͽ][A-Za-z]*'?)(?:_\w|_\{[^{}]*\})?)\s*(?::=|\\coloneqq|=)"
    r"\s*([^=,;\n$]+?)(?=\$|[,;\n]|\.(?:\s|$)|\\quad|\\qquad|\\\\|$|\s(?:and|we|so|then|hence|the)\b)",
    "=",
)


def opened(text: str) -> tuple[Passage, ...]:
    """The answers that a text gives. Raises Unreadable where the text around a box sets a
    condition.

    A letter that the text around the box defines, and the box uses, is defined beside it.
    """
    found = tuple(_unlisted(here) for here in unwrapped(text))
    first = BOX.search(text)
    if first is None:
        return found
    before = text[: first.start()]
    last = _SENTENCE.split(before)[-1]
    if condition := _UNDER.search(last):
        place = first.start() - len(last) + condition.start()
        raise Unreadable("the text before the box sets a condition, or speaks of a case", place)
    return tuple(_defined(here, before) for here in found)


def _unlisted(here: Passage) -> Passage:
    """Without the bullets of a list, where every line has one."""
    lines = [line for line in here.text.splitlines() if line.strip()]
    marks = {line.strip()[:2] for line in lines}
    listed = len(lines) > 1 and len(marks) == 1 and marks <= {"- ", "* ", "• "}
    return here.replaced(_BULLET, "") if listed else here


def _defined(here: Passage, around: str) -> Passage:
    """The box, and the definitions before it of the letters that it uses."""
    used = {token.text for token in tokens(here.text) if token.kind in ("word", "greek")}
    for definition in _DEFINED.finditer(around):
        name = tokens(definition[1])[0].text
        inside = definition[0].strip() in here.text
        if name in used and not inside and f"{definition[1]} =" not in here.text:
            place = definition.start(1)
            extra = f"; {definition[1]} = {definition[2].strip()}"
            here = here + Passage(extra, (place,) * (len(extra) + 1))
    return here
