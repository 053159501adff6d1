"""The simple changes that turn a wrong answer into a right one, if it is but one of them away."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..formulas.declare import Symbol, Table
from ..formulas.tree import TWO, Node, add, div, mul, negated, norm, num, power, sym, transpose

Edit = tuple[str, Node]


def edits(node: Node, table: Table) -> Iterator[Edit]:
    """Each change with its name, the whole tree changed: cheap ones and likely ones first."""
    yield "transposed", transpose(node)
    yield "sign", negated(node)
    yield from _inside(node)
    yield from _factors(node, table)


def _factors(node: Node, table: Table) -> Iterator[Edit]:
    """Each term multiplied or divided by 2, by a number of the slot, or by the square of a
    vector's norm.
    """
    by = [
        ("2", TWO),
        *((s.name, sym(s.name)) for s in table.symbols.values() if _plain(s, "scalar")),
    ]
    vectors = (s for s in table.symbols.values() if _plain(s, "matrix") and s.columns == "1")
    by += [(f"‖{s.name}‖²", power(norm(sym(s.name)), 2)) for s in vectors]
    terms = node.args if node.op == "add" else (node,)
    for at, term in enumerate(terms):
        for name, factor in by:
            for told, changed in ((f"1/{name}", div(term, factor)), (name, mul(factor, term))):
                yield f"off by the factor {told}", add(*terms[:at], changed, *terms[at + 1 :])


def _plain(symbol: Symbol, kind: str) -> bool:
    return symbol.kind == kind and not symbol.is_family


def _inside(node: Node) -> Iterator[Edit]:
    """One change somewhere inside."""
    rule = _RULES.get(node.op)
    if rule is not None:
        yield from rule(node)
    for at, child in enumerate(node.args):
        for told, other in _inside(child):
            args = (*node.args[:at], other, *node.args[at + 1 :])
            yield told, Node(node.op, args, node.of, node.at)


def _mul(node: Node) -> Iterator[Edit]:
    factors = node.args
    for at in range(len(factors) - 1):
        swapped = (*factors[:at], factors[at + 1], factors[at], *factors[at + 2 :])
        yield "factors swapped", mul(*swapped)
    if len(factors) > 2:
        yield "factors swapped", mul(*reversed(factors))
    for at, factor in enumerate(factors):
        other = factor.args[0] if factor.op == "transpose" else transpose(factor)
        yield "a transpose is missing or too many", mul(*factors[:at], other, *factors[at + 1 :])


def _add(node: Node) -> Iterator[Edit]:
    for at, term in enumerate(node.args):
        yield "a sign is wrong", add(*node.args[:at], negated(term), *node.args[at + 1 :])


def _pow(node: Node) -> Iterator[Edit]:
    base, exponent = node.args
    yield "exponent one too high", power(base, add(exponent, num(-1)))
    yield "exponent one too low", power(base, add(exponent, num(1)))


def _sum(node: Node) -> Iterator[Edit]:
    body, low, high = node.args
    yield "one term too many at the end", Node("sum", (body, low, add(high, num(-1))), node.of)
    yield "one term too few at the end", Node("sum", (body, low, add(high, num(1))), node.of)


_RULES: dict[str, Callable[[Node], Iterator[Edit]]] = {
    "mul": _mul,
    "add": _add,
    "pow": _pow,
    "sum": _sum,
}
