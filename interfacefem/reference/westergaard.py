# SPDX-License-Identifier: BSD-3-Clause
"""A cosine surface under a flat block: H. M. Westergaard, J. Appl. Mech. 6 (1939) A49.

As given by K. L. Johnson, Contact Mechanics, 1985, section 13.2; crossed waves in full contact:
K. L. Johnson, J. A. Greenwood and J. G. Higginson, Int. J. Mech. Sci. 27 (1985) 383.

The initial gap is ``D (1 - cos(2 pi x/l))`` on a half-space of plane-strain modulus E*; above the
mean pressure ``p* = pi E* D/l`` contact is complete. x is counted from a peak.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.floating]


def full_contact_pressure(modulus: float, amplitude: float, wavelength: float) -> float:
    """``p*`` in Pa."""
    return math.pi * modulus * amplitude / wavelength


def pressure(x: Array, ratio: float, wavelength: float) -> Array:
    """Pressure over p* at x in m, for a mean pressure of ``ratio`` p*."""
    angle = math.pi * x / wavelength
    if ratio >= 1:
        return np.asarray(ratio + np.cos(2 * angle))
    room = np.maximum(ratio - np.sin(angle) ** 2, 0.0)
    return np.asarray(2 * np.cos(angle) * np.copysign(np.sqrt(room), np.cos(angle)))


def largest_pressure(ratio: float) -> float:
    """Largest pressure over p*."""
    return 2 * math.sqrt(ratio) if ratio < 1 else ratio + 1


def contact_fraction(ratio: float) -> float:
    """Share of the surface in contact."""
    return 2 / math.pi * math.asin(math.sqrt(min(ratio, 1.0)))


def stress_ratio(ratio: float, relative_depth: float) -> float:
    """Normal stress below the peak over that below the valley, at a depth of so many wavelengths.

    In partial contact the pressure's Fourier series is filtered term by term.
    """
    wavenumber = 2 * math.pi * relative_depth
    if ratio >= 1:
        filtered = (1 + wavenumber) * math.exp(-wavenumber)
        return (ratio + filtered) / (ratio - filtered)
    # in sin(pi x/l) = s sin(t) the pressure is smooth: p dx = (2 l/pi) p* s^2 cos(t)^2 dt
    count = 512
    t = (np.arange(count) + 0.5) * math.pi / count - math.pi / 2
    places = np.arcsin(math.sqrt(ratio) * np.sin(t)) / math.pi
    load = 2 * ratio * np.cos(t) ** 2 / count
    modes = np.arange(1, 40)
    amplitude = 2 * np.cos(2 * math.pi * np.outer(modes, places)) @ load
    filtered_modes = amplitude * (1 + modes * wavenumber) * np.exp(-modes * wavenumber)
    signs = (-1.0) ** modes
    return float((ratio + filtered_modes.sum()) / (ratio + signs @ filtered_modes))


def crossed_full_contact_pressure(modulus: float, amplitude: float, wavelength: float) -> float:
    """``sqrt(2) pi E* D/l`` in Pa for the height ``D cos(2 pi x/l) cos(2 pi y/l)``.

    Full contact bears the mean pressure and this amplitude times the same product of cosines.
    """
    return math.sqrt(2) * full_contact_pressure(modulus, amplitude, wavelength)
