# SPDX-License-Identifier: BSD-3-Clause
"""``import interfacefem`` by those who do not use it as the examples do."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from interfacefem.surfaces import write_profile_csv
from interfacefem.synthetic.profiles import sinusoid
from interfacefem.units import UM

ONE_OF_SEVERAL_FAILS = """
import threading
import interfacefem as ifem
from interfacefem.errors import InputError
profile, height_map = (
    ifem.read_profile("line.csv"), ifem.read_height_map("map.csv", pixel_size="1 um"))
cell = ifem.Cell(lateral_cells=4)
for good in (profile, height_map):
    try:
        tuple(ifem.solve_current(one, cell) for one in (good, "bad"))
    except InputError as error:
        print(type(error).__name__)
print(ifem.solve_current(profile, cell).write("again.xdmf"))
found = []
def work():
    found.append(ifem.sweep(profile, cell, conductivity=["1 mS/cm"]).table()["i_ratio"][0])
threads = [threading.Thread(target=work) for _ in range(3)]
for one in threads:
    one.start()
for one in threads:
    one.join()
print(len(found), max(found) - min(found) < 1e-9)
"""


def test_errors_leave_no_lock_behind_and_threads_share_gmsh(tmp_path: Path) -> None:
    """Meshes are freed with the tuple that was being made; the next call once waited forever."""
    write_profile_csv(sinusoid(0.5 * UM, 10 * UM, periods=2, points=41), tmp_path / "line.csv")
    (tmp_path / "map.csv").write_text("0,0.2,0\n0.2,0,0.1\n0,0.1,0\n")
    finished = subprocess.run(
        [sys.executable, "-c", ONE_OF_SEVERAL_FAILS],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    printed = ["InputError", "InputError", "again.xdmf", "3 True"]
    assert finished.stdout.splitlines() == printed, finished.stderr
