"""The visible checks: quick, silent on right forms, clear on the plainest wrong ones."""

import ast
import time
from pathlib import Path
from typing import Any

import pytest
import torch

from course_lib.answers import audit
from course_lib.answers.forms.surnames import Attending, Gated, Stacked, Vanilla
from course_lib.answers.registry import Specimen, hidden
from course_lib.lab import visible
from course_lib.lab.subject import DirectSubject
from course_lib.lab.verdict import Verdict

torch.set_num_threads(1)

SPECIMENS = [specimen for specimen in audit.load("surnames") if specimen.check != "trained"]
check = visible.checker("surnames")

# The plainest wrong answers, which nobody should have to wait for a grade to hear of.
PLAIN = {
    "with_noise": ["global_generator", "noise_in_front", "one_too_many", "a_generator"],
    "rnn_step": ["no_tanh", "bias_missing", "state_missing", "W_transposed", "always_a_batch"],
    "rnn_states": ["last_state_only", "no_memory", "one_step_late", "random_start"],
    "log_softmax": ["no_log", "over_the_first_dimension", "definition_to_the_letter"],
    "rnn_last": ["last_row", "read_at_length", "state_erased", "all_states"],
    "rnn_classifier": ["PlainU", "RawScoresVanilla", "LastRowVanilla", "BatchOnlyVanilla"],
    "gru_step": ["gates_swapped", "update_inverted", "reset_before_product", "not_cut"],
    "gru_classifier": ["LastRowGated", "ProbabilitiesGated", "GatedTimeFirst"],
    "attention_classifier": ["MaskIgnored", "LogProbabilitiesOnly", "SoftmaxOverBatch"],
    "confusion_matrix": ["transposed", "repeats_lost", "shares", "size_from_data"],
    "lstm_classifier": ["LayersNotPassedOn", "UnpackedState", "StateIsAPair"],
}


def look(specimen: Specimen) -> Verdict:
    found = visible.registry.get("surnames", specimen.check)
    return found.run(DirectSubject(found.subject, specimen.make()))


def test_names_subjects_and_no_points() -> None:
    seen, unseen = visible.registry.of("surnames"), hidden.of("surnames")
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

    for found in visible.registry.of("surnames"):
        with pytest.raises(visible.NotYet, match="is not written yet"):
            check(found.name, blank)


def test_networks_are_told_how_far_the_two_ways_differ(capsys: pytest.CaptureFixture[str]) -> None:
    for name, network in (
        ("rnn_classifier", Vanilla),
        ("gru_classifier", Gated),
        ("attention_classifier", Attending),
        ("lstm_classifier", Stacked),
    ):
        check(name, network)
        assert "in a padded batch: the results differ by" in capsys.readouterr().out
    two_ways = next(s for s in SPECIMENS if s.name == "AloneSharper").make()
    with pytest.raises(visible.NotYet, match="have to agree to 1e-06"):
        check("attention_classifier", two_ways)


def test_trained_reports_the_accuracy(capsys: pytest.CaptureFixture[str]) -> None:
    start = time.process_time()
    check("trained", Attending(57, 64, 18))
    assert time.process_time() - start < 1
    out = capsys.readouterr().out
    assert "held-out names" in out
    assert "%" in out
    check("trained", Gated(57, 64, 18))  # log-probabilities alone are as good
    with pytest.raises(visible.NotYet, match="sum to 1"):
        check("trained", _Raw(57, 64, 18))


class _Raw(Gated):
    def judge(self, feature: torch.Tensor) -> torch.Tensor:
        return self.out(feature)


def test_the_student_half_does_not_know_the_answers() -> None:
    from course_lib.lab import names
    from course_lib.lab.checks import surnames

    for module in (surnames, names):
        source = Path(str(module.__file__)).read_text(encoding="utf-8")
        modules = [
            node.module or ""
            for node in ast.walk(ast.parse(source))
            if isinstance(node, ast.ImportFrom)
        ]
        assert not [module for module in modules if "answers" in module or "grading" in module]
        for solution in (".softmax(", "masked_fill", "logsumexp", ".chunk(", "tanh(", "nn.LSTM"):
            assert solution not in source
