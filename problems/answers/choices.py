"""One choice, or several: names in any order, letters, all of the above."""

from __future__ import annotations

import re

from .lexer import GREEK, MOST_CHARACTERS
from .tree import Unreadable
from .verdict import Verdict

_SAME = {
    "λ": "lambda", "lam": "lambda", "ridge": "lambda", "ridge lambda": "lambda",
    "the ridge lambda": "lambda", "ridge parameter": "lambda",
    "key": "keys", "k": "keys", "value": "values", "v": "values", "query": "queries", "q": "queries",
}  # fmt: skip
_ALL = re.compile(r"(all( four| of (them|the above|these)|( the)? above)?|everything)")
_NONE = re.compile(r"none( of (them|the above|these))?|nothing")


def read(text: str, choices: frozenset[str]) -> frozenset[str]:
    """The names chosen. Raises Unreadable where a word is none of the choices."""
    if len(text) > MOST_CHARACTERS:
        raise Unreadable(
            f"it has {len(text):,} characters, over the bound of {MOST_CHARACTERS:,}",
            MOST_CHARACTERS,
        )
    plain = re.sub(r"\\(text|mathrm|textbf|mathbf|boxed)\s*|[${}]|\\[ ,;:!]|\\quad", " ", text)
    plain = re.sub(r"\\([A-Za-z]+)", lambda m: GREEK.get(m[1], m[0]), plain).replace(
        "λ", " lambda "
    )
    plain = " ".join(plain.lower().split()).rstrip(".")
    head, colon, rest = plain.partition(":")
    if colon and _ALL.fullmatch(head.strip()):
        named = read(rest, choices) if rest.strip() else choices
        if named != choices:
            raise Unreadable("it says all, and then names others")
        return choices
    if _ALL.fullmatch(plain):
        return choices
    if _NONE.fullmatch(plain):
        return frozenset()
    lowered = {c.lower(): c for c in choices}
    parts = [p.strip(" .()[]") for p in re.split(r",|;|&|\n|\band\b", plain)]
    if (
        len(parts) == 1
        and re.fullmatch(r"[a-z]{2,}", plain)
        and plain not in lowered
        and all(c in lowered for c in plain)
    ):
        parts = list(plain)
    out = set()
    for part in filter(None, parts):
        bare = re.sub(r"^(the|ridge) ", "", re.sub(r"^the ", "", part))
        name = (
            lowered.get(part)
            or lowered.get(_SAME.get(part, ""))
            or lowered.get(bare)
            or lowered.get(_SAME.get(bare, ""))
        )
        if name is None:
            raise Unreadable(
                f"{part!r} is none of {', '.join(sorted(choices))}", max(text.lower().find(part), 0)
            )
        out.add(name)
    if not out:
        raise Unreadable("there is nothing to read", 0)
    return frozenset(out)


def listed(reference: str) -> frozenset[str]:
    return frozenset(part.strip() for part in reference.split(",") if part.strip())


def decide(answer: str, reference: str, choices: frozenset[str] = frozenset()) -> Verdict:
    """Whether the same names are chosen; the score is the share of choices made rightly."""
    key = listed(reference)
    known = choices | key
    chosen = read(answer, known)
    told = ", ".join(sorted(chosen)) or "none"
    missing, extra = sorted(key - chosen), sorted(chosen - key)
    score = 1 - len(key ^ chosen) / len(known)
    if not missing and not extra:
        return Verdict("correct", "the same choices", read=told, score=1.0)
    parts = [f"missing: {', '.join(missing)}"] * bool(missing) + [
        f"wrongly chosen: {', '.join(extra)}"
    ] * bool(extra)
    return Verdict(
        "incorrect",
        "; ".join(parts),
        read=told,
        counterexample=(missing + extra)[0],
        score=round(max(score, 0.0), 4),
    )
