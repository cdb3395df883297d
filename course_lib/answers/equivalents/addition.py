"""Right answers to the exercises of `addition` in other forms; importing them registers them."""

from course_lib.answers.equivalents import addition_functions, addition_networks

__all__ = ["addition_functions", "addition_networks"]
