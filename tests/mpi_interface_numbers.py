# SPDX-License-Identifier: BSD-3-Clause
"""Prints resistance and impedance of one pressed map as JSON, whatever the number of ranks."""

from __future__ import annotations

import json

import numpy as np

import interfacefem as ifem
from interfacefem.errors import InputError
from interfacefem.mpi import MPI
from interfacefem.synthetic.height_maps import self_affine_map


def main() -> None:
    """Solve on the world communicator and print from rank 0."""
    comm = MPI.COMM_WORLD
    surface = self_affine_map(0.3e-6, 40e-6, samples=33, shortest=20e-6, seed=3)
    cell = ifem.Cell(rotation="fixed")
    (row,) = ifem.solve_interface(surface, cell, pressures=["20 MPa"], comm=comm).rows()
    z = ifem.impedance(surface, cell, pressure="20 MPa", frequencies=[1.0, 1e5], comm=comm)
    numbers = {name: value for name, value in row.items() if name != "notes"}
    numbers["z"] = [float(value) for value in np.abs(z.run.spectrum.impedance)]
    same = all(entry == numbers for entry in comm.allgather(numbers))
    refused = False
    try:
        ifem.solve_interface(surface, cell, pressures=["700 MPa"], comm=comm)
    except InputError:
        refused = True
    numbers["refused_on"] = comm.allreduce(int(refused)) / comm.size
    if comm.rank == 0:
        print(json.dumps({**numbers, "same_on_all_ranks": same}))


if __name__ == "__main__":
    main()
