"""Runs a lecture's populations over their seeds, several at a time, and keeps every score.

Each training runs on one thread, so that the numbers are the same with one process and with many.
A score is written down as soon as it is there; what is written down is not trained again.
"""

from __future__ import annotations

import importlib
import json
import math
import multiprocessing
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from course_lib.answers import calibrate
from course_lib.answers.calibrate import Calibration
from course_lib.answers.calibration import code

_ONE_THREAD = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
_DIGITS = 6


@dataclass(frozen=True)
class Training:
    """One training: a population of a lecture, and a seed."""

    lecture: str
    population: str
    seed: int


@dataclass(frozen=True)
class Score:
    """What came of one training.

    Attributes:
        score: Its score, rounded.
        law: What the check finds wrong beside the score: a fault's name, empty for nothing; None
            where it was not asked.
    """

    score: float
    law: str | None


Scores = dict[str, dict[int, Score]]  # by population and seed
Progress = Callable[[int, int, str], None]


def is_calibrated(lecture: str) -> bool:
    """Whether a lecture has a training check that is calibrated."""
    return (calibrate.FOLDER / f"{lecture}.py").is_file()


def stale(lecture: str) -> list[str]:
    """The populations that have no stored scores of the present code and recipe."""
    populations = _populations(lecture)
    wanted = _wanted(populations)
    try:
        stored = calibrate.load(lecture)
    except FileNotFoundError:
        return list(wanted)
    if stored.recipe != _recipe(populations):
        return list(wanted)
    present = _codes(lecture)
    return [name for name in wanted if stored.code.get(name) != present[name]]


def lacking(lecture: str) -> dict[str, int]:
    """How many seeds of each population are still to be trained, where any are."""
    populations = _populations(lecture)
    known = _of(calibrate.load(lecture))
    counts = {
        name: sum(
            _is_missing(populations, name, known.get(name, {}).get(seed)) for seed in range(n)
        )
        for name, n in _wanted(populations).items()
    }
    return {name: count for name, count in counts.items() if count}


def train(
    lecture: str,
    *,
    folder: Path,
    seeds: int | None = None,
    minutes: float = math.inf,
    processes: int = 1,
    progress: Progress = lambda _done, _total, _note: None,
) -> Calibration:
    """Train what is missing, and conclude.

    Scores whose code has changed are kept if their population's first seed still gives its very
    score; else that population is trained again.

    Args:
        lecture: The lecture's stem.
        folder: Where scores are written down as they come.
        seeds: How many seeds of each population; by default as the lecture's module says.
        minutes: After them no training is begun.
        processes: How many trainings run at a time.
        progress: Called with trainings done, all trainings, and the population of the last.

    Returns:
        The calibration, of the scores that are there; `calibrate.save` stores it.

    Raises:
        ValueError: If there are too few of them.
    """
    end = time.monotonic() + 60 * minutes
    populations = _populations(lecture)
    wanted = {name: seeds or number for name, number in _wanted(populations).items()}
    present = _codes(lecture)
    notes = Notes(folder / f"{lecture}.jsonl", present)
    known = _stored(lecture, present)
    for name, found in notes.read().items():
        known.setdefault(name, {}).update(found)
    # Seed by seed, so that each population has some when the minutes are over.
    missing = [
        Training(lecture, name, seed)
        for seed in range(max(wanted.values()))
        for name, number in wanted.items()
        if seed < number and _is_missing(populations, name, known.get(name, {}).get(seed))
    ]
    for done, (training, score) in enumerate(run(missing, processes, end), start=1):
        notes.add(training, score)
        known.setdefault(training.population, {})[training.seed] = score
        progress(done, len(missing), training.population)
    return _conclude(lecture, populations, known, present)


def _is_missing(populations: Any, name: str, score: Score | None) -> bool:
    """Whether a training is to be done; what a half-right one is judged has to be known too."""
    judged = name in populations.HALF_RIGHT and name != calibrate.CHANCE
    return score is None or (judged and score.law is None)


def _stored(lecture: str, present: Mapping[str, str]) -> Scores:
    """The stored scores that belong to the present code, or that the present code gives too."""
    try:
        stored = calibrate.load(lecture)
    except FileNotFoundError:
        return {}
    return {
        name: scores
        for name, scores in _of(stored).items()
        if name in present
        and (stored.code.get(name) == present[name] or _still_gives(lecture, name, scores[0]))
    }


def _of(stored: Calibration) -> Scores:
    found: Scores = {}
    for name, scores in {**stored.right, **stored.half_right}.items():
        laws = stored.laws.get(name, [None] * len(scores))
        pairs = zip(scores, laws, strict=True)
        found[name] = {seed: Score(score, law) for seed, (score, law) in enumerate(pairs)}
    return found


def _still_gives(lecture: str, name: str, first: Score) -> bool:
    [(_, again)] = run([Training(lecture, name, 0)], 1)
    return again.score == first.score and first.law in (None, again.law)


