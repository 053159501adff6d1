"""What the text of a part alone tells, its solver not imported: question, options, key."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .part import Part, Slot


@dataclass(frozen=True, slots=True)
class Option:
    """One parameter of `solve`: its kind as annotated, its help, its default as one types it."""

    name: str
    kind: str  # Matrix, Vector, Scalar, int, Sequence[Matrix] (given again), or a|b for choices
    help: str
    default: tuple[str, ...]

    @property
    def flag(self) -> str:
        """`keep_first` is --keep-first; `lam_` is --lam."""
        return "--" + self.name.rstrip("_").replace("_", "-")


@cache
def _tree(path: str) -> ast.Module:
    return ast.parse(Path(path).read_text(encoding="utf-8"))


def question(part: Part) -> tuple[str, ...]:
    """The part's own statement, by paragraphs: prose on one line, what is set out as it stands."""
    text = ast.get_docstring(_tree(part.path)) or part.title
    return tuple(p if "\n " in f"\n{p}" else p.replace("\n", " ") for p in text.split("\n\n"))


def options(part: Part) -> tuple[Option, ...]:
    """The options of a part, in the order of `solve`'s parameters."""
    (solve,) = (
        node
        for node in _tree(part.path).body
        if isinstance(node, ast.FunctionDef) and node.name == "solve"
    )
    arguments = solve.args.args
    defaults = [None] * (len(arguments) - len(solve.args.defaults)) + list(solve.args.defaults)
    found = []
    for argument, default in zip(arguments, defaults, strict=True):
        marked = argument.annotation
        if (
            isinstance(marked, ast.Subscript)
            and ast.unparse(marked.value) == "Annotated"
            and isinstance(marked.slice, ast.Tuple)
        ):
            kind, text = marked.slice.elts
            found.append(Option(argument.arg, _kind(kind), ast.literal_eval(text), _typed(default)))
    return tuple(found)


def _kind(node: ast.expr) -> str:
    if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "Literal":
        return "|".join(ast.literal_eval(node.slice))
    return ast.unparse(node).removesuffix(" | None")


def _typed(default: ast.expr | None) -> tuple[str, ...]:
    """`matrix("1,2;3,4")` is what one would type for it: 1,2;3,4."""
    if isinstance(default, ast.Tuple):
        return tuple(text for part in default.elts for text in _typed(part))
    if isinstance(default, ast.Call):
        return _typed(default.args[0])
    value = ast.literal_eval(default) if default is not None else None
    return () if value is None else (str(value),)


@cache
def key(part: Part) -> tuple[Slot, ...]:
    """The part's KEY, which is literals and its last statement; nothing before it is parsed."""
    text = Path(part.path).read_text(encoding="utf-8")
    _, found, tail = text.rpartition("\nKEY")
    if not found:
        return ()
    (statement,) = ast.parse("KEY" + tail).body
    assert isinstance(statement, ast.Assign | ast.AnnAssign), f"{part.path} ends with its KEY"
    assert isinstance(statement.value, ast.Tuple), f"{part.path}: KEY is a tuple of literals"
    return tuple(
        Slot(
            *map(ast.literal_eval, call.args),
            **{str(k.arg): ast.literal_eval(k.value) for k in call.keywords},
        )
        for call in statement.value.elts
        if isinstance(call, ast.Call)
    )


def line_of(part: Part, function: str) -> int:
    """Where a function of the part begins."""
    names = {
        node.name: node.lineno
        for node in _tree(part.path).body
        if isinstance(node, ast.FunctionDef)
    }
    return names.get(function, 1)
