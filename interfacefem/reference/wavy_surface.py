# SPDX-License-Identifier: BSD-3-Clause
"""Wavy half-spaces pressed flat, in part or altogether.

One wave, gap ``D (1 - cos(2 pi x/l))``: H. M. Westergaard, J. Appl. Mech. 6 (1939) A49; K. L.
Johnson, Contact Mechanics, 1985, section 13.2. Crossed waves in full contact: K. L. Johnson, J. A.
Greenwood and J. G. Higginson, Int. J. Mech. Sci. 27 (1985) 383.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.floating]


def full_contact_pressure(modulus: float, amplitude: float, wavelength: float) -> float:
    """``p* = pi E* D/l`` in Pa, the mean pressure that just closes the gap of one wave.

    Args:
        modulus: Composite modulus E* in Pa.
        amplitude: D in m.
        wavelength: l in m.

    Rank-local.
    """
    return math.pi * modulus * amplitude / wavelength


def partial_contact(relative_load: float) -> tuple[float, float]:
    """Largest over mean pressure, ``2/s``, and contact fraction, ``(2/pi) asin s``.

    Args:
        relative_load: Mean pressure over p*, below 1; s is its square root.

    Rank-local.
    """
    s = math.sqrt(relative_load)
    return 2 / s, 2 / math.pi * math.asin(s)


def partial_contact_pressure(place: Array, relative_load: float) -> Array:
    """Pressure over its mean at ``x/l``, the crest at 0.

    ``2 cos(pi x/l) sqrt(s^2 - sin^2(pi x/l))/s^2``, zero outside the contact. Rank-local.
    """
    sine = np.sin(math.pi * place)
    inside = np.clip(relative_load - sine**2, 0.0, None)
    return 2 * np.abs(np.cos(math.pi * place)) * np.sqrt(inside) / relative_load


def full_contact_ratio(relative_load: float, relative_depth: float) -> float:
    """Stress ratio ``(pm + p* t)/(pm - p* t)`` of one wave in full contact.

    Args:
        relative_load: Mean pressure over p*, at least 1.
        relative_depth: Depth over wavelength; ``t = (1 + k d) exp(-k d)``.

    Rank-local.
    """
    kd = 2 * math.pi * relative_depth
    t = (1 + kd) * math.exp(-kd)
    return (relative_load + t) / (relative_load - t)


def crossed_full_contact_pressure(modulus: float, amplitude: float, wavelength: float) -> float:
    """``sqrt(2) pi E* D/l`` in Pa for the height ``D cos(2 pi x/l) cos(2 pi y/l)``.

    Full contact bears the mean pressure and this amplitude times the same product of cosines.
    Rank-local.
    """
    return math.sqrt(2) * full_contact_pressure(modulus, amplitude, wavelength)
