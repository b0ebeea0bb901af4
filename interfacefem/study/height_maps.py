# SPDX-License-Identifier: BSD-3-Clause
"""Height maps in a study."""

from __future__ import annotations

from pathlib import Path

from interfacefem.parameters.sampling import MapReading
from interfacefem.surfaces.filters import level
from interfacefem.surfaces.height_map import HeightMap
from interfacefem.surfaces.height_map_files import read_height_map


def read_map_as(path: Path, reading: MapReading) -> HeightMap:
    """Read a height map as a case file says.

    Raises:
        HeightMapError: It cannot be read.
    """
    surface = read_height_map(
        path, pixel_size=reading.pixel_size, solid=reading.solid, missing=reading.missing
    )
    return level(surface) if reading.level else surface
