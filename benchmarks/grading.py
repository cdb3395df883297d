"""Grading speed: stock nbgrader, otter-grader and `course grade` on the same class.

Run ``python benchmarks/grading.py`` in the repository root; ``--write`` puts the results into
benchmarks/README.md, which says what each figure means. Linux, with bubblewrap.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[0] = str(ROOT)  # so that this folder's modules have the same names here and in tests

from benchmarks.grading_measure import CannotMeasure, CommandFailed  # noqa: E402
from benchmarks.grading_rooms import OTTER_HOME  # noqa: E402
from benchmarks.grading_sections import GRADERS, SECTIONS, Settings  # noqa: E402
from benchmarks.grading_tables import insert, machine  # noqa: E402

README = Path(__file__).with_name("README.md")


def main() -> int:
    """Measure, print and perhaps write the results; 1 if a goal is missed or a grader fails."""
    options = _options()
    # So that ending this ends what it runs, and leaves no folder behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    missed = 0
    for key in options.only:
        with tempfile.TemporaryDirectory(prefix="grading-") as folder:
            settings = Settings(
                Path(folder), options.graders, options.submissions, options.large,
                options.trained, options.crowd, options.rounds,
            )  # fmt: skip
            try:
                section = SECTIONS[key](settings)
            except (CannotMeasure, CommandFailed) as error:
                print(f"grading.py: {key} cannot be measured. {error}", file=sys.stderr)
                missed += 1
                continue
        markdown = section.markdown(machine(OTTER_HOME / "bin" / "python"))
        print(f"## {key}\n\n{markdown}\n", flush=True)
        missed += sum(not goal.met for goal in section.goals)
        if options.write:
            text = insert(README.read_text(encoding="utf-8"), key, markdown)
            README.write_text(text, encoding="utf-8")
    return 1 if missed else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Grading speed, side by side.")
    parser.add_argument("--submissions", type=int, default=24, help="size of the short class")
    parser.add_argument("--large", type=int, default=120, help="size of the large short class")
    parser.add_argument("--trained", type=int, default=8, help="size of the class that trains")
    parser.add_argument("--crowd", type=int, default=1000, help="size of the largest class")
    parser.add_argument("--rounds", type=int, default=5, help="how often each figure is taken")
    parser.add_argument(
        "--only", type=_some(SECTIONS), default=tuple(SECTIONS), metavar="SECTION,...",
        help=f"of {', '.join(SECTIONS)}",
    )  # fmt: skip
    parser.add_argument(
        "--graders", type=_some(GRADERS), default=tuple(GRADERS), metavar="GRADER,...",
        help=f"of {', '.join(GRADERS)}",
    )  # fmt: skip
    parser.add_argument("--write", action="store_true", help="write into benchmarks/README.md")
    options = parser.parse_args()
    if min(options.submissions, options.large, options.trained, options.crowd, options.rounds) < 1:
        parser.error("sizes and rounds are at least 1")
    return options


def _some(names: Iterable[str]) -> Callable[[str], tuple[str, ...]]:
    """A parser of a comma-separated choice among names, in the names' own order."""
    known = tuple(names)

    def parse(text: str) -> tuple[str, ...]:
        asked = text.split(",")
        if unknown := sorted(set(asked) - set(known)):
            raise argparse.ArgumentTypeError(
                f"no {', '.join(unknown)}; there are {', '.join(known)}"
            )
        return tuple(name for name in known if name in asked)

    return parse


if __name__ == "__main__":
    sys.exit(main())
