# SPDX-License-Identifier: BSD-3-Clause
"""Height maps in a study."""

from __future__ import annotations

import math
from pathlib import Path

from interfacefem.parameters.sampling import MapReading
from interfacefem.surfaces.height_map import HeightMap
from interfacefem.surfaces.height_map_files import read_height_map
from interfacefem.surfaces.map_filters import level
from interfacefem.surfaces.map_roughness import areal_roughness
from interfacefem.units import UM


def read_map_as(path: Path, reading: MapReading) -> HeightMap:
    """Read a height map as a case file says.

    Raises:
        HeightMapError: It cannot be read.
    """
    surface = read_height_map(
        path, pixel_size=reading.pixel_size, solid=reading.solid, missing=reading.missing
    )
    return level(surface) if reading.level else surface


def areal_result(height_map: HeightMap) -> dict[str, float | None]:
    """Roughness of a height map for a table; a number that cannot be formed is None."""
    found = areal_roughness(height_map)
    result = {
        "width_x_um": height_map.width_x / UM,
        "width_y_um": height_map.width_y / UM,
        "Sa_um": found.sa / UM,
        "Sq_um": found.sq / UM,
        "Sz_um": found.sz / UM,
        "Ssk": found.ssk,
        "Sku": found.sku,
        "Sdq": found.sdq,
        "Sdr": found.sdr,
    }
    return {key: value if math.isfinite(value) else None for key, value in result.items()}
