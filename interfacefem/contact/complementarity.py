# SPDX-License-Identifier: BSD-3-Clause
"""Pressure between zero and a cap under a block of unknown motion."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from interfacefem.contact.block_motion import find_motion
from interfacefem.contact.box import CAPPED, CLOSED, OPEN, Array, BoxContact, States, solve_states
from interfacefem.contact.interior_point import guess_states
from interfacefem.contact.pivoting import Pivoted, gap_scale, pivot
from interfacefem.errors import ConvergenceError

LARGEST_ERROR = 1e-10

_MOST_JOINT_STEPS = 25


@dataclass(frozen=True, eq=False)
class BoxSolution:
    """Pressure that meets every condition.

    Attributes:
        pressure: In Pa, shape ``(n,)``.
        gap: Gap under load in m, shape ``(n,)``; negative where the cap is reached.
        motion: Of the block: approach in m, and rotation (per unit of lever) if it is free.
        states: 0 open, 1 in elastic contact, 2 at the cap, shape ``(n,)``.
        error: Largest violation of any condition, relative to pressure and gap; below 1e-10.
        steps: Linear systems solved.
    """

    pressure: Array
    gap: Array
    motion: Array
    states: States
    error: float
    steps: int


def solve_box_contact(
    problem: BoxContact, start: States | None = None, pressure: Array | None = None
) -> BoxSolution:
    """Solve by block principal pivoting.

    The motion of the block is an unknown of each step: few steps, but no proof that they end.
    Where they do not, Newton's method finds the motion, with a pivoting inside each of its steps
    that is proved to end; and should that fail, an interior-point method comes close to the
    solution and the pivoting finishes from there.

    Args:
        problem: What is solved.
        start: States to begin with, such as those of a smaller load; None: all nodes in contact.
        pressure: Pressure to begin with in Pa, shape ``(n,)``.

    Raises:
        ConvergenceError: The conditions are not met to 1e-10.
    """
    first = _first_states(problem) if start is None else start
    found = pivot(problem, first, _MOST_JOINT_STEPS, start=pressure)
    solution = None if found is None else _measured(problem, found)
    for another in (
        lambda: find_motion(problem, first, pressure),
        lambda: find_motion(problem, _first_states(problem), None),
        lambda: _from_inside(problem),
    ):
        if solution is not None and solution.error <= LARGEST_ERROR:
            break
        found = another()
        solution = None if found is None else _measured(problem, found)
    if solution is None or not solution.error <= LARGEST_ERROR:
        violated = "" if solution is None else f": its conditions are violated by {solution.error}"
        raise ConvergenceError(
            f"the contact problem was not solved{violated}, allowed {LARGEST_ERROR:.0e} of "
            f"pressure or gap; try fewer nodes (stress.nodes) or a smoother profile"
        )
    return solution


def _from_inside(problem: BoxContact) -> Pivoted | None:
    guess, motion, taken = guess_states(problem)
    found = pivot(problem, guess, _MOST_JOINT_STEPS)
    if found is not None:
        return replace(found, steps=found.steps + taken)
    # nodes at the cap balance the load by themselves: several motions of the block are right
    solved = solve_states(problem, guess, motion)
    return None if solved is None else Pivoted(guess, solved, taken + 1)


def _first_states(problem: BoxContact) -> States:
    """States under an unlimited pressure and a block that does not turn.

    Of an elastic solution so few nodes exceed the cap that they cannot carry more than the load.
    """
    states: States = np.full(len(problem.gap), CLOSED)
    simpler = replace(
        problem,
        motions=problem.motions[:, :1],
        resultants=problem.resultants[:1],
        cap=math.inf,
    )
    for easier in (simpler, replace(problem, cap=math.inf)):
        found = pivot(easier, states, _MOST_JOINT_STEPS)
        states = states if found is None else found.states
    return states


def _measured(problem: BoxContact, found: Pivoted) -> BoxSolution:
    states, mean = found.states, problem.mean
    pressure, gap, motion = found.answer.pressure, found.answer.gap.copy(), found.answer.motion
    closed = states == CLOSED
    scale = gap_scale(problem, found.answer)
    levers = np.abs(problem.motions).sum(axis=0) * mean
    error = max(
        float(np.max(-pressure, initial=0.0)) / mean,
        float(np.max(pressure[closed] - problem.cap, initial=0.0)) / mean,
        float(np.max(np.abs(gap[closed]), initial=0.0)) / scale,
        float(np.max(-gap[states == OPEN], initial=0.0)) / scale,
        float(np.max(gap[states == CAPPED], initial=0.0)) / scale,
        float(np.max(np.abs(problem.motions.T @ pressure - problem.resultants) / levers)),
    )
    gap[closed] = 0.0
    return BoxSolution(np.clip(pressure, 0.0, problem.cap), gap, motion, states, error, found.steps)
