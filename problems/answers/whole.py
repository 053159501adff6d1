"""An answer to all slots of a part at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from itertools import combinations, pairwise, permutations

from ..formulas.lexer import MOST_CHARACTERS
from ..part import Slot
from .judging import verdict_of
from .patterns import Pattern, words
from .verdict import Verdict, undecided
from .wrapping import Passage

MOST_PARTS = 8


_FENCE = Pattern(r"(?m)^\s*```\w*\s*$", "```")
_NAMED = words(
    r"\s*(?:and\s+)?(?:(?:for|in)\s+)?(?:the\s+)?(\w+)(?:\s+case)?"
    r"(?:\s*[:=]\s*|\s+(?:takes|costs|is|has|needs)\s+|\s+(?=O\())"
)
_ENUMERATED = Pattern(
    r"(?:(?<=\s)|(?<=^)|(?<=[;,]))\(?(?:[a-h]|[1-8]|i{1,3}|iv|v)[).]\s+(?=\S)", ") ."
)


def all_slots(answer: str, slots: Mapping[str, Slot]) -> Verdict:
    """An answer to all slots of a part at once: in order, enumerated, or each by its name."""
    wanted = f"{len(slots)} answers are wanted ({', '.join(slots)}), separated by ;"
    if not isinstance(answer, str) or len(answer) > MOST_CHARACTERS:
        return undecided(f"{wanted}, in at most {MOST_CHARACTERS:,} characters")
    answer = _FENCE.sub("", answer)
    pieces = _pieces(answer, len(slots))
    if (by_name := _by_name(pieces, slots)) is not None:
        return _worst(slots, by_name, _cached_verdicts(tuple(slots.values())))
    if not len(slots) <= len(pieces) <= MOST_PARTS:
        return undecided(f"{wanted}, and {len(pieces)} stand here")
    verdict = _cached_verdicts(tuple(slots.values()))
    for grouped in _groupings(pieces, len(slots)):
        if (found := _all_right(grouped, verdict)) is not None:
            return _joined(found)
    if len(pieces) != len(slots):
        return undecided(f"{wanted}, and {len(pieces)} stand here")
    return _in_another_order(pieces, verdict) or _worst(slots, pieces, verdict)


def _by_name(pieces: list[str], slots: Mapping[str, Slot]) -> list[str] | None:
    """`scalar: …; 2d: …` in the order of the slots; None where they are not named so."""
    found: dict[str, str] = {}
    for piece in pieces:
        match = _NAMED.match(piece)
        if match is None or not piece[match.end() :].strip():
            return None
        found.setdefault(match[1].lower(), piece[match.end() :])
    names = [slot.name.lower() for slot in slots.values()]
    is_each = len(pieces) == len(found) == len(names) and found.keys() == set(names)
    return [found[name] for name in names] if is_each else None


def _cached_verdicts(slots: tuple[Slot, ...]) -> Callable[[int, str], Verdict]:
    return lru_cache(maxsize=None)(lambda at, text: verdict_of(slots[at], text))


def _all_right(texts: list[str], verdict: Callable[[int, str], Verdict]) -> list[Verdict] | None:
    """The verdicts, where all of them are correct; the first that is not ends it."""
    found = []
    for at, text in enumerate(texts):
        found.append(verdict(at, text))
        if found[-1].verdict != "correct":
            return None
    return found


def _joined(found: list[Verdict]) -> Verdict:
    return Verdict(
        "correct", "; ".join(v.why for v in found), "; ".join(v.read for v in found)
    ).under(*(a for v in found for a in v.assuming))


def _in_another_order(pieces: list[str], verdict: Callable[[int, str], Verdict]) -> Verdict | None:
    """What is right in another order: correct if each says by its left side what it is."""
    for order in permutations(range(len(pieces))):
        if found := _all_right([pieces[place] for place in order], verdict):
            named = all("=" in piece for piece in pieces)
            return _joined(found) if named else undecided("they are right in another order")
    return None


def _worst(
    slots: Mapping[str, Slot], pieces: list[str], verdict: Callable[[int, str], Verdict]
) -> Verdict:
    found = dict(zip(slots, (verdict(at, text) for at, text in enumerate(pieces)), strict=True))
    for outcome in ("incorrect", "undecided"):
        for name, each in found.items():
            if each.verdict == outcome:
                return replace(each, why=f"{name}: {each.why}", at=None)
    return _joined(list(found.values()))


def _pieces(answer: str, count: int) -> list[str]:
    """The answers as they stand apart: enumerated, at ; and line breaks, or at commas."""
    depths = tuple(_depths(answer))
    marks = [m for m in _ENUMERATED.finditer(answer) if not depths[m.start()]]
    edges = [*(m.start() for m in marks), len(answer)]
    listed = [
        answer[m.end() : end].strip(" \t\n;,") for m, end in zip(marks, edges[1:], strict=True)
    ]
    if all(listed) and len(listed) == count and not answer[: edges[0]].strip():
        return listed
    whole = Passage.of(answer)
    for separators in (";\n", ";\n,"):
        found = [p for each in whole.parted(separators) if (p := each.text.strip())]
        if len(found) >= count:
            return found
    return found


def _depths(text: str) -> Iterator[int]:
    """How many brackets each character stands in; the bracket of an enumeration closes nothing."""
    depth = 0
    for char in text:
        yield depth
        depth = max(0, depth + (char in "([{") - (char in ")]}"))


def _groupings(pieces: list[str], count: int) -> Iterator[list[str]]:
    """The pieces as so many answers, each of neighbours."""
    for cuts in combinations(range(1, len(pieces)), count - 1):
        ends = (0, *cuts, len(pieces))
        yield ["; ".join(pieces[a:b]) for a, b in pairwise(ends)]
