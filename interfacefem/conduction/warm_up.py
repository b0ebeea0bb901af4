# SPDX-License-Identifier: BSD-3-Clause
"""Compiling all kernels on one rank, before the others take them from the cache."""

from __future__ import annotations

import numpy as np

from interfacefem.conduction.segmented_volume import SegmentedVolume
from interfacefem.conduction.solver import ConductionSolver, VolumeSlab
from interfacefem.mpi import MPI


def compile_kernels(comm: MPI.Comm, phases: int) -> None:
    """Solve a tiny problem, first on rank 0; collective.

    It calls the kernels of a solve at the default residual, but for two short ones between slabs.

    Args:
        comm: The ranks.
        phases: How many conduct: one and several take other kernels.
    """
    if comm.rank == 0:
        _solve_tiny(phases)
    comm.barrier()
    if comm.rank > 0:
        _solve_tiny(phases)


def _solve_tiny(phases: int) -> None:
    labels = np.ones((12, 12, 12), np.uint8)
    labels[4:6, 4:6, 4:6] = 2
    volume = VolumeSlab.of(SegmentedVolume(labels, (1.0, 1.0, 1.0)))
    conductivities = {1: 1.0, 2: 2.0} if phases > 1 else {1: 1.0}
    ConductionSolver(volume, conductivities).solve(0)
