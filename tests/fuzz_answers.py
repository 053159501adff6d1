"""Random expressions, mutated in the tree, judged by numpy, then printed and asked: no parser is shared with the verifier.

python -m tests.fuzz_answers 100000 [seed]
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from typing import Any

import numpy as np

SHAPES = {"A": ("n", "n"), "B": ("n", "m"), "C": ("m", "n"), "u": ("n", "1"), "v": ("n", "1")}
WHERE = "A: n×n, B: n×m, C: m×n, u: n, v: n, λ > 0, s > 0"
Tree = tuple[
    Any, ...
]  # ("sym", name) ("num", k) ("mul", a, b) ("add", a, b) ("sub", a, b) ("T", a) ("inv", a) ("ridge", a) ("div", a, b)


def shape(t: Tree) -> tuple[str, str] | None:
    """The shape of a tree, or None where it does not fit; ("1", "1") is a number."""
    kind = t[0]
    if kind == "sym":
        return SHAPES.get(t[1], ("1", "1"))
    if kind == "num":
        return ("1", "1")
    if kind == "mul":
        a, b = shape(t[1]), shape(t[2])
        if a is None or b is None:
            return None
        if a == ("1", "1"):
            return b
        if b == ("1", "1"):
            return a
        return (a[0], b[1]) if a[1] == b[0] else None
    if kind in ("add", "sub"):
        a, b = shape(t[1]), shape(t[2])
        return a if a == b else None
    inner = shape(t[1])
    if inner is None:
        return None
    if kind == "T":
        return (inner[1], inner[0])
    if kind == "div":
        return inner if shape(t[2]) == ("1", "1") else None
    return inner if inner[0] == inner[1] and inner != ("1", "1") else None  # inv, ridge


def grown(draw: random.Random, wanted: tuple[str, str], depth: int) -> Tree:
    """A random tree of a shape."""
    leaves = [name for name, s in SHAPES.items() if s == wanted]
    if wanted == ("1", "1"):
        if depth <= 0 or draw.random() < 0.4:
            return draw.choice([("sym", "λ"), ("sym", "s"), ("num", 2), ("num", 3)])
        return ("mul", ("T", grown(draw, ("n", "1"), depth - 1)), grown(draw, ("n", "1"), depth - 1))
    choice = draw.random()
    if depth <= 0 or (choice < 0.25 and leaves):
        if leaves:
            return ("sym", draw.choice(leaves))
        flipped = [name for name, s in SHAPES.items() if s == wanted[::-1]]
        if flipped:
            return ("T", ("sym", draw.choice(flipped)))
        middle = {"n": ("B", "C"), "m": ("C", "B"), "1": ("u", "v")}
        left = middle[wanted[0]][0]
        first: Tree = ("T", ("sym", left)) if wanted[0] == "1" else ("sym", left)
        return ("mul", first, grown(draw, (shape(first)[1], wanted[1]), depth - 1))  # type: ignore[index]  # it fits
    if choice < 0.45:
        return (draw.choice(["add", "sub"]), grown(draw, wanted, depth - 1), grown(draw, wanted, depth - 1))
    if choice < 0.55:
        return ("T", grown(draw, wanted[::-1], depth - 1))
    if choice < 0.65:
        return ("mul", grown(draw, ("1", "1"), depth - 1), grown(draw, wanted, depth - 1))
    if choice < 0.72:
        return ("div", grown(draw, wanted, depth - 1), draw.choice([("sym", "λ"), ("sym", "s"), ("num", 2)]))
    if choice < 0.82 and wanted[0] == wanted[1]:
        return (draw.choice(["inv", "ridge"]), grown(draw, wanted, depth - 1))
    inner = draw.choice(["n", "m"])
    return ("mul", grown(draw, (wanted[0], inner), depth - 1), grown(draw, (inner, wanted[1]), depth - 1))


def value(t: Tree, env: dict[str, Any]) -> Any:
    kind = t[0]
    if kind == "sym":
        return env[t[1]]
    if kind == "num":
        return float(t[1])
    if kind == "T":
        return np.transpose(value(t[1], env))
    if kind == "inv":
        return np.linalg.inv(value(t[1], env))
    a = value(t[1], env)
    if kind == "ridge":
        return a + env["λ"] * np.eye(len(a))
    b = value(t[2], env)
    if kind == "div":
        return a / b
    if kind == "mul":
        scalar = np.ndim(a) == 0 or np.ndim(b) == 0 or np.shape(a) == (1, 1) or np.shape(b) == (1, 1)
        return (
            (a if np.ndim(a) == 0 else a[0, 0] if np.shape(a) == (1, 1) else a) * b
            if scalar and np.size(a) == 1
            else (a * (b if np.ndim(b) == 0 else b[0, 0]) if scalar else a @ b)
        )
    return a + b if kind == "add" else a - b


def truth(a: Tree, b: Tree) -> bool:
    """Whether two trees are equal, by numpy at three random instances; they fit together or are not equal."""
    if shape(a) is None or shape(b) is None or shape(a) != shape(b):
        return False
    rng = np.random.default_rng(5)
    for n, m in ((3, 2), (2, 3), (4, 3)):
        size = {"n": n, "m": m, "1": 1}
        env: dict[str, Any] = {name: rng.normal(size=(size[r], size[c])) for name, (r, c) in SHAPES.items()}
        env |= {"λ": float(rng.uniform(0.5, 2)), "s": float(rng.uniform(0.5, 2))}
        try:
            x, y = np.asarray(value(a, env)), np.asarray(value(b, env))
        except np.linalg.LinAlgError:
            return False
        if not np.allclose(x, y, rtol=1e-5, atol=1e-7 * max(1.0, float(np.abs(x).max(initial=0)))):
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
    """One change somewhere: most change the value, some (a double transpose, a regrouping) do not."""
    at = draw.choice(places(t))
    old = get(t, at)
    options: list[Tree] = [("T", old), ("mul", ("num", 2), old), ("T", ("T", old))]
    if old[0] in ("mul", "add", "sub"):
        options += [(old[0], old[2], old[1])] * 3
    if old[0] in ("add", "sub"):
        options += [("sub" if old[0] == "add" else "add", old[1], old[2])]
    if old[0] in ("T", "inv", "ridge"):
        options += [old[1]]
    if old[0] == "sym":
        options += [("sym", draw.choice([*SHAPES, "λ", "s"]))] * 2
    if old[0] == "mul" and old[1][0] == "mul":
        options += [("mul", old[1][1], ("mul", old[1][2], old[2]))]
    if old[0] == "T" and old[1][0] == "mul":
        options += [("mul", ("T", old[1][2]), ("T", old[1][1]))]
    return put(t, at, draw.choice(options))


def mutated_pair(draw: random.Random) -> tuple[Tree, Tree]:
    wanted = draw.choice([("n", "n"), ("n", "1"), ("m", "n"), ("n", "m"), ("m", "m")])
    original = grown(draw, wanted, draw.randint(1, 4))
    return original, mutated(original, draw)


def written(t: Tree, draw: random.Random) -> str:
    """The tree as somebody might write it: brackets always, notation at random."""
    kind = t[0]
    if kind in ("sym", "num"):
        return str(t[1])
    a = written(t[1], draw)
    if kind == "T":
        return f"({a})" + draw.choice(["^T", "^\\top", "ᵀ", "'", "^{T}", ".T"])
    if kind == "inv":
        return draw.choice([f"({a})^{{-1}}", f"({a})⁻¹", f"inv({a})", f"({a})^-1"])
    if kind == "ridge":
        return f"({a} + λ I)"
    b = written(t[2], draw)
    if kind == "div":
        return draw.choice([f"({a})/({b})", f"\\frac{{1}}{{{b}}} ({a})"])
    if kind == "mul":
        return f"({a}) ({b})" if draw.random() < 0.6 else f"({a}) * ({b})"
    return f"({a} {'+' if kind == 'add' else '-'} ({b}))"


def main(count: int, seed: int) -> int:
    """Ask about `count` mutants; print what was false."""
    from problems.answers import equal

    draw, counts = random.Random(seed), Counter[str]()
    for _ in range(count):
        original, mutant = mutated_pair(draw)
        asked, reference = written(mutant, draw), written(original, draw)
        verdict = equal(asked, reference, WHERE).verdict
        same = truth(original, mutant)
        counts[f"{'same' if same else 'changed'}, {verdict}"] += 1
        if verdict != "undecided" and (verdict == "correct") != same:
            counts["FALSE"] += 1
            print(f"FALSE: {asked}  ~  {reference}: {verdict}, and it is {'the same' if same else 'changed'}", flush=True)
    print(dict(counts))
    return 1 if counts["FALSE"] else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000, int(sys.argv[2]) if len(sys.argv) > 2 else 0))
