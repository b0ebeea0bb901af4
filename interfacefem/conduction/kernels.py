# SPDX-License-Identifier: BSD-3-Clause
"""Compiled loops over voxels: red-black Gauss-Seidel and the transfer between grids.

Arrays have one more voxel at each end of each axis, where potentials are zero: outer faces then
need no case of their own, and neighbouring slabs' planes have a place. Voxels that do not conduct
keep the value zero, so that sums over neighbours need not ask which of them conduct.

Red-black sweeps compute whole rows into a buffer and blend the points of one colour into place;
rows vectorise, sweeps in place do not. Both colours, and the residual or the correction, follow
each other plane by plane, while the planes are in the processor's cache.

Kernels take the arrays out of the stencil first and hand them on one by one, and ask outside all
loops whether the grid is uniform: loops take two or three times as long otherwise.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from interfacefem.compiled import inlined, kernel

Single = npt.NDArray[np.float32]


class Stencil(NamedTuple):
    """Conductances of one grid.

    Attributes:
        uniform: 1 if all conducting voxels conduct equally: the next three say all, and the last
            four arrays are empty. 0 otherwise, and ``codes`` is empty.
        weights: Conductance between neighbours along axes 0, 1, 2, float32.
        code_weights: Conductances that the three parts of a code count, float32.
        codes: For each voxel what its diagonal entry is the sum of (``diagonal_codes``), 0 where it
            does not conduct, uint8. A quarter of the memory of the entry itself.
        inverse: One over the diagonal entry of each voxel, float32, 0 where it does not conduct.
        along0: Conductance between voxels k and k + 1 along axis 0, float32.
        along1: The same along axis 1.
        along2: The same along axis 2.
    """

    uniform: int
    weights: Single
    code_weights: Single
    codes: npt.NDArray[np.uint8]
    inverse: Single
    along0: Single
    along1: Single
    along2: Single

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the grid's arrays."""
        return self.codes.shape if self.uniform else self.inverse.shape

    @property
    def conducts(self) -> npt.NDArray[np.bool_]:
        """Which voxels conduct."""
        return self.codes > 0 if self.uniform else self.inverse > 0


@inlined
def _neighbours(uniform, w0, w1, w2, along0, along1, along2, x, k, j, total):  # type: ignore[no-untyped-def]
    """Sum of conductance times potential over the six neighbours of each voxel of a row."""
    n = total.shape[0]
    row = x[k, j]
    below, above = x[k - 1, j], x[k + 1, j]
    left, right = x[k, j - 1], x[k, j + 1]
    if uniform:
        for i in range(n):
            total[i] = (
                w0 * (below[i + 1] + above[i + 1])
                + w1 * (left[i + 1] + right[i + 1])
                + w2 * (row[i] + row[i + 2])
            )
    else:
        # a few arrays at a time: more of them at once are not vectorised
        t_below, t_above = along0[k - 1, j], along0[k, j]
        for i in range(n):
            total[i] = t_below[i + 1] * below[i + 1] + t_above[i + 1] * above[i + 1]
        t_left, t_right = along1[k, j - 1], along1[k, j]
        for i in range(n):
            total[i] += t_left[i + 1] * left[i + 1] + t_right[i + 1] * right[i + 1]
        t_row = along2[k, j]
        for i in range(n):
            total[i] += t_row[i] * row[i] + t_row[i + 1] * row[i + 2]


@inlined
def _inverse_row(uniform, c0, c1, c2, codes, inverse, k, j, one_over):  # type: ignore[no-untyped-def]
    """One over the diagonal entries of a row, 0 where nothing conducts."""
    if not uniform:
        return inverse[k, j]
    row = codes[k, j]
    for i in range(row.shape[0]):
        code = np.int32(row[i])
        # 32 bits throughout: 64 would halve what is done at once
        diagonal = (
            c0 * np.float32(code & np.int32(7))
            + c1 * np.float32((code >> np.int32(3)) & np.int32(3))
            + c2 * np.float32(code >> np.int32(5))
        )
        one_over[i] = np.float32(1) / diagonal if code > 0 else np.float32(0)
    return one_over


