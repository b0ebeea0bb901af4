# SPDX-License-Identifier: BSD-3-Clause
"""Pores of segmented volumes: connectivity, paths, sizes, porosity per slice, packing."""

from __future__ import annotations

import numpy as np
import pytest
import skfmm
from scipy import ndimage

from interfacefem.conduction.segmented_volume import SegmentedVolume
from interfacefem.errors import InputError
from interfacefem.process.packing import andersen_density
from interfacefem.units import UM
from interfacefem.volumes.fast_marching import geodesic_distance
from interfacefem.volumes.pore_analysis import analyse_pores, pore_result
from interfacefem.volumes.pore_paths import pore_paths
from interfacefem.volumes.pore_sizes import pore_sizes
from interfacefem.volumes.pores import find_pores, phase_mask
from interfacefem.volumes.slice_fractions import near_faces, slice_fractions

UNIT = (1.0, 1.0, 1.0)


def blobs(size: int, share: float, seed: int = 0, width: float = 3.0) -> np.ndarray:
    """A random phase that takes a given share of a cube."""
    noise = np.random.default_rng(seed).standard_normal((size, size, size))
    smooth = ndimage.gaussian_filter(noise, width)
    return smooth < np.quantile(smooth, share)


def serpentine(width: int, legs: int, length: int) -> np.ndarray:
    """A channel of square cross section that runs to and fro, one leg below the other.

    Legs along axis 1 lie under each other along axis 0, walls one voxel thick between them.
    """
    depth = legs * (width + 1) + 1
    pore = np.zeros((depth, length, width), dtype=bool)
    pore[0, :width] = True
    for leg in range(legs):
        top = 1 + leg * (width + 1)
        pore[top : top + width] = True
        here = slice(length - width, length) if leg % 2 == 0 else slice(0, width)
        pore[top + width, here] = True
    return pore


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_corners_and_edges_connect_and_only_what_meets_both_faces_percolates(axis) -> None:
    pore = np.zeros((4, 5, 6), dtype=bool)
    for step in range(4):  # by corners of voxels only
        pore[step, step, step] = True
    pore[0, 0, 5] = pore[1, 0, 5] = True  # open at the top
    pore[3, 0, 4] = True  # open at the bottom
    pore[1, 4, 0] = pore[1, 4, 1] = pore[2, 4, 1] = True  # closed
    pores = find_pores(np.moveaxis(pore, 0, axis), UNIT, axis)
    assert sorted(pores.voxels) == [1, 2, 3, 4]
    assert pores.percolates.tolist() == (pores.voxels == 4).tolist()
    assert pores.percolating_share == pytest.approx(0.4)
    assert pores.open_share == pytest.approx(0.7)
    assert pores.mask(pores.percolates).sum() == 4
    # fast marching leads through faces only and says what it did not reach
    paths = pore_paths(pores)
    assert paths.unreached_share == pytest.approx(0.75)
    assert np.isinf(paths.shortest)
    assert np.isnan(paths.tortuosity)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_straight_pores_have_tortuosity_one_exactly(axis) -> None:
    pore = np.zeros((30, 12, 9), dtype=bool)
    pore[:, 3:6, 2:4] = pore[:, 8, :] = True
    size = tuple(np.roll([0.3 * UM, 0.2 * UM, 0.7 * UM], axis))
    paths = pore_paths(find_pores(np.moveaxis(pore, 0, axis), size, axis))
    np.testing.assert_allclose(paths.slice_tortuosity, 1.0, rtol=1e-12)
    assert paths.below_one == 0
    assert paths.shortest == pytest.approx(paths.thickness, rel=1e-12)
    assert paths.longest == pytest.approx(paths.thickness, rel=1e-12)
    assert len(paths.path) == 30


def test_maze_one_voxel_wide_has_the_length_of_its_centre_line() -> None:
    legs, length = 7, 20
    pore = serpentine(1, legs, length)
    paths = pore_paths(find_pores(pore, (2 * UM, 2 * UM, 2 * UM)))
    # half a voxel in, all legs to and fro, all steps down, half a voxel out
    exact = 2 * UM * (legs * (length - 1) + (pore.shape[0] - 1) + 1)
    assert paths.shortest == pytest.approx(exact, rel=1e-12)
    assert paths.tortuosity == pytest.approx(
        (exact - UM) / (pore.shape[0] - 0.5) / (2 * UM), rel=1e-12
    )
    # the path that is drawn visits every corner; it may cut through edges of voxels
    assert pore[tuple(paths.path.T)].all()
    assert np.abs(np.diff(paths.path, axis=0)).max() == 1
    assert paths.path[-1][0] == 0


