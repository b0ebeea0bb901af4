# SPDX-License-Identifier: BSD-3-Clause
"""Where a piece of a micrograph lies: between its own coordinates and those of the file."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import ndimage

Array: TypeAlias = npt.NDArray[np.floating]


@dataclass(frozen=True)
class Frame:
    """Axes laid on an image: ``u`` along the interface, ``v`` down, away from the electrolyte.

    All lengths in pixels. Rows and columns count in the image as it is worked on: cropped, and
    turned upside down where the electrolyte lies below in the file.

    Attributes:
        shape: Rows and columns of the image worked on.
        first_row, first_column: Its upper left corner in the file.
        flipped: Whether its rows run upward in the file.
        angle: Direction of ``u`` in rad, positive where it descends to the right.
        row, column: Position of ``u = v = 0``.
    """

    shape: tuple[int, int]
    first_row: int = 0
    first_column: int = 0
    flipped: bool = False
    angle: float = 0.0
    row: float = 0.0
    column: float = 0.0

    @property
    def rise_degrees(self) -> float:
        """Angle by which ``u`` rises to the right as the file shows it, in degrees."""
        degrees = math.degrees(self.angle)
        return degrees if self.flipped or not degrees else -degrees

    def angle_of_rise(self, degrees: float) -> float:
        """The ``angle`` in rad of an axis that rises by so many degrees in the file."""
        angle = math.radians(degrees)
        return angle if self.flipped else -angle

    def to_image(self, u: Array, v: Array) -> tuple[Array, Array]:
        """Rows and columns in the image worked on, any shape."""
        cos, sin = math.cos(self.angle), math.sin(self.angle)
        return self.row + u * sin + v * cos, self.column + u * cos - v * sin

    def from_image(self, row: Array, column: Array) -> tuple[Array, Array]:
        """The inverse of :meth:`to_image`: ``u`` and ``v``, any shape."""
        cos, sin = math.cos(self.angle), math.sin(self.angle)
        down, right = row - self.row, column - self.column
        return right * cos + down * sin, down * cos - right * sin

    def to_file(self, u: Array, v: Array) -> tuple[Array, Array]:
        """Rows and columns in the file, any shape."""
        row, column = self.to_image(u, v)
        if self.flipped:
            row = self.shape[0] - 1 - row
        return row + self.first_row, column + self.first_column

    def bounds(self) -> tuple[int, int, int, int]:
        """Smallest ranges of whole pixels ``(u0, u1, v0, v1)`` around the image, ends excluded."""
        rows, columns = self.shape
        row = np.array([0.0, 0.0, rows - 1.0, rows - 1.0])
        column = np.array([0.0, columns - 1.0, 0.0, columns - 1.0])
        u, v = self.from_image(row, column)
        # rounding keeps an image that is not rotated from growing by a pixel
        low_u, high_u = np.round([u.min(), u.max()], 6)
        low_v, high_v = np.round([v.min(), v.max()], 6)
        return (
            math.floor(low_u),
            math.ceil(high_u) + 1,
            math.floor(low_v),
            math.ceil(high_v) + 1,
        )

    def inner_bounds(self) -> tuple[int, int, int, int]:
        """Ranges ``(u0, u1, v0, v1)`` of the largest rectangle inside the image, ends excluded."""
        rows, columns = (float(n - 1) for n in self.shape)
        sin, cos = abs(math.sin(self.angle)), abs(math.cos(self.angle))
        shorter, longer = min(rows, columns), max(rows, columns)
        if shorter <= 2 * sin * cos * longer:
            # two corners touch the longer sides, two lie on the middle line
            half = shorter / 2
            width, height = half / sin, half / cos
            if columns < rows:
                width, height = height, width
        else:
            double = cos * cos - sin * sin
            width = (columns * cos - rows * sin) / double
            height = (rows * cos - columns * sin) / double
        u, v = self.from_image(np.array(rows / 2), np.array(columns / 2))
        return (
            math.ceil(float(u) - width / 2),
            math.floor(float(u) + width / 2) + 1,
            math.ceil(float(v) - height / 2),
            math.floor(float(v) + height / 2) + 1,
        )

    def resampled(self, field: Array, u0: int, u1: int, v0: int, v1: int) -> Array:
        """Values of an image on the pixels of this frame.

        Args:
            field: Continuous values on the image, shape ``shape``.
            u0, u1, v0, v1: Ranges, ends excluded.

        Returns:
            Values by cubic interpolation, NaN outside the image, shape ``(v1 - v0, u1 - u0)``.
        """
        v, u = np.meshgrid(np.arange(v0, v1), np.arange(u0, u1), indexing="ij")
        row, column = self.to_image(u.astype(np.float64), v.astype(np.float64))
        values = ndimage.map_coordinates(field, [row, column], order=3, mode="nearest")
        rows, columns = self.shape
        slack = 1e-6
        inside = (row >= -slack) & (row <= rows - 1 + slack)
        inside &= (column >= -slack) & (column <= columns - 1 + slack)
        return np.where(inside, values, np.nan)
