"""The three places that name packages agree."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pins() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pairs = [line.split("==") for line in lines if "==" in line and not line.startswith("#")]
    return {normal(name): version for name, version in pairs}


def requirements() -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    return [*project["dependencies"], *(line for extra in extras.values() for line in extra)]


def test_every_dependency_is_pinned_and_pins_meet_the_requirement() -> None:
    for line in requirements():
        match = re.fullmatch(r"([\w.-]+)(?:==([\w.]+))?", line)
        assert match is not None, f"write {line!r} as NAME or NAME==VERSION"
        name, version = match.groups()
        assert normal(name) in pins(), f"constraints.txt does not pin {name}"
        assert version in (None, pins()[normal(name)])


def test_conda_gets_the_same_packages_at_the_same_versions() -> None:
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    [pip] = [entry["pip"] for entry in environment["dependencies"] if isinstance(entry, dict)]
    named = dict(line.split("==") for line in pip if not line.startswith("--"))
    wanted = {normal(re.split("=", line)[0]) for line in requirements()}
    assert set(map(normal, named)) == wanted
    assert {normal(name): version for name, version in named.items()} == {
        name: pins()[name] for name in wanted
    }
    assert "--constraint constraints.txt" in pip


def test_torch_is_pinned_exactly_everywhere() -> None:
    assert "torch==2.13.0" in requirements()
    assert pins()["torch"] == "2.13.0"


@pytest.mark.parametrize(
    ("rooms", "extras"), [(("data", "lab"), ()), (("answers", "grading"), ("instructor",))]
)
def test_what_is_imported_is_asked_for(rooms: tuple[str, ...], extras: tuple[str, ...]) -> None:
    """What comes only with another package may go with its next version."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = list(project["dependencies"])
    for extra in extras:
        asked += project["optional-dependencies"][extra]
    names = {normal(line.partition("==")[0]) for line in asked}
    providers = packages_distributions()
    for room in rooms:
        for path in (ROOT / "course_lib" / room).rglob("*.py"):
            for module in imported(path) - sys.stdlib_module_names - {"course_lib"}:
                found = set(map(normal, providers[module]))
                assert found & names, f"{path} imports {module}: name its package in pyproject.toml"


def imported(path: Path) -> set[str]:
    """The top-level packages that a file imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.add(node.module.partition(".")[0])
    return names
