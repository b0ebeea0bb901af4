# SPDX-License-Identifier: BSD-3-Clause
"""Compiled loops over voxels: red-black Gauss-Seidel and the transfer between grids.

Arrays have one more voxel at each end of each axis, where potentials are zero: outer faces then
need no case of their own, and neighbouring slabs' planes have a place. Voxels that do not conduct
keep the value zero, so that sums over neighbours need not ask which of them conduct.

Potentials, conductances and coarse right-hand sides are stored in 16 bits (``half_precision``); all
arithmetic is in single precision. The right-hand side of the finest grid is the residual times a
``scale`` that keeps potentials within the range of halves; other grids have the scale 1.

Red-black sweeps compute whole rows into a buffer and blend the points of one colour into place;
rows vectorise, sweeps in place do not. Both colours, and the residual or the correction, follow
each other plane by plane, while the planes are in the processor's cache.

Kernels take the arrays out of the stencil first and hand them on one by one, and are made anew for
grids that are uniform and for those that are not: loops take two or three times as long otherwise.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from interfacefem.compiled import Kernel, inlined, kernel
from interfacefem.conduction.half_precision import as_number, to_brain, to_half

Single = npt.NDArray[np.float32]
Brains = npt.NDArray[np.int16]
Minis = npt.NDArray[np.uint8]


class Stencil(NamedTuple):
    """Conductances of one grid.

    Attributes:
        uniform: 1 if all conducting voxels conduct equally: the next three say all, and the last
            three arrays are empty. 0 otherwise, and ``codes`` is empty.
        weights: Conductance between neighbours along axes 0, 1, 2, float32.
        code_weights: Conductances that the three parts of a code count, float32.
        codes: For each voxel what its diagonal entry is the sum of (``diagonal_codes``), 0 where it
            does not conduct, uint8.
        unit: Times which the next three are to be taken, float32.
        along0: Conductance between voxels k and k + 1 along axis 0, stored as ``BRAIN`` (finest
            grid) or ``MINI`` (coarse grids).
        along1: The same along axis 1.
        along2: The same along axis 2.
    """

    uniform: int
    weights: Single
    code_weights: Single
    codes: npt.NDArray[np.uint8]
    unit: np.float32
    along0: Brains | Minis
    along1: Brains | Minis
    along2: Brains | Minis

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the grid's arrays."""
        return self.codes.shape if self.uniform else self.along0.shape


@inlined
def _row_sums(  # type: ignore[no-untyped-def]
    uniform, w0, w1, w2, c0, c1, c2, codes, along0, along1, along2, x, k, j, alone, total, diagonal
):
    """Of a row: conductance times potential over the six neighbours, and the diagonal entry.

    Both over the unit of the conductances, as is the scale of the right-hand side in what follows.
    Where the row stands alone, potentials beside it are not looked at.
    """
    n = total.shape[0]
    row = x[k, j]
    below, above = x[k - 1, j], x[k + 1, j]
    left, right = x[k, j - 1], x[k, j + 1]
    if uniform:
        row_codes = codes[k, j]
        for i in range(n):
            # 32 bits throughout: 64 would halve what is done at once
            code = np.int32(row_codes[i + 1])
            diagonal[i] = (
                c0 * np.float32(code & np.int32(7))
                + c1 * np.float32((code >> np.int32(3)) & np.int32(3))
                + c2 * np.float32(code >> np.int32(5))
            )
        for i in range(0 if alone else n):
            total[i] = (
                w0 * (as_number(below[i + 1]) + as_number(above[i + 1]))
                + w1 * (as_number(left[i + 1]) + as_number(right[i + 1]))
                + w2 * (as_number(row[i]) + as_number(row[i + 2]))
            )
    else:
        # a few arrays at a time: more of them at once are not vectorised
        t_below, t_above = along0[k - 1, j], along0[k, j]
        for i in range(n):
            one, other = as_number(t_below[i + 1]), as_number(t_above[i + 1])
            total[i] = one * as_number(below[i + 1]) + other * as_number(above[i + 1])
            diagonal[i] = one + other
        t_left, t_right = along1[k, j - 1], along1[k, j]
        for i in range(n):
            one, other = as_number(t_left[i + 1]), as_number(t_right[i + 1])
            total[i] += one * as_number(left[i + 1]) + other * as_number(right[i + 1])
            diagonal[i] += one + other
        t_row = along2[k, j]
        for i in range(n):
            one, other = as_number(t_row[i]), as_number(t_row[i + 1])
            total[i] += one * as_number(row[i]) + other * as_number(row[i + 2])
            diagonal[i] += one + other


