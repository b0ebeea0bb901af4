# SPDX-License-Identifier: BSD-3-Clause
"""Trochoidal interface, mapped conformally from a half plane.

``z = w + i a exp(i k w)``, ``w = xi + i eta``, takes the half plane ``eta > 0`` to the electrolyte
above the trochoid ``x = xi - a sin(k xi)``, ``y = a cos(k xi)`` (Lamb, Hydrodynamics, 6th ed.,
1932, art. 251 for the curve). Lengths on the interface grow by ``g = |dz/dw|``, which is
``|1 - a k exp(i k xi)|``, normal derivatives shrink by it, and a harmonic function stays harmonic.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy.fft import dct, idct

if TYPE_CHECKING:
    from interfacefem.current.kinetics import Kinetics

Array = npt.NDArray[np.floating]

_MAX_STEPS = 100
_STEP_TOLERANCE = 1e-13


def stretch(xi: Array, steepness: float, wavenumber: float) -> Array:
    """``g = |1 - a k exp(i k xi)|`` (no unit) at the points ``xi`` in m."""
    return np.abs(1 - steepness * np.exp(1j * wavenumber * xi))


def primary_current_density(
    xi: Array, steepness: float, wavenumber: float, applied_current_density: float
) -> Array:
    """Primary current density ``i_app/g`` in A/m^2 at the points ``xi`` in m.

    Args:
        xi: Parameter of the curve in m, any shape.
        steepness: ``a k``, between 0 and 1.
        wavenumber: k in 1/m.
        applied_current_density: In A/m^2 of projected area.
    """
    return applied_current_density / stretch(xi, steepness, wavenumber)


def primary_ratio(steepness: float) -> float:
    """i_max/i_min of the primary distribution, ``(1 + a k)/(1 - a k)``."""
    return (1 + steepness) / (1 - steepness)


def reaction_current_density(
    law: Kinetics,
    *,
    steepness: float,
    wavenumber: float,
    conductivity: float,
    applied_current_density: float,
    modes: int = 128,
) -> tuple[Array, Array]:
    """Current density with a charge-transfer law, from a cosine series in ``xi``.

    With ``u = u0 + E eta + sum c_n cos(n k xi) exp(-n k eta)`` the interface condition is
    ``sigma du/deta = i(u) g(xi)``, solved by Newton's method at ``modes + 1`` points. The series
    converges like ``steepness**n``: to rounding for 128 modes up to a k = 0.75.

    Args:
        law: Charge transfer at the interface.
        steepness: ``a k``, between 0 and 1.
        wavenumber: k in 1/m.
        conductivity: sigma in S/m.
        applied_current_density: In A/m^2 of projected area.
        modes: Number of cosines.

    Returns:
        ``xi`` over half a period in m and the current density there in A/m^2, shape
        ``(modes + 1,)`` each; ``xi = 0`` is the crest, where the current is largest.

    Raises:
        RuntimeError: Newton's method did not converge.
    """
    xi = np.pi / wavenumber * np.arange(modes + 1) / modes
    g = stretch(xi, steepness, wavenumber)
    orders = wavenumber * np.arange(modes + 1)[:, None]
    # applied to the values of u: minus the normal derivative of its decaying part
    derivative = idct(orders * dct(np.eye(modes + 1), type=1, axis=0), type=1, axis=0)
    mean_stretch = dct(g, type=1)[0] / (2 * modes)
    start = law.overpotential(np.array(applied_current_density / mean_stretch))
    u: Array = np.full(modes + 1, start)
    for _ in range(_MAX_STEPS):
        excess = law.current_density(u) * g + conductivity * (derivative @ u)
        tangent = np.diag(law.slope(u) * g) + conductivity * derivative
        step = np.linalg.solve(tangent, applied_current_density - excess)
        u = u + step
        if np.abs(step).max() <= _STEP_TOLERANCE * np.abs(u).max():
            return xi, law.current_density(u)
    raise RuntimeError("the cosine series of the trochoid did not converge")
