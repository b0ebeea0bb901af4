# SPDX-License-Identifier: BSD-3-Clause
"""Many problems on one mesh, each to an accuracy that is asked for."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from interfacefem.current.factored_tangent import FactoredTangent
from interfacefem.current.interface_samples import InterfaceSamples, sample_reaction_current
from interfacefem.current.kinetics import Kinetics
from interfacefem.current.problem import CurrentProblem
from interfacefem.current.reduced_basis import NearSolution, ReducedBasis
from interfacefem.current.solution import CurrentSolution, InterfaceSolution
from interfacefem.current.solver import CurrentSolver

Array = npt.NDArray[np.floating]

_MAX_CORRECTIONS = 8
_TRIALS = 2  # corrections after which the smallest current is above zero if it ever is
_CORRECTION_TOLERANCE = 0.1


class RelatedProblems:
    """Solves problems that differ in their parameters, such as those of a sweep.

    The span of the solutions so far holds the next one to a small error. Where an estimate of that
    error in ``i_max/i_min - 1`` exceeds the accuracy, the span grows by what Newton's method adds
    to its best potential.

    The estimate weights the residual with Green's functions of the nodes of largest and smallest
    current (``FactoredTangent.largest_at``). It is no bound; the tests compare accepted problems
    with full solutions.

    Args:
        solver: Of the mesh they share.
        accuracy: Relative error of ``i_max/i_min - 1`` against the solution on this mesh, as
            estimated. In three dimensions, and in the primary limit, problems are solved in full.

    Attributes:
        solved: Number of problems that were solved without the span.
        corrections: Number of linear systems solved to widen it.

    Collective.
    """

    def __init__(self, solver: CurrentSolver, accuracy: float) -> None:
        self._solver = solver
        self._accuracy = accuracy
        self._cases: ReducedBasis | None = None
        self.solved = 0
        self.corrections = 0

    def solve(self, problem: CurrentProblem) -> InterfaceSolution:
        """Solve one problem.

        Raises:
            ConvergenceError: Newton's method or the charge balance failed.

        Collective.
        """
        found = self._find(problem)
        if isinstance(found, CurrentSolution):
            return found
        return self._solution(problem, *found)

    def solve_sharply(self, problem: CurrentProblem) -> CurrentSolution:
        """Solve one problem to rounding, beginning in the span.

        Raises:
            ConvergenceError: Newton's method or the charge balance failed.

        Collective.
        """
        found = self._find(problem)
        if problem.kinetics is None:
            assert isinstance(found, CurrentSolution)
            return found
        if isinstance(found, CurrentSolution):
            start = found.potential.x.array[: len(self._solver.top_load)]
        else:
            assert self._cases is not None
            start = self._cases.potential(found[1])
        return self._solver.polish(problem, start)

    def _find(
        self, problem: CurrentProblem
    ) -> CurrentSolution | tuple[InterfaceSamples, NearSolution]:
        """A potential in the span that is near enough, or the full solution; collective."""
        solver, tangents, law = self._solver, self._solver.tangents, problem.kinetics
        if law is None or not isinstance(tangents, FactoredTangent):
            return solver.solve(problem)
        k = problem.conductivity
        inflow = problem.applied_current_density / k
        level = float(law.overpotential(np.array(solver.mean_current_density(problem))))
        if self._cases is None:
            slope = law.slope(np.full_like(solver.trace.weights, level)) / k
            tangents.set_slope(slope)
            self._cases = ReducedBasis(solver, tangents.factor_solution(solver.top_load))
        cases = self._cases
        start: NearSolution | None = None
        for step in range(_MAX_CORRECTIONS):
            near = cases.nearest(law, k, inflow, level)
            if near is None:
                break
            at_points = near.at_facets @ solver.trace.basis.T
            residual = self._residual(near, law.current_density(at_points) / k)
            tangents.set_slope(law.slope(at_points) / k)
            samples = sample_reaction_current(solver.trace, solver.space, near.at_facets, law, k)
            error = self._error(samples, law, residual)
            if error <= self._accuracy:
                return samples, near
            if step == _TRIALS and not math.isfinite(error):
                break
            start = near
            self.corrections += 1
            if not cases.learn(tangents.solve(-residual, _CORRECTION_TOLERANCE)):
                break
        known = inflow * cases.unit if start is None else cases.potential(start)
        full = solver.solve(problem, None if start is None else known)
        # what Newton's method left in the bulk would grow with the shape's size
        difference = full.potential.x.array[: len(solver.top_load)] - known
        cases.learn(tangents.without_bulk_residual(difference))
        self.solved += 1
        return full

    def _solution(
        self, problem: CurrentProblem, samples: InterfaceSamples, near: NearSolution
    ) -> InterfaceSolution:
        solver = self._solver
        return InterfaceSolution(
            interface_mesh=solver.interface_mesh,
            problem=problem,
            samples=samples,
            top_potential=near.top_potential,
            charge_balance_error=solver.require_charge_balance(problem, samples),
        )

    def _residual(self, near: NearSolution, flux: Array) -> Array:
        """Residual of the owned unknowns in V; flux is the current density over k in V/m."""
        residual = self._solver.sum_over_facets(self._solver.trace.residual(flux))
        residual[self._solver.owned_on_interface] += near.bulk_residual
        return residual

    def _error(self, samples: InterfaceSamples, law: Kinetics, residual: Array) -> float:
        """Estimate of the relative error of ``i_max/i_min - 1``, to first order in the residual."""
        tangents = self._solver.tangents
        assert isinstance(tangents, FactoredTangent)
        current, slope = samples.current_density, law.slope(samples.potential)
        highest, lowest = int(np.argmax(current)), int(np.argmin(current))
        excess = current[highest] / current[lowest] - 1
        if not (current[lowest] > 0 and excess > 0):
            return math.inf
        nodes = [float(samples.arc_length[node]) for node in (highest, lowest)]
        change = slope[highest] / current[highest] + slope[lowest] / current[lowest]
        on_interface = residual[self._solver.owned_on_interface]
        return float((1 + 1 / excess) * change * tangents.largest_at(nodes, on_interface))
