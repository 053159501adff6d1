"""Whether two expressions are equal: numbers, vectors, closed forms, products of matrices.

Both sides are evaluated at random instances in integers modulo a random 61-bit prime, where inverses, powers and transposes
are exact: a difference of two different rational expressions vanishes there with probability at most its degree over 2⁶⁰.
Sizes are generic (all different, several of everything), so that a product that fits by accident does not fit here. Where
the two differ, a small integer instance is looked for, as the counterexample to show.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache

from .algebra import NUMBER, Mismatch, Uncertain, evaluated, plain, shape, sized, work
from .lexer import Token, tokens
from .read import Names, Statement, defined, expression, label_of, pieces, statements
from .symbols import Instance, Scaled, Symbol, Table, Value, sizes_for
from .tree import (
    Add,
    Diag,
    Div,
    Elem,
    Ident,
    Mul,
    Node,
    Norm,
    Num,
    Pow,
    Sum,
    Sym,
    T,
    Unreadable,
    children,
    names_in,
    negated,
    rebuilt,
    shown,
    substituted,
)
from .verdict import Verdict, undecided

ROUNDS = 3
MOST_SEARCHED = 200  # steps of an evaluation up to which hints and small instances are looked for
MOST_KEPT = 64  # values of references that an instance keeps
TRIES = 16  # small instances looked at for a counterexample
Outcome = bool | str  # True, False, or why the two cannot be compared


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an expression is held against."""

    reference: Node
    table: Table
    label: Callable[[Statement], bool]
    facts: tuple[Statement, ...] = ()
    assuming: tuple[str, ...] = ()
    bases: frozenset[str] = frozenset()  # what the answer may be called
    index: str = ""  # the letter that counts, l in K_l
    long_index: str = ""  # M+r in K_{M+r}
    rates: tuple[str, ...] = ()  # growth rates that an answer may add
    pivot: str = ""  # "A": where an answer says A^e = …, the reference's exponent is e
    exponent: str = ""


@lru_cache(maxsize=4096)
def _instance(
    table: Table, round_: int, seed: int, drop: str, special: str, fixed: tuple[tuple[str, int], ...], least: int
) -> Instance:
    sizes = {**sizes_for(table, round_, least), **dict(fixed)}
    return Instance(table, 1000 * round_ + seed, sizes, drop=drop, special=special)


def instance(
    table: Table,
    round_: int,
    seed: int = 0,
    drop: str = "",
    special: str = "",
    fixed: dict[str, int] | None = None,
    least: int = 2,
) -> Instance:
    """The same instance for the same question: it does not change once made, so threads share it."""
    return _instance(table, round_, seed, drop, special, tuple(sorted((fixed or {}).items())), least)


def least_size(*nodes: Node) -> int:
    """Sizes begin at 2; at 4 where a member of a family is named whose index nothing binds, so that it can differ."""
    return 4 if any(_unbound(n, frozenset()) for n in nodes) else 2


def _unbound(node: Node, bound: frozenset[str]) -> bool:
    if isinstance(node, Elem):
        return not names_in(node.index) & bound
    if isinstance(node, Diag):
        return False
    inner = bound | {node.index} if isinstance(node, Sum) else bound
    return any(_unbound(child, inner) for child in children(node))


def same_value(a: Value, b: Value) -> bool:
    """Equality of two values; a multiple of I takes the size of the other."""
    a, b = plain(a), plain(b)
    if isinstance(a, Scaled) and isinstance(b, Scaled):
        return bool(a.by == b.by)
    if isinstance(b, Scaled):
        a, b = b, a
    if isinstance(a, Scaled):
        if not isinstance(b, tuple):
            return bool(a.by == b)
        return len(b) == len(b[0]) and all(x == (a.by if i == j else 0) for i, row in enumerate(b) for j, x in enumerate(row))
    return bool(a == b)


def equal_at(a: Node, b: Node, at: Instance) -> bool | None:
    """Whether two trees agree at an instance; None where one of them is not defined there."""
    try:
        return same_value(evaluated(a, at), _known(b, at))
    except ZeroDivisionError:
        return None


