# SPDX-License-Identifier: BSD-3-Clause
"""Potential in the electrolyte and current through the interface, by finite elements."""

from __future__ import annotations

import time
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from dolfinx import fem
from petsc4py import PETSc

from interfacefem.current.factored_tangent import FactoredTangent
from interfacefem.current.interface_samples import (
    InterfaceSamples,
    sample_consistent_flux,
    sample_reaction_current,
)
from interfacefem.current.kinetics import InSeriesWithFilm
from interfacefem.current.newton import ADVICE, DampedNewton
from interfacefem.current.own_kinetics import OwnKinetics
from interfacefem.current.problem import CurrentProblem
from interfacefem.current.solution import CurrentSolution
from interfacefem.current.system import CurrentSystem
from interfacefem.current.tangent_solver import MultigridTangent, preconditioned_cg
from interfacefem.errors import ConvergenceError
from interfacefem.meshing.interface_mesh import ElectrolyteMesh
from interfacefem.mpi import MPI

Array = npt.NDArray[np.floating]

CHARGE_BALANCE_TOLERANCE = 1e-6
_PRIMARY_TOLERANCE = 1e-12


class CurrentSolver(CurrentSystem):
    """Solves current problems on one mesh; what depends on the geometry alone is done once.

    Args and errors are those of :class:`CurrentSystem`.

    Attributes:
        tangents: Solver of linearisations, which keeps what it factored.

    Collective.
    """

    def __init__(self, interface_mesh: ElectrolyteMesh, degree: int | None = None) -> None:
        super().__init__(interface_mesh, degree)
        self.forget_problems()

    def forget_problems(self) -> None:
        """Drop the factors kept of problems solved so far, whose number decides last digits.

        Collective.
        """
        self.tangents: FactoredTangent | MultigridTangent = (
            MultigridTangent(self.stiffness, self.trace)
            if self.multigrid
            else FactoredTangent(
                self.stiffness,
                self.trace,
                self.space.dofmap.index_map,
                self.owned_on_interface,
            )
        )

    def solve(
        self, problem: CurrentProblem, start: Array | None = None, *, polished: bool = False
    ) -> CurrentSolution:
        """Solve one problem.

        Args:
            problem: What is solved.
            start: Owned unknowns in V at which Newton's method starts; None means
                ``CurrentProblem.start_potential`` everywhere.
            polished: Whether further steps are taken until the numbers do not depend on the start.

        Raises:
            InputError: A user's own law does not carry the current, or does not increase.
            ConvergenceError: Newton's method or the charge balance failed.

        Collective.
        """
        started = time.process_time()
        inflow = self.top_load * (problem.applied_current_density / problem.conductivity)
        if problem.kinetics is None:
            return self._measured(problem, *self._solve_primary(problem, inflow), 1, started)
        if isinstance(problem.charge_transfer, OwnKinetics):
            # refused where the law never carries the mean
            problem.charge_transfer.overpotential(np.array(self.mean_current_density(problem)))
        potential = fem.Function(self.space, name="potential")
        # the bulk is linear: the start matters at the interface alone
        roughness_factor = self.contact_size / self.interface_mesh.projected_size
        if start is None:
            potential.x.array[:] = problem.start_potential(roughness_factor)
        else:
            potential = self.as_function(start)
        newton = DampedNewton(self, self.tangents, problem.kinetics, problem.conductivity, inflow)
        try:
            steps = newton.solve(potential)
            if polished:
                steps += newton.polish(potential)
        except ConvergenceError:
            self._sampled(problem, potential)  # an own law may be the reason
            raise
        samples = self._sampled(problem, potential)
        return self._measured(problem, potential, samples, steps, started)

    def polish(self, problem: CurrentProblem, near: Array) -> CurrentSolution:
        """Solve one problem sharply from a potential that is nearly its solution.

        Args:
            problem: What is solved; not in the primary limit.
            near: Owned unknowns in V.

        Raises:
            ConvergenceError: The charge balance failed.

        Collective.
        """
        started = time.process_time()
        law, k = problem.kinetics, problem.conductivity
        assert law is not None
        inflow = self.top_load * (problem.applied_current_density / k)
        potential = self.as_function(near)
        steps = DampedNewton(self, self.tangents, law, k, inflow).polish(potential)
        samples = self._sampled(problem, potential)
        return self._measured(problem, potential, samples, steps, started)

    def _sampled(self, problem: CurrentProblem, potential: fem.Function) -> InterfaceSamples:
        """Samples of the reaction current.

        Raises:
            InputError: A user's own law does not increase there; on every rank, which all see all
                samples.
        """
        law = problem.kinetics
        assert law is not None
        at_facets = potential.x.array[self.trace.dofs]
        samples = sample_reaction_current(
            self.trace, self.space, at_facets, law, problem.conductivity
        )
        if isinstance(problem.charge_transfer, OwnKinetics):
            eta = samples.potential
            if isinstance(law, InSeriesWithFilm):
                eta = law.charge_transfer_overpotential(eta)
            problem.charge_transfer.require_increasing(eta)
        return samples

    def _measured(
        self,
        problem: CurrentProblem,
        potential: fem.Function,
        samples: InterfaceSamples,
        steps: int,
        started: float,
    ) -> CurrentSolution:
        comm = self.interface_mesh.comm
        return CurrentSolution(
            interface_mesh=self.interface_mesh,
            problem=problem,
            samples=samples,
            top_potential=self.mean_over_top(potential.x.array[: self.owned]),
            charge_balance_error=self.require_charge_balance(problem, samples),
            potential=potential,
            newton_steps=steps,
            cpu_s=comm.allreduce(time.process_time() - started, op=MPI.SUM),
        )

    def solve_dual(
        self, solution: CurrentSolution, weights: Mapping[float, float], rtol: float
    ) -> fem.Function:
        """Solve the linearised problem for point values at the interface as right-hand side.

        The linearisation is symmetric, so that it is its own adjoint.

        Args:
            solution: Where the problem is linearised; not of the primary limit.
            weights: Weight of the potential at points of the interface, by their arc length in m.
            rtol: Relative residual of the linear solver.

        Collective.
        """
        law = solution.problem.kinetics
        assert law is not None
        slope = law.slope(self.trace.at_quadrature(solution.potential.x.array))
        self.tangents.set_slope(slope / solution.problem.conductivity)
        load = np.zeros(self.owned)
        for arc_length, weight in weights.items():
            load += weight * self.trace.point_load(arc_length, self.scatter)
        return self.as_function(self.tangents.solve(load, rtol))

    def _solve_primary(
        self, problem: CurrentProblem, inflow: Array
    ) -> tuple[fem.Function, InterfaceSamples]:
        """Potential zero on the interface; the current is the residual there."""
        matrix = self.stiffness.duplicate(copy=True)
        matrix.setOption(PETSc.Mat.Option.SPD, True)
        matrix.zeroRowsColumnsLocal(self.owned_on_interface, diag=1.0)
        right, left = matrix.createVecs()
        right.array[:] = inflow
        right.array[self.owned_on_interface] = 0.0
        ksp = preconditioned_cg(matrix, multigrid=self.multigrid)
        ksp.setTolerances(rtol=_PRIMARY_TOLERANCE)
        ksp.solve(right, left)
        if ksp.getConvergedReason() < 0:
            raise ConvergenceError(f"the linear system could not be factorised; {ADVICE}")
        potential = self.as_function(left.array)
        bulk = self.times_stiffness(potential.x.array[: self.owned])
        flux = self.as_function((inflow - bulk) * problem.conductivity)
        return potential, sample_consistent_flux(self.trace, self.space, flux.x.array)

    def require_charge_balance(self, problem: CurrentProblem, samples: InterfaceSamples) -> float:
        """Relative difference between the current through the interface and the applied one.

        Raises:
            ConvergenceError: It exceeds ``CHARGE_BALANCE_TOLERANCE``.
        """
        applied = problem.applied_current_density * self.interface_mesh.projected_size
        through = float(samples.quadrature_current_density @ samples.quadrature_weights)
        error = abs(through - applied) / applied
        if not error <= CHARGE_BALANCE_TOLERANCE:
            raise ConvergenceError(
                f"the current through the interface differs from the applied one by {error:.1e} "
                f"of it; {ADVICE}"
            )
        return error


def solve_current(
    interface_mesh: ElectrolyteMesh, problem: CurrentProblem, degree: int | None = None
) -> CurrentSolution:
    """Solve one problem on one mesh; see :class:`CurrentSolver`. Collective."""
    return CurrentSolver(interface_mesh, degree).solve(problem)
