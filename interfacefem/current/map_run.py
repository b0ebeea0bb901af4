# SPDX-License-Identifier: BSD-3-Clause
"""From a height map and a cell to the current metrics: mesh, solve, measure."""

from __future__ import annotations

import time
from dataclasses import dataclass

from interfacefem.current.heights import default_map_height
from interfacefem.current.metrics import CurrentMetrics, current_metrics
from interfacefem.current.problem import current_problem
from interfacefem.current.solution import CurrentSolution
from interfacefem.current.solver import CurrentSolver
from interfacefem.current.windows import (
    REFERENCE_LENGTH,
    UNIFORM,
    WindowPlaces,
    place_windows,
    read_windows,
)
from interfacefem.errors import ConvergenceError, InputError
from interfacefem.meshing.height_map_domain import HeightMapMesh, MapMeshSettings, mesh_height_map
from interfacefem.mpi import MPI
from interfacefem.parameters.cell import Cell
from interfacefem.short_repr import short_repr
from interfacefem.surfaces.contact_mask import ContactMap
from interfacefem.surfaces.height_map import HeightMap
from interfacefem.surfaces.roughness import areal_roughness


@dataclass(frozen=True, eq=False)
class CurrentMapRun:
    """One height map meshed, solved and measured.

    Attributes:
        height_map: The interface as it was given.
        solution: Potential and current.
        metrics: Numbers drawn from it.
        change_at_half_resolution: Relative change of ``i_ratio - 1`` from a mesh with cells twice
            as wide and high; an estimate of the error, no bound. None where one of the two cannot
            be formed.
        excess_error: The same of the excess over windows.
        cpu_s: Process CPU time in s of meshing, solving and measuring, summed over ranks.
    """

    __repr__ = short_repr

    height_map: HeightMap
    solution: CurrentSolution
    metrics: CurrentMetrics
    change_at_half_resolution: float | None
    excess_error: float | None
    cpu_s: float

    @property
    def i_ratio_error(self) -> None:
        """No error is estimated in 3D."""

    @property
    def notes(self) -> tuple[str, ...]:
        """Why a number is missing or doubtful."""
        change = self.change_at_half_resolution
        compared = (
            "compare two resolutions"
            if change is None
            else f"at half the resolution i_ratio - 1 differs by {100 * change:.2g} %"
        )
        notes = (
            *self.metrics.notes,
            f"i_ratio_error is not formed: 3D has no error estimate; {compared}",
        )
        domain = self.solution.interface_mesh
        assert isinstance(domain, HeightMapMesh)
        meshed, given = domain.height_map.heights.shape, self.height_map.heights.shape
        if meshed != given:
            notes += (
                f"the map of {given[1]} x {given[0]} samples was resampled to {meshed[1]} x "
                f"{meshed[0]} nodes",
            )
        return notes


def run_current_map(
    height_map: HeightMap,
    cell: Cell,
    comm: MPI.Comm,
    *,
    contact: ContactMap | None = None,
    settings: MapMeshSettings | None = None,
    reference_length: float = REFERENCE_LENGTH,
) -> CurrentMapRun:
    """Current distribution of one height map.

    Args:
        height_map: The interface; the same on all ranks.
        cell: Electrolyte, kinetics and load.
        comm: Communicator that does the work.
        contact: Where the metal touches; None means everywhere.
        settings: Resolution of the mesh; default: that of the cell.
        reference_length: Side of the square windows that extremes are read over, in m.

    Raises:
        InputError: The metal touches nowhere.
        MeshError: The domain cannot be meshed as asked.
        ConvergenceError: The solver did not converge.

    Collective.
    """
    started = time.process_time()
    settings = settings or MapMeshSettings(lateral_cells=cell.domain.lateral_cells)
    solver = _solver(height_map, cell, comm, contact, settings)
    solution = solver.solve(current_problem(cell))
    places = windows_of_map(height_map, reference_length)
    metrics = current_metrics(
        solution,
        rms_height=areal_roughness(height_map).sq,
        critical_current_density=cell.load.critical_current_density,
        solver=solver,
        places=places,
    )
    change = error = None
    if metrics.i_ratio is not None:
        coarse = settings.at_half_resolution()
        ratio, excess = _extremes(height_map, cell, comm, contact, coarse, places)
        change = _change(metrics.i_ratio - 1, None if ratio is None else ratio - 1)
        assert metrics.windows is not None
        error = _change(metrics.windows.excess, excess)
    cpu_s = comm.allreduce(time.process_time() - started, op=MPI.SUM)
    return CurrentMapRun(height_map, solution, metrics, change, error, cpu_s)


def windows_of_map(height_map: HeightMap, length: float) -> WindowPlaces:
    """Square windows of a side in m over a height map."""
    return place_windows(height_map.width_x, height_map.width_y, length=length)


def _solver(
    height_map: HeightMap,
    cell: Cell,
    comm: MPI.Comm,
    contact: ContactMap | None,
    settings: MapMeshSettings,
) -> CurrentSolver:
    height = cell.domain.height or default_map_height(height_map)
    domain = mesh_height_map(height_map, height, settings, comm)
    return CurrentSolver(domain if contact is None else domain.with_contact(contact))


def _extremes(
    height_map: HeightMap,
    cell: Cell,
    comm: MPI.Comm,
    contact: ContactMap | None,
    settings: MapMeshSettings,
    places: WindowPlaces,
) -> tuple[float | None, float | None]:
    """``i_max/i_min`` and the excess over windows; None where this mesh cannot carry them."""
    try:
        solver = _solver(height_map, cell, comm, contact, settings)
        samples = solver.solve(current_problem(cell)).samples
    except (InputError, ConvergenceError):
        return None, None
    current = samples.current_density
    if not current.min() > 0:
        return None, None
    excess = read_windows(samples, places, applied_current_density=1.0).excess
    return float(current.max() / current.min()), excess


def _change(fine: float | None, coarse: float | None) -> float | None:
    """Relative change of an excess; None where it is rounding."""
    if coarse is None or fine is None or fine < UNIFORM:
        return None
    return abs(coarse - fine) / fine
