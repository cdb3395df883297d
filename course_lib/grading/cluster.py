"""Workers by dask.distributed: processes beside this one, or those of an existing cluster."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import dask
import distributed.utils
from distributed import Client, Future, KilledWorker, LocalCluster, as_completed
from distributed.comm.addressing import parse_address
from distributed.comm.registry import get_backend

from course_lib.grading import forkserver, warm
from course_lib.grading.errors import CourseError
from course_lib.grading.worker import WarmKernels, judge

if TYPE_CHECKING:
    from course_lib.grading.jobs import Job, Result

# A job is given up when it has ended this many workers.
_KILLS = 3
_GIVEN_UP = f"{_KILLS} workers in a row ended while they ran it."
_CONNECT_SECONDS = 10
_JOIN_SECONDS = 30
_INTRODUCTIONS = 3
_PAUSE_SECONDS = 1
_CONFIG = {
    "distributed.worker.multiprocessing-method": forkserver.METHOD,
    "distributed.scheduler.allowed-failures": _KILLS - 1,
    # At most one job waits at a worker: the one it runs. All that are there when a worker ends
    # count as having ended it.
    "distributed.scheduler.worker-saturation": 1.0,
    "distributed.admin.large-graph-warning-threshold": "1GB",
    # Dask keeps the last thousand messages to show them in case of need; each holds a notebook.
    "distributed.admin.low-level-log-length": 10,
}


class Crew:
    """Workers that are there or on their way.

    Args:
        connect: Gives the connection; called once, in a thread, so that nobody waits for it.
        code: The hash of the code that workers must have, by lecture.
    """

    def __init__(self, connect: Callable[[], Client], code: Callable[[str], str]) -> None:
        self._code = code
        thread = ThreadPoolExecutor(1)
        self._connecting = thread.submit(connect)
        thread.shutdown(wait=False)

    @property
    def client(self) -> Client:
        """The connection, as soon as there is one."""
        return self._connecting.result()

    def wait(self) -> None:
        """Wait until there is a connection, or it is known that there will be none."""
        wait([self._connecting])

    def results(self, jobs: Iterator[Job]) -> Iterator[tuple[str, Result | Exception]]:
        """Judge jobs, one at a time per worker, in the order in which they are done.

        A job is taken when a worker is about to need it, so few are in memory at a time. One
        that seems to end workers is tried again at last and alone, so that none is given up for
        what another did.

        Yields:
            A student, and the result or why there is none.

        Raises:
            CourseError: If the cluster is gone.
        """
        suspects: list[Job] = []
        for job, outcome in self._run(jobs, at_once=None):
            if isinstance(outcome, KilledWorker):
                suspects.append(job)
            else:
                yield job.student, outcome
        for job, outcome in self._run(iter(suspects), at_once=1):
            killed = isinstance(outcome, KilledWorker)
            yield job.student, CourseError(_GIVEN_UP) if killed else outcome

    def _run(
        self, jobs: Iterator[Job], at_once: int | None
    ) -> Iterator[tuple[Job, Result | Exception]]:
        following = next(jobs, None)
        if following is None:
            return
        running: dict[Future[Result], Job] = {}
        done = as_completed(loop=self.client.loop)

        def employ() -> None:
            nonlocal following
            while following is not None and len(running) < (at_once or self._size()):
                future = self._submit(following)
                running[future] = following
                done.add(future)
                # Made ready now, so that the next worker who is free need not wait.
                following = next(jobs, None)

        while following is not None or running:
            employ()
            future = next(done)
            job, outcome = running.pop(future), self._outcome(future)
            # Before the result is given out: whoever writes it keeps no worker waiting.
            employ()
            yield job, outcome

    def _submit(self, job: Job) -> Future[Result]:
        key = f"judge-{uuid.uuid4().hex}"
        return self.client.submit(judge, job, self._code(job.lecture), key=key, pure=False)

    def _size(self) -> int:
        return max(1, len(self.client.nthreads()))

    def _outcome(self, future: Future[Result]) -> Result | Exception:
        if self.client.status != "running" or future.cancelled():
            raise CourseError(
                "The scheduler is gone: start it and its workers again, and run the same command; "
                "what was graded stays graded."
            )
        error: Exception | None = future.exception()
        return error if error is not None else future.result()


@contextmanager
def crew(
    code: Callable[[str], str],
    *,
    workers: int,
    scheduler: str | None,
    sandboxed: bool,
    scratch: Path,
) -> Iterator[Crew]:
    """Start workers, or connect to those of a scheduler; end those that were started.

    Args:
        code: The hash of the code that workers must have, by lecture.
        workers: How many processes to start; not used with a scheduler.
        scheduler: The address of an existing scheduler, such as ``tcp://10.0.0.1:8786``.
        sandboxed: Whether kernels run in the sandbox.
        scratch: Where local workers may keep files; left-overs are removed by the next ones.
    """
    nursery = warm.nursery() if sandboxed and scheduler is None else ""
    with dask.config.set(_CONFIG), ExitStack() as stack:

        def connect() -> Client:
            if scheduler is None:
                cluster = _local(workers, scratch)
                stack.callback(cluster.close)
                client = Client(cluster, set_as_default=False)
            else:
                client = _remote(scheduler)
            stack.callback(client.close)
            local = scheduler is None
            _introduce(client, WarmKernels(sandboxed=sandboxed, local=local, nursery=nursery))
            return client

        crew = Crew(connect, code)
        try:
            yield crew
        finally:
            crew.wait()


def _local(workers: int, scratch: Path) -> LocalCluster:
    forkserver.start()
    # Else dask would load pandas and more for its server, which has been started already.
    distributed.utils._forkserver_preload_set = True
    return LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        processes=True,
        host="127.0.0.1",
        # No dashboard is asked for, but a port of its own, or dask warns that one is taken.
        scheduler_kwargs={"dashboard": False, "dashboard_address": "127.0.0.1:0"},
        dashboard_address=None,
        memory_limit=0,
        silence_logs=logging.CRITICAL,
        local_directory=str(scratch),
    )


def _introduce(client: Client, plugin: WarmKernels) -> None:
    """Give all workers the plug-in.

    Raises:
        CourseError: If one of them cannot be reached, again and again.
    """
    for attempt in range(1, _INTRODUCTIONS + 1):
        try:
            client.register_plugin(plugin)
        except OSError as error:
            # A worker has gone, or its connection; the scheduler finds out by such a failure.
            if attempt == _INTRODUCTIONS:
                raise CourseError(
                    f"A worker cannot be reached ({error or type(error).__name__}): see that all "
                    "workers run, and run the same command again."
                ) from error
            time.sleep(_PAUSE_SECONDS)
        else:
            return


def _remote(address: str) -> Client:
    try:
        # Asked first: a client that cannot be made leaves a traceback behind.
        get_backend(parse_address(address)[0])
        client = Client(address, timeout=_CONNECT_SECONDS, set_as_default=False)
        client.wait_for_workers(1, timeout=_JOIN_SECONDS)
    except ValueError as error:
        raise CourseError(f"{address!r} is no scheduler's address: {error}.") from error
    except TimeoutError as error:
        raise CourseError(
            f"No worker at the scheduler {address} within {_JOIN_SECONDS} seconds: start it with "
            "`dask scheduler` and workers with `dask worker`, see docs/cluster.md."
        ) from error
    except OSError as error:
        raise CourseError(
            f"No scheduler answers at {address}: start one, see docs/cluster.md."
        ) from error
    return client
