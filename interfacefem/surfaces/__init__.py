# SPDX-License-Identifier: BSD-3-Clause
"""Profiles and height maps of an interface, their roughness, filters, contact, synthetic ones."""

from interfacefem.surfaces.contact_mask import ContactMap, ContactMask
from interfacefem.surfaces.height_map import HeightMap
from interfacefem.surfaces.profile import Profile, read_profile_csv, write_profile_csv
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
    "read_profile_csv",
    "roughness_statistics",
    "write_profile_csv",
]
