# SPDX-License-Identifier: BSD-3-Clause
"""Constriction of discs of contact on a thick electrolyte, primary limit.

One disc on a half-space has ``1/(4 k a)`` (R. Holm, Electric Contacts, 1967, section 3).
"""

from __future__ import annotations

import math

# lattice sums of point sources on a square lattice: the first is minus the Madelung constant of a
# charged plane lattice in its background (L. Bonsall and A. A. Maradudin, Phys. Rev. B 15, 1959
# (1977)), the second the next order of the disc's own field
_LATTICE = -3.90026
_NEXT = 3.0112
# psi of a disc on a tube of circular section, powers 1, 3, 5, 7 of a/b (K. J. Negus and M. M.
# Yovanovich, ASME paper 84-HT-84, 1984); a Ritz sum over the tube's waves agrees to 1e-4
_TUBE = (-1.40978, 0.34406, 0.0435, 0.02271)


def disc_in_square(radius: float, side: float, conductivity: float) -> float:
    """Area-specific constriction in ohm m^2 of discs on a square lattice.

    ``L^2 [1/(4 k a) - 3.90026/(2 pi k L) + 3.0112 a^2/(2 pi k L^3)]``, for a below L/4.

    Args:
        radius: a in m.
        side: L of a cell in m.
        conductivity: k in S/m.
    """
    a, size = radius, side
    images = (_LATTICE / size + _NEXT * a**2 / size**3) / (2 * math.pi)
    return size**2 * (1 / (4 * a) + images) / conductivity


def disc_on_tube(radius: float, tube_radius: float, conductivity: float) -> float:
    """Area-specific constriction in ohm m^2 of a disc in the middle of a round tube.

    Args:
        radius: a in m.
        tube_radius: b in m.
        conductivity: k in S/m.
    """
    ratio = radius / tube_radius
    psi = 1 + sum(c * ratio ** (2 * n + 1) for n, c in enumerate(_TUBE))
    return math.pi * tube_radius**2 * psi / (4 * conductivity * radius)
