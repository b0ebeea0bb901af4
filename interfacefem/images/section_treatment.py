# SPDX-License-Identifier: BSD-3-Clause
"""What is done to the curve of a section after it was traced: tilt, overhangs, short waves."""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from interfacefem.images.boundary import seen_from_below
from interfacefem.parameters.sampling import Sampling
from interfacefem.surfaces.filters import gaussian_lowpass, remove_tilt
from interfacefem.surfaces.profile import Profile

Array: TypeAlias = npt.NDArray[np.floating]


def treated(profile: Profile, settings: Sampling, pixel: float) -> tuple[Profile, Array, Array]:
    """The profile without tilt and short waves, and where its points lie: pixels right and down."""
    angle = shift = 0.0
    along: Array
    height: Array
    if settings.remove_tilt:
        level, degrees = remove_tilt(profile)
        angle = math.radians(degrees)
        along = profile.x * math.cos(angle) + profile.z * math.sin(angle)
        height = profile.z * math.cos(angle) - profile.x * math.sin(angle)
        # points before the one that became the left end were cut off, and x starts at zero again
        start = int(np.argmin(np.abs(height[: len(height) // 2 + 1] - level.z[0])))
        shift = float(along[start] - level.x[0])
        profile = level
    if settings.single_valued:
        profile = profile.with_points(*seen_from_below(profile.x, profile.z, pixel))
    if settings.cutoff is not None:
        profile = gaussian_lowpass(profile, settings.cutoff)
    along, height = profile.x + shift, profile.z
    cos, sin = math.cos(angle), math.sin(angle)
    return profile, (along * cos - height * sin) / pixel, -(along * sin + height * cos) / pixel
