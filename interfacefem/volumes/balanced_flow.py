# SPDX-License-Identifier: BSD-3-Clause
"""A flow that leaves nothing behind in any voxel, and the lower bound its dissipation gives.

No flow from plate to plate that is conserved everywhere dissipates less, at the same total, than
the true one (Thomson's principle; P. G. Doyle and J. L. Snell, Random Walks and Electric Networks,
1984, section 1.3.5). The flow of the potential found is conserved but for the residual. Here the
residual is led to the plates: each run of voxels along axis 2 hands what it has to the neighbouring
runs that are one step nearer to a plate, in proportion to conductances. All of it is deterministic
and the same for any number of slabs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from interfacefem.volumes.compiled import inlined, kernel
from interfacefem.volumes.conduction_matrix import ConductionMatrix
from interfacefem.volumes.connectivity import ConnectedRuns

Vector = npt.NDArray[np.floating]
_LOW, _HIGH = 0, 1


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
    matrix: ConductionMatrix, runs: ConnectedRuns, energy: float, entering: float,
    potential_residual: float, r: Vector,
) -> float:  # fmt: skip
    """Lower bound of the dissipation at a unit of potential difference.

    Args:
        matrix: Of conduction between the plates.
        runs: Of this rank's slab.
        energy: Dissipation of the potential found.
        entering: Current from the low plate at that potential.
        potential_residual: Scalar product of that potential and its residual.
        r: Residual, with one more voxel at each end of each axis; overwritten.

    Collective.
    """
    led = lead_to_plates(matrix, runs, r)
    total = entering - led.into_low
    dissipation = energy + 2 * (potential_residual - led.into_low) + led.dissipation
    return max(total, 0.0) ** 2 / dissipation


def lead_to_plates(matrix: ConductionMatrix, runs: ConnectedRuns, r: Vector) -> LedAway:
    """Lead what voxels have in excess to the plates; overwrites ``r``; collective."""
    slabs = matrix.slabs
    n0, n1, n2 = runs.shape
    plates = [
        np.zeros((0, 0)) if plate is None else np.ascontiguousarray(plate)
        for plate in (matrix.low_plate, matrix.high_plate)
    ]
    rows = np.repeat(np.arange(n0 * n1, dtype=np.int32), np.diff(runs.offsets))
    levels, order, ends = _levels(matrix, runs, rows)
    # level of the run at each voxel of the neighbouring slabs' planes, and what is led there
    neighbours = np.zeros((4, n1, n2), np.int32)
    level_planes(runs.offsets, runs.begins, runs.ends, levels, n0, n1, neighbours)
    slabs.exchange(neighbours)
    crossing = np.zeros((4, n1, n2))
    totals = np.zeros(3)
    shares = np.zeros(n2)
    for level in range(len(ends) - 1, 0, -1):
        hand_down(
            matrix.operator, matrix.axis, *plates, runs.shape, rows, runs.offsets, runs.begins,
            runs.ends, levels, order[ends[level - 1] : ends[level]], neighbours, r, shares,
            crossing, totals,
        )  # fmt: skip
        if slabs.comm.size > 1:
            slabs.exchange(crossing)
            r[1, 1:-1, 1:-1] += crossing[0].astype(r.dtype)
            r[-2, 1:-1, 1:-1] += crossing[3].astype(r.dtype)
            crossing[...] = 0.0
    return LedAway(*slabs.sum(*totals))


def _levels(
    matrix: ConductionMatrix, runs: ConnectedRuns, rows: npt.NDArray[np.int32]
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64], list[int]]:
    """Steps of each run to the nearest plate from 1 on, 0 where no plate is reached.

    Returns also the runs in the order of their levels, and where each level ends in it.

    Collective.
    """
    slabs = matrix.slabs
    _, n1, n2 = runs.shape
    levels = np.zeros(len(runs.begins), np.int32)
    order = np.empty(len(runs.begins), np.int64)
    reached = np.zeros((4, n1, n2), np.uint8)
    has = matrix.low_plate is not None, matrix.high_plate is not None
    count = start_at_plates(
        matrix.axis, *has, runs.shape, runs.offsets, runs.begins, runs.ends, levels, order
    )
    ends = [0, count]
    while slabs.sum(ends[-1] - ends[-2])[0] > 0:
        level = len(ends) - 1
        arrays = runs.offsets, runs.begins, runs.ends, levels, order
        count = next_level(runs.shape, rows, *arrays, ends[-2], ends[-1], reached)
        if slabs.comm.size > 1:
            slabs.exchange(reached)
            count = reach_from_neighbours(runs.shape, *arrays, count, level + 1, reached)
            reached[...] = 0
        ends.append(count)
    return levels, order, ends


@kernel
def start_at_plates(axis, has_low, has_high, shape, offsets, begins, ends, levels, order):  # type: ignore[no-untyped-def]
    """Give level 1 to runs at a plate; returns their number."""
    n0, n1, n2 = shape
    count = 0
    for row in range(n0 * n1):
        k, j = row // n1, row % n1
        for run in range(offsets[row], offsets[row + 1]):
            if axis == 0:
                touches = (k == 0 and has_low) or (k == n0 - 1 and has_high)
            elif axis == 1:
                touches = j == 0 or j == n1 - 1
            else:
                touches = begins[run] == 0 or ends[run] == n2
            if touches:
                levels[run] = 1
                order[count] = run
                count += 1
    return count


@inlined
def _first_beyond(first, last, ends, begin):  # type: ignore[no-untyped-def]
    """The first of a row's runs that ends beyond a voxel."""
    while first < last:
        middle = (first + last) // 2
        if ends[middle] > begin:
            last = middle
        else:
            first = middle + 1
    return first


