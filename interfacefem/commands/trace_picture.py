# SPDX-License-Identifier: BSD-3-Clause
"""The picture that an image leaves in which no line passes, and that ``profile --look`` shows."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from interfacefem.images import Attempt

NAME = "trace.png"


@contextlib.contextmanager
def drawing_failures(folder: Path) -> Iterator[None]:
    """Draw what was found where no line passes, and name the picture in the error.

    Args:
        folder: Takes ``trace.png``.

    Rank-local: on the rank that traces.
    """
    from interfacefem.images import NoLineError

    try:
        yield
    except NoLineError as error:
        if error.attempt is not None:
            path = folder / NAME
            said = str(error).removeprefix(f"{error.file}: ")
            write_picture(error.attempt, said[:1].upper() + said[1:], path)
            error.picture, error.attempt = path, None  # the picture is enough for other ranks
        raise


def write_picture(attempt: Attempt, said: str, path: Path) -> None:
    """Draw an attempt."""
    from interfacefem.report import save_figure, trace_figure

    save_figure(trace_figure(attempt, said), path)


def quality_text(quality: Mapping[str, Any]) -> str:
    """The verdict on an image's lines, with the gravest reason of each line that has one."""
    verdict = {
        "pass": "Every line passes its check",
        "warn": "Lines pass with warnings",
        "refuse": "Lines are refused",
    }[quality["verdict"]]
    said = [
        f"line {row['line']}: {row['messages'][0]}" for row in quality["lines"] if row["messages"]
    ]
    return "; ".join([verdict, *said])
