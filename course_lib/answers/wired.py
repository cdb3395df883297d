"""A subject behind the wire, in one process: what the audit runs every specimen through."""

from __future__ import annotations

from typing import Any

from course_lib.lab.serve import serve
from course_lib.lab.subject import (
    Answer,
    Ask,
    Died,
    Raised,
    SubjectError,
    TimedOut,
    Unanswered,
    Unreadable,
)
from course_lib.lab.wire import dump_ask, load_answer, loads

_KINDS: dict[str, type[SubjectError]] = {
    kind.kind: kind for kind in (Unanswered, Raised, TimedOut, Died, Unreadable)
}
_LONGEST = 600  # characters of a sentence that somebody else wrote


def read_reply(text: str) -> Answer:
    """Read what `serve` wrote, trusting nothing.

    Args:
        text: The reply.

    Returns:
        The answer.

    Raises:
        SubjectError: The one that the reply reports, or `Unreadable`.
    """
    reply = loads(text)
    if not isinstance(reply, dict):
        raise Unreadable("The reply is no answer to a check.")
    answer, kind, sentence = (reply.get(key) for key in ("answer", "kind", "sentence"))
    if isinstance(answer, str):
        return load_answer(answer)
    if isinstance(kind, str) and isinstance(sentence, str):
        # Half a surrogate pair is a character that no file can hold.
        said = sentence[:_LONGEST].encode("utf-8", "replace").decode()
        raise _KINDS.get(kind, Unreadable)(said or "No reason was given.")
    raise Unreadable("The reply is no answer to a check.")


class WireSubject:
    """An object reached as when grading: asks and answers cross as text."""

    def __init__(self, name: str, target: Any) -> None:
        self.name = name
        self._namespace = {name: target}

    def ask(self, ask: Ask) -> Answer:
        """Send one ask and read the reply.

        Raises:
            SubjectError: If the object gave no answer.
        """
        return read_reply(serve(self._namespace, self.name, dump_ask(ask)))
