"""The mutator itself: what it breaks, what it leaves alone, and that the judge sees it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import problems
from hw8cli.solving import defaults
from problems.examine import instances_of
from problems.part import Part

from .mutants import equivalents, steps
from .mutants.__main__ import Target, targets
from .mutants.judges import CRASHED, LIVES, RED, REFUSED, ROOT, Worker
from .mutants.mutant import Mutant, mutants

PARTS = targets(["parts"])
SEED = 10
PART = '''"""A part."""
from typing import Annotated

RATE = (n + 1) * d
UNUSED = n + 2


def solve(a: Annotated[int, "help + 1"] = matrix("1,2") - 3, n: int = 4) -> Solution:
    size = len(a) + 5
    affordable("--a", size * 6 + n, growth=7)
    sign = "<" if a < 8 else ">"
    sign += "=" if a > 9 else ""
    if not a:
        raise InputError(f"--a is {a + 10}, but" + " no")
    if a.size > MOST_ENTRIES + 11:
        a = helper(a)
    for place, b in zip(a, a[1:], strict=True):
        watch("at", place + 12)
    steps = (Step("y" + str(13), a - 14, sign + "15"), Step("rate", RATE, "why"))
    return Solution({"y": a @ B.T}, steps)


def helper(a):
    """Text + 16."""
    return (
        a
        // 17
    )


def prove():
    yield 18 + 19


def check(found, a):
    yield 20 + 21


GENERIC = ({"a": 22 + 23},)
KEY = (Slot("y", twins={"wrong": "24"}),)
'''


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    with Worker() as started:
        yield started


def test_what_is_broken_and_what_is_left_out_by_rule(tmp_path: Path) -> None:
    (tmp_path / "part.py").write_text(PART, encoding="utf-8")
    found = mutants(tmp_path, "part.py")
    made = {(m.unit, m.where, f"{m.original} -> {m.mutated}") for m in found}
    assert {
        ("RATE", "formula", "(n + 1) * d -> -((n + 1) * d)"),
        ("RATE", "formula", "n + 1 -> n - 1"),
        ("RATE", "formula", "n + 1 -> n"),
        ("solve", "guard", "not a -> a"),
        ("solve", "guard", "not a -> True"),
        ("solve", "formula", "1: -> 1:-1"),
        ("solve", "formula", "a @ B.T -> B.T @ a"),
        ("solve", "formula", "B.T -> B"),
        ("solve", "step", "a - 14 -> 14 - a"),
        ("helper", "formula", "17 -> 16"),
        ("helper", "formula", "a // 17 -> a"),
    } <= made
    assert {m.applied(PART.encode()).count(b"\n") for m in found} == {PART.count("\n")}
    left = {"not a", "1:", "1", "a @ B.T", "B.T", "a - 14", "14", "a // 17", "17"}
    assert {m.original for m in found} == left | {"(n + 1) * d", "n + 1"}


@pytest.mark.parametrize("target", PARTS, ids=lambda target: target.label)
def test_every_part_is_broken_in_ways_that_differ(target: Target) -> None:
    source, found = (ROOT / target.file).read_bytes(), mutants(ROOT, target.file)
    assert len(found) >= 20
    assert len({m.name for m in found}) == len(found)
    before = ast.dump(ast.parse(source))
    for mutant in sorted(found, key=lambda m: m.rank(SEED))[:12]:
        after = mutant.applied(source)
        assert ast.dump(ast.parse(after)) != before, mutant
        assert after.count(b"\n") == source.count(b"\n"), mutant


def one_of_each_kind() -> list[Mutant]:
    """From formulas, and of a seed; the parts' one default is a block's width, which none sees."""
    known = equivalents.listed()
    every = [
        m
        for target in PARTS
        for m in mutants(ROOT, target.file)
        if equivalents.named(m) not in known
    ]
    ranked = sorted(
        (m for m in every if m.where == "formula" and m.kind != "default"),
        key=lambda m: m.rank(SEED),
    )
    return list({m.kind: m for m in reversed(ranked)}.values())


def test_one_mutant_of_each_kind_is_killed(worker: Worker) -> None:
    chosen, task = one_of_each_kind(), {target.file: target.task for target in PARTS}
    assert len(chosen) >= 10
    for mutant in chosen:
        assert worker.judge(task[mutant.file], 60, mutant).fate in (RED, CRASHED, REFUSED), mutant
    for file in {mutant.file for mutant in chosen}:
        assert worker.judge(task[file], 60).fate == LIVES, "something is left of a mutant"


def test_a_mutant_is_known_wherever_it_stands_and_stale_entries_are_found(tmp_path: Path) -> None:
    for name, text in (
        ("a.py", PART),
        ("moved.py", PART.replace("\n\n\n", "\n\n\n# a comment\n\n\n")),
    ):
        (tmp_path / name).write_text(text, encoding="utf-8")
    names = [
        [equivalents.named(m)[1:] for m in mutants(tmp_path, name)] for name in ("a.py", "moved.py")
    ]
    assert names[0] == names[1]
    listed = tmp_path / "list.toml"
    listed.write_text(
        '["a.py".helper]\n"17 -> 16" = "why"\n"17 -> 15" = "why"\n["b.py".f]\n"1 -> 2" = "why"\n'
    )
    known = equivalents.listed(listed)
    assert equivalents.stale(known, tmp_path) == [
        ("a.py", "helper", "17 -> 15"),
        ("b.py", "f", "1 -> 2"),
    ]
    listed.write_text('["a.py".helper]\n"17 -> 16" = " "\n')
    with pytest.raises(ValueError, match="has no reason"):
        equivalents.listed(listed)


def test_every_equivalent_that_is_listed_is_still_a_mutant() -> None:
    assert equivalents.stale(equivalents.listed(), ROOT) == []


@pytest.mark.parametrize("part", problems.parts().values(), ids=lambda part: part.id)
def test_every_step_may_be_replaced_and_none_by_itself(part: Part) -> None:
    key = part.load().KEY
    for instance in instances_of(part.load(), defaults(part)):
        for step in instance.found.steps:
            made = [*steps.others(step.value, instance.found, key)]
            assert len(made) >= 2 or step.value is None
            assert not any(other in (step.value, (step.value,)) for other in made)


def test_one_step_is_replaced_and_nothing_else() -> None:
    part = problems.parts()["4a"]
    before, after = (instances_of(part.load(), defaults(part))[1] for _ in range(2))
    steps.show(after, 1, "another")
    assert [step.value for step in after.found.steps][1] == "another"
    for at, (step, other) in enumerate(zip(before.found.steps, after.found.steps, strict=True)):
        assert (step.title, step.why) == (other.title, other.why)
        assert at == 1 or str(step.value) == str(other.value)
    assert str(before.found.answer) == str(after.found.answer)


def test_a_step_that_shows_something_else_is_seen() -> None:
    found = steps.unguarded("4a")
    assert len(found) >= 100
    assert {fate for fate, _, _ in found} == {RED}
