"""Which code a population's scores depend on, as a hash: stored scores belong to one hash.

From the population and the check every definition is followed that they name, through all modules
of the package. Comments, docstrings, annotations and sentences for people are left out: to edit
them makes no score another one.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

_PACKAGE = "course_lib"
# What reads the stored scores decides none of them, nor does the list of all datasets.
_NO_PART = ("course_lib.answers.calibrate", "course_lib.data.catalogue")
_SENTENCE = re.compile(r"\w+[,:]? \w+[,:;]? \w+")
_GROUPS = ("RIGHT", "HALF_RIGHT")


def of_populations(lecture: str, check: str) -> dict[str, str]:
    """The hash of the code that each population's scores depend on, by population.

    Args:
        lecture: The lecture's stem.
        check: The check's place in the package, such as
            ``course_lib.answers.hidden.vowels_trained.trained``.
    """
    home = f"course_lib.answers.calibration.{lecture}"
    module, _, name = check.rpartition(".")
    shared = {**_reached(home, "score"), **_reached(module, name)}
    return {
        population: _hash({**shared, **_reached_from(home, run), "population": _text(run)})
        for population, run in _populations(home)
    }


def _populations(module: str) -> Iterator[tuple[str, ast.expr]]:
    """Each population of a module by name: the function that trains, without its seeds."""
    for group in _GROUPS:
        assigned = _module(module).definitions[group]
        assert isinstance(assigned, ast.AnnAssign)
        assert isinstance(assigned.value, ast.Dict)
        for key, value in zip(assigned.value.keys, assigned.value.values, strict=True):
            assert isinstance(key, ast.Constant)
            assert isinstance(value, ast.Tuple)
            yield str(key.value), value.elts[0]


class _Module:
    """A module's top-level definitions, and what it imports from the package."""

    def __init__(self, name: str, path: Path) -> None:
        self.name = name
        tree = ast.parse(path.read_text(encoding="utf-8"))
        self.definitions: dict[str, ast.stmt] = {}
        self.imports: dict[str, tuple[str, str]] = {}
        for node in tree.body:
            for defined in _defined(node):
                self.definitions[defined] = node
        for found in ast.walk(tree):
            if isinstance(found, ast.ImportFrom) and (found.module or "").startswith(_PACKAGE):
                for alias in found.names:
                    self.imports[alias.asname or alias.name] = (str(found.module), alias.name)


def _defined(node: ast.stmt) -> list[str]:
    """The names that a statement defines."""
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return [node.name]
    if isinstance(node, ast.Assign):
        named = (name for target in node.targets for name in ast.walk(target))
        return [name.id for name in named if isinstance(name, ast.Name)]
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return [node.target.id]
    return []


@cache
def _module(name: str) -> _Module:
    spec = importlib.util.find_spec(name)
    assert spec is not None
    assert spec.origin is not None
    return _Module(name, Path(spec.origin))


def _reached(module: str, name: str) -> dict[str, str]:
    """The text of a definition, and of all that it names, by their places in the package."""
    found: dict[str, str] = {}
    _follow(module, name, found)
    return found


def _reached_from(module: str, node: ast.AST) -> dict[str, str]:
    found: dict[str, str] = {}
    for place in _named(_module(module), node):
        _follow(*place, found)
    return found


def _follow(module: str, name: str, found: dict[str, str]) -> None:
    place = f"{module}.{name}"
    if place in found or module in _NO_PART:
        return
    here = _module(module)
    if name in here.definitions:
        node = here.definitions[name]
        found[place] = _text(node)
        for named in _named(here, node):
            _follow(*named, found)
    elif name in here.imports:
        _follow(*here.imports[name], found)


def _named(module: _Module, node: ast.AST) -> Iterator[tuple[str, str]]:
    """What a piece of a module names: module and name of each definition in the package."""
    for part in ast.walk(_bare(node)):
        if isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name):
            parent, name = module.imports.get(part.value.id, ("", ""))
            if parent and _is_module(f"{parent}.{name}"):
                yield f"{parent}.{name}", part.attr
        elif isinstance(part, ast.Name) and (
            part.id in module.definitions or part.id in module.imports
        ):
            parent, name = module.imports.get(part.id, (module.name, part.id))
            if not _is_module(f"{parent}.{name}"):
                yield parent, name


@cache
def _is_module(name: str) -> bool:
    parent, _, last = name.rpartition(".")
    spec = importlib.util.find_spec(parent)
    folders = (spec.submodule_search_locations if spec else None) or []
    return any((Path(folder) / f"{last}.py").is_file() for folder in folders)


class _Bare(ast.NodeTransformer):
    """Takes out what no score depends on."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        node.decorator_list = [d for d in node.decorator_list if not _registers(d)]
        return self.generic_visit(_without_docstring(node))

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        return self.generic_visit(_without_docstring(node))

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        node.annotation = ast.Name("object")
        return self.generic_visit(node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        node.values = [part for part in node.values if isinstance(part, ast.FormattedValue)]
        return self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        sentence = isinstance(node.value, str) and _SENTENCE.search(node.value)
        return ast.Constant("") if sentence else node


def _registers(decorator: ast.expr) -> bool:
    """Whether a decorator puts a check into a registry: what it is worth decides no score."""
    return isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "hidden.check"


def _without_docstring(node: ast.FunctionDef | ast.ClassDef) -> ast.AST:
    if ast.get_docstring(node, clean=False) is not None:
        node.body = node.body[1:] or [ast.Pass()]
    return node


def _bare(node: ast.AST) -> ast.AST:
    # Read again, for the transformer changes what it is given.
    again = ast.parse(ast.unparse(node)).body[0]
    bare: ast.AST = _Bare().visit(again)
    return bare


def _text(node: ast.AST) -> str:
    return ast.unparse(ast.fix_missing_locations(_bare(node)))


def _hash(parts: dict[str, str]) -> str:
    whole = hashlib.sha256()
    for place, text in sorted(parts.items()):
        whole.update(f"{place}\n{text}\n".encode())
    return whole.hexdigest()[:16]
