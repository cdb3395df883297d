"""The subject when grading: whatever the kernel says is only data, or unreadable."""

import json
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from course_lib.answers.wired import read_reply
from course_lib.grading.proxy import RemoteSubject
from course_lib.lab.serve import ANSWER, ASK, listen, serve
from course_lib.lab.subject import (
    Ask,
    Foreign,
    Raised,
    SubjectError,
    TimedOut,
    Unanswered,
    Unreadable,
)
from course_lib.lab.wire import dump_ask, dumps


class Loopback:
    """A link to a namespace in this process, as the student's kernel has one."""

    def __init__(self, **namespace: Any) -> None:
        self.namespace = namespace

    def ask(self, name: str, text: str) -> str:
        return serve(self.namespace, name, text)


class Says:
    """A link that says what it is told to say."""

    def __init__(self, text: str) -> None:
        self.text = text

    def ask(self, name: str, text: str) -> str:
        return self.text


def test_an_ask_crosses_and_its_answer_comes_back() -> None:
    subject = RemoteSubject("double", Loopback(double=lambda x: 2 * x))
    answer = subject.ask(Ask(args=(torch.ones(2),), cotangent=torch.ones(2)))
    assert answer.output.tolist() == [2.0, 2.0]
    gradient = answer.arg_gradients[0]
    assert gradient is not None
    assert gradient.tolist() == [2.0, 2.0]


def test_results_that_are_no_data_are_named_only() -> None:
    answer = RemoteSubject("f", Loopback(f=lambda: torch)).ask(Ask())
    assert answer.output == Foreign("builtins.module")


@pytest.mark.parametrize(
    ("namespace", "kind"),
    [({}, Unanswered), ({"f": lambda: 1 / 0}, Raised)],
)
def test_what_the_students_code_raises_is_raised_here(
    namespace: dict[str, Any], kind: type[SubjectError]
) -> None:
    with pytest.raises(kind):
        RemoteSubject("f", Loopback(**namespace)).ask(Ask())


@pytest.mark.parametrize(
    "text",
    [
        "full marks",
        "None",
        "\x80\x04pickle",
        "[" * 100_000,
        dumps(7),
        dumps({"answer": 7}),
        dumps({"answer": dumps({"points": 2})}),
        dumps({"kind": "our_error", "sentence": "x"}),
        json.dumps({"tree": {"tensor": "t0"}, "tensors": ""}),
        json.dumps({"tree": {"dict": {}}, "tensors": "no base64"}),
    ],
)
def test_forged_answers_are_unreadable(text: str) -> None:
    with pytest.raises(Unreadable):
        RemoteSubject("f", Says(text)).ask(Ask())


def test_a_sentence_from_the_kernel_is_cut() -> None:
    with pytest.raises(Raised) as caught:
        RemoteSubject("f", Says(dumps({"kind": "raised", "sentence": "x" * 10_000}))).ask(Ask())
    assert len(str(caught.value)) == 600


class Kernel:
    """A kernel that keeps what it is told to send."""

    def __init__(self) -> None:
        self.shell_handlers: dict[str, Any] = {}
        self.session = self
        self.sent: list[Any] = []

    def send(self, stream: Any, kind: str, content: Any, parent: Any, ident: Any) -> None:
        self.sent.append((stream, kind, content, ident))


def replies(namespace: dict[str, Any], content: dict[str, Any]) -> str:
    """What a kernel that listens replies to one message."""
    kernel = Kernel()
    listen(SimpleNamespace(kernel=kernel, user_ns=namespace))
    kernel.shell_handlers[ASK]("stream", ["id"], {"content": content})
    [(stream, kind, reply, ident)] = kernel.sent
    assert (stream, kind, ident) == ("stream", ANSWER, ["id"])
    return str(reply["answer"])


def interrupted() -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ({"name": "f", "ask": "no ask"}, Unreadable),
        ({"name": "f", "ask": dump_ask(Ask())}, TimedOut),
        ({"name": "f"}, Unreadable),
    ],
)
def test_a_kernel_that_listens_replies_whatever_happens(
    content: dict[str, Any], kind: type[SubjectError]
) -> None:
    with pytest.raises(kind):
        read_reply(replies({"f": interrupted}, content))
