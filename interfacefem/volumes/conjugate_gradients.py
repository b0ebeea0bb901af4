# SPDX-License-Identifier: BSD-3-Clause
"""Conjugate gradients preconditioned with a multigrid cycle, for conduction between two plates."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.linalg import eigh_tridiagonal

from interfacefem.errors import ConvergenceError
from interfacefem.volumes.conduction_matrix import ConductionMatrix
from interfacefem.volumes.gradient_kernels import apply_planes, step, turn_and_apply, two_products
from interfacefem.volumes.multigrid import Multigrid

Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True)
class ConductionSettings:
    """When to stop.

    Attributes:
        residual: Norm of the residual over that of the right-hand side.
        flux_spread: Largest less smallest current through planes parallel to the plates, over
            their mean.
        max_iterations: Give up after these.
    """

    residual: float = 3e-5
    flux_spread: float = 1e-2
    max_iterations: int = 300


@dataclass(frozen=True, eq=False)
class Solved:
    """What the iterations end with.

    Attributes:
        potential: At this slab's voxels, 0 where no current can flow, shape (planes, n1, n2).
        energy: Dissipation at a unit of potential difference, of ``potential``.
        energy_error: How much of it the exact potential would save, at most: ``r B r`` with the
            residual ``r`` and the cycle ``B``, over half the smallest Ritz value. Ritz values fall
            to the smallest eigenvalue as iterations go on; the half is for what they lack.
        plane_currents: Through every plane of faces from plate to plate.
        residual: Norm of the residual over that of the right-hand side.
        iterations: Number of cycles.
    """

    potential: Doubles
    energy: float
    energy_error: float
    plane_currents: Doubles
    residual: float
    iterations: int

    @property
    def flux_spread(self) -> float:
        """Largest less smallest current through planes, over their mean."""
        return float(np.ptp(self.plane_currents) / self.plane_currents.mean())

    @property
    def flux_imbalance(self) -> float:
        """Current into the volume less current out of it, over their mean."""
        low, high = self.plane_currents[[0, -1]]
        return float(2 * abs(low - high) / (low + high))


def solve(
    matrix: ConductionMatrix, multigrid: Multigrid, settings: ConductionSettings
) -> Solved:
    """Solve from a linear drop of the potential between the plates.

    The direction is turned as for a preconditioner that changes (Polak and Ribiere): the cycle is
    symmetric but for rounding to single precision.

    Raises:
        ConvergenceError: Not within the iterations allowed.

    Collective.
    """
    slabs, axis = matrix.slabs, matrix.axis
    x = _linear_drop(matrix)
    shape = x.shape
    p, q, r = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    slabs.exchange(x)
    apply_planes(matrix.operator, x, r, np.arange(1, slabs.planes + 1))
    np.negative(r, out=r)
    inner = r[1:-1, 1:-1, 1:-1]
    if matrix.low_plate is not None:
        np.moveaxis(inner, axis, 0)[0] += matrix.low_plate
    (size,) = slabs.sum(0.0 if matrix.low_plate is None else float(np.sum(matrix.low_plate**2)))
    target = settings.residual * math.sqrt(size)
    (rr,) = slabs.sum(float(np.vdot(inner, inner)))
    alphas: list[float] = []
    betas: list[float] = []
    rz = 0.0
    currents = _plane_currents(matrix, x, r)
    for iteration in range(settings.max_iterations + 1):
        if math.sqrt(rr) <= target:
            currents = _plane_currents(matrix, x, r)
            if np.ptp(currents) <= settings.flux_spread * currents.mean():
                break
        elif iteration == settings.max_iterations:
            raise ConvergenceError(
                f"conduction along axis {axis}: residual {math.sqrt(rr / size):.2g} after "
                f"{iteration} iterations, {settings.residual:g} asked for; "
                "try a larger residual, or conductivities that differ less"
            )
        z = multigrid.cycle(r)
        new_rz, qz = slabs.sum(*two_products(z, r, q))
        beta = -alphas[-1] * qz / rz if iteration else 0.0
        rz = new_rz
        open_ends = slabs.open_below, slabs.open_above
        pq = turn_and_apply(matrix.operator, p, z, beta, q, *open_ends)
        slabs.exchange(p)
        (pq,) = slabs.sum(pq + apply_planes(matrix.operator, p, q, slabs.edge_planes(1)))
        alpha = rz / pq
        (rr,) = slabs.sum(step(x, p, r, q, alpha))
        alphas.append(alpha)
        betas.append(beta)
    # dissipation at the potential found: x A x - 2 b x + c with A x = b - r
    energy = _energy(matrix, x, r)
    error = 0.0
    if alphas:
        z = multigrid.cycle(r)
        (rz, _) = slabs.sum(*two_products(z, r, q))
        error = 2 * rz / smallest_ritz_value(alphas, betas)
    return Solved(
        x[1:-1, 1:-1, 1:-1], energy, error, currents, math.sqrt(rr / size), len(alphas)
    )


def smallest_ritz_value(alphas: list[float], betas: list[float]) -> float:
    """Of the preconditioned matrix, from the coefficients of the iterations; rank-local."""
    inverse = 1 / np.array(alphas)
    beta = np.maximum(np.array(betas), 0)
    diagonal = inverse.copy()
    diagonal[1:] += beta[1:] * inverse[:-1]
    values = eigh_tridiagonal(diagonal, np.sqrt(beta[1:]) * inverse[:-1], eigvals_only=True)
    return float(values[0])


def _linear_drop(matrix: ConductionMatrix) -> Doubles:
    """The potential of a homogeneous volume, zero where no current can flow."""
    operator, axis, slabs = matrix.operator, matrix.axis, matrix.slabs
    conducts = operator.codes > 0 if operator.uniform else matrix.stencil.inverse > 0
    x = np.zeros(conducts.shape)
    count = matrix.shape[axis]
    first = slabs.start if axis == 0 else 0
    places = np.arange(first, first + x.shape[axis] - 2) + 0.5
    drop = np.expand_dims(1 - places / count, [other for other in range(3) if other != axis])
    x[1:-1, 1:-1, 1:-1] = drop * conducts[1:-1, 1:-1, 1:-1]
    return x


def _energy(matrix: ConductionMatrix, x: Doubles, r: Doubles) -> float:
    inner, rest = x[1:-1, 1:-1, 1:-1], r[1:-1, 1:-1, 1:-1]
    # not numpy.vdot, which would copy both
    energy = -sum(float(np.vdot(a, b)) for a, b in zip(inner, rest, strict=True))
    if matrix.low_plate is not None:
        energy += float(np.sum(matrix.low_plate * (1 - np.moveaxis(inner, matrix.axis, 0)[0])))
    return matrix.slabs.sum(energy)[0]


def _plane_currents(matrix: ConductionMatrix, x: Doubles, r: Doubles) -> Doubles:
    """Current through each plane of faces: what enters, less what each plane of voxels keeps."""
    axis, slabs = matrix.axis, matrix.slabs
    inner = x[1:-1, 1:-1, 1:-1]
    entering = 0.0
    if matrix.low_plate is not None:
        entering = float(np.sum(matrix.low_plate * (1 - np.moveaxis(inner, axis, 0)[0])))
    others = tuple(other for other in range(3) if other != axis)
    kept = np.zeros(matrix.shape[axis])
    part = r[1:-1, 1:-1, 1:-1].sum(axis=others)
    if axis == 0:
        kept[slabs.start : slabs.stop] = part
    else:
        kept += part
    sums = np.array(slabs.sum(entering, *kept))
    return sums[0] - np.concatenate([[0.0], np.cumsum(sums[1:])])
