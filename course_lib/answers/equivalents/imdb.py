"""Right answers to the exercises of `imdb` in other forms; importing them registers them."""

from course_lib.answers.equivalents import imdb_functions, imdb_networks

__all__ = ["imdb_functions", "imdb_networks"]
