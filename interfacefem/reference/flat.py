# SPDX-License-Identifier: BSD-3-Clause
"""Flat interface: Ohm's law in series with the kinetics."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from interfacefem.current.kinetics import Kinetics


def top_potential(
    law: Kinetics | None, *, conductivity: float, current_density: float, height: float
) -> float:
    """Potential of the top face in V, ``i L/k + eta(i)`` (Newman and Balsara, Electrochemical
    Systems, 4th ed., 2021, chapter 1: ohmic drop and overpotential in series).

    Args:
        law: Charge transfer, film included; None for the primary distribution (eta = 0).
        conductivity: k in S/m.
        current_density: i in A/m^2, the same everywhere.
        height: L in m.
    """
    overpotential = 0.0
    if law is not None:
        overpotential = float(law.overpotential(np.array(current_density)))
    return current_density * height / conductivity + overpotential
