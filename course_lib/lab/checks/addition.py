"""The visible checks of the lecture `addition`: small numbers that can be followed by hand.

Letters in shapes: B batch, T time, H hidden, D numbers in a value.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from course_lib.data import addition
from course_lib.lab.check import Wrong, close, tensor
from course_lib.lab.checks.by_hand import expect, result, sums_to_one
from course_lib.lab.subject import Answer, Ask, Foreign, Subject
from course_lib.lab.visible import registry

H, T = 3, 4


@registry.check("addition", "addends", points=0)
def addends(subject: Subject) -> None:
    """A delimiter at place 2, and one at place 1."""
    x = torch.tensor([[0.3, 0.9, 0.0, 0.5], [0.2, 0.0, 0.7, 0.1]])
    output = subject.ask(Ask(args=(x,))).output
    if isinstance(output, Tensor) and output.dtype != torch.bool:
        raise Wrong("not_bool", f"Expected a mask of torch.bool, got {output.dtype}.")
    mask = result(subject, x, like=torch.empty(2, 4, dtype=torch.bool), letters="(B, T)")
    yes, no = True, False
    expect(mask[0], torch.tensor([yes, yes, no, no]), "The addends of 0.3, 0.9, 0, 0.5")
    expect(mask[1], torch.tensor([yes, no, no, no]), "The addends of 0.2, 0, 0.7, 0.1")


@registry.check("addition", "attention_weights", points=0)
def attention_weights(subject: Subject) -> None:
    """Equal scores share equally; a score larger by ln 2 gets double weight."""
    states = torch.randn(2, 3, 4, generator=torch.Generator().manual_seed(0))
    w = torch.randn(4, generator=torch.Generator().manual_seed(1))
    weights = result(subject, states, w, like=torch.empty(2, 3), letters="(B, T)")
    sums_to_one(weights, "sequence")
    ln2 = torch.tensor([[[0.0], [0.0], [0.693147]]])
    doubled = result(subject, ln2, torch.ones(1), like=weights[:1], letters="(B, T)")
    expect(doubled, torch.tensor([[0.25, 0.25, 0.5]]), "The weights of scores 0, 0 and ln 2")


@registry.check("addition", "weighted_sum", points=0)
def weighted_sum(subject: Subject) -> None:
    """Weights of 1 add, weights that share a sum of 1 make a mean."""
    values = torch.tensor([[[1.0, 2, 3], [5, 6, 7]], [[0, 0, 4], [2, 2, 0]]])
    weights = torch.tensor([[1.0, 1], [0.5, 0.5]])
    total = result(subject, weights, values, like=torch.empty(2, 3), letters="(B, D)")
    expect(total[0], torch.tensor([6.0, 8, 10]), "With weights 1 and 1 the sum")
    expect(total[1], torch.tensor([1.0, 1, 2]), "With weights 0.5 and 0.5 the sum")


def _parts(subject: Subject, sizes: dict[str, Any], inputs: int) -> Answer:
    """Construct an `Adder` or a `Variant`; it has its parts, and a readout of so many inputs."""
    built = subject.ask(Ask(sizes=sizes, call=False))
    for part in ("lstm", "readout"):
        if not any(name.startswith(f"{part}.") for name in built.parameters):
            raise Wrong("missing_part", f"Expected layers under the name `{part}`, found none.")
    if "w" not in built.trainable:
        raise Wrong(
            "w_not_a_parameter",
            "Expected a trainable parameter `w`, found none: a plain tensor is never trained.",
        )
    for name, shape in (("w", (H,)), ("readout.weight", (1, inputs))):
        got = tuple(built.parameters[name].shape) if name in built.parameters else None
        if got != shape:
            part = name.partition(".")[0]
            raise Wrong(f"{part}_of_wrong_shape", f"Expected `{name}` of shape {shape}, got {got}.")
    return built


def _pair(output: object, B: int, steps: int, shown: str) -> tuple[Tensor, Tensor]:
    """Answers (B,) and weights (B, T)."""
    if not isinstance(output, (tuple, list)) or len(output) != 2:
        got = output.type_name if isinstance(output, Foreign) else type(output).__name__
        raise Wrong("not_a_pair", f"Expected two results, (answers, {shown}), got {got}.")
    answers, weights = output
    return (
        tensor(answers, (B,), torch.float32, "(B,)"),
        tensor(weights, (B, steps), torch.float32, "(B, T)"),
    )


def _sequences() -> Tensor:
    x = torch.rand(2, T, generator=torch.Generator().manual_seed(2))
    x[0, 2], x[1, 1] = 0, 0
    return x


@registry.check("addition", "adder", points=0, subject="Adder")
def adder(subject: Subject) -> None:
    """The parts have their names, both results their shapes, and the weights share a sum of 1."""
    built = _parts(subject, {"H": H}, H)
    x = _sequences()
    ask = Ask(args=(x,), sizes={"H": H}, parameters=built.parameters)
    answers, weights = _pair(subject.ask(ask).output, 2, T, "weights")
    sums_to_one(weights, "sequence")
    again = Ask(args=(x,), sizes={"H": H}, parameters=built.parameters, seed=1)
    if not close(_pair(subject.ask(again).output, 2, T, "weights")[0], answers):
        raise Wrong("random_in_eval", "In evaluation mode two calls give different answers.")


@registry.check("addition", "squared_error", points=0)
def squared_error(subject: Subject) -> None:
    """One row that is right, and one that is wrong by a half at each of two steps."""
    weights = torch.tensor([[1.0, 0, 0, 0], [0.5, 0.5, 0, 0]])
    mask = torch.tensor([[True, False, False, False], [True, False, False, False]])
    error = result(subject, weights, mask, like=torch.empty(2), letters="(B,)")
    expect(error[:1], torch.tensor([0.0]), "The error of a map that is the mask")
    expect(
        error[1:],
        torch.tensor([0.125]),
        "The error of weights 0.5, 0.5, 0, 0 against the mask 1, 0, 0, 0",
    )


@registry.check("addition", "overlap", points=0)
def overlap(subject: Subject) -> None:
    """Small weights can be lit, and a step too many costs."""
    weights = torch.tensor([[0.3, 0.3, 0.3, 0.1], [0.1, 0.1, 0.4, 0.4]])
    mask = torch.tensor([[True, True, True, False], [True, True, True, False]])
    found = result(subject, weights, mask, like=torch.empty(2), letters="(B,)")
    about = "The overlap with the mask 1, 1, 1, 0 of weights"
    expect(found[:1], torch.tensor([1.0]), f"{about} 0.3, 0.3, 0.3, 0.1")
    expect(found[1:], torch.tensor([0.25]), f"{about} 0.1, 0.1, 0.4, 0.4")


@registry.check("addition", "mass", points=0)
def mass(subject: Subject) -> None:
    """Weights that sum to 1, and weights that do not."""
    weights = torch.tensor([[0.7, 0.2, 0.1], [1.0, 1, 6]])
    where = torch.tensor([[True, False, False], [True, True, False]])
    found = result(subject, weights, where, like=torch.empty(2), letters="(B,)")
    expect(found[:1], torch.tensor([0.7]), "The mass of weights 0.7, 0.2, 0.1 on the first step")
    expect(found[1:], torch.tensor([0.25]), "The mass of weights 1, 1, 6 on the first two steps")


@registry.check("addition", "variant", points=0, subject="Variant")
def variant(subject: Subject) -> None:
    """Every choice can be built and called; gates are no shares, weights are."""
    x = _sequences()
    for values in ("states", "inputs"):
        for weighing in ("softmax", "gates", "mean x count"):
            sizes = {"H": H, "values": values, "weighing": weighing}
            _parts(subject, sizes, H if values == "states" else 1)
            _, weights = _pair(subject.ask(Ask(args=(x,), sizes=sizes)).output, 2, T, "weights")
            if weighing != "gates":
                sums_to_one(weights, "sequence")
            elif close(weights.sum(dim=1), torch.ones(2)):
                raise Wrong(
                    "gates_not_used",
                    'With weighing "gates" the weights sum to 1: each gate is the sigmoid of its '
                    "own score.",
                )


@registry.check("addition", "before", points=0)
def before(subject: Subject) -> None:
    """Sharp attention gives a mask; attention in two places shuts in two steps."""
    attention = torch.tensor([[0.0, 0, 1, 0], [0.25, 0, 0.75, 0]])
    gates = result(subject, attention, like=torch.empty(2, 4), letters="(B, T)")
    expect(gates[0], torch.tensor([1.0, 1, 0, 0]), "The gates for attention 0, 0, 1, 0")
    expect(gates[1], torch.tensor([0.75, 0.75, 0, 0]), "The gates for attention 0.25, 0, 0.75, 0")


@registry.check("addition", "finder", points=0, subject="Finder")
def finder(subject: Subject) -> None:
    """The part has its name, both results their shapes, and the gates only close."""
    built = subject.ask(Ask(sizes={"H": H}, call=False))
    if not any(name.startswith("score.") for name in built.parameters):
        raise Wrong("missing_part", "Expected layers under the name `score`, found none.")
    x = _sequences()
    output = subject.ask(Ask(args=(x,), sizes={"H": H})).output
    answers, gates = _pair(output, 2, T, "gates")
    if bool((gates[:, 1:] > gates[:, :-1] + 1e-6).any()):
        raise Wrong("gates_open", "A gate is wider open than the one before it: gates only close.")
    if not close(gates[:, -1], torch.zeros(2)):
        raise Wrong(
            "last_gate_open",
            "The last gate has to be shut: all attention lies at or before the last step.",
        )
    expect(answers, torch.stack([g @ row for g, row in zip(gates, x, strict=True)]), "The answers")


@registry.check("addition", "finder_trained", points=0, subject="finder")
def finder_trained(subject: Subject) -> None:
    """The network answers for the test set; its error there is printed, not judged."""
    test = addition.load("test")
    output = subject.ask(Ask(args=(test.x,))).output
    answers, _ = _pair(output, len(test), addition.LENGTH, "gates")
    error = float((answers - test.sums).square().mean())
    print(f"On the {len(test):,} test sequences the mean squared error is {error:.3g}.")


@registry.check("addition", "moved", points=0)
def moved(subject: Subject) -> None:
    """One number goes up by a half, the other comes round."""
    x = torch.tensor([[0.1, 0.2, 0.3], [0.7, 0.8, 0.9]])
    changed = result(subject, x, torch.tensor([1, 2]), like=x, letters="(B, T)")
    expect(changed[0], torch.tensor([0.1, 0.7, 0.3]), "0.1, 0.2, 0.3 with the number at 1 moved")
    expect(changed[1], torch.tensor([0.7, 0.8, 0.4]), "0.7, 0.8, 0.9 with the number at 2 moved")
