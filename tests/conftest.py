"""How the tests are shared out: `pytest -n 3 --dist loadgroup --no-loadscope-reorder`."""

from collections.abc import Generator

import pytest


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep a file's tests in one process, for they share fixtures; begin with what takes longest.

    Hostile submissions share none but where they say so.
    """
    for item in items:
        if "hostile" not in item.path.parts and item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(item.path.stem))
    items.sort(key=lambda item: "story" not in item.path.parts)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Escape, in what a test has logged, names that are no text; pytest-xdist stops at them."""
    report = yield
    report.sections = [
        (title, text.encode(errors="backslashreplace").decode()) for title, text in report.sections
    ]
    return report
