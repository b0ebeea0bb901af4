# SPDX-License-Identifier: BSD-3-Clause
"""Peaks and valleys of a height map, at fixed places whatever the load."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter, label, mean
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from skimage.morphology import local_maxima, reconstruction

from interfacefem.surfaces.filters import GAUSSIAN_ALPHA

Array = npt.NDArray[np.floating]
Labels = npt.NDArray[np.integer]
Mask = npt.NDArray[np.bool_]
Boundary = Literal["periodic", "mirror", "finite"]

LEAST_PROMINENCE = 0.3  # of the rms height
_TOP = 1e-9  # of the prominence: nodes so close to the top belong to it
_FLAT = 1e-9  # rms height over extent: rounding errors
_NEIGHBOURS = np.ones((3, 3), dtype=bool)


@dataclass(frozen=True, eq=False)
class ExtremePlaces:
    """Places of one kind, peaks or valleys; a ridge or a plateau is one place.

    Attributes:
        labels: Number of the place each node belongs to, from 1; 0 where none, shape ``(ny, nx)``.
        weights: How much each place counts: one on a mirror is half a place, shape ``(count,)``.
    """

    labels: Labels
    weights: Array

    @property
    def count(self) -> int:
        """Number of places."""
        return len(self.weights)

    def average(self, values: Array) -> float:
        """Mean over the places of nodal values, shape ``(ny, nx)``."""
        means = mean(values, self.labels, np.arange(1, self.count + 1))
        return float(np.average(means, weights=self.weights))


def find_map_extrema(
    heights: Array, spacing: tuple[float, float], boundary: Boundary, cutoff: float
) -> tuple[ExtremePlaces, ExtremePlaces]:
    """Peaks and valleys of prominence 0.3 Sq on the Gaussian-filtered map.

    The prominence of a peak is its height above the highest pass to a higher one (the tree of
    ISO 25178-2, pruned by height); that of a valley is the same of the map upside down. On a
    profile continued along y they are the peaks, and the valleys between them.

    Args:
        heights: In m, the electrolyte above: peaks are minima; shape ``(ny, nx)``, of a periodic
            map without the row and column that repeat.
        spacing: Distance of the nodes along y and x in m.
        boundary: How the map goes on.
        cutoff: Cutoff wavelength in m of the filter (ISO 16610-61).

    Returns:
        Peaks and valleys; none on a flat map.
    """
    widths = [GAUSSIAN_ALPHA * cutoff / math.sqrt(2 * math.pi) / size for size in spacing]
    mode = "wrap" if boundary == "periodic" else "mirror"
    smooth = gaussian_filter(np.asarray(heights, dtype=float), widths, mode=mode)
    rms = float(smooth.std())
    extent = max(n * size for n, size in zip(smooth.shape, spacing, strict=True))
    prominence = LEAST_PROMINENCE * rms
    if rms <= _FLAT * extent:
        nothing = ExtremePlaces(np.zeros(smooth.shape, dtype=int), np.zeros(0))
        return nothing, nothing
    return _places(-smooth, prominence, boundary), _places(smooth, prominence, boundary)


def _places(heights: Array, prominence: float, boundary: Boundary) -> ExtremePlaces:
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


def _without_empty(labels: Labels, weights: Array) -> ExtremePlaces:
    kept = weights > 0
    number = np.zeros(len(weights) + 1, dtype=int)
    number[1:][kept] = np.arange(1, int(kept.sum()) + 1)
    return ExtremePlaces(number[labels], weights[kept])
