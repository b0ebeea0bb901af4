# SPDX-License-Identifier: BSD-3-Clause
"""Tamaas' half of benchmarks/contact_maps.py, run by the Python 3.11 that has it.

Run as ``python tamaas_maps.py PARAMETERS`` with JSON; reads ``map.npy``, writes ``pressure.npy``
and prints one JSON object.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np
import tamaas

SLOW = 5.0  # s of CPU time; no repetition beyond that
MAX_ITERATIONS = 20_000


def main() -> None:
    task = json.loads(sys.argv[1])
    folder = Path(task["folder"])
    heights = np.load(folder / "map.npy")
    tamaas.initialize(1)
    tamaas.set_log_level(tamaas.LogLevel.error)
    times = []
    # one more: the first run of a process plans the transforms
    for _ in range(task["repeat"] + 1):
        model = tamaas.ModelFactory.createModel(
            tamaas.model_type.basic_2d, [1.0, 1.0], list(heights.shape)
        )
        model.E, model.nu = 1.0, 0.0
        if task["hardness"] is None:
            solver = tamaas.PolonskyKeerRey(model, heights, task["tolerance"])
        else:
            solver = tamaas.KatoSaturated(model, heights, task["tolerance"], task["hardness"])
        solver.max_iter = MAX_ITERATIONS
        started = time.process_time()
        solver.solve(task["load"])
        times.append(time.process_time() - started)
        if times[-1] > SLOW:
            break
    np.save(folder / "pressure.npy", np.array(model.traction))
    print(json.dumps({"cpu_s": times[1:] or times}))


if __name__ == "__main__":
    main()
