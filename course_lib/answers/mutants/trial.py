"""Every mutant of a lecture before the hidden check of its exercise."""

from __future__ import annotations

import contextlib
import io
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch

from course_lib.answers.mutants import cells, limited, records
from course_lib.answers.mutants.generate import Mutant, mutants
from course_lib.answers.registry import hidden
from course_lib.lab.check import Check
from course_lib.lab.subject import DirectSubject

# Checks of functions and networks take well under a second, trainings a few.
LIMITS = limited.Limits(cpu=60, wall=600, memory=2 * 2**30)
KILLED, EQUIVALENT, SURVIVED, BROKE = "killed", "equivalent", "survived", "broke the check"


class TaughtWrong(Exception):
    """The taught solution loses points; the message says which and why."""


@dataclass(frozen=True)
class Trial:
    """One mutant and what became of it.

    Attributes:
        exercise: The exercise, as the check is named.
        kind: The kind of the mistake.
        line: Its line in the cell, from 1.
        before: The line as taught.
        after: The line with the mistake.
        end: ``killed``; ``equivalent``, if it is recorded as a right answer; ``survived``; or
            ``broke the check``, if the check itself failed.
        by: What killed it: a fault's name, ``the cell raises ...``, ``stopped by ...``;
            what the check raised, or the reason of the record.
    """

    exercise: str
    kind: str
    line: int
    before: str
    after: str
    end: str
    by: str

    @property
    def key(self) -> records.Key:
        """What the mutant is recorded under."""
        return self.exercise, self.before, self.after

    @property
    def killed(self) -> bool:
        """Whether it lost points, or could not be run."""
        return self.end == KILLED

    @property
    def equivalent(self) -> bool:
        """Whether it got all points, and is recorded as a right answer."""
        return self.end == EQUIVALENT

    @property
    def good(self) -> bool:
        """Whether nothing is wrong with the check, as far as this mutant shows."""
        return self.killed or self.equivalent


def made(found: list[cells.Cell], known: records.Records) -> list[tuple[str, Mutant]]:
    """All mutants of a lecture's cells with the names of their exercises; nothing is run."""
    names = cells.modules(found)
    return [
        (cell.exercise, mutant)
        for cell in found
        if cell.exercise and cell.exercise not in known.not_mutated
        for mutant in mutants(cell.source, names)
    ]


@dataclass(frozen=True)
class Trials:
    """All mutants of a lecture.

    Attributes:
        trials: One each, by exercise and line.
        not_mutated: Why an exercise has none, by its name.
        stale: Records of mutants that are killed or no longer exist, one sentence each.
    """

    trials: list[Trial]
    not_mutated: dict[str, str]
    stale: list[str]

    @property
    def good(self) -> bool:
        """Whether every mutant is killed or recorded, and every record is true."""
        return not self.stale and all(one.good for one in self.trials)


def trials(
    lecture: str,
    text: Path,
    known: records.Records,
    progress: Callable[[int, int], None] | None = None,
    *,
    every: int = 1,
) -> Trials:
    """Show every mutant of every solution cell to the hidden check of its exercise.

    The lecture's cells run in their order, in this process, as far as they are needed; a mutant
    runs in a process that is forked at its cell, so that it finds the notebook as it is there.

    Args:
        lecture: The stem; its hidden checks must have been registered.
        text: The lecture's text.
        known: Its records.
        progress: Called with the numbers of cells done and of all cells.
        every: Of how many mutants one is shown, as a sample; no record is then told stale.

    Raises:
        KeyError: If a solution cell's exercise has no hidden check.
        TaughtWrong: If a check finds the taught solution wrong: no mutant would tell anything.
        Exception: What one of the lecture's own cells raises.
    """
    found = cells.read(text)
    by_exercise: dict[str, list[Mutant]] = {}
    for exercise, mutant in made(found, known)[::every]:
        by_exercise.setdefault(exercise, []).append(mutant)
    mutated = [n for n, cell in enumerate(found) if cell.exercise in by_exercise]
    wanted = cells.needed(found, mutated)
    done: list[Trial] = []
    namespace: dict[str, Any] = {"__name__": "__main__"}
    steps = sorted({*wanted, *mutated})
    with _as_in_a_notebook():
        for step, number in enumerate(steps):
            cell = found[number]
            if number in mutated:
                check = hidden.get(lecture, cell.exercise)
                _judge_taught(cell.source, namespace, check)
                done += _trials_of(by_exercise[cell.exercise], namespace, check, known)
            if number in wanted:
                run_cell(cell.source, namespace)
            if progress is not None:
                progress(step + 1, len(steps))
    exercises = {cell.exercise for cell in found}
    stale = _stale(done, known, exercises) if every == 1 else []
    return Trials(done, known.not_mutated, stale)


