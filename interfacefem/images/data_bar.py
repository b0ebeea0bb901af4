# SPDX-License-Identifier: BSD-3-Clause
"""The strip of text and scale bar that microscopes burn into the bottom or top of an image."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage

_TOLERANCE = 0.04  # of the grey range: lossy compression blurs the bar's one colour
_BACKGROUND = 0.08  # bars are black or white to within this
_BACKGROUND_SHARE = 0.4  # of a row of text still is background
_LINE_SHARE = 0.9  # of a separating line has one value
_MIN_SHARE, _MAX_SHARE = 0.02, 0.3  # of the image's rows
_REST_SHARE = 0.01  # of the rows may show specimen again below the bar
_ROWS_ABOVE = 8
_MIN_STEP = 0.3  # by which the share of background drops above the bar
_MIN_TEXT, _TEXT_CONTRAST = 0.005, 0.4


# a grey bar is one grey, nearly exactly; specimen of label images is too, and is left alone
_ONE_GREY, _GREY_WRITING = 2.1 / 255, 0.05
_SAME_SHARE, _OTHER_SHARE = 0.6, 0.3  # of a row that is, or is not, of the bar's grey
_FEWEST_GREYS = 17


def specimen_rows(gray: npt.NDArray[np.floating]) -> tuple[int, int]:
    """First and last row that show the specimen, the last excluded: bars at bottom and top off.

    Args:
        gray: Grey values in [0, 1], shape ``(rows, columns)``.
    """
    found = find_data_bar(gray)
    found = _find_grey_bar(gray) if found is None else found
    last = gray.shape[0] if found is None else found
    # dark resin above a specimen is no bar: at the top only one grey, to the last digit, is
    top = _find_grey_bar(gray[:last][::-1])
    return 0 if top is None else last - top, last


def _find_grey_bar(gray: npt.NDArray[np.floating]) -> int | None:
    """First row of a bar of one grey value, with writing on it."""
    rows = gray.shape[0]
    edge = gray[-max(2, round(_MIN_SHARE * rows)) :]
    values, counts = np.unique(np.round(edge * 255), return_counts=True)
    share = np.mean(np.abs(gray - values[counts.argmax()] / 255) <= _ONE_GREY, axis=1)
    # rows of dense writing and of a frame's line are narrow
    is_bar = ndimage.binary_closing(share >= _OTHER_SHARE, np.ones(5), border_value=1)
    outside = np.flatnonzero(~is_bar)
    first = int(outside[-1]) + 1 if len(outside) else 0
    if not _MIN_SHARE * rows <= rows - first <= _MAX_SHARE * rows:
        return None
    strip, rest = gray[first:], gray[:first]
    writing = np.mean(np.abs(strip - values[counts.argmax()] / 255) > _GREY_WRITING)
    many = len(np.unique(np.round(rest[::4, ::4] * 255))) >= _FEWEST_GREYS
    clear = np.median(share[first:]) >= _SAME_SHARE
    is_other = np.mean(share[max(first - _ROWS_ABOVE, 0) : first]) < _OTHER_SHARE
    return first if writing >= _MIN_TEXT and many and clear and is_other else None


def find_data_bar(gray: npt.NDArray[np.floating]) -> int | None:
    """First row of a black or white bar at the bottom of an image, or None where there is none.

    A bar is a strip over the whole width with one black or white background, writing on it, and a
    straight upper edge.

    Args:
        gray: Grey values in [0, 1], shape ``(rows, columns)``.
    """
    rows = gray.shape[0]
    background = _background_value(gray)
    if background is None:
        return None
    share = np.mean(np.abs(gray - background) <= _TOLERANCE, axis=1)
    medians = np.median(gray, axis=1, keepdims=True)
    # a frame line contrasts with the bar; rows of a smooth dark void do not
    is_line = (np.mean(np.abs(gray - medians) <= _TOLERANCE, axis=1) >= _LINE_SHARE) & (
        np.abs(medians[:, 0] - background) > _TEXT_CONTRAST
    )
    in_bar = (share >= _BACKGROUND_SHARE) | is_line
    bottom = rows - int(np.argmax(in_bar[::-1]))
    if rows - bottom > _REST_SHARE * rows:
        return None
    outside = np.flatnonzero(~in_bar[:bottom])
    top = int(outside[-1]) + 1 if len(outside) else 0
    if not _MIN_SHARE * rows <= rows - top <= _MAX_SHARE * rows:
        return None
    above = share[max(top - _ROWS_ABOVE, 0) : top].mean()
    has_edge = np.median(share[top:]) - above >= _MIN_STEP
    has_text = np.mean(np.abs(gray[top:] - background) > _TEXT_CONTRAST) >= _MIN_TEXT
    return top if has_edge and has_text else None


def _background_value(gray: npt.NDArray[np.floating]) -> float | None:
    bottom = gray[-max(4, round(_MIN_SHARE * gray.shape[0])) :]
    counts, edges = np.histogram(bottom, bins=64, range=(0.0, 1.0))
    fullest = int(np.argmax(counts))
    inside = bottom[(bottom >= edges[fullest]) & (bottom <= edges[fullest + 1])]
    value = float(np.median(inside))
    return value if value <= _BACKGROUND or value >= 1 - _BACKGROUND else None
