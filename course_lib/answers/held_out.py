"""The labels of the test reviews, which only those who grade have.

Made by `course_lib.data.packages.split_reviews` from the published table; one bit a review, in the
order of `course_lib.data.reviews.load("test")`, behind a leading 1.
"""

from __future__ import annotations

_BITS = (
    "efcdb5ff8efeff7ff9db76a77ce57b7abff5dfff7fffff27fdfee7fa5b49beeffe7fd6fffffbeeffefdfffb3"
    "fefdbab77ec3fdfd7f6f3f7def39bf5fdef7f773f7ffffdf67fffffffddfff7ffdffbf7dbebafffffffffedf"
    "f4ff5bd3fff97dd7e49913ffffff6edfdb1f3fafbedffbb1d7757faf7e77e735d73775ef7ffff5ba3dbfffbb"
    "fb4effbbff3fe57bfffffbf7f7dd79fbffdfdefff9fffffffdfffd97fefb79bfebfffdafebfffbd7bfdf6fff"
    "e7efaffefbffff7bb7fc5fff7f6fafffff7ffefffffdfd5effffa4f371bed57fd317aefffbffd7fffdffdfef"
    "efffdfff66fb5dd6e5fe7ffbfdb7f7ffffdef9fbd6fafbbfefbffbeffbbe3d7bfff1b7ffffffcbdfbfffbfff"
    "ffbfffffef7fded1fd5affdfe7fe3ff7ff7fff"
)


def review_labels() -> list[int]:
    """1 where a test review recommends the article, else 0; 2,263 of them."""
    return [int(bit) for bit in f"{int(_BITS, 16):b}"[1:]]
