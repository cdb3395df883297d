"""`course repeat`: does a submission get the same verdicts whatever the seed and the threads?

It is graded again and again, as `course grade` grades it, with another `SEED` in the notebook,
another seed in its kernel, and one or two threads. Nothing is written into the gradebook. Limits on
time are lifted, for a busy machine is another matter.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course_lib.grading import cluster, datasets, fingerprint, gradebook, marked, sandbox
from course_lib.grading.build import write_whole
from course_lib.grading.course import Course
from course_lib.grading.desk import Desk
from course_lib.grading.errors import CourseError, WrongUse

if TYPE_CHECKING:
    from course_lib.grading.jobs import Job, Result

_SEED = re.compile(r"^SEED = \d+", re.MULTILINE)
_LIFTED = {
    "timeout": 3600, "submission_timeout": 7200, "cpu_seconds": 7200, "check_timeout": 600,
}  # fmt: skip
_PART = "repeated"
_COLUMNS = ("lecture", "gradings on 1 thread", "on 2 threads", "points", "changed verdicts")


@dataclass(frozen=True)
class Run:
    """One grading.

    Attributes:
        seed: The notebook's and the kernel's; 0 stands for those of an ordinary grading.
        threads: How many threads torch computed with.
        points: Points from checks.
        max_points: Points that checks can give.
        faults: The faults by check.
        seconds: Wall time of kernel, cells and checks.
    """

    seed: int
    threads: int
    points: float
    max_points: float
    faults: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0


@dataclass(frozen=True)
class Repeated:
    """All gradings of one submission; the first is the ordinary one."""

    lecture: str
    student: str
    runs: tuple[Run, ...]

    @property
    def changed(self) -> list[Run]:
        """Gradings whose verdicts are not those of the ordinary one."""
        first = self.runs[0]
        return [
            run for run in self.runs if (run.points, run.faults) != (first.points, first.faults)
        ]


def plan(times: int) -> list[tuple[int, int]]:
    """Seed and threads of each grading: an ordinary one, then on one thread and two in turn."""
    return [(0, 1), *((seed, 1 + seed % 2) for seed in range(1, times))]


def repeat(
    course: Course,
    stem: str,
    *,
    student: str,
    times: int,
    workers: int,
    sandboxed: bool = True,
    progress: Callable[[int, int, str], None] = lambda _done, _total, _note: None,
) -> Repeated:
    """Grade one submission many times; gradings that were done before are not done again.

    Args:
        course: The course.
        stem: The lecture.
        student: Whose submission.
        times: How many gradings.
        workers: How many threads compute at a time: a grading on two counts as two.
        sandboxed: Whether kernels run in the sandbox.
        progress: Called with gradings done and all gradings, and what has changed.

    Raises:
        WrongUse: If there is no such submission.
        CourseError: If it sets no `SEED`, a grading fails, or sandbox or workers cannot be had.
    """
    datasets.require(stem)
    if sandboxed:
        sandbox.require()
    folder = course.submitted(stem).get(student)
    if folder is None:
        raise WrongUse(f"No submission of {stem} by {student} in submitted/.")
    with gradebook.shared(course) as book:
        gradebook.require_release(course, stem, book)
        desk = Desk(course, stem, book, sandboxed=sandboxed)
        job, mark = desk.take(student, folder), desk.fingerprint(folder)
    notes = course.root / ".course" / "repeat" / f"{stem}-{student}.jsonl"
    wanted = plan(times)
    known = {place: run for place, run in _read(notes, mark).items() if place in wanted}
    todo = [place for place in wanted if place not in known]
    for threads in sorted({threads for _, threads in todo}):
        jobs = [_altered(job, seed, n) for seed, n in todo if n == threads]
        # Threads without a core of their own wait for each other, for longer than they compute.
        at_a_time = min(len(jobs), max(1, workers // threads))
        for name, result in _results(course, jobs, at_a_time, sandboxed=sandboxed):
            run = _run(name, result)
            known[run.seed, run.threads] = run
            _note(notes, mark, run)
            progress(len(known), len(wanted), ", ".join(run.faults))
    return Repeated(stem, student, tuple(known[place] for place in wanted))


def _results(
    course: Course, jobs: list[Job], workers: int, *, sandboxed: bool
) -> Iterator[tuple[str, Result]]:
    with cluster.crew(
        fingerprint.of_code,
        workers=workers,
        scheduler=None,
        sandboxed=sandboxed,
        scratch=course.root / ".course" / "workers",
    ) as crew:
        for name, result in crew.results(iter(jobs)):
            if isinstance(result, Exception):
                raise CourseError(f"The grading with seed and threads {name} failed: {result}")
            yield name, result


def _altered(job: Job, seed: int, threads: int) -> Job:
    """The job with other seeds and threads; it goes by the name of these."""
    config = {name: dict(section) for name, section in job.config.items()}
    execute = config.setdefault("GradedExecute", {})
    of_lecture = {**execute.get("limits", {}).get(job.lecture, {}), **_LIFTED}
    execute["limits"] = {job.lecture: of_lecture}
    execute["threads"] = threads
    text = job.notebook
    if seed:
        execute["seed"] = seed
        text = _with_seed(job, seed)
    return replace(job, student=f"{seed} {threads}", notebook=text, config=config)


def _with_seed(job: Job, seed: int) -> str:
    notebook: dict[str, Any] = json.loads(job.notebook)
    count = 0
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["source"], found = _SEED.subn(f"SEED = {seed}", "".join(cell["source"]))
            count += found
    if count != 1:
        raise CourseError(
            f"{count} lines of the notebook {job.lecture} say `SEED = ...`: one has to, so that it "
            "can be graded with other seeds."
        )
    return json.dumps(notebook)


def _run(name: str, result: Result) -> Run:
    seed, threads = map(int, name.split())
    return Run(
        seed,
        threads,
        points=sum(verdict.points or 0.0 for verdict in result.verdicts),
        max_points=sum(verdict.max_points for verdict in result.verdicts),
        faults={verdict.check: verdict.fault for verdict in result.verdicts if verdict.fault},
        seconds=round(result.seconds, 1),
    )


def _read(notes: Path, mark: str) -> dict[tuple[int, int], Run]:
    """The gradings that were written down of the very submission, checks and configuration."""
    found = {}
    for line in notes.read_text(encoding="utf-8").splitlines() if notes.exists() else ():
        try:
            noted = json.loads(line)
        except ValueError:
            continue  # cut off when the command was stopped
        if noted.pop("mark") == mark:
            found[noted["seed"], noted["threads"]] = Run(**noted)
    return found


def _note(notes: Path, mark: str, run: Run) -> None:
    notes.parent.mkdir(parents=True, exist_ok=True)
    with notes.open("a", encoding="utf-8") as file:
        # With a line break before it, so that no cut off line spoils it.
        file.write("\n" + json.dumps({"mark": mark, **asdict(run)}))


def publish(course: Course, found: Repeated) -> None:
    """Keep the numbers in docs/repeated.json, and make the table of docs/calibration.md of them."""
    store = course.root / "docs" / "repeated.json"
    kept = json.loads(store.read_text(encoding="utf-8")) if store.exists() else {}
    kept[found.lecture] = summary(found)
    write_whole(store, json.dumps(kept, indent=1, sort_keys=True) + "\n")
    marked.write(course.root / "docs" / "calibration.md", _PART, markdown(kept))


def summary(found: Repeated) -> dict[str, Any]:
    """The numbers of one submission, for a machine to read."""
    first = found.runs[0]
    return {
        "student": found.student,
        "threads": {
            str(n): sum(run.threads == n for run in found.runs)
            for n in sorted({run.threads for run in found.runs})
        },
        "points": first.points,
        "max_points": first.max_points,
        "changed": [
            {"seed": run.seed, "threads": run.threads, "faults": run.faults}
            for run in found.changed
        ],
    }


def markdown(kept: dict[str, dict[str, Any]]) -> str:
    """One line per lecture, as it stands in docs/calibration.md."""
    rows = [list(_COLUMNS), ["---"] * len(_COLUMNS)]
    rows += [[f"`{stem}`", *row_of(numbers)] for stem, numbers in sorted(kept.items())]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in rows)


def row_of(numbers: dict[str, Any]) -> list[str]:
    """What stands in a table behind the lecture's name."""
    changed = []
    for run in numbers["changed"]:
        faults = [f"{check} ({fault})" for check, fault in run["faults"].items()]
        changed.append(f"seed {run['seed']} on {run['threads']}: {', '.join(faults) or 'points'}")
    return [
        str(numbers["threads"].get("1", 0)),
        str(numbers["threads"].get("2", 0)),
        f"{numbers['points']:g} of {numbers['max_points']:g}",
        "; ".join(changed) or "none",
    ]
