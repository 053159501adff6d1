"""The judge of a part: its key is the solver's, its checks hold, its wrong twins fail, and what it
shows is guarded.

Nothing here asks the solver about itself: the key's texts are evaluated at each instance, the
part's own `check` goes another way, and every entry of the solution is changed to see that some
check notices.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property, partial
from itertools import chain, islice, zip_longest
from typing import Any

import numpy as np
import sympy as sp

from .exact.cost import Cost, counts, tight
from .exact.numbers import in_float64, within_float64
from .formulas.formula import Formula, formula
from .formulas.instance import Unknown
from .formulas.sets import RealSet, between, points
from .formulas.tree import OverBound, Unreadable
from .formulas.values import Mismatch, differ, exactly, plain, product_of, transposed
from .part import Case, Check, InputError, Part, Report, Slot, Solution

_FORMULAS = ("scalar", "matrix_expr", "complexity")
_SHAPELESS = ("interval", "inequality", "choice", "select_all")
Tried = Callable[[], Iterable[Check]]  # the checks of something wrong
AGREE = 1e-9  # of the largest entry: how far floating results may be from exact ones


@dataclass(frozen=True, eq=False)
class Instance:
    """One set of inputs of a part, and what its solver made of them."""

    module: Any
    inputs: Mapping[str, Any]
    on: str

    @cached_property
    def found(self) -> Solution:
        with within_float64():
            solution: Solution = self.module.solve(**self.inputs)
        return solution

    @cached_property
    def refusal(self) -> str:
        """Why the solver refuses these inputs; nothing where it does not."""
        try:
            _ = self.found
        except InputError as error:
            return str(error)
        return ""

    @cached_property
    def cases(self) -> tuple[Case, ...]:
        """Where the key's formulas are held against these numbers; none in floating point."""
        return tuple(self.module.cases(self.found, **self.inputs))

    def of_slot(self, name: str) -> list[Case]:
        return [case for case in self.cases if case.slot == name]

    def checks(self, found: Solution | None = None) -> Iterator[Check]:
        """The part's own checks, of what was found or of something in its place."""
        with within_float64():
            yield from self.module.check(self.found if found is None else found, **self.inputs)

    @property
    def is_exact(self) -> bool:
        return not any(_has_float(value) for value in self.inputs.values()) and not self.inputs.get(
            "floating"
        )

    @cached_property
    def floated(self) -> Instance | None:
        """The same inputs in float64.

        None where there is nothing to convert, or float64 refuses them.
        """
        inputs = {name: in_float64(value) for name, value in self.inputs.items()}
        if "floating" in self.module.solve.__annotations__ and self.is_exact:
            inputs["floating"] = True
        other = Instance(self.module, inputs, f"{self.on} in float64")
        return None if other.is_exact else other


def _has_float(value: Any) -> bool:
    if isinstance(value, np.ndarray):
        return value.dtype.kind in "fc"
    if isinstance(value, tuple):
        return any(map(_has_float, value))
    return isinstance(value, float)


def run(part: Part, **inputs: Any) -> Report:
    """Solve, prove, and check: on these inputs, and on the first generic instance."""
    began, module = time.perf_counter(), part.load()
    asked, generic, *_ = instances_of(module, inputs)
    checks = (*proved(module), *tried(asked), *tried(generic), *_on(generic, agreement(generic)))
    return Report(part, inputs, asked.found, checks, time.perf_counter() - began)


def examine(part: Part, **inputs: Any) -> Report:
    """`run` on all generic instances, exact and floating; all twins, and every entry changed."""
    began, module = time.perf_counter(), part.load()
    instances = instances_of(module, inputs)
    checks = tuple(examined(module, instances))
    return Report(part, inputs, instances[0].found, checks, time.perf_counter() - began)


def instances_of(module: Any, inputs: Mapping[str, Any]) -> list[Instance]:
    """These inputs, and the part's generic ones: each is solved once, whoever asks."""
    generic = (Instance(module, g, f"generic {at}") for at, g in enumerate(module.GENERIC, 1))
    return [Instance(module, inputs, "these inputs"), *generic]


