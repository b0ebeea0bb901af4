# SPDX-License-Identifier: BSD-3-Clause
"""What the records of a study cost: python3 benchmarks/study_records.py [PROFILES PARAMETERS]

Writes a study and made-up results of all its cases as the program would, 240 profiles of 6
parameters unless told otherwise, then measures the process CPU time of what reads them: going on
with the finished study, ``status``, ``load_study``. Prints the number of files, too.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from interfacefem.study.file import read_study
from interfacefem.study.interfaces import taken_profiles
from interfacefem.study.plan import build_plan
from interfacefem.study.pooled_quantiles import SHARES
from interfacefem.study.provenance import code_version, provenance
from interfacefem.study.results import inputs_of
from interfacefem.study.store import Store

METRICS = {
    "i_ratio": 1.0387123456789, "i_max_mA_cm2": 1.0212345678901, "i_min_mA_cm2": 0.9832123456789,
    "hot_spot_factor": 1.0212345678901, "i_p99_p1": 1.0312345678901,
    "roughness_factor": 1.0112345678901, "wagner_number": 12.123456789012,
    "mean_overpotential_V": 0.0123456789012, "area_specific_resistance_ohm_cm2": 12.3456789012,
    "charge_balance_error": 1.2e-15, "i_ratio_error": 0.0001234, "cells": 7000, "newton_steps": 3,
}  # fmt: skip
QUANTILES = [0.98 + 0.00123456789 * place for place in range(len(SHARES))]


def main(profiles: int, parameters: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        study = write_study(Path(folder), profiles, parameters)
        out = Path(folder) / "out"
        began = time.process_time()
        cases = write_results(study, out)
        records = list((out / "records").iterdir())
        size = sum(path.stat().st_size for path in records) / 1e6
        print(f"{cases} results in {len(records)} files of {size:.1f} MB, "
              f"written in {time.process_time() - began:.1f} s of CPU time")  # fmt: skip
        program = [sys.executable, "-m", "interfacefem"]
        run = [*program, "study", str(study), "--out", str(out), "--quiet", "-j", "1"]
        measure("the first run after it, which writes the tables", run)
        before = state(out)
        measure("going on with it when all is done", run)
        print("  wrote", sorted(set(state(out).items()) - set(before.items())) or "nothing")
        measure("interfacefem status", [*program, "status", str(out)])
        load = f"import interfacefem; print(interfacefem.load_study({str(out)!r}).shape)"
        measure("interfacefem.load_study", [sys.executable, "-c", load])
        measure("start-up alone", [*program, "study", "--help"])


def write_study(folder: Path, profiles: int, parameters: int) -> Path:
    for number in range(profiles):
        points = "".join(f"{x},{x * (1 + number / 1000) % 3 / 10:.4f}\n" for x in range(10))
        (folder / f"line{number:04}.csv").write_text(f"x_um,z_um\n{points}")
    values = ", ".join(f"{1 + place / 100:.6g} mA/cm^2" for place in range(parameters))
    study = folder / "many.yaml"
    study.write_text(
        "name: many\nprofiles: [{files: 'line*.csv'}]\n"
        f"parameters: [{{grid: {{kinetics.exchange_current_density: [{values}]}}}}]\n"
    )
    return study


def write_results(study: Path, out: Path) -> int:
    """Records as ``solve_group`` writes them; they are synced once, at the end."""
    plan = build_plan(read_study(study))
    store, made_with = Store(out), provenance()
    profiles_code, code = code_version("profiles"), code_version("current")
    sync, os.fsync = os.fsync, lambda _: None
    try:
        for entry in plan.interfaces:
            content = taken_profiles(entry, out)
            lines = content.pop("lines")
            store.append({
                "kind": "source", "answers": entry.answers, "code": profiles_code, **content,
                "lines": [{"roughness": line["roughness"]} for line in lines],
                "profiles_sha256": store.write_profiles(entry.answers, lines), "cpu_s": 0.1,
            })  # fmt: skip
        timing = {"started": "2026-01-01T00:00:00+00:00", "wall_s": 0.1, "cpu_s": 0.1, "ranks": 1,
                  "worker": "host:1"}  # fmt: skip
        for group, case in plan.cases:
            done: dict[str, Any] = {
                "answers": case.answers, "code": code, "status": "done", "reason": None,
                "retry": False, "metrics": METRICS, "distribution": QUANTILES, "notes": [],
                "timing": timing, "inputs": inputs_of(group.interfaces, group.line, case),
            }  # fmt: skip
            store.append_case(done, made_with)
    finally:
        os.fsync = sync
    return len(plan.cases)


def measure(what: str, command: list[str]) -> None:
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    if finished.returncode:
        raise SystemExit(finished.stderr)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"{what}: {cpu:.2f} s of CPU time, {time.monotonic() - began:.1f} s")


def state(out: Path) -> dict[str, tuple[int, int]]:
    return {
        str(path.relative_to(out)): (path.stat().st_size, path.stat().st_mtime_ns)
        for path in out.rglob("*")
        if path.is_file()
    }


if __name__ == "__main__":
    main(*(int(text) for text in sys.argv[1:]) if len(sys.argv) == 3 else (240, 6))
