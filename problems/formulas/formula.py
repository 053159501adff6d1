"""A formula of a key: one text, and everything that it means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Protocol

from .declare import Table, table
from .instance import evaluated, given
from .reader import chained, expression, growth
from .tree import Node
from .values import Value, single
from .write import latex, shown


class Asked(Protocol):
    """A slot, as far as its formula goes."""

    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> Any: ...
    @property
    def right(self) -> str: ...
    @property
    def where(self) -> str: ...


@dataclass(frozen=True, eq=False)
class Formula:
    """One text with its declarations. `called` is what stands left of its =; a growth rate is the
    tree inside O(…).
    """

    text: str
    where: str = ""
    is_rate: bool = False

    @cached_property
    def table(self) -> Table:
        return table(self.where)

    @cached_property
    def _read(self) -> tuple[tuple[str, ...], Node]:
        if self.is_rate:
            return (), growth(self.text, self.table.names)
        *called, right = chained(self.text)
        return tuple(called), expression(right, self.table.names)

    @property
    def called(self) -> tuple[str, ...]:
        """What it calls itself: K_l, A^L, a."""
        return self._read[0]

    @property
    def tree(self) -> Node:
        return self._read[1]

    @property
    def right(self) -> str:
        """The text itself, without what it calls itself."""
        return self.text if self.is_rate else chained(self.text)[-1]

    @property
    def unicode(self) -> str:
        """One line, as people read it."""
        return f"O({shown(self.tree)})" if self.is_rate else shown(self.tree)

    @property
    def latex(self) -> str:
        return f"O\\left({latex(self.tree)}\\right)" if self.is_rate else latex(self.tree)

    def value(self, symbols: Mapping[str, Any]) -> Value:
        """Its exact value where the symbols have these, as `instance.given` reads them; raises as
        `instance.evaluated`.
        """
        return evaluated(self.tree, given(self.table, symbols))

    def entries(self, symbols: Mapping[str, Any], index: str, count: int) -> Value:
        """The column of its values at index = 1 … count: what it says of an entry, said of all."""
        here = given(self.table, symbols)
        at = range(1, count + 1)
        return tuple((single(evaluated(self.tree, here, {index: i})),) for i in at)

    def sympy(self, symbols: Mapping[str, Any] | None = None) -> Any:
        """As a sympy expression; the symbols are those given, or symbols of the same names that do
        not commute.
        """
        from .symbolic import expressed  # sympy: not before a proof is wanted

        return expressed(self.tree, symbols or {}, self.table)


def formula(key: Sequence[Asked], name: str, text: str = "") -> Formula:
    """The formula of a slot, or another text in the slot's symbols."""
    slot = next(slot for slot in key if slot.name == name)
    return _read_once(text or slot.right, slot.where, slot.kind == "complexity")


@lru_cache(maxsize=1024)
def _read_once(text: str, where: str, is_rate: bool) -> Formula:
    return Formula(text, where, is_rate)
