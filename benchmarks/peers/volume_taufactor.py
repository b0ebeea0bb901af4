# SPDX-License-Identifier: BSD-3-Clause
"""Conduction along axis 0 by TauFactor on the CPU: ``volume_taufactor.py FILE``."""

from __future__ import annotations

import json
import resource
import sys
import time

import numpy as np
import taufactor
import torch


def solve(labels: np.ndarray) -> taufactor.Solver:
    solver = taufactor.Solver(labels, device=torch.device("cpu"))
    solver.solve(conv_crit=1e-2, verbose=False)
    return solver


def main() -> None:
    torch.set_num_threads(1)
    labels = np.load(sys.argv[1])
    solve(labels[:24, :24, :24])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.process_time()
    found = solve(labels)
    cpu = time.process_time() - started
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({
        "sigma_eff": float(np.ravel(found.D_eff)[0]), "cpu_s": cpu, "iterations": int(found.iter),
        "bytes": (after - before) * 1024,
    }))  # fmt: skip


if __name__ == "__main__":
    main()
