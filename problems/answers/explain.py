"""One tree against one tree, as a verdict: how it was read, a counterexample, the change or the
case that would make it right.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from itertools import islice
from types import MappingProxyType

from ..formulas.declare import Symbol, Table
from ..formulas.instance import Evaluation, Unknown, whole_number
from ..formulas.shape import NUMBER, Shape, shape, told
from ..formulas.tree import ONE, ZERO, Node, Unreadable, mul, substituted
from ..formulas.values import Mismatch, differ
from ..formulas.walk import Unsupported, walk
from ..formulas.write import named, shown
from .compare import (
    Different,
    Equal,
    Question,
    decided,
    expanded,
    expanded_key,
    question,
)
from .edits import edits
from .effort import effort
from .infer import MOST_READINGS, agreed, readings, undeclared, unsized
from .refute import NOT_HERE, Witness, witness
from .roots import Signs, positive
from .verdict import Verdict, undecided
from .worlds import PLAIN, Special, generic, sized, small

MOST_EDITS = 40
MOST_DECIDED = 3  # of those
REAL_SEEDS = 6
MOST_STEPS = 400  # of an evaluation, up to which hints and special cases are looked for


def compare(answer: Node, key: Node, table: Table) -> Verdict:
    """Whether an answer's tree is the key's. Raises Unreadable where it is over a bound.

    Symbols that nobody declared are taken in every way in which the key makes sense.
    """
    answer, key = _with_zero(answer, key), _with_zero(key, answer)
    if not undeclared((answer, key), table) and not unsized((answer, key), table):
        return _compared(answer, key, table)
    found = list(islice(readings(answer, key, table), MOST_READINGS + 1))
    if not found:
        return undecided("no way was found to take the letters that nobody declared: declare them")
    if len(found) > MOST_READINGS:
        return undecided(
            "there are too many ways to take the letters that nobody declared: declare them"
        )
    first, *others = found
    verdicts = [(first, _compared(answer, key, first.table))]
    verdicts += [(other, _compared(answer, key, other.table, hinted=False)) for other in others]
    return agreed(verdicts)


def _with_zero(node: Node, other: Node) -> Node:
    """0 in the shape of the other side: the zero vector is written 0 too."""
    return mul(node, other) if node == ZERO and other != ZERO else node


def _compared(answer: Node, key: Node, table: Table, hinted: bool = True) -> Verdict:
    verdict, parted = _plainly(answer, key, table)
    if verdict.verdict != "incorrect" or not hinted:
        return verdict
    return _refuted(answer, key, table, verdict, parted)


def _plainly(answer: Node, key: Node, table: Table) -> tuple[Verdict, Different | None]:
    """The verdict without what would make the answer right, and where they part."""
    read = shown(answer)
    try:
        found, wanted = shape(answer, table), shape(key, table)
    except Mismatch as error:
        return Verdict("incorrect", "the sizes do not fit", read, str(error)), None
    read = f"{shown(answer)} : {told(found)}"
    if _apart(found, wanted):
        why = f"it is {told(found)} and the key {told(wanted)}"
        return Verdict("incorrect", why, read, why), None
    try:
        outcome = decided(answer, key, table)
    except Mismatch as error:
        return Verdict("incorrect", "the sizes do not fit", shown(answer), str(error)), None
    except (Unsupported, Unknown) as error:
        return undecided(f"{error}: that is not decided here", read=read), None
    if isinstance(outcome, Equal):
        assuming = tuple(_assumed(answer, key, table)) + outcome.undefined
        return Verdict("correct", outcome.how, read, assuming=tuple(dict.fromkeys(assuming))), None
    if isinstance(outcome, Different):
        example = witness(answer, key, table, outcome)
        if isinstance(example, Witness):
            why = f"it is not {shown(key)}"
            return Verdict("incorrect", why, read, example.told, witness=example.data), outcome
        outcome = example
    return undecided(outcome.why, read=read), None


def _apart(found: Shape, wanted: Shape) -> bool:
    """Whether two shapes can never be one: a multiple of I is no number, and numbers written out
    have sizes of their own.
    """
    if None in (found, wanted):
        return NUMBER in (found, wanted)
    return found != wanted and not (_written_out(found) or _written_out(wanted))


def _written_out(found: Shape) -> bool:
    """A matrix of numbers, whose sizes are numbers."""
    return found is not None and found != NUMBER and found[0].isdigit() and found[1].isdigit()


def _refuted(
    answer: Node, key: Node, table: Table, verdict: Verdict, parted: Different | None = None
) -> Verdict:
    """With the change and the special case that would make it right, each of them decided."""
    if not _is_short(answer, key, table):
        return verdict
    return replace(
        verdict, hint=_hint(answer, key, table), holds_if=_special(answer, key, table, parted)
    )


# ------------------------------------------------------------------ a point to look at first


@dataclass(frozen=True, eq=False)
class Point:
    """One generic point of a question: what differs here differs, what agrees is to be decided."""

    e: Evaluation
    key: object

    def agrees(self, node: Node) -> bool:
        """Whether a tree has the key's value here; not where that is much work to find out."""
        try:
            if effort(node, self.e) > MOST_STEPS:
                return False
            return differ(walk(node, self.e), self.key) is not True
        except NOT_HERE:
            return False


