"""What is said of an answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

Outcome = Literal["correct", "incorrect", "undecided"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """`why` says how it is known; `read` how the answer was read, with shapes; `at` points into the
    answer.

    `assuming` names what a correct verdict rests on, `holds_if` the special case in which an
    incorrect answer is right, `counterexample` the instance on which answer and key differ, `hint`
    the change that would make it right, `score` the share of several choices that is right.
    `witness` is the counterexample as data: {"with": {symbol: value}, "answer": value, "key":
    value}, of numbers, tuples and lists, or None where it is none of that kind.
    """

    verdict: Outcome
    why: str
    read: str = ""
    counterexample: str = ""
    assuming: tuple[str, ...] = ()
    holds_if: str = ""
    hint: str = ""
    at: int | None = None
    score: float | None = None
    witness: Mapping[str, Any] | None = None

    def under(self, *assumptions: str) -> Verdict:
        """The same, resting on these as well."""
        if not any(assumptions):
            return self
        return replace(
            self, assuming=tuple(dict.fromkeys((*self.assuming, *(a for a in assumptions if a))))
        )


def undecided(why: str, at: int | None = None, read: str = "") -> Verdict:
    return Verdict("undecided", why, read=read, at=at)


def agreed(verdicts: Iterable[Verdict], what: str) -> Verdict:
    """The verdict of several readings of one answer, the first one's words; undecided where they
    differ, naming `what` differs.
    """
    found = list(verdicts)
    first = found[0]
    if all(v.verdict == first.verdict for v in found):
        return first.under(*(a for v in found[1:] for a in v.assuming))
    readings = "; ".join(dict.fromkeys(f"{v.read or 'unread'}: {v.verdict}" for v in found))
    return undecided(f"{what}, and they differ: {readings}")
