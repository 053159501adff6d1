"""Growth rates as people write them: O(n d²), sums and chains of rates, max, ceilings, "quadratic in d and linear in n"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import pairwise, product

from ..formulas.declare import Table
from ..formulas.lexer import GREEK, Token, tokens
from ..formulas.rates import Conditions, Rate, alike, gap, parting, rate, told
from ..formulas.reader import Names, Reader, bounded
from ..formulas.tree import Node, Unreadable
from ..formulas.write import shown
from ..part import Slot
from .verdict import Verdict, agreed, undecided
from .wrapping import Passage, unwrapped

MOST_READINGS = 8
_LOGS = {"log", "ln", "lg", "log2"}
_STARTS = {"number", "word", "greek", "(", "{", "sqrt", "frac"}

# ------------------------------------------------------------------ words


_RATE = r"(?:O|Θ|\\Theta)\s*(?:\\left)?\s*\("
_O = re.compile(r"\\(?:mathcal|mathrm|operatorname|text|mathbf|mathbb)\s*\{?\s*O\s*\}?|𝒪|\\Theta(?![A-Za-z])|Θ")
_CEILING = re.compile(r"\\lceil(?![A-Za-z])|⌈")
_CEILED = re.compile(r"\\rceil(?![A-Za-z])|⌉")
_FLOOR = re.compile(r"\\lfloor(?![A-Za-z])|⌊")
_FLOORED = re.compile(r"\\rfloor(?![A-Za-z])|⌋")
_MAX = re.compile(r"\\max(?![A-Za-z])|\bmax(?=\s*[({\\])")
_BRACE = re.compile(r"(?<=max)\s*\\?\{([^{}]*)\\?\}")
_BUT_NOT = re.compile(
    r"\s*[,(]*\s*(?:instead\s+of|rather\s+than|not|as\s+opposed\s+to|compared\s+(?:to|with)|versus|vs\.?)\s+"
    rf"(?:the\s+)?(?:\w+\s+)?{_RATE}[^()]*\)\s*\)?$",
)
_GIVEN = re.compile(
    r"\s*[,(]?\s*(?:for|since|as|because|when|if|where|with|given|assuming|provided)\s+(?:that\s+)?"
    r"([^,()]*?(?:<|>|≤|≥|≪|≫|=|\\[lg]eq?\b|\\ll\b|\\gg\b|\\[lg]t\b)[^()]*?)\s*\)?$"
)
_ASIDE = re.compile(r"\s*\(\s*([^()]*?(?:<|>|≤|≥|≪|≫|\\[lg]eq?\b|\\ll\b|\\gg\b|\\[lg]t\b)[^()]*?)\s*\)$")
_COMPARED = re.compile(
    r"\s*([A-Za-z])\s*(<=?|>=?|≤|≥|≪|≫|\\[lg]eq?|\\ll|\\gg|\\[lg]t)\s*([A-Za-z])\s*"
)
_POWER_OF_TWO = re.compile(r"\s*(\w)\s*=\s*2\s*\^\s*\{?\s*(\w)\s*\}?\s*")
_DEGREES = {"constant": "1", "linear": "{0}", "quadratic": "{0}^2", "cubic": "{0}^3", "quartic": "{0}^4",
            "logarithmic": "log({0})", "linearithmic": "{0} log({0})", "log-linear": "{0} log({0})"}  # fmt: skip
_DEGREE = re.compile(rf"\b({'|'.join(_DEGREES)})(?:ly)?(?:\s+(?:time|cost|depth|work))?(?:\s+in\s+\$?(\w)\$?(?!\w))?")
_JOINING = re.compile(r"[\s,]*(?:and|but|times)?[\s,]*")
_PROPORTIONAL = re.compile(
    r"(?:(?:on\s+the\s+|of\s+(?:the\s+)?|in\s+the\s+)?order(?:\s+of)?|(?:it\s+)?(?:is\s+)?proportional\s+to"
    r"|(?:it\s+)?(?:grows|scales)\s+(?:as|like|with))\s+(?=\S)"
)
_UNITS = re.compile(
    r"\s+(?:sequential\s+|parallel\s+|arithmetic\s+|scalar\s+|floating[- ]point\s+)?"
    r"(?:steps?|operations?|flops?|multiplications?|multiplies|products?|levels?|time|stages?|rounds?)$",
    re.IGNORECASE,
)
_WORK = "work|operations|total work|total cost|number of operations|flops"
_DEPTH = "depth|critical path|span|parallel time|parallel depth|parallel steps|critical path length|latency"
_EITHER = "cost|time|complexity|runtime|running time|run time|time complexity|computational cost|computational complexity|total"
_WHOLE = "in all|in total|overall|total|altogether"
_EACH = r"(?:per|for each|for every|for one|each)\s+(?:\w+[- ])?(?:position|step|token|query|level|entry|update|time step|row|output)"
_SAID = re.compile(
    rf"(?:(?:the|its|overall|asymptotic)\s+)*(?:(?P<work>{_WORK})|(?P<depth>{_DEPTH})|(?P<whole>{_WHOLE})|(?P<either>{_EITHER})"
    rf"|(?P<each>{_EACH}))(?:\s+(?:is|of|in|grows as|complexity|cost))*\s*(?:[:=∼~]|\\sim\b|\s)\s*(?=\S)",
    re.IGNORECASE,
)
_SAID_AFTER = re.compile(
    rf"\s*\(?\s*(?:of\s+|in\s+)?(?:(?P<work>{_WORK})|(?P<depth>{_DEPTH})|(?P<whole>{_WHOLE})|(?P<each>{_EACH}))\s*\)?$",
    re.IGNORECASE,
)
_CALLED = re.compile(r"\s*[A-Za-z](?:_\{?\w+\}?)?\s*\(\s*\w(?:\s*,\s*\w)*\s*\)\s*(?:=|∈|\\in\b)\s*(?=\S)")


def _asked(name: str) -> str:
    """What a slot asks for: work, or depth."""
    return "work" if name in ("work", "cost", "operations") else "depth" if name else ""


def _answering(text: str, slot: Slot, table: Table) -> tuple[Passage, list[str]]:
    """The statement that answers, and the conditions said beside it. Raises Unreadable where there is none, or several."""
    (whole, *others) = unwrapped(text)
    if others:
        raise Unreadable("it has two boxes that differ")
    conditions: list[str] = []
    whole = _without_tail(whole, conditions)
    if worded := _worded(whole, slot, table):
        return worded, conditions
    found: list[tuple[str, Passage]] = []
    for statement in _split(whole):
        if compared := _COMPARED.fullmatch(statement.text):
            conditions.append(compared[0])
            continue
        found.append(_labelled(_without_tail(statement, conditions)))
    said = [label for label, _ in found]
    asked = _asked(slot.name)
    if len(found) > 1:
        wanted = [f for f in found if f[0] in (asked, "whole")] if asked else []
        if "" in said or len(wanted) != 1:
            raise Unreadable("it is more than one rate, and does not say which is meant")
        return wanted[0][1], conditions
    ((label, only),) = found or [("", whole)]
    if label == "each" or (asked and label in ("work", "depth") and label != asked):
        raise Unreadable("this is said of something else than what is asked", only.places[0])
    return only, conditions


def _split(whole: Passage) -> Iterator[Passage]:
    """At commas, semicolons and line breaks outside brackets."""
    depth, start = 0, 0
    for at, char in enumerate(whole.text + ","):
        depth += (char in "({[") - (char in ")}]")
        if char in ",;\n" and depth <= 0:
            if (part := whole[start:at].stripped(".")).text:
                yield part
            start = at + 1


def _without_tail(whole: Passage, conditions: list[str]) -> Passage:
    """Without `instead of O(d³)`, and without conditions, which are noted."""
    if found := _BUT_NOT.search(whole.text):
        whole = whole[: found.start()].stripped()
    while found := (_GIVEN.search(whole.text) or _ASIDE.search(whole.text)):
        conditions.append(found[1])
        whole = whole[: found.start()].stripped(",")
    return whole


def _labelled(statement: Passage) -> tuple[str, Passage]:
    """What a statement says that it is about, and the rest."""
    label = ""
    for pattern in (_SAID, _CALLED):
        if found := pattern.match(statement.text):
            label = label or _kind_of(found)
            statement = statement[found.end() :].stripped()
    if found := _SAID_AFTER.search(statement.text):
        label = label or _kind_of(found)
        statement = statement[: found.start()].stripped()
    return label, statement


def _kind_of(found: re.Match[str]) -> str:
    named = {name for name, value in found.groupdict().items() if value}
    return next((name for name in ("work", "depth", "whole", "each") if name in named), "")


def _worded(whole: Passage, slot: Slot, table: Table) -> Passage | None:
    """`quadratic in d and linear in n` as d^2 n; without a size it is about the key's only one."""
    _, here = _labelled(whole)
    degrees = list(_DEGREE.finditer(here.text.lower()))
    if not degrees or _JOINING.sub("", _DEGREE.sub("", here.text.lower())):
        return None
    factors = []
    for found in degrees:
        size = here.text[found.start(2) : found.end(2)] if found[2] else ""
        if not size and found[1] != "constant":
            sizes = sorted(_tree(slot.right, table)[1].names)
            if len(sizes) != 1 or len(degrees) > 1:
                raise Unreadable(f"{found[1]!r} does not say in which size", here.places[0])
            size = sizes[0]
        factors.append(f"({_DEGREES[found[1]].format(size)})")
    return here.replaced(re.compile(r"(?s)^.+$"), "O(" + " ".join(factors).replace("\\", "") + ")")


