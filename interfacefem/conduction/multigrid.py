# SPDX-License-Identifier: BSD-3-Clause
"""One W(1,1) multigrid cycle stored in 16 bits, the preconditioner of the conjugate gradients.

Red-black Gauss-Seidel, piecewise constant transfer, conductances of the coarse grid half the sum of
the fine ones (P. Wesseling, An Introduction to Multigrid Methods, 1992, section 5.4, for why they
must not be the whole sum). Axes along which voxels are much longer than along others are coarsened
later. Slabs follow down to a grid that is small enough for every rank to have all of it.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from interfacefem.conduction.conductance_kernels import coarsen
from interfacefem.conduction.half_precision import (
    BRAIN,
    HALF,
    MINI,
    MOST_OF_MINI,
    numbers,
    stored,
)
from interfacefem.conduction.kernels import (
    Brains,
    Minis,
    Stencil,
    ascend,
    descend,
    restrict_planes,
    smooth_planes,
)
from interfacefem.conduction.slabs import Slabs
from interfacefem.mpi import MPI

Single = npt.NDArray[np.float32]
Halves = npt.NDArray[np.uint16]
Factors = tuple[int, int, int]
PlateFaces = tuple[npt.NDArray[np.floating] | None, npt.NDArray[np.floating] | None]

_ONE = np.float32(1)
_BARELY_MORE = 1 + 1e-6
COARSEST = 600  # voxels that are solved for at once
SEMI_COARSENING = 1.5  # axes are coarsened whose voxels are at most this much longer than others


def coarsening_plan(shape: tuple[int, int, int], voxel_size: tuple[float, ...]) -> list[Factors]:
    """How many voxels become one along each axis, from the finest grid to the coarsest.

    Rank-local; depends on nothing but the volume.
    """
    counts, sizes = list(shape), list(voxel_size)
    plan: list[Factors] = []
    while np.prod(counts) > COARSEST:
        shortest = min(size for size, count in zip(sizes, counts, strict=True) if count > 1)
        factors = [
            2 if count > 1 and size < SEMI_COARSENING * shortest else 1
            for size, count in zip(sizes, counts, strict=True)
        ]
        counts = [-(-count // factor) for count, factor in zip(counts, factors, strict=True)]
        sizes = [size * factor for size, factor in zip(sizes, factors, strict=True)]
        plan.append((factors[0], factors[1], factors[2]))
    return plan


@dataclass(eq=False)
class _Grid:
    stencil: Stencil
    slabs: Slabs | None  # None: every rank has all of it
    x: Halves
    b: Brains | None
    factors: Factors | None
    edges: dict[int, npt.NDArray[np.int64]] = field(default_factory=dict)

    @property
    def open(self) -> tuple[int, int]:
        return (self.slabs.open_below, self.slabs.open_above) if self.slabs else (0, 0)

    @property
    def parity(self) -> int:
        return self.slabs.start % 2 if self.slabs else 0


class Multigrid:
    """The cycle for one matrix.

    Args:
        stencil: Conductances of the finest grid on this rank's slab.
        plates: Axis between the plates.
        slabs: How planes are dealt out.
        plan: ``coarsening_plan`` of the whole volume.
        plate_faces: Conductances to the low and the high plate where they are not those of half a
            voxel; None each for those.
        all_sides: Whether the outer faces of the other axes are plates, too.

    Collective.
    """

    def __init__(
        self,
        stencil: Stencil,
        plates: int,
        slabs: Slabs,
        plan: list[Factors],
        plate_faces: PlateFaces = (None, None),
        all_sides: bool = False,
    ) -> None:
        self._slabs = slabs
        self._levels: list[_Grid] = []
        axes = (plates, *(axis for axis in range(3) if all_sides and axis != plates))
        alone = slabs.comm.size == 1
        current: Slabs | None = None if alone else slabs
        for level in range(len(plan) + 1):
            factors = plan[level] if level < len(plan) else None
            if current is not None and not _can_follow(current, factors):
                self._gathered_from = current
                stencil = _gather(stencil, current)
                plate_faces = _gather_faces(plate_faces, plates, current)
                current = None
            shape = stencil.shape
            grid = _Grid(
                stencil,
                current,
                np.zeros(shape, HALF),
                np.zeros(shape, BRAIN) if level > 0 else None,
                factors,
            )
            if current is not None:
                grid.edges = {width: current.edge_planes(width) for width in (1, 2)}
            self._levels.append(grid)
            if factors is not None:
                stencil = _coarsened(stencil, factors, axes, current, plate_faces)
                plate_faces = (None, None)  # coarse grids store theirs
                if current is not None and factors[0] == 2:
                    current = current.coarsened()
        self._gather_level = next(
            (level for level, grid in enumerate(self._levels) if grid.slabs is None), 0
        )
        self._inverse = _dense_inverse(self._levels[-1].stencil)

    def cycle(self, residual: npt.NDArray[np.floating], scale: float = 1.0) -> Halves:
        """Approximate ``A z = scale residual``; returns ``z``, which the next call overwrites.

        Args:
            residual: This rank's slab, with one more voxel at each end of each axis.
            scale: Keeps ``z`` within what halves hold; beyond, it is not finite.

        Collective.
        """
        if self._gather_level == 0 and self._slabs.comm.size > 1:
            whole = np.zeros(self._levels[0].x.shape, np.float32)
            self._slabs.gather(residual.astype(np.float32), whole)
            self._visit(0, whole, True, np.float32(scale))
            return self._levels[0].x[self._slabs.start : self._slabs.stop + 2]
        self._visit(0, residual, True, np.float32(scale))
        return self._levels[0].x

    def _visit(
        self, level: int, b: npt.NDArray[Any], from_zero: bool, scale: np.float32 = _ONE
    ) -> None:
        grid = self._levels[level]
        if grid.factors is None:
            interior = grid.x[1:-1, 1:-1, 1:-1]
            right = scale * numbers(b[1:-1, 1:-1, 1:-1]).ravel()
            with np.errstate(over="ignore", invalid="ignore"):
                interior[...] = stored((self._inverse @ right).reshape(interior.shape), HALF)
            return
        below = self._levels[level + 1]
        assert below.b is not None
        changes = grid.slabs is not None and below.slabs is None
        coarse_b = self._slab_b if changes else below.b
        self._down(grid, b, scale, coarse_b, from_zero)
        if changes:
            self._gathered_from.gather(coarse_b, below.b)
        self._visit(level + 1, below.b, True)
        if below.factors is not None:
            self._visit(level + 1, below.b, False)
        coarse_x = below.x
        if changes:
            coarse_x = coarse_x[self._gathered_from.start : self._gathered_from.stop + 2]
        self._up(grid, b, scale, coarse_x, exchange=level > 0)

    @property
    def _slab_b(self) -> Brains:
        """Right-hand side of the first grid that is whole, on this rank's slab."""
        n1, n2 = self._levels[self._gather_level].x.shape[1:]
        return np.zeros((self._gathered_from.planes + 2, n1, n2), BRAIN)

    def _down(
        self, grid: _Grid, b: npt.NDArray[Any], scale: np.float32, coarse: Brains, from_zero: bool
    ) -> None:
        stencil, x, factors, parity = grid.stencil, grid.x, grid.factors, grid.parity
        descend(stencil, x, b, scale, coarse, factors, parity, from_zero, *grid.open)
        if grid.slabs is None:
            return
        grid.slabs.exchange(x)
        smooth_planes(stencil, x, b, scale, 1, parity, grid.edges[1])
        grid.slabs.exchange(x)
        restrict_planes(stencil, x, b, scale, coarse, factors, parity, grid.edges[2])

    def _up(
        self, grid: _Grid, b: npt.NDArray[Any], scale: np.float32, coarse: Halves, exchange: bool
    ) -> None:
        stencil, x, parity = grid.stencil, grid.x, grid.parity
        ascend(stencil, x, b, scale, coarse, grid.factors, parity, *grid.open)
        if grid.slabs is None:
            return
        grid.slabs.exchange(x)
        smooth_planes(stencil, x, b, scale, 0, parity, grid.edges[1])
        if exchange:
            grid.slabs.exchange(x)


