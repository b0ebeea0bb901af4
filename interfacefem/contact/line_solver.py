# SPDX-License-Identifier: BSD-3-Clause
"""Pressure along a line by pivoting, begun from what lighter loads predict."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from interfacefem.contact.box import CAPPED, CLOSED, OPEN, BoxContact, States
from interfacefem.contact.complementarity import solve_box_contact
from interfacefem.contact.convolution import LineConvolution
from interfacefem.contact.problem import ContactProblem, ContactSolution

Array = npt.NDArray[np.floating]


def solve_line(
    problem: ContactProblem, pressure: float, lighter: Sequence[ContactSolution] = ()
) -> ContactSolution:
    """Pressure along a line at one load.

    Args:
        problem: What is pressed.
        pressure: Mean pressure in Pa.
        lighter: Solutions at up to two lighter loads, the lightest first.

    Raises:
        ConvergenceError: The contact conditions are not met to 1e-10.
    """
    motions = problem.motions.T
    resultants = np.zeros(motions.shape[1])
    resultants[0] = len(motions) * pressure
    assert isinstance(problem.compliance, LineConvolution)
    box = BoxContact(
        problem.compliance, problem.undeformed_gap, motions, resultants, problem.hardness
    )
    solved = solve_box_contact(box, *_predicted(problem, pressure, lighter))
    return ContactSolution(
        problem,
        pressure,
        solved.pressure,
        solved.gap,
        float(solved.motion[0]),
        (float(solved.motion[1]) if problem.rotates else 0.0,),
        solved.states,
        solved.error,
        solved.steps,
    )


def _predicted(
    problem: ContactProblem, mean: float, lighter: Sequence[ContactSolution]
) -> tuple[States, Array] | tuple[()]:
    """States and pressure by a straight line through those of the two loads before."""
    if not lighter:
        return ()
    last = lighter[-1]
    if len(lighter) == 1:
        return last.states, last.pressure
    first = lighter[0]
    ahead = (mean - last.mean_pressure) / (last.mean_pressure - first.mean_pressure)
    pressure = last.pressure + ahead * (last.pressure - first.pressure)
    gap = last.gap + ahead * (last.gap - first.gap)
    states = last.states.copy()
    states[last.touches & (pressure <= 0)] = OPEN
    states[pressure >= problem.hardness] = CAPPED
    states[(last.states == OPEN) & (gap <= 0)] = CLOSED
    states[(last.states == CAPPED) & (gap >= 0)] = CLOSED
    return states, np.clip(pressure, 0.0, problem.hardness)
