# SPDX-License-Identifier: BSD-3-Clause
"""An estimate of the discretisation error of the current ratio and of the excess over windows.

The goals are ``J(u) = ln i_max - ln i_min`` over the whole interface, and the mean over windows of
``ln(i_max/i_min - 1)``, whose derivative weights the extremes of all windows. With the dual
solution ``z`` of ``a'(u)(v, z) = J'(u)(v)`` the error is what the residual of ``u`` does to ``z``
(Becker and Rannacher, Acta Numerica 10, 1 (2001)). How much that is is estimated in
:mod:`.hierarchical_estimate`, and in :mod:`.residual_estimate` where the metal touches a part of
the interface only. No bound is proved by either.
"""

from __future__ import annotations

import math
import weakref
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from dolfinx import fem

from interfacefem.current.cell_values import gather_cells, gather_values
from interfacefem.current.hierarchical_estimate import (
    CubicFunctions,
    GoalError,
    HierarchicalEstimate,
)
from interfacefem.current.interface_trace import InterfaceTrace
from interfacefem.current.residual_estimate import residual_contributions
from interfacefem.current.solution import CurrentSolution
from interfacefem.current.solver import CurrentSolver
from interfacefem.current.windows import UNIFORM, WindowPlaces, excess_gradient, read_windows
from interfacefem.meshing.interface_mesh import InterfaceMesh

Array = npt.NDArray[np.floating]

_DUAL_TOLERANCE = 1e-6  # of both extremes in one dual solution, whose mean nearly vanishes
_ONE_DUAL_TOLERANCE = 1e-4
_LARGEST_ERROR = 50.0  # beyond this the estimate says nothing and its exponential overflows
# what depends on the mesh alone serves all solutions on it
_CUBIC: weakref.WeakKeyDictionary[InterfaceTrace, CubicFunctions] = weakref.WeakKeyDictionary()
_WHOLE = 1 - 1e-9  # of the interface, above which the metal touches all of it


@dataclass(frozen=True, eq=False)
class ErrorEstimate:
    """Estimate of the error of the current ratio, and where it comes from.

    Attributes:
        log_ratio_error: Of ``ln(i_max/i_min)``.
        ratio_minus_one_error: Relative, of ``i_ratio - 1``; zero where the current is uniform to
            rounding.
        by_triangle: Contribution of each triangle to ``log_ratio_error``, in the order of the
            triangulation, on every rank; shape ``(m,)``.
        excess_error: Relative, of the excess over windows; None where no windows were given or
            their excess cannot be formed, zero where the current is uniform to rounding.
        excess_by_triangle: Contribution of each triangle to the error of the logarithm of the
            excess; None with it.
        of_points: Share of the larger of the two errors that comes from points of the profile that
            are no nodes.
    """

    log_ratio_error: float
    ratio_minus_one_error: float
    by_triangle: Array
    excess_error: float | None = None
    excess_by_triangle: Array | None = None
    of_points: float = 0.0

    @property
    def largest(self) -> tuple[float, Array]:
        """The larger of the two relative errors, and where it comes from."""
        if self.excess_by_triangle is None or self.excess_error is None:
            return self.ratio_minus_one_error, self.by_triangle
        if self.excess_error <= self.ratio_minus_one_error:
            return self.ratio_minus_one_error, self.by_triangle
        return self.excess_error, self.excess_by_triangle


def estimate_error(
    solver: CurrentSolver, solution: CurrentSolution, places: WindowPlaces | None = None
) -> ErrorEstimate | None:
    """Estimate the error of ``i_max/i_min``; None where the ratio cannot be formed.

    In the primary limit nothing is estimated: at re-entrant corners of a polygon the current
    density itself is not bounded. Nor is it for a solution on tetrahedra.

    Args:
        solver: That found the solution.
        solution: With elements of degree 1 or 2.
        places: Windows whose excess is a goal of its own; costs two more dual solutions.

    Raises:
        ConvergenceError: The dual problem was not solved.

    Collective.
    """
    law = solution.problem.kinetics
    samples = solution.samples
    current = samples.current_density
    highest, lowest = int(np.argmax(current)), int(np.argmin(current))
    domain = solution.interface_mesh
    if law is None or current[lowest] <= 0 or not isinstance(domain, InterfaceMesh):
        return None
    slopes = law.slope(samples.potential)
    # what the potential at each sample adds to the logarithm of the maxima, and of the minima
    goals: list[tuple[Array, Array]] = [(np.zeros(len(current)), np.zeros(len(current)))]
    goals[0][0][highest] = slopes[highest] / current[highest]
    goals[0][1][lowest] = slopes[lowest] / current[lowest]
    if places is not None:
        readings = read_windows(samples, places, applied_current_density=1.0)
        if readings.excess:
            goals.append(excess_gradient(samples, readings, slopes))
    errors = _goal_errors(solver, solution, goals)
    ratio = float(current[highest] / current[lowest])
    whole = errors[0]
    relative = 0.0
    # over a flat interface both are rounding errors
    if whole.of_logarithm + ratio - 1 > UNIFORM:
        grown = math.expm1(min(whole.of_logarithm, _LARGEST_ERROR))
        relative = ratio * grown / max(ratio - 1, UNIFORM)
    if places is None or len(errors) == 1:
        flat = None if places is None or readings.excess is None else 0.0
        return ErrorEstimate(
            whole.of_logarithm, relative, whole.by_triangle, flat, of_points=whole.of_points
        )
    windows = errors[1]
    excess_error = math.expm1(min(windows.of_logarithm, _LARGEST_ERROR))
    return ErrorEstimate(
        whole.of_logarithm,
        relative,
        whole.by_triangle,
        excess_error,
        windows.by_triangle,
        (whole if excess_error <= relative else windows).of_points,
    )


def _goal_errors(
    solver: CurrentSolver, solution: CurrentSolution, goals: list[tuple[Array, Array]]
) -> list[GoalError]:
    """Errors of differences of two logarithms; collective."""
    domain, problem = solution.interface_mesh, solution.problem
    assert isinstance(domain, InterfaceMesh)
    assert problem.kinetics is not None
    arc_length = solution.samples.arc_length

    def dual(goal: Array, tolerance: float) -> fem.Function:
        loads = {float(arc_length[node]): float(goal[node]) for node in np.flatnonzero(goal)}
        return solver.solve_dual(solution, loads, tolerance)

    degree = solver.space.ufl_element().degree
    if degree == 1 or solver.contact_size < _WHOLE * domain.interface_size:
        duals = [dual(highest - lowest, _DUAL_TOLERANCE) for highest, lowest in goals]
        cells = gather_cells(domain, [solution.potential, *duals])
        return [
            GoalError(float(one.sum()), cells.in_order(one))
            for one in residual_contributions(cells, problem)
        ]
    # the mean of a dual solution, which grows as slopes fall, must not hide its shape
    slope = problem.kinetics.slope(solution.samples.quadrature_potential) / problem.conductivity
    conductance = float(slope @ solution.samples.quadrature_weights)
    tolerance = min(_ONE_DUAL_TOLERANCE, max(1e-2 * math.sqrt(conductance), 1e-8))
    duals = [dual(part, tolerance) for goal in goals for part in goal]
    phi, *parts = gather_values(domain, [solution.potential, *duals])
    if solver.trace not in _CUBIC:
        cells = gather_cells(domain, [solution.potential])
        _CUBIC[solver.trace] = CubicFunctions(cells, domain.outline)
    estimate = HierarchicalEstimate(_CUBIC[solver.trace], phi, problem)
    return [estimate.error_of(*parts[i : i + 2]) for i in range(0, len(parts), 2)]
