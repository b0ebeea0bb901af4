# SPDX-License-Identifier: BSD-3-Clause
"""Nodal values of a line or a grid as sums of waves, by fast transforms.

A periodic surface is a Fourier series, a mirrored one a cosine series. One that ends, without load
around it, stands in a wider period (Y. F. Ju and T. N. Farris, J. Tribol. 118 (1996) 320; S. Liu et
al., Wear 243 (2000) 101).
"""

from __future__ import annotations

import functools
import os
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.fft import dct, dctn, idct, idctn, irfft, irfftn, rfft, rfftn

from interfacefem.contact.surface import RoughSurface

Array = npt.NDArray[np.floating]
Waves = npt.NDArray[np.inexact]


@dataclass(frozen=True)
class Transform:
    """Between nodal values and waves.

    Attributes:
        shape: Nodes along each axis.
        spacing: Their distance along each axis in m.
        period: Nodes of one period along each axis; larger than ``shape`` where the surface ends.
        mirrors: ``"none"``, or whether mirrors lie on the outermost nodes or half a spacing beyond.
    """

    shape: tuple[int, ...]
    spacing: tuple[float, ...]
    period: tuple[int, ...]
    mirrors: str

    @classmethod
    def of(cls, surface: RoughSurface, period: tuple[int, ...] | None = None) -> Transform:
        """The transform that fits what lies beyond the sides of a surface.

        Args:
            surface: Gives nodes and boundary.
            period: With zeros to make room around a finite one; default: no room.
        """
        mirrors = "none"
        if surface.boundary == "mirror":
            mirrors = "on nodes" if surface.nodes_on_sides else "between nodes"
        return cls(surface.shape, surface.spacing, period or surface.shape, mirrors)

    @classmethod
    def mirrored(cls, surface: RoughSurface) -> Transform:
        """The same with mirror images beyond the sides unless it is periodic: no steps there."""
        if surface.boundary == "periodic":
            return cls.of(surface)
        mirrors = "on nodes" if surface.nodes_on_sides else "between nodes"
        return cls(surface.shape, surface.spacing, surface.shape, mirrors)

    def wavenumbers(self) -> Array:
        """Of each wave in 1/m, in the shape of the transform."""
        squares: Array = np.zeros(())
        for axis, (n, size) in enumerate(zip(self.period, self.spacing, strict=True)):
            if self.mirrors != "none":
                along = np.pi * np.arange(n) / ((n - (self.mirrors == "on nodes")) * size)
            elif axis == len(self.shape) - 1:
                along = 2 * np.pi * np.fft.rfftfreq(n, size)
            else:
                along = 2 * np.pi * np.fft.fftfreq(n, size)
            squares = along if axis == 0 else np.hypot(squares[..., None], along)
        return np.abs(squares)

    def waves(self, values: Array) -> Waves:
        """Amplitudes of the waves, up to a factor that is the same for all of one period."""
        if self.mirrors == "none":
            if len(self.shape) == 1:
                return rfft(values, self.period[0])
            return rfftn(values, s=self.period, workers=_workers())
        kind = 1 if self.mirrors == "on nodes" else 2
        if len(self.shape) == 1:
            return dct(values, kind)
        return dctn(values, kind, workers=_workers())

    def values(self, waves: Waves) -> Array:
        """Nodal values of waves, which are overwritten."""
        kind = 1 if self.mirrors == "on nodes" else 2
        if self.mirrors != "none":
            if len(self.shape) == 1:
                return idct(waves, kind, overwrite_x=True)
            return idctn(waves, kind, overwrite_x=True, workers=_workers())
        if len(self.shape) == 1:
            return irfft(waves, self.period[0], overwrite_x=True)[: self.shape[0]]
        whole = irfftn(waves, s=self.period, overwrite_x=True, workers=_workers())
        return np.ascontiguousarray(whole[tuple(slice(n) for n in self.shape)])

    def filtered(self, values: Array, factors: Array) -> Array:
        """Nodal values with each wave multiplied by its factor."""
        waves: Waves = self.waves(values)
        return self.values(np.multiply(waves, factors, out=waves))

    def power(self, values: Array) -> Array:
        """Share of each wave in the variance of nodal values, up to a common factor."""
        power = np.abs(self.waves(values)) ** 2
        # of two waves of opposite direction one is kept: along x, with mirrors along each axis
        for axis in range(-1 if self.mirrors == "none" else -power.ndim, 0):
            n = self.period[axis]
            last = (n + 1) // 2 if self.mirrors == "none" else n - (self.mirrors == "on nodes")
            np.moveaxis(power, axis, -1)[..., 1:last] *= 2
        return power


@functools.cache
def _workers() -> int:
    """Threads of a transform: as many as OpenMP would take, one unless that is set."""
    return max(1, int(os.environ.get("OMP_NUM_THREADS", "1").split(",")[0] or 1))