# ------------------------------------------------------------------ formulas


def _spelled(here: Passage) -> Passage:
    """Without O(…), ceilings, floors and max: up to constants O(f) is f, ⌈f⌉ is f + 1 and max(f, g) is f + g."""
    here = here.replaced(_PROPORTIONAL, "").replaced(_UNITS, "").replaced(_O, "O")
    here = here.replaced(_CEILING, "((").replaced(_CEILED, ")+1)")
    here = here.replaced(_FLOOR, "floor(").replaced(_FLOORED, ")").replaced(_MAX, "max")
    return here.replaced(_BRACE, r"(\1)")


def _without_o(stream: list[Token], length: int) -> list[Token]:
    """O(…) and floor(…) as brackets, max(…, …) as a sum in brackets."""
    out: list[Token] = []
    at = 0
    while at < len(stream):
        token, after = stream[at], stream[at + 1] if at + 1 < len(stream) else None
        if token.kind == "word" and token.text in ("O", "floor", "max") and after and after.kind in ("(", "{"):
            inner, at = _group(stream, at + 1, length)
            parts = [_without_o(part, length) for part in _parts(inner)]
            split = len(parts) > 1 and token.text != "max"
            if not all(parts) or split or (token.text == "floor" and _may_vanish(inner)):
                raise Unreadable("this is no growth rate", token.at)
            joined = [t for part in parts for t in (Token("+", "+", token.at), Token("(", "(", token.at), *part, Token(")", ")", token.at))]
            out += [Token("(", "(", token.at, True), *joined[1:], Token(")", ")", token.at)]
            continue
        out.append(token)
        at += 1
    return out


