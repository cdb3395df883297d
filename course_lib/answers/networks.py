"""How a hidden check asks a class of networks, and the laws of any network.

A network is first constructed and its parameters' names and shapes are read; then it is loaded
with numbers of ours, in float64, and asked. As in `course_lib.answers.asking`, every function
either returns or raises `Wrong`, or passes on a `SubjectError`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from course_lib.answers.asking import same_gradients
from course_lib.lab.check import Wrong, close, unchanged
from course_lib.lab.subject import Answer, Ask, Subject

# N(0, 1) numbers, which are small enough, do not come near it in a lifetime.
LARGEST_START = 20.0
WIDE = 100  # a hidden size at which what grows with it is far beyond that


@dataclass(frozen=True)
class Network:
    """A network that was found well built, with numbers to load into it.

    Attributes:
        subject: The student's class.
        sizes: Keyword arguments that construct it.
        parameters: Numbers for all its parameters, and its own buffers as they are; float64.
    """

    subject: Subject
    sizes: Mapping[str, Any]
    parameters: dict[str, Tensor]

    def ask(
        self,
        *args: Tensor,
        dtype: torch.dtype = torch.float64,
        training: bool = False,
        seed: int = 0,
        **changed: Tensor,
    ) -> object:
        """Call the network with its parameters, some of them changed, and return its output."""
        parameters = {
            name: value.to(dtype) if value.is_floating_point() else value
            for name, value in {**self.parameters, **changed}.items()
        }
        return self.subject.ask(
            Ask(
                args=args,
                sizes=dict(self.sizes),
                parameters=parameters,
                training=training,
                seed=seed,
            )
        ).output

    def gradients(self, *args: Tensor, cotangent: Tensor) -> Mapping[str, Tensor | None]:
        """Ask for the parameters' gradients; the cotangent belongs to the first output."""
        return self.subject.ask(
            Ask(
                args=args,
                sizes=dict(self.sizes),
                parameters=self.parameters,
                cotangent=cotangent,
            )
        ).parameter_gradients


def has_parameters(built: Answer, shapes: Mapping[str, tuple[int, ...]]) -> None:
    """See that a constructed network has the parameters asked for, trainable, and no others.

    Args:
        built: The answer to an ask that only constructs.
        shapes: The parameters asked for, by name.

    Raises:
        Wrong: With fault ``wrong_parameters``, ``frozen`` or ``extra_parameters``.
    """
    found, trainable = built.parameters, built.trainable
    for name, shape in shapes.items():
        if name not in found or tuple(found[name].shape) != shape:
            got = tuple(found[name].shape) if name in found else "none"
            raise Wrong(
                "wrong_parameters", f"Expected a parameter `{name}` of shape {shape}, got {got}."
            )
    still = [name for name in shapes if name not in trainable]
    if still:
        raise Wrong(
            "frozen", f"`{still[0]}` has requires_grad=False: no training will ever change it."
        )
    extra = [name for name in trainable if name not in shapes]
    if extra:
        raise Wrong(
            "extra_parameters",
            f"There is a parameter `{_short(extra[0])}` that the network is not asked to have.",
        )


def starts_small(subject: Subject, sizes: Mapping[str, Any], names: Iterable[str]) -> None:
    """See that what has to start with small random numbers does so in a wide network too.

    Args:
        subject: The student's class.
        sizes: What it is constructed with; the hidden size is `WIDE`.
        names: The parameters.

    Raises:
        Wrong: With fault ``starts_large``.
    """
    found = subject.ask(Ask(sizes=dict(sizes), call=False)).parameters
    for name in names:
        largest = _largest(found.get(name))
        if not largest <= LARGEST_START:  # nan is no small number either
            raise Wrong(
                "starts_large",
                f"`{name}` has to start with small random numbers; with a hidden size of {WIDE} "
                f"the largest is {largest:.3g}: divide them by the size or its root.",
            )


def _largest(value: Tensor | None) -> float:
    """The largest size of a parameter's numbers; nan if it has none."""
    if value is None or not value.is_floating_point() or value.numel() == 0:
        return math.nan
    return float(value.double().abs().max())


def one_lstm(found: Mapping[str, Tensor]) -> None:
    """See that parameters hold an `lstm` of one layer that reads forwards.

    Raises:
        Wrong: With fault ``no_lstm``, ``bidirectional`` or ``several_layers``.
    """
    names = {name for name in found if name.startswith("lstm.")}
    if not names:
        raise Wrong("no_lstm", "The network has no `lstm`: set `self.lstm = nn.LSTM(...)`.")
    if "lstm.weight_ih_l0_reverse" in names:
        raise Wrong(
            "bidirectional", "The LSTM runs in both directions; this one reads forwards only."
        )
    if "lstm.weight_ih_l1" in names:
        raise Wrong("several_layers", "The LSTM has several layers; it has to have one.")


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."


def same_in_eval_mode(once: Tensor, again: Tensor) -> None:
    """Law: two calls in evaluation mode, with other seeds, agree."""
    if not close(once, again):
        raise Wrong(
            "random_in_eval",
            "In evaluation mode two calls give different results: nothing may be random: dropout "
            "has to stop, and a recurrent layer, if there is one, to start from zeros.",
        )


def item_alone(alone: Tensor, in_batch: Tensor) -> None:
    """Law: a sequence alone gets the result that it gets in a batch."""
    if not close(alone, in_batch):
        raise Wrong(
            "depends_on_batch",
            "One sequence alone gets another result than in a batch: no operation may mix the "
            "sequences of a batch (has the LSTM batch_first=True?).",
        )


def same_in_float32(low: Tensor, right: Tensor) -> None:
    """Law: float32 numbers give the float64 result, rounded."""
    if not close(low, right):
        raise Wrong("wrong_in_float32", "With float32 numbers the result is another one.")


def survives_large_scores(ask: Callable[[], Tensor], expected: Tensor) -> None:
    """Law: scores of some thousands do not overflow."""
    sentence = (
        "Scores of some thousands give nan or wrong weights: exp overflows, unless each "
        "sequence's largest score is subtracted first, as torch.softmax does."
    )
    try:
        got = ask()
    except Wrong as wrong:
        if wrong.fault == "not_finite":
            raise Wrong("overflow", sentence) from None
        raise
    if not close(got, expected):
        raise Wrong("overflow", sentence)


def gradients_arrive(
    network: Network, *args: Tensor, cotangent: Tensor, expected: Mapping[str, Tensor]
) -> None:
    """Law: the gradients of the parameters are the formula's."""
    same_gradients(network.gradients(*args, cotangent=cotangent), expected)


def input_kept(network: Network, *args: Tensor) -> None:
    """Law: the arguments are left as they were."""
    answer = network.subject.ask(
        Ask(args=args, sizes=dict(network.sizes), parameters=network.parameters)
    )
    unchanged(args, answer.args_after)
