# SPDX-License-Identifier: BSD-3-Clause
"""Compliance of evenly spaced nodes as a convolution: products by fast transforms, no matrix.

R. H. Chan and M. K. Ng, SIAM Rev. 38, 427 (1996): products with Toeplitz matrices, and the inverse
of a circulant one as preconditioner.
"""

from __future__ import annotations

import functools

import numpy as np
import numpy.typing as npt
from scipy.fft import dct, idct, irfft, rfft

from interfacefem.contact.surface import Boundary

Array = npt.NDArray[np.floating]
Indices = npt.NDArray[np.integer]


class Convolution:
    """A symmetric, positive definite matrix whose entries depend on distances between nodes.

    Args:
        column: Displacement in m/Pa at each distance, in spacings. Periodic: over one period, shape
            ``(n,)``; mirror: over one period of surface and image, shape ``(2 n,)``; finite: shape
            ``(n,)``.
        boundary: What lies beyond the ends.
    """

    def __init__(self, column: Array, boundary: Boundary) -> None:
        self.column = column
        self.boundary = boundary
        self.count = len(column) // 2 if boundary == "mirror" else len(column)
        if boundary == "finite":
            # an even continuation without a jump, whose spectrum stays positive
            beyond = 2 * column[-1] - column[-2]
            self._period = 2 * self.count
            column = np.concatenate([column, [beyond], column[:0:-1]])
        else:
            self._period = self.count
        self._symbol = np.ascontiguousarray(rfft(column).real)
        if boundary == "mirror":
            self._symbol = self._symbol[: self.count]
        least = self._symbol.max() / (8 * len(self._symbol))
        self._inverse = 1 / np.maximum(self._symbol, least)

    def apply(self, pressure: Array) -> Array:
        """Displacement of each node in m under a pressure in Pa, both of shape ``(n,)``."""
        return self._filtered(pressure, self._symbol)

    def precondition(self, displacement: Array) -> Array:
        """Pressure in Pa near that of a displacement in m; exact unless the surface is finite."""
        return self._filtered(displacement, self._inverse)

    def block(self, rows: Indices, columns: Indices) -> Array:
        """Entries of the matrix in m/Pa, shape ``(len(rows), len(columns))``."""
        entries = self.column[np.abs(rows[:, None] - columns)]
        if self.boundary == "mirror":
            # what node j does it does at its mirror image too, node 2 n - 1 - j
            entries += self.column[rows[:, None] + columns + 1]
        return np.asarray(entries)

    @functools.cached_property
    def matrix(self) -> Array:
        """All entries in m/Pa, shape ``(n, n)``."""
        nodes = np.arange(self.count)
        return self.block(nodes, nodes)

    def _filtered(self, values: Array, symbol: Array) -> Array:
        if self.boundary == "mirror":
            return np.asarray(idct(dct(values) * symbol))
        waves = rfft(values, self._period)
        waves *= symbol
        return np.asarray(irfft(waves, self._period)[: self.count])
