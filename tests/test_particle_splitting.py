# SPDX-License-Identifier: BSD-3-Clause
"""Touching particles: where necks are cut, at every scale, in images and volumes."""

from __future__ import annotations

import math

import numpy as np
import pytest
import tifffile
from particle_fields import touching_balls

from interfacefem.process.border_weights import border_weights
from interfacefem.process.particle_shapes import shapes_in_volume
from interfacefem.process.size_distribution import SizeDistribution
from interfacefem.process.splitting import distance_order, split_particles


def two_balls(radius: int, apart: int, axes: int) -> np.ndarray:
    """Two discs or balls of one radius whose centres are ``apart`` pixels apart."""
    side = 2 * radius + 9
    grid = np.ogrid[tuple(slice(0, side + (apart if i == axes - 1 else 0)) for i in range(axes))]
    centre = radius + 4
    across = sum((x - centre) ** 2 for x in grid[:-1])
    along = grid[-1] - centre
    return (across + along**2 <= radius**2) | (across + (along - apart) ** 2 <= radius**2)


@pytest.mark.parametrize(("radius", "axes"), [(20, 2), (40, 2), (80, 2), (20, 3)])
def test_two_equal_particles_part_where_the_neck_is_a_tenth_narrower_than_they_are(
    radius, axes
) -> None:
    """sqrt(R^2 - c^2/4) < (1 - b) R: c > 2 R sqrt(2 b - b^2), whatever R."""
    exact = 2 * radius * math.sqrt(2 * 0.1 - 0.1**2)
    parted = [
        apart
        for apart in range(math.floor(exact) - 2, math.ceil(exact) + 3)
        if split_particles(two_balls(radius, apart, axes)).max() == 2
    ]
    assert parted == list(range(parted[0], math.ceil(exact) + 3))  # once parted, always
    assert parted[0] == pytest.approx(exact, abs=1.2)


def test_halves_of_two_discs_have_the_area_of_a_disc_less_half_a_lens() -> None:
    labels = split_particles(two_balls(40, 60, 2))
    lens = 2 * 40**2 * math.acos(60 / 80) - 30 * math.sqrt(4 * 40**2 - 60**2)
    exact = math.pi * 40**2 - lens / 2
    assert exact == pytest.approx(4663.9, abs=0.1)
    assert np.bincount(labels.ravel())[1:] == pytest.approx([exact, exact], rel=0.01)


def test_labels_cover_the_phase_and_do_not_depend_on_how_the_image_lies() -> None:
    phase, _ = touching_balls(160, 2, 14, 0.4, 0.6, seed=3)
    labels = split_particles(phase)
    assert ((labels > 0) == phase).all()
    sizes = sorted(np.bincount(labels.ravel())[1:])
    turned = split_particles(phase.T[::-1])
    # plateaus are dealt out by position: a pixel here and there
    assert turned.max() == labels.max()
    assert sorted(np.bincount(turned.ravel())[1:]) == pytest.approx(sizes, rel=0.05, abs=4)


def test_flat_voxels_are_cut_as_cubes_are() -> None:
    phase = two_balls(20, 30, 3)
    assert split_particles(phase).max() == 2
    assert split_particles(phase, spacing=(2e-8, 2e-8, 2e-8)).max() == 2
    # every second plane: voxels twice as high show the same two balls
    assert split_particles(phase[::2], spacing=(2.0, 1.0, 1.0)).max() == 2
    assert split_particles(two_balls(20, 12, 3)[::2], spacing=(2.0, 1.0, 1.0)).max() == 1


def test_a_deeper_rule_never_makes_more_particles() -> None:
    phase, _ = touching_balls(200, 2, 12, 0.5, 0.65, seed=5)
    order = distance_order(phase)
    counts = [order.cut(split).max() for split in (0.02, 0.05, 0.1, 0.2, 0.4)]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > counts[-1]


def test_many_islands_that_meet_at_one_pass_are_all_decided() -> None:
    """Four squares that meet in one pixel; without the walls between them they are one."""
    phase = np.zeros((43, 43), dtype=bool)
    phase[1:-1, 1:-1] = True
    assert split_particles(phase).max() == 1
    phase[21] = phase[:, 21] = False
    phase[21, 21] = True
    assert split_particles(phase).max() == 4
    assert split_particles(phase, split=0.49).max() == 4


