# SPDX-License-Identifier: BSD-3-Clause
"""Compiling all kernels on one rank, before the others take them from the cache."""

from __future__ import annotations

import numpy as np
from mpi4py import MPI

from interfacefem.conduction.segmented_volume import SegmentedVolume
from interfacefem.conduction.solver import ConductionSolver, VolumeSlab


def compile_kernels(comm: MPI.Comm) -> None:
    """Solve two tiny problems, first on rank 0; collective.

    They call the kernels of a solve at the default residual, but for two short ones between slabs.
    """
    if comm.rank == 0:
        _solve_tiny()
    comm.barrier()
    if comm.rank > 0:
        _solve_tiny()


def _solve_tiny() -> None:
    labels = np.ones((12, 12, 12), np.uint8)
    labels[4:6, 4:6, 4:6] = 2
    volume = VolumeSlab.of(SegmentedVolume(labels, (1.0, 1.0, 1.0)))
    ConductionSolver(volume, {1: 1.0}).solve(0)
    ConductionSolver(volume, {1: 1.0, 2: 2.0}).solve(0)
