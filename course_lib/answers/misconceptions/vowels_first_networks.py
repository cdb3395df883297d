"""Wrong `AttentionClassifier`s and `AttentionReader`s of `vowels`: one step of each is broken.

Letters in shapes: B batch, T time, D feature, H hidden, K classes.
"""

# ruff: noqa: D102 - the steps are documented in course_lib.answers.forms.vowels

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from course_lib.answers.forms.vowels import Classifier, Reader
from course_lib.answers.registry import misconception
from course_lib.lab.layers import four_layers

# --- attention_classifier -----------------------------------------------------------------------


@misconception("vowels", "attention_classifier", fault="softmax_over_batch")
class SoftmaxOverBatch(Classifier):
    """dim=0."""

    def weigh(self, states: Tensor) -> Tensor:
        return (states * self.W).sum(dim=2).softmax(dim=0)


@misconception("vowels", "attention_classifier", fault="softmax_over_hidden")
class SoftmaxOverHidden(Classifier):
    """dim=2 before the sum."""

    def weigh(self, states: Tensor) -> Tensor:
        return (states * self.W).softmax(dim=2).sum(dim=2)


@misconception("vowels", "attention_classifier", fault="no_softmax")
class NoSoftmax(Classifier):
    """Scores for weights."""

    def weigh(self, states: Tensor) -> Tensor:
        return (states * self.W).sum(dim=2)


@misconception("vowels", "attention_classifier", fault="mean_over_time")
class MeanOverTime(Classifier):
    """The weights play no part."""

    def context(self, weights: Tensor, states: Tensor) -> Tensor:
        del weights
        return states.mean(dim=1)


@misconception("vowels", "attention_classifier", fault="context_and_last_swapped")
class ContextAndLastSwapped(Classifier):
    """The last state first."""

    def join(self, context: Tensor, last: Tensor) -> Tensor:
        return torch.cat([last, context], dim=1)


@misconception("vowels", "attention_classifier", fault="context_missing")
class LastStateTwice(Classifier):
    """2H numbers without a context."""

    def join(self, context: Tensor, last: Tensor) -> Tensor:
        del context
        return torch.cat([last, last], dim=1)


@misconception("vowels", "attention_classifier", fault="last_state_missing")
class ContextTwice(Classifier):
    """2H numbers without a last state."""

    def join(self, context: Tensor, last: Tensor) -> Tensor:
        del last
        return torch.cat([context, context], dim=1)


class _OnePart(Classifier):
    def __init__(self, D: int, H: int, K: int, T: int) -> None:
        super().__init__(D, H, K, T)
        self.classifier = four_layers(H, K)


@misconception("vowels", "attention_classifier", fault="context_missing")
class OnlyLastState(_OnePart):
    """A classifier of H inputs for the last state."""

    def join(self, context: Tensor, last: Tensor) -> Tensor:
        del context
        return last


@misconception("vowels", "attention_classifier", fault="last_state_missing")
class OnlyContext(_OnePart):
    """A classifier of H inputs for the context."""

    def join(self, context: Tensor, last: Tensor) -> Tensor:
        del last
        return context


@misconception("vowels", "attention_classifier", fault="context_from_inputs")
class ContextFromInputs(Classifier):
    """The weights sum the inputs."""

    def __init__(self, D: int, H: int, K: int, T: int) -> None:
        super().__init__(D, H, K, T)
        self.classifier = four_layers(D + H, K)

    def forward(self, x: Tensor) -> Any:
        states = self.states(x)
        context = self.context(self.weigh(states), x)
        return self.classifier(self.join(context, self.last(states)))


@misconception("vowels", "attention_classifier", fault="W_transposed")
class TransposedW(Classifier):
    """W of shape (H, T)."""

    def __init__(self, D: int, H: int, K: int, T: int) -> None:
        super().__init__(D, H, K, T)
        self.W = nn.Parameter(torch.randn(H, T))

    def weigh(self, states: Tensor) -> Tensor:
        return (states * self.W.T).sum(dim=2).softmax(dim=1)


