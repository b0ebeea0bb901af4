# SPDX-License-Identifier: BSD-3-Clause
"""Density of a powder bed from its particle sizes."""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import least_squares

from interfacefem.errors import InputError
from interfacefem.process.size_distribution import Lognormal, SizeDistribution

Array = npt.NDArray[np.floating]

ANDERSEN_NOTE = (
    "andersen_density is the cumulative share of Dinger and Funk with exponent 1 at the mean size, "
    "as Tran 2025 prints it: no packing model, and it depends on the ends chosen"
)
_RODS = 20_000
_FREE_LENGTH = 0.7654  # of the shorter neighbour: equal spheres then pack at 0.6435
_PERCENTILES = [place / 100 for place in range(1, 100)]


def andersen_density(mean: float, smallest: float, largest: float) -> float:
    """Density of the green body as a share of the solid's, from its particle sizes.

    ``f = (D - D_min)/(D_max - D_min)``: Andreasen's relation with exponent one, as Tran 2025
    (Fig. 3c) compares measured porosities ``1 - f`` with. It is the share of particles finer than
    the mean by Dinger and Funk's law with n = 1, no packing model, and depends on what is taken for
    the ends; kept to reproduce the figure.

    Args:
        mean: Mean particle size in m.
        smallest: Lower end of the size distribution in m.
        largest: Upper end in m.

    Raises:
        InputError: Not ``0 <= smallest <= mean <= largest`` with ``smallest < largest``.
    """
    if not (0 <= smallest <= mean <= largest and smallest < largest):
        raise InputError(
            "particle sizes do not follow each other",
            field="particle_sizes",
            found=f"mean {mean * 1e6:g} um, from {smallest * 1e6:g} um to {largest * 1e6:g} um",
            expected='mean, smallest and largest size such as "1.2 um, 0.3 um, 2.5 um"',
        )
    return (mean - smallest) / (largest - smallest)


def andersen_shares(sizes: SizeDistribution | Lognormal) -> dict[str, float]:
    """``andersen_density`` with the ends of a distribution at 5 and 95 %, 1 and 99 %, by number."""
    if isinstance(sizes, Lognormal):
        mean = sizes.median * math.exp(sizes.s**2 / 2)
    else:
        mean = sizes.mean(0)
    return {
        name: andersen_density(mean, sizes.quantile(tail, 0), sizes.quantile(1 - tail, 0))
        for name, tail in (("5_95", 0.05), ("1_99", 0.01))
    }


def random_close_packing(sizes: SizeDistribution | Lognormal) -> float:
    """Density of the random close packing of spheres of these sizes.

    Spheres are replaced by the rods that a straight line cuts out of them (of a sphere D, lengths L
    with density ``2 L/D^2``, met in proportion to D^2). The rods, the longest first, are laid into
    the largest gap of a line, 0.7654 times the shorter of two neighbours being left free.

    Source: R. S. Farr, R. D. Groot, J. Chem. Phys. 131, 244104 (2009).
    """
    rods = [float(rod) for rod in np.sort(_rods(sizes))[::-1]]
    # a line that closes on itself: the first rod is its own neighbour; heapq gives the smallest
    gaps = [-_FREE_LENGTH * rods[0]]
    for rod in rods[1:]:
        gap = -heapq.heappop(gaps)
        free = _FREE_LENGTH * rod
        heapq.heappush(gaps, -free)
        heapq.heappush(gaps, -max(free, gap - rod - free))
    solid = math.fsum(rods)
    return solid / (solid - math.fsum(gaps))


def _rods(sizes: SizeDistribution | Lognormal) -> Array:
    """Lengths at equal steps of their cumulative share."""
    if isinstance(sizes, Lognormal):
        share = (np.arange(_RODS) + 0.5) / _RODS
        diameter: Array = np.array([sizes.quantile(p, 2) for p in share[:: _RODS // 2000]])
        # quantiles by area: each stands for the same share of what a line meets
        met: Array = np.ones(len(diameter))
    else:
        order = np.argsort(sizes.diameter, kind="stable")
        diameter = sizes.diameter[order]
        met = (sizes.count * sizes.diameter**2)[order]
    met = met / met.sum()
    # share of rods shorter than L: all of spheres below L, (L/D)^2 of the others
    below = np.cumsum(met)
    above = np.cumsum((met / diameter**2)[::-1])[::-1]
    inner = np.linspace(0, diameter[0], 200, endpoint=False)
    length = np.concatenate((inner, diameter))
    shorter = np.concatenate(
        (inner**2 * above[0], below + diameter**2 * np.concatenate((above[1:], [0.0])))
    )
    rods: Array = np.interp((np.arange(_RODS) + 0.5) / _RODS, shorter, length)
    return rods


@dataclass(frozen=True)
class DingerFunk:
    """``CPFT(D) = (D^n - D_s^n)/(D_l^n - D_s^n)``, the share of volume finer than D.

    Attributes:
        n: Exponent.
        smallest: D_s in m.
        largest: D_l in m.
        rms: Root of the mean squared difference from the shares fitted.
    """

    n: float
    smallest: float
    largest: float
    rms: float


def fit_dinger_funk(sizes: SizeDistribution) -> DingerFunk:
    """Fit Dinger and Funk's law to the cumulative curve by volume, at its percentiles.

    Source: J. E. Funk, D. R. Dinger, Predictive Process Control of Crowded Particulate Suspensions
    (1994), eqs 4-5; Andreasen's law has D_s = 0.
    """
    diameter = np.array(sizes.quantiles(_PERCENTILES, 3), dtype=np.float64)
    first, last = math.log(diameter[0]), math.log(diameter[-1])

    def difference(values: Array) -> Array:
        return _finer(np.log(diameter), *values) - np.array(_PERCENTILES)

    found = least_squares(
        difference, [0.5, first - 0.1, last + 0.1],
        bounds=([-20, first - 10, (first + last) / 2], [20, (first + last) / 2, last + 10]),
        x_scale=[1.0, 1.0, 1.0],
    )  # fmt: skip
    n, smallest, largest = found.x
    rms = math.sqrt(float(np.mean(found.fun**2)))
    return DingerFunk(float(n), math.exp(smallest), math.exp(largest), rms)


def _finer(logs: Array, n: float, first: float, last: float) -> Array:
    at = np.clip((logs - first) / (last - first), 0, 1)
    reach = n * (last - first)
    if abs(reach) < 1e-9:
        return at
    finer: Array = np.expm1(reach * at) / math.expm1(reach)
    return finer
