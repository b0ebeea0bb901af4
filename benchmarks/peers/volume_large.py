# SPDX-License-Identifier: BSD-3-Clause
"""Conduction through a large volume on MPI ranks: ``mpirun -n RANKS volume_large.py COUNT``.

Each rank makes its own planes of a volume that does not depend on the ranks: overlapping spheres
at random places, their complement conducts.
"""

from __future__ import annotations

import json
import resource
import sys
import time

import numpy as np
import numpy.typing as npt

from interfacefem.conduction.solver import ConductionSolver, VolumeSlab, deal_slabs
from interfacefem.conduction.warm_up import compile_kernels
from interfacefem.mpi import MPI

RADIUS = 12  # voxels
SPHERE_FRACTION = 0.5  # before they overlap; about 60 % then conduct


def planes_of_spheres(count: int, start: int, stop: int) -> npt.NDArray[np.uint8]:
    """Planes of a volume of ``count``^3 voxels: 1 outside the spheres, 0 within."""
    number = int(SPHERE_FRACTION * count**3 / (4 / 3 * np.pi * RADIUS**3))
    centres = np.random.default_rng(1).uniform(0, count, (number, 3))
    labels = np.ones((stop - start, count, count), np.uint8)
    for centre in centres:
        low = np.maximum(np.floor(centre).astype(int) - RADIUS, [start, 0, 0])
        high = np.minimum(np.ceil(centre).astype(int) + RADIUS, [stop, count, count])
        if (low >= high).any():
            continue
        z, y, x = (np.arange(a, b) + 0.5 - c for a, b, c in zip(low, high, centre, strict=True))
        inside = z[:, None, None] ** 2 + y[:, None] ** 2 + x**2 < RADIUS**2
        labels[low[0] - start : high[0] - start, low[1] : high[1], low[2] : high[2]][inside] = 0
    return labels


def main() -> None:
    comm = MPI.COMM_WORLD
    count = int(sys.argv[1])
    shape, size = (count, count, count), (1e-6, 1e-6, 1e-6)
    compile_kernels(comm, 1)
    slabs = deal_slabs(shape, size, comm)
    labels = planes_of_spheres(count, slabs.start, slabs.stop)
    comm.barrier()
    started, begun = time.process_time(), time.perf_counter()
    solver = ConductionSolver(VolumeSlab(labels, shape, size, slabs), {1: 1.0})
    found = solver.solve(0)
    cpu = comm.allreduce(time.process_time() - started)
    memory = comm.allreduce(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
    if comm.rank == 0:
        print(json.dumps({
            "sigma_eff": found.sigma_eff, "iterations": found.iterations, "cpu_s": cpu,
            "elapsed": time.perf_counter() - begun, "memory": memory,
        }))  # fmt: skip


if __name__ == "__main__":
    main()
