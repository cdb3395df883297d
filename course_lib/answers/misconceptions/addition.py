"""Wrong answers to the exercises of `addition`; importing them registers them."""

from course_lib.answers.misconceptions import (
    addition_addends,
    addition_adders,
    addition_attention,
    addition_finders,
    addition_gates,
    addition_numbers,
    addition_trained,
    addition_variants,
)

__all__ = [
    "addition_addends",
    "addition_adders",
    "addition_attention",
    "addition_finders",
    "addition_gates",
    "addition_numbers",
    "addition_trained",
    "addition_variants",
]
