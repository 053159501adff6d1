"""How much work an evaluation is, before any of it is done: the same in every process, whatever is
kept from before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass
from functools import reduce

from ..formulas.instance import Evaluation, Instance, family_counted, whole_number
from ..formulas.shape import shape
from ..formulas.tree import Node, Unreadable
from ..formulas.values import Value
from ..formulas.walk import Bound, walk

MOST = 20_000  # steps of about a microsecond, of one question


@dataclass(frozen=True)
class Effort:
    """The algebra of steps: a number's operation is one, a product of matrices one for eight
    multiplications.
    """

    e: Evaluation

    @property
    def rules(self) -> Mapping[str, Callable[[Effort, Node, Bound], int]]:
        return _RULES

    def kept(self, node: Node, bound: Bound) -> MutableMapping[Node, int] | None:
        return None

    def sizes(self, node: Node) -> tuple[int, int]:
        found = shape(node, self.e.instance.table)
        if found is None:
            return 1, 1
        rows, columns = (
            self.e.instance.size(s) if s.isdigit() or s in self.e.instance.sizes else 1
            for s in found
        )
        return rows, columns


def effort(node: Node, e: Evaluation) -> int:
    """Steps of one evaluation. Unreadable where a bound of a sum cannot be had."""
    return walk(node, Effort(e))


def affordable(trees: tuple[Node, ...], e: Evaluation, times: int) -> None:
    """Raise Unreadable where evaluating these trees so often is over the bound."""
    steps = sum(effort(tree, e) for tree in trees) * times
    if steps > MOST:
        raise Unreadable(f"it takes over {MOST:,} steps to evaluate")


def value_within(node: Node, instance: Instance) -> Value:
    """The value of a tree without integers, where that takes no more than is undertaken. Raises
    Unreadable, and what evaluation raises.
    """
    e = Evaluation(instance, {})
    affordable((node,), e, 1)
    return walk(node, e)


def _parts(s: Effort, node: Node, bound: Bound) -> int:
    return 1 + sum(walk(child, s, bound) for child in node.args)


def _mul(s: Effort, node: Node, bound: Bound) -> int:
    def after(state: tuple[int, int], factor: Node) -> tuple[int, int]:
        steps, rows = state
        r, c = s.sizes(factor)
        return steps + rows * r * c // 8 + walk(factor, s, bound), rows

    first = node.args[0]
    return reduce(after, node.args[1:], (1 + walk(first, s, bound), s.sizes(first)[0]))[0]


def _pow(s: Effort, node: Node, bound: Bound) -> int:
    base, exponent = node.args
    n = s.sizes(base)[0]
    try:
        to = exponent.of if exponent.op == "num" else whole_number(exponent, s.e, bound)
    except ZeroDivisionError:
        to = 1
    products = 2 if exponent.op != "num" else 2 * int(abs(to)).bit_length()
    products += 4 if to < 0 else 0
    return 1 + walk(base, s, bound) + walk(exponent, s, bound) + products * (1 + n**3 // 8)


def _sum(s: Effort, node: Node, bound: Bound) -> int:
    """Every term as dear as the dearer of the first and the last."""
    body, low, high = node.args
    ends = s.e.tied() if family_counted(body, node.of) else s.e
    first, last = whole_number(low, ends, bound), whole_number(high, ends, bound)
    dearest = max(walk(body, s, {**bound, node.of: at}) for at in {first, last})
    steps = 2 + max(last - first + 1, 1) * (1 + dearest)
    if steps > MOST:
        raise Unreadable(f"it takes over {MOST:,} steps to evaluate")
    return steps


def _diag(s: Effort, node: Node, bound: Bound) -> int:
    n = s.sizes(node)[0]
    inner = {**bound, node.of: 1} if node.of else bound
    return 1 + n * n // 8 + (n if node.of else 1) * sum(walk(x, s, inner) for x in node.args)


_RULES: dict[str, Callable[[Effort, Node, Bound], int]] = {
    **dict.fromkeys(("add", "div", "transpose", "norm", "abs", "grid", "call"), _parts),
    **dict.fromkeys(("num", "sym", "elem", "ident"), lambda s, node, bound: 1),
    "mul": _mul,
    "pow": _pow,
    "sum": _sum,
    "diag": _diag,
}
