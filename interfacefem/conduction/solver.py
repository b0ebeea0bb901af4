# SPDX-License-Identifier: BSD-3-Clause
"""Conduction between two plates through a segmented volume: div(sigma grad phi) = 0.

Cell-centred finite volumes on the voxels: potentials at their centres, conductance of a face from
the two half voxels in series, plates (phi = 1 and 0) on two opposite outer faces, the other sides
insulated; conduction through faces only. Parts that do not connect both plates are left out: no
current flows through them.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from interfacefem.conduction.conjugate_gradients import ConductionSettings, solve
from interfacefem.conduction.connectivity import connect, connected_to_both
from interfacefem.conduction.interface_shift import change_by_shift
from interfacefem.conduction.matrix import ConductionMatrix
from interfacefem.conduction.multigrid import coarsening_plan
from interfacefem.conduction.segmented_volume import SegmentedVolume
from interfacefem.conduction.slabs import Slabs, deal_planes
from interfacefem.errors import VolumeError
from interfacefem.mpi import MPI
from interfacefem.short_repr import short_repr

MOST_PHASES = 250
_SOLVER_BYTES = (15.0, 21.0)  # a voxel, beside its label: one phase conducts, or several (measured)
_FIELD_BYTES = 5.2  # a voxel: potential and phases of an axis that was solved
_TENSOR_BYTES = 25.0  # a voxel: in double precision


@dataclass(frozen=True, eq=False)
class Conduction:
    """Conduction along one axis.

    Attributes:
        axis: From the plate at its low end (phi = 1) to the one at its high end (phi = 0).
        sigma_eff: Effective conductivity in the unit of the conductivities given; the energy of
            the potential found, which no potential undercuts. 0 where nothing connects the plates.
        sigma_low: Lower bound: from a flow that is conserved in every voxel (``balanced_flow``);
            None if not asked for.
        sigma_high: Upper bound: the energy of a potential that is 1 and 0 on the plates.
        tortuosity_factor: Sum over phases of volume fraction times conductivity (of the whole
            phase, connected or not), over ``sigma_eff``; None where that is 0.
        volume_fraction: Of the phases that conduct.
        connected_fraction: Share of their voxels that connects both plates.
        flux_imbalance: Current into the volume less current out of it, over their mean.
        flux_spread: Largest less smallest current through planes parallel to the plates, over
            their mean.
        residual: Norm of the residual over that of the right-hand side.
        iterations: Of the conjugate gradients.
        shift_change: What moving every interface by a quarter of a voxel would change
            ``sigma_eff`` by (``interface_shift``).
        potential: At the voxels of this rank's slab, nan where no current can flow, shape
            (planes, n1, n2).
        phases: Number of each voxel's phase in ``conductivities``, 0 where no current can flow,
            same shape.
        conductivities: Of phases 0, 1, 2, ...; the first is 0.
    """

    __repr__ = short_repr

    axis: int
    sigma_eff: float
    sigma_low: float | None
    sigma_high: float
    tortuosity_factor: float | None
    volume_fraction: float
    connected_fraction: float
    flux_imbalance: float
    flux_spread: float
    residual: float
    iterations: int
    shift_change: float
    potential: npt.NDArray[np.floating]
    phases: npt.NDArray[np.uint8]
    conductivities: tuple[float, ...]

    def without_fields(self) -> Conduction:
        """The numbers alone: potential and phases are empty."""
        return dataclasses.replace(
            self, potential=self.potential[:0].copy(), phases=self.phases[:0].copy()
        )


def solver_bytes(phases: int, *, fields: int = 0, tensor: bool = False) -> float:
    """What a solve takes for each voxel at its worst moment, beside its label.

    Args:
        phases: How many conduct.
        fields: Number of other axes whose potentials are kept.
        tensor: Whether the whole tensor is asked for, too.
    """
    one, several = _SOLVER_BYTES
    plates = (one if phases == 1 else several) + _FIELD_BYTES * fields
    return max(plates, _TENSOR_BYTES + _FIELD_BYTES * (fields + 1)) if tensor else plates


@dataclass(frozen=True, eq=False)
class VolumeSlab:
    """One rank's part of a volume.

    Attributes:
        labels: Of this rank's planes, shape (planes, n1, n2).
        shape: Voxels of the whole volume.
        voxel_size: Edges of a voxel along axes 0, 1, 2 in m.
        slabs: How planes are dealt out.
    """

    __repr__ = short_repr

    labels: npt.NDArray[np.integer]
    shape: tuple[int, int, int]
    voxel_size: tuple[float, float, float]
    slabs: Slabs

    @classmethod
    def of(cls, volume: SegmentedVolume) -> VolumeSlab:
        """A whole volume on this rank alone."""
        slabs = deal_slabs(volume.shape, volume.voxel_size, MPI.COMM_SELF)
        return cls(volume.labels, volume.shape, volume.voxel_size, slabs)


def deal_slabs(
    shape: tuple[int, int, int], voxel_size: tuple[float, float, float], comm: MPI.Comm
) -> Slabs:
    """Which planes each rank is to read and solve for.

    Raises:
        VolumeError: There are fewer planes than ranks.
    """
    if shape[0] < comm.size:
        raise VolumeError(
            "has fewer planes along axis 0 than there are ranks",
            field="volume",
            found=f"{shape[0]} planes, {comm.size} ranks",
        )
    halvings = sum(factors[0] == 2 for factors in coarsening_plan(shape, voxel_size))
    return deal_planes(shape[0], halvings, comm)


def require_labels(volume: VolumeSlab, labels: Collection[int]) -> dict[int, float]:
    """Numbers of voxels of labels in the whole volume.

    Raises:
        VolumeError: One of them does not occur.

    Collective.
    """
    own = [float(np.count_nonzero(volume.labels == label)) for label in labels]
    counts = dict(zip(labels, volume.slabs.sum(*own), strict=True))
    missing = [label for label, count in counts.items() if count == 0]
    if missing:
        occur = set(np.unique(volume.labels).tolist())
        found = sorted(set().union(*volume.slabs.comm.allgather(occur)))
        raise VolumeError(
            "does not occur in the volume",
            field=f"phase {missing[0]}",
            found="labels " + ", ".join(str(label) for label in found),
        )
    return counts


class ConductionSolver:
    """Conduction through one volume, along any axis.

    Args:
        volume: This rank's part.
        conductivities: Of each label, in any unit; labels that are missing do not conduct.

    Raises:
        VolumeError: A conductivity is negative or not finite, no label conducts, or one that is
            to conduct does not occur.

    Collective.
    """

    def __init__(self, volume: VolumeSlab, conductivities: Mapping[int, float]) -> None:
        self._volume = volume
        self._conductivities = checked_conductivities(conductivities)
        self._counts = require_labels(volume, self._conductivities)

    def _connected(self, axis: int) -> tuple[npt.NDArray[np.uint8], int]:
        """Number of each voxel's phase, 0 where it does not connect both plates; how many do.

        Collective.
        """
        labels = self._volume.labels
        phases = np.zeros(labels.shape, np.uint8)
        for number, label in enumerate(self._conductivities, start=1):
            phases[labels == label] = number
        # found anew for each axis, which takes less than it would take to keep them
        runs = connect((phases > 0).view(np.uint8))
        connected = np.empty(phases.shape, np.uint8)
        count = connected_to_both(runs, axis, self._volume.slabs, connected)
        phases *= connected
        return phases, count

    def solve(self, axis: int, settings: ConductionSettings | None = None) -> Conduction:
        """Solve for plates at both ends of an axis.

        Raises:
            ConvergenceError: Not within the iterations allowed.

        Collective.
        """
        volume = self._volume
        phases, connected = self._connected(axis)
        total, conducting = math.prod(volume.shape), sum(self._counts.values())
        mean = sum(self._counts[label] * self._conductivities[label] for label in self._counts)
        conductivities = tuple(self._conductivities.values())
        known: dict[str, Any] = {
            "axis": axis,
            "volume_fraction": conducting / total,
            "connected_fraction": connected / conducting,
            "conductivities": (0.0, *conductivities),
        }
        if not connected:
            potential = np.full(phases.shape, np.nan)
            return Conduction(
                **known, phases=phases, potential=potential, sigma_eff=0.0, sigma_low=0.0,
                sigma_high=0.0, tortuosity_factor=None, flux_imbalance=0.0, flux_spread=0.0,
                residual=0.0, iterations=0, shift_change=0.0,
            )  # fmt: skip
        matrix = ConductionMatrix(
            phases, conductivities, volume.shape, volume.voxel_size, axis, volume.slabs
        )
        del phases  # the matrix knows them
        solved = solve(matrix, settings or ConductionSettings())
        shift = change_by_shift(matrix, conductivities, solved.padded_potential)
        potential, phases = solved.potential, matrix.phases
        potential[phases == 0] = np.nan
        sigma, low = float(solved.energy * matrix.to_sigma), solved.energy_low
        return Conduction(
            **known,
            phases=phases,
            potential=potential,
            sigma_eff=sigma,
            sigma_low=None if low is None else float(low * matrix.to_sigma),
            sigma_high=sigma,
            tortuosity_factor=mean / total / sigma,
            flux_imbalance=solved.flux_imbalance,
            flux_spread=solved.flux_spread,
            residual=solved.residual,
            iterations=solved.iterations,
            shift_change=shift,
        )


def checked_conductivities(conductivities: Mapping[int, float]) -> dict[int, float]:
    """Of the labels that conduct.

    Raises:
        VolumeError: One is negative or not finite, none conducts, or too many do.
    """
    for label, value in conductivities.items():
        if not (math.isfinite(value) and value >= 0):
            raise VolumeError(
                "is not a conductivity", field=f"phase {label}", found=f"{value:g}",
                expected="zero or a positive number",
            )  # fmt: skip
    conducting = {label: value for label, value in conductivities.items() if value > 0}
    if not 0 < len(conducting) <= MOST_PHASES:
        raise VolumeError(
            "no phase conducts" if not conducting else "are too many",
            field="conductivities",
            found=f"{len(conducting)}",
            expected=f"1 to {MOST_PHASES} phases that conduct",
        )
    return conducting
