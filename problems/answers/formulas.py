"""The judge of an answer that is a formula: which of its statements answers, what it defines,
where it holds.

Right only where every statement that answers is right, on the whole of the slot's domain, and
nothing else is said that is not known to be true.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property, lru_cache

from ..formulas.declare import Table, table
from ..formulas.instance import Instance, evaluated
from ..formulas.lexer import GREEK, Token, tokens
from ..formulas.reader import Names, chained, expression
from ..formulas.sets import LINE, RealSet, above, below, points
from ..formulas.shape import NUMBER, shape
from ..formulas.strangers import unified
from ..formulas.tree import Node, Unreadable, every, num, substituted, sym, transpose
from ..formulas.values import Mismatch
from ..formulas.write import shown
from ..part import Slot
from .boxes import opened
from .explain import compare
from .inverses import of_inverses
from .statements import Condition, Label, Piece, condition, label_of, pieces, stated, tree
from .verdict import Verdict, agreed, undecided
from .wrapping import Passage

MOST_NODES = 2_000  # of an answer with its definitions put in


_LENGTHS = frozenset(("L", "N", "T"))  # of a sequence, by letters that people use


@dataclass(frozen=True)
class Wanted:
    """A slot's formula, and what an answer to it may call itself and say besides."""

    slot: Slot
    table: Table
    key: Node
    labels: tuple[Label, ...]

    @property
    def bases(self) -> frozenset[str]:
        return frozenset(label.base for label in self.labels)

    @property
    def index(self) -> str:
        """The letter that counts, l in K_l, where it is a declared integer."""
        found = (label.index for label in self.labels if label.index)
        return next(found, "")

    @property
    def member(self) -> str:
        """The letter of a member that nothing binds: i in k_iᵀ M⁻¹ q."""
        free = {x.args[0].of for x in every(self.key) if x.op == "elem" and x.args[0].op == "sym"}
        return next(iter(free & self.key.names), "")

    @cached_property
    def running(self) -> Running | None:
        """What a slot for the next value of a number is about, m' of m, n and x_{n+1}."""
        old = next((own.base for own in self.labels if own.primed), "")
        added = (
            next((name for name in self.table.symbols if name.endswith("+1")), "") if old else ""
        )
        base, _, index = added.partition("_")
        return Running(old, base, index.removesuffix("+1")) if added else None

    @property
    def power(self) -> str:
        """The exponent in its name: L in A^L."""
        return next((_text(label.exponent) for label in self.labels if label.exponent), "")


def _name(piece: Piece) -> str:
    return piece.label.name if piece.label is not None else ""


def _text(exponent: tuple[object, ...]) -> str:
    return "".join(str(getattr(t, "text", "")) for t in exponent)


@lru_cache(maxsize=1024)
def _wanted(names: str, right: str, table: Table) -> tuple[tuple[Label, ...], Node]:
    labels = (label_of(tuple(tokens(text))) for text in chained(names)[:-1])
    return tuple(label for label in labels if label is not None), _key(right, table)


def _key(right: str, table: Table) -> Node:
    """A reference's tree, what it defines beside it put in. Raises Unreadable."""
    main, *others = pieces(right)
    local: dict[str, Node] = {}
    names = table.names
    for piece in others:
        if piece.label is None or piece.conditions or len(piece.links) != 1:
            raise Unreadable("a reference says one thing, and defines what it is made of", piece.at)
        names = replace(names, symbols=names.symbols | {piece.label.name})
    for piece in reversed(others):
        assert piece.label is not None
        local[piece.label.name] = substituted(tree(piece.links[0], names, len(right)), local)
    return substituted(tree(main.links[-1], names, len(right)), local)


def wanted(slot: Slot, table: Table, reference: str | None = None) -> Wanted:
    """A slot as its answers are held against it.

    `reference` is another right text, under the slot's own names.
    """
    labels, key = _wanted(slot.right, reference or slot.right, table)
    return Wanted(slot, table, key, labels)


@dataclass(frozen=True)
class Running:
    """A number that is brought up to date: its old value's name, and what is added, counted by
    what.
    """

    old: str
    added: str
    counter: str


@dataclass(frozen=True)
class Answering:
    """One statement that answers: its links as trees, and the key in its terms."""

    piece: Piece
    links: tuple[Node, ...]
    key: Node
    conditions: tuple[Condition, ...]
    instance: int | None = None  # it names one entry: K_1


def decide(text: str, slot: Slot, table: Table, reference: str | None = None) -> Verdict:
    """Whether an answer of kind scalar or matrix_expr is right. Raises Unreadable for what cannot
    be read.
    """
    asked = wanted(slot, table, reference)
    found = [_placed(here, asked) for here in opened(text)]
    return agreed(found, "it gives two answers")


def _placed(here: Passage, asked: Wanted) -> Verdict:
    """The verdict on a passage, its place being one in the whole answer."""
    try:
        stream, note = of_inverses(tokens(here.text), asked.table)
        found = _Judge(here.text, asked, stated(stream)).verdict()
        found = found.under(note) if found.verdict == "correct" else found
    except Unreadable as error:
        raise Unreadable(error.why, here.place(error.at)) from None
    return replace(found, at=here.place(found.at))


