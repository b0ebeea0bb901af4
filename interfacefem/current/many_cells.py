# SPDX-License-Identifier: BSD-3-Clause
"""Many cells around one profile: a mesh and its matrices serve them all."""

from __future__ import annotations

import dataclasses
import time

from interfacefem.current.adapt import RefinedSolution, solve_to_tolerance
from interfacefem.current.kinetics import InSeriesWithFilm, ReferenceLaw
from interfacefem.current.metrics import current_metrics
from interfacefem.current.problem import CurrentProblem, current_problem
from interfacefem.current.run import CurrentRun, first_thinning, mesh_domain, windows_of
from interfacefem.current.solver import CurrentSolver
from interfacefem.current.windows import REFERENCE_LENGTH
from interfacefem.meshing import Triangulation
from interfacefem.meshing.interface_mesh import distribute
from interfacefem.meshing.outline import Thinning
from interfacefem.mpi import MPI
from interfacefem.parameters.cell import Cell
from interfacefem.surfaces import Profile, roughness_statistics

_Mesh = tuple[Triangulation | None, CurrentSolver]


class CurrentCases:
    """Solves cells around one profile, each to its own tolerance.

    Unlike a sweep, what is found for a cell does not depend on those solved before it, to the last
    bit: factors are not handed on, and a mesh refined for one cell serves that one only. A study
    that was killed in between therefore ends with the same numbers.

    Where the law has an exchange current density, refinement begins from the mesh of a
    representative: the same cell with an exchange current density equal to the applied one. Cells
    that differ in their exchange current density alone share it, whichever of them comes first.

    Args:
        profile: The interface.
        comm: Ranks that share the mesh.
        reference_length: Of the windows that extremes are read over, in m.

    Rank-local; ``run`` is collective.
    """

    def __init__(
        self, profile: Profile, comm: MPI.Comm, reference_length: float = REFERENCE_LENGTH
    ) -> None:
        self._profile = profile
        self._places = windows_of(profile, reference_length)
        self._comm = comm
        self._first: dict[tuple[float | None, bool, Thinning], _Mesh] = {}
        self._representative: dict[tuple[float | None, float, CurrentProblem], _Mesh] = {}

    def run(self, cell: Cell) -> CurrentRun:
        """Current distribution with one cell.

        Raises:
            MeshError: The domain cannot be meshed as asked.
            ConvergenceError: The solver did not converge.

        Collective.
        """
        started = time.process_time()
        refined = self._solve(cell)
        metrics = current_metrics(
            refined.solution,
            rms_height=roughness_statistics(self._profile).rq,
            critical_current_density=cell.load.critical_current_density,
            solver=refined.solver,
            places=self._places,
        )
        cpu_s = self._comm.allreduce(time.process_time() - started, op=MPI.SUM)
        return CurrentRun(self._profile, refined, metrics, cell.tolerance, cpu_s)

    def _solve(self, cell: Cell) -> RefinedSolution:
        problem = current_problem(cell)
        triangulation, solver = self._first_mesh(cell)
        # the primary limit has no estimate, and so no refinement
        if isinstance(problem.charge_transfer, ReferenceLaw):
            triangulation, solver = self._mesh_of_representative(cell, problem)
        return solve_to_tolerance(
            triangulation, problem, cell.tolerance, self._comm, solver, self._places
        )

    def _first_mesh(self, cell: Cell) -> _Mesh:
        thinning = first_thinning(self._profile, cell)
        key = cell.domain.height, cell.kinetics.model == "primary", thinning
        if key not in self._first:
            triangulation = mesh_domain(self._profile, cell, self._comm)
            self._first[key] = triangulation, self._new_solver(triangulation)
        return _fresh(self._first[key])

    def _mesh_of_representative(self, cell: Cell, problem: CurrentProblem) -> _Mesh:
        representative = _with_exchange_current(problem, problem.applied_current_density)
        key = (cell.domain.height, cell.tolerance, representative)
        if key not in self._representative:
            triangulation, solver = self._first_mesh(cell)
            refined = solve_to_tolerance(
                triangulation, representative, cell.tolerance, self._comm, solver, self._places
            )
            self._representative[key] = refined.triangulation, refined.solver
        return _fresh(self._representative[key])

    def _new_solver(self, triangulation: Triangulation | None) -> CurrentSolver:
        return CurrentSolver(distribute(triangulation, self._comm))


def _fresh(mesh: _Mesh) -> _Mesh:
    mesh[1].forget_problems()
    return mesh


def _with_exchange_current(problem: CurrentProblem, exchange_current: float) -> CurrentProblem:
    law = problem.charge_transfer
    assert isinstance(law, ReferenceLaw)
    changed = dataclasses.replace(law, exchange_current_density=exchange_current)
    if isinstance(problem.kinetics, InSeriesWithFilm):
        film = dataclasses.replace(problem.kinetics, kinetics=changed)
        return dataclasses.replace(problem, kinetics=film)
    return dataclasses.replace(problem, kinetics=changed)
