# SPDX-License-Identifier: BSD-3-Clause
"""Compliance of even nodes as a convolution: products by fast transforms, no matrix.

R. H. Chan and M. K. Ng, SIAM Rev. 38, 427 (1996): products with Toeplitz matrices, and the inverse
of a circulant one as preconditioner.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from interfacefem.contact.waves import Transform

Array = npt.NDArray[np.floating]
Indices = npt.NDArray[np.integer]


@dataclass(frozen=True, eq=False)
class Convolution:
    """A symmetric, positive definite matrix whose entries depend on distances between nodes.

    Attributes:
        transform: Of the nodes.
        compliance: Displacement in m/Pa for the pressure of each wave.
        stiffness: The opposite in Pa/m, or near it: a preconditioner, positive.
    """

    transform: Transform
    compliance: Array
    stiffness: Array

    def apply(self, pressure: Array) -> Array:
        """Displacement of each node in m under a pressure in Pa, both in the nodes' shape."""
        return self.transform.filtered(pressure, self.compliance)

    def precondition(self, displacement: Array) -> Array:
        """Pressure in Pa near that of a displacement in m; exact unless the surface is finite."""
        return self.transform.filtered(displacement, self.stiffness)


@dataclass(frozen=True, eq=False)
class LineConvolution(Convolution):
    """The same along a line, where entries of the matrix are few enough to be written down.

    Attributes:
        column: Displacement in m/Pa at each distance, in spacings. Periodic: over one period, shape
            ``(n,)``; mirror: over one period of surface and image, shape ``(2 n,)``; finite: shape
            ``(n,)``.
    """

    column: Array

    def block(self, rows: Indices, columns: Indices) -> Array:
        """Entries of the matrix in m/Pa, shape ``(len(rows), len(columns))``."""
        entries = self.column[np.abs(rows[:, None] - columns)]
        if self.transform.mirrors != "none":
            # what node j does it does at its mirror image too, node 2 n - 1 - j
            entries += self.column[rows[:, None] + columns + 1]
        return np.asarray(entries)

    @functools.cached_property
    def matrix(self) -> Array:
        """All entries in m/Pa, shape ``(n, n)``."""
        nodes = np.arange(self.transform.shape[0])
        return self.block(nodes, nodes)
