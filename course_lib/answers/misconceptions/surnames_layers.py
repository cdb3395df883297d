"""Wrong networks of `surnames` whose fault is one of their cell: vanilla RNN, GRU, LSTM.

Letters in shapes: B batch, T letters, V characters, H hidden, K classes, L layers.
"""

# ruff: noqa: ARG002 - a form takes what its step is given, whether it needs it or not
# ruff: noqa: D102 - the steps are documented in course_lib.answers.forms.surnames

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence

from course_lib.answers.forms.surnames import Gated, Stacked, Vanilla
from course_lib.answers.registry import misconception

# --- rnn_classifier -------------------------------------------------------------------------------


@misconception("surnames", "rnn_classifier", fault="no_tanh")
class Linear(Vanilla):
    """The plain sum."""

    def step(self, letter: Tensor, h: Tensor) -> Tensor:
        return letter @ self.U.T + h @ self.W.T + self.b


@misconception("surnames", "rnn_classifier", fault="W_transposed")
class TransposedW(Vanilla):
    """h @ W."""

    def step(self, letter: Tensor, h: Tensor) -> Tensor:
        return torch.tanh(letter @ self.U.T + h @ self.W + self.b)


@misconception("surnames", "rnn_classifier", fault="bias_missing")
class NoBias(Vanilla):
    """b is made and not used."""

    def step(self, letter: Tensor, h: Tensor) -> Tensor:
        return torch.tanh(letter @ self.U.T + h @ self.W.T)


@misconception("surnames", "rnn_classifier", fault="starts_large")
class StartsLarge(Vanilla):
    """Multiplied by the root of the size for divided by it."""

    def __init__(self, V: int, H: int, K: int) -> None:
        super().__init__(V, H, K)
        self.W = nn.Parameter(torch.randn(H, H) * H**0.5)


@misconception("surnames", "rnn_classifier", fault="not_a_parameter")
class PlainU(Vanilla):
    """A tensor that no optimiser sees."""

    def __init__(self, V: int, H: int, K: int) -> None:
        super().__init__(V, H, K)
        del self.U
        self.U = torch.randn(H, V)  # type: ignore[assignment]  # the fault: no parameter


@misconception("surnames", "rnn_classifier", fault="not_a_parameter")
class BufferW(Vanilla):
    """Saved, but not trained."""

    def __init__(self, V: int, H: int, K: int) -> None:
        super().__init__(V, H, K)
        del self.W
        self.register_buffer("W", torch.randn(H, H))


@misconception("surnames", "rnn_classifier", fault="transposed")
class UTheOtherWay(Vanilla):
    """U of shape (V, H)."""

    def __init__(self, V: int, H: int, K: int) -> None:
        super().__init__(V, H, K)
        self.U = nn.Parameter(torch.randn(V, H))


# --- gru_classifier -------------------------------------------------------------------------------


@misconception("surnames", "gru_classifier", fault="no_batch_first")
class GatedTimeFirst(Gated):
    """nn.GRU(V, H), which takes the batch for time; one name it takes for what it is."""

    def __init__(self, V: int, H: int, K: int) -> None:
        super().__init__(V, H, K)
        self.gru = nn.GRU(V, H)

    def alone(self, x: Tensor) -> Any:
        return self.judge(self.gru(x)[0][-1])


@misconception("surnames", "gru_classifier", fault="no_memory")
class GatedTimeFirstAlone(Gated):
    """The same, one name as a batch of one."""

    def __init__(self, V: int, H: int, K: int) -> None:
        super().__init__(V, H, K)
        self.gru = nn.GRU(V, H)


@misconception("surnames", "gru_classifier", fault="bidirectional")
class BothDirections(Gated):
    """Reads backwards too."""

    def __init__(self, V: int, H: int, K: int) -> None:
        super().__init__(V, H, K)
        self.gru = nn.GRU(V, H, batch_first=True, bidirectional=True)


@misconception("surnames", "gru_classifier", fault="too_many_layers")
class TwoLayers(Gated):
    """Two GRUs on top of each other."""

    def __init__(self, V: int, H: int, K: int) -> None:
        super().__init__(V, H, K)
        self.gru = nn.GRU(V, H, num_layers=2, batch_first=True)


@misconception("surnames", "gru_classifier", fault="wrong_parameters")
class VanillaForGated(Gated):
    """One block for three."""

    def __init__(self, V: int, H: int, K: int) -> None:
        super().__init__(V, H, K)
        self.gru = nn.RNN(V, H, batch_first=True)  # type: ignore[assignment]  # the fault


# --- lstm_classifier ------------------------------------------------------------------------------