def examined(module: Any, instances: list[Instance]) -> Iterator[Check]:
    """All that `examine` asks, one check at a time: who wants a verdict may stop at a fault."""
    if unread := [*unreadable(module.KEY)]:
        yield from unread  # nothing can be held against what means nothing
        return
    yield from shown_once(instances)
    yield from same_formulas(module, instances)
    yield from _noted(instances, claims := Claims())
    yield from some_float(instances)
    yield from refusals(module)
    yield from proved(module)
    for slot in module.KEY:
        yield from judged(slot, module, instances, claims)
    yield from changed_entries(module, instances, claims)
    yield from claims.vacuous()


@dataclass(frozen=True, eq=False)
class Claims:
    """What has been claimed so far.

    Which texts of the key held, which checks there are, and what fails them.
    """

    agreed: set[str] = field(default_factory=set)
    checks: dict[str, None] = field(default_factory=dict)
    fallible: set[str] = field(default_factory=set)
    kept: dict[str, list[Tried]] = field(default_factory=dict)

    def note(self, check: Check) -> Check:
        """The same check, remembered."""
        if check.kind == "check":
            self.checks[check.claim] = None
        elif check.kind == "key" and check.passed:
            self.agreed.add(check.claim)
        return check

    def failed(self, what: str, checks: Tried) -> str:
        """The first claim that fails among these checks of something wrong.

        Nothing where all pass.
        """
        self.kept.setdefault(what, []).append(checks)
        first = next((c.claim for c in checks() if not c.passed), "")
        self.fallible.update([first] if first else [])
        return first

    def vacuous(self) -> Iterator[Check]:
        """Every check that nothing wrong has failed, though all that was wrong is tried on it."""
        for checks in chain.from_iterable(zip_longest(*self.kept.values())):
            if self.checks.keys() <= self.fallible:
                return
            self.fallible.update(c.claim for c in checks() if not c.passed) if checks else None
        for claim in self.checks:
            if claim not in self.fallible:
                evidence = "nothing does: it would pass anything"
                yield Check(f"something fails: {claim}", False, evidence, "twin")


def _noted(instances: list[Instance], claims: Claims) -> Iterator[Check]:
    """Every instance tried, in exact arithmetic and in float64."""
    for instance in instances:
        yield from _on(instance, guarded(instance))
        yield from map(claims.note, tried(instance))
        yield from map(claims.note, _on(instance, agreement(instance)))
        if instance.is_exact and instance.floated is not None and not instance.floated.refusal:
            yield from map(claims.note, _on(instance.floated, instance.floated.checks()))
        yield from _on(instance, exact_throughout(instance))


def proved(module: Any) -> Iterator[Check]:
    return (replace(c, kind="proof") for c in module.prove())


def tried(instance: Instance) -> Iterator[Check]:
    """The part's own checks, and the key against what was found."""
    yield from _on(instance, instance.checks())
    if instance.is_exact:
        yield from _on(instance, (c for s in instance.module.KEY for c in held(s, instance)))


def _on(instance: Instance, checks: Iterable[Check]) -> Iterator[Check]:
    return (replace(c, on=instance.on) for c in checks)


# ------------------------------------------------------------------ the key against the solver


def unreadable(key: Iterable[Slot]) -> Iterator[Check]:
    """The right texts that are no formula of their slot."""
    for slot in key:
        for text in (slot.right, *slot.also) if slot.kind in _FORMULAS else ():
            try:
                _ = formula((slot,), slot.name, text).tree
            except Unreadable as error:
                yield Check(f"{slot.name}: {text}", False, error.why, "key")


def texts_value(slot: Slot, text: str, case: Case) -> Any:
    """What a text in a slot's language means at a case.

    Raises Mismatch, ZeroDivisionError, Unreadable.
    """
    if slot.kind in ("interval", "inequality"):
        from .answers.sets import read

        return read(text)
    if slot.kind in ("choice", "select_all"):
        return frozenset(word.strip() for word in text.split(","))
    told = formula((slot,), slot.name, text)
    if index := _entry_of(slot, told):
        return told.entries(case.symbols, index, len(case.value))
    return told.value(case.symbols)


def _entry_of(slot: Slot, told: Formula) -> str:
    """The index of a text that is about one entry, as i of a_i where the slot asks for a."""
    whole = formula((slot,), slot.name).called
    split = (name.partition("_") for name in told.called)
    return next((index for base, mark, index in split if mark and base in whole), "")


