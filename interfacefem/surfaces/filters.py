# SPDX-License-Identifier: BSD-3-Clause
"""Low-pass filters, and what levels: profiles and height maps."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter, gaussian_filter1d

from interfacefem.errors import InputError, ProfileError
from interfacefem.surfaces.height_map import HeightMap, HeightMapError
from interfacefem.surfaces.profile import Profile
from interfacefem.units import UM

Array = npt.NDArray[np.floating]

# ISO 16610-21 and -61: half the amplitude is kept at the cutoff
GAUSSIAN_ALPHA = math.sqrt(math.log(2) / math.pi)
_SAMPLES_PER_CUTOFF = 8
_MIN_PIECES_PER_CUTOFF = 2


def gaussian_width(cutoff: float) -> float:
    """Standard deviation of the Gaussian filter's weights, in the unit of the cutoff."""
    return GAUSSIAN_ALPHA * cutoff / math.sqrt(2 * math.pi)


def gaussian_transmission(cutoff: float, wavenumbers: Array) -> Array:
    """Share of the amplitude of waves that the Gaussian filter keeps.

    Args:
        cutoff: Cutoff wavelength in m.
        wavenumbers: In 1/m, any shape.
    """
    return np.exp(-((gaussian_width(cutoff) * wavenumbers) ** 2) / 2)


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
    _require_cutoff(cutoff, profile.width, ProfileError)
    along = profile.arc_length if profile.has_overhangs else profile.x - profile.x[0]
    finest = float(np.diff(along).min())
    count = math.ceil(along[-1] / max(min(finest, cutoff / _SAMPLES_PER_CUTOFF), cutoff / 200)) + 1
    even = np.linspace(0.0, along[-1], count)
    sigma = gaussian_width(cutoff) / (even[1] - even[0])
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


def gaussian_lowpass_map(height_map: HeightMap, cutoff: float) -> HeightMap:
    """Remove what is shorter than the cutoff wavelength (areal Gaussian filter, ISO 16610-61).

    A wave of the cutoff's length keeps half its amplitude. The map is continued by mirror images.

    Args:
        height_map: The map.
        cutoff: Cutoff wavelength in m, at most half the smaller extent.

    Raises:
        HeightMapError: The cutoff is not positive or too long.
    """
    _require_cutoff(cutoff, min(height_map.width_x, height_map.width_y), HeightMapError)
    sigma = gaussian_width(cutoff)
    widths = (sigma / height_map.pixel_size_y, sigma / height_map.pixel_size_x)
    smooth = gaussian_filter(height_map.heights, widths, mode="mirror")
    return height_map.with_heights(smooth, lowpass_um=f"{cutoff / UM:g}")


def level(height_map: HeightMap) -> HeightMap:
    """Subtract the least-squares plane of a height map."""
    heights = height_map.heights
    rows, columns = (np.arange(n) - (n - 1) / 2 for n in heights.shape)
    # on a regular grid the two slopes and the mean are independent of each other
    slope_y = rows @ heights.sum(axis=1) / (heights.shape[1] * rows @ rows)
    slope_x = columns @ heights.sum(axis=0) / (heights.shape[0] * columns @ columns)
    plane = heights.mean() + slope_y * rows[:, None] + slope_x * columns
    return height_map.with_heights(heights - plane, levelled="yes")


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


def _require_cutoff(cutoff: float, extent: float, error: type[InputError]) -> None:
    longest = extent / _MIN_PIECES_PER_CUTOFF
    if not 0 < cutoff <= longest:
        raise error(
            "cannot be applied",
            field="low-pass cutoff",
            found=f"{cutoff / UM:g} um",
            expected=f"more than 0 and at most half the width, {longest / UM:g} um",
        )


def _filter_keeping_ends(x: Array, sigma: float) -> Array:
    line = np.linspace(x[0], x[-1], len(x))
    padding = min(len(x) - 1, math.ceil(4 * sigma))
    deviation = x - line
    # an odd continuation keeps the deviation zero at both ends
    continued = np.pad(deviation, padding, mode="reflect", reflect_type="odd")
    smooth = gaussian_filter1d(continued, sigma)[padding : padding + len(x)]
    smooth[0] = smooth[-1] = 0.0
    return line + smooth


def _trim_to_strip(x: Array, z: Array) -> tuple[Array, Array]:
    """The longest stretch whose first point is its leftmost and whose last its rightmost."""
    middle = len(x) // 2
    # of several points on a side the one nearest the middle, so that none is touched again
    start = middle - int(np.argmin(x[middle::-1]))
    end = middle + int(np.argmax(x[middle:]))
    if start >= end:
        raise ProfileError("nothing is left of the profile once its tilt is removed")
    return x[start : end + 1], z[start : end + 1]
