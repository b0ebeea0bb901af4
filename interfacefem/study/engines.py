# SPDX-License-Identifier: BSD-3-Clause
"""Where tasks run: in this process, in warm processes beside it, or on MPI ranks."""

from __future__ import annotations

import concurrent.futures as futures
import contextlib
import importlib
import logging
import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from interfacefem.mpi import MPI
from interfacefem.progress import configure_logging
from interfacefem.study.rank_groups import grouped_ranks, solve_in_group

_log = logging.getLogger(__name__)

Task = TypeVar("Task")
Result = TypeVar("Result")
Setup = Callable[[], None]


@dataclass(frozen=True)
class Lost:
    """A task whose worker died with it, each time it was tried.

    Attributes:
        reason: One line.
    """

    reason: str


class Engine(Protocol):
    """Runs tasks that do not depend on each other.

    Attributes:
        workers: How many run at a time.
    """

    workers: int

    def map(
        self, function: Callable[[Task], Result], tasks: Sequence[Task]
    ) -> Iterator[tuple[int, Result | Lost]]:
        """Yield the place of each task and its result, in the order they end."""
        ...


class ThisProcess:
    """One task after another, here."""

    workers = 1

    def map(
        self, function: Callable[[Task], Result], tasks: Sequence[Task]
    ) -> Iterator[tuple[int, Result | Lost]]:
        """See :class:`Engine`."""
        for place, task in enumerate(tasks):
            yield place, function(task)


class Processes:
    """Warm processes that each take one task after another.

    Args:
        workers: Number of processes.
        setup: Called once in each of them.
    """

    def __init__(self, workers: int, setup: Setup) -> None:
        self.workers = workers
        self._setup = setup
        self._pool: futures.ProcessPoolExecutor | None = None

    def map(
        self, function: Callable[[Task], Result], tasks: Sequence[Task]
    ) -> Iterator[tuple[int, Result | Lost]]:
        """See :class:`Engine`.

        A worker that dies takes at most one task with it. Those that were under way are then tried
        one at a time, so that only the one that kills its worker is given up.
        """
        waiting = deque(range(len(tasks)))
        suspects: deque[int] = deque()
        running: dict[futures.Future[Result], int] = {}
        while waiting or suspects or running:
            # suspects are only there when nothing runs
            alone = bool(suspects)
            queue = suspects if alone else waiting
            while queue and len(running) < (1 if alone else self.workers):
                place = queue.popleft()
                running[self._submit(function, tasks[place])] = place
            died = False
            for future in futures.wait(running, return_when=futures.FIRST_COMPLETED).done:
                place = running.pop(future)
                try:
                    yield place, future.result()
                except BrokenProcessPool:
                    died = True
                    if alone:
                        yield place, Lost("its process was killed; is there enough memory?")
                    else:
                        suspects.append(place)
            if died:
                _log.warning("a worker process died; what it was doing is tried again")
                suspects.extend(running.values())
                running.clear()
                self.close()

    def _submit(self, function: Callable[[Task], Result], task: Task) -> futures.Future[Result]:
        try:
            return self._open_pool().submit(function, task)
        except BrokenProcessPool:
            # a worker died while it had nothing to do
            self.close()
            return self._open_pool().submit(function, task)

    def _open_pool(self) -> futures.ProcessPoolExecutor:
        if self._pool is None:
            # MPI and PETSc do not survive a fork
            self._pool = futures.ProcessPoolExecutor(
                self.workers,
                mp_context=multiprocessing.get_context("spawn"),
                initializer=_begin_worker,
                initargs=(self._setup,),
            )
        return self._pool

    def close(self) -> None:
        """End the processes."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None


class Ranks:
    """Groups of MPI ranks that wait for tasks from rank 0.

    Args:
        executor: Of mpi4py.futures, on rank 0.
        workers: Number of groups.
    """

    def __init__(self, executor: Any, workers: int) -> None:
        self.workers = workers
        self._executor = executor

    def map(
        self, function: Callable[[Task], Result], tasks: Sequence[Task]
    ) -> Iterator[tuple[int, Result | Lost]]:
        """See :class:`Engine`; call on rank 0."""
        places = {
            self._executor.submit(solve_in_group, function, task): place
            for place, task in enumerate(tasks)
        }
        try:
            for future in futures.as_completed(places):
                yield places[future], future.result()
        finally:
            for future in places:
                future.cancel()


@contextlib.contextmanager
def open_engine(
    comm: MPI.Intracomm, workers: int, setup: Setup, ranks_per_case: int = 1
) -> Iterator[Engine | None]:
    """The engine for a communicator: its ranks where there are several, else processes.

    Args:
        comm: Of the run.
        workers: Number of processes where there is one rank.
        setup: Called once in every process that is started.
        ranks_per_case: Size of the groups of ranks; see ``require_whole_groups``.

    Yields:
        The engine on rank 0; None on the other ranks, once the tasks are done.

    Collective.
    """
    if comm.size > 1:
        # it begins PETSc, which all ranks do together: not while some of them work
        importlib.import_module("interfacefem.study.cases")
        from mpi4py.futures import MPICommExecutor

        with grouped_ranks(comm, ranks_per_case) as leaders:
            if leaders is None:
                yield None
                return
            with MPICommExecutor(leaders, root=0) as executor:
                yield None if executor is None else Ranks(executor, leaders.size - 1)
    elif workers == 1:
        yield ThisProcess()
    else:
        processes = Processes(workers, setup)
        try:
            yield processes
        finally:
            processes.close()


def _begin_worker(setup: Setup) -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    # Ctrl-C reaches every process; the first one ends the others
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()
    configure_logging(quiet=True, verbose=False)
    setup()


def _end_with(sentinel: int) -> None:
    """Leave when the process that gives out tasks was killed, which closes its end of a pipe."""
    multiprocessing.connection.wait([sentinel])
    os._exit(1)
