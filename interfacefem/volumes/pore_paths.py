# SPDX-License-Identifier: BSD-3-Clause
"""Paths through pores from the top: geodesic distance and tortuosity."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from interfacefem.volumes.fast_marching import geodesic_distance
from interfacefem.volumes.pores import Pores

# distances below the depth by no more than this share are rounding errors of a straight path
_ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class PorePaths:
    """Geodesic distances through the pores that are open at the top.

    Attributes:
        distance: From the top face to the centre of each voxel in m, inf where no path leads, with
            the direction of transport as axis 0; shape (n, ., .).
        slice_tortuosity: Mean over the percolating pores of each slice of distance over depth,
            values below 1 left out; nan where there is none. Shape (n,).
        below_one: Share of values that were left out.
        unreached_share: Share of the percolating pores' volume that is connected through edges or
            corners of voxels only, where a path has no width; in none of the averages.
        shortest: Length of the shortest path from face to face in m, inf where there is none.
        longest: Distance to the farthest voxel of the last slice plus half a voxel in m.
        thickness: Distance of the two faces in m.
        path: Voxels along the shortest path from the last slice up to the first, shape (points, 3),
            in the order of the volume's axes; empty where there is none.
    """

    distance: npt.NDArray[np.floating]
    slice_tortuosity: npt.NDArray[np.floating]
    below_one: float
    unreached_share: float
    shortest: float
    longest: float
    thickness: float
    path: npt.NDArray[np.integer]

    @property
    def tortuosity(self) -> float:
        """Mean tortuosity of the last slice that is reached; nan where none percolates."""
        return float(self.slice_tortuosity[-1])

    @property
    def mean_tortuosity(self) -> float:
        """Mean over slices; nan where no pore percolates."""
        there = self.slice_tortuosity[np.isfinite(self.slice_tortuosity)]
        return float(there.mean()) if len(there) else float("nan")


def pore_paths(pores: Pores) -> PorePaths:
    """Geodesic distance from the top through the pores, by fast marching.

    Tortuosity of a voxel is that distance over its depth below the top face; only values of 1 and
    above count (Tran 2025, experimental section). Paths lead through faces of voxels.
    """
    labels = np.moveaxis(pores.labels, pores.axis, 0)
    order = [pores.axis, *(axis for axis in range(3) if axis != pores.axis)]
    step, *across = (pores.voxel_size[axis] for axis in order)
    distance = _from_the_top(labels, pores.open_to_first, (step, across[0], across[1]))

    leads_through = np.concatenate(([False], pores.percolates))[labels]
    reached = leads_through & np.isfinite(distance)
    depth = (np.arange(len(labels)) + 0.5) * step
    relative = distance / depth[:, None, None]
    relative[np.abs(relative - 1) < _ROUNDING] = 1.0
    counted = reached & (relative >= 1)
    numbers = counted.sum(axis=(1, 2))
    sums = np.where(counted, relative, 0.0).sum(axis=(1, 2))
    with np.errstate(invalid="ignore"):
        tortuosity = np.where(numbers > 0, sums / numbers, np.nan)
    in_last = distance[-1][np.isfinite(distance[-1])]
    path = _descend(distance) if len(in_last) else np.zeros((0, 3), dtype=int)
    return PorePaths(
        distance,
        tortuosity,
        float(1 - numbers.sum() / max(reached.sum(), 1)),
        float(1 - reached.sum() / max(leads_through.sum(), 1)),
        float(in_last.min() + step / 2) if len(in_last) else float("inf"),
        float(in_last.max() + step / 2) if len(in_last) else float("inf"),
        len(labels) * step,
        path[:, np.argsort(order)],
    )


def _from_the_top(
    labels: npt.NDArray[np.int32],
    open_to_first: npt.NDArray[np.bool_],
    spacing: tuple[float, float, float],
) -> npt.NDArray[np.floating]:
    passable = np.concatenate(([False], open_to_first))[labels]
    # the mirror image of the first slice lets differences be of second order from the face on
    passable = np.concatenate((passable[:1], passable))
    known = np.full(passable.shape, np.inf)
    known[0], known[1] = -spacing[0] / 2, spacing[0] / 2
    return geodesic_distance(passable, known, spacing)[1:]


def _descend(distance: npt.NDArray[np.floating]) -> npt.NDArray[np.integer]:
    """Voxels from the nearest of the last slice to the first slice, ever nearer to the top."""
    shape = np.array(distance.shape)
    last = np.unravel_index(int(np.argmin(distance[-1])), distance.shape[1:])
    place = np.array([len(distance) - 1, *last])
    path = [place]
    while place[0] > 0:
        low, high = np.maximum(place - 1, 0), np.minimum(place + 2, shape)
        around = distance[low[0] : high[0], low[1] : high[1], low[2] : high[2]]
        nearest = low + np.unravel_index(int(np.argmin(around)), around.shape)
        if (nearest == place).all():
            break
        place = nearest
        path.append(place)
    return np.array(path)
