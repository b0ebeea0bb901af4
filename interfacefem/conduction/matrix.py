# SPDX-License-Identifier: BSD-3-Clause
"""The matrix of conduction between two plates, on one rank's slab."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from interfacefem.conduction.conductance_kernels import (
    diagonal_codes,
    phase_conductances,
)
from interfacefem.conduction.gradient_kernels import Operator
from interfacefem.conduction.half_precision import BRAIN, stored
from interfacefem.conduction.kernels import Stencil
from interfacefem.conduction.multigrid import general_stencil, uniform_stencil
from interfacefem.conduction.slabs import Slabs

Doubles = npt.NDArray[np.float64]


_INSULATES = 1e30  # resistance: finite, as fast arithmetic knows no infinity
PLATE = 2  # conductances between neighbours that make one to a plate, half a voxel away


@dataclass(frozen=True, eq=False)
class ReactingPlane:
    """An electrode whose reaction hinders the current, in place of a plate.

    Attributes:
        end: 0 at the low end of the axis, 1 at the high one.
        conductance: From the voxels at that end to the electrode, as those of the matrix; on slabs
            that do not touch it, empty.
    """

    end: int
    conductance: Doubles


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
        reacting: In place of the plate at one end; None for two plates.

    Attributes:
        correction: What the operator's diagonal lacks at the reacting plane; None for two plates.
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
        reacting: ReactingPlane | None = None,
    ) -> None:
        self.axis = axis
        self.slabs = slabs
        self.shape = shape
        self.voxel_size = voxel_size
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
        self._reacting = reacting
        self.correction: Doubles | None = None
        if reacting is not None and reacting.conductance.size:
            if reacting.end == 0:
                self.low_plate = reacting.conductance
            else:
                self.high_plate = reacting.conductance
        padded = np.zeros(tuple(count + 2 for count in phases.shape), np.uint8)
        padded[1:-1, 1:-1, 1:-1] = phases
        slabs.exchange(padded)
        self.operator, self.stencil = (
            self._uniform(padded, weights)
            if len(conductivities) == 1
            else self._of_phases(padded, relative, weights)
        )

    @property
    def phases(self) -> npt.NDArray[np.uint8]:
        """Number of each voxel's phase on this slab, 0 where no current can flow."""
        inner = (slice(1, -1),) * 3
        if self.operator.uniform:
            return (self.operator.codes[inner] > 0).view(np.uint8)
        return self.operator.phases[inner]

    def _plate(
        self, phases: npt.NDArray[np.uint8], relative: Doubles, weight: float, end: int
    ) -> Doubles | None:
        elsewhere = self.slabs.open_below if end == 0 else self.slabs.open_above
        if self.axis == 0 and elsewhere:
            return None
        return PLATE * weight * relative[np.moveaxis(phases, self.axis, 0)[end]]

    def _uniform(self, padded: npt.NDArray[np.uint8], weights: Doubles) -> tuple[Operator, Stencil]:
        codes = np.zeros(padded.shape, np.uint8)
        counts = [PLATE, PLATE]
        reacting = self._reacting
        if reacting is not None:
            # the multiple of a neighbour's conductance that is nearest to the mean
            conductance = reacting.conductance
            total, number = self.slabs.sum(conductance.sum(), np.count_nonzero(conductance))
            nearest = round(total / max(number, 1) / weights[self.axis])
            counts[reacting.end] = min(PLATE, nearest)
            contact = conductance > 0
            self.correction = conductance - counts[reacting.end] * weights[self.axis] * contact
        low = counts[0] if self.low_plate is not None else 0
        high = counts[1] if self.high_plate is not None else 0
        diagonal_codes(padded, self.axis, low, high, codes)
        self.slabs.exchange(codes)
        code_weights = np.roll(weights, -self.axis)
        operator = _uniform_operator(weights, codes, code_weights)
        return operator, uniform_stencil(weights, code_weights, codes)

    def _of_phases(
        self, padded: npt.NDArray[np.uint8], relative: Doubles, weights: Doubles
    ) -> tuple[Operator, Stencil]:
        plate = len(relative)
        ends = np.moveaxis(padded, self.axis, 0)
        reacts = None if self._reacting is None else self._reacting.end
        if self.low_plate is not None and reacts != 0:
            ends[0, 1:-1, 1:-1] = plate
        if self.high_plate is not None and reacts != 1:
            ends[-1, 1:-1, 1:-1] = plate
        table = _table(relative, weights)
        along = [np.zeros(padded.shape, BRAIN) for _ in range(3)]
        phase_conductances(padded, table, *along)
        if self._reacting is not None:
            self.correction = self._reacting.conductance
            if self.correction.size:
                faces = np.moveaxis(along[self.axis], self.axis, 0)
                faces[-2 if reacts else 0, 1:-1, 1:-1] = stored(self.correction, BRAIN)
        operator = _operator_of_phases(weights, padded, table, relative)
        return operator, general_stencil(along)


