from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import Dataset

from course_lib.lab.subject import Ask, DirectSubject, Unanswered
from course_lib.lab.training import (
    History,
    Untrained,
    Utterance,
    accuracy,
    evaluating,
    fit,
    predict,
    whole,
)

T, D, K = 6, 3, 4


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Matrices this small only wait for each other on two threads."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


class Toy(Dataset[Utterance]):
    """Class k has a 2 in the first real frame's feature k; class 3 has none. Lengths 1 to T."""

    def __init__(self, n: int, seed: int) -> None:
        generator = torch.Generator().manual_seed(seed)
        self.labels = torch.randint(K, (n,), generator=generator)
        self.lengths = torch.randint(1, T + 1, (n,), generator=generator)
        self.x = 0.3 * torch.randn(n, T, D, generator=generator)
        for x, length, label in zip(self.x, self.lengths, self.labels, strict=True):
            x[length:] = 0
            if label < D:
                x[0, label] += 2

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> Utterance:
        return self.x[index], self.lengths[index], self.labels[index]


class Plain(nn.Module):
    """Called with x only, returns logits."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(T * D, 16), nn.ReLU(), nn.Dropout(0.2))
        self.top = nn.Linear(16, K)

    def forward(self, x: Tensor) -> Tensor:
        return self.top(self.layers(x.flatten(1)))


class WithLengths(Plain):
    """Called with lengths too, returns logits and weights; counts how often."""

    calls = 0

    def forward(self, x: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:  # type: ignore[override]  # the other kind of model
        self.calls += 1
        assert lengths.shape == (len(x),)
        return super().forward(x), torch.zeros(x.shape[:2])


TRAIN, TEST = Toy(96, seed=0), Toy(64, seed=1)


def trained(kind: type[Plain], seed: int = 0, epochs: int = 12) -> tuple[Plain, History]:
    torch.manual_seed(5)
    model = kind()
    return model, fit(model, TRAIN, TEST, epochs=epochs, batch_size=16, lr=0.02, seed=seed)


@pytest.mark.parametrize("kind", [Plain, WithLengths])
def test_fit_learns_with_either_kind_of_model(kind: type[Plain]) -> None:
    model, history = trained(kind)
    assert len(history.loss) == len(history.train_accuracy) == len(history.test_accuracy) == 12
    assert history.loss[-1] < 0.3 * history.loss[0]
    assert history.test_accuracy[-1] > 0.9 > history.test_accuracy[0]
    assert history.test_accuracy[-1] == accuracy(model, TEST)
    assert history.train_accuracy[-1] == accuracy(model, TRAIN)


def test_the_loss_starts_near_that_of_a_guess() -> None:
    _, history = trained(Plain, epochs=1)
    assert 0.5 < history.loss[0] < 1.6  # a guess among 4 costs ln 4 = 1.39


def test_same_seed_same_parameters_other_seed_others() -> None:
    (one, history), (two, again), (other, _) = trained(Plain), trained(Plain), trained(Plain, 1)
    assert history == again
    for name, value in one.state_dict().items():
        assert torch.equal(value, two.state_dict()[name])
    assert not torch.equal(one.top.weight, other.top.weight)


def test_fit_does_not_depend_on_the_global_generator_and_leaves_it_alone() -> None:
    torch.manual_seed(5)
    model = Plain()
    torch.rand(7)
    before = torch.get_rng_state()
    fit(model, TRAIN, TEST, epochs=12, batch_size=16, lr=0.02, seed=0)
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(model.top.weight, trained(Plain)[0].top.weight)


@pytest.mark.parametrize("mode", [True, False])
def test_modes_are_restored_part_by_part(mode: bool) -> None:
    model = Plain()
    model.train(mode)
    model.layers.train(not mode)
    accuracy(model, TEST)
    assert model.training is mode
    assert model.layers.training is (not mode)
    model.train(mode)
    fit(model, TRAIN, TEST, epochs=1, batch_size=16, lr=0.01, seed=0)
    assert model.training is mode


def test_modes_are_restored_after_an_error() -> None:
    model = Plain()
    with pytest.raises(RuntimeError, match="False False"), evaluating(model):
        raise RuntimeError(f"{model.training} {torch.is_grad_enabled()}")
    assert model.training
    assert torch.is_grad_enabled()


def test_accuracy_is_the_share_of_right_answers_without_dropout() -> None:
    model, _ = trained(Plain)
    x, _, labels = whole(TEST)
    model.eval()
    right = (model(x).argmax(1) == labels).sum().item()
    model.train()
    assert accuracy(model, TEST) == right / len(labels)


def test_predict_looks_at_the_signature() -> None:
    x, lengths, _ = whole(TEST)
    assert predict(Plain(), x, lengths).shape == (len(x), K)
    model = WithLengths()
    assert predict(model, x, lengths).shape == (len(x), K)
    assert model.calls == 1


def test_the_rate_falls_evenly_from_epoch_to_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    rates: list[float] = []

    class Watched(torch.optim.Adam):
        def step(self, closure: Any = None) -> Any:
            rates.append(self.param_groups[0]["lr"])
            return super().step(closure)

    monkeypatch.setattr(torch.optim, "Adam", Watched)
    trained(Plain, epochs=4)
    assert len(rates) == 4 * 6  # 96 utterances in batches of 16
    assert rates[::6] == pytest.approx([0.02, 0.015, 0.01, 0.005])
    assert rates[5::6] == rates[::6]


def test_whole_stacks_a_dataset() -> None:
    x, lengths, labels = whole(TEST)
    assert x.shape == (64, T, D)
    assert torch.equal(lengths, TEST.lengths)
    assert torch.equal(labels, TEST.labels)


def test_a_stand_in_counts_as_not_answered() -> None:
    with pytest.raises(Unanswered, match="not written yet"):
        DirectSubject("trained", Untrained()).ask(Ask(args=(torch.zeros(2, T, D), torch.ones(2))))


def test_a_stand_in_says_so_to_whoever_asks_for_its_parts() -> None:
    stand_in = Untrained()
    with pytest.raises(NotImplementedError, match="has not been trained"):
        _ = stand_in.embedding
    assert not hasattr(stand_in, "_repr_html_")
    assert list(copy.deepcopy(stand_in).modules()) != []


def test_the_progress_bar_can_be_switched_off(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    trained(Plain, epochs=2)
    # A line of text or a widget: tqdm chooses by whether IPython is about.
    assert "training" in "".join(capfd.readouterr())
    monkeypatch.setenv("TQDM_DISABLE", "1")
    trained(Plain, epochs=2)
    assert capfd.readouterr() == ("", "")
