# SPDX-License-Identifier: BSD-3-Clause
"""Conduction along axis 0 by PETSc's GAMG on the conducting voxels: ``volume_gamg.py FILE``."""

from __future__ import annotations

import json
import resource
import sys
import time

import numpy as np

from interfacefem.volumes.gamg import gamg_conduction
from interfacefem.volumes.segmented_volume import SegmentedVolume


def main() -> None:
    labels = np.load(sys.argv[1])
    size = (1e-6, 1e-6, 1e-6)
    gamg_conduction(SegmentedVolume(labels[:16, :16, :16], size), {1: 1.0}, 0)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.process_time()
    found = gamg_conduction(SegmentedVolume(labels, size), {1: 1.0}, 0, residual=3e-5)
    cpu = time.process_time() - started
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({
        "sigma_eff": found.sigma_eff, "cpu_s": cpu, "iterations": found.iterations,
        "bytes": (after - before) * 1024,
    }))  # fmt: skip


if __name__ == "__main__":
    main()
