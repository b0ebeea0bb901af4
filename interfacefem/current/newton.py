# SPDX-License-Identifier: BSD-3-Clause
"""Damped Newton's method for a nonlinear interface of a linear electrolyte."""

from __future__ import annotations

import logging
import math

import numpy as np
import numpy.typing as npt
from dolfinx import fem

from interfacefem.current.factored_tangent import FactoredTangent
from interfacefem.current.kinetics import Kinetics
from interfacefem.current.system import CurrentSystem
from interfacefem.current.tangent_solver import MultigridTangent
from interfacefem.errors import ConvergenceError
from interfacefem.mpi import MPI

_log = logging.getLogger(__name__)

Array = npt.NDArray[np.floating]

MAX_NEWTON_STEPS = 60
# Newton's method converges quadratically: after a step this small the error is rounding
STEP_TOLERANCE = 1e-8
_MAX_DAMPING_STEPS = 30
_OVERSHOOT = 0.5
_LIMITED_STEPS = 12  # later steps are damped instead, which always converges
_LARGEST_RISE = 0.025  # V, about RT/F
_LINEAR_TOLERANCE = 1e-3
_LEAST_LINEAR_TOLERANCE = 1e-12
# so that what is left is below rounding in an excess, whatever the start was
_POLISHED_STEP, _POLISHED_LINEAR = 1e-10, 1e-6
_POLISHING_STEPS = 4
# multigrid gains little from the matrix that a further step needs: fewer, more accurate steps
_MULTIGRID_STEP_TOLERANCE = 1e-5
_MULTIGRID_LINEAR_TOLERANCE = 1e-7
ADVICE = (
    "try a film resistance, a smoother profile (low-pass cutoff), a smaller current density, "
    "or check the units of conductivity and exchange current density"
)


