# SPDX-License-Identifier: BSD-3-Clause
"""Surfaces out of volumes as files that the current solver takes."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from interfacefem.files import write_text_atomically, written_atomically
from interfacefem.surfaces.height_map import HeightMap
from interfacefem.surfaces.height_map_samples import resample
from interfacefem.surfaces.profile import write_profile_csv
from interfacefem.units import UM
from interfacefem.volumes.outer_surface import OuterSurface

_SAME_SIZE = 1e-6  # relative


def write_outer_surface(surface: OuterSurface, folder: str | Path) -> list[Path]:
    """Write profiles (CSV), the height map (NPY, um) and a case file for each of both kinds.

    A grid has one pixel size: maps with two are resampled to the smaller first.

    Args:
        surface: From ``outer_surface``.
        folder: Created if need be.

    Returns:
        The files, case files first.

    Raises:
        InputError: The folder cannot be written to.

    Rank-local: call on one rank.
    """
    folder = Path(folder)
    profiles = []
    for number, profile in zip(surface.slices, surface.profiles, strict=True):
        profiles.append(folder / f"profile_{number:04d}.csv")
        write_profile_csv(profile, profiles[-1])
    height_map = square_pixels(surface.height_map)
    grid = folder / "heights.npy"
    with written_atomically(grid) as temporary, temporary.open("wb") as stream:
        np.save(stream, height_map.heights / UM)
    middle = profiles[len(profiles) // 2]
    case_profile, case_map = folder / "case_profile.yaml", folder / "case_map.yaml"
    write_text_atomically(
        case_profile,
        f"# The slice in the middle; the other profiles lie beside it.\nprofile: {middle.name}\n",
    )
    write_text_atomically(
        case_map,
        "# Heights in um, the solid above, as the profiles have it.\n"
        f"height_map: {grid.name}\n"
        f"map: {{pixel_size: {height_map.pixel_size_x / UM:.9g} um, solid: above}}\n",
    )
    return [case_profile, case_map, grid, *profiles]


def square_pixels(height_map: HeightMap) -> HeightMap:
    """The map on samples equally far apart along both axes, the smaller distance.

    The extent along the other axis changes by less than half a sample.
    """
    size = min(height_map.pixel_size_x, height_map.pixel_size_y)
    if abs(height_map.pixel_size_x - height_map.pixel_size_y) <= _SAME_SIZE * size:
        return height_map
    shape = (round(height_map.width_y / size) + 1, round(height_map.width_x / size) + 1)
    finer = resample(height_map, shape)
    return HeightMap(finer.heights, size, size, finer.metadata)
