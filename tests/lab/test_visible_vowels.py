"""The visible checks: quick, silent on right forms, clear on the plainest wrong ones."""

import ast
import time
from pathlib import Path
from typing import Any

import pytest
import torch

from course_lib.answers import audit
from course_lib.answers.forms.vowels import Classifier, Masked, Reader
from course_lib.answers.registry import Specimen, hidden
from course_lib.lab import visible
from course_lib.lab.subject import DirectSubject
from course_lib.lab.verdict import Verdict

torch.set_num_threads(1)

SPECIMENS = [specimen for specimen in audit.load("vowels") if specimen.check != "trained"]
check = visible.checker("vowels")

# The plainest wrong answers, which nobody should have to wait for a grade to hear of.
PLAIN = {
    "pad_sequences": ["padding_in_front", "padded_to_longest", "float32_zeros", "list_of_padded"],
    "time_weights": ["softmax_over_batch", "softmax_over_hidden", "no_softmax", "steps_mixed"],
    "context_vector": ["mean_over_time", "time_not_summed", "summed_over_batch"],
    "attention_classifier": ["PlainW", "TransposedW", "SoftmaxOnLogits", "WeightsToo"],
    "attention_reader": ["ReaderOfLogits", "ReaderOfScores", "ReaderOfContext"],
    "padding_mass": ["mass_on_real_steps", "last_real_step_counted", "mean_over_batch"],
    "sequence_mask": ["mask_inverted", "not_bool", "mask_one_too_long", "time_first"],
    "masked_softmax": ["mask_ignored", "mask_after_softmax", "mask_filled_with_zero", "overflow"],
    "last_states": ["last_row", "one_step_early", "steps_of_all_utterances"],
    "bilinear_scores": ["W_transposed", "W_unused", "hidden_not_summed", "softmax_applied"],
    "masked_classifier": ["MaskUnused", "MaskInverted", "LogitsOnly", "MaskedWithPlainW"],
}


def look(specimen: Specimen) -> Verdict:
    found = visible.registry.get("vowels", specimen.check)
    return found.run(DirectSubject(found.subject, specimen.make()))


def test_names_subjects_and_no_points() -> None:
    seen, unseen = visible.registry.of("vowels"), hidden.of("vowels")
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


def test_the_notebook_sees_a_sentence_and_no_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    check("sequence_mask", lambda lengths, T: torch.arange(T) < lengths[:, None])  # noqa: N803
    assert "✓ sequence_mask" in capsys.readouterr().out
    with pytest.raises(visible.NotYet, match=r"torch\.bool") as caught:
        check("sequence_mask", lambda lengths, T: torch.zeros(2, 3))  # noqa: N803
    assert caught.value._render_traceback_() == [f"Not yet: {caught.value}"]


def test_a_blank_cell_is_told_so() -> None:
    def blank(*_: Any, **__: Any) -> None:
        raise NotImplementedError("not written yet: replace this line by your answer")

    for found in visible.registry.of("vowels"):
        with pytest.raises(visible.NotYet, match="is not written yet"):
            check(found.name, blank)


def test_trained_reports_the_accuracy(capsys: pytest.CaptureFixture[str]) -> None:
    start = time.process_time()
    check("trained", Masked(12, 64, 9))
    assert time.process_time() - start < 1
    out = capsys.readouterr().out
    assert "370 test utterances" in out
    assert "%" in out
    with pytest.raises(visible.NotYet, match="Expected two results"):
        check("trained", _LogitsOnly(12, 64, 9))


class _LogitsOnly(Masked):
    def forward(self, x: torch.Tensor, lengths: torch.Tensor) -> Any:
        return super().forward(x, lengths)[0]


def test_plain_classes_pass(capsys: pytest.CaptureFixture[str]) -> None:
    check("attention_classifier", Classifier)
    check("attention_reader", Reader)
    check("masked_classifier", Masked)
    assert capsys.readouterr().out.count("✓") == 3


def test_the_student_half_does_not_know_the_answers() -> None:
    from course_lib.lab.checks import vowels

    source = Path(vowels.__file__).read_text(encoding="utf-8")
    modules = [
        node.module or ""
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ImportFrom)
    ]
    assert not [module for module in modules if "answers" in module or "grading" in module]
    for solution in (".softmax(", "masked_fill", "einsum", "pad_sequence(", "gather(", "nn.LSTM"):
        assert solution not in source
