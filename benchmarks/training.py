"""The lectures' training beside that of the exercises they grew from: seconds, speed, quality.

Run ``python benchmarks/training.py`` in the repository root; ``--only vowels,surnames`` takes some
of the lectures, ``--write`` puts the tables into ``benchmarks/README.md``. Both loops of a lecture
learn from the same data in the same run, on one thread, seed by seed in turn, so that a slow minute
of the machine meets both. Exit status 1 says that a goal was missed.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[0] = str(ROOT)  # so that this folder's modules have the same names here and in tests
os.environ.setdefault("OMP_NUM_THREADS", "1")  # torch reads it when it is imported

from benchmarks.contests import CONTESTS, Trained  # noqa: E402
from benchmarks.grading_rooms import OTTER_HOME  # noqa: E402
from benchmarks.grading_tables import Section, Spread, insert, machine, table  # noqa: E402
from course_lib.answers.calibration import no_progress_bar  # noqa: E402

README = Path(__file__).with_name("README.md")


def row(name: str, runs: list[Trained]) -> list[str]:
    """One line of a lecture's table."""
    seconds = Spread.of(run.seconds for run in runs).text(1)
    speed = Spread.of(run.speed for run in runs).text(0)
    quality = [Spread.of(run.quality[key] for run in runs).text(3) for key in runs[0].quality]
    return [name, f"{runs[0].examples:,}", seconds, speed, *quality]


def measured(stem: str, seeds: int) -> Section:
    """Train both ways with every seed."""
    contest = CONTESTS[stem]()
    before: list[Trained] = []
    now: list[Trained] = []
    for seed in range(seeds):
        before.append(contest.original(seed))
        now.append(contest.lecture(seed))
        print(f"{stem}, seed {seed}: {before[-1]}, {now[-1]}", file=sys.stderr, flush=True)
    header = ["loop", "examples read", "s", "examples / s", *now[0].quality]
    rows = [row("as first taught", before), row("lecture", now)]
    about = f"{contest.about}. {seeds} seeds"
    return Section(f"training {stem}", about, [table(header, rows)], contest.goals(before, now))


def main() -> int:
    """Measure the lectures that are asked for; 1 if a goal is missed."""
    parser = argparse.ArgumentParser(description="The lectures' training beside the originals'.")
    parser.add_argument("--only", default=",".join(CONTESTS), help="lectures, by comma")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--write", action="store_true", help="into benchmarks/README.md")
    options = parser.parse_args()
    stems = options.only.split(",")
    if unknown := sorted(set(stems) - set(CONTESTS)):
        parser.error(f"there is no lecture {unknown[0]!r}: choose of {', '.join(CONTESTS)}")
    where, missed = machine(OTTER_HOME / "bin" / "python"), False
    for stem in stems:
        with no_progress_bar():
            section = measured(stem, options.seeds)
        text = section.markdown(where)
        missed |= not all(goal.met for goal in section.goals)
        print(f"### {stem}\n\n{text}\n", flush=True)
        if options.write:
            README.write_text(insert(README.read_text(), section.key, text))
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
