# SPDX-License-Identifier: BSD-3-Clause
"""Errors of an effective conductivity: coverage, samples, shift of interfaces, scatter, budget."""

from __future__ import annotations

import numpy as np
import pytest
from volume_examples import CUBES, blobs, solved

from interfacefem.conduction.budget import budget, dominating
from interfacefem.conduction.segmentation_error import SegmentationErrors
from interfacefem.conduction.segmented_volume import SegmentedVolume
from interfacefem.conduction.solver import ConductionSettings, ConductionSolver, VolumeSlab
from interfacefem.conduction.sub_volumes import SubVolumes
from interfacefem.conduction.transport import solve_transport
from interfacefem.conduction.voxel_error import VoxelErrors, every_second, voxel_error
from interfacefem.synthetic.volumes import (
    fibres,
    gaussian_field,
    laminate,
    overlapping_spheres,
    sphere_array,
)

FAST = ConductionSettings(lower_bound=False)


def slab(labels, size=CUBES) -> VolumeSlab:
    return VolumeSlab.of(SegmentedVolume(labels, size))


SHIFT = (0.31, 0.57, 0.43)
HOLE, GOOD, POOR = {0: 1.0}, {0: 1.0, 1: 10.0}, {0: 1.0, 1: 0.1}
# a subset of benchmarks/volume_coverage.py, with seeds of its own
BODIES = [
    (sphere_array("simple", 0.3, shift=SHIFT), 23, HOLE),
    (sphere_array("simple", 0.3, shift=SHIFT), 21, GOOD),
    (sphere_array("body-centred", 0.5, shift=SHIFT), 22, HOLE),
    (sphere_array("face-centred", 0.55, shift=SHIFT), 24, HOLE),
    (sphere_array("face-centred", 0.3, shift=SHIFT), 21, GOOD),
    (overlapping_spheres(0.5, 0.14, 1), 23, HOLE),
    (overlapping_spheres(0.35, 0.14, 2), 22, POOR),
    (fibres(20, 0.07, 3), 24, HOLE),
    (fibres(25, 0.08, 4), 22, {1: 1.0}),
    (gaussian_field(0.3, 0.3, 5), 24, {1: 1.0}),
    (gaussian_field(0.5, 0.3, 6), 24, {1: 1.0}),
    (gaussian_field(0.7, 0.3, 7), 24, {1: 1.0, 0: 0.05}),
    (laminate((1, 0.4, 0), 2.3, 0.45), 20, {1: 1.0, 0: 0.1}),
    (laminate((1, 1, 0.3), 2.3, 0.6), 27, {1: 1.0, 0: 0.5}),
]  # fmt: skip


def test_the_error_covers_what_the_voxels_cost() -> None:
    ratios, nearer, held = [], [], []
    for body, n, sigma in BODIES:
        fine, finest = (
            solved(body.sample(factor * n), sigma, settings=FAST).sigma_eff for factor in (2, 4)
        )
        truth = 2 * finest - fine
        volume = slab(body.sample(n))
        conduction = ConductionSolver(volume, sigma).solve(0, FAST)
        found = VoxelErrors(volume, sigma).of(conduction)
        assert found is not None
        true_error = abs(conduction.sigma_eff - truth)
        ratios.append(found.error / true_error)
        if found.extrapolated is not None:
            nearer.append(abs(found.extrapolated - truth) < true_error)
            held.append(abs(found.extrapolated - truth) <= found.extrapolated_error)
    assert min(ratios) > 1, ratios
    assert np.median(ratios) < 3
    assert len(held) >= len(BODIES) - 2
    assert np.mean(held) > 0.9
    assert np.mean(nearer) > 0.7


