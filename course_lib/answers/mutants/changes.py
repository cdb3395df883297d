"""The small mistakes: what may stand in the place of one piece of a program's syntax tree.

The operators are the usual ones of mutation testing (replaced operators, constants and conditions,
deleted statements and calls), and those that go wrong with tensors: another dimension, swapped
arguments and indices, a forgotten transpose, mask or keyword.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Collection, Iterator
from itertools import pairwise

Change = tuple[str, ast.AST]  # what kind of mistake it is, and what stands there instead

_OPERATORS: dict[type[ast.operator], tuple[type[ast.operator], ...]] = {
    ast.Add: (ast.Sub, ast.Mult),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div, ast.Add, ast.MatMult),
    ast.Div: (ast.Mult, ast.FloorDiv),
    ast.FloorDiv: (ast.Div, ast.Mult),
    ast.Mod: (ast.FloorDiv, ast.Mult),
    ast.Pow: (ast.Mult, ast.Div),
    ast.MatMult: (ast.Mult,),
    ast.BitAnd: (ast.BitOr, ast.BitXor),
    ast.BitOr: (ast.BitAnd, ast.BitXor),
    ast.BitXor: (ast.BitAnd, ast.BitOr),
}
_ONE_WAY = (ast.Sub, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow, ast.MatMult)
_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Lt: (ast.LtE, ast.Gt, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt, ast.LtE),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
# Methods and functions of torch that take a dimension, and at which places of a method's call; a
# function has the tensor before it.
_DIMENSIONS = {
    **dict.fromkeys(("amax", "argmax", "argsort", "cumsum", "flatten", "log_softmax"), (0,)),
    **dict.fromkeys(("max", "mean", "scatter", "softmax", "squeeze", "sum", "unbind"), (0,)),
    **dict.fromkeys(("unflatten", "unsqueeze"), (0,)),
    **dict.fromkeys(("cat", "chunk", "stack"), (1,)),
    "transpose": (0, 1),
}
_DIMENSION_KEYWORDS = ("dim", "axis")
_TEXT = "another"


def changes(node: ast.AST, modules: Collection[str]) -> Iterator[Change]:
    """What may stand in a node's place, one mistake each.

    Args:
        node: A node of a syntax tree; it is left as it is.
        modules: Names that stand for modules, whose functions are no methods.

    Yields:
        The kind of the mistake and the new node.
    """
    match node:
        case ast.BinOp():
            yield from _operators(node)
        case ast.BoolOp():
            other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
            yield "and, or", ast.BoolOp(other, node.values)
        case ast.UnaryOp():
            yield from _unary(node)
        case ast.Compare():
            yield from _comparisons(node)
        case ast.Constant():
            yield from _constants(node)
        case ast.Call():
            yield from _calls(node, modules)
        case ast.Subscript():
            yield from _subscripts(node)
        case ast.Attribute(attr="T"):
            yield "dropped transpose", node.value
        case ast.Tuple() | ast.List():
            yield from _swaps("swapped elements", node, "elts")
        case ast.IfExp():
            yield "condition", ast.IfExp(node.test, node.orelse, node.body)
        case ast.If():
            turned = copy.copy(node)
            turned.test = ast.UnaryOp(ast.Not(), node.test)
            yield "condition", turned
        case ast.AugAssign():
            target = copy.copy(node.target)
            yield "operator", ast.Assign([target], node.value)
            yield "dropped statement", ast.Pass()
        case ast.Assign() | ast.Expr():
            yield "dropped statement", ast.Pass()


def _operators(node: ast.BinOp) -> Iterator[Change]:
    for operator in _OPERATORS.get(type(node.op), ()):
        yield "operator", ast.BinOp(node.left, operator(), node.right)
    if isinstance(node.op, _ONE_WAY):
        yield "swapped operands", ast.BinOp(node.right, node.op, node.left)
    yield "dropped operand", node.left
    yield "dropped operand", node.right


def _unary(node: ast.UnaryOp) -> Iterator[Change]:
    number = whole(node)
    if number is None:
        yield "dropped sign or not", node.operand
    else:
        for value in _near(number):
            yield "number", _literal(value)


def _comparisons(node: ast.Compare) -> Iterator[Change]:
    for place, operator in enumerate(node.ops):
        for other in _COMPARISONS[type(operator)]:
            ops = [*node.ops[:place], other(), *node.ops[place + 1 :]]
            yield "comparison", ast.Compare(node.left, ops, node.comparators)


def _constants(node: ast.Constant) -> Iterator[Change]:
    value = node.value
    if isinstance(value, bool):
        yield "truth value", ast.Constant(not value)
    elif isinstance(value, int):
        for other in _near(value):
            yield "number", _literal(other)
    elif isinstance(value, float):
        for number in dict.fromkeys((value + 1, 0.0, -value)):
            if number != value:
                yield "number", _literal(number)
    elif isinstance(value, str):
        yield "text", ast.Constant(_TEXT)


def _calls(node: ast.Call, modules: Collection[str]) -> Iterator[Change]:
    method = isinstance(node.func, ast.Attribute) and _root(node.func) not in modules
    if method and isinstance(node.func, ast.Attribute):
        if not _is_super(node.func.value):
            yield "dropped call", node.func.value
    elif node.args and not isinstance(node.args[0], ast.Starred):
        yield "dropped call", node.args[0]
    yield from _dimensions(node, method)
    yield from _swaps("swapped arguments", node, "args")
    if len(node.args) > 1 or (method and node.args):
        yield "dropped argument", ast.Call(node.func, node.args[:-1], node.keywords)
    for place in range(len(node.keywords)):
        keywords = [*node.keywords[:place], *node.keywords[place + 1 :]]
        yield "dropped argument", ast.Call(node.func, node.args, keywords)


def _dimensions(node: ast.Call, method: bool) -> Iterator[Change]:
    """Another dimension, by keyword or by place."""
    for place, keyword in enumerate(node.keywords):
        dim = whole(keyword.value)
        if keyword.arg in _DIMENSION_KEYWORDS and dim is not None:
            for other in _other_dims(dim):
                new = ast.keyword(keyword.arg, _literal(other))
                keywords = [*node.keywords[:place], new, *node.keywords[place + 1 :]]
                yield "dimension", ast.Call(node.func, node.args, keywords)
    for place in positional_dims(node, method):
        dim = whole(node.args[place])
        if dim is not None:
            for other in _other_dims(dim):
                args = [*node.args[:place], _literal(other), *node.args[place + 1 :]]
                yield "dimension", ast.Call(node.func, args, node.keywords)


def positional_dims(node: ast.Call, method: bool) -> list[int]:
    """At which places a call's positional arguments are dimensions."""
    name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    places = _DIMENSIONS.get(name, ())
    # `torch.cat(tensors, 1)` has its dimension where a method would have it too.
    shift = 0 if method or name in ("cat", "stack") else 1
    return [place + shift for place in places if place + shift < len(node.args)]


