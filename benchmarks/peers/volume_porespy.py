# SPDX-License-Identifier: BSD-3-Clause
"""Conduction along axis 0 by PoreSpy with its PyAMG solver: ``volume_porespy.py FILE``."""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

import numpy as np
import porespy
from volume_timing import small_volume, timed


def solve(labels: np.ndarray) -> Any:
    return porespy.simulations.tortuosity_fd(labels > 0, axis=0, ftol=1e-2)


def main() -> None:
    logging.disable(logging.WARNING)
    porespy.settings.tqdm["disable"] = True
    labels = np.load(sys.argv[1])
    solve(small_volume())
    found, spent = timed(lambda: solve(labels))
    sigma = 1 / float(found.formation_factor)
    print(json.dumps({"sigma_eff": sigma, "iterations": "", **spent}))


if __name__ == "__main__":
    main()
