# SPDX-License-Identifier: BSD-3-Clause
"""Twenty loads on one rough line, beside boundary elements: CPU seconds, medians of several runs.

    ./ifem shell python3 benchmarks/contact.py [--peer FILE.json]

The peer runs apart, since it needs another Python (benchmarks/peers/tamaas_profiles.py writes the
file that --peer reads); both use ``benchmark_surface`` below with its fixed seed.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import time
from pathlib import Path

import numpy as np

NODES = 512
RUNS = 5
PRESSURES_OVER_MODULUS = np.geomspace(1e-4, 1e-2, 20)
LENGTH = 100e-6
MODULUS = 1e9


def main() -> None:
    """Time set-up and solves, compare with the peer's file."""
    from interfacefem.contact.elastic_body import ElasticBody
    from interfacefem.contact.solver import contact_problem, solve_loads
    from interfacefem.contact.surface import RoughSurface

    parser = argparse.ArgumentParser()
    parser.add_argument("--peer", type=Path, help="what benchmarks/peers/tamaas_profiles.py wrote")
    peer_file = parser.parse_args().peer
    spacing = LENGTH / NODES
    height = rough_line()
    surface = RoughSurface(np.arange(NODES) * spacing, -height, spacing, "periodic")
    body = ElasticBody(0.91 * MODULUS, 0.3)
    contact_problem(surface, body)  # the form compiler's cache
    setups, solves = [], []
    for _ in range(RUNS):
        started = time.process_time()
        problem = contact_problem(surface, body)
        setups.append(time.process_time() - started)
        started = time.process_time()
        solutions = solve_loads(problem, list(PRESSURES_OVER_MODULUS * MODULUS))
        solves.append(time.process_time() - started)
    setup, solve = statistics.median(setups), statistics.median(solves)
    print(f"{NODES} nodes, {len(solutions)} loads, CPU s, median of {RUNS} runs")
    print(f"set-up {setup:.3f}")
    print(f"solves {solve:.3f}")
    print(f"largest complementarity error {max(s.complementarity_error for s in solutions):.1e}")
    if peer_file is None:
        return
    peer = json.loads(peer_file.read_text())
    ours = [int(np.count_nonzero(solution.touches)) for solution in solutions]
    apart = max(abs(a - b) for a, b in zip(ours, peer["nodes_in_contact"], strict=True))
    print(f"{peer['name']}: solves {peer['cpu_s']:.3f}")
    print(f"ratio of solves {solve / peer['cpu_s']:.2f}")
    print(f"nodes in contact differ by at most {apart}")


def rough_line() -> np.ndarray:
    """Heights in m with the solid below, 10 nm rms, shortest wave eight nodes."""
    rng = np.random.default_rng(1)
    modes = np.arange(1, NODES // 8 + 1)
    phases = rng.uniform(0, 2 * math.pi, len(modes))
    x = np.arange(NODES) / NODES
    z = np.cos(2 * math.pi * np.outer(x, modes) + phases) @ modes**-1.3
    return z * (1e-8 / z.std())


if __name__ == "__main__":
    main()
