# SPDX-License-Identifier: BSD-3-Clause
"""Pressure between a flat block and a rough surface, for one load or many.

A line has few nodes, and pivoting finds the exact set in contact; the nodes of a map are too many
for that, and conjugate gradients on fast transforms take them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from interfacefem.contact.line_solver import solve_line
from interfacefem.contact.polonsky_keer import IterationSettings, iterate
from interfacefem.contact.problem import ContactProblem, ContactSolution, require_bearable
from interfacefem.surfaces import Profile
from interfacefem.surfaces.contact_mask import ContactMask, contact_from_x


def solve_loads(
    problem: ContactProblem,
    pressures: Sequence[float],
    settings: IterationSettings | None = None,
) -> list[ContactSolution]:
    """Solve for each mean pressure, from light to heavy, each from the contact of the last.

    Args:
        problem: What is pressed.
        pressures: Mean pressures in Pa, in any order.
        settings: When the iteration on a map ends.

    Returns:
        One solution for each pressure, in the order given.

    Raises:
        InputError: A pressure that is not above zero and below the hardness.
        ConvergenceError: The contact conditions are not met, to 1e-10 on a line, to the tolerance
            of the settings on a map.
    """
    for pressure in pressures:
        require_bearable(problem, pressure)
    solutions: dict[float, ContactSolution] = {}
    lighter: list[ContactSolution] = []
    for pressure in sorted(set(pressures)):
        if problem.surface.z.ndim == 1:
            solution = solve_line(problem, pressure, lighter[-2:])
        else:
            solution = iterate(problem, pressure, lighter[-1] if lighter else None, settings)
        solutions[pressure] = solution
        lighter.append(solution)
    return [solutions[pressure] for pressure in pressures]


def contact_mask(solution: ContactSolution, profile: Profile) -> ContactMask:
    """Where the block touches the profile, for the current solver.

    Each node stands for its strip. Of several sheets under an overhang all are meant.

    Args:
        solution: The contact.
        profile: The profile its surface was sampled from.

    Raises:
        ContactError: The contact does not fit the profile.
    """
    surface = solution.problem.surface
    change = np.flatnonzero(np.diff(solution.touches.astype(int), prepend=0, append=0))
    half = surface.spacing[0] / 2
    edges = np.append(surface.x - half, surface.x[-1] + half)
    ends = np.clip(edges[change], profile.x[0], profile.x[-1]).reshape(-1, 2)
    return contact_from_x(profile, [(float(first), float(last)) for first, last in ends])
