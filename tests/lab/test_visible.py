"""The visible checks: quick, silent on right forms, clear on the plainest wrong ones."""

import importlib
import time
from pathlib import Path
from typing import Any

import pytest
import torch

from course_lib.answers import audit
from course_lib.answers.registry import Specimen, hidden
from course_lib.lab import visible
from course_lib.lab.subject import DirectSubject
from course_lib.lab.verdict import Verdict
from tests.lab.plain_mistakes import PLAIN

torch.set_num_threads(1)

# Those of a trained network look at data; each lecture's own file tests them.
SPECIMENS = {
    stem: [specimen for specimen in audit.load(stem) if specimen.check in names]
    for stem, names in PLAIN.items()
}
for stem in PLAIN:
    visible.checker(stem)
# What a solution is written with; a visible check or a helper that has it gives it away.
SOLUTIONS = {
    "addition": (".softmax(", "cumsum", "einsum", ".sigmoid(", "% 1", "nn.LSTM"),
    "vowels": (".softmax(", "masked_fill", "einsum", "pad_sequence(", "gather(", "nn.LSTM"),
    "surnames": (".softmax(", "masked_fill", "logsumexp", ".chunk(", "tanh(", "nn.LSTM"),
    "reviews": (".softmax(", "-torch.inf", "logsigmoid", "topk(", "**0.75", "nn.Embedding"),
    "imdb": (".softmax(", "LayerNorm", ".chunk(", ".sin()", "unflatten"),
}
HELPERS = {"surnames": ["names"], "reviews": ["words", "readings"], "imdb": ["films", "looks"]}


def look(specimen: Specimen) -> Verdict:
    found = visible.registry.get(specimen.lecture, specimen.check)
    return found.run(DirectSubject(found.subject, specimen.make()))


@pytest.mark.parametrize("stem", PLAIN)
def test_names_subjects_and_no_points(stem: str) -> None:
    seen, unseen = visible.registry.of(stem), hidden.of(stem)
    assert {(c.name, c.subject) for c in seen} == {(c.name, c.subject) for c in unseen}
    assert {c.points for c in seen} == {0}


@pytest.mark.parametrize(
    "specimen",
    [
        pytest.param(s, id=f"{stem}-{s.name}")
        for stem in PLAIN
        for s in SPECIMENS[stem]
        if not s.fault
    ],
)
def test_right_forms_pass_within_a_second(specimen: Specimen) -> None:
    start = time.process_time()
    assert look(specimen).right, look(specimen).sentence
    assert time.process_time() - start < 1


@pytest.mark.parametrize(
    ("stem", "name", "wrong"),
    [
        (stem, name, wrong)
        for stem, plain in PLAIN.items()
        for name, all_ in plain.items()
        for wrong in all_
    ],
)
def test_the_plainest_wrong_forms_fail(stem: str, name: str, wrong: str) -> None:
    verdict = look(next(s for s in SPECIMENS[stem] if (s.check, s.name) == (name, wrong)))
    assert not verdict.right
    assert verdict.fault not in ("", "our_error")
    assert len(verdict.sentence) > 20


@pytest.mark.parametrize("stem", PLAIN)
def test_no_visible_check_fails_by_itself(stem: str) -> None:
    for specimen in SPECIMENS[stem]:
        assert look(specimen).fault != "our_error", specimen


@pytest.mark.parametrize("stem", PLAIN)
def test_a_blank_cell_is_told_so(stem: str) -> None:
    def blank(*_: Any, **__: Any) -> None:
        raise NotImplementedError("not written yet: replace this line by your answer")

    for found in visible.registry.of(stem):
        with pytest.raises(visible.NotYet, match="is not written yet"):
            visible.checker(stem)(found.name, blank)


@pytest.mark.parametrize("stem", PLAIN)
def test_the_student_half_does_not_know_the_answers(stem: str) -> None:
    for name in (f"checks.{stem}", *HELPERS.get(stem, [])):
        module = importlib.import_module(f"course_lib.lab.{name}")
        source = Path(str(module.__file__)).read_text(encoding="utf-8")
        for solution in SOLUTIONS[stem]:
            assert solution not in source, name
