# SPDX-License-Identifier: BSD-3-Clause
"""Where the nodes of the domain's boundary go: all points of the profile, graded edges between."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import shapely
from scipy.spatial import cKDTree

from interfacefem.errors import MeshError
from interfacefem.surfaces import Profile
from interfacefem.units import UM

MAX_BOUNDARY_NODES = 100_000
_MIN_EDGES_ON_SIDE = 3
_ROUNDING = 1e-9  # a segment just longer than its edge length is not split
# the potential is not smooth at a corner of the polyline: the smaller an edge beside it, the better
_CORNER = 25.0  # degrees by which the polyline turns
_EDGES_BESIDE_CORNER = 2
_NEIGHBOURS = 8  # edges around an edge that limit its length
_SLACK = 1.25  # an edge is split that is this much longer than its neighbours allow
_PASSES = 3


def interface_nodes(
    profile: Profile, longest_edge: float, growth: float, *, halve_at_corners: bool = True
) -> npt.NDArray[np.floating]:
    """Nodes on the profile: every point of it, long segments split.

    Edges grow by at most ``growth`` per unit length along the curve, and near another part of the
    curve (the neck of an overhanging pore) they are no longer than the gap, so that the triangles
    between them are well shaped.

    Args:
        profile: The interface.
        longest_edge: Upper bound of the edge length in m.
        growth: Largest increase of the edge length per unit of distance.
        halve_at_corners: Whether edges beside a corner of the profile are halved.

    Returns:
        Coordinates in m from left to right, shape ``(n, 2)``.

    Raises:
        MeshError: They are too many; they are counted before they are made.
    """
    points = np.column_stack([profile.x, profile.z])
    segment_lengths = profile.segment_lengths
    pieces = _counted(segment_lengths / longest_edge * (1 - _ROUNDING), points)
    points = _split(points, pieces)
    lengths = np.hypot(*np.diff(points, axis=0).T)
    middles = np.cumsum(lengths) - lengths / 2
    # the wanted size, not that of the pieces: else a split in two would refine all around it
    size = np.repeat(np.minimum(segment_lengths, longest_edge), pieces)
    if halve_at_corners:
        size = np.minimum(size, lengths / _edges_beside_corners(points))
    if profile.has_overhangs:
        size = np.minimum(size, _gap_widths(points, lengths, middles, float(size.max())))
    # no longer than any other edge plus growth times the distance from it, either way
    rise = growth * middles
    size = np.minimum.accumulate(size - rise) + rise
    size = np.minimum.accumulate((size + rise)[::-1])[::-1] - rise
    return _split(points, _counted(lengths / size * (1 - _ROUNDING), points))


def require_few_nodes(count: float, place: float | None = None) -> None:
    """Refuse a boundary of more nodes than triangles can be made for, before it is made.

    Args:
        count: Number of nodes.
        place: x in m of the finest feature; None where it is not known.

    Raises:
        MeshError: More than ``MAX_BOUNDARY_NODES``.
    """
    if count <= MAX_BOUNDARY_NODES:
        return
    where = "" if place is None else f", with the shortest edges at x = {place / UM:.6g} um"
    raise MeshError(
        "the boundary needs too many nodes",
        found=f"{count:.0f}{where}",
        expected=f"at most {MAX_BOUNDARY_NODES}; is there an outlier, a needle or a gap far "
        "narrower than the profile is long? A low-pass cutoff removes them",
    )


def _counted(
    pieces: npt.NDArray[np.floating], points: npt.NDArray[np.floating]
) -> npt.NDArray[np.int_]:
    """Whole numbers of pieces of each segment, if all together are few enough."""
    whole = np.maximum(np.ceil(pieces), 1.0)
    lengths = np.hypot(*np.diff(points, axis=0).T)
    finest = int(np.argmin(lengths / whole))
    require_few_nodes(float(whole.sum()), float(points[finest : finest + 2, 0].mean()))
    return whole.astype(int)


def _edges_beside_corners(points: npt.NDArray[np.floating]) -> npt.NDArray[np.int_]:
    """Into how many edges each segment of a polyline is to be cut for the turns at its ends."""
    along = np.diff(points, axis=0)
    heading = np.arctan2(along[:, 1], along[:, 0])
    turn = np.abs((np.diff(heading) + math.pi) % (2 * math.pi) - math.pi)
    corner = np.concatenate([[False], turn > math.radians(_CORNER), [False]])
    return np.where(corner[:-1] | corner[1:], _EDGES_BESIDE_CORNER, 1)


def grade_in_space(
    loop: list[npt.NDArray[np.floating]], growth: float
) -> list[npt.NDArray[np.floating]]:
    """Split edges that are long beside short ones near in space, though far along the boundary.

    Args:
        loop: Nodes of the pieces of a closed curve, each of shape ``(n, 2)``; a piece begins where
            the one before ends.
        growth: Largest increase of the edge length per unit of distance.

    Returns:
        The pieces with more nodes, in the unit of the arguments.
    """
    for _ in range(_PASSES):
        middles = np.vstack([(piece[1:] + piece[:-1]) / 2 for piece in loop])
        lengths = np.concatenate([np.hypot(*np.diff(piece, axis=0).T) for piece in loop])
        distance, near = cKDTree(middles).query(middles, k=min(_NEIGHBOURS, len(middles)))
        allowed = np.min(lengths[near] + growth * distance, axis=1)
        parts = np.ceil(lengths / (_SLACK * allowed)).astype(int)
        require_few_nodes(float(parts.sum()))
        if parts.max() == 1:
            break
        ends = np.cumsum([len(piece) - 1 for piece in loop])[:-1]
        loop = [_split(*both) for both in zip(loop, np.split(parts, ends), strict=True)]
    return loop


def _split(
    points: npt.NDArray[np.floating], pieces: npt.NDArray[np.int_]
) -> npt.NDArray[np.floating]:
    """Divide segment i of a polyline into ``pieces[i]`` equal parts."""
    segment = np.repeat(np.arange(len(pieces)), pieces)
    within = np.arange(len(segment)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    fraction = (within / pieces[segment])[:, None]
    nodes = points[segment] * (1 - fraction) + points[segment + 1] * fraction
    return np.vstack([nodes, points[-1]])


def side_nodes(
    start: npt.NDArray[np.floating],
    end: npt.NDArray[np.floating],
    first_edge: float,
    last_edge: float,
    growth: float,
) -> npt.NDArray[np.floating]:
    """Nodes on a straight side whose edges grow from ``first_edge`` to at most ``last_edge``.

    Returns:
        Coordinates from ``start`` to ``end``, shape ``(n, 2)``, in the unit of the arguments.
    """
    length = float(np.hypot(*(end - start)))
    first_edge = min(first_edge, length / _MIN_EDGES_ON_SIDE)
    distances = [0.0]
    edge = first_edge
    while distances[-1] < length:
        distances.append(distances[-1] + edge)
        edge = min(edge * (1 + growth), last_edge, length / _MIN_EDGES_ON_SIDE)
    fraction = np.array(distances)[:, None] / distances[-1]
    return start * (1 - fraction) + end * fraction


def _gap_widths(
    points: npt.NDArray[np.floating],
    lengths: npt.NDArray[np.floating],
    middles: npt.NDArray[np.floating],
    reach: float,
) -> npt.NDArray[np.floating]:
    """Distance of each segment to parts of the curve that are near in space, far along it.

    Parts farther away than ``reach`` do not count.
    """
    segments = shapely.linestrings(np.stack([points[:-1], points[1:]], axis=1))
    first, second = shapely.STRtree(segments).query(segments, predicate="dwithin", distance=reach)
    distance = shapely.distance(segments[first], segments[second])
    along = np.abs(middles[second] - middles[first])
    # neighbours around a corner are near along the curve too; only a fold is a gap
    fold = along > math.pi * (distance + (lengths[first] + lengths[second]) / 2)
    gaps = np.full(len(lengths), np.inf)
    np.minimum.at(gaps, first[fold], distance[fold])
    return gaps