def test_simple_cubic_spheres_are_covered_at_published_values() -> None:
    # D. R. McKenzie, R. C. McPhedran, G. H. Derrick, Proc. R. Soc. A 362, 211 (1978)
    for fraction, exact in ((0.1, 0.8571), (0.2, 0.7267), (0.3, 0.60566)):
        volume = slab(sphere_array("simple", fraction, shift=SHIFT).sample(40))
        conduction = ConductionSolver(volume, HOLE).solve(0, FAST)
        found = VoxelErrors(volume, HOLE).of(conduction)
        assert found is not None
        assert found.extrapolated is not None
        assert abs(conduction.sigma_eff - exact) <= found.error
        assert abs(found.extrapolated - exact) <= found.extrapolated_error


@pytest.mark.parametrize("shape", [(8, 9, 11), (7, 12, 1), (1, 5, 6)])
def test_samples_are_every_second_voxel_from_both(shape) -> None:
    labels = np.random.default_rng(0).integers(0, 5, shape).astype(np.uint8)
    for offset in (0, 1):
        sample = every_second(slab(labels, (3e-6, 1e-6, 2e-6)), offset)
        assert sample is not None
        cut = tuple(slice(offset, None, 2) if count > 1 else slice(None) for count in shape)
        np.testing.assert_array_equal(sample.labels, labels[cut])
        assert sample.shape == labels[cut].shape
        steps = [2 if count > 1 else 1 for count in shape]
        np.testing.assert_allclose(sample.voxel_size, np.multiply(steps, (3e-6, 1e-6, 2e-6)))


def test_one_voxel_has_no_samples() -> None:
    assert every_second(slab(np.ones((1, 1, 1), np.uint8)), 0) is None
    (found,) = solve_transport(slab(np.ones((1, 1, 1), np.uint8)), {1: 1.0}, axes=(0,))
    assert found.voxels is None


def test_a_path_lost_at_twice_the_voxel_is_an_error_and_not_resolved() -> None:
    labels = np.ones((16, 16, 16), np.uint8)
    labels[8] = 0
    labels[8, 1:3, 5] = 1  # bottleneck of two voxels, which no even plane-row-column shows
    (found,) = solve_transport(slab(labels), {1: 1.0}, axes=(0,))
    sigma = found.conduction.sigma_eff
    assert found.voxels is not None
    assert min(found.voxels.coarse) == 0
    assert found.voxels.error == pytest.approx(2 * max(sigma, max(found.voxels.coarse) - sigma))
    assert not found.voxels.resolved
    assert found.voxels.extrapolated_error is None


def test_a_label_too_rare_for_the_sample_counts_as_missing() -> None:
    labels = np.zeros((8, 8, 8), np.uint8)
    labels[:, 3, 4] = 1  # at odd rows and even columns: no sample has it
    (found,) = solve_transport(slab(labels), {1: 1.0}, axes=(0,))
    assert found.voxels is not None
    assert found.voxels.coarse == (0.0, 0.0)
    assert found.voxels.error == pytest.approx(2 * found.conduction.sigma_eff)


def test_the_rule_of_the_error() -> None:
    found = voxel_error(1.0, (0.9, 0.96), 0.02)
    assert found.error == pytest.approx(0.2)
    assert found.extrapolated == pytest.approx(1 + 1.2 * 0.07)
    assert found.extrapolated_error == pytest.approx(0.1)
    # necks and stairs that cancel between the sizes: the shift sees them
    assert voxel_error(1.0, (1.0, 1.0), 0.05).error == pytest.approx(0.075)


@pytest.mark.parametrize("size", [CUBES, (4e-6, 1e-6, 2e-6)])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_the_shift_of_layers_is_exact(size, axis) -> None:
    # two interfaces at right angles to axis 1, each moved by a quarter of a voxel
    labels = np.zeros((12, 20, 8), np.uint8)
    labels[:, 5:15] = 1
    good, poor = 3.0, 0.3
    found = solved(labels, {1: good, 0: poor}, axis, size)
    share = 2 * 0.25 / 20
    if axis == 1:
        # the change of the resistance, to the first order
        resistance = 0.5 / good + 0.5 / poor
        expected = share * (1 / poor - 1 / good) / resistance**2
    else:
        expected = share * (good - poor)
    assert found.shift_change == pytest.approx(expected, rel=1e-8)
    # an insulator beside it has no normal current
    alone = solved(labels, {1: good}, 0, size)
    assert alone.shift_change == pytest.approx(share * good, rel=1e-8)


