# SPDX-License-Identifier: BSD-3-Clause
"""Height maps as sums of waves: compliance, its opposite and smoothing as fast transforms.

A periodic map is a Fourier series, a mirrored one a cosine series whose mirrors pass through the
outermost samples. A map that ends, on a surface without load around it, is set into one of twice
the size (Y. F. Ju and T. N. Farris, J. Tribol. 118 (1996) 320; S. Liu et al., Wear 243 (2000) 101).
"""

from __future__ import annotations

import math
import os
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.fft import dctn, idctn, irfft2, next_fast_len, rfft2

from interfacefem.contact.depth_compliance import DepthResponse

Array = npt.NDArray[np.floating]
Response = Callable[[Array], DepthResponse]

_ROOM_IN_DEPTHS = 8  # around a map that ends; the stress below a load falls as the fifth power


class MapWaves(ABC):
    """Linear maps of nodal values that act on each wave by itself.

    Attributes:
        shape: Nodes along y and x.
        weights: Share of the area that belongs to each node, shape ``shape``; they sum to one.
    """

    shape: tuple[int, ...]
    weights: Array

    @abstractmethod
    def displacement(self, pressure: Array) -> Array:
        """Displacement of the surface along the pressure, in m, for nodal pressure in Pa."""

    @abstractmethod
    def stiffened(self, displacement: Array) -> Array:
        """Nearly the inverse of ``displacement``; a preconditioner, positive definite."""

    @abstractmethod
    def stress_at_depth(self, pressure: Array) -> Array:
        """Normal stress ``-sigma_zz`` in Pa at the reference depth below each node."""

    def mean(self, values: npt.NDArray[Any]) -> float:
        """Average over the area."""
        return float(np.vdot(self.weights, values))


class PeriodicWaves(MapWaves):
    """Copies of the map lie beyond its sides."""

    def __init__(
        self, shape: tuple[int, ...], spacing: tuple[float, float], response: Response
    ) -> None:
        """Prepare the factors of all waves.

        Args:
            shape: Nodes of one period along y and x; the last sample differs from the first.
            spacing: Distance of the nodes along y and x in m.
            response: Of the bodies, as a function of the wavenumber.
        """
        self.shape = shape
        self.weights = np.full(shape, 1 / (shape[0] * shape[1]))
        self._factors = _Factors(_wavenumbers(shape, spacing), response)
        self._workers = _workers()

    def displacement(self, pressure: Array) -> Array:
        return self._apply(self._factors.compliance, pressure)

    def stiffened(self, displacement: Array) -> Array:
        return self._apply(self._factors.stiffness, displacement)

    def stress_at_depth(self, pressure: Array) -> Array:
        return self._apply(self._factors.transmission, pressure)

    def _apply(self, factors: Array, values: Array) -> Array:
        waves = rfft2(values, workers=self._workers)
        waves *= factors
        return irfft2(waves, s=self.shape, overwrite_x=True, workers=self._workers)


class MirroredWaves(MapWaves):
    """Mirror images of the map lie beyond its sides; the mirrors hold the outermost samples."""

    def __init__(
        self, shape: tuple[int, ...], spacing: tuple[float, float], response: Response
    ) -> None:
        """As for :class:`PeriodicWaves`, with the samples of both ends."""
        self.shape = shape
        ends = [np.ones(n) / (n - 1) for n in shape]
        for end in ends:
            end[[0, -1]] /= 2
        self.weights = np.outer(*ends)
        ky, kx = (
            np.pi * np.arange(n) / ((n - 1) * size) for n, size in zip(shape, spacing, strict=True)
        )
        self._factors = _Factors(np.hypot(ky[:, None], kx), response)
        self._workers = _workers()

    def displacement(self, pressure: Array) -> Array:
        return self._apply(self._factors.compliance, pressure)

    def stiffened(self, displacement: Array) -> Array:
        return self._apply(self._factors.stiffness, displacement)

    def stress_at_depth(self, pressure: Array) -> Array:
        return self._apply(self._factors.transmission, pressure)

    def _apply(self, factors: Array, values: Array) -> Array:
        waves = dctn(values, type=1, workers=self._workers)
        waves *= factors
        return idctn(waves, type=1, overwrite_x=True, workers=self._workers)


