# SPDX-License-Identifier: BSD-3-Clause
"""A segmented volume: one label per voxel."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from interfacefem.errors import VolumeError
from interfacefem.short_repr import short_repr


@dataclass(frozen=True, eq=False)
class SegmentedVolume:
    """Labels on a grid of voxels.

    Attributes:
        labels: Integer labels, shape (n0, n1, n2), in the order of the file's axes.
        voxel_size: Edge lengths of a voxel along axes 0, 1, 2 in m.
        source: File the volume was read from, None for one made here.

    Raises:
        VolumeError: The labels are no whole numbers on such a grid, or a length is none.
    """

    __repr__ = short_repr

    labels: npt.NDArray[np.integer]
    voxel_size: tuple[float, float, float]
    source: Path | None = None

    def __post_init__(self) -> None:
        labels, size = self.labels, self.voxel_size
        kind, shape = getattr(labels, "dtype", type(labels)), getattr(labels, "shape", ())
        if getattr(kind, "kind", "O") not in "iub" or len(shape) != 3 or 0 in shape:
            raise VolumeError(
                "are no labels", field="labels", found=f"{kind} of shape {shape}",
                expected="an array of whole numbers, shape (n0, n1, n2)",
            )  # fmt: skip
        if not (isinstance(size, tuple) and len(size) == 3 and all(0 < s < math.inf for s in size)):
            raise VolumeError(
                "is no size of a voxel", field="voxel_size", found=size,
                expected="three lengths in m, such as (25e-9, 25e-9, 25e-9)",
            )  # fmt: skip

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
