"""What a late submission loses, beside nbgrader's own `none` and `zero`.

One line in `nbgrader_config.py` chooses it: `c.AssignLatePenalties.plugin_class =
"course_lib.grading.late.PerDay"`. A lecture's due date is kept in the gradebook (formgrader, or
`nbgrader db assignment add NAME --duedate "2026-11-01 12:00 UTC"`), and when a submission came in
its `timestamp.txt`, which `course collect` writes where the platform says it.
"""

from __future__ import annotations

import math

from nbgrader.plugins import BasePlugin
from traitlets import Float

DAY = 24 * 60 * 60  # seconds


class PerDay(BasePlugin):
    """So many points for each day begun.

    Points and not a share of the score: the score still grows when a person grades the answers.
    nbgrader takes no more than the score that the checks gave.
    """

    points = Float(1.0, min=0.0, help="Points taken off for each day begun.").tag(config=True)
    grace = Float(0.0, min=0.0, help="Minutes that nobody counts.").tag(config=True)

    def late_submission_penalty(
        self,
        student_id: str,  # noqa: ARG002 - nbgrader's interface
        score: float,  # noqa: ARG002
        total_seconds_late: float,
    ) -> float:
        """Points to take off a submission that came so late."""
        counted = total_seconds_late - 60 * self.grace
        return self.points * max(0, math.ceil(counted / DAY))


def total(points: float, penalty: float) -> float:
    """The points that are left, which are never fewer than none: a person may have taken some."""
    return max(0.0, points - penalty)
