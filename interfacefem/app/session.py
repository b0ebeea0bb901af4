# SPDX-License-Identifier: BSD-3-Clause
"""What outlives a page that is loaded anew: guides so far, and the process that computes."""

from __future__ import annotations

import signal
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Self

from interfacefem.app.editing import History
from interfacefem.images.guide import guide_beside
from interfacefem.parameters.cell import Cell
from interfacefem.parameters.sampling import Sampling


def _leave_interrupts() -> None:
    # Ctrl-C ends the page, which then ends this process
    signal.signal(signal.SIGINT, signal.SIG_IGN)


class Session:
    """The images of one call, their guides so far, and the process that computes.

    Args:
        images: Files.
        sampling: By options of the command.
        cell: What lines are solved with.
    """

    def __init__(self, images: Sequence[Path], sampling: Sampling, cell: Cell) -> None:
        self.images = list(images)
        self.sampling = sampling
        self.cell = cell
        self.histories: dict[Path, History] = {}
        self.place = 0
        self._pool = ProcessPoolExecutor(
            1, mp_context=get_context("spawn"), initializer=_leave_interrupts
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def compute(self, task: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Run a task in the process beside."""
        return self._pool.submit(task, *arguments)

    def is_done(self, image: Path) -> bool:
        """Whether a guide lies beside the image."""
        return guide_beside(image).is_file()
