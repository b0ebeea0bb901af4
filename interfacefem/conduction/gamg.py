# SPDX-License-Identifier: BSD-3-Clause
"""The same finite volumes assembled on the conducting voxels and solved by PETSc's GAMG.

Shares no code with the kernels of ``conduction``: what both find, both have right. It takes about
ten times the processor time and six times the memory.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from petsc4py import PETSc
from scipy.ndimage import label as label_parts

from interfacefem.conduction.segmented_volume import SegmentedVolume
from interfacefem.errors import ConvergenceError
from interfacefem.mpi import MPI

_PREFIX = "volume_gamg_"


@dataclass(frozen=True)
class GamgConduction:
    """What GAMG finds.

    Attributes:
        sigma_eff: Effective conductivity in the unit of the conductivities given.
        iterations: Of the conjugate gradients.
    """

    sigma_eff: float
    iterations: int


def gamg_conduction(
    volume: SegmentedVolume,
    conductivities: Mapping[int, float],
    axis: int,
    *,
    residual: float = 1e-10,
) -> GamgConduction:
    """Solve for plates at both ends of an axis.

    Args:
        volume: On this rank.
        conductivities: Of each label; labels that are missing do not conduct.
        axis: From the plate with potential 1 to the one with potential 0.
        residual: Norm of the residual over that of the right-hand side.

    Raises:
        ConvergenceError: Not within 500 iterations.
    """
    sigma: npt.NDArray[np.float64] = np.zeros(volume.shape)
    for label, value in conductivities.items():
        sigma[volume.labels == label] = value
    sigma = np.moveaxis(sigma, axis, 0)
    sizes = np.array(volume.voxel_size) / min(volume.voxel_size)
    sizes = np.concatenate([sizes[[axis]], np.delete(sizes, axis)])
    weights = sizes.prod() / sizes**2
    sigma = _connecting(sigma)
    if not sigma.any():
        return GamgConduction(0.0, 0)
    matrix, source = _assemble(sigma, weights)
    solver = PETSc.KSP().create(MPI.COMM_SELF)
    solver.setOptionsPrefix(_PREFIX)
    solver.setType("cg")
    solver.setNormType(PETSc.KSP.NormType.UNPRECONDITIONED)
    solver.getPC().setType("gamg")
    solver.setTolerances(rtol=residual, max_it=500)
    solver.setOperators(matrix)
    solver.setFromOptions()
    b = PETSc.Vec().createWithArray(source, comm=MPI.COMM_SELF)
    x = b.duplicate()
    solver.solve(b, x)
    iterations, reason = solver.getIterationNumber(), solver.getConvergedReason()
    current = float(source.sum() - source @ x.array_r)
    for item in (solver, matrix, b, x):
        item.destroy()
    if reason < 0:
        raise ConvergenceError(
            f"GAMG: residual {residual:g} is not reached in {iterations} iterations"
        )
    return GamgConduction(current * len(sigma) / sigma[0].size / weights[0], iterations)


def _connecting(sigma: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Conductivities without the parts that do not connect both plates."""
    parts, count = label_parts(sigma > 0)
    through = np.zeros(count + 1, bool)
    through[np.intersect1d(parts[0], parts[-1])] = True
    through[0] = False
    return np.where(through[parts], sigma, 0.0)


def _assemble(
    sigma: npt.NDArray[np.float64], weights: npt.NDArray[np.float64]
) -> tuple[PETSc.Mat, npt.NDArray[np.float64]]:
    """Matrix and right-hand side; row by row, with seven places to each."""
    kind = PETSc.IntType
    active = np.flatnonzero(sigma)
    numbers = np.full(sigma.size, -1, kind)
    numbers[active] = np.arange(len(active))
    strides = [sigma[0].size, sigma.shape[2], 1]
    places = np.unravel_index(active, sigma.shape)
    flat = sigma.ravel()
    own = flat[active]
    columns = np.full((len(active), 7), -1, kind)
    values = np.zeros((len(active), 7))
    columns[:, 3] = np.arange(len(active))
    for along in range(3):
        for side, inside in (
            (-1, places[along] > 0),
            (1, places[along] < sigma.shape[along] - 1),
        ):
            neighbours = active[inside] + side * strides[along]
            there = flat[neighbours]
            face = np.where(there > 0, 2 * own[inside] * there, 0) / (own[inside] + there)
            place = 3 + side * (3 - along)
            columns[inside, place] = np.where(there > 0, numbers[neighbours], -1)
            values[inside, place] = -weights[along] * face
            values[inside, 3] += weights[along] * face
    plate = 2 * weights[0] * own
    source = np.where(places[0] == 0, plate, 0.0)
    values[:, 3] += source + np.where(places[0] == sigma.shape[0] - 1, plate, 0.0)
    kept = columns >= 0
    starts = np.concatenate([[0], np.cumsum(kept.sum(axis=1))]).astype(kind)
    matrix = PETSc.Mat().createAIJ(
        (len(active), len(active)), csr=(starts, columns[kept], values[kept]), comm=MPI.COMM_SELF
    )
    return matrix, source
