from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
import torch
from torch import Tensor, nn

from course_lib.data.addition import LENGTH, draw
from course_lib.lab.regression import Progress, answers, fit, prediction_error


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


class Plain(nn.Module):
    """A sum by one weight a step, which it shows as its map."""

    def __init__(self) -> None:
        super().__init__()
        self.w = nn.Parameter(torch.zeros(LENGTH))
        self.drop = nn.Dropout(0.1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return self.drop(x) @ self.w, self.w.expand(x.shape)


TRAIN, TEST, PICTURED = draw(600, seed=1), draw(200, seed=2), draw(2, seed=3, position=5)


def trained(
    seed: int = 0, pictured: Tensor | None = None, frames: int = 1
) -> tuple[Plain, Progress]:
    model = Plain()
    progress = fit(
        model, TRAIN, TEST, epochs=5, batch_size=50, lr=0.05, seed=seed, pictured=pictured,
        frames=frames,
    )  # fmt: skip
    return model, progress


def test_fit_lowers_the_errors_and_keeps_one_number_an_epoch() -> None:
    model, progress = trained()
    assert len(progress.loss) == len(progress.test_error) == 5
    assert progress.loss[-1] < 0.5 * progress.loss[0]
    assert progress.test_error[-1] < progress.test_error[0]
    assert progress.test_error[-1] == prediction_error(model, TEST)
    assert progress.maps == {}


def test_the_error_is_the_mean_of_squares() -> None:
    # All weights are 0, so the answers are 0 too.
    assert prediction_error(Plain(), TEST) == pytest.approx(TEST.sums.square().mean().item())


def test_maps_are_those_before_and_after_each_epoch() -> None:
    model, progress = trained(pictured=PICTURED.x)
    kept = list(progress.maps.values())
    assert list(progress.maps) == [0, 1, 2, 3, 4, 5]
    assert [weights.shape for weights in kept] == [(2, LENGTH)] * 6
    assert not kept[0].any()
    assert torch.equal(kept[-1][0], model.w.detach())
    assert not any(torch.equal(a, b) for a, b in itertools.pairwise(kept))
    assert not kept[-1].requires_grad


def test_frames_lie_at_even_distances_and_end_with_the_epoch() -> None:
    _, progress = trained(pictured=PICTURED.x, frames=3)
    steps = [0, 4, 8, 12, *range(16, 61, 4)]  # 12 steps in an epoch
    assert list(progress.maps) == pytest.approx([step / 12 for step in steps])
    assert torch.equal(progress.maps[5][0], trained(pictured=PICTURED.x)[1].maps[5][0])


def test_what_is_pictured_changes_nothing() -> None:
    assert torch.equal(trained()[0].w, trained(pictured=PICTURED.x)[0].w)


def test_same_seed_same_parameters_other_seed_others() -> None:
    (one, progress), (two, again), (other, _) = trained(), trained(), trained(1)
    assert (progress.loss, progress.test_error) == (again.loss, again.test_error)
    assert torch.equal(one.w, two.w)
    assert not torch.equal(one.w, other.w)


def test_fit_leaves_the_global_generator_and_the_mode_alone() -> None:
    torch.rand(7)
    before = torch.get_rng_state()
    model = Plain().eval()
    fit(model, TRAIN, TEST, epochs=1, batch_size=50, lr=0.05, seed=0)
    assert torch.equal(torch.get_rng_state(), before)
    assert not model.training


def test_answers_come_without_gradients_and_without_dropout() -> None:
    model = Plain()
    nn.init.ones_(model.w)
    predicted, weights = answers(model, TEST.x)
    torch.testing.assert_close(predicted, TEST.x.sum(dim=1))
    assert not predicted.requires_grad
    assert weights.shape == TEST.x.shape
    assert model.training


def test_the_progress_bar_can_be_silenced(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("TQDM_DISABLE", raising=False)
    trained()
    # A line of text or a widget: tqdm chooses by whether IPython is about.
    assert "training" in "".join(capsys.readouterr())
    monkeypatch.setenv("TQDM_DISABLE", "1")
    trained()
    assert capsys.readouterr() == ("", "")
