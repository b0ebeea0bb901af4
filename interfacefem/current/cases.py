# SPDX-License-Identifier: BSD-3-Clause
"""Many cells around one profile: a mesh and its matrices serve them all."""

from __future__ import annotations

import time

from mpi4py import MPI

from interfacefem.config import Cell
from interfacefem.current.adapt import solve_to_tolerance
from interfacefem.current.metrics import current_metrics
from interfacefem.current.run import CurrentRun, mesh_domain
from interfacefem.current.solver import CurrentSolver
from interfacefem.meshing import Triangulation
from interfacefem.meshing.interface_mesh import distribute
from interfacefem.surfaces import Profile, roughness_statistics


class CurrentCases:
    """Solves cells around one profile, each to its own tolerance.

    Unlike a sweep, what is found for a cell does not depend on those solved before it, to the last
    bit: factors are not handed on, and a mesh refined for one cell serves that one only. A study
    that was killed in between therefore ends with the same numbers.

    Args:
        profile: The interface.
        comm: Ranks that share the mesh.

    Rank-local; ``run`` is collective.
    """

    def __init__(self, profile: Profile, comm: MPI.Comm) -> None:
        self._profile = profile
        self._comm = comm
        self._first: dict[float | None, tuple[Triangulation | None, CurrentSolver]] = {}

    def run(self, cell: Cell) -> CurrentRun:
        """Current distribution with one cell.

        Raises:
            MeshError: The domain cannot be meshed as asked.
            ConvergenceError: The solver did not converge.

        Collective.
        """
        started = time.process_time()
        triangulation, solver = self._first_mesh(cell)
        certified = solve_to_tolerance(
            triangulation, cell.current_problem(), cell.tolerance, self._comm, solver
        )
        metrics = current_metrics(
            certified.solution,
            rms_height=roughness_statistics(self._profile).rq,
            critical_current_density=cell.load.critical_current_density,
            solver=certified.solver,
        )
        cpu_s = self._comm.allreduce(time.process_time() - started, op=MPI.SUM)
        return CurrentRun(self._profile, certified, metrics, cell.tolerance, cpu_s)

    def _first_mesh(self, cell: Cell) -> tuple[Triangulation | None, CurrentSolver]:
        height = cell.domain.height
        if height not in self._first:
            triangulation = mesh_domain(self._profile, cell, self._comm)
            solver = CurrentSolver(distribute(triangulation, self._comm))
            self._first[height] = triangulation, solver
        triangulation, solver = self._first[height]
        solver.forget_problems()
        return triangulation, solver
