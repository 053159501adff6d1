"""What an answer says, as a tree. Products keep their order."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, TypeVar, dataclass_transform

C = TypeVar("C")


@dataclass_transform(eq_default=True, frozen_default=True)
def node(cls: type[C]) -> type[C]:
    """A frozen dataclass without generated code, which would cost hw8 verify a millisecond a class at every start."""
    names = tuple(cls.__annotations__)
    defaults = tuple(cls.__dict__[name] for name in names if name in cls.__dict__)

    def init(self: Any, *values: Any) -> None:
        if len(values) < len(names):
            values += defaults[len(defaults) - len(names) + len(values) :]
        for name, value in zip(names, values, strict=True):
            object.__setattr__(self, name, value)

    def values_of(self: Any) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in names)

    def equal(self: Any, other: object) -> bool:
        return self is other or (type(self) is type(other) and values_of(self) == values_of(other))

    def frozen(self: Any, name: str, value: Any) -> None:
        raise AttributeError(f"{cls.__name__}.{name} does not change")

    cls.__init__, cls.__eq__, cls.__setattr__ = init, equal, frozen  # type: ignore[method-assign]  # what a dataclass has
    cls.__hash__ = lambda self: hash((cls, *values_of(self)))  # type: ignore[method-assign]  # likewise
    cls.__repr__ = lambda self: f"{cls.__name__}{values_of(self)!r}"  # type: ignore[method-assign]  # likewise
    cls.__match_args__ = names  # type: ignore[attr-defined, misc]  # likewise
    return cls


class Unreadable(ValueError):  # noqa: N818  it is no error of ours
    """The answer cannot be read, or not decided within bounds: why, and where in it."""

    def __init__(self, why: str, at: int | None = None) -> None:
        super().__init__(why)
        self.why, self.at = why, at


@node
class Num:
    value: Fraction


@node
class Sym:
    """A declared symbol, a size, or a name that a statement of the answer defines."""

    name: str


@node
class Elem:
    """Member `index` of a family: x_i, σ_i, c_{i+1}."""

    base: str
    index: Node


@node
class Ident:
    """I; its size is found where it stands, unless it is written I_n."""

    size: str = ""


@node
class Add:
    terms: tuple[Node, ...]


@node
class Mul:
    factors: tuple[Node, ...]


@node
class Div:
    top: Node
    bottom: Node


@node
class Pow:
    base: Node
    exponent: Node


@node
class T:
    """The transpose."""

    of: Node


@node
class Norm:
    of: Node
    kind: str = ""  # F for Frobenius; without it only a vector has one norm here


@node
class Sum:
    index: str
    low: Node | None
    high: Node | None
    body: Node


@node
class Diag:
    """diag(…): of a family's members, of numbers, or of a vector."""

    entries: tuple[Node, ...]


@node
class Call:
    """sqrt, log, log2, exp, binom."""

    name: str
    arguments: tuple[Node, ...]


@node
class Grid:
    """A matrix or vector written out, row by row."""

    rows: tuple[tuple[Node, ...], ...]


Node = Num | Sym | Elem | Ident | Add | Mul | Div | Pow | T | Norm | Sum | Diag | Call | Grid
_SUPERSCRIPT = str.maketrans("0123456789+-()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾")


def negated(node: Node) -> Node:
    if isinstance(node, Num):
        return Num(-node.value)
    return Mul((Num(Fraction(-1)), node))


def children(node: Node) -> tuple[Node, ...]:
    match node:
        case Add(parts) | Mul(parts) | Diag(parts) | Call(_, parts):
            return parts
        case Div(a, b) | Pow(a, b):
            return (a, b)
        case T(inner) | Norm(inner, _) | Elem(_, inner):
            return (inner,)
        case Sum(_, low, high, body):
            return tuple(x for x in (low, high, body) if x is not None)
        case Grid(rows):
            return tuple(x for row in rows for x in row)
    return ()