def _known(reference: Node, at: Instance) -> Value:
    """The value of a reference, computed once an instance."""
    value = at.references.get(reference)
    if value is None:
        if len(at.references) > MOST_KEPT:
            at.references.clear()
        value = at.references[reference] = evaluated(reference, at)
    return value


def compare(
    a: Node,
    b: Node,
    table: Table,
    rounds: int = ROUNDS,
    drop: str = "",
    special: str = "",
    fixed: dict[str, int] | None = None,
) -> Outcome:
    """True where they agree at every instance tried, False if one separates them, else why neither."""
    undefined, least = 0, least_size(a, b)
    first = instance(table, 0, 0, drop, special, fixed, least)
    work(a, first)
    work(b, first)
    for round_ in range(rounds):
        for seed in range(6):
            found = equal_at(a, b, instance(table, round_, seed, drop, special, fixed, least))
            if found is False:
                return False
            if found:
                break
        else:
            undefined += 1
    if undefined == rounds:
        return "it is defined at none of the instances tried: it divides by zero"
    return True if not undefined else "it agrees where it is defined, but for some sizes it divides by zero"


def decide(answer: str, wanted: Wanted) -> Verdict:
    """Whether an answer of one or more statements is the reference."""
    if grouped := re.search(r"(?<![\d.])\d{1,3},\d{3}(?!\d)", answer):
        raise Unreadable("is this comma in a number or between two? leave it out", grouped.start())
    parts = pieces(answer)
    rates_said = [part for part in parts if _is_rate(part)]
    parts = [part for part in parts if not _is_rate(part)]
    names, fitted = wanted.table.names, wanted
    renamed: dict[str, str] = {}
    for part in parts:
        base, _, index = label_of(part).partition("_")
        if base in wanted.bases or base.rstrip("'") in wanted.bases:
            fitted = _indexed(fitted, index, part[0].at)
            if wanted.index and len(index) == 1 and index.isalpha() and index != wanted.index:
                renamed |= {index: wanted.index, wanted.index: index}
    found = statements(answer, replace(names, renamed=renamed) if renamed else names, parts=parts)
    answers, local, extra = defined(found, fitted.label)
    if not answers:
        raise Unreadable("no statement in it answers the question", 0)
    for statement in answers:
        base, _, index = statement.label.partition("_")
        if base not in wanted.bases and index and len(index) > 1 and not index.isalpha():
            raise Unreadable(f"{statement.label} is not what was asked for", statement.at)
    if primed := next((s for s in found if s.label.endswith("'") and s not in answers), None):
        raise Unreadable(f"{primed.label} is defined with a prime, which elsewhere means the transpose", primed.at)
    verdict: Verdict | None = None
    for statement in answers:
        for link in statement.links:
            single = one(resolved(link, local), _retargeted(fitted, statement))
            if single.verdict == "incorrect" and "@" in answer and single.why == "the sizes do not fit":
                return undecided(f"in NumPy a vector is neither row nor column: {single.counterexample}", read=single.read)
            if single.verdict != "correct":
                return single
            single = single.under(*verdict.assuming) if verdict is not None else single
            verdict = single
    assert verdict is not None
    for statement in extra:
        if not any(_fact(statement, fact, local, wanted.table) for fact in wanted.facts):
            return undecided("it also says something that is not decided here", statement.at, verdict.read)
    for part in rates_said:
        if not any(_same_rate(part, rate, wanted.table) for rate in wanted.rates):
            return undecided("it also says a growth rate that is not decided here", part[0].at, verdict.read)
    return verdict


def _indexed(wanted: Wanted, index: str, at: int) -> Wanted:
    """The reference for the entry that a label names: K_{l+1} is the key's K_l with l + 1 for l."""
    key = wanted.index or wanted.long_index
    if not index or index == key or index.isdigit() or (wanted.index and len(index) == 1):
        return wanted
    symbol = wanted.table.key(wanted.index)
    if symbol is None or symbol.kind != "integer":
        raise Unreadable(f"the index {index} is another than the {key or 'none'} that was asked for", at)
    return replace(wanted, reference=substituted(wanted.reference, {wanted.index: expression(index, wanted.table.names)}))