@kernel
def next_level(shape, rows, offsets, begins, ends, levels, order, first, last, reached):  # type: ignore[no-untyped-def]
    """Reach what lies next to the runs ``first`` to ``last`` in the order.

    Marks the voxels of the outer planes that they hold; returns the length of the order.
    """
    n0, n1, _ = shape
    count = last
    for place in range(first, last):
        run = order[place]
        row = rows[run]
        k, j = row // n1, row % n1
        if k == 0:
            reached[1, j, begins[run] : ends[run]] = 1
        if k == n0 - 1:
            reached[2, j, begins[run] : ends[run]] = 1
        for side in range(4):
            k2 = k + (side == 1) - (side == 0)
            j2 = j + (side == 3) - (side == 2)
            if k2 < 0 or k2 >= n0 or j2 < 0 or j2 >= n1:
                continue
            there = k2 * n1 + j2
            other = _first_beyond(offsets[there], offsets[there + 1], ends, begins[run])
            while other < offsets[there + 1] and begins[other] < ends[run]:
                if levels[other] == 0:
                    levels[other] = levels[run] + 1
                    order[count] = other
                    count += 1
                other += 1
    return count


@kernel
def reach_from_neighbours(shape, offsets, begins, ends, levels, order, count, level, reached):  # type: ignore[no-untyped-def]
    """Reach the outer planes' runs next to what the neighbouring slabs have marked."""
    n0, n1, _ = shape
    for side in range(2):
        k = 0 if side == 0 else n0 - 1
        marked = reached[0] if side == 0 else reached[3]
        for j in range(n1):
            row = k * n1 + j
            for run in range(offsets[row], offsets[row + 1]):
                if levels[run] == 0 and marked[j, begins[run] : ends[run]].any():
                    levels[run] = level
                    order[count] = run
                    count += 1
    return count


@kernel
def level_planes(offsets, begins, ends, levels, n0, n1, planes):  # type: ignore[no-untyped-def]
    """Levels at the voxels of the lowest and the highest plane: planes 1 and 2."""
    for side in range(2):
        k = 0 if side == 0 else n0 - 1
        for j in range(n1):
            row = k * n1 + j
            for run in range(offsets[row], offsets[row + 1]):
                planes[1 + side, j, begins[run] : ends[run]] = levels[run]


@inlined
def _conductance(uniform, weights, phases, table, axis, a, b):  # type: ignore[no-untyped-def]
    """Between two neighbours along an axis, by their places in the padded arrays."""
    if uniform:
        return weights[axis]
    return table[axis, phases[a[0], a[1], a[2]], phases[b[0], b[1], b[2]]]