def _table(relative: Doubles, weights: Doubles) -> Doubles:
    """Conductances along each axis between phases; the last number is a plate."""
    plate = len(relative)
    table = np.zeros((3, plate + 1, plate + 1))
    total = relative[:, None] + relative[None, :]
    in_series = 2 * np.outer(relative, relative) / np.where(total > 0, total, 1)
    table[:, :plate, :plate] = weights[:, None, None] * in_series
    table[:, plate, :plate] = table[:, :plate, plate] = PLATE * weights[:, None] * relative
    return table


def _uniform_operator(
    weights: Doubles, codes: npt.NDArray[np.uint8], code_weights: Doubles
) -> Operator:
    nothing, empty = np.zeros((1, 1, 1), np.uint8), np.zeros((1, 1, 1))
    return Operator(1, (*weights,), codes, (*code_weights,), nothing, empty, np.zeros(1))


def _operator_of_phases(
    weights: Doubles, padded: npt.NDArray[np.uint8], table: Doubles, relative: Doubles
) -> Operator:
    halves = np.full(len(relative) + 1, _INSULATES)
    np.divide(0.5, relative, out=halves[:-1], where=relative > 0)
    halves[-1] = 0.0  # a plate
    nothing = np.zeros((1, 1, 1), np.uint8)
    return Operator(0, (*weights,), nothing, (*weights,), padded, table, halves)


def _with_neighbours(phases: npt.NDArray[np.uint8], slabs: Slabs) -> npt.NDArray[np.uint8]:
    """A slab with one more voxel at each end of each axis, those of its neighbours; collective."""
    padded = np.zeros(tuple(count + 2 for count in phases.shape), np.uint8)
    padded[1:-1, 1:-1, 1:-1] = phases
    slabs.exchange(padded)
    return padded


def insulated_operator(
    phases: npt.NDArray[np.uint8],
    conductivities: tuple[float, ...],
    voxel_size: tuple[float, float, float],
    slabs: Slabs,
) -> Operator:
    """The operator of a volume whose outer faces are all insulated; collective.

    Args:
        phases: Number of each voxel's phase from 1 on, shape (planes, n1, n2).
        conductivities: Of phases 1, 2, ...
        voxel_size: Edges of a voxel.
        slabs: How planes are dealt out.
    """
    sizes = np.array(voxel_size) / min(voxel_size)
    weights = sizes.prod() / sizes**2
    relative = np.array([0.0, *conductivities]) / max(conductivities)
    padded = _with_neighbours(phases, slabs)
    if len(conductivities) > 1:
        return _operator_of_phases(weights, padded, _table(relative, weights), relative)
    codes = np.zeros(padded.shape, np.uint8)
    diagonal_codes(padded, 0, 0, 0, codes)
    slabs.exchange(codes)
    # a voxel that conducts alone has no neighbour and no code: no flow reaches it
    return _uniform_operator(weights, codes, weights)


def grounded_stencil(
    phases: npt.NDArray[np.uint8],
    conductivities: tuple[float, ...],
    voxel_size: tuple[float, float, float],
    slabs: Slabs,
) -> Stencil:
    """For the preconditioner of a volume whose outer faces are all plates; collective.

    Args:
        phases: Number of each voxel's phase from 1 on, shape (planes, n1, n2).
        conductivities: Of phases 1, 2, ...
        voxel_size: Edges of a voxel.
        slabs: How planes are dealt out.
    """
    sizes = np.array(voxel_size) / min(voxel_size)
    relative = np.array([0.0, *conductivities]) / max(conductivities)
    padded = _with_neighbours(phases, slabs)
    neighbours = (slabs.open_below, slabs.open_above)
    for axis, end in itertools.product(range(3), (0, 1)):
        if axis > 0 or not neighbours[end]:
            np.moveaxis(padded, axis, 0)[-end, 1:-1, 1:-1] = len(relative)
    along = [np.zeros(padded.shape, BRAIN) for _ in range(3)]
    phase_conductances(padded, _table(relative, sizes.prod() / sizes**2), *along)
    return general_stencil(along)
