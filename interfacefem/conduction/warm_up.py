# SPDX-License-Identifier: BSD-3-Clause
"""Compiling the kernels of a solve before it, so that it can be said and is not counted."""

from __future__ import annotations

import numpy as np

from interfacefem.conduction.segmented_volume import SegmentedVolume
from interfacefem.conduction.solver import ConductionSettings, ConductionSolver, VolumeSlab
from interfacefem.mpi import MPI


def compile_kernels(comm: MPI.Comm, phases: int, residual: float = 3e-5) -> None:
    """Solve a tiny problem; collective.

    It calls the kernels of a solve but for those between slabs. One rank compiles each of them, the
    others wait and take it from the cache (``compiled``).

    Args:
        comm: The ranks.
        phases: How many conduct: one and several take other kernels.
        residual: That will be asked for: small ones take kernels in double precision, too.
    """
    # twice the voxels that are solved for at once along each axis: a cycle then has three grids
    labels = np.ones((20, 20, 20), np.uint8)
    labels[4:6, 4:6, 4:6] = 2
    volume = VolumeSlab.of(SegmentedVolume(labels, (1.0, 1.0, 1.0)))
    conductivities = {1: 1.0, 2: 2.0} if phases > 1 else {1: 1.0}
    ConductionSolver(volume, conductivities).solve(0, ConductionSettings(residual=residual))
    comm.barrier()
