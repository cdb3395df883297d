"""Building, releasing, grading, reporting: the instructor's tools."""

import sys

# nbformat's validator imports a grammar for a format that notebooks never use; without it each
# process starts a second sooner.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # None blocks the import
