# SPDX-License-Identifier: BSD-3-Clause
"""Levelling, low-pass filter, resampling and filling of height maps."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy.ndimage import distance_transform_edt, gaussian_filter

from interfacefem.surfaces.filters import GAUSSIAN_ALPHA
from interfacefem.surfaces.height_map import HeightMap, HeightMapError
from interfacefem.units import UM

Array = npt.NDArray[np.floating]


def level(height_map: HeightMap) -> HeightMap:
    """Subtract the least-squares plane."""
    heights = height_map.heights
    rows, columns = (np.arange(n) - (n - 1) / 2 for n in heights.shape)
    # on a regular grid the two slopes and the mean are independent of each other
    slope_y = rows @ heights.sum(axis=1) / (heights.shape[1] * rows @ rows)
    slope_x = columns @ heights.sum(axis=0) / (heights.shape[0] * columns @ columns)
    plane = heights.mean() + slope_y * rows[:, None] + slope_x * columns
    return height_map.with_heights(heights - plane, levelled="yes")


def gaussian_lowpass_map(height_map: HeightMap, cutoff: float) -> HeightMap:
    """Remove what is shorter than the cutoff wavelength (areal Gaussian filter, ISO 16610-61).

    A wave of the cutoff's length keeps half its amplitude. The map is continued by mirror images.

    Args:
        height_map: The map.
        cutoff: Cutoff wavelength in m, at most half the smaller extent.

    Raises:
        HeightMapError: The cutoff is not positive or too long.
    """
    longest = min(height_map.width_x, height_map.width_y) / 2
    if not 0 < cutoff <= longest:
        raise HeightMapError(
            "cannot be applied",
            field="low-pass cutoff",
            found=f"{cutoff / UM:g} um",
            expected=f"more than 0 and at most half the extent, {longest / UM:g} um",
        )
    sigma = GAUSSIAN_ALPHA * cutoff / math.sqrt(2 * math.pi)
    widths = (sigma / height_map.pixel_size_y, sigma / height_map.pixel_size_x)
    smooth = gaussian_filter(height_map.heights, widths, mode="mirror")
    return height_map.with_heights(smooth, lowpass_um=f"{cutoff / UM:g}")


def resample(height_map: HeightMap, shape: tuple[int, int]) -> HeightMap:
    """The same extent with other samples; what a coarser grid cannot carry is filtered out first.

    Args:
        height_map: The map.
        shape: Samples along y and x, at least 2 each.

    Raises:
        HeightMapError: The shape is too small.
    """
    if min(shape) < 2:
        raise HeightMapError("too few samples", found=shape, expected="at least 2 x 2")
    size_y = height_map.width_y / (shape[0] - 1)
    size_x = height_map.width_x / (shape[1] - 1)
    # Nyquist: two samples to the shortest wave
    cutoff = 2 * max(size_x, size_y)
    coarser = size_x > height_map.pixel_size_x or size_y > height_map.pixel_size_y
    if coarser and cutoff <= min(height_map.width_x, height_map.width_y) / 2:
        height_map = gaussian_lowpass_map(height_map, cutoff)
    y, x = np.meshgrid(np.arange(shape[0]) * size_y, np.arange(shape[1]) * size_x, indexing="ij")
    return HeightMap(height_map.at(x, y), size_x, size_y, height_map.metadata)


def crop(height_map: HeightMap, rows: slice, columns: slice) -> HeightMap:
    """A rectangle of samples.

    Raises:
        HeightMapError: Fewer than 2 x 2 samples remain.
    """
    return HeightMap(
        height_map.heights[rows, columns],
        height_map.pixel_size_x,
        height_map.pixel_size_y,
        height_map.metadata,
    )


def fill_missing(heights: Array, missing: npt.NDArray[np.bool_]) -> Array:
    """Heights with each missing point set to that of the nearest point that has one.

    Raises:
        HeightMapError: No point has a height.
    """
    if missing.all():
        raise HeightMapError("holds no height at all")
    nearest = distance_transform_edt(missing, return_distances=False, return_indices=True)
    return np.asarray(heights, dtype=float)[tuple(nearest)]
