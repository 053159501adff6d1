"""`python -m tests.mutants [parts|numeric|answers|steps|TARGET…] [options]`; --help lists them.

Exit codes: 0 every fault that matters was seen, 1 not, 2 bad usage or a tree that is red already.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any

import problems

from .equivalents import listed, named, stale
from .judges import CRASHED, LIVES, RED, REFUSED, ROOT, SLOW, Verdict, Worker, tests
from .mutant import Mutant, mutants

PACKAGES = {"numeric": ("numeric",), "answers": ("answers", "formulas")}  # and who judges them
KILLED = (RED, CRASHED, REFUSED, SLOW)
# by the judge: a mutant may take so often what the unchanged tree takes, and so many seconds more
SLOWER = {"part": (10.0, 5.0), "tests": (2.0, 10.0)}
LONGEST = 600.0  # seconds of processor time, where there is nothing to compare with


@dataclass(frozen=True, slots=True)
class Target:
    """A file, what its score is printed under, and the task that judges it."""

    file: str
    label: str
    task: Mapping[str, Any]


class UsageError(ValueError):
    """A target that is none, or a tree that cannot be judged."""


def targets(words: Iterable[str]) -> list[Target]:
    """`parts`, a package, the id of a part, or a file of one of these."""
    parts = {
        part.path.removeprefix(f"{ROOT.as_posix()}/"): part.id for part in problems.parts().values()
    }
    known = {file: Target(file, name, {"part": name}) for file, name in parts.items()}
    for package, folders in PACKAGES.items():
        for path in sorted(
            path for folder in folders for path in (ROOT / "problems" / folder).glob("[!_]*.py")
        ):
            file = path.relative_to(ROOT).as_posix()
            known[file] = Target(file, file.removeprefix("problems/"), {"tests": tests(package)})
    found: dict[str, Target] = {}
    for word in words:
        folders = PACKAGES.get(word, ())
        of = [
            t
            for t in known.values()
            if word in (t.file, t.label) or (word == "parts" and "part" in t.task)
        ]
        of += [t for t in known.values() if t.file.split("/")[1] in folders]
        if not of:
            raise UsageError(
                f"{word} is no target: give parts, numeric, answers, steps, "
                "the id of a part, or a file of theirs"
            )
        found |= {target.file: target for target in of}
    return list(found.values())


def _chosen(wanted: list[Target], seed: int, sample: int | None) -> list[tuple[Target, Mutant]]:
    """All mutants, or a sample of them that stays the same for a seed."""
    every = [(target, mutant) for target in wanted for mutant in mutants(ROOT, target.file)]
    if sample is None:
        return every
    return sorted(
        sorted(every, key=lambda pair: pair[1].rank(seed))[:sample],
        key=lambda pair: (pair[1].file, pair[1].start),
    )


def judged(
    tasks: Sequence[tuple[Mapping[str, Any], Mutant | None]], jobs: int
) -> Iterator[Verdict]:
    """The verdicts in order. UsageError where a judge is red before anything is changed."""
    with ExitStack() as stack:
        free: SimpleQueue[Worker] = SimpleQueue()
        for _ in range(jobs):
            free.put(stack.enter_context(Worker()))

        def one(task: Mapping[str, Any], mutant: Mutant | None, limit: float) -> Verdict:
            worker = free.get()
            try:
                return worker.judge(task, limit, mutant)
            finally:
                free.put(worker)

        pool = stack.enter_context(ThreadPoolExecutor(jobs))
        stack.callback(pool.shutdown, cancel_futures=True)  # where nobody waits for the rest
        plain = {str(task): task for task, mutant in tasks if mutant is not None}
        limits = {}
        for key, before in zip(
            plain, pool.map(lambda task: one(task, None, LONGEST), plain.values()), strict=True
        ):
            if before.fate != LIVES:
                why = "\n".join(map(str, before.found))
                raise UsageError(
                    f"{key} is red as it stands ({before.fate}): mend that first\n{why}"
                )
            times, more = SLOWER[next(iter(plain[key]))]
            limits[key] = before.seconds * times + more
        yield from pool.map(
            lambda asked: one(asked[0], asked[1], limits.get(str(asked[0]), LONGEST)), tasks
        )


def run(wanted: list[Target], seed: int, sample: int | None, jobs: int) -> int:
    """Break, judge, and print who lives and the score."""
    began, chosen, known = time.perf_counter(), _chosen(wanted, seed, sample), listed()
    scores, seconds = defaultdict[str, Counter[str]](Counter), 0.0
    survivors, refuted = [], []
    print(f"{len(chosen)} mutants on {jobs} processes", file=sys.stderr)
    verdicts = judged([(target.task, mutant) for target, mutant in chosen], jobs)
    for (target, mutant), verdict in zip(chosen, verdicts, strict=True):
        seconds += verdict.seconds
        equivalent = named(mutant) in known
        scores[target.label]["equivalent" if equivalent else verdict.fate] += 1
        if equivalent and verdict.fate != LIVES:
            refuted.append(mutant)
        elif verdict.fate == LIVES and not equivalent:
            survivors.append(mutant)
            print(f"lives: {mutant}", flush=True)
    for mutant in refuted:
        print(f"listed as equivalent, yet killed: {mutant}")
    files = {target.file for target in wanted}
    gone = stale({name: why for name, why in known.items() if name[0] in files}, ROOT)
    for name in gone:
        print(f"listed as equivalent, and no mutant: {' '.join(name)}")
    _print_scores(scores)
    everything = [mutant for _, mutant in chosen]
    for what in ("where", "kind"):
        made, alive = (
            Counter(getattr(mutant, what) for mutant in some) for some in (everything, survivors)
        )
        print(
            f"survivors by {what}: "
            + ", ".join(f"{name} {alive[name]}/{made[name]}" for name in sorted(made))
        )
    took = time.perf_counter() - began
    print(
        f"{took:.0f} s, {seconds / max(len(chosen), 1):.2f} s of processor time a mutant",
        file=sys.stderr,
    )
    return 1 if survivors or refuted or gone else 0


def _print_scores(scores: Mapping[str, Counter[str]]) -> None:
    for label, count in [*scores.items(), ("total", sum(scores.values(), Counter[str]()))]:
        killed = sum(count[fate] for fate in KILLED)
        how = ", ".join(f"{fate} {count[fate]}" for fate in KILLED if count[fate])
        print(
            f"{label}: {killed}/{killed + count[LIVES]} killed ({how or 'none'}), "
            f"{count['equivalent']} equivalent"
        )


def run_steps(wanted: list[Target], jobs: int) -> int:
    """Replace one step's value at a time; print what was not seen, and the score a part."""
    if any("part" not in target.task for target in wanted):
        raise UsageError("only parts have steps: give steps, or steps and ids of parts")
    scores, holes = defaultdict[str, Counter[str]](Counter), 0
    tasks = [({"steps": target.label}, None) for target in wanted]
    for target, verdict in zip(wanted, judged(tasks, jobs), strict=True):
        if verdict.fate != LIVES:
            why = "\n".join(map(str, verdict.found))
            raise UsageError(f"the steps of {target.label}: {verdict.fate}\n{why}")
        unseen = defaultdict[int, list[str]](list)
        for fate, at, what in verdict.found:
            scores[target.label][fate] += 1
            if fate == LIVES:
                unseen[at].append(what)
        holes += len(unseen)
        for at, what in unseen.items():
            print(f"unseen: {target.label} step {at}, {len(what)} times, as {what[0]}", flush=True)
    _print_scores(scores)
    return 1 if holes else 0


def main() -> int:
    """What was asked for on the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.mutants", description="Whether the checks see what is wrong."
    )
    parser.add_argument(
        "targets",
        nargs="*",
        help="parts, numeric, answers, steps, ids of parts, files (parts if left out)",
    )
    parser.add_argument("--seed", type=int, default=0, help="which sample")
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--sample", type=int, default=200, help="how many mutants (200)")
    size.add_argument("--all", action="store_true", help="every mutant")
    parser.add_argument("--jobs", type=int, default=2, help="processes (2)")
    parser.add_argument("--list", action="store_true", help="print the mutants and judge none")
    asked = parser.parse_args()
    words = asked.targets or ["parts"]
    sample = None if asked.all else asked.sample
    try:
        if "steps" in words:
            return run_steps(
                targets([word for word in words if word != "steps"] or ["parts"]), asked.jobs
            )
        if asked.list:
            for _, mutant in _chosen(targets(words), asked.seed, sample):
                print(mutant)
            return 0
        return run(targets(words), asked.seed, sample, asked.jobs)
    except UsageError as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
