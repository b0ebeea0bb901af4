# SPDX-License-Identifier: BSD-3-Clause
"""Even grids on a flat interface, lines and maps alike, and what acts on each wave by itself."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy.fft import dct, dctn, fft, fftn, idct, idctn, ifftn, irfftn, rfftn

Array = npt.NDArray[np.floating]
Side = Literal["periodic", "nodes", "cells"]


@dataclass(frozen=True, eq=False)
class SurfaceGrid:
    """Samples of a flat interface whose sides are insulated (mirrors) or repeat.

    Attributes:
        shape: Samples along each axis, one axis for a line, two (y, x) for a map.
        spacing: Their distance along each axis in m.
        sides: What lies beyond the ends of each axis: ``"periodic"`` copies, mirrors through the
            outermost samples (``"nodes"``), or mirrors half a step beyond them (``"cells"``).
            Copies on one axis ask for copies on all.
    """

    shape: tuple[int, ...]
    spacing: tuple[float, ...]
    sides: tuple[Side, ...]

    def __post_init__(self) -> None:
        if not len(self.shape) == len(self.spacing) == len(self.sides) in (1, 2):
            raise ValueError("a grid has one or two axes, each with a spacing and a kind of side")
        if "periodic" in self.sides and set(self.sides) != {"periodic"}:
            raise ValueError("copies on one axis ask for copies on all")

    @property
    def periodic(self) -> bool:
        """Whether the interface repeats."""
        return self.sides[0] == "periodic"

    @cached_property
    def extent(self) -> tuple[float, ...]:
        """Length of each axis in m."""
        return tuple(
            (n - 1 if side == "nodes" else n) * step
            for n, step, side in zip(self.shape, self.spacing, self.sides, strict=True)
        )

    @cached_property
    def area(self) -> float:
        """Of a map in m^2; of a line its width in m."""
        return float(np.prod(self.extent))

    @cached_property
    def weights(self) -> Array:
        """Share of the area that belongs to each sample; they sum to one."""
        weights = np.ones(())
        for n, side in zip(self.shape, self.sides, strict=True):
            along = np.ones(n)
            if side == "nodes":
                along[[0, -1]] = 0.5
            weights = np.multiply.outer(weights, along / along.sum())
        return weights

    def mean(self, values: npt.NDArray[Any]) -> Any:
        """Average over the area."""
        return np.tensordot(self.weights, values, axes=self.weights.ndim).item()

    @cached_property
    def wavenumbers(self) -> Array:
        """Of each wave in 1/m, in the order of :meth:`apply` for real values."""
        return self._wavenumbers(half=self.periodic)

    @cached_property
    def all_wavenumbers(self) -> Array:
        """Of each wave in 1/m, in the order of :meth:`apply` for complex values."""
        return self._wavenumbers(half=False)

    def _wavenumbers(self, *, half: bool) -> Array:
        axes = []
        last = len(self.shape) - 1
        for axis, (n, step, length) in enumerate(
            zip(self.shape, self.spacing, self.extent, strict=True)
        ):
            if not self.periodic:
                axes.append(np.pi * np.arange(n) / length)
            elif half and axis == last:
                axes.append(2 * np.pi * np.fft.rfftfreq(n, step))
            else:
                axes.append(2 * np.pi * np.fft.fftfreq(n, step))
        return np.sqrt(np.add.outer(axes[0] ** 2, axes[1] ** 2)) if last else np.abs(axes[0])

    def apply(self, symbol: Array, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Multiply each wave of ``values`` by its factor.

        Args:
            symbol: Real, in the order of :attr:`wavenumbers` for real values, of
                :attr:`all_wavenumbers` for complex ones.
            values: Shape ``shape``.
        """
        workers = _workers()
        if self.periodic:
            if np.iscomplexobj(values):
                waves = fftn(values, workers=workers)
                waves *= symbol
                return ifftn(waves, overwrite_x=True, workers=workers)
            waves = rfftn(values, workers=workers)
            waves *= symbol
            return irfftn(waves, s=self.shape, overwrite_x=True, workers=workers)
        if not np.iscomplexobj(values):
            return self._mirrored(symbol, values, workers)
        # part by part: half the time of scipy's own way
        both = np.empty(self.shape, dtype=complex)
        both.real = self._mirrored(symbol, values.real, workers)
        both.imag = self._mirrored(symbol, values.imag, workers)
        return both

    def _mirrored(self, symbol: Array, values: Array, workers: int) -> Array:
        kinds = [1 if side == "nodes" else 2 for side in self.sides]
        if len(set(kinds)) == 1:
            waves = dctn(values, type=kinds[0], workers=workers)
            waves *= symbol
            return np.asarray(idctn(waves, type=kinds[0], overwrite_x=True, workers=workers))
        waves = values
        for axis, kind in enumerate(kinds):
            waves = dct(waves, type=kind, axis=axis, workers=workers)
        waves *= symbol
        for axis, kind in enumerate(kinds):
            waves = idct(waves, type=kind, axis=axis, overwrite_x=True, workers=workers)
        return np.asarray(waves)

    def interpolated(self, values: Array, places: tuple[Array, ...]) -> Array:
        """The sum of the waves of ``values`` elsewhere.

        Args:
            values: Shape ``shape``.
            places: Along each axis, counted in samples from the first; the product of them is
                evaluated.

        Returns:
            Shape ``(len(places[0]), ...)``.
        """
        waves: npt.NDArray[Any] = values
        for axis, (n, side) in enumerate(zip(self.shape, self.sides, strict=True)):
            waves = np.moveaxis(waves, axis, 0)
            if side == "periodic":
                amplitudes = fft(waves, axis=0) / n
                order = np.fft.fftfreq(n, 1 / n)
                basis = np.exp(2j * np.pi * np.outer(places[axis], order) / n)
            elif side == "nodes":
                amplitudes = dct(waves, type=1, axis=0) / (n - 1)
                amplitudes[[0, -1]] /= 2
                basis = np.cos(np.pi * np.outer(places[axis], np.arange(n)) / (n - 1))
            else:
                amplitudes = dct(waves, type=2, axis=0) / n
                amplitudes[0] /= 2
                basis = np.cos(np.pi * np.outer(places[axis] + 0.5, np.arange(n)) / n)
            waves = np.moveaxis(np.tensordot(basis, amplitudes, axes=1), 0, axis)
        return np.real(waves)

    def gradient_squared(self, values: Array) -> Array:
        """Squared length of the gradient along the surface, by differences, shape ``shape``."""
        total = np.zeros(self.shape)
        for axis, step in enumerate(self.spacing):
            if self.periodic:
                change = np.roll(values, -1, axis) - np.roll(values, 1, axis)
                total += (change / (2 * step)) ** 2
            elif self.shape[axis] > 1:
                total += np.gradient(values, step, axis=axis) ** 2
        return total

    def constriction_symbol(
        self, conductivity: float, height: float, *, complex_values: bool = False
    ) -> Array:
        """``tanh(q H)/(k q)``, 0 for the mean: potential at the interface per current.

        That of a layer under an equipotential; the mean drop ``H/k`` is counted apart.

        Args:
            conductivity: k in S/m.
            height: H in m; may be infinite.
            complex_values: Whether it is to act on complex values.
        """
        q = self.all_wavenumbers if complex_values else self.wavenumbers
        positive = np.where(q > 0, q, 1.0)
        return np.where(q > 0, np.tanh(positive * height) / (conductivity * positive), 0.0)


def _workers() -> int:
    """Threads of a transform: as many as OpenMP would take, one unless that is set."""
    return max(1, int(os.environ.get("OMP_NUM_THREADS", "1").split(",")[0] or 1))