def _conclude(
    lecture: str, populations: Any, known: Scores, present: Mapping[str, str]
) -> Calibration:
    whole = {name: _from_the_first(scores) for name, scores in known.items()}

    def scores(group: Mapping[str, Any]) -> dict[str, list[float]]:
        return {name: [one.score for one in whole[name]] for name in group if whole.get(name)}

    right, half_right = scores(populations.RIGHT), scores(populations.HALF_RIGHT)
    found = calibrate.conclude(lecture, populations.CHECK, _recipe(populations), right, half_right)
    names = [*right, *half_right]
    laws = {name: [one.law for one in whole[name]] for name in names}
    return replace(found, laws=laws, code={name: present[name] for name in names})


def _from_the_first(scores: Mapping[int, Score]) -> list[Score]:
    """The scores of seeds 0, 1, 2 ..., up to the first that is not there."""
    found: list[Score] = []
    while (score := scores.get(len(found))) is not None:
        found.append(score)
    return found


def _recipe(populations: Any) -> dict[str, Any]:
    """The recipe as it is read from the file."""
    recipe: dict[str, Any] = json.loads(json.dumps(populations.recipe()))
    return recipe


class Notes:
    """Scores that are written down line by line as they come; a line may be cut off.

    Args:
        path: The file.
        present: The hash of each population's code; notes of other code are not read.
    """

    def __init__(self, path: Path, present: Mapping[str, str]) -> None:
        self._path = path
        self._present = present

    def read(self) -> Scores:
        """What is written down of the present code."""
        found: Scores = {}
        text = self._path.read_text(encoding="utf-8") if self._path.exists() else ""
        for line in text.splitlines():
            try:
                noted = json.loads(line)
            except ValueError:
                continue  # cut off when the command was stopped
            name = noted["population"]
            if noted["code"] == self._present.get(name):
                found.setdefault(name, {})[noted["seed"]] = Score(noted["score"], noted["law"])
        return found

    def add(self, training: Training, score: Score) -> None:
        """Write down one score."""
        noted = {**asdict(training), **asdict(score), "code": self._present[training.population]}
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            # With a line break before it, so that no cut off line spoils it.
            file.write("\n" + json.dumps(noted))


def run(
    trainings: Iterable[Training], processes: int, end: float = math.inf
) -> Iterator[tuple[Training, Score]]:
    """Train and measure in processes of their own, one thread each.

    Args:
        trainings: What to train, in this order.
        processes: How many at a time.
        end: The time, by `time.monotonic`, after which none is begun.

    Yields:
        A training and its score, in the order in which they are done.

    Raises:
        concurrent.futures.process.BrokenProcessPool: If a process was killed.
    """
    waiting = deque(trainings)
    if not waiting or time.monotonic() >= end:
        return
    for name in _ONE_THREAD:
        os.environ[name] = "1"
    context = multiprocessing.get_context("spawn")
    running: dict[Future[Score], Training] = {}
    with ProcessPoolExecutor(min(processes, len(waiting)), context, _begin) as pool:
        try:
            while waiting or running:
                while waiting and len(running) < processes and time.monotonic() < end:
                    training = waiting.popleft()
                    running[pool.submit(measure, training)] = training
                if not running:
                    return
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    yield running.pop(future), future.result()
        except BaseException:
            for child in multiprocessing.active_children():
                child.terminate()
            raise


def _begin() -> None:
    """Make a process ready: one thread, and no life without the command."""
    import signal

    import torch

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    torch.set_num_threads(1)
    command = multiprocessing.parent_process()
    assert command is not None

    def end_with_the_command() -> None:
        command.join()
        os._exit(1)

    threading.Thread(target=end_with_the_command, daemon=True).start()


def measure(training: Training) -> Score:
    """Train one model, and have the check look at it.

    Raises:
        RuntimeError: If the check failed by itself.
    """
    from course_lib.lab.subject import DirectSubject

    populations = _populations(training.lecture)
    build, _ = {**populations.RIGHT, **populations.HALF_RIGHT}[training.population]
    model = build(training.seed)
    check = _check(training.lecture)
    with calibrate.any_score_will_do():
        verdict = check.run(DirectSubject(check.subject, model))
    if verdict.fault == "our_error":
        raise RuntimeError(f"the check {check.name} failed by itself: {verdict.detail}")
    return Score(round(populations.score(model), _DIGITS), verdict.fault)


def _populations(lecture: str) -> Any:
    return importlib.import_module(f"course_lib.answers.calibration.{lecture}")


def _wanted(populations: Any) -> dict[str, int]:
    groups = {**populations.RIGHT, **populations.HALF_RIGHT}
    return {name: seeds for name, (_, seeds) in groups.items()}


def _check(lecture: str) -> Any:
    from course_lib.answers.registry import hidden

    importlib.import_module(f"course_lib.answers.hidden.{lecture}")
    return hidden.get(lecture, _populations(lecture).CHECK)


def _codes(lecture: str) -> dict[str, str]:
    body = _check(lecture).body
    return code.of_populations(lecture, f"{body.__module__}.{body.__qualname__}")
