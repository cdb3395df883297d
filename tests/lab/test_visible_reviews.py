"""What the visible checks of `reviews` say beyond right and wrong."""

from course_lib.lab import visible
from course_lib.lab.subject import DirectSubject

visible.checker("reviews")


def test_predictions_look_at_header_and_number() -> None:
    check = visible.registry.get("reviews", "predictions")
    for text, fault in (("id,label\n1,1", "wrong_number"), ("1,1", "wrong_header"), (3, "no_text")):
        verdict = check.run(DirectSubject("predictions", lambda text=text: text))
        assert verdict.fault == fault
