# SPDX-License-Identifier: BSD-3-Clause
"""Progress on standard error, on rank 0 only: a bar in a terminal, plain lines elsewhere."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import time
from collections.abc import Callable, Iterator

Step = Callable[[str], None]

_shown: list[Step] = []  # how to say something between steps, of each progress that is shown


def configure_logging(*, quiet: bool, verbose: bool) -> None:
    """Send the package's messages to standard error: warnings, or more with ``-v``."""
    # damaged files make tifffile say more than the one line that a user needs
    logging.getLogger("tifffile").setLevel(logging.DEBUG if verbose else logging.CRITICAL)
    logger = logging.getLogger("interfacefem")
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
        handler.close()
    if _rank() > 0:
        logger.addHandler(logging.NullHandler())
        return
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(levelname)s: %(message)s"))
    logger.addHandler(handler)
    logger.setLevel(logging.ERROR if quiet else logging.DEBUG if verbose else logging.WARNING)


@contextlib.contextmanager
def progress(title: str, steps: int, *, quiet: bool) -> Iterator[Step]:
    """Show that something goes on; yields a function to be called as each step begins.

    Args:
        title: What is being done.
        steps: Number of steps.
        quiet: Show nothing.

    Rank-local; silent on all ranks but 0.
    """
    if quiet or _rank() > 0:
        yield lambda text: None
    elif sys.stderr.isatty():
        with _bar(title, steps) as step:
            yield step
    else:
        with _remarks(lambda text: print(f"{title}: {text}", file=sys.stderr, flush=True)):
            yield _plain_lines(title, steps)


def remark(text: str) -> None:
    """Say in a line of its own what a step waits for; nothing where no progress is shown.

    Rank-local; silent on all ranks but 0.
    """
    if _shown:
        _shown[-1](text)


def _rank() -> int:
    # rooms that need no MPI import this one: where nothing has begun it, the launcher knows
    if "mpi4py.MPI" not in sys.modules:
        return int(os.environ.get("OMPI_COMM_WORLD_RANK", os.environ.get("PMI_RANK", "0")))
    from mpi4py import MPI

    return MPI.COMM_WORLD.rank


@contextlib.contextmanager
def _remarks(say: Step) -> Iterator[None]:
    _shown.append(say)
    try:
        yield
    finally:
        _shown.pop()


@contextlib.contextmanager
def _bar(title: str, steps: int) -> Iterator[Step]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with (
        Progress(*columns, console=Console(stderr=True), transient=True) as bar,
        _remarks(lambda text: bar.console.print(f"{title}: {text}", markup=False, highlight=False)),
    ):
        task = bar.add_task(title, total=steps)
        begun = 0

        def step(text: str) -> None:
            nonlocal begun
            bar.update(task, completed=begun, description=f"{title}: {text}")
            begun += 1

        yield step


def _plain_lines(title: str, steps: int) -> Step:
    started = time.monotonic()
    begun = 0

    def step(text: str) -> None:
        nonlocal begun
        begun += 1
        elapsed = time.monotonic() - started
        print(f"{title} [{begun}/{steps}, {elapsed:.0f} s] {text}", file=sys.stderr, flush=True)

    return step
