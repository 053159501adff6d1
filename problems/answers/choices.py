"""One choice, or several: names in any order, letters, ticks and crosses, all, all but one."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from ..formulas.declare import Table
from ..formulas.tree import Unreadable
from ..part import Slot
from .patterns import Pattern
from .verdict import Verdict, agreed
from .wrapping import Passage, unwrapped

_SAME = {
    "lambda": (
        *("λ", "lam", "ridge", "ridge lambda", "ridge parameter", "ridge parameter lambda"),
        "regularization parameter lambda",
    ),
    "keys": ("key", "k", "keys k"),
    "values": ("value", "v", "values v"),
    "queries": ("query", "q", "queries q"),
    "true": ("t", "yes", "y", "right"),
    "false": ("f", "no", "n", "untrue", "wrong"),
    "yes": ("y", "true"),
    "no": ("n", "false"),
    "none": ("none of the above", "none of these", "none of them", "neither"),
}
_OPPOSITE = (frozenset(("true", "false")), frozenset(("yes", "no")))
_LETTERS = frozenset("ABCDEFGH")
_NUMBERS = {"two": 2, "both": 2, "three": 3, "four": 4, "five": 5, "six": 6}

_LATEX = Pattern(
    r"\\(?:textbf|textit|text|mathrm|mathbf|operatorname|mbox)\s*|\\[,;:! ]"
    r"|\\q?quad(?![A-Za-z])|[{}$*]",
    "\\ { } $ *",
)
_STRUCK = Pattern(r"\\(?:sout|cancel|st|xcancel|bcancel)\s*\{([^{}]*)\}|~~([^~]+)~~", "\\ ~~")
_GREEK = Pattern(r"\\lambda(?![A-Za-z])|λ", "λ \\lambda")
_TICK = Pattern(
    r"\\checkmark|\\tick|[✓✔☑✅🗹]️?|\[\s*[xX✓]\s*\]|\\boxtimes(?![A-Za-z])|☒", "✓ ✔ ☑ ✅ 🗹 ☒ [ \\"
)
_CROSS = Pattern(
    r"\\times(?![A-Za-z])|\\xmark|[✗✘❌☐❎×🗷✕✖]️?|\[\s*\]|\\square(?![A-Za-z])",
    "✗ ✘ ❌ ☐ ❎ × 🗷 ✕ ✖ [ \\",
)
_BULLET = Pattern(r"(?m)^\s*(?:[-•]|\d+[.)])\s+", "- • . )")
_YES = Pattern(r"\s*[:=(]?\s*\b(?:yes|true|ticked|checked|selected|included)\b\)?", "yes true ed")
_NO = Pattern(
    r"\s*[:=(]?\s*\b(?:no|false|not\s+(?:ticked|checked|selected|included)|unticked|unchecked|crossed(?:\s+out)?|excluded|left\s+out)\b\)?",
    "no false ed left",
)
_EXCEPT = Pattern(
    r"\s*[,(]?\s*\b(?:but\s+not|except(?:\s+for)?|excluding|without|other\s+than|apart\s+from|but)\b\s*",
    "but except excluding without other apart",
)
_NOT = Pattern(r"^\(?\s*(?:not|no|neither)\s+(?=\S)", "no neither")
_IN_BRACKETS = Pattern(r"\s*\(((?:not|no)\s[^()]*|[^()]*\bnot\s+\w+)\)", "no")
_ONLY = Pattern(r"^only\s+|^both\s+(?=\S+\s+and\s+\S+$)", "only both")
_AFTER_YES = Pattern(r"(?<=\byes\b)\s+|(?<=\bno\b)\s+", "yes no")
_OPTION = Pattern(
    r"^(?:the\s+)?(?:correct\s+)?(?:options?|choices?|answers?|letters?)\s*(?:is|are|:)?\s+(?=\S)",
    "option choice answer letter",
)
_VERB = Pattern(
    r"\s+(?:all\s+|both\s+)?(?:will\s+|would\s+)?(?:receives?|gets?|has|have|needs?|obtains?|gains?|are\s+given)\s+(?:a\s+|their\s+)?(?:non-?zero\s+)?gradients?$"
    r"|\s+(?:is|are)\s+(?:learnable|trainable|learned|learnt|trained|correct|right|true)$",
    "gradient learn train correct right true",
)
_ALL = Pattern(
    r"(?:all|everything|every\s+one|each(?:\s+one)?|each\s+of\s+them|all\s+(?:of\s+)?(?:them|the\s+above|above|these|those|options|choices)"
    r"|(?:all\s+(?:of\s+)?(?:the\s+)?)?(?P<count>two|both|three|four|five|six)(?:\s+of\s+(?:them|these|the\s+above))?)",
    " ".join(("all", "every", "each", *_NUMBERS)),
)
_NONE = Pattern(
    r"none(?:\s+of\s+(?:them|the\s+above|these|those))?|nothing|neither|no\s+one", "no neither"
)
_REASON = Pattern(
    r"(?s)\s*[,:;.–—-]?\s*\b(?:because|since|as(?!\s+well\b)|due\s+to)\b\s+(.*)$",
    "because since as due",
)
_DOUBT = Pattern(r"\b(?:not|but|unless|or|if|except|although|however|maybe|perhaps|only)\b|n't")
_SEPARATOR = Pattern(r"\bas\s+well\s+as\b|,|;|&|/|\n|\band\b|\+")
_OR = Pattern(r"\bor\b", "or")
_MARK = Pattern(r"[✓✗]")
_ARTICLES = Pattern(r"^(?:all\s+)?(?:the\s+)?(?:ridge\s+(?=\S))?")
_THE = Pattern(r"^(?:the|option)\s+", "the option")


@dataclass(frozen=True, slots=True)
class Options:
    """The names that are known, whether they are all there are, and letters that may be meant."""

    names: frozenset[str]
    is_closed: bool
    is_single: bool
    letters: frozenset[str]

    @property
    def spoken(self) -> dict[str, str]:
        """Every way in which a name is said -> the name."""
        plain = {n.lower(): n for n in (*self.letters, *self.names)}
        for name in self.names:
            for other in _SAME.get(name.lower(), ()):
                plain.setdefault(other.replace("λ", "lambda"), name)
        return plain


def listed(text: str) -> frozenset[str]:
    """The names of a key's text."""
    return frozenset(part.strip() for part in text.split(",") if part.strip())


