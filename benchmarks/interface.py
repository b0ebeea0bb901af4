# SPDX-License-Identifier: BSD-3-Clause
"""Pressed interfaces: coverage of errors, hot spots, times, and the finite elements beside them.

    ./ifem shell python3 benchmarks/interface.py [coverage] [hot-spots] [times] [elements] [--quick]

Times are process CPU times of this run, one thread; medians where a thing is run several times. A
busy machine makes them longer: beside each sweep stands what a pair of transforms of its grid took
before and after it. ``--quick`` leaves out the larger grids and most cases.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

import numpy as np
from interface_cases import (
    CONDUCTIVITY,
    WIDTH,
    disc_cases,
    given_mask_coverage,
    pressed_cell,
    pressed_ratios,
    rough_pressing,
    sphere_pressing,
    strip_cases,
    threshold_cases,
    wave_ratio,
)

from interfacefem.contact.run import run_stress_sweep
from interfacefem.contact.solver import contact_mask
from interfacefem.current import CurrentProblem
from interfacefem.current.kinetics import ButlerVolmer
from interfacefem.current.map_run import run_current_map
from interfacefem.current.problem import current_problem
from interfacefem.current.run import run_current
from interfacefem.interface.grid import SurfaceGrid
from interfacefem.interface.hot_spot import find_hot_spot
from interfacefem.interface.impedance import InterfaceCapacitances, solve_impedance
from interfacefem.interface.of_cell import SurfaceUnderBlock, grid_of
from interfacefem.interface.pressure_curve import CurveSettings, solve_curve, spot_problem
from interfacefem.interface.spot_current import solve_spots
from interfacefem.mpi import MPI
from interfacefem.reference.interface_checks import primary, strip_grid
from interfacefem.surfaces import HeightMap
from interfacefem.surfaces.contact_mask import contact_over
from interfacefem.synthetic.height_maps import self_affine_map
from interfacefem.synthetic.profiles import self_affine
from interfacefem.units import MA_PER_CM2, MPA, OHM_CM2, UM

PRIMARY = CurrentProblem(CONDUCTIVITY, 30.0, None)
REACTION = CurrentProblem(CONDUCTIVITY, 30.0, ButlerVolmer(10.0, 0.5, 0.5, 298.0))
LINES = ((0.1, 1), (0.3, 2), (0.3, 3), (0.6, 4), (0.6, 5))  # rms in um, seed
MAPS = ((0.1, 3), (0.3, 5))
LOADS = tuple(pressure * MPA for pressure in (1, 5, 10, 20, 50))
QUICK = "--quick" in sys.argv[1:]
# seeds of rough maps on which no estimator was chosen
FRESH = range(500, 502) if QUICK else range(500, 506)
GIVEN = range(4) if QUICK else range(16)


def coverage() -> None:
    """Errors against exact solutions or four times the samples."""
    rows = []
    for name, cases in (
        ("discs, given", disc_cases(GIVEN)),
        ("strips, given", strip_cases(GIVEN)),
        ("thresholded surfaces, given", threshold_cases(GIVEN)),
    ):
        rows.append((name, given_mask_coverage(cases)[1]))
    rows.append(("pressed waves, exact", [wave_ratio(seed, PRIMARY) for seed in GIVEN]))
    spheres = []
    for seed in GIVEN[:5]:
        fine = sphere_pressing(seed, finer=4)
        spheres += pressed_ratios(sphere_pressing(seed), fine, PRIMARY, (2e6, 20e6))
    rows.append(("pressed spheres", spheres))
    for hardness in ("inf", "0.6 GPa"):
        for name, problem in (("primary", PRIMARY), ("Butler-Volmer", REACTION)):
            ratios = []
            for seed in FRESH:
                fine = rough_pressing(seed, hardness, finer=4)
                ratios += pressed_ratios(rough_pressing(seed, hardness), fine, problem)
            kind = "elastic" if hardness == "inf" else "capped"
            rows.append((f"rough at 4 pressures, {kind}, {name}", ratios))
    print("coverage                                        cases  covered  median error/true error")
    for name, ratios in rows:
        _print_coverage(name, ratios)
    capped = [ratio for name, found in rows if "capped" in name for ratio in found]
    elastic = [
        ratio for name, found in rows if "given" not in name and "capped" not in name
        for ratio in found
    ]  # fmt: skip
    given = [ratio for name, found in rows if "given" in name for ratio in found]
    for name, found in (("all given masks", given), ("all elastic contacts", elastic),
                        ("all capped contacts", capped),
                        ("all", [*given, *elastic, *capped])):  # fmt: skip
        _print_coverage(name, found)


def _print_coverage(name: str, ratios: list[float]) -> None:
    held = sum(ratio >= 1 for ratio in ratios)
    print(
        f"{name:46s} {len(ratios):6d} {100 * held / len(ratios):7.1f} % {np.median(ratios):12.2f}"
    )


def hot_spots() -> None:
    """Strips without resistance; a rough map on ever finer grids, refined in a window."""
    print("primary strips: samples, mean over 1/32 of the width over applied, largest (no limit)")
    for samples in (256, 1024, 4096):
        solution = primary(*strip_grid(samples, 0, samples // 4))
        mean = find_hot_spot(solution).mean_factor
        print(f"  {samples:5d} {mean:8.3f} {solution.current.max() / 30:8.1f}")
    print("rough map, 0.3 um rms, 0.6 GPa, Butler-Volmer, 10 MPa: cells, on the grid, refined")
    for samples in (64, 128) if QUICK else (64, 128, 256, 512):
        surface = self_affine_map(
            0.3 * UM, 40 * UM, samples=samples + 1, shortest=5 * UM, longest=20 * UM, seed=3
        )
        pressing = SurfaceUnderBlock(surface, pressed_cell("0.6 GPa"))
        settings = CurveSettings(errors=False)
        (row,) = solve_curve(pressing, REACTION, [10 * MPA], 10.0, settings).rows
        raw = row.solution.current.max() / 30
        refined = row.hot_spot.factor
        print(f"  {samples:5d} {raw:8.2f} {'-' if refined is None else f'{refined:.2f}':>8}")


# of maps: seed, shortest wave over the width, Hurst exponent
SWEPT = ((1, 1 / 32, 0.8), (2, 1 / 16, 0.6))


def _swept_map(samples: int, seed: int, shortest: float, hurst: float) -> HeightMap:
    return self_affine_map(
        0.3 * UM, WIDTH, samples=samples + 1, shortest=WIDTH * shortest, hurst=hurst, seed=seed
    )


def _transforms_ms(grid: SurfaceGrid) -> float:
    """Process CPU time of one pair of transforms of a grid in ms, median of twenty."""
    symbol = grid.constriction_symbol(CONDUCTIVITY, WIDTH)
    values = np.random.default_rng(0).random(grid.shape)
    spent = []
    for _ in range(20):
        started = time.process_time()
        grid.apply(symbol, values)
        spent.append(time.process_time() - started)
    return 1e3 * statistics.median(spent)


def times() -> None:
    """Sweeps and spectra; goals 6 s and 25 s without errors, three times that with; 2 s."""
    print("sweep of 20 pressures, 1 to 300 MPa, contact and Butler-Volmer; CPU s; a pair of")
    print("transforms of the grid in ms, before and after")
    print("map                                     without errors   with   transforms")
    pressures = np.geomspace(1e6, 300e6, 20)
    for samples in (256,) if QUICK else (256, 512):
        for swept in SWEPT[:1] if QUICK else SWEPT:
            surface = _swept_map(samples, *swept)
            for hardness in ("inf", "0.6 GPa"):
                found = []
                pressing = SurfaceUnderBlock(surface, pressed_cell(hardness))
                before = _transforms_ms(grid_of(pressing.problem.surface))
                for errors in (False, True):
                    settings = CurveSettings(errors=errors)
                    started = time.process_time()
                    solve_curve(pressing, REACTION, pressures, 10.0, settings)
                    found.append(time.process_time() - started)
                after = _transforms_ms(grid_of(pressing.problem.surface))
                name = f"{samples} x {samples} #{swept[0]}, hardness {hardness}"
                spent = f"{found[0]:14.1f} {found[1]:6.1f}"
                print(f"{name:39s} {spent} {before:6.2f} {after:5.2f}", flush=True)
    print("40 frequencies, 10 mHz to 10 MHz, 50 MPa, median of three; CPU s, iterations in all")
    for samples in (256,) if QUICK else (256, 512):
        for swept in SWEPT[:1] if QUICK else SWEPT:
            pressing = SurfaceUnderBlock(_swept_map(samples, *swept), pressed_cell("0.6 GPa"))
            settings = CurveSettings(errors=False)
            (row,) = solve_curve(pressing, REACTION, [50 * MPA], 10.0, settings).rows
            spectra = [
                solve_impedance(
                    row.pressed,
                    row.solution,
                    np.geomspace(1e-2, 1e7, 40),
                    InterfaceCapacitances(0.1, 10.0),
                )
                for _ in range(3)
            ]
            spent = statistics.median(spectrum.cpu_s for spectrum in spectra)
            name = f"{samples} x {samples} #{swept[0]}, mirrored"
            print(f"{name:39s} {spent:14.2f} {sum(spectra[0].iterations):6d}", flush=True)


def elements() -> None:
    """Resistance and CPU beside the finite elements on the same contacts."""
    print("finite elements on the undeformed surface, the same contact; ASR in ohm cm2")
    print("surface            kinetics       MPa   flat     +- error   elements   CPU ratio")
    quotients = []
    for model in ("primary", "butler-volmer"):
        cell = pressed_cell("0.6 GPa", kinetics={"model": model}, stress={"nodes": 2048})
        for rms, seed in LINES[1:2] if QUICK else LINES:
            line = self_affine(rms * UM, 40 * UM, points=513, seed=seed)
            quotients += _compared(line, cell, f"line {rms} um #{seed}", model)
        cell = pressed_cell("0.6 GPa", kinetics={"model": model}, domain={"lateral_cells": 48})
        for rms, seed in MAPS[:1] if QUICK else MAPS:
            surface = self_affine_map(rms * UM, 40 * UM, samples=49, shortest=10 * UM, seed=seed)
            quotients += _compared(surface, cell, f"map {rms} um #{seed}", model)
    print(f"median of CPU, finite elements over flat: {np.median(quotients):.0f}")


def _compared(surface, cell, name: str, model: str) -> list[float]:
    started = time.process_time()
    pressing = SurfaceUnderBlock(surface, cell)
    loads = LOADS[::2] if QUICK else LOADS
    contacts = pressing.at(loads)
    set_up = (time.process_time() - started) / len(loads)
    problem = current_problem(cell)
    curve = solve_curve(pressing, problem, loads, 1.0 * MA_PER_CM2)
    runs = run_stress_sweep(surface, cell, loads, MPI.COMM_SELF)
    quotients = []
    for pressure, row, run, pressed in zip(loads, curve.rows, runs, contacts, strict=True):
        started = time.process_time()
        solve_spots(spot_problem(pressed, problem, pressing.height, CurveSettings()))
        flat = time.process_time() - started
        if pressing.dimensions == 2:
            mask = contact_mask(run.solution, surface)
            found = run_current(surface, cell, MPI.COMM_SELF, mask, reference_length=WIDTH)
        else:
            contact = contact_over(surface, run.solution.touches)
            found = run_current_map(
                surface, cell, MPI.COMM_SELF, contact=contact, reference_length=WIDTH
            )
        quotients.append(found.cpu_s / max(flat, 1e-4))
        print(
            f"{name:18s} {model:14s} {pressure / MPA:4.0f} {row.resistance / OHM_CM2:8.3f} "
            f"{row.error.total / OHM_CM2:8.3f} "
            f"{found.metrics.area_specific_resistance / OHM_CM2:10.3f} {quotients[-1]:9.0f}",
            flush=True,
        )
    print(f"{'':18s} contact itself {1e3 * set_up:6.1f} ms of CPU at each pressure")
    return quotients


PARTS = {"coverage": coverage, "hot-spots": hot_spots, "times": times, "elements": elements}


def main() -> None:
    """Run the parts that are named, or all."""
    named = [name for name in sys.argv[1:] if name != "--quick"]
    unknown = [name for name in named if name not in PARTS]
    if unknown:
        sys.exit(f"benchmarks/interface.py: no part {unknown[0]}; parts: {', '.join(PARTS)}")
    for name in named or PARTS:
        PARTS[name]()
    print(f"{time.process_time():.0f} s of CPU in all")


if __name__ == "__main__":
    main()
