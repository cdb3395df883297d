"""Right answers to the exercises of `vowels` in other forms; importing them registers them."""

from course_lib.answers.equivalents import vowels_functions, vowels_networks

__all__ = ["vowels_functions", "vowels_networks"]
