# SPDX-License-Identifier: BSD-3-Clause
"""Peaks and valleys of a line."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.interpolate import CubicSpline
from scipy.signal import find_peaks

from interfacefem.contact.surface import RoughSurface

Array = npt.NDArray[np.floating]
Indices = npt.NDArray[np.integer]

_FLAT = 1e-9  # of the heights' range: nodes that differ by less are level


@dataclass(frozen=True, eq=False)
class LinePlaces:
    """Places of one kind along a line, between nodes.

    Attributes:
        surface: The line.
        x: Places in m, increasing, shape ``(count,)``.
        weights: How often each occurs in a period: one at a mirror counts once, others twice.
    """

    surface: RoughSurface
    x: Array
    weights: Array

    def average(self, values: Array) -> float:
        """Mean over the places of nodal values, interpolated by a cubic spline."""
        surface, spacing = self.surface, self.surface.spacing[0]
        if surface.boundary == "finite":
            found = CubicSpline(surface.x, values)(self.x)
        else:
            period = _period(surface, values)
            along = np.arange(len(period) + 1) * spacing
            wave = CubicSpline(along, np.append(period, period[0]), bc_type="periodic")
            found = wave((self.x - surface.x[0]) % along[-1])
        return float(np.average(found, weights=self.weights))


def line_peaks_and_valleys(
    surface: RoughSurface, smooth: Array, prominence: float
) -> tuple[LinePlaces, LinePlaces]:
    """Peaks, and the lowest point between each two of them.

    Args:
        surface: Gives boundary and nodes.
        smooth: Filtered heights in m at the nodes; peaks are minima.
        prominence: Least one of a peak in m.
    """
    count = len(smooth)
    # peaks toward the block, which is below; rounding must not choose a node on flat ground, but
    # a parabola through rounded heights would move its vertex (the stress ratio by up to 4e-7)
    unit = _FLAT * (float(np.ptp(smooth)) or 1.0)
    height = _period(surface, -np.round(smooth / unit) * unit)
    unrounded = _period(surface, -smooth)
    period = len(height)
    if surface.boundary == "finite":
        peaks, _ = find_peaks(height, prominence=prominence)
        neighbours = list(itertools.pairwise(peaks))
    else:
        tiled, _ = find_peaks(np.tile(height, 3), prominence=prominence)
        peaks = tiled[(tiled >= period) & (tiled < 2 * period)] - period
        neighbours = list(zip(peaks, [*peaks[1:], *(peaks[:1] + period)], strict=True))
    valleys = np.array([_lowest(height, first, last) for first, last in neighbours], dtype=int)
    peak_nodes, peak_weights = _counted(peaks, count, period)
    valley_nodes, valley_weights = _counted(valleys, count, period)
    return (
        LinePlaces(surface, _between_nodes(surface, unrounded, peak_nodes), peak_weights),
        LinePlaces(surface, _between_nodes(surface, unrounded, valley_nodes), valley_weights),
    )


def _period(surface: RoughSurface, values: Array) -> Array:
    """Values over one period: mirrored ones come twice."""
    return np.concatenate([values, values[::-1]]) if surface.boundary == "mirror" else values


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
    flat = np.abs(bend) <= _FLAT * np.ptp(height)
    shift = (before - after) / (2 * np.where(flat, 1.0, bend))
    shift = np.clip(np.where(flat, 0.0, shift), -0.5, 0.5)
    return surface.x[nodes] + shift * surface.spacing[0]
