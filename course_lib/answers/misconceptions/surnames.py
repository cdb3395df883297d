"""Wrong answers to the exercises of `surnames`; importing them registers them."""

from course_lib.answers.misconceptions import (
    surnames_attention,
    surnames_cells,
    surnames_gates,
    surnames_last,
    surnames_layers,
    surnames_networks,
    surnames_noise,
    surnames_readers,
    surnames_trained,
)

__all__ = [
    "surnames_attention",
    "surnames_cells",
    "surnames_gates",
    "surnames_last",
    "surnames_layers",
    "surnames_networks",
    "surnames_noise",
    "surnames_readers",
    "surnames_trained",
]
