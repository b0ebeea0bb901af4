# SPDX-License-Identifier: BSD-3-Clause
"""Run under mpirun by test_current_3d.py: solves height maps on all ranks, prints JSON."""

from __future__ import annotations

import json
import sys
from typing import Any

import dolfinx
import numpy as np

from interfacefem import compat
from interfacefem.current import ButlerVolmer, CurrentProblem, CurrentSolver
from interfacefem.current.metrics import current_metrics
from interfacefem.meshing import Boundary, HeightMapMesh, MapMeshSettings, mesh_height_map
from interfacefem.mpi import MPI
from interfacefem.surfaces import HeightMap
from interfacefem.surfaces.contact_mask import contact_over
from interfacefem.synthetic.height_maps import egg_box, self_affine_map
from interfacefem.units import UM

COMM = MPI.COMM_WORLD
LAWS = {"Butler-Volmer": ButlerVolmer(10.0, 0.5, 0.5, 298.0), "primary": None}


def partitioned(comm: MPI.Comm, cells: Any, points: Any, element: Any) -> dolfinx.mesh.Mesh:
    """As DOLFINx would distribute the cells: in a tower, layer by layer."""
    share = dolfinx.mesh.create_cell_partitioner(
        dolfinx.mesh.GhostMode.none, *compat._CELLS_AT_A_FACET
    )
    # 0.9: (comm, cells, x, e); from 0.10: (comm, cells, e, x)
    geometry = (element, points) if compat._CREATE_MESH_TAKES_ELEMENT_FIRST else (points, element)
    return dolfinx.mesh.create_mesh(comm, cells, *geometry, share)


def numbers(domain: HeightMapMesh) -> dict[str, Any]:
    """Metrics of each law and how many interface facets each rank owns."""
    solver = CurrentSolver(domain)
    facets = COMM.allgather(len(domain.boundary_facets(Boundary.INTERFACE)))
    result: dict[str, Any] = {"facets": facets}
    for name, law in LAWS.items():
        solution = solver.solve(CurrentProblem(0.1, 30.0, law))
        found = current_metrics(solution, rms_height=UM, critical_current_density=30.0)
        samples = solution.samples
        result[name] = {
            "i_max": found.i_max,
            "i_min": found.i_min,
            "i_ratio": found.i_ratio,
            "i_p99_p1": found.i_p99_p1,
            "contact_fraction": found.contact_fraction,
            "top_potential": solution.top_potential,
            "fingerprint": float(
                samples.current_density @ np.cos(samples.x / UM + 2 * samples.y / UM)
            ),
            "same_on_all_ranks": len(set(COMM.allgather((found.i_max, found.i_min)))) == 1,
        }
    return result


def results() -> dict[str, Any]:
    """Each case on the ranks there are."""
    rough = self_affine_map(0.7 * UM, 30 * UM, samples=65, seed=3)
    settings = MapMeshSettings(32, 0.3)
    domain = mesh_height_map(rough, 30 * UM, settings, COMM)
    low = rough.heights < np.quantile(rough.heights, 0.4)
    # one column: ranks without any cell
    column = HeightMap(np.array([[0.0, 0.1], [0.2, 0.3]]) * UM, UM, UM)
    found = {
        "rough": numbers(domain),
        "contact": numbers(domain.with_contact(contact_over(rough, low))),
        "column": numbers(mesh_height_map(column, 4 * UM, MapMeshSettings(1, 0.0, 8), COMM)),
    }
    compat.create_mesh_in_place, compat.CELLS_CAN_KEEP_THEIR_ORDER = partitioned, False
    tower = egg_box(0.2 * UM, 2 * UM, 2 * UM, samples=9)
    tall = mesh_height_map(tower, 60 * UM, MapMeshSettings(4, 0.0, 120), COMM)
    return {**found, "tower": numbers(tall)}


if __name__ == "__main__":
    output = results()
    if COMM.rank == 0:
        json.dump(output, sys.stdout)
