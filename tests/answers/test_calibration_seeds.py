"""Running populations: several processes, notes, what is kept and what is trained again."""

import dataclasses
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from course_lib.answers import calibrate
from course_lib.answers.calibration import addition as populations
from course_lib.answers.calibration import seeds
from course_lib.answers.calibration.seeds import Score, Training

LECTURES = ("addition", "imdb", "reviews", "surnames", "vowels")


class Runner:
    """In place of `seeds.run`: scores that follow from population and seed."""

    def __init__(self) -> None:
        self.trained: list[Training] = []
        self.stops_after = 10**6
        self.shift = 0.0

    def __call__(
        self, trainings: Iterable[Training], processes: int, end: float = 0
    ) -> Iterator[tuple[Training, Score]]:
        for training in trainings:
            if len(self.trained) == self.stops_after:
                raise KeyboardInterrupt
            self.trained.append(training)
            good = 0.5 * (training.population in populations.RIGHT)
            yield training, Score(good + training.seed / 1000 + self.shift, "")


@pytest.fixture
def runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Runner:
    runner = Runner()
    monkeypatch.setattr(seeds, "run", runner)
    monkeypatch.setattr(calibrate, "FOLDER", tmp_path / "stored")
    (tmp_path / "stored").mkdir()
    return runner


@pytest.mark.parametrize("lecture", LECTURES)
def test_the_stored_scores_belong_to_the_present_code(lecture: str) -> None:
    assert seeds.stale(lecture) == [], f"run `course calibrate {lecture}`"


def test_one_process_and_two_give_the_same_numbers() -> None:
    names = ("untrained", "one_epoch")
    trainings = [Training("addition", name, seed) for name in names for seed in (0, 1)]
    alone, together = (dict(seeds.run(trainings, processes)) for processes in (1, 2))
    assert alone == together
    assert 0.5 < alone[trainings[0]].score < 0.7 < alone[trainings[2]].score


def test_the_score_decides_nothing_of_the_law() -> None:
    """An untrained finder is a finder; one whose map is not what its parameters give is none."""
    assert seeds.measure(Training("addition", "untrained", 0)).law == ""
    found = calibrate.load("addition").laws["delimiter_included"]
    assert set(found) == {"not_a_finder"}


def test_nothing_is_begun_after_the_end() -> None:
    late = seeds.run([Training("addition", "untrained", 0)], 1, time.monotonic())
    assert list(late) == []


def test_when_time_is_up_what_runs_is_finished_and_no_more_begun(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = iter([0.0, 0.0])
    monkeypatch.setattr(seeds, "time", SimpleNamespace(monotonic=lambda: next(clock, 100.0)))
    trainings = [Training("addition", "untrained", seed) for seed in range(3)]
    assert [training.seed for training, _ in seeds.run(trainings, 1, end=50.0)] == [0]


def test_what_is_stored_is_not_trained_again(runner: Runner, tmp_path: Path) -> None:
    first = seeds.train("addition", folder=tmp_path, seeds=15)
    assert len(runner.trained) == 15 * (len(populations.RIGHT) + len(populations.HALF_RIGHT))
    calibrate.save(first)
    runner.trained.clear()
    assert seeds.train("addition", folder=tmp_path / "elsewhere", seeds=15) == first
    assert runner.trained == []
    seeds.train("addition", folder=tmp_path / "elsewhere", seeds=16)
    assert {training.seed for training in runner.trained} == {15}


def test_a_stop_costs_nothing(runner: Runner, tmp_path: Path) -> None:
    runner.stops_after = 37
    with pytest.raises(KeyboardInterrupt):
        seeds.train("addition", folder=tmp_path, seeds=15)
    # As if it had been killed in the middle of a line.
    with (tmp_path / "addition.jsonl").open("a") as file:
        file.write('\n{"lecture": "addi')
    runner.stops_after = 10**6
    found = seeds.train("addition", folder=tmp_path, seeds=15)
    assert len(runner.trained) == len(set(runner.trained))
    assert found.right["plain"] == [0.5 + seed / 1000 for seed in range(15)]


def test_scores_without_a_gap_are_stored(runner: Runner, tmp_path: Path) -> None:
    notes = seeds.Notes(tmp_path / "addition.jsonl", seeds._codes("addition"))
    names = {**populations.RIGHT, **populations.HALF_RIGHT}
    for name in names:
        for seed in (*range(14), 20):
            notes.add(Training("addition", name, seed), Score(0.9, ""))
    found = seeds.train("addition", folder=tmp_path, seeds=14)
    assert {len(scores) for scores in {**found.right, **found.half_right}.values()} == {14}
    assert runner.trained == []


def test_other_code_is_told_and_trained_again(runner: Runner, tmp_path: Path) -> None:
    found = seeds.train("addition", folder=tmp_path, seeds=15)
    calibrate.save(found)
    assert seeds.stale("addition") == []
    other = {**found.code, "plain": "0123"}
    calibrate.save(dataclasses.replace(found, code=other))
    assert seeds.stale("addition") == ["plain"]
    assert seeds.stale("vowels") == [*LEARNT]
    # The first seed gives its score as before: the change changes nothing.
    runner.trained.clear()
    seeds.train("addition", folder=tmp_path / "a", seeds=15)
    assert runner.trained == [Training("addition", "plain", 0)]
    # It gives another one.
    runner.trained.clear()
    runner.shift = 0.001
    again = seeds.train("addition", folder=tmp_path / "b", seeds=15)
    assert len(runner.trained) == 1 + 15
    assert again.right["plain"][0] == 0.501
    assert again.right["normal"] == found.right["normal"]


LEARNT = (
    "plain", "wide", "zero",
    "untrained", "three_epochs", "ten_epochs", "frozen_lstm", "not_standardised", "unmasked",
)  # fmt: skip


def test_another_recipe_makes_all_stale(runner: Runner, tmp_path: Path) -> None:
    found = seeds.train("addition", folder=tmp_path, seeds=15)
    calibrate.save(dataclasses.replace(found, recipe={**found.recipe, "lr": 1.0}))
    assert len(seeds.stale("addition")) == len(found.code)


def test_a_half_right_score_without_its_law_is_missing(runner: Runner, tmp_path: Path) -> None:
    found = seeds.train("addition", folder=tmp_path, seeds=15)
    unasked: dict[str, list[str | None]] = {name: [None] * 15 for name in found.code}
    calibrate.save(dataclasses.replace(found, laws=dict(unasked)))
    runner.trained.clear()
    seeds.train("addition", folder=tmp_path / "a", seeds=15)
    names = {training.population for training in runner.trained}
    assert names == set(populations.HALF_RIGHT) - {calibrate.CHANCE}
    lacking = seeds.lacking("addition")
    wanted = {**populations.RIGHT, **populations.HALF_RIGHT}
    assert lacking["untrained"] == wanted["untrained"][1] - 15
    assert lacking["frozen_layer"] == wanted["frozen_layer"][1]


def test_notes_of_other_code_are_not_read(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    seeds.Notes(path, {"plain": "old"}).add(Training("x", "plain", 0), Score(0.9, ""))
    seeds.Notes(path, {"plain": "new"}).add(Training("x", "plain", 1), Score(0.8, "fault"))
    assert seeds.Notes(path, {"plain": "new"}).read() == {"plain": {1: Score(0.8, "fault")}}
