# SPDX-License-Identifier: BSD-3-Clause
"""The electrolyte above a profile, with no more nodes on it than the current needs."""

from __future__ import annotations

import dataclasses

import numpy as np

from interfacefem.errors import InputError, MeshError
from interfacefem.meshing.outline import Outline, Thinning, kept_points
from interfacefem.meshing.profile_domain import MeshSettings, mesh_profile, require_top_above
from interfacefem.meshing.triangulation import Triangulation
from interfacefem.surfaces import Profile

_GROWTH = 0.6  # of edges away from the interface


def mesh_line(profile: Profile, height: float, thinning: Thinning | None = None) -> Triangulation:
    """Mesh the electrolyte above a profile, points dropped where the curve hardly turns.

    Args:
        profile: The interface, electrolyte above.
        height: Height of the top face above the profile's mean line, in m.
        thinning: Which points are kept.

    Returns:
        The mesh; it knows its ``outline``.

    Raises:
        MeshError: The domain cannot be meshed.

    Rank-local: call on one rank and distribute the result.
    """
    thinning = thinning or Thinning()
    require_top_above(profile, height)
    kept = kept_points(profile, thinning)
    outline = Outline(profile, kept, height, thinning)
    settings = MeshSettings(thinning.chords, _GROWTH, halve_at_corners=not outline.is_thinned)
    if outline.is_thinned:
        try:
            chords = Profile(profile.x[kept], profile.z[kept])
            top = profile.mean_height + height
            mesh = mesh_profile(chords, top - chords.mean_height, settings)
        except (InputError, MeshError):
            # where the curve nearly touches itself, chords may cross
            settings = dataclasses.replace(settings, halve_at_corners=True)
            outline = dataclasses.replace(outline, kept=np.ones_like(kept))
        else:
            along = np.interp(
                mesh.interface_arc_length, chords.arc_length, profile.arc_length[kept]
            )
            return dataclasses.replace(mesh, outline=outline, curve_length=along)
    return dataclasses.replace(mesh_profile(profile, height, settings), outline=outline)
