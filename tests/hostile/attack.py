"""What an attack is: cells of a student's, and the verdicts that they must get all the same."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Attack:
    """One hostile submission.

    The harness puts a right exercise before and after it, and these know all that an attacker could
    wish to know of the machine (`harness.Ground.knowledge`).

    Attributes:
        name: The attack's name.
        keeps: The property that it must not break, in words.
        cells: The code; ``test attacked`` and ``test layer`` stand for graded cells. Where there is
            none, one for ``attacked`` is put after the last cell.
        files: What lies beside the notebook, by relative path.
        metadata: Metadata of all of the attack's cells.
        faults: Faults that its graded cells may be given; each costs all points.
        later: Faults of the right exercise after the attack; the empty one means full points.
        never: Texts that no output may hold.
        shows: Texts that the outputs must hold: the attack ran as far as that.
        limits: Limits that go before `harness.LIMITS`, by section and name.
        seconds: Wall time that the whole submission may take.
    """

    name: str
    keeps: str
    cells: tuple[str, ...]
    files: dict[str, bytes] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    faults: tuple[str, ...] = ("wrong_value",)
    later: tuple[str, ...] = ("",)
    never: tuple[str, ...] = ()
    shows: tuple[str, ...] = ()
    limits: dict[str, dict[str, Any]] = field(default_factory=dict)
    seconds: float = 25.0
