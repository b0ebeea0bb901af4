# SPDX-License-Identifier: BSD-3-Clause
"""Peaks and valleys of a surface, at fixed places whatever the load."""

from __future__ import annotations

import itertools
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
    """Places that count as peaks and valleys.

    Attributes:
        peaks: x in m of what reaches toward the block, increasing, shape ``(p,)``.
        valleys: x in m of the farthest point between two neighbouring peaks, shape ``(v,)``.
        peak_weights: How often each peak occurs in a period of the surface.
        valley_weights: The same for valleys: one at a mirror counts once, others twice.
    """

    peaks: Array
    valleys: Array
    peak_weights: Array
    valley_weights: Array


def find_peaks_and_valleys(surface: RoughSurface, cutoff: float) -> PeaksAndValleys:
    """Peaks of prominence 0.3 Rq on the Gaussian-filtered, level surface; the valleys between.

    Args:
        surface: The surface.
        cutoff: Cutoff wavelength in m of the filter (ISO 16610-21).
    """
    count = len(surface.x)
    # peaks toward the block, which is below
    height = surface.extended(-_filtered(surface, cutoff))
    rms = float(height.std())
    if rms <= _FLAT * surface.width:
        return PeaksAndValleys(*(np.array([]) for _ in range(4)))
    period = len(height)
    if surface.boundary == "finite":
        peaks, _ = find_peaks(height, prominence=LEAST_PROMINENCE * rms)
        neighbours = list(itertools.pairwise(peaks))
    else:
        tiled, _ = find_peaks(np.tile(height, 3), prominence=LEAST_PROMINENCE * rms)
        peaks = tiled[(tiled >= period) & (tiled < 2 * period)] - period
        neighbours = list(zip(peaks, [*peaks[1:], *(peaks[:1] + period)], strict=True))
    valleys = np.array([_lowest(height, first, last) for first, last in neighbours], dtype=int)
    peak_nodes, peak_weights = _counted(peaks, count, period)
    valley_nodes, valley_weights = _counted(valleys, count, period)
    return PeaksAndValleys(
        _between_nodes(surface, height, peak_nodes),
        _between_nodes(surface, height, valley_nodes),
        peak_weights,
        valley_weights,
    )


def _lowest(height: Array, first: int, last: int) -> int:
    """The lowest node between two, the middle one of a flat floor."""
    between = height[np.arange(first, last + 1) % len(height)]
    floor = np.flatnonzero(between <= between.min() + _FLAT * np.ptp(height))
    return first + int(floor[len(floor) // 2])


def _counted(found: Indices, count: int, period: int) -> tuple[Indices, Array]:
    """Nodes of the surface and how often each occurs in a period."""
    found = found % period
    nodes = np.sort(np.where(found < count, found, period - 1 - found))
    # the middle of an even plateau and that of its mirror image are neighbours
    first = np.flatnonzero(np.diff(nodes, prepend=-2) > 1)
    return nodes[first], np.diff(np.append(first, len(nodes))).astype(float)


def _between_nodes(surface: RoughSurface, height: Array, nodes: Indices) -> Array:
    """x of the extremum of the parabola through a node and its neighbours.

    Below a valley the stress falls steeply to one side: a place that jumps from node to node would
    make the ratio converge with the first power of the spacing only.
    """
    before, after = height[nodes - 1], height[(nodes + 1) % len(height)]
    bend = before - 2 * height[nodes] + after
    flat = np.abs(bend) <= 1e-12 * np.ptp(height)
    shift = (before - after) / (2 * np.where(flat, 1.0, bend))
    return surface.x[nodes] + np.clip(np.where(flat, 0.0, shift), -0.5, 0.5) * surface.spacing


def _filtered(surface: RoughSurface, cutoff: float) -> Array:
    z = surface.z
    if surface.boundary != "periodic":
        # an inclination hides peaks
        z = z - surface.rise * surface.lever / surface.width
    # a finite one with a mirror image beyond its ends, as in the other filters of this package
    finite = surface.boundary == "finite"
    z = np.concatenate([z, z[::-1]]) if finite else surface.extended(z)
    frequency = np.fft.rfftfreq(len(z), surface.spacing)
    transmission = np.exp(-math.pi * (GAUSSIAN_ALPHA * cutoff * frequency) ** 2)
    return np.fft.irfft(np.fft.rfft(z) * transmission, len(z))[: len(surface.x)]
