# SPDX-License-Identifier: BSD-3-Clause
"""Apparent elements of an impedance: two resistors with capacitors, fitted.

The interface's impedance (bulk taken off) is fitted by two parallel pairs of R and C in series,
the error weighted with the modulus. The circuit is a description: a ladder of the same four numbers
in other places has the same impedance at every frequency, and both are given.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import least_squares

Array = npt.NDArray[np.floating]
ComplexArray = npt.NDArray[np.complexfloating]

_LEAST_FREQUENCIES = 6
_STARTS = 6  # time constants of each pair that the fit begins with


@dataclass(frozen=True)
class Pairs:
    """Two resistances in ohm m^2 and two capacitances in F/m^2."""

    resistances: tuple[float, float]
    capacitances: tuple[float, float]


@dataclass(frozen=True)
class ApparentElements:
    """A fit.

    Attributes:
        series: ``(R1 | C1) + (R2 | C2)``; the first pair is the faster one.
        ladder: ``Ca | (Ra + (Cb | Rb))``, of the same impedance.
        misfit: Rms of the relative error.
        one_pair_misfit: The same of the best single pair: where it is about as small, the second
            pair says nothing.
    """

    series: Pairs
    ladder: Pairs
    misfit: float
    one_pair_misfit: float


def fit_elements(frequencies: Array, impedance: ComplexArray) -> ApparentElements | None:
    """Fit the impedance of an interface without its bulk; None with fewer than six frequencies.

    Args:
        frequencies: In Hz, shape ``(n,)``.
        impedance: In ohm m^2, shape ``(n,)``.
    """
    if len(frequencies) < _LEAST_FREQUENCIES:
        return None
    omega = 2 * np.pi * np.asarray(frequencies)
    one = min(
        (_fitted(omega, impedance, [time]) for time in _times(omega)), key=lambda found: found[1]
    )
    times = _times(omega)
    starts = [[a, b] for i, a in enumerate(times) for b in times[i + 1 :]]
    best, misfit = min(
        (_fitted(omega, impedance, start) for start in starts), key=lambda found: found[1]
    )
    resistances, constants = np.exp(best[:2]), np.exp(best[2:])
    order = np.argsort(constants)
    r, tau = resistances[order], constants[order]
    series = Pairs((float(r[0]), float(r[1])), (float(tau[0] / r[0]), float(tau[1] / r[1])))
    return ApparentElements(series, _ladder(r, tau), misfit, one[1])


def _times(omega: Array) -> Array:
    return np.geomspace(1 / omega.max(), 1 / omega.min(), _STARTS)


def _fitted(omega: Array, impedance: ComplexArray, start: list[float]) -> tuple[Array, float]:
    count = len(start)
    total = float(np.abs(impedance).max())

    def misfit(x: Array) -> Array:
        r, tau = np.exp(x[:count]), np.exp(x[count:])
        model = (r / (1 + 1j * omega[:, None] * tau)).sum(axis=1)
        relative = (model - impedance) / np.abs(impedance)
        return np.concatenate([relative.real, relative.imag])

    guess = np.log([*[total / count] * count, *start])
    found = least_squares(misfit, guess, method="lm")
    return found.x, float(np.sqrt(np.mean(found.fun**2) * 2))


def _ladder(r: Array, tau: Array) -> Pairs:
    """The ladder ``Ca | (Ra + (Cb | Rb))`` of a series of two pairs, by continued fraction."""
    # Z = (s b1 + b0)/(s^2 a2 + s a1 + 1)
    b0, b1 = r.sum(), r[0] * tau[1] + r[1] * tau[0]
    a1, a2 = tau.sum(), tau[0] * tau[1]
    ca = a2 / b1
    # Y - s Ca = (s (a1 - Ca b0) + 1)/(s b1 + b0); its inverse is Ra + Rb/(1 + s Cb Rb)
    rest = a1 - ca * b0
    ra = b1 / rest
    rb = b0 - ra
    cb = rest / rb
    return Pairs((float(ra), float(rb)), (float(ca), float(cb)))
