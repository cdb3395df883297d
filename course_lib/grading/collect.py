"""`course collect`: bulk downloads of learning platforms, sorted into `submitted/`.

A notebook goes to `submitted/<student>/<lecture>/<lecture>.ipynb` if exactly one student of the
gradebook fits and the lecture is known. Nothing is lost: a submission that a newer one replaces
is kept in `.course/replaced/`, and what fits nobody is listed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from course_lib.grading import bulk, gradebook
from course_lib.grading.bulk import HandedIn
from course_lib.grading.course import Course
from course_lib.grading.errors import CourseError

_TIME = "timestamp.txt"  # nbgrader's
_COPY = re.compile(r"(-\d+| ?\(\d+\))+$")  # what browsers and platforms add to a second file


@dataclass
class Collected:
    """What became of a bulk download.

    Attributes:
        platform: Whose it was.
        new: Submissions that were not there, as ``student/lecture``.
        replaced: Submissions that a different one has replaced.
        unchanged: Submissions that were there, the same.
        earlier: Notebooks passed over because the same student handed in a later one.
        late: Submissions that the platform marks as late without saying when they came.
        unmatched: Notebooks that cannot be read or fit no student, several, or no lecture: name
            and reason.
        left_out: What is no notebook of anybody's.
    """

    platform: str = ""
    new: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    earlier: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    unmatched: dict[str, str] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Person:
    """A student of the gradebook, by all that platforms write of one."""

    id: str
    ids: frozenset[str]
    names: frozenset[str]


def collect(course: Course, path: Path, lecture: str | None = None) -> Collected:
    """Sort a bulk download into `submitted/`.

    Args:
        course: The course.
        path: The platform's zip.
        lecture: The lecture of all notebooks; by default the name of each says it.

    Raises:
        CourseError: If the zip cannot be read, or a notebook cannot be written.
    """
    people = _people(course)
    with bulk.Opened(path) as opened:
        listing = opened.listing()
        found = Collected(listing.platform, left_out=listing.left_out)
        strange = f"it is not named as {listing.platform} names submissions"
        found.unmatched = dict.fromkeys(listing.nameless, strange)
        latest: dict[tuple[str, str], HandedIn] = {}
        for one in sorted(listing.handed_in, key=lambda one: one.order):
            try:
                key = _person(people, one), _lecture(course, one, lecture)
            except LookupError as error:
                found.unmatched[one.place] = str(error.args[0])
                continue
            if key in latest:
                found.earlier.append(latest[key].place)
            latest[key] = one
        for (student, stem), one in sorted(latest.items()):
            try:
                content = opened.read(one.place)
            except bulk.Unreadable as error:
                found.unmatched[one.place] = str(error)
                continue
            _put(course, found, student, stem, one, content)
    return found


def _people(course: Course) -> list[Person]:
    with gradebook.opened(course) as book:
        return [_known(student) for student in book.students]


def _known(student: Any) -> Person:
    ids = {student.id, student.lms_user_id, student.email} - {None, ""}
    first, last = student.first_name or "", student.last_name or ""
    names = {f"{first} {last}", f"{last} {first}"} if first or last else set[str]()
    return Person(
        student.id,
        frozenset(text.casefold() for text in ids),
        frozenset(_plain(name) for name in names),
    )


def _plain(name: str) -> str:
    """A name as platforms squeeze it into a file's name: letters and digits, no case."""
    letters = unicodedata.normalize("NFC", name).casefold()
    return "".join(sign for sign in letters if sign.isalnum())


def _person(people: Iterable[Person], one: HandedIn) -> str:
    """The only student who fits, first by id or address, else by name.

    Raises:
        LookupError: If none does, or several do; the message says so.
    """
    ids = {text.casefold() for text in one.ids}
    names = {_plain(name) for name in one.names}
    fitting = [person.id for person in people if person.ids & ids]
    fitting = fitting or [person.id for person in people if person.names & names]
    if len(fitting) == 1:
        return fitting[0]
    who = ", ".join(sorted(one.names | one.ids))
    if fitting:
        raise LookupError(f"{who} may be {' or '.join(sorted(fitting))}")
    raise LookupError(
        f"{who} is nobody in the gradebook: add the class by `nbgrader db student import`"
    )


def _lecture(course: Course, one: HandedIn, lecture: str | None) -> str:
    """The lecture of a notebook.

    Raises:
        LookupError: If its name is no lecture's.
    """
    stem = lecture or _COPY.sub("", one.file)
    if stem not in course.lectures:
        raise LookupError(
            f"{one.file!r} is no lecture's name: collect it alone with `--lecture NAME`"
        )
    return stem


def _put(
    course: Course, found: Collected, student: str, stem: str, one: HandedIn, content: bytes
) -> None:
    folder = course.root / "submitted" / student / stem
    target, name = folder / f"{stem}.ipynb", f"{student}/{stem}"
    if one.late and one.time is None:
        found.late.append(name)
    try:
        if target.is_file() and target.read_bytes() == content:
            found.unchanged.append(name)
        else:
            if target.is_file():
                _keep(course, target, name)
                (folder / _TIME).unlink(missing_ok=True)  # of the one that is replaced
                found.replaced.append(name)
            else:
                found.new.append(name)
            folder.mkdir(parents=True, exist_ok=True)
            beside = folder / f".{stem}.ipynb.new"
            beside.write_bytes(content)
            beside.replace(target)
        if one.time is not None:
            (folder / _TIME).write_text(f"{one.time:%Y-%m-%d %H:%M:%S} UTC\n", encoding="utf-8")
    except OSError as error:
        raise CourseError(f"{target} cannot be written: {error.strerror}.") from error


def _keep(course: Course, target: Path, name: str) -> None:
    folder = course.root / ".course" / "replaced" / name
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / f"{len(list(folder.iterdir())) + 1}.ipynb"
    kept.write_bytes(target.read_bytes())
