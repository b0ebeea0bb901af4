# SPDX-License-Identifier: BSD-3-Clause
"""Conduction along axis 0 by this project.

Run as ``volume_ours.py FILE [--exactly] [--bounds] [--several]`` it prints one JSON object, as
``volume_ours.py --make FILE COUNT FRACTION`` it writes a random volume.
"""

from __future__ import annotations

import json
import sys
import time

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter
from volume_timing import timed

from interfacefem.compiled import kernel
from interfacefem.conduction.segmented_volume import SegmentedVolume
from interfacefem.conduction.solver import ConductionSettings, ConductionSolver, VolumeSlab
from interfacefem.conduction.warm_up import compile_kernels
from interfacefem.mpi import MPI

BLOB = 4.0  # voxels, standard deviation of the filter
SHEETS_BELOW = 0.2  # of the volume: blobs would not connect


# what must pass between memory and processor at least, in bytes a voxel, where one phase conducts:
# potential and residual 4, direction and correction 2, geometry 1, each read or written once
_AN_ITERATION = (
    (4 + 1 + 2)  # down from the finest grid: residual, geometry; correction
    + (4 + 1 + 2 + 2)  # up to it: residual, geometry, correction; correction
    + (4 + 2)  # products of residual and correction
    + (1 + 2 + 2 + 2)  # direction turned: geometry, correction, direction; direction
    + (1 + 2 + 4 + 4 + 4 + 4)  # step: geometry, direction, potential, residual; these two
    # coarse grids, a third of the voxels for each visit of the finest one: twice conductances 3 and
    # right-hand side 2, potential 2 read and written
    + 2 * (3 + 2 + 4) / 3
)
_ONCE = 2 * (4 + 1 + 4) + 4 * 4  # residuals of begin and end, sums over planes, scalar products


def volume_of(count: int, fraction: float) -> npt.NDArray[np.uint8]:
    """Labels 0 and 1, of which 1 fills a fraction: blobs, or sheets where that is small."""
    noise = np.random.default_rng(0).standard_normal((count,) * 3, dtype=np.float32)
    smooth = gaussian_filter(noise, BLOB, mode="wrap")
    if fraction < SHEETS_BELOW:
        np.abs(smooth, out=smooth)
    return (smooth < np.quantile(smooth, fraction)).astype(np.uint8)


@kernel
def _triad(a, b, c, factor):  # type: ignore[no-untyped-def]
    for i in range(a.size):
        a[i] = b[i] + factor * c[i]


def stream(count: int) -> float:
    """Bytes a CPU second of STREAM's triad on singles, the best of five.

    Args:
        count: Of voxels; fewer than a processor's cache could hold are made more.
    """
    count = max(count, 2**25)
    a, b, c = (np.ones(count, np.float32) for _ in range(3))
    _triad(a, b, c, np.float32(0.5))
    spent = []
    for _ in range(5):
        started = time.process_time()
        _triad(a, b, c, np.float32(0.5))
        spent.append(time.process_time() - started)
    return 3 * a.nbytes / min(spent)


def main() -> None:
    if sys.argv[1] == "--make":
        np.save(sys.argv[2], volume_of(int(sys.argv[3]), float(sys.argv[4])))
        print("{}")
        return
    labels = np.load(next(word for word in sys.argv[1:] if not word.startswith("--")))
    # the others give no bounds
    settings = ConductionSettings(lower_bound="--bounds" in sys.argv)
    if "--exactly" in sys.argv:
        settings = ConductionSettings(1e-10, 1e-8)
    sigma = {1: 1.0, 0: 0.1} if "--several" in sys.argv else {1: 1.0}
    compile_kernels(MPI.COMM_SELF, len(sigma), settings.residual)
    volume = VolumeSlab.of(SegmentedVolume(labels, (1e-6, 1e-6, 1e-6)))
    found, spent = timed(lambda: ConductionSolver(volume, sigma).solve(0, settings))
    floor = None
    if len(sigma) == 1 and not settings.lower_bound:
        moved = labels.size * (_ONCE + _AN_ITERATION * found.iterations)
        floor = moved / stream(labels.size)
    print(json.dumps({
        "sigma_eff": found.sigma_eff, "iterations": found.iterations, "floor_s": floor, **spent,
    }))  # fmt: skip


if __name__ == "__main__":
    main()
