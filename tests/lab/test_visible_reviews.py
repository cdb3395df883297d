"""The visible checks of `reviews`: silent on right forms, clear on the plainest wrong ones."""

import pytest
import torch

from course_lib.answers import audit
from course_lib.answers.registry import Specimen
from course_lib.lab import visible
from course_lib.lab.subject import DirectSubject
from course_lib.lab.visible import registry

torch.set_num_threads(1)

SPECIMENS = [s for s in audit.load("reviews") if s.check not in ("trained", "predictions")]
visible.checker("reviews")
RIGHT = [s for s in SPECIMENS if not s.fault]
PLAIN = {
    "f1_macro": ["accuracy", "of_the_ones", "summed"],
    "keep_probability": ["no_root", "discards", "above_one"],
    "negative_distribution": ["no_power", "not_normalised", "uniform"],
    "skip_gram_loss": ["sign_changed", "negatives_subtracted", "one_a_pair"],
    "nearest": ["itself", "farthest", "values_for_indices"],
    "collate": ["ids_only", "mask_not_bool", "padded_in_front"],
    "head_weights": ["unmasked", "heads_last", "no_softmax"],
    "heads_classifier": ["not_a_parameter", "ProbabilityOnly", "Left"],
}


@pytest.mark.parametrize("specimen", RIGHT, ids=[f"{s.check}-{s.name}" for s in RIGHT])
def test_right_answers_pass(specimen: Specimen) -> None:
    check = registry.get("reviews", specimen.check)
    verdict = check.run(DirectSubject(check.subject, specimen.make()))
    assert verdict.right, verdict.sentence


@pytest.mark.parametrize(("name", "wrong"), [(n, w) for n, ws in PLAIN.items() for w in ws])
def test_plain_mistakes_are_told_at_once(name: str, wrong: str) -> None:
    specimen = next(s for s in SPECIMENS if (s.check, s.name) == (name, wrong))
    check = registry.get("reviews", name)
    verdict = check.run(DirectSubject(check.subject, specimen.make()))
    assert not verdict.right
    assert verdict.fault != "our_error", verdict.detail


def test_predictions_look_at_header_and_number() -> None:
    check = registry.get("reviews", "predictions")
    for text, fault in (("id,label\n1,1", "wrong_number"), ("1,1", "wrong_header"), (3, "no_text")):
        verdict = check.run(DirectSubject("predictions", lambda text=text: text))
        assert verdict.fault == fault
