# SPDX-License-Identifier: BSD-3-Clause
"""The interface as a surface: heights on a regular grid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy.ndimage import map_coordinates

from interfacefem.errors import InputError
from interfacefem.short_repr import short_repr

_MIN_SAMPLES = 2


class HeightMapError(InputError):
    """A height map that is not one finite height for each point of a grid."""


@dataclass(frozen=True, eq=False)
class HeightMap:
    """Heights of an interface on a regular grid, the electrolyte above it.

    The surface of the electrolyte faces down: its peaks, the points that reach toward the metal,
    are minima. Maps from instruments come with the solid below and are flipped on import
    (:meth:`flipped`). Samples lie on the corners of pixels: the map spans from the first to the
    last, ``(nx - 1)`` times the pixel size. There is one height for each point: no overhangs.

    Attributes:
        heights: In m, upward into the electrolyte, shape ``(ny, nx)``; row 0 at y = 0.
        pixel_size_x: Distance of the samples along x in m.
        pixel_size_y: Distance of the samples along y in m.
        metadata: Where the map comes from and what was done to it, as text.

    Raises:
        HeightMapError: The heights are not such a grid.
    """

    __repr__ = short_repr

    heights: npt.NDArray[np.floating]
    pixel_size_x: float
    pixel_size_y: float
    metadata: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        heights = np.array(self.heights, dtype=np.float64)
        if heights.ndim != 2 or min(heights.shape) < _MIN_SAMPLES:
            raise HeightMapError(
                "is not a grid of heights",
                found=f"shape {heights.shape}",
                expected="two dimensions, at least 2 samples in each",
            )
        missing = int(np.count_nonzero(~np.isfinite(heights)))
        if missing:
            raise HeightMapError(
                "holds points without a height",
                found=f"{missing} of {heights.size}",
                expected="finite numbers (missing points can be filled: fill_missing)",
            )
        for name in ("pixel_size_x", "pixel_size_y"):
            size = float(getattr(self, name))
            if not (np.isfinite(size) and size > 0):
                raise HeightMapError(
                    "out of range", field=name, found=f"{size} m", expected="a length > 0"
                )
            object.__setattr__(self, name, size)
        heights.flags.writeable = False
        object.__setattr__(self, "heights", heights)
        object.__setattr__(self, "metadata", dict(self.metadata))

    @property
    def width_x(self) -> float:
        """Extent along x in m."""
        return (self.heights.shape[1] - 1) * self.pixel_size_x

    @property
    def width_y(self) -> float:
        """Extent along y in m."""
        return (self.heights.shape[0] - 1) * self.pixel_size_y

    @property
    def mean_height(self) -> float:
        """Mean of the surface that runs straight between the samples, in m."""
        inner = (self.heights[1:] + self.heights[:-1]) / 2
        return float(np.mean((inner[:, 1:] + inner[:, :-1]) / 2))

    def at(
        self, x: npt.NDArray[np.floating], y: npt.NDArray[np.floating]
    ) -> npt.NDArray[np.floating]:
        """Heights in m between the samples (bilinear) at x and y in m."""
        places = np.stack([y / self.pixel_size_y, x / self.pixel_size_x])
        return map_coordinates(self.heights, places, order=1, mode="nearest")

    def with_heights(self, heights: npt.NDArray[np.floating], **metadata: str) -> HeightMap:
        """The same grid with other heights in m, shape ``(ny, nx)``."""
        return HeightMap(
            heights, self.pixel_size_x, self.pixel_size_y, {**self.metadata, **metadata}
        )

    def flipped(self) -> HeightMap:
        """The map of a solid that was measured from above: its electrolyte put above.

        Heights change sign; the surface is seen from the other side along z.
        """
        return self.with_heights(-self.heights, flipped="yes")
