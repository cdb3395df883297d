"""The visible checks of the lecture `vowels`: small numbers that can be followed by hand.

Letters in shapes: B batch, T time, D feature, H hidden, K classes.
"""

from __future__ import annotations

import torch
from torch import Tensor

from course_lib.data import vowels
from course_lib.lab.check import Wrong, close, tensor
from course_lib.lab.checks.by_hand import expect, result, said, sums_to_one
from course_lib.lab.subject import Answer, Ask, Foreign, Subject
from course_lib.lab.visible import registry


@registry.check("vowels", "pad_sequences", points=0)
def pad_sequences(subject: Subject) -> None:
    """Two utterances of 2 and 3 frames become a batch of 4 steps."""
    short, long = torch.tensor([[1.0, 2], [3, 4]]), torch.tensor([[5.0, 6], [7, 8], [9, 10]])
    x = result(subject, [short, long], 4, like=torch.empty(2, 4, 2), letters="(B, T, D)")
    expect(x[0, :2], short, "The first 2 steps of utterance 0")
    expect(x[1, :3], long, "The first 3 steps of utterance 1")
    expect(x[0, 2:], torch.zeros(2, 2), "The padding of utterance 0")
    double = torch.empty(1, 4, 2, dtype=torch.float64)
    result(subject, [short.double()], 4, like=double, letters="(B, T, D)")


@registry.check("vowels", "time_weights", points=0)
def time_weights(subject: Subject) -> None:
    """Equal scores share equally; a score larger by ln 2 gets double weight."""
    states = torch.randn(2, 3, 4, generator=torch.Generator().manual_seed(0))
    W = torch.randn(3, 4, generator=torch.Generator().manual_seed(1))
    weights = result(subject, states, W, like=torch.empty(2, 3), letters="(B, T)")
    sums_to_one(weights, "utterance")
    equal = result(subject, torch.zeros(1, 2, 3), W[:2, :3], like=weights[:1, :2], letters="(B, T)")
    expect(equal, torch.tensor([[0.5, 0.5]]), "The weights of two steps with score 0")
    ln2 = torch.tensor([[[0.0], [0.0], [0.693147]]])
    doubled = result(subject, ln2, torch.ones(3, 1), like=weights[:1], letters="(B, T)")
    expect(doubled, torch.tensor([[0.25, 0.25, 0.5]]), "The weights of scores 0, 0 and ln 2")


@registry.check("vowels", "context_vector", points=0)
def context_vector(subject: Subject) -> None:
    """All weight on one step gives its state; half and half gives the middle."""
    states = torch.tensor([[[1.0, 2, 3], [5, 6, 7]], [[0, 0, 4], [2, 2, 0]]])
    weights = torch.tensor([[0.0, 1], [0.5, 0.5]])
    context = result(subject, weights, states, like=torch.empty(2, 3), letters="(B, H)")
    expect(context[0], torch.tensor([5.0, 6, 7]), "With all weight on step 1 the context")
    expect(context[1], torch.tensor([1.0, 1, 2]), "With weights 0.5 and 0.5 the context")


def _parameters(subject: Subject, sizes: dict[str, int], W: tuple[int, int]) -> Answer:
    """Construct a network; it has `lstm`, `classifier` and a trainable `W` of that shape."""
    answer = subject.ask(Ask(sizes=dict(sizes), call=False))
    for part in ("lstm", "classifier"):
        if not any(name.startswith(f"{part}.") for name in answer.parameters):
            raise Wrong("missing_part", f"Expected layers under the name `{part}`, found none.")
    if "W" not in answer.trainable:
        raise Wrong(
            "W_not_a_parameter",
            "Expected a trainable parameter `W`, found none: a plain tensor is never trained.",
        )
    got = tuple(answer.parameters["W"].shape) if "W" in answer.parameters else None
    if got != W:
        raise Wrong("W_of_wrong_shape", f"Expected `W` of shape {W}, got {got}.")
    return answer


@registry.check("vowels", "attention_classifier", points=0, subject="AttentionClassifier")
def attention_classifier(subject: Subject) -> None:
    """The parts have their names, the logits their shape, and evaluation is repeatable."""
    sizes = {"D": 3, "H": 4, "K": 5, "T": 6}
    _parameters(subject, sizes, (6, 4))
    x = torch.randn(2, 6, 3, generator=torch.Generator().manual_seed(2))
    answer = subject.ask(Ask(args=(x,), sizes=sizes))
    logits = tensor(answer.output, (2, 5), torch.float32, "(B, K)")
    sums = logits.sum(dim=1)
    if bool((logits >= 0).all()) and close(sums, torch.ones_like(sums)):
        raise Wrong(
            "softmax_on_logits",
            "Expected logits, got rows that sum to 1: cross-entropy has a softmax of its own.",
        )
    again = subject.ask(Ask(args=(x,), sizes=sizes, parameters=answer.parameters, seed=1)).output
    if not close(tensor(again, (2, 5), torch.float32, "(B, K)"), logits):
        raise Wrong("random_in_eval", "In evaluation mode two calls give different logits.")


@registry.check("vowels", "attention_reader", points=0, subject="AttentionReader")
def attention_reader(subject: Subject) -> None:
    """The same parts, and weights for an answer."""
    sizes = {"D": 3, "H": 4, "K": 5, "T": 6}
    _parameters(subject, sizes, (6, 4))
    x = torch.randn(2, 6, 3, generator=torch.Generator().manual_seed(3))
    output = subject.ask(Ask(args=(x,), sizes=sizes)).output
    if isinstance(output, Tensor) and tuple(output.shape) == (2, 5):
        raise Wrong(
            "returns_logits", "Expected weights (B, T) = (2, 6), got logits (B, K) = (2, 5)."
        )
    sums_to_one(tensor(output, (2, 6), torch.float32, "(B, T)"), "utterance")