def rebuilt(node: Node, change: Callable[[Node], Node]) -> Node:
    """The node with `change` applied to each of its children."""
    match node:
        case Add(parts):
            return Add(tuple(map(change, parts)))
        case Mul(parts):
            return Mul(tuple(map(change, parts)))
        case Diag(parts):
            return Diag(tuple(map(change, parts)))
        case Call(name, parts):
            return Call(name, tuple(map(change, parts)))
        case Div(a, b):
            return Div(change(a), change(b))
        case Pow(a, b):
            return Pow(change(a), change(b))
        case T(inner):
            return T(change(inner))
        case Norm(inner, kind):
            return Norm(change(inner), kind)
        case Elem(base, inner):
            return Elem(base, change(inner))
        case Sum(index, low, high, body):
            return Sum(index, low and change(low), high and change(high), change(body))
        case Grid(rows):
            return Grid(tuple(tuple(map(change, row)) for row in rows))
    return node


def substituted(node: Node, names: dict[str, Node]) -> Node:
    """Local definitions put in."""
    if isinstance(node, Sym) and node.name in names:
        return names[node.name]
    return rebuilt(node, lambda child: substituted(child, names))


def names_in(node: Node) -> set[str]:
    own = {node.name} if isinstance(node, Sym) else {node.base} if isinstance(node, Elem) else set()
    return own.union(*map(names_in, children(node)))


def size(node: Node) -> int:
    return 1 + sum(map(size, children(node)))


def shown(node: Node, level: int = 0) -> str:
    """The tree as people read it: A_t·C_tᵀ·q_t. `level` 1 brackets sums, 2 also products."""
    match node:
        case Num(value):
            text = str(value)
            return f"({text})" if level and (value < 0 or (level > 1 and value.denominator > 1)) else text
        case Sym(name):
            return _braceless(name)
        case Elem(base, index):
            return _braceless(f"{base}_{shown(index) if isinstance(index, Num | Sym) else '{' + shown(index) + '}'}")
        case Ident(dimension):
            return f"I_{dimension}" if dimension else "I"
        case Add(terms):
            text = shown(terms[0])
            for term in terms[1:]:
                minus, positive = _unsigned(term)
                text += f" {'−' if minus else '+'} {shown(positive, 1)}"
            return f"({text})" if level else text
        case Mul(factors):
            minus, positive = _unsigned(node)
            if minus:
                text = "−" + shown(positive, 1)
                return f"({text})" if level else text
            text = "·".join(shown(f, 1) for f in factors)
            return f"({text})" if level > 1 else text
        case Div(a, b):
            text = f"{shown(a, 1)}/{shown(b, 2)}"
            return f"({text})" if level > 1 else text
        case Pow(base, Num(e)) if e.denominator == 1:
            return shown(base, 2) + str(e).translate(_SUPERSCRIPT)
        case Pow(base, exponent):
            inner = shown(exponent)
            return f"{shown(base, 2)}^{inner if len(inner) == 1 else '(' + inner + ')'}"
        case T(inner):
            return shown(inner, 2) + "ᵀ"
        case Norm(inner, kind):
            return f"‖{shown(inner)}‖{'_F' if kind else ''}"
        case Sum(index, low, high, body):
            bounds = f"{index}={shown(low)}..{shown(high)}" if low is not None and high is not None else index
            return f"Σ_{{{bounds}}} {shown(body, 1)}"
        case Diag(entries):
            return f"diag({', '.join(map(shown, entries))})"
        case Call(name, arguments):
            return f"{name}({', '.join(map(shown, arguments))})"
        case Grid(rows):
            return f"[{'; '.join(', '.join(map(shown, row)) for row in rows)}]"


def _unsigned(node: Node) -> tuple[bool, Node]:
    match node:
        case Num(value) if value < 0:
            return True, Num(-value)
        case Mul((Num(value), *rest)) if value < 0:
            kept: list[Any] = [Num(-value), *rest] if value != -1 else rest
            return True, kept[0] if len(kept) == 1 else Mul(tuple(kept))
    return False, node


def _braceless(name: str) -> str:
    base, _, index = name.partition("_")
    if index.startswith("{") and len(index) == 3:
        index = index[1:-1]
    return f"{base}_{index if len(index) == 1 else '{' + index + '}'}" if index else base
