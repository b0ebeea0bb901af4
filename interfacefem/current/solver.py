# SPDX-License-Identifier: BSD-3-Clause
"""Potential in the electrolyte and current through the interface, by finite elements."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass

import dolfinx
import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem
from dolfinx.fem.petsc import assemble_matrix
from mpi4py import MPI
from petsc4py import PETSc

from interfacefem.current.factored_tangent import FactoredTangent
from interfacefem.current.interface_samples import (
    InterfaceSamples,
    sample_consistent_flux,
    sample_reaction_current,
)
from interfacefem.current.interface_trace import BoundaryTrace, InterfaceTrace
from interfacefem.current.kinetics import InSeriesWithFilm, Kinetics
from interfacefem.current.own_kinetics import OwnKinetics
from interfacefem.current.problem import CurrentProblem
from interfacefem.current.tangent_solver import MultigridTangent, preconditioned_cg
from interfacefem.errors import ConvergenceError, InputError
from interfacefem.meshing.interface_mesh import ElectrolyteMesh
from interfacefem.meshing.triangulation import Boundary

_log = logging.getLogger(__name__)

Array = npt.NDArray[np.floating]

MAX_NEWTON_STEPS = 25
# Newton's method converges quadratically: after a step this small the error is rounding
STEP_TOLERANCE = 1e-8
CHARGE_BALANCE_TOLERANCE = 1e-6
_MAX_DAMPING_STEPS = 30
_OVERSHOOT = 0.5
_LIMITED_STEPS = 12  # later steps are damped instead, which always converges
_LARGEST_RISE = 0.025  # V, about RT/F
_LINEAR_TOLERANCE = 1e-3
# multigrid gains little from the matrix that a further step needs: fewer, more accurate steps
_MULTIGRID_STEP_TOLERANCE = 1e-5
_MULTIGRID_LINEAR_TOLERANCE = 1e-7
_PRIMARY_TOLERANCE = 1e-12
_ADVICE = (
    "try a film resistance, a smoother profile (low-pass cutoff), a smaller current density, "
    "or check the units of conductivity and exchange current density"
)


@dataclass(frozen=True, eq=False)
class CurrentDistribution:
    """What a figure or a table needs of a solution; unlike it, this can be sent between ranks.

    Attributes:
        problem: What was solved.
        samples: Current along the interface.
    """

    problem: CurrentProblem
    samples: InterfaceSamples


@dataclass(frozen=True, eq=False)
class InterfaceSolution:
    """What metrics need of the solution of one problem on one mesh.

    Attributes:
        interface_mesh: The domain.
        problem: What was solved.
        samples: Current along the interface, the same on every rank.
        top_potential: Mean potential of the top face in V.
        charge_balance_error: Difference between the current through the interface and the applied
            one, over the applied one.
    """

    interface_mesh: ElectrolyteMesh
    problem: CurrentProblem
    samples: InterfaceSamples
    top_potential: float
    charge_balance_error: float


@dataclass(frozen=True, eq=False)
class CurrentSolution(InterfaceSolution):
    """Potential and current of one problem on one mesh.

    Attributes:
        potential: Electrolyte potential in V (a DOLFINx function).
        newton_steps: Number of linear solves.
        cpu_s: Process CPU time of the solve in s, summed over ranks.
    """

    potential: fem.Function
    newton_steps: int
    cpu_s: float

    @property
    def distribution(self) -> CurrentDistribution:
        """Problem and samples."""
        return CurrentDistribution(self.problem, self.samples)


class CurrentSolver:
    """Solves current problems on one mesh; what depends on the geometry alone is done once.

    Unknowns are divided by the conductivity: ``grad phi . grad v`` in the bulk is the same for all
    problems on a mesh.

    Args:
        interface_mesh: The domain.
        degree: Degree of the elements. In 2D degree 2 reaches a given error with the fewest
            unknowns and is the default; in 3D it costs 3 to 30 times more, and only 1 is offered.

    Raises:
        InputError: The metal touches the interface nowhere, or the degree is not offered.

    Collective.
    """

    def __init__(self, interface_mesh: ElectrolyteMesh, degree: int | None = None) -> None:
        mesh = interface_mesh.mesh
        multigrid = mesh.topology.dim == 3
        if multigrid and degree not in (None, 1):
            raise InputError("not offered in 3D", field="degree", found=degree, expected="1")
        self.interface_mesh = interface_mesh
        self.space = fem.functionspace(mesh, ("Lagrange", degree or (1 if multigrid else 2)))
        self.trace = InterfaceTrace(interface_mesh, self.space)
        self.contact_size: float = interface_mesh.comm.allreduce(
            float(self.trace.weights.sum()), op=MPI.SUM
        )
        if not self.contact_size > 0:
            raise InputError(
                "the metal touches the interface nowhere",
                field="contact",
                expected="a mask that covers the middle of at least one facet",
            )
        u, v = ufl.TrialFunction(self.space), ufl.TestFunction(self.space)
        # no constants inside the form: its compiled code is cached across runs
        bulk = fem.form(ufl.inner(ufl.grad(u), ufl.grad(v)) * ufl.dx)
        self.stiffness = assemble_matrix(bulk)
        self.stiffness.assemble()
        index_map = self.space.dofmap.index_map
        self._multigrid = multigrid
        self._owned = index_map.size_local
        self._scatter = dolfinx.la.vector(index_map)
        top = BoundaryTrace(interface_mesh, self.space, Boundary.TOP)
        self.top_load: Array = top.summed(top.residual(np.ones_like(top.weights)), self._scatter)
        self._right, self._left = self.stiffness.createVecs()
        self.owned_on_interface = self._owned_on_interface()
        self.forget_problems()

    def forget_problems(self) -> None:
        """Drop the factors kept of problems solved so far, whose number decides last digits.

        Collective.
        """
        self.tangents: FactoredTangent | MultigridTangent = (
            MultigridTangent(self.stiffness, self.trace)
            if self._multigrid
            else FactoredTangent(
                self.stiffness,
                self.trace,
                self.space.dofmap.index_map,
                self.owned_on_interface,
            )
        )

    def solve(self, problem: CurrentProblem, start: Array | None = None) -> CurrentSolution:
        """Solve one problem.

        Args:
            problem: What is solved.
            start: Owned unknowns in V at which Newton's method starts; None means
                ``CurrentProblem.start_potential`` everywhere.

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
            potential = self._function(start)
        try:
            steps = self.solve_reaction(problem.kinetics, problem.conductivity, inflow, potential)
        except ConvergenceError:
            self._sampled(problem, potential)  # an own law may be the reason
            raise
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
        samples = sample_reaction_current(self.trace, self.space, at_facets, law)
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
            top_potential=self.mean_over_top(potential.x.array[: self._owned]),
            charge_balance_error=self.require_charge_balance(problem, samples),
            potential=potential,
            newton_steps=steps,
            cpu_s=comm.allreduce(time.process_time() - started, op=MPI.SUM),
        )

    def mean_current_density(self, problem: CurrentProblem) -> float:
        """Current density in A/m^2 over the contact's true length or area."""
        projected = self.interface_mesh.projected_size
        return problem.applied_current_density * projected / self.contact_size

    def at_facets(self, owned: Array) -> Array:
        """Values of the owned unknowns at the nodes of each interface facet, as ``trace.dofs``.

        Collective.
        """
        self._scatter.array[: self._owned] = owned
        self._scatter.scatter_forward()
        return self._scatter.array[self.trace.dofs]

    def bulk_residual(self, potential: Array, inflow: float) -> Array:
        """``K potential`` less the load of an inflow ``i_app/k`` in V/m, at the owned unknowns.

        Args:
            potential: Owned unknowns in V.
            inflow: In V/m.

        Collective.
        """
        self._right.array[:] = potential
        self.stiffness.mult(self._right, self._left)
        return self._left.array - inflow * self.top_load

    def sum_over_facets(self, at_facets: Array) -> Array:
        """Contributions of interface facets summed at the owned unknowns; collective."""
        return self.trace.summed(at_facets, self._scatter)

    def solve_reaction(
        self, law: Kinetics, conductivity: float, inflow: Array, potential: fem.Function
    ) -> int:
        """Damped Newton's method for a nonlinear interface.

        Args:
            law: Charge transfer at the interface.
            conductivity: In S/m.
            inflow: Right-hand side divided by the conductivity, for the owned unknowns, in V.
            potential: The start; holds the solution in V afterwards.

        Returns:
            The number of steps.

        Raises:
            ConvergenceError: No convergence in ``MAX_NEWTON_STEPS`` steps.

        Collective.
        """
        linear_tolerance = _MULTIGRID_LINEAR_TOLERANCE if self._multigrid else _LINEAR_TOLERANCE
        residual = self._residual(potential, law, conductivity, inflow)
        limited = False
        for step in range(1, MAX_NEWTON_STEPS + 1):
            slope = law.slope(self.trace.at_quadrature(potential.x.array))
            self.tangents.set_slope(slope / conductivity)
            direction = self._linear_solve(-residual, linear_tolerance)
            if step <= _LIMITED_STEPS and self._limit_rises(potential, direction, law):
                potential.x.array[:] += direction.x.array
                residual = self._residual(potential, law, conductivity, inflow)
                limited = True
                continue
            damping, residual = self._damped_update(
                potential, direction, law, conductivity, inflow, residual
            )
            change = damping * self._largest_on_interface(direction)
            size = self._largest_on_interface(potential)
            _log.debug("Newton step %d: change %.1e V, damping %.2g", step, change, damping)
            # a step after a limited one moves the bulk, where the change is not measured
            if damping == 1.0 and change <= self._step_tolerance * size and not limited:
                return step
            limited = False
        raise ConvergenceError(
            f"Newton's method did not converge in {MAX_NEWTON_STEPS} steps "
            f"(last change {change:.1e} V of {size:.1e} V); {_ADVICE}"
        )

    def solve_dual(
        self, solution: CurrentSolution, weights: Mapping[float, float], rtol: float
    ) -> fem.Function:
        """Solve the linearised problem for point values at the interface as right-hand side.

        The linearisation is symmetric, so that it is its own adjoint.

        Args:
            solution: Where the problem is linearised; not of the primary limit.
            weights: Weight of the potential at nodes of the interface, by their arc length in m.
            rtol: Relative residual of the linear solver.

        Collective.
        """
        law = solution.problem.kinetics
        assert law is not None
        slope = law.slope(self.trace.at_quadrature(solution.potential.x.array))
        self.tangents.set_slope(slope / solution.problem.conductivity)
        load = np.zeros(self._owned)
        for arc_length, weight in weights.items():
            load += weight * self.trace.point_load(arc_length, self._scatter)
        return self._linear_solve(load, rtol)

    def _residual(
        self, potential: fem.Function, law: Kinetics, conductivity: float, inflow: Array
    ) -> Array:
        """Residual of the owned unknowns in V; collective."""
        with np.errstate(over="ignore", invalid="ignore"):
            flux = law.current_density(self.trace.at_quadrature(potential.x.array))
            reaction = self.trace.summed(self.trace.residual(flux / conductivity), self._scatter)
        self._right.array[:] = potential.x.array[: self._owned]
        self.stiffness.mult(self._right, self._left)
        return self._left.array + reaction - inflow

    @property
    def _step_tolerance(self) -> float:
        return _MULTIGRID_STEP_TOLERANCE if self._multigrid else STEP_TOLERANCE

    def _linear_solve(self, right_hand_side: Array, rtol: float) -> fem.Function:
        return self._function(self.tangents.solve(right_hand_side, rtol))

    def _function(self, owned: Array) -> fem.Function:
        function = fem.Function(self.space, name="potential")
        function.x.array[: self._owned] = owned
        function.x.scatter_forward()
        return function

    def _limit_rises(self, potential: fem.Function, direction: fem.Function, law: Kinetics) -> bool:
        """Where the potential would rise so far that an exponential law explodes, take the rise at
        which the law carries the current that its linearisation foresees (junction limiting, L. W.
        Nagel, SPICE2, Berkeley 1975). The bulk is linear and needs no matching change.

        Returns:
            Whether any rise was limited, on any rank.

        Collective.
        """
        phi = potential.x.array[self.owned_on_interface]
        rise = direction.x.array[self.owned_on_interface]
        foreseen = law.current_density(phi) + law.slope(phi) * rise
        too_far = (rise > _LARGEST_RISE) & (foreseen > 0)
        if isinstance(law.kinetics if isinstance(law, InSeriesWithFilm) else law, OwnKinetics):
            # such a law may level off, and then never carry what is foreseen
            with np.errstate(over="ignore", invalid="ignore"):
                too_far &= law.current_density(phi + rise) > foreseen
        if not self.interface_mesh.comm.allreduce(bool(too_far.any()), op=MPI.LOR):
            return False
        limited = self.owned_on_interface[too_far]
        direction.x.array[limited] = law.overpotential(foreseen[too_far]) - phi[too_far]
        direction.x.scatter_forward()
        return True

    def _damped_update(
        self,
        potential: fem.Function,
        direction: fem.Function,
        law: Kinetics,
        conductivity: float,
        inflow: Array,
        residual: Array,
    ) -> tuple[float, Array]:
        """Go along the direction without overshooting the minimum of the (convex) energy.

        The residual is the energy's gradient, so its product with the direction tells on which side
        of the minimum a point lies.
        """
        start = potential.x.array.copy()
        descent = self._dot(residual, direction)
        damping = 1.0
        for _ in range(_MAX_DAMPING_STEPS):
            potential.x.array[:] = start + damping * direction.x.array
            updated = self._residual(potential, law, conductivity, inflow)
            slope = self._dot(updated, direction)
            if math.isfinite(slope) and slope <= _OVERSHOOT * abs(descent):
                return damping, updated
            if self._at_rounding(direction, potential):
                return 1.0, updated
            beyond = math.isfinite(slope) and slope > descent
            secant = damping * descent / (descent - slope) if beyond else 0.0
            damping = min(max(secant, damping / 10), damping / 2)
        raise ConvergenceError(f"Newton's method found no descent; {_ADVICE}")

    def _at_rounding(self, direction: fem.Function, potential: fem.Function) -> bool:
        size = self._largest_on_interface(potential)
        return self._largest_on_interface(direction) <= self._step_tolerance * size

    def _solve_primary(
        self, problem: CurrentProblem, inflow: Array
    ) -> tuple[fem.Function, InterfaceSamples]:
        """Potential zero on the interface; the current is the residual there."""
        matrix = self.stiffness.duplicate(copy=True)
        matrix.setOption(PETSc.Mat.Option.SPD, True)
        matrix.zeroRowsColumnsLocal(self.owned_on_interface, diag=1.0)
        self._right.array[:] = inflow
        self._right.array[self.owned_on_interface] = 0.0
        ksp = preconditioned_cg(matrix, multigrid=self._multigrid)
        ksp.setTolerances(rtol=_PRIMARY_TOLERANCE)
        ksp.solve(self._right, self._left)
        if ksp.getConvergedReason() < 0:
            raise ConvergenceError(f"the linear system could not be factorised; {_ADVICE}")
        potential = self._function(self._left.array)
        self._right.array[:] = potential.x.array[: self._owned]
        self.stiffness.mult(self._right, self._left)
        flux = self._function((inflow - self._left.array) * problem.conductivity)
        return potential, sample_consistent_flux(self.trace, self.space, flux.x.array)

    def _owned_on_interface(self) -> npt.NDArray[np.int32]:
        """Owned unknowns on the interface; a rank may own one and none of its facets."""
        self._scatter.array[:] = 0.0
        self._scatter.array[self.trace.dofs.ravel()] = 1.0
        self._scatter.scatter_reverse(dolfinx.la.InsertMode.add)
        return np.flatnonzero(self._scatter.array[: self._owned]).astype(np.int32)

    def _dot(self, owned: Array, function: fem.Function) -> float:
        local = float(owned @ function.x.array[: self._owned])
        return self.interface_mesh.comm.allreduce(local, op=MPI.SUM)

    def _largest_on_interface(self, function: fem.Function) -> float:
        local = float(np.abs(function.x.array[self.trace.dofs]).max(initial=0.0))
        return self.interface_mesh.comm.allreduce(local, op=MPI.MAX)

    def mean_over_top(self, owned: Array) -> float:
        """Mean over the top of the function with these owned unknowns; collective."""
        total = self.interface_mesh.comm.allreduce(float(self.top_load @ owned), op=MPI.SUM)
        return total / self.interface_mesh.projected_size

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
                f"of it; {_ADVICE}"
            )
        return error


def solve_current(
    interface_mesh: ElectrolyteMesh, problem: CurrentProblem, degree: int | None = None
) -> CurrentSolution:
    """Solve one problem on one mesh; see :class:`CurrentSolver`. Collective."""
    return CurrentSolver(interface_mesh, degree).solve(problem)
