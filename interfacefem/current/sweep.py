# SPDX-License-Identifier: BSD-3-Clause
"""Many parameter values on one geometry: one mesh and its factors serve them all."""

from __future__ import annotations

import itertools
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from interfacefem.current.adapt import CertifiedSolution, solve_to_tolerance
from interfacefem.current.constants import FARADAY, GAS_CONSTANT
from interfacefem.current.metrics import CurrentMetrics, current_metrics
from interfacefem.current.problem import CurrentProblem, current_problem
from interfacefem.current.related_problems import RelatedProblems
from interfacefem.current.run import mesh_domain
from interfacefem.errors import InputError
from interfacefem.mpi import MPI
from interfacefem.parameters.cell import Cell
from interfacefem.parameters.series import SWEEP_PARAMETERS
from interfacefem.short_repr import short_repr
from interfacefem.surfaces import Profile, roughness_statistics
from interfacefem.units import MA_PER_CM2, MS_PER_CM

_WITHOUT_PARAMETERS = ("primary", "table", "own")  # models without an exchange current density
_SHARE_OF_TOLERANCE = 0.1

MAP_WAGNER_NUMBERS = np.geomspace(10.0, 1e4, 10)
MAP_QUOTIENTS = np.geomspace(0.01, 100.0, 9)


@dataclass(frozen=True, eq=False)
class CurrentSweep:
    """A sweep over one geometry.

    Attributes:
        axes: Values of each swept parameter in the unit of its column, by parameter name.
        points: The values at each point, in the order of ``axes``.
        metrics: Of each point.
        i_ratio_error: Largest estimated error of ``i_ratio - 1`` over the corners of the grid, None
            where none is estimated.
        cells: Number of triangles of the mesh all points share.
        mesh_cpu_s: Process CPU time in s of finding that mesh, summed over ranks.
        cpu_s: The same of solving and measuring all points.
    """

    __repr__ = short_repr

    axes: Mapping[str, npt.NDArray[np.floating]]
    points: Sequence[tuple[float, ...]]
    metrics: Sequence[CurrentMetrics]
    i_ratio_error: float | None
    cells: int
    mesh_cpu_s: float
    cpu_s: float


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

    The mesh is refined until the errors at the corners of the grid of values are estimated to be
    below ``tolerance``; the points between them are solved on it without an estimate of their own.
    Each point is as close to the solution on this mesh as :class:`RelatedProblems` is asked to
    bring it: a tenth of ``tolerance``.

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
    certified, error = _mesh_for_corners(profile, cell, axes, comm)
    meshed = time.process_time()
    points = _combinations([list(map(float, values)) for values in axes.values()])
    rms_height = roughness_statistics(profile).rq
    related = RelatedProblems(certified.solver, _SHARE_OF_TOLERANCE * cell.tolerance)
    by_point: dict[int, CurrentMetrics] = {}
    for number in spread_out([len(values) for values in axes.values()]):
        by_point[number] = current_metrics(
            related.solve(swept_problem(cell, axes, points[number])),
            rms_height=rms_height,
            critical_current_density=cell.load.critical_current_density,
        )
    return CurrentSweep(
        axes,
        points,
        [
            replace(one, notes=(*profile.notes, *one.notes))
            for one in (by_point[number] for number in range(len(points)))
        ],
        error,
        certified.solution.interface_mesh.quality.cells,
        comm.allreduce(meshed - started, op=MPI.SUM),
        comm.allreduce(time.process_time() - meshed, op=MPI.SUM),
    )


def spread_out(shape: Sequence[int]) -> list[int]:
    """An order of a grid's points in which each lies far from those before it.

    What is learned from the first of them then serves the others.

    Args:
        shape: Number of values on each axis.

    Returns:
        Positions in the flattened grid (C order), each once.
    """
    grid = np.indices(tuple(shape)).reshape(len(shape), -1).T
    places = grid / np.maximum(np.array(shape) - 1, 1)
    order = [0]
    apart = np.linalg.norm(places - places[0], axis=1)
    apart[0] = -1.0  # taken
    for _ in range(len(places) - 1):
        order.append(int(np.argmax(apart)))
        apart = np.minimum(apart, np.linalg.norm(places - places[order[-1]], axis=1))
        apart[order[-1]] = -1.0
    return order


def swept_problem(
    cell: Cell, axes: Mapping[str, npt.NDArray[np.floating]], point: Sequence[float]
) -> CurrentProblem:
    """The problem at one point of a sweep."""
    updates: dict[str, dict[str, float]] = {}
    for name, value in zip(axes, point, strict=True):
        parameter = SWEEP_PARAMETERS[name]
        updates.setdefault(parameter.section, {})[parameter.key] = value * parameter.unit.factor
    sections = {
        section: getattr(cell, section).model_copy(update=update)
        for section, update in updates.items()
    }
    return current_problem(cell.model_copy(update=sections))


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


def _combinations(values: Sequence[Sequence[float]]) -> list[tuple[float, ...]]:
    return list(itertools.product(*values))


def _mesh_for_corners(
    profile: Profile,
    cell: Cell,
    axes: Mapping[str, npt.NDArray[np.floating]],
    comm: MPI.Comm,
) -> tuple[CertifiedSolution, float | None]:
    """Refine one mesh for each corner of the grid in turn; the largest of their errors."""
    triangulation = mesh_domain(profile, cell, comm)
    errors: list[float] = []
    ends: list[list[float]] = [
        sorted({float(values.min()), float(values.max())}) for values in axes.values()
    ]
    for corner in _combinations(ends):
        problem = swept_problem(cell, axes, corner)
        certified = solve_to_tolerance(triangulation, problem, cell.tolerance, comm)
        triangulation = certified.triangulation
        if certified.certificate is not None:
            errors.append(certified.certificate.ratio_minus_one_error)
    return certified, max(errors, default=None)
