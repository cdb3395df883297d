"""`course release`: the students' notebooks by nbgrader, and the hand-out beside them."""

from __future__ import annotations

import tempfile
from pathlib import Path

from nbgrader.converters import GenerateAssignment
from nbgrader.converters.base import NbGraderException

from course_lib.grading import gradebook, handout, leaks
from course_lib.grading.course import Course
from course_lib.grading.errors import CourseError


def release(course: Course, stem: str) -> Path:
    """Write `release/<stem>/<stem>.ipynb` and tell the gradebook what there is to grade.

    Raises:
        CourseError: If the source notebook is missing or nbgrader refuses it.
    """
    if not course.source(stem).is_file():
        raise CourseError(
            f"source/{stem}/{stem}.ipynb is missing: run `course build {stem}` first."
        )
    gradebook.alembic_on_path()
    directory = course.directory()
    directory.assignment_id = stem
    converter = GenerateAssignment(coursedir=directory, config=course.config)
    # Without it an existing release would silently be kept.
    converter.force = True
    try:
        converter.start()
    except (NbGraderException, RuntimeError) as error:
        raise CourseError(f"nbgrader cannot release {stem}: {error}") from error
    return course.release(stem)


def hand_out(course: Course, *, zipped: bool) -> Path:
    """Write the student half's wheel, and the zip if asked, into `release/`.

    All is built aside and read for leaks first: a hand-out with a secret in it is never written.

    Returns:
        The wheel's path, or the zip's.

    Raises:
        CourseError: If anything in the hand-out is secret, naming file and line.
    """
    stems = [stem for stem in course.lectures if course.release(stem).is_file()]
    secret = leaks.secrets(course, stems)
    target = course.root / "release"
    with tempfile.TemporaryDirectory(dir=target) as folder:
        aside = Path(folder)
        built = [handout.build_wheel(aside)]
        if zipped:
            notebooks = [course.release(stem) for stem in stems]
            built.append(handout.build_zip(aside, built[0], notebooks))
        found = leaks.leaks(aside, secret)
        for stem in stems:
            found += leaks.leaks(course.release(stem).parent, secret)
        if found:
            raise CourseError("\n".join(["The hand-out would give secrets away:", *found]))
        for path in built:
            path.replace(target / path.name)
    return target / built[-1].name
