"""What one change of an expression is: each function yields other nodes for a node, or none."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Literal, get_args

Kind = Literal[
    "sign", "exchange", "transpose", "constant", "exponent", "term", "factor", "comparison",
    "condition", "extreme", "slice", "default", "set",
]  # fmt: skip
KINDS: tuple[Kind, ...] = get_args(Kind)
Changes = Iterator[tuple[Kind, ast.AST]]

_SIGNS: dict[type, type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
}
_PRODUCTS = ast.Mult | ast.MatMult | ast.Div | ast.Pow
_ORDERED = ast.MatMult | ast.Sub | ast.Div | ast.FloorDiv
_COMPARED: dict[type, type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
_OPPOSED = (
    ast.Eq | ast.NotEq | ast.In | ast.NotIn | ast.Is | ast.IsNot
)  # exchanging them negates already
_PAIRS = (
    ("min", "max"), ("any", "all"), ("Min", "Max"), ("minimum", "maximum"),
    ("argmin", "argmax"), ("floor", "ceil"),
)  # fmt: skip
_EXTREMES = dict(_PAIRS) | {b: a for a, b in _PAIRS}


def _one_more(node: ast.expr, by: int) -> ast.expr:
    return ast.BinOp(node, ast.Add() if by > 0 else ast.Sub(), ast.Constant(1))


def signs(node: ast.AST, parent: ast.AST) -> Changes:
    """+ for −, a minus lost, a minus before a whole product."""
    match node:
        case ast.BinOp(left, ast.Add() | ast.Sub() as op, right):
            yield "sign", ast.BinOp(left, _SIGNS[type(op)](), right)
        case ast.AugAssign(target, ast.Add() | ast.Sub() | ast.Mult() | ast.Div() as op, value):
            yield "sign", ast.AugAssign(target, _SIGNS[type(op)](), value)
        case ast.UnaryOp(ast.USub(), operand):
            yield "sign", operand
        case ast.BinOp(_, op, _) if isinstance(op, _PRODUCTS) and not _signed_by(parent, node):
            yield "sign", ast.UnaryOp(ast.USub(), node)


def _signed_by(parent: ast.AST, node: ast.expr) -> bool:
    """Whether a minus before `node` is one before the parent, or exchanges the parent's sign."""
    match parent:
        case ast.BinOp(_, op, right):
            return isinstance(op, _PRODUCTS) or (
                isinstance(op, ast.Add | ast.Sub) and right is node
            )
        case ast.Call(ast.Attribute(_, "reshape")):
            return True  # a negative length is "what fits"
    return isinstance(parent, ast.UnaryOp)


def exchanges(node: ast.AST, parent: ast.AST) -> Changes:
    """b @ a for a @ b, and so for −, / and outer(a, b)."""
    match node:
        case ast.BinOp(left, op, right) if isinstance(op, _ORDERED):
            yield "exchange", ast.BinOp(right, op, left)
        case ast.Call(ast.Attribute(_, "outer") as called, [a, b], []):
            yield "exchange", ast.Call(called, [b, a], [])


def transposes(node: ast.AST, parent: ast.AST) -> Changes:
    """.T lost, or put on an operand of @ that is called as a matrix: in upper case."""
    match node, parent:
        case ast.Attribute(value, "T"), _:
            yield "transpose", value
        case ast.expr(), ast.BinOp(_, ast.MatMult(), _) if _base(node)[:1].isupper():
            yield "transpose", ast.Attribute(node, "T", ast.Load())


def _base(node: ast.AST) -> str:
    match node:
        case ast.Name(name):
            return name
        case ast.Attribute(_, name):
            return name
        case ast.Subscript(value, _):
            return _base(value)
    return ""


def constants(node: ast.AST, parent: ast.AST) -> Changes:
    """Whole numbers ±1, True for False; those of a function's defaults are a kind of their own."""
    kind: Kind = "default" if isinstance(parent, ast.arguments) else "constant"
    match node:
        case ast.Constant(bool() as value):
            yield kind, ast.Constant(not value)
        case ast.Constant(int() | float() as value) if value == int(value):
            yield kind, ast.Constant(value + 1)
            yield kind, ast.Constant(value - 1)


def exponents(node: ast.AST, parent: ast.AST) -> Changes:
    """An exponent ±1 where it is no sum; one that is gone."""
    match node:
        case ast.BinOp(
            base,
            ast.Pow() as op,
            (ast.Name() | ast.Call() | ast.Attribute() | ast.Subscript()) as e,
        ):
            yield from (("exponent", ast.BinOp(base, op, _one_more(e, by))) for by in (1, -1))
            yield "exponent", base
        case ast.BinOp(base, ast.Pow(), _):
            yield "exponent", base


