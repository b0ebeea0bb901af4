# SPDX-License-Identifier: BSD-3-Clause
"""How far an effective conductivity would scatter between volumes of this size.

The volume is cut into parts, each solved between plates of its own, on every second voxel: their
values differ as those of other specimens would, and variances fall with the inverse volume once
parts are larger than the integral range (C. Lantuejoul, Statistica Neerlandica 45, 37 (1991); T.
Kanit et al., Int. J. Solids Struct. 40, 3647 (2003), eqs 10-14).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import stats

from interfacefem.conduction.conjugate_gradients import ConductionSettings
from interfacefem.conduction.solver import VolumeSlab, deal_slabs
from interfacefem.conduction.voxel_error import CoarseConduction, together
from interfacefem.mpi import MPI

CONFIDENCE = 0.95
_FEWEST_VOXELS = (
    8  # along an axis that is cut in two: parts of fewer than 4 have no shape (assumed)
)
_FEWEST_PARTS = 4  # of fewer, the spread is not known to a factor of 3
_LOOSE = 1e-3  # residual: the spread is a matter of per cents


@dataclass(frozen=True)
class VolumeScatter:
    """Scatter of the effective conductivity between volumes of one size.

    Attributes:
        relative_error: Half width of the 95 % interval of the mean over many such volumes, over
            ``sigma_eff``: Student's t over the parts, scaled by the law of the integral range.
        parts: Values of the parts, as every second voxel shows them.
    """

    relative_error: float
    parts: tuple[float, ...]


class SubVolumes:
    """The parts of one volume.

    Args:
        sample: Every second voxel of the volume.
        conductivities: Of each label.

    Collective.
    """

    def __init__(self, sample: VolumeSlab, conductivities: Mapping[int, float]) -> None:
        self._comm = sample.slabs.comm
        whole = together(sample)
        halves = [
            [slice(0, count // 2), slice(count // 2, None)]
            if count >= _FEWEST_VOXELS
            else [slice(None)]
            for count in whole.shape
        ]
        self._solvers = {
            number: CoarseConduction(_part(whole, cut), conductivities)
            for number, cut in enumerate(itertools.product(*halves))
            if number % self._comm.size == self._comm.rank
        }
        self._count = math.prod(len(cuts) for cuts in halves)

    def scatter(self, axis: int) -> VolumeScatter | None:
        """Scatter along one axis; None for too few parts, or where none conducts; collective."""
        if self._count < _FEWEST_PARTS:
            return None
        settings = ConductionSettings(residual=_LOOSE, flux_spread=0.1, lower_bound=False)
        own = {number: one.sigma_eff(axis, settings) for number, one in self._solvers.items()}
        found: dict[int, float] = {}
        for several in self._comm.allgather(own):
            found |= several
        parts = np.array([found[number] for number in sorted(found)])
        if not parts.any():
            return None
        relative = float(parts.std(ddof=1) / parts.mean())
        student = float(stats.t.ppf((1 + CONFIDENCE) / 2, len(parts) - 1))
        return VolumeScatter(
            student * relative / math.sqrt(len(parts)), tuple(float(part) for part in parts)
        )


def _part(whole: VolumeSlab, cut: tuple[slice, ...]) -> VolumeSlab:
    labels = np.ascontiguousarray(whole.labels[cut])
    n0, n1, n2 = labels.shape
    slabs = deal_slabs((n0, n1, n2), whole.voxel_size, MPI.COMM_SELF)
    return VolumeSlab(labels, (n0, n1, n2), whole.voxel_size, slabs)
