"""What the maps of the lecture `addition` score over several seeds: tables.

Run ``python benchmarks/addition_maps.py`` in the repository root; it takes a few minutes. The
networks are those of the lecture's own solution cells, trained with the lecture's settings and the
processor instructions of ``course build``, so the figures in its prose can be measured again.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path[0] = str(Path(__file__).parent.parent)  # where the folder `benchmarks` is a package

import torch  # noqa: E402
from torch import nn  # noqa: E402

from benchmarks import reproducible  # noqa: E402
from benchmarks.taught import taught  # noqa: E402
from course_lib.data.addition import DELIMITER, Additions, draw, load  # noqa: E402
from course_lib.lab import comparison  # noqa: E402
from course_lib.lab.maps import correlation  # noqa: E402
from course_lib.lab.regression import answers, fit, prediction_error  # noqa: E402

ADDER = {"epochs": 2, "batch_size": 25, "lr": 2e-2}  # as in the lecture
FINDER = {"epochs": 6, "batch_size": 100, "lr": 2e-2}
SMALL = {"epochs": 6, "batch_size": 40, "lr": 2e-2}
GOAL, LIMIT = 0.99, 10.0  # the finder's overlap, and seconds of its training

Make = Callable[[], nn.Module]
Found = dict[str, list[float]]


def measured(cells: dict[str, Any], model: nn.Module, data: Additions) -> dict[str, float]:
    """The error of a network's answers and the numbers on its maps, by name."""
    _, weights = answers(model, data.x)
    truth, delimiter = data.addends, data.x == DELIMITER
    mass = cells["mass"]
    return {
        "error of answers": prediction_error(model, data),
        "squared error": cells["squared_error"](weights, truth).mean().item(),
        "overlap": cells["overlap"](weights, truth).mean().item(),
        "mass on addends": mass(weights, truth).mean().item(),
        "on the delimiter": mass(weights, delimiter).mean().item(),
        "after it": mass(weights, ~truth & ~delimiter).mean().item(),
    }


def faithful(cells: dict[str, Any], model: nn.Module, data: Additions) -> dict[str, float]:
    """How much moved numbers change the answers, and how that goes with their weights."""
    plain, weights = answers(model, data.x)
    delimiter, everyone = data.x == DELIMITER, torch.arange(len(data))
    lot = torch.rand(delimiter.shape, generator=torch.Generator().manual_seed(1))
    chosen = {
        "highest": weights.masked_fill(delimiter, -torch.inf).argmax(dim=1),
        "lowest": weights.masked_fill(delimiter, torch.inf).argmin(dim=1),
        "by lot": lot.masked_fill(delimiter, -1).argmax(dim=1),
    }
    changes = {
        name: (answers(model, cells["moved"](data.x, steps))[0] - plain).abs()
        for name, steps in chosen.items()
    }
    weight = weights[everyone, chosen["by lot"]]
    return {
        "highest moved": changes["highest"].mean().item(),
        "lowest moved": changes["lowest"].mean().item(),
        "correlation": correlation(weight, changes["by lot"]),
    }


def explained(model: nn.Module, data: Additions) -> float:
    """Which share of the variance of the sum so far a linear probe of the states explains.

    Of the states up to the delimiter, as in the lecture.
    """
    with torch.no_grad():
        states, _ = model.get_submodule("lstm")(data.x[:, :, None])
    # In float32 the solution would depend on how the numbers lie in memory.
    states = torch.cat([states, torch.ones_like(states[:, :, :1])], dim=2).double()
    here = data.addends | (data.x == DELIMITER)
    states, so_far, fitted = (
        states[here],
        data.x.double().cumsum(dim=1)[here],
        int(here[: len(here) // 2].sum()),
    )
    u = torch.linalg.lstsq(states[:fitted], so_far[:fitted, None]).solution
    rest = so_far[fitted:] - (states[fitted:] @ u).squeeze(1)
    return 1 - (rest.var() / so_far[fitted:].var()).item()


def trained(
    make: Make, train: Additions, test: Additions, recipe: dict[str, Any], seed: int
) -> tuple[nn.Module, float]:
    """Train one network, and say how many seconds it took."""
    torch.manual_seed(seed)
    model, start = make(), time.perf_counter()
    fit(model, train, test, seed=seed, **recipe)
    return model, time.perf_counter() - start


def gather(found: Found, more: dict[str, float]) -> None:
    """Add the measures of one more seed."""
    for name, value in more.items():
        found.setdefault(name, []).append(value)


def main() -> None:
    """Train every network with every seed and print a table for each part of the lecture."""
    parser = argparse.ArgumentParser(description="Maps of the lecture addition.")
    parser.add_argument("--seeds", type=int, default=5, help="trainings of each network")
    seeds = range(parser.parse_args().seeds)
    cells, train, test = (
        taught("addition", without=["finder_trained"], DELIMITER=DELIMITER),
        load("train"),
        load("test"),
    )
    numbers: dict[str, Found] = {"adder": {}, "finder": {}}
    trust: dict[str, Found] = {"adder": {}, "finder": {}}
    probed, seconds = [], []
    makes = {
        "adder": (lambda: cells["Adder"](100), ADDER),
        "finder": (lambda: cells["Finder"](32), FINDER),
    }
    for name, (make, recipe) in makes.items():
        for seed in seeds:
            model, took = trained(make, train, test, recipe, seed)
            gather(numbers[name], {**measured(cells, model, test), "seconds": took})
            gather(trust[name], faithful(cells, model, test))
            if name == "adder":
                probed.append(explained(model, test))
            else:
                seconds.append(took)
    print(f"Full size, {len(seeds)} seeds: median (lowest to highest)")
    print(comparison.table(numbers), end="\n\n")
    print(comparison.table(trust), end="\n\n")
    print("variance of the sum so far explained by a probe:", comparison.spread(probed))
    reached = statistics.median(numbers["finder"]["overlap"])
    took = statistics.median(seconds)
    print(
        f"finder: overlap {reached:.4f} (goal {GOAL}) in {took:.1f} s (limit {LIMIT})", flush=True
    )

    small, unseen = draw(4_000, seed=10, length=10), draw(1_000, seed=11, length=10)
    ablation: dict[str, Found] = {}
    for values, weighing in [
        ("states", "softmax"), ("inputs", "softmax"), ("states", "gates"), ("inputs", "gates"),
        ("inputs", "mean x count"),
    ]:  # fmt: skip
        found = ablation.setdefault(f"{values}, {weighing}", {})
        for seed in seeds:

            def make(values: str = values, weighing: str = weighing) -> nn.Module:
                return cells["Variant"](32, values, weighing)

            model, _ = trained(make, small, unseen, SMALL, seed)
            gather(found, measured(cells, model, unseen))
    print(f"\nAblation, small, {len(seeds)} seeds: median (lowest to highest)")
    print(comparison.table(ablation))
    sys.exit(reached < GOAL or took > LIMIT)


if __name__ == "__main__":
    reproducible.run(main)
