# SPDX-License-Identifier: BSD-3-Clause
"""Profiles on which a nonlinear current distribution is known exactly.

Where the potential is linear, ``phi = V(i_app) + E z`` with ``k E = i_app``, the current that
leaves through an interface of slope angle a is ``i_app cos a``. The charge-transfer law i(phi)
holds too on the profile that falls so that ``i(phi(z)) = i_app cos a``; with V the inverse of i,

    ``z(a) = k (V(i_app cos a) - V(i_app))/i_app``,  ``x(a) = k int_0^a V'(i_app cos t) cos t dt``,

the second from ``dz = -tan(a) dx``. Half a valley runs from the flat crest (a = 0) to a vertical,
insulated side where the slope angle is a_max: neither side takes current, so that this is exact in
a finite domain. Derived here, as a manufactured solution whose unknown is the boundary (Roache,
J. Fluids Eng. 124 (2002) 4); for Butler-Volmer with both coefficients 1/2 the integral is
``(2 k RT/(F i_app)) asin(i_app sin a/sqrt(4 i0^2 + i_app^2))``.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from interfacefem.current.kinetics import Kinetics

Array = npt.NDArray[np.floating]

_QUADRATURE_POINTS = 8


def slope_law_profile(
    law: Kinetics,
    *,
    conductivity: float,
    applied_current_density: float,
    largest_angle: float,
    points: int = 401,
) -> tuple[Array, Array]:
    """Points of the profile, evenly spaced in the slope angle.

    Args:
        law: Charge transfer at the interface.
        conductivity: k in S/m.
        applied_current_density: i_app in A/m^2.
        largest_angle: a_max in radians, below pi/2.
        points: Number of points n.

    Returns:
        x and z in m from the crest at (0, 0) to the side, shape ``(n,)`` each.
    """
    angles = np.linspace(0.0, largest_angle, points)
    potential = law.overpotential(applied_current_density * np.cos(angles))
    nodes, weights = np.polynomial.legendre.leggauss(_QUADRATURE_POINTS)
    half = (angles[1] - angles[0]) / 2
    t = angles[:-1, None] + half * (1 + nodes)
    # V' is one over the slope of the law
    slope = law.slope(law.overpotential(applied_current_density * np.cos(t)))
    x = conductivity * half * np.cumsum((np.cos(t) / slope) @ weights)
    z = conductivity * (potential - potential[0]) / applied_current_density
    return np.append(0.0, x), z


def exact_ratio(largest_angle: float) -> float:
    """i_max/i_min ``= 1/cos a_max``."""
    return 1 / math.cos(largest_angle)
