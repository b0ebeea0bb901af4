# SPDX-License-Identifier: BSD-3-Clause
"""What the size of the voxels costs an effective conductivity, and its value without voxels.

The volume is solved again as two sets of every second voxel show it. The error is twice the larger
of their differences or, where welded necks and stairs cancel between the two sizes, 1.5 times what
moving every interface by a quarter of a voxel would change (``interface_shift``). The factors were
chosen on sphere arrays, fibres, Gaussian fields and laminates of known conductivity and are tested
by coverage (``benchmarks/volume_coverage.py``).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from interfacefem.conduction.conjugate_gradients import ConductionSettings
from interfacefem.conduction.slabs import Slabs
from interfacefem.conduction.solver import Conduction, ConductionSolver, VolumeSlab, deal_slabs
from interfacefem.mpi import MPI

COARSE_FACTOR = 2.0  # of the larger of the two differences
SHIFT_FACTOR = 1.5  # of what a shift of all interfaces changes
EXTRAPOLATION = 1.2  # of the difference to the mean of the two
COARSE = 0.2  # of sigma_eff: an error above it leaves the extrapolation all of it
UNRESOLVED = 0.5  # of sigma_eff: a difference above it says that half the voxels show another body


@dataclass(frozen=True)
class VoxelError:
    """Error of an effective conductivity by the voxels.

    Attributes:
        error: Covers the difference to the geometry that the voxels sample, in the unit of the
            conductivities.
        coarse: Of every second voxel, from the first and from the second on; 0 where these connect
            no plates.
        extrapolated: Value at voxels of size zero; None where the voxels do not resolve it.
        extrapolated_error: Of that; half of ``error``, all of it where that is above a fifth of
            the value: features of few voxels then stand between two sizes.
    """

    error: float
    coarse: tuple[float, float]
    extrapolated: float | None
    extrapolated_error: float | None

    @property
    def resolved(self) -> bool:
        """Whether every second voxel still shows the same body."""
        return self.extrapolated is not None


def voxel_error(sigma: float, coarse: tuple[float, float], shift_change: float) -> VoxelError:
    """Error from the values of both sets of every second voxel.

    Args:
        sigma: Effective conductivity, above 0.
        coarse: That of every second voxel.
        shift_change: What a shift of all interfaces changes (``Conduction.shift_change``).
    """
    difference = max(abs(value - sigma) for value in coarse)
    error = max(COARSE_FACTOR * difference, SHIFT_FACTOR * shift_change)
    if difference > UNRESOLVED * sigma:
        return VoxelError(error, coarse, None, None)
    extrapolated = sigma + EXTRAPOLATION * (sigma - sum(coarse) / 2)
    share = 0.5 if error <= COARSE * sigma else 1.0
    return VoxelError(error, coarse, extrapolated, share * error)


def every_second(volume: VolumeSlab, offset: int) -> VolumeSlab | None:
    """Every second voxel along each axis with more than one, from ``offset`` on.

    (The majority of eight would favour a phase wherever four stand against four.) Slabs that cannot
    be halved are put together: then every rank has all of it, for itself alone.

    Returns:
        None where every axis has a single voxel.

    Collective.
    """
    if max(volume.shape) == 1:
        return None
    steps = [2 if count > 1 else 1 for count in volume.shape]
    firsts = [offset if step == 2 else 0 for step in steps]
    shape = tuple(
        (count - first + step - 1) // step
        for count, first, step in zip(volume.shape, firsts, steps, strict=True)
    )
    size = tuple(step * edge for step, edge in zip(steps, volume.voxel_size, strict=True))
    slabs = volume.slabs
    labels = volume.labels[:, firsts[1] :: steps[1], firsts[2] :: steps[2]]
    begin = (firsts[0] - slabs.start) % steps[0]
    labels = np.ascontiguousarray(labels[begin :: steps[0]])
    sampled = VolumeSlab(labels, (shape[0], shape[1], shape[2]), (size[0], size[1], size[2]), slabs)
    if slabs.comm.size == 1:
        alone = deal_slabs(sampled.shape, sampled.voxel_size, slabs.comm)
        return dataclasses.replace(sampled, slabs=alone)
    if steps[0] == 2 and slabs.halvings > 0:
        # slabs begin at even planes, but the last ends where the volume does
        starts = tuple((start - firsts[0] + 1) // 2 for start in slabs.starts)
        return dataclasses.replace(sampled, slabs=Slabs(slabs.comm, starts, slabs.halvings - 1))
    return together(sampled)


def together(volume: VolumeSlab) -> VolumeSlab:
    """The whole volume on every rank, for itself alone; collective."""
    if volume.slabs.comm.size == 1:
        return volume
    labels = np.concatenate(volume.slabs.comm.allgather(volume.labels))
    alone = deal_slabs(volume.shape, volume.voxel_size, MPI.COMM_SELF)
    return dataclasses.replace(volume, labels=labels, slabs=alone)


class CoarseConduction:
    """Conduction through a part or a sample of a volume, in which labels may be missing.

    Args:
        volume: The sample.
        conductivities: Of each label of the whole.

    Collective.
    """

    def __init__(self, volume: VolumeSlab, conductivities: Mapping[int, float]) -> None:
        conducting = [label for label, value in conductivities.items() if value > 0]
        own = [float(np.any(volume.labels == label)) for label in conducting]
        occurs = volume.slabs.sum(*own)
        there = {
            label: conductivities[label]
            for label, found in zip(conducting, occurs, strict=True)
            if found
        }
        self._solver = ConductionSolver(volume, there) if there else None

    def sigma_eff(self, axis: int, settings: ConductionSettings | None = None) -> float:
        """Effective conductivity, 0 where nothing connects the plates; collective."""
        if self._solver is None:
            return 0.0
        settings = dataclasses.replace(settings or ConductionSettings(), lower_bound=False)
        return self._solver.solve(axis, settings).sigma_eff


class VoxelErrors:
    """Errors by the voxels for one volume, along any axis.

    Args:
        volume: This rank's part.
        conductivities: Of each label.

    Collective.
    """

    def __init__(self, volume: VolumeSlab, conductivities: Mapping[int, float]) -> None:
        samples = [every_second(volume, offset) for offset in (0, 1)]
        self.samples = [sample for sample in samples if sample is not None]
        self._solvers = [CoarseConduction(sample, conductivities) for sample in self.samples]

    def of(
        self, conduction: Conduction, settings: ConductionSettings | None = None
    ) -> VoxelError | None:
        """The error along one axis; None where no current flows or the volume is one voxel.

        Collective.
        """
        if conduction.sigma_eff == 0 or not self._solvers:
            return None
        low, high = (solver.sigma_eff(conduction.axis, settings) for solver in self._solvers)
        return voxel_error(conduction.sigma_eff, (low, high), conduction.shift_change)
