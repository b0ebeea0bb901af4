# SPDX-License-Identifier: BSD-3-Clause
"""From a height map and a cell to the stress metrics: set up, solve, measure."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from mpi4py import MPI

from interfacefem.contact.cell_bodies import block_of_cell, body_of_cell
from interfacefem.contact.depth_compliance import DepthResponse, depth_response
from interfacefem.contact.elastic_body import ElasticBody
from interfacefem.contact.map_metrics import MapStressMetrics, map_places, map_stress_metrics
from interfacefem.contact.map_problem import MapContact, MapContactProblem, peak_to_valley
from interfacefem.contact.map_solver import MapSolverSettings, solve_map_loads
from interfacefem.contact.map_waves import (
    FiniteWaves,
    MapWaves,
    MirroredWaves,
    PeriodicWaves,
)
from interfacefem.errors import InputError
from interfacefem.parallel import on_first_rank
from interfacefem.parameters.case_file import Cell
from interfacefem.surfaces.height_map import HeightMap
from interfacefem.surfaces.map_filters import level
from interfacefem.units import UM

Array = npt.NDArray[np.floating]

_OPEN_SIDES = 1e-2  # of the peak-to-valley height
_INCLINED = 3.0  # rise of the least-squares plane over the rms height about it
_LEVEL = 1e-9  # rise over extent: rounding errors


@dataclass(frozen=True, eq=False)
class StressMapRun:
    """One height map under one mean pressure, solved and measured.

    Attributes:
        height_map: The surface.
        solution: Pressure, gap and what was solved; of a periodic map without the row and the
            column that repeat.
        metrics: Numbers drawn from it.
        cpu_s: Process CPU time in s of set-up, solving and measuring.
    """

    height_map: HeightMap
    solution: MapContact
    metrics: MapStressMetrics
    cpu_s: float

    @property
    def notes(self) -> tuple[str, ...]:
        """Why a number is missing or doubtful."""
        return self.metrics.notes


def run_stress_map(height_map: HeightMap, cell: Cell, comm: MPI.Comm) -> StressMapRun:
    """Contact stress of one height map.

    The transforms of one map are too short to be shared among ranks: rank 0 solves, all ranks get
    the result.

    Args:
        height_map: The surface; the same on all ranks.
        cell: Electrolyte, block, load and how the problem is posed.
        comm: Communicator that gets the result.

    Raises:
        InputError: The map or the cell does not make a contact problem.
        ConvergenceError: The contact conditions are not met to 1e-11.

    Collective.
    """
    return run_stress_map_loads(height_map, cell, [cell.load.pressure], comm)[0]


def run_stress_map_loads(
    height_map: HeightMap,
    cell: Cell,
    pressures: Sequence[float],
    comm: MPI.Comm,
    settings: MapSolverSettings | None = None,
) -> list[StressMapRun]:
    """Contact stress of one height map at several mean pressures, on one set-up.

    Args:
        height_map: The surface; the same on all ranks.
        cell: Electrolyte, block and how the problem is posed; its pressure is not used.
        pressures: Mean pressures in Pa; each solution starts from the one before.
        comm: Communicator that gets the results.
        settings: Of the solver.

    Returns:
        One run for each pressure in the order given; the CPU time of the set-up is shared out.

    Raises:
        InputError: The map, the cell or a pressure does not make a contact problem.
        ConvergenceError: The contact conditions are not met to the tolerance.

    Collective.
    """

    def solve() -> list[tuple[MapContact, MapStressMetrics, float]]:
        started = time.process_time()
        problem = problem_of_map(height_map, cell)
        for pressure in pressures:
            problem.require_bearable(pressure)
        spacing = (height_map.pixel_size_y, height_map.pixel_size_x)
        depth = cell.stress.depth
        rows, columns = problem.waves.shape
        # a plane has no peaks and would hide them
        periodic = cell.stress.boundary == "periodic"
        heights = (height_map if periodic else level(height_map)).heights[:rows, :columns]
        places = map_places(heights, spacing, cell.stress.boundary, depth)
        set_up = (time.process_time() - started) / len(pressures)
        results = []
        started = time.process_time()
        for solution in solve_map_loads(problem, pressures, settings):
            metrics = map_stress_metrics(solution, height_map, places, depth)
            finished = time.process_time()
            results.append((solution, metrics, set_up + finished - started))
            started = finished
        return results

    solved = on_first_rank(comm, solve)
    # one rank needs no copy
    results = solved if comm.size == 1 else comm.bcast(solved, root=0)
    assert results is not None
    return [StressMapRun(height_map, *result) for result in results]


def problem_of_map(height_map: HeightMap, cell: Cell) -> MapContactProblem:
    """The contact problem that a cell poses on a height map.

    Raises:
        InputError: The map or the cell does not make a contact problem.
    """
    boundary, rotation = cell.stress.boundary, cell.block.rotation
    if boundary == "periodic" and rotation == "free":
        raise InputError(
            "a block that repeats cannot turn",
            field="block.rotation",
            found="free, with stress.boundary: periodic",
            expected="rotation: fixed, or another boundary",
        )
    if rotation is None and boundary != "periodic":
        _require_level(height_map)
    heights = _one_period(height_map) if boundary == "periodic" else height_map.heights
    waves = _waves(heights.shape, height_map, cell)
    return MapContactProblem(
        heights - heights.min(),
        waves,
        cell.electrolyte.hardness,
        rotation_free=rotation == "free",
        ends_with_map=boundary == "finite",
    )


@dataclass(frozen=True)
class CellResponse:
    """Compliance of electrolyte, what carries it, and block; stress at the reference depth.

    Attributes:
        body: Electrolyte and what it sticks to.
        block: The block as a half-space; None if it is rigid.
        depth: Reference depth in m.
    """

    body: ElasticBody
    block: ElasticBody | None
    depth: float

    def __call__(self, wavenumbers: Array) -> DepthResponse:
        """The response at wavenumbers in 1/m.

        Raises:
            InputError: The depth lies outside the body.
        """
        body = depth_response(self.body, self.depth, wavenumbers)
        if self.block is None:
            return body
        block = depth_response(self.block, self.depth, wavenumbers)
        return DepthResponse(body.compliance + block.compliance, body.transmission)


def _waves(shape: tuple[int, ...], height_map: HeightMap, cell: Cell) -> MapWaves:
    rows, columns = shape
    spacing = (height_map.pixel_size_y, height_map.pixel_size_x)
    response = CellResponse(body_of_cell(cell), block_of_cell(cell), cell.stress.depth)
    if cell.stress.boundary == "periodic":
        return PeriodicWaves((rows, columns), spacing, response)
    if cell.stress.boundary == "mirror":
        return MirroredWaves((rows, columns), spacing, response)
    if math.isfinite(cell.stress.body):
        raise InputError(
            "a map that ends is solved on a half-space alone",
            field="stress.body",
            found=f"{cell.stress.body / UM:g} um, with stress.boundary: finite",
            expected="body: half-space, or boundary: mirror or periodic",
        )
    compliance = 1 / response.body.plane_strain_modulus
    if response.block is not None:
        compliance += 1 / response.block.plane_strain_modulus
    return FiniteWaves((rows, columns), spacing, 1 / compliance, response, cell.stress.depth)


def _one_period(height_map: HeightMap) -> Array:
    heights = height_map.heights
    opening = max(
        float(np.abs(heights[0] - heights[-1]).max()),
        float(np.abs(heights[:, 0] - heights[:, -1]).max()),
    )
    if opening > _OPEN_SIDES * peak_to_valley(heights):
        raise InputError(
            "the sides of the map do not meet",
            field="stress.boundary",
            found=f"periodic and opposite sides that differ by up to {opening / UM:.3g} um",
            expected="mirror, finite, or a map whose last row and column repeat the first",
        )
    return heights[:-1, :-1]


def _require_level(height_map: HeightMap) -> None:
    levelled = level(height_map).heights
    plane = height_map.heights - levelled
    rise = float(max(abs(plane[-1, 0] - plane[0, 0]), abs(plane[0, -1] - plane[0, 0])))
    extent = max(height_map.width_x, height_map.width_y)
    if rise > max(_INCLINED * float(levelled.std()), _LEVEL * extent):
        raise InputError(
            "must be said where the surface is inclined",
            field="block.rotation",
            found=f"none, and a plane that rises {rise / UM:.3g} um over the map",
            expected="fixed or free, or map.level: true",
        )
