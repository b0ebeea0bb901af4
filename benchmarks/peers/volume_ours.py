# SPDX-License-Identifier: BSD-3-Clause
"""Conduction along axis 0 by this project.

Run as ``volume_ours.py FILE [--exactly] [--bounds]`` it prints one JSON object, as
``volume_ours.py --make FILE COUNT FRACTION`` it writes random blobs.
"""

from __future__ import annotations

import json
import sys

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter
from volume_timing import timed

from interfacefem.conduction.segmented_volume import SegmentedVolume
from interfacefem.conduction.solver import ConductionSettings, ConductionSolver, VolumeSlab
from interfacefem.conduction.warm_up import compile_kernels
from interfacefem.mpi import MPI

BLOB = 4.0  # voxels, standard deviation of the filter


def blobs(count: int, fraction: float) -> npt.NDArray[np.uint8]:
    """Labels 0 and 1, of which 1 fills a fraction of the volume."""
    noise = np.random.default_rng(0).standard_normal((count,) * 3, dtype=np.float32)
    smooth = gaussian_filter(noise, BLOB, mode="wrap")
    return (smooth < np.quantile(smooth, fraction)).astype(np.uint8)


def main() -> None:
    if sys.argv[1] == "--make":
        np.save(sys.argv[2], blobs(int(sys.argv[3]), float(sys.argv[4])))
        print("{}")
        return
    labels = np.load(next(word for word in sys.argv[1:] if not word.startswith("--")))
    # the others give no bounds
    settings = ConductionSettings(lower_bound="--bounds" in sys.argv)
    if "--exactly" in sys.argv:
        settings = ConductionSettings(1e-10, 1e-8)
    compile_kernels(MPI.COMM_SELF, 1)
    volume = VolumeSlab.of(SegmentedVolume(labels, (1e-6, 1e-6, 1e-6)))
    found, spent = timed(lambda: ConductionSolver(volume, {1: 1.0}).solve(0, settings))
    print(json.dumps({"sigma_eff": found.sigma_eff, "iterations": found.iterations, **spent}))


if __name__ == "__main__":
    main()
