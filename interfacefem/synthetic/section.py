# SPDX-License-Identifier: BSD-3-Clause
"""Synthetic cross sections of pressed powder tapes, with the true interface as geometry."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from interfacefem.errors import InputError
from interfacefem.surfaces.profile import Profile
from interfacefem.synthetic.grains import (
    Array,
    PowerDiagram,
    fill_plane,
    lognormal_diameters,
)
from interfacefem.synthetic.pressed_surface import Distortion, PressFace, press_flat, waviness
from interfacefem.synthetic.tape import TapeSection
from interfacefem.synthetic.walls import (
    clean_to_porosity,
    excess_porosity,
    lower_boundary,
    spans,
    without_doubtful_parts,
)
from interfacefem.units import UM

# section 2.2.2 and Fig. 4c of Tran et al., Adv. Mater. 2025, 2501592: porosity is more pronounced
# near the surface; the factor is assumed
SURFACE_PORE_FACTOR = 1.5
PORE_SPREAD = 0.5  # of pore diameters over their mean; assumed
GREEN_ROUNDING = 0.65  # radius of a grain's corners over its own radius; assumed
PRESSED_ROUNDING = 0.3  # contacts flatten as grains deform plastically (section 2.2.1); assumed
_NECK = 0.01 * UM  # grains that share a face are fused by an overlap of this size
_VERTEX_SPACING = 0.12 * UM
_SIMPLIFIED_TO = 0.004 * UM
_SPANNING_TRIALS = 10


@dataclass(frozen=True, eq=False)
class SectionGeometry:
    """The section as polygons, in m from the lower left corner of the frame, z upward.

    Attributes:
        section: What was asked for.
        solid: All solid inside the frame, including parts that touch nothing.
        grains: Polygons that fill the frame, one a grain or pore site, for grain contrast.
        grain_diameters: Diameters in m of the discs with the areas of the powder's grains inside
            the tape.
        porosity: Area fraction of void inside the tape.
    """

    section: TapeSection
    solid: BaseGeometry
    grains: npt.NDArray[np.object_]
    grain_diameters: Array
    porosity: float


def build_section(section: TapeSection) -> SectionGeometry:
    """Build the section: grains, pores, distortion, pressed surface.

    Raises:
        InputError: The asked porosity cannot be reached, or no solid spans the frame.
    """
    for trial in range(_SPANNING_TRIALS):
        geometry = _build_once(section, np.random.default_rng([section.seed, trial]))
        if spans(geometry.solid, section):
            return geometry
    raise InputError(
        "no connected solid spans the section",
        field="porosity",
        found=f"{section.target_porosity:g} with seed {section.seed}",
        expected="less porosity or another seed",
    )


def true_profile(
    geometry: SectionGeometry, left: float = 0.0, right: float | None = None
) -> Profile:
    """The true interface: the wall between the tape and the void that is open to the outside.

    The tape is the largest connected part of the solid in the frame. Voids inside it are closed
    and left out; what is open to the outside within the frame is followed along its wall, through
    overhangs.

    Args:
        geometry: The section.
        left: Left side of the part of the frame that is looked at, in m.
        right: Its right side in m; default the width of the frame.

    Returns:
        The profile, x from ``left`` to ``right``, z from the bottom of the frame.

    Raises:
        InputError: No connected solid spans the frame.
    """
    section = geometry.section
    right = section.width if right is None else right
    solid = shapely.clip_by_rect(geometry.solid, left, 0, right, section.height)
    return lower_boundary(solid, left, right, section, {"truth": "open void"})


def true_profile_along_line(
    geometry: SectionGeometry, height: float, left: float = 0.0, right: float | None = None
) -> Profile:
    """The true interface for a horizontal sampling line.

    The electrolyte is everything above the line except the voids connected to the line: where the
    line crosses solid the interface is the line, where it crosses void the interface follows the
    wall of the void above it (Tran et al. 2025, section 4, "Numerical Modeling and Analysis - EA").

    Args:
        geometry: The section.
        height: Height of the line in m over the bottom of the frame.
        left: Left end of the line in m.
        right: Its right end in m; default the width of the frame.

    Raises:
        InputError: The line leaves the frame, or the void above it cuts the tape in two.
    """
    section = geometry.section
    if not 0 < height < section.height:
        raise InputError(
            "the sampling line is outside the frame",
            found=f"{height / UM:g} um",
            expected=f"between 0 and {section.height / UM:g} um",
        )
    right = section.width if right is None else right
    above = shapely.box(left, height, right, section.height)
    voids = shapely.get_parts(shapely.difference(above, geometry.solid))
    line = shapely.LineString([(left, height), (right, height)])
    is_open = shapely.length(shapely.intersection(voids, line)) > 0
    electrolyte = shapely.difference(above, shapely.union_all(voids[is_open]))
    source = {"truth": f"sampling line at {height / UM:.4f} um"}
    return lower_boundary(electrolyte, left, right, section, source)


def _build_once(section: TapeSection, rng: np.random.Generator) -> SectionGeometry:
    diagram, is_pore_site = _grains_and_pore_sites(section, rng)
    rounded = _round_corners(diagram.cells, _rounding(section))
    x, z = diagram.centroids.T
    # under pressure, grains that reach the surface stay and are pressed flat
    reach = section.pressed_fraction * np.sqrt(shapely.area(diagram.cells) / math.pi)
    is_tape = z + reach > section.surface_height + waviness(x, section, rng)
    is_grain = is_tape & ~_choose_pores(section, diagram, rounded, is_pore_site, rng)
    distortion = Distortion.drawn(section.powder, rng)
    press = PressFace.drawn(section, rng)
    solid = shapely.union_all(shapely.make_valid(distortion.apply(rounded[is_grain])))
    solid = press_flat(solid, section, press, distortion)
    solid = without_doubtful_parts(clean_to_porosity(solid, section), section)
    solid = shapely.simplify(shapely.intersection(solid, section.frame), _SIMPLIFIED_TO)
    porosity = section.target_porosity + excess_porosity(solid, section)[0]
    areas = shapely.area(rounded[is_grain & ~is_pore_site & (z > section.bulk_bottom)])
    return SectionGeometry(
        section,
        solid,
        distortion.apply(shapely.segmentize(diagram.cells, _VERTEX_SPACING)),
        np.sqrt(4 / math.pi * areas[areas > 0]),
        porosity,
    )


def _grains_and_pore_sites(
    section: TapeSection, rng: np.random.Generator
) -> tuple[PowerDiagram, npt.NDArray[np.bool_]]:
    powder = section.powder
    # wide enough that no cell in the frame is lost with the rim of the box
    largest = min(powder.largest_diameter, powder.mean_diameter + 6 * powder.diameter_spread)
    margin = 2 * powder.mean_diameter + largest / 2
    box = (
        -margin,
        section.surface_height - margin,
        section.width + margin,
        section.height + margin,
    )
    area = (box[2] - box[0]) * (box[3] - box[1])
    of_pores = section.target_porosity
    grains = lognormal_diameters(
        powder.mean_diameter,
        powder.diameter_spread,
        powder.largest_diameter,
        area * (1 - of_pores),
        rng,
    )
    pore = powder.pore_diameter
    pores = lognormal_diameters(
        pore, PORE_SPREAD * pore, powder.largest_diameter, area * of_pores, rng
    )
    # a grain is smaller than its cell by the corners it lacks; the factor was found by trying
    swollen = 1 + 0.1 * _rounding(section) ** 2
    fitting = swollen**2 * np.cumsum(grains**2) <= np.sum(grains**2)
    grains = swollen * grains[fitting]
    diagram = fill_plane(np.concatenate([grains, pores]), box, rng)
    return diagram, diagram.sites >= len(grains)


def _rounding(section: TapeSection) -> float:
    return GREEN_ROUNDING + (PRESSED_ROUNDING - GREEN_ROUNDING) * section.pressed_fraction


def _round_corners(cells: npt.NDArray[np.object_], rounding: float) -> npt.NDArray[np.object_]:
    radii = np.sqrt(shapely.area(cells) / math.pi)
    corner = rounding * radii
    shrunk = shapely.buffer(cells, -corner, quad_segs=3)
    # narrow cells keep a sharper outline rather than vanish
    vanished = shapely.is_empty(shrunk)
    shrunk[vanished] = shapely.buffer(cells[vanished], -0.5 * corner[vanished], quad_segs=3)
    corner[vanished] *= 0.5
    return shapely.segmentize(shapely.buffer(shrunk, corner + _NECK, quad_segs=3), _VERTEX_SPACING)


def _choose_pores(
    section: TapeSection,
    diagram: PowerDiagram,
    rounded: npt.NDArray[np.object_],
    candidates: npt.NDArray[np.bool_],
    rng: np.random.Generator,
) -> npt.NDArray[np.bool_]:
    """The pore sites that stay empty, so that the bulk has the porosity and the surface more."""
    keys = rng.random(len(diagram.cells))
    bulk = diagram.centroids[:, 1] > section.bulk_bottom
    areas = shapely.area(diagram.cells)
    solid = np.minimum(shapely.area(rounded), areas)
    wanted = section.target_porosity * areas[bulk].sum() - (areas - solid)[bulk].sum()
    order = np.flatnonzero(candidates & bulk)
    order = order[np.argsort(keys[order])]
    taken = int(np.searchsorted(np.cumsum(solid[order]), wanted))
    threshold = keys[order[taken - 1]] if taken else 0.0
    limit = np.where(bulk, threshold, SURFACE_PORE_FACTOR * threshold)
    return candidates & (keys <= limit)
