from __future__ import annotations

import doctest

import pytest
import torch
from torch import Tensor, nn

from course_lib.lab import tables
from course_lib.lab.layers import four_layers
from course_lib.lab.tables import Table, shapes

LETTERS = {"B": 5, "T": 7, "D": 3, "H": 4, "2H": 8, "K": 2}


def mean_over_time(states: Tensor) -> Tensor:
    return states.mean(dim=1)


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(3, 4, batch_first=True)
        self.classifier = four_layers(8, 2)

    def forward(self, x: Tensor) -> Tensor:
        states, _ = self.lstm(x)
        return self.classifier(torch.cat([mean_over_time(states), states[:, -1]], dim=1))


class Failing(Net):
    def forward(self, x: Tensor) -> Tensor:
        mean_over_time(self.lstm(x)[0])
        raise ValueError("in the middle")


def table() -> Table:
    return shapes(Net(), torch.zeros(5, 7, 3), letters=LETTERS, functions=["mean_over_time"])


def test_rows_are_what_really_flowed_in_the_order_of_the_calls() -> None:
    rows = table().rows
    assert rows[0] == ("lstm: LSTM", "(B, T, D)", "(B, T, H)", "(5, 7, 4)", "144")
    assert rows[1] == ("mean_over_time()", "(B, T, H)", "(B, H)", "(5, 4)", "")
    assert rows[2] == ("classifier.0: Linear", "(B, 2H)", "(B, 64)", "(5, 64)", "576")
    assert rows[4] == ("classifier.2: Dropout", "(B, 64)", "(B, 64)", "(5, 64)", "")
    assert rows[9] == ("classifier.7: Linear", "(B, 32)", "(B, K)", "(5, 2)", "66")
    assert rows[10][:4] == ("Net (whole)", "(B, T, D)", "(B, K)", "(5, 2)")
    assert len(rows) == 11
    total = sum(parameter.numel() for parameter in Net().parameters())
    assert rows[10][4] == f"{total:,}"


def test_shapes_follow_the_input() -> None:
    rows = shapes(Net(), torch.zeros(6, 9, 3), letters=LETTERS).rows
    assert rows[0] == ("lstm: LSTM", "(6, 9, D)", "(6, 9, H)", "(6, 9, 4)", "144")
    assert not any(row[0].startswith("mean_over_time") for row in rows)


def test_names_of_functions_that_are_not_there_are_passed_over() -> None:
    x = torch.zeros(5, 7, 3)
    assert shapes(Net(), x, letters=LETTERS, functions=["nothing"]).rows == [
        row for row in table().rows if row[0] != "mean_over_time()"
    ]


def test_several_inputs_are_listed() -> None:
    rows = shapes(nn.Bilinear(3, 4, 2), torch.zeros(5, 3), torch.zeros(5, 4), letters=LETTERS).rows
    assert rows == [("Bilinear (whole)", "(B, D), (B, H)", "(B, K)", "(5, 2)", "26")]


@pytest.mark.parametrize("kind", [Net, Failing])
def test_nothing_stays_behind(kind: type[Net]) -> None:
    model, before = kind(), mean_over_time
    try:
        shapes(model, torch.zeros(5, 7, 3), letters=LETTERS, functions=["mean_over_time"])
    except ValueError:
        assert kind is Failing
    assert mean_over_time is before
    assert all(not part._forward_hooks for part in model.modules())
    assert model.training


def test_the_model_runs_as_in_evaluation() -> None:
    class Asking(Net):
        def forward(self, x: Tensor) -> Tensor:
            assert not self.training
            assert not torch.is_grad_enabled()
            return super().forward(x)

    assert shapes(Asking(), torch.zeros(5, 7, 3), letters=LETTERS).rows


def test_text_is_aligned_and_html_is_escaped() -> None:
    small = Table(("a", "n"), [("x < y", "7"), ("z", "1,000")])
    assert str(small) == "a          n\nx < y      7\nz      1,000"
    html = small._repr_html_()
    assert '<td style="text-align: left">x &lt; y</td>' in html
    assert '<td style="text-align: right">1,000</td>' in html
    assert html.count("<tr>") == 3


def test_the_example_in_the_docstring_runs() -> None:
    names = {"nn": nn, "torch": torch, "shapes": shapes}
    assert doctest.testmod(tables, extraglobs=names).failed == 0
