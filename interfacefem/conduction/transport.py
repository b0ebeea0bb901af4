# SPDX-License-Identifier: BSD-3-Clause
"""Everything that is asked of transport through a volume: along each axis, with error estimates."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from interfacefem.conduction.electrode_plane import PlaneCurrent, plane_current
from interfacefem.conduction.solver import (
    Conduction,
    ConductionSettings,
    ConductionSolver,
    VolumeSlab,
)
from interfacefem.errors import VolumeError


@dataclass(frozen=True, eq=False)
class AxisTransport:
    """Transport along one axis.

    Attributes:
        conduction: Effective conductivity and potential.
        resolution_error: Relative difference of the effective conductivity to that of the volume
            seen with voxels of twice the size, an estimate of what the size of the voxels does to
            it; None where one of them does not conduct, or a side has a single voxel.
        plane: Current density at the electrode's plane; None where no current flows.
    """

    conduction: Conduction
    resolution_error: float | None
    plane: PlaneCurrent | None


def solve_transport(
    volume: VolumeSlab,
    conductivities: Mapping[int, float],
    *,
    axes: Sequence[int] = (0, 1, 2),
    end: int = 0,
    settings: ConductionSettings | None = None,
    estimate_resolution: bool = True,
    progress: Callable[[str], None] | None = None,
) -> list[AxisTransport]:
    """Solve along axes, one after the other.

    Args:
        volume: This rank's part.
        conductivities: Of each label; labels that are missing do not conduct.
        axes: Axes to solve along.
        end: End of the axis with the electrode's plane: 0 low, 1 high.
        settings: When to stop.
        estimate_resolution: Solve with voxels of twice the size, too.
        progress: Called as the work on an axis begins.

    Raises:
        VolumeError: See ``ConductionSolver``.
        ConvergenceError: Not within the iterations allowed.

    Collective.
    """
    solver = ConductionSolver(volume, conductivities)
    coarse = seen_coarser(volume) if estimate_resolution else None
    found = []
    for axis in axes:
        if progress is not None:
            progress(f"axis {axis}")
        conduction = solver.solve(axis, settings)
        error = None
        if coarse is not None and conduction.sigma_eff > 0:
            error = _resolution_error(conduction, coarse, conductivities, settings)
        found.append(AxisTransport(conduction, error, plane_current(conduction, volume, end=end)))
    return found


def seen_coarser(volume: VolumeSlab) -> VolumeSlab | None:
    """The volume as voxels of twice the size would show it; None where a side is one voxel.

    Every second voxel stands for eight. (The majority of eight would favour a phase wherever four
    stand against four.)
    """
    slabs = volume.slabs
    if min(volume.shape) < 2 or (slabs.comm.size > 1 and slabs.halvings == 0):
        return None
    n0, n1, n2 = (-(-count // 2) for count in volume.shape)
    first = slabs.start % 2
    labels = np.ascontiguousarray(volume.labels[first::2, ::2, ::2])
    size0, size1, size2 = (2 * size for size in volume.voxel_size)
    return VolumeSlab(labels, (n0, n1, n2), (size0, size1, size2), slabs.coarsened())


def _resolution_error(
    conduction: Conduction,
    coarse: VolumeSlab,
    conductivities: Mapping[int, float],
    settings: ConductionSettings | None,
) -> float | None:
    settings = dataclasses.replace(settings or ConductionSettings(), lower_bound=False)
    try:
        found = ConductionSolver(coarse, conductivities).solve(conduction.axis, settings)
    except VolumeError:
        # a phase so rare that none of it is left
        return None
    if found.sigma_eff == 0:
        return None
    return abs(found.sigma_eff / conduction.sigma_eff - 1)
