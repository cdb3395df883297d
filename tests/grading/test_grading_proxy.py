"""The subject when grading: whatever the kernel says is only data, or unreadable."""

import base64
import json
from typing import Any

import pytest
import torch

from course_lib.grading.proxy import RemoteSubject
from course_lib.lab.serve import serve_packed
from course_lib.lab.subject import Ask, Foreign, Raised, SubjectError, Unanswered, Unreadable
from course_lib.lab.wire import dumps


class Loopback:
    """A link that evaluates in this process, as the student's kernel would."""

    def __init__(self, **namespace: Any) -> None:
        self.namespace = namespace

    def evaluate(self, expression: str) -> str:
        return repr(eval(expression, self.namespace))


class Says:
    """A link that says what it is told to say."""

    def __init__(self, text: str) -> None:
        self.text = text

    def evaluate(self, expression: str) -> str:
        return self.text


def packed(value: Any) -> str:
    return repr(base64.b64encode(dumps(value).encode()).decode())


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
        "'full marks'",
        "None",
        "'" + "A" * 1001 + "'",
        "__import__('os').system('true')",
        repr(base64.b64encode(b"\x80\x04pickle").decode()),
        repr(base64.b64encode(b"[" * 100_000).decode()),
        packed(7),
        packed({"answer": 7}),
        packed({"answer": dumps({"points": 2})}),
        packed({"kind": "our_error", "sentence": "x"}),
        repr(base64.b64encode(json.dumps({"tree": {"tensor": "t0"}, "tensors": ""}).encode())),
    ],
)
def test_forged_answers_are_unreadable(text: str) -> None:
    with pytest.raises(Unreadable):
        RemoteSubject("f", Says(text)).ask(Ask())


def test_a_sentence_from_the_kernel_is_cut() -> None:
    with pytest.raises(Raised) as caught:
        RemoteSubject("f", Says(packed({"kind": "raised", "sentence": "x" * 10_000}))).ask(Ask())
    assert len(str(caught.value)) == 600


def test_the_kernel_end_never_raises_into_the_link() -> None:
    text = serve_packed({}, "f", base64.b64encode(b"no ask").decode())
    assert isinstance(text, str)
