# SPDX-License-Identifier: BSD-3-Clause
"""Compiled loops of the conjugate gradients, in the precision of the vectors they are given.

Scalar products are summed in that precision within a row, in double precision over rows.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from interfacefem.compiled import inlined, kernel


class Operator(NamedTuple):
    """The matrix of the finest grid, never stored.

    Attributes:
        uniform: 1 if all conducting voxels conduct equally: ``codes`` and weights say all.
        weights: Conductance between neighbours along axes 0, 1, 2.
        codes: For each voxel what its diagonal entry is the sum of (``diagonal_codes``), 0 where it
            does not conduct.
        code_weights: Conductances that the three parts of a code count.
        phases: Otherwise, number of each voxel's phase. The last but one number is a plate.
        table: Conductance along each axis between two phases, shape (3, phases, phases).
    """

    uniform: int
    weights: tuple[float, float, float]
    codes: npt.NDArray[np.uint8]
    code_weights: tuple[float, float, float]
    phases: npt.NDArray[np.uint8]
    table: npt.NDArray[np.float64]


@inlined
def _apply_row(kind, uniform, w0, w1, w2, c0, c1, c2, codes, phases, table, p, k, j, target):  # type: ignore[no-untyped-def]
    """One row of ``A p`` in a given precision."""
    n = p.shape[2] - 2
    row = p[k, j]
    below, above = p[k - 1, j], p[k + 1, j]
    left, right = p[k, j - 1], p[k, j + 1]
    if uniform:
        code_row = codes[k, j]
        for i in range(1, n + 1):
            neighbours = (
                w0 * (kind(below[i]) + kind(above[i]))
                + w1 * (kind(left[i]) + kind(right[i]))
                + w2 * (kind(row[i - 1]) + kind(row[i + 1]))
            )
            code = np.int32(code_row[i])
            diagonal = (
                c0 * kind(code & np.int32(7))
                + c1 * kind((code >> np.int32(3)) & np.int32(3))
                + c2 * kind(code >> np.int32(5))
            )
            target[i] = diagonal * kind(row[i]) - neighbours if code > 0 else kind(0)
    else:
        table0, table1, table2 = table[0], table[1], table[2]
        for i in range(1, n + 1):
            phase, here = phases[k, j, i], row[i]
            along0, along1, along2 = table0[phase], table1[phase], table2[phase]
            target[i] = (
                along0[phases[k - 1, j, i]] * (here - below[i])
                + along0[phases[k + 1, j, i]] * (here - above[i])
                + along1[phases[k, j - 1, i]] * (here - left[i])
                + along1[phases[k, j + 1, i]] * (here - right[i])
                + along2[phases[k, j, i - 1]] * (here - row[i - 1])
                + along2[phases[k, j, i + 1]] * (here - row[i + 1])
            )


@inlined
def _apply(kind, uniform, w0, w1, w2, c0, c1, c2, codes, phases, table, p, q, k):  # type: ignore[no-untyped-def]
    """One plane of ``q = A p``; returns its part of ``(p, q)``."""
    product = 0.0
    for j in range(1, p.shape[1] - 1):
        row, target = p[k, j], q[k, j]
        _apply_row(kind, uniform, w0, w1, w2, c0, c1, c2, codes, phases, table, p, k, j, target)
        part = kind(0)
        for i in range(1, row.shape[0] - 1):
            part += row[i] * target[i]
        product += part
    return product


@inlined
def _turn_and_apply(uniform, operator, p, z, beta, q, open_below, open_above):  # type: ignore[no-untyped-def]
    kind = p.dtype.type
    _, weights, codes, code_weights, phases, table = operator
    w0, w1, w2 = kind(weights[0]), kind(weights[1]), kind(weights[2])
    c0, c1, c2 = kind(code_weights[0]), kind(code_weights[1]), kind(code_weights[2])
    factor = kind(beta)
    planes = p.shape[0] - 2
    product = 0.0
    for k in range(1, planes + 2):
        if k <= planes:
            for j in range(1, p.shape[1] - 1):
                row, source = p[k, j], z[k, j]
                for i in range(row.shape[0]):
                    row[i] = source[i] + factor * row[i]
        if 1 + open_below <= k - 1 <= planes - open_above:
            product += _apply(
                kind, uniform, w0, w1, w2, c0, c1, c2, codes, phases, table, p, q, k - 1
            )
    return product


@kernel
def _turn_and_apply_uniform(operator, p, z, beta, q, open_below, open_above):  # type: ignore[no-untyped-def]
    return _turn_and_apply(True, operator, p, z, beta, q, open_below, open_above)


@kernel
def _turn_and_apply_of_phases(operator, p, z, beta, q, open_below, open_above):  # type: ignore[no-untyped-def]
    return _turn_and_apply(False, operator, p, z, beta, q, open_below, open_above)


def turn_and_apply(operator, p, z, beta, q, open_below, open_above):  # type: ignore[no-untyped-def]
    """``p = z + beta p`` everywhere, then ``q = A p`` where the neighbouring slabs are not needed.

    Returns this part of ``(p, q)``.
    """
    # chosen here, so that what a volume does not need is not compiled
    chosen = _turn_and_apply_uniform if operator.uniform else _turn_and_apply_of_phases
    return chosen(operator, p, z, beta, q, open_below, open_above)


@inlined
def _apply_planes(uniform, operator, p, q, planes):  # type: ignore[no-untyped-def]
    kind = p.dtype.type
    _, weights, codes, code_weights, phases, table = operator
    w0, w1, w2 = kind(weights[0]), kind(weights[1]), kind(weights[2])
    c0, c1, c2 = kind(code_weights[0]), kind(code_weights[1]), kind(code_weights[2])
    product = 0.0
    for k in planes:
        product += _apply(kind, uniform, w0, w1, w2, c0, c1, c2, codes, phases, table, p, q, k)
    return product


@kernel
def _apply_planes_uniform(operator, p, q, planes):  # type: ignore[no-untyped-def]
    return _apply_planes(True, operator, p, q, planes)


@kernel
def _apply_planes_of_phases(operator, p, q, planes):  # type: ignore[no-untyped-def]
    return _apply_planes(False, operator, p, q, planes)


def apply_planes(operator, p, q, planes):  # type: ignore[no-untyped-def]
    """``q = A p`` on the planes named; returns their part of ``(p, q)``."""
    # chosen here, so that what a volume does not need is not compiled
    chosen = _apply_planes_uniform if operator.uniform else _apply_planes_of_phases
    return chosen(operator, p, q, planes)


@inlined
def _residual(uniform, operator, x, axis, plate, r):  # type: ignore[no-untyped-def]
    kind = np.float64
    _, weights, codes, code_weights, phases, table = operator
    w0, w1, w2 = weights
    c0, c1, c2 = code_weights
    applied = np.zeros(x.shape[2])
    for k in range(1, x.shape[0] - 1):
        for j in range(1, x.shape[1] - 1):
            _apply_row(
                kind, uniform, w0, w1, w2, c0, c1, c2, codes, phases, table, x, k, j, applied
            )
            if plate.size > 0:
                if axis == 0 and k == 1:
                    for i in range(1, x.shape[2] - 1):
                        applied[i] -= plate[j - 1, i - 1]
                elif axis == 1 and j == 1:
                    for i in range(1, x.shape[2] - 1):
                        applied[i] -= plate[k - 1, i - 1]
                elif axis == 2:
                    applied[1] -= plate[k - 1, j - 1]
            target = r[k, j]
            for i in range(1, x.shape[2] - 1):
                target[i] = -applied[i]


@kernel
def _residual_uniform(operator, x, axis, plate, r):  # type: ignore[no-untyped-def]
    return _residual(True, operator, x, axis, plate, r)


@kernel
def _residual_of_phases(operator, x, axis, plate, r):  # type: ignore[no-untyped-def]
    return _residual(False, operator, x, axis, plate, r)


def residual(operator, x, axis, plate, r):  # type: ignore[no-untyped-def]
    """``r = b - A x`` in double precision before it is stored, whatever the vectors have.

    Args:
        operator: The matrix.
        x: Potential.
        axis: Between the plates.
        plate: Conductance from the low plate, at potential 1, to the voxels at it; empty on slabs
            that do not touch it.
        r: Overwritten.
    """
    # chosen here, so that what a volume does not need is not compiled
    chosen = _residual_uniform if operator.uniform else _residual_of_phases
    return chosen(operator, x, axis, plate, r)


@kernel
def step(x, p, r, q, alpha):  # type: ignore[no-untyped-def]
    """``x += alpha p`` and ``r -= alpha q``; returns ``(r, r)``."""
    kind = x.dtype.type
    factor = kind(alpha)
    product = 0.0
    for k in range(1, x.shape[0] - 1):
        for j in range(1, x.shape[1] - 1):
            x_row, p_row, r_row, q_row = x[k, j], p[k, j], r[k, j], q[k, j]
            part = kind(0)
            for i in range(x_row.shape[0]):
                x_row[i] += factor * p_row[i]
                value = r_row[i] - factor * q_row[i]
                r_row[i] = value
                part += value * value
            product += part
    return product


@kernel
def two_products(z, r, q):  # type: ignore[no-untyped-def]
    """``(z, r)`` and ``(z, q)``."""
    kind = r.dtype.type
    with_r, with_q = 0.0, 0.0
    for k in range(1, z.shape[0] - 1):
        for j in range(1, z.shape[1] - 1):
            z_row, r_row, q_row = z[k, j], r[k, j], q[k, j]
            part_r, part_q = kind(0), kind(0)
            for i in range(z_row.shape[0]):
                part_r += z_row[i] * r_row[i]
                part_q += z_row[i] * q_row[i]
            with_r += part_r
            with_q += part_q
    return with_r, with_q


@kernel
def plane_sums(values, sums0, sums1, sums2):  # type: ignore[no-untyped-def]
    """Sums over planes normal to each axis, in double precision.

    Args:
        values: With one more voxel at each end of each axis, which are left out.
        sums0: For each plane normal to axis 0; overwritten, as are the next two.
        sums1: Normal to axis 1.
        sums2: Normal to axis 2.
    """
    sums0[...] = 0.0
    sums1[...] = 0.0
    sums2[...] = 0.0
    for k in range(1, values.shape[0] - 1):
        for j in range(1, values.shape[1] - 1):
            row = values[k, j]
            total = 0.0
            for i in range(1, values.shape[2] - 1):
                value = np.float64(row[i])
                total += value
                sums2[i - 1] += value
            sums0[k - 1] += total
            sums1[j - 1] += total


@kernel
def product(a, b):  # type: ignore[no-untyped-def]
    """``(a, b)`` in double precision, over the voxels within."""
    total = 0.0
    for k in range(1, a.shape[0] - 1):
        for j in range(1, a.shape[1] - 1):
            a_row, b_row = a[k, j], b[k, j]
            for i in range(1, a.shape[2] - 1):
                total += np.float64(a_row[i]) * np.float64(b_row[i])
    return total
