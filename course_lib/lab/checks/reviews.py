"""The visible checks of the lecture `reviews`: small numbers that can be followed by hand.

Letters in shapes: B batch, T words, V vocabulary, D feature, N heads, M negatives.
"""

from __future__ import annotations

import torch
from torch import Tensor

from course_lib.data import reviews
from course_lib.lab.check import Wrong, close, tensor
from course_lib.lab.checks.by_hand import expect, result
from course_lib.lab.subject import Ask, Subject
from course_lib.lab.visible import registry


@registry.check("reviews", "f1_macro", points=0)
def f1_macro(subject: Subject) -> None:
    """Two of three ones found, and the only zero."""
    labels, guesses = torch.tensor([1, 1, 1, 0]), torch.tensor([1, 1, 0, 0])
    value = subject.ask(Ask(args=(labels, guesses))).output
    if not isinstance(value, (int, float, Tensor)):
        raise Wrong("no_number", "Expected one number: is there a `return`?")
    got = torch.as_tensor(value, dtype=torch.float32)
    expect(got.reshape(-1), torch.tensor([0.7333]), "F1 of the ones 0.8, of the zeros 0.667")


@registry.check("reviews", "keep_probability", points=0)
def keep_probability(subject: Subject) -> None:
    """Shares of 0.9 and 0.1 with t of 0.225."""
    counts = torch.tensor([90.0, 10.0])
    got = result(subject, counts, 0.225, like=counts, letters="(V,)")
    expect(got, torch.tensor([0.5, 1.0]), "Shares 0.9 and 0.1 with t = 0.225")


@registry.check("reviews", "negative_distribution", points=0)
def negative_distribution(subject: Subject) -> None:
    """Counts of 1 and 16 are 1 and 8 to the power 3/4."""
    counts = torch.tensor([1.0, 16.0])
    got = result(subject, counts, like=counts, letters="(V,)")
    expect(got, torch.tensor([1 / 9, 8 / 9]), "Counts of 1 and 16, whose powers are 1 and 8")


@registry.check("reviews", "skip_gram_loss", points=0)
def skip_gram_loss(subject: Subject) -> None:
    """Products of 0 give ln 2 each; a neighbour that fits lowers the loss."""
    words, negatives = torch.ones(1, 2), torch.zeros(1, 3, 2)
    like = torch.zeros(())
    got = result(subject, words, torch.zeros(1, 2), negatives, like=like, letters="()")
    expect(got.reshape(1), torch.tensor([2.7726]), "All products 0: four times ln 2")
    got = result(subject, words, torch.ones(1, 2), negatives, like=like, letters="()")
    expect(got.reshape(1), torch.tensor([2.2064]), "Neighbour's product 2: 0.127 and 3 ln 2")


@registry.check("reviews", "nearest", points=0)
def nearest(subject: Subject) -> None:
    """Length does not matter, direction does."""
    vectors = torch.tensor([[1.0, 0.0], [0.0, 5.0], [9.0, 1.0], [1.0, 1.0]])
    like = torch.empty(2, dtype=torch.int64)
    got = result(subject, vectors, 0, 2, like=like, letters="(n,)")
    expect(got, torch.tensor([2, 3]), "The nearest of word 0")


@registry.check("reviews", "collate", points=0)
def collate(subject: Subject) -> None:
    """Two reviews of one and three words."""
    output = subject.ask(Ask(args=([[5], [7, 8, 9]],))).output
    if not isinstance(output, (tuple, list)) or len(output) != 2:
        raise Wrong("not_a_pair", "Expected two tensors: ids and mask.")
    ids = tensor(output[0], (2, 3), torch.int64, "(B, T)")
    expect(ids, torch.tensor([[5, 0, 0], [7, 8, 9]]), "The ids of [[5], [7, 8, 9]]")
    mask = tensor(output[1], (2, 3), torch.bool, "(B, T)")
    expect(mask, ids > 0, "The mask of [[5], [7, 8, 9]]")


@registry.check("reviews", "head_weights", points=0)
def head_weights(subject: Subject) -> None:
    """Scores 0 and ln 3 are 1 to 3; the padding gets nothing."""
    E = torch.tensor([[[0.0], [1.098612], [5.0]]])
    A, mask = torch.tensor([[1.0], [0.0]]), torch.tensor([[True, True, False]])
    like = torch.empty(1, 2, 3)
    got = result(subject, E, A, mask, like=like, letters="(B, N, T)")
    expect(got[0], torch.tensor([[0.25, 0.75, 0], [0.5, 0.5, 0]]), "Scores 0, ln 3 and padding")


@registry.check("reviews", "heads_classifier", points=0, subject="HeadsClassifier")
def heads_classifier(subject: Subject) -> None:
    """The parts have their names; the padding does not matter."""
    sizes = {"V": 7, "D": 3, "N": 2}
    made = subject.ask(Ask(sizes=dict(sizes), call=False))
    wanted = {"embedding.weight": (7, 3), "A": (2, 3), "out.weight": (1, 6), "out.bias": (1,)}
    for name, shape in wanted.items():
        if name not in made.trainable or tuple(made.parameters[name].shape) != shape:
            raise Wrong("wrong_parameters", f"Expected a parameter `{name}` of shape {shape}.")
    ids, mask = torch.tensor([[2, 3, 0], [4, 5, 6]]), torch.tensor([[1, 1, 0], [1, 1, 1]]).bool()
    found = []
    for padding in (0, 6):
        asked = ids.masked_fill(~mask, padding)
        output = subject.ask(Ask(args=(asked, mask), sizes=dict(sizes))).output
        if not isinstance(output, (tuple, list)) or len(output) != 2:
            raise Wrong("not_a_pair", "`forward` has to return probabilities and weights.")
        p = tensor(output[0], (2,), torch.float32, "(B,)")
        tensor(output[1], (2, 2, 3), torch.float32, "(B, N, T)")
        if bool(((p < 0) | (p > 1)).any()):
            raise Wrong("no_probability", "A probability lies between 0 and 1.")
        found.append(p)
    if not close(found[0], found[1]):
        raise Wrong("padding_read", "Another word in the padding changes the probability.")


@registry.check("reviews", "trained", points=0, subject="model")
def trained(subject: Subject) -> None:
    """The model answers for a review of three words with a probability."""
    ids, mask = torch.tensor([[2, 3, 4]]), torch.ones(1, 3, dtype=torch.bool)
    output = subject.ask(Ask(args=(ids, mask))).output
    first = output[0] if isinstance(output, (tuple, list)) and output else output
    p = tensor(first, (1,), torch.float32, "(B,)")
    if bool(((p < 0) | (p > 1)).any()):
        raise Wrong("no_probability", "The model has to return a probability.")


@registry.check("reviews", "predictions", points=0)
def predictions(subject: Subject) -> None:
    """The file has its header and a line for each test review."""
    text = subject.ask(Ask()).output
    if not isinstance(text, str):
        raise Wrong("no_text", "Expected the text of the csv file: is there a `return`?")
    lines = text.splitlines()
    if not lines or lines[0] != "id,label":
        raise Wrong("wrong_header", "The first line of the file has to be `id,label`.")
    number = len(reviews.load("test"))
    if len(lines) != number + 1:
        raise Wrong("wrong_number", f"Expected {number} lines behind it, got {len(lines) - 1}.")
