# SPDX-License-Identifier: BSD-3-Clause
"""Which of several fitted laws the points speak for."""

from __future__ import annotations

import math


def aicc(points: int, parameters: int, squares: float) -> float | None:
    """Akaike's criterion for least squares, corrected for few points; the smaller, the better.

    Args:
        points: Number of values fitted.
        parameters: Of the law; the variance counts as one more.
        squares: Sum of the squared residuals.

    Returns:
        None where there are too few points for the correction.

    Source: C. M. Hurvich, C.-L. Tsai, Biometrika 76, 297 (1989).
    """
    free = parameters + 1
    if points - free - 1 <= 0:
        return None
    # an exact fit would be infinitely good
    mean = max(squares / points, 1e-300)
    return points * math.log(mean) + 2 * free + 2 * free * (free + 1) / (points - free - 1)
