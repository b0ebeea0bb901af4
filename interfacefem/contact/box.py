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

Array = npt.NDArray[np.floating]
States = npt.NDArray[np.int8]

OPEN, CLOSED, CAPPED = np.int8(0), np.int8(1), np.int8(2)


@dataclass(frozen=True, eq=False)
class BoxContact:
    """A contact problem in numbers.

    Attributes:
        compliance: A in m/Pa, symmetric positive definite, shape ``(n, n)``.
        gap: Initial gap g in m, shape ``(n,)``.
        motions: Columns of B: ones, and the lever in m if the block rotates, shape ``(n, 1 | 2)``.
        resultants: ``B^T p``: sum of the pressures in Pa, and of their moments in Pa m.
        cap: Largest pressure in Pa, above the mean; infinite for an elastic surface.
        stiffness: Inverse of A in Pa/m if it is known, shape ``(n, n)``.
    """

    compliance: Array
    gap: Array
    motions: Array
    resultants: Array
    cap: float
    stiffness: Array | None = None


def solve_states(
    problem: BoxContact, states: States, motion: Array | None = None
) -> tuple[Array, Array, Array] | None:
    """Pressure, gap and motion if each node keeps its state; None where that has no solution.

    Args:
        problem: What is solved.
        states: State of each node, shape ``(n,)``.
        motion: Of the block, if it is given; None: whatever gives the resultants.

    Rank-local.
    """
    closed, capped = np.flatnonzero(states == CLOSED), np.flatnonzero(states == CAPPED)
    motions = problem.motions
    if motion is None and len(closed) < motions.shape[1]:
        return None
    pressure = np.zeros(len(states))
    given, missing = problem.gap[closed], problem.resultants
    if len(capped):
        pressure[capped] = problem.cap
        given = given + problem.compliance[np.ix_(closed, capped)].sum(axis=1) * problem.cap
        missing = missing - motions[capped].sum(axis=0) * problem.cap
    try:
        answers = closed_response(problem, closed, np.column_stack([given, motions[closed]]))
        if motion is None:
            levers = motions[closed].T
            motion = np.linalg.solve(levers @ answers[:, 1:], missing + levers @ answers[:, 0])
    except LinAlgError:
        return None
    pressure[closed] = answers[:, 1:] @ motion - answers[:, 0]
    loaded = np.flatnonzero(pressure)
    gap = problem.compliance[:, loaded] @ pressure[loaded] + problem.gap - motions @ motion
    return pressure, gap, motion


def closed_response(
    problem: BoxContact, closed: npt.NDArray[np.integer], displacements: Array
) -> Array:
    """Pressures on some nodes that displace them as given, all others free; rank-local."""
    if len(closed) == 0:
        return np.zeros_like(displacements)
    count = len(problem.gap)
    if problem.stiffness is None or 2 * len(closed) < count:
        factor = cho_factor(problem.compliance[np.ix_(closed, closed)], check_finite=False)
        return np.asarray(cho_solve(factor, displacements, check_finite=False))
    # the free nodes are fewer: what they must move to lose their pressure
    spread = np.zeros((count, displacements.shape[1]))
    spread[closed] = displacements
    pressures = problem.stiffness @ spread
    free = np.setdiff1d(np.arange(count), closed, assume_unique=True)
    if len(free):
        factor = cho_factor(problem.stiffness[np.ix_(free, free)], check_finite=False)
        moved = cho_solve(factor, pressures[free], check_finite=False)
        pressures = pressures - problem.stiffness[:, free] @ moved
    return np.asarray(pressures[closed])
