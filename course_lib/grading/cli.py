"""The command `course`.

Exit status: 0 done, 1 something needs attention, 2 wrong use, 130 stopped by Ctrl-C. Imports are
inside the commands and help is plain text, so that `--help` answers at once.
"""

from __future__ import annotations

import atexit
import json
import os
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from course_lib.grading import cli_upkeep, console
from course_lib.grading.cli_options import Database, Json, Lectures, opened, quiet_nbgrader
from course_lib.grading.errors import CourseError, Stopped

app = typer.Typer(
    help="Build, release, grade and report the lectures of an attention course.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main() -> None:
    """Run the command; what stands in its way becomes one message and an exit status."""
    try:
        try:
            app()
        finally:
            sys.stdout.flush()  # here, where a full disk is told
    except CourseError as error:
        console.complain("[red]course:[/]", str(error))
        sys.exit(error.exit_code)
    except OSError as error:
        place = error.filename or "the output"
        cause = error.strerror or str(error) or type(error).__name__
        reason = f"{place}: {cause}. Mend that and run the same command again."
        console.complain("[red]course:[/]", reason)
        sys.exit(1)


def run() -> None:
    """Run the command and end at once.

    Python would take hundreds of modules apart first, which nobody needs, for most of a second.
    """
    status = 0
    try:
        main()
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    atexit._run_exitfuncs()
    sys.stderr.flush()
    os._exit(status)


@app.command()
def build(
    lectures: Lectures = None,
    force: Annotated[
        bool, typer.Option("--force", help="Build also what has not changed since it was built.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Turn `lectures/*.py` into executed notebooks in `source/`.

    The same text gives the same bytes, so what has not changed is left as it is. A text that breaks
    a rule (a graded cell without points, a prompt in a cell that is emptied on release ...) is
    refused, and nothing is changed.
    """
    from course_lib.grading.build import build as build_one
    from course_lib.grading.build import is_current
    from course_lib.grading.course import find
    from course_lib.grading.progress import bar

    course = find()
    written, lines = {}, []
    for stem in course.chosen(lectures):
        path, note = course.source(stem), ""
        if not force and is_current(course, stem):
            note = " (nothing has changed)"
        else:
            with bar(f"building {stem}", "cells", quiet=as_json) as progress:
                path = build_one(course, stem, progress)
        written[stem] = str(path.relative_to(course.root))
        lines.append(f"[green]✓[/] {written[stem]}{note}")
    console.tell(written, as_json, *lines)


@app.command()
def release(
    lectures: Lectures = None,
    zipped: Annotated[
        bool, typer.Option("--zip", help="Also write one zip with all a student needs.")
    ] = False,
    db: Database = None,
    as_json: Json = False,
) -> None:
    """Make the students' notebooks in `release/`, and the package they import beside them.

    Solutions and hidden tests are taken out by nbgrader; then the whole hand-out is read for
    secrets, and refused if one is found.
    """
    from course_lib.grading import release as releasing

    course = opened(db)
    quiet_nbgrader()
    paths = [releasing.release(course, stem) for stem in course.chosen(lectures)]
    paths.append(releasing.hand_out(course, zipped=zipped))
    written = [str(path.relative_to(course.root)) for path in paths]
    console.tell(written, as_json, *(f"[green]✓[/] {path}" for path in written))


@app.command()
def collect(
    file: Annotated[Path, typer.Argument(help="The zip of all submissions, as downloaded.")],
    lecture: Annotated[
        str | None,
        typer.Option(help="The lecture of all notebooks, whatever their names say."),
    ] = None,
    db: Database = None,
    as_json: Json = False,
) -> None:
    """Sort a bulk download of Canvas, Moodle or Gradescope into `submitted/`.

    Students are found in the gradebook by id, e-mail or name (`nbgrader db student import` puts
    a class in). Of several submissions of one student the last counts; one that is replaced is
    kept in `.course/replaced/`. Who could not be found is listed.
    """
    from dataclasses import asdict

    from course_lib.grading.collect import collect as collect_one
    from course_lib.grading.tables import collected_table

    course = opened(db)
    found = collect_one(course, file, course.lecture(lecture) if lecture else None)
    if as_json:
        print(json.dumps(asdict(found)))
    else:
        console.show(collected_table(found))
        for name in found.late:
            console.warn(f"{name} is marked as late; the download does not say by how much.")
        for place, why in found.unmatched.items():
            console.warn(f"{place}: {why}.")
    if found.unmatched:
        raise typer.Exit(1)


@app.command()
def grade(
    lectures: Lectures = None,
    workers: Annotated[
        int, typer.Option(min=1, help="How many submissions to run at a time.")
    ] = os.cpu_count() or 1,
    scheduler: Annotated[
        str | None,
        typer.Option(help="Use this dask cluster's workers, such as `tcp://10.0.0.1:8786`."),
    ] = None,
    student: Annotated[
        list[str] | None, typer.Option(help="Grade only this student; may be repeated.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Grade also what has not changed since it was graded.")
    ] = False,
    no_sandbox: Annotated[
        bool,
        typer.Option("--no-sandbox", help="Run student code unprotected. Marked in every report."),
    ] = False,
    db: Database = None,
    as_json: Json = False,
) -> None:
    """Run and judge the notebooks in `submitted/`; write scores and `autograded/`.

    Student code runs in a sandbox without network, without the course and without the answers.
    The checks run in this command's own processes and reach the student's work by data alone.
    What has not changed since it was graded is skipped; a run that was stopped is taken up by the
    same command. `--json` prints one line per submission as it is done, and one at the end.
    """
    from course_lib.grading import forkserver, sandbox, warm

    if scheduler is None:
        # These load on other cores while this process loads its own part.
        forkserver.start()
        if not no_sandbox and not sandbox.missing():
            warm.nursery()
    from course_lib.grading.grade import Workers
    from course_lib.grading.grade import grade as grade_class
    from course_lib.grading.progress import bar
    from course_lib.grading.telling import Teller

    course = opened(db)
    quiet_nbgrader()
    teller = Teller(as_json=as_json)
    # First, for if there is nothing else the command ends with that.
    for name, sentence in course.unfit().items():
        if not student or name in student:
            teller.unfit(name, sentence)
            console.warn(sentence)
    try:
        for stem, students in course.handed_in(lectures, student or None).items():
            total = len(students or course.submitted(stem))
            with bar(f"grading {stem}", "submissions", quiet=as_json) as progress:
                grade_class(
                    course,
                    stem,
                    workers=Workers(workers, scheduler),
                    sandboxed=not no_sandbox,
                    students=students,
                    force=force,
                    on_outcome=teller.lecture(stem, total, progress),
                )
    except KeyboardInterrupt:
        raise Stopped(
            f"Stopped: {teller.line}; what was graded stays graded, and the same command does the "
            "rest."
        ) from None
    teller.done()
    if not as_json:
        unsafe = " [yellow]without the sandbox[/]" if no_sandbox else ""
        console.show(f"[green]✓[/] {teller.line}{unsafe}")
    for line in teller.warnings:
        console.warn(line)
    if teller.warnings or teller.counts["failed"]:
        raise typer.Exit(1)


@app.command()
def feedback(lectures: Lectures = None, db: Database = None, as_json: Json = False) -> None:
    """Write one feedback page per graded submission into `feedback/`."""
    from course_lib.grading.feedback import feedback as write

    course = opened(db)
    quiet_nbgrader()
    pages = {
        stem: [str(page.relative_to(course.root)) for page in write(course, stem)]
        for stem in course.handed_in(lectures)
    }
    lines = [f"[green]✓[/] {len(found)} pages, such as {found[0]}" for found in pages.values()]
    console.tell(pages, as_json, *lines)


@app.command()
def report(
    lectures: Lectures = None,
    full: Annotated[
        bool, typer.Option("--all", help="List every fault, not only the ten commonest.")
    ] = False,
    db: Database = None,
    as_json: Json = False,
) -> None:
    """Show every submission's points, and what the class got wrong, by frequency.

    The same and more is written as one page for a browser, `reports/index.html`: points by
    question, who needs attention, time and memory, submissions that are suspiciously alike.
    """
    from dataclasses import asdict

    from course_lib.grading import report as reporting
    from course_lib.grading import report_page
    from course_lib.grading.tables import class_table, fault_table

    course = opened(db)
    tables = {stem: reporting.rows(course, stem) for stem in course.handed_in(lectures)}
    if as_json:
        print(json.dumps({stem: [asdict(row) for row in rows] for stem, rows in tables.items()}))
    else:
        for stem, rows in tables.items():
            console.show(class_table(stem, rows))
            console.show(fault_table(stem, reporting.faults(rows), None if full else 10))
            if any(not row.sandboxed for row in rows):
                console.warn(
                    f"{stem}: some submissions ran without the sandbox; scores can be forged."
                )
    page = report_page.write(course, list(tables))
    if not as_json:
        console.show(f"[green]✓[/] {page.relative_to(course.root)}")
    unfit = course.unfit().values()
    for sentence in unfit:
        console.warn(sentence)
    if unfit:
        raise typer.Exit(1)


@app.command()
def export(
    form: Annotated[
        Literal["csv", "canvas", "moodle", "gradescope"],
        typer.Option("--format", help="Whose columns: nbgrader's (csv), or a platform's."),
    ] = "csv",
    to: Annotated[
        Path | None,
        typer.Option(help="Where to write; by default `reports/grades.csv`, `canvas.csv` ..."),
    ] = None,
    db: Database = None,
    as_json: Json = False,
) -> None:
    """Write all scores as one CSV file, for a person or for a platform to import.

    The formats are plug-ins of nbgrader's: `nbgrader export` has them too.
    """
    from course_lib.grading.exporting import export as write

    course = opened(db)
    path, waiting = write(course, form, to)
    shown = path.relative_to(course.root) if path.is_relative_to(course.root) else path
    console.tell({"path": str(path), "to_grade": waiting}, as_json, f"[green]✓[/] {shown}")
    if waiting:
        console.warn(f"{waiting} submissions have answers that no person has graded yet.")


for command in (
    cli_upkeep.audit,
    cli_upkeep.calibrate,
    cli_upkeep.repeat,
    cli_upkeep.data,
    cli_upkeep.doctor,
):
    app.command()(command)
