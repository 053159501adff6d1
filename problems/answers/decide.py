"""The door: an answer as somebody wrote it, a slot of a key, a verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise

from problems.part import Answer, InputError

from . import expressions
from .algebra import Mismatch, Uncertain, evaluated, plain
from .expressions import Wanted, wanted_from
from .key import Key, homework
from .lexer import GREEK, MOST_CHARACTERS, Token, tokens
from .read import Names, expression, label_of, parted, statements
from .symbols import Instance, Symbol, Table, table
from .tree import Elem, Grid, Node, Num, Pow, Sum, Sym, Unreadable, children, names_in
from .verdict import Verdict, undecided

_SETS = ("interval", "inequality")
_EXPRESSIONS = ("scalar", "matrix_expr")


def decide(
    slot: str,
    answer: str,
    key: Key | None = None,
    *,
    reference: str | None = None,
    kind: str | None = None,
    where: str = "",
) -> Verdict:
    """Whether `answer` is right for `slot` ("4f.output", or a part: its only slot, or all of them in order).

    With a `reference`, the answer is held against that instead, as a `kind` of answer, in the symbols of the slot's part
    and those that `where` declares ("K: n×d, q: d, λ > 0"); letters that neither declares are real scalars.
    Never raises for an answer, however broken: what cannot be read or decided within bounds is undecided, with the place.
    Raises InputError for a slot, a kind, a reference or a declaration that is no good. Thread-safe. A simple answer costs
    some tenths of a millisecond, a matrix identity a few.
    """
    key = homework() if key is None else key
    if reference is not None:
        part = slot.partition(".")[0]
        judged = _own(key, part, reference, kind or "matrix_expr", where)
        return _guarded(answer, judged, _own_table(key, part, where))
    slots = key.find(slot)
    if len(slots) == 1:
        return _guarded(answer, key.slots[slots[0]], key.tables[slots[0]])
    return _several(answer, slots, key)


def equal(left: str, right: str, where: str = "") -> Verdict:
    """Whether two expressions are equal, in the symbols that `where` declares: "K: n×d, q: d, λ > 0, d < n"."""
    symbols, conditions = declarations(where)
    found = table(symbols, conditions)
    try:
        expression(right, found.names)
    except Unreadable as error:
        raise InputError(f"the right side cannot be read: {error.why}") from None
    return _guarded(
        left, Answer(slot="", kind="matrix_expr", reference=right, symbols=symbols), found
    )


def declarations(where: str) -> tuple[dict[str, str], tuple[str, ...]]:
    """Symbols and conditions on sizes from "K: n×d, q: d, λ > 0, d < n"."""
    symbols, conditions = {}, []
    for part in filter(None, (p.strip() for p in where.replace(";", ",").split(","))):
        name, colon, text = part.partition(":")
        if colon:
            symbols[name.strip()] = text.strip()
            continue
        for sign in (">=", "≥", ">", "<"):
            name, found, bound = part.partition(sign)
            if found and sign != "<" and bound.strip().lstrip("-").isdigit():
                symbols[name.strip()] = f"scalar {sign} {bound.strip()}"
                break
            if found and sign == "<":
                conditions.append(part)
                break
        else:
            raise InputError(
                f"--where: {part!r} is no declaration: write K: n×d, q: d, λ > 0 or d < n"
            )
    try:
        table(symbols, tuple(conditions))
    except ValueError as error:
        raise InputError(f"--where: {error}") from None
    return symbols, tuple(conditions)


@lru_cache(maxsize=512)
def _own_cached(symbols: tuple[tuple[str, str], ...], where: tuple[str, ...]) -> Table:
    return table(dict(symbols), where, strangers=True)


def _own_table(key: Key, part: str, where: str) -> Table:
    symbols, conditions = declarations(where)
    merged = {**key.symbols_of(part), **symbols}
    return _own_cached(tuple(merged.items()), (*key.where_of(part), *conditions))


def _own(key: Key, part: str, reference: str, kind: str, where: str) -> Answer:
    return Answer(
        slot="",
        kind=kind,
        reference=reference,
        where=(*key.where_of(part), *declarations(where)[1]),
    )  # type: ignore[arg-type]  # checked when it is used


def _several(answer: str, slots: tuple[str, ...], key: Key) -> Verdict:
    """An answer to all slots of a part at once, in order, separated by ; or a line break."""
    try:
        parts = [p for p in answer.replace(";", "\n").split("\n") if p.strip()]
        if len(parts) != len(slots):
            parts = _by_commas(answer)
        if len(parts) != len(slots):
            raise Unreadable(
                f"{len(slots)} answers are wanted ({', '.join(slots)}), separated by ; and {len(parts)} stand here"
            )
    except Unreadable as error:
        return undecided(error.why, error.at)
    verdicts = [
        _guarded(part, key.slots[slot], key.tables[slot])
        for part, slot in zip(parts, slots, strict=True)
    ]
    for outcome in ("incorrect", "undecided"):
        for slot, verdict in zip(slots, verdicts, strict=True):
            if verdict.verdict == outcome:
                return replace(verdict, why=f"{slot}: {verdict.why}", at=None)
    return Verdict(
        "correct", "; ".join(v.why for v in verdicts), "; ".join(v.read for v in verdicts)
    ).under(*(a for v in verdicts for a in v.assuming))


def _by_commas(answer: str) -> list[str]:
    stream = tokens(answer)
    parts = parted(stream, {","})
    ends = [part[0].at for part in parts[1:]] + [len(answer)]
    return [
        answer[part[0].at : end].rstrip().rstrip(",") for part, end in zip(parts, ends, strict=True)
    ]


def _guarded(answer: str, judged: Answer, symbols: Table) -> Verdict:
    """`_decided` with every way of not being readable turned into undecided."""
    if not isinstance(answer, str):
        return undecided("an answer is text")
    if len(answer) > MOST_CHARACTERS:
        return undecided(
            f"it has {len(answer):,} characters, over the bound of {MOST_CHARACTERS:,}",
            MOST_CHARACTERS,
        )
    try:
        return _decided(answer, judged, symbols)
    except Unreadable as error:
        return undecided(error.why, error.at)
    except Uncertain as error:
        return undecided(f"{error} is not decided in exact arithmetic")
    except Mismatch as error:
        return Verdict("incorrect", "the sizes do not fit", counterexample=str(error))
    except (ZeroDivisionError, OverflowError):
        return undecided("it divides by zero")
    except (RecursionError, MemoryError):
        return undecided("it is nested too deeply, or too large")


def _decided(answer: str, judged: Answer, symbols: Table) -> Verdict:
    references = {judged.reference: "", **judged.also}
    kind = judged.kind
    if kind in _SETS:
        from . import sets  # each kind imports what it needs: hw8 verify is quick to start

        bounds = [
            (s.least, s.strict)
            for s in symbols.symbols.values()
            if s.kind == "scalar" and s.least is not None
        ]
        domain = sets.above(*bounds[0]) if bounds else sets.LINE
        return sets.decide(answer, judged.reference, domain, frozenset(symbols.symbols)).under(
            *judged.assuming
        )
    if kind in ("select_all", "choice"):
        from . import choices

        letters = (
            frozenset("ABCDEFGH")
            if kind == "choice" and len(judged.reference) == 1
            else frozenset(judged.symbols)
        )
        return choices.decide(answer, judged.reference, letters).under(*judged.assuming)
    first: Verdict | None = None
    for reference, assumption in references.items():
        try:
            verdict = _against(answer, reference, judged, symbols, first is None)
        except Unreadable as error:
            verdict = undecided(error.why, error.at)
        if verdict.verdict == "correct":
            if kind in _EXPRESSIONS:  # those of the key that were needed are in it already
                return verdict.under(assumption)
            return verdict.under(*([assumption] if assumption else judged.assuming))
        first = first or verdict  # another reference can only make it right
        if first.verdict == "undecided" and kind not in ("complexity", *_EXPRESSIONS):
            break
    assert first is not None
    return first


def _against(
    answer: str, reference: str, judged: Answer, symbols: Table, thorough: bool
) -> Verdict:
    if judged.kind == "complexity":
        from . import rates

        names = Names(frozenset(symbols.names.symbols | set(symbols.symbols)), strangers=False)
        if symbols.strangers:
            names = Names(names.symbols | _letters(reference))
        return rates.decide(answer, reference, names, symbols.smaller, thorough)
    if judged.kind in ("number", "vector", "matrix"):
        return _written_out(answer, reference, judged.kind, symbols)
    return expressions.decide(answer, _wanted(answer, reference, judged, symbols))


def _letters(reference: str) -> frozenset[str]:
    return frozenset(
        t.text
        for t in tokens(reference)
        if t.kind in ("word", "greek") and t.text not in ("O", "log", "sqrt", "Θ")
    )


@lru_cache(maxsize=1024)
def _wanted_cached(
    reference: str,
    names: tuple[str, ...],
    facts: tuple[str, ...],
    assuming: tuple[str, ...],
    symbols: Table,
) -> Wanted:
    return wanted_from(reference, symbols, names, facts, assuming)


def _wanted(answer: str, reference: str, judged: Answer, symbols: Table) -> Wanted:
    """The reference as a tree; strangers that stand in an exponent are integers, on both sides."""
    if symbols.strangers:
        whole = _exponents(expression(reference, symbols.names))
        try:
            for statement in statements(answer, symbols.names):
                for link in statement.links:
                    whole |= _exponents(link)
        except Unreadable:
            pass  # it is said again, with its place, when the answer is decided
        whole -= symbols.names.symbols
        if whole:
            symbols = _with_integers(symbols, frozenset(whole))
    return _wanted_cached(reference, judged.names, judged.facts, judged.assuming, symbols)


@lru_cache(maxsize=512)
def _with_integers(before: Table, whole: frozenset[str]) -> Table:
    added = {name: Symbol(name, "integer", least=2) for name in sorted(whole)}
    return replace(before, symbols={**before.symbols, **added})


def _exponents(node: Node) -> set[str]:
    """Names that stand in exponents and in the bounds of sums."""
    own: set[str] = set()
    if isinstance(node, Pow):
        own |= names_in(node.exponent)
    if isinstance(node, Sum):
        own |= {n for x in (node.low, node.high) if x is not None for n in names_in(x)} - {
            node.index
        }
        return own | (_exponents(node.body) - {node.index})
    return own.union(*map(_exponents, children(node)))


def _written_out(answer: str, reference: str, kind: str, symbols: Table) -> Verdict:
    """Numbers one by one: a number, a vector in order, a matrix in rows and columns."""
    key = _entries(reference, kind, symbols)
    found = _entries(answer, kind, symbols)
    read = _told(found, kind)
    rows, columns = (len(found), len(found[0])), (len(key), len(key[0]))
    if rows != columns:
        sizes = [f"{r}×{c}" if kind == "matrix" else f"{r * c} entries" for r, c in (rows, columns)]
        return Verdict(
            "incorrect",
            f"it has {sizes[0]}, the key {sizes[1]}",
            read,
            counterexample=f"{sizes[0]} against {sizes[1]}",
            hint=_shifted(found, key),
        )
    for i, (row, want) in enumerate(zip(found, key, strict=True), 1):
        for j, (a, b) in enumerate(zip(row, want, strict=True), 1):
            if a != b:
                if _rounded(a, b):
                    return undecided(f"{float(a):g} could be {b}, rounded", read=read)
                place = "" if kind == "number" else f"entry {j if kind == 'vector' else (i, j)}: "
                return Verdict(
                    "incorrect",
                    "it is another value",
                    read,
                    counterexample=f"{place}{a} against {b}",
                    hint=_shifted(found, key),
                )
    return Verdict(
        "correct", "the same " + ("number" if kind == "number" else "entries, exactly"), read
    )


Entry = Fraction | str  # an exact number, or the name of a symbol


def _rounded(a: Entry, b: Entry) -> bool:
    """Whether a decimal is the key's endless one, cut to three digits or more."""
    if (
        not isinstance(a, Fraction)
        or not isinstance(b, Fraction)
        or 10**60 % b.denominator == 0
        or not b
    ):
        return False
    return abs(a - b) < abs(b) / 200 and 10**60 % a.denominator == 0


