"""Trainings on names: batches, measures, seeds."""

import os
from functools import partial

import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import TensorDataset

from course_lib.data import surnames
from course_lib.lab import names

torch.set_num_threads(1)


class Letters(nn.Module):
    """Judges a name by its letters, in any order; padding is rows of 0."""

    def __init__(self) -> None:
        super().__init__()
        self.out = nn.Linear(len(surnames.CHARACTERS), len(surnames.LANGUAGES))

    def forward(self, x: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        return self.out(x.sum(dim=1) / lengths[:, None]).log_softmax(dim=1), lengths


@pytest.fixture(scope="module")
def data() -> TensorDataset:
    few = surnames.pruned(surnames.load(), most=12)
    return TensorDataset(*surnames.encode_batch(few.names), few.labels)


def test_batches_hold_every_name_once_and_little_padding() -> None:
    torch.manual_seed(0)
    lengths = torch.randint(2, 20, (1000,))
    found = names.batches(lengths, 32)
    assert sorted(torch.cat(found).tolist()) == list(range(1000))
    assert max(map(len, found)) == 32
    padded = sum(len(batch) * int(lengths[batch].max()) for batch in found)
    assert padded < 1.15 * int(lengths.sum())
    assert not torch.equal(torch.cat(found), torch.cat(names.batches(lengths, 32)))


def test_guesses_come_in_the_order_of_the_names(data: TensorDataset) -> None:
    torch.manual_seed(0)
    model = Letters()
    x, lengths, labels = names.parts(data)
    with torch.no_grad():
        expected = model(x, lengths)[0].argmax(dim=1)
    assert torch.equal(names.guess(model, data), expected)
    share = (expected == labels).double().mean().item()
    assert names.accuracy(model, data) == pytest.approx(share)


def test_fit_lowers_the_loss_and_can_be_repeated(data: TensorDataset) -> None:
    def train(seed: int) -> tuple[Letters, list[float], list[float]]:
        torch.manual_seed(3)
        model = Letters().eval()
        history = names.fit(model, data, data, 6, 16, 1e-1, seed, bar=False)
        assert not model.training
        assert len(history.loss) == len(history.train_accuracy) == len(history.test_accuracy) == 6
        return model, history.loss, history.test_accuracy

    before = torch.get_rng_state()
    torch.manual_seed(3)
    Letters()
    after_making = torch.get_rng_state()
    model, loss, right = train(1)
    assert torch.equal(torch.get_rng_state(), after_making)
    torch.set_rng_state(before)
    assert loss[-1] < 0.8 * loss[0]
    assert right[-1] > 2 / len(surnames.LANGUAGES)
    assert train(1)[1] == loss
    assert train(2)[1] != loss
    assert names.accuracy(model, data) == right[-1]


def test_accuracies_may_be_measured_once(data: TensorDataset) -> None:
    torch.manual_seed(0)
    history = names.fit(Letters(), data, data, 3, 16, 1e-1, 0, every_epoch=False, bar=False)
    assert (len(history.loss), len(history.test_accuracy), len(history.train_accuracy)) == (3, 1, 0)


def test_the_progress_bar_obeys(
    data: TensorDataset, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TQDM_DISABLE", raising=False)
    names.fit(Letters(), data, data, 1, 64, 1e-1, 0)
    # A line of text or a widget: tqdm chooses by whether IPython is about.
    assert "training" in "".join(capsys.readouterr())
    names.fit(Letters(), data, data, 1, 64, 1e-1, 0, bar=False)
    monkeypatch.setitem(os.environ, "TQDM_DISABLE", "1")
    names.fit(Letters(), data, data, 1, 64, 1e-1, 0)
    assert "training" not in "".join(capsys.readouterr())


def test_every_seed_makes_a_model_of_its_own(data: TensorDataset) -> None:
    settings = {"epochs": 1, "batch_size": 64, "lr": 1e-1, "bar": False}
    models, histories = names.fit_seeds(Letters, data, data, [4, 5, 4], **settings)
    weights = [model.get_parameter("out.weight") for model in models]
    assert torch.equal(weights[0], weights[2])
    assert not torch.equal(weights[0], weights[1])
    assert [len(history.loss) for history in histories] == [1, 1, 1]


def test_race_tells_times_on_stderr_and_nothing_on_stdout(
    data: TensorDataset, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TQDM_DISABLE", "1")
    found = names.race(partial(Letters), data, {8: 1, 64: 2}, {8: 1e-2, 64: 1e-1}, 0)
    out, err = capsys.readouterr()
    assert out == ""
    assert "names a second" in err
    assert [len(history.loss) for history in found.values()] == [1, 2]


def test_mass_by_place() -> None:
    weights = torch.tensor([[0.1, 0.2, 0.3, 0.4, 0.0, 0.0, 0.0], [0, 0.1, 0.1, 0.2, 0.2, 0.3, 0.1]])
    mass = names.mass_by_place(weights, ["Abe", "Adams"])  # one character of noise; two of them
    expected = torch.tensor([0, 0.1, 0.1 + 0.1, 0.2 + 0.2, 0.3 + 0.2, 0.4 + 0.3 + 0.1]) / 2
    torch.testing.assert_close(mass, expected)
    assert len(names.PLACES) == len(mass)
    assert mass.sum().item() == pytest.approx(1)


def test_spread() -> None:
    assert names.spread([0.5, 0.25, 0.75]) == "0.500 (0.250 to 0.750)"
