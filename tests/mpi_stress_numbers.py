# SPDX-License-Identifier: BSD-3-Clause
"""Prints the stress metrics of one profile as JSON, whatever the number of ranks."""

from __future__ import annotations

import json

from interfacefem.contact.result import stress_result
from interfacefem.contact.run import run_stress
from interfacefem.errors import InputError
from interfacefem.mpi import MPI
from interfacefem.parameters.cell import Cell
from interfacefem.synthetic.profiles import self_affine
from interfacefem.units import UM


def main() -> None:
    """Solve on the world communicator and print from rank 0."""
    comm = MPI.COMM_WORLD
    profile = self_affine(0.1 * UM, 60 * UM, points=385, seed=3, shortest=4 * UM)
    cell = Cell.model_validate({"stress": {"depth": "2 um"}, "block": {"rotation": "free"}})
    run = run_stress(profile, cell, comm)
    result = stress_result(run)
    numbers = {name: value for name, value in result.items() if name not in ("notes", "cpu_s")}
    numbers["largest_pressure"] = float(run.solution.pressure.max())
    same = all(entry == numbers for entry in comm.allgather(numbers))
    # an error on rank 0 is an error on all
    refused = False
    try:
        run_stress(profile, cell.model_copy(update={"load": cell.load.model_copy(
            update={"pressure": 1e9})}), comm)  # fmt: skip
    except InputError:
        refused = True
    numbers["refused_on"] = comm.allreduce(int(refused)) / comm.size
    if comm.rank == 0:
        print(json.dumps({**numbers, "same_on_all_ranks": same}))


if __name__ == "__main__":
    main()
