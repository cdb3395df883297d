"""The visible side of a check: what a student sees at once in the notebook.

The set-up cell of a lecture says ``check = visible.checker("vowels")``, and each graded test cell
``check("context_vector", context_vector)``.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from course_lib.lab.check import Registry
from course_lib.lab.subject import DirectSubject

registry = Registry()


class NotYet(Exception):
    """An exercise is not right yet. In a notebook only its sentence shows, without a traceback."""

    def _render_traceback_(self) -> list[str]:
        """IPython's hook: the lines shown in place of a traceback."""
        return [f"Not yet: {self}"]


def checker(lecture: str) -> Callable[[str, Any], None]:
    """The visible checks of a lecture, as one function of a check's name and the student's object.

    Raises:
        ModuleNotFoundError: If there is no such lecture.
    """
    importlib.import_module(f"course_lib.lab.checks.{lecture}")

    def check(name: str, target: Any) -> None:
        """Check the object and say what is wrong with it.

        Raises:
            NotYet: With one sentence that says what to look at.
            KeyError: If the lecture has no such check.
        """
        found = registry.get(lecture, name)
        verdict = found.run(DirectSubject(found.subject, target))
        if not verdict.right:
            raise NotYet(verdict.sentence)
        print(f"✓ {name}: right so far. Grading looks closer, with other numbers.")

    return check
