"""Characters to tokens, each with its place: LaTeX as models write it, Unicode, ASCII and NumPy."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace

from .notation import (
    ACCENT_NAMES,
    ACCENTS,
    CHARACTERS,
    COMMANDS,
    GREEK,
    LETTERS,
    LOWERED,
    RAISED,
    SKIPPED,
    STYLES,
    TEXTS,
)
from .tree import Unreadable

__all__ = [
    "GREEK",
    "MOST_CHARACTERS",
    "MOST_NESTING",
    "Token",
    "depths",
    "parted",
    "tokens",
    "told",
]

MOST_CHARACTERS = 4_000
MOST_NESTING = 40
OPENING, CLOSING = (
    frozenset(("(", "[", "{", "{:", "begin")),
    frozenset((")", "]", "}", ":}", "end")),
)
_ASCII = {"**": "^", "||": "‖", "==": "=", ":=": "=", "<-": "=", "..": "…", "...": "…"}
_TOKEN = re.compile(
    r"(?P<space>[ \t\r\f\v~$]+)|(?P<line>\n)|(?P<dots>\.\.\.?)"
    r"|(?P<number>(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+(?![A-Za-z0-9]))?)"
    r"|(?P<word>(?:matrix_power|multi_dot|[A-Za-z]+)[0-9]*)"
    r"|(?P<row>\\\\)|\\(?P<command>[A-Za-z]+|.|\n)"
    r"|(?P<op>\*\*|<=|>=|!=|==|:=|<-|\|\||[-+*/@^_(){}\[\]=<>|,;:'.!&%])",
)
_PIECE = re.compile(r"[0-9]+|.")
_GROUP = re.compile(r"\s*\{([^{}]*)\}")
_COLUMNS = re.compile(r"\s*\{[clr| ]*\}")
_STRING = re.compile(r"'([^'\n]*)'|\"([^\"\n]*)\"")
_DOUBLED = re.compile(
    r"\\\\(?:begin|end|frac|dfrac|tfrac|sqrt|left|right|sum|lambda|top|cdot)(?![A-Za-z])"
)
_LETTER = re.compile(r"[A-Za-z](?![A-Za-z])")


@dataclass(frozen=True, slots=True)
class Token:
    """kind: number, word, greek, text, string, tag, refused, or the operator itself.

    `gap` says that white space stood before it.

    A letter with an accent is one word (ŷ as y and U+0302). `style`: bold, script, double, raised.
    """

    kind: str
    text: str
    at: int
    gap: bool = False
    style: str = ""


def tokens(text: str) -> list[Token]:
    """The tokens of an answer, in order; what is known and not read has the kind "refused".

    Raises Unreadable over a bound, and at the first character that has no meaning.
    """
    if len(text) > MOST_CHARACTERS:
        why = f"it has {len(text):,} characters, over the bound of {MOST_CHARACTERS:,}"
        raise Unreadable(why, MOST_CHARACTERS)
    if "\\\\" in text and _DOUBLED.search(text) and "\\" not in text.replace("\\\\", ""):
        return _halved(text)
    return _Lexer(text).run()


def _halved(text: str) -> list[Token]:
    """Of a text whose backslashes were all doubled on their way."""
    places, at = [], 0
    while at < len(text):
        places.append(at)
        at += 2 if text.startswith("\\\\", at) else 1
    found = _Lexer("".join(text[i] for i in places)).run()
    return [replace(token, at=places[token.at]) for token in found]


def depths(stream: list[Token], start: int = 0) -> Iterator[int]:
    """How many brackets each token from `start` on stands in; a bracket itself stands outside."""
    depth = 0
    for at in range(start, len(stream)):
        token = stream[at]
        depth -= token.kind in CLOSING
        yield depth
        depth += token.kind in OPENING


def parted(stream: list[Token], separators: set[str]) -> list[list[Token]]:
    """The tokens between separators outside every bracket; empty stretches are left out."""
    out: list[list[Token]] = [[]]
    for token, depth in zip(stream, depths(stream), strict=True):
        parts = token.kind in separators or (token.kind == "word" and token.text in separators)
        if parts and depth <= 0:
            out.append([])
        else:
            out[-1].append(token)
    return [part for part in out if part]


def told(token: Token) -> str:
    """A token in a sentence."""
    if token.text.strip():
        return repr(token.text)
    return "a line break" if token.kind == "\n" else "its end"


class _Lexer:
    """One pass over a text. `braces` holds the depths at which an underbrace closes."""

    def __init__(self, text: str) -> None:
        self.text, self.at, self.gap, self.depth = text, 0, False, 0
        self.out: list[Token] = []
        self.braces: list[int] = []

    def put(self, kind: str, value: str, place: int, style: str = "") -> None:
        self.out.append(Token(kind, value, place, self.gap, style))
        self.gap = False

    def run(self) -> list[Token]:
        text, match = self.text, _TOKEN.match
        while self.at < len(text):
            start = self.at
            found = match(text, start)
            if found is None:
                self.character(start)
                continue
            self.at = found.end()
            kind = found.lastgroup
            if kind == "space":
                self.gap = True
            elif kind == "word":
                self.word(found[0], start)
            elif kind == "op":
                self.operator(found[0], start)
            elif kind == "number":
                self.put("number", found[0], start)
            elif kind == "command":
                self.command(found["command"], start)
            else:
                self.put({"line": "\n", "row": "\\\\"}.get(str(kind), "…"), found[0], start)
        return _with_ranges(self.out) if "=" in text else self.out

    def word(self, word: str, start: int, style: str = "") -> None:
        """A run of letters; a Greek letter by its name is that letter."""
        letters = word.rstrip("0123456789") if word[-1].isdigit() else word
        if letters in GREEK:
            self.put("greek", GREEK[letters] + word[len(letters) :], start, style)
        else:
            self.put("word", word, start, style)

    def operator(self, found: str, start: int) -> None:
        quoted = found == "'" and self.out and self.out[-1].kind in ("(", ",", "=", "[")
        if quoted and (string := _STRING.match(self.text, start)) is not None:
            self.at = string.end()
            return self.put("string", string[1], start)
        op = _ASCII.get(found, found)
        if op in "([{":
            self.depth += 1
            if self.depth > MOST_NESTING:
                raise Unreadable(f"brackets are nested over {MOST_NESTING} deep", start)
        elif op in ")]}":
            self.depth -= 1
        self.put(op, found, start)
        if op == "}" and self.braces and self.braces[-1] == self.depth:
            self.braces.pop()
            self.at = _after_label(self.text, self.at)
        return None

    # -------------------------------------------------------------- commands

    def command(self, name: str, start: int) -> None:
        if name in GREEK:
            self.put("greek", GREEK[name], start)
        elif name in COMMANDS:
            self.symbol(COMMANDS[name], "\\" + name, start)
        elif name in SKIPPED:
            if name in ("left", "right") and self.text[self.at : self.at + 1] == ".":
                self.at += 1
            self.gap = True
        elif name in STYLES:
            self.styled(name, start)
        elif name in ACCENTS:
            self.accented(name, start)
        elif name in TEXTS or name in ("begin", "end", "tag"):
            self.grouped(name, start)
        elif name in ("underbrace", "overbrace"):
            self.braces.append(self.depth)
        else:
            self.put("refused", "\\" + name, start)

    def symbol(self, value: str, source: str, start: int) -> None:
        """What a command or a character of one meaning stands for."""
        if value == "l" or value in LETTERS:
            self.put("word" if value == "l" else "greek", value, start)
        else:
            self.put(value, source if value in "=*/" or value == "sum" else value, start)

    def in_exponent(self) -> bool:
        """Whether what comes next is all that is raised, as far as can be seen: after ^ or ^{."""
        kinds = [token.kind for token in self.out[-3:]]
        return kinds[-1:] == ["^"] or kinds[-2:] == ["^", "{"] or kinds[-3:] == ["^", "{", "-"]

    def grouped(self, name: str, start: int) -> None:
        """\\text{…}, \\begin{…}, \\end{…}, \\tag{…}."""
        group = _GROUP.match(self.text, self.at)
        if group is None:
            raise Unreadable(f"\\{name} has no group after it", start)
        self.at, inner = group.end(), group[1].strip()
        if name in TEXTS:
            if inner in ("T", "⊤") and self.in_exponent():
                return self.put("⊤", inner, start)
            self.put("text", inner, start)
            self.gap = True
            return None
        self.put(name, inner, start)
        if inner == "array" and (columns := _COLUMNS.match(self.text, self.at)):
            self.at = columns.end()
        return None

    def styled(self, name: str, start: int) -> None:
        style = STYLES[name]
        at = _after_spaces(self.text, self.at)
        group = _GROUP.match(self.text, at)
        inner = group[1].strip() if group else ""
        if inner.isalpha() and inner.isascii():
            self.at = group.end() if group else at
        elif letter := _LETTER.match(self.text, at):
            self.at, inner = letter.end(), letter[0]
        elif inner == "1" or self.text.startswith("1", at):
            self.at = group.end() if group else at + 1
            return self.put("refused", "1", start)
        elif found := _letter(self.text, self.at):
            self.at, inner = found[1], found[0]
        else:  # a longer group, which stands for itself
            self.gap = True
            return None
        if inner == "T" and name in ("mathrm", "mathsf", "rm", "mathtt") and self.in_exponent():
            return self.put("⊤", inner, start)
        if inner in LETTERS or not inner.isascii():
            return self.put("greek" if inner in LETTERS else "word", inner, start, style)
        return self.word(inner, start, style)

    def accented(self, name: str, start: int) -> None:
        found = _letter(self.text, self.at)
        if found is None:
            return self.put("refused", "\\" + name, start)
        self.at = found[1]
        return self.put("word", unicodedata.normalize("NFD", found[0] + ACCENTS[name]), start)

    # -------------------------------------------------------------- characters

    def character(self, start: int) -> None:
        """An operator, a raised or lowered run, a Greek, styled or accented letter."""
        char = self.text[start]
        if char in RAISED:
            return self.script(RAISED, "^", start)
        if char in LOWERED:
            return self.script(LOWERED, "_", start)
        self.at = start + 1
        if char in LETTERS and char != "Σ":
            return self.put("greek", char, start)
        if char in CHARACTERS:
            return self.symbol(CHARACTERS[char], char, start)
        if char in ACCENT_NAMES and self.out:
            return self.combined(char, start)
        if char == '"' and (string := _STRING.match(self.text, start)):
            self.at = string.end()
            return self.put("string", string[2], start)
        return self.other(char, start)

    def script(self, table: dict[str, str], mark: str, start: int) -> None:
        """A run of raised or lowered characters; a transposition stands by itself."""
        end = start
        while end < len(self.text) and self.text[end] in table:
            end += 1
        self.at = end
        run = "".join(table[c] for c in self.text[start:end])
        for piece in re.findall(r"-⊤|⊤|[^⊤]+?(?=-⊤|⊤|$)", run):
            self.put(mark, mark, start)
            if piece == "⊤":
                self.put("⊤", "⊤", start)
                continue
            self.put("(", "(", start)
            for found in _PIECE.findall(piece):
                kind = "number" if found.isdigit() else "word" if found.isascii() else "greek"
                style = "raised" if found == "t" and mark == "^" else ""
                self.put(kind if found.isalnum() else found, found, start, style)
            self.put(")", ")", start)

    def combined(self, accent: str, start: int) -> None:
        """An accent that follows its letter."""
        last = self.out.pop()
        if last.kind not in ("word", "greek") or last.at + len(last.text) < start:
            raise Unreadable(f"the accent U+{ord(accent):04X} stands on no letter", start)
        if len(last.text) > 1 and last.text[-1].isascii():
            self.out.append(replace(last, text=last.text[:-1]))
            last = replace(last, text=last.text[-1], at=start - 1, gap=False)
        self.out.append(replace(last, kind="word", text=last.text + accent))

    def other(self, char: str, start: int) -> None:
        plain = unicodedata.normalize("NFKC", char)
        name = unicodedata.name(char, "")
        style = "double" if "DOUBLE-STRUCK" in name else "script" if "SCRIPT" in name else ""
        style = style or ("script" if "FRAKTUR" in name else "bold" if "BOLD" in name else "")
        apart = unicodedata.normalize("NFD", char)
        if plain in LETTERS:
            self.put("greek", plain, start, style)
        elif len(plain) == 1 and plain.isascii() and plain.isalpha():
            self.put("word", plain, start, style)
        elif len(apart) == 2 and apart[1] in ACCENT_NAMES and apart[0].isalpha():
            self.put("word", apart, start)
        elif plain.isspace() or char in "\u200b\u2061\u2062\ufeff":
            self.gap = True
        elif re.fullmatch(r"[0-9]+⁄[0-9]+", plain):
            self.put("number", plain.replace("⁄", "/"), start)
        elif char.isprintable():
            self.put("refused", "1" if plain == "1" else char, start)
        else:
            raise Unreadable(f"the character U+{ord(char):04X} is not read here", start)


def _with_ranges(stream: list[Token]) -> list[Token]:
    """sum_i=1^n as sum_(i=1)^n, so that this = is in a bracket as every other below a sum."""
    out: list[Token] = []
    at = 0
    while at < len(stream):
        kinds = [token.kind for token in stream[at : at + 4]]
        is_sum = kinds[0] == "sum" or stream[at].text == "sum"
        if not is_sum or kinds[1:2] != ["_"] or kinds[3:] != ["="]:
            out.append(stream[at])
            at += 1
            continue
        end = at + 5
        if stream[end : end + 1] and stream[end].kind == "…":
            end += 2
        inner = stream[at + 2 : end]
        open_, close = Token("(", "(", inner[0].at), Token(")", ")", inner[-1].at)
        out += [*stream[at : at + 2], open_, *inner, close]
        at = end
    return out


def _after_spaces(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\n":
        at += 1
    return at


def _letter(text: str, at: int, depth: int = 0) -> tuple[str, int] | None:
    """One letter as an argument of a command, in its braces and styles, and where it ends."""
    at = _after_spaces(text, at)
    if depth > MOST_NESTING:
        return None
    if text.startswith("{", at):
        inner = _letter(text, at + 1, depth + 1)
        if inner is None:
            return None
        end = _after_spaces(text, inner[1])
        return (inner[0], end + 1) if text.startswith("}", end) else None
    if text.startswith("\\", at):
        name = re.compile(r"\\([A-Za-z]+)").match(text, at)
        if name is None:
            return None
        if name[1] in GREEK:
            return GREEK[name[1]], name.end()
        dressed = name[1] in STYLES or name[1] in ACCENTS
        inner = _letter(text, name.end(), depth + 1) if dressed else None
        if inner is None:
            return ("l", name.end()) if name[1] == "ell" else None
        return inner[0] + ACCENTS.get(name[1], ""), inner[1]
    char = text[at : at + 1]
    return (char, at + 1) if (char.isascii() and char.isalpha()) or char in LETTERS else None


def _after_label(text: str, at: int) -> int:
    """Past what stands under or over a brace."""
    start = re.compile(r"\s*[_^]\s*\{").match(text, at)
    if start is None:
        return at
    depth, end = 1, start.end()
    while end < len(text) and depth:
        depth += (text[end] == "{") - (text[end] == "}")
        end += 1
    return end