@dataclass
class _Judge:
    """One answer."""

    text: str
    asked: Wanted
    found: list[Piece]
    local: dict[str, Node] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)  # symbols of which it says what the slot says
    notes: list[str] = field(default_factory=list)  # what a correct verdict rests on

    @property
    def table(self) -> Table:
        return self.asked.table

    def verdict(self) -> Verdict:
        rates = [p for p in self.found if p.rate]
        said = [p for p in self.found if not p.rate and not self.is_before(p)]
        if not said:
            raise Unreadable("it is a growth rate, and a formula was asked for", self.found[0].at)
        answers = self.answers(said)
        names = self.names(said, answers)
        others = [p for p in said if p not in answers]
        begun = {_name(p) for p in answers if self.is_free(p.label)}
        names = self.define([p for p in others if _name(p) not in begun], names)
        read = [self.answering(p, names) for p in answers]
        general = [a for a in read if a.instance is None]
        if not general:
            return undecided(
                f"it is about {self.asked.index} = {read[0].instance} alone", read[0].piece.at
            )
        inside = [a for a in general if not any(self.is_outside(c) for c in a.conditions)]
        if not inside:
            return undecided("it is about what was not asked for", general[0].piece.at)
        verdict = self.together([self.one(a) for a in inside], inside)
        last = max(a.piece.at for a in inside)
        if verdict.verdict != "undecided" and (piece := self.reassigned(others, last)):
            return undecided(
                f"it gives {_name(piece)} another meaning than it has here", piece.at, verdict.read
            )
        if verdict.verdict == "incorrect" and (piece := self.right_beside(others, names)):
            return undecided("two of its answers differ", piece.at, verdict.read)
        if verdict.verdict != "correct":
            return verdict
        if wrong := self.against_a_fact(others, general, names):
            return wrong
        verdict = verdict.under(*self.notes)
        single = [a for a in read if a.instance is not None]
        return self.besides(verdict, general, single, others, rates, names)

    # ---- which statements answer

    def is_before(self, piece: Piece) -> bool:
        """K_0 = … where l ≥ 1 was asked for, and the key says nothing of K_0."""
        label = piece.label
        symbol = self.table.symbols.get(self.asked.index)
        if label is None or symbol is None or symbol.kind != "integer" or len(self.found) < 2:
            return False
        named = label.index.isdigit() and self.is_asked(label) and not piece.conditions
        if not named or int(label.index) >= (symbol.least or 0):
            return False
        self.notes.append(f"what it says of {label.name} was not asked for")
        return True

    def answers(self, said: list[Piece]) -> list[Piece]:
        """The statements that bear the slot's name, or else those without a name, or else the last
        that nothing uses.
        """
        named = [p for p in said if p.label is not None and self.is_asked(p.label)]
        named = [p for p in named if not self.is_used_by(p, named)] or named
        if named:
            return named
        plain = [p for p in said if p.label is None]
        if plain:
            return plain
        if len(said) == 1 and self.is_free(said[0].label):
            return said
        updated = [p for p in said if self.is_free(p.label) and self.mentions(p, {_name(p)})]
        if len(updated) == 1 and self.previous():
            return updated
        used = {t.text for p in said for t in p.tokens}
        last = [p for p in said if self.is_free(p.label) and p.label and p.label.base not in used]
        if len(last) != 1:
            raise Unreadable("no statement in it answers the question", said[0].at)
        return last

    def is_free(self, label: Label | None) -> bool:
        """Whether a label is a name that nothing else has: then it names the answer."""
        if label is None or label.exponent or label.transposed:
            return False
        if label.primed and self.asked.running is None:
            return False
        known = {n.partition("_")[0] for n in (*self.table.symbols, *self.table.aliases)}
        return label.base not in known

    def is_used_by(self, piece: Piece, others: list[Piece]) -> bool:
        """Whether it defines what another one is made of: w in a = K w, w = …"""
        base = piece.label.base if piece.label is not None else ""
        return any(
            base in {GREEK.get(t.text, t.text) for t in other.tokens}
            for other in others
            if other is not piece and other.label is not None and other.label.base != base
        )

    def is_asked(self, label: Label) -> bool:
        """Whether a label is one of the slot's own names."""
        for own in self.asked.labels:
            if own.base != label.base or (own.primed != label.primed and label.primed):
                continue
            if bool(own.exponent) != bool(label.exponent):
                continue
            if self.is_fact(label):
                continue
            return True
        return False

    def is_fact(self, label: Label) -> bool:
        """K_0 where the key lists K_0 = D."""
        if not label.index.isdigit():
            return False
        return any(fact.partition(" = ")[0] == label.name for fact in self.asked.slot.facts)

    # ---- names

    def names(self, said: list[Piece], answers: list[Piece]) -> Names:
        """What words mean in this answer: the slot's symbols, what it defines itself, its own
        letter for the index.
        """
        names = self.table.names
        own = {p.label.name for p in said if p.label is not None and p not in answers}
        own -= {_name(p) for p in answers}  # the value that it begins with
        own = {n for n in own if n not in names.symbols and n not in names.aliases}
        names = replace(names, symbols=names.symbols | own)
        for piece in answers:
            if piece.label is not None and (run := self.asked.running) is not None:
                names = self.with_next(names, piece, run)
            elif piece.label is not None and self.is_asked(piece.label):
                names = self.with_index(names, piece.label)
            elif piece.label is not None and self.mentions(piece, {_name(piece)}):
                names = self.with_letter(names, piece.label)
                if not names.has(piece.label.name) and (previous := self.previous()):
                    aliases = {**names.aliases, piece.label.name: previous}
                    names = replace(names, aliases=aliases)
            elif piece.label is not None:
                names = self.with_letter(names, piece.label)
            elif letter := self.own_member(piece):
                member = self.asked.member
                names = replace(names, renamed={letter: member, member: letter})
        return names

    def previous(self) -> str:
        """A_{t−1} where A_t is asked for."""
        index = self.asked.index
        names = (f"{own.base}_{index}-1" for own in self.asked.labels if own.index == index)
        return next((name for name in names if name in self.table.symbols), "")

    def with_next(self, names: Names, piece: Piece, run: Running) -> Names:
        """The value before and after by the names that people use: m_n and m_{n+1}, x̄, m_old,
        m_{n−1}.
        """
        label = piece.label
        assert label is not None
        base, at = label.base, run.counter
        before, new = f"{run.added}_{at}+1", label.index in ("", "new", "next")
        if label.index == at:
            previous = {f"{base}_{at}-1": run.old, f"{run.added}_{at}": before}
            if not self.says(piece, f"{base}_{at}-1"):
                raise Unreadable(f"is {label.name} the value before or after?", label.at)
            return replace(names, aliases={**names.aliases, **previous})
        if label.index != f"{at}+1" and not new:
            return names
        also = dict.fromkeys((f"{base}_{at}", f"{base}_old", f"{base}_prev", base), run.old)
        also |= {f"{run.added}_new": before} if new else {}
        also = {name: to for name, to in also.items() if name not in names.symbols}
        return replace(names, aliases={**names.aliases, **also})

    def says(self, piece: Piece, name: str) -> bool:
        """Whether a name with its index stands in a statement, written as base_{index}."""
        texts = [GREEK.get(t.text, t.text) for t in piece.tokens if t.kind not in ("{", "}")]
        base, _, index = name.partition("_")
        wanted = [base, "_", *index.partition("-")]
        return any(texts[i : i + len(wanted)] == wanted for i in range(len(texts)))

    def with_letter(self, names: Names, label: Label) -> Names:
        """P_t = P_{t−1} − … for A_t: the same recurrence under another letter."""
        index = self.asked.index
        base = next((own.base for own in self.asked.labels if own.index == index), "")
        if label.base in self.table.symbols or label.index != index or not index:
            return names
        other = {
            f"{label.base}_{name.partition('_')[2]}": name
            for name in self.table.symbols
            if name.partition("_")[0] == base and "_" in name
        }
        return replace(names, aliases={**names.aliases, **other})

    def own_member(self, piece: Piece) -> str:
        """The one letter that an answer without a name uses for the key's member: j in qᵀ k_j."""
        member, families = self.asked.member, self.table.families
        if not member:
            return ""
        used = {
            b.text
            for link in piece.links
            for a, mark, b in zip(link, link[1:], link[2:], strict=False)
            if mark.kind == "_" and a.text in families and b.kind == "word" and len(b.text) == 1
        }
        return used.pop() if len(used) == 1 and member not in used else ""

    def with_index(self, names: Names, label: Label) -> Names:
        """K_m for K_l: the letter m is l here; A_{t+1} from A_t: every index is one less."""
        index, own = self.asked.index or self.asked.member, label.index
        if not own or own == index or own.isdigit() or not index:
            return names
        if index == self.asked.member and len(own) == 1:
            return replace(names, renamed={**names.renamed, own: index, index: own})
        symbol = self.table.symbols.get(index)
        if symbol is not None and symbol.kind == "integer":
            if len(own) == 1 and own.isalpha() and own not in self.table.symbols:
                return replace(names, renamed={**names.renamed, own: index, index: own})
            return names
        if own == f"{index}+1":
            return replace(names, aliases={**names.aliases, **self.shifted(index)})
        if sorted(own.split("+")) == sorted(index.split("+")):
            return names
        raise Unreadable(
            f"the index {own} is another than the {index} that was asked for", label.at
        )

    def shifted(self, index: str) -> dict[str, str]:
        """k_{t+1} for k_t, A_t for A_{t−1}."""
        out = {}
        for name in self.table.symbols:
            base, mark, at = name.partition("_")
            if mark and at == index:
                out[f"{base}_{index}+1"] = name
            elif mark and at == f"{index}-1":
                out[f"{base}_{index}"] = name
        return out

    # ---- definitions

    def define(self, others: list[Piece], names: Names) -> Names:
        """The trees of what the answer defines beside what it answers, and the names with their
        sizes.

        One that others are made of is read before them.
        """
        waiting = [p for p in others if self.is_definition(p)]
        own = {p.label.name for p in waiting if p.label is not None}
        if len(own) < len(waiting):
            raise Unreadable("something is defined twice", waiting[-1].at)
        while waiting:
            ready = [p for p in waiting if not self.mentions(p, own - {_name(p)})] or waiting[:1]
            for piece in ready:
                name = _name(piece)
                own.discard(name)
                declared = self.table.aliases.get(name, name)
                if declared in self.table.symbols:
                    self.redefine(declared, tree(piece.links[-1], names, len(self.text)))
                    continue
                node = self.local[name] = tree(piece.links[-1], names, len(self.text))
                names = names.defining(name, node)
            waiting = [p for p in waiting if p not in ready]
        return names

    def redefine(self, name: str, node: Node) -> None:
        """s = ‖p‖ where the slot has s = pᵀ p: what the answer says of its own letters holds."""
        if compare(self.resolved(node), sym(name), self.table).verdict == "correct":
            self.known.add(name)
        elif node.names:  # s = 1 is a special case, and no meaning of s
            self.local[name] = node

    def is_definition(self, piece: Piece) -> bool:
        """Whether it says what a name is made of: a new one, or one made of others."""
        label = piece.label
        if label is None or label.transposed or label.exponent:
            return False
        symbol = self.table.symbols.get(self.declared(label))
        return symbol is None or (bool(symbol.value) and not self.mentions(piece, {label.base}))

    def declared(self, label: Label) -> str:
        """The symbol that a label names, by whichever spelling."""
        return self.table.aliases.get(label.name, label.name)

    def reassigned(self, others: list[Piece], last: int) -> Piece | None:
        """A statement beside the answer that gives a symbol another meaning than the slot's.

        n ← n + 1 after the answer does not.
        """
        for piece in others:
            label = piece.label
            name = self.declared(label) if label is not None else ""
            symbol = self.table.symbols.get(name)
            if label is None or symbol is None or name in self.known or name in self.local:
                continue
            if not (symbol.kind == "integer" and piece.at > last):
                return piece
        return None

    def right_beside(self, others: list[Piece], names: Names) -> Piece | None:
        """A statement without a name that is right, beside a named one that is not."""
        for piece in others:
            if piece.label is None and piece.links:
                node = self.resolved(tree(piece.links[-1], names, len(self.text)))
                if compare(node, self.asked.key, self.table).verdict == "correct":
                    return piece
        return None

    def against_a_fact(
        self, others: list[Piece], general: list[Answering], names: Names
    ) -> Verdict | None:
        """K_0 = 0 where the key says K_0 = D: its own line, or one of the cases."""
        said = [
            (name, tuple(tree(x, names, len(self.text)) for x in p.links), p.at)
            for p in others
            if (name := self.first_of(p, general))
        ]
        for answering in general:
            label = answering.piece.label
            for one in answering.conditions:
                if label is not None and (value := self.pinned(one)) is not None:
                    said.append((f"{label.base}_{value}", answering.links, answering.piece.at))
        for name, links, at in said:
            known = self.fact_of(name)
            if known is None:
                continue
            for link in links:
                found = compare(self.resolved(link), known, self.table)
                if found.verdict == "incorrect":
                    return replace(found, why=f"of {name}: {found.why}", at=at)
        return None

    def first_of(self, piece: Piece, general: list[Answering]) -> str:
        """A_0 of A_0 = I/λ, and of X = I/λ where X ← X − … is the answer."""
        if piece.label is None:
            return ""
        if piece.label.index.isdigit():
            bases = {name.partition("_")[0] for name in self.letters(general)}
            own = self.previous().partition("_")[0]
            base = own if own and piece.label.base in bases else piece.label.base
            return f"{base}_{piece.label.index}"
        previous = self.previous().partition("_")[0]
        return f"{previous}_0" if previous and _name(piece) in self.letters(general) else ""

    def letters(self, general: list[Answering]) -> set[str]:
        """The names that an answer gives to what it brings up to date, where they are its own."""
        return {_name(a.piece) for a in general if self.is_free(a.piece.label)}

    def pinned(self, one: Condition) -> Fraction | None:
        """The value of the slot's index that a condition is about: l = 0."""
        is_index = one.relations == ("=",) and one.sides[0] == sym(self.asked.index)
        return one.sides[1].of if is_index and one.sides[1].op == "num" else None

    def fact_of(self, name: str) -> Node | None:
        """What the key says of a name beside what was asked for."""
        for fact in self.asked.slot.facts:
            left, _, right = fact.partition(" = ")
            if right and left == name:
                return expression(right, self.table.names)
        return None

    def mentions(self, piece: Piece, names: set[str]) -> bool:
        bases = {name.partition("_")[0] for name in names}
        return not bases.isdisjoint(GREEK.get(t.text, t.text) for t in piece.tokens)

    def resolved(self, node: Node) -> Node:
        """Definitions put in, those of definitions too, within bounds."""
        for _ in range(len(self.local) + 1):
            if node.names.isdisjoint(self.local):
                return node
            size = node.size + sum(
                self.local[x.of].size for x in every(node) if x.op == "sym" and x.of in self.local
            )
            if size > MOST_NODES:
                raise Unreadable(f"with its definitions put in it has over {MOST_NODES:,} parts")
            node = substituted(node, self.local)
        raise Unreadable("its definitions go round in a circle")

    # ---- one statement that answers

    def is_own_name(self, link: tuple[Token, ...]) -> bool:
        """w in a = w = K …: another of the slot's names."""
        label = label_of(link)
        if label is None or label.name in self.table.symbols or label.name in self.table.aliases:
            return False
        return any(label == replace(own, at=label.at) for own in self.asked.labels)

    def answering(self, piece: Piece, names: Names) -> Answering:
        length = len(self.text)
        links = tuple(
            self.resolved(tree(link, names, length))
            for link in piece.links
            if not self.is_own_name(link)
        )
        if not links:
            raise Unreadable("it only names what was asked for", piece.at)
        conditions = tuple(condition(part, names, length) for part in piece.conditions)
        key, label = self.asked.key, piece.label
        run = self.asked.running
        if label is not None and run is not None and label.index == run.counter:
            before = Node("add", (sym(run.counter), num(-1)))
            return Answering(piece, links, substituted(key, {run.counter: before}), conditions)
        if label is None or not self.is_asked(label):
            return Answering(piece, links, key, conditions)
        if label.transposed:
            key = transpose(key)
        if label.exponent:
            return self.of_power(Answering(piece, links, key, conditions), names)
        return self.of_entry(Answering(piece, links, key, conditions), names)

    def of_power(self, found: Answering, names: Names) -> Answering:
        """A^{l−1} = …: the key with l − 1 for its exponent."""
        label = found.piece.label
        assert label is not None
        exponent = tree(label.exponent, names, len(self.text))
        power = self.asked.power
        if exponent.op == "num":
            return replace(found, instance=int(exponent.of))
        if exponent == sym(power) or self.table.aliases.get(str(exponent.of)) == power:
            return found
        return replace(found, key=substituted(found.key, {power: exponent}))

    def of_entry(self, found: Answering, names: Names) -> Answering:
        """K_{l+1} = …: the key with l + 1 for its index; K_1 = … is about one entry."""
        label, index = found.piece.label, self.asked.index
        assert label is not None
        if label.index.isdigit() and not index.isdigit():
            return replace(found, instance=int(label.index))
        symbol = self.table.symbols.get(index)
        if not label.index or label.index == index or len(label.index) == 1:
            return found
        if symbol is None or symbol.kind != "integer":
            return found  # its letters were shifted when it was read
        at = expression(label.index, names)
        if at == expression(index, names):
            return found
        return replace(found, key=substituted(found.key, {index: at}))

    def one(self, found: Answering) -> Verdict:
        """Every link of its chain, then the conditions, then the form."""
        pairs: list[tuple[Node, ...]] = [(link, found.key) for link in found.links]
        if self.table.strangers:  # an undeclared letter means one thing on both sides
            pairs = [unified(pair, self.table.names) for pair in pairs]
        verdicts = [compare(link, key, self.table) for link, key in pairs]
        verdict = next((v for v in verdicts if v.verdict == "incorrect"), None) or self.together(
            verdicts, [found] * len(verdicts)
        )
        if (
            verdict.verdict == "incorrect"
            and "@" in self.text
            and verdict.why == "the sizes do not fit"
        ):
            return undecided(
                f"in NumPy a vector is neither row nor column: {verdict.counterexample}",
                read=verdict.read,
            )
        if verdict.verdict == "incorrect" and self.is_of_another(found):
            why = f"it is not known to be about {self.asked.labels[0].name}"
            return undecided(why, found.piece.at, verdict.read)
        if verdict.verdict == "incorrect" and found.conditions:
            return self.incorrect_there(found, verdict)
        if verdict.verdict != "correct":
            return verdict
        return self.in_form(found, verdict)

    def is_of_another(self, found: Answering) -> bool:
        """M_t = M_{t−1} + k kᵀ may be right, and about another matrix, where A_t is asked for."""
        if not self.previous() or not self.is_free(found.piece.label):
            return False
        name = _name(found.piece)
        own = self.mentions(found.piece, {name}) and name.partition("_")[0] != self.previous()[:1]
        return own and not any(x.op in ("div", "pow") for link in found.links for x in every(link))

    def incorrect_there(self, found: Answering, verdict: Verdict) -> Verdict:
        """A wrong answer under a condition is only called wrong where it is wrong under it, or
        where the condition does not take away from the domain.
        """
        for one in found.conditions:
            if self.uncovered(one):
                return self.wrong_within(found, one) or undecided(
                    f"it holds under the condition {told(one)}, which was not asked for",
                    one.at,
                    verdict.read,
                )
        return verdict

    def wrong_within(self, found: Answering, one: Condition) -> Verdict | None:
        """Its verdict at the first whole numbers that a condition leaves, if it is wrong there."""
        variable = self.variable(one)
        symbol = self.table.symbols.get(variable or "")
        if symbol is None or symbol.kind != "integer" or len(found.conditions) > 1:
            return None
        least = int(symbol.least or 0) + (1 if symbol.strict else 0)
        region = _region(one)
        for value in [n for n in range(least, least + 12) if Fraction(n) in region][:3]:
            put = {symbol.name: num(value)}
            key = substituted(found.key, put)
            for link in found.links:
                verdict = compare(substituted(link, put), key, self.table)
                if verdict.verdict == "incorrect":
                    return replace(verdict, why=f"at {variable} = {value}, {verdict.why}", hint="")
        return None

    def together(self, verdicts: list[Verdict], of: list[Answering]) -> Verdict:
        """All alike: that; right and wrong ones side by side: undecided."""
        said = [v.verdict for v in verdicts]
        if len(set(said)) == 1:
            last = verdicts[-1]
            return (
                last.under(*(a for v in verdicts for a in v.assuming))
                if said[0] == "correct"
                else last
            )
        if "undecided" in said:
            return verdicts[said.index("undecided")]
        wrong = verdicts[said.index("incorrect")]
        why = (
            f"two of its answers differ: one is right, and of {wrong.read}: {wrong.counterexample}"
        )
        return undecided(why, of[said.index("incorrect")].piece.at, wrong.read)

    def in_form(self, found: Answering, verdict: Verdict) -> Verdict:
        """What only restates the question is no answer, however right it is."""
        for form in self.asked.slot.form:
            rule = FORMS[form]
            if not any(rule(link, self.table) for link in found.links):
                why = (
                    f"it is equal to what was asked for, but not in the form that is wanted: {form}"
                )
                return undecided(why, found.piece.at, verdict.read)
        return verdict

    # ---- what else is said

    def besides(
        self,
        verdict: Verdict,
        general: list[Answering],
        single: list[Answering],
        others: list[Piece],
        rates: list[Piece],
        names: Names,
    ) -> Verdict:
        """Conditions that leave something out, entries by themselves, definitions that nothing
        uses, growth rates.
        """
        covered = {a.instance for a in single if self.is_right_entry(a)}
        if wrong := next((a for a in single if a.instance not in covered), None):
            return undecided(
                f"what it says of {self.asked.index or self.asked.power} = {wrong.instance} "
                "is not decided here",
                wrong.piece.at,
                verdict.read,
            )
        apart = [a for a in general if any(self.is_outside(c) for c in a.conditions)]
        general = [a for a in general if a not in apart]
        verdict = verdict.under(
            *(f"what it says {told(a.conditions[-1])} was not asked for" for a in apart)
        )
        for answering in general:
            for one in answering.conditions:
                missing = self.uncovered(one, frozenset(c for c in covered if c is not None))
                if missing:
                    return undecided(missing, one.at, verdict.read)
        used = self.used(general) if others else set()
        for piece in others:
            if not self.is_known(piece, names, used, general):
                return undecided(
                    "it also says something that is not decided here", piece.at, verdict.read
                )
        for piece in rates:
            if not self.is_known_rate(piece):
                return undecided(
                    "it also says a growth rate that is not decided here", piece.at, verdict.read
                )
        return verdict

    def used(self, general: list[Answering]) -> set[str]:
        """The names that the answers are made of, and those of the definitions that they need."""
        names = self.names([a.piece for a in general], [a.piece for a in general])
        names = replace(names, symbols=names.symbols | set(self.local))
        queue = {
            n
            for a in general
            for link in a.piece.links
            if not self.is_own_name(link)
            for n in tree(link, names, len(self.text)).names
        }
        out = {x for a in general for link in a.links for x in link.names}
        while queue:
            name = queue.pop()
            if name in self.local and name not in out:
                out.add(name)
                queue |= self.local[name].names
        return out

    def is_right_entry(self, found: Answering) -> bool:
        """Whether K_1 = … is what the key gives at l = 1."""
        index = self.asked.index or self.asked.power
        key = substituted(found.key, {index: num(found.instance or 0)})
        return all(compare(link, key, self.table).verdict == "correct" for link in found.links)

    def is_known(
        self, piece: Piece, names: Names, used: set[str], general: list[Answering]
    ) -> bool:
        """A definition that was used, a fact of the key, or a true statement about declared
        symbols.
        """
        if piece.conditions:
            return False
        label = piece.label
        if label is not None and self.declared(label) in used & set(self.local):
            return len(piece.links) == 1
        try:
            links = [self.resolved(tree(link, names, len(self.text))) for link in piece.links]
        except Unreadable:
            return False
        if label is not None:
            name = self.first_of(piece, general) or label.name
            if self.is_stated(name, links):
                return True
        if label is None or label.transposed or label.exponent:
            return False
        if self.counts_on(label, links):
            return True
        declared = self.declared(label)
        if declared in self.table.symbols and declared not in self.free_symbols():
            return all(
                compare(link, sym(declared), self.table).verdict == "correct" for link in links
            )
        return False

    def counts_on(self, label: Label, links: list[Node]) -> bool:
        """n ← n + 1 after the answer."""
        symbol = self.table.symbols.get(label.base)
        counts = symbol is not None and symbol.kind == "integer" and not label.index
        return counts and all(_is_next(link, label.base) for link in links)

    def free_symbols(self) -> set[str]:
        return {n for n, s in self.table.symbols.items() if not s.value}

    def is_stated(self, name: str, links: list[Node]) -> bool:
        """Whether it is one of the key's facts."""
        for fact in self.asked.slot.facts:
            left, _, right = fact.partition(" = ")
            if not right or left != name:
                continue
            try:
                known = expression(right, self.table.names)
                if all(compare(link, known, self.table).verdict == "correct" for link in links):
                    return True
            except Unreadable:
                continue
        return False

    def is_known_rate(self, piece: Piece) -> bool:
        """Whether a growth rate is one that the key states."""
        from . import rates  # not before somebody says one

        link = piece.links[-1]
        start = next(t.at for t in link if t.text in ("O", "Θ", "Theta"))
        said = self.text[start : link[-1].at + len(link[-1].text)]
        for fact in self.asked.slot.facts:
            if not fact.startswith("O("):
                continue
            letters = sorted({t.text for t in tokens(fact) if t.kind == "word"} - {"O", "log"})
            slot = Slot("rate", "complexity", fact, ", ".join(letters))
            try:
                if rates.decide(said, slot, table(slot.where)).verdict == "correct":
                    return True
            except Unreadable:
                continue
        return False

    # ---- conditions against the domain

    def uncovered(self, one: Condition, also: frozenset[int] = frozenset()) -> str:
        """What a condition leaves out of the slot's domain, in words; nothing where it leaves out
        nothing.
        """
        if one.relations == ("∈",):
            return self.outside(one)
        variable = self.variable(one)
        if variable is None and (below := self.below_horizon(one)):
            self.notes.append(f"it is said for {told(one)} only")
            return self.uncovered(below, also)
        if variable is None:
            return (
                ""
                if self.is_declared(one)
                else f"it holds under the condition {told(one)}, which was not asked for"
            )
        symbol = self.table.symbols.get(variable)
        if symbol is None:
            if variable in self.table.sizes:
                return self.outside_integers(one, variable, 1, also)
            return "" if self.counts_positions(one) else f"nobody declared {variable!r}"
        if symbol.kind == "integer":
            least = int(symbol.least or 0) + (1 if symbol.strict else 0)
            return self.outside_integers(one, variable, least, also)
        domain = LINE if symbol.least is None else above(symbol.least, symbol.strict)
        left_out = domain - _region(one)
        if not left_out:
            return ""
        if left_out == points(left_out.ends) and self.is_assumed(variable, left_out):
            return ""
        return f"it says nothing about {variable} in {left_out}"

    def below_horizon(self, one: Condition) -> Condition | None:
        """1 ≤ l ≤ L, L being a length of which the slot says nothing, as 1 ≤ l."""
        *rest, last = one.sides
        length = last.op == "sym" and str(last.of) in _LENGTHS and not self.has(str(last.of))
        index = self.asked.index
        if not length or not rest or rest[-1] != sym(index) or one.relations[-1] not in ("<=", "<"):
            return None
        return Condition(tuple(rest), one.relations[:-1], one.at) if len(rest) == 2 else None

    def has(self, name: str) -> bool:
        return name in self.table.symbols or name in self.table.aliases or name in self.table.sizes

    def is_outside(self, one: Condition) -> bool:
        """Whether a condition on a number leaves nothing of the slot's domain."""
        if self.is_beyond_horizon(one):
            return True
        variable = self.variable(one) if one.relations != ("∈",) else None
        symbol = self.table.symbols.get(variable or "")
        if symbol is None or symbol.kind not in ("scalar", "integer"):
            return False
        least = Fraction(0) if symbol.least is None and symbol.kind == "integer" else symbol.least
        try:
            return not (LINE if least is None else above(least, symbol.strict)) & _region(one)
        except Unreadable:
            return False

    def is_beyond_horizon(self, one: Condition) -> bool:
        """l > L, L being a length of which the slot says nothing."""
        if len(one.sides) != 2 or any(side.op != "sym" for side in one.sides):
            return False
        index, length = (str(side.of) for side in one.sides)
        known = self.has(length) or index != self.asked.index
        return not known and length in _LENGTHS and one.relations in ((">",), (">=",))

    def is_assumed(self, variable: str, left_out: RealSet) -> bool:
        """λ ≠ 0 where the key itself assumes it."""
        return all(
            any(f"{variable} ≠ {x}" in text for text in self.asked.slot.assuming)
            for x in left_out.ends
        )

    def variable(self, one: Condition) -> str | None:
        """The one symbol that the condition is about; None where it is about two, or about none by
        itself.
        """
        names = {n for side in one.sides for n in side.names}
        letters = {self.table.aliases.get(n, n) for n in names}
        return letters.pop() if len(letters) == 1 else None

    def is_declared(self, one: Condition) -> bool:
        """d < n where the slot says so; 1 ≤ t ≤ n of a letter that counts positions."""
        if len(one.sides) == 2 and all(s.op == "sym" for s in one.sides):
            left, right = (str(s.of) for s in one.sides)
            pair = (left, right) if one.relations[0] in ("<", "<=") else (right, left)
            return pair in self.table.smaller
        return self.counts_positions(one)

    def counts_positions(self, one: Condition) -> bool:
        """t ≥ 1, t = 1, …, n, 1 ≤ i ≤ n: all positions of a sequence."""
        indices = {name.partition("_")[2][:1] for name in self.table.symbols if "_" in name}
        letters = {str(s.of) for s in one.sides if s.op == "sym"} & indices
        if len(letters) != 1 or any(s.op not in ("sym", "num") for s in one.sides):
            return False
        letter = sym(letters.pop())
        pairs = list(zip(one.sides, one.relations, one.sides[1:], strict=False))
        turned = [(a, r, b) if a == letter else (b, _TURNED.get(r, r), a) for a, r, b in pairs]
        low = [(r, b) for a, r, b in turned if a == letter and b.op == "num"]
        high = [(r, b) for a, r, b in turned if a == letter and b.op == "sym"]
        begins = len(low) == 1 and (
            (low[0][0] == ">=" and low[0][1].of <= 1) or (low[0][0] == ">" and low[0][1].of < 1)
        )
        ends = not high or (len(high) == 1 and high[0][0] == "<=")
        return begins and ends and len(low) + len(high) == len(pairs)

    def outside_integers(
        self, one: Condition, variable: str, least: int, also: frozenset[int]
    ) -> str:
        region = _region(one)
        missing = [
            n for n in range(least, least + 4) if Fraction(n) not in region and n not in also
        ]
        beyond = above(Fraction(least + 4)) - region
        if not missing and not beyond:
            return ""
        where = ", ".join(f"{variable} = {n}" for n in missing) or f"{variable} in {beyond}"
        return f"it says nothing about {where}"

    def outside(self, one: Condition) -> str:
        """λ ∈ ℝ, A ∈ ℝ^{n×d}: nothing is left out; anything else is not understood."""
        text = str(one.sides[1].of)
        real = text.replace("{", "").replace("}", "").lstrip("\\")
        if real[:1] not in ("ℝ", "R", "ℕ", "N", "ℤ", "Z", "ℂ") and not real.startswith("mathbb"):
            return f"the condition {told(one)} is not understood"
        said = [x for x in re.split(r"[^A-Za-z0-9_]+|times", real.partition("^")[2]) if x]
        found = self.sizes_of(one.sides[0])
        if found and said and all(self.has(x) for x in said) and found[: len(said)] != said:
            return f"it says {told(one)}, and that is {'×'.join(found)}"
        return ""

    def sizes_of(self, node: Node) -> list[str]:
        """Rows and columns of a tree, those of a column once; none of a number."""
        try:
            found = shape(self.resolved(node), self.table)
        except (Mismatch, Unreadable):
            return []
        return [size for size in found or () if size != "1"]


