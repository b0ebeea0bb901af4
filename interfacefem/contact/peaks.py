# SPDX-License-Identifier: BSD-3-Clause
"""Peaks and valleys of a line or a map, at fixed places whatever the load."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from interfacefem.contact.line_places import line_peaks_and_valleys
from interfacefem.contact.map_places import map_peaks_and_valleys
from interfacefem.contact.surface import RoughSurface
from interfacefem.contact.waves import Transform
from interfacefem.surfaces.filters import gaussian_transmission
from interfacefem.units import UM

Array = npt.NDArray[np.floating]

FEWEST_PEAKS = 3
LEAST_PROMINENCE = 0.3  # of the rms height
# of waves of which so little is left the stress at the depth varies by some 1e-4 of the pressure
LEAST_HEIGHT_KEPT = 0.1
_NEXT_DEPTH = 0.8  # over the one before, where one is sought that shows the peaks
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
        height_kept: Share of the surface's rms height that the filter leaves.
        missing: Why no stress ratio can be formed of them, and a depth that would do.
    """

    peaks: Places
    valleys: Places
    height_kept: float
    missing: str | None = None


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
    rms, whole = float(smooth.std()), float(level.std())
    prominence = LEAST_PROMINENCE * rms if rms > _FLAT * max(surface.widths) else math.inf
    find = line_peaks_and_valleys if surface.z.ndim == 1 else map_peaks_and_valleys
    peaks, valleys = find(surface, smooth, prominence)
    return PeaksAndValleys(peaks, valleys, rms / whole if whole else 0.0)


def reference_places(surface: RoughSurface, depth: float) -> PeaksAndValleys:
    """Peaks and valleys that a stress ratio is formed of, or why none is.

    Args:
        surface: The surface.
        depth: Reference depth in m, also the cutoff wavelength of the filter.
    """
    places = find_peaks_and_valleys(surface, depth)
    spacing = max(surface.spacing)
    if depth >= spacing and _enough(places):
        return places
    at, peaks = f"a depth of {depth / UM:g} um", len(places.peaks.weights)
    if depth < spacing:
        seen = f"{at} is below the distance of the nodes, {spacing / UM:.3g} um"
    elif places.height_kept and places.height_kept < LEAST_HEIGHT_KEPT:
        kept = f"{places.height_kept:.1g} of the rms height"
        seen = f"{at} shows {kept} of at least {LEAST_HEIGHT_KEPT:g}, the rest filtered out"
    else:
        seen = (
            f"{at} shows {peaks} of at least {FEWEST_PEAKS} peaks (prominence "
            f"{LEAST_PROMINENCE:g} of the rms height, waves shorter than the depth filtered out)"
        )
    other = _depth_that_does(surface, depth)
    advice = (
        "no depth shows enough of them; take a larger surface"
        if other is None
        else f"stress.depth: {other / UM:g} um would do"
    )
    return dataclasses.replace(places, missing=f"stress_ratio is not formed: {seen}; {advice}")


def _enough(places: PeaksAndValleys) -> bool:
    counted = len(places.peaks.weights) >= FEWEST_PEAKS and len(places.valleys.weights) > 0
    return counted and places.height_kept >= LEAST_HEIGHT_KEPT


def _depth_that_does(surface: RoughSurface, depth: float) -> float | None:
    """The largest depth in m below one that shows enough peaks, the least above the spacing."""
    least = _two_digits(max(surface.spacing) / UM, math.ceil) * UM
    depths = []
    while depth > least:
        depth *= _NEXT_DEPTH
        depths.append(_two_digits(depth / UM, math.floor) * UM)
    for other in (*(one for one in depths if one > least), least):
        if _enough(find_peaks_and_valleys(surface, other)):
            return other
    return None


def _two_digits(value: float, rounded: Callable[[float], int]) -> float:
    unit = 10.0 ** (math.floor(math.log10(value)) - 1)
    # 0.3/0.01 is 30 but for rounding
    return float(f"{rounded(round(value / unit, 9)) * unit:.2g}")
