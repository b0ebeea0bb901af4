# SPDX-License-Identifier: BSD-3-Clause
"""A flat block on a cylinder: line contact of Hertz (K. L. Johnson, 1985, sections 4.2 and 4.4)."""

from __future__ import annotations

import math


def half_width(load: float, radius: float, modulus: float) -> float:
    """Half width of the contact in m; load in N/m, plane-strain modulus in Pa."""
    return math.sqrt(4 * load * radius / (math.pi * modulus))


def largest_pressure(load: float, radius: float, modulus: float) -> float:
    """Pressure in the middle in Pa."""
    return 2 * load / (math.pi * half_width(load, radius, modulus))


def stresses_on_axis(relative_depth: float) -> tuple[float, float]:
    """sigma_xx and sigma_zz on the axis over the largest pressure, at z/a (eq. 4.46)."""
    root = math.sqrt(1 + relative_depth**2)
    along = -((1 + 2 * relative_depth**2) / root - 2 * relative_depth)
    return along, -1 / root
