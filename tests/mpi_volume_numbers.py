# SPDX-License-Identifier: BSD-3-Clause
"""Transport through volumes on all ranks; prints numbers as JSON on rank 0."""

from __future__ import annotations

import json

import numpy as np
from volume_examples import blobs

from interfacefem.conduction.solver import ConductionSettings, VolumeSlab, deal_slabs
from interfacefem.conduction.transport import solve_transport
from interfacefem.mpi import MPI

RESIDUAL = 1e-7
VOLUMES = {
    "blobs": (blobs((64, 40, 41), 0.4), {1: 1.0}, (1e-6, 1e-6, 1e-6)),
    "odd": (blobs((53, 32, 30), 0.6), {1: 1.0}, (1e-6, 1e-6, 1e-6)),
    "thin": (blobs((7, 40, 40), 0.6), {1: 1.0}, (1e-6, 1e-6, 1e-6)),
    "flat voxels": (blobs((40, 48, 48), 0.6), {1: 1.0}, (4e-6, 1e-6, 1e-6)),
    "phases": (blobs((48, 32, 32), 0.3), {1: 1.0, 0: 0.05}, (1e-6, 1e-6, 1e-6)),
    "noise": (
        np.random.default_rng(2).integers(0, 3, (48, 24, 24)).astype(np.uint8),
        {1: 1.0},
        (1e-6, 1e-6, 1e-6),
    ),
}


def main() -> None:
    comm = MPI.COMM_WORLD
    found: dict[str, dict[str, list[float | None]]] = {}
    for name, (labels, sigma, size) in VOLUMES.items():
        slabs = deal_slabs(labels.shape, size, comm)
        volume = VolumeSlab(labels[slabs.start : slabs.stop], labels.shape, size, slabs)
        solved = solve_transport(volume, sigma, settings=ConductionSettings(residual=RESIDUAL))
        found[name] = {
            "sigma_eff": [one.conduction.sigma_eff for one in solved],
            "sigma_low": [one.conduction.sigma_low for one in solved],
            "connected_fraction": [one.conduction.connected_fraction for one in solved],
            "volume_fraction": [solved[0].conduction.volume_fraction],
            "hot_spot_factor": [one.plane and one.plane.hot_spot_factor for one in solved],
            "voxel_error": [one.voxels and one.voxels.error for one in solved],
            "coarse": [
                value for one in solved for value in (one.voxels.coarse if one.voxels else ())
            ],
            "extrapolated": [one.voxels and one.voxels.extrapolated for one in solved],
            "scatter": [one.scatter and one.scatter.relative_error for one in solved],
            "iterations": [one.conduction.iterations for one in solved],
        }
    if comm.rank == 0:
        print(json.dumps(found))


if __name__ == "__main__":
    main()
