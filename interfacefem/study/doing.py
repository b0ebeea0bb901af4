# SPDX-License-Identifier: BSD-3-Clause
"""What each process of a study is doing, where that takes long: a small file each, for the others.

Nothing is decided by them: ``status`` and the progress of a study tell what they say.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import platform
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from interfacefem.files import write_text_atomically
from interfacefem.study.records import parsed

FOLDER = "running"
_LONG = 5.0  # s before it is told, and between tellings
_STALE = 60.0  # s without a telling: its process was killed
_MOST_BYTES = 4000
_MOST_TEXT = 160


@dataclass(frozen=True)
class Doing:
    """What a process does.

    Attributes:
        worker: Host and process.
        what: Interface and physics.
        step: The last that the solver said of itself; empty if it has said nothing.
        seconds: For how long.
    """

    worker: str
    what: str
    step: str
    seconds: float


@contextlib.contextmanager
def doing(folder: Path, what: str) -> Iterator[None]:
    """Tell others what this process is doing, once it has lasted a while.

    Args:
        folder: Of the study.
        what: A few words.
    """
    told = _Told(folder, what)
    logger = logging.getLogger("interfacefem")
    logger.addHandler(told)
    thread = threading.Thread(target=told.keep_telling, daemon=True)
    thread.start()
    try:
        yield
    finally:
        logger.removeHandler(told)
        told.over.set()
        thread.join()


class _Told(logging.Handler):
    """Hears what the solver says, and tells it from time to time."""

    def __init__(self, folder: Path, what: str) -> None:
        super().__init__(logging.INFO)
        self.over = threading.Event()
        self._what, self._step = what, ""
        self._since = time.time()
        name = f"{platform.node() or 'host'}-{os.getpid()}.json".replace("/", "_")
        self._path = folder / FOLDER / name

    def emit(self, record: logging.LogRecord) -> None:
        self._step = record.getMessage()

    def keep_telling(self) -> None:
        # a full disk is told by the result that finds no room
        with contextlib.suppress(Exception):
            while not self.over.wait(_LONG):
                content = {"what": self._what[:_MOST_TEXT], "step": self._step[:_MOST_TEXT],
                           "seconds": time.time() - self._since}  # fmt: skip
                write_text_atomically(self._path, json.dumps(content))
        with contextlib.suppress(OSError):
            self._path.unlink()
            self._path.parent.rmdir()  # by the last one


def long_work(folder: Path) -> list[Doing]:
    """What the processes of a study say that they do, the longest first."""
    found = []
    with contextlib.suppress(OSError):
        for entry in list(os.scandir(folder / FOLDER)):
            with contextlib.suppress(OSError):
                if entry.name.endswith(".json") and entry.is_file(follow_symlinks=False):
                    found += _told_in(Path(entry.path), entry.stat(follow_symlinks=False))
    return sorted(found, key=lambda one: -one.seconds)


def _told_in(path: Path, state: os.stat_result) -> list[Doing]:
    if state.st_size > _MOST_BYTES or time.time() - state.st_mtime > _STALE:
        return []
    content = parsed(path.read_bytes())
    if content is None or not isinstance(content.get("seconds"), int | float):
        return []
    what, step = (_plain_text(content.get(name)) for name in ("what", "step"))
    return [Doing(_plain_text(path.stem), what, step, float(content["seconds"]))]


def _plain_text(text: Any) -> str:
    """Text without what would move the cursor of a terminal."""
    return "".join(sign for sign in str(text)[:_MOST_TEXT] if sign.isprintable())
