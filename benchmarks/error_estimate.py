# SPDX-License-Identifier: BSD-3-Clause
"""Is the estimated error ever below the true one?

``./ifem shell python3 benchmarks/error_estimate.py``

Sixty cases: ten profiles, three exchange current densities, two tolerances, each against a
reference of at least 500,000 unknowns on a nested mesh. Prints every case and a summary; takes
about ten minutes on one core. Exit code 1 if a bound is below the error.
"""

from __future__ import annotations

import sys
import time

import numpy as np

from interfacefem.current import ButlerVolmer, CurrentProblem, CurrentSolver
from interfacefem.current.adapt import solve_to_tolerance
from interfacefem.meshing import Triangulation, distribute, mesh_profile
from interfacefem.meshing.refine import refine
from interfacefem.mpi import MPI
from interfacefem.surfaces import Profile
from interfacefem.synthetic.profiles import keyhole_pores, self_affine, sinusoid, trochoid
from interfacefem.units import MA_PER_CM2, UM

REFERENCE_CELLS = 250_000  # two unknowns a triangle
CONDUCTIVITY = 0.1  # S/m
APPLIED = 3 * MA_PER_CM2
TEMPERATURE = 298.0
HEIGHT = 25 * UM


def profiles() -> dict[str, Profile]:
    """Smooth, rough, steep and overhanging ones."""
    return {
        "sinusoid, low": sinusoid(0.2 * UM, 20 * UM, periods=2, points=201),
        "sinusoid, steep": sinusoid(2 * UM, 10 * UM, periods=3, points=301),
        "trochoid": trochoid(0.8 * 10 * UM / (2 * np.pi), 10 * UM, points=201),
        "rough 0.1 um": self_affine(0.1 * UM, 30 * UM, points=300, seed=1),
        "rough 0.5 um": self_affine(0.5 * UM, 60 * UM, points=1000, seed=2),
        "rough 1 um": self_affine(1 * UM, 60 * UM, points=1000, seed=3),
        "rough 1 um, fine": self_affine(1 * UM, 60 * UM, hurst=0.5, points=1000, seed=4),
        "rough 2 um": self_affine(2 * UM, 60 * UM, points=500, seed=5),
        "pores": keyhole_pores(2 * UM, 1.2 * UM, 15 * UM, 3),
        "pores, narrow necks": keyhole_pores(1.5 * UM, 0.4 * UM, 10 * UM, 4),
    }


def ratio(current: np.ndarray) -> float:
    """Largest over smallest."""
    return float(current.max() / current.min())


def reference_ratio(triangulation: Triangulation, problem: CurrentProblem) -> float:
    """On a uniform refinement with at least 500,000 unknowns."""
    while len(triangulation.triangles) < REFERENCE_CELLS:
        everywhere = np.ones(len(triangulation.triangles), dtype=bool)
        triangulation, _ = refine(triangulation, everywhere)
    solution = CurrentSolver(distribute(triangulation)).solve(problem)
    return ratio(solution.samples.current_density)


def main() -> None:
    """Run all cases and print them."""
    print("| profile | i0 (mA/cm2) | tolerance | cells | i_ratio | bound | error | bound/error |")
    print("|---|---|---|---|---|---|---|---|")
    effectivities, below, started = [], 0, time.process_time()
    for name, profile in profiles().items():
        for i0 in (1.0, 10.0, 100.0):
            law = ButlerVolmer(i0 * MA_PER_CM2, 0.5, 0.5, TEMPERATURE)
            problem = CurrentProblem(CONDUCTIVITY, APPLIED, law)
            coarse = mesh_profile(profile, HEIGHT)
            refined = {
                tolerance: solve_to_tolerance(coarse, problem, tolerance, MPI.COMM_SELF)
                for tolerance in (0.03, 0.003)
            }
            exact = reference_ratio(refined[0.003].triangulation, problem)
            for tolerance, one in refined.items():
                found = ratio(one.solution.samples.current_density)
                error = abs(found - exact) / (exact - 1)
                bound = one.estimate.ratio_minus_one_error
                effectivities.append(bound / error)
                below += bound < error
                print(
                    f"| {name} | {i0:g} | {tolerance:g} | {len(one.triangulation.triangles)} "
                    f"| {found:.6f} | {bound:.2e} | {error:.2e} | {bound / error:.0f} |",
                    flush=True,
                )
    print(
        f"\n{len(effectivities)} cases, {below} bounds below the error; bound over error: smallest "
        f"{min(effectivities):.1f}, median {np.median(effectivities):.0f}; "
        f"{time.process_time() - started:.0f} s CPU"
    )
    sys.exit(below > 0)


if __name__ == "__main__":
    main()
