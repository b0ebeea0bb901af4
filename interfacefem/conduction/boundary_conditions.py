# SPDX-License-Identifier: BSD-3-Clause
"""Faces of a box under a mean field: periodic, or held at the field's own potential.

The operator of the voxels is that of insulated faces; what the condition adds lives on the six
outer planes. Potentials are those of the field, not fluctuations: beyond a periodic face they go on
by the drop over the box.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

from interfacefem.conduction.descent import outer_plane
from interfacefem.conduction.half_precision import numbers
from interfacefem.conduction.slabs import Slabs

Doubles = npt.NDArray[np.float64]
Sides = Literal["periodic", "linear"]


class BoxFaces:
    """All outer faces of a box.

    Args:
        sides: Condition on all of them.
        relative: Conductivity of each voxel on this slab over the largest, by its phase.
        phases: Of this slab.
        shape: Of the whole box.
        weights: Conductance between two of the best conductor's voxels along each axis.
        slabs: How planes are dealt out.

    Collective.
    """

    def __init__(
        self,
        sides: Sides,
        relative: Doubles,
        phases: npt.NDArray[np.uint8],
        shape: tuple[int, int, int],
        weights: Doubles,
        slabs: Slabs,
    ) -> None:
        self.sides, self._shape, self._slabs = sides, shape, slabs
        self.conductance: list[tuple[Doubles, Doubles]] = []
        for axis in range(3):
            low, high = (relative[outer_plane(phases, axis, end, slabs)] for end in (0, 1))
            if sides == "linear":
                self.conductance.append((2 * weights[axis] * low, 2 * weights[axis] * high))
                continue
            other_low, other_high = self.opposite(axis, low, high)
            self.conductance.append((
                weights[axis] * _in_series(low, other_high),
                weights[axis] * _in_series(high, other_low),
            ))  # fmt: skip

    def opposite(self, axis: int, low: Doubles, high: Doubles) -> tuple[Doubles, Doubles]:
        """What lies beyond the high and the low faces: ``low`` for the high, and so on.

        Returns:
            Values of the low plane where this slab has the high one, and of the high plane where
            it has the low one.

        Collective.
        """
        comm = self._slabs.comm
        if axis != 0 or comm.size == 1:
            return low, high
        first, last = 0, comm.size - 1
        of_low, of_high = np.zeros((0, 0)), np.zeros((0, 0))
        if comm.rank == first:
            of_high = comm.sendrecv(low, dest=last, source=last)
        elif comm.rank == last:
            of_low = comm.sendrecv(high, dest=first, source=first)
        return of_low, of_high

    def flows(self, values: npt.NDArray, axis: int, field: int | None) -> tuple[Doubles, Doubles]:
        """Flow out of the voxels at the low and at the high faces of an axis.

        Args:
            values: Potential, or direction as it is stored, on this slab, without padding.
            axis: Of the faces.
            field: Axis of the unit drop that drives; None for none, as for directions.

        Collective.
        """
        low, high = (
            numbers(outer_plane(values, axis, end, self._slabs)).astype(np.float64)
            for end in (0, 1)
        )
        of_low, of_high = self.conductance[axis]
        if self.sides == "linear":
            outer_low = self._places(low, axis, 0, field)
            outer_high = self._places(high, axis, 1, field)
            return of_low * (low - outer_low), of_high * (high - outer_high)
        beyond_high, beyond_low = self.opposite(axis, low, high)
        drop = 1.0 if field == axis else 0.0
        # a unit drop over the box: potentials beyond the low face are higher by it
        leaves_low = of_low * (low - beyond_low - drop) if low.size else low
        leaves_high = of_high * (high - beyond_high + drop) if high.size else high
        return leaves_low, leaves_high

    def _places(self, plane: Doubles, axis: int, end: int, field: int | None) -> Doubles | float:
        """Potential 1 to 0 along the field at the faces of a plane."""
        if field is None or plane.size == 0:
            return 0.0
        if field == axis:
            return 1.0 - end
        others = [other for other in range(3) if other != axis]
        count = self._shape[field]
        first = self._slabs.start if field == 0 else 0
        along = others.index(field)
        places = 1 - (np.arange(first, first + plane.shape[along]) + 0.5) / count
        return places[:, None] if along == 0 else places[None, :]


def _in_series(a: Doubles, b: Doubles) -> Doubles:
    if a.size == 0 or b.size == 0:
        return np.zeros(a.shape)
    total = a + b
    return np.divide(2 * a * b, total, out=np.zeros(total.shape), where=total > 0)
