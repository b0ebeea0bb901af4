# SPDX-License-Identifier: BSD-3-Clause
"""Shape of the tetrahedra in columns between a height map and a flat top."""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt

from interfacefem.meshing.triangulation import MeshQuality
from interfacefem.mpi import MPI
from interfacefem.surfaces.height_map import HeightMap

# each tetrahedron walks from one corner of its hexahedron to the opposite one, one axis at a time
PATHS = np.array(list(itertools.permutations(range(3))))


def column_quality(
    height_map: HeightMap,
    top: float,
    levels: npt.NDArray[np.floating],
    columns: npt.NDArray[np.int64],
    comm: MPI.Comm,
) -> MeshQuality:
    """Smallest angle between two faces and number of inverted cells.

    Args:
        height_map: The interface, a sample on each node.
        top: Height of the top face in m.
        levels: Relative heights of the nodes of a column, 0 to 1.
        columns: Numbers of the columns this rank looks at, row by row.
        comm: Communicator that the other columns are spread over.

    Collective.
    """
    rows, across = height_map.heights.shape
    row, column = np.divmod(columns, across - 1)
    largest_cosine, inverted = -1.0, 0
    for path in PATHS:
        offset = np.zeros(3, dtype=np.int64)
        z = []
        for axis in (None, *path):
            if axis is not None:
                offset[axis] += 1
            bottom = height_map.heights[row + offset[1], column + offset[0]][:, None]
            level = levels[offset[2] : len(levels) - 1 + offset[2]]
            z.append(bottom + (top - bottom) * level)
        rises = {int(axis): z[step + 1] - z[step] for step, axis in enumerate(path)}
        inverted += int(np.count_nonzero(rises[2] <= 0))
        largest_cosine = max(largest_cosine, _largest_cosine(height_map, rises))
    largest_cosine = comm.allreduce(largest_cosine, op=MPI.MAX)
    return MeshQuality(
        cells=(rows - 1) * (across - 1) * (len(levels) - 1) * len(PATHS),
        smallest_angle=float(np.degrees(np.arccos(min(largest_cosine, 1.0)))),
        inverted=comm.allreduce(inverted, op=MPI.SUM),
    )


def _largest_cosine(height_map: HeightMap, rises: dict[int, npt.NDArray[np.floating]]) -> float:
    """Cosine of the smallest angle between two faces of the tetrahedra of one path.

    The gradient of a barycentric coordinate is normal to the face opposite to its corner.

    Args:
        height_map: Widths of the cells.
        rises: What z gains on the step along each axis in m, in the order of the path.
    """
    widths = (height_map.pixel_size_x, height_map.pixel_size_y)
    gradients = []
    for corner in range(4):
        change = {
            axis: float((step + 1 == corner) - (step == corner)) for step, axis in enumerate(rises)
        }
        upward = change[2] / rises[2]
        sideways = [(change[axis] - upward * rises[axis]) / widths[axis] for axis in (0, 1)]
        length = np.sqrt(sideways[0] ** 2 + sideways[1] ** 2 + upward**2)
        gradients.append([part / length for part in (*sideways, upward)])
    return max(
        (
            float(-np.min(sum(a * b for a, b in zip(first, second, strict=True)), initial=1.0))
            for first, second in itertools.combinations(gradients, 2)
        ),
    )
