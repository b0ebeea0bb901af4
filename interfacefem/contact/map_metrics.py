# SPDX-License-Identifier: BSD-3-Clause
"""Numbers drawn from the contact of a height map: how strongly the surface focuses stress."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.fft import dctn
from scipy.ndimage import find_objects, label

from interfacefem.contact.map_extrema import Boundary, ExtremePlaces, find_map_extrema
from interfacefem.contact.map_problem import MapContact
from interfacefem.contact.stress_ratio import stress_ratio
from interfacefem.errors import InputError
from interfacefem.surfaces.height_map import HeightMap
from interfacefem.surfaces.map_filters import level
from interfacefem.units import GPA, UM

Array = npt.NDArray[np.floating]

FEWEST_PEAKS = 2
STEEPEST_SLOPE = 0.3  # beyond it small-slope theory is doubtful
FEWEST_NODES_PER_WAVE = 8
_SLOPE_VARIANCE_KEPT = 0.995  # shorter waves than the shortest that matters carry the rest
_SMALLEST_RESOLVED_CONTACT = 4  # nodes across
_NEIGHBOURS = np.ones((3, 3), dtype=bool)


@dataclass(frozen=True, eq=False)
class MapPlaces:
    """Where the peaks and valleys of a map are.

    Attributes:
        peaks: What reaches toward the block.
        valleys: What lies farthest from it.
    """

    peaks: ExtremePlaces
    valleys: ExtremePlaces


@dataclass(frozen=True, eq=False)
class MapStressMetrics:
    """What a map does under one mean pressure.

    Attributes:
        depth: Reference depth in m.
        stress_ratio: Mean normal stress at that depth below peaks over that below valleys;
            None where the latter is not above the error of the nodes' spacing.
        p_max: Largest pressure in Pa; None where it has no limit (rim of a flat facet).
        p_mean: Mean pressure in Pa.
        contact_fraction: Share of the area in contact.
        capped_fraction: Share of the area at the hardness.
        places: Peaks and valleys.
        load_left: Share of the load that the left half (small x) carries.
        load_right: Share of the right half.
        notes: Why a number is missing or doubtful.
    """

    depth: float
    stress_ratio: float | None
    p_max: float | None
    p_mean: float
    contact_fraction: float
    capped_fraction: float
    places: MapPlaces
    load_left: float
    load_right: float
    notes: tuple[str, ...]


def map_places(
    heights: Array, spacing: tuple[float, float], boundary: Boundary, depth: float
) -> MapPlaces:
    """Peaks and valleys of a map, at least two of the former.

    Args:
        heights: As :func:`find_map_extrema` takes them.
        spacing: Distance of the nodes along y and x in m.
        boundary: How the map goes on.
        depth: Reference depth in m, also the cutoff wavelength of the filter.

    Raises:
        InputError: The depth is below the spacing of nodes, or there are too few peaks.
    """
    if depth < max(spacing):
        raise InputError(
            "is below the grid step",
            field="stress.depth",
            found=f"{depth / UM:.4g} um",
            expected=f"at least the distance of the samples, {max(spacing) / UM:.4g} um",
        )
    places = MapPlaces(*find_map_extrema(heights, spacing, boundary, depth))
    if places.peaks.count < FEWEST_PEAKS or not places.valleys.count:
        raise InputError(
            "the surface has too few peaks and valleys for a peak-to-valley ratio",
            field="height_map",
            found=f"{places.peaks.count} and {places.valleys.count} (prominence 0.3 Sq, waves "
            f"shorter than stress.depth = {depth / UM:g} um filtered out)",
            expected=f"at least {FEWEST_PEAKS} and 1; a larger map or a smaller depth",
        )
    return places


def map_stress_metrics(
    solution: MapContact, height_map: HeightMap, places: MapPlaces, depth: float
) -> MapStressMetrics:
    """Metrics of one contact.

    Args:
        solution: The contact.
        height_map: Its surface, for what is to be said of it.
        places: Peaks and valleys.
        depth: Reference depth in m, that of the solution's waves.
    """
    waves, pressure = solution.problem.waves, solution.pressure
    below = waves.stress_at_depth(pressure)
    p_max, p_max_notes = _largest_pressure(solution)
    capped = pressure >= solution.problem.hardness
    left = _left_share(pressure * waves.weights)
    ratio, ratio_notes = stress_ratio(
        places.peaks.average(below),
        places.valleys.average(below),
        lowest=float(below.min()),
        largest=float(pressure.max()),
    )
    return MapStressMetrics(
        depth=depth,
        stress_ratio=ratio,
        p_max=p_max,
        p_mean=solution.mean_pressure,
        contact_fraction=waves.mean(pressure > 0),
        capped_fraction=waves.mean(capped),
        places=places,
        load_left=left,
        load_right=1 - left,
        notes=(
            *map_notes(height_map),
            *ratio_notes,
            *p_max_notes,
            *_cap_notes(solution, waves.mean(capped)),
        ),
    )


def map_notes(height_map: HeightMap) -> tuple[str, ...]:
    """What makes a map doubtful: steep slopes, waves that the samples do not resolve."""
    notes = []
    slopes = (
        np.abs(np.diff(height_map.heights, axis=0)).max() / height_map.pixel_size_y,
        np.abs(np.diff(height_map.heights, axis=1)).max() / height_map.pixel_size_x,
    )
    if max(slopes) > STEEPEST_SLOPE:
        notes.append(
            f"the steepest slope is {max(slopes):.2g}; contact theory is for slopes below "
            f"{STEEPEST_SLOPE:g}"
        )
    per_wave = samples_per_shortest_wave(height_map)
    if per_wave < FEWEST_NODES_PER_WAVE:
        notes.append(
            f"the shortest wavelength is resolved by {per_wave:.1f} samples, fewer than "
            f"{FEWEST_NODES_PER_WAVE}: p_max and contact_fraction depend on the grid; smooth the "
            "map (low-pass filter) or measure more points"
        )
    return tuple(notes)


def samples_per_shortest_wave(height_map: HeightMap) -> float:
    """Samples in the wavelength above which 99.5 % of the slope's variance lies."""
    heights = level(height_map).heights
    sizes = (height_map.pixel_size_y, height_map.pixel_size_x)
    ky, kx = (
        math.pi * np.arange(n) / (n * size) for n, size in zip(heights.shape, sizes, strict=True)
    )
    wavenumber = np.hypot(ky[:, None], kx).ravel()
    power = (dctn(heights, norm="ortho").ravel() * wavenumber) ** 2
    order = np.argsort(wavenumber)
    total = np.cumsum(power[order])
    if total[-1] <= 0:
        return math.inf
    last = wavenumber[order][np.searchsorted(total, _SLOPE_VARIANCE_KEPT * total[-1])]
    return float(2 * math.pi / last / max(sizes))


