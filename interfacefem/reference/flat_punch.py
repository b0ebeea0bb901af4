# SPDX-License-Identifier: BSD-3-Clause
"""A flat punch of width 2c with sharp edges (K. L. Johnson, 1985, section 2.8)."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.floating]


def pressure(x: Array, load: float, half_width: float) -> Array:
    """``P/(pi sqrt(c^2 - x^2))`` in Pa below the punch; load in N/m."""
    return np.asarray(load / (math.pi * np.sqrt(half_width**2 - x**2)))
