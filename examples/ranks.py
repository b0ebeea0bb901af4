"""MPI inside a script: mpirun -n 4 python3 ranks.py, or ./ifem shell mpirun ..., or one process.

Ranks share a height map by its communicator, then each solves profiles of its own.
"""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import interfacefem as ifem
from interfacefem.mpi import MPI

MESHES = Path(__file__).parents[1] / "meshes"
world = MPI.COMM_WORLD

x = np.arange(33) * 0.5
if world.rank == 0:
    np.save("ranks.npy", 0.4 * np.cos(2 * np.pi * x / 8) * np.cos(2 * np.pi * x / 8)[:, None])
surface = ifem.read_height_map("ranks.npy", pixel_size="0.5 um", comm=world)
shared = ifem.solve_current(surface, ifem.Cell(lateral_cells=32), comm=world)

names = ["rough", "sinusoid", "smooth", "pores"]
own = {}
for name in names[world.rank :: world.size]:
    own[name] = ifem.solve_current(ifem.read_profile(MESHES / f"{name}.csv")).i_ratio
parts = world.gather(own)
if world.rank == 0:
    ratios = {"height map": shared.i_ratio, **{k: v for part in parts for k, v in part.items()}}
    print(world.size, ratios)
    figure, axes = plt.subplots(figsize=(5, 3))
    axes.plot([ratio - 1 for ratio in ratios.values()], list(ratios), "o")
    axes.set(xscale="log", xlim=(1e-3, 1), xlabel="$i_{max}/i_{min} - 1$")
    axes.grid(axis="y", lw=0.3)
    figure.tight_layout()
    figure.savefig("ranks.png", dpi=150)
