"""What the benchmark prints: spreads, goals, markdown tables, and the README's marked parts."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # it carries no types


@dataclass(frozen=True)
class Spread:
    """The middle and the ends of a figure that was taken several times."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Spread:
        """The spread of at least one value."""
        found = list(values)
        return cls(statistics.median(found), min(found), max(found))

    def text(self, digits: int = 2) -> str:
        """The median, and in brackets the lowest and the highest."""
        if self.low == self.high:
            return f"{self.median:.{digits}f}"
        return f"{self.median:.{digits}f} ({self.low:.{digits}f} to {self.high:.{digits}f})"


@dataclass(frozen=True)
class Goal:
    """A bound on the median of a figure.

    Attributes:
        what: The figure in words.
        found: What was measured.
        bound: The bound.
        at_least: Whether the bound is the lowest allowed; else it is the highest.
        unit: The figure's unit.
        digits: How many digits of the figure are shown.
    """

    what: str
    found: Spread
    bound: float
    at_least: bool = False
    unit: str = ""
    digits: int = 2

    @property
    def met(self) -> bool:
        """Whether the median keeps the bound."""
        if self.at_least:
            return self.found.median >= self.bound
        return self.found.median <= self.bound

    def line(self) -> str:
        """One line of a markdown list."""
        unit = f" {self.unit}" if self.unit else ""
        wanted = f"at {'least' if self.at_least else 'most'} {self.bound:g}{unit}"
        verdict = "met" if self.met else "**missed**"
        return f"- {self.what}: {self.found.text(self.digits)}{unit}; goal {wanted}: {verdict}"


@dataclass(frozen=True)
class Section:
    """One part of the results.

    Attributes:
        key: Its name in `--only` and in the README's markers.
        about: How many submissions and rounds, in a few words.
        tables: Markdown tables.
        goals: What was to be reached.
    """

    key: str
    about: str
    tables: list[str]
    goals: list[Goal]

    def markdown(self, machine: str) -> str:
        """The section as it stands in the README."""
        goals = "\n".join(goal.line() for goal in self.goals)
        return "\n\n".join([f"{self.about}. {machine}", *self.tables, goals])


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A markdown table whose first column is text and whose others are figures."""
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def insert(text: str, key: str, markdown: str) -> str:
    """A text with what stands between the two markers of a section replaced.

    Raises:
        ValueError: If the text has not each marker once, in this order.
    """
    begin, end = f"<!-- begin {key} -->", f"<!-- end {key} -->"
    if text.count(begin) != 1 or text.count(end) != 1 or text.index(begin) > text.index(end):
        raise ValueError(f"The README needs the lines {begin} and {end}, each once, in this order.")
    before, rest = text.split(begin)
    return f"{before}{begin}\n{markdown}\n{end}{rest.split(end)[1]}"


def machine(otter_python: Path) -> str:
    """What the figures were measured on, in two sentences.

    Args:
        otter_python: The Python that has otter-grader, if there is one.
    """
    cores, memory = os.cpu_count(), psutil.virtual_memory().total / 2**30
    names = ("torch", "nbgrader", "ipykernel", "jupyter_client", "distributed")
    versions = [f"{name} {metadata.version(name)}" for name in names]
    if otter_python.exists():
        ask = "from importlib.metadata import version; print(version('otter-grader'))"
        versions.append(f"otter-grader {_said([str(otter_python), '-c', ask])}")
    return (
        f"Measured on {_processor()}, {cores} cores, {memory:.0f} GiB of memory, "
        f"{platform.system()} {platform.release()}. Python {platform.python_version()}, "
        f"{', '.join(versions)}, {_said(['bwrap', '--version'])}."
    )


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def _said(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