def _is_next(node: Node, letter: str) -> bool:
    """n + 1."""
    return node.op == "add" and set(node.args) == {sym(letter), num(1)}


def told(one: Condition) -> str:
    text = shown(one.sides[0])
    for relation, side in zip(one.relations, one.sides[1:], strict=True):
        text += f" {_SIGNS.get(relation, relation)} {shown(side)}"
    return text


_SIGNS = {"<=": "≤", ">=": "≥", "!=": "≠"}


def _region(one: Condition) -> RealSet:
    """The numbers that satisfy a chain of relations between one variable and numbers."""
    out = LINE
    for left, relation, right in zip(one.sides, one.relations, one.sides[1:], strict=False):
        if left.op == "num" and right.op == "sym":
            left, right, relation = right, left, _TURNED.get(relation, relation)
        if left.op != "sym" or not _is_number(right):
            raise Unreadable(f"the condition {told(one)} is not understood", one.at)
        out = out & _side(relation, _number(right))
    return out


_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def _is_number(node: Node) -> bool:
    return not node.names and all(x.op in ("num", "div", "mul", "add") for x in every(node))


def _number(node: Node) -> Fraction:
    return Fraction(evaluated(node, Instance(Table(), {})))


def _side(relation: str, value: Fraction) -> RealSet:
    sides = {
        "<": below(value, strict=True),
        "<=": below(value),
        ">": above(value, strict=True),
        ">=": above(value),
        "=": points([value]),
        "!=": LINE - points([value]),
    }
    return sides[relation]


