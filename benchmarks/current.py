# SPDX-License-Identifier: BSD-3-Clause
"""Cost and error of the current distribution: this project against other programs.

    ./ifem shell python3 benchmarks/current.py                       # the table, about 15 minutes
    ./ifem shell python3 benchmarks/current.py --quick               # one profile, one repetition
    ./ifem shell python3 benchmarks/current.py --three-dimensional   # height maps, 1 and 2 ranks

Every program solves the same cases: three rough profiles of 1,000 points, i0 = 1 and
100 mA/cm2, and states i_max/i_min - 1. The obvious program (gmsh with a Distance field,
100,000 P1 triangles, Newton with LU) sets the error to beat; the others run at the coarsest of a
few resolutions whose errors at both i0 are no larger. Each program runs in processes of its own,
on one thread; times are process CPU times, medians over repetitions.

Columns: error, relative, of i_max/i_min - 1 against a solution with over 800,000 unknowns; CPU
time in ms of each stage and in all for one geometry; of the estimate, where there is one; per
point of a sweep over 7 x 7 values of i0 and conductivity on a mesh that is there, and the error at
that point of it which is this case; seconds of a whole process from its start to the number,
elapsed and CPU, and its peak memory.
"""

from __future__ import annotations

import argparse
import functools
import importlib
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from peers.cases import APPLIED, EXCHANGE, PROFILES, SWEEP, SWEEP_CHECKS, Laps
from peers.reference import reference
from peers.table import print_ratios, print_table

# resolutions of each program from coarse to fine, in its own terms
DENSITIES: dict[str, list[float]] = {
    "ours": [0, 600, 1000, 2000, 3000],
    "ngsolve_p2": [1, 2, 3],
    "scikit_fem_p2": [1, 2, 3],
}
OBVIOUS_CELLS = 100_000
SMALL_SWEEP = 8  # each eighth point, by a program that takes a second for one: the grid's diagonal
SWEEP_SHARE = 0.25  # of the obvious program's smaller error: what a sweep's point may add


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one profile, one repetition")
    parser.add_argument("--repeat", type=int, default=3, help="repetitions of each geometry")
    parser.add_argument("--three-dimensional", action="store_true", help="height maps only")
    parser.add_argument("--profiles", nargs="+", choices=list(PROFILES), help="default: all")
    parser.add_argument("--json", type=Path, help="also write all numbers to this file")
    parser.add_argument("--worker", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        task, program, text = arguments.worker
        print(json.dumps(TASKS[task](program, **json.loads(text))))
        return
    if arguments.three_dimensional:
        from peers.three_dimensional import compare_ranks

        compare_ranks(quick=arguments.quick)
        return
    names = arguments.profiles or (["rough"] if arguments.quick else list(PROFILES))
    rows = [
        row for name in names for row in _compare(name, 1 if arguments.quick else arguments.repeat)
    ]
    print_table(rows)
    print_ratios(rows)
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=1))


def _compare(profile: str, repeat: int) -> list[dict[str, Any]]:
    """Rows of the table for one profile."""
    exact = reference(profile)
    rows: list[dict[str, Any]] = []
    goal: list[float] = []
    for program in ("obvious", "ours", "ngsolve_p2", "scikit_fem_p2"):
        if program != "obvious" and not _installed(program):
            _say(f"{program}: not installed, left out")
            continue
        densities = DENSITIES.get(program) or [_run("fit", program, profile=profile)["density"]]
        for density in densities:
            found = _run(
                "measure", program, profile=profile, density=density, repeat=repeat,
                sweep_accuracy=SWEEP_SHARE * min(goal, default=1.0),
            )  # fmt: skip
            errors = [
                abs(answer["ratio_minus_one"] / true - 1)
                for answer, true in zip(found["answers"], exact, strict=True)
            ]
            _say(f"{profile}, {program}, resolution {density:.3g}: errors {errors}")
            goal = goal or errors
            if all(error <= limit for error, limit in zip(errors, goal, strict=True)):
                break
        reached = all(error <= limit for error, limit in zip(errors, goal, strict=True))
        if found["deviation"]:
            _say(f"{profile}, {program}: sweep within {found['deviation']:.1e} of full solutions")
        cold = _run("cold", program, profile=profile, density=density, exchange=EXCHANGE[0])
        for i, exchange in enumerate(EXCHANGE):
            rows.append(
                {
                    "profile": profile,
                    "exchange": exchange,
                    "program": found["name"],
                    "error": errors[i],
                    "reached": reached,
                    **found["answers"][i],
                    "laps": found["laps"][i],
                    "bound": found["bounds"][i],
                    "sweep": found["sweep"],
                    "sweep_error": abs(found["checks"][i] / exact[i] - 1),
                    "cold": cold["usage"],
                }
            )
    return rows


