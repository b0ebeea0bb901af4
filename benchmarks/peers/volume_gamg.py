# SPDX-License-Identifier: BSD-3-Clause
"""Conduction along axis 0 by PETSc's GAMG on the conducting voxels: ``volume_gamg.py FILE``."""

from __future__ import annotations

import json
import sys

import numpy as np
from volume_timing import small_volume, timed

from interfacefem.conduction.gamg import gamg_conduction
from interfacefem.conduction.segmented_volume import SegmentedVolume


def main() -> None:
    labels = np.load(sys.argv[1])
    size = (1e-6, 1e-6, 1e-6)
    gamg_conduction(SegmentedVolume(small_volume(), size), {1: 1.0}, 0)
    volume = SegmentedVolume(labels, size)
    found, spent = timed(lambda: gamg_conduction(volume, {1: 1.0}, 0, residual=3e-5))
    print(json.dumps({"sigma_eff": found.sigma_eff, "iterations": found.iterations, **spent}))


if __name__ == "__main__":
    main()