def _is_rate(part: list[Token]) -> bool:
    words = [t for t in part if t.text not in ("total", "work", "cost", "in")]
    return len(words) > 1 and words[0].text == "O" and words[1].kind == "("


def _same_rate(part: list[Token], rate: str, table: Table) -> bool:
    from . import rates

    names = Names(frozenset(table.sizes) | frozenset(t.text for t in tokens(rate) if t.kind == "word") - {"O", "log"})
    start = next(i for i, t in enumerate(part) if t.text == "O")
    try:
        _, found = rates.read_tokens(part[start:], names, part[-1].at)
    except Unreadable:
        return False
    _, key = rates.read(rate, names)
    return rates.alike(found, key, table.smaller)


def resolved(node: Node, local: dict[str, Node]) -> Node:
    """Local definitions put in, definitions of definitions too."""
    for _ in range(len(local)):
        node = substituted(node, local)
    if names_in(node) & set(local):
        raise Unreadable("its definitions go round in a circle")
    return node


def _retargeted(wanted: Wanted, statement: Statement) -> Wanted:
    """For A^(l-1) = … the reference's exponent is l − 1."""
    first = statement.links[0]
    if not statement.label and len(statement.links) > 1 and isinstance(first, Pow) and first.base == Sym(wanted.pivot):
        return replace(wanted, reference=substituted(wanted.reference, {wanted.exponent: first.exponent}))
    return wanted


def _fact(statement: Statement, fact: Statement, local: dict[str, Node], table: Table) -> bool:
    (base, _, index), (known, _, place) = statement.label.partition("_"), fact.label.partition("_")
    if base != known or (index != place and (index.isdigit() or place.isdigit())):
        return False
    try:
        return compare(resolved(statement.links[-1], local), fact.links[-1], table, rounds=2) is True
    except (Mismatch, Uncertain):
        return False


def one(node: Node, wanted: Wanted) -> Verdict:
    """Whether one expression is the reference."""
    table, reference = wanted.table, wanted.reference
    try:
        found = shape(node, table)
        key = shape(reference, table)
    except Mismatch as error:
        return _misfit(node, wanted, str(error))
    read = f"{shown(node)} : {sized(found)}"
    if found is not None and key is not None and found != key and not (_numeric(found) or _numeric(key)):
        why = f"it is {sized(found)} and the key {sized(key)}"
        return Verdict("incorrect", why, read, counterexample=why, hint=_hint(node, wanted), holds_if=_special(node, wanted))
    try:
        outcome = compare(node, reference, table)
    except Mismatch as error:
        return _misfit(node, wanted, str(error))
    except Uncertain as error:
        return undecided(f"{error} is not decided in exact arithmetic", read=read)
    if outcome is True:
        sizes = "; ".join(
            ", ".join(f"{k} = {v}" for k, v in instance(table, r, least=least_size(node, reference)).sizes.items())
            for r in range(ROUNDS)
        )
        how = f"equal at {ROUNDS} random instances modulo a random 61-bit prime" + (f" of sizes {sizes}" if sizes else "")
        constant = not names_in(node) | names_in(reference)
        why = "the same number" if constant else f"{how}: chance of error below 1e-15"
        return Verdict("correct", why, read, assuming=_assumed(node, wanted))
    if isinstance(outcome, str):
        return undecided(outcome, read=read)
    example = witness(node, reference, table)
    if example is None and _has_root(node):
        return undecided("a root has two signs, and no small instance separates answer and key", read=read)
    why = f"it is not {shown(reference)}"
    return Verdict(
        "incorrect",
        why,
        read,
        example or "they differ at random instances modulo a 61-bit prime",
        holds_if=_special(node, wanted),
        hint=_hint(node, wanted),
    )


def _numeric(found: tuple[str, str] | None) -> bool:
    return found is not None and found[0].isdigit() and found[1].isdigit() and found != NUMBER


def _has_root(node: Node) -> bool:
    own = isinstance(node, Norm) or getattr(node, "name", "") == "sqrt"
    return own or any(map(_has_root, children(node)))


def _misfit(node: Node, wanted: Wanted, why: str) -> Verdict:
    return Verdict(
        "incorrect",
        "the sizes do not fit",
        shown(node),
        counterexample=why,
        holds_if=_special(node, wanted),
        hint=_hint(node, wanted),
    )


