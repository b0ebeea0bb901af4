# SPDX-License-Identifier: BSD-3-Clause
"""A height map of 1.2 million tetrahedra on 1 and 2 MPI ranks.

Run as ``mpirun -n RANKS python3 three_dimensional.py LATERAL_CELLS`` it prints one JSON object.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time

from interfacefem.mpi import MPI

RANKS = (1, 2)
LATERAL_CELLS, FEW_LATERAL_CELLS = 100, 30


def compare_ranks(*, quick: bool) -> None:
    """Print a table, one row for each number of ranks and exchange current density."""
    cells = FEW_LATERAL_CELLS if quick else LATERAL_CELLS
    print(
        "| ranks | i0 mA/cm2 | i_ratio - 1 | tetrahedra | mesh CPU s | set-up CPU s | solve CPU s "
        "| Newton | CG | elapsed s | memory MB, all ranks |"
    )
    print("| ---:" * 11 + " |")
    for ranks in RANKS:
        command = ["mpirun", "-n", str(ranks), sys.executable, __file__, str(cells)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        for row in json.loads(done.stdout.splitlines()[-1]):
            print(
                f"| {ranks} | {row['exchange']:g} | {row['ratio_minus_one']:.10g} "
                f"| {row['cells']:,} | {row['mesh']:.2f} | {row['set-up']:.2f} "
                f"| {row['solve']:.2f} | {row['newton']} | {row['cg']} | {row['elapsed']:.2f} "
                f"| {row['memory_mb']:.0f} |",
                flush=True,
            )


def main() -> None:
    from cases import EXCHANGE, HEIGHT, current_problem

    from interfacefem.current import CurrentSolver
    from interfacefem.meshing.height_map_domain import MapMeshSettings, mesh_height_map
    from interfacefem.synthetic.height_maps import self_affine_map
    from interfacefem.units import MA_PER_CM2, UM

    comm = MPI.COMM_WORLD
    height_map = self_affine_map(0.5 * UM, 30 * UM, shortest=3 * UM, samples=257, seed=1)
    rows = []
    for exchange in EXCHANGE:
        laps, marks = {}, [_cpu(comm)]
        started = time.perf_counter()
        settings = MapMeshSettings(lateral_cells=int(sys.argv[1]))
        domain = mesh_height_map(height_map, HEIGHT, settings, comm)
        marks.append(_cpu(comm))
        solver = CurrentSolver(domain)
        marks.append(_cpu(comm))
        solution = solver.solve(current_problem(exchange))
        marks.append(_cpu(comm))
        for i, name in enumerate(("mesh", "set-up", "solve")):
            laps[name] = marks[i + 1] - marks[i]
        current = solution.samples.current_density
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        rows.append(
            {
                "exchange": exchange / MA_PER_CM2,
                "ratio_minus_one": float(current.max() / current.min() - 1),
                "cells": domain.quality.cells,
                **laps,
                "newton": solution.newton_steps,
                "cg": solver.tangents.iterations,
                "elapsed": time.perf_counter() - started,
                "memory_mb": comm.allreduce(memory),
            }
        )
        del solver, solution, domain
    if comm.rank == 0:
        print(json.dumps(rows))


def _cpu(comm: MPI.Comm) -> float:
    return comm.allreduce(time.process_time())


if __name__ == "__main__":
    main()
