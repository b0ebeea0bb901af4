# SPDX-License-Identifier: BSD-3-Clause
"""Numbers drawn from a contact solution: how strongly the surface focuses stress."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from interfacefem.contact.largest_pressure import largest_pressure
from interfacefem.contact.peaks import PeaksAndValleys, reference_places
from interfacefem.contact.problem import ContactSolution
from interfacefem.contact.stress_below import normal_stress, stress_field
from interfacefem.contact.stress_ratio import stress_ratio
from interfacefem.contact.surface_notes import surface_notes
from interfacefem.units import GPA

LARGEST_STRAIN = 0.1  # mean pressure over modulus


@dataclass(frozen=True, eq=False)
class StressMetrics:
    """What a surface does under one mean pressure.

    Attributes:
        depth: Reference depth in m.
        stress_ratio: Mean normal stress at that depth below peaks over that below valleys;
            None where the depth does not show three peaks, or where the latter is not above the
            error of the nodes' spacing.
        p_max: Largest pressure in Pa; None where it has no limit (edge of a flat facet).
        p_mean: Mean pressure in Pa.
        contact_fraction: Share of the surface in contact.
        capped_fraction: Share of the surface at the hardness.
        places: What counts as peaks and valleys.
        load_left: Share of the load that the left half (small x) carries.
        load_right: Share of the right half.
        von_mises_max: Largest von Mises stress below the surface in Pa; None for a map.
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
    von_mises_max: float | None
    notes: tuple[str, ...]


def stress_metrics(
    solution: ContactSolution, depth: float, places: PeaksAndValleys | None = None
) -> StressMetrics:
    """Metrics of one contact.

    Args:
        solution: The contact.
        depth: Reference depth in m of the stress ratio, also the cutoff wavelength of the
            filter that peaks are found on.
        places: Peaks and valleys at that depth, if they are known.

    Raises:
        InputError: The depth lies outside the body.
    """
    surface = solution.problem.surface
    places = places or reference_places(surface, depth)
    ratio, ratio_notes = _ratio(solution, depth, places)
    p_max, p_max_notes = largest_pressure(solution)
    left, right = _split(solution)
    line = surface.z.ndim == 1
    return StressMetrics(
        depth=depth,
        stress_ratio=ratio,
        p_max=p_max,
        p_mean=solution.mean_pressure,
        contact_fraction=surface.mean(solution.touches),
        capped_fraction=surface.mean(solution.capped),
        places=places,
        load_left=left,
        load_right=right,
        von_mises_max=float(stress_field(solution).von_mises.max()) if line else None,
        notes=(
            *surface_notes(surface),
            *ratio_notes,
            *p_max_notes,
            *_cap_notes(solution),
            *_strain_notes(solution),
        ),
    )


def _ratio(
    solution: ContactSolution, depth: float, places: PeaksAndValleys
) -> tuple[float | None, tuple[str, ...]]:
    if places.missing is not None:
        return None, (places.missing,)
    below = normal_stress(solution, depth)
    return stress_ratio(
        places.peaks.average(below),
        places.valleys.average(below),
        lowest=float(below.min()),
        largest=float(solution.pressure.max()),
    )


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
    surface = solution.problem.surface
    lever = surface.lever
    side = np.where(np.abs(lever) < 1e-9 * np.ptp(lever), 0.5, lever < 0)
    left = surface.mean(solution.pressure * side) / surface.mean(solution.pressure)
    return left, 1 - left