@inlined
def _first_of_colour(colour, parity, k, j):  # type: ignore[no-untyped-def]
    """Place in a row of the first voxel of a colour: 0 or 1."""
    # 32 bits, as the potentials: then their choice by colour is vectorised as they are
    return np.int32((colour + parity + k + j) & 1)


@inlined
def _divide(uniform, c0, c1, c2, codes, inverse, x, b, k, parity, one_over):  # type: ignore[no-untyped-def]
    """The first colour of a plane from zero potentials; the other colour is set to zero."""
    for j in range(1, x.shape[1] - 1):
        over = _inverse_row(uniform, c0, c1, c2, codes, inverse, k, j, one_over)
        row, source = x[k, j], b[k, j]
        first = _first_of_colour(0, parity, k, j)
        for i in range(row.shape[0] - 2):
            value = np.float32(source[i + 1]) * over[i + 1]
            row[i + 1] = value if (np.int32(i) + first) & np.int32(1) == 0 else np.float32(0)


@inlined
def _smooth(  # type: ignore[no-untyped-def]
    uniform, w0, w1, w2, c0, c1, c2, codes, inverse, along0, along1, along2,
    x, b, k, colour, parity, total, one_over,
):  # fmt: skip
    """One colour of a plane, from its neighbours."""
    for j in range(1, x.shape[1] - 1):
        _neighbours(uniform, w0, w1, w2, along0, along1, along2, x, k, j, total)
        over = _inverse_row(uniform, c0, c1, c2, codes, inverse, k, j, one_over)
        row, source = x[k, j], b[k, j]
        first = _first_of_colour(colour, parity, k, j)
        for i in range(total.shape[0]):
            value = (np.float32(source[i + 1]) + total[i]) * over[i + 1]
            if (np.int32(i) + first) & np.int32(1) == 0:
                row[i + 1] = value


