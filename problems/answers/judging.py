"""One answer against one slot: by all its right answers, and no exception for an answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from ..formulas.declare import Table, table
from ..formulas.instance import Unknown
from ..formulas.lexer import MOST_CHARACTERS
from ..formulas.tree import Unreadable
from ..formulas.values import Mismatch
from ..formulas.walk import Unsupported
from ..part import Slot
from .verdict import Verdict, undecided

Judge = Callable[
    ..., Verdict
]  # (text, slot, table, reference): may raise Unreadable and what evaluation raises


def _judge(kind: str) -> Judge:
    """The judge of a kind of slot, imported where it is needed, so that hw8 verify starts fast."""
    if kind in ("scalar", "matrix_expr"):
        from .formulas import decide

        return cast(Judge, decide)
    if kind in ("interval", "inequality"):
        from . import sets

        return sets.decide
    if kind == "complexity":
        from . import rates

        return rates.decide
    if kind in ("choice", "select_all"):
        from . import choices

        return choices.decide
    from . import entries

    return entries.decide


def verdict_of(slot: Slot, text: str) -> Verdict:
    """The verdict on one answer to one slot: right, or one of `also` under its assumption, or wrong
    by all of them.

    Never raises for an answer. Raises ValueError where the slot's own `where` is no declaration.
    """
    return _by_all(text, slot, table(slot.where))


def _by_all(text: str, slot: Slot, symbols: Table) -> Verdict:
    first = guarded(text, slot, symbols)
    if first.verdict == "correct":
        formula = slot.kind in ("scalar", "matrix_expr")  # what of the key was needed is in it
        return first if formula else first.under(*slot.assuming)
    open_one: Verdict | None = None
    for reference, assumption in slot.also.items():
        found = guarded(text, slot, symbols, reference)
        if found.verdict == "correct":
            return found.under(assumption)
        if found.verdict == "undecided":
            open_one = open_one or found
    if first.verdict == "incorrect" and open_one is not None:  # it may be right in another way
        return open_one
    return first


def guarded(text: str, slot: Slot, symbols: Table, reference: str | None = None) -> Verdict:
    """A judge's verdict, with every way of not being readable turned into undecided."""
    if not isinstance(text, str):
        return undecided("an answer is text")
    if len(text) > MOST_CHARACTERS:
        return undecided(
            f"it has {len(text):,} characters, over the bound of {MOST_CHARACTERS:,}",
            MOST_CHARACTERS,
        )
    if not text.strip():
        return undecided("there is nothing to read", 0)
    try:
        return _judge(slot.kind)(text, slot, symbols, reference)
    except Unreadable as error:
        return undecided(error.why, error.at)
    except Unsupported as error:
        return undecided(f"{error} is not decided")
    except Mismatch as error:
        return Verdict("incorrect", "the sizes do not fit", counterexample=str(error))
    except Unknown as error:
        return undecided(str(error))
    except ArithmeticError:  # that of decimals included
        return undecided("it divides by zero, or is over every bound")
    except (RecursionError, MemoryError):
        return undecided("it is nested too deeply, or too large")
