"""The networks of `vowels` under check: how they are built, and what holds for both.

A network is first constructed and its parameters' names and shapes are read; then it is loaded
with numbers of ours, in float64, and asked. Letters in shapes: B batch, T time, D feature,
H hidden, K classes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from course_lib.answers.asking import same_gradients
from course_lib.answers.hidden.vowels_expected import COTANGENT, D, H, numbers, parameter_shapes
from course_lib.lab.check import Wrong, close, unchanged
from course_lib.lab.subject import Ask, Subject


@dataclass(frozen=True)
class Network:
    """A network that was found well built, with numbers to load into it.

    Attributes:
        subject: The student's class.
        sizes: Keyword arguments that construct it.
        parameters: Numbers for all its parameters, and its own buffers as they are; float64.
    """

    subject: Subject
    sizes: Mapping[str, int]
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
        """Ask for the parameters' gradients; cotangent (B, K) belongs to the logits."""
        return self.subject.ask(
            Ask(
                args=args,
                sizes=dict(self.sizes),
                parameters=self.parameters,
                cotangent=cotangent,
            )
        ).parameter_gradients


def build(
    subject: Subject, sizes: Mapping[str, int], W: tuple[int, int], inputs: int = 2 * H
) -> Network:
    """Construct the network and see that its parameters are the ones asked for.

    Args:
        subject: The student's class.
        sizes: What it is constructed with.
        W: The expected shape of the attention's weight.
        inputs: What the classifier is expected to read.

    Raises:
        Wrong: With the first thing that is not as asked for.
    """
    answer = subject.ask(Ask(sizes=dict(sizes), call=False))
    found, trainable = answer.parameters, answer.trainable
    _check_weight(found, trainable, W)
    _check_lstm(found)
    _check_classifier(found, inputs)
    shapes = parameter_shapes(W, inputs)
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
    buffers = {name: value for name, value in found.items() if name not in shapes}
    return Network(subject, sizes, {**numbers(W, inputs), **buffers})


def _check_weight(
    found: Mapping[str, Tensor], trainable: tuple[str, ...], expected: tuple[int, int]
) -> None:
    if "W" not in found or "W" not in trainable:
        frozen = "it has requires_grad=False or is a buffer" if "W" in found else "it is not there"
        raise Wrong(
            "W_not_a_parameter",
            f"`W` is not among the parameters that are trained ({frozen}): "
            "set `self.W = nn.Parameter(...)`.",
        )
    got = tuple(found["W"].shape)
    if got == expected[::-1] != expected:
        raise Wrong("W_transposed", f"`W` has shape {got}; it has to be {expected}.")
    if got != expected:
        raise Wrong("W_of_wrong_shape", f"Expected `W` of shape {expected}, got {got}.")


def _check_lstm(found: Mapping[str, Tensor]) -> None:
    names = {name for name in found if name.startswith("lstm.")}
    if not names:
        raise Wrong("no_lstm", "The network has no `lstm`: set `self.lstm = nn.LSTM(...)`.")
    if "lstm.weight_ih_l0_reverse" in names:
        raise Wrong(
            "bidirectional", "The LSTM runs in both directions; this one reads forwards only."
        )
    if "lstm.weight_ih_l1" in names:
        raise Wrong("several_layers", "The LSTM has several layers; it has to have one.")


def _check_classifier(found: Mapping[str, Tensor], inputs: int) -> None:
    first = found.get("classifier.0.weight")
    if first is None or first.ndim != 2:
        raise Wrong(
            "no_classifier",
            "The network has no `classifier` from `four_layers`: set "
            "`self.classifier = four_layers(...)`.",
        )
    got = first.shape[1]
    if got == D + H != inputs:
        raise Wrong(
            "context_from_inputs",
            f"The classifier reads D + H = {got} numbers: the context has to be a sum of the "
            "LSTM's states (H numbers), not of the inputs (D numbers).",
        )
    if got not in (inputs, H):
        raise Wrong(
            "classifier_inputs",
            f"The classifier reads {got} numbers; context and last state are 2H = {inputs}.",
        )


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."


def same_in_eval_mode(once: Tensor, again: Tensor) -> None:
    """Law: two calls in evaluation mode, with other seeds, agree."""
    if not close(once, again):
        raise Wrong(
            "random_in_eval",
            "In evaluation mode two calls give different results: dropout must stop, and the "
            "LSTM must start from zeros.",
        )


def item_alone(alone: Tensor, in_batch: Tensor) -> None:
    """Law: an utterance alone gets the result that it gets in a batch."""
    if not close(alone, in_batch):
        raise Wrong(
            "depends_on_batch",
            "One utterance alone gets another result than in a batch: no operation may mix the "
            "utterances of a batch (has the LSTM batch_first=True?).",
        )


def drops_in_training(once: Tensor, again: Tensor) -> None:
    """Law: two calls in training mode, with other seeds, differ."""
    if close(once, again):
        raise Wrong(
            "dropout_never_active",
            "In training mode the result is that of evaluation mode: the dropout of the "
            "classifier never acts.",
        )


def same_in_float32(low: Tensor, right: Tensor) -> None:
    """Law: float32 numbers give the float64 result, rounded."""
    if not close(low, right):
        raise Wrong("wrong_in_float32", "With float32 numbers the result is another one.")


def survives_large_scores(ask: Callable[[], Tensor], expected: Tensor) -> None:
    """Law: scores of some thousands do not overflow."""
    sentence = (
        "Scores of some thousands give nan or wrong weights: exp overflows, unless each "
        "utterance's largest score is subtracted first, as torch.softmax does."
    )
    try:
        got = ask()
    except Wrong as wrong:
        if wrong.fault == "not_finite":
            raise Wrong("overflow", sentence) from None
        raise
    if not close(got, expected):
        raise Wrong("overflow", sentence)


def gradients_arrive(network: Network, *args: Tensor, expected: Mapping[str, Tensor]) -> None:
    """Law: the gradients of the parameters are the formula's."""
    same_gradients(network.gradients(*args, cotangent=COTANGENT), expected)


def input_kept(network: Network, *args: Tensor) -> None:
    """Law: the arguments are left as they were."""
    answer = network.subject.ask(
        Ask(args=args, sizes=dict(network.sizes), parameters=network.parameters)
    )
    unchanged(args, answer.args_after)
