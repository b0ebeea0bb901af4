# SPDX-License-Identifier: BSD-3-Clause
"""What thresholds moved by a tenth of the contrast do to an effective conductivity."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from interfacefem.conduction.conjugate_gradients import ConductionSettings
from interfacefem.conduction.solver import VolumeSlab
from interfacefem.conduction.voxel_error import CoarseConduction

SHIFT = 0.1  # of the difference between the mean greys of two neighbouring phases


class SegmentationErrors:
    """The volume cut anew from its greys, at thresholds between the phases' mean greys.

    Args:
        sample: Labels of every second voxel.
        greys: Of the same voxels on this rank.
        conductivities: Of each label.

    Collective.
    """

    def __init__(
        self,
        sample: VolumeSlab,
        greys: npt.NDArray[np.generic],
        conductivities: Mapping[int, float],
    ) -> None:
        slabs = sample.slabs
        own = set(np.unique(sample.labels).tolist())
        labels = sorted(set().union(*slabs.comm.allgather(own)))
        means = []
        for label in labels:
            inside = greys[sample.labels == label]
            total, count = slabs.sum(float(np.sum(inside, dtype=np.float64)), float(inside.size))
            means.append(total / count)
        order = np.argsort(means)
        level = np.array(means)[order]
        kind = np.array(labels)[order].astype(sample.labels.dtype)
        self._solvers = []
        for shift in (-SHIFT, 0.0, SHIFT):
            thresholds = level[:-1] + (0.5 + shift) * np.diff(level)
            cut = kind[np.searchsorted(thresholds, greys)]
            self._solvers.append(
                CoarseConduction(dataclasses.replace(sample, labels=cut), conductivities)
            )

    def relative_error(self, axis: int, settings: ConductionSettings | None = None) -> float | None:
        """Larger of both changes over the value; None where nothing conducts; collective."""
        low, here, high = (solver.sigma_eff(axis, settings) for solver in self._solvers)
        return None if here == 0 else max(abs(low - here), abs(high - here)) / here
