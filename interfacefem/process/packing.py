# SPDX-License-Identifier: BSD-3-Clause
"""Density of a powder bed from its particle sizes."""

from __future__ import annotations

from interfacefem.errors import InputError


def andersen_density(mean: float, smallest: float, largest: float) -> float:
    """Density of the green body as a share of the solid's, from its particle sizes.

    ``f = (D - D_min)/(D_max - D_min)``: Andreasen's relation with exponent one, as Tran 2025
    (Fig. 3c) compares measured porosities ``1 - f`` with.

    Args:
        mean: Mean particle size in m.
        smallest: Lower end of the size distribution in m.
        largest: Upper end in m.

    Raises:
        InputError: Not ``0 <= smallest <= mean <= largest`` with ``smallest < largest``.
    """
    if not (0 <= smallest <= mean <= largest and smallest < largest):
        raise InputError(
            "particle sizes do not follow each other",
            field="particle_sizes",
            found=f"mean {mean * 1e6:g} um, from {smallest * 1e6:g} um to {largest * 1e6:g} um",
            expected='mean, smallest and largest size such as "1.2 um, 0.3 um, 2.5 um"',
        )
    return (mean - smallest) / (largest - smallest)