@lru_cache(maxsize=1024)
def _sizes(table: Table, least: int, falling: bool = False) -> tuple[tuple[str, int], ...]:
    names = reversed(table.sizes) if falling else table.sizes
    sizes = {size: least + at for at, size in enumerate(names)}
    for _ in table.smaller:
        for few, many in table.smaller:
            if few in sizes and many in sizes and sizes[few] >= sizes[many]:
                sizes[many] = sizes[few] + 1
    return sized(sizes)


def _point(asked: Question, special: Special) -> Point | None:
    """The point of a question, a small real one where it has roots; None where the key is not
    defined there.
    """
    if asked.has_roots:
        return _real_point(asked, special)
    least = max([2, *(at + 2 for at in asked.literal)])
    integers = {name: value + 2 for name, value in asked.integers.items()}
    for falling in (False, True):  # a product is singular where what is between is smaller
        sizes = _sizes(asked.table, least, falling)
        instance = generic(asked.table, sizes, 1, asked.literal, special)
        e = Evaluation(instance, integers | {s: dict(sizes)[s] for s in asked.numbers})
        try:
            return Point(e, walk(asked.key, e))
        except NOT_HERE:
            continue
    return None


def _real_point(asked: Question, special: Special) -> Point | None:
    integers = {name: value + 2 for name, value in asked.integers.items()}
    for seed in range(REAL_SEEDS):
        instance = small(asked.table, _sizes(asked.table, 2), 50 + seed, asked.literal, special)
        e = Evaluation(instance, integers | {s: instance.sizes[s] for s in asked.numbers})
        try:
            return Point(e, walk(asked.key, e))
        except NOT_HERE:
            continue
    return None


def _is_short(answer: Node, key: Node, table: Table) -> bool:
    """Whether evaluating is so quick that hints may be looked for."""
    try:
        asked = question(expanded(answer, table), expanded_key(key, table), table)
        instance = generic(table, _sizes(table, 2), 1, asked.literal)
        integers = {name: value + 2 for name, value in asked.integers.items()}
        e = Evaluation(instance, integers | dict.fromkeys(asked.numbers, 3))
        return sum(effort(t, e) for t in asked.trees) <= MOST_STEPS
    except NOT_HERE:
        return answer.size < MOST_STEPS // 4


def _agree(answer: Node, key: Node, table: Table, special: Special) -> bool:
    """Whether two trees are equal in a special case: one look, then the decision."""
    try:
        asked = question(expanded(answer, table), expanded_key(key, table), table)
        point = _point(asked, special)
        if point is None or not point.agrees(asked.answer):
            return False
        return isinstance(decided(answer, key, table, special), Equal)
    except NOT_HERE:
        return False


def _hint(answer: Node, key: Node, table: Table) -> str:
    """The one simple change that turns the answer into the key, if there is one."""
    try:
        asked = question(expanded_key(key, table), expanded_key(key, table), table)
        point = _point(asked, Special())
    except NOT_HERE:
        return ""
    tried = 0
    for name, changed in islice(edits(answer, table), MOST_EDITS if point is not None else 0):
        try:
            if point is None or not point.agrees(expanded(changed, table)):
                continue
            tried += 1
            if tried > MOST_DECIDED:  # what agrees at a point, again and again, is a trap
                return ""
            if shape(changed, table) == shape(key, table) and isinstance(
                decided(changed, key, table), Equal
            ):
                return name
        except NOT_HERE:
            continue
    return ""


# ------------------------------------------------------------------ special cases


@dataclass(frozen=True, eq=False)
class Case:
    """A special case: the names that it is about, in words, the table there, what is imposed on
    values.
    """

    about: frozenset[str]
    words: str
    table: Table
    special: Special = PLAIN
    is_one: str = ""  # a number that is put in as 1