def _shifted(found: tuple[tuple[Entry, ...], ...], key: tuple[tuple[Entry, ...], ...]) -> str:
    a, b = [x for row in found for x in row], [x for row in key for x in row]
    if (
        len(a) > 2
        and len(b) > 2
        and a != b
        and (a[1:] == b[: len(a) - 1] or a[: len(b) - 1] == b[1 : len(a) + 1])
    ):
        return "index shifted by one"
    return "other order" if sorted(map(str, a)) == sorted(map(str, b)) and len(a) > 1 else ""


def _told(found: tuple[tuple[Entry, ...], ...], kind: str) -> str:
    if kind == "number":
        return str(found[0][0])
    flat = "; ".join(", ".join(map(str, row)) for row in found)
    return (
        f"({flat}) : {len(found[0])} entries"
        if kind == "vector"
        else f"[{flat}] : {len(found)}×{len(found[0])}"
    )


_LABELS = {"recon", "reconstruction", "rec", "reg", "regularization", "penalty", "loss"}


def _entries(text: str, kind: str, symbols: Table) -> tuple[tuple[Entry, ...], ...]:
    """The entries in rows; a vector is one row, however it is written."""
    if kind == "vector":
        return (tuple(_vector(text, symbols)),)
    node = _single(text, symbols)
    rows = node.rows if isinstance(node, Grid) else ((node,),)
    if kind == "number" and (len(rows), len(rows[0])) != (1, 1):
        raise Unreadable("one number was expected", 0)
    return tuple(tuple(_entry(x, symbols) for x in row) for row in rows)


