"""Hidden checks of the four networks of `surnames`: structure, then numbers, then laws.

A network is first constructed and its parameters' names and shapes are read; then it is loaded
with numbers of ours, in float64, and asked both ways: for one name, and for a padded batch. Letters
in shapes: B batch, T letters, V characters, H hidden, K classes; R = K, or K + T with weights.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from course_lib.answers.asking import Shapes, expected_tensor, same_gradients
from course_lib.answers.hidden.surnames_expected import (
    COTANGENT,
    KINDS,
    OWN_NUMBERS,
    Expected,
    Kind,
    expected,
    numbers,
    steep,
)
from course_lib.answers.hidden.surnames_laws import (
    AGREE,
    EXTREMES,
    LENGTHS,
    B,
    H,
    K,
    loud,
    real,
    wrong_total,
)
from course_lib.answers.networks import WIDE, starts_small
from course_lib.lab.check import Wrong, blame, close, compare, unchanged
from course_lib.lab.subject import Answer, Ask, Foreign, Subject


@dataclass(frozen=True)
class Network:
    """A network that was found well built, with numbers to load into it.

    Attributes:
        subject: The student's class.
        about: What kind it has to be.
        parameters: Numbers for all its parameters, and its own buffers as they are; float64.
    """

    subject: Subject
    about: Kind
    parameters: dict[str, Tensor]

    def answer(
        self,
        *args: Tensor,
        dtype: torch.dtype = torch.float64,
        seed: int = 0,
        cotangent: Tensor | None = None,
        parameters: Mapping[str, Tensor] | None = None,
    ) -> Answer:
        """Call the network with its parameters, or with others."""
        loaded = {
            name: value.to(dtype) if value.is_floating_point() else value
            for name, value in (parameters or self.parameters).items()
        }
        return self.subject.ask(
            Ask(
                args=args,
                sizes=dict(self.about.sizes),
                parameters=loaded,
                cotangent=cotangent,
                seed=seed,
            )
        )

    def alone(self, name: Tensor, **how: Any) -> Tensor:
        """Ask for one name (T, V): its result, (R,)."""
        dtype = how.get("dtype", torch.float64)
        return _alone(self.answer(name, **how).output, self.about.attends, len(name), dtype)

    def batch(self, x: Tensor, lengths: Tensor, **how: Any) -> Tensor:
        """Ask for padded names (B, T, V) and lengths (B,): their results, (B, R)."""
        dtype = how.get("dtype", torch.float64)
        output = self.answer(x, lengths, **how).output
        if self.about.attends:
            _name_nan(output, real(lengths, x.shape[1]))
        return _batch(output, self.about.attends, x.shape[:2], dtype)


def check(subject: Subject, kind: str) -> None:
    """Check one of the four networks.

    Raises:
        Wrong: With what is wrong.
    """
    network, wanted = build(subject, kind), expected(kind)
    alone = network.alone(wanted.name)
    blame(alone, wanted.right_alone, wanted.faults_alone)
    got = network.batch(wanted.x, LENGTHS)
    blame(got, wanted.right, wanted.faults)
    _repeatable(network, wanted, got)
    _normalised(got, network.about.attends)
    _padding_ignored(network, wanted.x, got)
    _names_apart(network, wanted.x, got)
    _both_ways(network, wanted.x, got)
    compare(alone, wanted.right_alone, (), "For one name the result is not the formula's.")
    compare(got, wanted.right, (), "For a padded batch the results are not the formula's.")
    if not close(network.batch(wanted.full, EXTREMES), wanted.right_full):
        raise Wrong("extreme_lengths", "Names of length 1 or T come out wrong.")
    _single_letters(network, wanted)
    _in_float32(network, wanted)
    if network.about.attends:
        _survives_large_scores(network, wanted)
    unchanged((wanted.x, LENGTHS), network.answer(wanted.x, LENGTHS).args_after)
    _learns(network, wanted)
    drawn = [part for part, made in network.about.parts.items() if made == OWN_NUMBERS]
    starts_small(subject, network.about.sizes | {"H": WIDE}, drawn)


def build(subject: Subject, kind: str) -> Network:
    """Construct the network and see that its parameters are the ones asked for.

    Raises:
        Wrong: With the first thing that is not as asked for.
    """
    about = KINDS[kind]
    answer = subject.ask(Ask(sizes=dict(about.sizes), call=False))
    found, trainable, shapes = answer.parameters, answer.trainable, about.shapes
    for part, made in about.parts.items():
        _part(part, made, found, trainable)
    _layers(about, found)
    for name, shape in shapes.items():
        got = tuple(found[name].shape) if name in found else None
        if got is not None and got == shape[::-1] != shape:
            raise Wrong("transposed", f"`{name}` has shape {got}; it has to be {shape}.")
        if got != shape:
            raise Wrong(
                "wrong_parameters",
                f"Expected a parameter `{name}` of shape {shape}, got {got or 'none'}.",
            )
    if still := [name for name in shapes if name not in trainable]:
        raise Wrong(
            "frozen", f"`{still[0]}` has requires_grad=False: no training will ever change it."
        )
    if extra := [name for name in trainable if name not in shapes]:
        raise Wrong(
            "extra_parameters",
            f"There is a parameter `{extra[0][:60]}` that the network is not asked to have.",
        )
    buffers = {name: value for name, value in found.items() if name not in shapes}
    return Network(subject, about, {**numbers(kind), **buffers})


def _part(part: str, made: str, found: Mapping[str, Tensor], trainable: tuple[str, ...]) -> None:
    if made.startswith("nn.Parameter"):
        if part not in trainable:
            why = (
                "it has requires_grad=False or is a buffer" if part in found else "it is not there"
            )
            raise Wrong(
                "not_a_parameter",
                f"`{part}` is not among the parameters that are trained ({why}): "
                f"set `self.{part} = {made}`.",
            )
    elif not any(name.startswith(f"{part}.") for name in found):
        raise Wrong("missing_part", f"The network has no `{part}`: set `self.{part} = {made}`.")


def _layers(about: Kind, found: Mapping[str, Tensor]) -> None:
    if any(name.endswith("_reverse") for name in found):
        raise Wrong("bidirectional", "The layer runs in both directions; it has to read forwards.")
    wanted = {name for name in about.shapes if "weight_hh_l" in name}
    stacked = {
        name for name in found if "weight_hh_l" in name and name.split(".")[0] in about.parts
    }
    if len(stacked) > len(wanted):
        raise Wrong("too_many_layers", "There are more recurrent layers than are asked for.")
    if len(stacked) < len(wanted):
        raise Wrong(
            "too_few_layers",
            f"Constructed with {len(wanted)} layers it has {len(stacked)}: pass `layers` on as "
            "num_layers.",
        )


def _result(value: object, attends: bool) -> list[object]:
    """The log-probabilities, and the weights where there have to be any."""
    pair = isinstance(value, (tuple, list))
    if attends and (not pair or len(value) != 2):  # type: ignore[arg-type]  # a pair has a length
        got = value.type_name if isinstance(value, Foreign) else type(value).__name__
        raise Wrong(
            "not_a_pair",
            "`forward` has to return two tensors, (log-probabilities, weights); it returned one "
            f"{got}.",
        )
    if not attends and pair:
        raise Wrong(
            "returns_several",
            "`forward` returns several things; it has to return the log-probabilities.",
        )
    return list(value) if attends else [value]  # type: ignore[call-overload]  # a pair, see above


def _alone(value: object, attends: bool, steps: int, dtype: torch.dtype) -> Tensor:
    parts = _result(value, attends)
    shapes: Shapes = {
        (1, K): ("dimension_left", "For one name the result keeps a batch dimension of size 1."),
        (steps, K): ("every_letter_judged", "Every letter is judged; judge the name, once."),
        (H,): ("not_judged", "The state comes back: it has to go through `out`."),
    }
    _swapped(parts, (K,), (steps,))
    found = [expected_tensor(parts[0], torch.empty(K, dtype=dtype), "(K,)", shapes)]
    if attends:
        left = ("dimension_left", "For one name the weights have shape (T,): a dimension is left.")
        known: Shapes = {(1, steps): left, (steps, 1): left, (1, steps, 1): left}
        found.append(expected_tensor(parts[1], torch.empty(steps, dtype=dtype), "(T,)", known))
    return torch.cat(found)


def _batch(value: object, attends: bool, size: torch.Size, dtype: torch.dtype) -> Tensor:
    parts, (batch, steps) = _result(value, attends), size
    shapes: Shapes = {
        (batch, steps, K): (
            "every_letter_judged",
            "Every letter is judged; judge each name, once.",
        ),
        (batch, H): ("not_judged", "The states come back: they have to go through `out`."),
        (batch, 1, K): ("dimension_left", "A dimension of size 1 is left over: expected (B, K)."),
        (1, batch, K): ("dimension_left", "A dimension of size 1 is left over: expected (B, K)."),
        (batch, batch, K): (
            "steps_of_all_names",
            "`states[:, lengths - 1]` takes the last steps of all names from each of them: pair "
            "row b with lengths[b].",
        ),
    }
    _swapped(parts, (batch, K), (batch, steps))
    found = [expected_tensor(parts[0], torch.empty(batch, K, dtype=dtype), "(B, K)", shapes)]
    if attends:
        known: Shapes = {
            (batch, steps, 1): ("dimension_left", "The weights keep a dimension of size 1."),
            (batch, int(LENGTHS.max())): (
                "weights_cut",
                "The weights end with the longest name; expected one for each row of x: give "
                "`pad_packed_sequence` the total_length.",
            ),
        }
        found.append(
            expected_tensor(parts[1], torch.empty(batch, steps, dtype=dtype), "(B, T)", known)
        )
    return torch.cat(found, dim=1)


def _name_nan(value: object, mask: Tensor) -> None:
    """A softmax over the batch is nan where no name is real any more."""
    weights = value[1] if isinstance(value, (tuple, list)) and len(value) == 2 else None
    if not isinstance(weights, Tensor) or weights.shape != mask.shape:
        return
    nowhere, nan = ~mask.any(dim=0), torch.isnan(weights)
    if bool(nowhere.any() and nan[:, nowhere].all() and not nan[:, ~nowhere].any()):
        raise Wrong(
            "softmax_over_batch",
            "The weights sum to 1 over the batch, not over the letters: softmax has the wrong dim, "
            "and gives nan where every name has ended.",
        )


def _swapped(parts: list[object], first: tuple[int, ...], second: tuple[int, ...]) -> None:
    got = [tuple(part.shape) if isinstance(part, Tensor) else None for part in parts]
    if got == [second, first] != [first, second]:
        raise Wrong(
            "outputs_swapped",
            "`forward` returns (weights, log-probabilities): log-probabilities come first.",
        )


def _repeatable(network: Network, wanted: Expected, got: Tensor) -> None:
    if not close(network.batch(wanted.x, LENGTHS, seed=1), got):
        raise Wrong(
            "random_start",
            "Two calls give different results: the state before the first letter has to be 0.",
        )


def _normalised(got: Tensor, attends: bool) -> None:
    if total := wrong_total(got[:, :K]):
        raise Wrong(
            "not_normalised",
            "The probabilities, exp of the result, have to sum to 1 in each row; the first sums to "
            f"{total}.",
        )
    if attends:
        weights = got[:, K:]
        if bool((weights[~real(LENGTHS)] != 0).any()):
            raise Wrong(
                "padding_attended",
                "The padding has weight: it has to be exactly 0 on every padded row.",
            )
        if not close(weights.sum(dim=1), torch.ones(B, dtype=weights.dtype)):
            raise Wrong("weights_not_normalised", "The weights of a name do not sum to 1.")


def _padding_ignored(network: Network, x: Tensor, got: Tensor) -> None:
    if not close(network.batch(loud(x, LENGTHS, 94), LENGTHS), got):
        raise Wrong(
            "padding_read",
            "Other numbers in the padded rows of x change the result: something behind the length "
            "is read.",
        )


def _names_apart(network: Network, x: Tensor, got: Tensor) -> None:
    for item in (0, B - 1):
        one = slice(item, item + 1)
        if not close(network.batch(x[one], LENGTHS[one]), got[one]):
            raise Wrong(
                "depends_on_batch",
                "A batch of one gets another result than the same name among others: no operation "
                "may mix the names of a batch.",
            )


def _both_ways(network: Network, x: Tensor, got: Tensor) -> None:
    """Law: one name, cut to its length, gets what it gets in the padded batch."""
    for row, name, n in zip(got, x, LENGTHS.tolist(), strict=True):
        alone = network.alone(name[:n])
        apart = float((alone - row[: len(alone)]).abs().max())
        if apart > AGREE:
            raise Wrong(
                "two_ways_differ",
                f"A name alone and the same name in the padded batch differ by {apart:.2g}; the "
                f"two ways have to agree to {AGREE:g}.",
            )


def _single_letters(network: Network, wanted: Expected) -> None:
    """Law: names of one letter, where time is a dimension of size 1, are names."""
    short = wanted.x[:, :1]
    fault = Wrong(
        "single_letters",
        "Names of a single letter come out wrong: do not treat them apart, and where you drop a "
        "dimension name it; `squeeze()` drops all that have size 1.",
    )
    try:
        alone = network.alone(short[0])
        got = network.batch(short, torch.ones(B, dtype=torch.int64))
    except Wrong:
        raise fault from None
    if not (close(alone, wanted.right_short[0]) and close(got, wanted.right_short)):
        raise fault


def _in_float32(network: Network, wanted: Expected) -> None:
    low = network.batch(wanted.x.float(), LENGTHS, dtype=torch.float32)
    alone = network.alone(wanted.name.float(), dtype=torch.float32)
    if not close(low, wanted.right) or not close(alone, wanted.right_alone):
        raise Wrong("wrong_in_float32", "With float32 numbers the result is another one.")


def _survives_large_scores(network: Network, wanted: Expected) -> None:
    sentence = (
        "Scores of some thousands give nan or wrong weights: exp overflows, unless each name's "
        "largest score is subtracted first, as torch.softmax does."
    )
    try:
        got = network.batch(wanted.x, LENGTHS, parameters=steep(network.parameters))
    except Wrong as wrong:
        if wrong.fault == "not_finite":
            raise Wrong("overflow", sentence) from None
        raise
    if not close(got, wanted.steep):
        raise Wrong("overflow", sentence)


def _learns(network: Network, wanted: Expected) -> None:
    """Law: the gradients of all parameters are the formula's, both ways."""
    answer = network.answer(wanted.x, LENGTHS, cotangent=COTANGENT)
    same_gradients(answer.parameter_gradients, wanted.gradients)
    answer = network.answer(wanted.name, cotangent=COTANGENT[0])
    same_gradients(answer.parameter_gradients, wanted.gradients_alone)
