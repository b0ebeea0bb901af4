# SPDX-License-Identifier: BSD-3-Clause
"""The loads of benchmarks/contact.py with Tamaas 2.9; that script makes its Python and runs it.

OMP_NUM_THREADS=1 PYTHON benchmarks/peers/tamaas_profiles.py OUT.json
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from pathlib import Path

import numpy as np
import tamaas

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from contact import LENGTH, MODULUS, NODES, PRESSURES_OVER_MODULUS, RUNS, rough_line

TOLERANCE = 1e-12


def main() -> None:
    """Time the solves and write how many nodes touch at each load."""
    heights = rough_line()
    times, touching = [], []
    for _ in range(RUNS):
        model = tamaas.Model(tamaas.model_type.basic_1d, [LENGTH], [NODES])
        model.E, model.nu = 0.91 * MODULUS, 0.3
        solver = tamaas.PolonskyKeerRey(model, heights, TOLERANCE)
        solver.max_iter = 100_000
        solver.dump_freq = solver.max_iter
        started = time.process_time()
        touching = []
        for ratio in PRESSURES_OVER_MODULUS:
            solver.solve(ratio * MODULUS)
            touching.append(int(np.count_nonzero(model.traction > 0)))
        times.append(time.process_time() - started)
    result = {
        "name": f"Tamaas {tamaas.__version__}",
        "cpu_s": statistics.median(times),
        "least_s": min(times),
        "nodes_in_contact": touching,
    }
    Path(sys.argv[1]).write_text(json.dumps(result))
    print(result)


if __name__ == "__main__":
    main()
