# SPDX-License-Identifier: BSD-3-Clause
"""Cases done, failed and left, rate and time left: a bar in a terminal, plain lines elsewhere."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator
from typing import Any

_SECONDS_BETWEEN_LINES = 10.0


class StudyProgress:
    """What a study shows of itself on standard error.

    Args:
        quiet: Show nothing.
    """

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._bar: Any = None
        self._begin("", 0)

    def _begin(self, title: str, total: int) -> None:
        self._title, self._total = title, total
        self._done = self._failed = 0
        self._started = self._last_line = time.monotonic()

    @contextlib.contextmanager
    def stage(self, title: str, total: int) -> Iterator[None]:
        """Show one stage; ``advance`` moves it on."""
        self._begin(title, total)
        if self._quiet or not total:
            yield
        elif sys.stderr.isatty():
            with self._terminal_bar() as bar:
                self._bar, self._task = bar, bar.add_task(title, total=total, said="")
                try:
                    yield
                finally:
                    self._bar = None
        else:
            print(f"{title}: {total} to do", file=sys.stderr, flush=True)
            yield
            self._line()

    def advance(self, count: int, failed: int = 0) -> None:
        """Say that so many have ended, and how many of them failed."""
        self._done += count
        self._failed += failed
        if self._bar is not None:
            said = f"{self._failed} failed, {self._rate():.1f}/s"
            self._bar.update(self._task, completed=self._done, said=said)
        elif time.monotonic() - self._last_line > _SECONDS_BETWEEN_LINES and not self._quiet:
            self._line()

    def _rate(self) -> float:
        return self._done / max(time.monotonic() - self._started, 1e-3)

    def _line(self) -> None:
        self._last_line = time.monotonic()
        left = self._total - self._done
        text = f"{self._title}: {self._done} of {self._total} done, {self._failed} failed"
        if left and self._done:
            rate = self._rate()
            text += f", {rate:.1f}/s, {duration_text(left / rate)} left"
        print(text, file=sys.stderr, flush=True)

    @staticmethod
    def _terminal_bar() -> Any:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        return Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[said]}"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
        )


def duration_text(seconds: float) -> str:
    """A duration as people say it."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
