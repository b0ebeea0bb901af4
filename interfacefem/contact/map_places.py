# SPDX-License-Identifier: BSD-3-Clause
"""Peaks and valleys of a map."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import label, mean
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from skimage.morphology import local_maxima, reconstruction

from interfacefem.contact.surface import RoughSurface

Array = npt.NDArray[np.floating]
Labels = npt.NDArray[np.integer]
Mask = npt.NDArray[np.bool_]

_TOP = 1e-9  # of the prominence: nodes so close to the top belong to it
_NEIGHBOURS = np.ones((3, 3), dtype=bool)


@dataclass(frozen=True, eq=False)
class MapPlaces:
    """Places of one kind on a map; a ridge or a plateau is one place.

    Attributes:
        labels: Number of the place each node belongs to, from 1; 0 where none, shape ``(ny, nx)``.
        weights: How much each place counts: one on a mirror is half a place, shape ``(count,)``.
    """

    labels: Labels
    weights: Array

    def average(self, values: Array) -> float:
        """Mean over the places of nodal values, shape ``(ny, nx)``."""
        means = mean(values, self.labels, np.arange(1, len(self.weights) + 1))
        return float(np.average(means, weights=self.weights))


def map_peaks_and_valleys(
    surface: RoughSurface, smooth: Array, prominence: float
) -> tuple[MapPlaces, MapPlaces]:
    """Peaks and valleys of some prominence.

    That of a valley is the one of a peak of the map upside down. On a line continued along y they
    are the peaks, and the valleys between them.

    Args:
        surface: Gives the boundary.
        smooth: Filtered heights in m at the nodes; peaks are minima.
        prominence: Least one in m; infinite: there are none.
    """
    if math.isinf(prominence):
        nothing = MapPlaces(np.zeros(smooth.shape, dtype=int), np.zeros(0))
        return nothing, nothing
    peaks, valleys = (_places(one, prominence, surface.boundary) for one in (-smooth, smooth))
    return peaks, valleys


def _places(heights: Array, prominence: float, boundary: str) -> MapPlaces:
    domes, tops = (
        _domes_of_period(heights, prominence)
        if boundary == "periodic"
        else _domes(heights, prominence)
    )
    labels, count = label(domes, _NEIGHBOURS)
    if boundary == "periodic":
        labels, count = _joined_across_sides(labels, count)
    labels = np.where(tops, labels, 0)
    weights = np.bincount(labels.ravel(), minlength=count + 1)[1:].astype(bool).astype(float)
    if boundary == "mirror":
        for sides in ((labels[0], labels[-1]), (labels[:, 0], labels[:, -1])):
            touching = np.unique(np.concatenate(sides))
            weights[touching[touching > 0] - 1] /= 2
    if boundary == "finite":
        # whether what lies on a side alone would go on rising beyond it is not known
        inner = np.unique(labels[1:-1, 1:-1])
        weights[np.setdiff1d(np.arange(1, count + 1), inner) - 1] = 0.0
    return _without_empty(labels, weights)


def _domes(heights: Array, prominence: float) -> tuple[Mask, Mask]:
    """What rises by the prominence above all passes to higher ground, and the tops of it.

    Equal tops with a higher pass between them are one dome.
    """
    filled = reconstruction(heights - prominence, heights, method="dilation", footprint=_NEIGHBOURS)
    domes = local_maxima(filled, connectivity=2)
    return domes, domes & (heights - filled >= prominence * (1 - _TOP))


def _domes_of_period(heights: Array, prominence: float) -> tuple[Mask, Mask]:
    rows, columns = heights.shape
    top, left = rows // 2, columns // 2
    # a pass may lead across the sides: one period in the middle of two
    tiled = np.pad(heights, ((top, rows - top), (left, columns - left)), "wrap")
    domes, tops = _domes(tiled, prominence)
    period = slice(top, top + rows), slice(left, left + columns)
    return domes[period], tops[period]


def _joined_across_sides(labels: Labels, count: int) -> tuple[Labels, int]:
    pairs = []
    for first, last in ((labels[0], labels[-1]), (labels[:, 0], labels[:, -1])):
        for shift in (-1, 0, 1):
            other = np.roll(last, shift)
            both = (first > 0) & (other > 0)
            pairs.append(np.stack([first[both], other[both]]))
    one, two = np.concatenate(pairs, axis=1)
    graph = coo_matrix((np.ones(len(one)), (one, two)), shape=(count + 1, count + 1))
    # node 0 of the graph is what belongs to no place
    joined, group = connected_components(graph, directed=False)
    order = np.zeros(joined, dtype=int)
    order[np.unique(group[1:])] = np.arange(1, joined)
    return np.where(labels > 0, order[group[labels]], 0), joined - 1


def _without_empty(labels: Labels, weights: Array) -> MapPlaces:
    kept = weights > 0
    number = np.zeros(len(weights) + 1, dtype=int)
    number[1:][kept] = np.arange(1, int(kept.sum()) + 1)
    return MapPlaces(number[labels], weights[kept])
