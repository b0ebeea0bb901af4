# SPDX-License-Identifier: BSD-3-Clause
"""Cases done, failed and left, rate and time left: a bar in a terminal, plain lines elsewhere."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from interfacefem.study.doing import long_work

_SECONDS_BETWEEN_LINES = 10.0
_SECONDS_WITHOUT_A_RESULT = 30.0  # after which a line tells what takes so long


class StudyProgress:
    """What a study shows of itself on standard error.

    Args:
        quiet: Show nothing.
        folder: Of the study, whose processes say what takes long; None: that is not shown.
    """

    def __init__(self, *, quiet: bool, folder: Path | None = None) -> None:
        self._quiet = quiet
        self._folder = folder
        self._lock = threading.Lock()
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
                    with self._watching():
                        yield
                finally:
                    self._bar = None
        else:
            print(f"{title}: {total} to do", file=sys.stderr, flush=True)
            with self._watching():
                yield
            self._line()

    @contextlib.contextmanager
    def _watching(self) -> Iterator[None]:
        """Show what takes long also while nothing ends."""
        over = threading.Event()
        thread = threading.Thread(target=self._watch, args=(over,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _watch(self, over: threading.Event) -> None:
        while not over.wait(2.0):
            if self._bar is not None:
                self._update_bar()
            elif time.monotonic() - self._last_line > _SECONDS_WITHOUT_A_RESULT:
                self._line()

    def advance(self, count: int, failed: int = 0) -> None:
        """Say that so many have ended, and how many of them failed."""
        self._done += count
        self._failed += failed
        if self._bar is not None:
            self._update_bar()
        elif time.monotonic() - self._last_line > _SECONDS_BETWEEN_LINES and not self._quiet:
            self._line()

    def _update_bar(self) -> None:
        said = f"{self._failed} failed, {self._rate():.1f}/s{self._long_work()}"
        self._bar.update(self._task, completed=self._done, said=said)

    def _long_work(self) -> str:
        found = [] if self._folder is None else long_work(self._folder)
        if not found:
            return ""
        one = found[0]
        return f"; {one.what} for {duration_text(one.seconds)}" + (
            f" ({one.step})" if one.step else ""
        )

    def _rate(self) -> float:
        return self._done / max(time.monotonic() - self._started, 1e-3)

    def _line(self) -> None:
        with self._lock:
            self._last_line = time.monotonic()
            print(self._text(), file=sys.stderr, flush=True)

    def _text(self) -> str:
        left = self._total - self._done
        text = f"{self._title}: {self._done} of {self._total} done, {self._failed} failed"
        if left and self._done:
            rate = self._rate()
            text += f", {rate:.1f}/s, {duration_text(left / rate)} left"
        return text + (self._long_work() if left else "")

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
