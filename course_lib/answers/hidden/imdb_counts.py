"""Hidden checks of two functions of `imdb`: the accuracy, and erasing attended words.

Letters in shapes: n reviews, B batch, T words.
"""

from __future__ import annotations

import torch
from torch import Tensor

from course_lib.answers.asking import normal, returned, untouched
from course_lib.answers.hidden.imdb_laws import real
from course_lib.answers.reference import imdb as oracle
from course_lib.lab.check import Fault, Wrong, blame, close, compare
from course_lib.lab.subject import Ask, Foreign, Subject

LENGTHS = torch.tensor([9, 4, 7, 6, 8])
B, T = 5, 9


def accuracy(subject: Subject) -> None:
    """The share of scores whose sign fits the label."""
    scores = normal(23, seed=41, dtype=torch.float32)
    labels = (normal(23, seed=42) > 0.3).to(torch.int64)
    for truth in (labels, torch.zeros_like(labels)):
        right = torch.tensor(oracle.accuracy(scores.tolist(), truth.tolist()), dtype=torch.float64)
        got = _number(subject, scores, truth)
        blame(got, right, _accuracy_faults(scores, truth, right))
        compare(got, right, (), "This is not the share of right signs.")
    at_zero, positive = torch.tensor([0.0, 0.0, 1.5, -2.0]), torch.tensor([1, 1, 1, 1])
    if not close(_number(subject, at_zero, positive), torch.tensor(0.25, dtype=torch.float64)):
        raise Wrong(
            "zero_is_positive", "A score of exactly 0 is not above 0, so it does not say positive."
        )
    untouched(subject, scores, labels)


def _number(subject: Subject, *args: Tensor) -> Tensor:
    value = subject.ask(Ask(args=args)).output
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        got = value.type_name if isinstance(value, Foreign) else type(value).__name__
        raise Wrong(
            "not_a_number", f"Expected a number, got {got}: `.item()` makes one of a tensor."
        )
    return torch.tensor(float(value), dtype=torch.float64)


def _accuracy_faults(scores: Tensor, labels: Tensor, right: Tensor) -> list[Fault]:
    def share(found: Tensor) -> Tensor:
        return found.double().mean()

    faults = [
        Fault("errors_counted", "This is the share that is wrong.", 1 - right),
        Fault("threshold_half", "A review counts as positive from a score of 0.5 on: 0.5 is for "
              "probabilities, scores change sign at 0.", share((scores > 0.5) == (labels == 1))),
        Fault("per_cent", "This is a percentage; return a share, 0 to 1.", 100 * right),
        Fault("count", "This is a number of reviews; divide it by all of them.",
              right * len(scores)),
        Fault("positives_counted", "This is the share of positive guesses; compare them with the "
              "labels.", share(scores > 0)),
        Fault("rounded", "The scores are rounded as if they were probabilities.",
              share(scores.round() == labels)),
    ]  # fmt: skip
    return [fault for fault in faults if not close(fault.output, right)]


def erased(subject: Subject) -> None:
    """The most attended known words become unknown, and nothing else changes."""
    ids = torch.randint(2, 40, (B, T), generator=torch.Generator().manual_seed(43))
    ids[:, 0] = 1
    ids = ids * real(LENGTHS, T)
    ids[0, 2] = ids[3, 4] = 2
    weights = normal(B, T, seed=44).exp()
    weights[:, 0] *= 50  # START and padding are attended most
    weights = torch.where(ids == 0, 20 * weights, weights)
    weights[0, 2] = 30
    right = oracle.erased(ids, weights, 2)
    got = returned(subject, ids, weights, 2, like=right, letters="(B, T)")
    blame(got, right, _erased_faults(ids, weights))
    one = returned(subject, ids[:1], weights[:1], 2, like=right[:1], letters="(B, T)")
    if not close(one, got[:1]):
        raise Wrong("depends_on_batch", "A batch of one gets another result than among others.")
    compare(got, right, (), "These are not the reviews with their 2 most attended words unknown.")
    for number in (0, 20):
        some = returned(subject, ids, weights, number, like=right, letters="(B, T)")
        if not close(some, oracle.erased(ids, weights, number)):
            raise Wrong(
                "other_numbers",
                f"With number = {number} the result is another one: a review with fewer words "
                "loses all of them, and START and padding stay.",
            )
    untouched(subject, ids, weights, 2)


def _erased_faults(ids: Tensor, weights: Tensor) -> list[Fault]:
    known, not_padding = ids > 2, ids > 0

    def largest(allowed: Tensor, to: int = 2) -> Tensor:
        places = weights.masked_fill(~allowed, -1.0).argsort(dim=1, descending=True)[:, :2]
        return ids.scatter(1, places, to)

    start = "START is among the erased; only words may be."
    return [
        Fault("start_erased", start, largest(not_padding)),
        Fault("padding_erased", "Padding is among the erased; only words may be.",
              largest(ids != 1)),
        Fault("padding_erased", "START and padding are among the erased; only words may be.",
              largest(torch.ones_like(known))),
        Fault("unknown_counted", "A word that is unknown already counts among the erased: choose "
              "from the known ones, above 2.", largest(ids > 1)),
        Fault("least_attended", "These are the least attended words.",
              oracle.erased(ids, -weights, 2)),
        Fault("one_too_few", "One word too few is erased.", oracle.erased(ids, weights, 1)),
        Fault("one_too_many", "One word too many is erased.", oracle.erased(ids, weights, 3)),
        Fault("set_to_padding", "The words become padding; they have to become unknown, 2.",
              largest(known, to=0)),
        Fault("set_to_start", "The words become START; they have to become unknown, 2.",
              largest(known, to=1)),
    ]  # fmt: skip