class FiniteWaves(MapWaves):
    """The block ends where the map ends; around it the surface of a half-space bears no load."""

    def __init__(
        self,
        shape: tuple[int, ...],
        spacing: tuple[float, float],
        modulus: float,
        response: Response,
        depth: float,
    ) -> None:
        """Prepare the influence coefficients.

        Args:
            shape: Nodes along y and x, each the middle of a rectangle of even pressure.
            spacing: Sides of that rectangle along y and x in m.
            modulus: Composite modulus E* in Pa.
            response: Gives the stress at the reference depth.
            depth: That depth in m.
        """
        self.shape = shape
        self.weights = np.full(shape, 1 / (shape[0] * shape[1]))
        self._padded = (next_fast_len(2 * shape[0], True), next_fast_len(2 * shape[1], True))
        self._spacing, self._response = spacing, response
        self._deep = tuple(
            next_fast_len(n + max(n, math.ceil(_ROOM_IN_DEPTHS * depth / size)), True)
            for n, size in zip(shape, spacing, strict=True)
        )
        y, x = (
            np.fft.fftfreq(n, 1 / n) * size for n, size in zip(self._padded, spacing, strict=True)
        )
        kernel = rectangle_displacement(x[None, :], y[:, None], spacing, modulus)
        self._compliance = np.real(rfft2(kernel))
        self._stiffness = _Factors(_wavenumbers(self._padded, spacing), response).stiffness
        self._workers = _workers()

    def displacement(self, pressure: Array) -> Array:
        return self._apply(self._compliance, pressure, self._padded)

    def stiffened(self, displacement: Array) -> Array:
        return self._apply(self._stiffness, displacement, self._padded)

    def stress_at_depth(self, pressure: Array) -> Array:
        waves = _Factors(_wavenumbers(self._deep, self._spacing), self._response)
        return self._apply(waves.transmission, pressure, self._deep)

    def _apply(self, factors: Array, values: Array, padded: tuple[int, ...]) -> Array:
        waves = rfft2(values, s=padded, workers=self._workers)
        waves *= factors
        whole = irfft2(waves, s=padded, overwrite_x=True, workers=self._workers)
        return np.ascontiguousarray(whole[: self.shape[0], : self.shape[1]])


def rectangle_displacement(x: Array, y: Array, sides: tuple[float, float], modulus: float) -> Array:
    """Displacement in m/Pa of a half-space's surface under unit pressure on one rectangle.

    Love's solution (A. E. H. Love, Phil. Trans. R. Soc. A 228 (1929) 377; K. L. Johnson, Contact
    Mechanics, 1985, eq. 3.25).

    Args:
        x: Distance from the middle of the rectangle along x in m.
        y: The same along y.
        sides: Of the rectangle along y and x in m.
        modulus: E* in Pa.
    """
    upper_y, lower_y = y + sides[0] / 2, y - sides[0] / 2
    upper_x, lower_x = x + sides[1] / 2, x - sides[1] / 2

    def corner(along: Array, across: Array) -> Array:
        # asinh keeps the digits that the logarithm of a small difference would lose
        return along * np.arcsinh(across / np.abs(along)) + across * np.arcsinh(
            along / np.abs(across)
        )

    total = corner(upper_x, upper_y) + corner(lower_x, lower_y)
    total -= corner(upper_x, lower_y) + corner(lower_x, upper_y)
    return total / (np.pi * modulus)


def _wavenumbers(shape: tuple[int, ...], spacing: tuple[float, float]) -> Array:
    ky = 2 * np.pi * np.fft.fftfreq(shape[0], spacing[0])
    kx = 2 * np.pi * np.fft.rfftfreq(shape[1], spacing[1])
    return np.hypot(ky[:, None], kx)


class _Factors:
    """Compliance, its inverse and transmission of each wave."""

    def __init__(self, wavenumbers: Array, response: Response) -> None:
        # many waves share one length
        lengths, place = np.unique(wavenumbers, return_inverse=True)
        answer = response(lengths)
        place = place.reshape(wavenumbers.shape)
        self.compliance = answer.compliance[place]
        self.transmission = answer.transmission[place]
        stiffness = np.zeros_like(lengths)
        stiffness[1:] = 1 / answer.compliance[1:]
        stiffness[0] = stiffness[1]
        self.stiffness = stiffness[place]


def _workers() -> int:
    """Threads of a transform: as many as OpenMP would take, one unless that is set."""
    return max(1, int(os.environ.get("OMP_NUM_THREADS", "1").split(",")[0] or 1))
