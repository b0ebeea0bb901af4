# SPDX-License-Identifier: BSD-3-Clause
"""From a profile and a cell to the current metrics: mesh, solve, measure."""

from __future__ import annotations

import time
from dataclasses import dataclass

from mpi4py import MPI

from interfacefem.config import Cell
from interfacefem.current.metrics import CurrentMetrics, current_metrics
from interfacefem.current.solver import CurrentSolution, CurrentSolver
from interfacefem.meshing import Triangulation, distribute, mesh_profile
from interfacefem.parallel import on_first_rank
from interfacefem.surfaces import Profile, roughness_statistics


@dataclass(frozen=True, eq=False)
class CurrentRun:
    """One profile meshed, solved and measured.

    Attributes:
        profile: The interface.
        triangulation: The mesh on rank 0, None elsewhere.
        solution: Potential and current.
        metrics: Numbers drawn from it.
        cpu_s: Process CPU time in s of meshing, solving and measuring, summed over ranks.
    """

    profile: Profile
    triangulation: Triangulation | None
    solution: CurrentSolution
    metrics: CurrentMetrics
    cpu_s: float


def run_current(profile: Profile, cell: Cell, comm: MPI.Comm) -> CurrentRun:
    """Current distribution of one profile.

    Raises:
        MeshError: The domain cannot be meshed as asked.
        ConvergenceError: The solver did not converge.

    Collective.
    """
    started = time.process_time()
    height = cell.domain.height or default_height(profile)
    triangulation = on_first_rank(comm, lambda: mesh_profile(profile, height))
    solver = CurrentSolver(distribute(triangulation, comm))
    solution = solver.solve(cell.current_problem())
    metrics = current_metrics(
        solution,
        rms_height=roughness_statistics(profile).rq,
        critical_current_density=cell.load.critical_current_density,
        solver=solver,
    )
    cpu_s = comm.allreduce(time.process_time() - started, op=MPI.SUM)
    return CurrentRun(profile, triangulation, solution, metrics, cpu_s)


def default_height(profile: Profile) -> float:
    """Height in m of the top above the mean line: one width above the highest point.

    The slowest wave along the interface, of wavelength twice the width, has then decayed to
    ``exp(-pi)`` at the top and its reflection to ``exp(-2 pi)``, 0.2 %, at the interface.

    Rank-local.
    """
    return profile.width + float(profile.z.max()) - profile.mean_height
