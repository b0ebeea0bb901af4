# SPDX-License-Identifier: BSD-3-Clause
"""Conjugate gradients preconditioned with a multigrid cycle, for conduction between two plates."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from interfacefem.conduction.balanced_flow import energy_low
from interfacefem.conduction.descent import Descent
from interfacefem.conduction.gradient_kernels import plane_sums, product, residual
from interfacefem.conduction.matrix import ConductionMatrix
from interfacefem.conduction.multigrid import Multigrid, coarsening_plan
from interfacefem.errors import ConvergenceError
from interfacefem.sizes import give_back_memory

Doubles = npt.NDArray[np.float64]
Vector = npt.NDArray[np.floating]

SMALLEST_SINGLE = 1e-5  # residuals asked for from here on begin in single precision


@dataclass(frozen=True)
class ConductionSettings:
    """When to stop.

    Attributes:
        residual: Norm of the residual over that of the right-hand side.
        flux_spread: Largest less smallest current through planes parallel to the plates, over
            their mean.
        max_iterations: Give up after these.
        lower_bound: Whether to find the lower bound, which takes about an eighth of the time.
    """

    residual: float = 3e-5
    flux_spread: float = 1e-2
    max_iterations: int = 300
    lower_bound: bool = True


@dataclass(frozen=True, eq=False)
class Solved:
    """What the iterations end with.

    Attributes:
        padded_potential: At this slab's voxels, 0 where no current can flow, with one more voxel at
            each end of each axis, neighbouring slabs' planes there; in single precision where that
            was enough.
        energy: Dissipation at a unit of potential difference, of ``potential``.
        energy_low: What no potential can undercut, see ``balanced_flow``; None if not asked for.
        plane_currents: Through every plane of faces from plate to plate.
        residual: Norm of the residual over that of the right-hand side.
        iterations: Number of cycles.
    """

    padded_potential: Vector
    energy: float
    energy_low: float | None
    plane_currents: Doubles
    residual: float
    iterations: int

    @property
    def potential(self) -> Vector:
        """At this slab's voxels, a view of shape (planes, n1, n2)."""
        return self.padded_potential[1:-1, 1:-1, 1:-1]

    @property
    def flux_spread(self) -> float:
        """Largest less smallest current through planes, over their mean."""
        return float(np.ptp(self.plane_currents) / self.plane_currents.mean())

    @property
    def flux_imbalance(self) -> float:
        """Current into the volume less current out of it, over their mean."""
        low, high = self.plane_currents[[0, -1]]
        return float(2 * abs(low - high) / (low + high))


class _Iteration:
    """Potential and residual in one precision, and their descent. Collective."""

    def __init__(self, matrix: ConductionMatrix, multigrid: Multigrid, x: Vector) -> None:
        self._matrix = matrix
        self.x = x
        self.r = np.zeros(x.shape, x.dtype)  # zeros_like would write to all of it
        self.descent = Descent(matrix.operator, multigrid, matrix.slabs, x, self.r)

    def start_again(self) -> float:
        """Compute the residual from the potential; returns its square; collective."""
        matrix = self._matrix
        matrix.slabs.exchange(self.x)
        plate = np.zeros((0, 0)) if matrix.low_plate is None else matrix.low_plate
        residual(matrix.operator, self.x, matrix.axis, np.ascontiguousarray(plate), self.r)
        self.descent.begin_anew()
        return matrix.slabs.sum(product(self.r, self.r))[0]


