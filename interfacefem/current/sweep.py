# SPDX-License-Identifier: BSD-3-Clause
"""Many parameter values on one geometry: one mesh and its factors serve them all."""

from __future__ import annotations

import itertools
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from interfacefem.current.constants import FARADAY, GAS_CONSTANT
from interfacefem.current.metrics import CurrentMetrics
from interfacefem.current.unit import CurrentUnit
from interfacefem.errors import InputError, InterfaceFemError
from interfacefem.mpi import MPI
from interfacefem.parameters.cell import Cell
from interfacefem.parameters.series import SWEEP_PARAMETERS
from interfacefem.short_repr import short_repr
from interfacefem.surfaces import Profile, roughness_statistics
from interfacefem.units import MA_PER_CM2, MS_PER_CM

_WITHOUT_PARAMETERS = ("primary", "table", "own")  # models without an exchange current density

MAP_WAGNER_NUMBERS = np.geomspace(10.0, 1e4, 10)
MAP_QUOTIENTS = np.geomspace(0.01, 100.0, 9)


@dataclass(frozen=True, eq=False)
class CurrentSweep:
    """A sweep over one geometry.

    Attributes:
        axes: Values of each swept parameter in the unit of its column, by parameter name.
        points: The values at each point, in the order of ``axes``.
        metrics: Of each point.
        errors: Estimated error of ``i_ratio - 1`` at each point, None where none is estimated.
        cells: Number of triangles of the mesh the points share.
        mesh_cpu_s: Process CPU time in s of finding that mesh, summed over ranks.
        cpu_s: The same of solving all points on it and estimating their errors.
    """

    __repr__ = short_repr

    axes: Mapping[str, npt.NDArray[np.floating]]
    points: Sequence[tuple[float, ...]]
    metrics: Sequence[CurrentMetrics]
    errors: Sequence[float | None]
    cells: int
    mesh_cpu_s: float
    cpu_s: float

    @property
    def i_ratio_error(self) -> float | None:
        """Largest of the points' estimated errors; None where none is estimated."""
        return max((error for error in self.errors if error is not None), default=None)


def map_axes(profile: Profile, cell: Cell) -> dict[str, npt.NDArray[np.floating]]:
    """Axes that cover ``MAP_WAGNER_NUMBERS`` and ``MAP_QUOTIENTS`` (applied over exchange current).

    On one geometry the ratio depends on these two alone (at equal charge-transfer coefficients and
    without a film), so that one map serves every conductivity and exchange current density.

    Raises:
        InputError: The interface is flat, or the cell has no kinetics.
    """
    rms_height = roughness_statistics(profile).rq
    law = cell.kinetics
    if law.model in _WITHOUT_PARAMETERS or rms_height <= 0:
        raise InputError(
            "no map: it needs a rough interface and kinetics with an exchange current density",
            field="map",
            found=law.model,
        )
    thermal_voltage = GAS_CONSTANT * law.temperature / FARADAY
    i0 = law.exchange_current_density
    return {
        "conductivity": MAP_WAGNER_NUMBERS * i0 * rms_height / thermal_voltage / MS_PER_CM,
        "current_density": MAP_QUOTIENTS * i0 / MA_PER_CM2,
    }


def run_sweep(
    profile: Profile,
    cell: Cell,
    axes: Mapping[str, npt.NDArray[np.floating]],
    comm: MPI.Comm,
) -> CurrentSweep:
    """Solve every combination of the swept values on one mesh.

    The points are those of one :class:`CurrentUnit`: each has an estimate of its own error, below
    ``tolerance``, and is polished until the order of the points does not show.

    Args:
        profile: The interface.
        cell: Everything that is not swept.
        axes: Values of each swept parameter in the unit of its column.
        comm: Ranks that share the mesh.

    Raises:
        InputError: A swept parameter is none of these kinetics.
        MeshError: The domain cannot be meshed as asked.
        ConvergenceError: The solver did not converge at a point.

    Collective.
    """
    _require_sweepable(cell, axes)
    started = time.process_time()
    points = list(itertools.product(*(list(map(float, values)) for values in axes.values())))
    cells = [swept_cell(cell, axes, point) for point in points]
    unit = CurrentUnit(profile, cells, comm, None, safe=False)
    runs = []
    for run in unit.run():
        if isinstance(run, InterfaceFemError):
            raise run
        runs.append(run)
    errors = tuple(run.i_ratio_error for run in runs)
    spent = sum(run.cpu_s for run in runs)
    whole = comm.allreduce(time.process_time() - started, op=MPI.SUM)
    return CurrentSweep(
        axes,
        points,
        [run.metrics for run in runs],
        errors,
        max(run.solution.interface_mesh.quality.cells for run in runs),
        whole - spent,
        spent,
    )


def swept_cell(
    cell: Cell, axes: Mapping[str, npt.NDArray[np.floating]], point: Sequence[float]
) -> Cell:
    """The cell at one point of a sweep."""
    updates: dict[str, dict[str, float]] = {}
    for name, value in zip(axes, point, strict=True):
        parameter = SWEEP_PARAMETERS[name]
        updates.setdefault(parameter.section, {})[parameter.key] = value * parameter.unit.factor
    sections = {
        section: getattr(cell, section).model_copy(update=update)
        for section, update in updates.items()
    }
    return cell.model_copy(update=sections)


def _require_sweepable(cell: Cell, axes: Mapping[str, Any]) -> None:
    """Refuse parameters that the kinetics of the cell do not have."""
    for name in axes:
        if SWEEP_PARAMETERS[name].name in cell.kinetics.unused:
            raise InputError(
                "is no parameter of these kinetics",
                field=name,
                found=f"model {cell.kinetics.model}",
                expected="one that is, such as conductivity or current_density",
            )
