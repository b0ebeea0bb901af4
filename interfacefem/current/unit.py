# SPDX-License-Identifier: BSD-3-Clause
"""Many parameter points of one geometry, solved together as one unit.

A mesh, few factors and the span of a few potentials serve all points. What is found for a point
depends on the unit's list of points alone, not on their order nor on what was solved before: the
mesh is refined for the points whose kinetics resist least and most, points are solved in an order
that the list decides, and each is polished until its start does not show.
"""

from __future__ import annotations

import contextlib
import logging
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from interfacefem.current.adapt import RefinedSolution, solve_to_tolerance
from interfacefem.current.error_estimate import estimate_error
from interfacefem.current.metrics import current_metrics
from interfacefem.current.problem import CurrentProblem, current_problem
from interfacefem.current.related_problems import RelatedProblems
from interfacefem.current.run import CurrentRun, mesh_domain, windows_of
from interfacefem.current.solver import CurrentSolver
from interfacefem.current.windows import REFERENCE_LENGTH
from interfacefem.errors import InterfaceFemError
from interfacefem.meshing import Triangulation
from interfacefem.meshing.interface_mesh import distribute
from interfacefem.mpi import MPI
from interfacefem.parameters.cell import Cell
from interfacefem.surfaces import Profile, roughness_statistics

_log = logging.getLogger(__name__)

_SHARE_OF_TOLERANCE = 0.1  # that the span leaves to be polished
_MOST_MESHES = 4


@dataclass(frozen=True, eq=False)
class _Point:
    """One of the unit's cells.

    Attributes:
        place: In the list.
        cell: As given.
        problem: That it poses.
        position: Logarithms of what its solution depends on.
    """

    place: int
    cell: Cell
    problem: CurrentProblem
    position: tuple[float, ...]


class CurrentUnit:
    """All points of one geometry.

    Args:
        profile: The interface.
        cells: The points, in any order.
        comm: Ranks that share the mesh.
        reference_length: Of the windows that extremes are read over, in m; None leaves them out.
        safe: Whether the largest safe current density is sought where a critical one is given.

    Rank-local; the methods are collective.
    """

    def __init__(
        self,
        profile: Profile,
        cells: Sequence[Cell],
        comm: MPI.Comm,
        reference_length: float | None = REFERENCE_LENGTH,
        *,
        safe: bool = True,
    ) -> None:
        self._profile, self._comm, self._safe = profile, comm, safe
        self._places = None
        if reference_length is not None:
            self._places = windows_of(profile, reference_length)
        self._rms_height = roughness_statistics(profile).rq
        self._shared: dict[tuple[object, ...], list[_Point]] = {}
        for place, cell in enumerate(cells):
            point = _Point(place, cell, current_problem(cell), _position(cell))
            self._shared.setdefault(_mesh_key(cell), []).append(point)
        self._meshes: dict[tuple[object, ...], Triangulation | None] = {}
        self._count = len(cells)

    def run(self) -> list[CurrentRun | InterfaceFemError]:
        """Solve all points, each with the estimate of its error.

        Returns:
            In the order of the list; the error of a point that has no solution, or none was found.

        Raises:
            MeshError: The domain cannot be meshed as asked.

        Collective.
        """
        found: dict[int, CurrentRun | InterfaceFemError] = {}
        for key, points in self._shared.items():
            found.update(self._run_on_one_mesh(key, points))
        return [found[place] for place in range(self._count)]

    def alone(self, cell: Cell) -> CurrentRun:
        """One of the points solved on the unit's mesh without the others.

        Raises:
            ConvergenceError: The solver did not converge.

        Collective.
        """
        key = _mesh_key(cell)
        if key not in self._meshes:
            self._run_on_one_mesh(key, self._shared[key])
        started = time.process_time()
        triangulation = self._meshes[key]
        solver = CurrentSolver(distribute(triangulation, self._comm))
        solution = solver.solve(current_problem(cell), polished=True)
        estimate = estimate_error(solver, solution, self._places)
        return self._measured(
            RefinedSolution(triangulation, solver, solution, estimate), cell, started
        )

    def _run_on_one_mesh(
        self, key: tuple[object, ...], points: list[_Point]
    ) -> dict[int, CurrentRun | InterfaceFemError]:
        """All points on the first mesh on which each is accurate; collective."""
        ordered = in_spread_order([point.position for point in points])
        points = [points[place] for place in ordered]
        tolerance = points[0].cell.tolerance
        triangulation = mesh_domain(self._profile, points[0].cell, self._comm)
        triangulation = self._refined_for(_extreme(points), triangulation, tolerance)
        for attempt in range(1, _MOST_MESHES + 1):
            solver = CurrentSolver(distribute(triangulation, self._comm))
            found = self._solve_all(points, triangulation, solver, tolerance)
            worst = max(points, key=lambda point: _error(found[point.place]))
            if _error(found[worst.place]) <= tolerance or attempt == _MOST_MESHES:
                break
            finer = self._refined_for([worst], triangulation, tolerance)
            if finer is triangulation:  # its cells are used up
                break
            triangulation = finer
        self._meshes[key] = triangulation
        return found

    def _refined_for(
        self, points: Sequence[_Point], triangulation: Triangulation | None, tolerance: float
    ) -> Triangulation | None:
        for point in points:
            try:
                triangulation = solve_to_tolerance(
                    triangulation, point.problem, tolerance, self._comm, places=self._places
                ).triangulation
            except InterfaceFemError as error:
                _log.info("no mesh was refined for a point: %s", error)
        return triangulation

    def _solve_all(
        self,
        points: Sequence[_Point],
        triangulation: Triangulation | None,
        solver: CurrentSolver,
        tolerance: float,
    ) -> dict[int, CurrentRun | InterfaceFemError]:
        related = RelatedProblems(solver, _SHARE_OF_TOLERANCE * tolerance)
        found: dict[int, CurrentRun | InterfaceFemError] = {}
        for point in points:
            started = time.process_time()
            try:
                solution = related.solve_sharply(point.problem)
                estimate = estimate_error(solver, solution, self._places)
                refined = RefinedSolution(triangulation, solver, solution, estimate)
                found[point.place] = self._measured(refined, point.cell, started)
            except InterfaceFemError as error:
                found[point.place] = error
        return found

    def _measured(self, refined: RefinedSolution, cell: Cell, started: float) -> CurrentRun:
        metrics = current_metrics(
            refined.solution,
            rms_height=self._rms_height,
            critical_current_density=cell.load.critical_current_density,
            solver=refined.solver if self._safe else None,
            places=self._places,
        )
        cpu_s = self._comm.allreduce(time.process_time() - started, op=MPI.SUM)
        return CurrentRun(self._profile, refined, metrics, cell.tolerance, cpu_s)


