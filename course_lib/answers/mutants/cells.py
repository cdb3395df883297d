"""A lecture's code cells, and which of them a cell needs to have run before it."""

from __future__ import annotations

import ast
import symtable
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import jupytext


@dataclass(frozen=True)
class Cell:
    """One code cell.

    Attributes:
        source: Its text.
        exercise: The exercise that it solves; empty if it solves none.
        defines: Names that it gives a value to in the notebook.
        reads: Names of the notebook that it needs.
    """

    source: str
    exercise: str
    defines: frozenset[str]
    reads: frozenset[str]


def read(text: Path) -> list[Cell]:
    """The code cells of a lecture's text in their order; without the cells that test.

    Args:
        text: The py:percent file.

    Raises:
        OSError: If there is no such file.
        SyntaxError: If a cell is no Python.
    """
    notebook = jupytext.read(text, fmt="py:percent")
    found = []
    for cell in notebook.cells:
        marks = cell.metadata.get("nbgrader", {})
        if cell.cell_type == "code" and not marks.get("grade"):
            exercise = str(marks["grade_id"]) if marks.get("solution") else ""
            found.append(_cell(cell.source, exercise))
    return found


def needed(cells: list[Cell], targets: Iterable[int]) -> set[int]:
    """The numbers of the cells that must run before others can, these left out.

    A name comes from the last cell before that defines it; a cell that only changes what a name
    stands for, such as a dictionary, does not count.

    Args:
        cells: All cells in their order.
        targets: Numbers of the cells that are wanted.
    """
    found: set[int] = set()
    waiting = list(targets)
    while waiting:
        number = waiting.pop()
        for name in cells[number].reads:
            earlier = [n for n in range(number) if name in cells[n].defines]
            if earlier and earlier[-1] not in found:
                found.add(earlier[-1])
                waiting.append(earlier[-1])
    return found


def modules(cells: Iterable[Cell]) -> frozenset[str]:
    """The names that stand for modules in a notebook, read off its imports."""
    return frozenset(name for cell in cells for name in _modules(ast.parse(cell.source)))


def _modules(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.asname or name.name.partition(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for name in node.names:
                if _is_module(node.module, name.name):
                    yield name.asname or name.name


def _is_module(package: str, name: str) -> bool:
    try:
        return find_spec(f"{package}.{name}") is not None
    except ModuleNotFoundError:  # what it is imported from holds no modules
        return False


def _cell(source: str, exercise: str) -> Cell:
    table = symtable.symtable(source, "cell", "exec")
    names = table.get_symbols()
    defines = {name.get_name() for name in names if name.is_assigned() or name.is_imported()}
    reads = {name.get_name() for name in names if name.is_referenced()}
    for inner in table.get_children():
        reads |= _global_reads(inner)
    return Cell(source, exercise, frozenset(defines), frozenset(reads))


def _global_reads(table: symtable.SymbolTable) -> set[str]:
    """Names that a function or class takes from the notebook, at any depth."""
    here = {
        name.get_name() for name in table.get_symbols() if name.is_global() and name.is_referenced()
    }
    return here.union(*(_global_reads(inner) for inner in table.get_children()))
