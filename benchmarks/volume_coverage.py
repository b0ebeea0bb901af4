#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""How often ``sigma_eff_error`` covers what the voxels cost.

    ./ifem shell python3 benchmarks/volume_coverage.py [--shared ../shared/data] [--csv FILE]

Smooth bodies are sampled at n, 2n and 4n voxels: truth is the value at 4n, extrapolated by the
first order of the voxel (2 s(4n) - s(2n)); simple cubic spheres also have published values. Real
volumes are seen at every second voxel, and truth is that of their own voxels, cut finer.
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import tifffile

from interfacefem.conduction.segmented_volume import SegmentedVolume
from interfacefem.conduction.solver import ConductionSettings, ConductionSolver, VolumeSlab
from interfacefem.conduction.sub_volumes import SubVolumes
from interfacefem.conduction.voxel_error import VoxelErrors
from interfacefem.synthetic.volumes import (
    Body,
    fibres,
    gaussian_field,
    laminate,
    overlapping_spheres,
    sphere_array,
)

Labels = npt.NDArray[np.integer]
SETTINGS = ConductionSettings(lower_bound=False)


@dataclass(frozen=True, eq=False)
class Case:
    family: str
    body: Body
    voxels: int
    sigma: dict[int, float]
    axis: int = 0


def cases() -> Iterator[Case]:
    """Every case but those of real volumes."""
    hole, poor, good = {0: 1.0}, {0: 1.0, 1: 0.1}, {0: 1.0, 1: 10.0}
    for lattice, fractions in (
        ("simple", (0.1, 0.3, 0.45)),
        ("body-centred", (0.2, 0.5)),
        ("face-centred", (0.3, 0.55)),
    ):
        for number, fraction in enumerate(fractions):
            shift = (0.31, 0.57, 0.43)
            for n, sigma in ((25, hole), (36, good), (32, hole)):
                body = sphere_array(lattice, fraction, cells=1 + number % 2, shift=shift)
                yield Case("sphere arrays", body, n, sigma)
    for number, (lattice, fraction) in enumerate(
        (("simple", 0.6), ("body-centred", 0.75), ("face-centred", 0.8))
    ):
        body = sphere_array(lattice, fraction, shift=(0.21, 0.4, 0.33))
        yield Case("sphere arrays", body, 36 + 4 * number, {1: 1.0})
    for number, fraction in enumerate((0.2, 0.35, 0.5, 0.6, 0.7)):
        for n, sigma in ((32, {1: 1.0} if fraction > 0.4 else hole), (44, hole), (36, poor)):
            body = overlapping_spheres(fraction, 0.12, 20 + number)
            yield Case("overlapping spheres", body, n, sigma, number % 3)
    for number, (count, radius) in enumerate(((12, 0.07), (20, 0.06), (30, 0.05), (25, 0.08))):
        for n, sigma in ((36, {1: 1.0}), (48, hole), (32, good)):
            yield Case("fibres", fibres(count, radius, 40 + number), n, sigma, number % 3)
    for number, fraction in enumerate((0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)):
        for n, sigma in ((28, {1: 1.0}), (48, {1: 1.0}), (36, {1: 1.0, 0: 0.05})):
            body = gaussian_field(fraction, 0.22, 60 + number)
            yield Case("Gaussian fields", body, n, sigma, number % 3)
    for number, normal in enumerate(((1, 0.3, 0), (1, 1, 0), (1, 2, 0.4), (0.2, 1, 0.7))):
        for n, sigma in ((30, {1: 1.0, 0: 0.1}), (45, {1: 1.0, 0: 0.5})):
            yield Case("laminates", laminate(normal, 2.7, 0.4 + 0.05 * number), n, sigma)


def real_cases(folder: Path) -> Iterator[tuple[str, Labels, dict[int, float], int]]:
    """Parts of real volumes at their own voxels."""
    electrode = tifffile.imread(folder / "volumes" / "taufactor_electrode.tiff")
    for number, corner in enumerate(((0, 0, 0), (128, 128, 0), (0, 128, 128))):
        part = electrode[tuple(slice(begin, begin + 128) for begin in corner)]
        for sigma in ({0: 1.0}, {85: 1.0, 170: 0.1}):
            yield f"electrode {number}", part, sigma, number
    particles = tifffile.imread(folder / "volumes" / "superres_NMC_lr_128.tif")
    for label in (0, 1):
        yield "particles", particles, {label: 1.0}, label
    blobs = tifffile.imread(folder / "volumes" / "openimpala_SampleData_2Phase_stack_3d_1bit.tif")
    yield "blobs", blobs.astype(np.uint8)[:100], {1: 1.0}, 0


@dataclass(frozen=True)
class Outcome:
    family: str
    name: str
    voxels: int
    sigma: float
    truth: float
    error: float
    extrapolated: float | None
    extrapolated_error: float | None
    scatter: float | None
    solve_s: float
    error_s: float

    @property
    def true_error(self) -> float:
        return abs(self.sigma - self.truth)


