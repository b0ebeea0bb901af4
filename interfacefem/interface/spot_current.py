# SPDX-License-Identifier: BSD-3-Clause
"""Current through spots of contact on a flat interface, on fast transforms.

On the contact ``c - S i = g(i)``, elsewhere ``i = 0``; the mean current is given. S is the
potential that a current at the surface of the electrolyte makes there, ``tanh(q H)/(k q)`` for each
wave; g is charge transfer and film. i minimises ``<i, S i>/2 + <G(i)>``, ``G' = g``, which is
strictly convex: one solution, and Newton's method in the current needs no step cuts.

The steps are conjugate gradients, preconditioned by ``W F^-1 [1/(S + D_min)] F W`` with
``W = sqrt((D_min + s)/(D + s))`` on the contact (D = g', s the mean of S), and kept at their mean
current by the oblique projection of that preconditioner; they stop on the energy of the error.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from interfacefem.errors import ConvergenceError, InputError
from interfacefem.interface.grid import SurfaceGrid
from interfacefem.interface.law import SpotLaw

Array = npt.NDArray[np.floating]
Mask = npt.NDArray[np.bool_]

TOLERANCE = 1e-6
_MOST_STEPS = 30
_MOST_ITERATIONS = 2000
_LOOSEST = 1e-2  # of conjugate gradients, relative to the step
_FLOOR = 0.1  # of the tolerance
_STALLED = 0.3
_MOST_HALVINGS = 30


@dataclass(frozen=True, eq=False)
class SpotProblem:
    """What is solved.

    Attributes:
        grid: The interface, flat.
        contact: Where current passes, shape ``grid.shape``.
        conductivity: k of the electrolyte in S/m.
        height: H of the electrolyte above the contact in m; may be infinite.
        applied_current_density: Mean over the whole interface in A/m^2.
        law: At the contact.
        background: A potential in V that is there without this current, as of current elsewhere.

    Raises:
        InputError: Nothing is in contact.
    """

    grid: SurfaceGrid
    contact: Mask
    conductivity: float
    height: float
    applied_current_density: float
    law: SpotLaw
    background: float | Array = 0.0

    def __post_init__(self) -> None:
        if not self.contact.any():
            raise InputError("the metal touches nowhere", field="contact")

    @cached_property
    def symbol(self) -> Array:
        """Of S, in ohm m^2."""
        return self.grid.constriction_symbol(self.conductivity, self.height)

    @cached_property
    def own_resistance(self) -> float:
        """Mean s of S: the potential a sample makes at its own place, per current, in ohm m^2."""
        spot = np.zeros(self.grid.shape)
        middle = tuple(n // 2 for n in self.grid.shape)
        spot[middle] = 1.0
        return float(self.grid.apply(self.symbol, spot)[middle])

    @cached_property
    def primary(self) -> bool:
        """Whether neither charge transfer nor film resists: the current has no limit at edges."""
        return self.law.kinetics is None and not np.any(self.law.film_resistance)


@dataclass(frozen=True, eq=False)
class SpotCurrent:
    """The solution.

    Attributes:
        problem: What was solved.
        current: i in A/m^2, zero off the contact, shape ``grid.shape``.
        potential: S i in V, shape ``grid.shape``.
        level: c in V: potential far above the spots less the ohmic drop ``H i_app/k``.
        newton_steps: Linear systems solved.
        iterations: Of conjugate gradients, in all.
    """

    problem: SpotProblem
    current: Array
    potential: Array
    level: float
    newton_steps: int
    iterations: int

    @property
    def resistance(self) -> float:
        """``c/i_app`` in ohm m^2, the chord: constriction, charge transfer and film."""
        return self.level / self.problem.applied_current_density

    @cached_property
    def parts(self) -> Parts:
        """The chord by what dissipates: ``<i S i>``, ``<i eta>`` and ``<R_f i^2>`` over i_app^2."""
        problem = self.problem
        where, applied = problem.contact, problem.applied_current_density
        current, weights = self.current[where], problem.grid.weights[where]
        law = problem.law.restricted(where)
        eta, _ = law.overpotential(current)
        shares = (current * self.potential[where], current * eta, law.film_resistance * current**2)
        return Parts(*(float(weights @ share) / applied**2 for share in shares))

    @cached_property
    def local_resistance(self) -> Array:
        """``dg/di`` in ohm m^2 at the samples in contact, in their order."""
        law = self.problem.law.restricted(self.problem.contact)
        return law.overpotential(self.current[self.problem.contact])[1] + law.film_resistance


@dataclass(frozen=True)
class Parts:
    """Area-specific resistances in ohm m^2.

    Attributes:
        constriction: Of the current lines in the electrolyte.
        charge_transfer: Of the kinetics.
        film: Of a film in series with them.
    """

    constriction: float
    charge_transfer: float
    film: float

    @property
    def total(self) -> float:
        """Their sum."""
        return self.constriction + self.charge_transfer + self.film


def solve_spots(
    problem: SpotProblem, *, start: Array | None = None, tolerance: float = TOLERANCE
) -> SpotCurrent:
    """Solve for the current.

    Args:
        problem: What is solved.
        start: A current near the solution in A/m^2, shape ``grid.shape``.
        tolerance: Of the current, relative (rms over the contact).

    Raises:
        ConvergenceError: It was not reached.
    """
    return _Newton(problem, tolerance).run(start)


@dataclass(frozen=True, eq=False)
class Tangent:
    """How the current changes with the applied one.

    Attributes:
        change: ``di/di_app`` at each sample (no unit), shape ``grid.shape``.
        parts: Differential resistances ``<v S v>``, ``<v eta' v>``, ``<R_f v^2>`` in ohm m^2.
    """

    change: Array
    parts: Parts


def solve_tangent(solution: SpotCurrent, *, tolerance: float = TOLERANCE) -> Tangent:
    """The differential of a solution; its total is ``dc/di_app``.

    Raises:
        ConvergenceError: The linear solve did not converge.
    """
    problem = solution.problem
    linear = _Linear(problem, solution.local_resistance)
    start = linear.balanced(1 / (solution.local_resistance + problem.own_resistance), 1.0)
    beginning = linear.constricted(start)
    image = linear.at_contact(beginning) + linear.slopes * start
    energy = float(linear.weights @ (start * image))
    step = linear.solve(-image, tolerance, energy)
    change = step.change + start
    constricted = linear.at_contact(step.potential + beginning)
    law = problem.law.restricted(problem.contact)
    _, slope = law.overpotential(solution.current[problem.contact])
    weights = linear.weights
    parts = Parts(
        float(weights @ (change * constricted)),
        float(weights @ (slope * change**2)),
        float(weights @ (law.film_resistance * change**2)),
    )
    return Tangent(linear.spread(change), parts)


@dataclass(frozen=True, eq=False)
class _Step:
    """Of the current.

    Attributes:
        change: At the samples in contact in A/m^2.
        potential: S of it in V, shape ``grid.shape``.
        iterations: Of conjugate gradients.
    """

    change: Array
    potential: Array
    iterations: int


class _Linear:
    """``(S + D) d = r + const``, ``<d> = 0`` on the samples in contact."""

    def __init__(self, problem: SpotProblem, slopes: Array) -> None:
        self._problem = problem
        self._grid, self._symbol = problem.grid, problem.symbol
        self._where = np.flatnonzero(problem.contact)
        self.weights = problem.grid.weights.ravel()[self._where]
        self.slopes = slopes
        own, least = problem.own_resistance, float(slopes.min())
        self._scale = np.sqrt((least + own) / (slopes + own))
        inverse = self._symbol + least
        inverse.flat[0] = self._symbol.max() + least
        self._inverse = 1 / inverse
        self._full = np.zeros(problem.grid.shape)
        self._of_ones = self._preconditioned(np.ones(len(self._where)))
        self._mean_of_ones = float(self.weights @ self._of_ones)

    def spread(self, values: Array) -> Array:
        """Values at the contact, zero elsewhere, on the grid."""
        full = np.zeros(self._grid.shape)
        full.flat[self._where] = values
        return full

    def balanced(self, values: Array, mean: float) -> Array:
        """Values scaled to a mean over the interface."""
        return values * (mean / float(self.weights @ values))

    def at_contact(self, values: Array) -> Array:
        """Values of the grid at the samples in contact."""
        return values.ravel()[self._where]

    def constricted(self, values: Array) -> Array:
        """``S`` applied, on the whole grid."""
        self._full.flat[self._where] = values
        return self._grid.apply(self._symbol, self._full)

    def _preconditioned(self, residual: Array) -> Array:
        self._full.flat[self._where] = self._scale * residual
        return self._scale * self.at_contact(self._grid.apply(self._inverse, self._full))

    def solve(self, residual: Array, tolerance: float, energy: float) -> _Step:
        """Conjugate gradients from zero to an error of ``tolerance``, squared, of the energy.

        Raises:
            ConvergenceError: Too many iterations.
        """
        weights = self.weights
        allowed = tolerance**2 * energy
        step, potential = np.zeros_like(residual), np.zeros(self._grid.shape)
        if len(step) == 1:
            return _Step(step, potential, 0)  # the mean alone decides
        residual = residual.copy()
        direction, before = np.zeros_like(residual), np.inf
        for iteration in range(_MOST_ITERATIONS):
            z = self._preconditioned(residual)
            surplus = float(weights @ z) / self._mean_of_ones
            z -= surplus * self._of_ones
            residual -= surplus
            now = float(weights @ (residual * z))
            if now <= allowed:
                return _Step(step, potential, iteration)
            direction = z + (now / before) * direction
            before = now
            constricted = self.constricted(direction)
            image = self.at_contact(constricted) + self.slopes * direction
            share = now / float(weights @ (direction * image))
            step += share * direction
            residual -= share * image
            constricted *= share
            potential += constricted
        raise ConvergenceError(
            f"the current through the spots did not converge in {_MOST_ITERATIONS} iterations; "
            "check kinetics and film"
        )


class _Newton:
    """One solve."""

    def __init__(self, problem: SpotProblem, tolerance: float) -> None:
        self._problem, self._tolerance = problem, tolerance
        self._law = problem.law.restricted(problem.contact)
        self._weights = problem.grid.weights[problem.contact]
        self._where = np.flatnonzero(problem.contact)
        background = np.broadcast_to(problem.background, problem.grid.shape)
        self._background = background[problem.contact]

    def run(self, start: Array | None) -> SpotCurrent:
        problem = self._problem
        applied = problem.applied_current_density
        current = self._begin(start)
        iterations, previous, floor = 0, np.inf, _FLOOR * self._tolerance
        potential = self._potential(current)
        for step in range(_MOST_STEPS):
            eta, slope = self._law.overpotential(current)
            film = self._law.film_resistance
            slopes = slope + film
            force = potential.ravel()[self._where] + self._background + eta + film * current
            error = self._error(force, slopes)
            if error <= self._tolerance:
                level = float(self._weights @ (current * force)) / applied
                full = np.zeros(problem.grid.shape)
                full.flat[self._where] = current
                return SpotCurrent(problem, full, potential, level, step, iterations)
            linear = _Linear(problem, slopes)
            if error > _STALLED * previous:  # the step's energy was no measure of this error
                floor *= _FLOOR
            wanted = 0.5 * (error / previous) ** 1.6 if step else _LOOSEST
            wanted = min(1.0, error) * (0.0 if self._law.linear else min(_LOOSEST, wanted))
            energy = float(
                self._weights @ (current * (linear.at_contact(potential) + slopes * current))
            )
            moving = linear.solve(-force, max(wanted, floor), energy)
            iterations += moving.iterations
            previous = error
            current, potential = self._moved(current, potential, moving, force)
        raise ConvergenceError(
            f"the current through the spots did not converge in {_MOST_STEPS} Newton steps "
            f"(error {error:.1e}); check kinetics and film"
        )

    def _begin(self, start: Array | None) -> Array:
        problem = self._problem
        applied = problem.applied_current_density
        if start is not None and float(self._weights @ start[problem.contact]) > 0:
            guess = start[problem.contact]
        else:
            mean = np.full(len(self._where), applied / float(self._weights.sum()))
            _, slope = self._law.overpotential(mean)
            guess = 1 / (slope + self._law.film_resistance + problem.own_resistance)
        return guess * (applied / float(self._weights @ guess))

    def _potential(self, current: Array) -> Array:
        full = np.zeros(self._problem.grid.shape)
        full.flat[self._where] = current
        return self._problem.grid.apply(self._problem.symbol, full)

    def _error(self, force: Array, slopes: Array) -> float:
        """Rms of what the residual is worth in current, over the mean current of the contact."""
        conductance = 1 / (slopes + self._problem.own_resistance)
        level = float(self._weights @ (conductance * force)) / float(self._weights @ conductance)
        wrong = (force - level) * conductance
        area = float(self._weights.sum())
        mean = self._problem.applied_current_density / area
        return float(np.sqrt(float(self._weights @ wrong**2) / area)) / mean

    def _moved(
        self, current: Array, potential: Array, step: _Step, force: Array
    ) -> tuple[Array, Array]:
        """A full step, halved only where the energy would rise again steeply."""
        # the level does no work on a change of zero mean; rounding of both would
        level, change = float(force.mean()), step.change
        steepness = float(self._weights @ (change * (force - level)))
        share = 1.0
        for _ in range(_MOST_HALVINGS):
            trial = current + share * change
            moved = potential + share * step.potential
            eta, _ = self._law.overpotential(trial)
            there = moved.ravel()[self._where] + self._background
            there += eta + self._law.film_resistance * trial
            if float(self._weights @ (change * (there - level))) <= abs(steepness) / 2:
                break
            share /= 2
        return trial, moved