def witness(node: Node, reference: Node, table: Table) -> str | None:
    """The simplest small instance at which both are defined and differ, with both values."""
    best: tuple[int, str] | None = None
    sizes = dict.fromkeys(table.sizes, least_size(node, reference) // 2 + 1)
    for small, large in table.smaller:
        sizes[large] = max(sizes.get(large, 2), sizes.get(small, 2) + 1)
    for seed in range(TRIES):
        try:
            at = Instance(table, seed, sizes, small=True)
            if work(node, at) > MOST_SEARCHED:
                return None
            a, b = plain(evaluated(node, at)), plain(evaluated(reference, at))
        except (ZeroDivisionError, Mismatch, Uncertain, Unreadable):
            continue
        if same_value(a, b):
            continue
        names = _order(names_in(node) | names_in(reference), table)
        values = [(name, at.members[name] if name in at.members else at.value(name)) for name in names]
        weight = sum(_weight(v) for _, v in values) + _weight(a) + _weight(b)
        if best is None or weight < best[0]:
            given = ", ".join(f"{shown(Sym(name))} = {printed(value)}" for name, value in values)
            best = (weight, f"{f'with {given}: ' if given else ''}the answer is {printed(a)}, the key {printed(b)}")
    return best[1] if best else None


def _order(names: set[str], table: Table) -> list[str]:
    """Names in the order of the declarations; what is declared by an expression brings along what it is made of."""
    for name in list(names):
        symbol = table.key(name)
        if symbol is not None and symbol.value:
            names |= names_in(table.values[symbol.name])
    known = [n.replace("{", "").replace("}", "") for n in table.symbols]
    return sorted(names - set(table.sizes), key=lambda n: (known.index(n) if n in known else 99, n))


def _weight(value: Value) -> int:
    if isinstance(value, tuple | list):
        return sum(_weight(x) for x in value)
    exact = Fraction(value.by if isinstance(value, Scaled) else value)
    return abs(exact.numerator) + 3 * (exact.denominator - 1)


def printed(value: Value) -> str:
    """A value as people write it: (1, 2) for a column, [1, 2; 3, 4] for a matrix."""
    if isinstance(value, list):
        return f"({', '.join(printed(plain(x)) for x in value)})"
    if isinstance(value, Scaled):
        return "I" if value.by == 1 else f"{value.by} I"
    if not isinstance(value, tuple):
        return str(value)
    if len(value[0]) == 1:
        return f"({', '.join(str(row[0]) for row in value)})"
    return f"[{'; '.join(', '.join(map(str, row)) for row in value)}]"


def _assumed(node: Node, wanted: Wanted) -> tuple[str, ...]:
    """The key's assumptions that were needed, and what the answer presumes beyond the key."""
    table, out = wanted.table, []
    properties = {f"{s.name} {p}" for s in table.symbols.values() for p in s.properties}
    used = names_in(node) | names_in(wanted.reference)
    for assumption in sorted(properties):
        name, word = assumption.split(" ")
        if word in ("symmetric", "orthogonal", "orthonormal") and used & _made_of(name, table):
            try:
                needed = compare(node, wanted.reference, table, rounds=1, drop=assumption) is not True
            except (Mismatch, Uncertain):
                needed = True
            if needed:
                out.append(
                    f"{name.replace('{', '').replace('}', '')} {'has orthonormal columns' if word == 'orthonormal' else word}"
                )
    out += [a for a in wanted.assuming if a not in properties]
    inverses = _inverted(wanted.reference)
    return tuple(dict.fromkeys([*out, *(text for text in _presumed(node, table) if text not in inverses)]))


def _made_of(name: str, table: Table) -> set[str]:
    """The symbols whose values depend on one."""
    plain_name = name.replace("{", "").replace("}", "")
    return {plain_name, *(s.name for s in table.symbols.values() if s.value and plain_name in names_in(table.values[s.name]))}


def _inverted(node: Node) -> set[str]:
    return set(_presumed(node, None))


def _presumed(node: Node, table: Table | None) -> Iterator[str]:
    """What a tree takes for granted: A invertible, σ ≠ 0."""
    below: Node | None = None
    if isinstance(node, Div):
        below = node.bottom
    if isinstance(node, Pow) and _lowers(node.exponent):
        below = node.base
    while isinstance(below, Pow | T | Norm):
        below = below.base if isinstance(below, Pow) else below.of
    if isinstance(below, Sym | Elem):
        name = below.name if isinstance(below, Sym) else below.base
        symbol = table.key(name) or table.family(name) if table is not None else None
        if symbol is None or not _never_zero(symbol):
            matrix = symbol is not None and symbol.kind == "matrix" and symbol.columns != "1"
            yield f"{shown(below)} {'invertible' if matrix else '≠ 0'}"
    elif isinstance(below, Mul | Add) and not _has_ridge(below):
        number = isinstance(node, Div)
        yield f"{shown(below)} {'≠ 0' if number else 'invertible'}"
    for child in children(node):
        yield from _presumed(child, table)


def _lowers(exponent: Node) -> bool:
    """Whether an exponent may be negative: it is, or something is taken away with a letter in it."""
    if isinstance(exponent, Num):
        return exponent.value < 0
    return isinstance(exponent, Mul) and isinstance(exponent.factors[0], Num) and exponent.factors[0].value < 0


def _has_ridge(node: Node) -> bool:
    """A sum with a multiple of I, or with a positive number: what a positive λ, or 1 + a square, keeps from vanishing."""
    return isinstance(node, Add) and any(
        isinstance(t, Ident) or (isinstance(t, Num) and t.value > 0) or any(isinstance(c, Ident) for c in children(t))
        for t in node.terms
    )


def _never_zero(symbol: Symbol) -> bool:
    if symbol.kind == "matrix":
        return bool(symbol.properties & {"orthogonal", "invertible"})
    return symbol.kind == "size" or (symbol.least is not None and symbol.least + (0 if not symbol.strict else 1) > 0)


def _too_long(node: Node, wanted: Wanted) -> bool:
    return work(node, instance(wanted.table, 0, least=least_size(node))) > MOST_SEARCHED


def _special(node: Node, wanted: Wanted) -> str:
    """A special case in which the answer would be right."""
    table = wanted.table
    if _too_long(node, wanted):
        return ""
    ones = [s for s in table.sizes if s in ("m", "d", "e")]
    cases: list[tuple[str, dict[str, int], str]] = []
    if {"m", "d"} <= set(ones) and "n" in table.sizes:
        cases.append(("with one input and one output", {"m": 1, "d": 1}, ""))
    cases += [(f"if {s} = 1", {s: 1}, "") for s in table.sizes]
    for symbol in table.symbols.values():
        if symbol.name not in names_in(node) | names_in(wanted.reference) or symbol.value:
            continue
        if symbol.kind == "scalar":
            cases.append((f"if {symbol.name} = 1", {}, f"{symbol.name} = 1"))
        elif symbol.kind == "matrix" and symbol.columns == "1":
            cases.append((f"if ‖{symbol.name}‖ = 1", {}, f"{symbol.name} of norm 1"))
        elif symbol.kind == "matrix" and symbol.rows == symbol.columns:
            cases += [
                (f"if {symbol.name} is {p}", {}, f"{symbol.name} {p}") for p in ("symmetric",) if p not in symbol.properties
            ]
    for text, fixed, special in cases:
        try:
            if compare(node, wanted.reference, table, rounds=2, special=special, fixed=fixed) is True:
                return text
        except (Mismatch, Uncertain, Unreadable, RecursionError):
            continue
    return ""


def _hint(node: Node, wanted: Wanted) -> str:
    """The one simple change that turns the answer into the key, if there is one."""
    if _too_long(node, wanted):
        return ""
    seen = 0
    for text, other in _edits(node, wanted.table):
        seen += 1
        if seen > 40:
            break
        try:
            if (
                compare(other, wanted.reference, wanted.table, rounds=1) is True
                and compare(other, wanted.reference, wanted.table) is True
            ):
                return text
        except (Mismatch, Uncertain, Unreadable):
            continue
    return ""


def _edits(node: Node, table: Table) -> Iterator[tuple[str, Node]]:
    yield "transposed", T(node)
    yield "sign", negated(node)
    yield from _inner(node)
    scalars: list[tuple[str, Node]] = [("2", Num(Fraction(2)))]
    scalars += [
        (s.name, Sym(s.name)) for s in table.symbols.values() if s.kind == "scalar" and not s.member[0] and not s.family
    ]
    scalars += [
        (f"‖{s.name}‖²", Pow(Norm(Sym(s.name)), Num(Fraction(2))))
        for s in table.symbols.values()
        if s.columns == "1" and not s.member[0]
    ]
    terms = node.terms if isinstance(node, Add) else (node,)
    for place, term in enumerate(terms):
        for name, scalar in scalars:
            for text, other in ((f"1/{name}", Div(term, scalar)), (name, Mul((scalar, term)))):
                new = (*terms[:place], other, *terms[place + 1 :])
                yield f"off by the factor {text}", new[0] if len(new) == 1 else Add(new)


def _inner(node: Node) -> Iterator[tuple[str, Node]]:
    """One change somewhere inside: factors exchanged, a transpose, a sign, an exponent or a bound one off."""
    match node:
        case Mul(factors):
            for at in range(len(factors) - 1):
                yield "factors swapped", Mul((*factors[:at], factors[at + 1], factors[at], *factors[at + 2 :]))
            if len(factors) > 2:
                yield "factors swapped", Mul(factors[::-1])
            for at, factor in enumerate(factors):
                yield (
                    "a transpose is missing or too many",
                    Mul((*factors[:at], factor.of if isinstance(factor, T) else T(factor), *factors[at + 1 :])),
                )
        case Add(terms):
            for at, term in enumerate(terms):
                yield "a sign is wrong", Add((*terms[:at], negated(term), *terms[at + 1 :]))
        case Pow(base, exponent):
            less = Add((exponent, Num(Fraction(-1))))
            yield "exponent one too high", Pow(base, less)
            yield "exponent one too low", Pow(base, Add((exponent, Num(Fraction(1)))))
        case Sum(index, low, high, body) if low is not None and high is not None:
            yield "one term too many at the end", Sum(index, low, Add((high, Num(Fraction(-1)))), body)
            yield "one term too few at the end", Sum(index, low, Add((high, Num(Fraction(1)))), body)
    parts = children(node)
    for place, child in enumerate(parts):
        for text, other in _inner(child):
            yield text, _replaced(node, place, other)


def _replaced(node: Node, place: int, other: Node) -> Node:
    counter = iter(range(len(children(node)) + 1))
    return rebuilt(node, lambda child: other if next(counter) == place else child)


def wanted_from(
    reference: str, table: Table, names: tuple[str, ...] = (), facts: tuple[str, ...] = (), assuming: tuple[str, ...] = ()
) -> Wanted:
    """A reference and what goes with it, read once."""
    bases = frozenset(n.partition("_")[0] for n in names if "^" not in n)
    index = next((n.partition("_")[2] for n in names if len(n.partition("_")[2]) == 1), "")
    long_index = next((n.partition("_")[2].strip("{}") for n in names if len(n.partition("_")[2]) > 1), "")
    if not index and not long_index:  # a vector by its entries: a_j for the key's a_i
        index = "i" if "_i" in reference and "sum" not in reference else ""
    pivot, _, exponent = next((n.partition("^") for n in names if "^" in n), ("", "", ""))
    stated = tuple(s for fact in facts if not fact.startswith("O(") for s in statements(fact, table.names))

    def label(statement: Statement) -> bool:
        base, _, place = statement.label.partition("_")
        if not statement.label:
            first = statement.links[0]
            return bool(pivot) and len(statement.links) > 1 and isinstance(first, Pow) and first.base == Sym(pivot)
        known = any(f.label == statement.label and place.isdigit() for f in stated)
        return (base in bases or base.rstrip("'") in bases) and not place.isdigit() and not known

    rates = tuple(f for f in facts if f.startswith("O("))
    node = expression(reference, table.names)
    return Wanted(node, table, label, stated, assuming, bases, index, long_index, rates, pivot, exponent)
