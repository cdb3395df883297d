"""Kernels forked from a warm parent: fresh, alone, and the same as cold ones."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from course_lib.grading import kernel, places, warm
from course_lib.grading.errors import CourseError
from course_lib.grading.inside import parent as inside_parent
from course_lib.grading.inside import usage
from tests.grading.small_notebooks import RIGHT, Judge, printed

TRAINING = """
import random, numpy, torch
torch.manual_seed(3)
model = torch.nn.Sequential(torch.nn.Linear(5, 64), torch.nn.Dropout(), torch.nn.Linear(64, 3))
recurrent = torch.nn.LSTM(5, 5, batch_first=True, bidirectional=True)
optimiser = torch.optim.Adam([*model.parameters(), *recurrent.parameters()], 0.01)
data = torch.utils.data.TensorDataset(torch.randn(256, 7, 5), torch.randint(3, (256,)))
for _ in range(3):
    for x, y in torch.utils.data.DataLoader(data, batch_size=32, shuffle=True):
        states = recurrent(x)[0][..., :5]
        weights = (states @ states[:, -1:].mT).softmax(dim=1)
        loss = torch.nn.functional.cross_entropy(model((weights * states).sum(dim=1)), y)
        optimiser.zero_grad(); loss.backward(); optimiser.step()
