# SPDX-License-Identifier: BSD-3-Clause
"""CPU time of every descriptor of a volume.

``./ifem shell python3 benchmarks/descriptors.py [SIZE]``

A cube of 256 voxels an edge by default, three phases, 30 % of it pores, and the published electrode
where it is there, also 256^3; all phases where a descriptor is of one, pores are the first. Medians
of three runs after one on a small cube that compiles. Prints tables and sums; asserts no time.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy import ndimage

from interfacefem.conduction.segmented_volume import SegmentedVolume
from interfacefem.volumes.chords import chord_lengths
from interfacefem.volumes.interface_areas import interface_areas
from interfacefem.volumes.local_thickness import local_thickness
from interfacefem.volumes.pore_paths import pore_paths
from interfacefem.volumes.pore_sizes import pore_sizes
from interfacefem.volumes.pores import find_pores, phase_mask
from interfacefem.volumes.random_walk import random_walk
from interfacefem.volumes.reading import read_volume
from interfacefem.volumes.representative_volume import representative_volume
from interfacefem.volumes.slice_fractions import slice_fractions

RUNS = 3
ELECTRODE = (
    Path(__file__).resolve().parents[2] / "shared" / "data" / "volumes" / "taufactor_electrode.tiff"
)


def three_phases(size: int) -> SegmentedVolume:
    """30 % pores, the rest in halves; features about 20 voxels wide."""
    generator = np.random.default_rng(0)
    pore, kind = (
        ndimage.gaussian_filter(generator.standard_normal((size,) * 3, np.float32), 5)
        for _ in range(2)
    )
    labels = np.where(pore < np.quantile(pore, 0.3), 0, np.where(kind > 0, 1, 2))
    return SegmentedVolume(labels.astype(np.uint8), (25e-9,) * 3)


def work(volume: SegmentedVolume) -> dict[str, Callable[[], object]]:
    """What is timed, for all phases where a descriptor is of one phase."""
    masks = [phase_mask(volume, (phase,)) for phase in volume.phases]
    size = volume.voxel_size
    pores = find_pores(masks[0], size)
    return {
        "connected pores": lambda: find_pores(masks[0], size),
        "paths through pores": lambda: pore_paths(pores),
        "sizes of pores": lambda: pore_sizes(pores),
        "porosity per slice": lambda: [slice_fractions(masks[0], axis) for axis in range(3)],
        "interface areas": lambda: interface_areas(volume.labels, volume.phases, size),
        "chords, three axes": lambda: [chord_lengths(volume, axis) for axis in range(3)],
        "local thickness": lambda: [local_thickness(mask, size) for mask in masks],
        "representative volume": lambda: [representative_volume(mask, size) for mask in masks],
        "random walk": lambda: [random_walk(mask, size) for mask in masks],
    }


def table(name: str, volume: SegmentedVolume) -> None:
    """Time every descriptor of a volume and print a table."""
    print(f"\n| {name}, {len(volume.phases)} phases | CPU (s), median of {RUNS} |\n|---|---|")
    total = 0.0
    for task_name, task in work(volume).items():
        times = []
        for _ in range(RUNS):
            started = time.process_time()
            task()
            times.append(time.process_time() - started)
        median = statistics.median(times)
        total += median
        print(f"| {task_name} | {median:.2f} |", flush=True)
    print(f"| all | {total:.2f} |", flush=True)


def main() -> None:
    """Print the tables."""
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 256
    for task in work(three_phases(24)).values():
        task()
    table(f"{size}^3 made", three_phases(size))
    if ELECTRODE.exists():
        # any size of a voxel does: the file states none
        electrode = read_volume(ELECTRODE, voxel_size=(1e-6,) * 3)
        table(ELECTRODE.name, electrode)


if __name__ == "__main__":
    main()
