# SPDX-License-Identifier: BSD-3-Clause
"""Block principal pivoting: which nodes are open, in contact, or at the cap.

J. J. Judice and F. M. Pires, Comput. Oper. Res. 21, 587 (1994): all nodes that violate their
condition change state at once as long as their number falls; if it has not fallen for some steps,
one node changes until it does.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from interfacefem.contact.box import (
    CAPPED,
    CLOSED,
    OPEN,
    TIGHT,
    Answer,
    Array,
    BoxContact,
    States,
    solve_states,
)

Indices = npt.NDArray[np.integer]

_PATIENCE = 10  # exchanges of whole blocks without progress
_ROUNDING = 1e-11
_LOOSE = 1e-2  # error of the pressure over the mean while many nodes still change


@dataclass(frozen=True, eq=False)
class Pivoted:
    """Where the pivoting ended: states, what goes with them, linear systems solved."""

    states: States
    answer: Answer
    steps: int


def pivot(
    problem: BoxContact,
    states: States,
    most_steps: int,
    motion: Array | None = None,
    start: Array | None = None,
) -> Pivoted | None:
    """States that violate no condition, and what they give; None if that took too many steps.

    With a given motion of the block the matrix is positive definite and the method is proved to
    end; with an unknown one it nearly always does. Pressures are exact only when no node changes.

    Args:
        problem: What is solved.
        states: To begin with, shape ``(n,)``.
        most_steps: Linear systems after which to give up.
        motion: Of the block, if it is given; None: whatever gives the resultants.
        start: A pressure near the solution in Pa, shape ``(n,)``.
    """
    states = states.copy()
    fewest, patience = math.inf, _PATIENCE
    tolerance, pressure = _LOOSE, start
    for step in range(1, most_steps + 1):
        solved = solve_states(problem, states, motion, pressure, tolerance)
        if solved is None:
            return None
        pressure, gap = solved.pressure, solved.gap
        rounding = max(_ROUNDING, solved.tolerance)
        small, flat = rounding * problem.mean, rounding * gap_scale(problem, solved)
        closed = states == CLOSED
        opens = closed & (pressure < -small)
        yields = closed & (pressure > problem.cap + small)
        closes = ((states == OPEN) & (gap < -flat)) | ((states == CAPPED) & (gap > flat))
        wrong = np.flatnonzero(opens | yields | closes)
        if len(wrong) == 0:
            if solved.tolerance <= TIGHT:
                return Pivoted(states, solved, step)
            tolerance, fewest = TIGHT, math.inf
            continue
        if len(wrong) < fewest:
            fewest, patience = len(wrong), _PATIENCE
        elif patience > 0:
            patience -= 1
        else:
            wrong = wrong[-1:]
        leaving = wrong[closed[wrong]]
        staying = int(closed.sum()) + len(wrong) - 2 * len(leaving)
        if motion is None and staying < problem.motions.shape[1]:
            # some must stay to guide the block: the worse half leaves
            excess = np.maximum(-pressure[leaving], pressure[leaving] - problem.cap)
            wrong = leaving[np.argsort(excess)[len(leaving) // 2 :]]
        states[wrong] = np.where(opens, OPEN, np.where(yields, CAPPED, CLOSED))[wrong]
    return None


def gap_scale(problem: BoxContact, answer: Answer) -> float:
    """Size in m of displacements, without their arbitrary constant, and of gaps."""
    displacement = answer.gap - problem.gap + problem.motions @ answer.motion
    own = problem.mean * float(problem.compliance.column[0])
    return float(np.ptp(displacement)) + float(np.ptp(problem.gap)) + own
