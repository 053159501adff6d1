"""Growth rates as people write them: O(n d²), sums and chains of rates, max, ceilings, "quadratic
in d and linear in n".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise, product

from ..formulas.declare import Table
from ..formulas.lexer import GREEK, Token, tokens
from ..formulas.rates import Conditions, Path, Rate, alike, gap, partings, rate, told
from ..formulas.reader import Names, Reader, bounded
from ..formulas.tree import Node, Unreadable
from ..formulas.write import shown
from ..part import Slot
from .patterns import Pattern, words
from .verdict import Verdict, agreed, undecided
from .wrapping import Passage, unwrapped

MOST_READINGS = 8
_LOGS = {"log", "ln", "lg", "log2"}
_STARTS = {"number", "word", "greek", "(", "{", "sqrt", "frac"}

# ------------------------------------------------------------------ words


_RATE = r"(?:O|Θ|\\Theta)\s*(?:\\left)?\s*\("
_RELATION = r"(?:<=?|>=?|≤|≥|≪|≫|\\[lg]eq?(?![A-Za-z])|\\ll(?![A-Za-z])|\\gg(?![A-Za-z])|\\[lg]t(?![A-Za-z]))"
_SIGNS = ("<", ">", "≤", "≥", "≪", "≫", "\\l", "\\g", "=")
_O = Pattern(
    r"\\(?:mathcal|mathrm|operatorname|text|mathbf|mathbb)\s*\{?\s*O\s*\}?|𝒪|\\Theta(?![A-Za-z])|Θ",
    "\\",
    "𝒪",
    "θ",
)
_CEILING = Pattern(r"\\lceil(?![A-Za-z])|⌈", "\\lceil", "⌈")
_CEILED = Pattern(r"\\rceil(?![A-Za-z])|⌉", "\\rceil", "⌉")
_FLOOR = Pattern(r"\\lfloor(?![A-Za-z])|⌊", "\\lfloor", "⌊")
_FLOORED = Pattern(r"\\rfloor(?![A-Za-z])|⌋", "\\rfloor", "⌋")
_MAX = Pattern(r"\\(max|min)(?![A-Za-z])", "\\m")
_BRACE = Pattern(r"(?<=max|min)\s*\\?\{([^{}]*?)\\?\}", "max", "min")
_BUT_NOT = Pattern(
    r"\s*[,(]*\s*(?:instead\s+of|rather\s+than|not|as\s+opposed\s+to|compared\s+(?:to|with)|versus|vs\.?)\s+"
    rf"(?:the\s+)?(?:\w+\s+)?{_RATE}[^()]*\)\s*\)?$",
    *("instead", "rather", "not", "opposed", "compared", "versus", "vs"),
)
_GIVEN = Pattern(
    r"\s*[,(]?\s*\b(?:for|since|as|because|when|if|where|with|given|assuming|provided)\s+(?:that\s+)?"
    rf"([^,()]*?(?:{_RELATION}|=)[^()]*?)\s*\)?$",
    *_SIGNS,
)
_ASIDE = Pattern(rf"\s*\(\s*([^()]*?{_RELATION}[^()]*?)\s*\)$", *_SIGNS)
_COMPARED = Pattern(rf"\s*([A-Za-z])\s*({_RELATION})\s*([A-Za-z])\s*", *_SIGNS)
_POWER_OF_TWO = Pattern(r"\s*(\w)\s*=\s*2\s*\^\s*\{?\s*(\w)\s*\}?\s*", "=")
_DEGREES = {"constant": "1", "linear": "{0}", "quadratic": "{0}^2", "cubic": "{0}^3", "quartic": "{0}^4",
            "logarithmic": "log({0})", "linearithmic": "{0} log({0})", "log-linear": "{0} log({0})"}  # fmt: skip
_DEGREE = Pattern(
    rf"\b({'|'.join(_DEGREES)})(?:ly)?(?:\s+(?:time|cost|depth|work))?(?:\s+in\s+\$?(\w)\$?(?!\w))?",
    *_DEGREES,
)
_JOINING = Pattern(r"[\s,]*(?:and|but|times)?[\s,]*")
_ANYTHING = Pattern(r"(?s)^.+$")
_PROPORTIONAL = words(
    r"(?:(?:on\s+the\s+|of\s+(?:the\s+)?|in\s+the\s+)?order(?:\s+of)?|(?:it\s+)?(?:is\s+)?proportional\s+to"
    r"|(?:it\s+)?(?:grows|scales)\s+(?:as|like|with))\s+(?=\S)",
    *("order", "proportional", "grows", "scales"),
)
_UNITS = words(
    r"\s+(?:sequential\s+|parallel\s+|arithmetic\s+|scalar\s+|floating[- ]point\s+)?"
    r"(?:steps?|operations?|flops?|multiplications?|multiplies|products?|levels?|time|stages?|rounds?)$",
    *("step", "operation", "flop", "multipl", "product", "level", "time", "stage", "round"),
)
_WORK = "work|operations|total work|total cost|number of operations|flops"
_DEPTH = "depth|critical path|span|parallel time|parallel depth|parallel steps|critical path length|latency"
_EITHER = "cost|time|complexity|runtime|running time|run time|time complexity|computational cost|computational complexity|total"
_WHOLE = "in all|in total|overall|total|altogether"
_EACH = r"(?:per|for each|for every|for one|each)\s+(?:\w+[- ])?(?:position|step|token|query|level|entry|update|time step|row|output)"
_TOPICS = (
    *(
        "work",
        "operation",
        "cost",
        "flop",
        "depth",
        "path",
        "span",
        "time",
        "parallel",
        "latency",
        "complexity",
    ),
    *("run", "total", " all", "overall", "altogether", "per", "for", "each"),
)
_SAID = words(
    rf"(?:(?:the|its|overall|asymptotic)\s+)*(?:(?P<work>{_WORK})|(?P<depth>{_DEPTH})|(?P<whole>{_WHOLE})|(?P<either>{_EITHER})"
    rf"|(?P<each>{_EACH}))(?:\s+(?:is|of|in|grows as|complexity|cost))*\s*(?:[:=∼~]|\\sim\b|\s)\s*(?=\S)",
    *_TOPICS,
)
_SAID_AFTER = words(
    rf"\s*\(?\s*(?:of\s+|in\s+)?(?:(?P<work>{_WORK})|(?P<depth>{_DEPTH})|(?P<whole>{_WHOLE})|(?P<each>{_EACH}))\s*\)?$",
    *_TOPICS,
)
_CALLED = Pattern(
    r"\s*(?!O\b)[A-Za-z](?:_\{?\w+\}?)?\s*\(\s*\w(?:\s*,\s*\w)*\s*\)\s*(?:=|∈|\\in\b)\s*(?=\S)",
    "=",
    "∈",
    "\\in",
)


def _asked(name: str) -> str:
    """What a slot asks for: work, or depth."""
    return "work" if name in ("work", "cost", "operations") else "depth" if name else ""


def _answering(text: str, slot: Slot, table: Table) -> tuple[Passage, list[str]]:
    """The statement that answers, and the conditions said beside it. Raises Unreadable where there
    is none, or several.
    """
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
    return here.replaced(_ANYTHING, "O(" + " ".join(factors).replace("\\", "") + ")")


# ------------------------------------------------------------------ formulas


def _spelled(here: Passage) -> Passage:
    """Words and signs as O(…), ceil(…), floor(…), max(…) and min(…)."""
    here = here.replaced(_PROPORTIONAL, "").replaced(_UNITS, "").replaced(_O, "O")
    here = here.replaced(_CEILING, "ceil(").replaced(_CEILED, ")")
    here = here.replaced(_FLOOR, "floor(").replaced(_FLOORED, ")").replaced(_MAX, r"\1")
    return here.replaced(_BRACE, r"(\1)")


def _without_o(stream: list[Token], length: int) -> list[Token]:
    """O(…), ceil(…), floor(…), max(…, …) and min(…, …) as what they are up to constants, in
    brackets.
    """
    out: list[Token] = []
    at = 0
    while at < len(stream):
        token, after = stream[at], stream[at + 1] if at + 1 < len(stream) else None
        if (
            token.kind != "word"
            or token.text not in _UP_TO_CONSTANTS
            or after is None
            or after.kind not in ("(", "{")
        ):
            out.append(token)
            at += 1
            continue
        inner, at = _group(stream, at + 1, length)
        parts = [_without_o(part, length) for part in _parts(inner)]
        several = token.text in ("max", "min")
        may_vanish = token.text == "floor" and _may_vanish(inner)
        if (
            not all(parts)
            or (len(parts) != 2 and token.text == "min")
            or (len(parts) > 1) > several
            or may_vanish
        ):
            raise Unreadable("this is no growth rate", token.at)
        out += _bracketed(
            _UP_TO_CONSTANTS[token.text](token.at, [_bracketed(p, token) for p in parts]), token
        )
    return out


def _bracketed(part: list[Token], token: Token) -> list[Token]:
    return [Token("(", "(", token.at, True), *part, Token(")", ")", token.at)]


def _sum_of(at: int, parts: list[list[Token]]) -> list[Token]:
    """max(f, g) is f + g, up to a factor of 2."""
    return [t for part in parts for t in (Token("+", "+", at), *part)][1:]


def _harmonic(at: int, parts: list[list[Token]]) -> list[Token]:
    """min(f, g) is f g/(f + g), up to a factor of 2."""
    below = _bracketed(_sum_of(at, parts), Token("(", "(", at))
    return [*parts[0], Token("*", "*", at), *parts[1], Token("/", "/", at), *below]


def _and_one(at: int, parts: list[list[Token]]) -> list[Token]:
    """⌈f⌉ is f + 1, up to a factor of 2."""
    return [*parts[0], Token("+", "+", at), Token("number", "1", at)]


_UP_TO_CONSTANTS: dict[str, Callable[[int, list[list[Token]]], list[Token]]] = {
    "O": _sum_of,
    "floor": _sum_of,
    "max": _sum_of,
    "min": _harmonic,
    "ceil": _and_one,
}


def _may_vanish(inner: list[Token]) -> bool:
    """Whether a rounding down may give 0 for large sizes: something is divided by more than a
    number.
    """
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
    """Every way to read logarithms without brackets: of one factor, or of all that stands beside
    it.
    """
    stream = _in_braces(_letters_apart(stream, names))
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
        yield _with_brackets(
            stream, [(start, end) for (start, _), end in zip(choices, chosen, strict=True)]
        )


def _in_braces(stream: list[Token]) -> list[Token]:
    """log²: the power of a logarithm in braces, however it is written."""
    out = list(stream)
    for at, token in enumerate(stream[:-2]):
        is_log = token.text in _LOGS or token.kind == "log"
        if is_log and stream[at + 1].kind == "^" and stream[at + 2].kind == "(":
            end = _group(stream, at + 2, 0)[1] - 1
            out[at + 2], out[end] = (Token(k, k, stream[at].at) for k in ("{", "}"))
    return out


def _argument(stream: list[Token], at: int) -> int:
    """Where the argument of a logarithm begins: after its base and its power."""
    while at < len(stream) and stream[at].kind in ("_", "^"):
        at += 1
        at = (
            _group(stream, at, 0)[1]
            if at < len(stream) and stream[at].kind in ("(", "{")
            else at + 1
        )
    return at


def _run(stream: list[Token], at: int) -> int:
    """Where the factors beside each other end: at an operator, a bracket that closes, another
    logarithm.
    """
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
        known = (
            token.kind != "word"
            or token.text in names.bases()
            or token.text in _LOGS
            or token.text == "sqrt"
        )
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
        written = (
            t.text for t in tokens(_spelled(Passage.of(text)).text) if t.kind in ("word", "greek")
        )
        bare = {w for w in written if w not in (*_LOGS, "sqrt", *_UP_TO_CONSTANTS)}
        symbols |= {
            letter
            for w in bare
            if w not in symbols
            for letter in GREEK.get(w, w)
            if letter.isalpha()
        }
    return Names(symbols)


def _chains(here: Passage, names: Names) -> list[tuple[Node, ...]]:
    """Each reading of an answer, as the links of its chain of equalities."""
    here = _spelled(here)
    length = len(here.text)
    try:
        stream = [t for t in tokens(here.text) if t.kind != "\n"]
        links = [_without_o(link, length) for link in _linked(stream)]
        if not all(links):
            raise Unreadable("there is nothing to read", 0)
        readings = [
            [_read(s, names, length) for s in _bracketed_logs(link, names, length)]
            for link in links
        ]
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
    """Whether an answer grows like the slot's rate, or like `reference`, another right answer of
    it.

    Correct: each bounds the other, proved. Incorrect: a path along which one outgrows the other, in
    exact orders, checked on numbers. Another right answer must be met term by term: what bounds it
    only as a mean of terms left one out, and may be meant for the slot's own rate. Raises
    Unreadable.
    """
    right = slot.right if reference is None else reference
    known = powers_of_two(slot, table)
    key = _key(right, table, tuple(known.items()), reference is None)
    answer, said = _answering(text, slot, table)
    _granted(said, table, known)
    chains = _chains(answer, _names(table, right))
    return agreed(
        (_of_chain(chain, key) for chain in chains), "its logarithm can be read in two ways"
    )


@dataclass(frozen=True, slots=True)
class Wanted:
    """The rate that an answer is held against."""

    told: str
    tree: Node
    rate: Rate
    conditions: Conditions
    known: Mapping[str, str]
    by_means: bool


@lru_cache(maxsize=512)
def _key(right: str, table: Table, known: tuple[tuple[str, str], ...], by_means: bool) -> Wanted:
    told_as, tree = _tree(right, table)
    return Wanted(told_as, tree, rate(tree, dict(known)), table.smaller, dict(known), by_means)


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


def _of_chain(chain: tuple[Node, ...], key: Wanted) -> Verdict:
    """All links must grow alike; then the last one is held against the key."""
    found = [rate(link, key.known) for link in chain]
    read = f"O({shown(chain[-1])})"
    if not all(alike(found[0], link, key.conditions) for link in found[1:]):
        return undecided("the two sides of its = do not grow alike", read=read)
    if alike(found[-1], key.rate, key.conditions, means=False):
        return Verdict("correct", "each bounds the other", read=read)
    parted = _parted(chain[-1], found[-1], key, read)
    if parted is not None:
        return parted
    if alike(found[-1], key.rate, key.conditions):
        if key.by_means:
            return Verdict("correct", "each bounds the other", read=read)
        return undecided(f"it grows like {key.told}, and leaves out a term of it", read=read)
    return undecided(
        "neither a proof that they grow alike nor a path along which they part was found", read=read
    )


def _parted(node: Node, found: Rate, key: Wanted, read: str) -> Verdict | None:
    """Incorrect, with a path along which one outgrows the other: in exact orders, and on numbers."""
    for f, g, trees, which in (
        (found, key.rate, (node, key.tree), "more"),
        (key.rate, found, (key.tree, node), "less"),
    ):
        found_path = next(
            ((p, seen) for p in partings(f, g, key.conditions) if (seen := _seen(trees, p, key))),
            None,
        )
        if found_path is None:
            continue
        path, (early, late) = found_path
        quotient = "answer by key" if which == "more" else "key by answer"
        return Verdict(
            "incorrect",
            f"it grows {which} than the key, {key.told}",
            read=read,
            counterexample=f"along {told(path)} they part: {quotient} is 2^{early:.4g} at x = 2^1024, "
            f"2^{late:.4g} at x = 2^65536",
        )
    return None


def _seen(trees: tuple[Node, Node], path: Path, key: Wanted) -> tuple[float, float] | None:
    """The quotient at two places of a path, if it is seen to grow there."""
    try:
        early, late = gap(*trees, path, key.known)
    except ValueError:  # one of them is not positive at these sizes
        return None
    return (early, late) if late > max(early + 0.1, 0) else None