def equals(slot: Slot, value: Any, case: Case) -> bool:
    """Whether a text's value is what the solver found.

    Raises Mismatch where the sizes do not fit.
    """
    if slot.kind in _SHAPELESS:
        return bool(value == case.value)
    found = exactly(case.value)
    if slot.kind in ("vector", "number") and isinstance(value, tuple) and len(value) == 1:
        value = transposed(value)
    return differ(value, plain(found) if not isinstance(found, tuple) else found) is False


def held(slot: Slot, instance: Instance) -> Iterator[Check]:
    """The key's text, and every other right one, has the solver's value at every case."""
    texts = () if slot.kind == "complexity" else ((slot.right, ""), *slot.also.items())
    for text, assumption in texts:  # of rates, `rated` is the judge; their cases serve the facts
        met = 0
        for case in instance.of_slot(slot.name):
            told = f"{slot.name}: {text}"
            try:
                if not equals(
                    slot,
                    texts_value(slot, text, _assumed(slot, case, assumption)),
                    _assumed(slot, case, assumption),
                ):
                    yield Check(
                        told, False, f"the solver found another value at {_at(case)}", "key"
                    )
                    return
            except ZeroDivisionError:
                if not slot.assuming:
                    yield Check(
                        told,
                        False,
                        f"it divides by zero at {_at(case)}, and assumes nothing",
                        "key",
                    )
                    return
                continue
            except OverBound:
                continue  # the generic instances are small
            except Unknown:
                continue  # a case that does not give all its symbols
            except (Mismatch, Unreadable) as error:
                yield Check(told, False, f"{error} at {_at(case)}", "key")
                return
            met += 1
        if met:
            yield Check(
                f"{slot.name}: {text}", True, f"the solver's value at {met} of these numbers", "key"
            )
    yield from facts(slot, instance)


def _assumed(slot: Slot, case: Case, assumption: str) -> Case:
    """The case with what an assumption says put in: δ = 0, as …"""
    name, equals_sign, rest = assumption.partition(" = ")
    number = rest.split(",")[0].split(";")[0].strip()
    if not equals_sign or name not in case.symbols or not number.lstrip("-").isdigit():
        return case
    put = Fraction(number)

    def changed(value: Any) -> Any:
        return np.vectorize(lambda x: put if x == case.symbols[name] else x, otypes=[object])(value)

    return Case(case.slot, {**case.symbols, name: put}, changed(case.value))


def facts(slot: Slot, instance: Instance) -> Iterator[Check]:
    """Every statement that an answer may add is true: of a symbol, another slot, or a rate."""
    for fact in slot.facts:
        told = f"{slot.name}: {fact}"
        if fact.startswith("O("):
            rates = [
                t
                for other in instance.module.KEY
                if other.kind == "complexity"
                for t in (other.right, *other.also)
            ]
            yield Check(told, fact in rates, "a rate of the key", "key")
            continue
        left, _, right = fact.partition(" = ")
        others = [
            other
            for other in instance.module.KEY
            if left in formula(instance.module.KEY, other.name).called
        ]
        if others:
            yield from _fact_of(others[0], right, instance, told)
            continue
        yield from _fact_of_symbols(slot, left, right, instance, told)


def _fact_of_symbols(
    slot: Slot, left: str, right: str, instance: Instance, told: str
) -> Iterator[Check]:
    """A fact about the slot's symbols, or about what the solver found and the cases name: W = …"""
    every = instance.of_slot(slot.name)
    cases = [case for case in every if left in case.symbols] or every
    for case in cases:
        try:
            alike = _alike(slot, left, right, case)
        except (Mismatch, Unreadable) as error:
            yield Check(told, False, f"{error} at {_at(case)}", "key")
            return
        if not alike:
            yield Check(told, False, f"not at {_at(case)}", "key")
            return
    if cases:
        yield Check(told, True, f"both sides alike at {len(cases)} of these numbers", "key")


def _alike(slot: Slot, left: str, right: str, case: Case) -> bool:
    value = Formula(right, slot.where).value(case.symbols)
    found = exactly(case.symbols.get(left))
    if found is None:
        found = Formula(left, slot.where).value(case.symbols)
    if isinstance(found, tuple) and value == 0:
        value = product_of(found, 0, 0)  # C_0 = 0 is said of a matrix
    return differ(found, value) is False


