# SPDX-License-Identifier: BSD-3-Clause
"""Lines drawn by hand: cut to the frame, moved to an edge, put into a line that was traced.

A piece changes the line between its own ends and nothing else: every other point stays as it was.
All lines are in pixels of the file, ``x`` to the right and ``y`` down, shape ``(n, 2)``.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import shapely
from scipy import ndimage

from interfacefem.errors import ImageError
from interfacefem.images.boundary import thinned

Array: TypeAlias = npt.NDArray[np.floating]

_NEAR_SIDE = 3.0  # pixels, or this share of the width: such a line runs from side to side
_NEAR_SHARE = 0.02
_FAR_JOIN = 20.0  # pixels between a piece's end and the line, beyond which it is said
_SNAP_STEP = 1.0  # pixels along a piece
_SNAP_SIGMA = 3.0  # pixels along a piece, over which its shift is evened out
_EVENNESS = (1.5, 4.0, 10.0)  # pixels: more, where shifts make the piece cross itself
_FAR = 1e6


def within_columns(piece: Array, first: float, last: float) -> Array | None:
    """The longest part of a piece between two columns; None where there is none."""
    if piece[:, 0].min() >= first and piece[:, 0].max() <= last:
        return piece
    part = shapely.clip_by_rect(shapely.LineString(piece), first, -_FAR, last, _FAR)
    lines = [one for one in shapely.get_parts(part) if one.geom_type == "LineString"]
    if not lines:
        return None
    return np.asarray(shapely.get_coordinates(max(lines, key=lambda one: one.length)))


def spans(piece: Array, first: float, last: float) -> bool:
    """Whether a piece runs from one side of the frame to the other."""
    near = max(_NEAR_SIDE, _NEAR_SHARE * (last - first))
    left, right = sorted((piece[0, 0], piece[-1, 0]))
    return bool(left <= first + near and right >= last - near)


def rightward(piece: Array) -> Array:
    """The line from left to right, between its leftmost and its rightmost point."""
    if piece[0, 0] > piece[-1, 0]:
        piece = piece[::-1]
    last = len(piece) - 1 - int(np.argmax(piece[::-1, 0]))
    first = int(np.argmin(piece[: last + 1, 0]))
    return piece[first : last + 1]


def smooth_enough(piece: Array) -> Array:
    """A piece without points that crowd or lie on a straight line."""
    if len(piece) < 3:
        return piece
    return np.column_stack(thinned(piece[:, 0], piece[:, 1]))


def spliced(line: Array, piece: Array, number: int) -> tuple[Array, tuple[str, ...]]:
    """A line with a drawn piece in place of what lies between the piece's ends.

    Args:
        line: From left to right.
        piece: What was drawn, in either direction.
        number: Of the piece, for messages.

    Returns:
        The line, and notes on pieces that end far from it.

    Raises:
        ImageError: The piece replaces nothing, or crosses what it leaves.
    """
    curve = shapely.LineString(line)
    places = [curve.project(shapely.Point(end)) for end in (piece[0], piece[-1])]
    if places[0] > places[1]:
        places.reverse()
        piece = piece[::-1]
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
    if places[1] - places[0] < 1.0:
        raise ImageError(
            "replaces nothing of the line",
            field=f"boundary.{number - 1}",
            found=f"both ends nearest to one point of it, {_place(piece[0])}",
            expected="a piece drawn along the interface",
        )
    before, after = line[along < places[0]], line[along > places[1]]
    whole = np.vstack([before, piece, after])
    if not shapely.LineString(whole).is_simple:
        raise ImageError(
            "crosses the line that it is put into",
            field=f"boundary.{number - 1}",
            found=f"a piece from {_place(piece[0])} to {_place(piece[-1])}",
            expected="ends on the line, and no crossing beyond them",
        )
    notes = []
    for end in (piece[0], piece[-1]):
        gap = curve.distance(shapely.Point(end))
        if gap > _FAR_JOIN and (len(before) and len(after)):
            notes.append(
                f"drawn piece {number} ends {gap:.0f} px from the line, at {_place(end)}: a "
                "straight stretch joins them"
            )
    return whole, tuple(notes)


def snapped(piece: Array, gray: Array, reach: float) -> Array:
    """A piece moved along its normals to where the grey value changes fastest.

    Args:
        piece: In pixels of ``gray``.
        gray: Grey values smoothed a little, shape ``(rows, columns)``.
        reach: How far a point moves at most, in pixels.

    Returns:
        Points a pixel apart; shifts are evened out along the piece, so that noise moves no single
        point.
    """
    even = shapely.get_coordinates(shapely.segmentize(shapely.LineString(piece), _SNAP_STEP))
    tangent = np.gradient(even, axis=0)
    tangent = ndimage.gaussian_filter1d(tangent, _SNAP_SIGMA, axis=0, mode="nearest")
    length = np.hypot(tangent[:, 0], tangent[:, 1])
    normal = np.column_stack([-tangent[:, 1], tangent[:, 0]]) / np.maximum(length, 1e-9)[:, None]
    shifts = np.arange(-reach - 1, reach + 1.01, 0.5)
    x = even[:, :1] + normal[:, :1] * shifts
    y = even[:, 1:] + normal[:, 1:] * shifts
    values = ndimage.map_coordinates(gray, [y, x], order=1, mode="nearest")
    # evened along the piece first: the step of an edge adds up, noise does not
    values = ndimage.gaussian_filter1d(values, _SNAP_SIGMA, axis=0, mode="nearest")
    slope = np.abs(np.gradient(values, axis=1))
    slope[:, np.abs(shifts) > reach] = 0.0
    best = np.argmax(slope, axis=1).clip(1, len(shifts) - 2)
    rows = np.arange(len(even))
    low, top, high = (slope[rows, best + step] for step in (-1, 0, 1))
    bend = low - 2 * top + high
    between = np.where(bend < 0, (low - high) / np.where(bend < 0, 2 * bend, 1.0), 0.0)
    shift = shifts[best] + 0.5 * np.clip(between, -1, 1)
    shift = ndimage.median_filter(shift, 9, mode="nearest")
    for evenness in _EVENNESS:
        moved = even + normal * ndimage.gaussian_filter1d(shift, evenness, mode="nearest")[:, None]
        if shapely.LineString(moved).is_simple:
            return moved
    return piece


def _place(point: Array) -> str:
    return f"[{point[0]:.1f}, {point[1]:.1f}]"
