"""Hidden checks of `addition`, last part: the trained finder, and the number that tests a map.

Letters in shapes: n sequences, B batch, T time.
"""

from __future__ import annotations

import torch
from torch import Tensor

from course_lib.answers import calibrate
from course_lib.answers.asking import Shapes, agrees, one_alone, returned, untouched
from course_lib.answers.calibration import addition as calibration
from course_lib.answers.hidden.addition_expected import B, T, uniform
from course_lib.answers.hidden.addition_networks import read_pair
from course_lib.answers.reference import addition as oracle
from course_lib.answers.registry import hidden
from course_lib.data.addition import LENGTH
from course_lib.lab.check import Fault, Wrong, blame, close, compare
from course_lib.lab.subject import Answer, Ask, Subject

POINTS = 4
COMPARED = 20  # sequences that the slow oracle goes through too


@hidden.check("addition", "finder_trained", points=POINTS, subject="finder")
def finder_trained(subject: Subject) -> None:
    """Overlap of the map with the true mask, on sequences of ours, and where the map comes from.

    Full points from the calibrated threshold on; half of them midway between it and an untrained
    network; half also for a map that is good enough but not what the network's parameters give.
    """
    limits = calibrate.load("addition")
    data = calibration.fresh()

    def ask(seed: int = 0) -> tuple[Answer, Tensor, Tensor]:
        answer = subject.ask(Ask(args=(data.x,), seed=seed))
        return answer, *read_pair(answer.output, len(data), LENGTH, torch.float32, "gates")

    answer, answers, gates = ask()
    score = calibration.overlap(gates, data.addends)
    seen = (
        f"On {len(data)} sequences that it has never seen the map overlaps the mask by {score:.3f}"
    )
    needed = f"{limits.threshold:g} is needed"
    if score < limits.half:
        raise Wrong("not_trained", f"{seen}; {needed}: was `finder` trained?")
    if score < limits.threshold:
        raise Wrong(
            "below_threshold", f"{seen}; {needed}: train with the settings given.", POINTS / 2
        )
    again = ask(seed=1)
    if not (close(again[1], answers) and close(again[2], gates)):
        raise Wrong(
            "random_in_eval", "In evaluation mode two calls give different results.", POINTS / 2
        )
    if not _is_a_finder(answer, data.x[:COMPARED], answers[:COMPARED], gates[:COMPARED]):
        raise Wrong(
            "not_a_finder",
            f"{seen}, but answers and map are not those of `Finder` with these parameters: train a "
            "`Finder`, and change nothing of what it returns.",
            POINTS / 2,
        )


def _is_a_finder(answer: Answer, x: Tensor, answers: Tensor, gates: Tensor) -> bool:
    """Whether the oracle, with the student's parameters, comes to the same answers and gates."""
    names = ("score.0.weight", "score.0.bias", "score.2.weight", "score.2.bias")
    H = calibration.H
    shapes = ((H, 1), (H,), (1, H), (1,))
    found = [answer.parameters.get(name) for name in names]
    fit = all(
        value is not None and tuple(value.shape) == shape and value.is_floating_point()
        for value, shape in zip(found, shapes, strict=True)
    )
    if not fit:
        return False
    parameters = {
        name: value.float() for name, value in zip(names, found, strict=True) if value is not None
    }
    # float32: where two numbers are nearly equal a rounded score may decide.
    right = oracle.finder(parameters, x)
    return close(answers, right[0]) and close(gates, right[1])


@hidden.check("addition", "moved", points=2)
def moved(subject: Subject) -> None:
    """A copy in which one number of each row has moved by a half."""
    x, steps = uniform(B, T, seed=190), torch.tensor([2, 0, 6, 5])
    # One of each pair is below a half, so that both directions occur.
    x[0, 2], x[1, 0], x[2, 6], x[3, 5] = 0.31, 0.84, 0.12, 0.57
    right = oracle.moved(x, steps)
    shapes: Shapes = {
        (B,): ("numbers_only", "Only the moved numbers come back: keep the whole sequences."),
        (B, B): ("columns", "Only columns come back: keep the whole sequences."),
        (T, B): ("time_first", "Time is the first dimension: expected (B, T)."),
    }
    got = returned(subject, x, steps, like=right, letters="(B, T)", shapes=shapes)
    blame(got, right, _moving_faults(x, steps))
    one_alone(subject, (x, steps), whole=got, letters="(B, T)")
    compare(
        got, right, (), "The numbers at the steps are not (number + 0.5) % 1, or others changed."
    )
    agrees(
        subject, x.float(), steps, expected=right.float(), letters="(B, T)",
        fault="wrong_in_float32", sentence="With float32 numbers the result is another one.",
    )  # fmt: skip
    untouched(subject, x, steps)


def _moving_faults(x: Tensor, steps: Tensor) -> list[Fault]:
    rows = torch.arange(B)

    def put(numbers: Tensor | float, steps: Tensor = steps) -> Tensor:
        changed = x.clone()
        changed[rows, steps] = torch.as_tensor(numbers, dtype=x.dtype)
        return changed

    there = x[rows, steps]
    columns = x.clone()
    columns[:, steps] = (x[:, steps] + 0.5) % 1
    return [
        Fault(
            "not_wrapped",
            "Numbers above a half leave the range: take 1 off, as `% 1` does.",
            put(there + 0.5),
        ),
        Fault(
            "clamped",
            "Numbers above a half are cut at 1; take 1 off.",
            put((there + 0.5).clamp(max=1)),
        ),
        Fault("replaced", "The number is replaced by 0.5; add 0.5 to it.", put(0.5)),
        Fault(
            "delimiter_put", "The number is replaced by 0: that is a second delimiter.", put(0.0)
        ),
        Fault("mirrored", "The number is mirrored, 1 - x: move it by 0.5.", put(1 - there)),
        Fault(
            "every_number",
            "Every number is moved; only the one at its step may be.",
            (x + 0.5) % 1,
        ),
        Fault(
            "columns_of_all",
            "In every row the numbers at all the steps are moved: pick one step a row, "
            "`x[torch.arange(B), steps]`.",
            columns,
        ),
        Fault(
            "one_step_late",
            "The number after the step is moved: steps are counted from 0.",
            put((x[rows, (steps + 1) % T] + 0.5) % 1, (steps + 1) % T),
        ),
        Fault(
            "one_step_early",
            "The number before the step is moved: steps are counted from 0.",
            put((x[rows, steps - 1] + 0.5) % 1, steps - 1),
        ),
        Fault("nothing_moved", "Nothing is moved: the result is x as it was.", x.clone()),
    ]
