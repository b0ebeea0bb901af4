# SPDX-License-Identifier: BSD-3-Clause
"""A charge-transfer law from a table of measured points."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy.interpolate import CubicHermiteSpline, PchipInterpolator

from interfacefem.current.constants import THERMAL_VOLTAGE
from interfacefem.parameters.kinetics_points import KineticsPoints
from interfacefem.short_repr import short_repr

Array = npt.NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class KineticsTable:
    """Points of ``i(eta)``, positive where metal is plated, joined by a monotone curve.

    The curve is cubic (F. N. Fritsch, J. Butland, SIAM J. Sci. Stat. Comput. 5, 300 (1984)) in
    ``arsinh(i/s)`` against ``eta``, with ``s = 2 (RT/F) di/deta`` at zero: Butler-Volmer's law with
    equal coefficients is a straight line there. Beyond the table it goes on linearly in i with the
    slope it ends with.

    Attributes:
        points: As measured.
    """

    __repr__ = short_repr

    points: KineticsPoints
    _scale: float = field(init=False, repr=False)
    _curve: CubicHermiteSpline = field(init=False, repr=False)

    def __post_init__(self) -> None:
        eta, current = self.points.overpotentials, self.points.current_densities
        crossing = int(np.clip(np.searchsorted(current, 0.0), 1, len(eta) - 1))
        slope = np.diff(current)[crossing - 1] / np.diff(eta)[crossing - 1]
        object.__setattr__(self, "_scale", 2 * THERMAL_VOLTAGE * float(slope))
        transformed = np.arcsinh(current / self._scale)
        at_points = PchipInterpolator(eta, transformed).derivative()(eta)
        # the rule for the ends may give zero, where the law would not increase
        secants = np.diff(transformed) / np.diff(eta)
        for end in (0, -1):
            if not at_points[end] > 0:
                at_points[end] = secants[end]
        object.__setattr__(self, "_curve", CubicHermiteSpline(eta, transformed, at_points))

    @property
    def overpotential_range(self) -> tuple[float, float]:
        """First and last overpotential in V; beyond them the law is extrapolated."""
        eta = self.points.overpotentials
        return float(eta[0]), float(eta[-1])

    def current_density(self, overpotential: Array) -> Array:
        """Plating current density in A/m^2."""
        inside = np.clip(overpotential, *self.overpotential_range)
        current = np.asarray(self._scale * np.sinh(self._curve(inside)))
        beyond = np.asarray(overpotential) - inside
        if beyond.any():
            current = current + beyond * self._derivative_inside(inside)
        return current

    def derivative(self, overpotential: Array) -> Array:
        """di/deta in A/(m^2 V)."""
        return self._derivative_inside(np.clip(overpotential, *self.overpotential_range))

    def _derivative_inside(self, eta: Array) -> Array:
        return np.asarray(self._scale * np.cosh(self._curve(eta)) * self._curve(eta, 1))
