"""Does every check catch every known wrong answer, and let every known right one pass?"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

import torch

from course_lib.answers.mutants import limited
from course_lib.answers.registry import Specimen, hidden, specimens
from course_lib.answers.wired import WireSubject
from course_lib.lab.subject import DirectSubject
from course_lib.lab.verdict import Verdict

# Of all specimens of one check, some of which train.
_LIMITS = limited.Limits(cpu=900, wall=3600, memory=8 * 2**30)


@dataclass(frozen=True)
class Row:
    """One specimen and what its hidden check made of it.

    Attributes:
        check: The check's name.
        specimen: The misconception's or equivalent's name.
        kind: ``misconception`` or ``equivalent``.
        expected: The fault that the verdict must name; empty for an equivalent.
        got: The fault it named; both, with ``direct`` and ``wire`` before them, if the verdict
            depends on the way in which the specimen is reached.
        sentence: What the student would read.
        caught: Whether the check judged as it must, both ways, with a sentence where one is due.
    """

    check: str
    specimen: str
    kind: str
    expected: str
    got: str
    sentence: str
    caught: bool


def load(lecture: str) -> list[Specimen]:
    """Import a lecture's hidden checks and catalogues, and return its specimens.

    Raises:
        ModuleNotFoundError: If the lecture lacks one of the three.
    """
    for room in ("hidden", "misconceptions", "equivalents"):
        importlib.import_module(f"course_lib.answers.{room}.{lecture}")
    return [specimen for specimen in specimens if specimen.lecture == lecture]


def audit(lecture: str) -> list[Row]:
    """Show every specimen of a lecture to its hidden check, directly and through the wire.

    Raises:
        ModuleNotFoundError: If the lecture lacks hidden checks or one of the catalogues.
        KeyError: If a specimen names a check that does not exist.
    """
    return [examine(specimen) for specimen in load(lecture)]


def audit_all(
    lectures: Iterable[str], progress: Callable[[int, int], None] | None = None
) -> dict[str, list[Row]]:
    """The same for several lectures, on all cores: the specimens of one check in one process.

    Args:
        lectures: The stems.
        progress: Called with the numbers of checks done and of all checks.

    Returns:
        By lecture its rows, in the order of registration within a check.

    Raises:
        ModuleNotFoundError: If a lecture lacks hidden checks or one of the catalogues.
        KeyError: If a specimen names a check that does not exist.
        RuntimeError: If the specimens of a check take a quarter of an hour.
    """
    groups: dict[tuple[str, str], list[Specimen]] = {}
    rows: dict[str, list[Row]] = {}
    for lecture in lectures:
        rows[lecture] = []
        specimens_here = load(lecture)
        # The lecture's order; a specimen of no check is an error when it is examined.
        names = [check.name for check in hidden.of(lecture)] + [s.check for s in specimens_here]
        for name in dict.fromkeys(names):
            groups[lecture, name] = [s for s in specimens_here if s.check == name]
    # The last exercises of a lecture train, which takes longest: they are begun first.
    order = list(groups)[::-1]
    tasks = [partial(_examine_all, groups[key]) for key in order]
    found: dict[tuple[str, str], list[Row]] = {}
    for number, result in limited.run(tasks, _LIMITS):
        if isinstance(result, limited.Stopped):
            raise RuntimeError(f"the specimens of {order[number]} were stopped by {result.by}")
        found[order[number]] = result
        if progress is not None:
            progress(len(found), len(order))
    for key in groups:
        rows[key[0]] += found[key]
    return rows


def _examine_all(some: list[Specimen]) -> list[Row]:
    # As many of these run at a time as there are cores: more threads would wait for each other.
    torch.set_num_threads(1)
    return [examine(specimen) for specimen in some]


def examine(specimen: Specimen) -> Row:
    """Show one specimen to its hidden check, directly and through the wire."""
    check = hidden.get(specimen.lecture, specimen.check)
    target = specimen.make()
    direct = check.run(DirectSubject(check.subject, target))
    wire = check.run(WireSubject(check.subject, target))
    got = direct.fault if direct == wire else f"direct {direct.fault}, wire {wire.fault}"
    return Row(
        check=specimen.check,
        specimen=specimen.name,
        kind="misconception" if specimen.fault else "equivalent",
        expected=specimen.fault,
        got=got,
        sentence=direct.sentence,
        caught=direct == wire and _as_it_must(direct, specimen.fault),
    )


def _as_it_must(verdict: Verdict, fault: str) -> bool:
    if not fault:
        return verdict.right
    named = verdict.fault == fault and verdict.sentence != ""
    return named and verdict.points is not None and verdict.points < verdict.max_points
