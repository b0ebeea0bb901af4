# SPDX-License-Identifier: BSD-3-Clause
"""Roughness as JSON keys, in the units their names end with."""

from __future__ import annotations

import math

from interfacefem.surfaces.height_map import HeightMap
from interfacefem.surfaces.profile import Profile
from interfacefem.surfaces.roughness import areal_roughness, roughness_statistics
from interfacefem.units import UM


def roughness_result(surface: Profile | HeightMap) -> dict[str, float | None]:
    """Roughness of a profile or a height map; a number that cannot be formed is None."""
    result = _of_profile(surface) if isinstance(surface, Profile) else _of_map(surface)
    return {key: value if math.isfinite(value) else None for key, value in result.items()}


def _of_profile(profile: Profile) -> dict[str, float]:
    found = roughness_statistics(profile)
    return {
        "width_um": profile.width / UM,
        "Ra_um": found.ra / UM,
        "Rq_um": found.rq / UM,
        "Rz_um": found.rz / UM,
        "Rt_um": found.rt / UM,
        "Rsk": found.rsk,
        "Rku": found.rku,
        "RSm_um": found.rsm / UM,
        "Rdq": found.rdq,
        "length_ratio": found.length_ratio,
    }


def _of_map(height_map: HeightMap) -> dict[str, float]:
    found = areal_roughness(height_map)
    return {
        "width_x_um": height_map.width_x / UM,
        "width_y_um": height_map.width_y / UM,
        "Sa_um": found.sa / UM,
        "Sq_um": found.sq / UM,
        "Sz_um": found.sz / UM,
        "Ssk": found.ssk,
        "Sku": found.sku,
        "Sdq": found.sdq,
        "Sdr": found.sdr,
    }
