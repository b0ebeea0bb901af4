# SPDX-License-Identifier: BSD-3-Clause
"""What a flat interface leaves out: the gap between the spots takes room from the current lines.

The pressed surface is flat where it touches and lies above that plane elsewhere. By Rayleigh's
principle the flat model, counted from the plane of contact, is a lower bound; the dissipation of
its current in the volume of the gap is what the first order adds.
"""

from __future__ import annotations

import numpy as np

from interfacefem.interface.pressed import PressedSurface
from interfacefem.interface.spot_current import SpotCurrent

# of the interface's resistance: where the correction is larger the flat model is wrong
LARGEST_CORRECTION = 0.1


def slope_correction(pressed: PressedSurface, solution: SpotCurrent) -> float:
    """First order of what the gap takes away, in ohm m^2.

    ``<gap |J_t|^2>/(k i_app^2)`` over the open surface, ``J_t = k grad(S i)`` along the surface.
    """
    problem = solution.problem
    squared = problem.grid.gradient_squared(solution.potential)
    lost = problem.grid.mean(np.where(pressed.contact, 0.0, pressed.gap * squared))
    return problem.conductivity * float(lost) / problem.applied_current_density**2