@registry.check("vowels", "padding_mass", points=0)
def padding_mass(subject: Subject) -> None:
    """One padded step of three, and none."""
    weights = torch.tensor([[0.5, 0.3, 0.2], [0.1, 0.2, 0.7]])
    mass = result(subject, weights, torch.tensor([2, 3]), like=torch.empty(2), letters="(B,)")
    expect(mass[:1], torch.tensor([0.2]), "The mass behind length 2 of weights 0.5, 0.3, 0.2")
    expect(mass[1:], torch.tensor([0.0]), "The mass on the padding of a full utterance")


@registry.check("vowels", "sequence_mask", points=0)
def sequence_mask(subject: Subject) -> None:
    """Lengths 1 and 3 of three steps."""
    lengths = torch.tensor([1, 3])
    like = torch.empty(2, 3, dtype=torch.bool)
    output = subject.ask(Ask(args=(lengths, 3))).output
    if isinstance(output, Tensor) and output.dtype != torch.bool:
        raise Wrong("not_bool", f"Expected a mask of torch.bool, got {output.dtype}.")
    mask = result(subject, lengths, 3, like=like, letters="(B, T)")
    expect(mask[0], torch.tensor([True, False, False]), "The mask of length 1")
    expect(mask[1], torch.tensor([True, True, True]), "The mask of length 3")


@registry.check("vowels", "masked_softmax", points=0)
def masked_softmax(subject: Subject) -> None:
    """Equal scores share equally among the real steps."""
    mask = torch.tensor([[True, False, False], [True, True, False]])
    weights = result(subject, torch.zeros(2, 3), mask, like=torch.empty(2, 3), letters="(B, T)")
    padding = weights[~mask]
    if bool((padding != 0).any()):
        raise Wrong(
            "padding_attended",
            f"Expected weight 0 on every padded step, got {said(padding)}.",
        )
    sums_to_one(weights, "utterance")
    expect(weights[1], torch.tensor([0.5, 0.5, 0]), "The weights of two real steps with score 0")
    large = torch.tensor([[1000.0, 0, 0], [1000, 1000, 0]])
    steep = result(subject, large, mask, like=weights, letters="(B, T)")
    expect(steep[1], torch.tensor([0.5, 0.5, 0]), "The weights of two steps with score 1000")


@registry.check("vowels", "last_states", points=0)
def last_states(subject: Subject) -> None:
    """The states are numbered by utterance and step."""
    states = torch.tensor([[[1.0], [2], [3]], [[10], [20], [30]]])
    last = result(subject, states, torch.tensor([2, 3]), like=torch.empty(2, 1), letters="(B, H)")
    expect(last[0], torch.tensor([2.0]), "The last real state of length 2, from states 1, 2, 3")
    expect(last[1], torch.tensor([30.0]), "The last real state of length 3, from states 10, 20, 30")


@registry.check("vowels", "bilinear_scores", points=0)
def bilinear_scores(subject: Subject) -> None:
    """A W with a single entry links one entry of a state with one of the last state."""
    W = torch.zeros(2, 2)
    W[0, 1] = 2
    states = torch.tensor([[[1.0, 0], [0, 1], [3, 5]]])
    scores = result(
        subject, states, torch.tensor([[7.0, 10.0]]), W, like=torch.empty(1, 3), letters="(B, T)"
    )
    expect(
        scores,
        torch.tensor([[20.0, 0, 60]]),
        "With W = [[0, 2], [0, 0]], last (7, 10) and states (1, 0), (0, 1), (3, 5) the scores",
    )


def _pair(output: object, B: int, K: int, T: int) -> tuple[Tensor, Tensor]:
    """Logits (B, K) and weights (B, T)."""
    if not isinstance(output, (tuple, list)) or len(output) != 2:
        got = output.type_name if isinstance(output, Foreign) else type(output).__name__
        raise Wrong("not_a_pair", f"Expected two results, (logits, weights), got {got}.")
    return (
        tensor(output[0], (B, K), torch.float32, "(B, K)"),
        tensor(output[1], (B, T), torch.float32, "(B, T)"),
    )


@registry.check("vowels", "masked_classifier", points=0, subject="MaskedAttentionClassifier")
def masked_classifier(subject: Subject) -> None:
    """The parts have their names, both results their shapes, and the padding no weight."""
    sizes = {"D": 3, "H": 4, "K": 5}
    _parameters(subject, sizes, (4, 4))
    x = torch.randn(2, 6, 3, generator=torch.Generator().manual_seed(4))
    lengths = torch.tensor([4, 6])
    output = subject.ask(Ask(args=(x, lengths), sizes=sizes)).output
    _, weights = _pair(output, 2, 5, 6)
    expect(weights[0, 4:], torch.zeros(2), "The weights behind the length 4")
    sums_to_one(weights, "utterance")


@registry.check("vowels", "trained", points=0, subject="model")
def trained(subject: Subject) -> None:
    """The model answers for the test set; its accuracy there is printed, not judged."""
    test = vowels.load("test")
    dataset = vowels.VowelDataset(test, vowels.statistics(vowels.load("train")))
    items = [dataset[index] for index in range(len(dataset))]
    x = torch.stack([item[0] for item in items])  # (n, T, D)
    output = subject.ask(Ask(args=(x, test.lengths))).output
    logits, weights = _pair(output, len(test), vowels.SPEAKERS, vowels.MAX_LENGTH)
    sums_to_one(weights, "utterance")
    right = float((logits.argmax(dim=1) == test.labels).double().mean())
    print(f"On the {len(test)} test utterances the model is right for {right:.1%}.")
