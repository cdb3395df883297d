"""Asks and answers survive the wire, and what is no answer is `Unreadable`, nothing else."""

import base64
import dataclasses
import json
import random
import struct
from typing import Any

import pytest
import torch
from torch import Tensor

from course_lib.answers.forms.vowels import Masked
from course_lib.answers.wired import WireSubject, read_reply
from course_lib.lab import wire
from course_lib.lab.serve import serve
from course_lib.lab.subject import (
    Answer,
    Ask,
    DirectSubject,
    Foreign,
    Raised,
    SubjectError,
    Unanswered,
    Unreadable,
)


def same(a: Any, b: Any) -> bool:
    """Equality that looks into tensors, and at types."""
    if isinstance(a, Tensor):
        return (
            isinstance(b, Tensor)
            and a.dtype == b.dtype
            and a.shape == b.shape
            and torch.equal(torch.nan_to_num(a), torch.nan_to_num(b))
        )
    if dataclasses.is_dataclass(a) and not isinstance(a, type):
        return type(a) is type(b) and same(vars(a), vars(b))
    if isinstance(a, dict):
        return isinstance(b, dict) and a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    if isinstance(a, (list, tuple)):
        return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and bool(a == b)


ASKS = [
    Ask(),
    Ask(args=(torch.zeros(2, 3), 4, "text", [torch.ones(1), torch.tensor([True])], None, 1.5)),
    Ask(sizes={"D": 3, "H": 4}, parameters={"W": torch.ones(2, 2).double()}, training=True, seed=7),
    Ask(args=(torch.arange(6).reshape(2, 3).T,), cotangent=torch.ones(3, 2), call=False),
]


@pytest.mark.parametrize("ask", ASKS)
def test_asks_round_trip(ask: Ask) -> None:
    assert same(wire.load_ask(wire.dump_ask(ask)), ask)


@pytest.mark.parametrize(
    "output",
    [
        None, True, 3, -1.5, "é\n\"", torch.zeros(0, 3), torch.tensor(2.0),
        (torch.ones(2), [torch.zeros(1)]), {"a": (1, {"b": []})}, Foreign("numpy.ndarray"),
        float("inf"), torch.tensor([float("nan"), 1.0]), torch.ones(2, 3).T,
    ],
)  # fmt: skip
def test_answers_round_trip(output: Any) -> None:
    answer = Answer(
        output=output,
        args_after=(output, 1),
        arg_gradients=(None, torch.ones(2)),
        parameters={"a.b": torch.ones(2, dtype=torch.bfloat16)},
        trainable=("a.b",),
        parameter_gradients={"a.b": None},
    )
    assert same(wire.load_answer(wire.dump_answer(answer)), answer)


def test_a_network_answers_the_same_both_ways() -> None:
    parameters = {name: value.double() for name, value in Masked(3, 4, 5).state_dict().items()}
    ask = Ask(
        args=(torch.randn(2, 6, 3).double(), torch.tensor([4, 6])),
        sizes={"D": 3, "H": 4, "K": 5},
        parameters=parameters,
        cotangent=torch.ones(2, 5).double(),
        training=True,
        seed=3,
    )
    direct, wired = (reach("Masked", Masked).ask(ask) for reach in (DirectSubject, WireSubject))
    assert same(direct, wired)
    assert direct.parameter_gradients["W"] is not None


def test_errors_cross_with_their_kind() -> None:
    def raises() -> None:
        raise ValueError("no")

    def placeholder() -> None:
        raise NotImplementedError("not written yet: replace this line by your answer")

    with pytest.raises(Raised, match="`f` raised ValueError: no"):
        WireSubject("f", raises).ask(Ask())
    with pytest.raises(Unanswered, match="not written yet"):
        WireSubject("f", placeholder).ask(Ask())
    with pytest.raises(Unanswered, match="is not defined"):
        read_reply(serve({}, "f", wire.dump_ask(Ask())))


@pytest.mark.parametrize(
    "reply",
    [
        None, 3, [], {}, {"answer": 3}, {"kind": "our_error", "sentence": "full marks"},
        {"kind": "raised"}, {"kind": ["raised"], "sentence": "x"}, {"answer": "{}"},
        {"kind": "raised", "sentence": torch.ones(1)},
    ],
)  # fmt: skip
def test_forged_replies(reply: Any) -> None:
    with pytest.raises(Unreadable):
        read_reply(wire.dumps(reply))


def test_a_forged_sentence_is_cut() -> None:
    with pytest.raises(Raised) as caught:
        read_reply(wire.dumps({"kind": "raised", "sentence": "x" * 10**6}))
    assert len(str(caught.value)) <= 600


