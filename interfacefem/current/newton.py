# SPDX-License-Identifier: BSD-3-Clause
"""Damped Newton's method for a nonlinear interface of a linear electrolyte."""

from __future__ import annotations

import logging
import math

import numpy as np
import numpy.typing as npt
from dolfinx import fem
from mpi4py import MPI

from interfacefem.current.factored_tangent import FactoredTangent
from interfacefem.current.kinetics import InSeriesWithFilm, Kinetics
from interfacefem.current.own_kinetics import OwnKinetics
from interfacefem.current.system import CurrentSystem
from interfacefem.current.tangent_solver import MultigridTangent
from interfacefem.errors import ConvergenceError

_log = logging.getLogger(__name__)

Array = npt.NDArray[np.floating]

MAX_NEWTON_STEPS = 25
# Newton's method converges quadratically: after a step this small the error is rounding
STEP_TOLERANCE = 1e-8
_MAX_DAMPING_STEPS = 30
_OVERSHOOT = 0.5
_LIMITED_STEPS = 12  # later steps are damped instead, which always converges
_LARGEST_RISE = 0.025  # V, about RT/F
_LINEAR_TOLERANCE = 1e-3
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
        linear_tolerance = (
            _MULTIGRID_LINEAR_TOLERANCE if self._system.multigrid else _LINEAR_TOLERANCE
        )
        residual = self._residual(potential)
        limited = False
        for step in range(1, MAX_NEWTON_STEPS + 1):
            slope = self._law.slope(self._system.trace.at_quadrature(potential.x.array))
            self._tangents.set_slope(slope / self._conductivity)
            direction = self._system.as_function(self._tangents.solve(-residual, linear_tolerance))
            if step <= _LIMITED_STEPS and self._limit_rises(potential, direction):
                potential.x.array[:] += direction.x.array
                residual = self._residual(potential)
                limited = True
                continue
            damping, residual = self._damped_update(potential, direction, residual)
            change = damping * self._system.largest_on_interface(direction)
            size = self._system.largest_on_interface(potential)
            _log.debug("Newton step %d: change %.1e V, damping %.2g", step, change, damping)
            # a step after a limited one moves the bulk, where the change is not measured
            if damping == 1.0 and change <= self._step_tolerance * size and not limited:
                return step
            limited = False
        raise ConvergenceError(
            f"Newton's method did not converge in {MAX_NEWTON_STEPS} steps "
            f"(last change {change:.1e} V of {size:.1e} V); {ADVICE}"
        )

    def _residual(self, potential: fem.Function) -> Array:
        """Residual of the owned unknowns in V; collective."""
        trace = self._system.trace
        with np.errstate(over="ignore", invalid="ignore"):
            flux = self._law.current_density(trace.at_quadrature(potential.x.array))
            reaction = self._system.sum_over_facets(trace.residual(flux / self._conductivity))
        bulk = self._system.times_stiffness(potential.x.array[: self._system.owned])
        return bulk + reaction - self._inflow

    @property
    def _step_tolerance(self) -> float:
        return _MULTIGRID_STEP_TOLERANCE if self._system.multigrid else STEP_TOLERANCE

    def _limit_rises(self, potential: fem.Function, direction: fem.Function) -> bool:
        """Where the potential would rise so far that an exponential law explodes, take the rise at
        which the law carries the current that its linearisation foresees (junction limiting, L. W.
        Nagel, SPICE2, Berkeley 1975). The bulk is linear and needs no matching change.

        Returns:
            Whether any rise was limited, on any rank.

        Collective.
        """
        law = self._law
        phi = potential.x.array[self._system.owned_on_interface]
        rise = direction.x.array[self._system.owned_on_interface]
        foreseen = law.current_density(phi) + law.slope(phi) * rise
        too_far = (rise > _LARGEST_RISE) & (foreseen > 0)
        if isinstance(law.kinetics if isinstance(law, InSeriesWithFilm) else law, OwnKinetics):
            # such a law may level off, and then never carry what is foreseen
            with np.errstate(over="ignore", invalid="ignore"):
                too_far &= law.current_density(phi + rise) > foreseen
        if not self._system.interface_mesh.comm.allreduce(bool(too_far.any()), op=MPI.LOR):
            return False
        limited = self._system.owned_on_interface[too_far]
        direction.x.array[limited] = law.overpotential(foreseen[too_far]) - phi[too_far]
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
        size = self._system.largest_on_interface(potential)
        return self._system.largest_on_interface(direction) <= self._step_tolerance * size
