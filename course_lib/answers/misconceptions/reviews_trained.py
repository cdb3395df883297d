"""Models and files of `reviews` that are wrong, and the right ones they are made from."""

from __future__ import annotations

import copy
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn

from course_lib.answers.calibration import reviews as calibration
from course_lib.answers.forms.reviews import Heads, padded
from course_lib.answers.registry import misconception, trained
from course_lib.data import reviews
from course_lib.lab.opinions import Setting, probabilities


@cache
def _right_model() -> Heads:
    model = calibration.train(calibration.plain, seed=0)
    assert isinstance(model, Heads)
    return model


def right_model() -> Heads:
    """A copy of one model that was trained right; trained once a process."""
    return copy.deepcopy(_right_model())


@cache
def right_guesses() -> tuple[int, ...]:
    """What it guesses for the test reviews."""
    found = probabilities(_right_model(), calibration.data()[3], padded) > 0.5
    return tuple(found.long().tolist())


def csv_of(labels: tuple[int, ...]) -> str:
    """Labels of the test reviews as the file's text."""
    ids = reviews.load("test").ids
    lines = [f"{number},{label}" for number, label in zip(ids, labels, strict=True)]
    return "\r\n".join(["id,label", *lines, ""])


def _like_the_right(make: type[Heads]) -> nn.Module:
    right = _right_model()
    V, D = right.embedding.weight.shape
    model = make(V, D, len(right.A))
    model.load_state_dict(right.state_dict())
    return model.eval()


@trained("reviews", "trained", fault="near_chance")
def untrained() -> nn.Module:
    """Word vectors, and nothing learnt from labels."""
    return calibration.untrained(0)


class _Other(Heads):
    def judge(self, found: Tensor) -> Tensor:
        return 1 - super().judge(found)


@trained("reviews", "trained", fault="near_chance")
def labels_turned_round() -> nn.Module:
    """Trained with 1 for not recommended."""
    return _like_the_right(_Other)


@trained("reviews", "trained", fault="below_threshold")
def a_thousand_reviews() -> nn.Module:
    """Trained for long, on a thousand reviews."""
    how = Setting(epochs=20, batch_size=32)
    return calibration.train(calibration.plain, seed=0, how=how, few=1000)


class _Leaking(Heads):
    def weigh(self, E: Tensor, mask: Tensor) -> Tensor:
        scores = torch.einsum("nd,btd->bnt", self.A, E)
        return scores.masked_fill(~mask[:, None], -5.0).softmax(dim=2)


@trained("reviews", "trained", fault="padding_read")
def leaking_mask() -> nn.Module:
    """Masked by -5: enough for a good score, not for padding."""
    return _like_the_right(_Leaking)


class _Scores(Heads):
    def judge(self, found: Tensor) -> Tensor:
        return self.out(found).squeeze(1)


@trained("reviews", "trained", fault="no_probability")
def scores_for_probabilities() -> nn.Module:
    """No sigmoid."""
    return _like_the_right(_Scores)


def _guesses() -> tuple[int, ...]:
    return right_guesses()


@misconception("reviews", "predictions", fault="no_text")
def the_guesses() -> list[int]:
    """A list in place of the file."""
    return list(_guesses())


@misconception("reviews", "predictions")
def wrong_header() -> str:
    """No header."""
    return csv_of(_guesses()).split("\r\n", 1)[1]


@misconception("reviews", "predictions")
def wrong_columns() -> str:
    """A table's index in front."""
    head, *lines = csv_of(_guesses()).splitlines()
    return "\n".join([head, *(f"{i},{line}" for i, line in enumerate(lines))])


@misconception("reviews", "predictions", fault="not_binary")
def probabilities_for_labels() -> str:
    """Never compared with 0.5."""
    return csv_of(_guesses()).replace(",1", ",0.83")


@misconception("reviews", "predictions", fault="unknown_id")
def places_for_ids() -> str:
    """Numbered from 0."""
    return "\n".join(["id,label", *(f"{i},{label}" for i, label in enumerate(_guesses()))])


@misconception("reviews", "predictions")
def id_twice() -> str:
    """The last batch is written twice."""
    text = csv_of(_guesses())
    return text + text.splitlines()[-1]


@misconception("reviews", "predictions")
def ids_missing() -> str:
    """The last batch is left out."""
    return "\n".join(csv_of(_guesses()).splitlines()[:-50])


@misconception("reviews", "predictions", fault="near_chance")
def always_yes() -> str:
    """The most frequent label for all."""
    return csv_of((1,) * len(_guesses()))


@misconception("reviews", "predictions", fault="near_chance")
def out_of_order() -> str:
    """Guesses in the order of batches sorted by length, ids in that of the file."""
    return csv_of(tuple(sorted(_guesses())))


@misconception("reviews", "predictions", fault="below_threshold")
def a_few_wrong() -> str:
    """Every tenth guess is another one."""
    return csv_of(tuple(1 - g if i % 10 == 0 else g for i, g in enumerate(_guesses())))


@misconception("reviews", "predictions", fault="no_table")
def binary_file() -> Any:
    """A line break inside a field that is not quoted."""
    return "id,label\n1\r2,0\n\r\x00"
