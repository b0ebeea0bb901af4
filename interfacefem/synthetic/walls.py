# SPDX-License-Identifier: BSD-3-Clause
"""Walls of a synthetic section: what an image can show of them, and the lower boundary."""

from __future__ import annotations

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from interfacefem.errors import InputError
from interfacefem.surfaces.profile import Profile
from interfacefem.synthetic.powder import MPA
from interfacefem.synthetic.tape import TapeSection
from interfacefem.units import UM

_COARSELY_SIMPLIFIED_TO = 0.015 * UM  # before walls are rounded
_POROSITY_TOLERANCE = 0.01
_POROSITY_PASSES = 4
_LARGEST_GROWTH = 0.1  # in mean grain diameters


def clean_to_porosity(solid: BaseGeometry, section: TapeSection) -> BaseGeometry:
    """Close voids, then cut necks, that are narrower than the smallest feature.

    All walls are moved by the one distance that gives the asked porosity.
    """
    radius = section.smallest_feature / 2
    surroundings = shapely.buffer(section.frame, 4 * section.smallest_feature)
    solid = shapely.simplify(
        shapely.intersection(solid, surroundings),
        _COARSELY_SIMPLIFIED_TO,
    )
    growth = 0.0
    most = _LARGEST_GROWTH * section.powder.mean_diameter
    for _ in range(_POROSITY_PASSES):
        cleaned = shapely.buffer(solid, radius + growth, quad_segs=3)
        cleaned = shapely.buffer(cleaned, -2 * radius, quad_segs=3)
        cleaned = shapely.buffer(cleaned, radius, quad_segs=3)
        excess, perimeter = excess_porosity(cleaned, section)
        if abs(excess) < _POROSITY_TOLERANCE:
            break
        growth = min(max(growth + excess / perimeter, -most), most)
    # what is left is a union of discs in either phase; these may still touch by cusps
    for distance in (radius / 2, -radius, radius / 2):
        cleaned = shapely.buffer(cleaned, distance, quad_segs=3)
    return cleaned


def without_doubtful_parts(solid: BaseGeometry, section: TapeSection) -> BaseGeometry:
    """Fill what belongs to the outside or to the tape only by a throat or neck too narrow to see.

    Such a part goes over to the other side when all walls move by a quarter of the smallest
    feature.
    """
    step = section.smallest_feature / 4
    try:
        smaller = _tape_above(shapely.buffer(solid, -step, quad_segs=2), section)
        larger = _tape_above(shapely.buffer(solid, step, quad_segs=2), section)
    except InputError:
        return solid
    doubtful = shapely.difference(larger, shapely.buffer(smaller, 3 * step, quad_segs=2))
    if doubtful.area < step**2:
        return solid
    added = shapely.intersection(shapely.buffer(doubtful, 3 * step, quad_segs=2), larger)
    filled = shapely.buffer(shapely.union(solid, added), -step / 2, quad_segs=3)
    filled = shapely.buffer(filled, step / 2, quad_segs=3)
    return shapely.union(filled, solid)


def _tape_above(solid: BaseGeometry, section: TapeSection) -> BaseGeometry:
    """Everything above the lower boundary of the solid."""
    inside = shapely.clip_by_rect(solid, 0, 0, section.width, section.height)
    curve = lower_boundary(inside, 0.0, section.width, section, {})
    corners = [(section.width, section.height), (0.0, section.height)]
    return shapely.Polygon([*zip(curve.x, curve.z, strict=True), *corners])


def excess_porosity(solid: BaseGeometry, section: TapeSection) -> tuple[float, float]:
    """Porosity of the bulk above what was asked for; length of its walls over its area (1/m)."""
    bulk = shapely.box(0, section.bulk_bottom, section.width, section.height)
    inside = shapely.intersection(solid, bulk)
    return 1 - inside.area / bulk.area - section.target_porosity, inside.length / bulk.area


def spans(solid: BaseGeometry, section: TapeSection) -> bool:
    """Whether the largest part of the solid reaches both sides of the frame."""
    parts = shapely.get_parts(solid)
    leftmost, _, rightmost, _ = parts[np.argmax(shapely.area(parts))].bounds
    near = 1e-6 * section.width
    return bool(leftmost < near and rightmost > section.width - near)


def lower_boundary(
    region: BaseGeometry,
    left: float,
    right: float,
    section: TapeSection,
    metadata: dict[str, str],
) -> Profile:
    """The curve from the left to the right side that bounds the largest part from below.

    Args:
        region: Polygons in m between ``left`` and ``right``.
        left: Left side in m.
        right: Right side in m.
        section: Named in the metadata.
        metadata: Kept with the profile.

    Raises:
        InputError: The largest part does not reach both sides.
    """
    parts = shapely.get_parts(region)
    largest = parts[np.argmax(shapely.area(parts))]
    ring = shapely.get_coordinates(shapely.geometry.polygon.orient(largest).exterior)[:-1]
    x, z = ring.T
    near = 1e-6 * section.width
    on_left = np.flatnonzero(x < left + near)
    on_right = np.flatnonzero(x > right - near)
    if len(on_left) == 0 or len(on_right) == 0:
        raise InputError(
            "no connected solid spans the section",
            field="seed and porosity",
            found=f"seed {section.seed}, porosity {section.target_porosity:g}",
            expected="another seed or less porosity",
        )
    start = on_left[np.argmin(z[on_left])]
    end = on_right[np.argmin(z[on_right])]
    # counter-clockwise, the inside is on the left: from the left side along the bottom
    path = np.arange(start, end + 1 if end > start else end + 1 + len(x)) % len(x)
    x, z = x[path].copy(), z[path]
    x[0], x[-1] = left, right
    metadata["source"] = (
        f"synthetic section: {section.powder.name}, {section.pressure / MPA:g} MPa, "
        f"seed {section.seed}"
    )
    return Profile(x, z, metadata)
