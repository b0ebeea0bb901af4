# SPDX-License-Identifier: BSD-3-Clause
"""A study of three short profiles that runs in seconds, and commands on it."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

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


def lines_of(out: Path) -> list[tuple[Path, bytes]]:
    """Whole lines of the records of a study, each with its file."""
    return [
        (path, line)
        for path in sorted(out.glob("records/*"))
        for line in path.read_bytes().splitlines(keepends=True)
        if line.endswith(b"\n")
    ]


def records_of(out: Path, kind: str = "case") -> list[dict[str, Any]]:
    """Records of one kind."""
    found = [json.loads(line[65:]) for _, line in lines_of(out)]
    return [record for record in found if record["kind"] == kind]


def case_files(out: Path) -> dict[str, float]:
    """Keys of the cases that have a result, and when the last of each was written."""
    written = sorted((record["written"], record["key"]) for record in records_of(out))
    return {key: when for when, key in written}


def rewrite(out: Path, change: Callable[[bytes], bytes | None], *, which: str = "") -> int:
    """Change each line of the records that holds a text; None takes it out. Returns how many."""
    count = 0
    for path in sorted(out.glob("records/*")):
        lines = []
        for line in path.read_bytes().splitlines(keepends=True):
            if which.encode() not in line:
                lines.append(line)
                continue
            count += 1
            changed = change(line)
            lines += [] if changed is None else [changed]
        path.write_bytes(b"".join(lines))
    return count


def signed(content: dict[str, Any]) -> bytes:
    """A record as one who knows the format would forge it, its checksum right."""
    text = json.dumps(content).encode()
    return hashlib.sha256(text).hexdigest().encode() + b" " + text + b"\n"


def forged(edit: Callable[[dict[str, Any]], object]) -> Callable[[bytes], bytes]:
    """A change of a line that edits its content and puts the checksum right."""

    def change(line: bytes) -> bytes:
        content = json.loads(line[65:])
        edit(content)
        return signed(content)

    return change