def _fact_of(other: Slot, text: str, instance: Instance, told: str) -> Iterator[Check]:
    """A fact about what another slot asks, in that slot's symbols."""
    met = 0
    for case in instance.of_slot(other.name):
        try:
            if not equals(other, Formula(text, other.where).value(case.symbols), case):
                yield Check(told, False, f"not at {_at(case)}", "key")
                return
        except (ZeroDivisionError, OverBound):
            continue
        except (Mismatch, Unreadable) as error:
            yield Check(told, False, f"{error} at {_at(case)}", "key")
            return
        met += 1
    if met:
        yield Check(told, True, f"at {met} of these numbers", "key")


def _at(case: Case) -> str:
    return (
        ", ".join(f"{name} = {_short(value)}" for name, value in case.symbols.items())
        or "the sheet's numbers"
    )


def _short(value: Any) -> str:
    text = str(value.tolist() if isinstance(value, np.ndarray) else value)
    return text if len(text) <= 60 else text[:57] + "…"


# ------------------------------------------------------------------ twins


def judged(slot: Slot, module: Any, instances: list[Instance], claims: Claims) -> Iterator[Check]:
    """Each right text is held somewhere, each twin refuted where it is wrong.

    The verifier agrees.
    """
    if slot.kind == "complexity":
        yield from rated(slot, module)
        yield from _met(slot, instances)
    else:
        for text in (slot.right, *slot.also):
            if f"{slot.name}: {text}" not in claims.agreed:
                told = f"{slot.name}: {text}: is held against the solver"
                yield Check(told, False, "at no instance", "key")
        for name, text in slot.twins.items():
            yield refuted(slot, name, text, instances, claims)
    if len(slot.twins) < 3:
        yield Check(f"{slot.name} has three wrong twins", False, f"{len(slot.twins)} twins", "twin")
    yield from verified(slot, module)


def _met(slot: Slot, instances: list[Instance]) -> Iterator[Check]:
    """The facts of a rate are held at some case."""
    if any(not fact.startswith("O(") for fact in slot.facts) and not any(
        instance.of_slot(slot.name) for instance in instances if instance.is_exact
    ):
        yield Check(f"{slot.name}: its facts are held", False, "at no instance", "key")


def rated(slot: Slot, module: Any) -> Iterator[Check]:
    """Each right rate is the growth of an exact count of what is run; no twin is that of any."""
    costs: list[Cost] = [cost for cost in module.COSTS if cost.slot == slot.name]
    for cost in costs:
        if cost.rate_of(slot) not in (slot.right, *slot.also):
            yield Check(f"{slot.name}: {cost.rate}", False, "a count's rate that no text is", "key")
    for text in (slot.right, *slot.also):
        mine = [cost for cost in costs if cost.rate_of(slot) == text]
        if not mine:
            yield Check(f"{slot.name}: {text}", False, "no count is held against it", "key")
        for cost in mine:
            told = f"{slot.name}: {text}{f', {cost.what}' if cost.what else ''}"
            rate = formula((slot,), slot.name, text)
            yield replace(tight(told, rate, cost.exact, cost.paths), kind="key")
            yield replace(counts(f"{told}: the count", cost, cost.exact), kind="key")
    for name, text in slot.twins.items():
        rate = formula((slot,), slot.name, text)
        alike = [cost for cost in costs if tight(name, rate, cost.exact, cost.paths).passed]
        evidence = (
            f"it grows like the count of {alike[0].rate_of(slot)}" if alike else "no count grows so"
        )
        yield Check(f"{slot.name}: {name}: {text}", not alike, evidence, "twin")


def refuted(slot: Slot, name: str, text: str, instances: list[Instance], claims: Claims) -> Check:
    """A twin's text, evaluated and put in the solution's place, fails a check wherever it differs.

    It differs somewhere.
    """
    told, evidence = f"{slot.name}: {name}: {text}", ""
    for instance in instances:
        cases = instance.of_slot(slot.name) if instance.is_exact else []
        if not cases:
            continue
        try:
            values = [texts_value(slot, text, case) for case in cases]
            differs = not all(equals(slot, v, case) for v, case in zip(values, cases, strict=True))
            wrong = _in_place(slot, instance, cases, values) if differs else None
        except (Mismatch, Unreadable) as error:
            evidence = evidence or f"the sizes do not fit: {error}"
            continue
        except (ZeroDivisionError, Unknown):
            continue
        if wrong is None:
            continue
        failed = claims.failed(told, partial(instance.checks, wrong))
        if not failed:
            return Check(told, False, f"passed every check on {instance.on}", "twin")
        evidence = evidence or f"refuted by: {failed}"
    return Check(
        told, bool(evidence), evidence or "differs from the right answer on no instance", "twin"
    )


