"""The exceptions that a person at the command line reads."""


class CourseError(Exception):
    """Something needs attention; the message is one sentence that says what to do."""

    exit_code = 1


class WrongUse(CourseError):
    """The command was called wrongly: a name that does not exist, or outside a course."""

    exit_code = 2


class Stopped(CourseError):
    """A person stopped the command by Ctrl-C."""

    exit_code = 130