def message(tree: Any, tensors: Any = "") -> str:
    return json.dumps({"tree": tree, "tensors": tensors})


def nested(depth: int) -> str:
    return '{"tree": ' + "[" * depth + "]" * depth + ', "tensors": ""}'


def packed(header: dict[str, Any], body: bytes = b"") -> str:
    text = json.dumps(header).encode()
    return base64.b64encode(struct.pack("<Q", len(text)) + text + body).decode()


HUGE = {"dtype": "F64", "shape": [10**6, 10**6], "data_offsets": [0, 8 * 10**12]}
FORGED = {
    "empty": "",
    "no_json": "full marks",
    "number": "3",
    "list": "[]",
    "no_tree": '{"tensors": ""}',
    "no_tensors": '{"tree": 1}',
    "huge_integer": message(0).replace("0", "9" * 5000, 1),
    "nested_50": nested(50),
    "nested_100000": nested(100_000),
    "unknown_kind": message({"pickle": "gASVAA=="}),
    "two_kinds": message({"tuple": [], "dict": {}}),
    "tuple_of_text": message({"tuple": "abc"}),
    "dict_of_list": message({"dict": [1]}),
    "foreign_number": message({"foreign": 3}),
    "unknown_tensor": message({"tensor": "t0"}),
    "unhashable_tensor": message({"tensor": []}),
    "tensors_number": message(1, 3),
    "tensors_no_base64": message(1, "!!!"),
    "tensors_truncated": message({"tensor": "a"}, base64.b64encode(b"\x08\0\0").decode()),
    "tensors_header_too_long": message(
        {"tensor": "a"}, base64.b64encode(struct.pack("<Q", 2**60)).decode()
    ),
    "tensors_huge": message({"tensor": "a"}, packed({"a": HUGE})),
    "tensors_negative": message(
        {"tensor": "a"}, packed({"a": {"dtype": "F64", "shape": [-1], "data_offsets": [0, 0]}})
    ),
    "tensors_unknown_dtype": message(
        {"tensor": "a"}, packed({"a": {"dtype": "Q1", "shape": [0], "data_offsets": [0, 0]}})
    ),
}


@pytest.mark.parametrize("name", FORGED)
def test_forged_texts(name: str) -> None:
    for read in (wire.loads, wire.load_ask, wire.load_answer, read_reply):
        with pytest.raises(Unreadable):
            read(FORGED[name])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("args_after", [1]), ("arg_gradients", (3,)), ("arg_gradients", None), ("trainable", (1,)),
        ("trainable", "W"), ("parameters", {"W": 3}), ("parameters", []),
        ("parameter_gradients", {"W": "x"}), ("points", 3),
    ],
)  # fmt: skip
def test_answers_with_wrong_fields(field: str, value: Any) -> None:
    with pytest.raises(Unreadable):
        wire.load_answer(wire.dumps({**vars(Answer()), field: value}))


def test_too_long_a_text_is_not_even_parsed() -> None:
    with pytest.raises(Unreadable, match="too large"):
        wire.loads(" " * (2 * wire.MAX_BYTES + 1))


def test_damaged_texts_raise_nothing_else() -> None:
    """Cut, overwritten and shuffled replies: an answer, or one of our own exceptions."""
    text = serve({"f": lambda x: (x, [x, {"a": x}])}, "f", wire.dump_ask(ASKS[1]))
    text = serve({"f": lambda x: (x, [x])}, "f", wire.dump_ask(Ask(args=(torch.ones(2, 2),))))
    chance = random.Random(5)
    for _ in range(600):
        damaged = list(text)
        for _ in range(chance.randint(1, 4)):
            where = chance.randrange(len(damaged))
            damaged[where] = chance.choice('{}[]",:0aA9\\=\x00é')
        cut = "".join(damaged)[: chance.choice([len(text), chance.randrange(len(text))])]
        try:
            answer = read_reply(cut)
        except SubjectError:
            continue
        assert isinstance(answer, Answer)


def test_what_is_too_large_or_odd_becomes_foreign() -> None:
    large = torch.zeros(1).expand(wire.MAX_BYTES)
    assert isinstance(wire.loads(wire.dumps(large)), Foreign)
    assert isinstance(wire.loads(wire.dumps(torch.zeros(2).to_sparse())), Foreign)
    assert isinstance(wire.loads(wire.dumps(object())), Foreign)
    deep: list[Any] = []
    for _ in range(200):
        deep = [deep]
    assert wire.loads(wire.dumps(deep)) != deep
