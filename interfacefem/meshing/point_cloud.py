# SPDX-License-Identifier: BSD-3-Clause
"""Points inside a domain whose density falls with the distance from its boundary.

The centres of a quadtree's leaves, refined until a leaf is no larger than the wanted edge length.
Points in the diametral circle of a boundary edge are left out, so that every boundary edge is an
edge of the Delaunay triangulation (J. Ruppert, J. Algorithms 18, 548 (1995)) unless boundary nodes
themselves lie in such a circle.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely
from scipy.spatial import cKDTree

Array = npt.NDArray[np.floating]
Indices = npt.NDArray[np.int64]

# a leaf of side h yields edges between h and 1.4 h
_LEAF_SIZE = 1.25
_CLEARANCE = 0.6  # distance of a point from boundary nodes, over the edge length there
_CIRCLE = 1.05  # radius kept free around the middle of an edge, over half its length
_SMALLEST_LEAF = 0.25  # over the shortest edge of the boundary
_CHILDREN = np.array([[0, 0], [1, 0], [0, 1], [1, 1]])


def graded_points(ring: Array, coarsest: float, growth: float) -> Array:
    """Points inside a closed polygon.

    Args:
        ring: Corners of the polygon, shape ``(n, 2)``.
        coarsest: Largest wanted edge length.
        growth: Increase of the edge length per unit of distance from the boundary.

    Returns:
        Coordinates, shape ``(m, 2)``, in the unit of the arguments.
    """
    lengths = np.hypot(*(np.roll(ring, -1, axis=0) - ring).T)
    size = np.maximum(lengths, np.roll(lengths, 1))
    points, leaves, distances, nearest = _leaf_centres(ring, size, coarsest, growth)
    kept = distances > _CLEARANCE * np.minimum(leaves, size[nearest])
    # the two edges at the nearest node are those whose circle a point may be in
    middles = (ring + np.roll(ring, -1, axis=0)) / 2
    for edge in (nearest, nearest - 1):
        from_middle = np.hypot(*(points - middles[edge]).T)
        kept &= from_middle > _CIRCLE * lengths[edge] / 2
    points = points[kept]
    return points[_inside(ring, points)]


def _leaf_centres(
    ring: Array, size: Array, coarsest: float, growth: float
) -> tuple[Array, Array, Array, Indices]:
    """Centres and sides of the leaves, distance and number of the node nearest to each."""
    octaves = _Octaves(ring, size)
    low, high = ring.min(axis=0), ring.max(axis=0)
    side = float((high - low).max())
    side /= np.ceil(side / coarsest)
    count = np.ceil((high - low) / side).astype(int)
    places = np.indices(count).reshape(2, -1).T
    centres, sides = [], []
    while len(places):
        middles = low + (places + 0.5) * side
        leaf = octaves.allow(side / _LEAF_SIZE, middles, growth)
        centres.append(middles[leaf])
        sides.append(np.full(np.count_nonzero(leaf), side))
        # a square out of reach of the domain's inside needs no children, but is rare
        places = (2 * places[~leaf, None] + _CHILDREN).reshape(-1, 2)
        side /= 2
        if side < _SMALLEST_LEAF * size.min():
            break
    points = np.concatenate(centres)
    distance, nearest = cKDTree(ring).query(points)
    return points, np.concatenate(sides), distance, nearest


class _Octaves:
    """The nodes of a boundary, in one tree for each octave of the edge length beside them.

    The node nearest to a point need not be the one that demands the finest mesh there.
    """

    def __init__(self, nodes: Array, size: Array) -> None:
        octave = np.floor(np.log2(size / size.min())).astype(int)
        members = [octave == value for value in np.unique(octave)]
        self.sizes = [size[member] for member in members]
        self.trees = [cKDTree(nodes[member]) for member in members]

    def allow(self, length: float, points: Array, growth: float) -> npt.NDArray[np.bool_]:
        """Whether the edges at each point may be that long."""
        allowed = np.ones(len(points), dtype=bool)
        for size, tree in zip(self.sizes, self.trees, strict=True):
            reach = (length - size.min()) / growth
            if reach <= 0:
                break
            left = np.flatnonzero(allowed)
            distance, nearest = tree.query(points[left], distance_upper_bound=reach)
            near = np.isfinite(distance)
            demanded = size[nearest[near]] + growth * distance[near]
            allowed[left[near]] = length <= demanded
        return allowed


def triangles_inside(ring_size: int, points: Array, triangles: Indices) -> Indices | None:
    """Triangles of a Delaunay triangulation that lie inside its ring.

    Args:
        ring_size: The first points are the polygon's corners in order, this many.
        points: Shape ``(n, 2)``.
        triangles: Of the convex hull, shape ``(m, 3)``.

    Returns:
        The triangles inside, or None where an edge of the ring is not an edge of the triangulation.
    """
    # only a triangle between three corners of the ring can lie outside
    doubtful = np.flatnonzero((triangles < ring_size).all(axis=1))
    ring = points[:ring_size]
    inside = np.ones(len(triangles), dtype=bool)
    inside[doubtful] = _inside(ring, points[triangles[doubtful]].mean(axis=1))
    triangles = triangles[inside]
    start, end = triangles, np.roll(triangles, -1, axis=1)
    # along the ring, forward or backward
    forward = (start < ring_size) & (end == (start + 1) % ring_size)
    backward = (end < ring_size) & (start == (end + 1) % ring_size)
    first = np.concatenate([start[forward], end[backward]])
    seen = np.bincount(first, minlength=ring_size)
    return triangles if len(seen) == ring_size and np.all(seen == 1) else None


def _inside(ring: Array, points: Array) -> npt.NDArray[np.bool_]:
    polygon = shapely.Polygon(ring)
    shapely.prepare(polygon)
    inside: npt.NDArray[np.bool_] = shapely.contains_xy(polygon, points[:, 0], points[:, 1])
    return inside
