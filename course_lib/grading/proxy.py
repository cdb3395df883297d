"""The subject when grading: asks go to the student's kernel, plain data comes back."""

from __future__ import annotations

from typing import Protocol

from course_lib.answers.wired import read_reply
from course_lib.lab.subject import Answer, Ask
from course_lib.lab.wire import dump_ask


class Link(Protocol):
    """A way to ask something in the student's kernel."""

    def ask(self, name: str, text: str) -> str:
        """What the kernel replies to the ask in `text` of a name in its notebook.

        Raises:
            TimedOut: If no answer came in time.
            Died: If the kernel is gone.
            Unreadable: If the kernel sent no text.
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
        return read_reply(self._link.ask(self.name, dump_ask(ask)))