def _vector(text: str, symbols: Table) -> list[Entry]:
    """Entries in order: a list in brackets, a column, or names with their numbers (α: 0, 2; β: 0.001, 1)."""
    stream = _ordered(tokens(text))
    equals = [i for i, t in enumerate(stream) if t.kind == "="]
    if len(equals) > 1:
        stream = _numbered(stream)
    elif equals:
        stream = stream[equals[0] + 1 :]
    groups = parted(stream, {";", "\n"})
    labelled = [
        p[2:] if len(p) > 2 and p[0].kind in ("greek", "word") and p[1].kind == ":" else p
        for p in groups
    ]
    out: list[Entry] = []
    for group in labelled:
        for part in parted(group, {","}):
            from .read import Reader

            reader = Reader(part, symbols.names, len(text))
            node = reader.expression()
            if not reader.at_end():
                raise Unreadable(f"{reader.peek().text!r} is not read here", reader.peek().at)
            if isinstance(node, Grid):
                if 1 not in (len(node.rows), len(node.rows[0])):
                    raise Unreadable("a vector was expected, and this is a matrix", part[0].at)
                out += [_entry(x, symbols) for row in node.rows for x in row]
            else:
                out.append(_entry(node, symbols))
    if not out:
        raise Unreadable("there is nothing to read", 0)
    return out


