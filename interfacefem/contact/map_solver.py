# SPDX-License-Identifier: BSD-3-Clause
"""Constrained conjugate gradients for rough maps, on fast transforms.

The pressure minimises ``p.C p/2 + p.g0`` between its bounds under the load, with C the compliance
and g0 the undeformed gap. After I. A. Polonsky and L. M. Keer, Wear 231 (1999) 206: conjugate
gradients on the nodes in contact, bounds enforced after each step, nodes released where the gap has
the wrong sign. Beyond that, as E. A. H. Vollebregt (J. Optim. Theory Appl. 162 (2014) 931), the
directions are preconditioned with the stiffness of each wave; the new pressure is the nearest
admissible one, with a hardness as upper bound; and a step that would raise the energy is shortened.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from interfacefem.contact.map_problem import (
    MPA,
    MapContact,
    MapContactProblem,
    describe,
    peak_to_valley,
)
from interfacefem.contact.map_projection import BlockMotions, least_violation, project
from interfacefem.errors import ConvergenceError

Array = npt.NDArray[np.floating]
Mask = npt.NDArray[np.bool_]

_SHORTENINGS = 8
_ENERGY_ROUNDING = 1e-13
_LONGEST_STEP = 10.0  # change of pressure over the hardness
_IGNORED = 0.3  # of the tolerance: such small violations release no node


@dataclass(frozen=True)
class MapSolverSettings:
    """When the iteration ends.

    Attributes:
        tolerance: Of the complementarity error.
        max_iterations: Above this the solver says that it did not converge.
    """

    tolerance: float = 1e-11
    max_iterations: int = 2000


def solve_map_contact(
    problem: MapContactProblem,
    mean_pressure: float,
    *,
    start: MapContact | None = None,
    settings: MapSolverSettings | None = None,
) -> MapContact:
    """Pressure and gap at one load.

    Args:
        problem: What is pressed.
        mean_pressure: In Pa.
        start: Solution at another load to begin with.
        settings: When to stop.

    Raises:
        InputError: The load is not between 0 and the hardness.
        ConvergenceError: The tolerance was not reached.
    """
    problem.require_bearable(mean_pressure)
    return _Iteration(problem, mean_pressure, settings or MapSolverSettings()).run(start)


def solve_map_loads(
    problem: MapContactProblem,
    mean_pressures: Iterable[float],
    settings: MapSolverSettings | None = None,
) -> Iterator[MapContact]:
    """Solutions at several loads in their order, each begun from the one before.

    Raises:
        InputError: A load is not between 0 and the hardness.
        ConvergenceError: The tolerance was not reached at a load.
    """
    solution: MapContact | None = None
    for pressure in mean_pressures:
        solution = solve_map_contact(problem, pressure, start=solution, settings=settings)
        yield solution


@dataclass(eq=False)
class _State:
    """A pressure with all that follows from it; flat arrays."""

    pressure: Array
    distance: Array  # undeformed gap and displacement, up to a motion of the block
    energy: float


class _Iteration:
    """One solve."""

    def __init__(
        self, problem: MapContactProblem, load: float, settings: MapSolverSettings
    ) -> None:
        self._problem, self._load, self._settings = problem, load, settings
        self._waves = problem.waves
        self._weights = problem.waves.weights.ravel()
        self._gap0 = problem.undeformed_gap.ravel()
        self._motions = _motions(problem)
        self._largest = problem.hardness

    def run(self, start: MapContact | None) -> MapContact:
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
            z: Array = self._waves.stiffened(residual.reshape(self._waves.shape)).ravel()
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
            f"contact of the map ({describe(self._problem)}) at {self._load / MPA:g} MPa did not "
            f"converge: complementarity error {best:.1e} after {iteration + 1} iterations, "
            f"{self._settings.tolerance:.0e} is asked; try a map without outliers (low-pass "
            "filter) or more iterations"
        )

    def _begin(self, start: MapContact | None) -> _State:
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
        displacement = self._waves.displacement(pressure.reshape(self._waves.shape)).ravel()
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
        return max(peak_to_valley(self._gap0), peak_to_valley(displacement))

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
        change = self._waves.displacement(direction.reshape(self._waves.shape)).ravel()
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
        # a soft cap on stiff ground: longer steps would only take each node from bound to bound
        length = min(length, _LONGEST_STEP * self._largest / float(np.abs(direction).max()))
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
        change = self._waves.displacement(residual.reshape(self._waves.shape)).ravel()
        curvature = self._dot(residual, change)
        if not curvature > 0:
            return None
        length = self._dot(residual, residual) / curvature
        return self._projected(state, length, -residual, active)

    def _without_motions(self, values: Array, active: Mask) -> Array:
        """Values on the active nodes less the motion of the block in them; zero elsewhere."""
        values[active] -= self._motions.combined(self._motions.fitted(values, active))[active]
        return values

    def _dot(self, one: Array, other: Array) -> float:
        return float(np.dot(self._weights * one, other))

    def _result(
        self, state: _State, gap: Array, amplitudes: Array, iterations: int, error: float
    ) -> MapContact:
        tilt = (0.0, 0.0)
        if len(amplitudes) > 1:
            tilt = (float(amplitudes[1]), float(amplitudes[2]))
        shape = self._waves.shape
        return MapContact(
            self._problem,
            self._load,
            state.pressure.reshape(shape),
            gap.reshape(shape),
            tilt,
            iterations,
            error,
        )


def _motions(problem: MapContactProblem) -> BlockMotions:
    shape = problem.waves.shape
    approach = np.ones((1, shape[0] * shape[1]))
    weights = problem.waves.weights.ravel()
    if not problem.rotation_free:
        return BlockMotions(approach, weights)
    # from -1 to 1: a tilt is then the displacement of an edge against the middle
    y, x = np.meshgrid(*(np.linspace(-1.0, 1.0, n) for n in shape), indexing="ij")
    return BlockMotions(np.vstack([approach, y.ravel(), x.ravel()]), weights)
