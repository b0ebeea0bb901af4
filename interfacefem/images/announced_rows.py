# SPDX-License-Identifier: BSD-3-Clause
"""How many rows of an image show the specimen, where the microscope itself says so."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tifffile

from interfacefem.images.pixel_size import FEI_TAGS, TESCAN_TAG, sidecar_text

_MOST = 0.3  # of the rows: a bar is no larger


def announced_rows(tiff: tifffile.TiffFile, path: Path) -> int | None:
    """Rows of the specimen from the top, less than the file's; None where nothing is said.

    FEI: ``ResolutionX`` and ``ResolutionY`` under ``[Image]``. Tescan: ``ImageStripSize``, the rows
    of the bar. JEOL and Hitachi: the full size in the text beside the image.
    """
    page = tiff.pages.first
    rows, columns = int(page.imagelength), int(page.imagewidth)
    found = _from_fei(page.tags, columns) or _from_tescan(page.tags, rows)
    if found is None:
        text = sidecar_text(path.with_suffix(".txt")) or ""
        match = re.search(r"^\$CM_FULL_SIZE\s+(\d+)\s+(\d+)", text, re.M) or re.search(
            r"^DataSize\s*=\s*(\d+)\s*x\s*(\d+)", text, re.M
        )
        found = int(match[2]) if match and int(match[1]) == columns else None
    return found if found is not None and (1 - _MOST) * rows <= found < rows else None


def _from_fei(tags: tifffile.TiffTags, columns: int) -> int | None:
    for tag in FEI_TAGS:
        sections = tags.valueof(tag)
        image: Mapping[str, Any] = sections.get("Image", {}) if isinstance(sections, dict) else {}
        width, height = image.get("ResolutionX"), image.get("ResolutionY")
        if width == columns and isinstance(height, int):
            return height
    return None


def _from_tescan(tags: tifffile.TiffTags, rows: int) -> int | None:
    value = tags.valueof(TESCAN_TAG)
    text = value.decode("latin-1") if isinstance(value, bytes) else value
    match = re.search(r"ImageStripSize\s*=\s*(\d+)", text) if isinstance(text, str) else None
    return rows - int(match[1]) if match else None