@inlined
def _first_of_colour(colour, parity, k, j):  # type: ignore[no-untyped-def]
    """Place in a row of the first voxel of a colour: 0 or 1."""
    # 32 bits, as the arithmetic: then the choice by colour is vectorised as it is
    return np.int32((colour + parity + k + j) & 1)


@inlined
def _smooth(  # type: ignore[no-untyped-def]
    uniform, w0, w1, w2, c0, c1, c2, codes, along0, along1, along2,
    x, b, scale, k, colour, parity, from_zero, total, diagonal,
):  # fmt: skip
    """One colour of a plane, from its neighbours; from zero potentials, the other one is zero."""
    none = np.float32(0)
    for j in range(1, x.shape[1] - 1):
        _row_sums(
            uniform, w0, w1, w2, c0, c1, c2, codes, along0, along1, along2, x, k, j, from_zero,
            total, diagonal,
        )  # fmt: skip
        row, source = x[k, j], b[k, j]
        first = _first_of_colour(colour, parity, k, j)
        if from_zero:
            # what is there is not to be looked at: it may be no number
            for i in range(total.shape[0]):
                over = np.float32(1) / diagonal[i] if diagonal[i] > 0 else none
                value = scale * np.float32(as_number(source[i + 1])) * over
                row[i + 1] = to_half(value if (np.int32(i) + first) & np.int32(1) == 0 else none)
        else:
            for i in range(total.shape[0]):
                over = np.float32(1) / diagonal[i] if diagonal[i] > 0 else none
                value = (scale * np.float32(as_number(source[i + 1])) + total[i]) * over
                bits = to_half(value)
                row[i + 1] = bits if (np.int32(i) + first) & np.int32(1) == 0 else row[i + 1]


