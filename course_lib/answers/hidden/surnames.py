"""The hidden checks of the lecture `surnames`, registered in the order of the exercises."""

from __future__ import annotations

from course_lib.answers.hidden import (
    surnames_gates,
    surnames_networks,
    surnames_noise,
    surnames_trained,
    surnames_vanilla,
)
from course_lib.answers.registry import hidden
from course_lib.lab.subject import Subject


@hidden.check("surnames", "with_noise", points=2)
def with_noise(subject: Subject) -> None:
    """Up to `noise_level` characters behind each name, the same for the same seed."""
    surnames_noise.with_noise(subject)


@hidden.check("surnames", "rnn_step", points=2)
def rnn_step(subject: Subject) -> None:
    """One letter."""
    surnames_vanilla.rnn_step(subject)


@hidden.check("surnames", "rnn_states", points=2)
def rnn_states(subject: Subject) -> None:
    """One name, letter by letter."""
    surnames_vanilla.rnn_states(subject)


@hidden.check("surnames", "log_softmax", points=2)
def log_softmax(subject: Subject) -> None:
    """Scores to log-probabilities."""
    surnames_gates.log_softmax(subject)


@hidden.check("surnames", "rnn_last", points=3)
def rnn_last(subject: Subject) -> None:
    """A padded batch, whose names end at different times."""
    surnames_vanilla.rnn_last(subject)


@hidden.check("surnames", "rnn_classifier", points=3, subject="RNNClassifier")
def rnn_classifier(subject: Subject) -> None:
    """The vanilla network, both ways."""
    surnames_networks.check(subject, "rnn_classifier")


@hidden.check("surnames", "gru_step", points=3)
def gru_step(subject: Subject) -> None:
    """One letter, with gates."""
    surnames_gates.gru_step(subject)


@hidden.check("surnames", "gru_classifier", points=3, subject="GRUClassifier")
def gru_classifier(subject: Subject) -> None:
    """The network with gates, both ways."""
    surnames_networks.check(subject, "gru_classifier")


@hidden.check("surnames", "attention_classifier", points=4, subject="AttentionClassifier")
def attention_classifier(subject: Subject) -> None:
    """The network with gates and attention, both ways."""
    surnames_networks.check(subject, "attention_classifier")


@hidden.check("surnames", "confusion_matrix", points=1)
def confusion_matrix(subject: Subject) -> None:
    """Counts of (language, guess)."""
    surnames_noise.confusion_matrix(subject)


@hidden.check("surnames", "trained", points=surnames_trained.POINTS, subject="model")
def trained(subject: Subject) -> None:
    """A trained model, on names of ours."""
    surnames_trained.trained(subject)


@hidden.check("surnames", "lstm_classifier", points=3, subject="LSTMClassifier")
def lstm_classifier(subject: Subject) -> None:
    """An LSTM of several layers in the GRU's place, both ways."""
    surnames_networks.check(subject, "lstm_classifier")
