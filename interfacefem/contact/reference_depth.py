# SPDX-License-Identifier: BSD-3-Clause
"""The depth below a surface at which the stress ratio is read."""

from __future__ import annotations

from interfacefem.contact.surface import RoughSurface
from interfacefem.errors import InputError
from interfacefem.units import UM

# about half the distance of the grains that touch in a section of a tape; assumed
PROFILE_DEPTH = 1 * UM
# of optical maps, whose samples lie about a micrometre apart; assumed
MAP_DEPTH = 10 * UM


def reference_depth(surface: RoughSurface, asked: float | None) -> float:
    """The depth in m that was asked for, or the same for all profiles and all height maps.

    Raises:
        InputError: One was asked for that is below the spacing of the nodes.
    """
    line = surface.z.ndim == 1
    if asked is None:
        return PROFILE_DEPTH if line else MAP_DEPTH
    spacing = max(surface.spacing)
    if asked < spacing:
        raise InputError(
            "is below the grid step",
            field="stress.depth",
            found=f"{asked / UM:.4g} um",
            expected=f"at least the distance of the nodes, {spacing / UM:.4g} um"
            + ("; or more nodes (stress.nodes)" if line else ""),
        )
    return asked
