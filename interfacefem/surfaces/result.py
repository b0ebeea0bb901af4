# SPDX-License-Identifier: BSD-3-Clause
"""Roughness statistics as JSON keys, in the units their names end with."""

from __future__ import annotations

import math

from interfacefem.surfaces.profile import Profile
from interfacefem.surfaces.roughness import roughness_statistics
from interfacefem.units import UM


def roughness_result(profile: Profile) -> dict[str, float | None]:
    """Roughness of a profile for JSON; a number that cannot be formed is None."""
    statistics = roughness_statistics(profile)
    result = {
        "width_um": profile.width / UM,
        "Ra_um": statistics.ra / UM,
        "Rq_um": statistics.rq / UM,
        "Rz_um": statistics.rz / UM,
        "Rt_um": statistics.rt / UM,
        "Rsk": statistics.rsk,
        "Rku": statistics.rku,
        "RSm_um": statistics.rsm / UM,
        "Rdq": statistics.rdq,
        "length_ratio": statistics.length_ratio,
    }
    return {key: value if math.isfinite(value) else None for key, value in result.items()}