def _largest_pressure(solution: MapContact) -> tuple[float | None, tuple[str, ...]]:
    """The largest pressure, or why there is none.

    Pressure falls to zero toward the rim of a smooth contact; where it is largest there, the
    surface is flat up to an edge, and refining the grid would raise it without limit.
    """
    pressure = solution.pressure
    largest = float(pressure.max())
    # rounding must not choose one of equal nodes
    row, column = np.argwhere(pressure >= largest * (1 - 1e-9))[0]
    if largest >= solution.problem.hardness:
        return largest, ()
    touches = pressure > 0
    if touches.all():
        rim = row in (0, pressure.shape[0] - 1) or column in (0, pressure.shape[1] - 1)
        if rim and solution.problem.ends_with_map:
            return None, (_no_p_max("at the edge of the block"),)
        return largest, ()
    labels, _ = label(touches, _NEIGHBOURS)
    patch = find_objects(labels)[labels[row, column] - 1]
    across = min(side.stop - side.start for side in patch)
    goes_on = not solution.problem.ends_with_map and any(
        side.start == 0 or side.stop == n for side, n in zip(patch, pressure.shape, strict=True)
    )
    if not goes_on and across < _SMALLEST_RESOLVED_CONTACT:
        return largest, (f"p_max lies in a contact only {across} nodes wide: it depends on the "
                         "grid",)  # fmt: skip
    around = touches[max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2]
    if not around.all():
        return None, (_no_p_max("at the rim of a flat facet"),)
    return largest, ()


def _no_p_max(where: str) -> str:
    return f"p_max is not reported: it lies {where}, where elastic pressure has no limit"


def _cap_notes(solution: MapContact, share: float) -> tuple[str, ...]:
    if not share > 0:
        return ()
    return (
        f"the elastic pressure would exceed the hardness of {solution.problem.hardness / GPA:g} "
        f"GPa; capped_fraction of the surface is held at it",
    )


def _left_share(load: Array) -> float:
    """Share of the load left of the middle; nodes on the middle count half."""
    columns = load.sum(axis=0)
    half = len(columns) // 2
    left = columns[:half].sum() + (columns[half] / 2 if len(columns) % 2 else 0.0)
    return float(left / columns.sum())
