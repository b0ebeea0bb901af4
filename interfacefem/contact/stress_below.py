# SPDX-License-Identifier: BSD-3-Clause
"""Stress below a loaded surface, from the pressure on it.

A wave ``p cos(k x)`` of frictionless pressure on a half-plane makes, at depth z (K. L. Johnson,
Contact Mechanics, 1985, section 13.2)::

    sigma_zz = -(1 + k z) exp(-k z) p cos(k x)
    sigma_xx = -(1 - k z) exp(-k z) p cos(k x)
    tau_xz   =      -k z  exp(-k z) p sin(k x)   (x to the right, depth downward)

In layers the normal stress at the reference depth is what finite elements through the depth give
(``wave_response``); the field of all stresses is that of a half-space under the same pressure.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.fft import next_fast_len

from interfacefem.contact.elastic_body import ElasticBody
from interfacefem.contact.problem import ContactSolution
from interfacefem.contact.surface import RoughSurface
from interfacefem.contact.wave_response import depth_response
from interfacefem.contact.waves import Transform

Array = npt.NDArray[np.floating]

_ROOM_IN_DEPTHS = 8  # beyond a finite surface
# the stress falls as the fourth power of the distance from a line load, the fifth from a point load
_ROOM_IN_WIDTHS = {1: 16, 2: 1}
_DEPTHS = 48
_SHALLOWEST = 0.25  # of the spacing of nodes


@dataclass(frozen=True, eq=False)
class StressField:
    """Stresses in the electrolyte at depths below the mean plane; tension is positive.

    Attributes:
        x: In m, shape ``(n,)``.
        depth: In m, shape ``(m,)``.
        sigma_xx: Along the surface in Pa, shape ``(m, n)``.
        sigma_zz: Across the surface in Pa, shape ``(m, n)``.
        tau_xz: Shear in Pa, shape ``(m, n)``.
        von_mises: In Pa, with the stress along y of plane strain, shape ``(m, n)``.
    """

    x: Array
    depth: Array
    sigma_xx: Array
    sigma_zz: Array
    tau_xz: Array
    von_mises: Array


def normal_stress(solution: ContactSolution, depth: float) -> Array:
    """Pressure ``-sigma_zz`` at a depth below each node, in Pa, in the shape of the surface.

    On a half-space the surface pressure filtered by ``(1 + k d) exp(-k d)``: a positive kernel of
    unit mass. In layers each wave is multiplied by what the elements through the depth give.

    Args:
        solution: The contact, of a line or a map.
        depth: In m.

    Raises:
        InputError: The depth lies outside the body.
    """
    surface = solution.problem.surface
    transform = Transform.of(surface, _period(surface, depth))
    return transform.filtered(
        solution.pressure, _transmission(solution.problem.body, depth, transform)
    )


def stress_field(solution: ContactSolution, depths: Array | None = None) -> StressField:
    """Stresses below a line.

    Where the sides are held, by copies or mirror images, the mean pressure makes
    ``sigma_xx = -nu/(1 - nu)`` times itself.

    Args:
        solution: The contact.
        depths: In m, shape ``(m,)``; None: from a quarter of a node's spacing to half the width.
    """
    surface = solution.problem.surface
    nu = solution.problem.body.poisson_ratio
    if depths is None:
        depths = np.geomspace(_SHALLOWEST * surface.spacing[0], surface.width / 2, _DEPTHS)
    waves = _Waves(solution, float(depths.max()))
    kz = depths[:, None] * waves.wavenumber
    decayed = waves.pressure * np.exp(-kz)
    across = -decayed * (1 + kz)
    along = -decayed * (1 - kz)
    if surface.boundary != "finite":
        along[:, 0] *= nu / (1 - nu)
    sigma_zz, sigma_xx = waves.back(across), waves.back(along)
    # cos(k x) is the real part of exp(i k x), -sin(k x) that of i exp(i k x)
    tau_xz = waves.back(1j * kz * decayed)
    sigma_yy = nu * (sigma_xx + sigma_zz)
    differences = (
        (sigma_xx - sigma_zz) ** 2 + (sigma_zz - sigma_yy) ** 2 + (sigma_yy - sigma_xx) ** 2
    )
    von_mises = np.sqrt(differences / 2 + 3 * tau_xz**2)
    return StressField(surface.x, depths, sigma_xx, sigma_zz, tau_xz, von_mises)


def _period(surface: RoughSurface, depth: float) -> tuple[int, ...] | None:
    """Nodes of a period around a finite surface that keeps what copies of the load do away."""
    if surface.boundary != "finite":
        return None
    widths = _ROOM_IN_WIDTHS[surface.z.ndim]
    return tuple(
        next_fast_len(n + math.ceil(max(_ROOM_IN_DEPTHS * depth / size, widths * n)), real=True)
        for n, size in zip(surface.shape, surface.spacing, strict=True)
    )


@functools.lru_cache(maxsize=8)
def _transmission(body: ElasticBody, depth: float, transform: Transform) -> Array:
    """Share of each wave's pressure left at a depth; the same for all loads on a surface."""
    wavenumbers = transform.wavenumbers()
    lengths, place = np.unique(wavenumbers, return_inverse=True)
    return depth_response(body, depth, lengths).transmission[place.reshape(wavenumbers.shape)]


class _Waves:
    """The pressure on a line as waves; of a mirrored one with its image."""

    def __init__(self, solution: ContactSolution, depth: float) -> None:
        surface = solution.problem.surface
        self._count = len(surface.z)
        pressure = solution.pressure
        if surface.boundary == "mirror":
            pressure = np.concatenate([pressure, pressure[::-1]])
        self._period = (_period(surface, depth) or pressure.shape)[0]
        self.pressure = np.fft.rfft(pressure, self._period)
        self.wavenumber = 2 * math.pi * np.fft.rfftfreq(self._period, surface.spacing[0])

    def back(self, waves: npt.NDArray[np.complexfloating]) -> Array:
        return np.fft.irfft(waves, self._period, axis=-1)[..., : self._count]
