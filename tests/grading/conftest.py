"""Fixtures for tests of running and judging."""

import pytest

from course_lib.grading import execute, sandbox
from tests.grading.small_notebooks import TINY, Judge, judge_small


@pytest.fixture
def judge(monkeypatch: pytest.MonkeyPatch) -> Judge:
    """Runs and judges a small notebook in the sandbox; returns its verdicts and cells."""
    if reason := sandbox.missing():
        pytest.skip(reason)
    monkeypatch.setattr(execute, "hidden", TINY)
    monkeypatch.setattr(execute, "is_lecture", lambda stem: stem == "tiny")
    return judge_small