@misconception("vowels", "attention_classifier", fault="W_not_a_parameter")
class PlainW(Classifier):
    """A tensor that no optimiser sees."""

    def __init__(self, D: int, H: int, K: int, T: int) -> None:
        super().__init__(D, H, K, T)
        del self.W
        self.W = torch.randn(T, H)  # type: ignore[assignment]  # the fault: no parameter


@misconception("vowels", "attention_classifier", fault="W_not_a_parameter")
class BufferW(Classifier):
    """A buffer that no optimiser sees."""

    def __init__(self, D: int, H: int, K: int, T: int) -> None:
        super().__init__(D, H, K, T)
        del self.W
        self.register_buffer("W", torch.randn(T, H))


@misconception("vowels", "attention_classifier", fault="frozen")
class FrozenLSTM(Classifier):
    """The LSTM is never trained."""

    def __init__(self, D: int, H: int, K: int, T: int) -> None:
        super().__init__(D, H, K, T)
        self.lstm.requires_grad_(False)


@misconception("vowels", "attention_classifier", fault="bidirectional")
class Bidirectional(Classifier):
    """Both directions."""

    def __init__(self, D: int, H: int, K: int, T: int) -> None:
        super().__init__(D, H, K, T)
        self.lstm = nn.LSTM(D, H, batch_first=True, bidirectional=True)


@misconception("vowels", "attention_classifier", fault="extra_parameters")
class ExtraBias(Classifier):
    """A bias in the scores."""

    def __init__(self, D: int, H: int, K: int, T: int) -> None:
        super().__init__(D, H, K, T)
        self.bias = nn.Parameter(torch.zeros(T))


@misconception("vowels", "attention_classifier", fault="no_batch_first")
class NoBatchFirst(Classifier):
    """nn.LSTM's default order."""

    def __init__(self, D: int, H: int, K: int, T: int) -> None:
        super().__init__(D, H, K, T)
        self.lstm = nn.LSTM(D, H)


@misconception("vowels", "attention_classifier", fault="first_state_for_last")
class FirstState(Classifier):
    """states[:, 0]."""

    def last(self, states: Tensor) -> Tensor:
        return states[:, 0]


@misconception("vowels", "attention_classifier", fault="cell_for_last_state")
class CellForLastState(Classifier):
    """The second of (h_n, c_n)."""

    def states(self, x: Tensor) -> Tensor:
        states, (_, self.cell) = self.lstm(x)
        return states

    def last(self, states: Tensor) -> Tensor:
        del states
        return self.cell[0]


@misconception("vowels", "attention_classifier", fault="softmax_on_logits")
class SoftmaxOnLogits(Classifier):
    """Probabilities for logits."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x).softmax(dim=1)


@misconception("vowels", "attention_classifier", fault="returns_several")
class WeightsToo(Classifier):
    """Logits and weights."""

    def forward(self, x: Tensor) -> Any:
        return super().forward(x), self.weigh(self.states(x))


@misconception("vowels", "attention_classifier", fault="detached")
class WeightsDetached(Classifier):
    """No gradient reaches W."""

    def context(self, weights: Tensor, states: Tensor) -> Tensor:
        return super().context(weights.detach(), states)


@misconception("vowels", "attention_classifier", fault="detached_in_part")
class StatesDetached(Classifier):
    """The LSTM learns through the last state only."""

    def context(self, weights: Tensor, states: Tensor) -> Tensor:
        return super().context(weights, states.detach())


@misconception("vowels", "attention_classifier", fault="overflow")
class Overflow(Classifier):
    """Exponentials of large scores."""

    def weigh(self, states: Tensor) -> Tensor:
        powers = (states * self.W).sum(dim=2).exp()
        return powers / powers.sum(dim=1, keepdim=True)


@misconception("vowels", "attention_classifier", fault="random_in_eval")
class DropoutInEval(Classifier):
    """F.dropout acts by default, whatever the mode."""

    def join(self, context: Tensor, last: Tensor) -> Tensor:
        return F.dropout(super().join(context, last), 0.3)


@misconception("vowels", "attention_classifier", fault="random_in_eval")
class RandomFirstState(Classifier):
    """The LSTM starts from noise."""

    def states(self, x: Tensor) -> Tensor:
        H = self.lstm.hidden_size
        start = torch.randn(2, 1, len(x), H, dtype=x.dtype)
        return self.lstm(x, (start[0], start[1]))[0]


@misconception("vowels", "attention_classifier", fault="dropout_never_active")
class AlwaysEval(Classifier):
    """forward switches to evaluation mode."""

    def forward(self, x: Tensor) -> Tensor:
        self.eval()
        return super().forward(x)


@misconception("vowels", "attention_classifier", fault="depends_on_batch")
class CentredOverBatch(Classifier):
    """Features minus the batch's mean."""

    def join(self, context: Tensor, last: Tensor) -> Tensor:
        features = super().join(context, last)
        return features - features.mean(dim=0)


