# SPDX-License-Identifier: BSD-3-Clause
"""Constrained conjugate gradients on fast transforms, for surfaces of many nodes.

The pressure minimises ``p.C p/2 + p.g0`` between its bounds under the load, with C the compliance
and g0 the undeformed gap. After I. A. Polonsky and L. M. Keer, Wear 231 (1999) 206: conjugate
gradients on the nodes in contact, bounds enforced after each step, nodes released where the gap has
the wrong sign. Beyond that, as E. A. H. Vollebregt (J. Optim. Theory Appl. 162 (2014) 931), the
directions are preconditioned with the stiffness of each wave; the new pressure is the nearest
admissible one, with a hardness as upper bound; and a step that would raise the energy is shortened.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from interfacefem.contact.admissible_pressure import BlockMotions, least_violation, project
from interfacefem.contact.box import CAPPED, CLOSED, OPEN
from interfacefem.contact.problem import ContactProblem, ContactSolution, require_bearable
from interfacefem.errors import ConvergenceError
from interfacefem.units import MPA, UM

Array = npt.NDArray[np.floating]
Mask = npt.NDArray[np.bool_]

_SHORTENINGS = 8
_FLAT = 1e-3  # of the displacement: smaller heights do not set the scale of errors
_ENERGY_ROUNDING = 1e-13
_LONGEST_STEP = 10.0  # change of pressure over the hardness, or over the load on one node
_IGNORED = 0.3  # of the tolerance: such small violations release no node


@dataclass(frozen=True)
class IterationSettings:
    """When the iteration ends.

    Attributes:
        tolerance: Of the complementarity error: the largest violation of the conditions on the
            gap over the larger of the peak-to-valley heights of surface and displacement.
        max_iterations: Above this the solver says that it did not converge.
    """

    tolerance: float = 1e-11
    max_iterations: int = 2000


def iterate(
    problem: ContactProblem,
    mean_pressure: float,
    start: ContactSolution | None = None,
    settings: IterationSettings | None = None,
) -> ContactSolution:
    """Pressure and gap at one load, on a map or a line.

    Args:
        problem: What is pressed.
        mean_pressure: In Pa.
        start: Solution at another load to begin with.
        settings: When to stop.

    Raises:
        InputError: The load is not between 0 and the hardness.
        ConvergenceError: The tolerance was not reached.
    """
    require_bearable(problem, mean_pressure)
    return _Iteration(problem, mean_pressure, settings or IterationSettings()).run(start)


@dataclass(eq=False)
class _State:
    """A pressure with all that follows from it; flat arrays."""

    pressure: Array
    distance: Array  # undeformed gap and displacement, up to a motion of the block
    energy: float


class _Iteration:
    """One solve."""

    def __init__(self, problem: ContactProblem, load: float, settings: IterationSettings) -> None:
        self._problem, self._load, self._settings = problem, load, settings
        self._shape = problem.surface.shape
        self._weights = problem.surface.weights.ravel()
        self._gap0 = problem.undeformed_gap.ravel()
        self._motions = BlockMotions(problem.motions, self._weights)
        self._largest = problem.hardness

    def run(self, start: ContactSolution | None) -> ContactSolution:
        """Iterate until the tolerance is met on freshly computed displacements."""
        state = self._begin(start)
        direction: Array | None = None
        last: tuple[Array, float] | None = None
        fresh, best = True, np.inf
        for iteration in range(self._settings.max_iterations):
            amplitudes = self._block(state)
            gap = state.distance - self._motions.combined(amplitudes)
            scale = self._scale(state)
            error, active, released = self._violation(state.pressure, gap, scale)
            best = min(best, error)
            if error <= self._settings.tolerance:
                if fresh:
                    return self._result(state, gap, amplitudes, iteration, error)
                state, fresh = self._state(state.pressure), True
                continue
            residual: Array = self._without_motions(np.where(active, gap, 0.0), active)
            z: Array = self._stiffened(residual)
            z = self._without_motions(np.where(active, z, 0.0), active)
            steepness = self._dot(residual, z)
            if direction is None or last is None or released:
                direction = -z
            else:
                beta = max(0.0, (steepness - self._dot(last[0], z)) / last[1])
                direction = self._without_motions(np.where(active, direction, 0.0), active)
                direction = beta * direction - z
                if self._dot(residual, direction) >= 0:
                    direction = -z
            moved, fresh = self._step(state, direction, residual, active)
            if moved is None:
                # rounding stands in the way, or the face was wrong: once more by plain gradients
                moved = self._plain_step(state, residual, active)
                direction, last, fresh = None, None, True
                if moved is None:
                    break
            else:
                last = (residual, steepness)
            state = moved
        raise ConvergenceError(
            f"contact of {' x '.join(str(n) for n in self._shape[::-1])} nodes, "
            f"{np.ptp(self._gap0) / UM:.3g} um from peak to valley, at {self._load / MPA:g} MPa "
            f"did not converge: complementarity error {best:.1e} after {iteration + 1} iterations, "
            f"{self._settings.tolerance:.0e} is asked; try a surface without outliers (low-pass "
            "filter) or more iterations"
        )

    def _begin(self, start: ContactSolution | None) -> _State:
        everywhere = np.ones(self._gap0.size, dtype=bool)
        guess: Array = np.full(self._gap0.size, self._load)
        if start is not None:
            guess = start.pressure.ravel() * (self._load / start.mean_pressure)
        pressure: Array | None = project(
            guess, everywhere, self._load, self._largest, self._motions
        )
        if pressure is None:
            pressure = np.full(self._gap0.size, self._load)
        return self._state(pressure)

    def _state(self, pressure: Array) -> _State:
        displacement = self._displaced(pressure)
        return self._with_distance(pressure, displacement + self._gap0)

    def _with_distance(self, pressure: Array, distance: Array) -> _State:
        energy = self._dot(pressure, distance + self._gap0) / 2
        return _State(pressure, distance, energy)

    def _block(self, state: _State) -> Array:
        """Where the block is: the multipliers of load and moment."""
        inside = (state.pressure > 0) & (state.pressure < self._largest)
        if self._motions.determined(inside):
            return self._motions.fitted(state.distance, inside)
        return least_violation(state.distance, state.pressure, self._largest, self._motions)

    def _scale(self, state: _State) -> float:
        displacement = state.distance - self._gap0
        uneven = max(float(np.ptp(self._gap0)), float(np.ptp(displacement)))
        # of a flat surface both are rounding
        return max(uneven, _FLAT * float(np.abs(displacement).max()))

    def _violation(self, pressure: Array, gap: Array, scale: float) -> tuple[float, Mask, bool]:
        """Complementarity error, the nodes to move, and whether some of them were at a bound."""
        below, above = pressure <= 0, pressure >= self._largest
        wrong = np.abs(gap)
        wrong[below & (gap > 0)] = 0.0
        wrong[above & (gap < 0)] = 0.0
        error = float(wrong.max()) / scale
        bound = below | above
        released = bound & (wrong > _IGNORED * self._settings.tolerance * scale)
        return error, ~bound | released, bool(released.any())

    def _step(
        self, state: _State, direction: Array, residual: Array, active: Mask
    ) -> tuple[_State | None, bool]:
        """Go to the least energy along the direction, then to the nearest admissible pressure."""
        change = self._displaced(direction)
        curvature = self._dot(direction, change)
        if not curvature > 0:
            return None, True
        length = -self._dot(residual, direction) / curvature
        pressure = state.pressure + length * direction
        if pressure.min() >= 0 and pressure.max() <= self._largest:
            return self._with_distance(pressure, state.distance + length * change), False
        return self._projected(state, length, direction, active), True

    def _projected(
        self, state: _State, length: float, direction: Array, active: Mask
    ) -> _State | None:
        allowed = state.energy + _ENERGY_ROUNDING * abs(state.energy)
        # a soft cap on stiff ground, or next to no load: longer steps would only take each node
        # from bound to bound, and their sum would be rounding
        reach = min(self._largest, self._load / float(self._weights.min()))
        length = min(length, _LONGEST_STEP * reach / float(np.abs(direction).max()))
        for _ in range(_SHORTENINGS):
            trial = state.pressure + length * direction
            pressure = project(trial, active, self._load, self._largest, self._motions)
            if pressure is None:
                everywhere = np.ones_like(active)
                pressure = project(trial, everywhere, self._load, self._largest, self._motions)
            if pressure is not None:
                moved = self._state(pressure)
                if moved.energy <= allowed:
                    return moved
            length /= 2
        return None

    def _plain_step(self, state: _State, residual: Array, active: Mask) -> _State | None:
        """A projected gradient step, which lowers the energy if it is short enough."""
        change = self._displaced(residual)
        curvature = self._dot(residual, change)
        if not curvature > 0:
            return None
        length = self._dot(residual, residual) / curvature
        return self._projected(state, length, -residual, active)

    def _without_motions(self, values: Array, active: Mask) -> Array:
        """Values on the active nodes less the motion of the block in them; zero elsewhere."""
        values[active] -= self._motions.combined(self._motions.fitted(values, active))[active]
        return values

    def _displaced(self, pressure: Array) -> Array:
        return self._problem.compliance.apply(pressure.reshape(self._shape)).ravel()

    def _stiffened(self, displacement: Array) -> Array:
        return self._problem.compliance.precondition(displacement.reshape(self._shape)).ravel()

    def _dot(self, one: Array, other: Array) -> float:
        return float(np.dot(self._weights * one, other))

    def _result(
        self, state: _State, gap: Array, amplitudes: Array, iterations: int, error: float
    ) -> ContactSolution:
        tilt = np.zeros(len(self._shape))
        tilt[: len(amplitudes) - 1] = amplitudes[1:]
        states = np.full(self._gap0.size, CLOSED)
        states[state.pressure <= 0] = OPEN
        states[state.pressure >= self._largest] = CAPPED
        return ContactSolution(
            self._problem,
            self._load,
            state.pressure.reshape(self._shape),
            gap.reshape(self._shape),
            float(amplitudes[0]),
            tuple(tilt.tolist()),
            states.reshape(self._shape),
            error,
            iterations,
        )
