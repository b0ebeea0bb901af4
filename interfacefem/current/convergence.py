# SPDX-License-Identifier: BSD-3-Clause
"""How the current ratio converges with the mesh: the mesh-independence study of a case."""

from __future__ import annotations

import time
from dataclasses import dataclass

from interfacefem.current.adapt import refined_solutions
from interfacefem.current.problem import current_problem
from interfacefem.current.run import mesh_domain
from interfacefem.errors import MetricError
from interfacefem.meshing import MeshSettings
from interfacefem.mpi import MPI
from interfacefem.parameters.cell import Cell
from interfacefem.progress import Step
from interfacefem.surfaces import Profile

_COARSE = MeshSettings(interface_edges=50)
_REDUCTION = 3.0  # of the bound from one mesh to the next
_FEWEST_MESHES = 5  # fewer show no trend
_BEYOND_TOLERANCE = 10.0  # the study goes on until the bound is this much below the tolerance


@dataclass(frozen=True)
class ConvergenceStep:
    """One mesh of a convergence study.

    Attributes:
        cells: Number of triangles.
        i_ratio: Largest over smallest current density.
        i_ratio_error: Estimate of the relative error of ``i_ratio - 1``.
        cpu_s: Process CPU time in s since the mesh before, summed over ranks.
    """

    cells: int
    i_ratio: float
    i_ratio_error: float
    cpu_s: float


def convergence_study(
    profile: Profile, cell: Cell, comm: MPI.Comm, step: Step
) -> list[ConvergenceStep]:
    """Solve on a coarse mesh, then on ever finer ones, well past the case's tolerance.

    Args:
        profile: The interface; all its points are nodes of the first mesh already.
        cell: What is solved.
        comm: Ranks that share the meshes.
        step: Called as each mesh begins.

    Raises:
        MetricError: No error can be estimated (primary limit).
        ConvergenceError: The solver did not converge.

    Collective.
    """
    triangulation = mesh_domain(profile, cell, comm, settings=_COARSE)
    problem = current_problem(cell)
    steps: list[ConvergenceStep] = []
    step("coarse mesh")
    started = time.process_time()
    for refined in refined_solutions(triangulation, problem, comm, lambda e: e / _REDUCTION):
        if refined.estimate is None:
            raise MetricError(
                "no convergence study: the error of this ratio is not bounded (primary limit, or "
                "a current density of zero); use kinetics"
            )
        now = time.process_time()
        current = refined.solution.samples.current_density
        steps.append(
            ConvergenceStep(
                refined.solution.interface_mesh.quality.cells,
                float(current.max() / current.min()),
                refined.estimate.ratio_minus_one_error,
                comm.allreduce(now - started, op=MPI.SUM),
            )
        )
        beyond = steps[-1].i_ratio_error <= cell.tolerance / _BEYOND_TOLERANCE
        if beyond and len(steps) >= _FEWEST_MESHES:
            break
        step(f"bound {steps[-1].i_ratio_error:.2g} with {steps[-1].cells} triangles")
        started = now
    return steps


def cells_needed(steps: list[ConvergenceStep], tolerance: float) -> int | None:
    """Triangles of the first mesh whose estimated error is below ``tolerance``."""
    return next((one.cells for one in steps if one.i_ratio_error <= tolerance), None)
