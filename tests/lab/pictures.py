"""What every picture of the lectures has to be."""

import io
from collections.abc import Callable, Mapping

import torch
from matplotlib.figure import Figure


def png(figure: Figure) -> bytes:
    file = io.BytesIO()
    figure.savefig(file, format="png")
    return file.getvalue()


def are_small_and_the_same(every_figure: Callable[[], Mapping[str, Figure]]) -> None:
    """A notebook has to stay well below 1 MB, and to be rebuilt byte for byte.

    Args:
        every_figure: Draws all pictures of a module anew, by name.
    """
    torch.manual_seed(0)
    one = {name: png(figure) for name, figure in every_figure().items()}
    assert max(map(len, one.values())) < 100_000
    torch.manual_seed(0)
    assert {name: png(figure) for name, figure in every_figure().items()} == one
