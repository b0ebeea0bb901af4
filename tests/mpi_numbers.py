# SPDX-License-Identifier: BSD-3-Clause
"""Run under mpirun by test_mpi.py: solves cases on all ranks and prints their numbers as JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

import numpy as np

from interfacefem.current import ButlerVolmer, CurrentProblem, CurrentSolver, InSeriesWithFilm
from interfacefem.current.error_estimate import estimate_error
from interfacefem.current.metrics import current_metrics
from interfacefem.current.related_problems import RelatedProblems
from interfacefem.current.windows import place_windows
from interfacefem.meshing import (
    Boundary,
    MeshSettings,
    Triangulation,
    distribute,
    mesh_line,
    mesh_profile,
)
from interfacefem.mpi import MPI
from interfacefem.surfaces import Profile
from interfacefem.synthetic.profiles import self_affine
from interfacefem.units import UM

COMM = MPI.COMM_WORLD
BV = ButlerVolmer(100.0, 0.5, 0.5, 298.0)
LAWS = {"Butler-Volmer": BV, "film": InSeriesWithFilm(BV, 1e-4), "primary": None}


def numbers(mesh: Callable[[], Triangulation], degree: int) -> dict[str, object]:
    """Metrics of each law and how many interface facets each rank owns."""
    domain = distribute(mesh() if COMM.rank == 0 else None)
    facets = COMM.allgather(len(domain.facet_tags.find(Boundary.INTERFACE)))
    solver = CurrentSolver(domain, degree)
    result: dict[str, object] = {"facets": facets}
    for name, law in LAWS.items():
        solution = solver.solve(CurrentProblem(0.1, 30.0, law))
        found = current_metrics(
            solution,
            rms_height=UM,
            critical_current_density=31.0,
            solver=solver if law is BV else None,
        )
        samples = solution.samples
        result[name] = {
            "i_max": found.i_max,
            "i_min": found.i_min,
            "i_p99_p1": found.i_p99_p1,
            "area_above_ccd": found.area_above_ccd,
            "safe_current_density": found.safe_current_density,
            "mean_overpotential": found.mean_overpotential,
            "top_potential": solution.top_potential,
            "fingerprint": float(np.sum(samples.current_density * np.cos(samples.arc_length / UM))),
            "same_on_all_ranks": len(set(COMM.allgather((found.i_max, found.i_min)))) == 1,
        }
    result["estimate"] = estimate(solver)
    related = RelatedProblems(solver, 1e-4)
    for conductivity in (0.05, 0.3, 0.1):
        swept = related.solve(CurrentProblem(conductivity, 30.0, BV))
    current = swept.samples.current_density
    result["sweep"] = {
        "i_max": float(current.max()),
        "i_min": float(current.min()),
        "top_potential": swept.top_potential,
        "fingerprint": float(np.sum(current * np.cos(swept.samples.arc_length / UM))),
        "same_on_all_ranks": len(set(COMM.allgather((current.max(), current.min())))) == 1,
    }
    return result


def estimate(solver: CurrentSolver) -> dict[str, object]:
    """Estimated errors of ratio and windows."""
    places = place_windows(solver.interface_mesh.projected_size, length=0.4 * UM)
    found = estimate_error(solver, solver.solve(CurrentProblem(0.1, 30.0, BV)), places)
    assert found is not None
    return {
        "error": found.log_ratio_error,
        "error_over_windows": found.excess_error,
        "error_of_points": found.of_points,
    }


if __name__ == "__main__":
    rough = self_affine(0.7 * UM, 30 * UM, points=400, seed=7)
    # in a tower most parts of the mesh are far from the interface
    tower = Profile(np.array([0, 0.5, 1]) * UM, np.array([0, 0.3, 0]) * UM)
    results = {
        "rough": numbers(lambda: mesh_line(rough, 15 * UM), 2),
        "rough P1": numbers(lambda: mesh_profile(rough, 15 * UM, MeshSettings(100, 0.6)), 1),
        "tower": numbers(lambda: mesh_profile(tower, 30 * UM, MeshSettings(6)), 2),
    }
    if COMM.rank == 0:
        json.dump(results, sys.stdout)