def options(slot: Slot) -> frozenset[str]:
    """The options that a slot's texts name."""
    return frozenset[str]().union(*map(listed, (slot.right, *slot.also, *slot.twins.values())))


def _known(slot: Slot, right: str) -> Options:
    names, key = options(slot), listed(right)
    for pair in _OPPOSITE:
        names |= pair if key <= pair else set()
    letters = _LETTERS if all(len(n) == 1 and n.isalpha() for n in key) else frozenset[str]()
    lower = {n.lower() for n in names}
    return Options(
        names | key,
        bool(slot.twins),
        slot.kind == "choice",
        frozenset(c for c in letters if c.lower() not in lower),
    )


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was chosen, and what was refused; `count` options are all, where only that was said."""

    names: frozenset[str]
    refused: frozenset[str] = frozenset()
    count: int = 0


def read(here: Passage, known: Options) -> Chosen:
    """What an answer chooses. Raises Unreadable where a word is none of the options."""
    text = unicodedata.normalize("NFKC", here.text)
    if ".." in text:
        raise Unreadable("what do the dots stand for?", 0)
    text = _STRUCK.sub(lambda m: f" not {m[1] or m[2]} ", text)
    text = _GREEK.sub(" lambda ", _TICK.sub(" ✓ ", _CROSS.sub(" ✗ ", text)))
    text = _BULLET.sub("\n", _LATEX.sub(" ", text))
    text = (
        "\n".join(" ".join(line.lower().split()) for line in text.split("\n")).strip().rstrip(".")
    )
    text = _OPTION.sub("", _ONLY.sub("", text))
    if "✓" in text or "✗" in text:
        return _marked(text, known, here)
    return _said(_VERB.sub("", text), known, here)


def _said(text: str, known: Options, here: Passage) -> Chosen:
    head, *tail = _EXCEPT.split(text, 1)
    if tail and head.strip():
        taken = _names(tail[0].strip(" ()."), known, here)
        everything = _everything(head.strip(" :"), known)
        if everything is None:
            chosen = _said(head, known, here)
            return Chosen(chosen.names - taken, chosen.refused | taken, chosen.count)
        if not known.is_closed:
            raise Unreadable("it is not known what all the options are", 0)
        return Chosen(known.names - taken, taken)
    first, colon, rest = text.partition(":")
    everything = _everything(first.strip() if colon else text, known)
    if everything is not None:
        return _all_named(everything, rest, known, here)
    if _NONE.fullmatch(text) and "none" not in known.spoken:
        return Chosen(frozenset())
    return _items(text, known, here)


def _everything(text: str, known: Options) -> int | None:
    """How many are all of them: 0 where it is not said; None where it says something else."""
    found = _ALL.fullmatch(text)
    if found is None or text in known.spoken:
        return None
    return _NUMBERS.get(found["count"] or "", 0)


def _all_named(count: int, rest: str, known: Options, here: Passage) -> Chosen:
    if rest.strip():
        named = _names(rest, known, here)
        if (known.is_closed and named != known.names) or (count and count != len(named)):
            raise Unreadable("it says all, and then names others", 0)
        return Chosen(named)
    if not known.is_closed:
        if not count:
            return Chosen(frozenset(), count=-1)
        return Chosen(frozenset(), count=count)
    if count and count != len(known.names):
        raise Unreadable(f"there are {len(known.names)} options, not {count}", 0)
    return Chosen(known.names)


def _items(text: str, known: Options, here: Passage) -> Chosen:
    """Names between separators, each chosen, or refused by what stands before or after it."""
    chosen, refused = set[str](), set[str]()
    for part in _parts(text, known):
        item = part.strip(" .:")
        is_refused = False
        for pattern, says_no in ((_NO, True), (_YES, False)):
            found = next(
                (m for m in pattern.finditer(item) if m.end() == len(item) and m.start()), None
            )
            if found and item not in known.spoken:
                item, is_refused = item[: found.start()].strip(" (:"), says_no
        if item not in known.spoken and (found := _NOT.match(item)):
            item, is_refused = item[found.end() :].strip(" ()"), not is_refused
        (refused if is_refused else chosen).add(_name(item, known, here))
    return _told_apart(chosen, refused)


def _told_apart(chosen: set[str], refused: set[str]) -> Chosen:
    if chosen & refused:
        raise Unreadable(f"it both chooses and refuses {min(chosen & refused)}", 0)
    if not chosen and not refused:
        raise Unreadable("there is nothing to read", 0)
    return Chosen(frozenset(chosen), frozenset(refused))


def _parts(text: str, known: Options) -> list[str]:
    if known.is_single:
        text = _OR.sub(", ", text)
    bracketed = _IN_BRACKETS.sub(r", \1", text)
    parts = [p for p in (p.strip() for p in _SEPARATOR.split(bracketed)) if p.strip(" .()")]
    if len(parts) == 1:
        yes = _AFTER_YES.split(parts[0])
        if len(yes) > 1 and parts[0] not in known.spoken:
            return yes
        run = parts[0]
        if "lambda" in known.names:
            run = run.replace("lambda", "λ").replace(" ", "")
        spoken = known.spoken.keys() | {"λ"}
        if run.isalpha() and set(run) <= spoken and not {run, parts[0]} & spoken:
            return ["lambda" if c == "λ" else c for c in run]
    return parts


def _names(text: str, known: Options, here: Passage) -> frozenset[str]:
    found = _items(text, known, here)
    if found.refused:
        raise Unreadable("a refusal inside another is not read", 0)
    return found.names


def _name(item: str, known: Options, here: Passage) -> str:
    spoken = known.spoken
    bare = _ARTICLES.sub("", item)
    for said in (item, item.strip(" ()[]."), _THE.sub("", item), bare, _THE.sub("", bare)):
        if said in spoken:
            return spoken[said]
    raise Unreadable(
        f"{item[:40]!r} is none of {', '.join(sorted(known.names))}",
        max(here.text.lower().find(item), 0),
    )


def _marked(text: str, known: Options, here: Passage) -> Chosen:
    """Ticks and crosses, before what they mark or after it: the first one says which."""
    chosen, refused = set[str](), set[str]()
    before = text.lstrip()[:1] in ("✓", "✗")
    marks = list(_MARK.finditer(text))
    edges = [m.start() for m in marks] + [len(text)]
    last = 0
    for at, mark in enumerate(marks):
        stretch = text[mark.end() : edges[at + 1]] if before else text[last : mark.start()]
        last = mark.end()
        into = chosen if mark[0] == "✓" else refused
        stretch = stretch.strip(" ,;:\n|.")
        into |= _names(stretch, known, here) if stretch else set()
    if not before and text[last:].strip(" ,;:\n|.)"):
        raise Unreadable("something is marked by no tick", 0)
    return _told_apart(chosen, refused)


def decide(text: str, slot: Slot, table: Table, reference: str | None = None) -> Verdict:
    """Whether the same names are chosen, with the share of right choices. Raises Unreadable."""
    right = slot.right if reference is None else reference
    return agreed(
        (_against(here, slot, right) for here in unwrapped(text)), "it gives several answers"
    )


def _against(here: Passage, slot: Slot, right: str) -> Verdict:
    known, key = _known(slot, right), listed(right)
    if slot.kind == "choice" and len(key) != 1:
        raise Unreadable(f"one choice was expected as the right one, not {right!r}")
    here = here.stripped()
    if (
        slot.kind == "choice"
        and (reason := _REASON.search(here.text))
        and not _DOUBT.search(reason[1].lower())
        and len(reason[1].split()) > 1  # "A since B" names another choice
    ):
        here = here[: reason.start()]
    chosen = read(here, known)
    if chosen.count:
        return _counted(chosen.count, key, slot)
    names = chosen.names
    if not names and (slot.kind == "choice" or chosen.refused) and not chosen.refused & key:
        raise Unreadable("it says what is not, and not what is", 0)
    told = ", ".join(sorted(names)) or "none"
    missing, extra = sorted(key - names), sorted(names - key)
    if not missing and not extra:
        return Verdict("correct", "the same choices", read=told, score=1.0)
    parts = [f"missing: {', '.join(missing)}"] * bool(missing)
    parts += [f"wrongly chosen: {', '.join(extra)}"] * bool(extra)
    share = 1 - len(key ^ names) / len(known.names | names)
    return Verdict(
        "incorrect",
        "; ".join(parts),
        read=told,
        counterexample=(missing + extra)[0],
        score=round(max(share, 0.0), 4),
        witness={"with": {}, "answer": sorted(names), "key": sorted(key)},
    )


def _counted(count: int, key: frozenset[str], slot: Slot) -> Verdict:
    """All of them, where nobody said how many there are: more than one, or so many as it says."""
    wrong = (
        len(key) == 1 if count < 0 and slot.kind == "choice" else count > 0 and count != len(key)
    )
    if not wrong:
        raise Unreadable("it is not known what all the options are", 0)
    told = "all" if count < 0 else f"all {count}"
    return Verdict(
        "incorrect",
        f"{len(key)} {'is' if len(key) == 1 else 'are'} right",
        read=told,
        counterexample=f"{told} against {', '.join(sorted(key))}",
    )
