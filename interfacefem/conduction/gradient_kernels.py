# SPDX-License-Identifier: BSD-3-Clause
"""Compiled loops of the conjugate gradients.

Directions and corrections are stored as ``HALF`` (``half_precision``); a direction is what is
stored, so that potential and residual stay consistent in their own precision. Direction times
matrix is never stored: it is made anew, row by row, where it is needed.

Scalar products are summed in single or the vectors' precision within a row, in double over rows.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from interfacefem.compiled import Kernel, inlined, kernel
from interfacefem.conduction.half_precision import as_number, to_half


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
        resistances: Of half a voxel of each phase, in the precision that the operator is used in;
            much, but finite, where nothing conducts.
    """

    uniform: int
    weights: tuple[float, float, float]
    codes: npt.NDArray[np.uint8]
    code_weights: tuple[float, float, float]
    phases: npt.NDArray[np.uint8]
    table: npt.NDArray[np.float64]
    resistances: npt.NDArray[np.floating]


@inlined
def _look_up(resistances, phases, k, j, target):  # type: ignore[no-untyped-def]
    """Resistances of the halves of a row's voxels."""
    row = phases[k, j]
    for i in range(target.shape[0]):
        target[i] = resistances[row[i]]


@inlined
def _faces_to(kind, weight, own, other, faces):  # type: ignore[no-untyped-def]
    """Conductances between two rows: two halves of voxels in series."""
    for i in range(faces.shape[0]):
        faces[i] = weight / (own[i] + other[i])


@inlined
def _apply_row(  # type: ignore[no-untyped-def]
    kind, uniform, w0, w1, w2, c0, c1, c2, codes, phases, resistances, buffers, first, p, k, j,
    target,
):  # fmt: skip
    """One row of ``A p`` in a given precision, planes and rows in their order.

    Resistances of the plane, conductances to the plane and to the row before are kept from there,
    but for the first plane.
    """
    n = p.shape[2] - 2
    row = p[k, j]
    below, above = p[k - 1, j], p[k + 1, j]
    left, right = p[k, j - 1], p[k, j + 1]
    if uniform:
        code_row = codes[k, j]
        for i in range(1, n + 1):
            neighbours = (
                w0 * (kind(as_number(below[i])) + kind(as_number(above[i])))
                + w1 * (kind(as_number(left[i])) + kind(as_number(right[i])))
                + w2 * (kind(as_number(row[i - 1])) + kind(as_number(row[i + 1])))
            )
            code = np.int32(code_row[i])
            diagonal = (
                c0 * kind(code & np.int32(7))
                + c1 * kind((code >> np.int32(3)) & np.int32(3))
                + c2 * kind(code >> np.int32(5))
            )
            target[i] = diagonal * kind(as_number(row[i])) - neighbours if code > 0 else kind(0)
    else:
        halves, faces0, faces1, faces2 = buffers
        here_plane, next_plane = halves[k & 1], halves[(k + 1) & 1]
        own, to_below = here_plane[j], faces0[j]
        if j == 1:
            if first:
                for other in range(here_plane.shape[0]):
                    _look_up(resistances, phases, k - 1, other, next_plane[other])
                    _look_up(resistances, phases, k, other, here_plane[other])
                    _faces_to(kind, w0, here_plane[other], next_plane[other], faces0[other])
            _look_up(resistances, phases, k + 1, 0, next_plane[0])
            last = here_plane.shape[0] - 1
            _look_up(resistances, phases, k + 1, last, next_plane[last])
            _faces_to(kind, w1, own, here_plane[0], faces1)
        for i in range(1, n + 1):
            here = kind(as_number(row[i]))
            target[i] = to_below[i] * (here - kind(as_number(below[i]))) + faces1[i] * (
                here - kind(as_number(left[i]))
            )
        _look_up(resistances, phases, k + 1, j, next_plane[j])
        _faces_to(kind, w0, own, next_plane[j], to_below)
        _faces_to(kind, w1, own, here_plane[j + 1], faces1)
        _faces_to(kind, w2, own, own[1:], faces2)
        for i in range(1, n + 1):
            here = kind(as_number(row[i]))
            target[i] += to_below[i] * (here - kind(as_number(above[i]))) + faces1[i] * (
                here - kind(as_number(right[i]))
            )
        for i in range(1, n + 1):
            here = kind(as_number(row[i]))
            target[i] += faces2[i - 1] * (here - kind(as_number(row[i - 1]))) + faces2[i] * (
                here - kind(as_number(row[i + 1]))
            )


@inlined
def _buffers(kind, phases):  # type: ignore[no-untyped-def]
    """Room for resistances of two planes, conductances of a plane and of two rows."""
    rows, count = phases.shape[1], phases.shape[2]
    return (
        np.zeros((2, rows, count), kind), np.zeros((rows, count), kind), np.zeros(count, kind),
        np.zeros(count - 1, kind),
    )  # fmt: skip


@inlined
def _taken_out(kind, operator):  # type: ignore[no-untyped-def]
    """Weights and arrays of an operator in a precision, as ``_apply_row`` takes them."""
    _, weights, codes, code_weights, phases, _, resistances = operator
    return (
        kind(weights[0]), kind(weights[1]), kind(weights[2]),
        kind(code_weights[0]), kind(code_weights[1]), kind(code_weights[2]),
        codes, phases, resistances,
    )  # fmt: skip