def _trials_of(
    some: list[Mutant], namespace: dict[str, Any], check: Check, known: records.Records
) -> list[Trial]:
    tasks = [partial(judge, one.source, dict(namespace), check) for one in some]
    ends = dict(limited.run(tasks, LIMITS))
    return [_trial(check.name, one, ends[n], known) for n, one in enumerate(some)]


def _judge_taught(source: str, namespace: dict[str, Any], check: Check) -> None:
    """See that the solution itself is right.

    In this process, so that what a check computes once is there for all mutants.
    """
    end, _, said = judge(source, dict(namespace), check)
    if end != SURVIVED:
        raise TaughtWrong(f"{check.lecture}: the solution of {check.name} is {end}: {said}")


def judge(source: str, namespace: dict[str, Any], check: Check) -> tuple[str, str, str]:
    """Run a cell and judge what it defines: the end, what brought it about, and the sentence."""
    torch.manual_seed(0)
    try:
        run_cell(source, namespace)
    except (Exception, SystemExit) as error:
        return KILLED, f"the cell raises {type(error).__name__}", str(error)
    verdict = check.run(DirectSubject(check.subject, namespace.get(check.subject)))
    if verdict.points is None:
        return BROKE, verdict.detail, verdict.sentence
    return (SURVIVED if verdict.right else KILLED), verdict.fault, verdict.sentence


def run_cell(source: str, namespace: dict[str, Any]) -> None:
    """Run a cell's source in a notebook's namespace."""
    exec(compile(source, "<cell>", "exec"), namespace)


def _trial(exercise: str, mutant: Mutant, end: Any, known: records.Records) -> Trial:
    stopped = isinstance(end, limited.Stopped)
    how, by, _ = (KILLED, f"stopped by {end.by}", "") if stopped else end
    reason = known.equivalent.get((exercise, mutant.before, mutant.after))
    if how == SURVIVED and reason is not None:
        how, by = EQUIVALENT, reason
    return Trial(exercise, mutant.kind, mutant.line, mutant.before, mutant.after, how, by)


def _stale(done: list[Trial], known: records.Records, exercises: set[str]) -> list[str]:
    ends = {one.key: one for one in done}
    found = [
        f"{name}: not mutated, says the record, but there is no such exercise"
        for name in known.not_mutated
        if name not in exercises
    ]
    for exercise, before, after in known.equivalent:
        one = ends.get((exercise, before, after))
        if one is None:
            found.append(f"{exercise}: there is no mutant `{after}` of the line `{before}`")
        elif not one.equivalent:
            found.append(f"{exercise}: `{after}` is recorded as right, but is {one.end} ({one.by})")
    return found


@contextlib.contextmanager
def _as_in_a_notebook() -> Iterator[None]:
    """An empty folder of its own, no pictures, nothing printed; one thread, so as to fork."""
    import matplotlib as mpl

    mpl.use("Agg")
    torch.set_num_threads(1)
    here, bars = Path.cwd(), os.environ.get("TQDM_DISABLE")
    os.environ["TQDM_DISABLE"] = "1"  # a bar has a thread
    with (
        tempfile.TemporaryDirectory() as folder,
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
    ):
        os.chdir(folder)
        try:
            yield
        finally:
            os.chdir(here)
            del os.environ["TQDM_DISABLE"]
            if bars is not None:
                os.environ["TQDM_DISABLE"] = bars