def sigma_eff(labels: Labels, sigma: dict[int, float], axis: int) -> float:
    volume = VolumeSlab.of(SegmentedVolume(labels, (1.0, 1.0, 1.0)))
    return ConductionSolver(volume, sigma).solve(axis, SETTINGS).sigma_eff


def run(family: str, name: str, labels: Labels, truth: float, sigma: dict, axis: int) -> Outcome:
    largest = max(sigma.values())
    volume = VolumeSlab.of(SegmentedVolume(labels, (1.0, 1.0, 1.0)))
    started = time.process_time()
    conduction = ConductionSolver(volume, sigma).solve(axis, SETTINGS)
    middle = time.process_time()
    errors = VoxelErrors(volume, sigma)
    found = errors.of(conduction)
    done = time.process_time()
    assert found is not None, name
    scatter = SubVolumes(errors.samples[0], sigma).scatter(axis)
    return Outcome(
        family, name, labels.shape[0], conduction.sigma_eff / largest, truth / largest,
        found.error / largest,
        None if found.extrapolated is None else found.extrapolated / largest,
        None if found.extrapolated_error is None else found.extrapolated_error / largest,
        None if scatter is None else scatter.relative_error, middle - started, done - middle,
    )  # fmt: skip


def smooth(case: Case) -> Outcome | None:
    n = case.voxels
    fine, finest = (
        sigma_eff(case.body.sample(factor * n), case.sigma, case.axis) for factor in (2, 4)
    )
    labels = case.body.sample(n)
    if finest == 0 or sigma_eff(labels, case.sigma, case.axis) == 0:
        return None  # no estimate where nothing conducts
    return run(case.family, case.body.name, labels, 2 * finest - fine, case.sigma, case.axis)


def real(name: str, labels: Labels, sigma: dict[int, float], axis: int) -> Outcome | None:
    twice = labels.repeat(2, 0).repeat(2, 1).repeat(2, 2)
    truth = 2 * sigma_eff(twice, sigma, axis) - sigma_eff(labels, sigma, axis)
    seen = np.ascontiguousarray(labels[::2, ::2, ::2])
    if sigma_eff(seen, sigma, axis) == 0:
        return None
    return run("real volumes", name, seen, truth, sigma, axis)


def table(outcomes: list[Outcome]) -> Iterator[str]:
    yield (
        f"{'family':22}{'cases':>6}{'covered':>9}{'median E/err':>14}{'90 %':>7}"
        f"{'error':>9}{'resolved':>10}{'X covered':>11}{'X error':>9}"
    )
    families = list(dict.fromkeys(one.family for one in outcomes))
    for family in [*families, "all"]:
        group = [one for one in outcomes if family in (one.family, "all")]
        ratio = np.array([one.error / max(one.true_error, 1e-12) for one in group])
        relative = np.median([one.true_error / one.truth for one in group])
        known = [one for one in group if one.extrapolated is not None]
        off = np.array([abs(one.extrapolated - one.truth) for one in known])
        held = off <= np.array([one.extrapolated_error for one in known])
        of_truth = np.median(off / np.array([one.truth for one in known]))
        yield (
            f"{family:22}{len(group):>6}{np.mean(ratio >= 1):>9.1%}{np.median(ratio):>14.2f}"
            f"{np.quantile(ratio, 0.9):>7.1f}{relative:>9.2%}{len(known):>10}{np.mean(held):>11.1%}"
            f"{of_truth:>9.2%}"
        )
    solves = sum(one.solve_s for one in outcomes)
    yield f"cost of the estimate: {sum(one.error_s for one in outcomes) / solves:.2f} solves"
    for one in outcomes:
        if one.error < one.true_error:
            yield (
                f"missed: {one.family}, {one.name}, {one.voxels} voxels: {one.sigma:.5f}, "
                f"truth {one.truth:.5f}, error said {one.error:.5f}"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared/data"))
    parser.add_argument("--csv", type=Path)
    options = parser.parse_args()
    outcomes = []
    for case in cases():
        outcome = smooth(case)
        print(f"{case.family}, {case.body.name}, {case.voxels} voxels", file=sys.stderr)
        if outcome is not None:
            outcomes.append(outcome)
    if options.shared.is_dir():
        for labels in real_cases(options.shared):
            outcome = real(*labels)
            if outcome is not None:
                outcomes.append(outcome)
    for line in table(outcomes):
        print(line)
    if options.csv:
        with options.csv.open("w", newline="") as stream:
            writer = csv.DictWriter(stream, list(vars(outcomes[0])))
            writer.writeheader()
            writer.writerows(vars(one) for one in outcomes)


if __name__ == "__main__":
    main()