def blocks(n: int, edge: int, seed: int) -> np.ndarray:
    """Independent cubes of two labels: the covariance is that of the cube, its integral edge^3."""
    few = np.random.default_rng(seed).integers(0, 2, (n // edge,) * 3).astype(np.uint8)
    return few.repeat(edge, 0).repeat(edge, 1).repeat(edge, 2)


def test_scatter_is_that_of_fields_of_known_covariance() -> None:
    # nearly equal conductivities: sigma_eff is the mean, whose variance is f (1 - f) A/V
    n, edge, contrast = 16, 4, 1.02
    exact = (contrast - 1) * 0.5 * (edge / n) ** 1.5 / (1 + 0.5 * (contrast - 1))
    student = 2.3646  # 8 parts
    estimates, covered = [], 0
    for seed in range(24):
        volume = slab(blocks(n, edge, seed))
        scatter = SubVolumes(volume, {0: 1.0, 1: contrast}).scatter(0)
        assert scatter is not None
        assert len(scatter.parts) == 8
        estimates.append(scatter.relative_error / student)
        mean = np.mean(scatter.parts)
        ensemble = 1 + 0.5 * (contrast - 1)
        covered += abs(mean - ensemble) <= scatter.relative_error * mean
    assert np.sqrt(np.mean(np.square(estimates))) == pytest.approx(exact, rel=0.15)
    # 95 % of 24, less two standard deviations
    assert covered >= 21


def test_volumes_too_small_to_cut_have_no_scatter() -> None:
    assert SubVolumes(slab(blobs((7, 7, 7), 0.6)), {1: 1.0}).scatter(0) is None
    thin = SubVolumes(slab(blobs((4, 16, 16), 0.8)), {1: 1.0}).scatter(1)
    assert thin is not None
    assert len(thin.parts) == 4


def test_thresholds_moved_by_a_tenth_of_the_contrast() -> None:
    # a ramp across the interface: the shift moves it by a known part of a voxel
    n, slope = 40, 10.0
    place = np.arange(n) - 19.5
    greys = np.clip(100 + slope * place, 0, 200)[None, :, None] * np.ones((8, 1, 8))
    labels = (greys > 100).astype(np.uint8)
    volume = slab(labels)
    errors = SegmentationErrors(volume, greys, {1: 1.0})
    contrast = greys[labels == 1].mean() - greys[labels == 0].mean()
    moved = 0.1 * contrast / slope  # voxels
    assert errors.relative_error(0) == pytest.approx(moved / 20, abs=1 / 20)
    assert errors.relative_error(0) > 0
    assert errors.relative_error(1) is None


def test_the_budget_says_what_dominates_and_why_a_part_is_missing() -> None:
    rows = budget(2.0, voxels=0.2, volume=0.3, solver=1e-5, segmentation=None, greys=False)
    assert [row.source for row in rows] == ["voxels", "volume", "solver", "segmentation"]
    assert [row.error for row in rows] == pytest.approx([0.2, 0.6, 1e-5, None])
    assert dominating(rows) == "volume"
    assert "greys" in rows[3].meaning
    nothing = budget(0.0, voxels=None, volume=None, solver=None, segmentation=None, greys=True)
    assert dominating(nothing) is None


def test_transport_gives_all_of_it() -> None:
    labels = blobs((32, 32, 32), 0.6)
    noise = np.random.default_rng(1).normal(0, 5, labels.shape)
    (found,) = solve_transport(slab(labels), {1: 1.0}, axes=(2,), greys=labels * 100 + noise)
    known = {row.source: row.error for row in found.budget}
    assert all(value is not None for value in known.values())
    assert found.voxels is not None
    assert known["voxels"] == found.voxels.error
    low = found.conduction.sigma_low
    assert low is not None
    assert known["solver"] == pytest.approx(found.conduction.sigma_high - low)
