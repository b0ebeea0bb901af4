# SPDX-License-Identifier: BSD-3-Clause
"""Contact of a sphere with a half-space (K. L. Johnson, Contact Mechanics, 1985, section 3.4)."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.floating]


def contact_radius(load: float, radius: float, modulus: float) -> float:
    """``a = (3 P R/(4 E*))**(1/3)`` in m.

    Args:
        load: P in N.
        radius: R of the sphere in m.
        modulus: Composite modulus E* in Pa.
    """
    return (3 * load * radius / (4 * modulus)) ** (1 / 3)


def largest_pressure(load: float, radius: float, modulus: float) -> float:
    """``p0 = 3 P/(2 pi a^2)`` in Pa, arguments as for :func:`contact_radius`."""
    return 3 * load / (2 * math.pi * contact_radius(load, radius, modulus) ** 2)


def pressure(distance: Array, load: float, radius: float, modulus: float) -> Array:
    """``p0 sqrt(1 - (r/a)^2)`` in Pa at distances r in m from the middle."""
    a = contact_radius(load, radius, modulus)
    inside = np.clip(1 - (distance / a) ** 2, 0.0, None)
    return largest_pressure(load, radius, modulus) * np.sqrt(inside)
