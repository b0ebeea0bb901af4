# SPDX-License-Identifier: BSD-3-Clause
"""A flat block on a wavy elastic half-space: contact in part and in full."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.floating]


def full_contact_pressure(amplitude: float, wavelength: float, modulus: float) -> float:
    """``p* = pi E* D/l``: the mean pressure in Pa that closes the gap ``D(1 - cos(2 pi x/l))``.

    Source: H. M. Westergaard, J. Appl. Mech. 6 (1939) A49; K. L. Johnson, Contact Mechanics,
    Cambridge 1985, section 13.2.

    Args:
        amplitude: D in m.
        wavelength: l in m.
        modulus: Composite modulus E* in Pa.

    Rank-local.
    """
    return math.pi * modulus * amplitude / wavelength


def contact_pressure(x: Array, wavelength: float, mean: float, full: float) -> Array:
    """Pressure in Pa at x in m, a crest at x = 0, for a mean pressure and p*; rank-local."""
    phase = math.pi * np.asarray(x) / wavelength
    if mean >= full:
        return np.asarray(mean + full * np.cos(2 * phase))
    share = mean / full
    under_root = np.maximum(share - np.sin(phase) ** 2, 0.0)
    return np.asarray(2 * mean * np.abs(np.cos(phase)) * np.sqrt(under_root) / share)


def largest_pressure(mean: float, full: float) -> float:
    """``2 sqrt(pm p*)`` in part, ``pm + p*`` in full contact; rank-local."""
    return 2 * math.sqrt(mean * full) if mean < full else mean + full


def contact_fraction(mean: float, full: float) -> float:
    """``(2/pi) asin sqrt(pm/p*)``; rank-local."""
    return 2 / math.pi * math.asin(math.sqrt(min(mean / full, 1.0)))


def stress_ratio(depth: float, wavelength: float, mean: float, full: float) -> float:
    """``R_d`` of crest over trough at a depth in m, in full contact; rank-local."""
    decay = 2 * math.pi * depth / wavelength
    amplitude = full * (1 + decay) * math.exp(-decay)
    return (mean + amplitude) / (mean - amplitude)
