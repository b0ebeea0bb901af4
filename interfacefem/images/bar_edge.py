# SPDX-License-Identifier: BSD-3-Clause
"""Whether a line runs along the straight edge of a data bar instead of a surface."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import ndimage

Array: TypeAlias = npt.NDArray[np.floating]

_FLAT = 0.2  # pixels around the row of a bar's edge
_SMALLEST_BAR, _LARGEST_BAR = 0.02, 0.30  # of the rows
_ONE_GREY, _WRITING = 2.1 / 255, 0.05
_SAME, _OTHER = 0.6, 0.3  # shares of a row that is, or is not, of the bar's grey
_LEAST_WRITING, _LEAST_FLAT = 0.005, 0.1
_STRAIGHT = 0.5  # of the columns on one row: no specimen is as straight
_DETAIL = 15.0  # pixels: longer waves are shading
_ALIKE = 0.4  # correlation of the detail on both sides of an edge; independent rows reach 0.25
_MOST_IN_BLANK = 0.001  # of the pixels of a blank frame differ from its grey


@dataclass(frozen=True)
class BarEdge:
    """A straight edge that a line runs along.

    Attributes:
        reason: What to say.
        is_bar: Whether it is the edge of a data bar; else it may be one.
        rows: First and last row (excluded) of the rest of the image, as it is worked on.
    """

    reason: str
    is_bar: bool
    rows: tuple[int, int]


def bar_along(gray: Array, row: Array, column: Array) -> BarEdge | None:
    """The straight edge of a strip at the bottom or top that most of a line runs along.

    Args:
        gray: Grey values in [0, 1], shape ``(rows, columns)``.
        row, column: Of points one pixel apart along the walls of a line, shape ``(n,)``.
    """
    if not len(row):
        return None
    counts = np.bincount(np.clip(np.round(row), 0, gray.shape[0] - 1).astype(int))
    y = int(counts.argmax())
    y = int(np.round(np.median(row[np.abs(row - y) <= 0.5])))
    level = float(np.median(row[np.abs(row - y) <= 0.75]))
    flat = len(np.unique(np.round(column[np.abs(row - level) <= _FLAT]))) / gray.shape[1]
    rows = gray.shape[0]
    maybe = None
    for turned, edge in ((gray, level), (gray[::-1], rows - 1 - level)):
        found = _bar_below(turned, edge, flat)
        if found is None:
            continue
        reason, is_bar = found
        kept = int(np.floor(edge)) + 1
        edge_found = BarEdge(reason, is_bar, (0, kept) if turned is gray else (rows - kept, rows))
        if is_bar:
            return edge_found
        maybe = edge_found
    return maybe


def _bar_below(gray: Array, edge: float, flat: float) -> tuple[str, bool] | None:
    rows = gray.shape[0]
    first = int(np.ceil(edge)) + 2
    strip, rest = gray[first:], gray[: max(1, int(np.floor(edge)) - 1)]
    if not _SMALLEST_BAR * rows <= len(strip) <= _LARGEST_BAR * rows:
        return None
    values, counts = np.unique(np.round(strip * 255), return_counts=True)
    grey = float(values[counts.argmax()]) / 255
    below = float(np.median(np.mean(np.abs(strip - grey) <= _ONE_GREY, axis=1)))
    above = float(np.median(np.mean(np.abs(rest - grey) <= _ONE_GREY, axis=1)))
    writing = float(np.mean(np.abs(strip - grey) > _WRITING))
    if below >= _SAME and writing >= _LEAST_WRITING:
        # pores of a drawn or segmented matrix are no writing: they lie on both sides
        blank = float(np.mean(np.abs(rest - grey) > _WRITING)) < _MOST_IN_BLANK
        if above >= _SAME and blank:
            return "there is nothing but a data bar to see", True
        if flat >= _LEAST_FLAT and above < _OTHER:
            return "the line is the upper edge of a data bar, not of the specimen", True
    if flat < _STRAIGHT:
        return None
    if _goes_on(strip, rest):
        return "the line is the edge of a transparent data bar: the specimen goes on below it", True
    return (
        f"{100 * flat:.0f} % of the line lies within {_FLAT:g} px of one row, as the edge of a "
        "data bar does"
    ), False


def _goes_on(strip: Array, rest: Array) -> bool:
    """Whether the detail of the rows above an edge is that of the rows below it, dimmed."""
    if min(len(strip), len(rest)) < 2:
        return False
    above, below = (
        row - ndimage.gaussian_filter1d(row, _DETAIL)
        for row in (rest[-2:].mean(axis=0), strip[:2].mean(axis=0))
    )
    if min(float(above.std()), float(below.std())) == 0:
        return False
    return bool(np.corrcoef(above, below)[0, 1] > _ALIKE)
