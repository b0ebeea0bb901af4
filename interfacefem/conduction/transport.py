# SPDX-License-Identifier: BSD-3-Clause
"""Everything that is asked of transport through a volume: along each axis, with its errors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from interfacefem.conduction.budget import BudgetRow, budget
from interfacefem.conduction.electrode_plane import PlaneCurrent, plane_current
from interfacefem.conduction.electrode_reaction import ReactingCurrent, Reaction
from interfacefem.conduction.reaction_solver import reacting_current, safe_current
from interfacefem.conduction.segmentation_error import SegmentationErrors
from interfacefem.conduction.solver import (
    Conduction,
    ConductionSettings,
    ConductionSolver,
    VolumeSlab,
)
from interfacefem.conduction.sub_volumes import SubVolumes, VolumeScatter
from interfacefem.conduction.voxel_error import VoxelError, VoxelErrors, every_second
from interfacefem.short_repr import short_repr


@dataclass(frozen=True, eq=False)
class AxisTransport:
    """Transport along one axis.

    Attributes:
        conduction: Effective conductivity and potential.
        voxels: What the voxels cost; None where nothing conducts or it was not asked for.
        scatter: Between volumes of this size; None also where it is too small to be cut.
        budget: Errors by their source.
        plane: Current density at the electrode's plane, that of plates; None where no current
            flows.
        reacting: The same where the electrode reacts; None also where it was not asked for.
        safe_current_density: Mean current density in A/m^2 that keeps the share asked for below the
            critical one, with the reaction; None also without a critical one.
    """

    __repr__ = short_repr

    conduction: Conduction
    voxels: VoxelError | None
    scatter: VolumeScatter | None
    budget: list[BudgetRow]
    plane: PlaneCurrent | None
    reacting: ReactingCurrent | None = None
    safe_current_density: float | None = None

    @property
    def electrode(self) -> PlaneCurrent | None:
        """Current density at the electrode as it was asked for: reacting, or primary."""
        return self.reacting or self.plane


@dataclass(frozen=True)
class AtElectrode:
    """A reaction at the electrode's plane.

    Attributes:
        reaction: What happens there, and the load.
        critical_current_density: Local limit in A/m^2; None for none.
        safe_share: Share of the contact that is to stay below it.
    """

    reaction: Reaction
    critical_current_density: float | None = None
    safe_share: float = 0.99


def solve_transport(
    volume: VolumeSlab,
    conductivities: Mapping[int, float],
    *,
    axes: Sequence[int] = (0, 1, 2),
    end: int = 0,
    settings: ConductionSettings | None = None,
    estimate_errors: bool = True,
    electrode: AtElectrode | None = None,
    greys: npt.NDArray[np.generic] | None = None,
    keep_fields: bool = True,
    progress: Callable[[str], None] | None = None,
) -> list[AxisTransport]:
    """Solve along axes, one after the other.

    Args:
        volume: This rank's part.
        conductivities: Of each label; labels that are missing do not conduct.
        axes: Axes to solve along.
        end: End of the axis with the electrode's plane: 0 low, 1 high.
        settings: When to stop.
        estimate_errors: Solve samples and parts of the volume, too: about half a solve more.
        electrode: Solve with a reaction at the electrode's plane, too; conductivities are then in
            S/m. None leaves the primary current distribution.
        greys: What the labels were cut from, of this rank's planes: then the budget says what the
            thresholds do.
        keep_fields: Keep potentials and phases, five bytes a voxel and axis; else they are empty.
        progress: Called as the work on an axis begins.

    Raises:
        VolumeError: See ``ConductionSolver``.
        ConvergenceError: Not within the iterations allowed.

    Collective.
    """
    solver = ConductionSolver(volume, conductivities)
    errors = VoxelErrors(volume, conductivities) if estimate_errors else None
    parts = segmentation = None
    if errors is not None and errors.samples:
        parts = SubVolumes(errors.samples[0], conductivities)
        if greys is not None:
            seen = VolumeSlab(greys, volume.shape, volume.voxel_size, volume.slabs)  # type: ignore[arg-type]
            sampled = every_second(seen, 0)
            assert sampled is not None
            segmentation = SegmentationErrors(errors.samples[0], sampled.labels, conductivities)
    found = []
    for axis in axes:
        if progress is not None:
            progress(f"axis {axis}")
        conduction = solver.solve(axis, settings)
        voxels = errors.of(conduction, settings) if errors else None
        scatter = parts.scatter(axis) if parts and conduction.sigma_eff > 0 else None
        thresholds = segmentation.relative_error(axis, settings) if segmentation else None
        low = conduction.sigma_low
        rows = budget(
            conduction.sigma_eff,
            voxels=None if voxels is None else voxels.error,
            volume=None if scatter is None else scatter.relative_error,
            solver=None if low is None else conduction.sigma_high - low,
            segmentation=thresholds,
            greys=greys is not None,
        )
        plane = plane_current(conduction, volume, end=end)
        reacting = safe = None
        if electrode is not None:
            at: dict[str, Any] = {"end": end, "settings": settings}
            reacting = reacting_current(conduction, volume, electrode.reaction, **at)
            limit = electrode.critical_current_density
            if limit is not None:
                safe = safe_current(
                    conduction, volume, electrode.reaction, limit, share=electrode.safe_share, **at
                )
        if not keep_fields:
            conduction = conduction.without_fields()
        found.append(AxisTransport(conduction, voxels, scatter, rows, plane, reacting, safe))
    return found