def in_spread_order(positions: Sequence[Sequence[float]]) -> list[int]:
    """An order in which each point lies far from those before it; the same for any list of them.

    What is learned from the first of them then serves the others.

    Args:
        positions: Coordinates of each point, all of one length.

    Returns:
        Places in the list.
    """
    known = np.array(positions, dtype=float).reshape(len(positions), -1)
    by_value = np.lexsort(known.T[::-1])
    sorted_ = known[by_value]
    extent = np.ptp(sorted_, axis=0)
    scaled = (sorted_ - sorted_.min(axis=0)) / np.where(extent > 0, extent, 1.0)
    order = [0]
    apart = np.linalg.norm(scaled - scaled[0], axis=1)
    apart[0] = -1.0  # taken
    for _ in range(len(scaled) - 1):
        order.append(int(np.argmax(apart)))
        apart = np.minimum(apart, np.linalg.norm(scaled - scaled[order[-1]], axis=1))
        apart[order[-1]] = -1.0
    return [int(by_value[place]) for place in order]


def _extreme(points: Sequence[_Point]) -> list[_Point]:
    """Those with the least and the most conductance of the interface over that of the bulk."""
    known = sorted(points, key=lambda point: point.position)
    first = min(known, key=lambda point: point.position[0])
    last = max(known, key=lambda point: point.position[0])
    return [last] if first is last else [first, last]


def _mesh_key(cell: Cell) -> tuple[object, ...]:
    return cell.domain.height, cell.kinetics.model == "primary", cell.tolerance


def _position(cell: Cell) -> tuple[float, ...]:
    """(di/dphi)/k at the applied current density, and the parameters, as logarithms."""
    problem, kinetics = current_problem(cell), cell.kinetics
    conductance = 1.0
    if problem.kinetics is not None:
        mean = np.array(problem.applied_current_density)
        # a law that never carries it is refused where it is solved
        with contextlib.suppress(InterfaceFemError):
            slope = float(problem.kinetics.slope(problem.kinetics.overpotential(mean)))
            conductance = max(slope / problem.conductivity, np.finfo(float).tiny)
    return (
        math.log(conductance),
        math.log(problem.conductivity),
        math.log(problem.applied_current_density),
        math.log(kinetics.exchange_current_density),
        kinetics.temperature,
        kinetics.alpha_a,
        kinetics.alpha_c,
        math.log1p(kinetics.film_resistance),
        cell.load.critical_current_density or 0.0,
    )


def _error(run: CurrentRun | InterfaceFemError) -> float:
    if isinstance(run, InterfaceFemError) or run.refined.estimate is None:
        return 0.0
    return run.refined.estimate.largest[0]