def _run(task: str, program: str, **parameters: Any) -> dict[str, Any]:
    """Do a task in a process of its own, which also tells what that process used."""
    command = [sys.executable, __file__, "--worker", task, program, json.dumps(parameters)]
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    elapsed = time.perf_counter() - started
    if process.returncode:
        sys.exit(f"{program} failed at {task} {parameters}")
    result: dict[str, Any] = json.loads(output.splitlines()[-1])
    result["usage"] = {
        "elapsed_s": elapsed,
        "cpu_s": usage.ru_utime + usage.ru_stime,
        "memory_mb": usage.ru_maxrss / 1024,
    }
    return result


def _fit(program: str, profile: str) -> dict[str, Any]:
    """The resolution at which the obvious program has as many triangles as it shall have."""
    module = importlib.import_module(f"peers.{program}")
    return {"density": module.density_for(PROFILES[profile](), OBVIOUS_CELLS)}


def _measure(
    program: str, profile: str, density: float, repeat: int, sweep_accuracy: float
) -> dict[str, Any]:
    """Stages of single geometries, a fresh one for each problem, then a sweep on one geometry."""
    module = importlib.import_module(f"peers.{program}")
    curve = PROFILES[profile]()
    answers, laps, bounds = [], [], []
    for exchange in EXCHANGE:
        runs = []
        # one more: the first run of a process loads code
        for _ in range(repeat + 1):
            run = Laps()
            solver = module.Program(curve, density, run)
            with run("solve"):
                answer = solver.solve(exchange, APPLIED)
            bound = None
            if hasattr(solver, "estimate_error"):
                with run("estimate"):
                    bound = solver.estimate_error().ratio_minus_one_error
            runs.append(run.seconds)
        laps.append({key: statistics.median(run[key] for run in runs[1:]) for key in runs[0]})
        answers.append(asdict(answer))
        bounds.append(bound)
    solver = module.Program(curve, density, Laps())
    slow = laps[0]["solve"] > 0.5
    points = SWEEP[::SMALL_SWEEP] if slow else SWEEP
    started = time.process_time()
    if hasattr(solver, "sweep"):
        swept = solver.sweep(points, sweep_accuracy)
        sweep = (time.process_time() - started) / len(points)
        checks = [swept[number] for number in SWEEP_CHECKS]
        deviation = max(
            abs(value / solver.solve(*point).ratio_minus_one - 1)
            for value, point in zip(swept, points, strict=True)
        )
    else:
        for exchange, applied in points:
            solver.solve(exchange, applied)
        sweep = (time.process_time() - started) / len(points)
        checks = [answer["ratio_minus_one"] for answer in answers]
        deviation = 0.0
    return {
        "name": module.NAME,
        "answers": answers,
        "laps": laps,
        "bounds": bounds,
        "sweep": sweep,
        "checks": checks,
        "deviation": deviation,
    }


def _cold(program: str, profile: str, density: float, exchange: float) -> dict[str, Any]:
    """One geometry and one problem, nothing else in the process."""
    module = importlib.import_module(f"peers.{program}")
    solver = module.Program(PROFILES[profile](), density, Laps())
    return asdict(solver.solve(exchange, APPLIED))


TASKS = {"fit": _fit, "measure": _measure, "cold": _cold}


@functools.cache
def _installed(program: str) -> bool:
    package = {"ngsolve_p2": "ngsolve", "scikit_fem_p2": "skfem"}.get(program, "dolfinx")
    return importlib.util.find_spec(package) is not None


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