u, s, v = torch.linalg.svd(torch.randn(40, 40))
print(loss.item().hex(), s.sum().item().hex(), random.random().hex(), numpy.random.rand().hex())
print([value.double().sum().item().hex() for value in model.state_dict().values()])
"""

# The student half is loaded in a warm kernel, and says how large figures are.
FIGURE = """
import course_lib.lab.plots
from matplotlib import pyplot
pyplot.plot([1, 2], label="$x_1$")
pyplot.legend();
"""


@pytest.fixture
def nursery() -> str:
    """The address of a nursery that this test may harm: the next one gets another."""
    return warm.nursery()


@pytest.fixture
def own_parent(nursery: str) -> Iterator[warm.WarmParent]:
    """A warm parent that this test may harm."""
    warm.stop()
    parent = warm.parent(nursery)
    assert parent._process is None
    yield parent
    warm.stop()


@pytest.fixture(params=["alone", "of a nursery"])
def either_parent(request: pytest.FixtureRequest) -> Iterator[warm.WarmParent]:
    """A warm parent of either kind that this test may harm."""
    warm.stop()
    yield warm.parent(warm.nursery() if request.param == "of a nursery" else "")
    warm.stop()


def process_of(parent: warm.WarmParent | None) -> subprocess.Popen[bytes]:
    assert parent is not None
    assert parent._process is not None
    return parent._process


def end_nursery() -> None:
    below = descendants(process_of(warm._nursery).pid)
    process_of(warm._nursery).kill()
    process_of(warm._nursery).wait()
    # One that has only just been started ends when it is ready.
    assert within(30, lambda: not any(map(alive, below)))


def test_training_and_figures_are_the_same_bit_for_bit_in_a_forked_and_in_a_cold_kernel(
    judge: Judge, own_parent: warm.WarmParent
) -> None:
    assert own_parent.alive
    _, forked = judge(TRAINING, FIGURE)
    _, again = judge(TRAINING, FIGURE)
    plain = {"CourseKernelManager": {"sandboxed": False}}
    _, cold = judge(TRAINING, FIGURE, config=plain)
    assert len(printed(forked[0]).split()) > 6
    assert printed(forked[0]) == printed(again[0]) == printed(cold[0])
    [shown] = forked[1].outputs
    assert shown.data["image/png"]
    assert forked[1].outputs == again[1].outputs == cold[1].outputs


def test_each_kernel_starts_afresh(judge: Judge) -> None:
    leave = (
        "import os, random, builtins, torch, tempfile, pathlib\n"
        "builtins.left = torch.left = 1; os.environ['LEFT'] = '1'; os.chdir('/tmp')\n"
        "pathlib.Path('/tmp/left').write_text('1'); pathlib.Path.home().joinpath('left').mkdir()\n"
        "pathlib.Path('/dev/shm/left').write_text('1'); torch.set_default_dtype(torch.float64)\n"
    )
    look = (
        "import os, random, builtins, torch, tempfile, uuid, numpy, pathlib\n"
        "print(hasattr(builtins, 'left'), hasattr(torch, 'left'), 'LEFT' in os.environ,\n"
        "      os.getcwd(), os.listdir('/tmp'), os.listdir('/dev/shm'), os.listdir(),\n"
        "      sorted(os.listdir(pathlib.Path.home())), torch.get_default_dtype())\n"
        "print(random.random(), numpy.random.rand(), torch.rand(1).item(), hash('a'))\n"
        "print(uuid.uuid4(), os.path.basename(tempfile.mktemp()))"
    )
    _, [first] = judge(look)
    judge(leave)
    _, [second] = judge(look)
    before, after = printed(first).splitlines(), printed(second).splitlines()
    assert before[0] == (
        "False False False /home/student/work [] [] [] ['.ipython', 'work'] torch.float32"
    )
    # What is random for the course is repeatable; names that must be unique are not.
    assert before[:2] == after[:2]
    assert before[2] != after[2]
    assert before[2].split()[0] != after[2].split()[0]
    assert before[2].split()[1] != after[2].split()[1]


def test_a_kernel_is_alone_and_has_no_rights(judge: Judge) -> None:
    look = (
        "import os, signal, ctypes, socket\n"
        "print([p for p in os.listdir('/proc') if p.isdigit()], os.getpid(), os.getppid())\n"
        "for process in (50, 60, 70):\n"
        "    try: os.kill(process, 9)\n"
        "    except ProcessLookupError: print('none', end=' ')\n"
        "status = open('/proc/self/status').read()\n"
        "print(*[line.split()[1] for line in status.splitlines()\n"
        "        if line.startswith(('CapPrm', 'CapBnd', 'NoNewPrivs', 'Seccomp:'))])\n"
        "print(len({os.readlink(f'/proc/self/ns/{n}') for n in os.listdir('/proc/self/ns')}) > 6)\n"
        "libc = ctypes.CDLL(None, use_errno=True)\n"
        "for call in (lambda: libc.unshare(0x10000000), lambda: libc.ptrace(0, 0, 0, 0),\n"
        "             lambda: libc.mount(b'none', b'/tmp', b'tmpfs', 0, None),\n"
        "             lambda: libc.chroot(b'/tmp')):\n"
        "    print(call(), ctypes.get_errno(), end='; ')\n"
        "for family in (socket.AF_PACKET, socket.AF_VSOCK):\n"
        "    try: socket.socket(family)\n"
        "    except OSError as error: print(error.errno, end=' ')\n"
    )
    _, [cell] = judge(look)
    assert printed(cell).splitlines() == [
        "['1'] 1 0",
        "none none none 0000000000000000 0000000000000000 1 2",
        "True",
        "-1 1; -1 1; -1 1; -1 1; 1 1 ",
    ]


@pytest.mark.parametrize("sandboxed", [True, False])
def test_a_kernel_reads_fetched_datasets_and_nothing_else_of_their_folder(
    judge: Judge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sandboxed: bool
) -> None:
    monkeypatch.setenv("COURSE_LIB_CACHE", str(tmp_path))
    (tmp_path / "reviews.jsonl").write_text("fetched")
    (tmp_path / "labels.csv").write_text("ours")
    look = (
        "import os; from course_lib.data import catalogue\n"
        "print(sorted(os.listdir(catalogue.cache_folder())), os.access(\n"
        "      catalogue.cache_folder(), os.W_OK), catalogue.find('reviews').path.read_text())\n"
    )
    warm.stop()
    _, [cell] = judge(look, config={"CourseKernelManager": {"sandboxed": sandboxed}})
    warm.stop()
    seen = "['reviews.jsonl'] False" if sandboxed else "['labels.csv', 'reviews.jsonl'] True"
    assert printed(cell).strip() == f"{seen} fetched"


def test_a_kernel_holds_no_open_file_of_its_parent(
    judge: Judge, own_parent: warm.WarmParent
) -> None:
    assert own_parent.alive
    look = (
        "import os\n"
        "links = [os.readlink(f'/proc/self/fd/{n}') for n in os.listdir('/proc/self/fd')[:-1]]\n"
        "print(*sorted({link.partition(':')[0] for link in links}))"
    )
    _, [cell] = judge(look)
    kinds = set(printed(cell).split())
    fonts = {kind for kind in kinds if kind.endswith(".ttf")}
    assert kinds - fonts == {"/dev/null", "anon_inode", "pipe", "socket"}


def test_the_parent_outlives_its_kernels_and_is_started_once(
    judge: Judge, own_parent: warm.WarmParent
) -> None:
    judge("import os; os._exit(3)")
    judge("import os, signal; os.kill(0, signal.SIGKILL)")
    verdicts, _ = judge(RIGHT, "test double")
    assert verdicts[0].right
    assert warm.parent() is own_parent
    assert own_parent.alive


def test_a_parent_that_ends_is_replaced_and_the_submission_repeated(
    judge: Judge, either_parent: warm.WarmParent
) -> None:
    def end() -> None:
        time.sleep(1.5)
        if either_parent._process is None:
            end_nursery()
        else:
            either_parent._process.kill()

    judge("1")  # the parent is warm
    ending = threading.Thread(target=end)
    ending.start()
    verdicts, cells = judge("import time; time.sleep(3); print('slept')", RIGHT, "test double")
    ending.join()
    assert verdicts[0].right
    assert printed(cells[0]) == "slept\n"
    assert warm.parent() is not either_parent


def test_nothing_stays_behind(tmp_path: Path) -> None:
    """A killed worker takes parent and kernels with it; the next one removes its sockets."""
    code = (
        "import sys, time\n"
        "from tests.grading import small_notebooks as small\n"
        "from course_lib.grading import execute, warm\n"
        "execute.hidden, execute.is_lecture = small.TINY, lambda stem: stem == 'tiny'\n"
        "small.judge_small('1')\n"
        "print(warm.parent()._process.pid, warm.parent().sockets, flush=True)\n"
        "small.judge_small('import time; time.sleep(60)')\n"
    )
    root = Path(__file__).parents[2]
    worker = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=root
    )
    assert worker.stdout is not None
    parent, sockets = worker.stdout.readline().split()
    time.sleep(1)
    below = [int(parent), *descendants(int(parent))]
    assert len(below) >= 4  # bubblewrap twice, the parent, a supervisor, a kernel
    worker.kill()
    worker.wait()
    deadline = time.monotonic() + 10
    while (left := [pid for pid in below if alive(pid)]) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert left == []
    assert Path(sockets).exists()
    new = places.sockets()
    assert not Path(sockets).exists()
    new.rmdir()


def descendants(process: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{process}/task").glob("*"):
        for child in map(int, (task / "children").read_text().split()):
            found += [child, *descendants(child)]
    return found


def alive(process: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{process}/stat").read_text().split()[2]
    except OSError:
        return False


def test_a_place_that_others_may_enter_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "_BASE", tmp_path)
    place = places.base()
    assert place.stat().st_mode & 0o777 == 0o700
    place.chmod(0o755)
    with pytest.raises(CourseError, match="not this user's alone"):
        places.base()
    place.rmdir()
    place.symlink_to(tmp_path)
    with pytest.raises(CourseError, match="not this user's alone"):
        places.base()


def test_a_setting_that_leads_out_of_the_sandbox_is_refused(
    judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernel, "SANDBOXED", kernel.PLAIN)
    with pytest.raises(CourseError, match="outside the sandbox"):
        judge(RIGHT, "test double")


def test_an_interrupt_at_the_terminal_does_not_end_the_parent(
    own_parent: warm.WarmParent, judge: Judge
) -> None:
    judge("1")
    sandbox_ = process_of(warm._nursery)
    inner = [pid for pid in descendants(sandbox_.pid) if b"inside" in command(pid)]
    for process in inner:
        os.kill(process, signal.SIGINT)
    time.sleep(0.3)
    assert own_parent.alive


def test_a_parent_that_has_grown_hangs_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = iter([0, 0, 2**20, 2**30])
    monkeypatch.setattr(usage, "memory_bytes", lambda *_: next(sizes))
    forked: list[int] = []
    with socket.socket(socket.AF_UNIX) as listening, ExitStack() as stack:
        listening.bind(str(tmp_path / "parent"))
        listening.listen()
        lifeline, _worker = map(stack.enter_context, socket.socketpair())
        callers = [stack.enter_context(socket.socket(socket.AF_UNIX)) for _ in range(4)]
        for caller in callers:
            caller.connect(str(tmp_path / "parent"))
        inside_parent._serve(listening, lifeline, lambda one: forked.append(one.fileno()))
        assert len(forked) == 2
        assert callers[2].recv(1) == b""


def test_a_nursery_that_is_gone_is_no_harm(judge: Judge, nursery: str) -> None:
    warm.stop()
    end_nursery()
    parent = warm.parent(nursery)
    assert process_of(parent)
    verdicts, _ = judge(RIGHT, "test double")
    assert verdicts[0].right
    assert warm.parent() is parent


def test_a_parent_of_a_nursery_ends_with_its_worker(nursery: str) -> None:
    code = (
        "import sys, time\n"
        "from course_lib.grading import warm\n"
        "connection = warm.parent(sys.argv[1]).connect()\n"
        "print('born', flush=True)\n"
        "time.sleep(60)\n"
    )
    worker = subprocess.Popen(
        [sys.executable, "-c", code, nursery], stdout=subprocess.PIPE, text=True
    )
    assert worker.stdout is not None
    assert worker.stdout.readline() == "born\n"
    sandbox_ = process_of(warm._nursery).pid
    assert within(60, lambda: len(descendants(sandbox_)) >= 4)  # nursery, parent, supervisor
    worker.kill()
    worker.wait()
    assert within(5, lambda: len(descendants(sandbox_)) == 2)


def within(seconds: float, holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.05)
    return holds()


def command(process: int) -> bytes:
    return Path(f"/proc/{process}/cmdline").read_bytes()