def test_wide_maze_leads_around_its_corners_the_better_the_finer() -> None:
    errors = []
    for width in (8, 16):
        legs, length = 4, 7 * width
        paths = pore_paths(find_pores(serpentine(width, legs, length), UNIT))
        # corners of walls that a taut string touches, in the plane of axes 0 and 1
        corners = [(1.0, float(width))]
        for leg in range(legs):
            bottom = 1.0 + leg * (width + 1) + width
            inner = float(length - width) if leg % 2 == 0 else float(width)
            corners += [(bottom, inner), (bottom + 1, inner)]
        exact = 1.0 + np.hypot(*np.diff(np.array(corners), axis=0).T).sum()
        errors.append(paths.shortest / exact - 1)
    # each corner is a source of its own, where differences are of first order
    assert 0 < errors[1] < 0.65 * errors[0] < 0.03


def slit_error(depth: int, width: int, slope: float) -> float:
    """Relative error of the tortuosity at the bottom of a tilted slit."""
    z = (np.arange(depth) + 0.5)[:, None]
    x = (np.arange(int(depth * slope + width) + 8) + 0.5)[None, :]
    pore = np.repeat((np.abs(x - 4 - width / 2 - slope * z) < width / 2)[:, :, None], 3, axis=2)
    paths = pore_paths(find_pores(pore, UNIT))
    # straight down from the mouth, or straight from the mouth's nearer end
    exact = np.hypot(np.maximum(x - 4 - width, 0), z) / z
    return float(paths.tortuosity / exact[-1][np.isfinite(paths.distance[-1, :, 1])].mean() - 1)


