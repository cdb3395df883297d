"""The networks of `vowels` under check: how they are built, and what holds for those with dropout.

A network is first constructed and its parameters' names and shapes are read; then it is loaded
with numbers of ours, in float64, and asked. Letters in shapes: B batch, T time, D feature,
H hidden, K classes.
"""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from course_lib.answers.hidden.vowels_expected import D, H, numbers, parameter_shapes
from course_lib.answers.networks import Network, has_parameters, one_lstm
from course_lib.lab.check import Wrong, close
from course_lib.lab.subject import Ask, Subject


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
    one_lstm(found)
    _check_classifier(found, inputs)
    shapes = parameter_shapes(W, inputs)
    has_parameters(answer, shapes)
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


def drops_in_training(once: Tensor, again: Tensor) -> None:
    """Law: two calls in training mode, with other seeds, differ."""
    if close(once, again):
        raise Wrong(
            "dropout_never_active",
            "In training mode the result is that of evaluation mode: the dropout of the "
            "classifier never acts.",
        )
