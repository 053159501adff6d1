"""From which sizes on an identity between index sums is settled for all sizes: the index variables
of its products.

Theorem 4 of the notes on deciding: polynomials in the entries of matrices, vectors and
families, summed over whole index ranges, are combinations of coloured graphs on index
variables. If no product has more than v index variables of a size, equality at the v + 1
consecutive sizes v … 2v is equality at all sizes ≥ v; those below are tried one by one.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable

from ..formulas.declare import Symbol, Table
from ..formulas.instance import family_counted
from ..formulas.shape import NUMBER, shape
from ..formulas.tree import ONE, Node, every, sym
from ..formulas.walk import Unsupported
from ..formulas.write import shown

MOST_VARIABLES = 4
MOST_DEGREE = 12
Count = dict[
    str, tuple[int, int]
]  # size -> (index variables of sums, slots of matrices and vectors)


def index_variables(trees: Iterable[Node], table: Table) -> dict[str, int]:
    """Size -> the most index variables of it in one product. Raises Unsupported where the theorem
    does not apply.
    """
    trees = tuple(trees)
    counts: Count = {}
    for tree in trees:
        counts = _merged(counts, _count(tree, table), max)
    result = next((s for s in (shape(t, table) for t in trees) if s not in (None, NUMBER)), NUMBER)
    ends = [size for size in result or () if not size.isdigit()]
    ends += [_counting(f, table) for f in _free_members(trees, table)]
    out = {
        size: variables + (slots + ends.count(size) + 1) // 2
        for size, (variables, slots) in counts.items()
    }
    if max(out.values(), default=0) > MOST_VARIABLES:
        raise Unsupported(f"{max(out.values())} index variables of one size")
    return out


def _free_members(trees: Iterable[Node], table: Table) -> set[str]:
    """Families one of whose members is named by an index that nothing binds."""
    return {
        x.of
        for t in trees
        for x in every(t)
        if x.op == "elem" and not x.args[0].names.isdisjoint(t.names)
    }


def _counting(name: str, table: Table) -> str:
    """The size that counts the members of a family, or the entries of a vector."""
    if name in table.families:
        return table.count_of(table.families[name])
    of = table.symbols.get(name)
    if of is None or of.columns != "1":
        raise Unsupported(f"entries of {name}")
    return of.rows


def _merged(a: Count, b: Count, how: Callable[[int, int], int]) -> Count:
    nothing = (0, 0)
    return {
        size: (
            how(a.get(size, nothing)[0], b.get(size, nothing)[0]),
            how(a.get(size, nothing)[1], b.get(size, nothing)[1]),
        )
        for size in {*a, *b}
    }


def _total(counts: Iterable[Count]) -> Count:
    out: Count = {}
    for count in counts:
        out = _merged(out, count, operator.add)
    return out


def _count(node: Node, table: Table) -> Count:
    """The index variables of the product with most of them."""
    rule = _RULES.get(node.op)
    if rule is None:
        raise Unsupported(f"{shown(node)} is no polynomial in entries")
    return rule(node, table)


def _local(node: Node, table: Table) -> bool:
    """Whether a number depends on the members at one index only: any function of those may be."""
    matrices = [x for x in every(node) if x.op == "sym" and shape(x, table) != NUMBER]
    return not matrices and len({x.args[0] for x in every(node) if x.op == "elem"}) <= 1


def _add(node: Node, table: Table) -> Count:
    out: Count = {}
    for term in node.args:
        out = _merged(out, _count(term, table), max)
    return out


def _div(node: Node, table: Table) -> Count:
    if not _local(node.args[1], table):
        raise Unsupported(f"division by {shown(node.args[1])}")
    return _total(_count(x, table) for x in node.args)


def _pow(node: Node, table: Table) -> Count:
    base, exponent = node.args
    if shape(base, table) == NUMBER and _local(base, table):
        return _count(base, table)
    if exponent.op != "num" or exponent.of.denominator > 1 or exponent.of < 0:
        raise Unsupported(f"{shown(node)} is no polynomial in entries")
    return _total([_count(base, table)] * int(exponent.of))


def _slots(symbol: Symbol) -> Count:
    if symbol.value or symbol.properties & {"orthogonal", "orthonormal"}:
        raise Unsupported(f"{symbol.name} is made of others, or orthogonal")
    return _total(
        {size: (0, 1)} for size in (symbol.rows, symbol.columns) if size and not size.isdigit()
    )


def _symbol(node: Node, table: Table) -> Count:
    symbol = table.symbols.get(node.of)
    return _slots(symbol) if symbol is not None and symbol.kind == "matrix" else {}


def _member(node: Node, table: Table) -> Count:
    """The slots of a member besides its index, which the sum counts."""
    if any(at.op not in ("sym", "num") for at in node.args):
        raise Unsupported(f"{shown(node)} is counted in another way")
    if node.of not in table.families:
        _slots(table.symbols[node.of])
        _counting(node.of, table)
        return {}
    family = table.families[node.of]
    how, whole = family.member
    of = table.symbols[whole] if how else family
    _slots(of)
    left = {"row": of.columns, "column": of.rows}.get(how, "") if how else family.rows
    more = family.columns if not how else "1"
    return _total({size: (0, 1)} for size in (left, more) if size and not size.isdigit())


def _sum(node: Node, table: Table) -> Count:
    body, low, high = node.args
    counted = family_counted(body, node.of)
    if not counted and low == ONE and high.op == "sym" and high.of in table.sizes:
        return _count(body, table)  # n times what does not depend on the index
    if not counted or low != ONE or high != sym(_counting(counted, table)):
        raise Unsupported("a sum over a part of a family, or over none")
    return _total([{_counting(counted, table): (1, 0)}, _count(body, table)])


def _diag(node: Node, table: Table) -> Count:
    if not node.of:
        raise Unsupported(f"{shown(node)} is no polynomial in entries")
    size = table.count_of(table.families[family_counted(node.args[0], node.of)])
    return _total([{size: (1, 2)}, _count(node.args[0], table)])


_RULES: dict[str, Callable[[Node, Table], Count]] = {
    "num": lambda node, table: {},
    "ident": lambda node, table: {},
    "sym": _symbol,
    "elem": _member,
    "add": _add,
    "mul": lambda node, table: _total(_count(x, table) for x in node.args),
    "div": _div,
    "pow": _pow,
    "transpose": lambda node, table: _count(node.args[0], table),
    "norm": lambda node, table: _total([_count(node.args[0], table)] * 2),
    "sum": _sum,
    "diag": _diag,
}


# ------------------------------------------------------------------ places that are numbers


def has_places(node: Node) -> bool:
    """Whether a sum over members makes a number of its index: Σ i·x_i."""
    counted = node.op == "sum" and family_counted(node.args[0], node.of)
    return bool(counted and _is_number(node.args[0], node.of)) or any(map(has_places, node.args))


def _is_number(node: Node, index: str) -> bool:
    """Whether an index stands outside of the places of members and the ends of sums over them."""
    if node.op == "sym" or index not in node.names or node.op == "elem":
        return node.op == "sym" and node.of == index
    inner = node.args
    if node.op == "sum" and family_counted(node.args[0], node.of):
        inner = node.args[:1]
    return any(_is_number(child, index) for child in inner)


def place_order(trees: Iterable[Node]) -> int:
    """The order of the recurrence in each place that the coefficients of members obey, as
    functions of it.

    They are polynomials, and powers κ^i times polynomials. Raises Unsupported where they are none.
    """
    powers, degree = 0, 0
    for tree in trees:
        more, to = _as_places(tree, frozenset())
        powers, degree = powers + more, max(degree, to)
    return (powers + 1) * (degree + 1)


def _as_places(node: Node, indices: frozenset[str]) -> tuple[int, int]:
    """How many κ other than 1, and the degree, in any one of the indices."""
    if node.op == "sum":
        return _as_places(node.args[0], indices | {node.of})
    has_sum = any(x.op == "sum" for x in every(node))
    if node.op == "elem" or (indices.isdisjoint(node.names) and not has_sum):
        return 0, 0
    if node.op == "sym":
        return 0, 1
    if node.op == "pow":
        return _power_of_place(node, indices)
    if node.op == "div" and indices.isdisjoint(node.args[1].names):
        return _as_places(node.args[0], indices)
    found = [_as_places(child, indices) for child in node.args]
    if node.op in ("add", "transpose"):
        return sum(powers for powers, _ in found), max(degree for _, degree in found)
    if node.op == "mul":
        return math.prod(p + 1 for p, _ in found) - 1, sum(degree for _, degree in found)
    raise Unsupported(f"{shown(node)} as a function of a place")


def _power_of_place(node: Node, indices: frozenset[str]) -> tuple[int, int]:
    base, exponent = node.args
    if indices.isdisjoint(base.names) and _as_places(exponent, indices) == (0, 1):
        return 1, 0
    if exponent.op == "num" and exponent.of.denominator == 1 and 0 < exponent.of <= MOST_DEGREE:
        powers, degree = _as_places(base, indices)
        times = int(exponent.of)
        return (powers + 1) ** times - 1, degree * times
    raise Unsupported(f"{shown(node)} as a function of a place")


# ------------------------------------------------------------------ sizes that are numbers


def number_degree(trees: Iterable[Node], size: str) -> int:
    """The degree of a size as a number in the difference of two trees, over their denominators in
    it.

    A combination of graphs whose coefficients are quotients of such polynomials is 0 at all
    sizes if it is at so many more places. Raises Unsupported where they are none.
    """
    (a, b), (c, d) = (_degrees(tree, size) for tree in trees)
    return max(a + d, c + b)


def _degrees(node: Node, size: str) -> tuple[int, int]:
    """The degrees above and below the line."""
    if node.op == "elem" or size not in node.names:
        return 0, 0
    if node.op == "sym":
        return 1, 0
    if node.op == "sum":
        top, bottom = _degrees(node.args[0], size)
        return top + (not family_counted(node.args[0], node.of)), bottom
    found = [_degrees(child, size) for child in node.args]
    if node.op in ("mul", "transpose"):
        return sum(top for top, _ in found), sum(bottom for _, bottom in found)
    if node.op == "add":
        below = sum(bottom for _, bottom in found)
        return max(top + below - bottom for top, bottom in found), below
    if node.op == "div":
        (top, bottom), (under, over) = found
        return top + over, bottom + under
    if node.op == "pow" and node.args[1].op == "num" and node.args[1].of.denominator == 1:
        times = abs(int(node.args[1].of))
        top, bottom = found[0]
        return (
            (times * top, times * bottom) if node.args[1].of > 0 else (times * bottom, times * top)
        )
    raise Unsupported(f"{shown(node)} is no quotient of polynomials in {size}")
