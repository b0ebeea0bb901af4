# SPDX-License-Identifier: BSD-3-Clause
"""The strip of text and scale bar that microscopes burn into the bottom of an image."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

_TOLERANCE = 0.04  # of the grey range: lossy compression blurs the bar's one colour
_BACKGROUND = 0.08  # bars are black or white to within this
_BACKGROUND_SHARE = 0.4  # of a row of text still is background
_LINE_SHARE = 0.9  # of a separating line has one value
_MIN_SHARE, _MAX_SHARE = 0.02, 0.3  # of the image's rows
_REST_SHARE = 0.01  # of the rows may show specimen again below the bar
_ROWS_ABOVE = 8
_MIN_STEP = 0.3  # by which the share of background drops above the bar
_MIN_TEXT, _TEXT_CONTRAST = 0.005, 0.4


def find_data_bar(gray: npt.NDArray[np.floating]) -> int | None:
    """First row of a data bar at the bottom of an image, or None where there is none.

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