def _in_place(
    slot: Slot, instance: Instance, cases: list[Case], values: list[Any]
) -> Solution | None:
    """The solution with a twin's values where the answer was, in its shape; None where the cases
    are a sample of it.

    Raises Mismatch where they do not fit.
    """
    right = instance.found.answer[slot.name]
    shaped = [_like(case.value, value) for case, value in zip(cases, values, strict=True)]
    wrong: Any = shaped[0]
    if isinstance(right, Mapping):
        wrong = _dealt(right, iter(np.ravel(wrong)))
    elif isinstance(right, np.ndarray):
        if right.size != np.size(wrong) * len(shaped):
            return None
        wrong = np.array(shaped).reshape(right.shape)  # a family, entry by entry
    return instance.found.having(slot.name, wrong)


def _dealt(like: Any, entries: Iterator[Any]) -> Any:
    """Numbers in the place of those in a mapping of tuples, in order."""
    if isinstance(like, Mapping):
        return {name: _dealt(inner, entries) for name, inner in like.items()}
    if isinstance(like, tuple):
        return tuple(_dealt(inner, entries) for inner in like)
    return next(entries)


def _like(right: Any, value: Any) -> Any:
    """A value as the solver would have given it: numbers as they are, columns as vectors."""
    if isinstance(value, frozenset):
        return tuple(sorted(value))
    if not isinstance(right, np.ndarray):
        return plain(value)
    if not isinstance(value, tuple):
        raise Mismatch("a number stands where an array was expected")
    entries: Any = np.empty((len(value), len(value[0])), dtype=object)
    entries[:] = value
    if right.ndim == 1 and 1 in entries.shape:
        entries = entries.reshape(-1)
    if entries.shape != right.shape:
        raise Mismatch(f"{entries.shape} stands where {right.shape} was expected")
    return entries


def verified(slot: Slot, module: Any) -> Iterator[Check]:
    """The verifier calls every right text correct, and every twin incorrect."""
    from .answers.decide import verdict_of  # not before a part is examined

    for text in (slot.right, *slot.also):
        found = verdict_of(slot, text)
        yield Check(
            f"{slot.name}: the verifier accepts {text}",
            found.verdict == "correct",
            found.why,
            "key",
        )
    for name, text in slot.twins.items():
        found = verdict_of(slot, text)
        yield Check(
            f"{slot.name}: the verifier refutes {name}",
            found.verdict == "incorrect",
            found.why,
            "twin",
        )


def refusals(module: Any) -> Iterator[Check]:
    """What is listed as ILL_POSED is refused, by a message that begins with the option at fault."""
    for inputs, option in getattr(module, "ILL_POSED", ()):
        told = f"refused: {', '.join(f'{name} = {_short(v)}' for name, v in inputs.items())}"
        refusal = Instance(module, inputs, told).refusal
        evidence = refusal or f"it was solved, where {option} is at fault"
        yield Check(told, refusal.startswith(option), evidence, "twin")


# ------------------------------------------------------------------ what is shown


def guarded(instance: Instance) -> Iterator[Check]:
    """Every step shows an entry of the solution or a formula of the key."""
    texts = {text for slot in instance.module.KEY for text in (slot.right, *slot.also)}
    for step in instance.found.steps:
        if isinstance(step.value, Formula):
            yield from _unless(
                step.value.text in texts, f"{step.title}: shows a formula that is not the key's"
            )
        elif step.value is not None:
            try:
                instance.found.value(step)
            except (KeyError, TypeError, IndexError):
                yield Check(
                    "every step shows an entry or the key",
                    False,
                    f"{step.title}: shows {step.value!r}",
                    "key",
                )
    yield Check(
        "every step shows an entry or the key", True, f"{len(instance.found.steps)} steps", "key"
    )


