"""What each lecture's checks and catalogues must hold, for tests that ask it of every lecture."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from course_lib.answers import audit


@dataclass(frozen=True)
class Lecture:
    """What is known of a lecture from outside its checks.

    Attributes:
        checks: Names and points, in the lecture's order.
        subjects: The names in the notebook that are not the check's own.
        training: The check of the trained network.
        by_laws: Checks that compare with no known wrong answer, only with laws and the right one.
        wrong: Every check has at least so many wrong answers in the catalogue.
        right: And so many right ones.
        faults: The checks name at least so many faults.
    """

    checks: dict[str, int]
    subjects: dict[str, str]
    training: str
    by_laws: tuple[str, ...] = field(kw_only=True)
    wrong: int = field(kw_only=True)
    right: int = field(kw_only=True)
    faults: int = field(kw_only=True)


LECTURES = {
    "addition": Lecture(
        {
            "addends": 2, "attention_weights": 2, "weighted_sum": 2, "adder": 4,
            "squared_error": 1, "overlap": 3, "mass": 2, "variant": 4, "before": 2, "finder": 4,
            "finder_trained": 4, "moved": 2,
        },
        {"adder": "Adder", "variant": "Variant", "finder": "Finder", "finder_trained": "finder"},
        "finder_trained",
        by_laws=("finder_trained",), wrong=5, right=3, faults=80,
    ),
    "vowels": Lecture(
        {
            "pad_sequences": 2, "time_weights": 3, "context_vector": 2, "attention_classifier": 4,
            "attention_reader": 2, "padding_mass": 2, "sequence_mask": 1, "masked_softmax": 3,
            "last_states": 2, "bilinear_scores": 2, "masked_classifier": 4, "trained": 4,
        },
        {
            "attention_classifier": "AttentionClassifier", "attention_reader": "AttentionReader",
            "masked_classifier": "MaskedAttentionClassifier", "trained": "model",
        },
        "trained",
        by_laws=("trained",), wrong=2, right=1, faults=80,
    ),
    "surnames": Lecture(
        {
            "with_noise": 2, "rnn_step": 2, "rnn_states": 2, "log_softmax": 2, "rnn_last": 3,
            "rnn_classifier": 3, "gru_step": 3, "gru_classifier": 3, "attention_classifier": 4,
            "confusion_matrix": 1, "trained": 4, "lstm_classifier": 3,
        },
        {
            "rnn_classifier": "RNNClassifier", "gru_classifier": "GRUClassifier",
            "attention_classifier": "AttentionClassifier", "lstm_classifier": "LSTMClassifier",
            "trained": "model",
        },
        "trained",
        by_laws=("with_noise", "confusion_matrix", "trained"), wrong=7, right=3, faults=80,
    ),
    "reviews": Lecture(
        {
            "f1_macro": 3, "keep_probability": 2, "negative_distribution": 2, "skip_gram_loss": 4,
            "nearest": 3, "collate": 3, "head_weights": 4, "heads_classifier": 5, "trained": 4,
            "predictions": 4,
        },
        {"heads_classifier": "HeadsClassifier", "trained": "model"},
        "trained",
        by_laws=("collate", "trained", "predictions"), wrong=5, right=2, faults=40,
    ),
    "imdb": Lecture(
        {
            "attention": 4, "heads": 4, "positions": 2, "layer": 4, "masked_mean": 2,
            "classifier": 4, "accuracy": 1, "trained": 3, "erased": 2,
        },
        {
            "heads": "MultiHeadAttention", "layer": "EncoderLayer",
            "classifier": "EncoderClassifier", "trained": "model",
        },
        "trained",
        by_laws=("positions", "trained"), wrong=7, right=3, faults=60,
    ),
}  # fmt: skip


def _grouped(stem: str, *values: Any, name: str) -> Any:
    # One process for a lecture: its data and its networks are made once.
    return pytest.param(*values, marks=pytest.mark.xdist_group(f"answers_{stem}"), id=name)


def each_lecture() -> list[Any]:
    """The stems, to parametrise by."""
    return [_grouped(stem, stem, name=stem) for stem in LECTURES]


def each_check(*, by_laws: bool = True) -> list[Any]:
    """Pairs of stem and check; without those that compare with laws alone, if asked."""
    return [
        _grouped(stem, stem, name, name=f"{stem}-{name}")
        for stem, lecture in LECTURES.items()
        for name in lecture.checks
        if by_laws or name not in lecture.by_laws
    ]


def each_specimen() -> list[Any]:
    """Every specimen of every catalogue."""
    return [
        _grouped(stem, specimen, name=f"{stem}-{specimen.check}-{specimen.name}")
        for stem in LECTURES
        for specimen in audit.load(stem)
    ]
