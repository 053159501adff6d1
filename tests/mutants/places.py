"""Where mutants are made: what of a file is broken, and what is left out, by rule."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

# of a part: what judges, so that it is not what is judged
JUDGE = {"prove", "check", "twins"}
# instances and keys: tests of their own change these
DATA = {"GENERIC", "ANSWERS", "KEY", "MEASURED", "__all__"}
# calls that announce, refuse or spend, and compute nothing
SPOKEN = {"affordable", "watch", "warn", "InputError"}
BUDGETS = ("MOST_", "BUDGET", "LONG")  # names of bounds on what is undertaken
Where = Literal["formula", "step", "guard"]


@dataclass(frozen=True, slots=True)
class Place:
    """A node that may be changed, and the way to it from the statement that it is in."""

    unit: str  # the function, method or constant that it belongs to
    node: ast.AST
    above: tuple[ast.AST, ...]  # the nodes that hold it, outermost first

    @property
    def where(self) -> Where:
        """In the condition that refuses an input, in the value of a step, or elsewhere."""
        chain = (*self.above, self.node)
        for outer, inner in pairwise(chain):
            if (
                isinstance(outer, ast.If)
                and inner is outer.test
                and any(isinstance(s, ast.Raise) for s in outer.body)
            ):
                return "guard"
        return (
            "step"
            if any(isinstance(n, ast.Call) and _name(n.func) == "Step" for n in self.above)
            else "formula"
        )


def left_out(node: ast.AST, parent: ast.AST, unread: frozenset[str] = frozenset()) -> bool:
    """The rule: what no mutant is made of. `unread`: variables that only what is left out reads."""
    match node:
        case ast.Constant(str() | bytes()) | ast.JoinedStr():
            return True  # titles, whys and messages; answers that are text are the key test's
        case ast.Raise() | ast.Assert() | ast.Import() | ast.ImportFrom():
            return True  # how an input is refused; when it is stands in an `if`, and is in
        case ast.Call(called) if _name(called) in SPOKEN:
            return True  # budgets, warnings, progress: not the condition they stand under
        case ast.Compare() if _is_budget(node):
            return True  # a bound on what is undertaken
        case ast.BoolOp(_, members) if any(map(_is_budget, members)):
            return True  # where such a bound applies
        case ast.Call(called) | ast.BinOp(ast.Call(called)) if _name(called) == "perf_counter":
            return True  # a time of day, and how long something took
        case ast.keyword(arg="strict" | "dtype" | "title" | "why"):
            return True  # zip's own guard; how a number is stored; Step's words
        case ast.UnaryOp(ast.USub()) if (
            isinstance(parent, ast.Call) and _name(parent.func) == "reshape"
        ):
            return True  # numpy takes every negative length for "what fits"
        case ast.keyword(arg="at" | "paths" | "run") if isinstance(parent, ast.Call):
            # a Cost's sizes, and the run that its formula is held against: what judges
            return _name(parent.func) == "Cost"
    return _unread_only(node, unread) or _said(node, parent)


def _is_budget(node: ast.AST) -> bool:
    named = (_name(part) for part in ast.walk(node))
    return isinstance(node, ast.Compare) and any(name.startswith(BUDGETS) for name in named)


def _unread_only(node: ast.AST, unread: frozenset[str]) -> bool:
    """Whether a statement sets only variables that nobody reads; an `if` with its condition."""
    match node:
        case ast.Assign() | ast.AugAssign() | ast.AnnAssign():
            return (names := _stored(node)) != set() and names <= unread
        case ast.If(_, body, orelse):
            return all(_unread_only(inner, unread) for inner in [*body, *orelse])
    return False


def _said(node: ast.AST, parent: ast.AST) -> bool:
    """Whether it is a Step's title or why, an annotation, a decorator, or a default of `solve`."""
    match parent:
        case ast.Call(called, arguments) if _name(called) == "Step":
            return any(node is word for word in (arguments[:1] + arguments[2:3]))
        case ast.AnnAssign() | ast.arg():
            return node is parent.annotation
        case ast.FunctionDef():
            return node is parent.returns or node in parent.decorator_list
        case ast.arguments():
            # a default of `solve`, the one whose inputs are Annotated, is the sheet's question
            return any(
                isinstance(a.annotation, ast.Subscript) and _name(a.annotation.value) == "Annotated"
                for a in parent.args
            )
    return False


def _name(node: ast.AST) -> str:
    match node:
        case ast.Name(name) | ast.Attribute(_, name):
            return name
    return ""


def _stored(node: ast.AST) -> set[str]:
    """The variables that a statement sets; none where it also sets an entry or an attribute."""
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", node)]
    parts = [
        part
        for target in targets
        for part in ([*target.elts] if isinstance(target, ast.Tuple) else [target])
    ]
    names = {part.id for part in parts if isinstance(part, ast.Name)}
    return names if len(names) == len(parts) else set()


def _walk(
    node: ast.AST, above: tuple[ast.AST, ...], unread: frozenset[str]
) -> Iterator[tuple[ast.AST, tuple[ast.AST, ...]]]:
    yield node, above
    for child in ast.iter_child_nodes(node):
        if not left_out(child, node, unread):
            yield from _walk(child, (*above, node), unread)


def _read(node: ast.AST, unread: frozenset[str]) -> set[str]:
    return {
        part.id
        for part, _ in _walk(node, (), unread)
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load)
    }


def unread(function: ast.AST) -> frozenset[str]:
    """The variables of a function that only titles, messages, budgets and each other read."""
    if not isinstance(function, ast.FunctionDef):
        return frozenset()
    sets = (
        part
        for part in ast.walk(function)
        if isinstance(part, ast.Assign | ast.AugAssign | ast.AnnAssign)
    )
    stored = {name for part in sets for name in _stored(part)}
    found: frozenset[str] = frozenset()
    while (more := frozenset(stored - _read(function, found))) != found:
        found = more
    return found


def _units(module: ast.Module) -> Mapping[str, ast.stmt]:
    """Functions, classes and constants of a module, by name."""
    found: dict[str, ast.stmt] = {}
    for node in module.body:
        match node:
            case ast.FunctionDef(name) | ast.ClassDef(name):
                found[name] = node
            case ast.Assign() | ast.AnnAssign():
                found |= dict.fromkeys(sorted(_stored(node) - DATA), node)
    return found


def _reached(units: Mapping[str, ast.stmt]) -> set[str]:
    """What `solve` uses, directly or not, outside of what is left out."""
    found, ahead = set[str](), ["solve"]
    while ahead:
        name = ahead.pop()
        if name in found or name not in units or name in JUDGE:
            continue
        found.add(name)
        ahead += _read(units[name], unread(units[name]))
    return found


def places(module: ast.Module) -> Iterator[Place]:
    """Every node that may be changed: of a part what `solve` reaches, of other files all."""
    units = _units(module)
    wanted, done = (
        (_reached(units) if "solve" in units and "prove" in units else set(units)),
        set[int](),
    )
    for name, node in units.items():
        if name in wanted and id(node) not in done:
            done.add(id(node))  # a, b = … is one statement with two names
            yield from _within(name, node)


def _within(name: str, node: ast.stmt) -> Iterator[Place]:
    if isinstance(node, ast.ClassDef):
        for inner in node.body:
            if isinstance(inner, ast.FunctionDef | ast.AnnAssign):
                label = inner.name if isinstance(inner, ast.FunctionDef) else _name(inner.target)
                yield from _within(f"{name}.{label}", inner)
        return
    for part, above in _walk(node, (), unread(node)):
        yield Place(name, part, above)
