# SPDX-License-Identifier: BSD-3-Clause
"""Compiled loops of the conjugate gradients, in double precision."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from interfacefem.volumes.compiled import inlined, kernel


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
def _apply(operator, p, q, k):  # type: ignore[no-untyped-def]
    """One plane of ``q = A p``; returns its part of ``(p, q)``."""
    n = p.shape[2] - 2
    product = 0.0
    for j in range(1, p.shape[1] - 1):
        row, target = p[k, j], q[k, j]
        below, above = p[k - 1, j], p[k + 1, j]
        left, right = p[k, j - 1], p[k, j + 1]
        if operator.uniform:
            w0, w1, w2 = operator.weights
            c0, c1, c2 = operator.code_weights
            codes = operator.codes[k, j]
            for i in range(1, n + 1):
                neighbours = (
                    w0 * (below[i] + above[i])
                    + w1 * (left[i] + right[i])
                    + w2 * (row[i - 1] + row[i + 1])
                )
                code = np.int32(codes[i])
                diagonal = c0 * (code & 7) + c1 * ((code >> 3) & 3) + c2 * (code >> 5)
                value = diagonal * row[i] - neighbours if code else 0.0
                target[i] = value
                product += value * row[i]
        else:
            phases = operator.phases
            for i in range(1, n + 1):
                phase, here = phases[k, j, i], row[i]
                along0, along1 = operator.table[0, phase], operator.table[1, phase]
                along2 = operator.table[2, phase]
                value = (
                    along0[phases[k - 1, j, i]] * (here - below[i])
                    + along0[phases[k + 1, j, i]] * (here - above[i])
                    + along1[phases[k, j - 1, i]] * (here - left[i])
                    + along1[phases[k, j + 1, i]] * (here - right[i])
                    + along2[phases[k, j, i - 1]] * (here - row[i - 1])
                    + along2[phases[k, j, i + 1]] * (here - row[i + 1])
                )
                target[i] = value
                product += value * here
    return product


@inlined
def _turn(p, z, beta, k):  # type: ignore[no-untyped-def]
    for j in range(1, p.shape[1] - 1):
        row, source = p[k, j], z[k, j]
        for i in range(row.shape[0]):
            row[i] = source[i] + beta * row[i]


@kernel
def turn_and_apply(operator, p, z, beta, q, open_below, open_above):  # type: ignore[no-untyped-def]
    """``p = z + beta p`` everywhere, then ``q = A p`` where the neighbouring slabs are not needed.

    Returns this part of ``(p, q)``.
    """
    planes = p.shape[0] - 2
    product = 0.0
    for k in range(1, planes + 2):
        if k <= planes:
            _turn(p, z, beta, k)
        if 1 + open_below <= k - 1 <= planes - open_above:
            product += _apply(operator, p, q, k - 1)
    return product


@kernel
def apply_planes(operator, p, q, planes):  # type: ignore[no-untyped-def]
    """``q = A p`` on the planes named; returns their part of ``(p, q)``."""
    product = 0.0
    for k in planes:
        product += _apply(operator, p, q, k)
    return product


@kernel
def step(x, p, r, q, alpha):  # type: ignore[no-untyped-def]
    """``x += alpha p`` and ``r -= alpha q``; returns ``(r, r)``."""
    product = 0.0
    for k in range(1, x.shape[0] - 1):
        for j in range(1, x.shape[1] - 1):
            x_row, p_row, r_row, q_row = x[k, j], p[k, j], r[k, j], q[k, j]
            for i in range(x_row.shape[0]):
                x_row[i] += alpha * p_row[i]
                value = r_row[i] - alpha * q_row[i]
                r_row[i] = value
                product += value * value
    return product


@kernel
def two_products(z, r, q):  # type: ignore[no-untyped-def]
    """``(z, r)`` and ``(z, q)``."""
    with_r, with_q = 0.0, 0.0
    for k in range(1, z.shape[0] - 1):
        for j in range(1, z.shape[1] - 1):
            z_row, r_row, q_row = z[k, j], r[k, j], q[k, j]
            for i in range(z_row.shape[0]):
                with_r += z_row[i] * r_row[i]
                with_q += z_row[i] * q_row[i]
    return with_r, with_q
