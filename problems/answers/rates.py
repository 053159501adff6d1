"""Whether an answer grows like the key: O(n d²) against O(n d² + d³) where d < n."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from ..formulas.declare import Table
from ..formulas.paths import Path, gap, partings, told
from ..formulas.rates import Conditions, Rate, alike, rate
from ..formulas.tree import Node, Unreadable
from ..formulas.write import shown
from ..part import Slot
from . import growth, topics
from .patterns import Pattern
from .verdict import Verdict, agreed, undecided

_POWER_OF_TWO = Pattern(r"\s*(\w)\s*=\s*2\s*\^\s*\{?\s*(\w)\s*\}?\s*", "=")


def powers_of_two(slot: Slot, table: Table) -> dict[str, str]:
    """N: "L" where the slot declares L = 2^N, or has a right answer that assumes it."""
    said = [f"{name} = {s.value}" for name, s in table.symbols.items() if s.value]
    found = [_POWER_OF_TWO.fullmatch(text) for text in (*said, *slot.also.values(), *slot.assuming)]
    return {match[2]: match[1] for match in found if match}


def decide(text: str, slot: Slot, table: Table, reference: str | None = None) -> Verdict:
    """Whether an answer grows like the slot's rate, or like `reference`, another right answer of
    it.

    Correct: each bounds the other, proved. Incorrect: a path along which one outgrows the other, in
    exact orders, checked on numbers. Another right answer must be met term by term: what bounds it
    only as a mean of terms left one out, and may be meant for the slot's own rate. Raises
    Unreadable.
    """
    right = slot.right if reference is None else reference
    known = powers_of_two(slot, table)
    key = _key(right, table, tuple(known.items()), reference is None)
    read = _read(text, slot.name, slot.right, table)
    if isinstance(read, Unreadable):
        raise read
    chains, said = read
    _granted(said, table, known)
    return agreed(
        (_of_chain(chain, key) for chain in chains), "its logarithm can be read in two ways"
    )


Read = tuple[list[tuple[Node, ...]], list[str]] | Unreadable


@lru_cache(maxsize=64)
def _read(text: str, name: str, right: str, table: Table) -> Read:
    """The readings of an answer, and the conditions beside it, for all right answers of a slot."""
    try:
        answer, said = topics.answering(text, name, lambda: sorted(growth.tree(right, table).names))
        return growth.chains(answer, growth.names_of(table, right)), said
    except Unreadable as error:
        return error


@dataclass(frozen=True, slots=True)
class Wanted:
    """The rate that an answer is held against."""

    told: str
    tree: Node
    rate: Rate
    conditions: Conditions
    known: Mapping[str, str]
    by_means: bool


@lru_cache(maxsize=512)
def _key(right: str, table: Table, known: tuple[tuple[str, str], ...], by_means: bool) -> Wanted:
    tree = growth.tree(right, table)
    told_as = f"O({shown(tree)})"
    return Wanted(told_as, tree, rate(tree, dict(known)), table.smaller, dict(known), by_means)


def _granted(said: list[str], table: Table, known: Mapping[str, str]) -> None:
    """Conditions beside an answer must be what the slot grants. Raises Unreadable."""
    for text in said:
        compared, power = topics.COMPARED.fullmatch(text), _POWER_OF_TWO.fullmatch(text)
        if compared:
            less = compared[2].startswith(("<", "≤", "≪", "\\l"))
            small, large = (compared[1], compared[3]) if less else (compared[3], compared[1])
            if (small, large) in table.smaller:
                continue
        if power and known.get(power[2]) == power[1]:
            continue
        raise Unreadable(f"it is said only where {text.strip()}")


def _of_chain(chain: tuple[Node, ...], key: Wanted) -> Verdict:
    """All links must grow alike; then the last one is held against the key."""
    found = [rate(link, key.known) for link in chain]
    read = f"O({shown(chain[-1])})"
    if not all(alike(found[0], link, key.conditions) for link in found[1:]):
        return undecided("the two sides of its = do not grow alike", read=read)
    if alike(found[-1], key.rate, key.conditions, means=False):
        return Verdict("correct", "each bounds the other", read=read)
    parted = _parted(chain[-1], found[-1], key, read)
    if parted is not None:
        return parted
    if alike(found[-1], key.rate, key.conditions):
        is_quotient = found[-1].bottom != key.rate.bottom  # it has no terms to be compared
        if key.by_means or is_quotient:
            return Verdict("correct", "each bounds the other", read=read)
        return undecided(f"it grows like {key.told}, and leaves out a term of it", read=read)
    return undecided(
        "neither a proof that they grow alike nor a path along which they part was found", read=read
    )


def _parted(node: Node, found: Rate, key: Wanted, read: str) -> Verdict | None:
    """Incorrect, with a path along which one outgrows the other."""
    for f, g, trees, which in (
        (found, key.rate, (node, key.tree), "more"),
        (key.rate, found, (key.tree, node), "less"),
    ):
        tried = ((p, _seen(trees, p, key)) for p in islice(partings(f, g, key.conditions), 16))
        path, seen = next((each for each in tried if each[1]), (None, None))
        if path is None or seen is None:
            continue
        quotient = "answer by key" if which == "more" else "key by answer"
        return Verdict(
            "incorrect",
            f"it grows {which} than the key, {key.told}",
            read=read,
            counterexample=f"along {told(path)} they part: {quotient} is "
            f"2^{seen[0]:.4g} at x = 2^1024, 2^{seen[1]:.4g} at x = 2^65536",
        )
    return None


def _seen(trees: tuple[Node, Node], path: Path, key: Wanted) -> tuple[float, float] | None:
    """The quotient at two places of a path, if it is seen to grow there."""
    try:
        early, late = gap(*trees, path, key.known)
    except ValueError:  # one of them is not positive at these sizes
        return None
    return (early, late) if late > max(early + 0.1, 0) else None