def _ordered(stream: list[Token]) -> list[Token]:
    """Without the words for the columns of the loss table, which must stand in the key's order, as must the rows α, β."""
    said = [t.text.lower()[:3] for t in stream if t.kind == "word" and t.text.lower() in _LABELS]
    rows = [
        t.text for t, after in pairwise(stream) if after.kind == ":" and t.kind in ("word", "greek")
    ]
    if said and (
        len(said) % 2
        or any(
            a != "rec" or b not in ("reg", "pen")
            for a, b in zip(said[::2], said[1::2], strict=True)
        )
    ):
        raise Unreadable("the entries are named in another order than they are asked for")
    if [GREEK.get(r, r) for r in rows] not in ([], ["α", "β"]):
        raise Unreadable("the rows are named in another order than they are asked for")
    return [t for t in stream if not (t.kind == "word" and t.text.lower() in _LABELS)]


def _numbered(stream: list[Token]) -> list[Token]:
    """K_0 = …, K_1 = …: the entries, where the indices count from 0."""
    out: list[Token] = []
    for place, part in enumerate(parted(stream, {",", ";", "\n"})):
        if label_of(part).partition("_")[2] != str(place) or sum(t.kind == "=" for t in part) != 1:
            raise Unreadable(f"entry {place} was expected here, by its name and one =", part[0].at)
        out += [
            *([Token(",", ",", part[0].at)] if place else []),
            *part[next(i for i, t in enumerate(part) if t.kind == "=") + 1 :],
        ]
    return out


def _single(text: str, symbols: Table) -> Node:
    found = statements(text, symbols.names, {";", "\n"})
    if len(found) != 1:
        raise Unreadable("one value was expected", found[1].at)
    first, *rest = found[0].links
    if any(_entry(x, symbols) != _entry(first, symbols) for x in rest):
        raise Unreadable("the two sides of its = are not the same", found[0].at)
    return first


def _entry(node: Node, symbols: Table) -> Entry:
    if isinstance(node, Sym):
        return node.name
    if isinstance(node, Elem):
        raise Unreadable("a number was expected, not a member of a family")
    if isinstance(node, Num):
        return node.value
    if names_in(node):
        raise Unreadable("a number was expected, and there are letters in it")
    value = plain(evaluated(node, Instance(Table({}), 0, {}, small=True)))
    if isinstance(value, int | Fraction):
        return Fraction(value)
    raise Unreadable("a number was expected")


def consistent(key: Key) -> list[tuple[str, str]]:
    """What is wrong with a key: a reference that is not equal to itself, a twin not refuted, a symbol that nothing uses."""
    faults = []
    for slot, answer in key.slots.items():
        for text in (answer.reference, *answer.also):
            verdict = decide(slot, text, key)
            if verdict.verdict != "correct":
                faults.append((slot, f"the reference {text!r} is {verdict.verdict}: {verdict.why}"))
        for name, text in answer.twins.items():
            verdict = decide(slot, text, key)
            if verdict.verdict != "incorrect":
                faults.append(
                    (slot, f"the twin {name!r}, {text!r}, is {verdict.verdict}: {verdict.why}")
                )
        faults += [(slot, f"nothing uses the symbol {name}") for name in _unused(answer)]
    return faults


def _unused(answer: Answer) -> list[str]:
    texts: Mapping[str, str] = {"reference": answer.reference, **answer.also, **answer.twins}
    everything = " ".join(
        [
            *texts.values(),
            *texts,
            *answer.facts,
            *answer.where,
            *answer.names,
            *answer.symbols.values(),
        ]
    )
    return [
        name
        for name, text in answer.symbols.items()
        if name.partition("_")[0] not in everything
        and not text.startswith("=")
        and answer.kind not in ("choice", "select_all")
    ]
