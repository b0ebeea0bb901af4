# SPDX-License-Identifier: BSD-3-Clause
"""Is the estimated error of a line ever below the true one, how far above, and what does it cost?

``./ifem shell env PYTHONPATH=. python3 -P benchmarks/ratio_estimate.py --problems 110 --seed 1``

Random problems: six families of profiles, five kinds of laws, films, conductivities and loads over
decades, each on three meshes; the reference has every point of the profile as a node, edges halved
at the interface and three times more beside corners. Printed for the ratio of the whole line and
for the excess over windows. With ``--before`` and the folder of another checkout of the program,
geometries are solved to 1 % by both in turn and compared, CPU time and every metric. Exit code 1
if an estimate is below the error.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from interfacefem.current import (
    ButlerVolmer,
    CurrentProblem,
    CurrentSolver,
    InSeriesWithFilm,
    LinearKinetics,
    TafelKinetics,
)
from interfacefem.current.run import run_current
from interfacefem.current.windows import place_windows, read_windows
from interfacefem.meshing import Triangulation, distribute, mesh_profile
from interfacefem.parameters.cell import Cell
from interfacefem.surfaces import Profile
from interfacefem.synthetic.profiles import keyhole_pores, self_affine, sinusoid, trochoid
from interfacefem.units import MA_PER_CM2, OHM_CM2, UM

try:
    from interfacefem.mpi import MPI
except ImportError:  # an older checkout
    from mpi4py import MPI

CORNER = np.radians(20)
CORNER_LEVELS = 3
METRICS = (
    "i_ratio",
    "hot_spot_factor",
    "i_p99_p1",
    "area_above_ccd",
    "safe_current_density",
    "mean_overpotential",
    "area_specific_resistance",
)


class Limited:
    """A law of its own: the current levels off at ``limit`` in A/m^2."""

    def __init__(self, limit: float, conductance: float) -> None:
        self.limit, self.conductance = limit, conductance

    def current_density(self, overpotential: np.ndarray) -> np.ndarray:
        """In A/m^2; goes on rising slowly, so that every current is carried."""
        u = self.conductance * overpotential / self.limit
        return self.limit * (np.tanh(u) + 0.05 * u)


def profile(rng: np.random.Generator) -> Profile:
    """One of six families."""
    seed = int(rng.integers(1 << 30))
    width = rng.uniform(20, 60) * UM
    match int(rng.integers(6)):
        case 0:
            rq, hurst = rng.uniform(0.05, 1.0) * UM, rng.uniform(0.6, 1.0)
            return self_affine(
                rq, width, hurst=hurst, points=int(rng.integers(320, 1000)), seed=seed
            )
        case 1:
            wave = rng.uniform(5, 15) * UM
            amplitude = rng.uniform(0.02, 0.25) * wave
            return sinusoid(amplitude, wave, periods=int(rng.integers(1, 4)), points=601)
        case 2:
            wave = rng.uniform(5, 15) * UM
            return trochoid(rng.uniform(0.2, 0.95) * wave / (2 * np.pi), wave, points=501)
        case 3:
            radius = rng.uniform(1, 2.5) * UM
            neck = rng.uniform(0.4, 0.8) * radius
            return keyhole_pores(
                radius, neck, 6 * radius, int(rng.integers(1, 4)), points_per_pore=160
            )
        case 4:
            count = int(rng.integers(6, 40))
            x = np.sort(np.concatenate([[0.0, width], rng.uniform(0.02, 0.98, count) * width]))
            return Profile(x, rng.normal(0, 0.6 * UM, len(x)))
        case _:
            x = np.linspace(0, width, 501)
            smooth = self_affine(0.5 * UM, width, points=501, seed=seed)
            return Profile(x, np.asarray(smooth.z) + rng.normal(0, 0.004 * UM, 501))


def problem(rng: np.random.Generator) -> CurrentProblem:
    """A law with or without a film."""
    i0 = 10 ** rng.uniform(-1.5, 2.4) * MA_PER_CM2
    alpha_a, alpha_c = rng.uniform(0.3, 0.7, 2)
    law = (
        ButlerVolmer(i0, alpha_a, alpha_c, 330.0),
        LinearKinetics(i0, alpha_a, alpha_c, 298.0),
        TafelKinetics(i0, alpha_c, 298.0),
        ButlerVolmer(i0, 0.5, 0.5, 298.0),
        Limited(10 * i0, i0 / 0.0257),
    )[int(rng.integers(5))]
    if rng.random() < 0.3:
        law = InSeriesWithFilm(law, 10 ** rng.uniform(-1, 3) * OHM_CM2)
    return CurrentProblem(10 ** rng.uniform(-2, 0), 10 ** rng.uniform(-1, 1.3) * MA_PER_CM2, law)


def reference_mesh(line: Profile, height: float) -> Triangulation:
    """All points are nodes; halved at the interface, more often beside corners."""
    from interfacefem.meshing.refine import refine

    mesh = mesh_profile(line, height)
    heading = np.unwrap(np.arctan2(np.diff(line.z), np.diff(line.x)))
    corners = np.column_stack([line.x, line.z])[1:-1][np.abs(np.diff(heading)) > CORNER]
    for level in range(1 + CORNER_LEVELS):
        near = np.zeros(len(mesh.points), dtype=bool)
        if level == 0:
            near[mesh.interface_nodes] = True
        elif len(corners):
            chain = mesh.points[mesh.interface_nodes]
            apart = np.abs(chain[:, None] - corners).max(axis=2).min(axis=1)
            near[mesh.interface_nodes[apart < 1e-12]] = True
        if near.any():
            mesh, _ = refine(mesh, near[mesh.triangles].any(axis=1))
    return mesh


def excesses(solution: object, places: object) -> tuple[float, float]:
    """Of the whole line and over windows."""
    samples = solution.samples  # type: ignore[attr-defined]
    current = samples.current_density
    windows = read_windows(samples, places, applied_current_density=1.0)  # type: ignore[arg-type]
    return float(current.max() / current.min()) - 1, float(windows.excess or np.nan)


def combinations(count: int, seed: int) -> Iterator[tuple[str, np.ndarray]]:
    """Estimate over error, and error, of ratio and windows on three meshes of each problem."""
    from interfacefem.current.error_estimate import estimate_error
    from interfacefem.meshing import mesh_line
    from interfacefem.meshing.outline import Thinning

    rng = np.random.default_rng(seed)
    done = 0
    while done < count:
        line, asked = profile(rng), problem(rng)
        height = line.width + float(line.z.max()) - line.mean_height
        places = place_windows(line.width, length=rng.uniform(0.2, 0.6) * line.width)
        meshes = [(rng.uniform(15, 60), int(rng.integers(60, 180))) for _ in range(2)]
        exact = None
        for angle, chords in [(Thinning.angle, Thinning.chords), *meshes]:
            solver = CurrentSolver(distribute(mesh_line(line, height, Thinning(angle, chords))))
            solution = solver.solve(asked)
            if not solution.samples.current_density.min() > 0:
                break
            estimate = estimate_error(solver, solution, places)
            if exact is None:
                fine = CurrentSolver(distribute(reference_mesh(line, height)))
                exact = excesses(fine.solve(asked), places)
            found = excesses(solution, places)
            errors = [abs(one / other - 1) for one, other in zip(found, exact, strict=True)]
            bounds = [estimate.ratio_minus_one_error, estimate.excess_error or np.nan]
            law = type(asked.charge_transfer).__name__
            film = isinstance(asked.kinetics, InSeriesWithFilm)
            yield (
                f"{len(line.x)} points, {law}{' + film' if film else ''}, "
                f"{solution.interface_mesh.quality.cells} triangles, excess {exact[0]:.3g}",
                np.array([*bounds, *errors]),
            )
        done += 1


def summary(name: str, bounds: np.ndarray, errors: np.ndarray) -> int:
    """Print the distribution of estimate over error; the number below it."""
    known = np.isfinite(bounds) & np.isfinite(errors)
    over = bounds[known] / np.maximum(errors[known], 1e-12)
    below = int(np.count_nonzero(over < 1))
    large = errors[known] > 2e-4
    print(
        f"{name}: {len(over)} combinations, {below} below the error; estimate over error: smallest "
        f"{over.min():.2f}, median {np.median(over):.2f}, 95 % {np.quantile(over, 0.95):.0f}; "
        f"{large.sum()} with an error above 0.02 %: median {np.median(over[large]):.2f}; "
        f"error: median {np.median(errors[known]):.2%}, largest {errors[known].max():.2%}"
    )
    return below


def geometries() -> dict[str, Profile]:
    """Twelve, of 500 to 1,500 points."""
    return {
        "smooth": sinusoid(1 * UM, 15 * UM, periods=3, points=1001),
        "steep": sinusoid(2 * UM, 10 * UM, periods=3, points=1001),
        "trochoid": trochoid(0.8 * 10 * UM / (2 * np.pi), 10 * UM, points=801),
        "rough 0.1 um": self_affine(0.1 * UM, 30 * UM, points=1000, seed=1),
        "rough 0.5 um": self_affine(0.5 * UM, 60 * UM, points=1000, seed=2),
        "rough 0.7 um": self_affine(0.7 * UM, 57 * UM, points=1024, seed=6),
        "rough 1 um": self_affine(1 * UM, 60 * UM, points=1000, seed=3),
        "rough 1 um, H 0.5": self_affine(1 * UM, 60 * UM, hurst=0.5, points=1000, seed=4),
        "rough 2 um": self_affine(2 * UM, 60 * UM, points=500, seed=5),
        "pores": keyhole_pores(2 * UM, 1.2 * UM, 15 * UM, 4, points_per_pore=250),
        "narrow necks": keyhole_pores(1.5 * UM, 0.4 * UM, 10 * UM, 4, points_per_pore=200),
        "rough 0.3 um, wide": self_affine(0.3 * UM, 120 * UM, points=1500, seed=8),
    }


def timed() -> None:
    """Times and metrics of this checkout as JSON, one line."""
    found = {}
    for name, line in geometries().items():
        for i0 in (1, 100):
            cell = Cell(exchange_current_density=f"{i0} mA/cm^2")
            spent = []
            for _ in range(4):  # the first warms up
                started = time.process_time()
                run_current(line, cell, MPI.COMM_SELF)
                spent.append(time.process_time() - started)
            cell = Cell(
                exchange_current_density=f"{i0} mA/cm^2", critical_current_density="4 mA/cm^2"
            )
            run = run_current(line, cell, MPI.COMM_SELF)
            found[f"{name}, i0 {i0}"] = {
                "cpu_s": float(np.median(spent[1:])),
                "cells": run.solution.interface_mesh.quality.cells,
                "estimate": run.i_ratio_error,
                **{name: getattr(run.metrics, name) for name in METRICS},
            }
    print(json.dumps(found))


def compare(before: Path) -> None:
    """Times and metrics of two checkouts, run one after the other."""
    here = Path(__file__).resolve()
    results = []
    for folder in (before.resolve(), here.parents[1]):
        environment = {**os.environ, "PYTHONPATH": str(folder)}
        command = [sys.executable, "-P", str(here), "--timed"]
        done = subprocess.run(
            command, env=environment, cwd=folder, capture_output=True, text=True, check=True
        )
        results.append(json.loads(done.stdout.splitlines()[-1]))
    old, new = results
    print("| geometry | CPU before, now (ms) | now/before | triangles | estimate | changes |")
    print("|---|---|---|---|---|---|")
    ratios, changes = [], []
    for name in old:
        a, b = old[name], new[name]
        ratios.append(b["cpu_s"] / a["cpu_s"])
        changes.append([_change(metric, a[metric], b[metric]) for metric in METRICS])
        listed = ", ".join(f"{change:.2g}" for change in changes[-1])
        print(
            f"| {name} | {1e3 * a['cpu_s']:.0f}, {1e3 * b['cpu_s']:.0f} | {ratios[-1]:.2f} "
            f"| {a['cells']}, {b['cells']} | {a['estimate']:.1e}, {b['estimate']:.1e} | {listed} |"
        )
    sums = [sum(one["cpu_s"] for one in result.values()) for result in results]
    print(
        f"now/before: median {np.median(ratios):.2f}, of sums {sums[1] / sums[0]:.2f}, largest "
        f"{max(ratios):.2f}"
    )
    largest = np.nanmax(np.abs(changes), axis=0)
    for metric, change in zip(METRICS, largest, strict=True):
        print(f"  largest change of {metric}: {change:.2g}")


def _change(metric: str, before: float | None, now: float | None) -> float:
    """Relative; of ratios that of what they exceed one by, of shares absolute."""
    if before is None or now is None:
        return 0.0 if before is now else float("nan")
    if metric == "area_above_ccd":
        return now - before
    one = 1.0 if metric in ("i_ratio", "i_p99_p1") else 0.0
    return (now - one) / (before - one) - 1


def main() -> None:
    """Run all and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--problems", type=int, default=110)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--before", type=Path)
    parser.add_argument("--timed", action="store_true", help="of this checkout alone, as JSON")
    given = parser.parse_args()
    if given.timed:
        timed()
        return
    if given.before is not None:
        compare(given.before)
    rows = []
    for text, row in combinations(given.problems, given.seed):
        rows.append(row)
        if (row[:2] < row[2:]).any():
            print(f"below: {text}: estimates {row[:2]}, errors {row[2:]}", flush=True)
    if not rows:
        return
    bounds, errors = np.split(np.array(rows), 2, axis=1)
    below = summary("whole line", bounds[:, 0], errors[:, 0])
    below += summary("windows", bounds[:, 1], errors[:, 1])
    sys.exit(below > 0)


if __name__ == "__main__":
    main()
