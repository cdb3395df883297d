"""Oracles, hidden checks, misconceptions and equivalents: the instructor half's knowledge."""

from __future__ import annotations

import importlib
from typing import Any

from course_lib.answers import registry
from course_lib.lab.subject import DirectSubject


def grade(lecture: str, name: str, target: Any) -> None:
    """Run a hidden check on an object of this process; the hidden line of every test cell.

    In an instructor's own notebook it proves the taught solution. When a class is graded this line
    is never run: the grader's process runs the check and reaches the student's work by data alone.

    Raises:
        AssertionError: With the check's sentence, if the answer is not right.
        KeyError: If the lecture has no such check.
    """
    importlib.import_module(f"course_lib.answers.hidden.{lecture}")
    check = registry.hidden.get(lecture, name)
    verdict = check.run(DirectSubject(check.subject, target))
    if not verdict.right:
        raise AssertionError(f"{name}: {verdict.sentence} {verdict.detail}".strip())
    print(f"✓ {name}: {verdict.points:g} of {verdict.max_points:g} points.")