@inlined
def _plate_conductance(axis, plate, end, shape, k, j, i):  # type: ignore[no-untyped-def]
    """From a voxel to the plate at an end; 0 if it is not at it."""
    if plate.size == 0:
        return 0.0
    at = 0 if end == 0 else shape[axis] - 1
    if axis == 0:
        return plate[j, i] if k == at else 0.0
    if axis == 1:
        return plate[k, i] if j == at else 0.0
    return plate[k, j] if i == at else 0.0


@kernel
def hand_down(  # type: ignore[no-untyped-def]
    operator, axis, low, high, shape, rows, offsets, begins, ends, levels, chosen, neighbours, r,
    shares, crossing, totals,
):  # fmt: skip
    """Hand what the chosen runs of one level have to the level below it.

    Args:
        operator: The matrix, for conductances.
        axis: Between the plates.
        low: Conductances to the low plate, empty if this slab does not touch it.
        high: The same of the high plate.
        shape: Voxels of the slab.
        rows: Row of each run.
        offsets: First run of each row.
        begins: First voxel of each run.
        ends: One past its last voxel.
        levels: Steps of each run to a plate.
        chosen: Runs of one level.
        neighbours: Levels at voxels of the neighbouring slabs' planes, 0 and 3.
        r: What voxels have in excess.
        shares: One row of numbers to work with.
        crossing: What is handed to the slab below (1) and above (2); added to.
        totals: What arrives at the low and the high plate, dissipation; added to.
    """
    uniform, weights, _, _, phases, table = operator
    n0, n1, _ = shape
    for run in chosen:
        row = rows[run]
        k, j = row // n1, row % n1
        begin, end, below = begins[run], ends[run], levels[run] - 1
        total = 0.0
        for i in range(begin, end):
            total += np.float64(r[k + 1, j + 1, i + 1])
            shares[i] = 0.0
        if total == 0.0:
            continue
        # twice over what lies nearer to a plate: conductances first, then their share of the total
        conductance, per_conductance = 0.0, 0.0
        for handing in range(2):
            if handing:
                if conductance == 0.0:
                    break
                per_conductance = total / conductance
                totals[2] += total * per_conductance
            if below == 0:
                for i in range(begin, end):
                    to_low = _plate_conductance(axis, low, _LOW, shape, k, j, i)
                    to_high = _plate_conductance(axis, high, _HIGH, shape, k, j, i)
                    if handing:
                        totals[0] += to_low * per_conductance
                        totals[1] += to_high * per_conductance
                    else:
                        conductance += to_low + to_high
                        shares[i] += to_low + to_high
                continue
            for side in range(4):
                along = 0 if side < 2 else 1
                k2 = k + (side == 1) - (side == 0)
                j2 = j + (side == 3) - (side == 2)
                if j2 < 0 or j2 >= n1:
                    continue
                if k2 < 0 or k2 >= n0:
                    levels_there = neighbours[0, j] if k2 < 0 else neighbours[3, j]
                    target = crossing[1, j] if k2 < 0 else crossing[2, j]
                    for i in range(begin, end):
                        if levels_there[i] == below and below > 0:
                            face = _conductance(
                                uniform, weights, phases, table, along,
                                (k + 1, j + 1, i + 1), (k2 + 1, j2 + 1, i + 1),
                            )  # fmt: skip
                            if handing:
                                target[i] += face * per_conductance
                            else:
                                conductance += face
                                shares[i] += face
                    continue
                there = k2 * n1 + j2
                other = _first_beyond(offsets[there], offsets[there + 1], ends, begin)
                while other < offsets[there + 1] and begins[other] < end:
                    if levels[other] == below:
                        for i in range(max(begin, begins[other]), min(end, ends[other])):
                            face = _conductance(
                                uniform, weights, phases, table, along,
                                (k + 1, j + 1, i + 1), (k2 + 1, j2 + 1, i + 1),
                            )  # fmt: skip
                            if handing:
                                r[k2 + 1, j2 + 1, i + 1] += face * per_conductance
                            else:
                                conductance += face
                                shares[i] += face
                    other += 1
        # along the run to where it is handed on
        led = 0.0
        for i in range(begin, end - 1):
            led += np.float64(r[k + 1, j + 1, i + 1]) - shares[i] * per_conductance
            face = _conductance(
                uniform, weights, phases, table, 2, (k + 1, j + 1, i + 1), (k + 1, j + 1, i + 2)
            )
            if face > 0.0:
                totals[2] += led * led / face
