"""Building, releasing, grading, reporting: the instructor's tools."""

import sys

CONFIG = "nbgrader_config.py"  # marks the root of a course

# nbformat's validator imports a grammar for a format that notebooks never use; without it each
# process starts a second sooner.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # None blocks the import
