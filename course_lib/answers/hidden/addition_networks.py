"""Hidden checks of the three classes of `addition`: structure, then numbers, then laws.

Letters in shapes: B batch, T time, H hidden, D numbers in a value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from course_lib.answers.asking import rows_sum_to_one
from course_lib.answers.hidden import addition_expected as expect
from course_lib.answers.hidden.addition_expected import B, H, T
from course_lib.answers.networks import (
    WIDE,
    Network,
    gradients_arrive,
    has_parameters,
    input_kept,
    item_alone,
    one_lstm,
    same_in_eval_mode,
    same_in_float32,
    starts_small,
    survives_large_scores,
)
from course_lib.lab.check import Wrong, blame, close, compare, tensor
from course_lib.lab.subject import Answer, Ask, Foreign, Subject


def read_pair(
    value: object, batch: int, steps: int, dtype: torch.dtype, shown: str = "weights"
) -> tuple[Tensor, Tensor]:
    """Take (answers, weights) out of what a network returned.

    Args:
        value: What came back.
        batch: Expected B.
        steps: Expected T.
        dtype: Expected dtype.
        shown: What the second output is called.

    Returns:
        Answers (B,) and weights (B, T).

    Raises:
        Wrong: If it is anything else.
    """
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        got = value.type_name if isinstance(value, Foreign) else type(value).__name__
        raise Wrong(
            "not_a_pair",
            f"`forward` has to return two tensors, (answers, {shown}); it returned one {got}.",
        )
    answers, weights = value
    shapes = tuple(tuple(v.shape) if isinstance(v, Tensor) else None for v in value)
    if shapes == ((batch, steps), (batch,)):
        raise Wrong("outputs_swapped", f"`forward` returns ({shown}, answers): answers come first.")
    if shapes[0] == (batch, 1):
        raise Wrong(
            "answers_not_squeezed",
            f"The answers have shape {(batch, 1)}; they have to be {(batch,)} like the sums: the "
            "loss would compare every answer with every sum.",
        )
    if shapes[0] == ():
        raise Wrong(
            "squeezed",
            "For a batch of one the answers lose their only dimension: `squeeze()` drops every "
            "dimension of size 1; name the one that you mean.",
        )
    return (
        tensor(answers, (batch,), dtype, "(B,)"),
        tensor(weights, (batch, steps), dtype, "(B, T)"),
    )


def _joined(
    value: object, batch: int = B, dtype: torch.dtype = torch.float64, shown: str = "weights"
) -> Tensor:
    return expect.side_by_side(*read_pair(value, batch, T, dtype, shown))


def _weight_is_trained(built: Answer) -> None:
    found = built.parameters.get("w")
    if found is None or "w" not in built.trainable:
        why = "it is not there" if found is None else "it has requires_grad=False or is a buffer"
        raise Wrong(
            "w_not_a_parameter",
            f"`w` is not among the parameters that are trained ({why}): "
            "set `self.w = nn.Parameter(...)`.",
        )
    got = tuple(found.shape)
    if got != (H,):
        raise Wrong("w_of_wrong_shape", f"Expected `w` of shape {(H,)}, got {got}.")


def _readout_fits(built: Answer, inputs: int) -> None:
    weight = built.parameters.get("readout.weight")
    if weight is None:
        raise Wrong(
            "no_readout", "The network has no `readout`: set `self.readout = nn.Linear(...)`."
        )
    got = tuple(weight.shape)
    if got == (inputs, 1) != (1, inputs):
        raise Wrong(
            "readout_turned", f"`readout` maps 1 number to {inputs}; it has to map {inputs} to 1."
        )
    if got == (1, 1) != (1, inputs):
        raise Wrong(
            "readout_of_inputs",
            f"`readout` reads a single number; a weighted sum of states has H = {H}.",
        )
    if got == (1, H) != (1, inputs):
        raise Wrong(
            "readout_of_states",
            f'With values "inputs" `readout` still reads H = {H} numbers; a weighted sum of the '
            "inputs is a single one.",
        )


def _build_variant(subject: Subject, sizes: Mapping[str, Any], inputs: int) -> Network:
    """Construct an `Adder` or a `Variant` and see that it has the parameters asked for."""
    built = subject.ask(Ask(sizes=dict(sizes), call=False))
    _weight_is_trained(built)
    one_lstm(built.parameters)
    _readout_fits(built, inputs)
    return _loaded(subject, sizes, built, expect.variant_numbers(inputs))


def _loaded(
    subject: Subject, sizes: Mapping[str, Any], built: Answer, numbers: Mapping[str, Tensor]
) -> Network:
    has_parameters(built, {name: tuple(value.shape) for name, value in numbers.items()})
    buffers = {name: value for name, value in built.parameters.items() if name not in numbers}
    return Network(subject, sizes, {**numbers, **buffers})


def check_adder(subject: Subject) -> None:
    """Check `Adder`.

    Raises:
        Wrong: With what is wrong.
    """
    network, expected = _build_variant(subject, {"H": H}, H), expect.variant("states", "softmax")
    got = _joined(network.ask(expected.x))
    blame(got, expected.right, expected.faults)
    same_in_eval_mode(got, _joined(network.ask(expected.x, seed=1)))
    rows_sum_to_one(got[:, 1:])
    _laws(network, expected, got)
    steep = replace(network, parameters=expect.steep(network.parameters, "w"))
    survives_large_scores(lambda: _joined(steep.ask(expected.x)), expected.steep)
    starts_small(subject, {"H": WIDE}, ["w"])


def _laws(network: Network, expected: expect.Expected, got: Tensor, shown: str = "weights") -> None:
    x = expected.x
    item_alone(_joined(network.ask(x[:1]), batch=1, shown=shown), got[:1])
    compare(got, expected.right, (), "The results are not those of the formulas.")
    low = network.ask(x.float(), dtype=torch.float32)
    same_in_float32(_joined(low, dtype=torch.float32, shown=shown), expected.right)
    input_kept(network, x)
    gradients_arrive(network, x, cotangent=expect.COTANGENT, expected=expected.gradients)


def _starts_as_identity(subject: Subject, sizes: Mapping[str, Any]) -> None:
    found = subject.ask(Ask(sizes=dict(sizes), call=False)).parameters
    weight, bias = (found.get(f"readout.{part}") for part in ("weight", "bias"))
    ones, zeros = torch.ones(1, 1), torch.zeros(1)
    if weight is None or bias is None or not (close(weight, ones) and close(bias, zeros)):
        raise Wrong(
            "readout_starts_by_lot",
            'With values "inputs" the readout has to start with weight 1 and bias 0: '
            "`nn.init.ones_`, `nn.init.zeros_`.",
        )


def check_variant(subject: Subject) -> None:
    """Check `Variant` for every choice of values and weighing.

    Raises:
        Wrong: With what is wrong.
    """
    found = []
    for values in expect.VALUES:
        for weighing in expect.WEIGHINGS:
            sizes: dict[str, Any] = {"H": H, "values": values, "weighing": weighing}
            network = _build_variant(subject, sizes, H if values == "states" else 1)
            if values == "inputs":
                _starts_as_identity(subject, sizes)
            expected = expect.variant(values, weighing)
            got = _joined(network.ask(expected.x))
            blame(got, expected.right, expected.faults)
            same_in_eval_mode(got, _joined(network.ask(expected.x, seed=1)))
            found.append((network, expected, got))
    for network, expected, got in found:
        _laws(network, expected, got)


def check_finder(subject: Subject) -> None:
    """Check `Finder`.

    Raises:
        Wrong: With what is wrong.
    """
    sizes = {"H": H}
    built = subject.ask(Ask(call=False, sizes=sizes))
    if "score.0.weight" not in built.parameters or "score.2.weight" not in built.parameters:
        raise Wrong(
            "no_score",
            "The network has no `score` of three parts: set `self.score = nn.Sequential(linear "
            "layer, nn.Tanh(), linear layer)`.",
        )
    network, expected = _loaded(subject, sizes, built, expect.finder_numbers()), expect.finder()
    got = _joined(network.ask(expected.x), shown="gates")
    blame(got, expected.right, expected.faults)
    same_in_eval_mode(got, _joined(network.ask(expected.x, seed=1), shown="gates"))
    _laws(network, expected, got, shown="gates")
    steep = replace(network, parameters=expect.steep(network.parameters, "score.2.weight"))
    survives_large_scores(lambda: _joined(steep.ask(expected.x), shown="gates"), expected.steep)
