"""Random formulas, mutated in the tree, judged by numpy, then printed and asked.

No parser is shared with the verifier. Matrices, sizes as numbers, powers and sums in an integer l ≥
1, roots, and conditions on l are among what is mutated.

python -m tests.fuzz_answers 100000 [seed] [--jobs 2]
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import numpy as np

SHAPES = {"A": ("n", "n"), "B": ("n", "m"), "C": ("m", "n"), "u": ("n", "1"), "v": ("n", "1")}
NUMBERS = ("λ", "s", "x")
WHERE = "A: n×n, B: n×m, C: m×n, u: n, v: n, λ > 0, s > 0, x: scalar, l: integer >= 1"
NUMBER = ("1", "1")
SINGULAR = 1e10  # a condition beyond it: numpy is not trusted with the inverse
# ("sym", name) ("num", k) ("size", name) ("mul"|"add"|"sub"|"div", a, b)
# ("T"|"inv"|"ridge"|"root", a)
# ("pow", a, by): a^(l + by); ("sum", a, low, by): Σ_{j=low}^{l+by} a^j
Tree = tuple[Any, ...]


def shape(t: Tree) -> tuple[str, str] | None:
    """The shape of a tree, or None where it does not fit; ("1", "1") is a number."""
    kind = t[0]
    if kind == "sym":
        return SHAPES.get(t[1], NUMBER)
    if kind in ("num", "size"):
        return NUMBER
    inner = [shape(child) for child in t[1:] if isinstance(child, tuple)]
    if None in inner:
        return None
    return _joined(kind, [s for s in inner if s is not None])


def _joined(kind: str, inner: list[tuple[str, str]]) -> tuple[str, str] | None:
    a = inner[0]
    if kind == "mul":
        b = inner[1]
        if NUMBER in (a, b):
            return b if a == NUMBER else a
        return (a[0], b[1]) if a[1] == b[0] else None
    if kind in ("add", "sub"):
        return a if a == inner[1] else None
    if kind == "div":
        return a if inner[1] == NUMBER else None
    if kind == "T":
        return (a[1], a[0])
    if kind == "root":
        return NUMBER if a == NUMBER else None
    if kind in ("pow", "sum"):
        return a if a[0] == a[1] else None
    return a if a[0] == a[1] and a != NUMBER else None  # inv, ridge


def grown(draw: random.Random, wanted: tuple[str, str], depth: int) -> Tree:
    """A random tree of a shape."""
    if wanted == NUMBER:
        return number(draw, depth)
    leaves = [name for name, s in SHAPES.items() if s == wanted]
    choice = draw.random()
    if depth <= 0 or (choice < 0.2 and leaves):
        return leaf(draw, wanted, leaves, depth)
    if choice < 0.38:
        return (
            draw.choice(["add", "sub"]),
            grown(draw, wanted, depth - 1),
            grown(draw, wanted, depth - 1),
        )
    if choice < 0.48:
        return ("T", grown(draw, wanted[::-1], depth - 1))
    if choice < 0.6:
        return ("mul", number(draw, depth - 1), grown(draw, wanted, depth - 1))
    if choice < 0.66:
        return ("div", grown(draw, wanted, depth - 1), positive(draw, depth - 1))
    if choice < 0.82 and wanted[0] == wanted[1]:
        return square(draw, wanted, depth)
    inner = draw.choice(["n", "m"])
    return (
        "mul",
        grown(draw, (wanted[0], inner), depth - 1),
        grown(draw, (inner, wanted[1]), depth - 1),
    )


def leaf(draw: random.Random, wanted: tuple[str, str], leaves: list[str], depth: int) -> Tree:
    if leaves:
        return ("sym", draw.choice(leaves))
    flipped = [name for name, s in SHAPES.items() if s == wanted[::-1]]
    if flipped:
        return ("T", ("sym", draw.choice(flipped)))
    middle = {"n": "B", "m": "C", "1": "u"}[wanted[0]]
    first: Tree = ("T", ("sym", middle)) if wanted[0] == "1" else ("sym", middle)
    inner = shape(first)
    assert inner is not None
    return ("mul", first, grown(draw, (inner[1], wanted[1]), depth - 1))


def square(draw: random.Random, wanted: tuple[str, str], depth: int) -> Tree:
    kind = draw.choice(["inv", "ridge", "pow", "pow", "sum"])
    inner = (
        ("sym", "A")
        if kind in ("pow", "sum") and wanted[0] == "n"
        else grown(draw, wanted, depth - 1)
    )
    if kind == "pow":
        return ("pow", inner, draw.choice([-1, 0, 1]))
    if kind == "sum":
        return ("sum", inner, draw.choice([0, 1]), draw.choice([-1, 0, 1]))
    return (kind, inner)


def number(draw: random.Random, depth: int) -> Tree:
    choice = draw.random()
    if depth <= 0 or choice < 0.35:
        return draw.choice(
            [("sym", "λ"), ("sym", "s"), ("sym", "x"), ("num", 2), ("num", 3), ("size", "n")]
        )
    if choice < 0.5:
        return ("pow", positive(draw, 0), draw.choice([-1, 0, 1]))
    if choice < 0.6:
        return ("sum", positive(draw, 0), draw.choice([0, 1]), draw.choice([-1, 0]))
    if choice < 0.75:
        return ("root", positive(draw, depth - 1))
    return ("mul", ("T", grown(draw, ("n", "1"), depth - 1)), grown(draw, ("n", "1"), depth - 1))


def positive(draw: random.Random, depth: int) -> Tree:
    """A number that is positive wherever it is defined."""
    plain: list[Tree] = [("sym", "λ"), ("sym", "s"), ("num", 2), ("add", ("num", 1), ("sym", "s"))]
    if depth > 0 and draw.random() < 0.5:
        vector = ("sym", draw.choice("uv"))
        return draw.choice(
            [
                ("add", ("mul", ("T", vector), vector), ("sym", "λ")),
                ("mul", ("sym", "x"), ("sym", "x")),
                ("mul", ("sym", "s"), ("sym", "λ")),
            ]
        )
    return draw.choice(plain)


def value(t: Tree, at: dict[str, Any]) -> Any:
    """The value of a tree where the symbols, the sizes and l have these values."""
    kind = t[0]
    if kind in ("sym", "size"):
        return at[t[1]] if kind == "sym" else float(at["sizes"][t[1]])
    if kind == "num":
        return float(t[1])
    a = value(t[1], at)
    if kind in ("T", "inv", "ridge", "root"):
        return _of_one(kind, a, at)
    if kind == "pow":
        return _raised(a, at["l"] + t[2])
    if kind == "sum":
        terms = [_raised(a, j) for j in range(t[2], at["l"] + t[3] + 1)]
        return sum(terms) if terms else a * 0
    b = value(t[2], at)
    if kind == "div":
        return a / _plain(b)
    if kind == "mul":
        a, b = _plain(a), _plain(b)
        return a * b if np.ndim(a) == 0 or np.ndim(b) == 0 else a @ b
    a, b = _plain(a), _plain(b)
    return a + b if kind == "add" else a - b


def _plain(x: Any) -> Any:
    return x[0, 0] if np.ndim(x) == 2 and np.shape(x) == (1, 1) else x


def _of_one(kind: str, a: Any, at: dict[str, Any]) -> Any:
    if kind == "T":
        return np.transpose(a)
    if kind == "root":
        return np.sqrt(_plain(a))
    a = np.atleast_2d(a)
    if kind == "ridge":
        return a + at["λ"] * np.eye(len(a))
    if np.linalg.cond(a) > SINGULAR:  # the garbage in its inverse may hide behind another inverse
        raise np.linalg.LinAlgError
    return np.linalg.inv(a)


def _raised(a: Any, to: int) -> Any:
    a = _plain(a)
    return a**to if np.ndim(a) == 0 else np.linalg.matrix_power(a, to)


def places_of() -> list[dict[str, Any]]:
    """Where two trees are compared: sizes of all orders, integers from the least one on."""
    rng = np.random.default_rng(5)
    out = []
    for n, m, l in ((3, 2, 1), (2, 3, 2), (4, 3, 3), (3, 4, 5), (5, 2, 7)):
        size = {"n": n, "m": m, "1": 1}
        at: dict[str, Any] = {
            name: rng.normal(size=(size[r], size[c])) / 2 for name, (r, c) in SHAPES.items()
        }
        at |= {"λ": float(rng.uniform(0.5, 2)), "s": float(rng.uniform(0.5, 2))}
        out.append(at | {"x": float(rng.normal() - 0.7), "l": l, "sizes": size})
    return out


PLACES = places_of()


def truth(a: Tree, b: Tree, places: list[dict[str, Any]]) -> bool:
    """Whether two trees are equal, by numpy, where both are defined; they fit together or are not
    equal.
    """
    if shape(a) is None or shape(b) is None or shape(a) != shape(b):
        return False
    met = 0
    for at in places:
        try:
            x, y = (np.asarray(_plain(value(t, at)), dtype=float) for t in (a, b))
        except np.linalg.LinAlgError:  # C B of more rows than C has rank has no inverse
            continue
        met += 1
        if x.shape != y.shape:
            return False
        if not np.allclose(x, y, rtol=1e-5, atol=1e-7 * max(1.0, float(np.abs(x).max(initial=0)))):
            return False
    return met > 0


def is_sound(t: Tree) -> bool:
    """Whether numpy can be trusted with it: nothing overflows, no inverse is nearly singular."""
    with np.errstate(all="ignore"):
        for at in PLACES:
            try:
                found = np.abs(np.asarray(value(t, at), dtype=float))
            except np.linalg.LinAlgError:
                return False
            if (
                not np.isfinite(found).all()
                or found.max(initial=0) > 1e8
                or found.max(initial=0) < 1e-8
            ):
                return False
    return True


def places(t: Tree, at: tuple[int, ...] = ()) -> list[tuple[int, ...]]:
    out = [at]
    for i, child in enumerate(t[1:], 1):
        if isinstance(child, tuple):
            out += places(child, (*at, i))
    return out


def get(t: Tree, at: tuple[int, ...]) -> Tree:
    for i in at:
        t = t[i]
    return t


def put(t: Tree, at: tuple[int, ...], new: Tree) -> Tree:
    if not at:
        return new
    return tuple(put(child, at[1:], new) if i == at[0] else child for i, child in enumerate(t))


def mutated(t: Tree, draw: random.Random) -> Tree:
    """One change somewhere: most change the value, a double transpose or a regrouping does not."""
    at = draw.choice(places(t))
    old = get(t, at)
    return put(t, at, draw.choice(_changes(old, draw)))


def _changes(old: Tree, draw: random.Random) -> list[Tree]:
    anywhere: list[Tree] = [("T", old), ("mul", ("num", 2), old), ("T", ("T", old))]
    return anywhere + (CHANGES[old[0]](old, draw) if old[0] in CHANGES else [])


def _swapped(old: Tree) -> list[Tree]:
    return [(old[0], old[2], old[1])] * 3


def _of_product(old: Tree, draw: random.Random) -> list[Tree]:
    a, b = old[1:]
    return _swapped(old) + ([("mul", a[1], ("mul", a[2], b))] if a[0] == "mul" else [])


def _of_transpose(old: Tree, draw: random.Random) -> list[Tree]:
    a = old[1]
    return [a] + ([("mul", ("T", a[2]), ("T", a[1]))] if a[0] == "mul" else [])


def _of_root(old: Tree, draw: random.Random) -> list[Tree]:
    return [old[1], ("mul", ("num", -1), old), ("root", ("mul", old[1], ("num", 4)))]


def _of_power(old: Tree, draw: random.Random) -> list[Tree]:
    a, by = old[1:]
    return [("pow", a, by + draw.choice([-1, 1])), ("mul", ("pow", a, by - 1), a)]


def _of_sum(old: Tree, draw: random.Random) -> list[Tree]:
    a, low, by = old[1:]
    longer = ("sum", a, low, by + 1)
    return [longer, ("sub", longer, ("pow", a, by + 1)), ("sum", a, 1 - low, by)]


# by kind: what may stand in a node's place
CHANGES: dict[str, Callable[[Tree, random.Random], list[Tree]]] = {
    "mul": _of_product,
    "add": lambda old, draw: [*_swapped(old), ("sub", *old[1:])],
    "sub": lambda old, draw: [*_swapped(old), ("add", *old[1:])],
    "T": _of_transpose,
    "inv": lambda old, draw: [old[1]],
    "ridge": lambda old, draw: [old[1]],
    "root": _of_root,
    "sym": lambda old, draw: [("sym", draw.choice([*SHAPES, *NUMBERS]))] * 2,
    "size": lambda old, draw: [("num", draw.choice([2, 3])), ("size", "m")],
    "pow": _of_power,
    "sum": _of_sum,
}


def mutated_pair(draw: random.Random) -> tuple[Tree, Tree]:
    wanted = draw.choice([("n", "n"), ("n", "1"), ("m", "n"), ("n", "m"), ("m", "m"), NUMBER])
    while True:
        original = grown(draw, wanted, draw.randint(1, 3))
        if is_sound(original):
            return original, mutated(original, draw)


def written(t: Tree, draw: random.Random) -> str:
    """The tree as somebody might write it: brackets always, notation at random."""
    kind = t[0]
    if kind in ("sym", "size"):
        return str(t[1])
    if kind == "num":
        return str(t[1]) if t[1] >= 0 else f"({t[1]})"
    inner = [written(child, draw) for child in t[1:] if isinstance(child, tuple)]
    if kind == "pow":
        return f"({inner[0]})^{{{_whole(t[2])}}}"
    if kind == "sum":
        return f"(\\sum_{{j={t[2]}}}^{{{_whole(t[3])}}} ({inner[0]})^{{j}})"
    if kind == "mul":
        # (2) may number an equation, and a number right of a factor may be its power
        left, right = (x if x.isdigit() else f"({x})" for x in inner)
        return f"{left} {'' if draw.random() < 0.6 and not right.isdigit() else '* '}{right}"
    ways = SPELLINGS[kind]
    spelling = draw.choice(ways) if len(ways) > 1 else ways[0]
    return inner[0] if kind == "T" and shape(t) == NUMBER else spelling.format(*inner)


SPELLINGS = {  # by kind, the ways to write it
    "T": ["({})^T", "({})^\\top", "({})ᵀ", "({})^{{T}}"],
    "inv": ["({})^{{-1}}", "({})⁻¹", "inv({})", "({})^-1"],
    "ridge": ["({} + λ I)"],
    "root": ["sqrt({})", "\\sqrt{{{}}}", "({})^{{1/2}}", "({})^0.5"],
    "div": ["({})/({})", "\\frac{{1}}{{{1}}} ({0})"],
    "add": ["({} + ({}))"],
    "sub": ["({} - ({}))"],
}


def _whole(by: int) -> str:
    return "l" if not by else f"l{by:+d}"


# what a place becomes where a condition holds; None covers all that is asked
CONDITIONS: dict[str, Callable[[dict[str, Any]], dict[str, Any]] | None] = {
    "": None,
    " for l >= 1": None,
    " for all l ≥ 0": None,
    ", l > 0": None,
    " for l >= 2": lambda at: at | {"l": max(at["l"], 2)},
    " if λ > 1": lambda at: at | {"λ": at["λ"] + 1},
    " for l = 1": lambda at: at | {"l": 1},
}


def judged(seed: int) -> tuple[str, str]:
    """One mutant: what happened, and the story where the verdict was false."""
    from problems.answers import equal

    draw = random.Random(seed)
    original, mutant = mutated_pair(draw)
    asked, reference = written(mutant, draw), written(original, draw)
    condition = draw.choice(list(CONDITIONS)[1:]) if draw.random() < 0.15 else ""
    within = CONDITIONS[condition]
    places = list(map(within, PLACES)) if within else PLACES
    with np.errstate(all="ignore"):  # what is wrong where it is said to hold is wrong
        same = truth(original, mutant, places)
    verdict = equal(asked + condition, reference, WHERE).verdict
    right = same and within is None
    false = (verdict == "correct" and not right) or (verdict == "incorrect" and same)
    told = f"{'same' if same else 'changed'}{' under a condition' if within else ''}, {verdict}"
    return told, f"FALSE: seed {seed}: {asked}{condition}  ~  {reference}: {told}" if false else ""


def some(seeds: range) -> tuple[Counter[str], list[str]]:
    counts: Counter[str] = Counter()
    false = []
    for seed in seeds:
        told, story = judged(seed)
        counts[told] += 1
        false += [story] if story else []
    return counts, false


def main(count: int, seed: int, jobs: int) -> int:
    """Ask about `count` mutants; print what was false."""
    began, counts, false = time.perf_counter(), Counter[str](), 0
    chunks = [range(at, min(at + 500, seed + count)) for at in range(seed, seed + count, 500)]
    with ProcessPoolExecutor(jobs) as pool:
        for found, stories in pool.map(some, chunks):
            counts += found
            false += len(stories)
            for story in stories:
                print(story, flush=True)
    print(dict(counts))
    took = time.perf_counter() - began
    print(f"{count} mutants in {took:.0f} s, {count / took:.0f} a second; {false} false verdicts")
    return 1 if false else 0


if __name__ == "__main__":
    asked = argparse.ArgumentParser()
    asked.add_argument("count", type=int, nargs="?", default=100_000)
    asked.add_argument("seed", type=int, nargs="?", default=0)
    asked.add_argument("--jobs", type=int, default=2)
    given = asked.parse_args()
    sys.exit(main(given.count, given.seed, given.jobs))
