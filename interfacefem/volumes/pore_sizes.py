# SPDX-License-Identifier: BSD-3-Clause
"""Sizes of connected pores: volume, equivalent diameter, Feret diameter."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy.spatial import ConvexHull

from interfacefem.volumes.pores import Pores

_ALL_PAIRS = 200  # points up to which all pairs are compared, without their convex hull


@dataclass(frozen=True, eq=False)
class PoreSizes:
    """Sizes of pores, one entry a pore, in the order of their labels.

    Attributes:
        volume: In m^3, shape (pores,).
        equivalent_diameter: Of the ball of the same volume, in m.
        feret_diameter: Largest distance of two points of the pore, corners of voxels included,
            in m.
    """

    volume: npt.NDArray[np.floating]
    equivalent_diameter: npt.NDArray[np.floating]
    feret_diameter: npt.NDArray[np.floating]

    def cumulative_volume(
        self, diameter: npt.NDArray[np.floating]
    ) -> tuple[npt.NDArray[np.floating], npt.NDArray[np.floating]]:
        """Diameters, ascending, and the share of volume in pores up to each."""
        order = np.argsort(diameter, kind="stable")
        return diameter[order], np.cumsum(self.volume[order]) / self.volume.sum()

    def median_diameter(self, diameter: npt.NDArray[np.floating]) -> float:
        """Diameter up to which pores hold half of the volume, in m."""
        ascending, share = self.cumulative_volume(diameter)
        return float(ascending[np.searchsorted(share, 0.5 - 1e-12)])


def pore_sizes(pores: Pores) -> PoreSizes:
    """Sizes of all connected pores."""
    volume = pores.voxels * float(np.prod(pores.voxel_size))
    return PoreSizes(volume, np.cbrt(6 * volume / np.pi), _feret_diameters(pores))


def _feret_diameters(pores: Pores) -> npt.NDArray[np.floating]:
    edges = np.array(pores.voxel_size)
    label, points = _outermost_voxels(pores.labels)
    order = np.argsort(label, kind="stable")
    bounds = np.searchsorted(label[order], np.arange(1, len(pores.voxels) + 2))
    centres = points[order] * edges
    return np.array([_diameter(centres[begin:end], edges) for begin, end in pairwise(bounds)])


def _outermost_voxels(
    labels: npt.NDArray[np.int32],
) -> tuple[npt.NDArray[np.integer], npt.NDArray[np.integer]]:
    """Label and indices of each pore's first and last voxel on each line along axis 2."""
    rows = labels.reshape(-1, labels.shape[2])
    changes = np.ones((len(rows), labels.shape[2] + 1), dtype=bool)
    changes[:, 1:-1] = rows[:, 1:] != rows[:, :-1]
    # a run begins at its first voxel and ends before the next change
    row, begin = np.nonzero(changes[:, :-1])
    end = np.nonzero(changes[:, 1:])[1]
    label = rows[row, begin]
    pore = label > 0
    row, begin, end, label = row[pore], begin[pore], end[pore], label[pore]
    key = row * (int(labels.max(initial=0)) + 1) + label
    order = np.argsort(key, kind="stable")
    new = np.diff(key[order], prepend=-1) != 0
    first, last = order[new], order[np.roll(new, -1)]
    places = np.stack(
        [
            np.concatenate((row[first], row[first])) // labels.shape[1],
            np.concatenate((row[first], row[first])) % labels.shape[1],
            np.concatenate((begin[first], end[last])),
        ],
        axis=1,
    )
    return np.concatenate((label[first], label[first])), places


def _diameter(centres: npt.NDArray[np.floating], edges: npt.NDArray[np.floating]) -> float:
    """Largest distance of two corners of voxels; only corners of the convex hull can be it."""
    if len(centres) > _ALL_PAIRS:
        extent = np.ptp(centres, axis=0) > 0
        if extent.sum() > 1:
            # joggled input: sets of voxels may lie in a plane
            centres = centres[ConvexHull(centres[:, extent], qhull_options="QJ").vertices]
        else:
            along = centres[:, extent][:, 0]
            centres = centres[[int(along.argmin()), int(along.argmax())]]
    largest = 0.0
    for start in range(0, len(centres), 256):
        apart = np.abs(centres[start : start + 256, None] - centres[None]) + edges
        largest = max(largest, float((apart**2).sum(axis=2).max()))
    return float(np.sqrt(largest))
