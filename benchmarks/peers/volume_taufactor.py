# SPDX-License-Identifier: BSD-3-Clause
"""Conduction along axis 0 by TauFactor on the CPU: ``volume_taufactor.py FILE``."""

from __future__ import annotations

import json
import sys

import numpy as np
import taufactor
import torch
from volume_timing import small_volume, timed


def solve(labels: np.ndarray) -> taufactor.Solver:
    solver = taufactor.Solver(labels, device=torch.device("cpu"))
    solver.solve(conv_crit=1e-2, verbose=False)
    return solver


def main() -> None:
    torch.set_num_threads(1)
    labels = np.load(sys.argv[1])
    solve(small_volume())
    found, spent = timed(lambda: solve(labels))
    sigma = float(np.ravel(found.D_eff)[0])
    print(json.dumps({"sigma_eff": sigma, "iterations": int(found.iter), **spent}))


if __name__ == "__main__":
    main()
