# SPDX-License-Identifier: BSD-3-Clause
"""The peak-to-valley stress ratio, where the nodes carry one."""

from __future__ import annotations

_ROUNDING = 1e-12  # of transforms, relative to the largest pressure
_ABOVE_UNDERSHOOT = 10.0


def stress_ratio(
    below_peaks: float, below_valleys: float, *, lowest: float, largest: float
) -> tuple[float | None, tuple[str, ...]]:
    """Ratio of two mean stresses, unless what the nodes do not resolve is as large as the lesser.

    Below a pressing block the normal stress is compressive everywhere. Where a pressure that
    stands at single nodes makes it ring below zero, that undershoot tells how far to trust it.

    Args:
        below_peaks: Mean normal stress at the depth below peaks in Pa.
        below_valleys: The same below valleys.
        lowest: Lowest normal stress at the depth in Pa.
        largest: Largest pressure in Pa.

    Returns:
        The ratio, None where it cannot be formed, and why.
    """
    unresolved = max(_ABOVE_UNDERSHOOT * -lowest, _ROUNDING * largest)
    if below_valleys > unresolved:
        return below_peaks / below_valleys, ()
    note = (
        "stress_ratio is not formed: the stress below the valleys is not above the error of the "
        "nodes' spacing; try a larger stress.depth, more pressure or more nodes"
    )
    return None, (note,)
