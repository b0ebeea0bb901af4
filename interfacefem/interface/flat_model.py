# SPDX-License-Identifier: BSD-3-Clause
"""What a flat interface leaves out: the gap between the spots takes room from the current lines.

The pressed surface is flat where it touches and lies above that plane elsewhere. By Rayleigh's
principle the flat model, counted from the plane of contact, is a lower bound; the dissipation of
its current in the volume of the gap is what the first order adds.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from interfacefem.interface.pressed import PressedSurface, Undercut
from interfacefem.interface.spot_current import SpotCurrent, solve_spots
from interfacefem.units import OHM_CM2

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


def undercut_bound(solution: SpotCurrent, undercut: Undercut) -> float | None:
    """Upper bound of the resistance of interface and bulk where cavities lie above contacts.

    By Thomson's principle any current that is conserved and passes no wall dissipates at least what
    the true one does. Here it falls straight, without spreading, from a plane above all cavities
    through the columns that no cavity cuts; contacts below cavities carry none. Strict for linear
    laws.

    Args:
        solution: On all contacts; its height is counted from the plane of contact.
        undercut: Those below cavities.

    Returns:
        In ohm m^2; None where no contact is left, or the cavities reach the top.

    Raises:
        ConvergenceError: The current was not found.
    """
    problem = solution.problem
    above = problem.height - undercut.depth
    free = problem.contact & ~undercut.where
    if above <= 0 or not free.any():
        return None
    law = problem.law
    column = undercut.depth / problem.conductivity
    law = replace(law, film_resistance=law.film_resistance + column)
    bounded = solve_spots(replace(problem, contact=free, height=above, law=law))
    return bounded.resistance + above / problem.conductivity


def flat_model_notes(
    solution: SpotCurrent, correction: float, undercut_share: float, bound: float | None
) -> list[str]:
    """What the flat model leaves out, where that is not small.

    Args:
        solution: Of the flat model.
        correction: Of first order for the gap, in ohm m^2.
        undercut_share: Share of the contact below cavities.
        bound: Upper bound of the resistance in ohm m^2, where there are such.
    """
    notes = []
    interface = solution.parts.total
    if correction > LARGEST_CORRECTION * interface:
        share = 100 * correction / interface if interface > 0 else math.inf
        notes.append(
            f"the flat model is wrong here: the gap's first-order correction is {share:.2g} % of "
            "the interface's resistance; it lies between that without and that with twice the "
            "correction"
        )
    if undercut_share > 0:
        most = "" if bound is None else f" and {bound / OHM_CM2:.4g} ohm cm2 an upper one"
        notes.append(
            f"{100 * undercut_share:.2g} % of the contact has a cavity above it, which the flat "
            f"model does not see: the resistance is a lower bound{most}"
        )
    return notes
