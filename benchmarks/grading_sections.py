"""What is measured, section by section. Rounds are interleaved: A B C, A B C, ..."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from benchmarks import grading_class as short_class
from benchmarks.grading_graders import (
    CourseGrader,
    Grader,
    NbgraderGrader,
    OtterGrader,
    OtterOneProcess,
    graded,
)
from benchmarks.grading_measure import CommandFailed, Run, first_output
from benchmarks.grading_rooms import (
    BIN,
    nbgrader_course,
    otter_course,
    short_course,
    vowels_course,
    vowels_points,
)
from benchmarks.grading_tables import Goal, Section, Spread, table

Make = Callable[[Path, int, str], Grader]

OURS = {"ours-1": 1, "ours-2": 2}
GRADERS: dict[str, Make] = {
    "nbgrader": lambda folder, n, extra: NbgraderGrader(nbgrader_course(folder, n, extra)),
    "otter": lambda folder, n, extra: OtterGrader(otter_course(folder, n, extra)),
    "otter-one": lambda folder, n, extra: OtterOneProcess(otter_course(folder, n, extra)),
    "ours-1": lambda folder, n, extra: CourseGrader(short_course(folder, n, extra), 1),
    "ours-2": lambda folder, n, extra: CourseGrader(short_course(folder, n, extra), 2),
}
BURNT = 3.0
BURN = f"""
import time
until = time.process_time() + {BURNT}
while time.process_time() < until:
    pass"""
WORKERS = (1, 2, 4)
STARTS = 11


@dataclass(frozen=True)
class Settings:
    """How much is measured.

    Attributes:
        folder: An empty folder to work in.
        graders: Keys of `GRADERS`.
        submissions: Size of the short class.
        large: Size of the class in which start-up hardly counts.
        trained: Size of the class that trains networks.
        crowd: Size of the large class whose client's memory is compared with a 20th of it.
        rounds: How often each figure is taken.
    """

    folder: Path
    graders: tuple[str, ...]
    submissions: int
    large: int
    trained: int
    crowd: int
    rounds: int


def accounting(settings: Settings) -> Section:
    """Whether CPU time spent in a kernel arrives in the figures of each grader."""
    number, rounds = 4, min(settings.rounds, 3)
    still = _makes(settings, "still", number)
    burning = _makes(settings, "burning", number, BURN)
    wanted = short_class.points(number)
    more: dict[str, list[float]] = {key: [] for key in still}
    for turn in range(rounds):
        for key in still:
            without, with_ = (graded(each[key], wanted) for each in (still, burning))
            more[key].append((with_.cpu - without.cpu) / number)
            _tell("accounting", turn + 1, still[key], with_)
    rows, goals = [], []
    for key, seconds in more.items():
        name, found = still[key].name, Spread.of(seconds)
        rows.append([name, found.text()])
        goals.append(Goal(f"{name}, counted", found, 0.9 * BURNT, at_least=True, unit="CPU s"))
    about = f"{number} submissions; rounds: {rounds}; a cell of each burns {BURNT:g} CPU s more"
    return Section("accounting", about, [table(["grader", "more CPU s a submission"], rows)], goals)


def short(settings: Settings) -> Section:
    """The short notebook: every grader on one class, and ours on one twice as large."""
    number, rounds = settings.submissions, settings.rounds
    one = _makes(settings, "one", number)
    two = _makes(settings, "two", 2 * number, only=tuple(OURS))
    wanted = {number: short_class.points(number), 2 * number: short_class.points(2 * number)}
    runs: dict[str, list[Run]] = {key: [] for key in one}
    doubled: dict[str, list[Run]] = {key: [] for key in two}
    for turn in range(rounds):
        for key, grader in one.items():
            runs[key].append(graded(grader, wanted[number]))
            _tell("short", turn + 1, grader, runs[key][-1])
            if key in two:
                doubled[key].append(graded(two[key], wanted[2 * number]))
                _tell(f"short, {2 * number} submissions", turn + 1, grader, doubled[key][-1])
    peaks = {key: graded(grader, wanted[number], memory=True) for key, grader in one.items()}
    stock = runs.get("nbgrader", [])
    goals, rows = [], []
    for key, grader in one.items():
        faster, less = _times(stock, runs[key])
        if key == "ours-2" and faster:
            goals.append(_throughput(grader, faster))
        rows.append(
            [
                grader.name,
                Spread.of(run.wall for run in runs[key]).text(1),
                Spread.of(run.wall / number for run in runs[key]).text(),
                Spread.of(run.cpu / number for run in runs[key]).text(),
                f"{peaks[key].family:.0f}",
                faster.text(1) if faster else "",
                less.text(1) if less else "",
            ]
        )
    header = [
        "grader", "class, wall s", "wall s a submission", "CPU s a submission", "peak MB",
        "faster than nbgrader", "less CPU than nbgrader",
    ]  # fmt: skip
    further, slopes = _further(number, runs, doubled, one)
    about = f"{number} submissions; rounds: {rounds}; the whole class as a user runs it"
    tables = [table(header, rows), further] if doubled else [table(header, rows)]
    return Section("short", about, tables, goals + slopes)


def _further(
    number: int,
    runs: dict[str, list[Run]],
    doubled: dict[str, list[Run]],
    graders: dict[str, Grader],
) -> tuple[str, list[Goal]]:
    """What one more submission costs, once all is started: the slope from a class to two."""
    rows, goals = [], []
    for key, larger in doubled.items():
        pairs = list(zip(runs[key], larger, strict=True))
        wall = Spread.of((two.wall - one.wall) / number for one, two in pairs)
        cpu = Spread.of((two.cpu - one.cpu) / number for one, two in pairs)
        rows.append([graders[key].name, wall.text(3), cpu.text(3)])
        what = f"{graders[key].name}: a further submission"
        goals.append(Goal(what, cpu, 0.35, unit="CPU s", digits=3))
    header = ["grader", "a further submission, wall s", "a further submission, CPU s"]
    return table(header, rows), goals


def _times(stock: list[Run], ours: list[Run]) -> tuple[Spread | None, Spread | None]:
    """How many times less wall and CPU time than nbgrader in the same round; None without it."""
    if not stock:
        return None, None
    pairs = list(zip(stock, ours, strict=True))
    return (
        Spread.of(theirs.wall / here.wall for theirs, here in pairs),
        Spread.of(theirs.cpu / here.cpu for theirs, here in pairs),
    )


def _throughput(grader: Grader, faster: Spread) -> Goal:
    what = f"{grader.name}: times the throughput of nbgrader, start-up included"
    return Goal(what, faster, 20, at_least=True, digits=1)


def large(settings: Settings) -> Section:
    """The short notebook again, handed in by so many that start-up hardly counts."""
    number = settings.large
    wanted = short_class.points(number)
    graders = _makes(settings, "large", number, only=("nbgrader", "ours-2"))
    runs: dict[str, list[Run]] = {key: [] for key in graders}
    for turn in range(settings.rounds):
        for key, grader in graders.items():
            runs[key].append(graded(grader, wanted))
            _tell("large", turn + 1, grader, runs[key][-1])
    rows, goals = [], []
    for key, grader in graders.items():
        each = runs[key]
        faster, less = _times(runs.get("nbgrader", []), each)
        if key == "ours-2" and faster:
            goals.append(_throughput(grader, faster))
        rows.append(
            [
                grader.name,
                Spread.of(run.wall for run in each).text(1),
                Spread.of(run.wall / number for run in each).text(3),
                Spread.of(run.cpu / number for run in each).text(3),
                faster.text(1) if faster else "",
                less.text(1) if less else "",
            ]
        )
    header = [
        "grader", "class, wall s", "wall s a submission", "CPU s a submission",
        "faster than nbgrader", "less CPU than nbgrader",
    ]  # fmt: skip
    about = f"{number} submissions; rounds: {settings.rounds}; the whole class as a user runs it"
    return Section("large", about, [table(header, rows)], goals)


def vowels(settings: Settings) -> Section:
    """The lecture `vowels`, whose students train two networks."""
    number, wanted = settings.trained, vowels_points(settings.trained)
    graders = {
        workers: CourseGrader(vowels_course(settings.folder / f"vowels-{workers}", number), workers)
        for workers in OURS.values()
    }
    runs: dict[int, list[Run]] = {workers: [] for workers in graders}
    for turn in range(settings.rounds):
        for workers, grader in graders.items():
            runs[workers].append(graded(grader, wanted))
            _tell("vowels", turn + 1, grader, runs[workers][-1])
    alone = [cell_seconds(run.out) for run in runs[1]]
    rows, goals = [], []
    for workers, grader in graders.items():
        shares = [cell_seconds(run.out) / workers for run in runs[workers]]
        over = Spread.of(run.wall / share for run, share in zip(runs[workers], shares, strict=True))
        ideal = zip(runs[workers], alone, strict=True)
        rows.append(
            [
                grader.name,
                Spread.of(run.wall for run in runs[workers]).text(1),
                Spread.of(run.cpu / number for run in runs[workers]).text(1),
                Spread.of(shares).text(1),
                over.text(),
                Spread.of(run.wall * workers / seconds for run, seconds in ideal).text(),
            ]
        )
        goals.append(Goal(f"{grader.name}: wall over (cell seconds / workers)", over, 1.15))
    header = [
        "grader", "class, wall s", "CPU s a submission", "cell s / workers", "ratio",
        "ratio to cells run alone",
    ]  # fmt: skip
    about = f"{number} submissions that train; rounds: {settings.rounds}"
    return Section("vowels", about, [table(header, rows)], goals)


def cell_seconds(out: str) -> float:
    """The wall seconds spent inside students' cells, summed over a class.

    Args:
        out: What ``course grade --json`` printed, one event a line.

    Raises:
        CommandFailed: If a graded submission has no such figure, or there is none.
    """
    events = [json.loads(line) for line in out.splitlines() if line.strip()]
    found = [event.get("cell_seconds") for event in events if event.get("event") == "graded"]
    if not found or None in found:
        raise CommandFailed("`course grade --json` tells no cell_seconds for a graded submission.")
    return float(sum(found))


def memory(settings: Settings) -> Section:
    """What a further worker costs, and whether the client grows with the class."""
    number = max(settings.submissions, 3 * max(WORKERS))  # each worker gets some
    room, wanted = short_course(settings.folder / "workers", number), short_class.points(number)
    graders = {workers: CourseGrader(room, workers) for workers in WORKERS}
    peaks: dict[int, list[float]] = {workers: [] for workers in WORKERS}
    for turn in range(settings.rounds):
        for workers, grader in graders.items():
            run = graded(grader, wanted, memory=True)
            peaks[workers].append(run.family)
            _tell("memory", turn + 1, grader, run)
    rows = [[str(workers), Spread.of(found).text(0), ""] for workers, found in peaks.items()]
    goals = []
    for index, (few, many) in enumerate(pairwise(WORKERS), start=1):
        pairs = zip(peaks[few], peaks[many], strict=True)
        each = Spread.of((larger - smaller) / (many - few) for smaller, larger in pairs)
        rows[index][2] = each.text(0)
        what = f"a further worker, from {few} to {many}"
        goals.append(Goal(what, each, 450, unit="MB", digits=0))
    header = ["workers", "peak MB, all processes", "each further worker, MB"]
    crowd_table, growth = _crowd(settings)
    about = f"{number} submissions; rounds: {settings.rounds}; the crowd once, with 2 workers"
    return Section("memory", about, [table(header, rows), crowd_table], [*goals, growth])


def _crowd(settings: Settings) -> tuple[str, Goal]:
    rows, clients = [], []
    for number in (max(1, settings.crowd // 20), settings.crowd):
        grader = CourseGrader(short_course(settings.folder / f"crowd-{number}", number), 2)
        run = graded(grader, short_class.points(number), memory=True)
        _tell(f"memory, {number} submissions", 1, grader, run)
        clients.append(run.client)
        rows.append([str(number), f"{run.client:.0f}", f"{run.family:.0f}", f"{run.wall:.0f}"])
    header = ["submissions", "client, peak MB", "all processes, peak MB", "wall s"]
    what = f"client memory, {settings.crowd} submissions over {max(1, settings.crowd // 20)}"
    return table(header, rows), Goal(what, Spread.of([clients[1] / clients[0]]), 1.1)


def start(settings: Settings) -> Section:
    """How long `course grade --help` takes to say something."""
    del settings
    command = [str(BIN / "course"), "grade", "--help"]
    first_output(command)  # what the disk has to give, it gives once
    found = Spread.of(first_output(command) for _ in range(STARTS))
    rows = [["`course grade --help`", found.text()]]
    goal = Goal("first output of `course grade --help`", found, 0.7, unit="s")
    return Section(
        "start", f"{STARTS} starts", [table(["command", "first output, s"], rows)], [goal]
    )


SECTIONS: dict[str, Callable[[Settings], Section]] = {
    "accounting": accounting,
    "short": short,
    "large": large,
    "vowels": vowels,
    "memory": memory,
    "start": start,
}


def _makes(
    settings: Settings, label: str, number: int, extra: str = "", only: tuple[str, ...] = ()
) -> dict[str, Grader]:
    return {
        key: GRADERS[key](settings.folder / f"{label}-{key}", number, extra)
        for key in settings.graders
        if not only or key in only
    }


def _tell(section: str, turn: int, grader: Grader, run: Run) -> None:
    peak = f", {run.family:.0f} MB (client {run.client:.0f})" if run.family else ""
    print(
        f"{section}, round {turn}, {grader.name}: {run.wall:.1f} s, {run.cpu:.1f} CPU s{peak}",
        file=sys.stderr,
        flush=True,
    )