def _of_products(uniform: bool) -> Kernel:
    @kernel
    def products(operator, p, z, r):  # type: ignore[no-untyped-def]
        kind = np.float32
        w0, w1, w2, c0, c1, c2, codes, phases, halves = _taken_out(kind, operator)
        applied = np.zeros(p.shape[2], kind)
        buffers = _buffers(kind, phases)
        with_r, with_q, with_z = 0.0, 0.0, 0.0
        for k in range(1, z.shape[0] - 1):
            for j in range(1, z.shape[1] - 1):
                if not uniform:
                    _apply_row(
                        kind, uniform, w0, w1, w2, c0, c1, c2, codes, phases, halves, buffers,
                        k == 1, p, k, j, applied,
                    )  # fmt: skip
                z_row, r_row = z[k, j], r[k, j]
                part_r, part_q, part_z = kind(0), kind(0), kind(0)
                for i in range(z_row.shape[0]):
                    value = as_number(z_row[i])
                    part_r += value * kind(r_row[i])
                    part_q += value * applied[i]
                    part_z += value * value
                with_r += part_r  # type: ignore[assignment]
                with_q += part_q  # type: ignore[assignment]
                with_z += part_z  # type: ignore[assignment]
        return with_r, with_q, with_z

    return products


def _of_turn(uniform: bool) -> Kernel:
    @kernel
    def turn(operator, p, z, beta, planes, turns, open_below, open_above):  # type: ignore[no-untyped-def]
        kind = np.float32
        w0, w1, w2, c0, c1, c2, codes, phases, halves = _taken_out(kind, operator)
        factor = kind(beta)
        applied = np.zeros(p.shape[2], kind)
        buffers = _buffers(kind, phases)
        last, before = p.shape[0] - 2, -1
        product = 0.0
        for k in planes:
            if turns and k <= last:
                for j in range(1, p.shape[1] - 1):
                    row, source = p[k, j], z[k, j]
                    for i in range(row.shape[0]):
                        row[i] = to_half(as_number(source[i]) + factor * as_number(row[i]))
            at = k - turns
            if turns and not 1 + open_below <= at <= last - open_above:
                continue
            first, before = at != before + 1, at
            for j in range(1, p.shape[1] - 1):
                _apply_row(
                    kind, uniform, w0, w1, w2, c0, c1, c2, codes, phases, halves, buffers, first,
                    p, at, j, applied,
                )  # fmt: skip
                row = p[at, j]
                part = kind(0)
                for i in range(1, row.shape[0] - 1):
                    part += as_number(row[i]) * applied[i]
                product += part  # type: ignore[assignment]
        return product

    return turn


def _of_step(uniform: bool) -> Kernel:
    @kernel
    def step(operator, x, p, r, alpha):  # type: ignore[no-untyped-def]
        kind = x.dtype.type
        w0, w1, w2, c0, c1, c2, codes, phases, halves = _taken_out(kind, operator)
        factor = kind(alpha)
        applied = np.zeros(p.shape[2], kind)
        buffers = _buffers(kind, phases)
        product = 0.0
        for k in range(1, x.shape[0] - 1):
            for j in range(1, x.shape[1] - 1):
                _apply_row(
                    kind, uniform, w0, w1, w2, c0, c1, c2, codes, phases, halves, buffers, k == 1,
                    p, k, j, applied,
                )  # fmt: skip
                x_row, p_row, r_row = x[k, j], p[k, j], r[k, j]
                part = kind(0)
                for i in range(x_row.shape[0]):
                    x_row[i] += factor * kind(as_number(p_row[i]))
                    value = r_row[i] - factor * applied[i]
                    r_row[i] = value
                    part += value * value
                product += part  # type: ignore[assignment]
        return product

    return step


def _of_residual(uniform: bool) -> Kernel:
    @kernel
    def residual(operator, x, axis, plate, r):  # type: ignore[no-untyped-def]
        kind = np.float64
        w0, w1, w2, c0, c1, c2, codes, phases, halves = _taken_out(kind, operator)
        applied = np.zeros(x.shape[2])
        buffers = _buffers(kind, phases)
        for k in range(1, x.shape[0] - 1):
            for j in range(1, x.shape[1] - 1):
                _apply_row(
                    kind, uniform, w0, w1, w2, c0, c1, c2, codes, phases, halves, buffers, k == 1,
                    x, k, j, applied,
                )  # fmt: skip
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

    return residual


# made for each kind of volume, so that what a volume does not need is not compiled
_PRODUCTS = (_of_products(False), _of_products(True))
_TURN = (_of_turn(False), _of_turn(True))
_STEP = (_of_step(False), _of_step(True))
_RESIDUAL = (_of_residual(False), _of_residual(True))


def products(operator, p, z, r):  # type: ignore[no-untyped-def]
    """``(z, r)``, ``(z, A p)`` and ``(z, z)``; neighbouring slabs' planes of ``p`` exchanged.

    The second is asked for, and computed, only where several phases conduct.
    """
    return _PRODUCTS[operator.uniform](operator, p, z, r)


def turn_and_apply(operator, p, z, beta, open_below, open_above):  # type: ignore[no-untyped-def]
    """``p = z + beta p`` everywhere, then ``A p`` where the neighbouring slabs are not needed.

    Returns this part of ``(p, A p)``.
    """
    planes = np.arange(1, p.shape[0])
    return _TURN[operator.uniform](operator, p, z, beta, planes, 1, open_below, open_above)


def apply_planes(operator, p, planes):  # type: ignore[no-untyped-def]
    """The part of ``(p, A p)`` of the planes named."""
    return _TURN[operator.uniform](operator, p, p, 0.0, planes, 0, 0, 0)


def step(operator, x, p, r, alpha):  # type: ignore[no-untyped-def]
    """``x += alpha p`` and ``r -= alpha A p``; returns ``(r, r)``."""
    return _STEP[operator.uniform](operator, x, p, r, alpha)


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
    return _RESIDUAL[operator.uniform](operator, x, axis, plate, r)


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
