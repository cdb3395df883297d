"""Every command of every page is run, by these tests or by one that is named."""

import re
import subprocess
from pathlib import Path

import pytest
import typer.main

from course_lib.grading import sandbox
from course_lib.grading.cli import app
from tests.docs import story
from tests.docs.elsewhere import COMMANDS
from tests.docs.pages import ROOT, Command, Shell, agrees, blocks, commands, tracked
from tests.docs.write import rewritten

PAGES = tracked("*.md")
# Trains for minutes; tests/answers/test_calibration_seeds.py does the same in small.
TRAINS = {ROOT / "docs" / "calibration.md"}
LANGUAGES = {"console", "diff", "python", "text", "{include}", "{literalinclude}", "{toctree}"}
TUTORIAL = ROOT / "docs" / "tutorial" / "copy"


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def shown_in(pages: list[Path]) -> dict[str, str]:
    """All commands of pages, each with a page that shows it."""
    return {c.text: str(p.relative_to(ROOT)) for p in pages for c in commands(text_of(p))}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> list[story.Told]:
    if reason := sandbox.missing():
        pytest.skip(reason)
    root = tmp_path_factory.mktemp("story") / "course"
    root.mkdir()
    return list(story.tell(story.repository(root)))


def test_the_story_prints_what_its_pages_show(told: list[story.Told]) -> None:
    for one in told:
        where = f"docs/{one.page}.md: $ {one.command.text}"
        assert one.status == 0 or one.status_is_shown, f"{where}: status {one.status}\n{one.got}"
        right = not one.command.shown or agrees(one.command.shown, one.got)
        assert right, f"{where}\nnow prints:\n{one.got}"


def test_every_command_is_run_here_or_where_it_is_said() -> None:
    run = shown_in([ROOT / "docs" / f"{page}.md" for page in story.STORY])
    shown = shown_in(PAGES)
    for command, page in shown.items():
        assert command in run or command in COMMANDS, f"{page}: nothing runs `{command}`"
    assert set(COMMANDS) <= set(shown), "no page shows these any more: take them off the list"


@pytest.mark.parametrize("command", COMMANDS)
def test_what_runs_it_instead_is_there(command: str) -> None:
    instead = COMMANDS[command]
    assert instead.text in text_of(ROOT / instead.file)
    if command.startswith("make "):
        # What make would do, without doing it.
        make = ["make", "-n", command.removeprefix("make ")]
        assert subprocess.run(make, cwd=ROOT, capture_output=True, check=False).returncode == 0


def test_blocks_are_of_known_kinds_and_commands_stand_in_console_blocks() -> None:
    for path in set(PAGES) - TRAINS:
        for block in blocks(text_of(path)):
            where = f"{path.relative_to(ROOT)}, line {block.first}"
            assert block.language.split(" ")[0] in LANGUAGES, where
            typed = [line for line in block.lines if re.match(r"(\$ |course |make |python )", line)]
            assert block.language == "console" or not typed, f"{where}: {typed}"


def test_commands_in_sentences_exist() -> None:
    known = set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]
    targets = set(re.findall(r"^([a-z]+):", text_of(ROOT / "Makefile"), re.MULTILINE))
    for path in PAGES:
        for span in re.findall(r"`((?:course|make) [a-z]+[^`]*)`", text_of(path)):
            tool, name = span.split()[:2]
            assert name in (known if tool == "course" else targets), f"{path.name}: `{span}`"


def test_the_tutorials_lecture_is_no_lecture_of_the_course() -> None:
    files = [path for path in TUTORIAL.rglob("*") if path.is_file() and path.suffix == ".py"]
    assert len(files) == 8
    page = text_of(ROOT / "docs" / "tutorial.md")
    for path in files:
        name = path.relative_to(TUTORIAL)
        assert not (ROOT / name).exists()
        assert f"`{name}`" in page
        assert f"{{literalinclude}} tutorial/copy/{name}" in page


def test_the_parts_of_a_page_are_found() -> None:
    page = "a\n```console\n$ one << 'X'\n> two\nout\n\n$ three\n```\n```python\n$ four\n```\n"
    assert commands(page) == [
        Command("one << 'X'\ntwo", "out\n", (4, 6)),
        Command("three", "", (7, 7)),
    ]
    assert [block.language for block in blocks(page)] == ["console", "python"]
    assert agrees("a ... c", "a  b c")
    assert not agrees("a ... c", "a b d")


def test_a_page_is_given_the_new_output_where_it_differs() -> None:
    page = "```console\n$ one\nold\n$ two\nkept ...\n```\n"
    one, two = commands(page)
    told = [story.Told("p", one, 0, "new\nlines", False), story.Told("p", two, 0, "kept x", False)]
    assert rewritten(page, told) == "```console\n$ one\nnew\nlines\n$ two\nkept ...\n```\n"


def test_a_shell_keeps_its_folder_and_tells_statuses(tmp_path: Path) -> None:
    shell = Shell(tmp_path, {"A": "b"})
    assert shell.run("mkdir c && cd c; export D=$A") == (0, "")
    assert shell.run("pwd; echo $D; cat") == (0, f"{tmp_path}/c\nb")
    assert shell.run("false") == (1, "")
    assert shell.run("echo $?") == (0, "1")
    shell.close()
