"""A course on disk: where its root is, its nbgrader configuration, its folders."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from nbgrader.coursedir import CourseDirectory
from traitlets.config.loader import Config, PyFileConfigLoader

from course_lib.grading.errors import CourseError, WrongUse

CONFIG = "nbgrader_config.py"


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
        """Submission folders of a lecture by student, sorted."""
        folders = sorted((self.root / "submitted").glob(f"*/{stem}"))
        return {folder.parent.name: folder for folder in folders if folder.is_dir()}

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


def _load(root: Path) -> Config:
    try:
        config = PyFileConfigLoader(CONFIG, path=str(root)).load_config()
    except Exception as error:
        raise CourseError(
            f"{root / CONFIG} cannot be read: {type(error).__name__}: {error}."
        ) from error
    config.CourseDirectory.root = str(root)
    return config
