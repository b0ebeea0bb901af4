# SPDX-License-Identifier: BSD-3-Clause
"""A contact problem in numbers, and its solution for given states of the nodes.

Find the pressure p and the block's motion m with ``gap = A p + g - B m`` such that at each node

    p = 0 and gap >= 0,   or   0 < p < cap and gap = 0,   or   p = cap and gap <= 0,

and ``B^T p`` as given (total load; with free rotation the moment too). These are the conditions of
a convex quadratic program, so that the pressure is unique. A negative gap at the cap is what
plastic flow takes up.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.linalg import LinAlgError, cho_factor, cho_solve

from interfacefem.contact.convolution import LineConvolution

Array = npt.NDArray[np.floating]
States = npt.NDArray[np.int8]

OPEN, CLOSED, CAPPED = np.int8(0), np.int8(1), np.int8(2)

TIGHT = 1e-12

_FEW = 160  # nodes whose matrix is factored sooner than conjugate gradients take their steps
_MOST_ITERATIONS = 200


@dataclass(frozen=True, eq=False)
class BoxContact:
    """A contact problem in numbers.

    Attributes:
        compliance: A in m/Pa, symmetric positive definite.
        gap: Initial gap g in m, shape ``(n,)``.
        motions: Columns of B: ones, and the lever in m if the block rotates, shape ``(n, 1 | 2)``.
        resultants: ``B^T p``: sum of the pressures in Pa, and of their moments in Pa m.
        cap: Largest pressure in Pa, above the mean; infinite for an elastic surface.
    """

    compliance: LineConvolution
    gap: Array
    motions: Array
    resultants: Array
    cap: float

    @property
    def mean(self) -> float:
        """Mean pressure in Pa."""
        return float(self.resultants[0]) / len(self.gap)


@dataclass(frozen=True, eq=False)
class Answer:
    """Pressure in Pa, gap and motion in m that go with given states.

    ``tolerance`` is the error of the pressure over the mean at which iterations stopped.
    """

    pressure: Array
    gap: Array
    motion: Array
    tolerance: float


def solve_states(
    problem: BoxContact,
    states: States,
    motion: Array | None = None,
    start: Array | None = None,
    tolerance: float = TIGHT,
) -> Answer | None:
    """What holds if each node keeps its state; None where that has no solution.

    Args:
        problem: What is solved.
        states: State of each node, shape ``(n,)``.
        motion: Of the block, if it is given; None: whatever gives the resultants.
        start: A pressure near the solution in Pa, shape ``(n,)``.
        tolerance: Error of the pressure over the mean where the solution is iterative.
    """
    closed = np.flatnonzero(states == CLOSED)
    pressure = np.zeros(len(states))
    pressure[states == CAPPED] = problem.cap
    if motion is None and len(closed) < problem.motions.shape[1]:
        return None
    try:
        if len(closed) <= _FEW:
            motion = _factored(problem, closed, pressure, motion)
            tolerance = TIGHT
        else:
            if start is not None:
                pressure[closed] = start[closed]
            motion = _iterated(problem, closed, pressure, motion, tolerance * problem.mean)
    except LinAlgError:
        return None
    gap = problem.compliance.apply(pressure) + problem.gap - problem.motions @ motion
    return Answer(pressure, gap, motion, tolerance)


def _factored(
    problem: BoxContact, closed: npt.NDArray[np.integer], pressure: Array, motion: Array | None
) -> Array:
    """Fill in the pressure of the closed nodes; the motion."""
    if len(closed) == 0:
        return np.zeros(problem.motions.shape[1]) if motion is None else motion
    motions = problem.motions[closed]
    given, missing = problem.gap[closed], problem.resultants
    if pressure.any():
        given = given + problem.compliance.apply(pressure)[closed]
        missing = missing - problem.motions.T @ pressure
    factor = cho_factor(
        problem.compliance.block(closed, closed).T, overwrite_a=True, check_finite=False
    )
    answers = cho_solve(factor, np.column_stack([given, motions]), check_finite=False)
    if motion is not None:
        pressure[closed] = answers[:, 1:] @ motion - answers[:, 0]
        return motion
    levers = motions.T
    resistance = levers @ answers[:, 1:]
    motion = np.linalg.solve(resistance, missing + levers @ answers[:, 0])
    pressed = answers[:, 1:] @ motion - answers[:, 0]
    # under a load that is light beside the heights the two cancel: balance it once more
    rest = np.linalg.solve(resistance, missing - levers @ pressed)
    pressure[closed] = pressed + answers[:, 1:] @ rest
    return motion + rest


def _iterated(
    problem: BoxContact,
    closed: npt.NDArray[np.integer],
    pressure: Array,
    motion: Array | None,
    tolerance: float,
) -> Array:
    """The same by conjugate gradients that keep the resultants.

    N. I. M. Gould, M. E. Hribar and J. Nocedal, SIAM J. Sci. Comput. 23, 1376 (2001). What the
    preconditioner makes of a residual is the error of the pressure, in Pa: it is what stops.
    """
    compliance, motions = problem.compliance, problem.motions
    count = len(pressure)
    spread = np.zeros(count)

    def pressed(displacement: Array) -> Array:
        spread[closed] = displacement
        return compliance.precondition(spread)[closed]

    levers = motions[closed]
    free = motion is None
    moved_by: Array
    if motion is None:
        moved = np.column_stack([pressed(column) for column in levers.T])
        guided = np.linalg.inv(levers.T @ moved)
        missing = problem.resultants - motions.T @ pressure
        pressure[closed] += moved @ (guided @ missing)
        moved_by = np.zeros(levers.shape[1])
    else:
        moved_by = motion
    residual = (motions @ moved_by - problem.gap - compliance.apply(pressure))[closed]
    full = np.zeros(count)
    direction: Array = np.zeros(len(closed))
    before = np.inf
    for _ in range(_MOST_ITERATIONS):
        change = pressed(residual)
        if free:
            turn = guided @ (levers.T @ change)
            change = change - moved @ turn
            # what a motion of the block explains is no residual
            residual = residual - levers @ turn
            moved_by = moved_by - turn
        now = float(residual @ change)
        if float(np.abs(change).max()) <= tolerance or now <= 0.0:
            break
        direction = change + (now / before) * direction
        before = now
        full[closed] = direction
        answer = compliance.apply(full)[closed]
        share = now / float(direction @ answer)
        pressure[closed] += share * direction
        residual = residual - share * answer
    return moved_by
