# SPDX-License-Identifier: BSD-3-Clause
"""A segmented volume: one label per voxel."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from interfacefem.short_repr import short_repr


@dataclass(frozen=True, eq=False)
class SegmentedVolume:
    """Labels on a grid of voxels.

    Attributes:
        labels: Integer labels, shape (n0, n1, n2), in the order of the file's axes.
        voxel_size: Edge lengths of a voxel along axes 0, 1, 2 in m.
        source: File the volume was read from, None for one made here.
    """

    __repr__ = short_repr

    labels: npt.NDArray[np.integer]
    voxel_size: tuple[float, float, float]
    source: Path | None = None

    @property
    def shape(self) -> tuple[int, int, int]:
        """Number of voxels along each axis."""
        n0, n1, n2 = self.labels.shape
        return n0, n1, n2

    @cached_property
    def phases(self) -> tuple[int, ...]:
        """Labels that occur, ascending."""
        if self.labels.dtype not in (np.uint8, np.uint16):
            return tuple(int(label) for label in np.unique(self.labels))
        # np.unique sorts all voxels
        occur = np.zeros(np.iinfo(self.labels.dtype).max + 1, dtype=bool)
        for plane in self.labels:
            occur[plane] = True
        return tuple(int(label) for label in np.flatnonzero(occur))