class _StateRead(Stacked):
    """Reads the last state of each name from what an LSTM returns beside its states."""

    def ended(self, x: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        return self.lstm(packed)[1]  # h and c, both (L, B, H)

    def read(self, h: Tensor, c: Tensor) -> Tensor:
        """Take features (B, H) from h and c, (L, B, H) each."""
        raise NotImplementedError("each wrong network reads something else")

    def batch(self, x: Tensor, lengths: Tensor) -> Any:
        return self.judge(self.read(*self.ended(x, lengths)))


@misconception("surnames", "lstm_classifier", fault="cell_for_state")
class CellRead(_StateRead):
    """c for h."""

    def read(self, h: Tensor, c: Tensor) -> Tensor:
        return c[-1]


@misconception("surnames", "lstm_classifier", fault="lower_layer")
class LowerLayerRead(_StateRead):
    """h_n[0]."""

    def read(self, h: Tensor, c: Tensor) -> Tensor:
        return h[0]


@misconception("surnames", "lstm_classifier", fault="lower_cell")
class LowerCellRead(_StateRead):
    """c_n[0]."""

    def read(self, h: Tensor, c: Tensor) -> Tensor:
        return c[0]


@misconception("surnames", "lstm_classifier", fault="layers_summed")
class LayersSummed(_StateRead):
    """h_n.sum(dim=0)."""

    def read(self, h: Tensor, c: Tensor) -> Tensor:
        return h.sum(dim=0)


@misconception("surnames", "lstm_classifier", fault="parts_summed")
class PartsSummed(_StateRead):
    """h + c."""

    def read(self, h: Tensor, c: Tensor) -> Tensor:
        return h[-1] + c[-1]


@misconception("surnames", "lstm_classifier", fault="last_row")
class UnpackedState(_StateRead):
    """h_n of the padded batch, which has read the padding."""

    def ended(self, x: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        return self.lstm(x)[1]

    def read(self, h: Tensor, c: Tensor) -> Tensor:
        return h[-1]


@misconception("surnames", "lstm_classifier", fault="cell_for_state")
class UnpackedCell(UnpackedState):
    """c_n of the padded batch; one name alone is right."""

    def alone(self, x: Tensor) -> Any:
        return self.judge(self.lstm(x)[0][-1])

    def read(self, h: Tensor, c: Tensor) -> Tensor:
        return c[-1]


@misconception("surnames", "lstm_classifier", fault="lower_layer")
class UnpackedLowerLayer(UnpackedCell):
    """h_n[0] of the padded batch; one name alone is right."""

    def read(self, h: Tensor, c: Tensor) -> Tensor:
        return h[0]


@misconception("surnames", "lstm_classifier", fault="raised")
class StateIsAPair(Stacked):
    """As with a GRU: the pair goes into `out`."""

    def batch(self, x: Tensor, lengths: Tensor) -> Any:
        _, state = self.lstm(x)
        return self.judge(state[-1] if isinstance(state, list) else state)


@misconception("surnames", "lstm_classifier", fault="too_few_layers")
class LayersNotPassedOn(Stacked):
    """num_layers is forgotten."""

    def __init__(self, V: int, H: int, K: int, layers: int) -> None:
        super().__init__(V, H, K, layers)
        self.lstm = nn.LSTM(V, H, batch_first=True)


@misconception("surnames", "lstm_classifier", fault="too_many_layers")
class OneLayerTooMany(Stacked):
    """layers + 1."""

    def __init__(self, V: int, H: int, K: int, layers: int) -> None:
        super().__init__(V, H, K, layers + 1)


@misconception("surnames", "lstm_classifier", fault="bidirectional")
class StackedBothDirections(Stacked):
    """Reads backwards too."""

    def __init__(self, V: int, H: int, K: int, layers: int) -> None:
        super().__init__(V, H, K, layers)
        self.lstm = nn.LSTM(V, H, layers, batch_first=True, bidirectional=True)


@misconception("surnames", "lstm_classifier", fault="wrong_parameters")
class GatedForStacked(Stacked):
    """Three blocks for four."""

    def __init__(self, V: int, H: int, K: int, layers: int) -> None:
        super().__init__(V, H, K, layers)
        self.lstm = nn.GRU(V, H, layers, batch_first=True)  # type: ignore[assignment]  # the fault


@misconception("surnames", "lstm_classifier", fault="no_batch_first")
class StackedTimeFirst(Stacked):
    """nn.LSTM(V, H, layers), which takes the batch for time."""

    def __init__(self, V: int, H: int, K: int, layers: int) -> None:
        super().__init__(V, H, K, layers)
        self.lstm = nn.LSTM(V, H, layers)

    def alone(self, x: Tensor) -> Any:
        return self.judge(self.lstm(x)[0][-1])
