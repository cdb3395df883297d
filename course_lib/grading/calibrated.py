"""What `course calibrate` shows of a calibration, and writes into the course's documents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.table import Table

from course_lib.answers.calibrate import Calibration
from course_lib.answers.calibration import picture, rates, seeds
from course_lib.grading import marked
from course_lib.grading.course import Course
from course_lib.grading.errors import WrongUse

_COLUMNS = ("trained", "seeds", "scores", "reach the threshold", "pass the whole check")


def chosen(course: Course, stems: list[str] | None) -> list[str]:
    """The lectures of these names, or all those that have a training check.

    Raises:
        WrongUse: If one that is named has none.
    """
    found = course.chosen(stems)
    without = [stem for stem in found if not seeds.is_calibrated(stem)]
    if stems and without:
        raise WrongUse(
            f"{', '.join(without)} trains nothing that is calibrated: there is no "
            f"course_lib/answers/calibration/{without[0]}.py."
        )
    return [stem for stem in found if stem not in without]


def told(stem: str, stale: list[str], lacking: dict[str, int]) -> str:
    """One line: whether the stored scores of a lecture belong to the present code."""
    remedy = f"run `course calibrate {stem}`"
    if stale:
        return f"[red]✗[/] {stem}: no scores of the present code for {', '.join(stale)}: {remedy}"
    if lacking:
        left = ", ".join(f"{count} of {name}" for name, count in lacking.items())
        return f"[yellow]![/] {stem}: fewer seeds than wanted, {left} are missing: {remedy}"
    return f"[green]✓[/] {stem}: the stored scores belong to the present code"


def summary(found: Calibration) -> dict[str, Any]:
    """The numbers of one calibration, for a machine to read."""
    return {
        "check": found.check,
        "threshold": found.threshold,
        "half": found.half,
        "false_fails": _plain(rates.false_fails(found)),
        "false_fails_left_out": _plain(rates.false_fails_left_out(found)),
        "false_fails_of_the_check": _plain(rates.false_fails_of_the_check(found)),
        "populations": {
            row.name: {
                "right": row.right,
                "scores": list(row.scores),
                "reaching": _plain(row.reaching),
                "passing": _plain(row.passing),
                "faults": list(row.faults),
            }
            for row in rates.rows(found)
        },
    }


def _plain(share: rates.Share) -> dict[str, Any]:
    return {"count": share.count, "of": share.of, "interval": list(share.interval)}


def table(found: Calibration) -> Table:
    """One line per population."""
    shown = Table(title=f"{found.lecture}: {_limits(found)}", title_justify="left")
    shown.caption = "Right trainings " + "; ".join(_fails(found))
    for name in _COLUMNS:
        shown.add_column(name)
    for cells in _cells(found):
        shown.add_row(*cells)
    return shown


def publish(course: Course, found: Calibration) -> None:
    """Write the picture, and the table in docs/calibration.md."""
    name = f"calibration_{found.lecture}.png"
    picture.save(found, course.root / "docs" / "images" / name)
    marked.write(course.root / "docs" / "calibration.md", found.lecture, markdown(found))


def markdown(found: Calibration) -> str:
    """The numbers of one check, as they stand in docs/calibration.md."""
    lines = [f"{_limits(found)}. Right trainings:", "", *(f"- {line}" for line in _fails(found))]
    cells = [_COLUMNS, ["---"] * len(_COLUMNS), *_cells(found)]
    return "\n".join([*lines, "", *map(_line, cells)])


def _limits(found: Calibration) -> str:
    return f"Threshold {found.threshold:g}, half the points from {found.half:g} on"


def _fails(found: Calibration) -> tuple[str, str, str]:
    return (
        f"below the threshold: {rates.false_fails(found)}",
        f"below the threshold that all others give: {rates.false_fails_left_out(found)}",
        f"failed by the whole check, if asked: {rates.false_fails_of_the_check(found)}",
    )


def _cells(found: Calibration) -> list[list[str]]:
    return [
        [
            ("right: " if row.right else "half right: ") + row.name.replace("_", " "),
            str(row.reaching.of),
            "{:.4g} to {:.4g}".format(*row.scores),
            str(row.reaching),
            str(row.passing) + (f"; else `{'`, `'.join(row.faults)}`" if row.faults else ""),
        ]
        for row in rates.rows(found)
    ]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