# ------------------------------------------------------------------ the form of an answer


Form = Callable[[Node, Table], bool]


def _no_power_in(letter: str) -> Form:
    def rule(node: Node, table: Table) -> bool:
        letters = {letter, *(a for a, of in table.aliases.items() if of == letter)}
        sums = [x for x in every(node) if x.op == "sum"]
        letters |= {x.of for x in sums if not x.args[2].names.isdisjoint(letters)}
        return not any(
            x.op == "pow"
            and not x.args[1].names.isdisjoint(letters)
            and _is_matrix(x.args[0], table)
            for x in every(node)
        )

    return rule


def _is_matrix(node: Node, table: Table) -> bool:
    try:
        return shape(node, table) != NUMBER
    except (Mismatch, Unreadable):
        return True


def _has_sum(node: Node, table: Table) -> bool:
    return any(x.op == "sum" for x in every(node))


def _no_inverse_of_a_sum(node: Node, table: Table) -> bool:
    def inverted_sum(x: Node) -> bool:
        negative = x.op == "pow" and x.args[1].op == "num" and x.args[1].of < 0
        return negative and x.args[0].op == "add" and _is_matrix(x.args[0], table)

    return not any(map(inverted_sum, every(node)))


FORMS: dict[str, Form] = {
    "no matrix power in L": _no_power_in("L"),
    "no matrix power in l": _no_power_in("l"),
    "sums over i": _has_sum,
    "no inverse of a sum": _no_inverse_of_a_sum,
}
