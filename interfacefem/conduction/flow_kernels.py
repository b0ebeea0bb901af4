# SPDX-License-Identifier: BSD-3-Clause
"""Compiled loops over runs of voxels that lead a residual to the plates (``balanced_flow``).

Arrays of runs are those of ``connectivity.Runs``; ``rows`` is the row of each run, ``levels`` how
far from a plate it comes in the order, 0 if it is not reached. Neighbouring runs are at sides 0 to
3 (below and above along axis 0, then along axis 1) and 4 and 5 (before and behind along axis 2).
"""

from __future__ import annotations

import numpy as np

from interfacefem.compiled import inlined, kernel

_LOW, _HIGH = 0, 1


@kernel
def find_stages(shape, rows, offsets, begins, ends, levels, phases, of_phase, stages):  # type: ignore[no-untyped-def]
    """Stage of each run."""
    n1 = shape[1]
    for run in range(begins.shape[0]):
        row = rows[run]
        stages[run] = of_phase[phases[row // n1 + 1, row % n1 + 1, begins[run] + 1]]


@kernel
def find_level_planes(shape, rows, offsets, begins, ends, levels, planes):  # type: ignore[no-untyped-def]
    """Levels at the voxels of the lowest and the highest plane: planes 1 and 2."""
    n0, n1, _ = shape
    for side in range(2):
        k = 0 if side == 0 else n0 - 1
        for j in range(n1):
            row = k * n1 + j
            for run in range(offsets[row], offsets[row + 1]):
                planes[1 + side, j, begins[run] : ends[run]] = levels[run]


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


@inlined
def _range_beside(side, run, shape, row, offsets, begins, ends):  # type: ignore[no-untyped-def]
    """Runs that may touch a run on a side: 0 to 3 in other rows, 4 and 5 along its own.

    Those from the first of the range on, up to its end, that begin before the run ends.
    """
    n0, n1, _ = shape
    k, j = row // n1, row % n1
    if side == 4:
        touches = run > offsets[row] and ends[run - 1] == begins[run]
        return run - 1, run if touches else run - 1
    if side == 5:
        touches = run + 1 < offsets[row + 1] and begins[run + 1] == ends[run]
        return run + 1, run + 2 if touches else run + 1
    k2 = k + (side == 1) - (side == 0)
    j2 = j + (side == 3) - (side == 2)
    if k2 < 0 or k2 >= n0 or j2 < 0 or j2 >= n1:
        return 0, 0
    there = k2 * n1 + j2
    return _first_beyond(offsets[there], offsets[there + 1], ends, begins[run]), offsets[there + 1]


@inlined
def _at_plate(axis, has_low, has_high, shape, row, begin, end):  # type: ignore[no-untyped-def]
    n0, n1, n2 = shape
    if axis == 0:
        k = row // n1
        return (k == 0 and has_low) or (k == n0 - 1 and has_high)
    if axis == 1:
        j = row % n1
        return j == 0 or j == n1 - 1
    return begin == 0 or end == n2


@kernel
def enter_stage(  # type: ignore[no-untyped-def]
    axis, has_low, has_high, shape, rows, offsets, begins, ends, levels, stages, stage, level,
    neighbours, order, count,
):  # fmt: skip
    """Give a level to the runs of a stage at plates and beside lower levels.

    Returns the length of the order.
    """
    n0, n1, _ = shape
    for run in range(begins.shape[0]):
        if stages[run] != stage or levels[run] > 0:
            continue
        row, begin, end = rows[run], begins[run], ends[run]
        k, j = row // n1, row % n1
        found = _at_plate(axis, has_low, has_high, shape, row, begin, end)
        if k == 0 and not found:
            found = neighbours[0, j, begin:end].any()
        if k == n0 - 1 and not found:
            found = neighbours[3, j, begin:end].any()
        for side in range(6 if level > 1 else 0):
            if found:
                break
            other, last = _range_beside(side, run, shape, row, offsets, begins, ends)
            while other < last and (begins[other] < end or side == 5):
                found = found or 0 < levels[other] < level
                other += 1
        if found:
            levels[run] = level
            order[count] = run
            count += 1
    return count


@kernel
def next_level(  # type: ignore[no-untyped-def]
    shape, rows, offsets, begins, ends, levels, stages, stage, level, order, first, last, reached
):
    """Reach what lies next to the runs ``first`` to ``last`` in the order, up to a stage.

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
        for side in range(6):
            other, end = _range_beside(side, run, shape, row, offsets, begins, ends)
            while other < end and (begins[other] < ends[run] or side == 5):
                if levels[other] == 0 and stages[other] <= stage:
                    levels[other] = level
                    order[count] = other
                    count += 1
                other += 1
    return count


@kernel
def reach_from_neighbours(  # type: ignore[no-untyped-def]
    shape, rows, offsets, begins, ends, levels, stages, stage, level, order, count, reached
):
    """Reach the outer planes' runs next to what the neighbouring slabs have marked."""
    n0, n1, _ = shape
    for side in range(2):
        k = 0 if side == 0 else n0 - 1
        marked = reached[0] if side == 0 else reached[3]
        for j in range(n1):
            row = k * n1 + j
            for run in range(offsets[row], offsets[row + 1]):
                unreached = levels[run] == 0 and stages[run] <= stage
                if unreached and marked[j, begins[run] : ends[run]].any():
                    levels[run] = level
                    order[count] = run
                    count += 1
    return count


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


@inlined
def _hand_down(  # type: ignore[no-untyped-def]
    uniform,
    operator, axis, low, high, shape, rows, offsets, begins, ends, levels, chosen, neighbours, r,
    shares, crossing, totals,
):  # fmt: skip
    _, weights, _, _, phases, table, _ = operator
    sides = 4 if uniform else 6
    n0, n1, _ = shape
    for run in chosen:
        row = rows[run]
        k, j = row // n1, row % n1
        begin, end, level = begins[run], ends[run], levels[run]
        total = 0.0
        for i in range(begin, end):
            total += np.float64(r[k + 1, j + 1, i + 1])
            shares[i] = 0.0
        at_plate = _at_plate(axis, low.size > 0, high.size > 0, shape, row, begin, end)
        # twice over what lies nearer to a plate: conductances first, then their share of the total
        conductance, per_conductance = 0.0, 0.0
        for handing in range(2):
            if handing:
                if conductance == 0.0:
                    break
                per_conductance = total / conductance
                totals[2] += total * per_conductance
            if at_plate:
                for i in range(begin, end):
                    to_low = _plate_conductance(axis, low, _LOW, shape, k, j, i)
                    to_high = _plate_conductance(axis, high, _HIGH, shape, k, j, i)
                    if handing:
                        totals[0] += to_low * per_conductance
                        totals[1] += to_high * per_conductance
                    else:
                        conductance += to_low + to_high
                        shares[i] += to_low + to_high
            for side in range(sides):
                along = side // 2
                k2 = k + (side == 1) - (side == 0)
                j2 = j + (side == 3) - (side == 2)
                if k2 < 0 or k2 >= n0:
                    levels_there = neighbours[0, j] if k2 < 0 else neighbours[3, j]
                    target = crossing[1, j] if k2 < 0 else crossing[2, j]
                    for i in range(begin, end):
                        if 0 < levels_there[i] < level:
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
                other, last = _range_beside(side, run, shape, row, offsets, begins, ends)
                while other < last and (begins[other] < end or side == 5):
                    if 0 < levels[other] < level:
                        first, stop = max(begin, begins[other]), min(end, ends[other])
                        step = 0
                        if side == 4:
                            first, stop, step = begin, begin + 1, -1
                        elif side == 5:
                            first, stop, step = end - 1, end, 1
                        for i in range(first, stop):
                            face = _conductance(
                                uniform, weights, phases, table, along,
                                (k + 1, j + 1, i + 1), (k2 + 1, j2 + 1, i + 1 + step),
                            )  # fmt: skip
                            if handing:
                                r[k2 + 1, j2 + 1, i + 1 + step] += face * per_conductance
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


@kernel
def hand_down(  # type: ignore[no-untyped-def]
    operator, axis, low, high, shape, rows, offsets, begins, ends, levels, chosen, neighbours, r,
    shares, crossing, totals,
):  # fmt: skip
    """Hand what the chosen runs of one level have to plates and to lower levels.

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
        levels: Of each run.
        chosen: Runs of one level.
        neighbours: Levels at voxels of the neighbouring slabs' planes, 0 and 3.
        r: What voxels have in excess.
        shares: One row of numbers to work with.
        crossing: What is handed to the slab below (1) and above (2); added to.
        totals: What arrives at the low and the high plate, dissipation; added to.
    """
    if operator.uniform:
        _hand_down(
            True, operator, axis, low, high, shape, rows, offsets, begins, ends, levels, chosen,
            neighbours, r, shares, crossing, totals,
        )  # fmt: skip
    else:
        _hand_down(
            False, operator, axis, low, high, shape, rows, offsets, begins, ends, levels, chosen,
            neighbours, r, shares, crossing, totals,
        )  # fmt: skip
