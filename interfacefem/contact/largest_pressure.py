# SPDX-License-Identifier: BSD-3-Clause
"""The largest contact pressure, and where it is no number to be reported."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from interfacefem.contact.solver import ContactSolution
from interfacefem.contact.surface import RoughSurface

_SHORTEST_RESOLVED_CONTACT = 4  # nodes


def largest_pressure(solution: ContactSolution) -> tuple[float | None, tuple[str, ...]]:
    """The largest nodal pressure in Pa, unless it stands at the edge of a contact.

    Pressure falls to zero toward the edge of a smooth contact. Where it is largest there, the
    surface is flat up to a corner, and refining the grid would raise it without limit: then None.

    Returns:
        The pressure or None, and why it is missing or doubtful.
    """
    pressure, touches = solution.pressure, solution.touches
    worst = int(np.argmax(pressure))
    largest = float(pressure[worst])
    surface = solution.problem.surface
    if solution.capped[worst] or (touches.all() and surface.boundary != "finite"):
        return largest, ()
    first, last = _contact_around(worst, touches, surface)
    length = last - first + 1
    if length < _SHORTEST_RESOLVED_CONTACT:
        note = f"p_max lies in a contact only {length} nodes wide: it depends on the grid"
        return largest, (note,)
    if worst in (first, last):
        note = (
            "p_max is not reported: it lies at the edge of a flat facet, where elastic pressure "
            "has no limit"
        )
        return None, (note,)
    return largest, ()


def _contact_around(
    node: int, touches: npt.NDArray[np.bool_], surface: RoughSurface
) -> tuple[int, int]:
    """First and last node of the contact that holds a node; beyond the ends in a periodic one."""
    count = len(touches)
    first = last = node

    def touching(index: int) -> bool:
        if 0 <= index < count:
            return bool(touches[index])
        if surface.boundary == "periodic":
            return bool(touches[index % count])
        if surface.boundary == "mirror":
            return bool(touches[(-1 - index) if index < 0 else (2 * count - 1 - index)])
        return False

    while touching(first - 1) and last - first < count:
        first -= 1
    while touching(last + 1) and last - first < count:
        last += 1
    return first, last
