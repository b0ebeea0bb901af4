# SPDX-License-Identifier: BSD-3-Clause
"""Contact on every other sample of a mirrored map: mirrors on the nodes of one axis, not the other.

Every second of the nodes between mirrors begins on the mirror, or one step inside it: then the
mirror lies half a step of the wider grid beyond the outermost node.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from interfacefem.contact.convolution import Convolution
from interfacefem.contact.problem import ContactProblem
from interfacefem.contact.surface import RoughSurface
from interfacefem.contact.wave_response import wave_compliance
from interfacefem.contact.waves import Transform
from interfacefem.interface.grid import Side, SurfaceGrid

Array = npt.NDArray[np.floating]


def mirrored_half(
    whole: ContactProblem, heights: Array, spacing: tuple[float, ...], offset: tuple[int, ...]
) -> tuple[ContactProblem, SurfaceGrid]:
    """The contact problem on some samples of a mirrored surface, and their grid.

    Args:
        whole: Body, block, hardness and rotation.
        heights: At the samples in m.
        spacing: Their distance along each axis in m.
        offset: 0 or 1 along each axis: whether the first sample lies on the mirror or inside it.
    """
    sides: tuple[Side, ...] = tuple("cells" if inside else "nodes" for inside in offset)
    grid = SurfaceGrid(heights.shape, spacing, sides)
    return posed_on_grid(whole, heights, grid), grid


def posed_on_grid(whole: ContactProblem, heights: Array, grid: SurfaceGrid) -> ContactProblem:
    """A contact problem on any mirrored grid."""
    surface = _OnGrid(heights, grid.spacing, "mirror", grid=grid)
    bodies = [whole.body] if whole.block is None else [whole.body, whole.block]
    lengths, place = np.unique(grid.wavenumbers, return_inverse=True)
    compliance = np.sum([wave_compliance(body, lengths[1:]) for body in bodies], axis=0)
    # the mean displacement is the block's approach; any positive number keeps the matrix definite
    symbol = np.append(compliance[:1], compliance)[place.reshape(grid.wavenumbers.shape)]
    waves = _GridConvolution(Transform.of(surface), symbol, 1 / symbol, grid=grid)
    rotation = whole.rotation or "fixed"
    return replace(whole, surface=surface, compliance=waves, rotation=rotation)


@dataclass(frozen=True, eq=False)
class _OnGrid(RoughSurface):
    """Heights whose nodes have the weights of a grid."""

    grid: SurfaceGrid = field(kw_only=True)

    @property
    def weights(self) -> Array:
        """Share of the surface that belongs to each node."""
        return self.grid.weights

    @property
    def widths(self) -> tuple[float, ...]:
        """Extent along each axis in m."""
        return self.grid.extent


@dataclass(frozen=True, eq=False)
class _GridConvolution(Convolution):
    """Compliance by the waves of a grid."""

    grid: SurfaceGrid = field(kw_only=True)

    def apply(self, pressure: Array) -> Array:
        """Displacement of each node in m under a pressure in Pa."""
        return self.grid.apply(self.compliance, pressure)

    def precondition(self, displacement: Array) -> Array:
        """Pressure in Pa of a displacement in m."""
        return self.grid.apply(self.stiffness, displacement)
