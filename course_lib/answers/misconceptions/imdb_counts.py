"""Wrong answers to two functions of `imdb`: the accuracy, and erasing attended words.

Letters in shapes: n reviews, B batch, T words.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from course_lib.answers.forms import imdb as form
from course_lib.answers.registry import misconception

# --- accuracy -----------------------------------------------------------------------------------


@misconception("imdb", "accuracy")
def errors_counted(scores: Tensor, labels: Tensor) -> float:
    """!= for ==."""
    return 1 - form.accuracy(scores, labels)


@misconception("imdb", "accuracy")
def zero_is_positive(scores: Tensor, labels: Tensor) -> float:
    """>= for >."""
    return ((scores >= 0) == (labels == 1)).double().mean().item()


@misconception("imdb", "accuracy")
def threshold_half(scores: Tensor, labels: Tensor) -> float:
    """As if they were probabilities."""
    return form.accuracy(scores - 0.5, labels)


@misconception("imdb", "accuracy")
def per_cent(scores: Tensor, labels: Tensor) -> float:
    """Times 100."""
    return 100 * form.accuracy(scores, labels)


@misconception("imdb", "accuracy")
def count(scores: Tensor, labels: Tensor) -> Any:
    """Sum for mean."""
    return ((scores > 0) == (labels == 1)).sum().item()


@misconception("imdb", "accuracy")
def positives_counted(scores: Tensor, labels: Tensor) -> float:
    """The labels play no part."""
    del labels
    return (scores > 0).double().mean().item()


@misconception("imdb", "accuracy")
def rounded(scores: Tensor, labels: Tensor) -> float:
    """round() for > 0."""
    return (scores.round() == labels).double().mean().item()


@misconception("imdb", "accuracy", fault="not_a_number")
def a_tensor(scores: Tensor, labels: Tensor) -> Any:
    """Without item()."""
    return ((scores > 0) == (labels == 1)).double().mean()


@misconception("imdb", "accuracy", fault="wrong_value")
def recall(scores: Tensor, labels: Tensor) -> float:
    """Only positive reviews count."""
    return form.accuracy(scores[labels == 1], labels[labels == 1])


# --- erased -------------------------------------------------------------------------------------


def _largest(ids: Tensor, allowed: Tensor, weights: Tensor, number: int, to: int = 2) -> Tensor:
    ranks = weights.masked_fill(~allowed, -torch.inf).argsort(dim=1, descending=True)
    return ids.scatter(1, ranks[:, :number], to)


@misconception("imdb", "erased")
def start_erased(ids: Tensor, weights: Tensor, number: int) -> Tensor:
    """Padding is left alone, START is not."""
    return _largest(ids, ids > 0, weights, number)


@misconception("imdb", "erased")
def padding_erased(ids: Tensor, weights: Tensor, number: int) -> Tensor:
    """Topk of everything."""
    return ids.scatter(1, weights.topk(min(number, ids.shape[1]), dim=1).indices, 2)


@misconception("imdb", "erased")
def unknown_counted(ids: Tensor, weights: Tensor, number: int) -> Tensor:
    """What is unknown already is among the chosen."""
    return _largest(ids, ids > 1, weights, number)


@misconception("imdb", "erased")
def least_attended(ids: Tensor, weights: Tensor, number: int) -> Tensor:
    """Ascending."""
    return form.erased(ids, -weights, number)


@misconception("imdb", "erased")
def one_too_few(ids: Tensor, weights: Tensor, number: int) -> Tensor:
    """[: number - 1]."""
    return form.erased(ids, weights, number - 1)


@misconception("imdb", "erased")
def one_too_many(ids: Tensor, weights: Tensor, number: int) -> Tensor:
    """[: number + 1]."""
    return form.erased(ids, weights, number + 1)


@misconception("imdb", "erased")
def set_to_padding(ids: Tensor, weights: Tensor, number: int) -> Tensor:
    """0 for 2."""
    return _largest(ids, ids > 2, weights, number, to=0)


@misconception("imdb", "erased")
def set_to_start(ids: Tensor, weights: Tensor, number: int) -> Tensor:
    """1 for 2."""
    return _largest(ids, ids > 2, weights, number, to=1)


@misconception("imdb", "erased", fault="other_numbers")
def short_reviews_lose_all(ids: Tensor, weights: Tensor, number: int) -> Tensor:
    """Where words run out, START and padding are taken."""
    return _largest(ids, ids > 2, weights, number)


@misconception("imdb", "erased", fault="depends_on_batch")
def same_places_in_all(ids: Tensor, weights: Tensor, number: int) -> Tensor:
    """Weights of a review that its batch changes."""
    return form.erased(ids, weights - weights.mean(dim=0, keepdim=True) * (len(ids) > 1), number)


@misconception("imdb", "erased", fault="wrong_value")
def by_place(ids: Tensor, weights: Tensor, number: int) -> Tensor:
    """The last words, whatever their weight."""
    return form.erased(ids, torch.arange(ids.shape[1]).expand_as(weights).double(), number)


@misconception("imdb", "erased", fault="input_changed")
def ids_in_place(ids: Tensor, weights: Tensor, number: int) -> Tensor:
    """The caller's reviews lose their words."""
    return ids.copy_(form.erased(ids, weights, number))


@misconception("imdb", "erased", fault="wrong_type")
def nothing_returned(ids: Tensor, weights: Tensor, number: int) -> None:
    """No return."""
    form.erased(ids, weights, number)
