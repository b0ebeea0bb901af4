# SPDX-License-Identifier: BSD-3-Clause
"""Pictures of the images of a study in which no line was found, or one was refused."""

from __future__ import annotations

import logging
from pathlib import Path

from interfacefem.assessment.image import take_profiles
from interfacefem.commands.trace_picture import quality_text, write_picture
from interfacefem.errors import InterfaceFemError
from interfacefem.images import NoLineError, attempt_of
from interfacefem.images.section_check import quality_result
from interfacefem.study.interfaces import image_of
from interfacefem.study.plan import FROM_IMAGES, Interfaces, Plan
from interfacefem.study.store import store_of

_log = logging.getLogger(__name__)

FOLDER = "traces"
MOST = 20  # an image is traced again for its picture


def draw_failed_traces(plan: Plan, folder: Path) -> int:
    """Draw what no line of passed, up to ``MOST`` images that have no picture yet.

    Args:
        plan: Of the study.
        folder: Of the study; its ``traces`` takes the pictures.

    Returns:
        How many images have one.
    """
    count = drawn = 0
    store = store_of(folder)
    for entry in plan.interfaces:
        if entry.source.kind not in FROM_IMAGES or not _failed(store.source(entry.key)):
            continue
        path = folder / FOLDER / f"{Path(entry.source.name).stem}_{entry.key[:8]}.png"
        if not path.exists():
            if drawn == MOST:
                continue
            drawn += 1
            try:
                _draw(entry, folder, path)
            except InterfaceFemError as error:
                _log.debug("%s: no picture: %s", entry.source.name, error)
                continue
        count += 1
    return count


def _failed(record: dict[str, object] | None) -> bool:
    if record is None:
        return False
    lines = record.get("lines")
    assert isinstance(lines, list)
    return bool(record.get("no_line")) or any(line.get("line_check") == "refuse" for line in lines)


def _draw(entry: Interfaces, folder: Path, path: Path) -> None:
    try:
        taken = take_profiles(image_of(entry.source, folder), entry.sampling, keep_refused=True)
    except NoLineError as error:
        if error.attempt is not None:
            write_picture(error.attempt, str(error), path)
        return
    quality = quality_result(taken.extraction.qualities, entry.sampling)
    write_picture(attempt_of(taken.micrograph, taken.extraction), quality_text(quality), path)
