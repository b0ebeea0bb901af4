# SPDX-License-Identifier: BSD-3-Clause
"""Twenty loads on one rough line, beside boundary elements: CPU seconds, medians of several runs.

    python3 benchmarks/contact.py

Run with the machine's own Python (nothing but its standard library is needed): our half runs in
the environment of ``./ifem shell``, Tamaas 2.9 in one of Python 3.11 that this script makes below
``~/.cache``. Without python3.11, or without Tamaas, our half alone is printed.

Both get the same periodic line of 512 nodes (:func:`rough_line`, fixed seed) and the same mean
pressures, from 1e-4 to 1e-2 of E*, each solve from the one before, on one thread. Tamaas solves to
1e-12 with PolonskyKeerRey; our complementarity error is printed.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

NODES = 512
RUNS = 9
LOADS = 20
PRESSURES_OVER_MODULUS = [1e-4 * 100 ** (i / (LOADS - 1)) for i in range(LOADS)]
LENGTH = 100e-6
MODULUS = 1e9
ROOT = Path(__file__).resolve().parents[1]
PEER = ROOT / "benchmarks" / "peers" / "tamaas_profiles.py"


def main() -> None:
    """Run both halves and print them side by side."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ours", type=Path, help=argparse.SUPPRESS)
    ours_file = parser.parse_args().ours
    if ours_file is not None:
        ours_file.write_text(json.dumps(time_ours()))
        return
    from contact_maps import _tamaas_python

    os.environ["OMP_NUM_THREADS"] = "1"
    # /tmp is the same inside ./ifem shell and outside
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="contact_") as folder:
        ours = _run(
            [str(ROOT / "ifem"), "shell", "python3", str(Path(__file__).resolve()), "--ours"],
            Path(folder) / "ours.json",
        )
        python = _tamaas_python()
        theirs = (
            None if python is None else _run([str(python), str(PEER)], Path(folder) / "theirs.json")
        )
    print(f"{NODES} nodes, {LOADS} loads, CPU s, median (least) of {RUNS} runs")
    print(f"set-up, ours         {ours['setup_s']:.4f}")
    print(f"solves, ours         {ours['cpu_s']:.4f} ({ours['least_s']:.4f})")
    print(f"complementarity error, ours, at most {ours['error']:.1e}")
    if theirs is None:
        print("Tamaas is not there (needs python3.11): our half alone", file=sys.stderr)
        return
    print(f"solves, {theirs['name']} {theirs['cpu_s']:.4f} ({theirs['least_s']:.4f})")
    ratio, least = (ours[name] / theirs[name] for name in ("cpu_s", "least_s"))
    print(f"ratio of solves, ours over theirs {ratio:.2f} ({least:.2f})")
    touching = zip(ours["nodes_in_contact"], theirs["nodes_in_contact"], strict=True)
    print(f"nodes in contact differ by at most {max(abs(a - b) for a, b in touching)}")


def _run(command: list[str], result: Path) -> dict:
    """What a half writes to the file that is its last argument; Tamaas prints its iterations."""
    done = subprocess.run([*command, str(result)], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    return json.loads(result.read_text())


def time_ours() -> dict:
    """Set-up and solves in CPU seconds, and how many nodes touch at each load."""
    import numpy as np

    from interfacefem.contact.elastic_body import ElasticBody
    from interfacefem.contact.problem import contact_problem
    from interfacefem.contact.solver import solve_loads
    from interfacefem.contact.surface import RoughSurface

    surface = RoughSurface(-rough_line(), (LENGTH / NODES,), "periodic")
    body = ElasticBody(0.91 * MODULUS, 0.3)
    contact_problem(surface, body)  # the form compiler's cache
    setups, solves = [], []
    for _ in range(RUNS):
        started = time.process_time()
        problem = contact_problem(surface, body)
        setups.append(time.process_time() - started)
        started = time.process_time()
        solutions = solve_loads(problem, [share * MODULUS for share in PRESSURES_OVER_MODULUS])
        solves.append(time.process_time() - started)
    return {
        "setup_s": statistics.median(setups),
        "cpu_s": statistics.median(solves),
        "least_s": min(solves),
        "error": max(solution.complementarity_error for solution in solutions),
        "nodes_in_contact": [int(np.count_nonzero(solution.touches)) for solution in solutions],
    }


def rough_line():
    """Heights in m with the solid below, 10 nm rms, shortest wave eight nodes."""
    import numpy as np

    rng = np.random.default_rng(1)
    modes = np.arange(1, NODES // 8 + 1)
    phases = rng.uniform(0, 2 * math.pi, len(modes))
    x = np.arange(NODES) / NODES
    z = np.cos(2 * math.pi * np.outer(x, modes) + phases) @ modes**-1.3
    return z * (1e-8 / z.std())


if __name__ == "__main__":
    main()
