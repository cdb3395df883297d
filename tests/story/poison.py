"""A job that ends its worker, as a fault in a library could; workers load this by name."""

import os

from course_lib.grading.jobs import Job, Result
from course_lib.grading.worker import judge

STUDENT = "poison"


def judge_or_die(job: Job, code: str) -> Result:
    """Judge a job, but end the worker at one student's."""
    if job.student == STUDENT:
        os._exit(3)
    return judge(job, code)
