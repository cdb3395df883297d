"""A browser, the servers that it visits, and a watch on what it says and fetches.

Pictures of what was seen are kept in `reports/browser/`, or where COURSE_PICTURES says.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    expect,
    sync_playwright,
)

from course_lib.grading import sandbox
from course_lib.grading.course import Course
from tests.short_class import blank, hand_in, released_course, right, unmasked
from tests.story.conftest import run

ROOT = Path(__file__).parents[2]
PICTURES = Path(os.environ.get("COURSE_PICTURES", ROOT / "reports" / "browser"))
JUPYTER = Path(sys.executable).parent / "jupyter"
PATIENCE = 45_000  # milliseconds that a busy machine may take for one thing
QUIET = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)
HERE = {"localhost", "127.0.0.1"}
TOKEN = "story"
STEM = "addition"


@dataclass
class Visit:
    """A page with all that it said and fetched.

    Attributes:
        page: Playwright's.
        errors: What the console calls errors, and exceptions that nothing caught.
        outside: Addresses on other machines that were asked for.
    """

    page: Page
    errors: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)

    def keep(self, name: str, *, whole: bool = False) -> None:
        """Keep a picture."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=PICTURES / f"{name}.png", full_page=whole)


def chromium() -> str | None:
    """The program, if this machine has it."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, as Debian packages it."""
    path = chromium()
    if path is None:
        pytest.skip("there is no Chromium: run `make chromium`")
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=QUIET.split())
        yield browser
        browser.close()


@pytest.fixture
def visit(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Visit]:
    """A fresh browser; what it did is judged when the story is over."""
    context = browser.new_context(viewport={"width": 1200, "height": 1000})
    context.set_default_timeout(PATIENCE)
    found = Visit(context.new_page())
    _watch(context, found)
    yield found
    found.keep(f"end_of_{request.node.name}")
    context.close()
    assert found.errors == []
    assert found.outside == []


def _watch(context: BrowserContext, found: Visit) -> None:
    def asked(request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in ("http", "https", "ws", "wss") and address.hostname not in HERE:
            found.outside.append(request.url)

    def told(said: ConsoleMessage) -> None:
        if said.type == "error":
            found.errors.append(f"{said.text} ({said.location['url']})")

    context.on("request", asked)
    context.on("weberror", lambda error: found.errors.append(str(error.error)))
    context.on("console", told)


@dataclass
class Server:
    """A running JupyterLab."""

    root: Path
    port: int

    def address(self, path: str) -> str:
        """The address of a page, with the key to it."""
        return f"http://127.0.0.1:{self.port}/{path}?token={TOKEN}"


def _serve(root: Path, home: Path, *options: str) -> Iterator[Server]:
    """JupyterLab as the Makefile starts it, for a person who has never used it before."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        str(JUPYTER), "lab", "--allow-root", "--no-browser", f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}",
        f"--ServerApp.root_dir={root}", *_offline(), *options,
    ]  # fmt: skip
    process = subprocess.Popen(
        command,
        cwd=root,
        env=_environment(home),
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        said.append(line)
        if f"http://127.0.0.1:{port}/" in line:
            break
    else:
        pytest.fail("JupyterLab did not start:\n" + "".join(said))
    # Its log must be read, or it would wait for a reader.
    threading.Thread(target=process.stderr.read, daemon=True).start()
    yield Server(root, port)
    process.terminate()
    try:
        process.wait(timeout=30)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _offline() -> list[str]:
    """The Makefile's options."""
    text = (ROOT / "Makefile").read_text(encoding="utf-8").replace("\\\n", "")
    [options] = re.findall(r"^OFFLINE := (.*)$", text, re.MULTILINE)
    return str(options).split()


def _environment(home: Path) -> dict[str, str]:
    own = {
        "HOME": home,
        "IPYTHONDIR": home / "ipython",
        "JUPYTER_CONFIG_DIR": home / "config",
        "JUPYTER_DATA_DIR": home / "data",
        "JUPYTER_RUNTIME_DIR": home / "runtime",
        "PATH": f"{JUPYTER.parent}{os.pathsep}{os.environ['PATH']}",
        "OMP_NUM_THREADS": "1",
    }
    return {**os.environ, **{name: str(value) for name, value in own.items()}}


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A student's JupyterLab on the hand-out's notebook."""
    root = tmp_path_factory.mktemp("handout")
    shutil.copy(ROOT / "release" / STEM / f"{STEM}.ipynb", root)
    yield from _serve(root, tmp_path_factory.mktemp("student"))


@pytest.fixture(scope="session")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """The short class, graded; nobody has read the written answers yet."""
    if reason := sandbox.missing():
        pytest.skip(reason)
    course = released_course(tmp_path_factory.mktemp("course") / "course")
    hand_in(course, {"ada": right, "bob": unmasked, "eve": blank})
    told = run(course.root, "grade")
    assert told.code == 0, told.err
    return course


@pytest.fixture(scope="session")
def formgrader(graded: Course, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The instructor's JupyterLab, which opens with nbgrader's pages."""
    home = tmp_path_factory.mktemp("instructor")
    yield from _serve(graded.root, home, "--LabApp.default_url=/formgrader")