def _may_vanish(inner: list[Token]) -> bool:
    """Whether a rounding down may give 0 for large sizes: something is divided by more than a number."""
    after = [b for a, b in pairwise(inner) if a.kind == "/"]
    return any(t.kind == "frac" for t in inner) or any(t.kind != "number" for t in after)


def _group(stream: list[Token], at: int, length: int) -> tuple[list[Token], int]:
    """What stands in the bracket that opens at a place, and where it is over."""
    depth = 0
    for end in range(at, len(stream)):
        depth += (stream[end].kind in ("(", "{", "[")) - (stream[end].kind in (")", "}", "]"))
        if not depth:
            return stream[at + 1 : end], end + 1
    raise Unreadable("a bracket is not closed", length)


def _parts(stream: list[Token]) -> list[list[Token]]:
    """At commas outside brackets; an empty stretch is kept."""
    out: list[list[Token]] = [[]]
    depth = 0
    for token in stream:
        depth += (token.kind in ("(", "{", "[")) - (token.kind in (")", "}", "]"))
        if token.kind == "," and not depth:
            out.append([])
        else:
            out[-1].append(token)
    return out


def _bracketed_logs(stream: list[Token], names: Names, length: int) -> Iterator[list[Token]]:
    """Every way to read logarithms without brackets: of one factor, or of all that stands beside it."""
    stream = _letters_apart(stream, names)
    choices: list[tuple[int, tuple[int, ...]]] = []
    for at, token in enumerate(stream):
        if token.text in _LOGS or token.kind == "log":
            start = _argument(stream, at + 1)
            if start < len(stream) and stream[start].kind in ("(", "{", "["):
                continue
            reader = Reader(stream, names, length)
            reader.place = start
            reader.power()
            ends = [reader.place]
            run = _run(stream, reader.place)
            if run > reader.place:
                ends.append(run)
            choices.append((start, tuple(ends)))
    count = 1
    for _, ends in choices:
        count *= len(ends)
    if count > MOST_READINGS:
        raise Unreadable("too many of its logarithms have no bracket")
    for chosen in product(*(ends for _, ends in choices)):
        yield _with_brackets(stream, [(start, end) for (start, _), end in zip(choices, chosen, strict=True)])


