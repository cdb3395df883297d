"""Measure what right trainings score, and set the threshold of a lecture's training check.

``python -m course_lib.answers.calibrate vowels`` trains every population of
``course_lib.answers.calibration.vowels`` and writes ``calibration/vowels.json``: the scores, the
recipe of the threshold and the threshold itself, which the check reads from there.

The threshold answers one question: below which score would fewer than 1 in 1,000 right answers
fall? Two tails are fitted to the scores of the right populations. The lowest of the two answers
and of the worst score seen is taken, and rounded down.

- normal: the one-sided tolerance bound mean - k s, which holds with 95 % confidence for a normal
  distribution; k after M. G. Natrella (1963), Experimental Statistics, section 2-3.
- exponential: trainings that end on a spike of the loss make the lower tail longer than normal.
  Scores below the 10 % quantile u lie on average m below it; an exponential tail of that mean has
  its 0.1 % quantile at u - m ln(0.1 / 0.001) (peaks over threshold, with shape 0).
"""

from __future__ import annotations

import argparse
import importlib
import json
import math
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

FOLDER = Path(__file__).parent / "calibration"

RISK = 1e-3  # the chance of failing a right answer that we accept
CONFIDENCE = 0.95
TAIL = 0.1  # the share of the scores that the exponential tail is fitted to
STEP = 0.005  # thresholds are rounded down to multiples of it
FEWEST = 40


@dataclass(frozen=True)
class Calibration:
    """The measured scores of one training check, and what follows from them.

    Attributes:
        lecture: The lecture's stem.
        check: The check's name.
        threshold: The score that earns all points.
        half: The score that still earns half of them: midway between the threshold and chance.
        chance: The score of a model that guesses.
        recipe: What the scores depend on, as the lecture had it when they were measured.
        normal_bound: Below it fall fewer than 1 in 1,000, if the scores are normal.
        exponential_bound: The same, if their lower tail is exponential.
        right: Scores of right trainings, by form; entry i has seed i.
        half_right: Scores of trainings that go wrong in one way, by fault.
    """

    lecture: str
    check: str
    threshold: float
    half: float
    chance: float
    recipe: dict[str, Any]
    normal_bound: float
    exponential_bound: float
    right: dict[str, list[float]]
    half_right: dict[str, list[float]]


def load(lecture: str) -> Calibration:
    """Read the stored calibration of a lecture.

    Raises:
        FileNotFoundError: If the lecture was never calibrated.
    """
    return Calibration(**json.loads((FOLDER / f"{lecture}.json").read_text(encoding="utf-8")))


def calibrate(lecture: str) -> Calibration:
    """Run all trainings of a lecture on one thread; takes minutes.

    Raises:
        ModuleNotFoundError: If the lecture trains nothing.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        populations: Any = importlib.import_module(f"course_lib.answers.calibration.{lecture}")
        right, half_right = (
            {name: [round(run(seed), 6) for seed in range(n)] for name, (run, n) in group.items()}
            for group in (populations.RIGHT, populations.HALF_RIGHT)
        )
    finally:
        torch.set_num_threads(threads)
    return conclude(lecture, populations.CHECK, populations.recipe(), right, half_right)


def conclude(
    lecture: str,
    check: str,
    recipe: dict[str, Any],
    right: dict[str, list[float]],
    half_right: dict[str, list[float]],
) -> Calibration:
    """Set the threshold from measured scores.

    Raises:
        ValueError: If there are fewer right scores than a tail can be fitted to.
    """
    scores = [score for form in right.values() for score in form]
    if len(scores) < FEWEST:
        raise ValueError(f"{len(scores)} scores are too few: run at least {FEWEST} seeds")
    normal, exponential = normal_bound(scores), exponential_bound(scores)
    lowest = min(normal, exponential, *scores)
    threshold = round(math.floor(lowest / STEP) * STEP, 6)
    chance = statistics.fmean(half_right["untrained"])
    half = round((threshold + chance) / 2, 2)
    return Calibration(
        lecture=lecture,
        check=check,
        threshold=threshold,
        half=half,
        chance=round(chance, 6),
        recipe=recipe,
        normal_bound=round(normal, 6),
        exponential_bound=round(exponential, 6),
        right=right,
        half_right=half_right,
    )


def normal_bound(scores: Sequence[float]) -> float:
    """The one-sided lower tolerance bound of a normal distribution."""
    n = len(scores)
    z_risk = statistics.NormalDist().inv_cdf(1 - RISK)
    z_confidence = statistics.NormalDist().inv_cdf(CONFIDENCE)
    a = 1 - z_confidence**2 / (2 * (n - 1))
    b = z_risk**2 - z_confidence**2 / n
    k = (z_risk + math.sqrt(z_risk**2 - a * b)) / a
    return statistics.fmean(scores) - k * statistics.stdev(scores)


def exponential_bound(scores: Sequence[float]) -> float:
    """The quantile of an exponential tail below the lowest tenth of the scores."""
    ordered = sorted(scores)
    tail = ordered[: max(1, round(TAIL * len(ordered)))]
    start = ordered[len(tail)]
    excess = statistics.fmean(start - score for score in tail)
    return start - excess * math.log(TAIL / RISK)


def main() -> None:
    """Calibrate the lecture named on the command line and store the result."""
    parser = argparse.ArgumentParser(description="Measure what right trainings score.")
    parser.add_argument("lecture", help="the lecture's stem, such as vowels")
    found = calibrate(parser.parse_args().lecture)
    text = json.dumps(asdict(found), indent=1)
    (FOLDER / f"{found.lecture}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
