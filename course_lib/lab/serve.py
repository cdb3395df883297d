"""The student kernel's end of the wire: perform an ask on a name of the notebook.

The student's kernel takes asks as messages of a type of their own, beside Jupyter's. Student code
may have tampered with anything here; all it can reach is the text that goes back, and the grader
reads that as untrusted data.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path
from typing import Any

import numpy
import torch

from course_lib.lab.subject import SubjectError, TimedOut, Unanswered, Unreadable, perform
from course_lib.lab.wire import dump_answer, dumps, load_ask

ASK, ANSWER = "course_ask", "course_answer"


def begin(shell: Any, seed: int) -> None:
    """Make a notebook's kernel ready: its random numbers seeded, its asks answered.

    Modules of the student's own are found beside the notebook, after all others: one named
    ``torch.py`` is not mistaken for torch.

    Args:
        shell: IPython's shell in the kernel.
        seed: Of python's, numpy's and torch's random numbers, 0..2**32 - 1.
    """
    sys.path.append(str(Path.cwd()))
    random.seed(seed)
    numpy.random.seed(seed)
    # Kernels compute on the CPU, and `torch.manual_seed` would ask for other devices at length.
    torch.default_generator.manual_seed(seed)
    listen(shell)


def listen(shell: Any) -> None:
    """Have a notebook's kernel answer asks.

    A message `ASK` holds ``{"name": ..., "ask": text}``; its reply `ANSWER` holds
    ``{"answer": text}``, as `serve` writes it.

    Args:
        shell: IPython's shell in the kernel.
    """
    kernel = shell.kernel

    def answer(stream: Any, idents: Any, message: dict[str, Any]) -> None:
        asked = message["content"]
        try:
            text = serve(shell.user_ns, asked["name"], asked["ask"])
        except KeyboardInterrupt:
            text = dumps({"kind": TimedOut.kind, "sentence": "The call was interrupted."})
        except BaseException as error:
            # Also what a mere look at an exception may raise: without a reply the grader would
            # wait in vain.
            sentence = f"The answer could not be sent ({type(error).__name__})."
            text = dumps({"kind": Unreadable.kind, "sentence": sentence})
        kernel.session.send(stream, ANSWER, {"answer": text}, message, ident=idents)

    kernel.shell_handlers[ASK] = answer


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
