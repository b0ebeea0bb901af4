# SPDX-License-Identifier: BSD-3-Clause
"""Refining the mesh until the estimated error of the current ratio is small."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from interfacefem.current.error_estimate import ErrorEstimate, estimate_error
from interfacefem.current.problem import CurrentProblem
from interfacefem.current.solution import CurrentSolution
from interfacefem.current.solver import CurrentSolver
from interfacefem.current.windows import WindowPlaces
from interfacefem.meshing.interface_mesh import InterfaceMesh, distribute
from interfacefem.meshing.line_domain import mesh_line
from interfacefem.meshing.refine import refine
from interfacefem.meshing.triangulation import Triangulation
from interfacefem.mpi import MPI
from interfacefem.parallel import on_first_rank
from interfacefem.short_repr import short_repr

_log = logging.getLogger(__name__)

MAX_CELLS = 150_000
_SHARE_AIMED_AT = 0.5  # of the tolerance, to be safely below it
_SHARE_LEFT = 0.5  # of what is aimed at, carried by triangles that are left as they are
_MAX_LEVELS = 3  # of refinement between two solves
_SHARE_OF_POINTS = 0.6  # of the tolerance, which dropped points may cause
# of angle and length of chords from one mesh to the next: the error falls with their square
_LARGEST_STEP, _SAFETY = 0.15, 0.8


@dataclass(frozen=True, eq=False)
class RefinedSolution:
    """A solution, the estimate of its error and the mesh it needed.

    Attributes:
        triangulation: The mesh on rank 0, None elsewhere.
        solver: Holds the mesh and its factors for further problems.
        solution: Potential and current.
        estimate: Estimated error of the ratio; None in the primary limit or where no ratio
            can be formed.
    """

    __repr__ = short_repr

    triangulation: Triangulation | None
    solver: CurrentSolver
    solution: CurrentSolution
    estimate: ErrorEstimate | None


def refined_solutions(
    triangulation: Triangulation | None,
    problem: CurrentProblem,
    comm: MPI.Comm,
    aim: Callable[[float], float],
    solver: CurrentSolver | None = None,
    places: WindowPlaces | None = None,
) -> Iterator[RefinedSolution]:
    """Solutions on ever finer meshes, refined where the estimated error comes from.

    Ends where there is no estimate or the next mesh would exceed ``MAX_CELLS``.

    Args:
        triangulation: The first mesh, on rank 0.
        problem: What is solved.
        comm: Communicator of the meshes.
        aim: The error that the next mesh is refined for, given the last one.
        solver: On the first mesh, where there is one already.
        places: Windows whose excess is refined for as well.

    Raises:
        ConvergenceError: The solver did not converge.

    Collective.
    """
    while True:
        if solver is None:
            solver = CurrentSolver(distribute(triangulation, comm))
        solution = solver.solve(problem)
        estimate = estimate_error(solver, solution, places)
        yield RefinedSolution(triangulation, solver, solution, estimate)
        if estimate is None:
            return
        error, by_triangle = estimate.largest
        wanted = aim(error)
        assert isinstance(solver.interface_mesh, InterfaceMesh)
        outline = solver.interface_mesh.outline
        if (
            outline is not None
            and outline.is_thinned
            and estimate.of_points * error > _SHARE_OF_POINTS * wanted / _SHARE_AIMED_AT
        ):
            # triangles alone cannot bring it down
            finer = outline.thinning.finer(
                max(_LARGEST_STEP, _SAFETY * math.sqrt(wanted / _SHARE_AIMED_AT / error))
            )
            again: Callable[[], Triangulation] = partial(
                mesh_line, outline.profile, outline.height, finer
            )
        else:
            share = wanted / error * by_triangle.sum()
            again = partial(_refined, triangulation, by_triangle, share)
        triangulation = on_first_rank(comm, again)
        cells = comm.bcast(None if triangulation is None else len(triangulation.triangles), root=0)
        if cells > MAX_CELLS:
            return
        solver = None


def solve_to_tolerance(
    triangulation: Triangulation | None,
    problem: CurrentProblem,
    tolerance: float,
    comm: MPI.Comm,
    solver: CurrentSolver | None = None,
    places: WindowPlaces | None = None,
) -> RefinedSolution:
    """Refine until the error of ``i_ratio - 1`` is estimated to be below ``tolerance``.

    Where ``MAX_CELLS`` is reached first, the last solution is returned with its larger error and
    the log says so.

    Args:
        triangulation: The first mesh, on rank 0.
        problem: What is solved.
        tolerance: Relative error of ``i_ratio - 1``, and of the excess over windows.
        comm: Communicator of the meshes.
        solver: On the first mesh, where there is one already.
        places: Windows whose excess is refined for as well.

    Raises:
        ConvergenceError: The solver did not converge.

    Collective.
    """
    aim = _SHARE_AIMED_AT * tolerance
    for refined in refined_solutions(triangulation, problem, comm, lambda _: aim, solver, places):
        if refined.estimate is None:
            return refined
        error, _ = refined.estimate.largest
        _log.info(
            "%d cells: error of i_ratio - 1 estimated as %.2g",
            refined.solution.interface_mesh.quality.cells,
            error,
        )
        if error <= tolerance:
            return refined
    _log.warning(
        "the tolerance %.2g of i_ratio - 1 was not reached with %d cells; estimated error: %.2g",
        tolerance,
        refined.solution.interface_mesh.quality.cells,
        error,
    )
    return refined


def _refined(
    triangulation: Triangulation | None, by_triangle: npt.NDArray[np.floating], aim: float
) -> Triangulation:
    """Refine the largest contributions until they should add up to ``aim``, or ``_MAX_LEVELS``.

    A contribution is expected to fall with the square of a triangle's area, which holds for smooth
    solutions; another pass corrects it where they are not.
    """
    assert triangulation is not None  # called on rank 0
    start = triangulation
    for _ in range(_MAX_LEVELS):
        order = np.argsort(by_triangle)[::-1]
        left = by_triangle.sum() - np.cumsum(by_triangle[order])
        marked = np.zeros(len(by_triangle), dtype=bool)
        marked[order[: np.searchsorted(-left, -_SHARE_LEFT * aim) + 1]] = True
        fine, parents = refine(triangulation, marked)
        if len(fine.triangles) > MAX_CELLS and triangulation is not start:
            break
        shrinkage = fine.areas / triangulation.areas[parents]
        triangulation, by_triangle = fine, by_triangle[parents] * shrinkage**2
        if by_triangle.sum() <= aim:
            break
    return triangulation
