"""The answers of a lecture, out of its text: what benchmarks train is what is taught."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import jupytext
import torch
from torch import Tensor, nn

LECTURES = Path(__file__).parent.parent / "lectures"


def taught(stem: str, *, without: Collection[str], **names: Any) -> dict[str, Any]:
    """The functions and classes of the lecture's solution cells, by name.

    Args:
        stem: The lecture.
        without: Grade ids of the cells that train, which are left out.
        **names: What else the cells use, beside torch's usual names.
    """
    known: dict[str, Any] = {"torch": torch, "nn": nn, "Tensor": Tensor, **names}
    for cell in jupytext.read(LECTURES / f"{stem}.py", fmt="py:percent").cells:
        about = cell.metadata.get("nbgrader", {})
        answer = cell.cell_type == "code" and about.get("solution")
        if answer and about["grade_id"] not in without:
            exec(cell.source, known)
    return known
