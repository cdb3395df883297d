"""What `conftest.py` adds to pytest and pytest-xdist."""

from pathlib import Path

import pytest

pytest_plugins = ["pytester"]


def test_a_logged_name_that_is_no_text_does_not_stop_the_run(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(Path(__file__).with_name("conftest.py").read_text(encoding="utf-8"))
    pytester.makepyfile(
        r"""
        import logging

        def test_logs():
            logging.getLogger().warning("no file \udcff.csv")

        def test_next():
            pass
        """
    )
    result = pytester.runpytest_subprocess("-n", "1", "-p", "no:cacheprovider")
    result.assert_outcomes(passed=2)