class DampedNewton:
    """Newton's method for one problem.

    Args:
        system: Of the mesh.
        tangents: Solve its linearisations.
        law: Charge transfer at the interface.
        conductivity: In S/m.
        inflow: Right-hand side divided by the conductivity, for the owned unknowns, in V.
    """

    def __init__(
        self,
        system: CurrentSystem,
        tangents: FactoredTangent | MultigridTangent,
        law: Kinetics,
        conductivity: float,
        inflow: Array,
    ) -> None:
        self._system, self._tangents = system, tangents
        self._law, self._conductivity, self._inflow = law, conductivity, inflow
        self._imbalance = 0.0  # this rank's, in m V, of the potential whose residual was taken last

    def solve(self, potential: fem.Function) -> int:
        """Iterate.

        Args:
            potential: The start; holds the solution in V afterwards.

        Returns:
            The number of steps.

        Raises:
            ConvergenceError: No convergence in ``MAX_NEWTON_STEPS`` steps.

        Collective.
        """
        linear_tolerance = self._linear_tolerance(potential)
        residual = self._residual(potential)
        limited, change, size = False, math.inf, math.nan
        for step in range(1, MAX_NEWTON_STEPS + 1):
            slope = self._law.slope(self._system.trace.at_quadrature(potential.x.array))
            self._tangents.set_slope(slope / self._conductivity)
            solved = self._tangents.solve(-residual, linear_tolerance)
            direction = self._system.as_function(self._with_its_mean(solved, slope))
            if step <= _LIMITED_STEPS and self._limit_rises(potential, direction):
                potential.x.array[:] += direction.x.array
                residual = self._residual(potential)
                limited = True
                continue
            damping, residual = self._damped_update(potential, direction, residual)
            change = damping * self._system.largest_on_interface(direction)
            size = self._scale(potential)
            _log.debug("Newton step %d: change %.1e V, damping %.2g", step, change, damping)
            # a step after a limited one moves the bulk, where the change is not measured
            if damping == 1.0 and change <= self._step_tolerance * size and not limited:
                return step
            limited = False
        raise ConvergenceError(
            f"Newton's method did not converge in {MAX_NEWTON_STEPS} steps "
            f"(last change {change:.1e} V of {size:.1e} V); {ADVICE}"
        )

    def polish(self, potential: fem.Function) -> int:
        """Further steps from a potential that is nearly the solution, each solved sharply.

        What they leave does not depend on where they began. Where rounding stops them before, the
        last potential stands.

        Args:
            potential: The start, as :meth:`solve` leaves it; holds the solution in V afterwards.

        Returns:
            The number of steps.

        Collective.
        """
        linear_tolerance = min(_POLISHED_LINEAR, self._linear_tolerance(potential))
        residual = self._residual(potential)
        steps, change = 0, math.inf
        while steps < _POLISHING_STEPS and change > _POLISHED_STEP * self._scale(potential):
            slope = self._law.slope(self._system.trace.at_quadrature(potential.x.array))
            self._tangents.set_slope(slope / self._conductivity)
            solved = self._tangents.solve(-residual, linear_tolerance)
            direction = self._system.as_function(self._with_its_mean(solved, slope))
            _, residual = self._damped_update(potential, direction, residual)
            change = self._system.largest_on_interface(direction)
            steps += 1
        return steps

    def _linear_tolerance(self, start: fem.Function) -> float:
        """Relative residual at which the interface is accurate to a tenth of the law's own scale.

        Where the potential drops by many times that scale through the bulk, a share of the whole
        energy says little of the interface.

        Collective.
        """
        domain = self._system.interface_mesh
        tolerance = _MULTIGRID_LINEAR_TOLERANCE if self._system.multigrid else _LINEAR_TOLERANCE
        inflow = domain.comm.allreduce(float(self._inflow.sum()), op=MPI.SUM)
        drop = inflow / domain.projected_size * (domain.top - domain.mean_height)
        own = self._own_scale(start)
        return max(min(tolerance, 0.1 * math.sqrt(own / drop)), _LEAST_LINEAR_TOLERANCE)

    def _residual(self, potential: fem.Function) -> Array:
        """Residual of the owned unknowns in V; collective."""
        trace = self._system.trace
        with np.errstate(over="ignore", invalid="ignore"):
            flux = self._law.current_density(trace.at_quadrature(potential.x.array))
            reaction = self._system.sum_over_facets(trace.residual(flux / self._conductivity))
        # a constant is no current: without it nothing is lost where the potential hardly varies
        mean = self._system.mean_on_interface(potential)
        varying = potential.x.array[: self._system.owned] - mean
        bulk = self._system.times_stiffness(varying)
        # the sum of all equations, from which the bulk drops out but for rounding
        self._imbalance = float(reaction.sum() - self._inflow.sum())
        return bulk + reaction - self._inflow

    def _with_its_mean(self, direction: Array, slope: Array) -> Array:
        """The direction plus the constant with which the sum of all equations holds.

        A current that is nearly uniform (a large Wagner number) leaves the mean of the potential to
        a part of the matrix that is lost beside the bulk's stiffness. The sum of the equations
        holds no stiffness, since a constant is in its kernel.

        Collective.
        """
        system = self._system
        at_points = system.trace.at_quadrature(system.as_function(direction).x.array)
        weights = system.trace.weights
        local = np.array(
            [
                self._imbalance,
                float((slope * at_points * weights).sum()) / self._conductivity,
                float((slope * weights).sum()) / self._conductivity,
            ]
        )
        missing, carried, mass = system.interface_mesh.comm.allreduce(local, op=MPI.SUM)
        # a law that has underflowed everywhere carries nothing
        return direction - (missing + carried) / mass if mass > 0 else direction

    @property
    def _step_tolerance(self) -> float:
        return _MULTIGRID_STEP_TOLERANCE if self._system.multigrid else STEP_TOLERANCE

    def _limit_rises(self, potential: fem.Function, direction: fem.Function) -> bool:
        """Limit rises and falls so large that an exponential law explodes there.

        Such a place takes the potential at which the law carries the current that its linearisation
        foresees (junction limiting, L. W. Nagel, SPICE2, Berkeley 1975). The bulk is linear and
        needs no matching change, unless the whole interface is limited.

        Returns:
            Whether any rise was limited, on any rank.

        Collective.
        """
        law = self._law
        phi = potential.x.array[self._system.owned_on_interface]
        rise = direction.x.array[self._system.owned_on_interface]
        foreseen = law.current_density(phi) + law.slope(phi) * rise
        # a law that levels off may never carry what is foreseen, or only far beyond the rise
        with np.errstate(over="ignore", invalid="ignore"):
            found = law.current_density(phi + rise)
        too_far = (rise > _LARGEST_RISE) & (foreseen > 0) & (found > foreseen)
        # metal that strips grows as fast
        too_far |= (rise < -_LARGEST_RISE) & (foreseen < 0) & (found < foreseen)
        if not self._system.interface_mesh.comm.allreduce(bool(too_far.any()), op=MPI.LOR):
            return False
        limited = self._system.owned_on_interface[too_far]
        allowed = law.overpotential(foreseen[too_far]) - phi[too_far]
        local = np.array([(allowed - rise[too_far]).sum(), len(limited), len(rise)])
        change, number, of = self._system.interface_mesh.comm.allreduce(local, op=MPI.SUM)
        if number == of:
            # the whole interface rises less: the bulk with it, or it is far from its equations
            direction.x.array[:] += change / number
        direction.x.array[limited] = allowed
        direction.x.scatter_forward()
        return True

    def _damped_update(
        self, potential: fem.Function, direction: fem.Function, residual: Array
    ) -> tuple[float, Array]:
        """Go along the direction without overshooting the minimum of the (convex) energy.

        The residual is the energy's gradient, so its product with the direction tells on which side
        of the minimum a point lies.
        """
        start = potential.x.array.copy()
        descent = self._system.dot(residual, direction)
        damping = 1.0
        for _ in range(_MAX_DAMPING_STEPS):
            potential.x.array[:] = start + damping * direction.x.array
            updated = self._residual(potential)
            slope = self._system.dot(updated, direction)
            if math.isfinite(slope) and slope <= _OVERSHOOT * abs(descent):
                return damping, updated
            if self._at_rounding(direction, potential):
                return 1.0, updated
            beyond = math.isfinite(slope) and slope > descent
            secant = damping * descent / (descent - slope) if beyond else 0.0
            damping = min(max(secant, damping / 10), damping / 2)
        raise ConvergenceError(f"Newton's method found no descent; {ADVICE}")

    def _at_rounding(self, direction: fem.Function, potential: fem.Function) -> bool:
        size = self._scale(potential)
        return self._system.largest_on_interface(direction) <= self._step_tolerance * size

    def _scale(self, potential: fem.Function) -> float:
        """Potential in V that changes are small against.

        Tafel's potential is zero where the current is the exchange current: there it is the change
        of the potential that multiplies the current, i/(di/dphi), that counts.

        Collective.
        """
        return max(self._system.largest_on_interface(potential), self._own_scale(potential))

    def _own_scale(self, potential: fem.Function) -> float:
        """Smallest i/(di/dphi) on the interface in V, at most about RT/F; collective."""
        phi = potential.x.array[self._system.owned_on_interface]
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            own = np.abs(self._law.current_density(phi)) / self._law.slope(phi)
        least = float(np.nan_to_num(own, nan=0.0).min(initial=_LARGEST_RISE))
        return self._system.interface_mesh.comm.allreduce(least, op=MPI.MIN)
