"""Wrong answers to the exercises of `vowels`; importing them registers them."""

from course_lib.answers.misconceptions import (
    vowels_first_form,
    vowels_first_networks,
    vowels_laws,
    vowels_rare_functions,
    vowels_rare_networks,
    vowels_second_form,
    vowels_second_networks,
    vowels_trained,
)

__all__ = [
    "vowels_first_form",
    "vowels_first_networks",
    "vowels_laws",
    "vowels_rare_functions",
    "vowels_rare_networks",
    "vowels_second_form",
    "vowels_second_networks",
    "vowels_trained",
]
