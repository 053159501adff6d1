"""Growth rates: O(n d²) against O(n d² + d³) where d < n. Constants, bases of logarithms and lower terms do not count."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import product

from .lexer import Token, tokens
from .read import Names, Reader
from .tree import Add, Call, Div, Mul, Node, Num, Pow, Sym, Unreadable
from .tree import shown as written
from .verdict import Verdict, undecided

Powers = tuple[tuple[str, Fraction], ...]


@dataclass(frozen=True, slots=True)
class Term:
    """Π v^a · Π (log v)^b, sizes all ≥ 2."""

    powers: Powers
    logs: Powers

    def power(self, v: str) -> Fraction:
        return dict(self.powers).get(v, Fraction(0))

    def log(self, v: str) -> Fraction:
        return dict(self.logs).get(v, Fraction(0))


ONE = Term((), ())


def _merged(a: Powers, b: Powers, sign: int = 1) -> Powers:
    out = dict(a)
    for name, value in b:
        out[name] = out.get(name, Fraction(0)) + sign * value
    return tuple(sorted((n, v) for n, v in out.items() if v))


def terms(node: Node) -> list[Term]:
    """The terms whose sum grows like the expression."""
    match node:
        case Num(value):
            if value <= 0:
                raise Unreadable("a growth rate is positive")
            return [ONE]
        case Sym(name):
            return [Term(((name, Fraction(1)),), ())]
        case Add(parts):
            plus = [p for p in parts if not _negative(p)]
            minus = [t for p in parts if _negative(p) for t in terms(_positive(p))]
            out = [t for p in plus for t in terms(p)]
            if any(not any(smaller(m, o, ()) and m != o for o in out) for m in minus):
                raise Unreadable("a term is taken away that is not smaller than the others")
            return out
        case Mul(factors):
            out = [ONE]
            for factor in factors:
                out = [
                    Term(_merged(a.powers, b.powers), _merged(a.logs, b.logs))
                    for a in out
                    for b in terms(factor)
                ]
                if len(out) > 64:
                    raise Unreadable("it has over 64 terms")
            return out
        case Div(top, bottom):
            below = terms(bottom)
            if len(below) != 1:
                raise Unreadable("division by a sum is not read in a growth rate")
            return [
                Term(_merged(t.powers, below[0].powers, -1), _merged(t.logs, below[0].logs, -1))
                for t in terms(top)
            ]
        case Pow(base, Num(e)) if e > 0 or len(terms(base)) == 1:
            return [
                Term(tuple((n, v * e) for n, v in t.powers), tuple((n, v * e) for n, v in t.logs))
                for t in terms(base)
            ]
        case Call("sqrt", (inner,)):
            return terms(Pow(inner, Num(Fraction(1, 2))))
        case Call("log" | "log2", (inner,)):
            return _logarithm(terms(inner))
    raise Unreadable(f"{written(node)} is not read in a growth rate")


def _logarithm(inside: list[Term]) -> list[Term]:
    """log of a sum of products is, up to constants, the sum of the logarithms of what grows in it."""
    out = []
    for term in inside:
        if any(v < 0 for _, v in (*term.powers, *term.logs)) or (term.logs and not term.powers):
            raise Unreadable("this logarithm is not read")
        out += [Term((), ((name, Fraction(1)),)) for name, _ in term.powers]
    return out or [ONE]


def _negative(node: Node) -> bool:
    return (isinstance(node, Num) and node.value < 0) or (
        isinstance(node, Mul) and isinstance(node.factors[0], Num) and node.factors[0].value < 0
    )


def _positive(node: Node) -> Node:
    if isinstance(node, Num):
        return Num(-node.value)
    assert isinstance(node, Mul)
    assert isinstance(node.factors[0], Num)
    return Mul((Num(-node.factors[0].value), *node.factors[1:]))


Conditions = tuple[tuple[str, str], ...]  # (d, n): d < n


def smaller(a: Term, b: Term, conditions: Conditions) -> bool:
    """a = O(b) for certain: size by size, with d counted as n where d < n."""
    names = {n for t in (a, b) for n, _ in (*t.powers, *t.logs)}
    gap = {v: b.power(v) - a.power(v) for v in names}
    logs = {v: b.log(v) - a.log(v) for v in names}
    for small, large in conditions:
        if gap.get(small, 0) < 0 and gap.get(large, 0) > 0:  # n = n/d · d
            moved = min(-gap[small], gap[large])
            gap[small] += moved
            gap[large] -= moved
        if logs.get(small, 0) < 0 and logs.get(large, 0) > 0:
            moved = min(-logs[small], logs[large])
            logs[small] += moved
            logs[large] -= moved
    above = {
        v: gap[v]
        + sum((gap.get(large, Fraction(0)) for s, large in conditions if s == v), Fraction(0))
        for v in names
    }
    return all(gap[v] >= 0 for v in names) and all(logs[v] >= 0 or above[v] > 0 for v in names)


_SPEEDS = (
    "1",
    "l",
    "t",
    "2t",
    "3t",
    "4t",
    "tt",
)  # log₂ of a size along a path: constant, log t, t, …, t²


def _speed(name: str, t: float) -> float:
    return {
        "1": 1.0,
        "l": math.log2(t),
        "t": t,
        "2t": 2 * t,
        "3t": 3 * t,
        "4t": 4 * t,
        "tt": t * t,
    }[name]


def _log_of(found: list[Term], at: Mapping[str, float]) -> float:
    return max(
        sum(float(p) * at[v] for v, p in t.powers)
        + sum(float(p) * math.log2(max(at[v], 1.0)) for v, p in t.logs)
        for t in found
    )


def parting(f: list[Term], g: list[Term], conditions: Conditions) -> dict[str, str] | None:
    """A path along which f/g goes to infinity."""
    names = sorted({v for t in (*f, *g) for v, _ in (*t.powers, *t.logs)})
    if len(names) > 4:
        return None
    for path in _paths(tuple(names), conditions):
        early, late = (
            _log_of(f, at) - _log_of(g, at)
            for at in ({v: _speed(s, t) for v, s in path.items()} for t in (2.0**20, 2.0**30))
        )
        if late > early + 3 and late > 5:
            return path
    return None


@lru_cache(maxsize=256)
def _paths(names: tuple[str, ...], conditions: Conditions) -> tuple[dict[str, str], ...]:
    order = {speed: place for place, speed in enumerate(_SPEEDS)}
    speeds = _SPEEDS if len(names) < 4 else ("1", "t", "2t", "4t", "tt")
    out = []
    for chosen in sorted(
        product(speeds, repeat=len(names)), key=lambda s: sum(order[x] for x in s)
    ):
        path = dict(zip(names, chosen, strict=True))
        if all(
            order[path[a]] < order[path[b]] or path[a] == path[b] == "1"
            for a, b in conditions
            if a in path and b in path
        ):
            out.append(path)
    return tuple(out)


def told(path: Mapping[str, str]) -> str:
    """A path in words: n = x², d = x, x → ∞."""
    texts = {
        "1": "2",
        "l": "log x",
        "t": "x",
        "2t": "x²",
        "3t": "x³",
        "4t": "x⁴",
        "tt": "x^(log x)",
    }
    return ", ".join(f"{v} = {texts[s]}" for v, s in path.items()) + ", x → ∞"


def read(text: str, names: Names) -> tuple[Node, list[Term]]:
    """O(…) or Θ(…): its expression and terms. Raises Unreadable."""
    return read_tokens([t for t in tokens(text) if t.kind != "\n"], names, len(text))


def read_tokens(stream: list[Token], names: Names, length: int) -> tuple[Node, list[Term]]:
    """The same, of tokens."""
    while stream and stream[-1].kind in (".", ","):
        stream = stream[:-1]
    equals = [i for i, t in enumerate(stream) if t.kind == "="]
    if len(equals) == 1 and equals[0] <= 4 and len(stream) > equals[0] + 1:
        stream = stream[equals[0] + 1 :]
    if not stream:
        raise Unreadable("there is nothing to read", 0)
    head = stream[0]
    if head.text not in ("O", "Θ", "Theta") or len(stream) < 4 or stream[1].kind not in ("(", "{"):
        raise Unreadable("a growth rate is read as O(…) or Θ(…)", head.at)
    inner, after = _inside(stream[1:])
    if after:
        raise Unreadable(f"{after.text!r} is not read after the growth rate", after.at)
    reader = Reader(inner, names, length)
    node = reader.expression()
    if not reader.at_end():
        raise Unreadable(f"{reader.peek().text!r} is not read in a growth rate", reader.peek().at)
    return node, terms(node)


def _inside(stream: list[Token]) -> tuple[list[Token], Token | None]:
    """What stands in the outer bracket, and the first token after it."""
    depth = 0
    for place, token in enumerate(stream):
        depth += token.kind in ("(", "[", "{")
        depth -= token.kind in (")", "]", "}")
        if not depth:
            return stream[1:place], stream[place + 1] if place + 1 < len(stream) else None
    raise Unreadable("the bracket of O( is not closed", stream[0].at)


def alike(f: list[Term], g: list[Term], conditions: Conditions) -> bool:
    """Whether it is certain that each bounds the other."""
    return all(any(smaller(a, b, conditions) for b in y) for x, y in ((f, g), (g, f)) for a in x)


def decide(
    answer: str, reference: str, names: Names, conditions: Conditions = (), thorough: bool = True
) -> Verdict:
    """Whether answer and reference grow alike; if not `thorough`, without a path along which they part."""
    node, found = read(answer, names)
    _, key = read(reference, names)
    how = f"O({written(node)})"
    if alike(found, key, conditions):
        return Verdict("correct", "each bounds the other, term by term", read=how)
    if not thorough:
        return undecided("not by this method", read=how)
    for f, g, which in ((found, key, "more"), (key, found, "less")):
        path = parting(f, g, conditions)
        if path is not None:
            why = f"it grows {which} than the key, {reference}"
            return Verdict(
                "incorrect", why, read=how, counterexample=f"along {told(path)} they part"
            )
    return undecided(
        "neither a proof that they grow alike nor a path along which they part was found", read=how
    )
