# SPDX-License-Identifier: BSD-3-Clause
"""What the engine of a study costs for each case, beside the solving.

    ./ifem shell python3 benchmarks/study_engine.py

Runs a study of 240 small cases in one process, in two, and on two and three MPI ranks, and takes
from its timings the pauses between a case and the next one in the same worker: finding the task,
reading its profile, building nothing, writing the result with its provenance. Start-up is apart.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from datetime import datetime
from pathlib import Path

import pandas as pd

from interfacefem.surfaces import write_profile_csv
from interfacefem.synthetic.profiles import self_affine
from interfacefem.units import UM

PROFILES, VALUES = 60, 4
STUDY = """\
name: engine
profiles: [{files: "line*.csv"}]
cell: {domain: {height: 12 um}, tolerance: 20 %}
parameters:
  - grid: {kinetics.exchange_current_density: [1 mA/cm^2, 2 mA/cm^2, 5 mA/cm^2, 10 mA/cm^2]}
"""
WAYS = {
    "1 process": ([], ["--jobs", "1"]),
    "2 processes": ([], ["--jobs", "2"]),
    "2 MPI ranks (1 solves)": (["mpirun", "-n", "2"], []),
    "3 MPI ranks (2 solve)": (["mpirun", "-n", "3"], []),
}


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number in range(PROFILES):
            profile = self_affine(0.3 * UM, 10 * UM, points=40, seed=number)
            write_profile_csv(profile, folder / f"line{number:03d}.csv")
        (folder / "engine.yaml").write_text(STUDY)
        print(f"{PROFILES * VALUES} cases of {PROFILES} profiles; pause between cases of a worker")
        print(f"{'engine':24}{'median, ms':>12}{'mean, ms':>12}{'solve, ms':>12}")
        for way, (launcher, options) in WAYS.items():
            out = folder / way.replace(" ", "_")
            subprocess.run(
                [*launcher, sys.executable, "-m", "interfacefem", "study",
                 str(folder / "engine.yaml"), "--out", str(out), "--quiet", *options],
                env=dict(os.environ), check=True, capture_output=True,
            )  # fmt: skip
            pauses, solve = pauses_of(out / "timings.csv")
            print(f"{way:24}{statistics.median(pauses):12.2f}{statistics.mean(pauses):12.2f}"
                  f"{solve:12.1f}", flush=True)  # fmt: skip


def pauses_of(path: Path) -> tuple[list[float], float]:
    """Pauses in ms between cases of the same worker, and the median time of a case in ms."""
    timings = pd.read_csv(path)
    pauses = []
    for _, own in timings.groupby("current_worker"):
        ends = None
        for row in own.sort_values("current_started").itertuples():
            began = datetime.fromisoformat(row.current_started).timestamp()
            if ends is not None:
                pauses.append(1000 * (began - ends))
            ends = began + row.current_wall_s
    return pauses, 1000 * float(timings["current_wall_s"].median())


if __name__ == "__main__":
    main()
