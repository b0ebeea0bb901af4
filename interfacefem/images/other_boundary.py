# SPDX-License-Identifier: BSD-3-Clause
"""Whether another boundary spans the image that is as good: three layers, of which one was chosen.

A threshold between two phases takes a middle one to one side, whichever is nearer in grey value.
The line is then sharp and the only one that is seen, and may be that of the wrong body.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from interfacefem.errors import ImageError
from interfacefem.images.boundary import NoBoundaryError, spanning_curve
from interfacefem.images.line_check import (
    MOST_MOVED,
    MOVED_PIXELS,
    TracedLine,
    check_line,
    share_moved,
)
from interfacefem.images.section_places import Place
from interfacefem.segmentation.thresholds import segment

Array: TypeAlias = npt.NDArray[np.floating]

_LAYERS = 3
_STEP = 2  # rows and columns between the pixels looked at
_FLAT = 2.0  # times the steepness of the other phases: a phase is no steeper
_BLURS = 2.0  # of the smoothing: two boundaries nearer to each other are one, blurred


def other_boundary(line: TracedLine, place: Place, *, bright: bool) -> float | None:
    """Share of a contour that lies elsewhere than another boundary that passes the check as well.

    Args:
        line: The contour.
        place: Where it was sought.
        bright: Whether the electrolyte is the brighter side.

    Returns:
        None where there is no other: the image does not show three phases one above another.
    """
    try:
        layers = segment(line.feature, "multi-otsu", _LAYERS)
    except ImageError:
        return None  # too few grey values for three phases
    # the pixels of a blurred edge are of a middle grey, and steep
    down, right = np.gradient(line.feature[::_STEP, ::_STEP])
    steepness = np.hypot(down, right)
    middle = layers.labels[::_STEP, ::_STEP] == 1
    if not np.median(steepness[middle]) <= _FLAT * np.median(steepness[~middle]):
        return None
    levels = layers.thresholds
    found = [_share_elsewhere(line, place, level, bright=bright) for level in levels]
    return max((share for share in found if share is not None), default=None)


def _share_elsewhere(line: TracedLine, place: Place, level: float, *, bright: bool) -> float | None:
    field = line.feature - level if bright else level - line.feature
    try:
        u, v = spanning_curve(place.again(field))
    except NoBoundaryError:
        return None
    other = replace(line, u=u + place.u, v=v + place.v)
    apart = max(MOVED_PIXELS, _BLURS * line.smoothing)
    share = share_moved((line.u, line.v), (other.u, other.v), apart)
    if share <= MOST_MOVED or check_line(other).verdict != "pass":
        return None
    return share
