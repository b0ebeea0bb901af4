# SPDX-License-Identifier: BSD-3-Clause
"""The one curve between electrolyte and metal in a field that is positive in the electrolyte."""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import shapely
from scipy import ndimage
from skimage.measure import find_contours

from interfacefem.errors import ImageError

Array: TypeAlias = npt.NDArray[np.floating]

SIMPLIFICATION = 0.02  # pixels
MIN_SPACING = 0.5  # pixels between points of a curve
_EIGHT_CONNECTED = np.ones((3, 3), dtype=bool)
_TINY = 1e-9


class NoBoundaryError(ImageError):
    """A field in which no curve runs from the left side to the right side."""


def separated(field: Array) -> Array:
    """Keep one body of electrolyte and one of metal, by the sign of what is neither.

    The electrolyte is the largest connected positive region; the metal is what, outside it, is
    connected with the bottom row. Pores closed toward the metal become electrolyte, loose islands
    in the metal become metal. Where nothing is turned over the field keeps its values, so that its
    zero line stays where it was.

    Args:
        field: Positive in the electrolyte, shape ``(rows, columns)``, rows going down.

    Returns:
        The field with its signs set, never zero, same shape.

    Raises:
        NoBoundaryError: There is no electrolyte or no metal.
    """
    bodies, count = ndimage.label(field > 0, structure=_EIGHT_CONNECTED)
    if count == 0:
        raise NoBoundaryError("no electrolyte is seen")
    largest = int(np.argmax(np.bincount(bodies.ravel())[1:])) + 1
    others, _ = ndimage.label(bodies != largest)
    at_bottom = np.unique(others[-1])
    is_metal = np.isin(others, at_bottom[at_bottom > 0])
    if not is_metal.any():
        raise NoBoundaryError("no metal side is seen below the electrolyte")
    magnitude = np.maximum(np.abs(field), _TINY)
    return np.where(is_metal, -magnitude, magnitude)


def spanning_curve(field: Array) -> tuple[Array, Array]:
    """The curve between electrolyte and metal from the left to the right side, by marching squares.

    Args:
        field: Positive in the electrolyte, shape ``(rows, columns)``, rows going down.

    Returns:
        Columns and rows of its points in pixels, from left to right, each shape ``(n,)``; it may
        overhang and never crosses itself. Points lie at least half a pixel apart and within 0.02
        pixels of the zero line.

    Raises:
        NoBoundaryError: The curve reaches the top or the bottom, or there is none.
    """
    rows, columns = field.shape
    ceiling, floor = np.full((1, columns), np.inf), np.full((1, columns), -np.inf)
    scale = float(np.abs(field).max())
    padded = np.clip(np.vstack([ceiling, field, floor]), -scale, scale)
    clean = separated(padded)
    curves = [
        curve
        for curve in find_contours(clean, 0.0, fully_connected="high")
        if {float(curve[0, 1]), float(curve[-1, 1])} == {0.0, columns - 1.0}
    ]
    if not curves:
        raise NoBoundaryError("no curve runs from the left side to the right side")
    curve = max(curves, key=len)
    u, v = curve[:, 1], curve[:, 0] - 1.0  # without the ceiling
    if v.min() < 0:
        raise NoBoundaryError("the void or metal is open to the top")
    if v.max() > rows - 1:
        raise NoBoundaryError("the electrolyte reaches the bottom")
    if u[0] > u[-1]:
        u, v = u[::-1], v[::-1]
    return thinned(u, v)


def seen_from_below(x: Array, z: Array, step: float) -> tuple[Array, Array]:
    """The lowest height of a curve at evenly spaced places: what hides behind overhangs is lost.

    Args:
        x, z: Points of a curve between its two ends, z upward, shape ``(n,)``.
        step: Largest distance between the places, in the unit of x.

    Returns:
        Places and heights, the ends included, x strictly increasing.
    """
    places = np.linspace(x[0], x[-1], max(2, math.ceil((x[-1] - x[0]) / step - 1e-6) + 1))
    low, high = np.minimum(x[:-1], x[1:]), np.maximum(x[:-1], x[1:])
    run = np.diff(x)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = (places[:, None] - x[:-1]) / run
    heights = np.where(run == 0, np.minimum(z[:-1], z[1:]), z[:-1] + share * np.diff(z))
    crosses = (low <= places[:, None]) & (places[:, None] <= high)
    return places, np.where(crosses, heights, np.inf).min(axis=1)


def thinned(u: Array, v: Array) -> tuple[Array, Array]:
    """Drop points that crowd or lie on a straight line, keeping the curve simple."""
    steps = np.cumsum(np.hypot(np.diff(u), np.diff(v)))
    arc: list[float] = [0.0, *steps.tolist()]
    keep = [0]
    for index in range(1, len(arc) - 1):
        if min(arc[index] - arc[keep[-1]], arc[-1] - arc[index]) >= MIN_SPACING:
            keep.append(index)
    points = np.column_stack([u, v])
    line = shapely.LineString(points[[*keep, len(arc) - 1]])
    if not line.is_simple:
        line = shapely.LineString(points)
    simpler = line.simplify(SIMPLIFICATION)
    result = shapely.get_coordinates(simpler if simpler.is_simple else line)
    return result[:, 0], result[:, 1]
