"""`docs/kill_table.md`: what the hidden checks catch, as the last audit of all lectures found it.

The page is written only if the audit finds nothing wrong, so it follows from the catalogues, the
solution cells and the records, and can be compared with them without running anything. That the
audit was run on the present code is told by a fingerprint of each lecture at its end.
"""

from __future__ import annotations

import re
import textwrap
from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from course_lib.answers import audit
from course_lib.answers.mutants import cells, records, trial
from course_lib.answers.registry import hidden
from course_lib.grading import fingerprint
from course_lib.grading.course import Course

_INTRODUCTION = """\
# The kill table

A check is worth what it catches. `course audit` shows every hidden check three kinds of answers;
`course audit --write` writes this page, if nothing is wrong.

- *Misconceptions*: wrong answers that students really give. Each must lose points, with the
  sentence that names it.
- *Right forms*: the solution written in other ways. Each must get all points.
- *Mutants*: the taught solution with one small mistake that a program put there: another operator,
  comparison, number or dimension; a call, sign, statement, argument, index or transpose dropped;
  two arguments or elements swapped. A mutant is *killed* if it loses points, if its cell does not
  run, or if it has to be stopped. One that gets all points shows that the check is too weak,
  unless it is *equivalent*: still a right answer. These are listed at the end, with the reason.

How to read a row: so many misconceptions caught, so many right forms passed, each of how many; then
the mutants: killed and equivalent add up to all of them, so that none is left.
"""
_COLUMNS = 120
_FINGERPRINT = re.compile(r"^<!-- (\w+) ([0-9a-f]{64}) -->$", re.MULTILINE)


def path(course: Course) -> Path:
    """Where the page lies."""
    return course.root / "docs" / "kill_table.md"


def write(course: Course) -> Path:
    """Write the page, after an audit of all lectures that found nothing wrong."""
    path(course).write_text(page(course), encoding="utf-8")
    return path(course)


def page(course: Course) -> str:
    """The page as it must be if an audit of the present code finds nothing wrong.

    Raises:
        BadRecord: If a lecture's records cannot be read.
    """
    known = {stem: records.load(stem) for stem in course.lectures}
    parts = [_INTRODUCTION]
    for stem in course.lectures:
        parts += ["\n".join(_table(course, stem, known[stem]))]
    parts += ["## Mutants that are right answers\n"]
    parts += [text for stem in course.lectures for text in _equivalents(stem, known[stem])]
    marks = [f"<!-- {stem} {mark(course, stem)} -->" for stem in course.lectures]
    return "\n".join([*parts, *marks, ""])


def mark(course: Course, stem: str) -> str:
    """The fingerprint of what a lecture's part of the page was found with."""
    sources = [cell.source for cell in cells.read(course.text(stem))]
    return fingerprint.of_audit(course.lectures, stem, sources)


def outdated(course: Course) -> list[str]:
    """The lectures whose part of the page was found with other code than the present."""
    try:
        found = dict(_FINGERPRINT.findall(path(course).read_text(encoding="utf-8")))
    except FileNotFoundError:
        found = {}
    return [stem for stem in course.lectures if found.get(stem) != mark(course, stem)]


def _table(course: Course, stem: str, known: records.Records) -> Iterator[str]:
    specimens = audit.load(stem)
    wrong = Counter(one.check for one in specimens if one.fault)
    right = Counter(one.check for one in specimens if not one.fault)
    changed = Counter(name for name, _ in trial.made(cells.read(course.text(stem)), known))
    same = Counter(name for name, _, _ in known.equivalent)
    yield f"## {stem}\n"
    yield "| check | misconceptions | right forms | mutants killed | equivalent | all mutants |"
    yield "|---|--:|--:|--:|--:|--:|"
    for check in hidden.of(stem):
        name = check.name
        yield _row(f"`{name}`", wrong[name], right[name], changed[name], same[name])
    totals = (sum(counts.values()) for counts in (wrong, right, changed, same))
    yield _row("**all**", *totals)
    yield ""
    for name, reason in known.not_mutated.items():
        yield _filled(f"No mutants of `{name}`: {reason}")


def _row(name: str, wrong: int, right: int, changed: int, same: int) -> str:
    caught, passed = f"{wrong} of {wrong}", f"{right} of {right}"
    return f"| {name} | {caught} | {passed} | {changed - same} | {same} | {changed} |"


def _filled(text: str) -> str:
    return textwrap.fill(text, _COLUMNS, break_long_words=False, break_on_hyphens=False) + "\n"


def _equivalents(stem: str, known: records.Records) -> Iterator[str]:
    """One paragraph for each reason, with the changed lines under the one that was taught."""
    yield f"### {stem}\n"
    by_reason = groupby(known.equivalent.items(), key=lambda entry: (entry[0][0], entry[1]))
    for (exercise, reason), entries in by_reason:
        yield _filled(f"`{exercise}`: {reason}")
        yield "```diff"
        for before, group in groupby(entries, key=lambda entry: entry[0][1]):
            yield f"- {before}"
            yield from (f"+ {after}" for (_, _, after), _ in group)
        yield "```\n"
