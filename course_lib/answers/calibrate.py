"""What right trainings score, and the threshold of a lecture's training check that follows.

`course calibrate` trains every population of ``course_lib.answers.calibration.<lecture>`` and
writes ``calibration/<lecture>.json``: the scores, the recipe of the threshold and the threshold
itself, which the check reads from there.

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

import json
import math
import statistics
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "calibration"

RISK = 1e-3  # the chance of failing a right answer that we accept
CONFIDENCE = 0.95
TAIL = 0.1  # the share of the scores that the exponential tail is fitted to
STEP = 0.005  # thresholds are rounded down to multiples of it
FEWEST = 40
CHANCE = "untrained"  # the population that guesses


@dataclass(frozen=True)
class Calibration:
    """The measured scores of one training check, and what follows from them.

    Attributes:
        lecture: The lecture's stem.
        check: The check's name.
        threshold: The score that earns all points.
        half: The score that still earns half of them: midway between the threshold and chance, and
            above every guess.
        chance: The mean score of models that guess.
        recipe: What the scores depend on, as the lecture had it when they were measured.
        normal_bound: Below it fall fewer than 1 in 1,000, if the scores are normal.
        exponential_bound: The same, if their lower tail is exponential.
        right: Scores of right trainings, by form; entry i has seed i.
        half_right: Scores of trainings that go wrong in one way, by fault.
        laws: By population and seed, what the check finds wrong beside the score: a fault's name,
            empty for nothing; None where it was not asked.
        code: By population, the hash of the code that its scores depend on.
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
    laws: dict[str, list[str | None]] = field(default_factory=dict)
    code: dict[str, str] = field(default_factory=dict)


_any_score = ContextVar("_any_score", default=False)


@contextmanager
def any_score_will_do() -> Iterator[None]:
    """Have checks look at everything but the score: `load` gives limits that all scores reach."""
    token = _any_score.set(True)
    try:
        yield
    finally:
        _any_score.reset(token)


def load(lecture: str) -> Calibration:
    """Read the stored calibration of a lecture.

    Raises:
        FileNotFoundError: If the lecture was never calibrated.
    """
    if _any_score.get():
        return _NO_LIMITS
    return Calibration(**json.loads((FOLDER / f"{lecture}.json").read_text(encoding="utf-8")))


_NO_LIMITS = Calibration("", "", -math.inf, -math.inf, 0.0, {}, 0.0, 0.0, {}, {})


def save(found: Calibration) -> None:
    """Store a calibration, whole or not at all."""
    path = FOLDER / f"{found.lecture}.json"
    aside = path.with_name(f".{path.name}.new")
    aside.write_text(json.dumps(asdict(found), indent=1) + "\n", encoding="utf-8")
    aside.replace(path)


def conclude(
    lecture: str,
    check: str,
    recipe: dict[str, Any],
    right: dict[str, list[float]],
    half_right: dict[str, list[float]],
) -> Calibration:
    """Set the threshold from measured scores; laws and code are left out.

    Raises:
        ValueError: If there are fewer right scores than a tail can be fitted to.
    """
    scores = [score for form in right.values() for score in form]
    if len(scores) < FEWEST:
        raise ValueError(f"{len(scores)} scores are too few: run at least {FEWEST} seeds")
    normal, exponential = normal_bound(scores), exponential_bound(scores)
    threshold = threshold_of(scores)
    chance = statistics.fmean(half_right[CHANCE])
    # Where one class is common, the luckiest guess scores far above the mean one.
    above_guesses = (math.floor(max(half_right[CHANCE]) * 100) + 1) / 100
    half = max(round((threshold + chance) / 2, 2), above_guesses)
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


def threshold_of(scores: Sequence[float]) -> float:
    """The score that earns all points, from those of right trainings."""
    lowest = min(normal_bound(scores), exponential_bound(scores), *scores)
    return round(math.floor(lowest / STEP) * STEP, 6)


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