def exact_throughout(instance: Instance) -> Iterator[Check]:
    """Exact numbers in, exact numbers out, and no fraction out of floats; not what is measured."""
    if instance.is_exact:
        loose = _of_type(instance, (float, complex, np.floating))
        yield Check("exact numbers in, exact numbers out", not loose, loose, "key")
    floated = instance.floated if instance.is_exact else instance
    if floated is not None and not floated.refusal:
        loose = _of_type(floated, (Fraction,))
        yield Check("floating numbers in, no fractions out", not loose, loose, "key")


def _of_type(instance: Instance, types: tuple[type, ...]) -> str:
    """The names of the entries in which a number of such a type stands."""
    measured, found = getattr(instance.module, "MEASURED", ()), instance.found
    names = (name for name in (*found.answer, *found.working) if name not in measured)
    return ", ".join(name for name in names if _holds_one(found.entry(name), types))


def _holds_one(value: Any, types: tuple[type, ...]) -> bool:
    if isinstance(value, Mapping):
        return any(_holds_one(inner, types) for inner in value.values())
    if isinstance(value, np.ndarray | tuple | list):
        entries = value.flat if isinstance(value, np.ndarray) else value
        return any(_holds_one(inner, types) for inner in entries)
    return isinstance(value, types)


def _unless(right: bool, evidence: str) -> Iterator[Check]:
    if not right:
        yield Check("every step shows an entry or the key", False, evidence, "key")


def shown_once(instances: list[Instance]) -> Iterator[Check]:
    """Each entry is shown by one step, whole or in pieces alike on every instance.

    None is hidden, none in another's place.
    """
    claim, ways = "every entry is shown by exactly one step", dict[str, int]()
    for instance in instances:
        if fault := _shown_wrong(instance.found, ways):
            yield Check(claim, False, f"{fault} on {instance.on}", "key")
            return
    yield Check(claim, True, f"on {len(instances)} instances", "key")


def _shown_wrong(found: Solution, ways: dict[str, int]) -> str:
    """What is shown twice, in two ways, or not; `ways` says how long the paths to an entry are."""
    values = [step.value for step in found.steps if isinstance(step.value, str | tuple)]
    paths = [(value,) if isinstance(value, str) else value for value in values]
    for at, path in enumerate(paths):
        if path in paths[:at]:
            return f"{' '.join(path)} is shown twice"
        if ways.setdefault(path[0], len(path)) != len(path):
            return f"{path[0]} is shown here whole, there in pieces:"
    hidden = (
        name
        for name in (*found.answer, *found.working)
        if not _is_shown((name,), found.entry(name), set(paths))
    )
    return f"{name} is not shown" if (name := next(hidden, "")) else ""


def same_formulas(module: Any, instances: list[Instance]) -> Iterator[Check]:
    """The steps show the formulas that the key asks for, and the same ones on every instance."""
    claim, first = "every formula of the key is shown, the same on every instance", None
    for instance in instances:
        shown = [s.value.text for s in instance.found.steps if isinstance(s.value, Formula)]
        lost = [s.name for s in module.KEY if s.kind in _FORMULAS and s.right not in shown]
        if lost:
            yield Check(claim, False, f"{lost[0]} is not shown on {instance.on}", "key")
            return
        if first not in (None, shown):
            yield Check(claim, False, f"other ones are shown on {instance.on}", "key")
            return
        first = shown
    yield Check(claim, True, f"{len(first or ())} formulas on {len(instances)} instances", "key")


def _is_shown(path: tuple[str, ...], value: Any, paths: set[tuple[str, ...]]) -> bool:
    if path in paths:
        return True
    return isinstance(value, Mapping) and all(
        _is_shown((*path, key), inner, paths) for key, inner in value.items()
    )


def changed_entries(module: Any, instances: list[Instance], claims: Claims) -> Iterator[Check]:
    """Every entry of the solution, changed, fails a check: on the first instance that has it."""
    measured, seen = getattr(module, "MEASURED", ()), set[str]()
    for instance in instances:
        found = instance.found
        for name in (*found.answer, *found.working):
            if name in seen or name in measured:
                continue
            seen.add(name)
            for other in islice(another(found.entry(name)), 8):
                wrong = found.having(name, other)
                claims.kept.setdefault("agreement", []).append(partial(agreement, instance, wrong))
                if not claims.failed(name, partial(instance.checks, wrong)):
                    told = f"{name} changed to {_short(other)} on {instance.on} passes every check"
                    yield Check("every entry is guarded", False, told, "twin")
    yield Check("every entry is guarded", True, f"{len(seen)} entries, each changed", "twin")


