"""The visible checks: quick, silent on right forms, clear on the plainest wrong ones."""

import ast
import time
from pathlib import Path
from typing import Any

import pytest
import torch

from course_lib.answers import audit
from course_lib.answers.forms.imdb import Encoder, Heads, Layer
from course_lib.answers.registry import Specimen, hidden
from course_lib.lab import visible
from course_lib.lab.subject import DirectSubject
from course_lib.lab.verdict import Verdict

torch.set_num_threads(1)

SPECIMENS = [specimen for specimen in audit.load("imdb") if specimen.check != "trained"]
check = visible.checker("imdb")

# The plainest wrong answers, which nobody should have to wait for a grade to hear of.
PLAIN = {
    "attention": [
        "no_scale",
        "mask_ignored",
        "mask_inverted",
        "not_a_pair",
        "softmax_over_queries",
    ],
    "heads": ["SplitByReshape", "Interleaved", "NoOutProj", "ScaledByModelWidth", "HeadsUnmasked"],
    "positions": ["sine_and_cosine_swapped", "halves", "from_one", "with_a_batch"],
    "layer": ["PostNorm", "NoFirstResidual", "NoRelu", "LayerUnmasked", "LayerWithoutWeights"],
    "masked_mean": ["padding_in_mean", "divided_by_steps", "sum_only", "over_features"],
    "classifier": ["NoPositions", "LayersUnmasked", "MeanOfAll", "DropoutLeft", "ScoresAsColumn"],
    "accuracy": ["errors_counted", "threshold_half", "count", "a_tensor"],
    "erased": ["start_erased", "padding_erased", "least_attended", "set_to_padding"],
}


def look(specimen: Specimen) -> Verdict:
    found = visible.registry.get("imdb", specimen.check)
    return found.run(DirectSubject(found.subject, specimen.make()))


def test_names_subjects_and_no_points() -> None:
    seen, unseen = visible.registry.of("imdb"), hidden.of("imdb")
    assert {(c.name, c.subject) for c in seen} == {(c.name, c.subject) for c in unseen}
    assert {c.points for c in seen} == {0}


@pytest.mark.parametrize("specimen", [s for s in SPECIMENS if not s.fault], ids=lambda s: s.name)
def test_right_forms_pass_within_a_second(specimen: Specimen) -> None:
    start = time.process_time()
    assert look(specimen).right, look(specimen).sentence
    assert time.process_time() - start < 1


@pytest.mark.parametrize(
    ("name", "wrong"), [(name, wrong) for name, all_ in PLAIN.items() for wrong in all_]
)
def test_the_plainest_wrong_forms_fail(name: str, wrong: str) -> None:
    verdict = look(next(s for s in SPECIMENS if (s.check, s.name) == (name, wrong)))
    assert not verdict.right
    assert verdict.fault not in ("", "our_error")
    assert len(verdict.sentence) > 20


def test_no_visible_check_fails_by_itself() -> None:
    for specimen in SPECIMENS:
        assert look(specimen).fault != "our_error", specimen


def test_a_blank_cell_is_told_so() -> None:
    def blank(*_: Any, **__: Any) -> None:
        raise NotImplementedError("not written yet: replace this line by your answer")

    for found in visible.registry.of("imdb"):
        with pytest.raises(visible.NotYet, match="is not written yet"):
            check(found.name, blank)


def test_networks_are_told_that_torch_agrees(capsys: pytest.CaptureFixture[str]) -> None:
    for name, network in (("heads", Heads), ("layer", Layer)):
        check(name, network)
        assert "and yours agree to 1e-05" in capsys.readouterr().out
    wrong = next(s for s in SPECIMENS if s.name == "PostNorm").make()
    with pytest.raises(visible.NotYet, match="have to agree to 1e-05"):
        check("layer", wrong)


def test_trained_reports_the_accuracy(capsys: pytest.CaptureFixture[str]) -> None:
    check("trained", Encoder(1003, 16, 2, 32, 2))
    out = capsys.readouterr().out
    assert "500 test reviews" in out
    assert "%" in out
    start = time.process_time()
    check("trained", Encoder(1003, 16, 2, 32, 2))
    assert time.process_time() - start < 2  # the vocabulary is made once


def test_the_student_half_does_not_know_the_answers() -> None:
    from course_lib.lab import films, looks
    from course_lib.lab.checks import imdb

    for module in (imdb, films, looks):
        source = Path(str(module.__file__)).read_text(encoding="utf-8")
        modules = [
            node.module or ""
            for node in ast.walk(ast.parse(source))
            if isinstance(node, ast.ImportFrom)
        ]
        assert not [module for module in modules if "answers" in module or "grading" in module]
        for solution in (".softmax(", "LayerNorm", ".chunk(", ".sin()", "unflatten"):
            assert solution not in source
