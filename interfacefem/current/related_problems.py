# SPDX-License-Identifier: BSD-3-Clause
"""Many problems on one mesh, each to an accuracy that is asked for."""

from __future__ import annotations

import math
import time

import numpy as np
import numpy.typing as npt

from interfacefem.current.factored_tangent import FactoredTangent
from interfacefem.current.interface_samples import InterfaceSamples
from interfacefem.current.kinetics import Kinetics
from interfacefem.current.problem import CurrentProblem
from interfacefem.current.solved_cases import NearSolution, SolvedCases
from interfacefem.current.solver import CurrentSolution, CurrentSolver

Array = npt.NDArray[np.floating]

_MAX_CORRECTIONS = 4
_CORRECTION_TOLERANCE = 1e-2


class RelatedProblems:
    """Solves problems that differ in their parameters, such as those of a sweep.

    The span of the solutions so far holds the next one to a small error. Where a bound on that
    error of ``i_max/i_min - 1`` exceeds the accuracy, the span grows by what Newton's method adds
    to its best potential.

    Args:
        solver: Of the mesh they share.
        accuracy: Relative error of ``i_max/i_min - 1`` against the solution on this mesh.

    Attributes:
        solved: Number of problems that were solved without the span.
        corrections: Number of linear systems solved to widen it.

    Collective.
    """

    def __init__(self, solver: CurrentSolver, accuracy: float) -> None:
        self._solver = solver
        self._accuracy = accuracy
        self._cases = SolvedCases(solver)
        self.solved = 0
        self.corrections = 0

    def solve(self, problem: CurrentProblem) -> CurrentSolution:
        """Solve one problem.

        Raises:
            ConvergenceError: Newton's method or the charge balance failed.

        Collective.
        """
        started = time.process_time()
        law, tangents = problem.kinetics, self._solver.tangents
        if law is None or not isinstance(tangents, FactoredTangent):
            return self._solver.solve(problem)
        inflow = problem.applied_current_density / problem.conductivity
        level = float(law.overpotential(np.array(self._solver.mean_current_density(problem))))
        near = None
        for step in range(_MAX_CORRECTIONS + 1):
            near = self._cases.nearest(law, problem.conductivity, inflow, level)
            if near is None:
                break
            residual, slope = self._residual(problem, law, near)
            tangents.set_slope(slope)
            solution = self._solver.measured(problem, near.potential, step, started)
            if self._error(solution, law, residual) <= self._accuracy:
                return solution
            if step < _MAX_CORRECTIONS:
                correction = tangents.solve(-residual, _CORRECTION_TOLERANCE)
                self._cases.add(near.potential + self._solver.with_ghosts(correction), inflow)
                self.corrections += 1
        solution = self._solver.solve(problem, None if near is None else near.potential)
        self._cases.add(solution.potential.x.array, inflow)
        self.solved += 1
        return solution

    def _residual(
        self, problem: CurrentProblem, law: Kinetics, near: NearSolution
    ) -> tuple[Array, Array]:
        """Residual of the owned unknowns in V, and ``(di/dphi)/k`` in 1/m."""
        solver, k = self._solver, problem.conductivity
        flux = solver.trace.residual(law.current_density(near.at_points) / k)
        residual = solver.sum_over_facets(flux)
        residual[solver.owned_on_interface] += near.bulk_residual
        return residual, law.slope(near.at_points) / k

    def _error(self, solution: CurrentSolution, law: Kinetics, residual: Array) -> float:
        """Bound on the relative error of ``i_max/i_min - 1``, to first order in the residual."""
        assert isinstance(self._solver.tangents, FactoredTangent)
        samples = solution.samples
        sensitivity = _sensitivity(samples, law.slope(samples.potential))
        if not math.isfinite(sensitivity):
            return math.inf
        return sensitivity * self._solver.tangents.bound(residual)


def _sensitivity(samples: InterfaceSamples, slope: Array) -> float:
    """Change of ``ln(i_max/i_min - 1)`` at most with that of the potential, in 1/V."""
    current = samples.current_density
    highest, lowest = int(np.argmax(current)), int(np.argmin(current))
    if current[lowest] <= 0:
        return math.inf
    ratio = current[highest] / current[lowest]
    log_ratio = slope[highest] / current[highest] + slope[lowest] / current[lowest]
    return float(log_ratio * ratio / (ratio - 1)) if ratio > 1 else math.inf
