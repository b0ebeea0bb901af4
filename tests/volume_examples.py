# SPDX-License-Identifier: BSD-3-Clause
"""Volumes that several test files solve."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter

from interfacefem.conduction.segmented_volume import SegmentedVolume
from interfacefem.conduction.solver import (
    Conduction,
    ConductionSettings,
    ConductionSolver,
    VolumeSlab,
)

CUBES = (1e-6, 1e-6, 1e-6)
EXACT = ConductionSettings(residual=1e-13, flux_spread=1e-11)
Labels = npt.NDArray[np.integer]


def solved(
    labels: Labels,
    conductivities: dict[int, float],
    axis: int = 0,
    voxel_size: tuple[float, float, float] = CUBES,
    settings: ConductionSettings | None = EXACT,
) -> Conduction:
    """Conduction through a volume on this rank alone."""
    volume = VolumeSlab.of(SegmentedVolume(labels, voxel_size))
    return ConductionSolver(volume, conductivities).solve(axis, settings)


def blobs(shape: tuple[int, int, int], fraction: float, seed: int = 1) -> Labels:
    """Random blobs, about six voxels wide, that fill a fraction of the volume."""
    noise = gaussian_filter(np.random.default_rng(seed).standard_normal(shape), 2, mode="wrap")
    return (noise < np.quantile(noise, fraction)).astype(np.uint8)
