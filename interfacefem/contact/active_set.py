# SPDX-License-Identifier: BSD-3-Clause
"""The slow and safe way through a contact problem: a primal active-set method.

Each step lowers a strictly convex energy and never leaves the admissible pressures, so that no set
of states comes back (J. Nocedal and S. J. Wright, Numerical Optimization, 2006, algorithm 16.3).
"""

from __future__ import annotations

import numpy as np

from interfacefem.contact.box import (
    CAPPED,
    CLOSED,
    OPEN,
    Array,
    BoxContact,
    States,
    solve_states,
)
from interfacefem.errors import ConvergenceError

_STEPS_PER_NODE = 10
_ROUNDING = 1e-12


def descend(problem: BoxContact) -> tuple[States, int]:
    """States that solve the problem, and the linear systems it took.

    Raises:
        ConvergenceError: More steps than ten for each node.

    Rank-local.
    """
    count = len(problem.gap)
    # an even pressure has the load asked for, no moment, and is below the cap
    pressure = np.full(count, float(problem.resultants[0]) / count)
    states = np.full(count, CLOSED)
    for step in range(1, _STEPS_PER_NODE * count):
        solved = solve_states(problem, states)
        if solved is None:
            break
        target, gap, _ = solved
        change = target - pressure
        share, blocking = _longest_step(problem, states, pressure, change)
        pressure = np.clip(pressure + share * change, 0.0, problem.cap)
        if blocking >= 0:
            states[blocking] = OPEN if change[blocking] < 0 else CAPPED
            continue
        pull = np.where(states == OPEN, -gap, np.where(states == CAPPED, gap, 0.0))
        worst = int(np.argmax(pull))
        if pull[worst] <= _ROUNDING * float(np.abs(problem.compliance[0]) @ pressure):
            return states, step
        states[worst] = CLOSED
    raise ConvergenceError(
        "the contact problem was not solved by pivoting nor by descent; try fewer nodes "
        "(stress.nodes) or a smoother profile"
    )


def _longest_step(
    problem: BoxContact, states: States, pressure: Array, change: Array
) -> tuple[float, int]:
    """Share of the step that keeps all pressures admissible, and the node that stops it or -1."""
    closed = states == CLOSED
    room = np.full(len(pressure), np.inf)
    falls, rises = closed & (change < 0), closed & (change > 0)
    room[falls] = pressure[falls] / -change[falls]
    if np.isfinite(problem.cap):
        room[rises] = (problem.cap - pressure[rises]) / change[rises]
    tightest = int(np.argmin(room))
    return (float(room[tightest]), tightest) if room[tightest] < 1 else (1.0, -1)
