"""Wrong answers to the exercises of `imdb`; importing them registers them."""

from course_lib.answers.misconceptions import (
    imdb_attention,
    imdb_classifiers,
    imdb_counts,
    imdb_functions,
    imdb_heads,
    imdb_layers,
    imdb_trained,
)

__all__ = [
    "imdb_attention",
    "imdb_classifiers",
    "imdb_counts",
    "imdb_functions",
    "imdb_heads",
    "imdb_layers",
    "imdb_trained",
]
