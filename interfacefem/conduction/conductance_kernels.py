# SPDX-License-Identifier: BSD-3-Clause
"""Compiled loops that set up the conductances of every grid."""

from __future__ import annotations

import numpy as np

from interfacefem.compiled import kernel
from interfacefem.conduction.half_precision import as_number, to_brain


@kernel
def diagonal_codes(conducts, plate_axis, low_plate, high_plate, codes):  # type: ignore[no-untyped-def]
    """What the diagonal entry of each voxel that conducts is the sum of.

    Bits 0 to 2 count neighbours that conduct along the axis between the plates, and as many more
    as a plate counts: 2, half a voxel away, or fewer where a reaction hinders the current; bits 3
    and 4 count neighbours along the next axis (in the order 0, 1, 2, 0, 1), bits 5 and 6 along the
    one after. Sums of these parts times conductances vectorise, tables do not.

    Args:
        conducts: 1 where a voxel conducts, with one more voxel at each end of each axis.
        plate_axis: Axis between the plates.
        low_plate: What the plate at the low end counts, 0 if this slab does not touch it.
        high_plate: The same at the other end.
        codes: Overwritten.
    """
    n0, n1, n2 = conducts.shape[0] - 2, conducts.shape[1] - 2, conducts.shape[2] - 2
    # as a voxel counts once, 1, 8 or 32 is what it adds to the code
    if plate_axis == 0:
        one0, one1, one2 = 1, 8, 32
    elif plate_axis == 1:
        one0, one1, one2 = 32, 1, 8
    else:
        one0, one1, one2 = 8, 32, 1
    for k in range(1, n0 + 1):
        for j in range(1, n1 + 1):
            row = conducts[k, j]
            below, above = conducts[k - 1, j], conducts[k + 1, j]
            left, right = conducts[k, j - 1], conducts[k, j + 1]
            plates = 0
            if plate_axis == 0:
                plates = low_plate * (k == 1) + high_plate * (k == n0)
            elif plate_axis == 1:
                plates = low_plate * (j == 1) + high_plate * (j == n1)
            target = codes[k, j]
            for i in range(1, n2 + 1):
                code = plates + one0 * (below[i] + above[i]) + one1 * (left[i] + right[i])
                code += one2 * (row[i - 1] + row[i + 1])
                target[i] = code if row[i] else 0
            if plate_axis == 2:
                target[1] += low_plate if row[1] else 0
                target[n2] += high_plate if row[n2] else 0


@kernel
def phase_conductances(phases, table, along0, along1, along2):  # type: ignore[no-untyped-def]
    """Conductances between neighbours from the phases they belong to.

    Args:
        phases: Number of each voxel's phase, with one more voxel at each end of each axis.
        table: Conductance along each axis between two phases, shape (3, phases, phases).
        along0: Overwritten in ``BRAIN``, as are the next two: ``[k, j, i]`` is between k and k + 1.
        along1: Along axis 1.
        along2: Along axis 2.
    """
    n0, n1, n2 = phases.shape
    for k in range(n0):
        for j in range(n1):
            for i in range(n2):
                phase = phases[k, j, i]
                if k + 1 < n0:
                    along0[k, j, i] = to_brain(np.float32(table[0, phase, phases[k + 1, j, i]]))
                if j + 1 < n1:
                    along1[k, j, i] = to_brain(np.float32(table[1, phase, phases[k, j + 1, i]]))
                if i + 1 < n2:
                    along2[k, j, i] = to_brain(np.float32(table[2, phase, phases[k, j, i + 1]]))


@kernel
def coarsen(stencil, coarse0, coarse1, coarse2, factors):  # type: ignore[no-untyped-def]
    """Conductances inside the coarse grid: half the sum of the fine ones.

    Half, as points lie twice as far apart; along an axis that is not coarsened, all of it. Faces to
    the plates are left out.

    Args:
        stencil: Of the fine grid.
        coarse0: Conductances along axis 0, float32; overwritten, as are the next two.
        coarse1: Along axis 1.
        coarse2: Along axis 2.
        factors: How many voxels become one along each axis.
    """
    f0, f1, f2 = factors
    coarse0[...] = np.float32(0)
    coarse1[...] = np.float32(0)
    coarse2[...] = np.float32(0)
    uniform, weights, _, codes, unit, along0, along1, along2 = stencil
    n0, n1, n2 = (
        (codes.shape[0] - 2, codes.shape[1] - 2, codes.shape[2] - 2)
        if uniform
        else (along0.shape[0] - 2, along0.shape[1] - 2, along0.shape[2] - 2)
    )
    share0, share1, share2 = np.float32(1 / f0), np.float32(1 / f1), np.float32(1 / f2)
    w0, w1, w2 = weights[0], weights[1], weights[2]
    none = np.float32(0)
    for k in range(1, n0 + 1):
        coarse_k = (k - 1) // f0 + 1
        for j in range(1, n1 + 1):
            coarse_j = (j - 1) // f1 + 1
            crosses1 = j % f1 == 0 and j < n1
            for i in range(1, n2 + 1):
                if uniform:
                    if codes[k, j, i] == 0:
                        continue
                    t0 = w0 if codes[k + 1, j, i] > 0 else none
                    t1 = w1 if codes[k, j + 1, i] > 0 else none
                    t2 = w2 if codes[k, j, i + 1] > 0 else none
                else:
                    t0 = unit * as_number(along0[k, j, i])
                    t1 = unit * as_number(along1[k, j, i])
                    t2 = unit * as_number(along2[k, j, i])
                coarse_i = (i - 1) // f2 + 1
                if k % f0 == 0:
                    coarse0[coarse_k, coarse_j, coarse_i] += share0 * t0
                if crosses1:
                    coarse1[coarse_k, coarse_j, coarse_i] += share1 * t1
                if i % f2 == 0 and i < n2:
                    coarse2[coarse_k, coarse_j, coarse_i] += share2 * t2
