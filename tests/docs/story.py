"""The pages that tell a story, run in order in one copy of the repository."""

from __future__ import annotations

import shutil
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.docs.elsewhere import COMMANDS
from tests.docs.pages import ROOT, Command, Shell, commands, tracked

BIN = Path(sys.executable).parent
STORY = ("tutorial", "student", "instructor")
# Who hands in what in the instructor's guide, and when: the name of a demo student of `copy`.
_CLASS = {
    "ada": ("Ada Lovelace", "perfect", "2026-11-30 10:00:00 Z"),
    "bob": ("Bob Byrne", "counted_from_one", "2026-12-01 20:00:00 Z"),
    "cleo": ("Cleo Cruz", "softmax_over_readers", "2026-12-03 08:00:00 Z"),
    "dan": ("Dan Dubois", "blank", "2026-12-01 09:00:00 Z"),
}


@dataclass(frozen=True)
class Told:
    """A command of a page, and what came of it."""

    page: str
    command: Command
    status: int
    got: str
    status_is_shown: bool


def repository(folder: Path) -> Path:
    """A copy of the repository's own files, and the environment where the pages say it is."""
    for path in tracked():
        target = folder / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, target)
    activate = folder / ".venv" / "bin" / "activate"
    activate.parent.mkdir(parents=True)
    activate.write_text(f'PATH="{BIN}:$PATH"\n')  # of the environment that runs this, conda or venv
    return folder


def tell(root: Path) -> Iterator[Told]:
    """Run the pages' commands, one after the other, save those that run elsewhere."""
    for page in STORY:
        folder = _BEFORE[page](root)
        # The package of the copy goes before the one that is installed.
        shell = Shell(folder, {"PYTHONPATH": str(root), "COLUMNS": "100", "OMP_NUM_THREADS": "1"})
        try:
            yield from _page(shell, page)
        finally:
            shell.close()


def _page(shell: Shell, page: str) -> Iterator[Told]:
    here = commands((ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8"))
    for command, after in zip(here, [*here[1:], None], strict=True):
        if command.text not in COMMANDS:
            shown = after is not None and after.text == "echo $?"
            yield Told(page, command, *shell.run(command.text), shown)


def _at_a_students(root: Path) -> Path:
    """A student has the zip and nothing else."""
    folder = root.parent / "student"
    folder.mkdir()
    shutil.copy(root / "release" / "attention-course.zip", folder)
    return folder


def _downloaded(root: Path) -> Path:
    """Gradescope's zip of all submissions lies in the course's folder."""
    metadata = ["---"]
    with zipfile.ZipFile(root / "submissions.zip", "w") as archive:
        for student, (name, fate, time) in _CLASS.items():
            place = f"submission_{student}"
            metadata += [
                f"{place}:",
                "  :submitters:",
                f"  - :name: {name}",
                f"    :email: {student}@example.org",
                f"  :created_at: {time}",
            ]
            notebook = root / "submitted" / fate / "copy" / "copy.ipynb"
            archive.write(notebook, f"{place}/copy.ipynb")
        archive.writestr("submission_metadata.yml", "\n".join(metadata) + "\n")
    return root


_BEFORE = {"tutorial": lambda root: root, "student": _at_a_students, "instructor": _downloaded}
