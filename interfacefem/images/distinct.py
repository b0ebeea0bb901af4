# SPDX-License-Identifier: BSD-3-Clause
"""Sampling lines that follow one and the same wall are one section, not two samples."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely
from scipy.spatial import cKDTree

Array = npt.NDArray[np.floating]

LARGEST_OVERLAP = 0.5  # of the shorter curve; two that share more are counted once
_STEP = 0.5  # pixels along a curve
_TOUCH = 0.75  # pixels between curves that lie on each other: a step and half a step


def overlap(first: Array, second: Array) -> float:
    """Share of the shorter of two curves that lies on the other.

    Args:
        first: Points of a polyline in pixels, shape ``(n, 2)``.
        second: Points of another, shape ``(m, 2)``.

    Returns:
        Between 0 (they meet nowhere) and 1.
    """
    along = [_even_points(points) for points in (first, second)]
    if len(along[0]) > len(along[1]):
        along.reverse()
    distance, _ = cKDTree(along[1]).query(along[0], distance_upper_bound=_TOUCH)
    return float(np.mean(np.isfinite(distance)))


def _even_points(points: Array) -> Array:
    return shapely.get_coordinates(shapely.segmentize(shapely.LineString(points), _STEP))
