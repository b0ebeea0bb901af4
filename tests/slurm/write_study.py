# SPDX-License-Identifier: BSD-3-Clause
"""Write the study of tests/slurm/run.sh: python3 write_study.py FOLDER PROFILES."""

from __future__ import annotations

import sys
from pathlib import Path

from interfacefem.surfaces import write_profile_csv
from interfacefem.synthetic.profiles import self_affine
from interfacefem.units import UM

STUDY = """\
name: array
profiles: [{table: lines.csv}]
cell: {domain: {height: 12 um}, tolerance: 5 %}
parameters:
  - grid: {kinetics.exchange_current_density: [1 mA/cm^2, 10 mA/cm^2]}
"""


def main() -> None:
    folder, count = Path(sys.argv[1]), int(sys.argv[2])
    rows = ["profile,specimen"]
    for number in range(1, count + 1):
        profile = self_affine(0.3 * UM, 10 * UM, points=60, seed=number)
        write_profile_csv(profile, folder / f"line{number}.csv")
        rows.append(f"line{number}.csv,{number}")
    (folder / "lines.csv").write_text("\n".join(rows) + "\n")
    (folder / "array.yaml").write_text(STUDY)


if __name__ == "__main__":
    main()
