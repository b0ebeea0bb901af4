# SPDX-License-Identifier: BSD-3-Clause
"""A contact problem by a primal-dual interior-point method: about twenty steps, whatever it is.

S. Mehrotra, SIAM J. Optim. 2, 575 (1992), for the convex quadratic program whose conditions
``box.py`` states (J. Nocedal and S. J. Wright, Numerical Optimization, 2006, algorithm 16.4). It
stops close to the solution, where the states of the nodes can be told; the exact pressure is then
one linear system.
"""

from __future__ import annotations

import numpy as np
from scipy.linalg import LinAlgError, cho_factor, cho_solve

from interfacefem.contact.box import CAPPED, CLOSED, OPEN, Array, BoxContact, States

_MOST_STEPS = 100
_CLOSE = 1e-13  # mean product of pressure and gap, both relative
_TO_THE_WALL = 0.995
_SMALLEST = 1e-200  # pressure over the mean, so that quotients stay finite


def guess_states(problem: BoxContact) -> tuple[States, Array, int]:
    """States and motion of a nearly exact solution, and the linear systems it took."""
    point = _Point(problem)
    steps = 0
    while steps < _MOST_STEPS and point.duality > _CLOSE:
        if not point.advance():
            break
        steps += 1
    return point.states(), point.motion * point.length, steps


class _Point:
    """Pressure and gaps, all inside their bounds, in units that make them of order one."""

    def __init__(self, problem: BoxContact) -> None:
        count = len(problem.gap)
        mean = problem.mean
        matrix = problem.compliance.matrix
        self.length = mean * float(np.linalg.norm(matrix[0])) + float(problem.gap.std())
        self._matrix = matrix * (mean / self.length)
        self._gap = problem.gap / self.length
        self._motions = problem.motions
        self._resultants = problem.resultants / mean
        self._cap = problem.cap / mean
        self._capped = bool(np.isfinite(problem.cap))
        # an even pressure has the load asked for, no moment, and is below the cap
        self.pressure: Array = np.ones(count)
        self.motion: Array = np.zeros(self._motions.shape[1])
        self.above: Array = np.ones(count)
        self.below: Array = np.ones(count) if self._capped else np.zeros(count)

    @property
    def room(self) -> Array:
        """What is left to the cap."""
        return self._cap - self.pressure if self._capped else np.ones_like(self.pressure)

    @property
    def duality(self) -> float:
        """Mean of pressure times gap and room times indentation."""
        products = self.pressure @ self.above + self.room @ self.below
        return float(products) / len(self.pressure)

    def states(self) -> States:
        """The state each node is nearest to."""
        states = np.where(self.pressure < self.above, OPEN, CLOSED)
        return np.where(self._capped & (self.room < self.below), CAPPED, states).astype(np.int8)

    def advance(self) -> bool:
        """One predictor and corrector; whether the linear system could be solved."""
        pressure, room, above, below = self.pressure, self.room, self.above, self.below
        if min(float(pressure.min()), float(room.min())) <= _SMALLEST:
            return False
        diagonal = above / pressure + below / room
        matrix = self._matrix.copy()
        np.fill_diagonal(matrix, matrix.diagonal() + diagonal)
        try:
            factor = cho_factor(matrix, overwrite_a=True, check_finite=False)
        except LinAlgError:
            return False
        moved = cho_solve(factor, self._motions, check_finite=False)
        # what is left of the gap equation and of the load
        gap_left = self._matrix @ pressure + self._gap - self._motions @ self.motion
        gap_left -= above - below
        load_left = self._motions.T @ pressure - self._resultants

        def direction(above_times: Array, below_times: Array) -> tuple[Array, ...]:
            right = -gap_left + above_times / pressure - below_times / room
            free = cho_solve(factor, right, check_finite=False)
            motion = np.linalg.solve(self._motions.T @ moved, -load_left - self._motions.T @ free)
            change = free + moved @ motion
            up = (above_times - above * change) / pressure
            down = (below_times + below * change) / room
            return change, motion, up, down

        change, motion, up, down = direction(-pressure * above, -room * below)
        share = self._longest(change, up, down)
        predicted = (pressure + share * change) @ (above + share * up)
        predicted += (room - share * change) @ (below + share * down) if self._capped else 0.0
        centre = self.duality * (predicted / len(pressure) / self.duality) ** 3
        change, motion, up, down = direction(
            centre - pressure * above - change * up,
            (centre - room * below + change * down) if self._capped else np.zeros_like(room),
        )
        share = self._longest(change, up, down) * _TO_THE_WALL
        self.pressure = pressure + share * change
        self.motion = self.motion + share * motion
        self.above = above + share * up
        self.below = below + share * down
        return True

    def _longest(self, change: Array, up: Array, down: Array) -> float:
        """Largest share of a step, at most one, that stays inside all bounds."""
        pairs: list[tuple[Array, Array]] = [(self.pressure, change), (self.above, up)]
        if self._capped:
            pairs += [(self.room, -change), (self.below, down)]
        return min(
            1.0,
            *(
                float(np.min(-value[step < 0] / step[step < 0], initial=np.inf))
                for value, step in pairs
            ),
        )
