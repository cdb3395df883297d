"""The graders that are measured: how each is run, and asked for the points it gave."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Protocol

from benchmarks import grading_class as short
from benchmarks.grading_measure import CommandFailed, Run, run
from benchmarks.grading_rooms import BIN, ENVIRONMENT, OTTER_HOME, Room


class Grader(Protocol):
    """A grader with a class of its own in a folder.

    Attributes:
        name: As in the tables.
        room: The folder.
    """

    name: str
    room: Room

    def commands(self) -> list[list[str]]:
        """What an instructor would run to grade the class."""

    def points(self, out: str) -> dict[str, float]:
        """Each student's points, when the commands are done; `out` is what they printed."""


def graded(grader: Grader, wanted: dict[str, float], *, memory: bool = False) -> Run:
    """Grade the class anew and measure it.

    Args:
        grader: The grader.
        wanted: The points that each student has to get.
        memory: Whether to sample memory.

    Raises:
        CommandFailed: If a command fails, or the points are others: what does not grade is not
            worth measuring.
    """
    grader.room.reset()
    commands = grader.commands()
    found = run(commands, folder=grader.room.folder, env=ENVIRONMENT, memory=memory)
    if (got := grader.points(found.out)) != wanted:
        wrong = {name: got.get(name) for name in wanted if got.get(name) != wanted[name]}
        raise CommandFailed(
            f"{grader.name} gave other points than it should in {grader.room.folder}: "
            + ", ".join(f"{name} {points}" for name, points in list(wrong.items())[:5])
        )
    return found


class CourseGrader:
    """`course grade`, in the sandbox, into its database."""

    def __init__(self, room: Room, workers: int) -> None:
        self.name = f"course grade, {workers} worker{'s' if workers > 1 else ''}"
        self.room = room
        self.workers = workers

    def commands(self) -> list[list[str]]:
        """One command for the class."""
        return [
            [str(BIN / "course"), "grade", short.COURSE_STEM, "--workers", str(self.workers),
             "--json"]
        ]  # fmt: skip

    def points(self, out: str) -> dict[str, float]:
        """From the gradebook."""
        del out
        return self.room.gradebook_points(short.COURSE_STEM)


class NbgraderGrader:
    """Stock `nbgrader autograde`."""

    name = "nbgrader autograde"

    def __init__(self, room: Room) -> None:
        self.room = room

    def commands(self) -> list[list[str]]:
        """One command for the class."""
        return [[str(BIN / "nbgrader"), "autograde", short.PEER_STEM]]

    def points(self, out: str) -> dict[str, float]:
        """From the gradebook."""
        del out
        return self.room.gradebook_points(short.PEER_STEM)


class OtterGrader:
    """`otter run`, one process a submission, as its manual shows it."""

    name = "otter run"

    def __init__(self, room: Room) -> None:
        self.room = room

    def commands(self) -> list[list[str]]:
        """One command a submission; each result goes into a folder, which otter wants to exist."""
        otter = str(OTTER_HOME / "bin" / "otter")
        commands = []
        for path in _notebooks(self.room):
            results = Path("results") / path.parts[1]
            (self.room.folder / results).mkdir(parents=True, exist_ok=True)
            where = ["-a", "autograder.zip", "-o", str(results)]
            commands.append([otter, "run", "--no-logo", *where, str(path)])
        return commands

    def points(self, out: str) -> dict[str, float]:
        """From the files that otter wrote."""
        del out
        found = {}
        for path in self.room.folder.glob("results/*/results.json"):
            tests = json.loads(path.read_text(encoding="utf-8"))["tests"]
            found[path.parent.name] = float(sum(test.get("score", 0) for test in tests))
        return found


class OtterOneProcess:
    """otter-grader's own function, called for the whole class in one process."""

    name = "otter, one process"

    def __init__(self, room: Room) -> None:
        self.room = room

    def commands(self) -> list[list[str]]:
        """One command for the class."""
        script = Path(__file__).with_name("otter_one_process.py")
        python = OTTER_HOME / "bin" / "python"
        return [[str(python), str(script), "autograder.zip", *map(str, _notebooks(self.room))]]

    def points(self, out: str) -> dict[str, float]:
        """From what the script printed, in its last line."""
        totals = json.loads(out.splitlines()[-1])
        return {Path(path).parts[1]: float(total) for path, total in totals.items()}


def _notebooks(room: Room) -> list[Path]:
    found = (room.folder / "submitted").glob(f"*/*/{short.PEER_STEM}.ipynb")
    return sorted(path.relative_to(room.folder) for path in found)
