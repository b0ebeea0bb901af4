# SPDX-License-Identifier: BSD-3-Clause
"""Run under mpirun by test_mpi_door.py: the front door on all ranks; prints its numbers as JSON."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import numpy as np

import interfacefem as ifem
from interfacefem.mpi import MPI

COMM = MPI.COMM_WORLD
MESHES = Path(__file__).parents[1] / "meshes"


class Own:
    """A law of the user's: as many ranks as there are hold an object each."""

    def current_density(self, overpotential):
        return 100.0 * np.sinh(overpotential / 0.05)


def main() -> dict[str, object]:
    """Numbers by verb, and what must be the same on every rank."""
    folder = Path(COMM.bcast(tempfile.mkdtemp() if COMM.rank == 0 else None))
    if COMM.rank == 0:
        x = np.arange(17) * 0.5
        heights = 0.3 * np.sin(2 * np.pi * x / 8) * np.cos(2 * np.pi * x / 4)[:, None]
        np.save(folder / "map.npy", heights)
        random = np.random.default_rng(3).random((12, 10, 8))
        np.save(folder / "volume.npy", (random < 0.7).astype(np.uint8))
    COMM.barrier()
    profile = ifem.read_profile(MESHES / "sinusoid.csv", comm=COMM)
    surface = ifem.read_height_map(folder / "map.npy", pixel_size="0.5 um", comm=COMM)
    own = ifem.Cell(kinetics=Own(), film_resistance="2 ohm*cm^2")
    map_cell = ifem.Cell(lateral_cells=8)
    volume = folder / "volume.npy"
    results = {
        "current": ifem.solve_current(profile, own, comm=COMM),
        "current of a map": ifem.solve_current(surface, map_cell, comm=COMM),
        "contact": ifem.solve_contact(profile, ifem.Cell(depth="1 um"), comm=COMM),
        "sweep": ifem.sweep(profile, own, conductivity=["0.3 mS/cm", "3 mS/cm"], comm=COMM),
        "transport": ifem.transport(volume, phase=1, voxel="25 nm", comm=COMM),
    }
    found: dict[str, object] = {}
    for name, result in results.items():
        assert result.comm.size == COMM.size
        numbers = result.table().select_dtypes("number").drop(columns="cpu_s", errors="ignore")
        everywhere = COMM.allgather(repr(result))
        assert len(set(everywhere)) == 1, everywhere
        found[name] = {key: list(map(float, values)) for key, values in numbers.items()}
        path = result.write(folder / f"{name}.json")
        COMM.barrier()
        assert json.loads(path.read_text()).keys() == result.to_dict().keys()
    results["current"].write(folder / "fields.xdmf")
    results["current"].write(folder / "fields.bp")
    results["current of a map"].write(folder / "map.xdmf")
    results["transport"].write(folder / "potential.vti")
    COMM.barrier()
    found["files"] = sorted(path.name for path in folder.iterdir())
    # without a communicator each rank works for itself
    alone = ifem.solve_current(profile, own)
    assert alone.comm.size == 1
    found["alone"] = {"i_ratio": [alone.i_ratio]}
    return found


if __name__ == "__main__":
    numbers = main()
    if COMM.rank == 0:
        json.dump(numbers, sys.stdout)
