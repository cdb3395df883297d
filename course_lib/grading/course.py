"""A course on disk: where its root is, its nbgrader configuration, its folders."""

from __future__ import annotations

import os
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from nbgrader.coursedir import CourseDirectory
from traitlets.config.loader import Config, PyFileConfigLoader

from course_lib.grading import CONFIG
from course_lib.grading.errors import CourseError, WrongUse

_SIGNS = "._-@+"
# Jupyter's own, wherever a notebook was opened.
_NOT_A_STUDENT = ".ipynb_checkpoints"
_SHOWN = 3


@dataclass(frozen=True)
class Course:
    """A course: its root folder and what `nbgrader_config.py` says."""

    root: Path
    config: Config

    @property
    def lectures(self) -> list[str]:
        """The stems of all lectures, sorted."""
        return sorted(path.stem for path in (self.root / "lectures").glob("*.py"))

    def lecture(self, stem: str) -> str:
        """The stem, if there is such a lecture.

        Raises:
            WrongUse: If there is none; the sentence lists those there are.
        """
        if stem not in self.lectures:
            there = ", ".join(self.lectures) or "none"
            raise WrongUse(
                f"There is no lecture named {stem!r} in {self.root}; there are: {there}."
            )
        return stem

    def chosen(self, stems: list[str] | None) -> list[str]:
        """The lectures of that name, or all of them."""
        return [self.lecture(stem) for stem in stems] if stems else self.lectures

    def handed_in(
        self, stems: list[str] | None, students: list[str] | None = None
    ) -> dict[str, list[str] | None]:
        """The lectures of that name; if none is named, those that have submissions.

        Args:
            stems: Lectures by name.
            students: Only theirs.

        Returns:
            By lecture, whose submissions are meant: None for everybody's. All lectures if nothing
            was handed in, or if one of `students` handed in nothing.
        """
        named: dict[str, list[str] | None] = dict.fromkeys(self.chosen(stems), students)
        there = {stem: set(self.submitted(stem)) for stem in named}
        if stems or not any(there.values()) or set(students or []) - set().union(*there.values()):
            return named
        handed_in = {stem: there[stem].intersection(students or there[stem]) for stem in named}
        return {
            stem: sorted(names) if students else None for stem, names in handed_in.items() if names
        }

    def text(self, stem: str) -> Path:
        """The text a lecture is edited in."""
        return self.root / "lectures" / f"{stem}.py"

    def source(self, stem: str) -> Path:
        """The instructor's notebook."""
        return self.root / "source" / stem / f"{stem}.ipynb"

    def release(self, stem: str) -> Path:
        """The student's notebook."""
        return self.root / "release" / stem / f"{stem}.ipynb"

    def submitted(self, stem: str) -> dict[str, Path]:
        """Submission folders of a lecture by student, sorted; none of a student in `unfit`."""
        folders = {path.name: path / stem for path in self._handed_in() if _is_name(path.name)}
        # Not by pathlib, which raises for a folder that may not be entered.
        return {name: folder for name, folder in folders.items() if os.path.isdir(folder)}  # noqa: PTH112

    def unfit(self) -> dict[str, str]:
        """What lies in `submitted/` and cannot be graded, by name: one sentence that says why."""
        found = {path.name: self._fault(path) for path in self._handed_in()}
        return {name: fault for name, fault in found.items() if fault}

    def _handed_in(self) -> list[Path]:
        """Students' folders, and notebooks that lie in none."""
        there = self.root / "submitted"
        paths = sorted(there.iterdir()) if there.is_dir() else []
        return [
            path
            for path in paths
            if path.name != _NOT_A_STUDENT and (path.is_dir() or path.suffix == ".ipynb")
        ]

    def _fault(self, path: Path) -> str:
        place = "submitted/<student>/<lecture>/<lecture>.ipynb"
        if not path.is_dir():
            return f"The notebook {path.name!r} lies in no student's folder: put it at {place}."
        if not _is_name(path.name):
            return (
                f"The folder {path.name!r} in submitted/ must be renamed: a student's name begins "
                f"with no . or -, and has only letters, digits and {' '.join(_SIGNS)} in it."
            )
        try:
            names = sorted(inside.name for inside in path.iterdir())
        except OSError as error:
            return f"The folder {path.name!r} in submitted/ cannot be opened ({error.strerror})."
        if not names or any(os.path.isdir(path / stem) for stem in self.lectures):  # noqa: PTH112
            return ""
        shown = ", ".join(repr(name) for name in names[:_SHOWN])
        return (
            f"The folder {path.name!r} in submitted/ holds no folder named for a lecture "
            f"({', '.join(self.lectures)}), but {shown}: put the notebook at {place}."
        )

    def directory(self) -> CourseDirectory:
        """Nbgrader's view of the course."""
        return CourseDirectory(config=self.config)


def find(start: Path | None = None) -> Course:
    """The course that contains a folder, by default the current one.

    Raises:
        WrongUse: If neither it nor a folder above it holds `nbgrader_config.py`.
        CourseError: If that file cannot be run.
    """
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / CONFIG).is_file():
            return Course(folder, _load(folder))
    raise WrongUse(
        f"{here} is in no course: change into the folder that holds {CONFIG}, or a folder below it."
    )


def _is_name(name: str) -> bool:
    """Whether a name is a student's: it stands in pages, addresses and on command lines."""
    # Marks too: some systems write an accent as a sign of its own.
    plain = all(sign in _SIGNS or unicodedata.category(sign)[0] in "LMN" for sign in name)
    return plain and name[0] not in ".-"


def _load(root: Path) -> Config:
    try:
        config = PyFileConfigLoader(CONFIG, path=str(root)).load_config()
    except Exception as error:
        raise CourseError(
            f"{root / CONFIG} cannot be read: {type(error).__name__}: {error}."
        ) from error
    config.CourseDirectory.root = str(root)
    return config
