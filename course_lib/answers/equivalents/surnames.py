"""Right answers to the exercises of `surnames` in other forms; importing them registers them."""

from course_lib.answers.equivalents import surnames_functions, surnames_networks

__all__ = ["surnames_functions", "surnames_networks"]
