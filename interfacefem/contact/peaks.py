# SPDX-License-Identifier: BSD-3-Clause
"""Peaks and valleys of a surface, at fixed places whatever the load."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.signal import find_peaks

from interfacefem.contact.surface import RoughSurface
from interfacefem.surfaces.filters import GAUSSIAN_ALPHA

Array = npt.NDArray[np.floating]
Indices = npt.NDArray[np.integer]

LEAST_PROMINENCE = 0.3  # of the rms height
_FLAT = 1e-9  # rms height over width: rounding errors of the coordinates


@dataclass(frozen=True, eq=False)
class PeaksAndValleys:
    """Nodes that count as peaks and valleys.

    Attributes:
        peaks: Indices of nodes that reach toward the block, increasing.
        valleys: Indices of the farthest node between two neighbouring peaks, increasing.
        peak_weights: How often each peak occurs in a period of the surface.
        valley_weights: The same for valleys: one at a mirror counts once, others twice.
    """

    peaks: Indices
    valleys: Indices
    peak_weights: Array
    valley_weights: Array


def find_peaks_and_valleys(surface: RoughSurface, cutoff: float) -> PeaksAndValleys:
    """Peaks of prominence 0.3 Rq on the Gaussian-filtered surface, and the valleys between.

    Args:
        surface: The surface.
        cutoff: Cutoff wavelength in m of the filter (ISO 16610-21).

    Rank-local.
    """
    count = len(surface.x)
    # peaks toward the block, which is below
    height = surface.extended(-_filtered(surface, cutoff))
    rms = float(height.std())
    if rms <= _FLAT * surface.width:
        nothing = np.array([], dtype=int)
        return PeaksAndValleys(nothing, nothing, np.array([]), np.array([]))
    period = len(height)
    if surface.boundary == "finite":
        peaks, _ = find_peaks(height, prominence=LEAST_PROMINENCE * rms)
        neighbours = list(zip(peaks[:-1], peaks[1:], strict=True))
    else:
        tiled, _ = find_peaks(np.tile(height, 3), prominence=LEAST_PROMINENCE * rms)
        peaks = tiled[(tiled >= period) & (tiled < 2 * period)] - period
        neighbours = list(zip(peaks, [*peaks[1:], *(peaks[:1] + period)], strict=True))
    valleys = np.array(
        [
            first + np.argmin(height[np.arange(first, last + 1) % period])
            for first, last in neighbours
        ],
        dtype=int,
    )
    peak_nodes, peak_weights = _counted(peaks, count, period)
    valley_nodes, valley_weights = _counted(valleys, count, period)
    return PeaksAndValleys(peak_nodes, valley_nodes, peak_weights, valley_weights)


def _counted(found: Indices, count: int, period: int) -> tuple[Indices, Array]:
    found = found % period
    nodes = np.where(found < count, found, period - 1 - found)
    unique, times = np.unique(nodes, return_counts=True)
    return unique, times.astype(float)


def _filtered(surface: RoughSurface, cutoff: float) -> Array:
    z = surface.z
    if surface.boundary == "finite":
        # a mirror image beyond the ends, as in the other filters of this package
        z = np.concatenate([z, z[::-1]])
    else:
        z = surface.extended(z)
    frequency = np.fft.rfftfreq(len(z), surface.spacing)
    transmission = np.exp(-math.pi * (GAUSSIAN_ALPHA * cutoff * frequency) ** 2)
    return np.fft.irfft(np.fft.rfft(z) * transmission, len(z))[: len(surface.x)]
