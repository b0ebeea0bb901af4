# SPDX-License-Identifier: BSD-3-Clause
"""Contact of height maps: CPU time of this project against Tamaas, side by side in one run.

    python3 benchmarks/contact_maps.py            # the table, 10 to 20 minutes, nearly all Tamaas'
    python3 benchmarks/contact_maps.py --quick    # one map, two loads, without Tamaas' cap
    python3 benchmarks/contact_maps.py --elastic  # all maps and loads, without Tamaas' cap

Run with the machine's own Python (nothing but its standard library is needed): our half runs in
the environment of ``./ifem shell``, Tamaas 2.9 in one of Python 3.11 that this script makes below
``~/.cache``. Without python3.11, or without Tamaas, our half alone is printed.

Every program gets the same periodic maps of 256 x 256 nodes (self-affine with Hurst exponent 0.8,
and one with isolated spikes), E* = 1, unit period, mean pressures from 0.0001 to 0.05 E*, with no
cap and with a hardness of 0.3 p_max + 0.7 p_mean of the elastic solution. Tamaas solves the elastic
cases with PolonskyKeerRey and the capped ones with KatoSaturated, the solvers it has for them; its
tolerance is the loosest of 1e-8, 1e-10, 1e-12, 1e-14 (1e-10, 1e-12 for the capped ones) that meets
our own criterion, a complementarity error of at most 1e-10, computed by one function from the
pressures of both (the last one is kept where none does). Times are process CPU times of the solve
alone on one thread, medians of repetitions that each start from no solution; set-up is named apart.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PEER = ROOT / "benchmarks" / "peers" / "tamaas_maps.py"
OURS = ROOT / "benchmarks" / "peers" / "ours_maps.py"
ENVIRONMENT = Path.home() / ".cache" / "interfacefem-benchmarks" / "tamaas-2.9"
MAPS = ("self-affine", "spikes")
LOADS = (1e-4, 1e-3, 1e-2, 5e-2)
TOLERANCE = 1e-10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one map, two loads, no Tamaas cap")
    parser.add_argument("--elastic", action="store_true", help="without Tamaas' capped solver")
    parser.add_argument("--repeat", type=int, default=5, help="repetitions of what takes < 5 s")
    arguments = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    python = _tamaas_python()
    if python is None:
        print("Tamaas is not there (needs python3.11): our half alone", file=sys.stderr)
    maps = MAPS[:1] if arguments.quick else MAPS
    loads = LOADS[1:3] if arguments.quick else LOADS
    capped = not (arguments.quick or arguments.elastic)
    # /tmp is the same inside ./ifem shell and outside
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="contact_maps_") as folder:
        _print_head()
        for name in maps:
            for load in loads:
                _compare(Path(folder), python, name, load, arguments.repeat, capped)


def _compare(
    folder: Path, python: Path | None, name: str, load: float, repeat: int, capped: bool
) -> None:
    """Two rows: elastic and capped."""
    tolerances = {"elastic": (1e-8, 1e-10, 1e-12, 1e-14), "capped": (1e-10, 1e-12)}
    for kind in ("elastic", "capped"):
        task = {
            "folder": str(folder), "map": name, "load": load, "kind": kind, "repeat": repeat,
            "tolerance": TOLERANCE,
        }  # fmt: skip
        ours = _ours("solve", task)
        theirs: dict[str, Any] | None = None
        if python is not None and (kind == "elastic" or capped):
            for tolerance in tolerances[kind]:
                peer = {**task, "tolerance": tolerance, "hardness": ours["hardness"]}
                theirs = _last_line([str(python), str(PEER), json.dumps(peer)])
                theirs.update(_ours("judge", {**task, "hardness": ours["hardness"]}))
                if theirs["error"] <= TOLERANCE:
                    break
        _print_row(name, load, kind, ours, theirs)


def _ours(task: str, parameters: dict[str, Any]) -> dict[str, Any]:
    command = [str(ROOT / "ifem"), "shell", "python3", str(OURS), task, json.dumps(parameters)]
    return _last_line(command)


def _last_line(command: list[str]) -> dict[str, Any]:
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _tamaas_python() -> Path | None:
    """Python of an environment with Tamaas, made at the first call."""
    python = ENVIRONMENT / "bin" / "python"
    if not python.exists():
        system = shutil.which("python3.11")
        if system is None:
            return None
        commands = (
            [system, "-m", "venv", str(ENVIRONMENT)],
            [str(python), "-m", "pip", "install", "-q", "tamaas==2.9.0"],
        )
        for command in commands:
            if subprocess.run(command, stdout=sys.stderr, check=False).returncode:
                shutil.rmtree(ENVIRONMENT, ignore_errors=True)
                return None
    probe = subprocess.run([str(python), "-c", "import tamaas"], check=False)
    return python if probe.returncode == 0 else None


def _print_head() -> None:
    head = (
        "map", "p/E*", "kind", "ours CPU ms", "iterations", "error", "set-up ms", "Tamaas CPU ms",
        "error", "Tamaas/ours", "contact, ours", "contact, Tamaas", "p_max/E*, ours",
        "p_max/E*, Tamaas",
    )  # fmt: skip
    print("| " + " | ".join(head) + " |")
    print("| --- | ---: | --- |" + " ---: |" * (len(head) - 3), flush=True)


def _print_row(
    name: str, load: float, kind: str, ours: dict[str, Any], theirs: dict[str, Any] | None
) -> None:
    mine = statistics.median(ours["cpu_s"])
    cells = [name, f"{load:g}", kind, f"{mine * 1e3:.0f}", str(ours["iterations"])]
    cells += [f"{ours['error']:.1e}", f"{ours['set_up_s'] * 1e3:.0f}"]
    if theirs is None:
        cells += ["-", "-", "-", f"{ours['contact']:.6f}", "-", f"{ours['p_max']:.8f}", "-"]
    else:
        other = statistics.median(theirs["cpu_s"])
        cells += [f"{other * 1e3:.0f}", f"{theirs['error']:.1e}", f"{other / mine:.1f}"]
        cells += [f"{ours['contact']:.6f}", f"{theirs['contact']:.6f}"]
        cells += [f"{ours['p_max']:.8f}", f"{theirs['p_max']:.8f}"]
    print("| " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