@lru_cache(maxsize=512)
def _cases(table: Table) -> tuple[Case, ...]:
    """Special cases in which wrong answers look right."""
    out = []
    if {"m", "d", "n"} <= set(table.sizes):
        ones = _with_ones(table, ("m", "d"))
        out.append(Case(frozenset("md"), "with one input and one output", ones))
    sizes = [size for size in table.sizes if " " not in size]
    out += [Case(frozenset((s,)), f"if {s} = 1", _with_ones(table, (s,))) for s in sizes]
    for s in table.symbols.values():
        if s.value or s.is_family:
            continue
        name, about = named(s.name), frozenset((s.name,))
        if s.kind == "scalar":
            out.append(Case(about, f"if {name} = 1", table, is_one=s.name))
        elif s.kind == "matrix" and s.columns == "1" and s.rows != "1":
            unit = Special(imposed=f"{s.name} of norm 1")
            out.append(Case(about, f"if ‖{name}‖ = 1", table, unit))
        elif s.kind == "matrix" and s.rows == s.columns and "symmetric" not in s.properties:
            other = replace(s, properties=s.properties | {"symmetric"})
            there = table.with_symbols({s.name: other})
            out.append(Case(about, f"if {name} is symmetric", there))
    return tuple(out)


def _with_ones(table: Table, sizes: tuple[str, ...]) -> Table:
    """The table where some sizes are 1."""

    def one(size: str) -> str:
        return "1" if size in sizes else size

    def shrunk(s: Symbol) -> Symbol:
        return replace(s, rows=one(s.rows), columns=one(s.columns), counted_by=one(s.counted_by))

    return replace(
        table, symbols={n: shrunk(s) for n, s in table.symbols.items() if n not in sizes}
    )


def _special(answer: Node, key: Node, table: Table, parted: Different | None) -> str:
    """A special case in which the answer would be right."""
    names = {x for t in (answer, key) for x in t.names}
    for name in tuple(names):
        if name in table.values:
            names |= table.values[name].names
    used = {
        s
        for n in names
        if n in table.symbols
        for s in (table.symbols[n].rows, table.symbols[n].columns)
    }
    for case in _cases(table):
        if not case.about <= names | used:
            continue
        put = {case.is_one: ONE} if case.is_one else {}
        sides = (expanded(answer, table), expanded_key(key, table)) if put else (answer, key)
        left, right = (substituted(side, put) for side in sides)
        if _agree(left, right, case.table, case.special):
            return case.words
    return _later(answer, key, table, parted)


def _later(answer: Node, key: Node, table: Table, parted: Different | None) -> str:
    """For L ≥ 1, where only the least places fail."""
    if parted is None or len(parted.integers) != 1:
        return ""
    ((name, at),) = parted.integers.items()
    symbol = table.symbols.get(name)
    if symbol is None or symbol.kind != "integer":
        return ""
    for least in (at + 1, at + 2):
        later = replace(symbol, least=Fraction(least), strict=False)
        if _agree(answer, key, table.with_symbols({name: later}), Special()):
            return f"for {name} ≥ {least}"
    return ""


# ------------------------------------------------------------------ what a right answer rests on


def _assumed(answer: Node, key: Node, table: Table) -> Iterator[str]:
    """The properties that were needed, and what the answer presumes beyond the key."""
    used = {*answer.names, *key.names}
    for name in tuple(used):
        if name in table.values:
            used |= table.values[name].names
    used |= {s.member[1] for base, s in table.families.items() if base in used}
    for symbol in table.symbols.values():
        if symbol.name not in used:
            continue
        for word in sorted(symbol.properties & {"symmetric", "orthogonal", "orthonormal"}):
            if _needed(answer, key, table, f"{symbol.name} {word}"):
                what = "has orthonormal columns" if word == "orthonormal" else word
                yield f"{named(symbol.name)} {what}"
    known = set(_presumed(key, table))
    yield from (text for text in dict.fromkeys(_presumed(answer, table)) if text not in known)


def _needed(answer: Node, key: Node, table: Table, assumption: str) -> bool:
    """Whether they part at a generic point once a property is forgotten."""
    name, _, word = assumption.partition(" ")
    symbol = table.symbols[name]
    asked = question(expanded(answer, table), expanded_key(key, table), table)
    point = _point(asked, Special(dropped=f"{symbol.name} {word}"))
    return point is None or not point.agrees(asked.answer)


Ranges = Mapping[str, tuple[Node, Node]]  # the index of a sum -> its bounds


