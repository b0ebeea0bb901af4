# SPDX-License-Identifier: BSD-3-Clause
"""A study of three short profiles that runs in seconds, and commands on it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from interfacefem.surfaces import write_profile_csv
from interfacefem.synthetic.profiles import self_affine
from interfacefem.units import UM

STUDY = """\
name: small
profiles:
  - {files: line1.csv, factors: {powder: coarse, pressure_MPa: 0}}
  - {files: "line[23].csv", factors: {powder: fine, pressure_MPa: 200}}
cell:
  domain: {height: 12 um}
  kinetics: {exchange_current_density: 5 mA/cm^2}
  tolerance: 5 %
parameters:
  - table:
      columns: [pressure_MPa, electrolyte.conductivity]
      rows: [[0, 0.1 mS/cm], [200, 1 mS/cm]]
  - grid: {load.current_density: [1 mA/cm^2, 3 mA/cm^2, 10 mA/cm^2]}
"""
CASES = 9


def write_small_study(folder: Path) -> Path:
    """Write study and profiles; returns the study file."""
    for number in (1, 2, 3):
        profile = self_affine(0.3 * UM, 10 * UM, points=60, seed=number)
        write_profile_csv(profile, folder / f"line{number}.csv")
    path = folder / "small.yaml"
    path.write_text(STUDY)
    return path


def command(study: Path, out: Path, *options: str) -> list[str]:
    """The command that runs a study."""
    return [sys.executable, "-m", "interfacefem", "study", str(study), "--out", str(out),
            "--quiet", *options]  # fmt: skip


def run_study(
    study: Path, out: Path, *options: str, ranks: int | None = None, code: int = 0
) -> subprocess.CompletedProcess[str]:
    """Run a study in another process and check its exit code."""
    launcher = [] if ranks is None else ["mpirun", "-n", str(ranks)]
    finished = subprocess.run(
        [*launcher, *command(study, out, *options)],
        env=dict(os.environ),  # without what MPI added to this process
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert finished.returncode == code, finished.stderr
    return finished


def case_files(out: Path) -> dict[str, int]:
    """Result files and when each was written, in ns."""
    return {path.name: path.stat().st_mtime_ns for path in out.glob("cases/*/*.json")}
