"""Grades notebooks with otter-grader in one process and prints the totals as JSON.

Run by `grading_graders.py` with the Python of otter-grader's environment:
``python otter_one_process.py AUTOGRADER.zip NOTEBOOK...``
"""

from __future__ import annotations

import json
import sys

from otter.api import grade_submission


def main() -> None:
    """Grade each notebook named on the command line."""
    autograder, *notebooks = sys.argv[1:]
    totals = {path: grade_submission(path, autograder, quiet=True).total for path in notebooks}
    print(json.dumps(totals))


if __name__ == "__main__":
    main()
