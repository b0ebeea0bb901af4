# SPDX-License-Identifier: BSD-3-Clause
"""Local exponent of resistance against pressure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_NEIGHBOURS = 2  # to each side
_QUANTILE_95 = 1.96


@dataclass(frozen=True)
class Exponent:
    """``d ln R/d ln p`` at one pressure.

    Attributes:
        value: The slope of a parabola through up to five neighbouring points.
        low: End of its range, 95 % by the scatter of the points about the parabola; None where
            there are too few points to scatter.
        high: The other end.
    """

    value: float
    low: float | None
    high: float | None


def local_exponents(
    pressures: Sequence[float], resistances: Sequence[float]
) -> list[Exponent | None]:
    """Local exponents; None where there are fewer than two pressures.

    Between two points the slope of the straight line, without a range of its own.

    Args:
        pressures: In Pa, in any order.
        resistances: Of the interface in any unit, positive.
    """
    found: list[Exponent | None] = [None] * len(pressures)
    order = np.argsort(pressures)
    p = np.log(np.asarray(pressures, dtype=float)[order])
    with np.errstate(divide="ignore"):
        r = np.log(np.asarray(resistances, dtype=float)[order])
    for place, original in enumerate(order):
        first = max(0, min(place - _NEIGHBOURS, len(p) - (2 * _NEIGHBOURS + 1)))
        window = slice(first, first + 2 * _NEIGHBOURS + 1)
        x, y = p[window] - p[place], r[window]
        if len(np.unique(x)) < 2 or not np.isfinite(y).all():
            continue
        degree = min(2, len(np.unique(x)) - 1)
        powers = np.vander(x, degree + 1, increasing=True)
        fit, *_ = np.linalg.lstsq(powers, y, rcond=None)
        free = len(x) - degree - 1
        low = high = None
        if free > 0:
            variance = float(np.sum((y - powers @ fit) ** 2)) / free
            spread = _QUANTILE_95 * float(
                np.sqrt(variance * np.linalg.inv(powers.T @ powers)[1, 1])
            )
            low, high = float(fit[1] - spread), float(fit[1] + spread)
        found[original] = Exponent(float(fit[1]), low, high)
    return found
