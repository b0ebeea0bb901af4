# SPDX-License-Identifier: BSD-3-Clause
"""The folder of a study whose numbers are made up, so that what a report must say is known.

``python3 tests/made_up_study.py FOLDER`` writes it with its ``report.html`` for a browser.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from interfacefem.study.file import read_study
from interfacefem.study.interfaces import prepare
from interfacefem.study.plan import Plan, build_plan
from interfacefem.study.pooled_quantiles import SHARES
from interfacefem.study.results import write_case
from interfacefem.study.run import begin_folder, finish_folder

STUDY = """\
name: made_up
physics: [current, stress]
images:
  - {files: "pristine_0_*.png", factors: {powder: pristine, milling_time_h: 0, pressure_MPa: 0}}
  - {files: "pristine_200_*.png", factors: {powder: pristine, milling_time_h: 0, pressure_MPa: 200}}
  - {files: "4h_0_*.png", factors: {powder: 4h, milling_time_h: 4, pressure_MPa: 0}}
  - {files: "4h_200_*.png", factors: {powder: 4h, milling_time_h: 4, pressure_MPa: 200}}
sampling: {pixel_size: 50 nm, lines: 5, method: sampling-line, crop: none}
cell:
  electrolyte: {hardness: inf}   # <b>assumed</b>
  block: {rotation: fixed}
parameters:
  - grid: {kinetics.exchange_current_density: [1 mA/cm^2, 10 mA/cm^2]}
risk: {i_ratio: [1.2, 1.4]}
"""
IMAGES = 3
LINES = 5
CONDITIONS = ((0.0, 0.0), (0.0, 200.0), (4.0, 0.0), (4.0, 200.0))
BROKEN = "too steep for <contact>"


def i_ratio(pressure: float, image: int, line: int, i0: float) -> float:
    """Falls with pressure, does not know of milling; images differ more than lines."""
    return 1 + (0.5 - 0.001 * pressure + 0.02 * image + 0.002 * (line - 3)) * (0.4 + 0.06 * i0)


def stress_ratio(milling: float, pressure: float, image: int, line: int) -> float:
    """Another one for each condition."""
    return 3 + 0.1 * milling - 0.005 * pressure + 0.1 * image + 0.01 * (line - 3)


def write_made_up_study(folder: Path) -> tuple[Path, Plan]:
    """Write images, study file and folder of results; returns the latter and the plan."""
    for milling, pressure in CONDITIONS:
        powder = "pristine" if milling == 0 else "4h"
        for number in range(1, IMAGES + 1):
            name = f"{powder}_{pressure:g}_{number}.png"
            _draw(folder / name, amplitude=12 - pressure / 50, phase=number + milling)
    study = folder / "made_up.yaml"
    study.write_text(STUDY)
    file = read_study(study)
    plan = build_plan(file)
    out = folder / "results"
    begin_folder(plan, file.path.read_text(), out)
    for interfaces in plan.interfaces:
        reason = prepare(interfaces, out)
        assert reason is None, reason
    for group, case in plan.cases:
        factors = group.interfaces.source.factors
        image = int(group.interfaces.source.name.split("_")[2].removesuffix(".png"))
        result = _result(case, factors, image, group.line)
        timing = {"started": None, "wall_s": 0.1, "cpu_s": 0.1, "ranks": 1, "worker": "a"}
        write_case(out, group, case, {**result, "timing": timing})
    finish_folder(out)
    return out, plan


def _result(case: Any, factors: Any, image: int, line: int) -> dict[str, Any]:
    milling, pressure = float(factors["milling_time_h"]), float(factors["pressure_MPa"])
    if case.physics == "stress" and (milling, pressure, image, line) == (4.0, 200.0, 1, 5):
        return {"status": "failed", "reason": BROKEN, "retry": False, "metrics": {}, "notes": []}
    if case.physics == "current":
        i0 = case.cell.kinetics.exchange_current_density / 10
        metrics = {"i_ratio": i_ratio(pressure, image, line, i0), "i_ratio_error": 0.001}
        spread = 1 + (SHARES - 0.5) * (metrics["i_ratio"] - 1)
    else:
        metrics = {"stress_ratio": stress_ratio(milling, pressure, image, line)}
        spread = 2 * SHARES
    note = [f"the steepest slope is {1 + 0.1 * line:g}"] if line == 1 else []
    return {"status": "done", "reason": None, "retry": False, "metrics": metrics, "notes": note,
            "distribution": spread.tolist()}  # fmt: skip


def _draw(path: Path, amplitude: float, phase: float) -> None:
    rows, columns = np.mgrid[0:160, 0:500]
    # pores that each sampling line meets at other heights
    distance = np.hypot((rows + 7 * phase) % 31 - 15, (columns + 11 * phase) % 40 - 20)
    inside = np.clip(distance - 4 - amplitude / 4 + 0.5, 0, 1)  # anti-aliased
    Image.fromarray((60 + 120 * inside).astype(np.uint8)).save(path)


if __name__ == "__main__":
    from interfacefem.report.study_report import write_report

    parent = Path(sys.argv[1])
    write_report(write_made_up_study(parent)[0], parent / "report.html")
