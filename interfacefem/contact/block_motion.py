# SPDX-License-Identifier: BSD-3-Clause
"""The block's motion by Newton's method where pivoting for it and the pressure at once cycles.

With the motion given, pivoting is proved to end. What is left is to maximise the dual function of
the motion, concave with one quadratic piece for each set of states; its slope is the part of the
resultants that the pressure lacks. Newton's method with a line search ends on it (D. P. Bertsekas,
Nonlinear Programming, 2016, section 1.4).
"""

from __future__ import annotations

import numpy as np

from interfacefem.contact.box import CAPPED, CLOSED, OPEN, Array, BoxContact, States, solve_states
from interfacefem.contact.pivoting import Pivoted, pivot

_MOST_MOTIONS = 40
_MOST_STEPS = 100  # for one motion
_JOINT_STEPS = 4
_SMALLEST_SHARE = 2.0**-20
_ENOUGH_GAIN = 1e-4
_BALANCED = 1e-13
_SINGULAR = 1e-12
_BEYOND = 1 + 1e-3  # so that the node does touch


def find_motion(problem: BoxContact, states: States, start: Array | None) -> Pivoted | None:
    """States that violate no condition, and what they give; None if that took too long.

    Args:
        problem: What is solved.
        states: To begin with, shape ``(n,)``.
        start: A pressure near the solution in Pa, shape ``(n,)``.
    """
    first = solve_states(problem, states, start=start)
    if first is None:
        # a level block that just touches
        motion: Array = np.zeros(problem.motions.shape[1])
        motion[0] = problem.gap.min()
    else:
        motion = first.motion
    steps = 1
    now = pivot(problem, states, _MOST_STEPS, motion, start)
    for _ in range(_MOST_MOTIONS):
        if now is None:
            return None
        steps += now.steps
        missing = problem.resultants - problem.motions.T @ now.answer.pressure
        if np.all(np.abs(missing) <= _BALANCED * problem.resultants[0]):
            return Pivoted(now.states, now.answer, steps)
        joint = pivot(problem, now.states, _JOINT_STEPS, start=now.answer.pressure)
        if joint is not None:
            return Pivoted(joint.states, joint.answer, steps + joint.steps)
        steps += _JOINT_STEPS
        change = _newton_step(problem, now, missing)
        if change is None:
            return None
        steps += problem.motions.shape[1]
        now = _search(problem, now, change, float(missing @ change))
    return None


def _newton_step(problem: BoxContact, now: Pivoted, missing: Array) -> Array | None:
    """Change of motion that gives the resultants if no node changes its state.

    A motion that moves no closed node meets no resistance: it goes on until another node touches.
    """
    still = solve_states(problem, now.states, now.answer.motion, now.answer.pressure)
    if still is None:
        return None
    slopes = []
    sizes = np.abs(now.answer.gap).max() / np.abs(problem.motions).max(axis=0)
    for index, size in enumerate(sizes):
        motion = now.answer.motion.copy()
        motion[index] += size
        moved = solve_states(problem, now.states, motion, still.pressure)
        if moved is None:
            return None
        slopes.append(problem.motions.T @ (moved.pressure - still.pressure) / size)
    try:
        change = np.linalg.lstsq(np.column_stack(slopes), missing, rcond=_SINGULAR)[0]
    except np.linalg.LinAlgError:
        return None
    closed = problem.motions[now.states == CLOSED]
    if len(closed) < problem.motions.shape[1]:
        unresisted = missing - closed.T @ np.linalg.lstsq(closed.T, missing, rcond=None)[0]
        change = change + _to_next_contact(problem, now, unresisted)
    return np.asarray(change)


def _to_next_contact(problem: BoxContact, now: Pivoted, slope: Array) -> Array:
    """Change of motion along a slope until an open node touches or one at the cap is free."""
    approach = problem.motions @ slope
    leaving = (now.states == OPEN) & (approach > 0)
    leaving |= (now.states == CAPPED) & (approach < 0)
    if not leaving.any():
        return np.zeros_like(slope)
    return np.asarray(_BEYOND * np.min(now.answer.gap[leaving] / approach[leaving]) * slope)


def _search(problem: BoxContact, now: Pivoted, change: Array, slope: float) -> Pivoted | None:
    """The first halving of a step that raises the dual function enough."""
    before, share = _dual(problem, now), 1.0
    while share >= _SMALLEST_SHARE:
        motion = now.answer.motion + share * change
        found = pivot(problem, now.states, _MOST_STEPS, motion, now.answer.pressure)
        if found is not None and _dual(problem, found) - before >= _ENOUGH_GAIN * share * slope:
            return found
        share /= 2
    return None


def _dual(problem: BoxContact, found: Pivoted) -> float:
    """Least energy of the pressure under a given motion, and the work of the resultants, in J/m."""
    pressure, motion = found.answer.pressure, found.answer.motion
    displacement = found.answer.gap - problem.gap + problem.motions @ motion
    energy = pressure @ (displacement / 2 + problem.gap)
    missing = problem.resultants - problem.motions.T @ pressure
    return float(energy + motion @ missing)
