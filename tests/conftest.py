"""How the tests are shared out among processes that run them at a time."""

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep tests together that share what takes long to make; hostile submissions share nothing.

    First of all hooks, so that pytest-xdist reads the marks.
    """
    for item in items:
        if "graded" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("the demo class"))
        elif item.path.name != "test_hostile.py":
            item.add_marker(pytest.mark.xdist_group(str(item.path)))
