# SPDX-License-Identifier: BSD-3-Clause
"""Distribution of particle sizes: quantiles and moments by number, area and volume."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy import stats

Array = npt.NDArray[np.floating]

WEIGHT_NAMES = {0: "number", 2: "area", 3: "volume"}
SHARES = {"d10": 0.1, "d50": 0.5, "d90": 0.9}


@dataclass(frozen=True, eq=False)
class SizeDistribution:
    """Sizes, each with how often it occurs.

    Attributes:
        diameter: In m, shape (n,).
        count: Number of particles each stands for, shape (n,).
    """

    diameter: Array
    count: Array

    def quantile(self, share: float, weight: int) -> float:
        """Smallest size up to which particles hold ``share`` of the sum of ``d^weight``, in m."""
        return self.quantiles((share,), weight)[0]

    def quantiles(self, shares: Sequence[float], weight: int) -> list[float]:
        """The same for several shares."""
        ascending, cumulative = self.cumulative(weight)
        # rounding of the sum must not pass over a particle that meets the share exactly
        places = np.searchsorted(cumulative, np.array(shares) - 1e-12)
        return [float(size) for size in ascending[places]]

    def cumulative(self, weight: int) -> tuple[Array, Array]:
        """Sizes, ascending, and the share of ``sum of d^weight`` up to each."""
        ascending, count = self._ascending
        held = np.cumsum(count * ascending**weight)
        return ascending, held / held[-1]

    @cached_property
    def _ascending(self) -> tuple[Array, Array]:
        order = np.argsort(self.diameter, kind="stable")
        return self.diameter[order], self.count[order]

    def mean(self, weight: int) -> float:
        """Mean size where particles count as ``d^weight``, in m."""
        return self.moment(weight + 1) / self.moment(weight)

    def sd(self, weight: int) -> float:
        """Standard deviation of the same, in m."""
        square = self.moment(weight + 2) / self.moment(weight)
        return math.sqrt(max(square - self.mean(weight) ** 2, 0.0))

    def moment(self, order: int) -> float:
        """Sum of ``d^order``."""
        return float((self.count * self.diameter**order).sum())

    @property
    def sauter(self) -> float:
        """Sum of volumes over sum of surfaces of spheres, d32, in m."""
        return self.moment(3) / self.moment(2)

    @property
    def lognormal_s(self) -> float:
        """Standard deviation of the logarithm of the size, by number."""
        logs = np.log(self.diameter)
        mean = np.average(logs, weights=self.count)
        return math.sqrt(float(np.average((logs - mean) ** 2, weights=self.count)))


@dataclass(frozen=True)
class Lognormal:
    """A lognormal distribution of sizes.

    Attributes:
        median: By number, in m.
        s: Standard deviation of the logarithm.
    """

    median: float
    s: float

    @classmethod
    def of_mean(cls, mean: float, sd: float) -> Lognormal:
        """From the number mean and standard deviation, ``s^2 = ln(1 + (sd/mean)^2)``."""
        square = math.log1p((sd / mean) ** 2)
        return cls(mean * math.exp(-square / 2), math.sqrt(square))

    def quantile(self, share: float, weight: int) -> float:
        """Quantile where particles count as ``d^weight``.

        Source: T. Hatch, S. P. Choate, J. Franklin Inst. 207, 369 (1929).
        """
        at = weight * self.s**2 + self.s * stats.norm.ppf(share)
        return float(self.median * math.exp(at))