def _presumed(node: Node, table: Table, ranges: Ranges = MappingProxyType({})) -> Iterator[str]:
    """What a tree takes for granted: A invertible, σ ≠ 0, x ≥ 0 under a root."""
    if node.op == "div":
        yield from _nonzero(node.args[1], table)
    elif node.op == "pow":
        yield from _of_power(node, table, ranges)
    elif node.op == "call" and node.of in ("sqrt", "log", "log2"):
        sign = positive(node.args[0], table, _NO_SIGNS)
        if sign < (0 if node.of == "sqrt" else 1):
            yield f"{shown(node.args[0])} {'≥' if node.of == 'sqrt' else '>'} 0"
    inner = {**ranges, node.of: (node.args[1], node.args[2])} if node.op == "sum" else ranges
    for child in node.args:
        yield from _presumed(child, table, inner)


_NO_SIGNS = Signs(0, {})


def _of_power(node: Node, table: Table, ranges: Ranges) -> Iterator[str]:
    base, exponent = node.args
    if (
        exponent.op == "num"
        and exponent.of.denominator % 2 == 0
        and positive(base, table, _NO_SIGNS) < 0
    ):
        yield f"{shown(base)} ≥ 0"
    if _may_fall_below_zero(exponent, table, ranges):
        yield from _nonzero(base, table)


def _may_fall_below_zero(exponent: Node, table: Table, ranges: Ranges) -> bool:
    """Whether an exponent is negative at the least values of its integers, at either end of the
    sums that it stands in.
    """
    if exponent.op == "num":
        return bool(exponent.of < 0)
    names = set(exponent.names).union(*(end.names for ends in ranges.values() for end in ends))
    least = {
        n: math.ceil(table.symbols[n].least or 0) if n in table.symbols else 1
        for n in names
        if n in table.symbols or n in table.sizes
    }
    instance = generic(table, _sizes(table, 2), 1)
    for up in range(3):
        e = Evaluation(instance, {n: v + up for n, v in least.items()})
        try:
            if min(_at_the_ends(exponent, e, ranges, {}), default=0) < 0:
                return True
        except (Unreadable, ZeroDivisionError):
            return False
    return False


def _at_the_ends(
    exponent: Node, e: Evaluation, ranges: Ranges, bound: Mapping[str, int]
) -> Iterator[int]:
    """An exponent's values where each sum around it begins and ends; none where a sum is empty."""
    index = next((name for name in ranges if name not in bound), None)
    if index is None:
        yield whole_number(exponent, e, bound)
        return
    low, high = (whole_number(end, e, bound) for end in ranges[index])
    for at in {low, high} if low <= high else ():
        yield from _at_the_ends(exponent, e, ranges, {**bound, index: at})


def _nonzero(below: Node, table: Table) -> Iterator[str]:
    while below.op in ("pow", "transpose", "abs"):
        below = below.args[0]
    if below.op == "norm":
        yield f"{shown(below.args[0])} ≠ 0"
        return
    try:
        number = shape(below, table) == NUMBER
    except (Mismatch, Unreadable):
        return
    if below.op == "num" or (number and positive(below, table, _NO_SIGNS) > 0):
        return
    if number:
        yield f"{shown(below)} ≠ 0"
    elif not _surely_invertible(below, table):
        yield f"{shown(below)} invertible"


def _surely_invertible(node: Node, table: Table) -> bool:
    """I, orthogonal and invertible matrices, and M Mᵀ + λI with λ > 0."""
    if node.op == "ident":
        return True
    if node.op == "sym":
        symbol = table.symbols.get(node.of)
        return symbol is not None and bool(symbol.properties & {"orthogonal", "invertible"})
    if node.op == "mul":
        parts = [x for x in node.args if shape(x, table) != NUMBER]
        numbers = [x for x in node.args if shape(x, table) == NUMBER]
        return all(positive(x, table, _NO_SIGNS) > 0 for x in numbers) and all(
            _surely_invertible(x, table) for x in parts
        )
    if node.op == "add":
        return _is_gram_with_ridge(node, table)
    return False


def _is_gram_with_ridge(node: Node, table: Table) -> bool:
    """A sum of squares M Mᵀ, vvᵀ and positive multiples of I, at least one of those."""
    ridges = [t for t in node.args if any(x.op == "ident" for x in (t, *t.args))]
    others = [t for t in node.args if t not in ridges]
    return (
        bool(ridges)
        and all(_surely_invertible(t, table) for t in ridges)
        and all(map(_is_square, others))
    )


def _is_square(node: Node) -> bool:
    if node.op == "sum":
        return _is_square(node.args[0])
    if node.op != "mul" or len(node.args) != 2:
        return False
    left, right = node.args
    return (right.op == "transpose" and right.args[0] == left) or (
        left.op == "transpose" and left.args[0] == right
    )
