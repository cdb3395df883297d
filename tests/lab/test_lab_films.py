"""Trainings on film reviews: numbers of words, batches, repeatable trainings, the yardstick."""

import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import TensorDataset

from course_lib.data import imdb
from course_lib.data.text import Vocabulary
from course_lib.lab import films

torch.set_num_threads(1)

WORDS = [["good", "film"], ["bad", "film"], ["good", "good", "plot"], ["bad", "plot", "twist"]] * 12
KNOWN = imdb.vocabulary(WORDS, most=4)


class Bag(nn.Module):
    """A number for each word, their mean."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(len(KNOWN), 1)

    def forward(self, ids: Tensor) -> Tensor:
        mask = (ids != films.PAD)[:, :, None]
        return ((self.embedding(ids) * mask).sum(dim=1) / mask.sum(dim=1))[:, 0]


@pytest.fixture
def data() -> TensorDataset:
    labels = torch.tensor([1, 0, 1, 0] * 12)
    return TensorDataset(films.encode(WORDS, KNOWN, 4), labels)


def test_special_numbers() -> None:
    assert imdb.SPECIAL[films.PAD] == "<PAD>"
    assert imdb.SPECIAL[films.START_ID] == "<START>"
    assert imdb.SPECIAL[films.UNK] == "<UNK>"


def test_encode_keeps_the_last_words() -> None:
    rows = films.encode([["good", "bad", "plot", "twist"], ["film"]], KNOWN, 4)
    names = [[KNOWN.words[number] for number in row] for row in rows]
    assert names == [["<START>", "bad", "plot", "<UNK>"], ["<START>", "film", "<PAD>", "<PAD>"]]


def test_as_data_numbers_the_words_of_the_texts() -> None:
    reviews = imdb.FilmReviews(("Good film!<br />Bad plot.", "film"), (True, False))
    ids, labels = films.as_data(reviews, KNOWN, 6).tensors
    assert [KNOWN.words[number] for number in ids[0, :5]] == [
        "<START>", "good", "film", "bad", "plot",
    ]  # fmt: skip
    assert labels.tolist() == [1, 0]


def test_scores_come_in_the_order_of_the_reviews(data: TensorDataset) -> None:
    model = Bag()
    ids, labels = data.tensors
    with torch.no_grad():
        expected = model(ids)
    assert torch.allclose(films.score(model, ids), expected)
    share = ((expected > 0) == (labels == 1)).double().mean().item()
    assert films.right(model, data) == pytest.approx(share)


def test_fit_learns_and_can_be_repeated(data: TensorDataset) -> None:
    def train(seed: int) -> tuple[Bag, list[float], list[float]]:
        torch.manual_seed(3)
        model = Bag().eval()
        history = films.fit(model, data, data, 6, 8, 3e-1, seed, bar=False)
        assert not model.training
        return model, history.loss, history.test_accuracy

    before = torch.get_rng_state()
    torch.set_rng_state(before)
    model, loss, right = train(1)
    assert loss[-1] < loss[0] / 1.5
    assert right[-1] == 1.0
    assert train(1)[1:] == (loss, right)
    assert train(2)[1] != loss
    assert films.parameters(model) == len(KNOWN)


def test_fit_leaves_the_generator_alone(data: TensorDataset) -> None:
    model, before = Bag(), torch.get_rng_state()
    none = TensorDataset(*(part[:0] for part in data.tensors))
    history = films.fit(model, data, none, 1, 8, 1e-2, 1, bar=False)
    assert torch.equal(before, torch.get_rng_state())
    assert history.test_accuracy == []


def test_the_rate_rises_and_falls() -> None:
    rates = [films._rate(step / 100) for step in range(100)]
    assert rates[0] < 0.05
    assert max(rates) == pytest.approx(1.0, abs=0.02)
    assert rates.index(max(rates)) in range(9, 12)
    assert rates[-1] == pytest.approx(0.02)


def test_words_become_unknown_and_nothing_else() -> None:
    torch.manual_seed(0)
    ids = torch.tensor([[1, *[5] * 198, 0]] * 50)
    found = films._some_unknown(ids)
    assert torch.equal(found[:, [0, -1]], ids[:, [0, -1]])
    changed = found != ids
    assert set(found[changed].tolist()) == {films.UNK}
    assert 0.09 < changed[:, 1:-1].double().mean() < 0.11


def test_without_network_orders_words_by_what_they_say(data: TensorDataset) -> None:
    accuracy, coefficients = films.without_network(data, data, KNOWN)
    assert accuracy == 1.0
    assert [coefficients[0][0], coefficients[-1][0]] == ["bad", "good"]
    assert len(coefficients) == len(KNOWN) - 3


def test_shuffle_moves_words_only() -> None:
    ids = torch.tensor([[1, *range(3, 30), 0, 0], [1, 5, *[0] * 28]])
    found = films.shuffle(ids, 1)
    assert torch.equal(found.sort(dim=1).values, ids.sort(dim=1).values)
    assert torch.equal(found == 0, ids == 0)
    assert found[:, 0].tolist() == [1, 1]
    assert not torch.equal(found, ids)
    assert torch.equal(found, films.shuffle(ids, 1))


def test_importance_is_the_size_of_a_coefficient() -> None:
    known = Vocabulary(("<PAD>", "<START>", "<UNK>", "a", "b"), (0, 0, 0, 2, 1))
    found = films.importance(torch.tensor([[1, 4, 3, 2, 0]]), [("b", -2.0), ("a", 0.5)], known)
    assert found.tolist() == [[0.0, 2.0, 0.5, 0.0, 0.0]]


def test_times_go_to_the_error_stream(capsys: pytest.CaptureFixture[str]) -> None:
    with films.timed("nothing"):
        pass
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("nothing: 0.0 s")
