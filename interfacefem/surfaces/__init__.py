# SPDX-License-Identifier: BSD-3-Clause
"""The interface as a profile (2D, may overhang) or a height map (3D): files, filters, roughness.

In: CSV files, grids, instruments' files. Out: ``Profile``, ``HeightMap``, where the metal touches
them, and their roughness. Called by every room above that has an interface.
"""

from interfacefem.surfaces.contact_mask import ContactMap, ContactMask
from interfacefem.surfaces.height_map import HeightMap
from interfacefem.surfaces.profile import (
    Profile,
    profile_from_points,
    read_profile_csv,
    write_profile_csv,
)
from interfacefem.surfaces.roughness import (
    ArealRoughness,
    RoughnessStatistics,
    areal_roughness,
    roughness_statistics,
)

__all__ = [
    "ArealRoughness",
    "ContactMap",
    "ContactMask",
    "HeightMap",
    "Profile",
    "RoughnessStatistics",
    "areal_roughness",
    "profile_from_points",
    "read_profile_csv",
    "roughness_statistics",
    "write_profile_csv",
]
