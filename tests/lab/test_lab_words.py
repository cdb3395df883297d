"""Word vectors and the training of the classifier, on small invented texts."""

import random
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from course_lib.answers.forms.reviews import Heads, padded
from course_lib.lab import opinions, readings, words

torch.set_num_threads(1)


def _loss(u: Tensor, c: Tensor, n: Tensor) -> Tensor:
    away = (n @ u[:, :, None]).squeeze(2)
    return -(F.logsigmoid((u * c).sum(1)) + F.logsigmoid(-away).sum(1)).mean()


def test_pairs_stay_in_their_review_and_in_the_window() -> None:
    chance = torch.Generator().manual_seed(0)
    centres, neighbours = words.pairs([[2, 3, 4], [5, 6]], torch.ones(7), 1, chance)
    pairs = set(zip(centres.tolist(), neighbours.tolist(), strict=True))
    assert pairs == {(2, 3), (3, 2), (3, 4), (4, 3), (5, 6), (6, 5)}
    keep = torch.ones(7)
    keep[3] = 0  # never kept: 2 and 4 become neighbours
    centres, _ = words.pairs([[2, 3, 4, 1, 0]], keep, 1, chance)
    assert sorted(centres.tolist()) == [2, 4]


def test_words_of_one_topic_come_together_and_the_seed_decides() -> None:
    source = random.Random(0)
    texts = [[2 + source.randrange(4) + 4 * (n % 2) for _ in range(8)] for n in range(300)]
    setting = words.WordSetting(D=8, epochs=10, batch_size=256)
    keep, negative = torch.ones(10), torch.tensor([0.0, 0.0, *[1.0] * 8])
    found = words.fit_vectors(texts, keep, negative, _loss, setting, seed=1)
    again = words.fit_vectors(texts, keep, negative, _loss, setting, seed=1)
    assert torch.equal(found.target, again.target)
    assert torch.equal(found.context, again.context)
    assert found.losses[-1] < found.losses[0]
    unit = words.directions(found.target)
    cosines = unit @ unit.T
    assert cosines[2:6, 2:6].mean() > cosines[2:6, 6:].mean()


def test_vectors_come_back_from_their_file(tmp_path: Path) -> None:
    vectors = torch.randn(4, 3)
    words.save_vectors(tmp_path / "v.safetensors", vectors)
    assert torch.equal(words.load_vectors(tmp_path / "v.safetensors"), vectors)


def test_the_plane_keeps_what_lies_in_it() -> None:
    places = words.plane(torch.tensor([[0.0, 0, 0], [4, 0, 0], [0, 1, 0], [4, 1, 0]]))
    assert torch.allclose((places[1] - places[0]).norm(), torch.tensor(4.0), atol=1e-5)
    assert torch.allclose((places[2] - places[0]).norm(), torch.tensor(1.0), atol=1e-5)


def test_batches_hold_each_review_once_and_like_lengths_together() -> None:
    texts = [[1] * (n % 7 + 1) for n in range(50)]
    cut = opinions.batches(texts, 8, random.Random(0))
    assert sorted(place for batch in cut for place in batch) == list(range(50))
    assert all(len(texts[b[-1]]) - len(texts[b[0]]) <= 2 for b in cut)


def test_a_classifier_learns_and_writes_its_scores(tmp_path: Path) -> None:
    texts = [[2, 3 + n % 2, 2] for n in range(80)]
    labels = torch.tensor([float(n % 2) for n in range(80)])
    torch.manual_seed(0)
    model = Heads(5, 4, 2)
    how = opinions.Setting(epochs=10, batch_size=16, lr=0.05)

    def right(y: Tensor, g: Tensor) -> float:
        return float((y == g).double().mean())

    history = opinions.fit_heads(
        model, (texts, labels), (texts, labels), padded, right, how, 1,
        measure_every=25, runs=tmp_path,
    )  # fmt: skip
    assert history.steps == [25, 50]
    assert history.score[-1] == 1.0
    assert list(tmp_path.glob("events*"))


def test_a_class_four_times_as_rare_weighs_twice_as_much() -> None:
    labels = torch.tensor([1.0, 1.0, 1.0, 1.0, 0.0])
    weights = opinions.class_weights(labels)
    assert torch.allclose(weights, torch.tensor([5 / 3, 5 / 6]))
    assert torch.allclose(weights[labels.long()].mean(), torch.tensor(1.0))


def test_pictures_have_labelled_axes() -> None:
    weights = torch.tensor([[0.25, 0.75], [1.0, 0.0]])
    axes = readings.heads(["soft", "seams"], weights, "two heads").axes[0]
    assert axes.get_ylabel() == "head"
    assert axes.images[0].get_clim() == (0, 1)
    assert readings.curves({"a": ([1, 2], [0.5, 0.6])}, 0.7).axes[0].get_xlabel() == "steps"
    assert readings.by_number({"a": {10: 0.5}}, 0.7).axes[0].get_xscale() == "log"