def is_dimension(node: ast.AST, parent: ast.AST, modules: Collection[str]) -> bool:
    """Whether a number is a dimension, for which `changes` of the call has better numbers."""
    if isinstance(parent, ast.keyword):
        return parent.arg in _DIMENSION_KEYWORDS
    if not isinstance(parent, ast.Call):
        return False
    method = isinstance(parent.func, ast.Attribute) and _root(parent.func) not in modules
    return any(parent.args[place] is node for place in positional_dims(parent, method))


def _subscripts(node: ast.Subscript) -> Iterator[Change]:
    yield "dropped index", _in_context(node.value, node.ctx)
    part = node.slice
    if isinstance(part, ast.Slice):
        for turned in _slices(part):
            yield "slice", ast.Subscript(node.value, turned, node.ctx)


def _slices(part: ast.Slice) -> Iterator[ast.Slice]:
    if part.lower is not None or part.upper is not None:
        yield ast.Slice(part.upper, part.lower, part.step)
    if part.lower is not None and part.upper is not None:
        yield ast.Slice(None, part.upper, part.step)
        yield ast.Slice(part.lower, None, part.step)


def _swaps(kind: str, node: ast.AST, name: str) -> Iterator[Change]:
    """Two neighbours of a list in each other's place."""
    elements = getattr(node, name)
    for place, (one, other) in enumerate(pairwise(elements)):
        if ast.dump(one) != ast.dump(other):
            turned = copy.copy(node)
            setattr(turned, name, [*elements[:place], other, one, *elements[place + 2 :]])
            yield kind, turned


def whole(node: ast.AST) -> int | None:
    """The whole number that a literal is, with its sign; None if it is none."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        size = whole(node.operand)
        return None if size is None else -size
    if isinstance(node, ast.Constant) and type(node.value) is int:
        return node.value
    return None


def _near(number: int) -> list[int]:
    """Neighbours, zero, and the other sign."""
    found = dict.fromkeys((number + 1, number - 1, 0, -number))
    return [other for other in found if other != number]


def _other_dims(dim: int) -> list[int]:
    """The first three dimensions without this one; -1 may be the last of them, and often is."""
    return [other for other in (0, 1, 2) if other != dim]


def _literal(number: float) -> ast.expr:
    size = ast.Constant(abs(number))
    return ast.UnaryOp(ast.USub(), size) if number < 0 else size


def _in_context(node: ast.expr, context: ast.expr_context) -> ast.expr:
    found = copy.copy(node)
    if hasattr(found, "ctx"):
        found.ctx = context
    return found


def _root(node: ast.expr) -> str:
    """The name that leads a chain of attributes; empty if something else does."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _is_super(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"
    )