SIDES = [(2, 700, 18, 0.6), (3, 110, 13, 0.5)]


@pytest.mark.parametrize(("axes", "side", "median", "share"), SIDES)
def test_sizes_of_touching_balls_come_back(axes, side, median, share) -> None:
    """Counted are those clear of the border, without weights: the truth is known for the same."""
    true, found, count = [], [], 0
    for seed in range(3):
        phase, diameters = touching_balls(side, axes, median, 0.3 + 0.1 * seed, share, seed)
        labels = split_particles(phase)
        edge = [labels.take(end, axis).ravel() for axis in range(axes) for end in (0, -1)]
        pixels = np.bincount(labels.ravel())
        pixels[np.concatenate(([0], *edge))] = 0
        pixels = pixels[pixels >= 10]
        size = np.sqrt(4 * pixels / np.pi) if axes == 2 else np.cbrt(6 * pixels / np.pi)
        true.append(SizeDistribution(diameters, np.ones(len(diameters))))
        found.append(SizeDistribution(size, np.ones(len(size))))
        count += len(diameters)
    assert count > 200
    for weight, allowed in ((0, 0.06), (2, 0.03), (3, 0.03)):
        bias = [
            f.quantile(0.5, weight) / t.quantile(0.5, weight) - 1
            for t, f in zip(true, found, strict=True)
        ]
        assert abs(np.mean(bias)) < allowed, (weight, bias)


@pytest.mark.parametrize("axes", [2, 3])
def test_border_weights_count_each_particle_of_a_torus_once(axes) -> None:
    """Miles-Lantuejoul as an identity: summed over all places of the frame."""
    random = np.random.default_rng(0)
    torus, frame = ((64, 80), (24, 30)) if axes == 2 else ((14, 16, 15), (8, 9, 7))
    box = random.integers(1, [side // 2 for side in frame], size=(25, axes))
    place = random.integers(0, torus, size=(25, axes))
    total, unweighted = 0.0, 0
    for corner in np.ndindex(*torus):
        # clear of the outermost rows: begins at 1, ends before the last
        begin = (place - corner) % np.array(torus)
        clear = ((begin >= 1) & (begin + box <= np.array(frame) - 1)).all(axis=1)
        total += border_weights(box[clear], frame).sum()
        unweighted += np.count_nonzero(clear)
    assert total == pytest.approx(25 * math.prod(frame), rel=1e-12)
    assert unweighted < 0.7 * total


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("split", "expected"),
    [
        (0.1, (6.96, 10.34, 14.93)),
        pytest.param(0.05, (None, 10.09, None), marks=pytest.mark.slow),
        pytest.param(0.2, (None, 11.08, None), marks=pytest.mark.slow),
    ],
)
def test_particles_of_a_published_cathode(shared_data, split, expected) -> None:
    """d10, d50, d90 by volume of the active material, measured once with other software."""
    file = shared_data / "volumes" / "taufactor_electrode.tiff"
    if not file.is_file():
        pytest.skip(f"published data is not there: {file}")
    labels = split_particles(tifffile.imread(file) == 85, split)
    pixels = np.bincount(labels.ravel())
    edge = [labels.take(end, axis).ravel() for axis in range(3) for end in (0, -1)]
    pixels[np.concatenate(([0], *edge))] = 0
    diameter = np.cbrt(6 * pixels[pixels >= 10] / np.pi) * 0.390625
    sizes = SizeDistribution(diameter, np.ones(len(diameter)))
    for found, one in zip(sizes.quantiles((0.1, 0.5, 0.9), 3), expected, strict=True):
        assert one is None or found == pytest.approx(one, rel=0.015)


def test_shapes_of_a_block_in_a_volume() -> None:
    labels = np.zeros((12, 14, 40), np.int32)
    labels[2:8, 3:11, 5:35] = 1
    shapes = shapes_in_volume(labels, (1.0, 1.0, 1.0))
    assert shapes.size[0] == 6 * 8 * 30
    assert shapes.diameter[0] == pytest.approx(np.cbrt(6 * 1440 / np.pi))
    assert shapes.feret_max[0] == pytest.approx(math.sqrt(6**2 + 8**2 + 30**2))
    assert shapes.aspect_ratio[0] == pytest.approx(5.0)
    assert shapes.box[0].tolist() == [6, 8, 30]
    assert not shapes.touches_border[0]