def solve(matrix: ConductionMatrix, settings: ConductionSettings) -> Solved:
    """Solve from a linear drop of the potential between the plates.

    Single precision is enough for residuals down to about 1e-6 and takes half the memory and less
    time. The residual of its end is computed anew in double precision;
    should rounding keep it above what is asked for, twice, double precision goes on from there.

    Raises:
        ConvergenceError: Not within the iterations allowed.

    Collective.
    """
    slabs, axis = matrix.slabs, matrix.axis
    single = settings.residual >= SMALLEST_SINGLE
    plan = coarsening_plan(matrix.shape, matrix.voxel_size)
    multigrid = Multigrid(matrix.stencil, axis, slabs, plan)
    x = _linear_drop(matrix, np.float32 if single else np.float64)
    give_back_memory()  # what setting up has freed, before more vectors come
    vectors = _Iteration(matrix, multigrid, x)
    del x
    (size,) = slabs.sum(0.0 if matrix.low_plate is None else float(np.sum(matrix.low_plate**2)))
    target = settings.residual * math.sqrt(size)
    rr, iterations, failed = vectors.start_again(), 0, 0
    while True:
        if math.sqrt(rr) <= target:
            currents = _plane_currents(matrix, vectors.x, vectors.r)
            even = np.ptp(currents) <= settings.flux_spread * currents.mean()
            if even and not single:
                break
            if even:
                rr = vectors.start_again()
                if math.sqrt(rr) <= target:
                    currents = _plane_currents(matrix, vectors.x, vectors.r)
                    break
                failed += 1
                if failed == 2:
                    single = False
                    vectors = _Iteration(matrix, multigrid, vectors.x.astype(np.float64))
                    rr = vectors.start_again()
        if iterations == settings.max_iterations:
            raise ConvergenceError(
                f"conduction along axis {axis}: residual {math.sqrt(rr / size):.2g} after "
                f"{iterations} iterations, {settings.residual:g} asked for; "
                "try a larger residual, or conductivities that differ less"
            )
        rr = vectors.descent.step(rr)
        iterations += 1
    if not single:
        rr = vectors.start_again()
    x, r = vectors.x, vectors.r
    del vectors, multigrid  # the rest is not needed any more
    entering, with_residual = slabs.sum(_entering(matrix, x), float(product(x, r)))
    # dissipation at the potential found: x A x - 2 b x + c with A x = b - r
    energy = entering - with_residual
    low = None
    if settings.lower_bound:
        low = energy_low(matrix, energy, entering, with_residual, r)
    return Solved(x, energy, low, currents, math.sqrt(rr / size), iterations)


def _linear_drop(matrix: ConductionMatrix, kind: type[np.floating[Any]]) -> Vector:
    """The potential of a homogeneous volume, zero where no current can flow."""
    axis, slabs = matrix.axis, matrix.slabs
    phases = matrix.phases
    x = np.zeros([length + 2 for length in phases.shape], kind)
    count = matrix.shape[axis]
    first = slabs.start if axis == 0 else 0
    places = np.arange(first, first + x.shape[axis] - 2) + 0.5
    shape = tuple(-1 if other == axis else 1 for other in range(3))
    drop = (1 - places / count).reshape(shape)
    for k in range(slabs.planes):
        x[k + 1, 1:-1, 1:-1] = (phases[k] > 0) * drop[k if axis == 0 else 0]
    return x


def _entering(matrix: ConductionMatrix, x: Vector) -> float:
    """Current from the plate at the low end into this slab."""
    if matrix.low_plate is None:
        return 0.0
    next_to_it = np.moveaxis(x[1:-1, 1:-1, 1:-1], matrix.axis, 0)[0].astype(np.float64)
    return float(np.sum(matrix.low_plate * (1 - next_to_it)))


def _plane_currents(matrix: ConductionMatrix, x: Vector, r: Vector) -> Doubles:
    """Current through each plane of faces: what enters, less what each plane of voxels keeps."""
    axis, slabs = matrix.axis, matrix.slabs
    part = [np.zeros(count - 2) for count in r.shape]
    plane_sums(r, *part)
    kept = np.zeros(matrix.shape[axis])
    if axis == 0:
        kept[slabs.start : slabs.stop] = part[0]
    else:
        kept += part[axis]
    sums = np.array(slabs.sum(_entering(matrix, x), *kept))
    return sums[0] - np.concatenate([[0.0], np.cumsum(sums[1:])])
