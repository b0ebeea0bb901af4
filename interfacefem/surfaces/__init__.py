# SPDX-License-Identifier: BSD-3-Clause
"""Profiles of an interface: the curve itself, its roughness, filters, synthetic surfaces."""

from interfacefem.surfaces.profile import Profile, read_profile_csv, write_profile_csv
from interfacefem.surfaces.roughness import RoughnessStatistics, roughness_statistics

__all__ = [
    "Profile",
    "RoughnessStatistics",
    "read_profile_csv",
    "roughness_statistics",
    "write_profile_csv",
]
