"""What people put around an answer: Markdown, dollars, boxes, "Answer:". Places are kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from ..formulas.lexer import MOST_CHARACTERS
from ..formulas.tree import Unreadable
from .patterns import Pattern, words

MOST_BOXES = 16


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of an answer, as rewritten; `places` says where each of its characters, and its
    end, stood.
    """

    text: str
    places: tuple[int, ...]

    @staticmethod
    def of(text: str) -> Passage:
        """The whole answer. Raises Unreadable where it is longer than any answer that is read."""
        if len(text) > MOST_CHARACTERS:
            raise Unreadable(
                f"it has {len(text):,} characters, over the bound of {MOST_CHARACTERS:,}",
                MOST_CHARACTERS,
            )
        return Passage(text, tuple(range(len(text) + 1)))

    def __getitem__(self, part: slice) -> Passage:
        start, end, _ = part.indices(len(self.text))
        end = max(start, end)
        return Passage(self.text[start:end], self.places[start : end + 1])

    def __add__(self, other: Passage) -> Passage:
        return Passage(self.text + other.text, self.places[:-1] + other.places)

    def place(self, at: int | None) -> int | None:
        """Where in the answer a place of this text is."""
        return None if at is None else self.places[max(0, min(at, len(self.text)))]

    def replaced(self, pattern: Pattern, by: str | Callable[[re.Match[str]], str]) -> Passage:
        """With every match rewritten; what is written stands where the match began."""
        out, places, last = [], [], 0
        for found in pattern.finditer(self.text):
            new = by(found) if callable(by) else found.expand(by)
            out += [self.text[last : found.start()], new]
            places += [*self.places[last : found.start()], *[self.places[found.start()]] * len(new)]
            last = found.end()
        if not out:
            return self
        return Passage("".join(out) + self.text[last:], (*places, *self.places[last:]))

    def stripped(self, more: str = "") -> Passage:
        """Without white space, or one of `more`, at either end."""
        characters = " \t\r\n\f\v" + more
        start = len(self.text) - len(self.text.lstrip(characters))
        return self[start : max(start, len(self.text.rstrip(characters)))]

    def parted(self, separators: str) -> Iterator[Passage]:
        """The stretches between separators outside brackets."""
        depth, start = 0, 0
        for at, char in enumerate(self.text + separators[0]):
            depth += (char in "([{") - (char in ")]}")
            if char in separators and depth <= 0:
                yield self[start:at]
                start = at + 1

    def without(self, *patterns: Pattern) -> Passage:
        """Without what matches at its start, again and again."""
        here = self
        while True:
            found = next((m for p in patterns if (m := p.match(here.text)) and m.end()), None)
            if found is None:
                return here
            here = here[found.end() :].stripped()


_FENCE = Pattern(r"```[a-zA-Z]*|`", "`")
_DOLLARS = Pattern(r"\$+|(?<!\\)\\[\[\]()]", "$ \\[ \\] \\( \\)")
_BOLD = Pattern(
    r"(?:(?<=^)|(?<=[\n:]))(\s*)(\*\*|__)(?=\S)([^*\n]+?)(?<=\S)\2(?=\s*(?:$|[\s.,;:]))", "** __"
)
_HEADING = Pattern(r"#{1,6}\s+", "#")
_OPENING = words(
    r"(?:(?:the\s+|my\s+|our\s+)?(?:final\s+|correct\s+)?(?:answer|result|solution)s?\s*"
    r"(?:is|are|:|=)\s*:?"
    r"|ans\s*[:.]"
    r"|(?:therefore|thus|hence|so|finally|consequently|in conclusion|in summary|overall)\s*[,:]"
    r"|(?:therefore|thus|hence|so)\s+(?=(?:the|we)\s)"
    r"|we\s+(?:get|have|obtain|find|conclude)(?:\s+that)?\s*:?"
    r"|∴|\\therefore)\s*",
    "ans result solution therefore thus hence so final consequent conclusion summary overall we ∴",
)
BOX = Pattern(r"\\f?boxed\s*\{|\\fbox\s*\{", "box")
_SPACES = Pattern(r"\s+|\\[,;:! ]|\\q?quad(?![A-Za-z])")
_BREAK = words(r"[\n;:]|[.,]\s|\b(?:so|thus|hence|therefore|is|are|get|have|obtain|gives|that)\b")
_OPERAND_BEFORE = Pattern(r"(?:[\w)\]}*/+^_-]|\\[A-Za-z]+)\s*$")
_WORD_BEFORE = Pattern(r"(?:^|[\s.,;:])[A-Za-z]{2,}\s*$")
_OPERAND_AFTER = Pattern(r"\s*(?:[-+*/^_'(\[{=<>≤≥]|\\(?!\)|\])|\d|[A-Za-z](?![A-Za-z]))")
_CONDITION_AFTER = words(
    r"\s*[,(]?\s*(?:for|if|when|where|with|unless|except|provided|assuming|given|but|only|or|and"
    r"|as long as)\b"
)
_DOUBT = words(
    r"\bnot\b|n't\b|\bnever\b|\bwrong\b|\bincorrect\b|\bfalse\b|\bunless\b|\bexcept\b|\binstead\b|\brather\b"
)
_LABEL = Pattern(r"\s*([^=<>]{1,40}?)\s*(?:=|\\triangleq|\\coloneqq|:=)")