def _can_follow(slabs: Slabs, factors: Factors | None) -> bool:
    """Whether each slab's planes make whole planes of the next grid."""
    return factors is not None and (factors[0] == 1 or slabs.halvings > 0)


def _coarsened(
    stencil: Stencil,
    factors: Factors,
    axes: tuple[int, ...],
    slabs: Slabs | None,
    given: PlateFaces,
) -> Stencil:
    """Conductances of the next grid on this slab; collective where there are slabs.

    Args:
        stencil: Of the fine grid.
        factors: How many voxels become one along each axis.
        axes: With plates at their ends.
        slabs: How planes are dealt out; None where every rank has all of it.
        given: Conductances to the plates of the first axis; None each for those of the stencil.
    """
    shape = tuple(
        -(-(count - 2) // factor) + 2 for count, factor in zip(stencil.shape, factors, strict=True)
    )
    along = [np.zeros(shape, np.float32) for _ in range(3)]
    coarsen(stencil, *along, factors)
    neighbours = (slabs.open_below, slabs.open_above) if slabs else (0, 0)
    for axis, end in itertools.product(axes, (0, 1)):
        if axis == 0 and neighbours[end]:
            continue
        own = given[end] if axis == axes[0] else None
        faces = _plate_faces(stencil, axis, end) if own is None else own
        others = [factor for other, factor in enumerate(factors) if other != axis]
        for place, factor in enumerate(others):
            faces = np.add.reduceat(faces, np.arange(0, faces.shape[place], factor), place)
        target = np.moveaxis(along[axis], axis, 0)
        target[-2 if end else 0, 1:-1, 1:-1] = faces / factors[axis]
    return _general_stencil(along, slabs.coarsened() if slabs and factors[0] == 2 else slabs)


def _plate_faces(stencil: Stencil, axis: int, end: int) -> Single:
    """Conductances from the voxels at a plate to the plate, half a voxel away."""
    if stencil.uniform:
        codes = np.moveaxis(stencil.codes, axis, 0)[-2 if end else 1, 1:-1, 1:-1]
        between = np.where(codes > 0, 2 * stencil.weights[axis], np.float32(0))
        return between.astype(np.float32, copy=False)
    along = (stencil.along0, stencil.along1, stencil.along2)[axis]
    given: Single = stencil.unit * numbers(
        np.moveaxis(along, axis, 0)[-2 if end else 0, 1:-1, 1:-1]
    ).astype(np.float32, copy=False)
    return given


def _general_stencil(along: list[Single], slabs: Slabs | None) -> Stencil:
    largest = float(max(array.max() for array in along))
    if slabs is not None:
        largest = slabs.comm.allreduce(largest, MPI.MAX)
    unit = 2.0 ** math.ceil(math.log2(largest / MOST_OF_MINI)) if largest > 0 else 1.0
    minis = [stored(array / np.float32(unit), MINI) for array in along]
    if slabs is not None:
        slabs.exchange(minis[0])
    return general_stencil(minis, unit)


def general_stencil(along: list[Minis] | list[Brains], unit: float = 1.0) -> Stencil:
    """The stencil of a grid whose conductances are stored.

    Args:
        along: Conductances along each axis, in ``MINI`` or ``BRAIN``.
        unit: Of these numbers.
    """
    ones, nothing = np.ones(3, np.float32), np.zeros((1, 1, 1), np.uint8)
    return Stencil(0, ones, ones, nothing, np.float32(unit), *along)


def uniform_stencil(
    weights: npt.NDArray[np.float64],
    code_weights: npt.NDArray[np.float64],
    codes: npt.NDArray[np.uint8],
) -> Stencil:
    """The stencil of a grid whose voxels conduct equally or not at all."""
    nothing = np.zeros((1, 1, 1), BRAIN)
    single = weights.astype(np.float32), code_weights.astype(np.float32)
    return Stencil(1, *single, codes, _ONE, nothing, nothing, nothing)


def _gather(stencil: Stencil, slabs: Slabs) -> Stencil:
    """The whole grid on every rank; collective."""
    if stencil.uniform:
        return stencil._replace(codes=slabs.gathered(stencil.codes))
    along = [slabs.gathered(array) for array in (stencil.along0, stencil.along1, stencil.along2)]
    return general_stencil(along, float(stencil.unit))


def _gather_faces(faces: PlateFaces, plates: int, slabs: Slabs) -> PlateFaces:
    """The whole plane on every rank, where one is given on any; collective."""
    low, high = (whole_faces(one, plates, end, slabs) for end, one in enumerate(faces))
    return low, high


def whole_faces(
    own: npt.NDArray[np.floating] | None, axis: int, end: int, slabs: Slabs
) -> npt.NDArray[np.floating] | None:
    """Values at a plane of faces normal to an axis, put together from all slabs; collective."""
    if slabs.comm.size == 1:
        return own
    if axis == 0:
        return slabs.comm.bcast(own, root=slabs.comm.size - 1 if end else 0)
    parts: list[npt.NDArray[np.floating]] = [
        part for part in slabs.comm.allgather(own) if part is not None
    ]
    return np.concatenate(parts) if parts else None


def _dense_inverse(stencil: Stencil) -> Single:
    """Inverse of the coarsest grid's matrix; zero where nothing conducts."""
    inner = (slice(1, -1),) * 3
    if stencil.uniform:
        codes = stencil.codes.astype(np.int64)
        conducts = (codes > 0).astype(np.float64)
        parts = np.stack([codes & 7, (codes >> 3) & 3, codes >> 5], axis=-1)
        diagonal = (parts @ stencil.code_weights.astype(np.float64))[inner]
        along = [
            weight * conducts * np.roll(conducts, -1, axis)
            for axis, weight in enumerate(stencil.weights)
        ]
    else:
        along = [
            float(stencil.unit) * numbers(one).astype(np.float64)
            for one in (stencil.along0, stencil.along1, stencil.along2)
        ]
        both = [one + np.roll(one, 1, axis) for axis, one in enumerate(along)]
        diagonal = (both[0] + both[1] + both[2])[inner]
    places = np.arange(diagonal.size).reshape(diagonal.shape)
    matrix = np.zeros((diagonal.size, diagonal.size))
    for axis, conductance in enumerate(along):
        between = np.moveaxis(conductance[inner], axis, 0)[:-1]
        low = np.moveaxis(places, axis, 0)[:-1].ravel()
        high = np.moveaxis(places, axis, 0)[1:].ravel()
        matrix[low, high] = matrix[high, low] = -between.ravel()
    conducting = np.flatnonzero(diagonal.ravel() > 0)
    # parts that touch no plate would be singular
    matrix[conducting, conducting] = _BARELY_MORE * diagonal.ravel()[conducting]
    result = np.zeros(matrix.shape, np.float32)
    block = np.ix_(conducting, conducting)
    result[block] = np.linalg.inv(matrix[block])
    return result
