# SPDX-License-Identifier: BSD-3-Clause
"""Conduction along axis 0 by PoreSpy with its PyAMG solver: ``volume_porespy.py FILE``."""

from __future__ import annotations

import json
import logging
import resource
import sys
import time
from typing import Any

import numpy as np
import openpnm
import porespy


def solve(labels: np.ndarray) -> Any:
    solver = openpnm.solvers.PyamgRugeStubenSolver(tol=3e-5)
    return porespy.simulations.tortuosity_fd(labels > 0, axis=0, solver=solver)


def main() -> None:
    logging.disable(logging.WARNING)
    porespy.settings.tqdm["disable"] = True
    labels = np.load(sys.argv[1])
    solve(labels[:24, :24, :24])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.process_time()
    found = solve(labels)
    cpu = time.process_time() - started
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({
        "sigma_eff": 1 / float(found.formation_factor), "cpu_s": cpu, "iterations": "",
        "bytes": (after - before) * 1024,
    }))  # fmt: skip


if __name__ == "__main__":
    main()
