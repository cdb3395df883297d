"""The visible checks: quick, silent on right forms, clear on the plainest wrong ones."""

import ast
import time
from pathlib import Path
from typing import Any

import pytest
import torch

from course_lib.answers import audit
from course_lib.answers.forms.addition import Adder, Finder, Variant
from course_lib.answers.registry import Specimen, hidden
from course_lib.lab import visible
from course_lib.lab.subject import DirectSubject
from course_lib.lab.verdict import Verdict

torch.set_num_threads(1)

SPECIMENS = [specimen for specimen in audit.load("addition") if specimen.check != "finder_trained"]
check = visible.checker("addition")

# The plainest wrong answers, which nobody should have to wait for a grade to hear of.
PLAIN = {
    "addends": ["delimiter_included", "mask_inverted", "all_numbers", "not_bool", "time_first"],
    "attention_weights": ["softmax_over_batch", "no_softmax", "sigmoid", "hidden_not_summed"],
    "weighted_sum": ["divided_by_weights", "divided_by_T", "time_not_summed", "batch_mixed"],
    "adder": ["PlainVector", "SoftmaxOverBatch", "AnswersOnly", "AnswersInAColumn", "RandomStart"],
    "squared_error": ["sum_instead_of_mean", "absolute_error", "one_for_the_batch"],
    "overlap": ["fixed_threshold", "divided_by_mask", "dice", "pooled"],
    "mass": ["not_divided", "mass_elsewhere", "one_mass"],
    "variant": ["AlwaysStates", "AlwaysSoftmax", "AlwaysGates", "GatesNormalised"],
    "before": ["delimiter_included", "gates_inverted", "no_sum", "over_the_batch"],
    "finder": ["DelimiterIncluded", "GatesInverted", "AttentionForGates", "AnswersInAColumn"],
    "moved": ["not_wrapped", "columns_of_all", "nothing_moved", "moved_in_place"],
}


def look(specimen: Specimen) -> Verdict:
    found = visible.registry.get("addition", specimen.check)
    return found.run(DirectSubject(found.subject, specimen.make()))


def test_names_subjects_and_no_points() -> None:
    seen, unseen = visible.registry.of("addition"), hidden.of("addition")
    assert [(c.name, c.subject) for c in seen] == [(c.name, c.subject) for c in unseen]
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
    specimen = next(s for s in SPECIMENS if s.check == name and s.name == wrong)
    verdict = look(specimen)
    assert not verdict.right
    assert verdict.fault not in ("", "our_error")
    assert len(verdict.sentence) > 20


def test_no_visible_check_fails_by_itself() -> None:
    for specimen in SPECIMENS:
        assert look(specimen).fault != "our_error", specimen


def test_a_blank_cell_is_told_so() -> None:
    def blank(*_: Any, **__: Any) -> None:
        raise NotImplementedError("not written yet: replace this line by your answer")

    for found in visible.registry.of("addition"):
        with pytest.raises(visible.NotYet, match="is not written yet"):
            check(found.name, blank)


def test_trained_reports_the_error(capsys: pytest.CaptureFixture[str]) -> None:
    start = time.process_time()
    check("finder_trained", Finder(32))
    assert time.process_time() - start < 1
    assert "4,000 test sequences" in capsys.readouterr().out
    with pytest.raises(visible.NotYet, match="Expected two results"):
        check("finder_trained", torch.nn.Flatten())


def test_plain_classes_pass(capsys: pytest.CaptureFixture[str]) -> None:
    check("adder", Adder)
    check("variant", Variant)
    check("finder", Finder)
    assert capsys.readouterr().out.count("✓") == 3


def test_the_student_half_does_not_know_the_answers() -> None:
    from course_lib.lab.checks import addition

    source = Path(addition.__file__).read_text(encoding="utf-8")
    modules = [
        node.module or ""
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ImportFrom)
    ]
    assert not [module for module in modules if "answers" in module or "grading" in module]
    for solution in (".softmax(", "cumsum", "einsum", ".sigmoid(", "% 1", "nn.LSTM"):
        assert solution not in source