@inlined
def _restrict(  # type: ignore[no-untyped-def]
    uniform, w0, w1, w2, c0, c1, c2, codes, inverse, along0, along1, along2,
    x, b, k, parity, from_zero, coarse, f0, f1, f2, total, one_over,
):  # fmt: skip
    """Add the residual of a plane to the coarse grid; it is zero at the colour done last."""
    n = total.shape[0]
    coarse_k = (k - 1) // f0 + 1
    for j in range(1, x.shape[1] - 1):
        _neighbours(uniform, w0, w1, w2, along0, along1, along2, x, k, j, total)
        over = _inverse_row(uniform, c0, c1, c2, codes, inverse, k, j, one_over)
        first = _first_of_colour(0, parity, k, j)
        if from_zero:
            # what the first colour was made from is used up by its own diagonal
            for i in range(n):
                conducts = over[i + 1] > 0 and (np.int32(i) + first) & np.int32(1) == 0
                total[i] = total[i] if conducts else np.float32(0)
        else:
            row, source = x[k, j], b[k, j]
            for i in range(n):
                conducts = over[i + 1] > 0 and (np.int32(i) + first) & np.int32(1) == 0
                diagonal = np.float32(1) / max(over[i + 1], np.float32(1e-30))
                value = np.float32(source[i + 1]) + total[i] - row[i + 1] * diagonal
                total[i] = value if conducts else np.float32(0)
        target = coarse[coarse_k, (j - 1) // f1 + 1]
        if f2 == 2:
            for i in range(n // 2):
                target[i + 1] += total[2 * i] + total[2 * i + 1]
            if n % 2:
                target[n // 2 + 1] += total[n - 1]
        else:
            for i in range(n):
                target[i + 1] += total[i]


@inlined
def _correct(uniform, codes, inverse, x, coarse, k, parity, f0, f1, f2, total):  # type: ignore[no-untyped-def]
    """Add the coarse grid's potentials to the first colour of a plane."""
    n = total.shape[0]
    # the plane below the first belongs to the coarse plane below the first
    coarse_k = (k + f0 - 1) // f0
    for j in range(1, x.shape[1] - 1):
        source = coarse[coarse_k, (j - 1) // f1 + 1]
        if f2 == 2:
            for i in range(n // 2):
                total[2 * i] = source[i + 1]
                total[2 * i + 1] = source[i + 1]
            if n % 2:
                total[n - 1] = source[n // 2 + 1]
        else:
            for i in range(n):
                total[i] = source[i + 1]
        row = x[k, j]
        first = _first_of_colour(0, parity, k, j)
        if uniform:
            code = codes[k, j]
            for i in range(n):
                conducts = code[i + 1] > 0 and (np.int32(i) + first) & np.int32(1) == 0
                row[i + 1] += total[i] if conducts else np.float32(0)
        else:
            one_over = inverse[k, j]
            for i in range(n):
                conducts = one_over[i + 1] > 0 and (np.int32(i) + first) & np.int32(1) == 0
                row[i + 1] += total[i] if conducts else np.float32(0)


@inlined
def _descend(uniform, stencil, x, b, coarse, factors, parity, from_zero, open_below, open_above):  # type: ignore[no-untyped-def]
    _, weights, code_weights, codes, inverse, along0, along1, along2 = stencil
    w0, w1, w2 = weights[0], weights[1], weights[2]
    c0, c1, c2 = code_weights[0], code_weights[1], code_weights[2]
    f0, f1, f2 = factors
    planes, n = x.shape[0] - 2, x.shape[2] - 2
    total, one_over = np.empty(n, np.float32), np.empty(n + 2, np.float32)
    coarse[...] = np.float32(0)
    for k in range(1, planes + 3):
        if k <= planes:
            if from_zero:
                _divide(uniform, c0, c1, c2, codes, inverse, x, b, k, parity, one_over)
            else:
                _smooth(
                    uniform, w0, w1, w2, c0, c1, c2, codes, inverse, along0, along1, along2,
                    x, b, k, 0, parity, total, one_over,
                )  # fmt: skip
        if 1 + open_below <= k - 1 <= planes - open_above:
            _smooth(
                uniform, w0, w1, w2, c0, c1, c2, codes, inverse, along0, along1, along2,
                x, b, k - 1, 1, parity, total, one_over,
            )  # fmt: skip
        if 1 + 2 * open_below <= k - 2 <= planes - 2 * open_above:
            _restrict(
                uniform, w0, w1, w2, c0, c1, c2, codes, inverse, along0, along1, along2,
                x, b, k - 2, parity, from_zero, coarse, f0, f1, f2, total, one_over,
            )  # fmt: skip


@kernel
def descend(stencil, x, b, coarse, factors, parity, from_zero, open_below, open_above):  # type: ignore[no-untyped-def]
    """Sweep over both colours, then restrict the residual, as far as this slab alone can.

    Args:
        stencil: Conductances.
        x: Potentials, float32; overwritten.
        b: Right-hand side.
        coarse: Right-hand side of the coarse grid; overwritten.
        factors: How many voxels become one along each axis, 1 or 2.
        parity: Parity of the slab's first plane in the whole volume.
        from_zero: Whether ``x`` is to be taken as zero.
        open_below: 1 if another slab follows below, 0 otherwise.
        open_above: The same above.
    """
    if stencil.uniform:
        _descend(True, stencil, x, b, coarse, factors, parity, from_zero, open_below, open_above)
    else:
        _descend(False, stencil, x, b, coarse, factors, parity, from_zero, open_below, open_above)


@inlined
def _smooth_planes(uniform, stencil, x, b, colour, parity, planes):  # type: ignore[no-untyped-def]
    _, weights, code_weights, codes, inverse, along0, along1, along2 = stencil
    w0, w1, w2 = weights[0], weights[1], weights[2]
    c0, c1, c2 = code_weights[0], code_weights[1], code_weights[2]
    n = x.shape[2] - 2
    total, one_over = np.empty(n, np.float32), np.empty(n + 2, np.float32)
    for k in planes:
        _smooth(
            uniform, w0, w1, w2, c0, c1, c2, codes, inverse, along0, along1, along2,
            x, b, k, colour, parity, total, one_over,
        )  # fmt: skip


@kernel
def smooth_planes(stencil, x, b, colour, parity, planes):  # type: ignore[no-untyped-def]
    """Smooth one colour of the planes named."""
    if stencil.uniform:
        _smooth_planes(True, stencil, x, b, colour, parity, planes)
    else:
        _smooth_planes(False, stencil, x, b, colour, parity, planes)


@inlined
def _restrict_planes(uniform, stencil, x, b, coarse, factors, parity, from_zero, planes):  # type: ignore[no-untyped-def]
    _, weights, code_weights, codes, inverse, along0, along1, along2 = stencil
    w0, w1, w2 = weights[0], weights[1], weights[2]
    c0, c1, c2 = code_weights[0], code_weights[1], code_weights[2]
    f0, f1, f2 = factors
    n = x.shape[2] - 2
    total, one_over = np.empty(n, np.float32), np.empty(n + 2, np.float32)
    for k in planes:
        _restrict(
            uniform, w0, w1, w2, c0, c1, c2, codes, inverse, along0, along1, along2,
            x, b, k, parity, from_zero, coarse, f0, f1, f2, total, one_over,
        )  # fmt: skip


@kernel
def restrict_planes(stencil, x, b, coarse, factors, parity, from_zero, planes):  # type: ignore[no-untyped-def]
    """Restrict the residual of the planes named."""
    if stencil.uniform:
        _restrict_planes(True, stencil, x, b, coarse, factors, parity, from_zero, planes)
    else:
        _restrict_planes(False, stencil, x, b, coarse, factors, parity, from_zero, planes)


@inlined
def _ascend(uniform, stencil, x, b, coarse, factors, parity, open_below, open_above):  # type: ignore[no-untyped-def]
    _, weights, code_weights, codes, inverse, along0, along1, along2 = stencil
    w0, w1, w2 = weights[0], weights[1], weights[2]
    c0, c1, c2 = code_weights[0], code_weights[1], code_weights[2]
    f0, f1, f2 = factors
    planes, n = x.shape[0] - 2, x.shape[2] - 2
    total, one_over = np.empty(n, np.float32), np.empty(n + 2, np.float32)
    if open_below:
        _correct(uniform, codes, inverse, x, coarse, 0, parity, f0, f1, f2, total)
    for k in range(1, planes + 3):
        if k <= planes + open_above:
            _correct(uniform, codes, inverse, x, coarse, k, parity, f0, f1, f2, total)
        if 1 <= k - 1 <= planes:
            _smooth(
                uniform, w0, w1, w2, c0, c1, c2, codes, inverse, along0, along1, along2,
                x, b, k - 1, 1, parity, total, one_over,
            )  # fmt: skip
        if 1 + open_below <= k - 2 <= planes - open_above:
            _smooth(
                uniform, w0, w1, w2, c0, c1, c2, codes, inverse, along0, along1, along2,
                x, b, k - 2, 0, parity, total, one_over,
            )  # fmt: skip


@kernel
def ascend(stencil, x, b, coarse, factors, parity, open_below, open_above):  # type: ignore[no-untyped-def]
    """Correct from the coarse grid, then sweep in the opposite order, as ``descend`` did."""
    if stencil.uniform:
        _ascend(True, stencil, x, b, coarse, factors, parity, open_below, open_above)
    else:
        _ascend(False, stencil, x, b, coarse, factors, parity, open_below, open_above)
