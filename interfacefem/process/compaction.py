# SPDX-License-Identifier: BSD-3-Clause
"""Laws of densification: porosity over pressure."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats
from scipy.optimize import least_squares

from interfacefem.errors import InputError
from interfacefem.process.model_choice import aicc

Array = npt.NDArray[np.floating]

_CONFIDENCE = 0.95
PLATEAU = 0.95  # of the largest conductivity (assumed)


@dataclass(frozen=True)
class Heckel:
    """``ln(1/eps) = K P + A``.

    Attributes:
        slope: K in 1/Pa.
        intercept: A.
        slope_low, slope_high: 95 % interval of K; None with two pressures.
        r2: Share of the variance of ln(1/eps) explained; None with two pressures.
        aicc: Of the porosities; None with few points.
    """

    slope: float
    intercept: float
    slope_low: float | None
    slope_high: float | None
    r2: float | None
    aicc: float | None

    @property
    def yield_pressure(self) -> float | None:
        """1/K in Pa; None where porosity does not fall."""
        return 1 / self.slope if self.slope > 0 else None

    @property
    def yield_interval(self) -> tuple[float | None, float | None]:
        """95 % interval of 1/K in Pa; the upper end None where K may be 0."""
        low, high = self.slope_low, self.slope_high
        return (
            1 / high if high is not None and high > 0 else None,
            1 / low if low is not None and low > 0 else None,
        )

    @property
    def porosity_at_zero(self) -> float:
        """What the law says without pressure: exp(-A)."""
        return math.exp(-self.intercept)

    def porosity(self, pressure: Array) -> Array:
        """Porosity at a pressure in Pa."""
        fitted: Array = np.exp(-(self.slope * pressure + self.intercept))
        return fitted


def fit_heckel(pressure: Array, porosity: Array, sd: Array | None = None) -> Heckel:
    """Fit Heckel's law to the points given: choose those of its middle range.

    Args:
        pressure: In Pa, above 0, shape (n,), at least two different.
        porosity: Above 0 and below 1, shape (n,).
        sd: Standard deviation of each porosity, for weights; default: ln(1/eps) weighs equally.

    Raises:
        InputError: A pressure or a porosity is out of range, or there is one pressure only.

    Source: R. W. Heckel, Trans. Metall. Soc. AIME 221, 671 (1961).
    """
    _require_curve(pressure, porosity)
    y = -np.log(porosity)
    weight = np.ones(len(y)) if sd is None else porosity / sd
    matrix = np.stack((pressure, np.ones(len(y))), axis=1) * weight[:, None]
    (slope, intercept), *_ = np.linalg.lstsq(matrix, y * weight, rcond=None)
    low = high = r2 = None
    if len(np.unique(pressure)) >= 3:
        residual = (y - slope * pressure - intercept) * weight
        free = len(y) - 2
        covariance = np.linalg.inv(matrix.T @ matrix) * float(residual @ residual) / free
        half = float(stats.t.ppf((1 + _CONFIDENCE) / 2, free)) * math.sqrt(covariance[0, 0])
        low, high = float(slope) - half, float(slope) + half
        about = (y - np.average(y, weights=weight**2)) * weight
        r2 = 1 - float(residual @ residual) / float(about @ about)
    squares = float(((np.exp(-(slope * pressure + intercept)) - porosity) ** 2).sum())
    return Heckel(float(slope), float(intercept), low, high, r2, aicc(len(y), 2, squares))


@dataclass(frozen=True)
class Kawakita:
    """``C = a b P/(1 + b P)`` with C the loss of volume over the green volume.

    Attributes:
        a: Largest loss.
        b: In 1/Pa.
        aicc: Of the porosities; None with few points.
    """

    a: float
    b: float
    aicc: float | None


def fit_kawakita(pressure: Array, porosity: Array, green_porosity: float) -> Kawakita:
    """Fit Kawakita's law to porosities, ``C = 1 - (1 - eps_0)/(1 - eps)``.

    Args:
        pressure: In Pa, above 0, shape (n,), at least two different.
        porosity: Shape (n,).
        green_porosity: Without pressure.

    Raises:
        InputError: As for Heckel's law.

    Source: K. Kawakita, K.-H. Luedde, Powder Technol. 4, 61 (1971).
    """
    _require_curve(pressure, porosity)
    solid = 1 - green_porosity

    def predicted(values: Array) -> Array:
        a, b = np.exp(values)
        lost = a * b * pressure / (1 + b * pressure)
        # C below the green porosity: above it there would be more solid than room
        result: Array = 1 - solid / (1 - np.minimum(lost, green_porosity))
        return result

    lost = 1 - solid / (1 - porosity)
    guess = [math.log(max(float(lost.max()), 1e-3)), -math.log(float(np.median(pressure)))]
    found = least_squares(lambda values: predicted(values) - porosity, guess)
    a, b = np.exp(found.x)
    return Kawakita(float(a), float(b), aicc(len(porosity), 2, float((found.fun**2).sum())))


def plateau_pressure(pressure: Array, conductivity: Array) -> float | None:
    """Lowest pressure in Pa from which the conductivity is within 5 % of its maximum.

    Interpolated along the logarithm of the pressure; None where the lowest pressure measured
    already is there.

    Args:
        pressure: In Pa, above 0, shape (n,).
        conductivity: Any unit, shape (n,).
    """
    order = np.argsort(pressure)
    p, sigma = pressure[order], conductivity[order] / conductivity.max()
    above = np.flatnonzero(sigma >= PLATEAU)
    first = int(above[0])
    if first == 0:
        return None
    low, high = sigma[first - 1], sigma[first]
    share = (PLATEAU - low) / (high - low)
    return float(math.exp(np.log(p[first - 1]) * (1 - share) + np.log(p[first]) * share))


def _require_curve(pressure: Array, porosity: Array) -> None:
    if (pressure <= 0).any():
        raise InputError(
            "only pressures above 0 can be fitted", field="pressure_MPa",
            found=f"{pressure.min() / 1e6:g}", expected="above 0 (see --from)",
        )  # fmt: skip
    wrong = (porosity <= 0) | (porosity >= 1)
    if wrong.any():
        raise InputError(
            "is no porosity that can be fitted", field="porosity",
            found=f"{porosity[wrong][0]:g}", expected="above 0 and below 1",
        )  # fmt: skip
    if len(np.unique(pressure)) < 2:
        raise InputError(
            "one pressure makes no curve", field="pressure_MPa", found=f"{pressure[0] / 1e6:g}",
            expected="two or more",
        )  # fmt: skip
