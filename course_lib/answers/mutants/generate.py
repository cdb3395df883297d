"""The mutants of one solution cell: its source with one small mistake each."""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from course_lib.answers.mutants.changes import changes, is_dimension, whole

_BEGIN, _END = "### BEGIN SOLUTION", "### END SOLUTION"
_COMPOUND = ("body", "orelse", "finalbody", "handlers")


@dataclass(frozen=True)
class Mutant:
    """A solution with one mistake.

    Attributes:
        kind: What kind of mistake it is, such as ``operator`` or ``dropped call``.
        line: The line of the cell that it is on, from 1.
        before: The statement as taught, in Python's own spelling; of a block its first line.
        after: The statement with the mistake.
        source: The whole cell with the mistake.
    """

    kind: str
    line: int
    before: str
    after: str
    source: str


def mutants(source: str, modules: Collection[str]) -> list[Mutant]:
    """All mutants of a cell, in the order of its lines.

    Only what stands between the solution markers is changed; what the student is given stays. Two
    mistakes that lead to the same program are one mutant.

    Args:
        source: The cell.
        modules: Names that stand for modules in it.

    Raises:
        SyntaxError: If the cell is no Python.
    """
    tree = ast.parse(source)
    unchanged = ast.unparse(tree)
    found: dict[str, Mutant] = {}
    lines = _solution_lines(source)
    for place in _places(tree, None):
        if getattr(place.node, "lineno", 0) not in lines or _left_alone(place, modules):
            continue
        for kind, new in changes(place.node, modules):
            if kind == "dropped call" and isinstance(place.parent, ast.Expr):
                continue  # nothing would be left of the statement, which is dropped as well
            before = _first_line(place.statement)
            after = place.with_instead(new)
            changed = ast.unparse(tree)
            place.restore()
            if changed != unchanged and changed not in found:
                line = place.statement.lineno
                found[changed] = Mutant(kind, line, before, after, changed)
    return list(found.values())


def _solution_lines(source: str) -> set[int]:
    """Numbers of the lines between the markers; of all if there are none."""
    texts = source.splitlines()
    if not any(text.strip() == _BEGIN for text in texts):
        return set(range(1, len(texts) + 1))
    inside, found = False, set()
    for number, text in enumerate(texts, start=1):
        inside = (inside or text.strip() == _BEGIN) and text.strip() != _END
        if inside:
            found.add(number)
    return found


@dataclass
class _Place:
    """Where a node stands: in a field of its parent, maybe in a list; and in which statement."""

    node: Any
    parent: Any
    field: str
    number: int | None
    statement: ast.stmt

    def put(self, node: ast.AST) -> None:
        if self.number is None:
            setattr(self.parent, self.field, node)
        else:
            getattr(self.parent, self.field)[self.number] = node

    def with_instead(self, new: ast.AST) -> str:
        """Put another node here, and return the statement's first line as it is then."""
        self.put(ast.fix_missing_locations(ast.copy_location(new, self.node)))
        is_statement = self.node is self.statement
        return _first_line(new if is_statement else self.statement)

    def restore(self) -> None:
        self.put(self.node)


def _places(node: ast.AST, statement: ast.stmt | None) -> Iterator[_Place]:
    """Every node below one, with its place, parents first."""
    for field, value in ast.iter_fields(node):
        children = list(enumerate(value)) if isinstance(value, list) else [(None, value)]
        for number, child in children:
            if isinstance(child, ast.AST):
                around = child if isinstance(child, ast.stmt) else statement
                if around is not None:
                    yield _Place(child, node, field, number, around)
                yield from _places(child, around)


def _left_alone(place: _Place, modules: Collection[str]) -> bool:
    """Whether a node is text for a reader, or is mutated as a part of its parent."""
    node, parent = place.node, place.parent
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True  # a docstring
    if isinstance(node, ast.Constant) and isinstance(parent, (ast.Expr, ast.JoinedStr)):
        return True
    if isinstance(parent, ast.UnaryOp) and whole(parent) is not None:
        return True  # the 1 of -1
    return whole(node) is not None and is_dimension(node, parent, modules)


def _first_line(statement: Any) -> str:
    """A statement in Python's own spelling; of one that holds others only how it begins."""
    bare = copy.copy(statement)
    for field in _COMPOUND:
        if getattr(bare, field, None):
            setattr(bare, field, [ast.Pass()] if field == "body" else [])
    text = ast.unparse(ast.fix_missing_locations(bare))
    if not isinstance(getattr(statement, "body", None), list):
        return text
    return re.sub(r"\n\s*pass$", "", text)
