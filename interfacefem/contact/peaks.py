# SPDX-License-Identifier: BSD-3-Clause
"""Peaks and valleys of a line or a map, at fixed places whatever the load."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from interfacefem.contact.line_places import line_peaks_and_valleys
from interfacefem.contact.map_places import map_peaks_and_valleys
from interfacefem.contact.surface import RoughSurface
from interfacefem.contact.waves import Transform
from interfacefem.errors import InputError
from interfacefem.surfaces.filters import gaussian_transmission
from interfacefem.units import UM

Array = npt.NDArray[np.floating]

FEWEST_PEAKS = 2
LEAST_PROMINENCE = 0.3  # of the rms height
_FLAT = 1e-9  # rms height over width: rounding errors of the coordinates


class Places(Protocol):
    """Places of one kind, peaks or valleys.

    Attributes:
        weights: How often each place occurs in a period of the surface, up to a common factor:
            one on a mirror is half a place, shape ``(count,)``.
    """

    @property
    def weights(self) -> Array: ...

    def average(self, values: Array) -> float:
        """Mean over the places of nodal values, in the shape of the surface."""


@dataclass(frozen=True, eq=False)
class PeaksAndValleys:
    """Places that count as peaks and valleys.

    Attributes:
        peaks: What reaches toward the block.
        valleys: What lies farthest from it, between the peaks.
    """

    peaks: Places
    valleys: Places


def find_peaks_and_valleys(surface: RoughSurface, cutoff: float) -> PeaksAndValleys:
    """Peaks and valleys of prominence 0.3 rms on the Gaussian-filtered, level surface.

    The prominence of a peak is its height above the highest pass to a higher one (on a map the
    tree of ISO 25178-2, pruned by height). On a line a valley is the lowest point between two
    peaks, and places lie between nodes; on a map, where a ridge may be one peak, a place is its
    highest nodes.

    Args:
        surface: The surface.
        cutoff: Cutoff wavelength in m of the filter (ISO 16610-21 and -61).

    Returns:
        Places; none on a flat surface.
    """
    # an inclination hides peaks
    level = surface.z if surface.boundary == "periodic" else surface.levelled()
    # a finite surface with mirror images beyond its ends, as in the other filters of this package
    transform = Transform.mirrored(surface)
    smooth = transform.filtered(level, gaussian_transmission(cutoff, transform.wavenumbers()))
    rms = float(smooth.std())
    prominence = LEAST_PROMINENCE * rms if rms > _FLAT * max(surface.widths) else math.inf
    find = line_peaks_and_valleys if surface.z.ndim == 1 else map_peaks_and_valleys
    return PeaksAndValleys(*find(surface, smooth, prominence))


def reference_places(surface: RoughSurface, depth: float) -> PeaksAndValleys:
    """Peaks and valleys of a surface, at least two of the former.

    Args:
        surface: The surface.
        depth: Reference depth in m, also the cutoff wavelength of the filter.

    Raises:
        InputError: The depth is below the spacing of nodes, or there are fewer than two peaks.
    """
    spacing = max(surface.spacing)
    if depth < spacing:
        raise InputError(
            "is below the grid step",
            field="stress.depth",
            found=f"{depth / UM:.4g} um",
            expected=f"at least the distance of the nodes, {spacing / UM:.4g} um"
            + ("; or more nodes (stress.nodes)" if surface.z.ndim == 1 else ""),
        )
    places = find_peaks_and_valleys(surface, depth)
    peaks, valleys = len(places.peaks.weights), len(places.valleys.weights)
    if peaks < FEWEST_PEAKS or not valleys:
        raise InputError(
            "the surface has too few peaks for a peak-to-valley ratio",
            field="profile" if surface.z.ndim == 1 else "height_map",
            found=f"{peaks} and {valleys} valleys (prominence {LEAST_PROMINENCE:g} of the rms "
            f"height, waves shorter than stress.depth = {depth / UM:g} um filtered out)",
            expected=f"at least {FEWEST_PEAKS} and 1; a larger surface or a smaller depth",
        )
    return places