def another(value: Any) -> Iterator[Any]:
    """The value with one thing changed: of arrays the first and the last, of mappings each."""
    match value:
        case Mapping():
            for name, inner in value.items():
                yield from ({**value, name: other} for other in islice(another(inner), 2))
        case np.ndarray():
            for at in {0, value.size - 1} if value.size else ():
                other = value.copy()
                other.flat[at] = other.flat[at] + 1
                yield other
        case tuple() | list():
            yield (*value[1:],) if value else ("?",)
            if value and not isinstance(value[0], str):
                yield (*islice(another(value[0]), 1), *value[1:])
        case RealSet():
            yield from _other_sets(value)
        case _:
            yield _other(value)


def _other(value: Any) -> Any:
    """Another one of what has no parts."""
    match value:
        case None:
            return "?"
        case str():
            return value + "?"
        case bool():
            return not value
        case Formula():
            return replace(value, text="O(1)" if value.is_rate else f"2 ({value.right})")
        case sp.MatrixBase():
            return value + sp.ones(*value.shape)
    return value + 1


def _other_sets(value: RealSet) -> Iterator[RealSet]:
    """Without its ends, with them, another part of the line, and one point more."""
    beyond = between(Fraction(2), Fraction(3)) - value
    for other in (
        value - points(value.ends),
        value.closure,
        beyond,
        value | points([Fraction(-7, 3)]),
    ):
        if other != value:
            yield other


# ------------------------------------------------------------------ exact against floating


def agreement(instance: Instance, exact: Solution | None = None) -> Iterator[Check]:
    """The numbers of an exact solution and of the floating one are the same.

    Nothing where there are none.
    """
    if not instance.is_exact or instance.floated is None:
        return
    exact = instance.found if exact is None else exact
    if told := instance.floated.refusal:  # which names the option that must be given
        evidence = f"float64 refuses these: {told}"
        yield Check("exact and floating results agree", told.startswith("--"), evidence)
        return
    floating = instance.floated.found
    measured = getattr(instance.module, "MEASURED", ())
    compared, worst, where = 0, 0.0, ""
    for name in (*exact.answer, *exact.working):
        if name in measured or name not in {**floating.answer, **floating.working}:
            continue  # what only exact numbers have is no number to compare: `check` asks for it
        right, found = (list(_numbers(solution.entry(name))) for solution in (exact, floating))
        compared += len(found)
        gap = _gap(right, found)
        if gap > worst:
            worst, where = gap, name
    told = (
        f"{compared} numbers, at most {worst:.0e} of the largest apart"
        if worst <= AGREE
        else f"{where} is off by {worst:.0e}"
    )
    yield Check("exact and floating results agree", worst <= AGREE, told)


def some_float(instances: list[Instance]) -> Iterator[Check]:
    """Not every instance is refused in float64, where the part has a floating road at all."""
    floated = [i.floated for i in instances if i.is_exact and i.floated is not None]
    refused = [instance.on for instance in floated if instance.refusal]
    if floated and len(refused) == len(floated):
        yield Check("float64 takes some instance", False, floated[0].refusal, "key")


def _gap(right: list[float], found: list[float]) -> float:
    """How far apart, relative to the largest of the exact ones."""
    if len(right) != len(found):
        return math.inf
    scale = max(map(abs, right), default=0.0)
    furthest = max((abs(a - b) for a, b in zip(right, found, strict=True)), default=0.0)
    return furthest / scale if scale else (math.inf if furthest > AGREE else furthest)


def _numbers(value: Any) -> Iterator[float]:
    """Every number in an entry, as a float."""
    if isinstance(value, Mapping):
        for name in sorted(value, key=str):
            yield from _numbers(value[name])
    elif isinstance(value, np.ndarray):
        for inner in value.flat:
            yield from _numbers(inner)
    elif isinstance(value, tuple | list):
        for inner in value:
            yield from _numbers(inner)
    elif isinstance(value, RealSet):
        yield from map(float, value.ends)
    elif isinstance(value, bool | str) or value is None:
        return
    elif isinstance(value, int | Fraction | float | np.floating) or (
        isinstance(value, sp.Expr) and value.is_number
    ):
        yield float(value)
