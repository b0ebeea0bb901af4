# SPDX-License-Identifier: BSD-3-Clause
"""What errors are measured against: P2 solutions with over 800,000 unknowns."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

import numpy as np

from interfacefem.current import CurrentSolver
from interfacefem.meshing import distribute, mesh_profile
from interfacefem.meshing.refine import refine
from interfacefem.mpi import MPI
from interfacefem.surfaces import Profile
from peers.cases import EXCHANGE, HEIGHT, PROFILES, current_problem

STORE = Path(__file__).with_name("reference.json")
MIN_CELLS = 250_000  # of degree 2: 500,000 unknowns


def reference(name: str) -> list[float]:
    """``i_max/i_min - 1`` of a profile for each exchange current density.

    Computed once by refining our mesh uniformly, then read from a file; anew where the profile is
    another one.
    """
    profile = PROFILES[name]()
    key = _fingerprint(profile)
    stored = json.loads(STORE.read_text()) if STORE.exists() else {}
    if stored.get(name, {}).get("profile") != key:
        print(f"reference of {name}: about a minute", file=sys.stderr, flush=True)
        ratios, unknowns = solve_reference(profile, MIN_CELLS)
        stored[name] = {"profile": key, "unknowns": unknowns, "ratio_minus_one": ratios}
        STORE.write_text(json.dumps(stored, indent=1) + "\n")
    values: list[float] = stored[name]["ratio_minus_one"]
    return values


def solve_reference(profile: Profile, min_cells: int) -> tuple[list[float], int]:
    """The ratios less one on a uniformly refined mesh, and its number of unknowns."""
    triangulation = mesh_profile(profile, HEIGHT)
    while len(triangulation.triangles) < min_cells:
        everything = np.ones(len(triangulation.triangles), dtype=bool)
        triangulation, _ = refine(triangulation, everything)
    solver = CurrentSolver(distribute(triangulation, MPI.COMM_SELF))
    ratios = []
    for exchange in EXCHANGE:
        current = solver.solve(current_problem(exchange)).samples.current_density
        ratios.append(float(current.max() / current.min()) - 1)
    return ratios, int(solver.space.dofmap.index_map.size_global)


def _fingerprint(profile: Profile) -> str:
    # rounded: the last bits of a cosine differ between machines
    points = np.round(np.column_stack([profile.x, profile.z]) * 1e12).astype(np.int64)
    return hashlib.sha256(points.tobytes()).hexdigest()[:16]
