# SPDX-License-Identifier: BSD-3-Clause
"""The log file of a study: what it did, what failed and why; every process appends to it."""

from __future__ import annotations

import contextlib
import logging
from pathlib import Path

LOG = "study.log"


class _LogFile(logging.FileHandler):
    """On a full disk it loses lines; that there is no room is said where results are written."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 (name of logging's)
        """Nothing: logging would print a traceback."""

    def close(self) -> None:
        with contextlib.suppress(OSError):
            super().close()


def open_log(folder: Path) -> None:
    """Append this process's messages to the log of a study; once is enough."""
    path = folder / LOG
    logger = logging.getLogger("interfacefem")
    if any(getattr(entry, "baseFilename", None) == str(path.absolute())
           for entry in logger.handlers):  # fmt: skip
        return
    folder.mkdir(parents=True, exist_ok=True)
    # --quiet is for people, not for the log
    for entry in logger.handlers:
        entry.setLevel(max(entry.level, logger.level))
    logger.setLevel(min(logging.INFO, logger.level))
    handler = _LogFile(path, encoding="utf-8", delay=True)
    handler.setFormatter(logging.Formatter("%(asctime)s %(process)d %(levelname)s %(message)s"))
    handler.addFilter(_concerns_the_study)
    logger.addHandler(handler)


def close_log() -> None:
    """Close what ``open_log`` opened."""
    logger = logging.getLogger("interfacefem")
    for handler in list(logger.handlers):
        if isinstance(handler, _LogFile):
            logger.removeHandler(handler)
            handler.close()


def _concerns_the_study(record: logging.LogRecord) -> bool:
    own = record.name.startswith("interfacefem.study")
    return record.levelno >= (logging.INFO if own else logging.WARNING)
