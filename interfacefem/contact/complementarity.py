# SPDX-License-Identifier: BSD-3-Clause
"""Pressure between zero and a cap under a rigid block, by block principal pivoting."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from interfacefem.contact.active_set import descend
from interfacefem.contact.box import CAPPED, CLOSED, OPEN, Array, BoxContact, States, solve_states
from interfacefem.errors import ConvergenceError

LARGEST_ERROR = 1e-10

_PATIENCE = 10  # exchanges of whole blocks without progress (Judice and Pires 1994)
_MOST_STEPS = 400
_ROUNDING = 1e-13


@dataclass(frozen=True, eq=False)
class BoxSolution:
    """Pressure that meets every condition.

    Attributes:
        pressure: In Pa, shape ``(n,)``.
        gap: Gap under load in m, shape ``(n,)``; negative where the cap is reached.
        motion: Of the block: approach in m, and rotation (no unit) if it is free.
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


def solve_box_contact(problem: BoxContact, start: States | None = None) -> BoxSolution:
    """Solve by block principal pivoting, one node at a time where whole blocks would cycle.

    J. J. Judice and F. M. Pires, Comput. Oper. Res. 21, 587 (1994): all nodes that violate their
    condition change state at once as long as their number falls; if it has not fallen
    for some steps, one node changes until it does. Where even that stalls (the method's proof does
    not cover the unknown motion) a primal active-set method, whose energy falls at each step,
    finishes.

    Args:
        problem: What is solved.
        start: States to begin with, such as those of a smaller load; None: all nodes in contact.

    Raises:
        ConvergenceError: The conditions are not met to 1e-10.

    Rank-local.
    """
    count = len(problem.gap)
    states = np.full(count, CLOSED) if start is None else start.copy()
    solution = _pivot(problem, states)
    if solution is None or not solution.error <= LARGEST_ERROR:
        solution = _measured(problem, *descend(problem))
    if not solution.error <= LARGEST_ERROR:
        raise ConvergenceError(
            f"the contact problem was not solved: its conditions are violated by "
            f"{solution.error:.1e} of the pressure or gap, allowed {LARGEST_ERROR:.0e}; try fewer "
            f"nodes (stress.nodes) or a smoother profile"
        )
    return solution


def _pivot(problem: BoxContact, states: States) -> BoxSolution | None:
    fewest, patience = math.inf, _PATIENCE
    pressure_scale = float(np.abs(problem.resultants[0])) / len(states)
    for step in range(1, _MOST_STEPS + 1):
        solved = solve_states(problem, states)
        if solved is None:
            return None
        pressure, gap, motion = solved
        scale = _gap_scale(problem, pressure)
        small, flat = _ROUNDING * pressure_scale, _ROUNDING * scale
        closed = states == CLOSED
        opens = closed & (pressure < -small)
        yields = closed & (pressure > problem.cap + small)
        closes = ((states == OPEN) & (gap < -flat)) | ((states == CAPPED) & (gap > flat))
        wrong = np.flatnonzero(opens | yields | closes)
        if len(wrong) == 0:
            return _measured(problem, states, step)
        if len(wrong) < fewest:
            fewest, patience = len(wrong), _PATIENCE
        elif patience > 0:
            patience -= 1
        else:
            wrong = wrong[-1:]
        new = np.where(opens, OPEN, np.where(yields, CAPPED, CLOSED)).astype(np.int8)
        states[wrong] = new[wrong]
    return None


def _measured(problem: BoxContact, states: States, steps: int) -> BoxSolution:
    solved = solve_states(problem, states)
    if solved is None:
        raise ConvergenceError(
            "the contact problem was not solved: its linear system is singular; try fewer nodes "
            "(stress.nodes)"
        )
    pressure, gap, motion = solved
    closed = states == CLOSED
    mean = float(problem.resultants[0]) / len(states)
    scale = _gap_scale(problem, pressure)
    lever = np.abs(problem.motions).sum(axis=0) * mean
    error = max(
        float(np.max(-pressure, initial=0.0)) / mean,
        float(np.max(pressure[closed] - problem.cap, initial=0.0)) / mean,
        float(np.max(np.abs(gap[closed]), initial=0.0)) / scale,
        float(np.max(-gap[states == OPEN], initial=0.0)) / scale,
        float(np.max(gap[states == CAPPED], initial=0.0)) / scale,
        float(np.max(np.abs(problem.motions.T @ pressure - problem.resultants) / lever)),
    )
    gap[closed] = 0.0
    return BoxSolution(np.clip(pressure, 0.0, problem.cap), gap, motion, states, error, steps)


def _gap_scale(problem: BoxContact, pressure: Array) -> float:
    """Displacements and gaps are of this size in m."""
    return float(np.abs(problem.compliance[0]) @ np.abs(pressure)) + float(np.ptp(problem.gap))
