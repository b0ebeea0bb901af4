# SPDX-License-Identifier: BSD-3-Clause
"""How far above an interface the electrolyte reaches where nobody says it."""

from __future__ import annotations

from interfacefem.surfaces import Profile
from interfacefem.surfaces.height_map import HeightMap


def default_height(profile: Profile) -> float:
    """Height in m of the top above the mean line: one width above the highest point.

    The slowest wave along the interface, of wavelength twice the width, has then decayed to
    ``exp(-pi)`` at the top and its reflection to ``exp(-2 pi)``, 0.2 %, at the interface.
    """
    return profile.width + float(profile.z.max()) - profile.mean_height


def default_map_height(height_map: HeightMap) -> float:
    """Height in m of the top above the mean: the longer side above the highest point.

    As for profiles, the top is then where the roughness is no longer felt.
    """
    above_mean = float(height_map.heights.max()) - height_map.mean_height
    return max(height_map.width_x, height_map.width_y) + above_mean
