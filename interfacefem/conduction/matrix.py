# SPDX-License-Identifier: BSD-3-Clause
"""The matrix of conduction between two plates, on one rank's slab."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from interfacefem.conduction.conductance_kernels import (
    diagonal_codes,
    invert_diagonal,
    phase_conductances,
)
from interfacefem.conduction.gradient_kernels import Operator
from interfacefem.conduction.kernels import Stencil
from interfacefem.conduction.multigrid import general_stencil, uniform_stencil
from interfacefem.conduction.slabs import Slabs

Doubles = npt.NDArray[np.float64]


class ConductionMatrix:
    """Conductances between voxels and to the plates; nothing of it is stored for each face.

    Args:
        phases: Number of each voxel's phase from 1 on, 0 where no current can flow, shape
            (planes, n1, n2).
        conductivities: Of phases 1, 2, ...
        shape: Voxels of the whole volume.
        voxel_size: Edges of a voxel.
        axis: Axis between the plates.
        slabs: How planes are dealt out.

    Attributes:
        operator: For the conjugate gradients.
        stencil: For the preconditioner, in single precision.
        to_sigma: Effective conductivity for a unit of current at a unit of potential difference.

    Collective.
    """

    def __init__(
        self,
        phases: npt.NDArray[np.uint8],
        conductivities: tuple[float, ...],
        shape: tuple[int, int, int],
        voxel_size: tuple[float, float, float],
        axis: int,
        slabs: Slabs,
    ) -> None:
        self.axis = axis
        self.slabs = slabs
        self.shape = shape
        # relative to the most conducting phase and the shortest edge: no unit can overflow
        largest = max(conductivities)
        sizes = np.array(voxel_size) / min(voxel_size)
        weights = sizes.prod() / sizes**2
        cross_section = np.prod([count for other, count in enumerate(shape) if other != axis])
        self.to_sigma = largest * shape[axis] / (cross_section * weights[axis])
        relative = np.array([0.0, *conductivities]) / largest
        # conductance from the voxels at the low and the high plate to it, where this slab has them
        self.low_plate = self._plate(phases, relative, weights[axis], 0)
        self.high_plate = self._plate(phases, relative, weights[axis], -1)
        padded = np.zeros(tuple(count + 2 for count in phases.shape), np.uint8)
        padded[1:-1, 1:-1, 1:-1] = phases
        slabs.exchange(padded)
        self.operator, self.stencil = (
            self._uniform(padded, weights)
            if len(conductivities) == 1
            else self._of_phases(padded, relative, weights)
        )

    def _plate(
        self, phases: npt.NDArray[np.uint8], relative: Doubles, weight: float, end: int
    ) -> Doubles | None:
        elsewhere = self.slabs.open_below if end == 0 else self.slabs.open_above
        if self.axis == 0 and elsewhere:
            return None
        return 2 * weight * relative[np.moveaxis(phases, self.axis, 0)[end]]

    def _uniform(self, padded: npt.NDArray[np.uint8], weights: Doubles) -> tuple[Operator, Stencil]:
        codes = np.zeros(padded.shape, np.uint8)
        has_low, has_high = self.low_plate is not None, self.high_plate is not None
        diagonal_codes(padded, self.axis, has_low, has_high, codes)
        self.slabs.exchange(codes)
        code_weights = np.roll(weights, -self.axis)
        nothing, empty = np.zeros((1, 1, 1), np.uint8), np.zeros((1, 1, 1))
        operator = Operator(1, (*weights,), codes, (*code_weights,), nothing, empty)
        return operator, uniform_stencil(weights, code_weights, codes)

    def _of_phases(
        self, padded: npt.NDArray[np.uint8], relative: Doubles, weights: Doubles
    ) -> tuple[Operator, Stencil]:
        plate = len(relative)
        ends = np.moveaxis(padded, self.axis, 0)
        if self.low_plate is not None:
            ends[0, 1:-1, 1:-1] = plate
        if self.high_plate is not None:
            ends[-1, 1:-1, 1:-1] = plate
        table = np.zeros((3, plate + 1, plate + 1))
        total = relative[:, None] + relative[None, :]
        in_series = 2 * np.outer(relative, relative) / np.where(total > 0, total, 1)
        table[:, :plate, :plate] = weights[:, None, None] * in_series
        table[:, plate, :plate] = table[:, :plate, plate] = 2 * weights[:, None] * relative
        along = [np.zeros(padded.shape, np.float32) for _ in range(3)]
        inverse = np.zeros(padded.shape, np.float32)
        phase_conductances(padded, table, *along)
        invert_diagonal(*along, inverse)
        self.slabs.exchange(inverse)
        nothing = np.zeros((1, 1, 1), np.uint8)
        operator = Operator(0, (*weights,), nothing, (*weights,), padded, table)
        return operator, general_stencil(along, inverse)
