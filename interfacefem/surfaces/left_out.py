# SPDX-License-Identifier: BSD-3-Clause
"""What a guide said of a profile travels in its metadata, files included: ranges whose windows are
left out, and the hashes of guide and line."""

from __future__ import annotations

from collections.abc import Sequence

from interfacefem.surfaces.height_map import HeightMap
from interfacefem.surfaces.profile import Profile
from interfacefem.units import UM

KEY = "left_out_um"
HASHES = ("guide_sha256", "line_sha256")


def left_out(profile: Profile) -> tuple[tuple[float, float], ...]:
    """Ranges of x in m in which no window is read."""
    found = []
    for text in profile.metadata.get(KEY, "").split(";"):
        low, separator, high = text.partition(" to ")
        if separator:
            found.append((float(low) * UM, float(high) * UM))
    return tuple(found)


def with_left_out(profile: Profile, ranges: Sequence[tuple[float, float]]) -> Profile:
    """The profile with ranges of x in m in which no window is read."""
    if not ranges:
        return profile
    text = "; ".join(f"{low / UM:.9g} to {high / UM:.9g}" for low, high in ranges)
    return profile.with_points(profile.x, profile.z, **{KEY: text})


def guide_hashes(surface: Profile | HeightMap) -> dict[str, str]:
    """Hashes of the guide and of the line of a profile that was guided by hand, by key."""
    if not isinstance(surface, Profile):
        return {}
    return {key: surface.metadata[key] for key in HASHES if key in surface.metadata}