@misconception("vowels", "attention_classifier", fault="squeezed")
class Squeezed(Classifier):
    """A batch of one loses its batch dimension."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x).squeeze()


@misconception("vowels", "attention_classifier", fault="wrong_dtype")
class Float64Forced(Classifier):
    """Logits in float64."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x).double()


@misconception("vowels", "attention_classifier", fault="input_changed")
class InputCentredInPlace(Classifier):
    """The caller's x changes, with no effect on the result."""

    def forward(self, x: Tensor) -> Tensor:
        logits = super().forward(x.clone())
        x -= x.mean()
        return logits


# --- attention_reader ---------------------------------------------------------------------------


@misconception("vowels", "attention_reader", fault="returns_logits")
class ReaderOfLogits(Classifier):
    """Nothing overridden."""


@misconception("vowels", "attention_reader", fault="returns_several")
class ReaderOfBoth(Reader):
    """Logits and weights."""

    def forward(self, x: Tensor) -> Any:
        return Classifier.forward(self, x), super().forward(x)


@misconception("vowels", "attention_reader", fault="returns_scores")
class ReaderOfScores(Reader):
    """No softmax."""

    def weigh(self, states: Tensor) -> Tensor:
        return (states * self.W).sum(dim=2)


@misconception("vowels", "attention_reader", fault="returns_context")
class ReaderOfContext(Reader):
    """(B, H)."""

    def forward(self, x: Tensor) -> Tensor:
        states = self.states(x)
        return self.context(self.weigh(states), states)


@misconception("vowels", "attention_reader", fault="softmax_over_batch")
class ReaderOverBatch(Reader):
    """dim=0."""

    def weigh(self, states: Tensor) -> Tensor:
        return (states * self.W).sum(dim=2).softmax(dim=0)


@misconception("vowels", "attention_reader", fault="softmax_twice")
class ReaderSoftmaxTwice(Reader):
    """Shares of shares."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x).softmax(dim=1)


@misconception("vowels", "attention_reader", fault="mean_over_batch")
class ReaderOfMean(Reader):
    """The row for a plot."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x).mean(dim=0)


@misconception("vowels", "attention_reader", fault="no_classifier")
class ReaderWithoutClassifier(Reader):
    """A trained state dict does not load into it."""

    def __init__(self, D: int, H: int, K: int, T: int) -> None:
        super().__init__(D, H, K, T)
        del self.classifier


@misconception("vowels", "attention_reader", fault="extra_parameters")
class ReaderWithOwnW(Reader):
    """Reads by a weight that training never saw."""

    def __init__(self, D: int, H: int, K: int, T: int) -> None:
        super().__init__(D, H, K, T)
        self.reading = nn.Parameter(torch.randn(T, H))

    def weigh(self, states: Tensor) -> Tensor:
        return (states * self.reading).sum(dim=2).softmax(dim=1)
