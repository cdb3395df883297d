"""The student kernel's end of the wire: perform an ask on a name of the notebook.

The grader calls `serve` inside the student's kernel. Student code may have tampered with anything
here; all it can reach is the text that goes back, and the grader reads that as untrusted data.
"""

from __future__ import annotations

import base64
from typing import Any

from course_lib.lab.subject import SubjectError, Unanswered, perform
from course_lib.lab.wire import dump_answer, dumps, load_ask


def serve(namespace: dict[str, Any], name: str, text: str) -> str:
    """Perform the ask in `text` on ``namespace[name]`` and return the answer as text.

    Returns:
        ``{"answer": text}`` or ``{"kind": ..., "sentence": ...}``, written by `wire.dumps`.
    """
    try:
        if name not in namespace:
            raise Unanswered(
                f"`{name}` is not defined: its cell was not run to the end, or it was renamed."
            )
        answer = perform(name, namespace[name], load_ask(text))
    except SubjectError as error:
        return dumps({"kind": error.kind, "sentence": str(error)})
    return dumps({"answer": dump_answer(answer)})


def serve_packed(namespace: dict[str, Any], name: str, packed: str) -> str:
    """`serve` with both texts in base64, whose ``repr`` needs no escapes."""
    text = base64.b64decode(packed).decode()
    return base64.b64encode(serve(namespace, name, text).encode()).decode()