def terms(node: ast.AST, parent: ast.AST) -> Changes:
    """One term of a sum, or one member of a union or an intersection, left out."""
    match node:
        case ast.BinOp(left, ast.Sub(), right):
            yield from (("term", left), ("term", ast.UnaryOp(ast.USub(), right)))
        case ast.BinOp(left, ast.Add() | ast.BitOr() | ast.BitAnd(), right):
            yield from (("term", left), ("term", right))


def factors(node: ast.AST, parent: ast.AST) -> Changes:
    """One factor of a product left out."""
    match node:
        case ast.BinOp(left, ast.Mult() | ast.MatMult(), right):
            yield from (("factor", left), ("factor", right))
        case ast.BinOp(left, ast.Div() as op, right):
            yield from (("factor", left), ("factor", ast.BinOp(ast.Constant(1), op, right)))
        case ast.BinOp(left, ast.FloorDiv() | ast.Mod(), _):
            yield "factor", left


def comparisons(node: ast.AST, parent: ast.AST) -> Changes:
    """< for <=, > for >=, == for !=; in a chain one at a time."""
    if isinstance(node, ast.Compare):
        for at, op in enumerate(node.ops):
            ops = [*node.ops[:at], _COMPARED[type(op)](), *node.ops[at + 1 :]]
            yield "comparison", ast.Compare(node.left, ops, node.comparators)


def conditions(node: ast.AST, parent: ast.AST) -> Changes:
    """A condition negated, always true, never true; `or` for `and`; one member left out."""
    if isinstance(node, ast.BoolOp):
        yield (
            "condition",
            ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values),
        )
        for at in range(len(node.values)):
            rest = [*node.values[:at], *node.values[at + 1 :]]
            yield "condition", ast.BoolOp(node.op, rest) if len(rest) > 1 else rest[0]
    if not _decides(node, parent):
        return
    yield "condition", ast.Constant(False)
    if isinstance(parent, ast.While):
        return  # a loop that never ends says nothing about the checks
    yield "condition", ast.Constant(True)
    match node:
        case ast.UnaryOp(ast.Not(), operand):
            yield "condition", operand
        case ast.Compare(_, [op], _) if isinstance(op, _OPPOSED):
            return
        case ast.expr():
            yield "condition", ast.UnaryOp(ast.Not(), node)


def _decides(node: ast.AST, parent: ast.AST) -> bool:
    match parent:
        case ast.If(test) | ast.IfExp(test) | ast.While(test):
            return node is test
        case ast.comprehension():
            return any(node is test for test in parent.ifs)
        case ast.match_case():
            return node is parent.guard
    return False


def extremes(node: ast.AST, parent: ast.AST) -> Changes:
    """The greatest for the least, any for all, floor for ceil, where they are called."""
    match node, parent:
        case ast.Name(name), ast.Call(called) if called is node and name in _EXTREMES:
            yield "extreme", ast.Name(_EXTREMES[name], ast.Load())
        case ast.Attribute(value, name), ast.Call(called) if called is node and name in _EXTREMES:
            yield "extreme", ast.Attribute(value, _EXTREMES[name], ast.Load())


def slices(node: ast.AST, parent: ast.AST) -> Changes:
    """A bound of a slice, or where a range ends, off by one; constants are changed as constants."""
    match node, parent:
        case ast.Slice(None, ast.expr() as upper, step), _:
            yield "slice", ast.Slice(ast.Constant(1), upper, step)
        case ast.Slice(ast.expr() as lower, None, step), _:
            yield "slice", ast.Slice(lower, ast.Constant(-1), step)
        case ast.expr(), ast.Slice(lower, upper) if node is lower or node is upper:
            yield from _off_by_one(node)
        case ast.expr(), ast.Call(ast.Name("range"), arguments) if (
            node is arguments[min(1, len(arguments) - 1)]
        ):
            yield from _off_by_one(node)


def _off_by_one(node: ast.expr) -> Changes:
    """Nothing for sums and numbers, which have constants of their own."""
    if isinstance(node, ast.Name | ast.Call | ast.Attribute | ast.Subscript):
        yield from (("slice", _one_more(node, by)) for by in (1, -1))


def sets(node: ast.AST, parent: ast.AST) -> Changes:
    """An interval's ends taken in or left out."""
    match node:
        case ast.Call(ast.Attribute(ast.Attribute(_, "Interval") as interval, _), ends, named):
            yield "set", ast.Call(interval, ends, named)
        case ast.Call(ast.Attribute(_, "Interval") as interval, [a, b], named):
            yield "set", ast.Call(ast.Attribute(interval, "open", ast.Load()), [a, b], named)


CHANGES: tuple[Callable[[ast.AST, ast.AST], Changes], ...] = (
    signs, exchanges, transposes, constants, exponents, terms, factors, comparisons, conditions,
    extremes, slices, sets,
)  # fmt: skip
