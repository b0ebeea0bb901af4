# SPDX-License-Identifier: BSD-3-Clause
"""Whether a line runs along the straight edge of a data bar instead of a surface."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[np.floating]

_FLAT = 0.2  # pixels around the row of a bar's edge
_SMALLEST_BAR, _LARGEST_BAR = 0.02, 0.30  # of the rows
_ONE_GREY, _WRITING = 2.1 / 255, 0.05
_SAME, _OTHER = 0.6, 0.3  # shares of a row that is, or is not, of the bar's grey
_LEAST_WRITING, _LEAST_FLAT = 0.005, 0.1
_MOST_IN_BLANK = 0.001  # of the pixels of a blank frame differ from its grey


def bar_along(gray: Array, row: Array, column: Array) -> str | None:
    """What to say where most of a line runs along the straight edge of a strip with writing."""
    if not len(row):
        return None
    counts = np.bincount(np.clip(np.round(row), 0, gray.shape[0] - 1).astype(int))
    y = int(counts.argmax())
    y = int(np.round(np.median(row[np.abs(row - y) <= 0.5])))
    level = float(np.median(row[np.abs(row - y) <= 0.75]))
    flat = len(np.unique(np.round(column[np.abs(row - level) <= _FLAT]))) / gray.shape[1]
    for turned, edge in ((gray, level), (gray[::-1], gray.shape[0] - 1 - level)):
        found = _bar_below(turned, edge, flat)
        if found:
            return found
    return None


def _bar_below(gray: Array, edge: float, flat: float) -> str | None:
    rows = gray.shape[0]
    first = int(np.ceil(edge)) + 2
    strip = gray[first:]
    if not _SMALLEST_BAR * rows <= len(strip) <= _LARGEST_BAR * rows:
        return None
    values, counts = np.unique(np.round(strip * 255), return_counts=True)
    grey = float(values[counts.argmax()]) / 255
    same = np.mean(np.abs(gray - grey) <= _ONE_GREY, axis=1)
    below = float(np.median(same[first:]))
    above = float(np.median(same[: max(1, int(np.floor(edge)) - 1)]))
    writing = float(np.mean(np.abs(strip - grey) > _WRITING))
    if below < _SAME or writing < _LEAST_WRITING:
        return None
    # pores of a drawn or segmented matrix are no writing: they lie on both sides
    rest = gray[: max(1, int(np.floor(edge)) - 1)]
    if above >= _SAME and float(np.mean(np.abs(rest - grey) > _WRITING)) < _MOST_IN_BLANK:
        return "there is nothing but a data bar to see"
    if flat >= _LEAST_FLAT and above < _OTHER:
        return "the line is the upper edge of a data bar, not of the specimen"
    return None
