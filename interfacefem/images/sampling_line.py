# SPDX-License-Identifier: BSD-3-Clause
"""The sampling line of Tran et al. (2025): where a straight cut meets matrix and void.

Where the line crosses matrix, the interface is the line; where it crosses void, the interface
follows the wall of the void that is open to the line.
"""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[np.floating]


def sampling_line_field(
    solid: Array, row: float, slope: float, depth: float | None = None
) -> Array:
    """A field that is positive in solid above the line and negative below it and in void.

    Args:
        solid: Positive in the matrix and negative in void, shape ``(rows, columns)``.
        row: Height of the line in pixels from the top.
        slope: Grey values per pixel in which the distance from the line is measured.
        depth: No void deeper than this above the line is followed, in pixels; None for no limit.

    Returns:
        The field in grey values, down to two rows below the line.
    """
    above = (row - np.arange(min(math.ceil(row) + 3, len(solid)), dtype=np.float64)) * slope
    field = np.minimum(solid[: len(above)], above[:, None])
    if depth is not None:
        field = np.maximum(field, above[:, None] - depth * slope)
    return field


def edge_slope(solid: Array) -> float:
    """How fast a field changes across the edges in it, in grey values per pixel."""
    return float(np.percentile(np.abs(np.diff(solid, axis=0)), 99)) or 1.0
