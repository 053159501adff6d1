"""Whether two trees are equal: proved, or refuted by an instance that was computed, or left open.

For all sizes ≥ 1, all integer symbols from their least values on, all reals, vectors and
matrices as declared: where both sides are defined they are equal. The theorems are in the
modules that this one puts together: a random point modulo a secret random prime decides at
fixed sizes and integers (`bounds`), consecutive values decide the integers (`orders`), the
vectors touched or the index variables decide the sizes (`vectors`, `graphs`), all choices of
signs decide the roots (`roots`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from itertools import product
from types import MappingProxyType

from ..formulas.declare import Symbol, Table
from ..formulas.instance import Evaluation, Instance, family_counted
from ..formulas.shape import NUMBER, shape
from ..formulas.tree import Node, Unreadable, canonical, every, rebuilt, substituted, sym
from ..formulas.values import differ
from ..formulas.walk import Unsupported, walk
from .bounds import chance_of_error
from .effort import affordable, effort
from .graphs import has_places, index_variables, number_degree, place_order
from .orders import Orders, order, start_of
from .prime import other
from .roots import MOST_ROOTS, NeedSign, NoRoot, Signs, is_transcendental, symbols_under_roots
from .vectors import sufficient_sizes
from .worlds import PLAIN, Special, generic, sized, with_roots

MOST_EFFORT = 4_000  # of all rounds of theorem 4 where sizes or places are numbers
MOST_POWER = 8  # in an index
MOST_POINTS = 400  # of the integers together
MOST_REGIONS = 16  # of signs
MOST_SIZES = 12  # rounds of theorem 4
MOST_COMPONENTS = 4  # orthogonal matrices of which both components are tried
TRIED_PLACES = 24  # of an integer for which no recurrence is known
DRAWS, DRAWS_A_PRIME = 240, 6
DRAWS_OF_WINDOWS = 40  # each is a whole window of integers
EVIDENCE = 6  # sizes from here on, all different, where no theorem says which suffice


@dataclass(frozen=True)
class Equal:
    """They are equal: `how` says how that is known, `proved` whether it is for everything,
    `undefined` where the answer is not.
    """

    how: str
    proved: bool = True
    undefined: tuple[str, ...] = ()


@dataclass(frozen=True)
class Different:
    """They differ at these integers, at sizes like these, in a region of signs: to be shown on a
    small instance.
    """

    integers: Mapping[str, int]
    sizes: Mapping[str, int]
    signs: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Open:
    """Not decided, and why."""

    why: str


Outcome = Equal | Different | Open


@dataclass(frozen=True)
class Question:
    """Two trees without symbols declared by an expression, and what varies in them."""

    answer: Node
    key: Node
    table: Table
    integers: Mapping[str, int]  # integer symbols with their least values
    numbers: frozenset[
        str
    ]  # sizes that occur as numbers: integers of their own, equality then holds a fortiori
    tied: frozenset[str]  # those of them that also bound a sum over a family
    shapes: frozenset[str]  # sizes on which shapes depend
    literal: frozenset[int]  # indices of members that are named by a number

    @property
    def trees(self) -> tuple[Node, Node]:
        return self.answer, self.key

    @property
    def ties(self) -> frozenset[str]:
        """The sizes that are numbers, and as such no others than as sizes."""
        return self.numbers & self.tied & self.shapes

    @cached_property
    def variables(self) -> dict[str, int]:
        """What runs over consecutive values, with the least ones."""
        free = dict.fromkeys(self.numbers - self.ties, 1)
        return {**self.integers, **free}

    @cached_property
    def under_roots(self) -> tuple[set[str] | None, ...]:
        """Of each tree: the numbers under its roots, None where it has no root."""
        return tuple(symbols_under_roots(tree, self.table) for tree in self.trees)

    @cached_property
    def has_roots(self) -> bool:
        """Whether a root, a logarithm or an exponential stands in it."""
        return any(
            under is not None or any(map(is_transcendental, every(tree)))
            for under, tree in zip(self.under_roots, self.trees, strict=True)
        )


def expanded(node: Node, table: Table) -> Node:
    """Symbols declared by an expression, put in; those of those as well."""
    for _ in range(len(table.values) + 1):
        if node.names.isdisjoint(table.values):
            return canonical(node)
        node = substituted(node, table.values)
    raise Unreadable("a symbol is declared by itself")


@lru_cache(maxsize=2048)
def expanded_key(node: Node, table: Table) -> Node:
    """The same of a key, kept."""
    return expanded(node, table)


def question(answer: Node, key: Node, table: Table) -> Question:
    integers: dict[str, int] = {}
    numbers: set[str] = set()
    tied: set[str] = set()
    for tree in (answer, key):
        _count(tree, frozenset(), table, (integers, numbers, tied))
    literal = frozenset(at for t in (answer, key) for x in every(t) for at in _places(x))
    shapes = frozenset(s for t in (answer, key) for s in _sizes_of(t, table))
    return Question(
        answer, key, table, integers, frozenset(numbers), frozenset(tied), shapes, literal
    )


def _count(
    node: Node,
    inner: frozenset[str],
    table: Table,
    found: tuple[dict[str, int], set[str], set[str]],
) -> None:
    """Collect the integers, the sizes that are numbers, and those that bound sums over families."""
    if node.op == "sym" and node.of not in inner:
        _count_symbol(node, table, found)
    elif node.op == "sum":
        body, *ends = node.args
        if family_counted(body, node.of):
            names = [x for end in ends for x in every(end) if x.op == "sym"]
            found[2].update(x.of for x in names if x.of in table.sizes)
            ends = [x for x in names if x.of not in table.sizes]
        for end in ends:
            _count(end, inner, table, found)
        _count(body, inner | {node.of}, table, found)
    elif node.op == "elem":
        for x in every(node.args[0]):
            if x.op == "sym" and x.of not in inner and x.of in table.symbols:
                _count(x, inner, table, found)
    else:
        for child in node.args:
            _count(child, inner, table, found)


def _count_symbol(
    node: Node, table: Table, found: tuple[dict[str, int], set[str], set[str]]
) -> None:
    """An integer with its least value, or a size that is a number."""
    symbol = table.symbols.get(node.of)
    if symbol is None or symbol.kind != "integer":
        if node.of in table.sizes:
            found[1].add(node.of)
        return
    least = symbol.least or 0
    found[0][node.of] = math.floor(least) + 1 if symbol.strict else math.ceil(least)


def _places(node: Node) -> Iterator[int]:
    """The members that are named by a number: x_2, those where a sum over some starts or ends."""
    if node.op == "elem":
        yield from (reach for at in node.args if (reach := _reach(at)) and at.op != "sym")
    elif node.op == "sum" and family_counted(node.args[0], node.of):
        yield from (reach for end in node.args[1:] if (reach := _reach(end)) > 1)


def _reach(node: Node) -> int:
    """How far from a size, or from 0, an index is at most: 7 for n − 6, 42 for 6·7."""
    if node.op == "num":
        reach: int = math.ceil(abs(node.of))
        return reach
    inner = [_reach(child) for child in node.args]
    if node.op == "add":
        return sum(inner)
    if node.op == "pow" and node.args[1].op == "num" and 0 < node.args[1].of <= MOST_POWER:
        return math.prod([inner[0]] * math.ceil(node.args[1].of))
    return math.prod(inner)


def _sizes_of(node: Node, table: Table) -> Iterator[str]:
    """The sizes on which the shapes in a tree depend."""
    for x in every(node):
        if x.op == "ident" and x.of and not x.of.isdigit():
            yield x.of
        symbol = (
            table.symbols.get(x.of)
            if x.op == "sym"
            else table.families.get(x.of) or table.symbols.get(x.of)
            if x.op == "elem"
            else None
        )
        if symbol is None:
            continue
        of = table.symbols[symbol.member[1]] if symbol.member[0] else symbol
        for size in (of.rows, of.columns, symbol.counted_by):
            if size and not size.isdigit():
                yield size


def decided(answer: Node, key: Node, table: Table, special: Special = PLAIN) -> Outcome:
    """Equal, different or open.

    Raises Mismatch where sizes do not fit, Unreadable over a bound, Unsupported where a node
    has no value.
    """
    a, b = expanded(answer, table), expanded_key(key, table)
    if a == b and special == PLAIN:
        return Equal("the same formula")
    asked = question(a, b, table)
    if letters := _without_recurrence(asked):
        found = _decide(letters, special)
        if isinstance(found, Equal) and found.proved:
            return found
    if asked.ties:  # a fortiori, were these numbers others than the sizes
        found = _decide(replace(asked, tied=frozenset()), special)
        if isinstance(found, Equal):
            return found
    return _decide(asked, special)


def _without_recurrence(asked: Question) -> Question | None:
    """What has no recurrence in an integer (x^(n²), binom(2n, n)) as letters of its own: equal so
    is equal.
    """
    names = frozenset(asked.variables)
    if not names:
        return None
    letters: dict[Node, Node] = {}
    trees = [_lettered(t, names, asked.table, letters) for t in asked.trees]
    if not letters:
        return None
    added = {letter.of: Symbol(letter.of, "scalar") for letter in letters.values()}
    return question(trees[0], trees[1], asked.table.with_symbols(added))


def _lettered(node: Node, names: frozenset[str], table: Table, letters: dict[Node, Node]) -> Node:
    if node.op == "sum" or node.names.isdisjoint(names):
        return node
    power = node.op == "pow" and not node.args[1].names.isdisjoint(names)
    if (power and shape(node.args[0], table) == NUMBER and not _is_geometric(node, names)) or (
        node.op == "call" and node.of == "binom" and not node.args[1].names.isdisjoint(names)
    ):
        return letters.setdefault(node, sym(f"letter {len(letters)}"))
    return rebuilt(node, lambda child: _lettered(child, names, table, letters))


def _is_geometric(node: Node, names: frozenset[str]) -> bool:
    """c^(linear), c free of the integers."""
    base, exponent = node.args
    return base.names.isdisjoint(names) and _degree(exponent, names) <= 1


def _degree(node: Node, names: frozenset[str]) -> int:
    """The degree in the integers, 2 for whatever is no polynomial of degree 1."""
    if node.names.isdisjoint(names):
        return 0
    if node.op == "sym":
        return 1
    if node.op == "add":
        return max(_degree(x, names) for x in node.args)
    if node.op == "mul":
        return min(sum(_degree(x, names) for x in node.args), 2)
    if node.op == "div" and node.args[1].names.isdisjoint(names):
        return _degree(node.args[0], names)
    return 2


# ------------------------------------------------------------------ sizes


@dataclass(frozen=True)
class Rounds:
    """The sizes to be tried, and why they are not known to suffice, where they are not."""

    sizes: tuple[dict[str, int], ...]
    evidence: str = ""
    shapes: tuple[str, ...] = ()
    refutes_only: bool = False  # what agrees there may differ elsewhere

    @property
    def told(self) -> str:
        if not self.shapes:
            return ""
        tried = "; ".join(", ".join(f"{s} = {r[s]}" for s in self.shapes) for r in self.sizes[:3])
        if self.evidence:
            return f"proved at the sizes {tried} (others: evidence only, {self.evidence})"
        largest = self.sizes[-1]
        reached = ", ".join(f"{s} = {largest[s]}" for s in self.shapes)
        return f"proved for all sizes (up to {reached} suffice)"


def rounds(asked: Question, special: Special) -> Rounds:
    """Which sizes decide, by theorem 3, by theorem 4, or, without a theorem, sizes of six and more
    and small ones.
    """
    names = tuple(s for s in asked.table.sizes if s in asked.shapes)
    numbers = bool(asked.ties) or any(map(has_places, asked.trees))
    if names and special.imposed:
        why = f"{special.imposed} is imposed"
        return Rounds(_allowed(_generic_sizes(asked), asked), why, names, refutes_only=numbers)
    if not names:
        return Rounds((dict.fromkeys(asked.table.sizes, 2),))
    if numbers:
        return _with_numbers(asked, names)
    try:
        need = sufficient_sizes(asked.trees, asked.table, asked.variables)
        return Rounds(_allowed([_distinct(need, asked)], asked), shapes=names)
    except (Unsupported, Unreadable, ZeroDivisionError) as why:
        reason = str(why)
    try:
        if not asked.numbers & asked.shapes:
            need = index_variables(asked.trees, asked.table)
            return Rounds(_allowed(_all_up_to(need, asked), asked), shapes=names)
    except Unsupported:
        pass
    return Rounds(_allowed(_generic_sizes(asked), asked), reason, names)


def _with_numbers(asked: Question, names: tuple[str, ...]) -> Rounds:
    """Where a size or a place is also a number: theorem 4, or else places that can only refute."""
    try:
        need = index_variables(asked.trees, asked.table)
        more = {size: number_degree(asked.trees, size) for size in asked.ties}
        order = place_order(asked.trees) if any(map(has_places, asked.trees)) else 1
        for size, variables in need.items():  # so many places for each variable, all different
            more[size] = more.get(size, 0) + max(variables * (order - 1), 0)
        found = _allowed(_all_up_to(need, asked, more), asked)
        _affordable_rounds(found, asked)
        return Rounds(found, shapes=names)
    except Unsupported as error:
        least = _least(asked)
        few = [{s: least + (at + 2 * i) % 4 for i, s in enumerate(names)} for at in range(4)]
        rest = dict.fromkeys(asked.table.sizes, 2)
        what = ", ".join(sorted(asked.ties)) or "the place in a sum"
        why = f"{what} is also a number, and {error}"
        return Rounds(_allowed([rest | one for one in few], asked), why, names, refutes_only=True)


def _affordable_rounds(found: tuple[dict[str, int], ...], asked: Question) -> None:
    """Raises Unsupported where all these sizes together would take too long."""
    total = 0
    for sizes in found:
        e = Evaluation(Instance(asked.table, sizes), asked.integers)
        total += sum(effort(tree, e) for tree in asked.trees)
        if total > MOST_EFFORT:
            raise Unsupported("too many sizes would have to be tried")


def _least(asked: Question) -> int:
    """Sizes begin here: past every member that is named by a number, and with room for others."""
    return max([1, *(at + 2 for at in asked.literal)])


def _distinct(need: Mapping[str, int], asked: Question) -> dict[str, int]:
    """Sizes that suffice, all different: a product that fits by accident does not fit here."""
    taken: set[int] = set()
    out: dict[str, int] = {}
    for size in sorted(asked.table.sizes, key=lambda s: need.get(s, 0)):
        at = max(need.get(size, 1), _least(asked), 2)
        while at in taken:
            at += 1
        taken.add(at)
        out[size] = at
    return out


def _all_up_to(
    need: Mapping[str, int], asked: Question, more: Mapping[str, int] = MappingProxyType({})
) -> list[dict[str, int]]:
    """1 … 2v for every size with v index variables, and so many more as its degree as a number."""
    names = [s for s in asked.table.sizes if s in asked.shapes]
    least = _least(asked)
    first = max([1, *asked.literal])
    last = {s: max(2 * need.get(s, 1), least, 2) + more.get(s, 0) for s in names}
    ranges = [range(first, last[s] + 1) for s in names]
    if math.prod(map(len, ranges)) > MOST_SIZES * 4:
        raise Unsupported("too many sizes would have to be tried")
    rest = dict.fromkeys(asked.table.sizes, 2)
    return [{**rest, **dict(zip(names, sizes, strict=True))} for sizes in product(*ranges)]


def _generic_sizes(asked: Question) -> list[dict[str, int]]:
    names, least = asked.table.sizes, _least(asked)
    first = {s: max(EVIDENCE, least) + i for i, s in enumerate(names)}
    second = {s: max(EVIDENCE, least) + i for i, s in enumerate(reversed(names))}
    few = {s: max((2, 3, 4, 1)[i % 4], least) for i, s in enumerate(names)}
    ones = dict.fromkeys(names, 1)
    return [few, first, second, ones] if len(names) > 1 else [few, first, ones]


def _allowed(found: list[dict[str, int]], asked: Question) -> tuple[dict[str, int], ...]:
    """With d < n where it is asked; what then is the same is tried once."""
    out: list[dict[str, int]] = []
    for sizes in found:
        for _ in asked.table.smaller:
            for small, large in asked.table.smaller:
                if small in sizes and large in sizes and sizes[small] >= sizes[large]:
                    sizes = {**sizes, large: sizes[small] + 1}
        if sizes not in out:
            out.append(sizes)
    return tuple(out)


# ------------------------------------------------------------------ deciding


def _decide(asked: Question, special: Special) -> Outcome:
    regions = _regions(asked)
    if len(regions) > MOST_REGIONS:
        return Open("too many signs are unknown under roots")
    chosen = rounds(asked, special)
    found = _Found()
    for sizes in chosen.sizes:
        for component in _components(asked, special):
            before = found.met
            verdict = _at_sizes(asked, sizes, regions, component, found)
            if verdict is not None:
                return verdict
            large = all(sizes.get(s, EVIDENCE) >= EVIDENCE for s in chosen.shapes)
            found.large = found.large or (large and found.met > before)
    if not found.met:
        return Open("it is defined at none of the instances tried: it divides by zero")
    return _equal(asked, chosen, found)


@dataclass
class _Found:
    """What has agreed so far."""

    met: int = 0
    large: bool = False  # at sizes that are evidence too
    reached: dict[str, int] = field(default_factory=dict)
    unproved: str = ""
    chance: float = 0.0
    undefined: list[str] = field(default_factory=list)


def _equal(asked: Question, chosen: Rounds, found: _Found) -> Outcome:
    parts = [chosen.told] if chosen.told else []
    if chosen.refutes_only:
        return Open(f"equal at a few sizes, not proved: {chosen.evidence}")
    if chosen.evidence and not found.large:
        return Open("equal at small sizes, and not defined at those of 6 and more")
    if asked.variables and found.unproved:
        places = ", ".join(
            f"{v} = {asked.variables[v]}…{found.reached.get(v, asked.variables[v])}"
            for v in asked.variables
        )
        return Open(f"equal for {places}, not proved beyond: {found.unproved}")
    if asked.variables:
        every_one = ", ".join(f"{v} ≥ {least}" for v, least in asked.variables.items())
        window = ", ".join(
            f"{v} = {least}…{found.reached.get(v, least)}" for v, least in asked.variables.items()
        )
        parts.append(f"{'' if parts else 'proved '}for all {every_one} ({window} suffice)")
    told = "; ".join(parts) or "proved as formulas"
    bits = math.floor(-math.log2(found.chance)) if found.chance else 100
    return Equal(
        f"{told}; chance of error below 2^-{bits}", not chosen.evidence, tuple(found.undefined[:3])
    )


def _regions(asked: Question) -> list[dict[str, int]]:
    """The signs of the numbers under roots: both, where a number may be negative."""
    names: set[str] = set()
    for under in asked.under_roots:
        names |= under or set()
    choices = []
    for name in sorted(names):
        symbol = asked.table.symbols[name]
        known = symbol.least is not None and symbol.least >= 0
        choices.append([(name, 1)] if known else [(name, 1), (name, -1)])
    return [dict(signs) for signs in product(*choices)]


def _components(asked: Question, special: Special) -> Iterator[Special]:
    """Both components of every orthogonal matrix in the question."""
    names = {x.of for t in asked.trees for x in every(t) if x.op == "sym"}
    names |= {s.member[1] for s in asked.table.families.values() if s.member[0]}
    square = [
        s.name
        for s in asked.table.symbols.values()
        if s.name in names
        and s.properties & {"orthogonal", "orthonormal"}
        and s.rows == s.columns
        and f"{s.name} orthogonal" != special.dropped
    ][:MOST_COMPONENTS]
    for chosen in product((False, True), repeat=len(square)):
        reflected = frozenset(n for n, yes in zip(square, chosen, strict=True) if yes)
        yield replace(special, reflected=reflected)


def _at_sizes(
    asked: Question,
    sizes: dict[str, int],
    regions: list[dict[str, int]],
    special: Special,
    found: _Found,
) -> Outcome | None:
    """Try one round of sizes in every region of signs; an outcome that ends it, or None where all
    agrees.
    """
    if not asked.has_roots:
        instance = generic(asked.table, sized(sizes), 0, asked.literal, special)
        return _on_grid(asked, instance, sizes, found, {})
    queue: list[tuple[dict[str, int], dict[Node, int]]] = [(signs, {}) for signs in regions]
    tried = 0
    while queue:
        tried += 1
        if tried > 4 * MOST_REGIONS:
            return Open("too many signs are unknown under roots")
        signs, sums = queue.pop()
        try:
            verdict = _in_region(asked, sizes, special, found, signs, sums)
        except NeedSign as unknown:
            queue += [(signs, {**sums, unknown.of: sign}) for sign in (1, -1)]
            continue
        if verdict is not None:
            return verdict
    return None


def _in_region(
    asked: Question,
    sizes: dict[str, int],
    special: Special,
    found: _Found,
    of_symbols: dict[str, int],
    of_sums: dict[Node, int],
) -> Outcome | None:
    """One region of signs: a point where all roots exist, and all choices of them there."""
    for attempt in range(DRAWS_OF_WINDOWS if asked.variables else DRAWS):
        prime = other(attempt // DRAWS_A_PRIME)
        signs = Signs(prime, of_symbols, dict(of_sums))
        instance = with_roots(
            asked.table, sized(sizes), prime, attempt, asked.literal, special, signs
        )
        try:
            verdict = _on_grid(asked, instance, sizes, found, of_symbols)
            if verdict is not None:
                return verdict
            if len(signs.atoms) > MOST_ROOTS:
                return Open("too many roots")
            for flipped in signs.flips():
                again = with_roots(
                    asked.table, sized(sizes), prime, attempt, asked.literal, special, flipped
                )
                again.values, again.members = instance.values, instance.members
                verdict = _on_grid(asked, again, sizes, found, of_symbols)
                if verdict is not None:
                    return verdict
            return None
        except NoRoot as none:
            if none.args:
                return None  # not defined in this region
    return Open("no point was found where the roots exist modulo a prime")


# ------------------------------------------------------------------ the integers


def _on_grid(
    asked: Question,
    instance: Instance,
    sizes: dict[str, int],
    found: _Found,
    signs: Mapping[str, int],
) -> Outcome | None:
    """All places of the integers that decide, at one instance."""
    if (parted_at := _first_look(asked, instance)) is not None:
        return Different(parted_at, sizes, signs)
    orders, start, why = _window(asked, instance)
    grid = _Grid(asked, instance, orders, start, why)
    furthest = {v: start[v] + orders[v] - 1 for v in asked.variables}
    places = math.prod(furthest[v] - least + 1 for v, least in asked.variables.items())
    affordable(asked.trees, Evaluation(instance, furthest), places)
    try:
        complete = grid.agrees({}, tuple(asked.variables))
    except _Parted as parted:
        return Different(parted.integers, sizes, signs)
    if grid.defined:
        found.met += 1
    if complete is False and grid.defined and not grid.unproved:
        grid.unproved = "it divides by zero again and again"
    found.unproved = found.unproved or grid.unproved
    for name, at in grid.reached.items():
        found.reached[name] = max(found.reached.get(name, at), at)
    last = Evaluation(
        instance, {v: grid.reached.get(v, least) for v, least in asked.variables.items()}
    )
    found.chance = max(found.chance, chance_of_error(asked.answer, asked.key, last))
    for place in grid.undefined[:3]:
        told = ", ".join(f"{n} ≠ {at}" for n, at in place.items())
        if len(place) == 1 and told not in found.undefined:
            found.undefined.append(told)
    return None


def _first_look(asked: Question, instance: Instance) -> dict[str, int] | None:
    """The first of a few places at which they differ: most wrong answers do at once."""
    for up in range(3 if asked.variables else 0):
        place = {v: least + up for v, least in asked.variables.items()}
        e = Evaluation(instance, place)
        affordable(asked.trees, e, 1)
        try:
            if differ(walk(asked.answer, e), walk(asked.key, e)) is not False:
                return place
        except ZeroDivisionError:
            continue
    return None


class _Parted(Exception):
    def __init__(self, integers: Mapping[str, int]) -> None:
        super().__init__(integers)
        self.integers = dict(integers)


def _window(asked: Question, instance: Instance) -> tuple[dict[str, int], dict[str, int], str]:
    """How many consecutive places decide each integer, from where on, and why they do not, where
    they do not.
    """
    least = asked.variables
    orders, start, why = dict.fromkeys(least, 1), dict(least), ""
    if not least:
        return orders, start, why
    try:
        found = _orders(asked, instance)
        total, _, _ = found.total((found.of(asked.answer), found.of(asked.key)))
        orders = {v: max(order(total, at), 1) for at, v in enumerate(least)}
        start = start_of(found.conditions, least)
    except (Unsupported, ZeroDivisionError) as error:
        why = str(error)
    places = math.prod(start[v] - least[v] + orders[v] for v in least)
    if not why and places > MOST_POINTS:
        why = f"{places} places would have to be tried"
    if why:
        tried = TRIED_PLACES if len(least) == 1 else 8
        orders, start = dict.fromkeys(least, tried), dict(least)
    return orders, start, why


def _orders(asked: Question, instance: Instance) -> Orders:
    """At integers where both sides are defined, if some are found."""
    least = asked.variables
    for up in (2, 0, 5):
        tried = Orders(instance, {v: at + up for v, at in least.items()}, tuple(least))
        try:
            for tree in asked.trees:
                walk(tree, tried.evaluation())
            return tried
        except ZeroDivisionError:
            continue
    return Orders(instance, {v: at + 3 for v, at in least.items()}, tuple(least))


@dataclass
class _Grid:
    """Nested windows: each integer in turn over so many consecutive places where both sides are
    defined.
    """

    asked: Question
    instance: Instance
    orders: Mapping[str, int]
    start: Mapping[str, int]
    unproved: str
    reached: dict[str, int] = field(default_factory=dict)
    undefined: list[dict[str, int]] = field(default_factory=list)
    defined: bool = False

    def agrees(self, values: dict[str, int], left: tuple[str, ...]) -> bool:
        """Whether both agree for all of what is left, these values fixed: proved so by the places
        tried.

        False where they are not defined often enough. Raises _Parted where they differ.
        """
        if not left:
            return self.here(values)
        name, *rest = left
        least, begin, wanted = self.asked.variables[name], self.start[name], self.orders[name]
        run, at, last = 0, least, begin + 3 * wanted + 8
        while run < wanted and at <= last:
            here = self.agrees({**values, name: at}, tuple(rest))
            run = run + (at >= begin) if here else 0
            at += 1
        self.reached[name] = max(self.reached.get(name, 0), at - 1)
        return run >= wanted

    def here(self, values: dict[str, int]) -> bool:
        evaluation = Evaluation(self.instance, values)
        try:
            key = walk(self.asked.key, evaluation)
        except ZeroDivisionError:
            return False
        try:
            answer = walk(self.asked.answer, evaluation)
        except ZeroDivisionError:
            self.undefined.append(values)
            return False
        if differ(answer, key) is not False:
            raise _Parted(values)
        self.defined = True
        return True
