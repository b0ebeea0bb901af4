# SPDX-License-Identifier: BSD-3-Clause
"""Numbers drawn from a contact solution: how strongly the surface focuses stress."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from interfacefem.contact.depth_stress import normal_stress, normal_stress_at, stress_field
from interfacefem.contact.largest_pressure import largest_pressure
from interfacefem.contact.peaks import PeaksAndValleys, find_peaks_and_valleys
from interfacefem.contact.solver import ContactSolution
from interfacefem.contact.stress_ratio import stress_ratio
from interfacefem.contact.surface import RoughSurface
from interfacefem.errors import InputError
from interfacefem.units import GPA, UM

Array = npt.NDArray[np.floating]

FEWEST_PEAKS = 2
STEEPEST_SLOPE = 0.3  # beyond it small-slope theory is doubtful
FEWEST_NODES_PER_WAVE = 8
LARGEST_STRAIN = 0.1  # mean pressure over modulus
_SLOPE_VARIANCE_KEPT = 0.995  # shorter waves than the shortest that matters carry the rest


@dataclass(frozen=True, eq=False)
class StressMetrics:
    """What a surface does under one mean pressure.

    Attributes:
        depth: Reference depth in m.
        stress_ratio: Mean normal stress at that depth below peaks over that below valleys;
            None where the latter is not above the error of the nodes' spacing.
        p_max: Largest pressure in Pa; None where it has no limit (edge of a flat facet).
        p_mean: Mean pressure in Pa.
        contact_fraction: Share of the nodes in contact.
        capped_fraction: Share of the nodes at the hardness.
        places: Nodes that count as peaks and valleys.
        load_left: Share of the load that the left half carries.
        load_right: Share of the right half.
        von_mises_max: Largest von Mises stress below the surface in Pa.
        notes: Why a number is missing or doubtful.
    """

    depth: float
    stress_ratio: float | None
    p_max: float | None
    p_mean: float
    contact_fraction: float
    capped_fraction: float
    places: PeaksAndValleys
    load_left: float
    load_right: float
    von_mises_max: float
    notes: tuple[str, ...]


def stress_metrics(solution: ContactSolution, depth: float) -> StressMetrics:
    """Metrics of one contact.

    Args:
        solution: The contact.
        depth: Reference depth in m of the stress ratio, also the cutoff wavelength of the
            filter that peaks are found on.

    Raises:
        InputError: The depth is below the spacing of nodes, or there are fewer than two peaks.
    """
    surface = solution.problem.surface
    places = reference_places(surface, depth)
    below_peaks = normal_stress_at(solution, depth, places.peaks)
    below_valleys = normal_stress_at(solution, depth, places.valleys)
    ratio, ratio_notes = stress_ratio(
        float(np.average(below_peaks, weights=places.peak_weights)),
        float(np.average(below_valleys, weights=places.valley_weights)),
        lowest=float(normal_stress(solution, depth).min()),
        largest=float(solution.pressure.max()),
    )
    p_max, p_max_notes = largest_pressure(solution)
    left, right = _split(solution)
    return StressMetrics(
        depth=depth,
        stress_ratio=ratio,
        p_max=p_max,
        p_mean=solution.mean_pressure,
        contact_fraction=float(solution.touches.mean()),
        capped_fraction=float(solution.capped.mean()),
        places=places,
        load_left=left,
        load_right=right,
        von_mises_max=float(stress_field(solution).von_mises.max()),
        notes=(
            *surface_notes(surface),
            *ratio_notes,
            *p_max_notes,
            *_cap_notes(solution),
            *_strain_notes(solution),
        ),
    )


def reference_places(surface: RoughSurface, depth: float) -> PeaksAndValleys:
    """Peaks and valleys of a surface, at least two of the former.

    Raises:
        InputError: The depth is below the spacing of nodes, or there are fewer than two peaks.
    """
    if depth < surface.spacing:
        raise InputError(
            "is below the grid step",
            field="stress.depth",
            found=f"{depth / UM:.4g} um",
            expected=f"at least the spacing of nodes, {surface.spacing / UM:.4g} um; or more "
            f"nodes (stress.nodes)",
        )
    places = find_peaks_and_valleys(surface, depth)
    if len(places.peaks) < FEWEST_PEAKS:
        raise InputError(
            "the surface has too few peaks for a peak-to-valley ratio",
            field="profile",
            found=f"{len(places.peaks)} (prominence 0.3 Rq, waves shorter than "
            f"stress.depth = {depth / UM:g} um filtered out)",
            expected=f"at least {FEWEST_PEAKS}; a longer profile or a smaller depth",
        )
    return places


def surface_notes(surface: RoughSurface) -> tuple[str, ...]:
    """What makes a surface doubtful: steep slopes, waves that the nodes do not resolve."""
    notes = []
    slope = float(np.abs(np.diff(surface.z)).max()) / surface.spacing
    if slope > STEEPEST_SLOPE:
        notes.append(
            f"the steepest slope is {slope:.2g}; contact theory is for slopes below "
            f"{STEEPEST_SLOPE:g}"
        )
    per_wave = nodes_per_shortest_wave(surface)
    if per_wave < FEWEST_NODES_PER_WAVE:
        notes.append(
            f"the shortest wavelength is resolved by {per_wave:.1f} nodes, fewer than "
            f"{FEWEST_NODES_PER_WAVE}: p_max and contact_fraction depend on the grid; smooth the "
            f"profile (low-pass cutoff) or give more points"
        )
    return tuple(notes)


def nodes_per_shortest_wave(surface: RoughSurface) -> float:
    """Nodes in the wavelength above which 99.5 % of the slope's variance lies."""
    lever = surface.lever
    z = surface.z
    if surface.boundary == "finite":
        z = z - surface.rise * lever / surface.width
        z = np.concatenate([z, z[::-1]])
    else:
        z = surface.extended(z)
    frequency = np.fft.rfftfreq(len(z))
    power = np.abs(np.fft.rfft(z)) ** 2 * frequency**2
    total = np.cumsum(power)
    if total[-1] <= 0:
        return math.inf
    shortest = int(np.searchsorted(total, _SLOPE_VARIANCE_KEPT * total[-1]))
    return float(1 / frequency[shortest])


def _cap_notes(solution: ContactSolution) -> tuple[str, ...]:
    if not solution.capped.any():
        return ()
    hardness = solution.problem.hardness
    return (
        f"the elastic pressure would exceed the hardness of {hardness / GPA:g} GPa; "
        f"capped_fraction of the surface is held at it",
    )


def _strain_notes(solution: ContactSolution) -> tuple[str, ...]:
    strain = solution.mean_pressure / solution.problem.body.plane_strain_modulus
    if strain <= LARGEST_STRAIN:
        return ()
    return (
        f"the mean pressure is {strain:.2g} of the plane strain modulus; contact theory is for "
        f"small strains",
    )


def _split(solution: ContactSolution) -> tuple[float, float]:
    """Shares of the load left and right of the middle; a node on the middle counts half."""
    lever = solution.problem.surface.lever
    side = np.where(np.abs(lever) < 1e-9 * np.ptp(lever), 0.5, lever < 0)
    left = float(side @ solution.pressure / solution.pressure.sum())
    return left, 1 - left
