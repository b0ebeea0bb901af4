# SPDX-License-Identifier: BSD-3-Clause
"""A flow that leaves nothing behind in any voxel, and the lower bound its dissipation gives.

No flow from plate to plate that is conserved everywhere dissipates less, at the same total, than
the true one (Thomson's principle; P. G. Doyle and J. L. Snell, Random Walks and Electric Networks,
1984, section 1.3.5). The flow of the potential found is conserved but for the residual. Here the
residual is led to the plates: each run of voxels along axis 2 hands what it has to the neighbouring
runs that lie nearer to a plate, in proportion to conductances. All of it is deterministic and the
same for any number of slabs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from interfacefem.conduction.connectivity import Runs, find_runs
from interfacefem.conduction.flow_kernels import (
    enter_stage,
    find_level_planes,
    find_stages,
    hand_down,
    next_level,
    reach_from_neighbours,
)
from interfacefem.conduction.matrix import ConductionMatrix

Vector = npt.NDArray[np.floating]
_STAGES_PER_DECADE = 2


@dataclass(frozen=True)
class LedAway:
    """What it takes to lead the residual to the plates.

    Attributes:
        into_low: What arrives at the plate at the low end.
        into_high: The same at the high end.
        dissipation: Sum over faces of the square of what is led through, over the conductance.
    """

    into_low: float
    into_high: float
    dissipation: float


def energy_low(
    matrix: ConductionMatrix, energy: float, entering: float, potential_residual: float, r: Vector
) -> float:
    """Lower bound of the dissipation at a unit of potential difference.

    Args:
        matrix: Of conduction between the plates.
        energy: Dissipation of the potential found.
        entering: Current from the low plate at that potential.
        potential_residual: Scalar product of that potential and its residual.
        r: Residual, with one more voxel at each end of each axis; overwritten.

    Collective.
    """
    led = lead_to_plates(matrix, r)
    total = entering - led.into_low
    dissipation = energy + 2 * (potential_residual - led.into_low) + led.dissipation
    return max(total, 0.0) ** 2 / dissipation


def lead_to_plates(matrix: ConductionMatrix, r: Vector) -> LedAway:
    """Lead what voxels have in excess to the plates; overwrites ``r``; collective."""
    slabs = matrix.slabs
    runs = find_runs(np.ascontiguousarray(matrix.phases))
    order = _Order(matrix, runs)
    totals = np.zeros(3)
    shares = np.zeros(runs.shape[2])
    crossing = np.zeros((4, *runs.shape[1:]))
    neighbours = order.level_planes()
    for chosen in reversed(order.by_level):
        hand_down(
            matrix.operator, matrix.axis, *order.plates, *order.arrays, chosen, neighbours, r,
            shares, crossing, totals,
        )  # fmt: skip
        if slabs.comm.size > 1:
            slabs.exchange(crossing)
            r[1, 1:-1, 1:-1] += crossing[0].astype(r.dtype)
            r[-2, 1:-1, 1:-1] += crossing[3].astype(r.dtype)
            crossing[...] = 0.0
    return LedAway(*slabs.sum(*totals))


class _Order:
    """Levels of runs, so that each has a neighbour of a lower level or a plate beside it.

    Breadth first from the plates, through the best conductors as far as they reach, then with the
    next best: what is to be led away shall not cross a poor conductor where it need not.

    Attributes:
        plates: Conductances to the low and the high plate, empty where this slab has none.
        arrays: Shape of the slab, row of each run, first run of each row, first voxel of each run,
            one past its last, its level.
        by_level: Runs of each level from 1 on.

    Collective.
    """

    def __init__(self, matrix: ConductionMatrix, runs: Runs) -> None:
        self._matrix = matrix
        n0, n1, n2 = runs.shape
        count = len(runs.begins)
        rows = np.repeat(np.arange(n0 * n1, dtype=np.int32), np.diff(runs.offsets))
        self.plates = [
            np.zeros((0, 0)) if plate is None else np.ascontiguousarray(plate)
            for plate in (matrix.low_plate, matrix.high_plate)
        ]
        self._levels = np.zeros(count, np.int32)
        self.arrays = (runs.shape, rows, runs.offsets, runs.begins, runs.ends, self._levels)
        self._stages = np.zeros(count, np.int8)
        last = 0
        if not matrix.operator.uniform:
            of_phase = _stages(matrix)
            last = int(of_phase.max())
            find_stages(*self.arrays, matrix.operator.phases, of_phase, self._stages)
        self._order = np.empty(count, np.int32)
        self._ends = [0]
        self._reached = np.zeros((4, n1, n2), np.uint8)
        for stage in range(last + 1):
            self._enter(stage)
            while self._grew():
                self._spread(stage)
        self.by_level = [
            self._order[begin:end]
            for begin, end in zip(self._ends[:-1], self._ends[1:], strict=True)
        ]

    def level_planes(self) -> npt.NDArray[np.int32]:
        """Levels at the voxels of the neighbouring slabs' planes, 0 and 3; collective."""
        _, n1, n2 = self.arrays[0]
        planes = np.zeros((4, n1, n2), np.int32)
        if self._matrix.slabs.comm.size > 1:
            find_level_planes(*self.arrays, planes)
            self._matrix.slabs.exchange(planes)
        return planes

    def _grew(self) -> bool:
        return self._matrix.slabs.sum(self._ends[-1] - self._ends[-2])[0] > 0

    def _enter(self, stage: int) -> None:
        """The first level of a stage: its runs at plates and beside what earlier ones reached."""
        has = (plate.size > 0 for plate in self.plates)
        count = enter_stage(
            self._matrix.axis, *has, *self.arrays, self._stages, stage, len(self._ends),
            self.level_planes(), self._order, self._ends[-1],
        )  # fmt: skip
        self._ends.append(count)

    def _spread(self, stage: int) -> None:
        """One level more, within the stages entered so far."""
        slabs, level = self._matrix.slabs, len(self._ends)
        first, last = self._ends[-2:]
        known = (*self.arrays, self._stages, stage, level)
        count = next_level(*known, self._order, first, last, self._reached)
        if slabs.comm.size > 1:
            slabs.exchange(self._reached)
            count = reach_from_neighbours(*known, self._order, count, self._reached)
            self._reached[...] = 0
        self._ends.append(count)


def _stages(matrix: ConductionMatrix) -> npt.NDArray[np.int8]:
    """When a phase's turn comes, the best conductors first; by number of the phase."""
    conductivity = matrix.operator.table[0].diagonal() / matrix.operator.weights[0]
    known = np.where(conductivity > 0, conductivity, conductivity.max())
    decades = np.log10(conductivity.max() / known)
    return np.minimum(_STAGES_PER_DECADE * decades, 100).astype(np.int8)
