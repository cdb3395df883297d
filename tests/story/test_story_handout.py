"""What a student gets: it runs alone, says what to do, and gives nothing away."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from course_lib.grading import course, leaks, notebook
from tests.story.conftest import ROOT, Class

pytestmark = pytest.mark.xdist_group("class")
PLACEHOLDER = "not written yet"


@pytest.fixture(scope="module")
def unpacked(graded: Class, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The zip, unpacked, and its wheel installed beside it, without dependencies."""
    folder = tmp_path_factory.mktemp("student")
    with zipfile.ZipFile(graded.root / "release" / "attention-course.zip") as archive:
        archive.extractall(folder)
    home = folder / "attention-course"
    [wheel] = home.glob("*.whl")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*command, "--target", str(home / "lib"), str(wheel)], check=True)
    return home


def environment(home: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(home / "lib"), "OMP_NUM_THREADS": "1"}


def test_the_student_half_is_alone(unpacked: Path) -> None:
    look = (
        "import course_lib, importlib.util as u;"
        "print(course_lib.__file__, *[u.find_spec('course_lib.' + n) is not None"
        " for n in ('data', 'lab', 'answers', 'grading')])"
    )
    told = subprocess.run(
        [sys.executable, "-c", look],
        env=environment(unpacked),
        capture_output=True,
        text=True,
        check=True,
        cwd=unpacked,
    )
    file, *found = told.stdout.split()
    assert file.startswith(str(unpacked))
    assert found == ["True", "True", "False", "False"]


@pytest.mark.parametrize("stem", sorted(path.stem for path in (ROOT / "lectures").glob("*.py")))
def test_unsolved_cells_say_what_to_do_and_nothing_else_breaks(unpacked: Path, stem: str) -> None:
    nb = nbformat.read(unpacked / stem / f"{stem}.ipynb", as_version=4)
    client = NotebookClient(nb, timeout=120, allow_errors=True, kernel_name="python3")
    client.execute(env=environment(unpacked), cwd=str(unpacked / stem))
    errors = [
        output for cell in nb.cells for output in cell.get("outputs", [])
        if output.output_type == "error"
    ]  # fmt: skip
    assert len(errors) >= sum(notebook.is_test(cell) for cell in nb.cells)
    for error in errors:
        assert error.ename in ("NotImplementedError", "NotYet"), error.evalue
        assert PLACEHOLDER in error.evalue
    checked = [error for error in errors if error.ename == "NotYet"]
    assert all("replace the placeholder" in error.evalue for error in checked)


def test_the_hand_out_holds_no_secret(graded: Class) -> None:
    here = course.find(graded.root)
    secret = leaks.secrets(here, here.lectures)
    assert len(secret) > 300
    assert leaks.leaks(graded.root / "release", secret) == []


@pytest.mark.parametrize("where", ["notebook", "output", "wheel", "zip"])
def test_a_planted_leak_is_found(graded: Class, tmp_path: Path, where: str) -> None:
    secret = leaks.secrets(course.find(graded.root), ["vowels"])
    line = "return scores.masked_fill(~mask, -torch.inf).softmax(dim=1)"
    assert line in secret
    if where in ("notebook", "output"):
        nb = json.loads((graded.root / "release" / "vowels" / "vowels.ipynb").read_text())
        if where == "notebook":
            nb["cells"][3]["source"].append("    " + line + "\n")
        else:
            code = next(cell for cell in nb["cells"] if cell["cell_type"] == "code")
            code["outputs"] = [{"output_type": "stream", "name": "stdout", "text": [line]}]
        (tmp_path / "vowels.ipynb").write_text(json.dumps(nb))
    else:
        inner = tmp_path / "inner.whl"
        with zipfile.ZipFile(inner, "w") as archive:
            archive.writestr("course_lib/lab/plots.py", f"def f():\n    {line}\n")
        if where == "zip":
            with zipfile.ZipFile(tmp_path / "outer.zip", "w") as archive:
                archive.write(inner, "inner.whl")
            inner.unlink()
    [found] = leaks.leaks(tmp_path, secret)
    assert line in found


def test_a_whole_secret_module_is_found_by_its_path(graded: Class, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.whl", "w") as archive:
        archive.writestr("course_lib/answers/empty.py", "")
    assert leaks.leaks(tmp_path, set()) != []


def test_release_refuses_a_leak_and_keeps_the_old_hand_out(graded: Class, tmp_path: Path) -> None:
    for name in ("source", "release", "lectures"):
        shutil.copytree(graded.root / name, tmp_path / name)
    shutil.copy(ROOT / "nbgrader_config.py", tmp_path)
    shutil.copy(graded.root / "gradebook.db", tmp_path)
    path = tmp_path / "source" / "vowels" / "vowels.ipynb"
    nb = nbformat.read(path, as_version=4)
    solution = next(c for c in nb.cells if c.metadata.get("nbgrader", {}).get("solution"))
    copy = nbformat.v4.new_markdown_cell(
        "Hint: " + "\n".join(solution.source.splitlines()[3:5]), id="hint"
    )
    nb.cells.append(copy)
    nbformat.write(nb, path)
    old = (tmp_path / "release" / "attention-course.zip").read_bytes()
    told = type(graded)(tmp_path, {}).run("release", "--zip")
    assert told.code == 1
    assert "would give secrets away" in told.err
    assert (tmp_path / "release" / "attention-course.zip").read_bytes() == old