def _argument(stream: list[Token], at: int) -> int:
    """Where the argument of a logarithm begins: after its base and its power."""
    while at < len(stream) and stream[at].kind in ("_", "^"):
        at += 1
        at = _group(stream, at, 0)[1] if at < len(stream) and stream[at].kind in ("(", "{") else at + 1
    return at


def _run(stream: list[Token], at: int) -> int:
    """Where the factors beside each other end: at an operator, a bracket that closes, another logarithm."""
    while at < len(stream):
        token = stream[at]
        if token.text in _LOGS or token.kind == "log" or token.kind not in (*_STARTS, "^", "_"):
            return at
        if token.kind in ("(", "{"):
            at = _group(stream, at, 0)[1]
        else:
            at += 1
    return at


def _with_brackets(stream: list[Token], ranges: list[tuple[int, int]]) -> list[Token]:
    opened = {start for start, _ in ranges}
    out: list[Token] = []
    for at in range(len(stream) + 1):
        out += [Token(")", ")", stream[at - 1].at) for _, end in ranges if end == at]
        if at in opened:
            out.append(Token("(", "(", stream[at].at))
        if at < len(stream):
            out.append(stream[at])
    return out


def _letters_apart(stream: list[Token], names: Names) -> list[Token]:
    """nL as n and L, where these are names and nL is none."""
    out: list[Token] = []
    for token in stream:
        known = token.kind != "word" or token.text in names.bases() or token.text in _LOGS or token.text == "sqrt"
        parts = None if known else Reader([], names, 0).split(token.text)
        if parts is None:
            out.append(token)
        else:
            at = token.at
            for part in parts:
                out.append(Token("word", part, at, token.gap and at == token.at))
                at += len(part)
    return out


def _tree(text: str, table: Table) -> tuple[str, Node]:
    """A key's rate: one reading. Raises Unreadable."""
    ((found, *more), *others) = _chains(unwrapped(text)[0], _names(table, text))
    if others or more:
        raise Unreadable(f"the reference {text!r} is no one rate")
    return f"O({shown(found)})", found


def _names(table: Table, text: str) -> Names:
    """The sizes that are declared; where strangers are let in, the letters of the text as well."""
    symbols = frozenset(table.names.symbols | {n for n in table.symbols if "_" not in n})
    if table.strangers:
        words = (t.text for t in tokens(_spelled(Passage.of(text)).text) if t.kind in ("word", "greek"))
        bare = {w for w in words if w not in (*_LOGS, "sqrt", "max", "floor", "O")}
        symbols |= {letter for w in bare if w not in symbols for letter in GREEK.get(w, w) if letter.isalpha()}
    return Names(symbols)


def _chains(here: Passage, names: Names) -> list[tuple[Node, ...]]:
    """Each reading of an answer, as the links of its chain of equalities."""
    here = _spelled(here)
    length = len(here.text)
    try:
        stream = [t for t in tokens(here.text) if t.kind != "\n"]
        while stream and stream[-1].kind == ".":
            stream = stream[:-1]
        links = [_without_o(link, length) for link in _linked(stream)]
        if not all(links):
            raise Unreadable("there is nothing to read", 0)
        readings = [[_read(s, names, length) for s in _bracketed_logs(link, names, length)] for link in links]
    except Unreadable as error:
        raise Unreadable(error.why, here.place(error.at)) from None
    chains = list(product(*([*dict.fromkeys(each)] for each in readings)))
    if len(chains) > MOST_READINGS:
        raise Unreadable("too many of its logarithms have no bracket")
    return chains


