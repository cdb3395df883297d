"""The tables that `course` prints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from course_lib.grading.datasets import NOT_FETCHED, VERIFIED
from course_lib.lab.verdict import UNANSWERED

if TYPE_CHECKING:  # each command loads only what it shows
    from course_lib.answers.audit import Row as Specimen
    from course_lib.answers.mutants.trial import Trial, Trials
    from course_lib.data.catalogue import Dataset
    from course_lib.grading.collect import Collected
    from course_lib.grading.report import FaultCount, Row


def class_table(stem: str, rows: list[Row]) -> Table:
    """One line per submission: points by checks and by hand, and what went wrong."""
    table = Table(title=f"{stem}: {len(rows)} submissions", title_justify="left")
    table.add_column("student")
    for name in ("checks", "written", "total"):
        table.add_column(name, justify="right")
    table.add_column("what went wrong")
    for row in rows:
        shown = _lost(row)
        written = f"{row.manual:g}/{row.manual_max:g}" + (" to grade" if row.to_grade else "")
        table.add_row(
            escape(row.student),
            f"{row.auto:g}/{row.auto_max:g}",
            written,
            f"{row.total:g}" + (f" (late: -{row.penalty:g})" if row.penalty else ""),
            shown,
        )
    return table


def _lost(row: Row) -> str:
    """The first faults of a submission in a few words."""
    blank = sum(verdict.fault == UNANSWERED for verdict in row.verdicts)
    wrong = [v for v in row.verdicts if v.fault not in ("", UNANSWERED)]
    words = [f"{verdict.check} ({verdict.fault})" for verdict in wrong[:2]]
    words += [f"{len(wrong) - 2} more faults"] if len(wrong) > 2 else []
    words += [f"{blank} not answered"] if blank else []
    return ", ".join(words)


def fault_table(stem: str, faults: list[FaultCount], most: int | None) -> Table:
    """The class's misconceptions by frequency, with the sentence students read.

    What was never answered is counted in the caption: it is no misconception.
    """
    table = Table(title=f"{stem}: what the class got wrong", title_justify="left")
    table.add_column("times", justify="right")
    table.add_column("check")
    table.add_column("fault")
    table.add_column("the sentence students read")
    answered = [fault for fault in faults if fault.fault != UNANSWERED]
    for fault in answered[:most]:
        table.add_row(str(fault.count), fault.check, fault.fault, escape(fault.sentence))
    left = len(answered[most:]) if most is not None else 0
    blank = sum(fault.count for fault in faults if fault.fault == UNANSWERED)
    more = f"{left} further faults (--all lists them); " if left else ""
    table.caption = f"{more}{blank} exercises were not answered."
    return table


def audit_tables(stem: str, rows: list[Specimen], found: Trials, *, full: bool) -> Iterator[Table]:
    """What an audit found of a lecture: the kill table, and what is wrong; with `full` all."""
    yield kill_table(stem, rows, found)
    if answers := [row for row in rows if full or not row.caught]:
        yield specimen_table(stem, answers)
    if left := [one for one in found.trials if full or not one.good]:
        yield mutant_table(stem, left)
    if found.stale:
        table = Table(title=f"{stem}: records of mutants that are not true", title_justify="left")
        table.add_column("exercise, and what is wrong with the record")
        for sentence in found.stale:
            table.add_row(escape(sentence), style="red")
        yield table


def kill_table(stem: str, rows: list[Specimen], found: Trials) -> Table:
    """Per check: misconceptions caught, equivalents passed, mutants killed, each of all."""
    table = Table(title=f"{stem}: what the checks catch", title_justify="left")
    table.add_column("check")
    table.add_column("wrong answers caught and named", justify="right")
    table.add_column("right forms passed", justify="right")
    table.add_column("mutants killed", justify="right")
    checks = list(dict.fromkeys(row.check for row in rows))
    for name in [*checks, "all"]:
        here = [row for row in rows if name in (row.check, "all")]
        wrong = [row.caught for row in here if row.kind == "misconception"]
        right = [row.caught for row in here if row.kind == "equivalent"]
        made = [one for one in found.trials if name in (one.exercise, "all")]
        dead, same = sum(one.killed for one in made), sum(one.equivalent for one in made)
        told = f"{dead} of {len(made) - same}" + (f" ({same} equivalent)" if same else "")
        cells = (f"{sum(wrong)} of {len(wrong)}", f"{sum(right)} of {len(right)}")
        told = "none made" if name in found.not_mutated else told
        table.add_row(name, *cells, told, style="bold" if name == "all" else "")
        if name != "all" and name == checks[-1]:
            table.add_section()
    return table


def specimen_table(stem: str, rows: list[Specimen]) -> Table:
    """One line per known answer: what the check should say and what it says."""
    table = Table(title=f"{stem}: answer by answer", title_justify="left")
    for name in ("check", "answer", "fault to name", "fault named", "sentence"):
        table.add_column(name)
    for row in rows:
        style = "" if row.caught else "red"
        wanted = row.expected or "none"
        table.add_row(
            row.check, row.specimen, wanted, row.got or "none", escape(row.sentence), style=style
        )
    return table


def mutant_table(stem: str, trials: list[Trial]) -> Table:
    """One line per mutant: what was changed, and what became of it."""
    table = Table(title=f"{stem}: mutant by mutant", title_justify="left")
    for name in ("check", "change", "line as taught, and changed", "end", "by"):
        table.add_column(name)
    for one in trials:
        style = "" if one.good else "red"
        lines = escape(f"- {one.before}\n+ {one.after}")
        table.add_row(one.exercise, one.kind, lines, one.end, escape(one.by), style=style)
    return table


def repeat_table(rows: Mapping[str, list[str]]) -> Table:
    """One line per lecture: gradings on one thread and on two, points, verdicts that changed."""
    table = Table(title="gradings of one submission", title_justify="left")
    for name in ("lecture", "1 thread", "2 threads", "points", "changed verdicts"):
        table.add_column(name)
    for stem, cells in rows.items():
        table.add_row(stem, *map(escape, cells))
    return table


_COLOURS = {VERIFIED: "green", NOT_FETCHED: "yellow"}


def data_table(datasets: Iterable[Dataset], states: Mapping[str, str]) -> Table:
    """One line per dataset: size, licence, source, whether its file is as it should be."""
    table = Table(title="datasets", title_justify="left")
    for name in ("name", "what", "licence", "source", "state"):
        table.add_column(name)
    for dataset in datasets:
        state = states[dataset.name]
        table.add_row(
            dataset.name,
            f"{dataset.rows} {dataset.unit}",
            dataset.licence,
            dataset.source,
            f"[{_COLOURS.get(state, 'red')}]{escape(state)}[/]",
        )
    return table


def collected_table(found: Collected) -> Table:
    """What became of the notebooks of a bulk download, in numbers."""
    table = Table(title=f"collected from {found.platform}", title_justify="left")
    table.add_column("notebooks")
    table.add_column("number", justify="right")
    for what, names in (
        ("new", found.new),
        ("in place of an older one", found.replaced),
        ("there already", found.unchanged),
        ("earlier ones of the same student", found.earlier),
        ("nobody's", found.unmatched),
        ("other files, left out", found.left_out),
    ):
        table.add_row(what, str(len(names)))
    return table