@lru_cache(maxsize=256)
def unwrapped(text: str) -> tuple[Passage, ...]:
    """The answers that a text gives, without what stands around them: one, or one a box where boxes
    differ.

    A box is the answer, whatever prose stands around it; what multiplies it, negates it or sets it
    a condition is kept. Boxes that each name what they are (`C_t = …`, `o_t = …`) are statements of
    one answer. Raises Unreadable over a bound.
    """
    whole = Passage.of(text).replaced(_FENCE, " ").replaced(_DOLLARS, " ").stripped()
    whole = _plain(whole.without(_HEADING))
    boxes = list(_boxes(whole))
    if not boxes:
        return (whole,)
    if len(boxes) > MOST_BOXES:
        raise Unreadable(f"it has over {MOST_BOXES} boxes", boxes[MOST_BOXES][0])
    found = [_boxed(whole, before, start, end) for before, start, end in boxes]
    if any(box is None for box in found):
        return (_opened(whole, boxes),)
    kept = {_SPACES.sub("", box.text): box for box in reversed(found) if box is not None}
    distinct = list(reversed(kept.values()))
    if len(distinct) < 2:
        return tuple(distinct)
    labels = [m[1] if (m := _LABEL.match(box.text)) else "" for box in distinct]
    if all(labels) and len(set(labels)) == len(labels):
        joined = distinct[0]
        for box in distinct[1:]:
            joined = joined + Passage("; ", (box.places[0],) * 3) + box
        return (joined,)
    return tuple(distinct)


def _plain(here: Passage) -> Passage:
    """Without bold marks, what introduces an answer, and a full stop at its end."""
    here = here.replaced(_BOLD, r"\1\3").stripped().without(_OPENING)
    here = here.replaced(_BOLD, r"\1\3").stripped()
    if here.text.endswith((".", ",", ";")) and not here.text.endswith(("..", "\\,", "\\;")):
        here = here[: len(here.text) - 1].stripped()
    return here


def _boxes(here: Passage) -> list[tuple[int, int, int]]:
    """Where each box begins, where its content begins, and where that ends."""
    out, at = [], 0
    while found := BOX.search(here.text, at):
        depth, end = 1, found.end()
        while end < len(here.text) and depth:
            step = here.text[end]
            depth += (step == "{") - (step == "}")
            end += 2 if step == "\\" else 1
        if depth:
            raise Unreadable("a box is not closed", here.places[found.start()])
        out.append((found.start(), found.end(), end - 1))
        at = end
    return out


def _boxed(whole: Passage, before: int, start: int, end: int) -> Passage | None:
    """What a box says, with its name and condition; None where what stands around may change it."""
    prefix, suffix = whole.text[:before], whole.text[end + 1 :]
    if _DOUBT.search(BOX.split(prefix)[-1]) or _DOUBT.search(suffix):
        return None
    content = _plain(whole[start:end].stripped())
    stem = prefix.rstrip()
    if stem.endswith(("=", "\\in", "∈")):
        breaks = [m.end() for m in _BREAK.finditer(stem[:-1])]
        content = (
            whole[max(breaks, default=0) : before].stripped()
            + Passage(" ", (whole.places[before],) * 2)
            + content
        )
    elif _OPERAND_BEFORE.search(prefix) and not _WORD_BEFORE.search(prefix):
        return None
    if _OPERAND_AFTER.match(suffix) and not _CONDITION_AFTER.match(suffix):
        return None
    if _CONDITION_AFTER.match(suffix):
        next_box = BOX.search(suffix)
        rest = whole[end + 1 : end + 1 + (next_box.start() if next_box else len(suffix))]
        gap = Passage(" ", (whole.places[end],) * 2)
        content = content + gap + _plain(rest) if next_box is None else content
    return content


def _opened(whole: Passage, boxes: list[tuple[int, int, int]]) -> Passage:
    """The text with its boxes opened, for what must be read together."""
    out, last = Passage("", (0,)), 0
    for before, start, end in boxes:
        out = out + whole[last:before] + whole[start:end]
        last = end + 1
    return _plain((out + whole[last:]).stripped())
