# SPDX-License-Identifier: BSD-3-Clause
"""Other samples of a height map: resampled, cropped, missing ones filled."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.ndimage import distance_transform_edt

from interfacefem.surfaces.filters import gaussian_lowpass_map
from interfacefem.surfaces.height_map import HeightMap, HeightMapError

Array = npt.NDArray[np.floating]


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
