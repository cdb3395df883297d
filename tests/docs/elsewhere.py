"""Commands of the pages that the tests of the pages do not run, and what runs them instead."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Elsewhere:
    """Why a command is not run with its page, and where the same is run.

    Attributes:
        why: The reason.
        file: A file of the repository that runs it.
        text: What stands there.
    """

    why: str
    file: str
    text: str


_INSTALLS = "installs for minutes"
_SERVES = "serves pages until it is stopped"
_CLUSTER = "needs other machines"
_FETCH = Elsewhere("downloads what `make test` has fetched", "Makefile", "data reviews imdb")

COMMANDS = {
    "make test": Elsewhere("runs these tests", ".ci/run", "make test"),
    "make demo": Elsewhere(
        "grades a class for minutes", "tests/story/conftest.py", 'run(root, "grade", "--json")'
    ),
    "python -m tests.docs.write": Elsewhere(
        "writes into these pages", "tests/docs/test_docs_commands.py", "rewritten("
    ),
    "python -m pip install ./course_lib-0.1.0-py3-none-any.whl": Elsewhere(
        _INSTALLS, "tests/story/test_story_handout.py", '"pip", "install"'
    ),
    "python -m course_lib.data.fetch reviews": _FETCH,
    "python -m course_lib.data.fetch imdb": _FETCH,
    "jupyter lab addition/addition.ipynb": Elsewhere(
        _SERVES, "tests/story/test_story_handout.py", "NotebookClient("
    ),
    "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES=2 .venv/bin/dask scheduler --host 10.0.0.1 "
    "--port 8786 --no-dashboard": Elsewhere(_CLUSTER, "tests/story/clusters.py", '"scheduler"'),
    ".venv/bin/dask worker tcp://10.0.0.1:8786 --nworkers 4 --nthreads 1 --memory-limit 0 "
    "--no-dashboard": Elsewhere(_CLUSTER, "tests/story/clusters.py", '"--memory-limit", "0"'),
    ".venv/bin/course grade vowels --scheduler tcp://10.0.0.1:8786": Elsewhere(
        _CLUSTER, "tests/story/test_story_cluster.py", '"--scheduler"'
    ),
    "export COURSE_DB=postgresql://teacher@db.example.org/class": Elsewhere(
        "needs a database server", "tests/story/test_story_postgres.py", "COURSE_DB"
    ),
    ".venv/bin/course release && .venv/bin/course grade && .venv/bin/course report": Elsewhere(
        "needs a database server",
        "tests/story/test_story_postgres.py",
        '"report", "--json", "--db"',
    ),
}
