"""The types every part is written in; standard library only, so that listing imports no solver."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from .formulas.formula import Formula

CheckKind = Literal["proof", "key", "check", "twin"]
SlotKind = Literal[
    "number",
    "vector",
    "matrix",
    "scalar",
    "matrix_expr",
    "interval",
    "inequality",
    "complexity",
    "choice",
    "select_all",
]
Watch = Callable[[str, int, int], None]  # called as watch(what, done, of_how_many) while it runs


class InputError(ValueError):
    """The question was ill-posed; the message names the option, the value and the fix."""


@dataclass(frozen=True, slots=True)
class Slot:
    """What is asked and what is right. Literals only: it is read without importing the part.

    `right` is the formula that everything is held against; what stands left of its = is what an
    answer may call itself. `where` declares its symbols, in the notation of `formulas/declare.py`.
    `also` maps other right answers to the assumption under which they are; `facts` are true
    statements that an answer may add; `twins` are wrong answers by what is wrong. `form` says what
    an answer may not use, as "no matrix power in L": equal but restated is no answer.
    """

    name: str
    kind: SlotKind
    right: str
    where: str = ""
    also: Mapping[str, str] = field(default_factory=dict)
    assuming: tuple[str, ...] = ()
    form: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    twins: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the worked solution: a heading, what it equals, and why.

    The value is the name of an entry of the answer or the working (or the path to a part of one),
    or a formula of the key: a step cannot show a number of its own, so what people read is what is
    checked.
    """

    title: str
    value: str | tuple[str, ...] | Formula | None
    why: str


@dataclass(frozen=True, slots=True)
class Check:
    """One claim and what became of it. A value, so it cannot be dropped unseen.

    The claim is the same text for every input; what depends on the numbers stands in the evidence.
    """

    claim: str
    passed: bool
    evidence: str = ""
    kind: CheckKind = "check"
    on: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """A formula slot at some numbers: its symbols' values, and what the solver found there."""

    slot: str
    symbols: Mapping[str, Any]
    value: Any


@dataclass(frozen=True, slots=True)
class Solution:
    """What a solver returns: the answer by slot, what was found on the way, how it was reached."""

    answer: Mapping[str, Any]
    steps: tuple[Step, ...]
    working: Mapping[str, Any] = field(default_factory=dict)

    def entry(self, name: str) -> Any:
        """An entry of the answer or the working."""
        return self.answer[name] if name in self.answer else self.working[name]

    def having(self, name: str, value: Any) -> Solution:
        """The same with something else in an entry."""
        if name in self.answer:
            return replace(self, answer={**self.answer, name: value})
        return replace(self, working={**self.working, name: value})

    def value(self, step: Step) -> Any:
        """What a step shows."""
        if not isinstance(step.value, str | tuple):
            return step.value
        name, *path = (step.value,) if isinstance(step.value, str) else step.value
        found = self.entry(name)
        for key in path:
            found = found[key]
        return found


@dataclass(frozen=True, slots=True)
class Report:
    """One run of one part: what the renderers see."""

    part: Part
    inputs: Mapping[str, Any]
    solution: Solution
    checks: tuple[Check, ...]
    seconds: float

    @property
    def ok(self) -> bool:
        """True if there was something to check and all of it passed."""
        return bool(self.checks) and all(c.passed for c in self.checks)


@dataclass(frozen=True, slots=True)
class Part:
    """A homework part that has been found but not yet imported.

    Its module holds `solve`, `prove`, `check`, `cases` (where its key is held against numbers),
    `GENERIC` (inputs outside the homework's blind spots, one for each branch of `solve`), ILL_POSED
    where there is such a thing (inputs that must be refused, each with the option that the refusal
    begins with) and, last, `KEY`.
    """

    id: str
    command: str
    title: str
    path: str = field(repr=False)

    def load(self) -> Any:
        """Import the solver."""
        return import_module(f"problems.{self.path.rpartition('/')[2].removesuffix('.py')}")
