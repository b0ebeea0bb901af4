# SPDX-License-Identifier: BSD-3-Clause
"""A triangulated electrolyte domain as plain arrays, before it is distributed over ranks."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from interfacefem.meshing.outline import Outline
from interfacefem.short_repr import short_repr


class Boundary(enum.IntEnum):
    """Tags of the boundary pieces; none is shared with the interior (``DOMAIN``)."""

    INTERFACE = 1
    RIGHT = 2
    TOP = 3
    LEFT = 4


DOMAIN_TAG = 5
NO_CONTACT_TAG = 6  # a part of the interface that the metal does not touch


@dataclass(frozen=True, eq=False)
class Triangulation:
    """Triangles of the electrolyte domain with tagged boundary edges.

    Attributes:
        points: Node coordinates in m, shape ``(n, 2)``.
        triangles: Node indices, counter-clockwise, shape ``(m, 3)``.
        edges: Node indices of the boundary edges, shape ``(k, 2)``.
        edge_tags: A :class:`Boundary` value for each edge, shape ``(k,)``.
        interface_nodes: Node indices along the interface from left to right, shape ``(p,)``.
        outline: The profile that the interface's chords stand for; None where they are the profile.
        curve_length: Arc length of each interface node on the outline in m, shape ``(p,)``; None
            where no point was dropped.
    """

    __repr__ = short_repr

    points: npt.NDArray[np.floating]
    triangles: npt.NDArray[np.int64]
    edges: npt.NDArray[np.int64]
    edge_tags: npt.NDArray[np.int32]
    interface_nodes: npt.NDArray[np.int64]
    outline: Outline | None = None
    curve_length: npt.NDArray[np.floating] | None = None

    @cached_property
    def interface_arc_length(self) -> npt.NDArray[np.floating]:
        """Arc length of each interface node from the left end in m, shape ``(p,)``.

        On the outline, where the interface's chords stand for one.
        """
        if self.curve_length is not None:
            return self.curve_length
        steps = np.diff(self.points[self.interface_nodes], axis=0)
        return np.concatenate([[0.0], np.cumsum(np.hypot(*steps.T))])

    @cached_property
    def areas(self) -> npt.NDArray[np.floating]:
        """Area of each triangle in m^2, shape ``(m,)``."""
        corners = self.points[self.triangles]
        return cross_product(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]) / 2

    @cached_property
    def quality(self) -> MeshQuality:
        """Shape of the cells."""
        return measure_quality(self.points, self.triangles)


@dataclass(frozen=True)
class MeshQuality:
    """Shape of the cells of a mesh.

    Attributes:
        cells: Number of triangles or tetrahedra.
        smallest_angle: In degrees; of tetrahedra between two faces.
        inverted: Number of cells with area or volume zero or less.
    """

    cells: int
    smallest_angle: float
    inverted: int


def measure_quality(
    points: npt.NDArray[np.floating], triangles: npt.NDArray[np.int64]
) -> MeshQuality:
    """Smallest angle and number of inverted triangles."""
    corners = points[triangles]
    toward_next = np.roll(corners, -1, axis=1) - corners
    toward_previous = np.roll(corners, 1, axis=1) - corners
    cross = cross_product(toward_next, toward_previous)
    dot = np.einsum("tij,tij->ti", toward_next, toward_previous)
    return MeshQuality(
        cells=len(triangles),
        smallest_angle=float(np.degrees(np.arctan2(cross, dot)).min()),
        inverted=int(np.count_nonzero(cross[:, 0] <= 0)),
    )


def cross_product(
    first: npt.NDArray[np.floating], second: npt.NDArray[np.floating]
) -> npt.NDArray[np.floating]:
    """Third component of the cross product of vectors in the plane, last axis 2."""
    return first[..., 0] * second[..., 1] - first[..., 1] * second[..., 0]
