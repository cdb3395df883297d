"""Where the templates of pages lie; light, for the course's configuration asks."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

PAGES = Path(__file__).parent / "pages"


def formgrader() -> list[str]:
    """The folders in which nbconvert looks for the formgrader's page: ours, then nbgrader's.

    Raises:
        ModuleNotFoundError: If nbgrader is not installed.
    """
    return [str(PAGES), str(nbgraders())]


def nbgraders() -> Path:
    """Nbgrader's folder of templates.

    Raises:
        ModuleNotFoundError: If nbgrader is not installed.
    """
    found = find_spec("nbgrader")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("nbgrader is not installed: run `make setup`")
    return Path(found.origin).parent / "server_extensions" / "formgrader" / "templates"
