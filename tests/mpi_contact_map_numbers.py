# SPDX-License-Identifier: BSD-3-Clause
"""Run under mpirun by test_contact_map_run.py: solves a map, prints what every rank got."""

from __future__ import annotations

import json
import sys

import numpy as np

from interfacefem.contact.result import stress_result
from interfacefem.contact.run import run_stress
from interfacefem.mpi import MPI
from interfacefem.parameters.cell import Cell, Stress
from interfacefem.synthetic.height_maps import self_affine_map
from interfacefem.units import UM

COMM = MPI.COMM_WORLD

if __name__ == "__main__":
    surface = self_affine_map(0.3 * UM, 40 * UM, samples=65, seed=3)
    found = {}
    for boundary in ("mirror", "finite"):
        run = run_stress(surface, Cell(stress=Stress(depth="3 um", boundary=boundary)), COMM)
        numbers = stress_result(run)
        fingerprint = float(run.solution.pressure.ravel() @ np.cos(np.arange(65.0**2)))
        found[f"{boundary}_fingerprint"] = fingerprint
        for name in ("stress_ratio", "contact_fraction", "load_left", "capped_fraction"):
            found[f"{boundary}_{name}"] = numbers[name]
    found["contact_fraction"] = numbers["contact_fraction"]
    same = len(set(COMM.allgather(tuple(found.values())))) == 1
    if COMM.rank == 0:
        json.dump({**found, "same_on_all_ranks": same}, sys.stdout)
