# SPDX-License-Identifier: BSD-3-Clause
"""Conduction through segmented volumes against closed forms, published values and GAMG."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from interfacefem.mpi import MPI
from interfacefem.reference.verification_row import (
    VerificationRow,
    absolute_row,
    order_row,
    relative_row,
)

if TYPE_CHECKING:
    from interfacefem.conduction.solver import Conduction

Labels = npt.NDArray[np.integer]

# D. R. McKenzie, R. C. McPhedran, G. H. Derrick, Proc. R. Soc. Lond. A 362, 211 (1978), table 1:
# conductivity of the spheres over that of the matrix, volume fraction -> effective conductivity
SIMPLE_CUBIC_SPHERES = {(0.0, 0.1): 0.8571, (0.0, 0.3): 0.60566, (10.0, 0.3): 1.88774}


def conduction(
    labels: Labels, conductivities: dict[int, float], axis: int = 0, *, exactly: bool = True
) -> Conduction:
    """Solve on this rank alone, with cubic voxels."""
    # numba takes half a second to import: only where it is needed
    from interfacefem.conduction.segmented_volume import SegmentedVolume
    from interfacefem.conduction.solver import ConductionSettings, ConductionSolver, VolumeSlab

    volume = VolumeSlab.of(SegmentedVolume(labels, (1e-6, 1e-6, 1e-6)))
    settings = ConductionSettings(residual=1e-12, flux_spread=1e-10) if exactly else None
    return ConductionSolver(volume, conductivities).solve(axis, settings)


def spheres(count: int, fraction: float) -> Labels:
    """One cell of a simple cubic array: 2 within the sphere, 1 outside."""
    radius = count * (3 * fraction / (4 * math.pi)) ** (1 / 3)
    places = np.indices((count, count, count)) - (count - 1) / 2
    return np.where(np.linalg.norm(places, axis=0) < radius, 2, 1).astype(np.uint8)


def checkerboard(cells: int) -> Labels:
    """One period of squares of 1 and 2, ``cells`` voxels wide."""
    line = np.arange(2 * cells) // cells
    return (np.add.outer(line, line) % 2 + 1)[:, :, None].astype(np.uint8)


def check_laminates(comm: MPI.Comm) -> Iterator[VerificationRow]:
    """Layers in series and in parallel, and a straight tube; collective."""
    share, sigma = np.array([0.25, 0.55, 0.2]), np.array([1.0, 0.1, 3.7])
    line = np.repeat(np.arange(1, 4), (share * 40).astype(int)).astype(np.uint8)
    labels = np.broadcast_to(line[:, None, None], (40, 12, 12)).copy()
    values = {1: 1.0, 2: 0.1, 3: 3.7}
    for axis, name, exact in (
        (0, "in series", 1 / np.sum(share / sigma)),
        (1, "in parallel", share @ sigma),
    ):
        found = conduction(labels, values, axis)
        yield relative_row(f"laminate {name}", "sigma_eff", "", found.sigma_eff, exact, 1e-10)
    tube = np.zeros((32, 20, 20), np.uint8)
    tube[:, 5:12, 6:9] = 1
    found = conduction(tube, {1: 1.0})
    yield relative_row("straight tube", "sigma_eff", "", found.sigma_eff, 21 / 400, 1e-10)


def check_checkerboard(comm: MPI.Comm) -> Iterator[VerificationRow]:
    """Geometric mean of two conductivities (J. B. Keller, 1964), of known order; collective."""
    ratio = 2.0
    errors = [
        abs(conduction(checkerboard(cells), {1: 1.0, 2: ratio}).sigma_eff / math.sqrt(ratio) - 1)
        for cells in (8, 16, 32)
    ]
    order = math.log2(errors[-2] / errors[-1])
    yield order_row(
        "checkerboard, ratio 2", "error of sigma_eff", "", errors[-1], order,
        checkerboard_order(ratio), 2e-3,
    )  # fmt: skip


def checkerboard_order(ratio: float) -> float:
    """Order of the error of the effective conductivity.

    Where four squares meet, the potential behaves as r^s with tan(pi s/4) = sqrt(1/ratio) or
    sqrt(ratio) by direction; the energy then misses by h^(2 s).
    """
    return 2 * 4 / math.pi * math.atan(1 / math.sqrt(ratio))


def check_spheres(comm: MPI.Comm) -> Iterator[VerificationRow]:
    """Simple cubic arrays of spheres, 48 voxels to a cell; collective."""
    for (ratio, fraction), exact in SIMPLE_CUBIC_SPHERES.items():
        found = conduction(spheres(48, fraction), {1: 1.0, 2: ratio}, exactly=False)
        yield relative_row(
            f"cubic array of spheres, {fraction:g} by volume, ratio {ratio:g}",
            "sigma_eff", "", found.sigma_eff, exact, 0.02,
        )  # fmt: skip


def check_second_solver(comm: MPI.Comm) -> Iterator[VerificationRow]:
    """Random voxels of three phases: the program's solver against GAMG; collective."""
    from interfacefem.conduction.gamg import gamg_conduction
    from interfacefem.conduction.segmented_volume import SegmentedVolume

    labels = np.random.default_rng(4).integers(0, 4, (20, 22, 24)).astype(np.uint8)
    values = {1: 1.0, 2: 0.3, 3: 5.0}
    found = conduction(labels, values, 1)
    volume = SegmentedVolume(labels, (1e-6, 1e-6, 1e-6))
    exact = gamg_conduction(volume, values, 1).sigma_eff
    yield relative_row("random voxels, GAMG", "sigma_eff", "", found.sigma_eff, exact, 1e-8)
    yield absolute_row("random voxels", "spread of the flux", "", found.flux_spread, 0.0, 1e-9)
