"""Wrong answers to the exercises of `reviews`; importing them registers them."""

from course_lib.answers.misconceptions import reviews_heads, reviews_trained, reviews_words

__all__ = ["reviews_heads", "reviews_trained", "reviews_words"]
