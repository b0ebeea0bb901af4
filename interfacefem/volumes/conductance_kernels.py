# SPDX-License-Identifier: BSD-3-Clause
"""Compiled loops that set up the conductances of every grid."""

from __future__ import annotations

import numpy as np

from interfacefem.volumes.compiled import kernel


@kernel
def diagonal_codes(conducts, plate_axis, low_plate, high_plate, codes):  # type: ignore[no-untyped-def]
    """Number the diagonal entry of each voxel that conducts: 1 + n0 + 5 n1 + 25 n2.

    ``n`` along an axis counts neighbours that conduct, and 2 for each plate: the distance to it is
    half a voxel.

    Args:
        conducts: 1 where a voxel conducts, with one more voxel at each end of each axis.
        plate_axis: Axis between the plates.
        low_plate: 1 if this slab touches the plate at the low end.
        high_plate: 1 if it touches the other one.
        codes: Overwritten.
    """
    n0, n1, n2 = conducts.shape[0] - 2, conducts.shape[1] - 2, conducts.shape[2] - 2
    for k in range(1, n0 + 1):
        for j in range(1, n1 + 1):
            row = conducts[k, j]
            below, above = conducts[k - 1, j], conducts[k + 1, j]
            left, right = conducts[k, j - 1], conducts[k, j + 1]
            plates = 0
            if plate_axis == 0:
                plates = 2 * ((k == 1 and low_plate) + (k == n0 and high_plate))
            elif plate_axis == 1:
                plates = 2 * ((j == 1) + (j == n1))
                plates *= 5
            target = codes[k, j]
            for i in range(1, n2 + 1):
                code = 1 + plates + below[i] + above[i]
                code += 5 * (left[i] + right[i]) + 25 * (row[i - 1] + row[i + 1])
                target[i] = code if row[i] else 0
            if plate_axis == 2:
                target[1] += 50 if row[1] else 0
                target[n2] += 50 if row[n2] else 0


@kernel
def phase_conductances(phases, table, along0, along1, along2):  # type: ignore[no-untyped-def]
    """Conductances between neighbours from the phases they belong to.

    Args:
        phases: Number of each voxel's phase, with one more voxel at each end of each axis.
        table: Conductance along each axis between two phases, shape (3, phases, phases).
        along0: Overwritten, as are the next two: ``[k, j, i]`` is between k and k + 1.
        along1: Along axis 1.
        along2: Along axis 2.
    """
    n0, n1, n2 = phases.shape
    for k in range(n0):
        for j in range(n1):
            for i in range(n2):
                phase = phases[k, j, i]
                if k + 1 < n0:
                    along0[k, j, i] = table[0, phase, phases[k + 1, j, i]]
                if j + 1 < n1:
                    along1[k, j, i] = table[1, phase, phases[k, j + 1, i]]
                if i + 1 < n2:
                    along2[k, j, i] = table[2, phase, phases[k, j, i + 1]]


@kernel
def invert_diagonal(along0, along1, along2, inverse):  # type: ignore[no-untyped-def]
    """One over the sum of each voxel's six conductances, 0 where that is 0."""
    n0, n1, n2 = inverse.shape
    for k in range(1, n0 - 1):
        for j in range(1, n1 - 1):
            for i in range(1, n2 - 1):
                diagonal = (
                    along0[k - 1, j, i] + along0[k, j, i] + along1[k, j - 1, i]
                    + along1[k, j, i] + along2[k, j, i - 1] + along2[k, j, i]
                )  # fmt: skip
                inverse[k, j, i] = np.float32(1) / diagonal if diagonal > 0 else np.float32(0)


@kernel
def coarsen(stencil, coarse0, coarse1, coarse2, factors):  # type: ignore[no-untyped-def]
    """Conductances inside the coarse grid: half the sum of the fine ones, as faces lie twice as far.

    Along an axis that is not coarsened, the sum. Faces to the plates are left out.

    Args:
        stencil: Of the fine grid.
        coarse0: Conductances along axis 0; overwritten, as are the next two.
        coarse1: Along axis 1.
        coarse2: Along axis 2.
        factors: How many voxels become one along each axis.
    """
    f0, f1, f2 = factors
    coarse0[...] = np.float32(0)
    coarse1[...] = np.float32(0)
    coarse2[...] = np.float32(0)
    codes = stencil.codes
    shape = codes.shape if stencil.uniform else stencil.inverse.shape
    n0, n1, n2 = shape[0] - 2, shape[1] - 2, shape[2] - 2
    share0, share1, share2 = np.float32(1 / f0), np.float32(1 / f1), np.float32(1 / f2)
    w0, w1, w2 = stencil.weights[0], stencil.weights[1], stencil.weights[2]
    none = np.float32(0)
    for k in range(1, n0 + 1):
        coarse_k = (k - 1) // f0 + 1
        for j in range(1, n1 + 1):
            coarse_j = (j - 1) // f1 + 1
            crosses1 = j % f1 == 0 and j < n1
            for i in range(1, n2 + 1):
                if stencil.uniform:
                    if codes[k, j, i] == 0:
                        continue
                    t0 = w0 if codes[k + 1, j, i] else none
                    t1 = w1 if codes[k, j + 1, i] else none
                    t2 = w2 if codes[k, j, i + 1] else none
                else:
                    t0 = stencil.along0[k, j, i]
                    t1 = stencil.along1[k, j, i]
                    t2 = stencil.along2[k, j, i]
                coarse_i = (i - 1) // f2 + 1
                if k % f0 == 0:
                    coarse0[coarse_k, coarse_j, coarse_i] += share0 * t0
                if crosses1:
                    coarse1[coarse_k, coarse_j, coarse_i] += share1 * t1
                if i % f2 == 0 and i < n2:
                    coarse2[coarse_k, coarse_j, coarse_i] += share2 * t2