def _linked(stream: list[Token]) -> list[list[Token]]:
    """At = signs; what merely names the rate is left out: cost = O(…)."""
    out: list[list[Token]] = [[]]
    depth = 0
    for token in stream:
        depth += (token.kind in ("(", "{", "[")) - (token.kind in (")", "}", "]"))
        if token.kind == "=" and not depth:
            out.append([])
        else:
            out[-1].append(token)
    return out


def _read(stream: list[Token], names: Names, length: int) -> Node:
    reader = Reader(stream, names, length)
    node = reader.expression()
    if not reader.at_end():
        raise Unreadable(f"{reader.peek().text!r} is not read in a growth rate", reader.peek().at)
    return bounded(node)


# ------------------------------------------------------------------ verdicts


def powers_of_two(slot: Slot, table: Table) -> dict[str, str]:
    """N: "L" where the slot declares L = 2^N, or has a right answer that assumes it."""
    said = [f"{name} = {s.value}" for name, s in table.symbols.items() if s.value]
    found = [_POWER_OF_TWO.fullmatch(text) for text in (*said, *slot.also.values(), *slot.assuming)]
    return {match[2]: match[1] for match in found if match}


def decide(text: str, slot: Slot, table: Table, reference: str | None = None) -> Verdict:
    """Whether an answer grows like the slot's rate, or like `reference`.

    Correct: each bounds the other, proved. Incorrect: a path along which one outgrows the other, in exact orders, checked on
    numbers. Raises Unreadable.
    """
    right = slot.right if reference is None else reference
    known = powers_of_two(slot, table)
    key_told, key_tree, key = _key(right, table, tuple(known.items()))
    answer, said = _answering(text, slot, table)
    _granted(said, table, known)
    names = _names(table, right)
    verdicts = [
        _of_chain(chain, key_tree, key, key_told, table.smaller, known)
        for chain in _chains(answer, names)
    ]
    return agreed(verdicts, "its logarithm can be read in two ways")


@lru_cache(maxsize=512)
def _key(right: str, table: Table, known: tuple[tuple[str, str], ...]) -> tuple[str, Node, Rate]:
    told_as, tree = _tree(right, table)
    return told_as, tree, rate(tree, dict(known))


def _granted(said: list[str], table: Table, known: Mapping[str, str]) -> None:
    """Conditions beside an answer must be what the slot grants. Raises Unreadable."""
    for text in said:
        compared, power = _COMPARED.fullmatch(text), _POWER_OF_TWO.fullmatch(text)
        if compared:
            less = compared[2].startswith(("<", "≤", "≪", "\\l"))
            small, large = (compared[1], compared[3]) if less else (compared[3], compared[1])
            if (small, large) in table.smaller:
                continue
        if power and known.get(power[2]) == power[1]:
            continue
        raise Unreadable(f"it is said only where {text.strip()}")


def _of_chain(
    chain: tuple[Node, ...], key_tree: Node, key: Rate, key_told: str, conditions: Conditions, known: Mapping[str, str]
) -> Verdict:
    """All links must grow alike; then the last one is held against the key."""
    found = [rate(link, known) for link in chain]
    read = f"O({shown(chain[-1])})"
    if not all(alike(found[0], link, conditions) for link in found[1:]):
        return undecided("the two sides of its = do not grow alike", read=read)
    if alike(found[-1], key, conditions):
        return Verdict("correct", "each bounds the other", read=read)
    for f, g, trees, which in (
        (found[-1], key, (chain[-1], key_tree), "more"),
        (key, found[-1], (key_tree, chain[-1]), "less"),
    ):
        path = parting(f, g, conditions)
        if path is None:
            continue
        early, late = gap(*trees, path, known)
        if not late > max(early + 0.1, 0):
            continue
        parts = "answer by key" if which == "more" else "key by answer"
        return Verdict(
            "incorrect",
            f"it grows {which} than the key, {key_told}",
            read=read,
            counterexample=f"along {told(path)}: {parts} is 2^{early:.4g} at x = 2^1024, 2^{late:.4g} at x = 2^65536",
        )
    return undecided("neither a proof that they grow alike nor a path along which they part was found", read=read)
