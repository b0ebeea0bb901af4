# SPDX-License-Identifier: BSD-3-Clause
"""The peak-to-valley stress ratio, where the nodes carry one."""

from __future__ import annotations

import math

_ROUNDING = 1e-12  # of transforms, relative to the largest pressure


def stress_ratio(
    below_peaks: float, below_valleys: float, *, depth: float, spacing: float, largest: float
) -> tuple[float | None, tuple[str, ...]]:
    """Ratio of two mean stresses, unless what the nodes do not resolve is as large as the lesser.

    The filter to the depth leaves ``(1 + k d) exp(-k d)`` of the shortest wave that nodes carry; a
    pressure that stands at single nodes rings by as much.

    Args:
        below_peaks: Mean normal stress at the depth below peaks in Pa.
        below_valleys: The same below valleys.
        depth: In m.
        spacing: Of the nodes in m.
        largest: Largest pressure in Pa.

    Returns:
        The ratio, None where it cannot be formed, and why.

    Rank-local.
    """
    shortest = math.pi * depth / spacing
    left_over = (1 + shortest) * math.exp(-shortest) + _ROUNDING
    if below_valleys > left_over * largest:
        return below_peaks / below_valleys, ()
    note = (
        "stress_ratio is not formed: the stress below the valleys is not above the error of the "
        "nodes' spacing; try a larger stress.depth, more pressure or more nodes"
    )
    return None, (note,)
