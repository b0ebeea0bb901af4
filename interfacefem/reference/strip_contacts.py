# SPDX-License-Identifier: BSD-3-Clause
"""Constriction of parallel strips of contact on a thick electrolyte, primary limit.

``w = cos(pi x/W)`` takes the electrolyte between two lines of symmetry a width W apart to a
half-plane and a strip to a segment, whose logarithmic capacity is a quarter of its length (W. R.
Smythe, Static and Dynamic Electricity, 1950, chapter IV). In a row of strips of period W the mean
current density is counted over the period.
"""

from __future__ import annotations

import math


def strip(width: float, period: float, conductivity: float) -> float:
    """``W/(pi k) ln(1/sin(pi c/W))`` in ohm m^2, c half the strip's width, W the period.

    Args:
        width: Of each strip, 2c, in m.
        period: W in m.
        conductivity: k in S/m.
    """
    return -period / (math.pi * conductivity) * math.log(math.sin(math.pi * width / (2 * period)))


def strip_between_walls(first: float, last: float, width: float, conductivity: float) -> float:
    """``W/(pi k) ln(2/(cos(pi a/W) - cos(pi b/W)))`` in ohm m^2.

    A strip from a to b between insulating walls at 0 and W; mirrored at a wall it is two strips in
    each period 2 W.

    Args:
        first: a in m.
        last: b in m.
        width: W in m.
        conductivity: k in S/m.
    """
    segment = math.cos(math.pi * first / width) - math.cos(math.pi * last / width)
    return width / (math.pi * conductivity) * math.log(2 / segment)


def pressed_wave(pressure_ratio: float, wavelength: float, conductivity: float) -> float:
    """``l/(2 pi k) ln(p*/p)`` in ohm m^2: the strip that Westergaard's contact leaves.

    Contact at a mean pressure p below p* covers the share ``(2/pi) asin(sqrt(p/p*))``.

    Args:
        pressure_ratio: p/p*, at most 1.
        wavelength: l in m.
        conductivity: k in S/m.
    """
    return -wavelength / (2 * math.pi * conductivity) * math.log(pressure_ratio)
