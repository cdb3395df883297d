"""What a student's work might answer instead of a tensor, and answers changed behind its back."""

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from course_lib.lab.subject import Answer, Ask, DirectSubject, Foreign
from course_lib.lab.verdict import Verdict


class Hostile(Tensor):
    """A tensor that breaks whatever is done with it."""

    @classmethod
    def __torch_function__(cls, *args: Any, **kwargs: Any) -> Any:
        raise RuntimeError("not with me")

    def __eq__(self, other: object) -> Any:
        raise RuntimeError("not with me")

    __hash__ = None  # type: ignore[assignment]  # what defining __eq__ does anyway


class Unspeakable(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no words")


def each(change: Callable[[Tensor], Any]) -> Callable[[Any], Any]:
    """Apply a change to a tensor, or to both of a pair."""
    return lambda out: tuple(map(change, out)) if isinstance(out, tuple) else change(out)


def cycle(_: Any) -> Any:
    loop: list[Any] = []
    loop.append(loop)
    return loop


def raises(error: BaseException) -> Callable[[Any], Any]:
    def change(_: Any) -> Any:
        raise error

    return change


CHANGES: dict[str, Callable[[Any], Any]] = {
    "none": lambda _: None,
    "text": lambda _: "0.5",
    "number": lambda _: 3,
    "huge_number": lambda _: 10**5000,
    "nan": lambda _: math.nan,
    "empty_list": lambda _: [],
    "nested_list": lambda out: [[0.0], out],
    "dict": lambda out: {"logits": out},
    "dict_of_ints": lambda out: {1: out},
    "object": lambda _: object(),
    "function": lambda _: raises,
    "numpy": each(lambda out: out.detach().numpy()),
    "numpy_of_objects": lambda _: np.array([None, "x"], dtype=object),
    "one_of_a_pair": lambda out: (out,),
    "three": lambda out: (out, out, out),
    "pair_of_none": lambda _: (None, None),
    "cycle": cycle,
    "empty_tensor": each(lambda _: torch.empty(0)),
    "scalar": each(lambda _: torch.tensor(1.0)),
    "all_nan": each(lambda out: torch.full(out.shape, torch.nan, dtype=out.dtype)),
    "all_inf": each(lambda out: torch.full(out.shape, torch.inf, dtype=torch.float64)),
    "huge": each(lambda out: torch.full(out.shape, 1e300, dtype=torch.float64)),
    "zero": each(torch.zeros_like),
    "negated": each(lambda out: ~out if out.dtype == torch.bool else -out),
    "complex": each(lambda out: out.to(torch.complex128)),
    "conjugated": each(lambda out: out.to(torch.complex128).conj().imag),
    "float16": each(lambda out: out.to(torch.float16)),
    "bfloat16": each(lambda out: out.to(torch.bfloat16)),
    "float8": each(lambda out: out.to(torch.float8_e5m2)),
    "int64": each(lambda out: out.to(torch.int64)),
    "uint16": each(lambda out: out.to(torch.uint16)),
    "bool": each(lambda out: out.to(torch.bool)),
    "sparse": each(lambda out: out.to_sparse()),
    "meta": each(lambda out: out.to("meta")),
    "transposed": each(lambda out: out.transpose(0, -1)),
    "expanded": each(lambda out: torch.zeros(1).expand(out.numel() * 1000)),
    "one_more_dimension": each(lambda out: out.unsqueeze(0)),
    "hostile": each(lambda out: out.detach().as_subclass(Hostile)),
    "parameter": each(lambda out: nn.Parameter(out.detach().double())),
    "raises": raises(ValueError("x" * 10_000)),
    "raises_nothing_to_say": raises(Unspeakable()),
    "raises_key": raises(KeyError(("a", 1))),
    "exits": raises(SystemExit(0)),
    "stops": raises(StopIteration()),
    "recursion": raises(RecursionError()),
    "memory": raises(MemoryError()),
    "not_implemented": raises(NotImplementedError("later")),
}

# Odd, but the numbers are there and right.
HARMLESS = {"hostile", "parameter", "conjugated"}


def judged(verdict: Verdict) -> None:
    """The verdict is about the work: never the check's own error."""
    assert verdict.fault != "our_error", verdict.sentence
    assert verdict.points is not None
    assert bool(verdict.sentence) != verdict.right
    assert len(verdict.sentence) < 1000


@dataclasses.dataclass
class Forger:
    """Answers right, then changes what the wire would still let through."""

    name: str
    target: Any
    change: Callable[[Answer], dict[str, Any]]

    def ask(self, ask: Ask) -> Answer:
        answer = DirectSubject(self.name, self.target).ask(ask)
        return dataclasses.replace(answer, **self.change(answer))


ODD = [
    torch.empty(0), torch.tensor(3), torch.full((2, 2), torch.nan), torch.ones(3, 4, 5, 6),
    torch.zeros(2, 2, dtype=torch.float8_e5m2), torch.zeros(2, dtype=torch.complex64),
]  # fmt: skip

FORGERIES: dict[str, Callable[[Answer], dict[str, Any]]] = {
    "no_arguments_back": lambda _: {"args_after": ()},
    "odd_arguments_back": lambda answer: {"args_after": ("x",) * len(answer.args_after)},
    "foreign_output": lambda _: {"output": Foreign("x")},
    "no_gradients": lambda _: {"arg_gradients": (), "parameter_gradients": {}},
    "no_parameters": lambda _: {"parameters": {}, "trainable": ()},
    "nothing_trainable": lambda _: {"trainable": ()},
    "odd_trainable": lambda answer: {"trainable": (*answer.trainable, "x" * 10_000)},
    "missing_gradients": lambda answer: {
        "arg_gradients": (None,) * len(answer.arg_gradients),
        "parameter_gradients": dict.fromkeys(answer.parameter_gradients),
    },
}


def odd_field(field: str, odd: Tensor) -> Callable[[Answer], dict[str, Any]]:
    """Replace every tensor of one field."""

    def change(answer: Answer) -> dict[str, Any]:
        if field == "arg_gradients":
            return {field: (odd,) * len(answer.arg_gradients)}
        return {field: dict.fromkeys(getattr(answer, field), odd)}

    return change


for index, odd in enumerate(ODD):
    for field in ("arg_gradients", "parameters", "parameter_gradients"):
        FORGERIES[f"odd_{field}_{index}"] = odd_field(field, odd)
