"""The subject when grading: asks go to the student's kernel, plain data comes back."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Protocol

from course_lib.answers.wired import read_reply
from course_lib.lab.subject import Answer, Ask, Unreadable
from course_lib.lab.wire import MAX_BYTES, dump_ask

_TEXT = re.compile(r"'([A-Za-z0-9+/=]*)'")


class Link(Protocol):
    """A way to evaluate an expression in the student's kernel."""

    def evaluate(self, expression: str) -> str:
        """The expression's ``repr``, as the kernel says it.

        Raises:
            TimedOut: If no answer came in time.
            Died: If the kernel is gone.
            Unreadable: If the kernel could not evaluate it.
        """
        ...


class RemoteSubject:
    """A name in the student's kernel. Nothing that comes back is trusted."""

    def __init__(self, name: str, link: Link) -> None:
        self.name = name
        self._link = link

    def ask(self, ask: Ask) -> Answer:
        """Send one ask and read the answer.

        Raises:
            SubjectError: If the student's work or kernel gave no answer.
        """
        request = base64.b64encode(dump_ask(ask).encode()).decode()
        expression = (
            "__import__('course_lib.lab.serve', fromlist=['serve_packed'])"
            f".serve_packed(globals(), {self.name!r}, {request!r})"
        )
        return read_reply(_unpack(self._link.evaluate(expression)))


def _unpack(text: str) -> str:
    if len(text) > 4 * MAX_BYTES:
        raise Unreadable("The kernel's answer is too large to be read.")
    match = _TEXT.fullmatch(text)
    if match is None:
        raise Unreadable("The kernel's answer is no answer to a check.")
    try:
        return base64.b64decode(match[1], validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise Unreadable("The kernel's answer is no answer to a check.") from error