@inlined
def _restrict(  # type: ignore[no-untyped-def]
    uniform, w0, w1, w2, c0, c1, c2, codes, along0, along1, along2,
    x, b, scale, unit, k, parity, coarse, f0, f1, f2, total, diagonal,
):  # fmt: skip
    """Add the residual of a plane to the coarse grid; it is zero at the colour done last."""
    n = total.shape[0]
    coarse_k = (k - 1) // f0 + 1
    for j in range(1, x.shape[1] - 1):
        _row_sums(
            uniform, w0, w1, w2, c0, c1, c2, codes, along0, along1, along2, x, k, j, False,
            total, diagonal,
        )  # fmt: skip
        row, source = x[k, j], b[k, j]
        first = _first_of_colour(0, parity, k, j)
        for i in range(n):
            counts = diagonal[i] > 0 and (np.int32(i) + first) & np.int32(1) == 0
            value = scale * np.float32(as_number(source[i + 1])) + total[i]
            value -= as_number(row[i + 1]) * diagonal[i]
            total[i] = unit * value if counts else np.float32(0)
        target = coarse[coarse_k, (j - 1) // f1 + 1]
        if f2 == 2:
            for i in range(n // 2):
                target[i + 1] = to_brain(as_number(target[i + 1]) + total[2 * i] + total[2 * i + 1])
            if n % 2:
                target[n // 2 + 1] = to_brain(as_number(target[n // 2 + 1]) + total[n - 1])
        else:
            for i in range(n):
                target[i + 1] = to_brain(as_number(target[i + 1]) + total[i])


@inlined
def _correct(uniform, codes, x, coarse, k, parity, f0, f1, f2, total):  # type: ignore[no-untyped-def]
    """Add the coarse grid's potentials to the first colour of a plane."""
    n = total.shape[0]
    # the plane below the first belongs to the coarse plane below the first
    coarse_k = (k + f0 - 1) // f0
    for j in range(1, x.shape[1] - 1):
        source = coarse[coarse_k, (j - 1) // f1 + 1]
        if f2 == 2:
            for i in range(n // 2):
                total[2 * i] = as_number(source[i + 1])
                total[2 * i + 1] = as_number(source[i + 1])
            if n % 2:
                total[n - 1] = as_number(source[n // 2 + 1])
        else:
            for i in range(n):
                total[i] = as_number(source[i + 1])
        row = x[k, j]
        first = _first_of_colour(0, parity, k, j)
        if uniform:
            code = codes[k, j]
            for i in range(n):
                counts = code[i + 1] > 0 and (np.int32(i) + first) & np.int32(1) == 0
                value = as_number(row[i + 1]) + (total[i] if counts else np.float32(0))
                row[i + 1] = to_half(value)
        else:
            # where nothing conducts, nothing is led to, and the sweep to come sets zero
            for i in range(n):
                counts = (np.int32(i) + first) & np.int32(1) == 0
                value = as_number(row[i + 1]) + (total[i] if counts else np.float32(0))
                row[i + 1] = to_half(value)


@inlined
def _taken_out(stencil):  # type: ignore[no-untyped-def]
    """Weights and arrays of a stencil, as the parts of kernels take them."""
    _, weights, code_weights, codes, _, along0, along1, along2 = stencil
    return (
        weights[0], weights[1], weights[2], code_weights[0], code_weights[1], code_weights[2],
        codes, along0, along1, along2,
    )  # fmt: skip


def _descending(uniform: bool) -> Kernel:
    @kernel
    def descend(  # type: ignore[no-untyped-def]
        stencil, x, b, scale, coarse, factors, parity, from_zero, open_below, open_above
    ):
        w0, w1, w2, c0, c1, c2, codes, along0, along1, along2 = _taken_out(stencil)
        unit = stencil.unit
        scale /= unit
        f0, f1, f2 = factors
        planes, n = x.shape[0] - 2, x.shape[2] - 2
        total, diagonal = np.empty(n, np.float32), np.empty(n, np.float32)
        coarse[...] = 0
        for k in range(1, planes + 3):
            for colour in range(2):
                at = k - colour
                low, high = 1 + colour * open_below, planes - colour * open_above
                if low <= at <= high:
                    _smooth(
                        uniform, w0, w1, w2, c0, c1, c2, codes, along0, along1, along2, x, b,
                        scale, at, colour, parity, from_zero and colour == 0, total, diagonal,
                    )  # fmt: skip
            if 1 + 2 * open_below <= k - 2 <= planes - 2 * open_above:
                _restrict(
                    uniform, w0, w1, w2, c0, c1, c2, codes, along0, along1, along2, x, b,
                    scale, unit, k - 2, parity, coarse, f0, f1, f2, total, diagonal,
                )  # fmt: skip

    return descend


def _ascending(uniform: bool) -> Kernel:
    @kernel
    def ascend(  # type: ignore[no-untyped-def]
        stencil, x, b, scale, coarse, factors, parity, open_below, open_above
    ):
        w0, w1, w2, c0, c1, c2, codes, along0, along1, along2 = _taken_out(stencil)
        unit = stencil.unit
        scale /= unit
        f0, f1, f2 = factors
        planes, n = x.shape[0] - 2, x.shape[2] - 2
        total, diagonal = np.empty(n, np.float32), np.empty(n, np.float32)
        for k in range(1 - open_below, planes + 3):
            if k <= planes + open_above:
                _correct(uniform, codes, x, coarse, k, parity, f0, f1, f2, total)
            for behind in range(1, 3):
                at, ends = k - behind, behind - 1
                if 1 + ends * open_below <= at <= planes - ends * open_above:
                    _smooth(
                        uniform, w0, w1, w2, c0, c1, c2, codes, along0, along1, along2, x, b,
                        scale, at, 2 - behind, parity, False, total, diagonal,
                    )  # fmt: skip

    return ascend


def _smoothing_planes(uniform: bool) -> Kernel:
    @kernel
    def smooth_planes(stencil, x, b, scale, colour, parity, planes):  # type: ignore[no-untyped-def]
        w0, w1, w2, c0, c1, c2, codes, along0, along1, along2 = _taken_out(stencil)
        unit = stencil.unit
        scale /= unit
        n = x.shape[2] - 2
        total, diagonal = np.empty(n, np.float32), np.empty(n, np.float32)
        for k in planes:
            _smooth(
                uniform, w0, w1, w2, c0, c1, c2, codes, along0, along1, along2, x, b,
                scale, k, colour, parity, False, total, diagonal,
            )  # fmt: skip

    return smooth_planes


def _restricting_planes(uniform: bool) -> Kernel:
    @kernel
    def restrict_planes(stencil, x, b, scale, coarse, factors, parity, planes):  # type: ignore[no-untyped-def]
        w0, w1, w2, c0, c1, c2, codes, along0, along1, along2 = _taken_out(stencil)
        unit = stencil.unit
        scale /= unit
        f0, f1, f2 = factors
        n = x.shape[2] - 2
        total, diagonal = np.empty(n, np.float32), np.empty(n, np.float32)
        for k in planes:
            _restrict(
                uniform, w0, w1, w2, c0, c1, c2, codes, along0, along1, along2, x, b,
                scale, unit, k, parity, coarse, f0, f1, f2, total, diagonal,
            )  # fmt: skip

    return restrict_planes


_DESCEND = (_descending(False), _descending(True))
_ASCEND = (_ascending(False), _ascending(True))
_SMOOTH = (_smoothing_planes(False), _smoothing_planes(True))
_RESTRICT = (_restricting_planes(False), _restricting_planes(True))


def descend(stencil, x, b, scale, coarse, factors, parity, from_zero, open_below, open_above):  # type: ignore[no-untyped-def]
    """Sweep over both colours, then restrict the residual, as far as this slab alone can.

    Args:
        stencil: Conductances.
        x: Potentials, ``HALF``; overwritten.
        b: Right-hand side.
        scale: Times which it is taken, float32.
        coarse: Right-hand side of the coarse grid, ``BRAIN``; overwritten.
        factors: How many voxels become one along each axis, 1 or 2.
        parity: Parity of the slab's first plane in the whole volume.
        from_zero: Whether ``x`` is to be taken as zero.
        open_below: 1 if another slab follows below, 0 otherwise.
        open_above: The same above.
    """
    _DESCEND[stencil.uniform](
        stencil, x, b, scale, coarse, factors, parity, from_zero, open_below, open_above
    )


def ascend(stencil, x, b, scale, coarse, factors, parity, open_below, open_above):  # type: ignore[no-untyped-def]
    """Correct from the coarse grid, then sweep in the opposite order, as ``descend`` did."""
    _ASCEND[stencil.uniform](stencil, x, b, scale, coarse, factors, parity, open_below, open_above)


def smooth_planes(stencil, x, b, scale, colour, parity, planes):  # type: ignore[no-untyped-def]
    """Smooth one colour of the planes named."""
    _SMOOTH[stencil.uniform](stencil, x, b, scale, colour, parity, planes)


def restrict_planes(stencil, x, b, scale, coarse, factors, parity, planes):  # type: ignore[no-untyped-def]
    """Restrict the residual of the planes named."""
    _RESTRICT[stencil.uniform](stencil, x, b, scale, coarse, factors, parity, planes)
