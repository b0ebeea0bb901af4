# SPDX-License-Identifier: BSD-3-Clause
"""The largest contact pressure, and where it is no number to be reported."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import find_objects, label

from interfacefem.contact.problem import ContactSolution

_NARROWEST_RESOLVED_CONTACT = 4  # nodes across


def largest_pressure(solution: ContactSolution) -> tuple[float | None, tuple[str, ...]]:
    """The largest nodal pressure in Pa, unless it stands at the edge of a contact.

    Pressure falls to zero toward the edge of a smooth contact. Where it is largest there, the
    surface is flat up to a corner, and refining the grid would raise it without limit: then None.

    Returns:
        The pressure or None, and why it is missing or doubtful.
    """
    surface, pressure = solution.problem.surface, solution.pressure
    largest = float(pressure.max())
    # rounding must not choose one of equal nodes
    worst = tuple(np.argwhere(pressure >= largest * (1 - 1e-9))[0])
    if solution.capped[worst]:
        return largest, ()
    # contacts go on beyond the sides: seen as far as decides whether they are narrow
    margin = min(_NARROWEST_RESOLVED_CONTACT, *(n - 1 for n in surface.shape))
    touches = surface.beyond(solution.touches, margin)
    labels, _ = label(touches, np.ones((3,) * touches.ndim))
    place = tuple(index + margin for index in worst)
    patch = find_objects(labels)[labels[place] - 1]
    across = min(side.stop - side.start for side in patch)
    if across < _NARROWEST_RESOLVED_CONTACT:
        note = f"p_max lies in a contact only {across} nodes wide: it depends on the grid"
        return largest, (note,)
    if not touches[tuple(slice(index - 1, index + 2) for index in place)].all():
        note = (
            "p_max is not reported: it lies at the edge of a flat facet, where elastic pressure "
            "has no limit"
        )
        return None, (note,)
    return largest, ()
