# SPDX-License-Identifier: BSD-3-Clause
"""Areal roughness with the standard's names (ISO 25178-2)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from interfacefem.surfaces.height_map import HeightMap
from interfacefem.surfaces.map_filters import level


@dataclass(frozen=True)
class ArealRoughness:
    """Roughness of a height map after its least-squares plane has been removed.

    Heights count toward the metal (out of the electrolyte): a peak that reaches into the metal is
    positive, and ``ssk > 0`` means isolated peaks.

    Attributes:
        sa: Arithmetic mean height in m.
        sq: Root mean square height in m.
        sz: Maximum height, highest peak to lowest pit, in m.
        ssk: Skewness (no unit); nan for a flat map.
        sku: Kurtosis (no unit), 3 for a Gaussian surface; nan for a flat map.
        sdq: Root mean square gradient (no unit).
        sdr: Developed interfacial area ratio: true over projected area, less 1 (no unit).
    """

    sa: float
    sq: float
    sz: float
    ssk: float
    sku: float
    sdq: float
    sdr: float


def areal_roughness(height_map: HeightMap) -> ArealRoughness:
    """Roughness of a height map (ISO 25178-2)."""
    heights = -level(height_map).heights
    sq = float(np.sqrt(np.mean(heights**2)))
    # below this the heights are rounding errors
    flat = sq <= 1e-9 * height_map.width_x
    steps_y = np.diff(heights, axis=0) / height_map.pixel_size_y
    steps_x = np.diff(heights, axis=1) / height_map.pixel_size_x
    # each cell as two triangles, each with one edge along x and one along y
    lower = steps_x[:-1] ** 2 + steps_y[:, 1:] ** 2
    upper = steps_x[1:] ** 2 + steps_y[:, :-1] ** 2
    area = float(np.mean(np.sqrt(1 + lower) + np.sqrt(1 + upper)) / 2)
    return ArealRoughness(
        sa=float(np.mean(np.abs(heights))),
        sq=sq,
        sz=float(np.ptp(heights)),
        ssk=math.nan if flat else float(np.mean(heights**3) / sq**3),
        sku=math.nan if flat else float(np.mean(heights**4) / sq**4),
        sdq=float(np.sqrt(np.mean(lower + upper) / 2)),
        sdr=area - 1,
    )
