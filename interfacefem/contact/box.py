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
    """

    compliance: Array
    gap: Array
    motions: Array
    resultants: Array
    cap: float


def solve_states(problem: BoxContact, states: States) -> tuple[Array, Array, Array] | None:
    """Pressure, gap and motion if each node keeps its state; None where that has no solution.

    Rank-local.
    """
    closed, capped = np.flatnonzero(states == CLOSED), np.flatnonzero(states == CAPPED)
    motions = problem.motions
    if len(closed) < motions.shape[1]:
        return None
    pressure = np.zeros(len(states))
    given, missing = problem.gap[closed], problem.resultants
    if len(capped):
        pressure[capped] = problem.cap
        given = given + problem.compliance[np.ix_(closed, capped)].sum(axis=1) * problem.cap
        missing = missing - motions[capped].sum(axis=0) * problem.cap
    levers = motions[closed]
    try:
        factor = cho_factor(problem.compliance[np.ix_(closed, closed)], check_finite=False)
        answers = cho_solve(factor, np.column_stack([given, levers]), check_finite=False)
        motion = np.linalg.solve(levers.T @ answers[:, 1:], missing + levers.T @ answers[:, 0])
    except LinAlgError:
        return None
    pressure[closed] = answers[:, 1:] @ motion - answers[:, 0]
    loaded = np.flatnonzero(pressure)
    gap = problem.compliance[:, loaded] @ pressure[loaded] + problem.gap - motions @ motion
    return pressure, gap, motion
