# SPDX-License-Identifier: BSD-3-Clause
"""Low-pass filter and tilt removal for profiles."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter1d

from interfacefem.errors import ProfileError
from interfacefem.surfaces.profile import Profile
from interfacefem.units import UM

GAUSSIAN_ALPHA = math.sqrt(math.log(2) / math.pi)  # ISO 16610-21: 50 % transmission at the cutoff
_SAMPLES_PER_CUTOFF = 8
_MIN_PIECES_PER_CUTOFF = 2


def gaussian_lowpass(profile: Profile, cutoff: float) -> Profile:
    """Remove what is shorter than the cutoff wavelength (Gaussian filter of ISO 16610-21).

    A wave of the cutoff's length keeps half its amplitude. A single-valued profile is filtered
    over x, one with overhangs over its arc length. The profile is continued by mirror images at
    its ends, which stay on the sides.

    Args:
        profile: The profile to be filtered.
        cutoff: Cutoff wavelength in m, at most half the width.

    Raises:
        ProfileError: The cutoff is not positive, too long, or makes the curve cross itself.
    """
    if not 0 < cutoff <= profile.width / _MIN_PIECES_PER_CUTOFF:
        raise ProfileError(
            "cannot be applied",
            field="low-pass cutoff",
            found=f"{cutoff / UM:g} um",
            expected=f"more than 0 and at most half the width, {profile.width / 2 / UM:g} um",
        )
    along = profile.arc_length if profile.has_overhangs else profile.x - profile.x[0]
    finest = float(np.diff(along).min())
    count = math.ceil(along[-1] / max(min(finest, cutoff / _SAMPLES_PER_CUTOFF), cutoff / 200)) + 1
    even = np.linspace(0.0, along[-1], count)
    sigma = GAUSSIAN_ALPHA * cutoff / math.sqrt(2 * math.pi) / (even[1] - even[0])
    z = gaussian_filter1d(np.interp(even, along, profile.z), sigma, mode="mirror")
    x = np.interp(even, along, profile.x)
    if profile.has_overhangs:
        x = _filter_keeping_ends(x, sigma)
    step = max(1, math.floor(cutoff / _SAMPLES_PER_CUTOFF / (even[1] - even[0])))
    keep = np.unique(np.append(np.arange(0, count, step), count - 1))
    try:
        return profile.with_points(x[keep], z[keep], lowpass_um=f"{cutoff / UM:g}")
    except ProfileError as error:
        raise ProfileError(
            f"after the low-pass filter {error}",
            field="low-pass cutoff",
            found=f"{cutoff / UM:g} um",
            expected="a shorter or longer cutoff, or a single-valued profile",
        ) from None


def remove_tilt(profile: Profile) -> tuple[Profile, float]:
    """Rotate a profile so that its least-squares line is horizontal.

    What the rotation moves outside the strip between the ends is cut off.

    Returns:
        The level profile, and the tilt that was removed in degrees (positive: rising to the right).

    Raises:
        ProfileError: Less than a level curve remains.
    """
    x = profile.x
    z = profile.z
    weights = np.zeros(len(x))
    weights[:-1] += profile.segment_lengths / 2
    weights[1:] += profile.segment_lengths / 2
    centred = x - np.average(x, weights=weights)
    slope = np.average(centred * z, weights=weights) / np.average(centred**2, weights=weights)
    angle = math.atan(slope)
    cos, sin = math.cos(angle), math.sin(angle)
    level_x, level_z = _trim_to_strip(x * cos + z * sin, z * cos - x * sin)
    degrees = math.degrees(angle)
    level = profile.with_points(
        level_x - level_x[0], level_z, tilt_removed_degrees=f"{degrees:.3f}"
    )
    return level, degrees


def _filter_keeping_ends(x: npt.NDArray[np.floating], sigma: float) -> npt.NDArray[np.floating]:
    line = np.linspace(x[0], x[-1], len(x))
    padding = min(len(x) - 1, math.ceil(4 * sigma))
    deviation = x - line
    # an odd continuation keeps the deviation zero at both ends
    continued = np.pad(deviation, padding, mode="reflect", reflect_type="odd")
    smooth = gaussian_filter1d(continued, sigma)[padding : padding + len(x)]
    smooth[0] = smooth[-1] = 0.0
    return line + smooth


def _trim_to_strip(
    x: npt.NDArray[np.floating], z: npt.NDArray[np.floating]
) -> tuple[npt.NDArray[np.floating], npt.NDArray[np.floating]]:
    """The longest stretch whose first point is its leftmost and whose last its rightmost."""
    middle = len(x) // 2
    # of several points on a side the one nearest the middle, so that none is touched again
    start = middle - int(np.argmin(x[middle::-1]))
    end = middle + int(np.argmax(x[middle:]))
    if start >= end:
        raise ProfileError("nothing is left of the profile once its tilt is removed")
    return x[start : end + 1], z[start : end + 1]