@pytest.mark.parametrize("slope", [0.5, 1.0, 1.7])
def test_diagonal_slit_against_its_taut_strings(slope) -> None:
    coarse, fine = (abs(slit_error(depth, 3 * depth // 8, slope)) for depth in (80, 160))
    assert fine < 0.004
    assert coarse < 0.006
    assert fine < max(0.75 * coarse, 1e-3)


def test_fast_marching_equals_an_independent_implementation() -> None:
    passable = blobs(48, 0.5)
    spacing = (1.0, 1.5, 0.8)
    known = np.full(passable.shape, np.inf)
    known[0] = 0.5
    own = geodesic_distance(passable, known, spacing)
    wall = np.concatenate((~passable[:1], ~passable))
    level = np.ma.MaskedArray(np.full(wall.shape, 0.5), mask=wall)
    level[0] = np.ma.MaskedArray(np.full(wall.shape[1:], -0.5), mask=wall[0])
    other = skfmm.distance(level, dx=list(spacing), order=2)[1:]
    reached = np.isfinite(own)
    assert (reached == ~np.ma.getmaskarray(other)).all()
    difference = own[reached] / other.data[reached] - 1
    assert np.abs(difference).mean() < 2e-3
    assert abs(difference.mean()) < 1e-3


def test_distances_scale_and_do_not_depend_on_the_order_of_axes() -> None:
    pore = blobs(32, 0.5, seed=3)
    paths = pore_paths(find_pores(pore, UNIT))
    larger = pore_paths(find_pores(pore, (3.0, 3.0, 3.0)))
    turned = pore_paths(find_pores(np.ascontiguousarray(pore.transpose(2, 0, 1)), UNIT, axis=1))
    assert larger.shortest == pytest.approx(3 * paths.shortest, rel=1e-3)
    # rounding decides which voxels of a band come first
    np.testing.assert_allclose(larger.slice_tortuosity, paths.slice_tortuosity, rtol=1e-3)
    assert turned.shortest == pytest.approx(paths.shortest, rel=1e-3)
    assert turned.tortuosity == pytest.approx(paths.tortuosity, rel=1e-3)


def test_sizes_of_a_ball_a_rod_and_a_plate() -> None:
    pore = np.zeros((60, 60, 60), dtype=bool)
    z, y, x = np.indices(pore.shape)
    ball = (z - 20) ** 2 + (y - 20) ** 2 + (x - 20) ** 2 < 15.5**2
    pore[ball] = True
    pore[40, 5:55, 30] = True  # a rod of 50 voxels
    pore[50, 5:45, 10:40] = True  # a plate of 40 x 30 voxels
    pore[58, 58, 58] = True
    edge = 0.5 * UM
    sizes = pore_sizes(find_pores(pore, (edge, edge, edge)))
    assert sizes.feret_diameter[0] == pytest.approx(31 * edge, rel=0.06)
    assert sizes.equivalent_diameter[0] == pytest.approx(31 * edge, rel=0.01)
    assert sizes.feret_diameter[1] == pytest.approx(edge * np.sqrt(50**2 + 2), rel=1e-6)
    assert sizes.feret_diameter[2] == pytest.approx(edge * np.sqrt(40**2 + 30**2 + 1), rel=1e-6)
    assert sizes.feret_diameter[3] == pytest.approx(edge * np.sqrt(3), rel=1e-6)
    assert sizes.volume.sum() == pytest.approx(pore.sum() * edge**3)
    diameters, share = sizes.cumulative_volume(sizes.equivalent_diameter)
    assert (np.diff(diameters) >= 0).all()
    assert share[-1] == pytest.approx(1)
    assert sizes.median_diameter(sizes.equivalent_diameter) == sizes.equivalent_diameter[0]


def test_feret_diameters_equal_all_pairs_of_corners() -> None:
    pores = find_pores(blobs(24, 0.15, seed=5, width=1.5), (1.0, 2.0, 0.5))
    sizes = pore_sizes(pores)
    assert len(pores.voxels) > 5
    for label in range(1, len(pores.voxels) + 1):
        corners = (
            np.argwhere(pores.labels == label)[:, None] + np.array(list(np.ndindex(2, 2, 2)))
        ).reshape(-1, 3) * np.array([1.0, 2.0, 0.5])
        corners = np.unique(corners, axis=0)
        apart = ((corners[:, None] - corners[None]) ** 2).sum(axis=2)
        assert sizes.feret_diameter[label - 1] == pytest.approx(np.sqrt(apart.max()), rel=1e-6)


def test_porosity_per_slice_near_the_faces_and_between() -> None:
    pore = np.zeros((10, 4, 5), dtype=bool)
    pore[:2] = True  # all of the first two slices
    pore[2:8, 0] = True  # a quarter of those between
    pore[8:, :2] = True  # half of the last two
    fractions = slice_fractions(pore, 0)
    np.testing.assert_allclose(fractions, [1, 1, *[0.25] * 6, 0.5, 0.5])
    for axis in range(3):
        assert slice_fractions(pore, axis).mean() == pytest.approx(pore.mean())
    near = near_faces(fractions, 0.5 * UM, 1 * UM)
    assert (near.first, near.last, near.interior) == pytest.approx((1, 0.5, 0.25))
    assert near.ratio == pytest.approx(3)
    assert near.interior_sd == pytest.approx(0)
    assert near_faces(fractions, UM).depth == pytest.approx(UM)
    for depth in (0.1 * UM, 5 * UM, -1.0):
        with pytest.raises(InputError, match="interface_depth"):
            near_faces(fractions, UM, depth)


def test_andersen_relation() -> None:
    assert andersen_density(1.2 * UM, 0.2 * UM, 2.2 * UM) == pytest.approx(0.5)
    assert andersen_density(2.2 * UM, 0.2 * UM, 2.2 * UM) == pytest.approx(1)
    for sizes in ((3.0, 1.0, 2.0), (1.0, 1.0, 1.0), (1.0, -1.0, 2.0), (float("nan"), 0.0, 1.0)):
        with pytest.raises(InputError, match="particle_sizes"):
            andersen_density(*sizes)


def test_a_mirrored_volume_has_the_same_pores() -> None:
    labels = blobs(32, 0.4, seed=8).astype(np.uint8)
    there = pore_result(analyse_pores(SegmentedVolume(labels, UNIT), (1,)))
    back = pore_result(analyse_pores(SegmentedVolume(labels[::-1].copy(), UNIT), (1,)))
    for key in ("porosity", "percolating_share", "open_share", "largest_feret_diameter_um"):
        assert back[key] == pytest.approx(there[key])
    assert back["shortest_path_um"] == pytest.approx(there["shortest_path_um"], rel=5e-3)
    assert back["porosity_near_first"] == pytest.approx(there["porosity_near_last"])
    assert there["pore_tortuosity"] >= 1


def test_closed_pores_have_no_tortuosity_and_say_so() -> None:
    labels = np.ones((12, 8, 8), dtype=np.uint8)
    labels[4:7, 3:5, 3:5] = 0
    result = pore_result(analyse_pores(SegmentedVolume(labels, UNIT), (0,)))
    assert result["percolating_share"] == result["open_share"] == 0
    assert result["pore_tortuosity"] is None
    assert result["shortest_path_um"] is None
    assert "no pore leads" in result["notes"][0]


def test_labels_that_make_no_sense_are_refused_in_one_line() -> None:
    volume = SegmentedVolume(np.array([[[0, 1], [1, 1]]]), UNIT)
    with pytest.raises(InputError, match="found 7; expected 0 or 1"):
        phase_mask(volume, (7,))
    with pytest.raises(InputError, match="no interface"):
        phase_mask(volume, (0, 1))
    with pytest.raises(InputError, match="axis: is no axis"):
        analyse_pores(volume, (0,), axis=3)
