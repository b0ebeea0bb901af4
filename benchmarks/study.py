# SPDX-License-Identifier: BSD-3-Clause
"""What the currents of a study cost: as a unit of points, beside a sweep and case by case.

``./ifem shell env PYTHONPATH=. python3 -P benchmarks/study.py [--before FOLDER]``

CPU time of three geometries of 1,000 points: a grid of 7 x 7 points, and five points at 5 % as the
shipped study has them; what a study solves includes windows and the safe current density.
``CurrentUnit`` and ``current --sweep`` give every point an estimate and the same polish,
``CurrentCases`` is how a study solves its cases today. With the folder of another checkout its
``CurrentCases`` and sweep are timed in the same run.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from interfacefem.current.many_cells import CurrentCases
from interfacefem.current.sweep import run_sweep
from interfacefem.parameters.cell import Cell
from interfacefem.surfaces import Profile
from interfacefem.synthetic.profiles import self_affine, sinusoid
from interfacefem.units import UM

try:
    from interfacefem.mpi import MPI
except ImportError:  # an older checkout
    from mpi4py import MPI

AXES = {"i0": np.geomspace(0.1, 100.0, 7), "conductivity": np.geomspace(0.1, 10.0, 7)}


def geometries() -> dict[str, Profile]:
    """A smooth one and two rough ones."""
    return {
        "wave": sinusoid(1 * UM, 15 * UM, periods=4, points=1001),
        "rough 0.3 um": self_affine(0.3 * UM, 57 * UM, points=1000, seed=2),
        "rough 0.7 um": self_affine(0.7 * UM, 57 * UM, points=1000, seed=6),
    }


def grid() -> list[Cell]:
    """The points of the sweep as cases."""
    return [
        Cell(conductivity=f"{float(k)!r} mS/cm", exchange_current_density=f"{float(i0)!r} mA/cm^2")
        for i0 in AXES["i0"]
        for k in AXES["conductivity"]
    ]


def shipped() -> list[Cell]:
    """Five points as in studies/lpscl_tapes.yaml."""
    return [
        Cell(
            exchange_current_density=f"{i0} mA/cm^2",
            conductivity="0.93 mS/cm",
            critical_current_density="1 mA/cm^2",
            tolerance="5 %",
        )
        for i0 in (0.1, 0.3, 1, 3, 10)
    ]


def one_by_one(profile: Profile, cells: list[Cell]) -> None:
    """As a study does today."""
    solver = CurrentCases(profile, MPI.COMM_SELF)
    for cell in cells:
        solver.run(cell)


def ways() -> dict[str, Callable[[Profile], object]]:
    """What is timed in this checkout."""
    points, five = grid(), shipped()  # reading units is none of the solver's time
    found: dict[str, Callable[[Profile], object]] = {
        "7 x 7, sweep": lambda line: run_sweep(line, Cell(), AXES, MPI.COMM_SELF),
        "7 x 7, case by case": lambda line: one_by_one(line, points),
        "shipped, case by case": lambda line: one_by_one(line, five),
    }
    if importlib.util.find_spec("interfacefem.current.unit") is not None:
        from interfacefem.current.unit import CurrentUnit

        def unit(line: Profile, cells: list[Cell], **how: object) -> object:
            return CurrentUnit(line, cells, MPI.COMM_SELF, **how).run()  # type: ignore[arg-type]

        found["7 x 7, unit without windows and safe current"] = lambda line: unit(
            line, points, reference_length=None, safe=False
        )
        found["7 x 7, unit"] = lambda line: unit(line, points)
        found["shipped, unit"] = lambda line: unit(line, five)
    return found


def timed() -> dict[str, dict[str, float]]:
    """CPU time in s by way and geometry, the second of two runs."""
    found: dict[str, dict[str, float]] = {}
    for way, solve in ways().items():
        for name, line in geometries().items():
            for _ in range(2):
                started = time.process_time()
                solve(line)
                spent = time.process_time() - started
            found.setdefault(way, {})[name] = spent
    return found


def main() -> None:
    """Time this checkout, and another one before it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--before", type=Path)
    parser.add_argument("--timed", action="store_true", help="this checkout alone, as JSON")
    given = parser.parse_args()
    if given.timed:
        print(json.dumps(timed()))
        return
    here = Path(__file__).resolve()
    results = {}
    for label, folder in (("before", given.before), ("now", here.parents[1])):
        if folder is None:
            continue
        folder = folder.resolve()
        done = subprocess.run(
            [sys.executable, "-P", str(here), "--timed"],
            env={**os.environ, "PYTHONPATH": str(folder)},
            cwd=folder, capture_output=True, text=True, check=True,
        )  # fmt: skip
        results[label] = json.loads(done.stdout.splitlines()[-1])
    names = list(geometries())
    print(f"| CPU ms of a geometry | {' | '.join(names)} | all |")
    print("|---|" + "---|" * (len(names) + 1))
    total = {}
    for label, result in results.items():
        for way, spent in result.items():
            total[label, way] = sum(spent.values())
            row = [*(spent[name] for name in names), total[label, way]]
            print(f"| {way}, {label} | {' | '.join(f'{1e3 * value:.0f}' for value in row)} |")
    now = {way: value for (label, way), value in total.items() if label == "now"}
    alike = now["7 x 7, unit without windows and safe current"]
    print(f"7 x 7: unit over sweep {now['7 x 7, unit'] / now['7 x 7, sweep']:.2f}, of what the "
          f"sweep finds {alike / now['7 x 7, sweep']:.2f}, "
          f"over case by case {now['7 x 7, unit'] / now['7 x 7, case by case']:.2f}")  # fmt: skip
    print(f"shipped: unit over case by case "
          f"{now['shipped, unit'] / now['shipped, case by case']:.2f}")  # fmt: skip
    for way in ("7 x 7", "shipped"):
        if ("before", f"{way}, case by case") in total:
            before = total["before", f"{way}, case by case"]
            print(f"{way}: over case by case before: unit {now[f'{way}, unit'] / before:.2f}, "
                  f"case by case {now[f'{way}, case by case'] / before:.2f}")  # fmt: skip


if __name__ == "__main__":
    main()
