"""The hidden checks of the lecture `vowels`; importing them registers them in this order."""

from course_lib.answers.hidden import vowels_first_form, vowels_second_form, vowels_trained

__all__ = ["vowels_first_form", "vowels_second_form", "vowels_trained"]
