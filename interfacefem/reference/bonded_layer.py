# SPDX-License-Identifier: BSD-3-Clause
"""Elastic layer that sticks to a rigid base, under a wave of frictionless pressure."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.floating]


def surface_compliance(
    wavenumbers: Array, youngs_modulus: float, poisson_ratio: float, thickness: float
) -> Array:
    """Displacement of the surface over the amplitude of the pressure, in m/Pa.

    ``2/(E* k)`` of the half-space times ``(2 K sinh 2a - 4a)/(2 K cosh 2a + 4 a^2 + 1 + K^2)``,
    ``a = k h``, ``K = 3 - 4 nu`` (R. H. Bentall and K. L. Johnson, Int. J. Mech. Sci. 10 (1968)
    637, for a strip; K. L. Johnson, Contact Mechanics, 1985, section 5.8).

    Args:
        wavenumbers: k in 1/m, positive; above ``k h = 300`` the half-space's value is given.
        youngs_modulus: In Pa.
        poisson_ratio: nu.
        thickness: h in m.

    Rank-local.
    """
    k = np.asarray(wavenumbers, dtype=float)
    half_space = 2 * (1 - poisson_ratio**2) / (youngs_modulus * k)
    a = np.minimum(k * thickness, 300.0)
    kolosov = 3 - 4 * poisson_ratio
    above = 2 * kolosov * np.sinh(2 * a) - 4 * a
    below = 2 * kolosov * np.cosh(2 * a) + 4 * a**2 + 1 + kolosov**2
    return half_space * above / below
