# SPDX-License-Identifier: BSD-3-Clause
"""Sinusoidal interface of small amplitude, to first order in the amplitude.

Interface ``z = h0 cos(q x)`` under a flat top at ``z = H`` where the current enters evenly. To
first order in ``q h0``, ``phi = phi0 + E z + B cos(q x) cosh(q (H - z))/cosh(q H)`` with
``k E = i_app``, and the linearised condition ``k dphi/dz = i_app + i' (phi - phi0)`` gives
``i = i_app (1 + A cos(q x))`` (Wagner, J. Electrochem. Soc. 98 (1951) 116 for this linearisation).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from interfacefem.current.kinetics import Kinetics


def relative_amplitude(
    law: Kinetics,
    *,
    height_amplitude: float,
    wavenumber: float,
    domain_height: float,
    conductivity: float,
    applied_current_density: float,
) -> float:
    """``A = q h0 t/(1 + k q t/i')`` with ``t = tanh(q H)`` and ``i' = di/dphi`` at i_app.

    For Butler-Volmer with both transfer coefficients 1/2, ``i' = sqrt(i0^2 + i_app^2/4) F/(R T)``.

    Args:
        law: Charge transfer at the interface.
        height_amplitude: h0 in m.
        wavenumber: q in 1/m.
        domain_height: H in m, above the mean line.
        conductivity: k in S/m.
        applied_current_density: In A/m^2.

    Returns:
        Amplitude of the current density over its mean (no unit).
    """
    overpotential = law.overpotential(np.array(applied_current_density))
    slope = float(law.slope(overpotential))
    t = math.tanh(wavenumber * domain_height)
    return wavenumber * height_amplitude * t / (1 + conductivity * wavenumber * t / slope)


def ratio(amplitude: float) -> float:
    """i_max/i_min ``= (1 + A)/(1 - A)``."""
    return (1 + amplitude) / (1 - amplitude)
